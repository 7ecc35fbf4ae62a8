import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseProbeMap } from "./probe-map.ts";

test("the documented example is valid", () => {
  const { map, errors } = parseProbeMap(readFileSync("fixtures/map/probes.toml", "utf8"));
  expect(errors).toEqual([]);
  expect(map.get("acme_decide")).toMatchObject({ call: "kickPrepare", phase: "begin" });
  expect(map.get("acme_decide")?.fields.get("dev_word")).toBe("deviceOffWrap");
});

const probe = (body: string): string => `[[probe]]\nevent = "x"\n${body}\n`;

test.each([
  ["", /no \[\[probe\]\]/],
  ["[[probe]", /line 1, column \d+/],
  ["[[probes]]\nevent = 'x'", /unknown key `probes`; did you mean|unknown key `probes`/],
  ["[[probe]]\ncall = 'add'", /probe 1: needs an `event`/],
  [probe('call = "kick_prepare"'), /`call` is "kick_prepare"; did you mean `kickPrepare`\?/],
  [probe('call = "lost"'), /`call` is "lost"/],
  [probe(""), /`call` is missing/],
  [probe('call = "add"\nphase = "middle"'), /`phase` is "middle"/],
  [probe('call = "add"\nlayout = "round"'), /`layout` is "round"/],
  [probe('call = "add"\nfields = { q = "que" }'), /field `q` is "que"; did you mean `queue`\?/],
  [probe('call = "add"\nfields = 3'), /`fields` is no table/],
  [probe('call = "add"\nwhat = 1'), /unknown key `what`/],
  [probe('call = "add"') + probe('call = "add"'), /probe 2: event `x` is mapped twice/],
])("%j is told", (text, message) => {
  expect(parseProbeMap(text).errors.join("\n")).toMatch(message);
});
