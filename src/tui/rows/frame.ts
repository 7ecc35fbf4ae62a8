import { filterErrorText } from "../../report/filter-error.ts";
import {
  EMPTY,
  filled,
  folded,
  type Line,
  line,
  restyled,
  span,
  textOf,
  widthOf,
} from "../line.ts";
import { bodyRows, type Model, type Prompt, VIEWS, type ViewName } from "../model.ts";
import { PROMPTS } from "../prompt.ts";
import { eventsRows } from "./events.ts";
import { findingDetail, findingsRows } from "./findings.ts";
import { helpRows } from "./help.ts";
import { overviewRows } from "./overview.ts";
import { requestsRows } from "./requests.ts";
import { ringRows } from "./ring.ts";
import { sqlRows } from "./sql.ts";
import { baseName, sourceOf } from "./words.ts";

/** Choices of a line that are listed above it. */
const CHOICES_SHOWN = 10;

const BODIES: Readonly<
  Record<ViewName, (model: Model, width: number, height: number) => readonly Line[]>
> = {
  overview: overviewRows,
  findings: findingsRows,
  events: eventsRows,
  ring: ringRows,
  requests: requestsRows,
  sql: sqlRows,
};

/** The whole screen, one line a row, each as wide as the terminal. */
export function screenRows(model: Model): readonly Line[] {
  const { columns, prompt, overlay } = model;
  const height = bodyRows(model);
  const body =
    overlay === undefined ? BODIES[model.view](model, columns, height) : overlayRows(model, height);
  const rows = Array.from({ length: height }, (_, at) => body[at] ?? EMPTY);
  const above = prompt === undefined ? [] : promptAbove(prompt, columns);
  // What belongs to the line that is typed stands above it, over the body.
  const shown = [...rows.slice(0, Math.max(0, height - above.length)), ...above].slice(0, height);
  return [titleRow(model), ...shown, placeRow(model), bottomRow(model)].map((row) =>
    filled(row, columns),
  );
}

function titleRow({ view, columns, case: facts }: Model): Line {
  const named = (shown: readonly ViewName[]) =>
    VIEWS.flatMap((name, at) => [
      span(` ${at + 1} `, "dim"),
      span(shown.includes(name) ? name : "", name === view ? "title" : "plain"),
    ]);
  const all = named(VIEWS);
  // Where not all names have room, the one of the view at hand has.
  const tabs = widthOf(all) < columns ? all : named([view]);
  const wide = widthOf(tabs);
  const [first = "", ...more] = facts.inputs.map(baseName);
  const name = more.length === 0 ? first : `${first} and ${more.length} more`;
  const room = Math.max(0, columns - wide - 3);
  const { text } = span(name);
  // Names differ at their ends.
  const shown =
    text.length <= room ? text : room === 0 ? "" : `…${text.slice(text.length - room + 1)}`;
  return [...tabs, span(" "), span(shown.padStart(room)), span("  ")];
}

function placeRow(model: Model): Line {
  const { case: facts, events, seq } = model;
  const source = sourceOf(model, seq);
  const parts = [
    facts.endEvent === 0 ? "no events" : `event ${seq} of ${facts.endEvent}`,
    ...(facts.sources.length > 1 && source !== undefined ? [baseName(source.path)] : []),
    ...(model.view === "events" && events.filter !== "" ? [`filter: ${events.filter}`] : []),
    ...(model.view === "events" && events.search !== "" ? [`search: ${events.search}`] : []),
    ...(model.marks.length > 0 ? [`marks ${model.marks.map(({ name }) => name).join("")}`] : []),
    ...(facts.temporary ? ["not kept: import keeps a case"] : []),
    ...(facts.unkept === undefined ? [] : ["not kept: the case cannot be written"]),
  ];
  return line(span("─ ", "dim"), span(parts.join("  "), "dim"));
}

const HINTS: Readonly<Record<ViewName, string>> = {
  overview: "enter: open  r: ring  e: next finding  ?: keys  q: quit",
  findings: "enter: evidence  r: ring  w: waive  S: SQL  ?: keys  q: back",
  events: "enter: detail  f: filter  /: search  o: follow  r: ring  ?: keys  q: back",
  ring: "h l: event  , .: change  < >: lap  e: finding  { }: queue  ?: keys  q: back",
  requests: "s: leg  { }: queue  enter: to its add  S: SQL  ?: keys  q: back",
  sql: ";: ask  enter: to the row's event  ctrl-s: save  ?: keys  q: back",
};

function bottomRow({ prompt, message, busy, view, overlay, columns }: Model): Line {
  if (prompt !== undefined) return promptRow(prompt, columns);
  if (busy !== undefined) return line(span(`${busy}  (esc ends it)`, "mark"));
  if (message !== undefined)
    return line(span(message.text, message.tone === "error" ? "error" : "key"));
  if (overlay !== undefined)
    return line(
      span(overlay.kind === "same" ? "y: copy  any key: close" : "any key: close", "dim"),
    );
  // Whoever has little room needs the keys' own list and the way back most.
  const hint = HINTS[view];
  const [way = ""] = /\?: keys.*$/.exec(hint) ?? [];
  const short = `${way}  ${hint.slice(0, hint.length - way.length)}`;
  return line(span(hint.length <= columns ? hint : short, "dim"));
}

/** The line that is typed; of one longer than the screen the part around the cursor. */
function promptRow({ kind, text: whole, at: place, wrong }: Prompt, columns: number): Line {
  const room = Math.max(1, columns - PROMPTS[kind].length - 1);
  const from = Math.max(0, place - room);
  const text = whole.slice(from);
  const at = place - from;
  const label = kind === "mark" && text === "'" ? "to mark: " : PROMPTS[kind];
  if (kind === "mark") return [span(label, "key"), span(" ", "cursor")];
  const style = wrong === undefined ? "plain" : wrong === null ? "good" : "error";
  return [
    span(label, "key"),
    span(text.slice(0, at), style),
    span(text.slice(at, at + 1) || " ", "cursor"),
    span(text.slice(at + 1), style),
  ];
}

function promptAbove(prompt: Prompt, width: number): readonly Line[] {
  const { kind, text, wrong, choices, chosen } = prompt;
  if (kind === "filter" && wrong !== undefined && wrong !== null && text !== "") {
    const [, mark] = filterErrorText(text, wrong);
    // The mark stands above the place in the line below.
    return [
      line(span(`${wrong.message}${wrong.help === "" ? "" : `; ${wrong.help}`}`, "error")),
      line(" ".repeat(PROMPTS.filter.length), span(mark.replaceAll("^", "▼"), "error")),
    ];
  }
  if (choices.length === 0) {
    return kind === "command" && text !== "" ? [line(span("no command fits", "dim"))] : [];
  }
  const top = Math.max(0, Math.min(chosen - CHOICES_SHOWN + 1, choices.length - CHOICES_SHOWN));
  const wide = Math.min(width >> 1, Math.max(...choices.map(({ label }) => label.length)));
  return choices.slice(top, top + CHOICES_SHOWN).map(({ label, help }, at) => {
    const row = line(
      "  ",
      span(label.slice(0, wide).padEnd(wide), "bold"),
      "  ",
      span(help, "dim"),
    );
    return top + at === chosen ? restyled(filled(row, width), "cursor") : row;
  });
}

function overlayRows(model: Model, height: number): readonly Line[] {
  const top = Math.min(model.overlay?.top ?? 0, overlayReach(model));
  return overlayText(model).slice(top, top + height);
}

function overlayText({ overlay, ...model }: Model): readonly Line[] {
  if (overlay === undefined) return [];
  const { columns } = model;
  if (overlay.kind === "help") return helpRows({ ...model, overlay }, columns);
  return [
    line(span(overlay.title, "title")),
    EMPTY,
    ...overlay.text.split("\n").flatMap((text) => folded(`  ${text}`, columns, "    ")),
  ];
}

/** How far what lies over the view goes beyond the screen. */
export function overlayReach(model: Model): number {
  return Math.max(0, overlayText(model).length - bodyRows(model));
}

/** So wide and so high that nothing is cut: what is copied or saved is all of it. */
const WHOLE = { columns: 120, rows: 100_000 };

/** What a view shows, as plain text. */
export function shownText(model: Model): string {
  const { view } = model;
  if (view === "events") {
    const event = model.events.page[model.events.cursor];
    const { detail } = model.events;
    if (detail !== undefined && detail.seq === event?.seq) return `${detail.original}\n`;
    const row = eventsRows({ ...model, columns: 10_000 }, 10_000, bodyRows(model))[
      model.events.cursor + 1
    ];
    return row === undefined ? "" : `${textOf(row)}\n`;
  }
  const whole = { ...model, ...WHOLE };
  const rows =
    view === "findings"
      ? findingDetail({ ...whole, findings: { ...whole.findings, pane: "list" } }, WHOLE.columns)
          .rows
      : BODIES[view](whole, WHOLE.columns, WHOLE.rows);
  return `${rows.map(textOf).join("\n").trimEnd()}\n`;
}
