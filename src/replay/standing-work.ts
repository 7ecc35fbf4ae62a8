import type { Evidence, Party, Place } from "../model/finding.ts";
import type { WorkLeft } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";

/** What each side says of its notifications when the run ends, and what it still has to decide. */
export interface LastWords {
  /** Slots or entries made available, and marked used, that no decision has followed. */
  readonly undecidedAvail: number;
  readonly undecidedUsed: number;
  /** What the device asks for, and the driver, in words. */
  readonly deviceAsks: string;
  readonly driverAsks: string;
}

/**
 * Where the work of a ring stands: made available and not fetched, fetched and not used, used and not
 * taken back; and who has looked, or was told, since. A run that ends with work that nobody is going to
 * move may be a stall, and may be the end of the run: what would tell the two is not in a log.
 */
export class StandingWork {
  readonly #queue: QueueContext;
  /** Where each buffer that was not fetched ends, oldest first: a circle. */
  readonly #ends: Int32Array;
  #oldest = 0;
  /** Buffers made available that the device has not fetched; only while `known`. */
  unfetched = 0;
  /** Position (packed) or idx (split) that the device fetches next. */
  fetchedAt = 0;
  /** The log tells what the device fetches. */
  known = true;
  /** Of the buffers that were not fetched: those that no notification has followed. */
  #untold = 0;
  /** Used buffers that the driver has not taken. */
  #untaken = 0;
  /** The device has done something since the last publication; the driver since the last use. */
  #deviceSince = false;
  #driverSince = false;
  /** The device took something since it was last notified. */
  #fetchedSinceTold = false;
  /** After the last operation of the device the driver has looked for a used buffer, and found none. */
  #driverWaits = false;
  #published: Place | undefined;
  #told: Place | undefined;
  #used: Place | undefined;
  /** A completion that marked no buffer used, since the last that did. */
  #emptyUse: Place | undefined;
  /** The last operation was a notification that brought nothing new. */
  #spuriousKick: Place | undefined;
  #spuriousIrq: Place | undefined;

  constructor(queue: QueueContext, queueSize: number) {
    this.#queue = queue;
    this.#ends = new Int32Array(queueSize);
  }

  /** Operations are missing: what was fetched is not known. */
  forget(): void {
    this.known = false;
    this.#driverWaits = false;
    this.#spuriousKick = undefined;
    this.#spuriousIrq = undefined;
  }

  /** Nothing is in flight, and the device stands where the driver does. */
  attach(avail: number): void {
    this.known = true;
    this.fetchedAt = avail;
    this.unfetched = 0;
    this.#untold = 0;
    this.#untaken = 0;
  }

  /** The driver made a buffer available; the next one begins at `end`. */
  published(place: Place, end: number): void {
    this.#published = place;
    this.#deviceSince = false;
    this.#driverWaits = false;
    this.#untold++;
    if (this.unfetched >= this.#ends.length) this.known = false;
    if (!this.known) return;
    this.#ends[(this.#oldest + this.unfetched) % this.#ends.length] = end;
    this.unfetched++;
  }

  /** The device was notified, by whatever call. */
  notified(place: Place): void {
    this.#told = place;
    this.#untold = 0;
    this.#fetchedSinceTold = false;
    this.#spuriousKick = this.known && this.unfetched === 0 ? place : undefined;
  }

  /** The same, before the store that made the last buffer available: of that one it does not tell. */
  notifiedEarly(place: Place): void {
    this.notified(place);
    this.#untold = Math.min(1, this.unfetched);
    this.#spuriousKick = undefined;
  }

  /** The device has taken a buffer, or found none. */
  fetched(took: boolean): void {
    if (!took || !this.known) return;
    if (this.unfetched === 0) {
      // It took what nobody has seen made available.
      this.known = false;
      return;
    }
    this.fetchedAt = this.#ends[this.#oldest] as number;
    this.#oldest = (this.#oldest + 1) % this.#ends.length;
    this.unfetched--;
    this.#untold = Math.min(this.#untold, this.unfetched);
    this.#fetchedSinceTold = true;
  }

  /** A completion marked so many buffers used; `inFlight` are left. */
  used(place: Place, count: number, inFlight: number): void {
    if (count === 0) {
      this.#emptyUse ??= place;
      return;
    }
    this.#emptyUse = undefined;
    this.#used = place;
    this.#untaken += count;
    this.#driverSince = false;
    // A device that uses what it never fetched has not told its fetches.
    if (inFlight < this.unfetched) this.known = false;
  }

  deviceActs(): void {
    this.#deviceSince = true;
    this.#driverWaits = false;
  }

  driverActs(): void {
    this.#driverSince = true;
    this.#spuriousKick = undefined;
  }

  /** get_buf returned a buffer, or none. */
  got(took: boolean): void {
    if (took) this.#untaken = Math.max(0, this.#untaken - 1);
    else this.#driverWaits = true;
  }

  /** The driver is interrupted. */
  interrupted(place: Place): void {
    this.#spuriousIrq = this.known && this.#untaken === 0 ? place : undefined;
  }

  /** The driver begins another operation; `broken`: it has given the queue up by now. */
  driverBroken(broken: boolean, place: Place): void {
    const spurious = this.#spuriousIrq;
    this.#spuriousIrq = undefined;
    if (spurious === undefined) return;
    this.#survived("driver", broken, place, spurious);
  }

  /** The device stops; `broken`: by itself. */
  deviceStops(broken: boolean, place: Place): void {
    const spurious = this.#spuriousKick;
    this.#spuriousKick = undefined;
    if (spurious !== undefined) this.#survived("device", broken, place, spurious);
  }

  #survived(party: Exclude<Party, "unknown">, broken: boolean, place: Place, by: Place): void {
    const told = party === "device" ? "the device is notified" : "the driver is interrupted";
    this.#queue.emit({
      kind: "notification.survived",
      queue: this.#queue.view,
      place,
      party,
      broken,
      evidence: [{ role: "decision", place: by, what: `${told}, and nothing is new` }],
    });
  }

  /** The run ends: with work that stands, and that nothing in the log is going to move? */
  ends(place: Place, inFlight: number, words: LastWords): void {
    if (!this.known) {
      this.#emit(place, { undecided: "the log does not tell what the device fetched" });
      return;
    }
    const held = inFlight - this.unfetched;
    const left = this.#left(held, words);
    if (left !== undefined) this.#emit(place, left);
    else this.#emit(place, {});
  }

  #left(held: number, words: LastWords): Partial<WorkLeft> | undefined {
    const { unfetched } = this;
    if (unfetched > 0 && this.#driverWaits) {
      if (this.#untold > 0 && words.undecidedAvail > 0) return undefined;
      if (this.#untold > 0 && !this.#deviceSince) return this.#notTold(words);
      if (this.#untold === 0 && this.#fetchedSinceTold && held === 0) return this.#toldAndLeft();
    }
    if (held > 0 && this.#emptyUse !== undefined && this.#driverWaits) {
      return this.#withheld(held, this.#emptyUse);
    }
    const idle = unfetched === 0 && held === 0;
    if (idle && this.#untaken > 0 && !this.#driverSince && words.undecidedUsed === 0) {
      return this.#notTaken(words);
    }
    return undefined;
  }

  #notTold({ deviceAsks }: LastWords): Partial<WorkLeft> {
    return {
      sort: "not-told",
      party: "unknown",
      message: `${buffers(this.unfetched)} available that the device has not fetched; it asks to be notified of ${deviceAsks}, was not notified of ${this.#untold === 1 ? "the last one" : `the last ${this.#untold}`}, and has not looked since`,
      unless: ["the device looks by itself", "the driver notifies it for another reason"],
      evidence: this.#seen("publication", this.#published, "the last buffer was made available"),
    };
  }

  #toldAndLeft(): Partial<WorkLeft> {
    return {
      sort: "told-and-left",
      party: "device",
      message: `${buffers(this.unfetched)} available that the device was notified of and did not fetch; it has used all that it fetched`,
      unless: ["the device comes back by itself", "the log ends before it does"],
      evidence: this.#seen("decision", this.#told, "the device was notified"),
    };
  }

  #withheld(held: number, place: Place): Partial<WorkLeft> {
    return {
      sort: "withheld",
      party: "device",
      message: `the device completed and marked nothing used: it holds ${held} of the buffers that it has fetched, and the driver waits`,
      unless: ["something else makes the device publish them", "the log ends before it does"],
      evidence: this.#seen("publication", place, "a completion marks no buffer used"),
    };
  }

  #notTaken({ driverAsks }: LastWords): Partial<WorkLeft> {
    return {
      sort: "not-taken",
      party: "driver",
      message: `${buffers(this.#untaken)} used that the driver has not taken; it asks to be interrupted for ${driverAsks}, and has not looked since`,
      unless: ["the driver looks by itself", "the log ends before it does"],
      evidence: this.#seen("publication", this.#used, "the last buffer was marked used"),
    };
  }

  #seen(role: Evidence["role"], place: Place | undefined, what: string): Evidence[] {
    return place === undefined ? [] : [{ role, place, what }];
  }

  #emit(place: Place, left: Partial<WorkLeft>): void {
    this.#queue.emit({
      kind: "work.left",
      queue: this.#queue.view,
      place,
      undecided: undefined,
      sort: "",
      party: "unknown",
      message: "",
      unless: [],
      evidence: [],
      ...left,
    });
  }

  /** Published, wanted by the device all along, and no decision followed: did the driver go on? */
  isForgotten(): boolean {
    return this.known && this.unfetched > 0 && this.#untold > 0 && this.#driverWaits;
  }

  get publishedLast(): Place | undefined {
    return this.#published;
  }
}

function buffers(count: number): string {
  return count === 1 ? "1 buffer stands" : `${count} buffers stand`;
}
