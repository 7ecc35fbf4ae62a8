import type { Evidence, Place } from "../model/finding.ts";
import type { FeatureName } from "../virtio/features.ts";
import type { DeviceLife } from "./device-life.ts";
import type { ElementEnded, ElementsFlushed } from "./life-facts.ts";
import { NO_EVIDENCE } from "./observation.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { ServedElements } from "./served-elements.ts";

const NO_FEATURES: ReadonlySet<FeatureName> = new Set();
const NOTHING_SENT = { count: 0, sent: 0 } as const;

/** A queue as its device's own log shows it: by a pointer, and by its number once that was told. */
export class ServedQueue implements QueueEntry {
  readonly number: number;
  readonly pointer: number;
  readonly generation: number;
  readonly pointerText: string;
  readonly idSuffix: string;
  readonly layout = undefined;
  readonly size = undefined;
  readonly features = null;
  readonly kicks = NOTHING_SENT;
  readonly exercised = NO_FEATURES;
  index: number | undefined;
  /** Undefined until a notification says whose it is. */
  owner: DeviceLife | undefined;
  ordinal = 0;
  events = 0;
  // Buffers and interrupts of a case are those that the driver's own calls show.
  readonly requests = 0;
  readonly interrupts = 0;
  readonly ways: ServedElements;
  /** Elements popped and not filled since. */
  held = 0;
  /** Elements filled since the last flush, as one batch. */
  #filled = 0;
  #firstFill: Place | undefined;
  /** A place in the batch was left out: a line may be missing. */
  #broken = false;

  constructor(options: {
    readonly number: number;
    readonly pointer: number;
    readonly pointerText: string;
    readonly generation: number;
    readonly idSuffix: string;
    readonly emit: (seen: ElementEnded) => void;
  }) {
    this.ways = new ServedElements(this, options.emit);
    this.number = options.number;
    this.pointer = options.pointer;
    this.pointerText = options.pointerText;
    this.generation = options.generation;
    this.idSuffix = options.idSuffix;
  }

  get name(): string {
    return this.index === undefined ? "queue ?" : `queue ${this.index}`;
  }

  get device(): string | undefined {
    return this.owner?.device;
  }

  get id(): string {
    return `${this.name}@${this.pointerText}#${this.generation}${this.idSuffix}`;
  }

  /** An element is marked used, at a place of the batch that the next flush publishes. */
  filled(place: Place, at: number): void {
    // A batch begins at place 0: what was filled and not flushed before is another one's.
    if (at === 0) this.#begin(place);
    if (at !== this.#filled) this.#broken = true;
    this.#filled++;
  }

  /** The batch is published: how many were filled, and how many that makes used. */
  flushed(place: Place, count: number): ElementsFlushed {
    const filled = this.#filled;
    const first = this.#firstFill;
    const evidence: readonly Evidence[] =
      first === undefined || filled === count
        ? NO_EVIDENCE
        : [
            { role: "publication", place: first, what: `the first of ${filled} filled` },
            { role: "decision", place, what: `a flush of ${count}` },
          ];
    const undecided =
      first === undefined || this.#broken
        ? "what was filled before is not all in the log"
        : filled < count && this.held > 0
          ? "an element that the device holds may have been filled unseen"
          : undefined;
    // Of a batch that is not whole nobody knows which are in it.
    this.ways.flushed(place, first !== undefined && !this.#broken && filled === count);
    this.#filled = 0;
    this.#firstFill = undefined;
    this.#broken = false;
    return {
      kind: "elements.flushed",
      queue: this,
      place,
      undecided,
      filled,
      flushed: count,
      evidence,
    };
  }

  /** The device was reset: nothing is held, nothing is filled. */
  reset(): void {
    this.held = 0;
    this.#filled = 0;
    this.#firstFill = undefined;
    this.#broken = false;
  }

  #begin(place: Place): void {
    this.ways.begin();
    this.#filled = 0;
    this.#firstFill = place;
    this.#broken = false;
  }
}
