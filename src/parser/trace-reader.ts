import type { Ledger } from "../model/check-report.ts";
import type { DiagnosticLog } from "../model/diagnostic.ts";
import type { ClockBase } from "../model/time.ts";

/** What reads one source; batches of events go to whoever made it. */
export interface TraceSource {
  /** Name of the format, as reports have it. */
  readonly format: string;
  readonly ledger: Ledger;
  readonly diagnostics: DiagnosticLog;
  /** Set once the first event is there. */
  readonly clock: ClockBase | undefined;
  /** Lines that only this format has: without one, the input is something else. */
  readonly traceLines: number;
  /** Seq that the next event of the case gets. */
  readonly nextSeq: number;
}

/** What reads a source from its first byte to its last. */
export interface TraceReader extends TraceSource {
  /** Reads one chunk; a line may end in a later one. */
  push(chunk: Uint8Array): void;
  /** Call once after the last chunk. */
  end(): void;
}
