import type { SelectionReport } from "./check-report.ts";
import type { Coverage, Finding } from "./finding.ts";
import type { RingDump } from "./ring-dump.ts";

/** One queue's memory as `vringscope ring` shows it. */
export interface RingReport {
  /** `virtio-blk-0 q0`: as the files or the QMP answer call it. */
  readonly name: string;
  /** Files that its bytes came from. */
  readonly paths: readonly string[];
  /** What else is known of it, one sentence each: which device it is, what the device says of itself. */
  readonly notes: readonly string[];
  readonly dump: RingDump;
  readonly findings: readonly Finding[];
  readonly coverage: readonly Coverage[];
  readonly selection: SelectionReport;
}
