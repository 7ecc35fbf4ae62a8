import type { Mutation, Run } from "./mutation.ts";
import { packed, type ShapedRun, split } from "./shapes.ts";

const PARTIES = "replay/models/parties.ts";

/** The device's state is saved, and given to another one. */
function handOver({ parties }: ShapedRun): void {
  parties.device.takeOver(parties.device.state());
}

/** Set-up and hand-over of queues. */
export const LIFE: readonly Mutation[] = [
  {
    id: "M5.15",
    what: "A device that is restored takes over its used position without the wrap counter",
    visibility: "C",
    edits: [
      {
        file: "replay/models/packed-device.ts",
        before: "packedPosition(state.used_idx, state.used_wrap ?? 1, size)",
        after: "packedPosition(state.used_idx, 1, size)",
      },
    ],
    rules: ["packed/used-flags-wrong-lap"],
    remark: "Only a hand-over in a lap with wrap counter 0 shows it.",
    runs: [1, 3, 4, 8].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}, saved in the second lap`,
        lines: packed({ queueSize }, (run) => {
          for (let i = 0; i < queueSize; i++) run.serve(1);
          handOver(run);
          run.serve(1);
        }),
      }),
    ),
  },
  {
    id: "M2.6",
    what: "Indirect tables that were linked once are not linked anew when the ring is zeroed by a reset",
    visibility: "D",
    edits: [
      {
        file: "replay/models/linux-split.ts",
        before: "    for (const table of this.#own) this.#linkTable(table, this.#size);",
        // Its constructor sets the queue up for the first time, and the run's creation for the second.
        after:
          "    if (this.#setUps++ < 2) for (const table of this.#own) this.#linkTable(table, this.#size);",
      },
      {
        file: "replay/models/linux-split.ts",
        before: "  #broken = false;\n",
        after: "  #broken = false;\n  #setUps = 0;\n",
      },
    ],
    rules: ["split/chain-cut-short", "queue/element-differs"],
    remark: "",
    runs: [2, 4, 8].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}, tables of 2 and of ${queueSize}, and again after a reset`,
        lines: split({ queueSize, indirect: true, ownTables: true }, (run) => {
          for (let part = 0; part < 2; part++) {
            run.serve(1, 1);
            run.serve(queueSize);
            if (part > 0) break;
            run.parties.takeDown("reset");
            run.parties.create();
          }
        }),
      }),
    ),
  },
  {
    id: "M7.9",
    what: "A device that takes a queue over believes that every interrupt was sent by the one before",
    visibility: "D",
    edits: [
      {
        file: "replay/models/split-device.ts",
        before: "    this.#mayOwe = true;\n",
        after: "",
      },
    ],
    rules: ["queue/interrupt-missed"],
    remark: "Saved between the store to used.idx and the decision: only then is an interrupt owed.",
    runs: [
      [1, 0],
      [4, 0],
      [4, 0xfffe],
      [256, 0x7fff],
    ].map(
      ([queueSize = 1, index = 0]): Run => ({
        shape: `N = ${queueSize}, from index ${index}`,
        lines: split({ queueSize }, (run) => {
          if (index > 0) run.startAt(index);
          run.parties.enableCb();
          run.add(1);
          run.parties.kick();
          run.fetchAll();
          run.parties.complete([[0, 0]], "single");
          handOver(run);
          if (run.parties.signal()) run.parties.interrupt();
          run.drain();
        }),
      }),
    ),
  },
  {
    id: "M7.11",
    what: "A device that is told where to begin keeps the available index that it had",
    visibility: "D",
    edits: [
      {
        file: "replay/models/split-device.ts",
        before: "    this.create();\n    this.#availIdx = state.avail_idx;",
        after:
          "    const cached = this.#availIdx;\n    this.create();\n    this.#availIdx = cached;",
      },
    ],
    rules: ["queue/fetched-not-available", "queue/available-buffer-overlooked"],
    remark: "",
    runs: [
      [1, 5],
      [4, 5],
      [4, 0xffff],
      [8, 0x8000],
    ].map(
      ([queueSize = 1, index = 0]): Run => ({
        shape: `N = ${queueSize}, from index ${index}`,
        lines: split({ queueSize }, (run) => {
          run.startAt(index);
          run.serve(1);
        }),
      }),
    ),
  },
  {
    id: "M7.17",
    what: "The address of the used ring is computed without the available ring's used_event",
    visibility: "D",
    edits: [
      {
        file: PARTIES,
        before: "device: area(device, AREA.device),",
        after: "device: area(driver + 4 + 2 * queueSize, AREA.device),",
      },
    ],
    rules: ["queue/areas-overlap", "queue/area-misaligned"],
    remark: "",
    runs: [1, 4, 256].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}`,
        lines: split({ queueSize }, (run) => run.serve(1)),
      }),
    ),
  },
];
