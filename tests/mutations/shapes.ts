import type { PartiesOptions } from "../../src/replay/models/parties.ts";
import type { Models } from "./mutation.ts";

type Options = Partial<PartiesOptions> & Pick<PartiesOptions, "queueSize">;

/** A driver and a device with a few things that they often do. */
export class ShapedRun {
  readonly models: Models;
  readonly parties: InstanceType<Models["Parties"]>;
  #addr = 0x20_0000_0000;

  constructor(models: Models, parties: InstanceType<Models["Parties"]>) {
    this.models = models;
    this.parties = parties;
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
  script(new ShapedRun(models, parties));
  parties.takeDown(parties.ended ? "broken" : "end");
  parties.footer();
  return lines;
}
