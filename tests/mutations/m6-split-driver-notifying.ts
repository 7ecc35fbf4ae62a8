import { AREA, MEMORY_OP } from "../../src/model/memory.ts";
import { usedEventOffset } from "../../src/virtio/split.ts";
import { SleepingDevice, splitFrom } from "./asking.ts";
import type { Mutation } from "./mutation.ts";
import { type ShapedRun, split } from "./shapes.ts";

const DRIVER = "replay/models/linux-split.ts";
const SIZES = [1, 2, 4, 8] as const;

/** The device uses a buffer before the driver's store of used_event within enable_cb. */
function usedWhileEnabling(run: ShapedRun): void {
  const { parties } = run;
  const event = usedEventOffset(parties.memory.queueSize);
  run.add(1);
  parties.kick();
  parties.fetch();
  parties.disableCb();
  let due = true;
  parties.interleave(({ op, area, offset }) => {
    if (!due || op !== MEMORY_OP.store || area !== AREA.driver || offset !== event) return;
    due = false;
    parties.complete([[0, 0]], "single");
    parties.signal();
  });
  parties.enableCb();
  parties.interleave(undefined);
  run.drain();
}

function enabledAfterEach(run: ShapedRun): void {
  for (let i = 0; i < 3; i++) {
    run.serve(1);
    run.parties.enableCb();
  }
}

/** Two buffers, each with a decision to notify. */
function twoDecisions(run: ShapedRun): void {
  const device = new SleepingDevice(run);
  for (let i = 0; i < 2; i++) {
    run.add(1);
    device.kick();
  }
  run.parties.kick();
}

/** Split driver: what it asks for, and its decision whether to notify. */
export const SPLIT_DRIVER_NOTIFYING: readonly Mutation[] = [
  {
    id: "M6.8",
    what: "used_event is stored the first time and never again",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before:
          "      port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed);\n      port.barrier(BARRIER.mb);\n",
        after: "      port.barrier(BARRIER.mb);\n",
      },
      {
        file: DRIVER,
        before:
          "    this.#port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed);\n    return",
        after: "    return",
      },
    ],
    rules: ["queue/interrupt-asked-late", "queue/stalled"],
    remark:
      "Any value of used_event is legal: what is told is that the driver enabled callbacks and asks for another buffer.",
    runs: SIZES.flatMap((queueSize) => [
      {
        shape: `N = ${queueSize}, three buffers, callbacks enabled after each`,
        lines: split({ queueSize }, enabledAfterEach),
      },
      {
        shape: `N = ${queueSize}, the same over idx 65535`,
        lines: splitFrom(65534, queueSize, enabledAfterEach),
      },
    ]),
  },
  {
    id: "M6.9",
    what: "used_event is stored after the test for pending buffers",
    visibility: "T",
    edits: [
      {
        file: DRIVER,
        before: "return !this.poll(this.enableCbPrepare());",
        after:
          "const pending = this.poll(this.#lastUsed);\n    this.enableCbPrepare();\n    return !pending;",
      },
    ],
    rules: ["queue/pending-overlooked"],
    remark: "Seen when the device uses a buffer between the test and the store.",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, a buffer used just before the store`,
      lines: split({ queueSize }, usedWhileEnabling),
    })),
  },
  {
    id: "M6.13",
    what: "A buffer that came back is given to the device again without a decision to notify",
    visibility: "D",
    edits: [
      {
        file: "replay/models/parties.ts",
        before: "  kick(): boolean {\n    let kick = false;\n",
        after:
          "  kick(): boolean {\n    if (this.returned > 0) return false;\n    let kick = false;\n",
      },
    ],
    rules: ["queue/publication-without-decision"],
    remark: "A suspicion: the run may end before the decision.",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, one buffer, and again`,
      lines: split({ queueSize }, (run) => {
        const device = new SleepingDevice(run);
        run.add(0, 1);
        device.kick();
        run.add(0, 1);
        device.kick();
      }),
    })),
  },
  {
    id: "M6.14",
    what: "The decision to notify takes the new idx for the old one",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before: "const old = u16(this.#availIdx - this.#numAdded);",
        after: "const old = this.#availIdx;",
      },
    ],
    rules: ["queue/kick-missed"],
    remark: "With N = 1 Linux notifies when it refuses the second buffer, and all is well.",
    runs: [2, 4, 8].flatMap((queueSize) => [
      { shape: `N = ${queueSize}, two buffers`, lines: split({ queueSize }, twoDecisions) },
      {
        shape: `N = ${queueSize}, the same over idx 65535`,
        lines: splitFrom(65535, queueSize, twoDecisions),
      },
    ]),
  },
];
