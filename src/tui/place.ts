import type { FindingFacts, QueueFacts, SourceFacts } from "../db/case-view.ts";
import type { Cmd } from "./messages.ts";
import { eventRows, type Model, type ViewName } from "./model.ts";

/** The model as changed, and what is to be done for it. */
export type Step = readonly [Model, readonly Cmd[]];

export function still(model: Model): Step {
  return [model, []];
}

export function tell(model: Model, tone: "info" | "error", text: string): Step {
  return [{ ...model, message: { tone, text } }, []];
}

/** The list's page anew, with the chosen event on a row of it. */
export function pageAt(
  model: Model,
  seq: number,
  row = Math.floor(eventRows(model) / 3),
  direction: 1 | -1 = 1,
): Cmd {
  const { filter } = model.events;
  return { kind: "page", seq, row, count: eventRows(model), filter, direction };
}

/** The ring of a queue at the chosen event. */
export function ringAt(queue: number | undefined, seq: number): Cmd {
  return { kind: "ring", queue, seq };
}

/** Chooses an event, and asks for what the view at hand shows of it. */
export function choose(model: Model, seq: number): Step {
  const chosen = { ...model, seq };
  const { view, events } = model;
  if (view === "ring") {
    return [chosen, [ringAt(model.ring.queue, seq)]];
  }
  if (view !== "events") return [chosen, []];
  const at = events.page.findIndex((event) => event.seq === seq);
  const detail: Cmd[] = events.detail === undefined ? [] : [{ kind: "detail", seq }];
  if (at >= 0) return [{ ...chosen, events: { ...events, cursor: at } }, detail];
  return [chosen, [pageAt(chosen, seq), ...detail]];
}

/** The event is looked for where the view at hand shows it. */
export function found(model: Model, seq: number): Step {
  if (model.view === "events" || model.view === "ring") return choose(model, seq);
  return show({ ...model, seq }, "events");
}

/** Of what stands at events, the next one behind the event `seq`, or before it. */
export function beside<T extends { readonly seq: number }>(
  ascending: readonly T[],
  seq: number,
  direction: 1 | -1,
): T | undefined {
  return direction > 0
    ? ascending.find((one) => one.seq > seq)
    : ascending.findLast((one) => one.seq < seq);
}

/** Shows a view, and asks for what it lacks. */
export function show(model: Model, view: ViewName): Step {
  const same = model.view === view;
  const shown: Model = same
    ? model
    : { ...model, view, last: model.view, trail: [...model.trail, model.view], message: undefined };
  switch (view) {
    case "events":
      return [shown, [pageAt(shown, shown.seq)]];
    case "ring":
      return [shown, [ringAt(queueOfPlace(shown), shown.seq)]];
    case "findings": {
      const finding = chosenFinding(shown);
      return finding === undefined ? still(shown) : [shown, [{ kind: "proof", id: finding.id }]];
    }
    case "requests": {
      const { data, leg, queue } = shown.requests;
      if (data !== undefined && data.leg === leg && data.queue === queue) return still(shown);
      return [shown, [{ kind: "requests", leg, queue }]];
    }
    default:
      return still(shown);
  }
}

export function chosenFinding(model: Model): FindingFacts | undefined {
  return model.case.findings[model.findings.cursor];
}

/** What the cursor of the overview may stand on. */
export type OverviewItem =
  | { readonly kind: "queue"; readonly queue: QueueFacts }
  | { readonly kind: "finding"; readonly finding: FindingFacts; readonly at: number }
  | { readonly kind: "source"; readonly source: SourceFacts }
  | { readonly kind: "reason"; readonly rule: string; readonly reason: string };

/** Findings that the overview lists: the view of findings has all of them. */
export const FINDINGS_SHOWN = 6;

/** In the order in which they stand. What the cursor cannot reach a small terminal would never show. */
export function overviewItems({ case: facts }: Model): readonly OverviewItem[] {
  return [
    ...facts.findings
      .slice(0, FINDINGS_SHOWN)
      .map((finding, at) => ({ kind: "finding" as const, finding, at })),
    ...busiest(facts.queues).map((queue) => ({ kind: "queue" as const, queue })),
    ...facts.sources.map((source) => ({ kind: "source" as const, source })),
    ...facts.reasons.map(({ rule, reason }) => ({ kind: "reason" as const, rule, reason })),
  ];
}

/** Those with findings first, then by their events: a guest has dozens of queues that rest. */
export function busiest(queues: readonly QueueFacts[]): readonly QueueFacts[] {
  return [...queues].sort((a, b) => b.findings - a.findings || b.events - a.events || a.id - b.id);
}

/** The queue that the view at hand is about; undefined leaves it to the chosen event. */
function queueOfPlace(model: Model): number | undefined {
  const from = model.last;
  if (from === "findings") return chosenFinding(model)?.queueId ?? undefined;
  if (from === "overview") {
    const item = overviewItems(model)[model.overview.cursor];
    if (item?.kind === "queue") return item.queue.id;
    return item?.kind === "finding" ? (item.finding.queueId ?? undefined) : undefined;
  }
  if (from === "requests") return model.requests.queue;
  return undefined;
}

export function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
