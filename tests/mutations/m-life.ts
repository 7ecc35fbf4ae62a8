import type { Mutation, Run } from "./mutation.ts";
import { packed, type ShapedRun, split } from "./shapes.ts";

const PARTIES = "replay/models/parties.ts";

/** The device's state is saved, and given to another one. */
function handOver({ parties }: ShapedRun): void {
  parties.device.restore(parties.device.state());
}

/** Set-up and hand-over of queues. */
export const LIFE: readonly Mutation[] = [
  {
    id: "M5.15",
    what: "A device that is restored takes over its used position without the wrap counter",
    visibility: "C",
    edits: [
      {
        file: "replay/models/packed-device.ts",
        before: "packedPosition(state.used_idx, state.used_wrap ?? 1, size)",
        after: "packedPosition(state.used_idx, 1, size)",
      },
    ],
    rules: ["packed/used-flags-wrong-lap"],
    remark: "Only a hand-over in a lap with wrap counter 0 shows it.",
    runs: [1, 3, 4, 8].map(
      (queueSize): Run => ({
        shape: `N = ${queueSize}, saved in the second lap`,
        lines: packed({ queueSize }, (run) => {
          for (let i = 0; i < queueSize; i++) run.serve(1);
          handOver(run);
          run.serve(1);
        }),
      }),
    ),
  },
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
