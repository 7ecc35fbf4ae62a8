import type { CheckReport } from "../model/check-report.ts";

/**
 * What the reading thread tells the writing one, in order; it answers each message once. Strings and
 * inexact pointers come as what is new since the message before, so that both sides number them alike.
 */
export type CaseMessage =
  | { readonly kind: "source"; readonly queueBase: number }
  | {
      readonly kind: "batch";
      /** The columns of an EventBatch; handed over, not copied. */
      readonly buffer: ArrayBuffer;
      readonly length: number;
      readonly rest: ReadonlyMap<number, string>;
      readonly strings: readonly string[];
      readonly pointers: readonly bigint[];
      /** Rows of REQUEST_WIDTH, ELEMENT_WIDTH and DECISION_WIDTH numbers. */
      readonly requests: Float64Array;
      readonly elements: Float64Array;
      readonly decisions: Float64Array;
    }
  | { readonly kind: "finish"; readonly report: CheckReport };

export type CaseAnswer =
  | { readonly kind: "taken"; readonly buffer?: ArrayBuffer }
  | { readonly kind: "finished" }
  /** `code` is a UserError's; without one it is a bug. */
  | {
      readonly kind: "failed";
      readonly code: string | undefined;
      readonly message: string;
      readonly help: string | undefined;
    };

export const BATCH_ROWS = 4096;
export const REQUEST_WIDTH = 13;
export const ELEMENT_WIDTH = 12;
export const DECISION_WIDTH = 12;
export const REQUEST_STATES = ["returned", "detached", "outstanding", "unseen"] as const;
export const ELEMENT_STATES = ["used", "held", "reset", "unseen"] as const;
export const OUTCOMES = ["held", "missed", "undecided"] as const;
export const DECIDERS = ["flags", "event"] as const;
