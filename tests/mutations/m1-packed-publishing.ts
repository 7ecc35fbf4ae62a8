import type { Edit } from "../patched.ts";
import type { Mutation, Run } from "./mutation.ts";
import { packed, type ShapedRun } from "./shapes.ts";

const DRIVER = "replay/models/linux-packed.ts";
const edit = (before: string, after: string, file = DRIVER): Edit => ({ file, before, after });

/** A run on a packed queue; its shape in words. */
function run(
  queueSize: number,
  what: string,
  script: (run: ShapedRun) => void,
  more: Omit<Parameters<typeof packed>[0], "queueSize"> = {},
): Run {
  return { shape: `N = ${queueSize}, ${what}`, lines: packed({ queueSize, ...more }, script) };
}

/** Buffers of these lengths, one after the other; the last element of each is device-writable. */
const inTurn =
  (...lengths: readonly number[]) =>
  (shaped: ShapedRun): void => {
    for (const length of lengths) shaped.serve(length > 1 ? length - 1 : 0, 1);
  };

/** Buffers of these lengths, all in flight together. */
const together =
  (...lengths: readonly number[]) =>
  (shaped: ShapedRun): void => {
    for (const length of lengths) shaped.add(length);
    shaped.parties.kick();
    shaped.deviceServes();
    shaped.drain();
  };

const SIZES = [2, 3, 4, 5, 7, 8] as const;
/** Of a mistake in each list of several: as long as may be, one less, two. */
const lists: readonly Run[] = SIZES.flatMap((n) =>
  [...new Set([2, n - 1, n])]
    .filter((length) => length >= 2)
    .map((length) => run(n, `lists of ${length}`, inTurn(length, length))),
);
const anyBuffer: readonly Run[] = [1, ...SIZES].flatMap((n) => [
  run(n, "buffers of 1", inTurn(1, 1)),
  run(n, `a list of ${n}`, inTurn(n)),
]);
/** Lists that end in the last slot, or go over it. */
const atTheEnd: readonly Run[] = [
  run(3, "a list of 2 from slot 1, to the last", inTurn(1, 2, 1)),
  run(4, "lists of 2, the second to the last slot", inTurn(2, 2, 2)),
  run(5, "a list of 5 from slot 0", inTurn(5, 1)),
  run(8, "single buffers to the last slot", inTurn(7, 1, 1)),
];
const overTheEnd: readonly Run[] = [
  run(3, "lists of 2, the second over the end", inTurn(2, 2)),
  run(4, "lists of 3", inTurn(3, 3, 3)),
  run(5, "a list of 5 from slot 1", inTurn(1, 5)),
  run(7, "lists of 4 in flight", inTurn(5, 4)),
];

/** Packed driver: publishing. */
export const PACKED_PUBLISHING: readonly Mutation[] = [
  {
    id: "M1.1",
    what: "NEXT is not cleared on the last descriptor of a list",
    visibility: "D",
    edits: [edit("(n + 1 === total ? 0 : VIRTQ_DESC_F_NEXT) |", "VIRTQ_DESC_F_NEXT |")],
    rules: ["packed/next-not-cleared"],
    remark: "",
    runs: [1, 2, 3].map((length) => run(4, `lists of ${length}`, (shaped) => shaped.serve(length))),
  },
  {
    id: "M1.2",
    what: "NEXT is cleared in the slot before the position, which is none when that is slot 0",
    visibility: "C",
    edits: [
      edit(
        "(n + 1 === total ? 0 : VIRTQ_DESC_F_NEXT) |",
        "(n + 1 === total && slot + 1 < size ? 0 : VIRTQ_DESC_F_NEXT) |",
      ),
    ],
    rules: ["packed/next-not-cleared"],
    remark: "",
    runs: atTheEnd,
  },
  {
    id: "M1.3",
    what: "NEXT is missing on the first descriptor of a list",
    visibility: "D",
    edits: [
      edit(
        "(n + 1 === total ? 0 : VIRTQ_DESC_F_NEXT) |",
        "(n + 1 === total || n === 0 ? 0 : VIRTQ_DESC_F_NEXT) |",
      ),
    ],
    rules: ["packed/list-cut-short"],
    remark: "",
    runs: lists,
  },
  {
    id: "M1.4",
    what: "Flags of device-writable elements are NEXT & WRITE, not NEXT | WRITE",
    visibility: "D",
    edits: [
      edit(
        `(n + 1 === total ? 0 : VIRTQ_DESC_F_NEXT) |
        (readable ? 0 : VIRTQ_DESC_F_WRITE);`,
        `(n + 1 === total
          ? (readable ? 0 : VIRTQ_DESC_F_WRITE)
          : (readable ? VIRTQ_DESC_F_NEXT : VIRTQ_DESC_F_NEXT & VIRTQ_DESC_F_WRITE));`,
      ),
    ],
    rules: ["packed/list-cut-short"],
    remark: "",
    runs: [2, 3, 5, 8].flatMap((n) =>
      [...new Set([2, n])].map((length) =>
        run(n, `${length} device-writable elements`, (shaped) => shaped.serve(0, length)),
      ),
    ),
  },
  {
    id: "M1.5",
    what: "The head's flags are stored first, then the other slots",
    visibility: "D",
    edits: [
      edit(
        `if (slot === head) headFlags = flags;
      else port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags);`,
        "port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags); if (slot === head) headFlags = flags;",
      ),
      edit("port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);", ""),
    ],
    rules: ["packed/published-too-early"],
    remark: "",
    runs: lists,
  },
  {
    id: "M1.6",
    what: "AVAIL of the head is cleared while the list is prepared, before USED is",
    visibility: "C",
    edits: [
      edit(
        "let headFlags = 0;\n    let slot = head;",
        `const touched = head * DESC_BYTES + PACKED_DESC_FLAGS;
    port.set16(AREA.desc, touched, port.get16(AREA.desc, touched) & ~availBits(1));
    port.set16(AREA.desc, touched, port.get16(AREA.desc, touched) & ~OWNER_BITS);
    let headFlags = 0;
    let slot = head;`,
      ),
    ],
    rules: ["packed/published-too-early"],
    remark:
      "Shown in laps of wrap counter 0, where a used descriptor without AVAIL is an available one. Both bits cleared by one store make " +
      "nothing available in any lap, and are legal.",
    runs: [
      run(2, "buffers of 1 in the second lap", inTurn(1, 1, 1)),
      run(3, "lists of 3 in the second lap", inTurn(3, 3)),
      run(5, "lists of 1 and 2, the fourth in the second lap", inTurn(1, 2, 2, 1)),
    ],
  },
  {
    id: "M1.7",
    what: "The head's flags are stored before its address, length and id",
    visibility: "D",
    edits: [
      edit(
        "if (slot === head) headFlags = flags;\n      else port.set16",
        "if (slot === head) headFlags = flags;\n      port.set16",
      ),
    ],
    rules: ["packed/published-too-early"],
    remark: "",
    runs: anyBuffer,
  },
  {
    id: "M1.8",
    what: "No write barrier stands before the store of the head's flags",
    visibility: "D",
    edits: [
      edit(
        "port.barrier(BARRIER.wmb);\n    port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);",
        "port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);",
      ),
    ],
    rules: ["queue/publish-barrier-missing"],
    remark:
      "Shown by logs that tell every barrier (fences); any other trace has the stores in program order.",
    runs: anyBuffer,
  },
  {
    id: "M1.9",
    what: "The id is written to the first slot of a list alone",
    visibility: "D",
    edits: [
      edit(
        "port.set16(AREA.desc, at + PACKED_DESC_ID, id);\n      last = current;",
        "if (slot === head) port.set16(AREA.desc, at + PACKED_DESC_ID, id);\n      last = current;",
      ),
    ],
    rules: ["packed/id-not-in-last"],
    remark: "",
    runs: lists,
  },
  {
    id: "M1.11",
    what: "The next id is taken from the free list and stays on it",
    visibility: "D",
    edits: [
      edit(
        "this.#freeHead = freeHead;\n    this.#tokens[id] = token;",
        "this.#tokens[id] = token;",
      ),
    ],
    rules: ["queue/buffer-id-in-flight-twice"],
    remark: "",
    runs: [
      run(2, "two buffers in flight", together(1, 1)),
      run(5, "three lists in flight", together(2, 1, 2)),
      run(8, "eight buffers in flight", together(1, 1, 1, 1, 1, 1, 1, 1)),
    ],
  },
  {
    id: "M1.12",
    what: "The wrap counter, from which flags are made, flips only when a list ends before its head",
    visibility: "C",
    edits: [
      edit(
        "if (slot <= head) this.#availWrap ^= 1;",
        "if (slot < head) this.#availWrap ^= 1;\n    this.#availBits = availBits(this.#availWrap);",
      ),
    ],
    rules: ["packed/avail-flags-wrong-lap", "packed/avail-wrap-not-flipped"],
    remark: "",
    runs: [1, ...SIZES].flatMap((n) => [
      run(n, `a list of ${n}, then one more`, inTurn(n, 1)),
      ...(n < 3 ? [] : [run(n, `a list of ${n} from slot 2`, inTurn(2, n, 1))]),
    ]),
  },
  {
    id: "M1.13",
    what: "The wrap counter of the kick decision flips only when a list ends before its head; flags are right",
    visibility: "C",
    edits: [
      edit("if (slot <= head) this.#availWrap ^= 1;", "if (slot < head) this.#availWrap ^= 1;"),
    ],
    rules: [
      "queue/kick-missed",
      "packed/avail-wrap-not-flipped",
      "queue/driver-state-against-ring",
    ],
    remark: "",
    runs: [2, 3, 4, 5, 8].map((n) =>
      run(n, `a list of ${n}, the device asks for slot 0 of the next lap`, (shaped) => {
        shaped.parties.setNotify({ mode: "desc", off: n - 1, wrap: 1 });
        shaped.serve(n);
        shaped.deviceServes();
        shaped.drain();
        shaped.serve(1);
      }),
    ),
  },
  {
    id: "M1.14",
    what: "The owner bits flip for the last slot, not behind it",
    visibility: "D",
    edits: [
      edit(
        "const readable = n < out.length;\n      const segment = (readable ? out[n] : into[n - out.length]) as Segment;\n      const flags =\n",
        "const readable = n < out.length;\n      const segment = (readable ? out[n] : into[n - out.length]) as Segment;\n      if (slot + 1 === size) this.#availBits ^= OWNER_BITS;\n      const flags =\n",
      ),
      edit("slot = 0;\n        this.#availBits ^= OWNER_BITS;", "slot = 0;"),
    ],
    rules: ["packed/avail-flags-wrong-lap"],
    remark: "",
    runs: [run(1, "one buffer", inTurn(1)), ...atTheEnd, ...overTheEnd],
  },
  {
    id: "M1.15",
    what: "The wrap counter flips, and the owner bits kept beside it do not",
    visibility: "D",
    edits: [edit("slot = 0;\n        this.#availBits ^= OWNER_BITS;", "slot = 0;")],
    rules: ["packed/avail-flags-wrong-lap"],
    remark: "",
    runs: [
      run(1, "two buffers", inTurn(1, 1)),
      run(4, "a list of 4, then one more", inTurn(4, 1)),
      run(5, "single buffers into the second lap", inTurn(1, 1, 1, 1, 1, 1)),
      run(7, "lists of 7", inTurn(7, 7)),
      ...overTheEnd,
    ],
  },
  {
    id: "M1.16",
    what: "Slots behind the ring's end have the owner bits of the head",
    visibility: "C",
    edits: [edit("const flags =\n        this.#availBits |", "const flags =\n        headBits |")],
    rules: ["packed/avail-flags-wrong-lap"],
    remark: "",
    runs: overTheEnd,
  },
  {
    id: "M1.17",
    what: "AVAIL and USED are stripped from all slots but the head",
    visibility: "D",
    edits: [
      edit(
        "else port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags);",
        "else port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags & ~OWNER_BITS);",
      ),
    ],
    rules: ["packed/avail-flags-wrong-lap"],
    remark: "",
    runs: lists,
  },
  {
    id: "M1.18",
    what: "A list is published with USED equal to AVAIL",
    visibility: "D",
    edits: [
      edit(
        "port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);",
        "port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, (headFlags & ~OWNER_BITS) | usedBits(headBits === availBits(1) ? 1 : 0));",
      ),
    ],
    rules: ["packed/avail-flags-wrong-lap"],
    remark: "",
    runs: anyBuffer,
  },
  {
    id: "M1.19",
    what: "A refused add restores its position and leaves the flags of the slots that it wrote",
    visibility: "C",
    // Linux 6.1 does so: the patch only makes a mapping fail, at the third element of a long list.
    edits: [
      edit(
        "if (this.options.mapFails()) {\n        this.#availBits = headBits;",
        "if (this.options.mapFails() || (total === 3 && n === 2)) {\n        this.#availBits = headBits;",
      ),
    ],
    rules: ["packed/slot-left-available"],
    remark:
      "This is what Linux 6.1 does when a mapping fails at the third element or later, and a shorter buffer follows: the patch makes the mapping fail. " +
      "A leftover that the next list covers, or that no position has come to, is told of nobody.",
    runs: [3, 4, 5, 8].map((n) =>
      run(n, "a list of 3 fails at its last element, and one of 1 follows", (shaped) => {
        shaped.serve(1);
        shaped.add(3);
        shaped.deviceServes();
        shaped.drain();
        shaped.serve(1);
      }),
    ),
  },
  {
    id: "M1.20",
    what: "The free slots are not counted before an add",
    visibility: "D",
    edits: [edit("if (this.#numFree < total) return -ENOSPC;", "")],
    rules: ["queue/descriptor-in-flight-twice", "queue/chain-longer-than-queue"],
    remark: "",
    runs: [
      run(1, "a second buffer on a full ring", together(1, 1)),
      run(3, "a list of 2 with 1 slot free", together(2, 2)),
      run(4, "a fifth buffer", together(1, 1, 1, 1, 1)),
      run(8, "a list of 8 with 7 slots free", together(1, 8)),
      run(5, "a list of 6 elements in a ring of 5", (shaped) => {
        // The right driver refuses it.
        shaped.add(6);
        shaped.parties.kick();
      }),
    ],
  },
  {
    id: "M1.21",
    what: "Free space is counted in buffers, not in slots",
    visibility: "C",
    edits: [
      edit("this.#numFree -= slots;", "this.#numFree -= 1;"),
      edit("this.#numFree += this.#slots[id] as number;", "this.#numFree += 1;"),
    ],
    rules: ["packed/num-free-miscounted", "queue/descriptor-in-flight-twice"],
    remark: "",
    runs: [
      run(3, "a list of 2", inTurn(2, 1)),
      run(4, "lists of 1 and 3 in flight", together(1, 3)),
      run(5, "lists of 2 until the ring is full", together(2, 2, 2)),
      run(8, "a list of 8", inTurn(8, 1)),
    ],
  },
  {
    id: "M1.22",
    what: "Ring memory is not zeroed before the queue is enabled",
    visibility: "D",
    edits: [
      edit(
        "this.memory.reset();",
        "for (const area of [0, 1, 2]) this.memory.bytes(area).fill(0x80);",
        "replay/models/parties.ts",
      ),
    ],
    rules: ["queue/ring-not-zeroed"],
    remark: "Shown where the log tells what memory held before the queue was created.",
    runs: [1, 4, 5].map((n) => run(n, "a page that was used before", inTurn(1))),
  },
];
