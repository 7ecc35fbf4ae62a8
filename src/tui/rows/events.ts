import type { EventFacts } from "../../db/case-view.ts";
import {
  EMPTY,
  filled,
  folded,
  type Line,
  line,
  restyled,
  type Span,
  type Style,
  span,
} from "../line.ts";
import { detailRows, type EventDetail, eventRows, type Model } from "../model.ts";
import { lasting, shortKey, sourceOf, timeOf } from "./words.ts";

/** From these widths on a column has room; the narrowest screen shows the rest. */
const WIDTH_SEQ = 90;
const WIDTH_TASK = 100;
const WIDTH_DELTA = 90;

export function eventsRows(model: Model, width: number, height: number): readonly Line[] {
  const { events } = model;
  const listHeight = eventRows(model);
  const rows = [
    head(model, width),
    ...events.page.slice(0, listHeight).map((event, at) => {
      const row = eventRow(model, event, events.page[at - 1], width);
      return at === events.cursor ? restyled(filled(row, width), "cursor") : row;
    }),
  ];
  if (events.page.length === 0) rows.push(...empty(model));
  if (events.detail === undefined) return rows;
  while (rows.length < listHeight + 1) rows.push(EMPTY);
  return [...rows, ...detail(model, width, height - rows.length)];
}

function empty({ case: { endEvent }, events: { filter } }: Model): Line[] {
  if (endEvent === 0) return [EMPTY, line(span("  The case has no event of a virtqueue.", "dim"))];
  if (filter === "") return [EMPTY, line(span("  ...", "dim"))];
  return [
    EMPTY,
    line(span(`  No event fits ${filter}; F shows all of them, f changes it.`, "dim")),
  ];
}

function head(model: Model, width: number): Line {
  const placed = sourceOf(model, model.seq);
  const cells = [
    ...(width >= WIDTH_SEQ ? ["seq".padStart(8)] : []),
    (placed?.format === "trace.dat" ? "record" : "line").padStart(8),
    "time".padStart(timeWidth(model)),
    ...(width >= WIDTH_DELTA ? ["delta".padStart(10)] : []),
    "cpu",
    ...(width >= WIDTH_TASK ? ["task-pid".padEnd(20)] : []),
    "event".padEnd(nameWidth(width)),
    "queue, fields",
  ];
  return line(span(cells.join(" "), "dim"));
}

function timeWidth(model: Model): number {
  const source = sourceOf(model, model.seq);
  return Math.max(4, timeOf(source, model.events.page.at(-1)?.time ?? 0).length);
}

/** Marks stand in the first column, findings in the second. */
function flags(model: Model, seq: number): Span[] {
  const mark = model.marks.find((one) => one.seq === seq);
  const finding = model.case.findings.find((one) => one.seq === seq);
  if (mark === undefined && finding === undefined) return [];
  return [
    span(mark === undefined ? "" : `'${mark.name} `, "mark"),
    span(
      finding === undefined ? "" : `${finding.severity === "error" ? "!" : "?"} `,
      finding?.severity ?? "plain",
    ),
  ];
}

function eventRow(
  model: Model,
  event: EventFacts,
  before: EventFacts | undefined,
  width: number,
): Line {
  const source = sourceOf(model, event.seq);
  const time = timeOf(source, event.time);
  const delta = before === undefined ? "" : deltaText(source, event.time - before.time);
  const who = `${event.task ?? "?"}-${event.pid}`;
  const seq = String(event.seq).padStart(8);
  return line(
    ...(width >= WIDTH_SEQ ? [span(seq, "dim"), " "] : []),
    span(String(event.line ?? event.seq).padStart(8), "dim"),
    ` ${time.padStart(timeWidth(model))} `,
    ...(width >= WIDTH_DELTA ? [span(`${delta.padStart(10)} `, "dim")] : []),
    `${String(event.cpu).padStart(3)} `,
    ...(width >= WIDTH_TASK ? [`${who.slice(0, 20).padEnd(20)} `] : []),
    span(shownName(event, width).padEnd(nameWidth(width)), event.phase === "end" ? "dim" : "bold"),
    " ",
    ...flags(model, event.seq),
    ...fields({ ...event, queue: event.queue === null ? null : shortKey(model, event.queue) }),
  );
}

function nameWidth(width: number): number {
  return width >= WIDTH_TASK ? 35 : 24;
}

/** Nearly every name begins alike: where there is little room that is left out. */
function shownName(event: EventFacts, width: number): string {
  const name = eventName(event);
  if (width >= WIDTH_TASK) return name;
  return name
    .replace(/^virtqueue_/, "")
    .replace(/ returns$/, " ret")
    .slice(0, nameWidth(width));
}

export function eventName({ func, phase, kind }: EventFacts): string {
  const name = func === "" ? kind : func;
  return phase === "end" ? `${name} returns` : name;
}

function deltaText(source: ReturnType<typeof sourceOf>, delta: number): string {
  return delta < 0 ? `-${lasting(source, -delta)}` : `+${lasting(source, delta)}`;
}

/** A longer value is cut: a whole ring recorded by a probe takes the screen. The detail has all of it. */
const VALUE_MAX = 40;

export function fields({ queue, token, ret, fields: others }: EventFacts): Span[] {
  const words = [
    ...(token === null ? [] : [`token=${token}`]),
    ...(ret === null ? [] : [`ret=${ret}`]),
    ...others.map(([name, value]) => `${name}=${wordOf(name, value)}`),
  ];
  return [span(queue === null ? "" : `${queue} `, "key"), span(words.join(" "))];
}

const HEX_WORDS = new Set(["device_off_wrap", "driver_off_wrap"]);

function wordOf(name: string, value: string): string {
  if (HEX_WORDS.has(name)) return `0x${Number(value).toString(16).padStart(4, "0")}`;
  return value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX)}...` : value;
}

function detail(model: Model, width: number, height: number): readonly Line[] {
  const { detail: shown, detailTop, pane } = model.events;
  if (shown === undefined) return [];
  const rows = detailLines(shown, width);
  const top = Math.min(detailTop, detailReach(model));
  const hidden = rows.length - top - (height - 1);
  const more = pane === "list" ? "tab, j and k" : "j and k";
  const title = `── event ${shown.seq} ${hidden > 0 ? `── ${more}: ${hidden} rows more ` : ""}`;
  return [
    line(span(title.padEnd(width, "─"), pane === "detail" ? "key" : "dim")),
    ...rows.slice(top, top + height - 1),
  ];
}

/** The line first: it has most of what the fields say, and is what the kernel wrote. */
function detailLines({ fields: all, original, seq }: EventDetail, width: number): Line[] {
  const field = (name: string, value: string, style: Style): Line[] =>
    folded(`  ${name.padEnd(16)} ${value}`, width, " ".repeat(19), style);
  return [
    ...field("original", original, "bold"),
    ...all.flatMap(([name, value]) =>
      name === "seq" && value === String(seq) ? [] : field(name, value, "plain"),
    ),
  ];
}

/** How far the fields of an event go beyond their pane. */
export function detailReach(model: Model): number {
  const { detail: shown } = model.events;
  if (shown === undefined) return 0;
  return Math.max(0, detailLines(shown, model.columns).length - (detailRows(model) - 1));
}
