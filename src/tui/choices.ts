import uFuzzy from "@leeoniya/ufuzzy";
import { EXAMPLE_QUERIES } from "../db/queries.ts";
import { SCREEN_QUERIES } from "../db/screen-queries.ts";
import { BINDINGS } from "./keymap.ts";
import type { Choice } from "./model.ts";
import { keyName } from "./rows/help.ts";

const search = new uFuzzy({ intraMode: 1 });

/** Commands that fit what is typed, best first; all of them while nothing is. */
export function commandChoices(text: string): Choice[] {
  return fitting(
    text.trim(),
    BINDINGS.map(({ id, keys, help }) => ({
      label: help,
      help: keys.map(keyName).join(" "),
      action: id,
    })),
  );
}

/** Queries with a name, and those that were asked before, the last one first. */
export function queryChoices(text: string, history: readonly string[]): Choice[] {
  const named = [...Object.values(SCREEN_QUERIES), ...EXAMPLE_QUERIES]
    // A query with a value to bind is for the screen's own use.
    .filter(({ sql }) => !sql.includes("?"))
    .map(({ title, sql }) => ({ label: title, help: sql, text: sql }));
  const before = history.map((sql) => ({ label: sql, help: "asked before", text: sql }));
  const typed = text.trim();
  // Whoever types SQL wants no list of titles in the way.
  if (/^(?:select|with|explain|values)\b/i.test(typed)) return [];
  return fitting(typed, [...before, ...named]);
}

function fitting(text: string, choices: readonly Choice[]): Choice[] {
  if (text === "") return [...choices];
  const haystack = choices.map(({ label }) => label);
  const [found, info, order] = search.search(haystack, text, 1);
  if (found === null) return [];
  const best = order === null || info === null ? found : order.map((at) => info.idx[at] as number);
  return best.flatMap((at) => choices[at] ?? []);
}
