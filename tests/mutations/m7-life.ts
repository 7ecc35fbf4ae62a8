import type { Mutation, Run } from "./mutation.ts";
import { split } from "./shapes.ts";

const PARTIES = "replay/models/parties.ts";

/** Set-up and hand-over of queues. */
export const LIFE: readonly Mutation[] = [
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
