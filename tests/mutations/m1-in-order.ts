import type { Mutation, Run } from "./mutation.ts";
import { packed } from "./shapes.ts";

/** Packed driver: publishing with VIRTIO_F_IN_ORDER. */
export const IN_ORDER_PUBLISHING: readonly Mutation[] = [
  {
    id: "M1.10",
    what: "With VIRTIO_F_IN_ORDER the id word is left untouched when a slot is used again",
    visibility: "C",
    edits: [
      {
        file: "replay/models/linux-packed.ts",
        before: "port.set16(AREA.desc, at + PACKED_DESC_ID, id);\n      last = current;",
        after:
          "if (!this.options.inOrder || (this.#usedWrap === 1 && this.#availWrap === 1)) " +
          "port.set16(AREA.desc, at + PACKED_DESC_ID, id);\n      last = current;",
      },
    ],
    rules: [
      "queue/buffer-id-in-flight-twice",
      "queue/used-id-not-in-flight",
      "queue/wrong-buffer-returned",
    ],
    remark: "the device has used batches before, so that the word holds another id",
    runs: [2, 3, 4].map(
      (batch): Run => ({
        shape: `N = 4, batches of ${batch}`,
        lines: packed({ queueSize: 4, inOrder: true }, (run) => {
          for (let lap = 0; lap < 4; lap++) run.serveBatch(batch, "in-order");
        }),
      }),
    ),
  },
];
