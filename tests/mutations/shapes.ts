import { AREA } from "../../src/model/memory.ts";
import type { CompleteMode } from "../../src/replay/models/device.ts";
import type { PartiesOptions } from "../../src/replay/models/parties.ts";
import { RING_IDX } from "../../src/virtio/split.ts";
import type { Models } from "./mutation.ts";

type Options = Partial<PartiesOptions> & Pick<PartiesOptions, "queueSize">;

/** A driver and a device with a few things that they often do. */
export class ShapedRun {
  readonly models: Models;
  readonly parties: InstanceType<Models["Parties"]>;
  #addr = 0x20_0000_0000;
  readonly #line: (text: string) => void;

  constructor(
    models: Models,
    parties: InstanceType<Models["Parties"]>,
    line: (text: string) => void = () => {},
  ) {
    this.models = models;
    this.parties = parties;
    this.#line = line;
  }

  /** Split, before anything else: both idx stand at `index`, as a snapshot in the log says. */
  startAt(index: number): void {
    const { memory, driver, device } = this.parties;
    memory.set16(AREA.driver, RING_IDX, index);
    memory.set16(AREA.device, RING_IDX, index);
    driver.restore({ ...driver.state(), avail_idx: index, last_used: index });
    device.restore({ ...device.state(), avail_idx: index, used_idx: index });
    const hex = (area: number): string => Buffer.from(memory.bytes(area)).toString("hex");
    const areas = { desc: hex(AREA.desc), driver: hex(AREA.driver), device: hex(AREA.device) };
    const states = { driver: driver.state(), device: device.state() };
    this.#line(JSON.stringify({ type: "snapshot", areas, ...states }));
  }

  /** A buffer of `readable` device-readable elements, then `writable` device-writable ones, 64 bytes each. */
  add(readable: number, writable = 0): number {
    const segments = (count: number): [number, number][] =>
      Array.from({ length: count }, () => {
        this.#addr += 0x1000;
        return [this.#addr, 64];
      });
    return this.parties.add(segments(readable), segments(writable));
  }

  /** The device takes what it finds, marks it used one by one, and interrupts where it is asked to. */
  deviceServes(): void {
    const { parties } = this;
    while (!parties.ended && parties.fetch() >= 0);
    while (parties.held.length > 0) parties.complete([[0, 0]], "single");
    if (parties.newUsed > 0 && parties.signal()) parties.interrupt();
  }

  /** The driver takes back what was used. */
  drain(): void {
    while (!this.parties.ended && this.parties.getBuf() >= 0);
  }

  /** One buffer of `readable` and `writable` elements from add to get_buf. */
  serve(readable: number, writable = 0): void {
    this.add(readable, writable);
    this.parties.kick();
    this.deviceServes();
    this.drain();
  }

  /** The device takes all that it finds. */
  fetchAll(): void {
    while (!this.parties.ended && this.parties.fetch() >= 0);
  }

  /** `count` buffers of `length` device-readable elements, which the device uses together. */
  serveBatch(count: number, mode: CompleteMode, length = 1): void {
    for (let i = 0; i < count; i++) this.add(length);
    this.parties.kick();
    this.fetchAll();
    const { held } = this.parties;
    this.parties.complete(
      held.map(() => [0, 0]),
      mode,
    );
    if (this.parties.newUsed > 0 && this.parties.signal()) this.parties.interrupt();
    this.drain();
  }

  /** One buffer of `writable` elements, of which the device writes the first. */
  serveWritten(writable: number): void {
    this.add(0, writable);
    this.parties.kick();
    this.fetchAll();
    this.parties.complete([[0, 64]], "single");
    if (this.parties.signal()) this.parties.interrupt();
    this.drain();
  }
}

/** The lines of a run on a packed queue, from its creation to its end. */
export function packed(
  options: Options,
  script: (run: ShapedRun) => void,
): (models: Models) => string[] {
  return (models) => scripted(models, { ...options, layout: "packed" }, script);
}

/** The lines of a run on a split queue. */
export function split(
  options: Options,
  script: (run: ShapedRun) => void,
): (models: Models) => string[] {
  return (models) => scripted(models, { ...options, layout: "split" }, script);
}

function scripted(
  models: Models,
  options: Options & Pick<PartiesOptions, "layout">,
  script: (run: ShapedRun) => void,
): string[] {
  const lines: string[] = [];
  const parties = new models.Parties({ ...options, line: (line) => lines.push(line) });
  parties.header();
  parties.create();
  script(new ShapedRun(models, parties, (line) => lines.push(line)));
  parties.takeDown(parties.ended ? "broken" : "end");
  parties.footer();
  return lines;
}
