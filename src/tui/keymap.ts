import type { Model, ViewName } from "./model.ts";

/** What a key does: the help, docs/keys.md and the list of commands are made of these rows. */
export interface Binding {
  readonly id: string;
  readonly keys: readonly string[];
  readonly views: readonly ViewName[] | "all";
  readonly help: string;
  /** Why it does nothing now; undefined when it does. */
  readonly disabled?: (model: Model) => string | undefined;
}

const noFindings = (model: Model): string | undefined =>
  model.case.findings.length === 0 ? "there is no finding" : undefined;
const noMarks = (model: Model): string | undefined =>
  model.marks.length === 0 ? "no mark is set: m and a letter sets one" : undefined;
const noEvents = (model: Model): string | undefined =>
  model.case.endEvent === 0 ? "the case has no event" : undefined;
const noQueues = (model: Model): string | undefined =>
  model.case.queues.length === 0 ? "the case has no queue" : undefined;
const noSearch = (model: Model): string | undefined =>
  model.events.search === "" ? "nothing is searched for: / begins a search" : undefined;
const noPicture = (model: Model): string | undefined =>
  model.ring.queue === undefined ? (model.ring.reason ?? "no ring is shown") : undefined;

const EVENTS = ["events"] as const;
const RING = ["ring"] as const;

export const BINDINGS: readonly Binding[] = [
  { id: "down", keys: ["j", "down"], views: "all", help: "one row down" },
  { id: "up", keys: ["k", "up"], views: "all", help: "one row up" },
  { id: "pageDown", keys: ["space", "pagedown"], views: "all", help: "one page down" },
  { id: "pageUp", keys: ["b", "pageup"], views: "all", help: "one page up" },
  { id: "first", keys: ["g", "home"], views: "all", help: "to the first row" },
  { id: "end", keys: ["G", "end"], views: "all", help: "to the last row" },
  { id: "open", keys: ["enter"], views: "all", help: "open what the cursor is on" },
  { id: "pane", keys: ["tab"], views: "all", help: "to the other pane" },
  {
    id: "back",
    keys: ["q"],
    views: "all",
    help: "back to the view before; from the first one, quit",
  },
  { id: "quit", keys: ["Q", "ctrl-c"], views: "all", help: "quit" },
  {
    id: "cancel",
    keys: ["esc"],
    views: "all",
    help: "cancel: a line, a pane, long work, a message",
  },
  {
    id: "overview",
    keys: ["1"],
    views: "all",
    help: "overview: sources, queues, what was decided",
  },
  { id: "findings", keys: ["2"], views: "all", help: "findings, with what proves them" },
  { id: "events", keys: ["3"], views: "all", help: "events, at the chosen one" },
  {
    id: "ring",
    keys: ["4", "r"],
    views: "all",
    help: "the ring at the chosen event",
    disabled: noQueues,
  },
  { id: "requests", keys: ["5"], views: "all", help: "buffers and how long they took" },
  { id: "sql", keys: ["6"], views: "all", help: "answers of the SQL console" },
  { id: "nextView", keys: ["]"], views: "all", help: "the next view" },
  { id: "previousView", keys: ["["], views: "all", help: "the view before it" },
  { id: "lastView", keys: ["-"], views: "all", help: "the view that was shown last" },
  {
    id: "nextFinding",
    keys: ["e"],
    views: "all",
    help: "to the next finding's event",
    disabled: noFindings,
  },
  {
    id: "previousFinding",
    keys: ["E"],
    views: "all",
    help: "to the finding before",
    disabled: noFindings,
  },
  {
    id: "time",
    keys: ["t"],
    views: "all",
    help: "to a time: 4.772, +1.5ms, -20us",
    disabled: noEvents,
  },
  {
    id: "goto",
    keys: ["#"],
    views: "all",
    help: "to an event by its seq, or a line: L163",
    disabled: noEvents,
  },
  {
    id: "mark",
    keys: ["m"],
    views: "all",
    help: "mark the chosen event with a letter",
    disabled: noEvents,
  },
  { id: "toMark", keys: ["'"], views: "all", help: "to the mark of a letter", disabled: noMarks },
  { id: "nextMark", keys: ["u"], views: "all", help: "to the next mark", disabled: noMarks },
  { id: "previousMark", keys: ["U"], views: "all", help: "to the mark before", disabled: noMarks },
  { id: "filter", keys: ["f"], views: EVENTS, help: "show only events that a filter lets through" },
  { id: "unfilter", keys: ["F"], views: EVENTS, help: "show all events again" },
  { id: "search", keys: ["/"], views: EVENTS, help: "search forward for a pattern" },
  {
    id: "searchNext",
    keys: ["n"],
    views: EVENTS,
    help: "to the next place that fits",
    disabled: noSearch,
  },
  {
    id: "searchPrevious",
    keys: ["N"],
    views: EVENTS,
    help: "to the place before",
    disabled: noSearch,
  },
  {
    id: "follow",
    keys: ["o"],
    views: ["events", "ring"],
    help: "follow this buffer: add, notification, return",
  },
  { id: "followBack", keys: ["O"], views: ["events", "ring"], help: "follow this buffer back" },
  {
    id: "waive",
    keys: ["w"],
    views: ["findings"],
    help: "waive this finding, with a reason",
    disabled: noFindings,
  },
  {
    id: "stepOn",
    keys: ["l", "right"],
    views: RING,
    help: "the queue's next event",
    disabled: noPicture,
  },
  {
    id: "stepBack",
    keys: ["h", "left"],
    views: RING,
    help: "the queue's event before",
    disabled: noPicture,
  },
  {
    id: "changeOn",
    keys: ["."],
    views: RING,
    help: "on to the next change of the ring",
    disabled: noPicture,
  },
  {
    id: "changeBack",
    keys: [","],
    views: RING,
    help: "back to the change before",
    disabled: noPicture,
  },
  { id: "lapOn", keys: [">"], views: RING, help: "on by a lap of the driver", disabled: noPicture },
  {
    id: "lapBack",
    keys: ["<"],
    views: RING,
    help: "back by a lap of the driver",
    disabled: noPicture,
  },
  {
    id: "nextQueue",
    keys: ["}"],
    views: ["ring", "requests"],
    help: "the next queue",
    disabled: noQueues,
  },
  {
    id: "previousQueue",
    keys: ["{"],
    views: ["ring", "requests"],
    help: "the queue before",
    disabled: noQueues,
  },
  { id: "nextLeg", keys: ["s"], views: ["requests"], help: "sort by the next leg" },
  { id: "console", keys: [";"], views: "all", help: "ask the case in SQL" },
  { id: "command", keys: [":", "ctrl-p"], views: "all", help: "find a command by its name" },
  {
    id: "same",
    keys: ["S"],
    views: "all",
    help: "the SQL and the command line that give the same",
  },
  { id: "copy", keys: ["y"], views: "all", help: "copy what is shown (OSC 52)" },
  {
    id: "save",
    keys: ["ctrl-s"],
    views: "all",
    help: "save what is shown: .csv, .json, .txt; of findings the waivers as .toml",
  },
  { id: "theme", keys: ["T"], views: "all", help: "dark, light or no colours" },
  { id: "redraw", keys: ["ctrl-l"], views: "all", help: "draw the screen anew" },
  { id: "suspend", keys: ["ctrl-z"], views: "all", help: "back to the shell; fg comes back" },
  { id: "help", keys: ["?"], views: "all", help: "these keys" },
];

export function bindingFor(key: string, view: ViewName): Binding | undefined {
  return BINDINGS.find(
    ({ keys, views }) => keys.includes(key) && (views === "all" || views.includes(view)),
  );
}

/** Keys of one view, those of its own first. */
export function bindingsOf(view: ViewName): readonly Binding[] {
  const own = BINDINGS.filter(({ views }) => views !== "all" && views.includes(view));
  return [...own, ...BINDINGS.filter(({ views }) => views === "all")];
}
