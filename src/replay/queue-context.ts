import type { Layout } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import type { Observation, QueueView } from "./observation.ts";

/** What the parts of a queue's shadow share. */
export interface QueueContext {
  readonly view: QueueView;
  readonly layout: Layout | undefined;
  readonly size: number | undefined;
  readonly eventIdx: boolean | undefined;
  readonly indirect: boolean | undefined;
  /** The source tells each operation on the queue: nothing happens to it unseen. */
  readonly everyOperationTold: boolean;
  /** Whether the source's order of two events may be the reverse of what happened. */
  mayBeExchanged(earlier: Place, later: Place): boolean;
  /** False once the source shows a begin without its return, or a return without its begin. */
  pairsIntact(): boolean;
  emit(observation: Observation): void;
  /** Calls of this queue were missed between two places; what was inferred across them is void. */
  gap(from: Place, to: Place, reason: string): void;
  exchanged(): void;
  /** The state is that of a fresh queue of another size: it was reset and resized unseen. */
  resized(): void;
  /** A position moved in a way that two calls, one of them unseen, would move it too. */
  merged(): void;
}
