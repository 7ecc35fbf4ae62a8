import type { Rejection } from "./diagnostic.ts";
import type { DetectionEvidence } from "./input-format.ts";

/** How far a line fits the format that it fits best. */
export interface LineFit {
  /** A name of the table of formats; undefined when it fits none. */
  readonly nearest: string | undefined;
  /** Characters of the line that fit. */
  readonly column: number;
  /** What had to stand there; undefined when the line fits to its end. */
  readonly expected: string | undefined;
}

/** A rejected line, and how far reading came. */
export interface RejectedLine extends Rejection {
  /** Undefined where the input has records and no lines. Long lines are cut. */
  readonly text: string | undefined;
  readonly fit: LineFit | undefined;
}

/** As what a source was read, what decided that, and what did not fit. */
export interface ParseExplanation {
  readonly path: string;
  /** A name of the table of formats; undefined when nothing known fitted. */
  readonly format: string | undefined;
  readonly evidence: DetectionEvidence;
  /** What the user chose instead. */
  readonly chosen: string | undefined;
  readonly rejected: number;
  /** The first of them. */
  readonly lines: readonly RejectedLine[];
}
