import { expect, test } from "vitest";
import { parseFilter } from "./filter.ts";

const number = (name: string) => ({ name, sort: "number" });
const text = (name: string) => ({ name, sort: "text" });

test.each([
  ["kind = add", { op: "compare", field: text("kind"), how: "=", value: "add" }],
  ["kind == add", { op: "compare", field: text("kind"), how: "=", value: "add" }],
  ["cpu", { op: "present", field: number("cpu") }],
  ["not cpu", { op: "not", of: { op: "present", field: number("cpu") } }],
  ["!cpu", { op: "not", of: { op: "present", field: number("cpu") } }],
  ["ret=-28", { op: "compare", field: number("ret"), how: "=", value: -28n }],
  [
    "device_off_wrap >= 0x800f",
    { op: "compare", field: number("device_off_wrap"), how: ">=", value: 0x800fn },
  ],
  ["cpu in (0, 2)", { op: "in", field: number("cpu"), values: [0n, 2n] }],
  ["line in 10..20", { op: "between", field: number("line"), from: 10n, to: 20n }],
  ["task ~ /k.*\\/0/", { op: "match", field: text("task"), pattern: "k.*/0" }],
  ['task !~ "k"', { op: "not", of: { op: "match", field: text("task"), pattern: "k" } }],
  ['task = "a \\"b\\""', { op: "compare", field: text("task"), how: "=", value: 'a "b"' }],
  ["fields.outSgs > 1", { op: "compare", field: number("fields.outSgs"), how: ">", value: 1n }],
  ["task = and_so_on", { op: "compare", field: text("task"), how: "=", value: "and_so_on" }],
  [
    "task = kworker/0:1H-kblockd",
    { op: "compare", field: text("task"), how: "=", value: "kworker/0:1H-kblockd" },
  ],
])("%s", (written, filter) => {
  expect(parseFilter(written)).toEqual({ kind: "filter", filter });
});

test("and binds closer than or, not closer than both, parentheses closest", () => {
  const present = (name: string) => ({ op: "present", field: number(name) });
  expect(parseFilter("cpu or pid and not ret")).toEqual({
    kind: "filter",
    filter: {
      op: "or",
      of: [present("cpu"), { op: "and", of: [present("pid"), { op: "not", of: present("ret") }] }],
    },
  });
  expect(parseFilter("(cpu or pid) && ret || seq")).toMatchObject({
    filter: { op: "or", of: [{ op: "and", of: [{ op: "or" }, present("ret")] }, present("seq")] },
  });
});

// Nanoseconds, exactly: never through a double.
test.each([
  ["1.5s", 1_500_000_000n],
  ["300us", 300_000n],
  ["2.5ms", 2_500_000n],
  ["7ns", 7n],
  ["2m", 120_000_000_000n],
  ["2184274.260343", 2_184_274_260_343_000n],
  ["4.772717001", 4_772_717_001n],
  ["-1s", -1_000_000_000n],
])("time %s", (written, value) => {
  expect(parseFilter(`clock > ${written}`)).toMatchObject({ filter: { value } });
});

test("a pointer has 64 bits, signed or not", () => {
  expect(parseFilter("token = 0xff1c752b4258ef00")).toMatchObject({
    filter: { value: 0xff1c752b4258ef00n },
  });
  expect(parseFilter("token = 0x1ff1c752b4258ef00")).toMatchObject({
    error: { offset: 8, message: "token has 64 bits" },
  });
});

test.each([
  ["", 0, 1, "the filter is empty", "kind = add"],
  ["que = 1", 0, 3, "there is no field que", "queue"],
  ["kind = ad", 7, 2, "no kind is ad", "add"],
  ["cpu = x", 6, 1, "cpu is a number", "as in 3"],
  ["cpu = 1.5", 6, 3, "cpu is a whole number", ""],
  ["cpu = 3us", 6, 3, "cpu has no unit us", ""],
  ["time = 3q", 7, 2, "no time is 3q", "ns us ms s m"],
  ["kind =", 6, 1, "the filter ends here", "a value"],
  ["(kind = add", 11, 1, "the filter ends here", "')'"],
  ["kind add", 5, 3, '"add" stands here', "behind kind"],
  ["kind = 'add'", 7, 1, `no filter has "'"`, "double quotes"],
  ['kind = "add', 7, 1, "no filter has", "closing quote"],
  ["cpu & pid", 4, 1, "no filter has", "and"],
  ["cpu in 3..1", 7, 1, "the range ends before it begins", ""],
  ["kind in add", 11, 1, "the filter ends here", "'..'"],
  ["task ~ /(/", 7, 3, "the pattern is not one", ""],
  ["queue < 3", 0, 5, "queue is a text, and has no order", "queue ="],
])("%s: where, what, and what instead", (written, offset, length, message, help) => {
  const parsed = parseFilter(written);
  expect(parsed).toMatchObject({ kind: "error", error: { offset, length } });
  if (parsed.kind !== "error") return;
  expect(parsed.error.message).toContain(message);
  expect(parsed.error.help).toContain(help);
});

test("what is too long or too deep is refused, not followed", () => {
  for (const written of ["(".repeat(5000), "!".repeat(5000), `cpu${" or cpu".repeat(5000)}`]) {
    expect(parseFilter(written)).toMatchObject({ kind: "error" });
  }
});

test("whatever is typed, it is a filter or an error inside the text", () => {
  const seed = 20261126;
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const words = [..."()!~<>=,./\"'\\&| \n\t", "and", "or", "not", "in", "..", "cpu", "kind"];
  words.push("add", "1", "0x", "1.5s", "task", "/a/", '"x"', "\u001b", "é", "fields.");
  for (let round = 0; round < 5000; round++) {
    const written = Array.from({ length: random(12) }, () => words[random(words.length)]).join(
      random(2) === 0 ? " " : "",
    );
    const parsed = parseFilter(written);
    if (parsed.kind === "filter") continue;
    const { offset, length } = parsed.error;
    const inside = offset >= 0 && length >= 1 && offset + length <= written.length + 1;
    expect({ seed, written, inside }).toEqual({ seed, written, inside: true });
  }
});
