import type { EventFacts, ProofFacts } from "../db/case-view.ts";
import type { Leg } from "../db/queries.ts";
import type { FilterError } from "../model/filter.ts";
import type { RingPicture } from "../model/ring-picture.ts";
import type { CaseFacts, Choice, EventDetail, Mark, RequestsData, Table } from "./model.ts";

/** What happened: keys, the terminal, and answers to commands. */
export type Msg =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "typed"; readonly text: string }
  | { readonly kind: "resized"; readonly columns: number; readonly rows: number }
  | { readonly kind: "action"; readonly id: string }
  | { readonly kind: "caseChanged"; readonly facts: Partial<CaseFacts> }
  | {
      readonly kind: "proofLoaded";
      readonly id: number;
      readonly evidence: readonly ProofFacts[];
      readonly effects: readonly ProofFacts[];
    }
  | {
      readonly kind: "pageLoaded";
      readonly page: readonly EventFacts[];
      readonly cursor: number;
      readonly filter: string;
    }
  | { readonly kind: "filterChecked"; readonly text: string; readonly wrong: FilterError | null }
  | { readonly kind: "detailLoaded"; readonly detail: EventDetail }
  | { readonly kind: "seqFound"; readonly seq: number | undefined; readonly otherwise: string }
  | {
      readonly kind: "ringLoaded";
      readonly picture: RingPicture;
      readonly event: EventFacts | undefined;
    }
  | { readonly kind: "ringMissing"; readonly queue: number | undefined; readonly reason: string }
  | { readonly kind: "requestsLoaded"; readonly data: RequestsData }
  | {
      readonly kind: "sqlAnswered";
      readonly text: string;
      readonly answer: Table & { readonly more: boolean };
    }
  | { readonly kind: "sqlFailed"; readonly text: string; readonly error: string }
  | { readonly kind: "choicesFound"; readonly text: string; readonly choices: readonly Choice[] }
  | { readonly kind: "working"; readonly what: string | undefined }
  | { readonly kind: "told"; readonly tone: "info" | "error"; readonly text: string };

/** What `update` asks for. `Commands` does it, and answers with messages. */
export type Cmd =
  | { readonly kind: "proof"; readonly id: number }
  /** The page whose row `row` is the event `seq`, or the next one that the filter lets through. */
  | {
      readonly kind: "page";
      readonly seq: number;
      readonly row: number;
      readonly count: number;
      readonly filter: string;
      readonly direction: 1 | -1;
    }
  | { readonly kind: "checkFilter"; readonly text: string }
  | { readonly kind: "detail"; readonly seq: number }
  | {
      readonly kind: "search";
      readonly pattern: string;
      readonly from: number;
      readonly direction: 1 | -1;
      readonly filter: string;
    }
  | { readonly kind: "way"; readonly seq: number; readonly direction: 1 | -1 }
  | { readonly kind: "time"; readonly text: string; readonly from: number }
  | { readonly kind: "line"; readonly line: number; readonly from: number }
  | { readonly kind: "ring"; readonly queue: number | undefined; readonly seq: number }
  | {
      readonly kind: "ringStep";
      readonly queue: number;
      readonly seq: number;
      readonly step: RingStep;
      readonly direction: 1 | -1;
    }
  | { readonly kind: "requests"; readonly leg: Leg; readonly queue: number | undefined }
  | { readonly kind: "sql"; readonly text: string }
  | { readonly kind: "choices"; readonly prompt: "command" | "sql"; readonly text: string }
  | { readonly kind: "mark"; readonly mark: Mark }
  | {
      readonly kind: "waive";
      readonly fingerprint: string;
      readonly rule: string;
      readonly reason: string;
    }
  | { readonly kind: "state"; readonly key: string; readonly value: string }
  | { readonly kind: "copy"; readonly text: string }
  | { readonly kind: "save"; readonly path: string; readonly what: Saveable }
  | { readonly kind: "cancel" }
  | { readonly kind: "redraw" }
  | { readonly kind: "suspend" }
  | { readonly kind: "quit" };

export type RingStep = "event" | "change" | "lap";

/** What a view shows, in a form that a file takes. */
export type Saveable =
  | {
      readonly kind: "sql";
      readonly sql: string;
      readonly parameters: readonly (bigint | string)[];
    }
  | { readonly kind: "events"; readonly filter: string }
  | { readonly kind: "text"; readonly text: string };
