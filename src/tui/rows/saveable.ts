import { REPORT_QUERIES } from "../../db/queries.ts";
import { requestQueries, SCREEN_QUERIES } from "../../db/screen-queries.ts";
import type { Saveable } from "../messages.ts";
import type { Model } from "../model.ts";
import { shownText } from "./frame.ts";
import { keyOf } from "./words.ts";

/** Endings of files that take rows; anything else takes what the view shows, as text. */
function takesRows(path: string): boolean {
  return /\.(?:csv|json|jsonl)$/i.test(path);
}

/** What a view shows, in the form that the file's name asks for. */
export function saveable(model: Model, path: string): Saveable {
  if (model.view === "findings" && /\.toml$/i.test(path)) {
    return { kind: "text", text: waiversText(model) };
  }
  if (!takesRows(path)) {
    return model.view === "events"
      ? { kind: "events", filter: model.events.filter }
      : { kind: "text", text: shownText(model) };
  }
  switch (model.view) {
    case "events":
      return { kind: "events", filter: model.events.filter };
    case "overview":
      return { kind: "sql", sql: REPORT_QUERIES.queues.sql, parameters: [] };
    case "findings":
      return { kind: "sql", sql: SCREEN_QUERIES.findingList.sql, parameters: [] };
    case "requests": {
      const { leg, queue } = model.requests;
      const key = keyOf(model, queue);
      const { slowest } = requestQueries(leg, key !== undefined);
      return { kind: "sql", sql: slowest.sql, parameters: key === undefined ? [] : [key] };
    }
    case "ring": {
      const { queue, seq } = model.ring.picture ?? { queue: -1, seq: 0 };
      const { sql } = SCREEN_QUERIES.ringInFlight;
      return { kind: "sql", sql, parameters: [BigInt(queue), BigInt(seq), BigInt(seq)] };
    }
    default:
      return { kind: "sql", sql: model.sql.text, parameters: [] };
  }
}

/** The waivers of the case as the file that `check --waivers` takes. */
function waiversText({ case: { findings, waived } }: Model): string {
  const waivers = findings.flatMap(({ rule, fingerprint }) => {
    const reason = waived.get(fingerprint);
    if (reason === undefined) return [];
    const words = [rule, fingerprint, reason].map((text) => JSON.stringify(text));
    return [`[[waiver]]\nrule = ${words[0]}\nfingerprint = ${words[1]}\nreason = ${words[2]}\n`];
  });
  return waivers.join("\n");
}
