import type {
  EventFacts,
  FindingFacts,
  ProofFacts,
  QueueFacts,
  SourceFacts,
  Summary,
} from "../db/case-view.ts";
import type { Leg } from "../db/queries.ts";
import type { FilterError } from "../model/filter.ts";
import type { RingPicture } from "../model/ring-picture.ts";
import type { ThemeName } from "./theme.ts";

/** All that the screen knows. It is changed by `update` alone, and drawn by `rows`. */
export interface Model {
  readonly columns: number;
  readonly rows: number;
  readonly theme: ThemeName;
  readonly view: ViewName;
  /** Views that `q` goes back to, the last one last. */
  readonly trail: readonly ViewName[];
  readonly last: ViewName;
  readonly case: CaseFacts;
  /** The chosen event: the same in every view. */
  readonly seq: number;
  readonly overview: ListPlace;
  readonly findings: FindingsState;
  readonly events: EventsState;
  readonly ring: RingState;
  readonly requests: RequestsState;
  readonly sql: SqlState;
  readonly marks: readonly Mark[];
  readonly prompt: Prompt | undefined;
  readonly overlay: Overlay | undefined;
  readonly message: Message | undefined;
  /** Work that takes longer than a key: what, and how far; `esc` ends it. */
  readonly busy: string | undefined;
  readonly ended: boolean;
}

export const VIEWS = ["overview", "findings", "events", "ring", "requests", "sql"] as const;
export type ViewName = (typeof VIEWS)[number];

/** What does not change while the case is open. */
export interface CaseFacts {
  readonly path: string;
  /** What the command line would name: the traces, or the case. */
  readonly inputs: readonly string[];
  /** Made for this session from traces, and gone with it. */
  readonly temporary: boolean;
  readonly sources: readonly SourceFacts[];
  readonly queues: readonly QueueFacts[];
  /** By queue id: events over the time of its source; empty where none were counted. */
  readonly activity: ReadonlyMap<number, readonly number[]>;
  readonly summary: Summary;
  readonly reasons: readonly { rule: string; reason: string; count: number }[];
  readonly findings: readonly FindingFacts[];
  readonly diagnostics: readonly string[];
  readonly waived: ReadonlyMap<string, string>;
  readonly endEvent: number;
  /** The device's side of requests is known. */
  readonly hasElements: boolean;
  /** Why marks and the place are not kept; undefined when they are. */
  readonly unkept: string | undefined;
}

export interface ListPlace {
  readonly cursor: number;
}

export interface FindingsState {
  readonly cursor: number;
  readonly pane: "list" | "proof";
  readonly proofCursor: number;
  readonly proof:
    | {
        readonly id: number;
        readonly evidence: readonly ProofFacts[];
        readonly effects: readonly ProofFacts[];
      }
    | undefined;
}

export interface EventsState {
  /** The rows in sight, by seq. */
  readonly page: readonly EventFacts[];
  readonly cursor: number;
  readonly filter: string;
  readonly search: string;
  readonly detail: EventDetail | undefined;
  readonly pane: "list" | "detail";
  readonly detailTop: number;
}

export interface EventDetail {
  readonly seq: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly original: string;
}

export interface RingState {
  readonly queue: number | undefined;
  readonly picture: RingPicture | undefined;
  /** What was drawn before the last step, to mark what changed. */
  readonly before: RingPicture | undefined;
  readonly event: EventFacts | undefined;
  readonly pane: "slots" | "buffers";
  readonly bufferCursor: number;
  readonly top: number;
  /** Why there is no picture. */
  readonly reason: string | undefined;
}

export interface RequestsState {
  readonly leg: Leg;
  readonly queue: number | undefined;
  readonly data: RequestsData | undefined;
  readonly cursor: number;
}

export interface RequestsData {
  readonly leg: Leg;
  readonly queue: number | undefined;
  readonly ends: Table;
  readonly legs: Table;
  readonly slowest: Table;
  readonly histogram: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
  }[];
}

/** Cells as text; NULL is `-`. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface SqlState {
  readonly text: string;
  readonly history: readonly string[];
  readonly answer: (Table & { readonly more: boolean }) | undefined;
  readonly error: string | undefined;
  readonly cursor: number;
}

export interface Mark {
  readonly name: string;
  readonly seq: number;
}

export type PromptKind =
  | "filter"
  | "search"
  | "sql"
  | "command"
  | "time"
  | "mark"
  | "goto"
  | "waive"
  | "save";

/** A line that is being typed. */
export interface Prompt {
  readonly kind: PromptKind;
  readonly text: string;
  /** Column of the cursor within the text. */
  readonly at: number;
  /** Of a filter: where it is wrong so far; null when it is right, undefined while nobody has looked. */
  readonly wrong: FilterError | null | undefined;
  /** Of a command or SQL: what fits, best first, and which is chosen. */
  readonly choices: readonly Choice[];
  readonly chosen: number;
}

export interface Choice {
  readonly label: string;
  readonly help: string;
  /** An action's id, or text that takes the line's place. */
  readonly action?: string;
  readonly text?: string;
}

export type Overlay =
  | { readonly kind: "help"; readonly top: number }
  | { readonly kind: "same"; readonly title: string; readonly text: string; readonly top: number };

export interface Message {
  readonly tone: "info" | "error";
  readonly text: string;
}

/** Rows between the title and the line at the bottom. */
export function bodyRows({ rows }: Pick<Model, "rows">): number {
  return Math.max(1, rows - 3);
}

/** Rows of the list of events: the detail pane, where open, takes a part. */
export function eventRows(model: Pick<Model, "rows" | "events">): number {
  const body = bodyRows(model);
  const list = model.events.detail === undefined ? body : body - detailRows(model);
  return Math.max(1, list - 1);
}

/** Of a small terminal the half: an event has more fields than a third of it takes. */
export function detailRows(model: Pick<Model, "rows">): number {
  const body = bodyRows(model);
  return Math.max(4, Math.floor(body / (body < 30 ? 2 : 3)));
}
