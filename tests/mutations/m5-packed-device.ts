import type { Mutation, Run } from "./mutation.ts";
import { packed } from "./shapes.ts";

const DEVICE = "replay/models/packed-device.ts";
const CHAIN = "replay/chain.ts";

const IN_FLIGHT = "if (this.#fetched[id] !== NEVER) return";

/** Packed device. */
export const PACKED_DEVICE: readonly Mutation[] = [
  {
    id: "M5.1",
    what: "The id is taken from the first slot of a list",
    visibility: "D",
    edits: [
      {
        file: CHAIN,
        before: "chain.bufferId = memory.get16(AREA.desc, offset + PACKED_DESC_ID);",
        after:
          "if (chain.slotCount === 1) chain.bufferId = memory.get16(AREA.desc, offset + PACKED_DESC_ID);",
      },
    ],
    rules: ["queue/fetched-not-available", "queue/used-id-not-in-flight"],
    remark: "a driver that writes the id to every slot of a list hides it, as Linux does",
    runs: [2, 3].map(
      (length): Run => ({
        shape: `N = 5, lists of ${length}, ids in the last slots only`,
        lines: packed({ queueSize: 5, driver: "reviewed" }, (run) => {
          for (let i = 0; i < 4; i++) run.serve(length);
        }),
      }),
    ),
  },
  {
    id: "M5.2",
    what: "Used descriptors of a batch go to consecutive slots, and their sum is skipped then",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "this.#writeIdLen(this.#nextUsed, id, len);\n      positions.push(this.#nextUsed);",
        after:
          "const at = advancePosition(first, positions.length, this.#size);\n" +
          "      this.#writeIdLen(at, id, len);\n      positions.push(at);",
      },
    ],
    rules: ["packed/used-at-skipped-slot"],
    remark: "",
    runs: [
      [2, 2, 4],
      [2, 3, 7],
      [3, 2, 6],
    ].map(
      ([batch = 0, length = 0, queueSize = 0]): Run => ({
        shape: `N = ${queueSize}, a batch of ${batch} lists of ${length}`,
        lines: packed({ queueSize }, (run) => run.serveBatch(batch, "batch", length)),
      }),
    ),
  },
  {
    id: "M5.3",
    what: "The used position moves by 1 for each list",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "this.#nextUsed = advancePosition(this.#nextUsed, slots, this.#size);",
        after: "this.#nextUsed = advancePosition(this.#nextUsed, 1, this.#size);",
      },
    ],
    rules: ["packed/used-at-skipped-slot"],
    remark: "",
    runs: [
      [2, 4],
      [3, 7],
      [2, 3],
    ].map(
      ([length = 0, queueSize = 0]): Run => ({
        shape: `N = ${queueSize}, lists of ${length}`,
        lines: packed({ queueSize }, (run) => {
          run.serve(length);
          run.serve(1);
        }),
      }),
    ),
  },
  {
    id: "M5.4",
    what: "Both positions flip their wrap counters only when the new slot is below the old one",
    visibility: "C",
    edits: [
      {
        file: DEVICE,
        before: "this.#nextUsed = advancePosition(this.#nextUsed, slots, this.#size);",
        after:
          "if (slots !== this.#size) this.#nextUsed = advancePosition(this.#nextUsed, slots, this.#size);",
      },
      {
        file: DEVICE,
        before: "this.#nextAvail = advancePosition(this.#nextAvail, chain.slotCount, size);",
        after:
          "if (chain.slotCount !== size) this.#nextAvail = advancePosition(this.#nextAvail, chain.slotCount, size);",
      },
    ],
    rules: ["queue/fetch-position-miscounted"],
    remark: "",
    runs: [1, 2, 3, 4, 8].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}, a list of N slots`,
        lines: packed({ queueSize }, (run) => {
          run.serve(queueSize);
          run.serve(1);
        }),
      }),
    ),
  },
  {
    id: "M5.5",
    what: "A slot is taken for available when AVAIL and USED differ, in whatever lap",
    visibility: "C",
    edits: [
      {
        file: DEVICE,
        before: "if ((flags & OWNER_BITS) !== availBits(positionWrap(this.#nextAvail, size))) {",
        after: "if ((flags & OWNER_BITS) === 0 || (flags & OWNER_BITS) === OWNER_BITS) {",
      },
      { file: DEVICE, before: IN_FLIGHT, after: "if (false) return" },
    ],
    rules: ["queue/fetched-not-available"],
    remark: "the device looks again while all of the ring is in flight",
    runs: [1, 2, 3, 4].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}, N buffers in flight`,
        lines: packed({ queueSize }, (run) => {
          for (let i = 0; i < queueSize; i++) run.add(1);
          run.parties.kick();
          for (let i = 0; i <= queueSize; i++) run.parties.fetch();
        }),
      }),
    ),
  },
  {
    id: "M5.6",
    what: "A batch is written back in two loops, and the first shows its first slot",
    visibility: "C",
    edits: [
      {
        file: DEVICE,
        before:
          "for (let i = used.length - 1; i > 0; i--) {\n" +
          "      this.#writeFlags(positions[i] as number, (used[i] as UsedBuffer).len);\n    }\n" +
          "    if (used.length > 1) port.barrier(BARRIER.wmb);\n" +
          "    this.#writeFlags(first, (used[0] as UsedBuffer).len);",
        after:
          "const lap = (at: number) => positionWrap(at, this.#size) === positionWrap(first, this.#size);\n" +
          "    for (const inFirst of [true, false]) for (let i = used.length - 1; i >= 0; i--) {\n" +
          "      if (lap(positions[i] as number) === inFirst) this.#writeFlags(positions[i] as number, (used[i] as UsedBuffer).len);\n    }",
      },
    ],
    rules: ["packed/batch-shown-in-part"],
    remark: "the log says which buffers must appear at once",
    runs: [
      [2, 1, 3],
      [3, 1, 4],
      [2, 2, 5],
    ].map(
      ([batch = 0, length = 0, queueSize = 0]): Run => ({
        shape: `N = ${queueSize}, a batch of ${batch} lists of ${length} across the ring end`,
        lines: packed({ queueSize }, (run) => {
          for (let i = 0; i < queueSize - 1; i++) run.serve(1);
          run.serveBatch(batch, "batch", length);
        }),
      }),
    ),
  },
  {
    id: "M5.7",
    what: "Flags of the used descriptor are stored before id and len",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before:
          "this.#writeIdLen(this.#nextUsed, one.id, one.len);\n" +
          "        this.#port.barrier(BARRIER.wmb);\n" +
          "        this.#writeFlags(this.#nextUsed, one.len);",
        after:
          "this.#writeFlags(this.#nextUsed, one.len);\n" +
          "        this.#port.barrier(BARRIER.wmb);\n" +
          "        this.#writeIdLen(this.#nextUsed, one.id, one.len);",
      },
    ],
    rules: ["queue/used-published-too-early"],
    remark: "",
    runs: [1, 3, 4].map(
      (length): Run => ({
        shape: `N = 4, lists of ${length}`,
        lines: packed({ queueSize: 4 }, (run) => run.serve(length)),
      }),
    ),
  },
  {
    id: "M5.8",
    what: "WRITE is dropped in the used descriptor",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "len > 0 ? bits | VIRTQ_DESC_F_WRITE : bits",
        after: "bits",
      },
    ],
    rules: ["packed/used-without-write"],
    remark: "a note: no clause obliges the device to set it",
    runs: [1, 3].map(
      (writable): Run => ({
        shape: `N = 4, buffers of ${writable} device-writable elements`,
        lines: packed({ queueSize: 4 }, (run) => run.serveWritten(writable)),
      }),
    ),
  },
  {
    id: "M5.9",
    what: "len is the whole length of a buffer that the device only reads",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before:
          "for (let i = 0; i < used.length; i++) this.#take((used[i] as UsedBuffer).id, mode);",
        after:
          "used = used.map((one) => ({ ...one, len: this.chain.len[0] ?? 0 }));\n" +
          "    for (let i = 0; i < used.length; i++) this.#take((used[i] as UsedBuffer).id, mode);",
      },
    ],
    rules: ["queue/used-len-too-large"],
    remark: "",
    runs: [1, 2].map(
      (length): Run => ({
        shape: `N = 4, lists of ${length} that the device reads`,
        lines: packed({ queueSize: 4 }, (run) => run.serve(length)),
      }),
    ),
  },
  {
    id: "M5.14",
    what: "Slots are masked with N - 1, and N is no power of two",
    visibility: "C",
    edits: [
      {
        file: DEVICE,
        before: "this.#nextUsed = advancePosition(this.#nextUsed, slots, this.#size);",
        after:
          "const to = advancePosition(this.#nextUsed, slots, this.#size);\n" +
          "    this.#nextUsed = to - positionSlot(to, this.#size) + (positionSlot(to, this.#size) & (this.#size - 1));",
      },
      {
        file: DEVICE,
        before: "this.#nextAvail = advancePosition(this.#nextAvail, chain.slotCount, size);",
        after:
          "const to = advancePosition(this.#nextAvail, chain.slotCount, size);\n" +
          "    this.#nextAvail = to - positionSlot(to, size) + (positionSlot(to, size) & (size - 1));",
      },
    ],
    rules: ["queue/fetch-position-miscounted"],
    remark: "",
    runs: [3, 5, 6, 7].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}`,
        lines: packed({ queueSize }, (run) => {
          for (let i = 0; i < queueSize; i++) run.serve(1);
        }),
      }),
    ),
  },
  {
    id: "M5.16",
    what: "An indirect table is walked until NEXT is clear, not for len/16 entries",
    visibility: "D",
    edits: [
      {
        file: CHAIN,
        before: "for (let entry = 0; entry < entries; entry++) {",
        after:
          "for (let entry = 0; entry < entries; entry++) {\n" +
          "    if (entry > 0 && (memory.get16(AREA.ind, table + entry * DESC_BYTES - 2) & VIRTQ_DESC_F_NEXT) === 0) return;",
      },
    ],
    rules: ["queue/fetched-elements-differ"],
    remark: "",
    runs: [1, 2, 4].map(
      (writable): Run => ({
        shape: `N = 4, tables of 1 entry to read and ${writable} to write`,
        lines: packed({ queueSize: 4, indirect: true }, (run) => run.serve(1, writable)),
      }),
    ),
  },
];
