import type { FeatureName } from "../virtio/features.ts";
import type { QueueView } from "./observation.ts";

/**
 * What a report has a row for: a queue, followed from its driver's side or its device's, or a device as
 * a whole, which has neither number nor layout nor size.
 */
export interface QueueEntry extends QueueView {
  readonly pointer: number;
  readonly generation: number;
  ordinal: number;
  readonly events: number;
  /** Null when nothing about them is known. */
  readonly features: FeatureName[] | null;
  /** The device that it belongs to, or is, by what evidence calls it. */
  readonly device: string | undefined;
  /** Decisions whether to notify, and how many of them did. */
  readonly kicks: { readonly count: number; readonly sent: number };
  readonly requests: number;
  readonly interrupts: number;
  /** Features whose effect was seen, not merely negotiated. */
  readonly exercised: ReadonlySet<FeatureName>;
}
