import type { Edit } from "../patched.ts";
import type { Mutation, Run } from "./mutation.ts";
import { type ShapedRun, split } from "./shapes.ts";

const DRIVER = "replay/models/linux-split.ts";
const edit = (before: string, after: string, file = DRIVER): Edit => ({ file, before, after });

/** A run on a split queue; its shape in words. */
function run(
  queueSize: number,
  what: string,
  script: (run: ShapedRun) => void,
  more: Omit<Parameters<typeof split>[0], "queueSize"> = {},
): Run {
  return { shape: `N = ${queueSize}, ${what}`, lines: split({ queueSize, ...more }, script) };
}

/** Buffers of these lengths, one after the other; the last element of each is device-writable. */
const inTurn =
  (...lengths: readonly number[]) =>
  (shaped: ShapedRun): void => {
    for (const length of lengths) shaped.serve(length > 1 ? length - 1 : 0, 1);
  };

/** Buffers of these lengths, all in flight together, then one of 1. */
const together =
  (...lengths: readonly number[]) =>
  (shaped: ShapedRun): void => {
    for (const length of lengths) shaped.add(length);
    shaped.parties.kick();
    shaped.deviceServes();
    shaped.drain();
    shaped.serve(1);
  };

/** The queue stands at these indexes when it is looked at first, close to where they go round. */
const nearTheEnd =
  (script: (run: ShapedRun) => void) =>
  (shaped: ShapedRun): void => {
    shaped.parties.startAt(65_534);
    script(shaped);
  };

const anyBuffer: readonly Run[] = [1, 2, 4, 8].flatMap((n) => [
  run(n, "buffers of 1", inTurn(1, 1)),
  run(n, `a chain of ${n}`, inTurn(n, 1)),
]);
const chains: readonly Run[] = [2, 4, 8].flatMap((n) =>
  [...new Set([2, n - 1, n])]
    .filter((length) => length >= 2)
    .map((length) => run(n, `chains of ${length}`, inTurn(length, length))),
);

/** Split driver: publishing and its own account. */
export const SPLIT_DRIVER: readonly Mutation[] = [
  {
    id: "M6.1",
    what: "avail.idx is stored before the entry of the available ring",
    visibility: "D",
    edits: [
      edit(
        `port.set16(AREA.driver, availEntry(this.#availIdx & (this.#size - 1)), head);
    port.barrier(BARRIER.wmb);
    this.#availIdx = u16(this.#availIdx + 1);
    port.set16(AREA.driver, RING_IDX, this.#availIdx);`,
        `port.barrier(BARRIER.wmb);
    this.#availIdx = u16(this.#availIdx + 1);
    port.set16(AREA.driver, RING_IDX, this.#availIdx);
    port.set16(AREA.driver, availEntry(u16(this.#availIdx - 1) & (this.#size - 1)), head);`,
      ),
    ],
    rules: ["split/published-too-early"],
    remark: "",
    runs: [
      ...anyBuffer,
      run(4, "indexes go round", nearTheEnd(inTurn(1, 2, 3, 1)), { header: { warmup: 1 } }),
    ],
  },
  {
    id: "M6.2",
    what: "Every descriptor of a chain gets an entry of the available ring",
    visibility: "D",
    edits: [
      edit(
        "this.#publish(head);\n    return 0;",
        `for (let n = 0, at = head; n < (indirect ? 1 : total); n++) {
      this.#publish(at);
      at = this.#next[at] as number;
    }
    return 0;`,
      ),
    ],
    rules: ["split/avail-entry-not-head"],
    remark: "",
    runs: chains,
  },
  {
    id: "M6.3",
    what: "The entry of the available ring holds avail.idx, not the head",
    visibility: "D",
    edits: [
      edit(
        "availEntry(this.#availIdx & (this.#size - 1)), head);",
        "availEntry(this.#availIdx & (this.#size - 1)), this.#availIdx & (this.#size - 1));",
      ),
    ],
    rules: ["split/avail-entry-not-head", "queue/buffer-id-in-flight-twice"],
    remark: "Hidden while the free list gives descriptors in their order.",
    runs: [
      run(2, "a descriptor comes back and is used again", inTurn(1, 1)),
      run(4, "chains of 2 in flight", together(2, 2)),
      run(8, "chains of 1 and 3", inTurn(1, 3)),
    ],
  },
  {
    id: "M6.4",
    what: "NEXT is left on the last descriptor of a chain",
    visibility: "D",
    edits: [
      edit(
        "port.set16(area, offset + SPLIT_DESC_FLAGS, flags & ~VIRTQ_DESC_F_NEXT);",
        "port.set16(area, offset + SPLIT_DESC_FLAGS, flags);",
      ),
      // Its own detach would follow NEXT for ever.
      edit(
        "at = this.#next[at] as number;\n      this.#numFree++;",
        "at = this.#next[at] as number;\n      if (++this.#numFree >= this.#size) break;",
      ),
    ],
    rules: ["split/next-not-cleared"],
    remark: "",
    runs: anyBuffer,
  },
  {
    id: "M6.5",
    what: "Only the head of a chain is counted free when it comes back",
    visibility: "C",
    edits: [
      edit(
        "at = this.#next[at] as number;\n      this.#numFree++;",
        "at = this.#next[at] as number;",
      ),
    ],
    rules: ["split/num-free-miscounted"],
    remark:
      "A driver may count later than in get_buf: the count is held against one that was seen to count there, or when it refuses with " +
      "nothing in flight.",
    runs: [
      run(2, "a buffer of 1, then chains of 2", inTurn(1, 2, 1)),
      run(4, "a buffer of 1, then a chain of 4", inTurn(1, 4, 1)),
      run(8, "chains of 1, 3 and 4 in flight", together(1, 3, 4)),
      run(4, "chains of 2 until nothing is free", (shaped) => {
        for (let i = 0; i < 4; i++) shaped.serve(2);
      }),
    ],
  },
  {
    id: "M6.6",
    what: "Free space is counted in chains, not in descriptors",
    visibility: "D",
    edits: [
      edit("this.#numFree -= indirect ? 1 : total;", "this.#numFree -= 1;"),
      edit(
        "at = this.#next[at] as number;\n      this.#numFree++;",
        "at = this.#next[at] as number;",
      ),
    ],
    rules: [
      "split/num-free-miscounted",
      "queue/descriptor-in-flight-twice",
      "queue/buffer-id-in-flight-twice",
    ],
    remark: "",
    runs: [
      run(2, "a chain of 2 and a buffer of 1 in flight", together(2, 1)),
      run(4, "chains of 2 until the ring is full, and one more", together(2, 2, 2)),
      run(8, "buffers of 1 and chains of 3", inTurn(1, 3, 1, 3)),
      run(8, "chains of 3 in flight", together(3, 3, 3)),
    ],
  },
  {
    id: "M6.10",
    what: "avail.idx is reduced modulo the queue size",
    visibility: "D",
    edits: [
      edit(
        "this.#availIdx = u16(this.#availIdx + 1);\n    port.set16",
        "this.#availIdx = u16(this.#availIdx + 1) & (this.#size - 1);\n    port.set16",
      ),
    ],
    rules: ["split/avail-idx-jumped"],
    remark:
      "With one descriptor idx never moves: nothing is published, which is what a driver shows that publishes later.",
    runs: [2, 4, 8].map((n) =>
      run(n, "one lap of the available ring", inTurn(...Array.from({ length: n + 1 }, () => 1))),
    ),
  },
  {
    id: "M6.12",
    what: "Buffers in flight are detached on a running queue, and avail.idx stays where it is",
    visibility: "D",
    edits: [
      edit(
        "this.#availIdx = u16(this.#availIdx - 1);\n      this.#port.set16(AREA.driver, RING_IDX, this.#availIdx);\n      return token;",
        "return token;",
      ),
      // The driver detaches by itself, where the right one waits for a stop.
      edit("disableCb(): void {", "disableCb(): void {\n    this.detachUnusedBuf();"),
    ],
    rules: [
      "queue/descriptor-in-flight-twice",
      "queue/buffer-id-in-flight-twice",
      "split/avail-idx-jumped",
    ],
    remark: "",
    runs: [
      run(1, "the only buffer, and the next", (shaped) => {
        shaped.add(1);
        shaped.parties.disableCb();
        shaped.add(1);
      }),
      run(2, "a chain of 2, and the next", (shaped) => {
        shaped.add(2);
        shaped.parties.disableCb();
        shaped.add(2);
      }),
      run(8, "the first of two, and a chain of 3", (shaped) => {
        shaped.add(1);
        shaped.add(2);
        shaped.parties.disableCb();
        shaped.add(3);
        shaped.parties.kick();
      }),
    ],
  },
];
