import { askInterrupts, SleepingDevice } from "./asking.ts";
import type { Mutation } from "./mutation.ts";
import { packed } from "./shapes.ts";

const DEVICE = "replay/models/packed-device.ts";

/** Packed device: what it keeps back, and when it interrupts. */
export const PACKED_DEVICE_NOTIFYING: readonly Mutation[] = [
  {
    id: "M5.10",
    what: "Completions are kept back until the ring is almost full",
    visibility: "O",
    edits: [
      {
        file: DEVICE,
        before: "if (this.#stopped || used.length === 0) return;",
        after: "if (this.#stopped || used.length === 0 || this.#inFlight < this.#size - 1) return;",
      },
    ],
    rules: ["queue/stalled"],
    remark:
      "A suspicion: the log shows a completion that marks nothing used, and a driver that waits.",
    runs: [3, 4, 5, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, one buffer`,
      lines: packed({ queueSize }, (run) => run.serve(1)),
    })),
  },
  {
    id: "M5.11",
    what: "The device interrupts only if the slot that was asked for is the last one used",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "return wanted ?? slots > 0;",
        after:
          "return wanted === true && ((words.offWrap & 0x7fff) + 1) % this.#size === positionSlot(this.#nextUsed, this.#size);",
      },
    ],
    rules: ["queue/interrupt-missed"],
    remark: "",
    runs: [2, 3, 4, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, a list of 2`,
      lines: packed({ queueSize }, (run) => {
        askInterrupts(run);
        run.serve(2);
        run.serve(1);
      }),
    })),
  },
  {
    id: "M5.12",
    what: "What was used since the last decision is counted modulo N",
    visibility: "T",
    edits: [
      {
        file: DEVICE,
        before: "const slots = this.#newSlots;",
        after: "const slots = this.#newSlots % this.#size;",
      },
    ],
    rules: ["queue/interrupt-missed"],
    remark: "Seen when a whole ring is used between two decisions.",
    runs: [1, 2, 3, 4, 7, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, a full ring used at once`,
      lines: packed({ queueSize }, (run) => {
        askInterrupts(run);
        for (let i = 0; i < queueSize; i++) run.add(1);
        run.parties.kick();
        run.deviceServes();
        run.drain();
        run.serve(1);
      }),
    })),
  },
  {
    id: "M5.13",
    what: "Turning notifications off falls through and turns them on again",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "        enable ? RING_EVENT_FLAGS_ENABLE : RING_EVENT_FLAGS_DISABLE,\n      );",
        after:
          "        enable ? RING_EVENT_FLAGS_ENABLE : RING_EVENT_FLAGS_DISABLE,\n      );\n" +
          "      if (!enable) port.set16(AREA.device, EVENT_FLAGS, RING_EVENT_FLAGS_ENABLE);",
      },
    ],
    rules: ["queue/event-shadow-differs"],
    remark: "",
    runs: [1, 2, 3, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, notifications off while the device works`,
      lines: packed({ queueSize }, (run) => {
        const device = new SleepingDevice(run);
        run.parties.setNotify({ mode: "disable" });
        run.serve(1);
        device.ask();
        run.serve(1);
      }),
    })),
  },
];
