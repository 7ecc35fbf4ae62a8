import type { SpecVersion } from "../virtio/clauses.ts";
import type { FeatureName } from "../virtio/features.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Layout } from "./event.ts";
import type { Coverage, Finding, Place } from "./finding.ts";
import type { RingDump } from "./ring-dump.ts";
import type { ClockBase } from "./time.ts";

/** What became of the lines of one source. `lines = events + notes + rejected`. */
export interface Ledger {
  lines: number;
  events: number;
  notes: number;
  rejected: number;
  lostMarks: number;
  /** Null when a mark did not say how many. */
  lostEvents: number | null;
}

/** Of a source of which nothing is read yet, or which has no lines. */
export function emptyLedger(): Ledger {
  return { lines: 0, events: 0, notes: 0, rejected: 0, lostMarks: 0, lostEvents: 0 };
}

export interface SourceReport {
  readonly path: string;
  readonly format: string;
  readonly clock: ClockBase | undefined;
  /** Seq of its first event. */
  readonly firstSeq: number;
  readonly ledger: Ledger;
  readonly diagnostics: readonly Diagnostic[];
  /** What else is to be said of it, one sentence each: which queue a dump is of, what was not read. */
  readonly remarks?: readonly string[];
}

export interface QueueReport {
  readonly id: string;
  /** Signed, all 64 bits. */
  readonly pointer: bigint;
  readonly generation: number;
  /** Place among queues that nothing but an address tells apart. */
  readonly ordinal: number;
  readonly name: string | undefined;
  /** The device that it belongs to, or is, by what evidence calls it. */
  readonly device: string | undefined;
  readonly index: number | undefined;
  readonly layout: Layout | undefined;
  readonly size: number | undefined;
  readonly features: readonly FeatureName[] | null;
  readonly events: number;
  readonly decisions: number;
  /** Decisions to notify the device. */
  readonly kicks: number;
  /** Buffers added. */
  readonly requests: number;
  readonly interrupts: number;
  readonly source: SourceReport;
}

/** A queue's memory at one instant, and where in the case it belongs. */
export interface SnapshotReport {
  readonly name: string;
  readonly source: SourceReport;
  /** Id of the queue. */
  readonly queue: string;
  /** The last event that shows its positions; undefined when none or several stretches do. */
  readonly place: Place | undefined;
  readonly dump: RingDump;
}

export interface GapReport {
  readonly queue: string;
  readonly from: Place;
  readonly to: Place;
  readonly reason: string;
}

export type Verdict = "clean" | "findings" | "inconclusive" | "nothing-checked";

export type SourcedFinding = Finding & { readonly source: SourceReport };

/** A waiver as its file has it, and what became of it. */
export interface WaiverReport {
  /** Path of the waivers file. */
  readonly file: string;
  /** Place in the file, from 1. */
  readonly number: number;
  readonly rule: string;
  readonly queue: string | undefined;
  readonly fingerprint: string | undefined;
  readonly reason: string;
  /** The last day on which it waives, as `2026-12-31`. */
  readonly expires: string | undefined;
  /** `expired`: it would have waived findings, or not, and may not any more. */
  readonly status: "used" | "unused" | "expired";
  /** Findings that it waives; of an expired one, those that it would have waived. */
  readonly findings: number;
}

/** Which rules did not run, and why. */
export interface SelectionReport {
  readonly spec: SpecVersion;
  readonly leftOut: readonly string[];
  readonly notBinding: readonly { readonly rule: string; readonly since: SpecVersion }[];
}

/** What became of a rule in SQL. */
export interface SqlRuleReport {
  readonly id: string;
  readonly file: string;
  readonly title: string;
  /** All that its query returned. */
  readonly rows: number;
  /** How many of them are told. */
  readonly findings: number;
}

/** Everything that a check found out; what the report formats print. */
export interface CheckReport {
  readonly verdict: Verdict;
  readonly selection: SelectionReport;
  readonly sources: readonly SourceReport[];
  readonly queues: readonly QueueReport[];
  /** Those that count: neither waived nor known. */
  readonly findings: readonly SourcedFinding[];
  readonly waived: readonly { readonly finding: SourcedFinding; readonly waiver: WaiverReport }[];
  /** Those that the baseline has as well. */
  readonly known: readonly SourcedFinding[];
  readonly waivers: readonly WaiverReport[];
  /** Rules in SQL, where the user has some. */
  readonly sqlRules: readonly SqlRuleReport[];
  readonly snapshots: readonly SnapshotReport[];
  readonly coverage: readonly Coverage[];
  readonly gaps: readonly GapReport[];
  readonly exchanges: number;
  readonly featuresExercised: readonly FeatureName[];
  readonly summary: {
    readonly errors: number;
    readonly warnings: number;
    readonly notes: number;
    readonly undecided: number;
    /** Checks of what the specification leaves open. */
    readonly unclear: number;
    /** Checks that were decided: satisfied or violated. */
    readonly checked: number;
  };
}
