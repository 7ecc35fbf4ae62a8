import { AREA } from "../../src/model/memory.ts";
import type { NotifyRequest } from "../../src/replay/models/device.ts";
import {
  advancePosition,
  packedPosition,
  positionSlot,
  positionWrap,
} from "../../src/virtio/packed.ts";
import { RING_IDX } from "../../src/virtio/split.ts";
import type { Models } from "./mutation.ts";
import { ShapedRun } from "./shapes.ts";

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

/** The lines of a run on a split queue whose log begins with both idx at `idx`, and nothing in flight. */
export function splitFrom(
  idx: number,
  queueSize: number,
  script: (run: ShapedRun) => void,
): (models: Models) => string[] {
  return (models) => {
    const lines: string[] = [];
    const parties = new models.Parties({
      layout: "split",
      queueSize,
      header: { warmup: 1 },
      line: (line) => lines.push(line),
    });
    parties.header();
    parties.create();
    const { memory, driver, device } = parties;
    memory.set16(AREA.driver, RING_IDX, idx);
    memory.set16(AREA.device, RING_IDX, idx);
    driver.restore({ ...driver.state(), avail_idx: idx, last_used: idx });
    device.restore({ ...device.state(), avail_idx: idx, used_idx: idx });
    const hex = (area: number): string => Buffer.from(memory.bytes(area)).toString("hex");
    const areas = { desc: hex(AREA.desc), driver: hex(AREA.driver), device: hex(AREA.device) };
    lines.push(JSON.stringify({ type: "snapshot", areas, driver: driver.state() }));
    script(new ShapedRun(models, parties));
    parties.takeDown(parties.ended ? "broken" : "end");
    parties.footer();
    return lines;
  };
}

/** The same log of a device that does not say what it asks for: only its stores do. */
export function unsaid(lines: (models: Models) => string[]): (models: Models) => string[] {
  return (models) =>
    lines(models).map((line) => {
      const json = JSON.parse(line) as Record<string, unknown>;
      if (json["op"] !== "set_notify") return line;
      const { mode: _mode, avail_event: _event, ...rest } = json;
      return JSON.stringify(rest);
    });
}
