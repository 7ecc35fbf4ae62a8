import type { RingEvent } from "../../src/model/event.ts";
import { AREA } from "../../src/model/memory.ts";
import { noTables } from "../../src/replay/chain.ts";
import type { DumpInput } from "../../src/replay/dump/dump-input.ts";
import type { RingMemory } from "../../src/replay/ring-memory.ts";
import { StoryTeller } from "../../src/rules/scenario.ts";
import { DESC_BYTES, PACKED_DESC_FLAGS, VIRTQ_DESC_F_NEXT } from "../../src/virtio/descriptor.ts";
import * as models from "../mutations/parties-entry.ts";
import { packed, ShapedRun } from "../mutations/shapes.ts";
import { type Guard, legalLog, packedRun, renumbered, storyOf } from "./guard.ts";

const tell = new StoryTeller();

/** What once raised false alarms in tools like this one. */
export const TRAPS: readonly Guard[] = [
  {
    ids: ["trap 1"],
    legal: "a notification that the device did not ask for",
    edits: [
      {
        file: "rules/queue-kick-superfluous.ts",
        before: 'severity: "note"',
        after: 'severity: "warning"',
      },
    ],
    rule: "queue/kick-superfluous",
    check: storyOf(unaskedKick()),
  },
  {
    ids: ["trap 1"],
    legal: "an interrupt that the driver did not ask for",
    edits: [
      {
        file: "rules/queue-interrupt-superfluous.ts",
        before: 'severity: "note"',
        after: 'severity: "warning"',
      },
    ],
    rule: "queue/interrupt-superfluous",
    check: storyOf(unaskedInterrupt()),
  },
  {
    ids: ["trap 1"],
    legal: "an interrupt that brings nothing",
    edits: [
      {
        file: "rules/queue-interrupt-without-work.ts",
        before: 'severity: "note"',
        after: 'severity: "warning"',
      },
    ],
    rule: "queue/interrupt-without-work",
    check: packedRun({ queueSize: 4 }, (run) => {
      run.serve(1);
      run.parties.interrupt();
      run.parties.getBuf();
      run.serve(1);
    }),
  },
  {
    ids: ["trap 2"],
    legal:
      "a dump in which an id stands twice: in a new list, and where its buffer was when it came back",
    edits: [
      {
        file: "replay/dump/dump-facts.ts",
        before: "(idsHold ? 0 : EXPOSURE.idFree);",
        after: "0;",
      },
    ],
    rule: "queue/buffer-id-in-flight-twice",
    check: (judges) => judges.checkDump(idTwice()),
  },
  {
    ids: ["trap 2"],
    legal: "a dump of more than one moment: NEXT leads into a slot of the lap before",
    edits: [
      {
        file: "replay/dump/dump-facts.ts",
        before: "(input.paused ? 0 : aspects & ~proven) |",
        after: "",
      },
    ],
    rule: "packed/next-not-cleared",
    check: (judges) => judges.checkDump(tornList()),
  },
  {
    ids: ["trap 10"],
    legal: "a device that shows the buffers of one completion one by one",
    edits: [
      {
        file: "replay/uses.ts",
        before: "func === USED_IN_BATCH && ",
        after: "",
      },
    ],
    rule: "packed/batch-shown-in-part",
    check: packedRun({ queueSize: 8 }, (run) => {
      run.add(1);
      run.add(2);
      run.add(1);
      run.parties.kick();
      while (run.parties.fetch() >= 0);
      run.parties.complete(
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        "each",
      );
      if (run.parties.signal()) run.parties.interrupt();
      run.drain();
    }),
  },
  ...[3, 5, 6, 7].map(
    (queueSize): Guard => ({
      ids: ["trap 3"],
      legal: `a packed queue of ${queueSize}, which is no power of two`,
      edits: [
        {
          file: "virtio/packed.ts",
          before: "return positionDistance(0, position + slots, queueSize);",
          after: "return (position + slots) & (2 * queueSize - 1);",
        },
      ],
      rule: "queue/driver-state-against-ring",
      check: packedRun({ queueSize }, (run) => {
        for (let i = 0; i < 3 * queueSize; i++) run.serve(2);
      }),
    }),
  ),
  {
    ids: ["trap 5"],
    legal: "an indirect table at an address that is no multiple of 16",
    edits: [
      {
        file: "replay/chain.ts",
        before: "if (bytes === 0 || bytes % DESC_BYTES !== 0) {",
        after: "if (bytes === 0 || (addr + bytes) % DESC_BYTES !== 0) {",
      },
    ],
    rule: "queue/indirect-table-length",
    check: storyOf(unalignedTable()),
  },
  {
    ids: ["trap 8"],
    legal: "packed with IN_ORDER: one used element for a batch",
    edits: [
      {
        file: "replay/ring-state.ts",
        before: "    if (setup.inOrder) {",
        after: "    if (id < 0) {",
      },
    ],
    rule: "queue/buffer-id-in-flight-twice",
    check: legalLog("ring-packed-inorder"),
  },
  {
    ids: ["trap 8"],
    legal: "split with IN_ORDER: one used element for a batch",
    edits: [
      {
        file: "replay/ring-state.ts",
        before: "    if (setup.inOrder) {",
        after: "    if (id < 0) {",
      },
    ],
    check: legalLog("ring-split-inorder"),
  },
  {
    ids: ["trap 12"],
    legal: "a device that minds no reserved flag of an indirect table's entries, as it must",
    // The driver has set one; all entries count nevertheless.
    edits: [
      {
        file: "replay/chain.ts",
        before: "chain.oddFlags = flags;\n    }",
        after: "chain.oddFlags = flags;\n    }\n    if (chain.oddEntry >= 0 && entry > 0) return;",
      },
    ],
    rule: "queue/element-differs",
    guilty: ["packed/indirect-entry-flags"],
    check: storyOf(oddTableFlags()),
  },
  {
    ids: ["trap 14"],
    legal: "a log that begins in the middle of a queue's life",
    edits: [
      {
        file: "replay/replay.ts",
        before: "    if (!created) queue.ring?.lost();\n",
        after: "",
      },
    ],
    rule: "queue/store-not-owned",
    check: (judges) => judges.checkLines(fromTheMiddle()),
  },
  {
    ids: ["trap 14"],
    legal: "a packed snapshot that does not say where the driver stands",
    edits: [
      {
        file: "replay/ring-shadow.ts",
        before:
          'ring.setup.layout === "packed" ? "the snapshot does not say where the driver stands" : "";',
        after: '"";',
      },
    ],
    rule: "queue/driver-state-against-ring",
    check: (judges) => judges.checkLines(statelessSnapshot()),
  },
  {
    ids: ["trap 14"],
    legal: "probes that miss calls: the begin of one decision, and then the return of another",
    edits: [
      {
        file: "replay/replay.ts",
        before: "else if (this.#unpairedSilently > 0) queue.kicks.interrupted(PAIRS_BROKEN);",
        after: "",
      },
    ],
    rule: "queue/kick-missed",
    check: storyOf(wronglyPaired()),
  },
];

/** One instant of a ring whose device tells where it stands. */
function dumpOf(memory: RingMemory, used: number, paused: boolean): DumpInput {
  return {
    memory,
    hasDriverArea: true,
    hasDeviceArea: true,
    features: undefined,
    device: { used, taken: used, hasWrap: false },
    paused,
    tableAt: noTables,
  };
}

/** Out of order: the second buffer comes back first, over the descriptor of the first one. */
function idTwice(): DumpInput {
  const parties = new models.Parties({ layout: "packed", queueSize: 4 });
  const run = new ShapedRun(models, parties);
  parties.create();
  for (let i = 0; i < 4; i++) run.add(1);
  while (parties.fetch() >= 0);
  parties.complete([[1, 0]], "single");
  run.drain();
  run.add(1);
  return dumpOf(parties.memory, 1, true);
}

/** The guest ran on: the first slot of a list was read, and the second when it had been used again. */
function tornList(): DumpInput {
  const parties = new models.Parties({ layout: "packed", queueSize: 4 });
  const run = new ShapedRun(models, parties);
  parties.create();
  for (let lap = 0; lap < 3; lap++) run.serve(1);
  run.add(1);
  const flags = 3 * DESC_BYTES + PACKED_DESC_FLAGS;
  const { memory } = parties;
  memory.set16(AREA.desc, flags, memory.get16(AREA.desc, flags) | VIRTQ_DESC_F_NEXT);
  return dumpOf(memory, 3, false);
}

function oddTableFlags(): RingEvent[] {
  const queue = tell.ring({ layout: "packed", size: 4 });
  queue.add({
    readable: 2,
    indirect: true,
    spoil: (steps) =>
      steps.map((step) =>
        step.op === "store" && step.area === "ind" && step.offset === 14
          ? { ...step, value: 1 }
          : step,
      ),
  });
  queue.use();
  return queue.events;
}

/** A decision to notify, whose begin looks as if it had the return of the next one, which is a no. */
function wronglyPaired(): RingEvent[] {
  const queue = tell.split({ size: 4 });
  const { events } = queue;
  queue.add();
  queue.kick();
  const unseen = [events.length - 1, events.length];
  queue.kick();
  queue.add();
  // Another begin that is missing gives it away.
  const begin = events.length;
  unseen.push(begin);
  queue.add();
  queue.add();
  return events.filter((_, i) => !unseen.includes(i));
}

function unaskedKick(): RingEvent[] {
  const queue = tell.ring({ layout: "split", size: 4 });
  for (let i = 0; i < 3; i++) {
    queue.add();
    queue.kick(1);
    queue.use();
  }
  return queue.events;
}

function unaskedInterrupt(): RingEvent[] {
  const queue = tell.ring({ layout: "packed", size: 4 });
  queue.disable();
  queue.add();
  queue.use();
  queue.signal(1);
  return queue.events;
}

function unalignedTable(): RingEvent[] {
  const queue = tell.ring({ layout: "packed", size: 4 });
  const { base } = queue.setup.tables;
  for (let i = 0; i < 5; i++) {
    queue.add({
      readable: 2,
      indirect: true,
      spoil: (steps) =>
        steps.map((step) => {
          if (step.op === "alloc") return { ...step, offset: step.offset + 8 };
          if (step.op !== "store") return step;
          if (step.area === "ind") return { ...step, offset: step.offset + 8 };
          return step.width === 8 && step.value >= base ? { ...step, value: step.value + 8 } : step;
        }),
    });
    queue.use();
  }
  return queue.events;
}

/** The recorder was started when the queue had gone round for a while. */
function fromTheMiddle(): string[] {
  const lines = packed({ queueSize: 4 }, (run) => {
    run.serve(3);
    run.add(2);
    run.parties.kick();
    run.deviceServes();
    run.drain();
    run.serve(1);
  })(models);
  const [header = "", ...rest] = lines;
  const last = rest.findLastIndex((line) => line.includes('"op":"add","token":2'));
  return renumbered([header, ...rest.slice(last + 1)]);
}

/** A snapshot with the ring's bytes alone. */
function statelessSnapshot(): string[] {
  return packed({ queueSize: 4, header: { warmup: 5 } }, (run) => {
    run.parties.startAt(5);
    run.parties.disableCb();
    run.parties.getBuf();
    run.serve(2);
  })(models).map((line) => {
    const state = /(?<=^\{"type":"snapshot",.*),"driver":\{.*$/;
    return line.replace(state, ',"driver":{}}');
  });
}
