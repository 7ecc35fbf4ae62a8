import { AREA, BARRIER } from "../../model/memory.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  VIRTQ_DESC_F_NEXT,
} from "../../virtio/descriptor.ts";
import {
  availBits,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  RING_EVENT_FLAGS_ENABLE,
} from "../../virtio/packed.ts";
import type { DriverName, Segment } from "./driver.ts";
import { linuxPackedKick } from "./packed-kick.ts";
import { Rfc2Driver, segmentAt, segmentFlags } from "./rfc2.ts";

/**
 * The driver of the RFC with what its review decided; each method here is one of the decisions. Detach
 * still zeroes flags, so it still wants a device that uses buffers in order.
 */
export class ReviewedDriver extends Rfc2Driver {
  override readonly name: DriverName = "reviewed";

  /** Only the last slot needs the id, and the loop knows which that is: no `prev`, no second store. */
  protected override writeList(out: readonly Segment[], into: readonly Segment[]): number {
    const { port } = this;
    const total = out.length + into.length;
    const head = this.nextAvail;
    let headFlags = 0;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return -1;
      const last = n + 1 === total;
      const flags = (last ? 0 : VIRTQ_DESC_F_NEXT) | segmentFlags(n, out) | availBits(this.wrap);
      const at = this.nextAvail * DESC_BYTES;
      const [addr, len] = segmentAt(n, out, into);
      if (n === 0) headFlags = flags;
      else port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags);
      port.set64(AREA.desc, at + DESC_ADDR, addr);
      port.set32(AREA.desc, at + DESC_LEN, len);
      if (last) port.set16(AREA.desc, at + PACKED_DESC_ID, head);
      this.step();
    }
    return headFlags;
  }

  /** A helper of its own for each layout's table: a packed entry has WRITE and nothing else. */
  protected override writeTable(
    table: number,
    out: readonly Segment[],
    into: readonly Segment[],
  ): boolean {
    const { port } = this;
    const total = out.length + into.length;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return false;
      const at = table + n * DESC_BYTES;
      const [addr, len] = segmentAt(n, out, into);
      port.set16(AREA.ind, at + PACKED_DESC_FLAGS, segmentFlags(n, out));
      port.set64(AREA.ind, at + DESC_ADDR, addr);
      port.set32(AREA.ind, at + DESC_LEN, len);
    }
    return true;
  }

  /** The device's flags decide; a read barrier stands between them and off_wrap. */
  override kickPrepare(): boolean {
    const { port } = this;
    port.barrier(BARRIER.mb);
    const added = this.numAdded;
    this.numAdded = 0;
    const flags = port.get16(AREA.device, EVENT_FLAGS);
    if (flags !== RING_EVENT_FLAGS_DESC) return flags !== RING_EVENT_FLAGS_DISABLE;
    port.barrier(BARRIER.rmb);
    const offWrap = port.get16(AREA.device, EVENT_OFF_WRAP);
    return linuxPackedKick(offWrap, this.nextAvail, this.wrap, added, this.size);
  }

  /**
   * The thread left this open. Where the delayed form asked for a slot and getBuf passes it, DESC would
   * ask for the past; so the word moves along, as it does in Linux.
   */
  protected override usedPassed(): void {
    if (this.eventFlags !== RING_EVENT_FLAGS_DESC) return;
    this.port.set16(AREA.driver, EVENT_OFF_WRAP, this.#usedWord());
    this.port.barrier(BARRIER.mb);
  }

  /** Its own used wrap counter, not one guessed from positions. */
  #usedWord(): number {
    return this.lastUsed | (this.usedWrap << 15);
  }

  /** ENABLE is enough here: no offset that could be stale. */
  override enableCbPrepare(): number {
    this.#setFlags(RING_EVENT_FLAGS_ENABLE);
    return this.#usedWord();
  }

  /** DESC is for the delayed form alone: where, a write barrier, then whether. */
  override enableCbDelayed(): boolean {
    if (!this.options.eventIdx) return this.enableCb();
    const offWrap = this.delayedWord(this.usedWrap);
    this.port.set16(AREA.driver, EVENT_OFF_WRAP, offWrap);
    this.port.barrier(BARRIER.wmb);
    this.#setFlags(RING_EVENT_FLAGS_DESC);
    return !this.poll(this.#usedWord());
  }

  #setFlags(flags: number): void {
    if (this.eventFlags === flags) return;
    this.eventFlags = flags;
    this.port.set16(AREA.driver, EVENT_FLAGS, flags);
  }
}
