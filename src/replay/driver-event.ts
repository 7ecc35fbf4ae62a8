import { KIND } from "../model/event.ts";
import type { Evidence, Place } from "../model/finding.ts";
import {
  eventFlagsName,
  positionDistance,
  positionWord,
  RING_EVENT_FLAGS_DESC,
  wordPosition,
} from "../virtio/packed.ts";
import { NO_EVIDENCE } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";
import { hex, isKnown, type Sample, UNKNOWN } from "./sample.ts";

/** Callbacks were enabled: from now on the driver's event word is known to a range. */
interface Enabled {
  readonly place: Place;
  readonly func: string;
  /** Used position then: the plain form asks for exactly this descriptor. */
  readonly position: number;
  readonly lastUsed: number;
}

/**
 * A used position names its slot modulo two laps. Two laps take at least two buffers, and a get_buf is
 * hidden when its begin alone is lost: with fewer events lost, no lap can hide.
 */
const LAPS_NEED_EVENTS = 2;

/**
 * The driver's own event suppression structure on a packed queue. After callbacks were enabled at a
 * used position, off_wrap points there; get_buf may move it on to what was used since, and the
 * delayed form places it ahead. So it lies between that position and the available one, and nowhere
 * else. Judged once for each enabling, at the next kick_prepare, whose sample shows both positions as
 * they are then: a sample of the words alone may follow calls that no probe saw. Only while flags are
 * DESC.
 */
export class DriverEvent {
  readonly #queue: QueueContext;
  #enabled: Enabled | undefined;
  #enabling = 0;
  #lost = 0;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  /** An enabling call begins: until it returns, a sample may show the old word or the new one. */
  begin(): void {
    this.#enabling++;
  }

  /** It returned; `position` is UNKNOWN when the used position was not known. */
  end(call: { place: Place; func: string }, position: number): void {
    this.#enabling--;
    this.#lost = 0;
    const { size } = this.#queue;
    this.#enabled =
      !isKnown(position) || size === undefined
        ? undefined
        : { place: call.place, func: call.func, position, lastUsed: positionWord(position, size) };
  }

  /** Its return was not seen, or calls are missing: the word is unknown. */
  returnLost(): void {
    this.#enabling--;
    this.#enabled = undefined;
  }

  forget(): void {
    this.#enabled = undefined;
  }

  /** The source admitted a loss of so many events. */
  eventsLost(count: number): void {
    this.#lost += count;
    if (this.#lost >= LAPS_NEED_EVENTS) this.forget();
  }

  /** `ahead` is the available position that the sample shows. */
  sample(sample: Sample, ahead: number): void {
    const { size } = this.#queue;
    const enabled = this.#enabled;
    if (size === undefined || enabled === undefined || this.#enabling > 0) return;
    if (!isKnown(sample.driverOffWrap) || !isKnown(sample.driverFlags)) return;
    if (sample.kind !== KIND.kickPrepare || !isKnown(sample.lastUsed)) return;
    this.#enabled = undefined;
    if (sample.driverFlags !== RING_EVENT_FLAGS_DESC) return;
    const sampled = wordPosition(sample.driverOffWrap, size);
    const undecided = this.#queue.mayBeExchanged(enabled.place, sample.place)
      ? "the sample is from another CPU within 10 us"
      : !isKnown(ahead)
        ? "the available position is not known"
        : sampled === undefined
          ? "off_wrap points outside the ring"
          : undefined;
    const used = wordPosition(sample.lastUsed, size);
    // In two steps: since it enabled callbacks the driver may have published a lap more than it got back.
    const reach =
      used === undefined
        ? 2 * size
        : positionDistance(enabled.position, used, size) + positionDistance(used, ahead, size);
    const inside =
      undecided === undefined &&
      positionDistance(enabled.position, sampled as number, size) <= reach;
    this.#queue.emit({
      kind: "driverEvent.sampled",
      queue: this.#queue.view,
      place: enabled.place,
      undecided,
      enabledAt: enabled.position,
      ahead,
      sampled: sampled ?? UNKNOWN,
      inside,
      evidence: inside || undecided !== undefined ? NO_EVIDENCE : evidenceOf(enabled, sample),
    });
  }
}

function evidenceOf(enabled: Enabled, sample: Sample): Evidence[] {
  const word = `off_wrap=${hex(sample.driverOffWrap)} flags=${eventFlagsName(sample.driverFlags)}`;
  return [
    {
      role: "decision",
      place: enabled.place,
      what: `${enabled.func} last_used=${hex(enabled.lastUsed)}`,
    },
    { role: "outcome", place: sample.place, what: `${sample.func} driver ${word}` },
  ];
}
