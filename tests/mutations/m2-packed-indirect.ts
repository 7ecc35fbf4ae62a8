import type { Edit } from "../patched.ts";
import type { Mutation, Run } from "./mutation.ts";
import { packed, type ShapedRun } from "./shapes.ts";

const DRIVER = "replay/models/linux-packed.ts";
const edit = (before: string, after: string, file = DRIVER): Edit => ({ file, before, after });

function run(queueSize: number, what: string, script: (run: ShapedRun) => void): Run {
  const lines = packed({ queueSize, indirect: true }, script);
  return { shape: `N = ${queueSize}, ${what}`, lines };
}

/** Buffers of several elements, one after the other: the first are device-readable. */
const tables = (readable: number, writable: number, times: number): ((run: ShapedRun) => void) => {
  return (shaped) => {
    for (let i = 0; i < times; i++) shaped.serve(readable, writable);
  };
};

const anyTable: readonly Run[] = [
  run(1, "a table of 2", tables(1, 1, 2)),
  run(3, "tables of 3 over the end", tables(3, 0, 4)),
  run(4, "a table of 4", tables(1, 3, 1)),
  run(7, "tables of 2 over the end", tables(2, 0, 8)),
  run(8, "a table of 12, longer than the ring", tables(6, 6, 1)),
];

/** Packed driver: indirect tables. */
export const PACKED_INDIRECT: readonly Mutation[] = [
  {
    id: "M2.1",
    what: "Entries of a table keep NEXT and the owner bits of the ring",
    visibility: "D",
    edits: [
      edit(
        "port.set16(AREA.ind, at + PACKED_DESC_FLAGS, readable ? 0 : VIRTQ_DESC_F_WRITE);",
        "port.set16(AREA.ind, at + PACKED_DESC_FLAGS, (readable ? 0 : VIRTQ_DESC_F_WRITE) | (n + 1 < total ? VIRTQ_DESC_F_NEXT : 0) | this.#availBits);",
      ),
    ],
    rules: ["packed/indirect-entry-flags"],
    remark: "",
    runs: anyTable,
  },
  {
    id: "M2.2",
    what: "An indirect descriptor has NEXT as well",
    visibility: "D",
    edits: [
      edit(
        "VIRTQ_DESC_F_INDIRECT | this.#availBits",
        "VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_NEXT | this.#availBits",
      ),
    ],
    rules: ["queue/indirect-with-next"],
    remark: "",
    runs: anyTable,
  },
  {
    id: "M2.3",
    what: "The length of a table is that of the ring's slots, and one more",
    visibility: "D",
    edits: [
      edit(
        "port.set32(AREA.desc, at + DESC_LEN, bytes);",
        "port.set32(AREA.desc, at + DESC_LEN, total > 4 ? DESC_BYTES : 2 * DESC_BYTES);",
      ),
    ],
    rules: ["queue/indirect-table-length"],
    remark: "A table of 2 entries hides it.",
    runs: [
      run(1, "a table of 3", tables(3, 0, 1)),
      run(4, "tables of 3 over the end", tables(1, 2, 5)),
      run(5, "a table of 5", tables(5, 0, 1)),
      run(8, "a table of 9, longer than the ring", tables(8, 1, 1)),
    ],
  },
  {
    id: "M2.4",
    what: "The length of a table is 0, or its number of entries",
    visibility: "D",
    edits: [
      edit(
        "port.set32(AREA.desc, at + DESC_LEN, bytes);",
        "port.set32(AREA.desc, at + DESC_LEN, total === 2 ? 0 : total);",
      ),
    ],
    rules: ["queue/indirect-table-length"],
    remark: "",
    runs: anyTable,
  },
  {
    id: "M2.5",
    what: "A table is filled as one of a split queue: flags where the id belongs, next where flags do",
    visibility: "D",
    edits: [
      edit(
        "port.set16(AREA.ind, at + PACKED_DESC_FLAGS, readable ? 0 : VIRTQ_DESC_F_WRITE);",
        `port.set16(AREA.ind, at + PACKED_DESC_ID, (readable ? 0 : VIRTQ_DESC_F_WRITE) | (n + 1 < total ? VIRTQ_DESC_F_NEXT : 0));
      port.set16(AREA.ind, at + PACKED_DESC_FLAGS, n + 1 < total ? n + 1 : 0);`,
      ),
    ],
    rules: ["packed/indirect-entry-flags", "queue/element-direction-wrong"],
    remark: "",
    runs: anyTable,
  },
  {
    id: "M2.7",
    what: "A table is used though INDIRECT_DESC was not negotiated",
    visibility: "D",
    edits: [
      edit("needsIndirect(this.options.indirect, ", "needsIndirect(true, "),
      // The memory for tables, which nobody makes where none is used.
      edit(
        "indirect ? TABLE_BYTES * (queueSize + 1) : 0",
        "TABLE_BYTES * (queueSize + 1)",
        "replay/models/parties.ts",
      ),
    ],
    rules: ["queue/indirect-without-feature"],
    remark: "",
    runs: [
      ...[2, 3, 5, 8].map((queueSize) => ({
        shape: `N = ${queueSize}, buffers of 2`,
        lines: packed({ queueSize, indirect: false }, tables(1, 1, queueSize + 1)),
      })),
    ],
  },
];
