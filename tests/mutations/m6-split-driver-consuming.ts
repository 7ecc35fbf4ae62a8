import type { Mutation, Run } from "./mutation.ts";
import { split } from "./shapes.ts";

const DRIVER = "replay/models/linux-split.ts";

/** Split driver: consuming. */
export const SPLIT_DRIVER_CONSUMING: readonly Mutation[] = [
  {
    id: "M6.7",
    what: "The buffer is found by the used position, not by the id in the used element",
    visibility: "C",
    edits: [
      {
        file: DRIVER,
        before: "const head = port.get32(AREA.device, elem);",
        after:
          "const head = port.get16(AREA.driver, availEntry(this.#lastUsed & (this.#size - 1)));",
      },
    ],
    rules: ["queue/wrong-buffer-returned"],
    remark: "",
    runs: [2, 3, 4].map(
      (buffers): Run => ({
        shape: `N = 4, ${buffers} buffers, the last used first`,
        lines: split({ queueSize: 4 }, (run) => {
          for (let i = 0; i < buffers; i++) run.add(1);
          run.parties.kick();
          run.fetchAll();
          run.parties.complete([[buffers - 1, 0]], "single");
          run.drain();
        }),
      }),
    ),
  },
  {
    id: "M6.11",
    what: "used.idx is compared with > and not modulo 2^16",
    visibility: "C",
    edits: [
      {
        file: DRIVER,
        before: "return this.#port.get16(AREA.device, RING_IDX) !== this.#lastUsed;",
        after: "return this.#port.get16(AREA.device, RING_IDX) > this.#lastUsed;",
      },
    ],
    rules: ["queue/used-buffer-overlooked"],
    remark: "",
    runs: [1, 2, 8].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}, idx from 65534 on`,
        lines: split({ queueSize }, (run) => {
          run.startAt(65534);
          for (let i = 0; i < 3; i++) run.serve(1);
          run.parties.disableCb();
          run.parties.getBuf();
        }),
      }),
    ),
  },
];
