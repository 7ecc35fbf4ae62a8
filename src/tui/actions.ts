import { ELEMENT_LEGS, type Leg, REQUEST_LEGS } from "../db/queries.ts";
import type { Cmd, RingStep } from "./messages.ts";
import { bodyRows, eventRows, type Model, VIEWS } from "./model.ts";
import {
  beside,
  choose,
  clamp,
  type OverviewItem,
  overviewItems,
  pageAt,
  ringAt,
  type Step,
  show,
  still,
  tell,
} from "./place.ts";
import { openPrompt } from "./prompt.ts";
import { detailReach } from "./rows/events.ts";
import { proofReach, proofsOf } from "./rows/findings.ts";
import { shownText } from "./rows/frame.ts";
import { ringReach } from "./rows/ring.ts";
import { sameText } from "./rows/same.ts";
import { filterText } from "./rows/words.ts";
import { THEMES } from "./theme.ts";

/** What each action of the keymap does. */
export const ACTIONS: Readonly<Record<string, (model: Model) => Step>> = {
  down: (model) => move(model, 1),
  up: (model) => move(model, -1),
  pageDown: (model) => move(model, pageOf(model)),
  pageUp: (model) => move(model, -pageOf(model)),
  first: (model) => move(model, Number.NEGATIVE_INFINITY),
  end: (model) => move(model, Number.POSITIVE_INFINITY),
  open,
  pane,
  back,
  quit: (model) => [{ ...model, ended: true }, [{ kind: "quit" }]],
  cancel,
  ...Object.fromEntries(VIEWS.map((view) => [view, (model: Model) => show(model, view)])),
  nextView: (model) => turn(model, 1),
  previousView: (model) => turn(model, -1),
  lastView: (model) => show(model, model.last),
  nextFinding: (model) => toFinding(model, 1),
  previousFinding: (model) => toFinding(model, -1),
  time: (model) => openPrompt(model, "time"),
  goto: (model) => openPrompt(model, "goto"),
  mark: (model) => openPrompt(model, "mark"),
  toMark: (model) => openPrompt(model, "mark", "'"),
  nextMark: (model) => toMark(model, 1),
  previousMark: (model) => toMark(model, -1),
  filter: (model) => openPrompt(model, "filter", model.events.filter),
  unfilter,
  search: (model) => openPrompt(model, "search"),
  searchNext: (model) => search(model, 1),
  searchPrevious: (model) => search(model, -1),
  follow: (model) => [model, [{ kind: "way", seq: model.seq, direction: 1 }]],
  followBack: (model) => [model, [{ kind: "way", seq: model.seq, direction: -1 }]],
  waive: (model) => openPrompt(model, "waive"),
  stepOn: (model) => ringStep(model, "event", 1),
  stepBack: (model) => ringStep(model, "event", -1),
  changeOn: (model) => ringStep(model, "change", 1),
  changeBack: (model) => ringStep(model, "change", -1),
  lapOn: (model) => ringStep(model, "lap", 1),
  lapBack: (model) => ringStep(model, "lap", -1),
  nextQueue: (model) => turnQueue(model, 1),
  previousQueue: (model) => turnQueue(model, -1),
  nextLeg,
  console: (model) => openPrompt(model, "sql"),
  command: (model) => openPrompt(model, "command"),
  same: (model) =>
    still({
      ...model,
      overlay: { kind: "same", title: "the same elsewhere", text: sameText(model), top: 0 },
    }),
  copy: (model) => [model, [{ kind: "copy", text: shownText(model) }]],
  save: (model) => openPrompt(model, "save", `${model.view}.txt`),
  theme: (model) => {
    const theme = THEMES[(THEMES.indexOf(model.theme) + 1) % THEMES.length] ?? "dark";
    return [{ ...model, theme }, []];
  },
  redraw: (model) => [model, [{ kind: "redraw" }]],
  suspend: (model) => [model, [{ kind: "suspend" }]],
  help: (model) => still({ ...model, overlay: { kind: "help", top: 0 } }),
};

function pageOf(model: Model): number {
  return Math.max(1, (model.view === "events" ? eventRows(model) : bodyRows(model)) - 1);
}

/** Moves the cursor of the view at hand. */
function move(model: Model, by: number): Step {
  switch (model.view) {
    case "overview": {
      const most = overviewItems(model).length - 1;
      const cursor = clamp(model.overview.cursor + by, most);
      const item = overviewItems(model)[cursor];
      const seq = item?.kind === "finding" ? (item.finding.seq ?? model.seq) : model.seq;
      const at = item?.kind === "finding" ? item.at : model.findings.cursor;
      return still({
        ...model,
        seq,
        overview: { cursor },
        findings: { ...model.findings, cursor: at },
      });
    }
    case "findings":
      return moveFindings(model, by);
    case "events":
      return moveEvents(model, by);
    case "ring": {
      if (model.ring.pane === "buffers") {
        const most = (model.ring.picture?.buffers.length ?? 1) - 1;
        const bufferCursor = clamp(model.ring.bufferCursor + by, most);
        return still({ ...model, ring: { ...model.ring, bufferCursor } });
      }
      // Where the window is wider than it was, the place is no longer as far down.
      const most = ringReach(model);
      const top = clamp(Math.min(model.ring.top, most) + by, most);
      return still({ ...model, ring: { ...model.ring, top } });
    }
    case "requests": {
      const most = (model.requests.data?.slowest.rows.length ?? 1) - 1;
      const cursor = clamp(model.requests.cursor + by, most);
      return still({ ...model, requests: { ...model.requests, cursor } });
    }
    default: {
      const most = (model.sql.answer?.rows.length ?? 1) - 1;
      return still({ ...model, sql: { ...model.sql, cursor: clamp(model.sql.cursor + by, most) } });
    }
  }
}

function moveFindings(model: Model, by: number): Step {
  const { findings } = model;
  if (findings.pane === "proof") {
    // A wider window shows more at once: the place is no longer as far down.
    const most = proofReach(model);
    const proofCursor = clamp(Math.min(findings.proofCursor, most) + by, most);
    return still({ ...model, findings: { ...findings, proofCursor } });
  }
  const cursor = clamp(findings.cursor + by, model.case.findings.length - 1);
  return atFinding(model, cursor);
}

function atFinding(model: Model, cursor: number): Step {
  const finding = model.case.findings[cursor];
  if (finding === undefined) return still(model);
  const moved = {
    ...model,
    seq: finding.seq ?? model.seq,
    findings: { ...model.findings, cursor, proofCursor: 0 },
  };
  return [moved, [{ kind: "proof", id: finding.id }]];
}

function moveEvents(model: Model, by: number): Step {
  const { events, case: facts } = model;
  if (events.pane === "detail") {
    const most = detailReach(model);
    const detailTop = clamp(Math.min(events.detailTop, most) + by, most);
    return still({ ...model, events: { ...events, detailTop } });
  }
  if (by === Number.NEGATIVE_INFINITY) return [model, [pageAt(model, 0, 0)]];
  if (by === Number.POSITIVE_INFINITY) {
    return [model, [pageAt(model, facts.endEvent - 1, eventRows(model) - 1, -1)]];
  }
  const target = events.cursor + by;
  const inside = events.page[target];
  if (inside !== undefined) return choose(model, inside.seq);
  const edge = by > 0 ? events.page.at(-1) : events.page[0];
  if (edge === undefined) return still(model);
  const direction = by > 0 ? 1 : -1;
  const over = by > 0 ? target - (events.page.length - 1) : -target;
  // A whole page further, or one row: the edge stays in sight.
  const rows = eventRows(model);
  const row = direction > 0 ? (over > 1 ? 0 : rows - 1) : over > 1 ? Math.max(0, rows - 1) : 0;
  const from = over > 1 ? edge.seq : edge.seq + direction;
  return [model, [pageAt(model, from, row, direction)]];
}

function open(model: Model): Step {
  switch (model.view) {
    case "overview":
      return openItem(model, overviewItems(model)[model.overview.cursor]);
    case "findings":
      return openProof(model);
    case "events":
      return openDetail(model);
    case "ring": {
      const buffer = model.ring.picture?.buffers[model.ring.bufferCursor];
      const seq = model.ring.pane === "buffers" ? (buffer?.seq ?? model.seq) : model.seq;
      return show({ ...model, seq }, "events");
    }
    case "requests":
      return openRow(model, model.requests.data?.slowest, model.requests.cursor);
    default:
      return openRow(model, model.sql.answer, model.sql.cursor);
  }
}

function openItem(model: Model, item: OverviewItem | undefined): Step {
  if (item === undefined) return still(model);
  switch (item.kind) {
    case "finding": {
      const [at, cmds] = atFinding(model, item.at);
      const [shown, more] = show(at, "findings");
      return [shown, [...cmds, ...more]];
    }
    case "queue": {
      const filter = `queue = ${filterText(item.queue.key)}`;
      return show({ ...model, events: { ...model.events, filter, page: [] } }, "events");
    }
    case "source": {
      const { firstEvent, endEvent } = item.source;
      if (firstEvent >= endEvent) return tell(model, "info", "this source has no event");
      const first = { ...model, seq: firstEvent, events: { ...model.events, filter: "" } };
      return show(first, "events");
    }
    default:
      return tell(model, "info", `vringscope rules ${item.rule} says what it checks, and by what`);
  }
}

/** First the proof's pane, then the event that it stands on. */
function openProof(model: Model): Step {
  const { pane, proofCursor } = model.findings;
  if (pane === "list") return still({ ...model, findings: { ...model.findings, pane: "proof" } });
  const proofs = proofsOf(model);
  const seq = proofs[Math.min(proofCursor, proofs.length - 1)]?.seq;
  if (seq === null || seq === undefined) return tell(model, "info", "this stands at no event");
  return show({ ...model, seq, events: { ...model.events, filter: "" } }, "events");
}

function openDetail(model: Model): Step {
  const { events } = model;
  if (events.detail !== undefined) {
    const closed = {
      ...model,
      events: { ...events, detail: undefined, pane: "list" as const, detailTop: 0 },
    };
    return [closed, [pageAt(closed, model.seq)]];
  }
  return [model, [{ kind: "detail", seq: model.seq }]];
}

/** A row that names an event by `seq` leads to it. */
function openRow(
  model: Model,
  table:
    | { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
    | undefined,
  cursor: number,
): Step {
  const at = table?.columns.indexOf("seq") ?? -1;
  const seq = Number(table?.rows[cursor]?.[at] ?? Number.NaN);
  if (at < 0 || !Number.isInteger(seq) || seq < 0 || seq >= model.case.endEvent) {
    return tell(model, "info", "the row names no event: a column seq would");
  }
  return show({ ...model, seq, events: { ...model.events, filter: "" } }, "events");
}

function pane(model: Model): Step {
  switch (model.view) {
    case "findings": {
      const next = model.findings.pane === "list" ? "proof" : "list";
      return still({ ...model, findings: { ...model.findings, pane: next } });
    }
    case "events": {
      if (model.events.detail === undefined) return openDetail(model);
      const next = model.events.pane === "list" ? "detail" : "list";
      return still({ ...model, events: { ...model.events, pane: next } });
    }
    case "ring": {
      const next = model.ring.pane === "slots" ? "buffers" : "slots";
      return still({ ...model, ring: { ...model.ring, pane: next } });
    }
    default:
      return tell(model, "info", "this view has one pane");
  }
}

function back(model: Model): Step {
  const before = model.trail.at(-1);
  if (before === undefined) return [{ ...model, ended: true }, [{ kind: "quit" }]];
  const [shown, cmds] = show(model, before);
  return [{ ...shown, trail: model.trail.slice(0, -1) }, cmds];
}

function cancel(model: Model): Step {
  if (model.busy !== undefined) return [{ ...model, busy: undefined }, [{ kind: "cancel" }]];
  if (model.message !== undefined) return still({ ...model, message: undefined });
  if (model.view === "findings" && model.findings.pane === "proof") {
    return still({ ...model, findings: { ...model.findings, pane: "list" } });
  }
  if (model.view === "events" && model.events.detail !== undefined) return openDetail(model);
  return still(model);
}

function turn(model: Model, by: number): Step {
  const at = VIEWS.indexOf(model.view) + by + VIEWS.length;
  return show(model, VIEWS[at % VIEWS.length] ?? "overview");
}

/** Findings in the order of the trace: the one behind the chosen event, or before it. */
function toFinding(model: Model, direction: 1 | -1): Step {
  const { findings } = model.case;
  const placed = findings.flatMap(({ seq }, at) => (seq === null ? [] : [{ seq, at }]));
  const next = beside(placed, model.seq, direction);
  if (next === undefined) {
    return tell(
      model,
      "info",
      direction > 0 ? "no finding after this event" : "no finding before this event",
    );
  }
  const moved = {
    ...model,
    findings: { ...model.findings, cursor: next.at, proofCursor: 0 },
    message: undefined,
  };
  if (model.view === "ring") {
    const queue = findings[next.at]?.queueId ?? model.ring.queue;
    return [{ ...moved, seq: next.seq }, [ringAt(queue, next.seq)]];
  }
  if (model.view !== "events") return atFinding(moved, next.at);
  return choose(moved, next.seq);
}

function toMark(model: Model, direction: 1 | -1): Step {
  const places = [...model.marks].sort((a, b) => a.seq - b.seq);
  const next = beside(places, model.seq, direction);
  if (next === undefined) return tell(model, "info", "no mark there");
  const [chosen, cmds] = choose(model, next.seq);
  return [{ ...chosen, message: { tone: "info", text: `mark ${next.name}` } }, cmds];
}

function unfilter(model: Model): Step {
  if (model.events.filter === "") return tell(model, "info", "no filter is set");
  const all = { ...model, events: { ...model.events, filter: "" } };
  return [all, [pageAt(all, all.seq), { kind: "state", key: "filter", value: "" }]];
}

function search(model: Model, direction: 1 | -1): Step {
  const { search: pattern, filter } = model.events;
  return [model, [{ kind: "search", pattern, from: model.seq, direction, filter }]];
}

function ringStep(model: Model, step: RingStep, direction: 1 | -1): Step {
  const { picture, queue } = model.ring;
  // Where nothing can be drawn yet a step leads to where it can.
  const at = picture ?? (queue === undefined ? undefined : { queue, seq: model.seq });
  if (at === undefined) return still(model);
  const cmd: Cmd = { kind: "ringStep", queue: at.queue, seq: at.seq, step, direction };
  return [model, [cmd]];
}

function turnQueue(model: Model, by: number): Step {
  const { queues } = model.case;
  if (model.view === "requests") {
    // Behind the last queue come all of them.
    const ids = [undefined, ...queues.map(({ id }) => id)];
    const at = (ids.indexOf(model.requests.queue) + by + ids.length) % ids.length;
    const queue = ids[at];
    const requests = { ...model.requests, queue, cursor: 0 };
    return [{ ...model, requests }, [{ kind: "requests", leg: requests.leg, queue }]];
  }
  const at = queues.findIndex(({ id }) => id === model.ring.queue);
  const next = queues[(at + by + queues.length) % queues.length];
  return [model, next === undefined ? [] : [ringAt(next.id, model.seq)]];
}

function nextLeg(model: Model): Step {
  // Behind the driver's side comes the device's, where its own log told of elements.
  const legs: readonly Leg[] = [...REQUEST_LEGS, ...(model.case.hasElements ? ELEMENT_LEGS : [])];
  const leg = legs[(legs.indexOf(model.requests.leg) + 1) % legs.length] ?? model.requests.leg;
  const requests = { ...model.requests, leg, cursor: 0 };
  return [{ ...model, requests }, [{ kind: "requests", leg, queue: requests.queue }]];
}
