import type { Mutation, Run } from "./mutation.ts";
import { split } from "./shapes.ts";

const DEVICE = "replay/models/split-device.ts";

const EACH =
  "this.#writeElem(this.#usedIdx, used[i] as UsedBuffer);\n" +
  "      port.barrier(BARRIER.wmb);\n" +
  "      this.#publish(1);";

/** Split device. */
export const SPLIT_DEVICE: readonly Mutation[] = [
  {
    id: "M7.1",
    what: "The used element names the last descriptor of the chain",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "const elem = usedElem(u16(idx) % this.#size);",
        after:
          "const elem = usedElem(u16(idx) % this.#size);\n" +
          "    while ((this.#port.get16(AREA.desc, id * 16 + 12) & 1) !== 0) id = this.#port.get16(AREA.desc, id * 16 + 14);",
      },
    ],
    rules: ["queue/used-id-not-in-flight"],
    remark: "",
    runs: [2, 3, 4].map(
      (length): Run => ({
        shape: `N = 4, chains of ${length}`,
        lines: split({ queueSize: 4 }, (run) => run.serve(length)),
      }),
    ),
  },
  {
    id: "M7.2",
    what: "used.idx is stored before the element",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: EACH,
        after:
          "this.#publish(1);\n      port.barrier(BARRIER.wmb);\n" +
          "      this.#writeElem(this.#usedIdx - 1, used[i] as UsedBuffer);",
      },
    ],
    rules: ["queue/used-published-too-early"],
    remark: "",
    runs: [1, 2, 8].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}`,
        lines: split({ queueSize }, (run) => {
          for (let i = 0; i < queueSize + 1; i++) run.serve(1);
        }),
      }),
    ),
  },
  {
    id: "M7.3",
    what: "The element is stored, and used.idx is never moved",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "this.#port.set16(AREA.device, RING_IDX, this.#usedIdx);",
        after: "",
      },
    ],
    rules: ["queue/used-not-published"],
    remark: "known when the device stops; where the log only ends, a note",
    runs: [1, 3].map(
      (buffers): Run => ({
        shape: `N = 4, ${buffers} buffers`,
        lines: split({ queueSize: 4 }, (run) => {
          for (let i = 0; i < buffers; i++) run.serve(1);
        }),
      }),
    ),
  },
  {
    id: "M7.4",
    what: "The head is returned once for each packet of a chain",
    visibility: "D",
    edits: [{ file: DEVICE, before: EACH, after: `${EACH}\n      ${EACH}` }],
    rules: ["queue/used-id-not-in-flight", "split/used-idx-passed-avail"],
    remark: "with nothing else in flight the second one is an index that passes avail.idx",
    runs: [1, 2, 4].map(
      (buffers): Run => ({
        shape: `N = 4, ${buffers} buffers in flight`,
        lines: split({ queueSize: 4 }, (run) => {
          for (let i = 0; i < buffers; i++) run.add(1);
          run.parties.kick();
          run.fetchAll();
          run.parties.complete([[0, 0]], "single");
        }),
      }),
    ),
  },
  {
    id: "M7.5",
    what: "used.idx moves to the end of what was reserved, not by what was stored",
    visibility: "C",
    edits: [
      {
        file: DEVICE,
        before: "this.#writeElem(this.#usedIdx + i, used[i] as UsedBuffer);",
        after:
          "if ((used[i] as UsedBuffer).len > 0) this.#writeElem(this.#usedIdx + i, used[i] as UsedBuffer);",
      },
    ],
    rules: ["split/used-entry-not-stored"],
    remark: "a buffer of the batch takes the error path",
    runs: [2, 3, 4].map(
      (batch): Run => ({
        shape: `N = 4, a batch of ${batch}, nothing written to the last`,
        lines: split({ queueSize: 4 }, (run) => {
          for (let i = 0; i < 4; i++) run.serveWritten(1);
          for (let i = 0; i < batch; i++) run.add(0, 1);
          run.parties.kick();
          run.fetchAll();
          const picks = Array.from({ length: batch }, (_, i): [number, number] => [
            0,
            i + 1 < batch ? 64 : 0,
          ]);
          run.parties.complete(picks, "batch");
          run.drain();
        }),
      }),
    ),
  },
  {
    id: "M7.10",
    what: "What is available is counted modulo N",
    visibility: "C",
    edits: [
      {
        file: DEVICE,
        before:
          "if (port.get16(AREA.driver, RING_IDX) === this.#availIdx) return NOTHING_AVAILABLE;",
        after:
          "if (((port.get16(AREA.driver, RING_IDX) - this.#availIdx) & (this.#size - 1)) === 0) return NOTHING_AVAILABLE;",
      },
    ],
    rules: ["queue/available-buffer-overlooked"],
    remark: "",
    runs: [1, 2, 4, 8].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}, N buffers available`,
        lines: split({ queueSize }, (run) => {
          for (let i = 0; i < queueSize; i++) run.add(1);
          run.parties.kick();
          run.deviceServes();
          run.drain();
        }),
      }),
    ),
  },
  {
    id: "M7.16",
    what: "The device writes back into the descriptor table",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "this.#port.set32(AREA.device, elem, id);",
        after:
          "this.#port.set32(AREA.desc, id * 16 + 8, len);\n    this.#port.set32(AREA.device, elem, id);",
      },
    ],
    rules: ["queue/store-not-owned"],
    remark: "",
    runs: [1, 2].map(
      (length): Run => ({
        shape: `N = 4, chains of ${length}`,
        lines: split({ queueSize: 4 }, (run) => run.serve(length)),
      }),
    ),
  },
  {
    id: "M7.18",
    what: "A chain that the device will not have is reported, and not consumed",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: 'if (this.chain.ending !== "complete") return this.#malformed(this.chain.ending);',
        after:
          'if (this.chain.ending !== "complete" || this.chain.count > 2) return this.#malformed("too long");',
      },
    ],
    rules: ["queue/available-buffer-overlooked"],
    remark: "a chain that is bad is the driver's mistake, and told as that; this one is good",
    runs: [3, 4].map(
      (length): Run => ({
        shape: `N = 4, a chain of ${length}`,
        lines: split({ queueSize: 4 }, (run) => run.serve(length)),
      }),
    ),
  },
  {
    id: "M7.19",
    what: "len of a descriptor is loaded twice",
    visibility: "X",
    edits: [
      {
        file: "replay/chain.ts",
        before:
          "const len = memory.get32(AREA.desc, at + DESC_LEN);\n    const flags = memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS);",
        after:
          "const len = memory.get32(AREA.desc, at + DESC_LEN) && memory.get32(AREA.desc, at + DESC_LEN);\n    const flags = memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS);",
      },
    ],
    rules: [],
    remark:
      "loads change nothing: it takes a driver that stores to a buffer in flight, and that is queue/store-not-owned",
    runs: [],
  },
];
