import { BARRIER, MEMORY_OP } from "../../src/model/memory.ts";
import type { Mutation, Run } from "./mutation.ts";
import { packed } from "./shapes.ts";

const DRIVER = "replay/models/linux-packed.ts";

/** Packed driver: consuming. */
export const PACKED_CONSUMING: readonly Mutation[] = [
  {
    id: "M3.1",
    what: "A slot is taken for used when USED alone equals the used wrap counter",
    visibility: "C",
    edits: [
      {
        file: DRIVER,
        before: "return (flags & OWNER_BITS) === usedBits(wrap);",
        after: "return flags >>> 15 === wrap;",
      },
    ],
    rules: ["queue/returned-before-used"],
    remark:
      "the lap before must have left a slot that was stepped over; callbacks are enabled there",
    runs: [2, 3].map(
      (length): Run => ({
        shape: `N = 4, a list of ${length} in the lap before`,
        lines: packed({ queueSize: 4 }, (run) => {
          run.serve(length);
          run.serve(4 - length);
          run.add(1);
          run.parties.kick();
          run.deviceServes();
          // A second get_buf would find an id that is not in flight, and give the queue up.
          run.parties.getBuf();
          run.parties.disableCb();
          run.parties.enableCb();
        }),
      }),
    ),
  },
  {
    id: "M3.2",
    what: "The used position moves by 1 for each buffer",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before: "this.#lastUsed += this.#slots[id] as number;",
        after: "this.#lastUsed += 1;",
      },
    ],
    rules: ["queue/used-position-miscounted"],
    remark: "",
    runs: [
      [2, 4],
      [3, 7],
      [4, 4],
    ].map(
      ([length = 0, queueSize = 0]): Run => ({
        shape: `N = ${queueSize}, lists of ${length}`,
        lines: packed({ queueSize }, (run) => {
          run.serve(length);
          run.serve(length);
        }),
      }),
    ),
  },
  {
    id: "M3.3",
    what: "The used wrap counter flips only when the position comes to stand at the ring end",
    visibility: "C",
    edits: [
      {
        file: DRIVER,
        before: "this.#lastUsed -= this.#size;\n      this.#usedWrap ^= 1;",
        after:
          "this.#lastUsed -= this.#size;\n      if (this.#lastUsed === 0) this.#usedWrap ^= 1;",
      },
    ],
    rules: ["packed/used-wrap-not-flipped"],
    remark: "",
    runs: [
      [2, 3],
      [3, 4],
      [2, 5],
      [7, 8],
    ].map(
      ([length = 0, queueSize = 0]): Run => ({
        shape: `N = ${queueSize}, lists of ${length} across the ring end`,
        lines: packed({ queueSize }, (run) => {
          for (let i = 0; i < queueSize; i++) run.serve(length);
        }),
      }),
    ),
  },
  {
    id: "M3.4",
    what: "Slot and wrap counter of the used position are two words, and an interrupt comes between",
    visibility: "T",
    edits: [
      {
        file: DRIVER,
        before: "this.#lastUsed -= this.#size;\n      this.#usedWrap ^= 1;",
        after:
          "this.#lastUsed -= this.#size;\n      port.barrier(BARRIER.rmb);\n      this.#usedWrap ^= 1;",
      },
    ],
    rules: ["queue/used-position-miscounted"],
    remark: "seen in the state that the interrupt's operation leaves in the log",
    runs: [1, 2, 3].map(
      (length): Run => ({
        shape: `N = 4, lists of ${length}, an interrupt at each read barrier of get_buf`,
        lines: packed({ queueSize: 4 }, (run) => {
          let nested = false;
          run.parties.interleave(({ op, area }) => {
            if (nested || op !== MEMORY_OP.barrier || area !== BARRIER.rmb) return;
            nested = true;
            run.parties.interrupt();
            nested = false;
          });
          for (let i = 0; i < 6; i++) run.serve(length);
        }),
      }),
    ),
  },
  {
    id: "M3.5",
    what: "The buffer is looked up by the slot of its used descriptor, not by the id in it",
    visibility: "C",
    edits: [
      {
        file: DRIVER,
        before: "const id = port.get16(AREA.desc, at + PACKED_DESC_ID);",
        after: "const id = this.#lastUsed;",
      },
    ],
    rules: ["queue/wrong-buffer-returned"],
    remark: "",
    runs: [2, 3, 4].map(
      (buffers): Run => ({
        shape: `N = 4, ${buffers} buffers, the last used first`,
        lines: packed({ queueSize: 4 }, (run) => {
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
    id: "M3.6",
    what: "With VIRTIO_F_IN_ORDER one buffer is freed for each used descriptor",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before: "if (this.#batch !== undefined) return this.#getInOrder(this.#batch);",
        after: "",
      },
    ],
    rules: ["queue/wrong-buffer-returned"],
    remark: "",
    runs: [2, 3].map(
      (batch): Run => ({
        shape: `N = 4, a batch of ${batch}`,
        lines: packed({ queueSize: 4, inOrder: true }, (run) => run.serveBatch(batch, "in-order")),
      }),
    ),
  },
];
