import type { Mutation, Run } from "./mutation.ts";
import { packed } from "./shapes.ts";

const DRIVER = "replay/models/linux-packed.ts";

/** Packed driver: publishing. */
export const PACKED_PUBLISHING: readonly Mutation[] = [
  {
    id: "M1.1",
    what: "NEXT is not cleared on the last descriptor of a list",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before: "(n + 1 === total ? 0 : VIRTQ_DESC_F_NEXT) |",
        after: "VIRTQ_DESC_F_NEXT |",
      },
    ],
    rules: ["packed/next-not-cleared"],
    remark: "",
    runs: [1, 2, 3].map(
      (length): Run => ({
        shape: `N = 4, lists of ${length}`,
        lines: packed({ queueSize: 4 }, (run) => run.serve(length)),
      }),
    ),
  },
];
