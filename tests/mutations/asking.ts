import type { NotifyRequest } from "../../src/replay/models/device.ts";
import {
  advancePosition,
  packedPosition,
  positionSlot,
  positionWrap,
} from "../../src/virtio/packed.ts";
import type { ShapedRun } from "./shapes.ts";

/** What the device says when it wants to be notified of the next buffer that it has not fetched. */
export function nextOf({ parties }: ShapedRun, ahead = 0): NotifyRequest {
  const { layout, queueSize } = parties.memory;
  const { avail_idx, avail_wrap = 1 } = parties.device.state();
  if (!parties.driver.options.eventIdx) return { mode: "enable" };
  if (layout === "split") return { mode: "event", availEvent: (avail_idx + ahead) & 0xffff };
  const position = advancePosition(
    packedPosition(avail_idx, avail_wrap, queueSize),
    ahead,
    queueSize,
  );
  return {
    mode: "desc",
    off: positionSlot(position, queueSize),
    wrap: positionWrap(position, queueSize),
  };
}

/** A device that sleeps until it is notified, serves what it finds, and asks for the next one. */
export class SleepingDevice {
  readonly #run: ShapedRun;

  constructor(run: ShapedRun) {
    this.#run = run;
    this.ask();
  }

  ask(ahead = 0): void {
    this.#run.parties.setNotify(nextOf(this.#run, ahead));
  }

  /** The driver decides; the device wakes if it is told. The driver looks for what came of it. */
  kick(): boolean {
    const told = this.#run.parties.kick();
    if (told) this.wake();
    this.#run.drain();
    return told;
  }

  wake(): void {
    this.#run.deviceServes();
    this.ask();
  }
}

/** Callbacks off and on again: with EVENT_IDX the driver asks by position from here on. */
export function askInterrupts({ parties }: ShapedRun): void {
  parties.disableCb();
  parties.enableCb();
}
