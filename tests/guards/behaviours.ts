import type { RingEvent } from "../../src/model/event.ts";
import { store } from "../../src/rules/ring-story.ts";
import { StoryTeller } from "../../src/rules/scenario.ts";
import {
  DESC_BYTES,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  VIRTQ_DESC_F_WRITE,
} from "../../src/virtio/descriptor.ts";
import * as models from "../mutations/parties-entry.ts";
import { packed, split } from "../mutations/shapes.ts";
import { type Guard, legalLog, packedRun, renumbered, splitRun, storyOf } from "./guard.ts";

const RING_STATE = "replay/ring-state.ts";
const CHAIN = "replay/chain.ts";
const SUPPRESSION = "replay/suppression.ts";

const tell = new StoryTeller();

/** A mapping fails once: the `count`th that is asked for. */
function failsAt(count: number): () => boolean {
  let asked = 0;
  return () => ++asked === count;
}

/** Catalogue section 6: what drivers and devices do, and must not be accused of. */
export const BEHAVIOURS: readonly Guard[] = [
  {
    ids: ["D1"],
    legal: "Linux, split: NEXT in every descriptor of a chain, cleared in the last one afterwards",
    // By design: a chain is judged when the add has ended. Here by what its flags were first.
    edits: [
      {
        file: RING_STATE,
        before: "    if (!this.memory.store(area, offset, width, low, log.high[step] as number)) {",
        after: `    const again = this.flagsStored[(offset / DESC_BYTES) | 0] === this.operation;
    if (again && area === AREA.desc && offset % DESC_BYTES === SPLIT_DESC_FLAGS) return;
    if (!this.memory.store(area, offset, width, low, log.high[step] as number)) {`,
      },
    ],
    rule: "split/next-not-cleared",
    check: splitRun({ queueSize: 4 }, (run) => run.serve(2, 1)),
  },
  {
    ids: ["D2"],
    legal: "Linux, packed: flags of all slots but the head before their own address, length and id",
    // The clock starts at the store of the head's flags, not at each slot's.
    edits: [
      {
        file: RING_STATE,
        before:
          "if (slot !== positionSlot(this.avail, queueSize) || this.publishedAt !== NONE) return false;",
        after: "if (this.publishedAt !== NONE) return false;",
      },
    ],
    rule: "packed/published-too-early",
    check: packedRun({ queueSize: 4 }, (run) => run.serve(3)),
  },
  {
    ids: ["D3"],
    legal:
      "Linux, packed: an add whose mapping fails leaves slots that look available behind the head",
    // What made nothing available is no buffer: an add that failed, and stored no flags of a head.
    edits: [
      {
        file: "replay/ring-shadow.ts",
        before: "if (flagsStored[slot] !== operation) return 0;",
        after: "if (flagsStored[slot] !== operation) return this.#ring.writtenCount > 0 ? 1 : 0;",
      },
      {
        file: "replay/ring-shadow.ts",
        before: "const adds = kind === KIND.add && result === 0 ? 1 : 0;",
        after: "const adds = kind === KIND.add ? 1 : 0;",
      },
    ],
    rule: "packed/avail-flags-wrong-lap",
    check: (judges) =>
      packedRun({ queueSize: 8, mapFails: failsAt(3) }, (run) => {
        run.add(3);
        run.serve(3);
      })(judges),
  },
  {
    ids: ["D4"],
    legal: "packed: a list of exactly N slots ends in the slot where it began, one lap on",
    // The mistake of Linux before 1acfe2c12258, made by who follows it.
    edits: [
      {
        file: "virtio/packed.ts",
        before: "return positionDistance(0, position + slots, queueSize);",
        after:
          "return slots === queueSize ? position : positionDistance(0, position + slots, queueSize);",
      },
    ],
    rule: "packed/avail-wrap-not-flipped",
    check: packedRun({ queueSize: 4 }, (run) => {
      run.serve(4);
      run.serve(4);
    }),
  },
  {
    ids: ["D5", "trap 2", "INV-PK-22"],
    legal: "packed: the device steps over the slots of a list, which keep the flags that they had",
    // Only the slot at the position that the whole list moves counts.
    edits: [
      {
        file: RING_STATE,
        before: "this.used = advancePosition(this.used, ",
        after: "this.used = advancePosition(this.used, 1 + 0 * ",
      },
    ],
    rule: "queue/buffer-id-in-flight-twice",
    check: packedRun({ queueSize: 7 }, (run) => {
      for (let lap = 0; lap < 5; lap++) {
        run.add(2);
        run.add(3);
        run.parties.kick();
        run.parties.fetch();
        run.parties.fetch();
        run.parties.complete(
          [
            [0, 0],
            [0, 0],
          ],
          "batch",
        );
        if (run.parties.signal()) run.parties.interrupt();
        run.drain();
      }
    }),
  },
  {
    ids: ["D6", "trap 9"],
    legal: "packed: an interrupt too many after the ring's end, where a device lost count of laps",
    edits: [
      {
        file: "rules/queue-interrupt-superfluous.ts",
        before: 'severity: "note"',
        after: 'severity: "error"',
      },
    ],
    rule: "queue/interrupt-superfluous",
    check: packedRun({ queueSize: 3, cautious: true }, (run) => {
      // Asks for a slot further ahead than what the device uses: the first decision is yes all the same.
      run.add(1);
      run.add(1);
      run.add(1);
      run.parties.disableCb();
      run.parties.enableCbDelayed();
      run.parties.kick();
      run.parties.fetch();
      run.parties.complete([[0, 0]], "single");
      run.parties.signal();
    }),
  },
  {
    ids: ["D6", "trap 9"],
    legal:
      "packed: no verdict on more slots than the queue has, which one wrap bit cannot tell apart",
    edits: [{ file: SUPPRESSION, before: "if (slots > queueSize) {", after: "if (slots < 0) {" }],
    rule: "queue/interrupt-missed",
    check: storyOf(moreThanALap()),
  },
  {
    ids: ["D7"],
    legal: "QEMU, packed: used descriptors without WRITE, whose len then has no meaning",
    edits: [
      {
        file: RING_STATE,
        before: "const flags = this.memory.get16(AREA.desc, offset + PACKED_DESC_FLAGS);",
        after: "const flags = this.memory.get16(AREA.desc, offset + PACKED_DESC_FLAGS) | 2;",
      },
    ],
    rule: "queue/used-len-too-large",
    check: storyOf(usedWithoutWrite()),
  },
  {
    ids: ["D8", "trap 13"],
    legal: "split: direct descriptors, and a last one that points to an indirect table",
    // As QEMU reads it: INDIRECT only in the first descriptor.
    edits: [
      {
        file: CHAIN,
        before: "walkSplitTable(memory, addr, len, chain, tableAt);",
        after:
          "if (slot === head) walkSplitTable(memory, addr, len, chain, tableAt);\n" +
          "      else chain.element(addr, len, flags);",
      },
    ],
    rule: "queue/element-differs",
    check: legalLog("ring-split-direct-ind"),
  },
  {
    ids: ["D8"],
    legal: "an element of no bytes, which QEMU refuses and no clause forbids",
    // As who drops it: the walk takes every element as it is.
    edits: [
      {
        file: CHAIN,
        before: "if (at === this.addr.length) this.#grow();",
        after: "if (len === 0) return;\n    if (at === this.addr.length) this.#grow();",
      },
    ],
    rule: "queue/element-differs",
    check: packedRun({ queueSize: 4 }, (run) => {
      const { parties } = run;
      parties.add([[0x1000, 0]], [[0x2000, 64]]);
    }),
  },
  {
    ids: ["D9"],
    legal: "Linux, split: an add that is refused notifies the device all the same",
    edits: [
      {
        file: "rules/queue-kick-superfluous.ts",
        before: 'severity: "note"',
        after: 'severity: "error"',
      },
    ],
    rule: "queue/kick-superfluous",
    check: splitRun({ queueSize: 2 }, (run) => {
      run.add(2);
      run.parties.kick();
      run.add(1);
    }),
  },
  {
    ids: ["D9"],
    legal: "Linux, split: a decision inside the add that makes num_added 65535",
    edits: [
      {
        file: "replay/ring-decisions.ts",
        before: "if (this.#ring.notifiedAt > this.#ring.publishedAt) this.#kicks.close();",
        after: "",
      },
    ],
    rule: "queue/kick-missed",
    check: splitRun({ queueSize: 4, header: { warmup: 1 } }, (run) => {
      const { driver } = run.parties;
      driver.restore({ ...driver.state(), num_added: 0xfffe });
      run.parties.startAt(100);
      run.parties.setNotify({ mode: "event", availEvent: 100 });
      run.add(1);
      // The next decision is about what was added since.
      run.add(1);
      run.parties.kick();
      run.deviceServes();
      run.drain();
    }),
  },
  {
    ids: ["D10", "trap 7"],
    legal:
      "Linux, split: avail.idx goes back when unused buffers are detached from a device that stopped",
    edits: [
      {
        file: "replay/ring-shadow.ts",
        before: "if (kind === KIND.deviceStop) this.#stopped(place, func);",
        after: "",
      },
    ],
    rule: "split/avail-idx-jumped",
    check: splitRun({ queueSize: 4 }, (run) => {
      run.add(1);
      run.add(1);
      run.parties.kick();
    }),
  },
  ...(["packed", "split"] as const).map(
    (layout): Guard => ({
      ids: ["D11", "trap 5"],
      legal: `Linux, ${layout}: an indirect table with more entries than the queue has slots`,
      // No guard, but room: as who takes the queue's size for the longest buffer.
      edits: [
        {
          file: CHAIN,
          before: "if (at === this.addr.length) this.#grow();",
          after: "if (at === this.addr.length) return;",
        },
      ],
      rule: "queue/element-differs",
      check: (layout === "packed" ? packedRun : splitRun)(
        { queueSize: 4, indirect: true },
        (run) => {
          run.serve(5, 4);
          run.serve(9);
        },
      ),
    }),
  ),
  {
    ids: ["D12", "trap 6"],
    legal: "Linux, split: disable_cb stores used_event = 0, which lies behind",
    // As who takes an event that was passed for one that is due.
    edits: [
      {
        file: SUPPRESSION,
        before: "return u16(next - event - 1) < u16(next - old);",
        after: "return u16(next - event - 1) < 0x8000;",
      },
    ],
    rule: "queue/interrupt-missed",
    check: splitRun({ queueSize: 4 }, (run) => {
      for (let i = 0; i < 4; i++) run.serve(1);
      run.parties.disableCb();
      run.serve(1);
      run.serve(1);
    }),
  },
  {
    ids: ["D12"],
    legal: "QEMU, split: avail_event is left where it was, so that no notification is wanted",
    edits: [
      {
        file: SUPPRESSION,
        before: "return u16(next - event - 1) < u16(next - old);",
        after: "return u16(next - event - 1) < 0x8000;",
      },
    ],
    rule: "queue/kick-missed",
    check: splitRun({ queueSize: 4 }, (run) => {
      for (let i = 0; i < 6; i++) run.serve(1);
    }),
  },
  {
    ids: ["D12"],
    legal: "packed, probes: the offset of an event word that callbacks no longer depend on",
    // disable_cb leaves off_wrap as it is.
    edits: [
      {
        file: "replay/queue-shadow.ts",
        before:
          "        // Whatever the word is now, it is not what callbacks were enabled with (catalogue 3.5, trap 9).\n        this.#driverEvent.forget();\n",
        after: "",
      },
    ],
    rule: "packed/off-wrap-stale",
    check: storyOf(disabledMeanwhile()),
  },
  {
    ids: ["D13", "trap 11"],
    legal: "packed: the id of a list in its last slot only",
    edits: [
      {
        file: CHAIN,
        before: "    chain.bufferId = memory.get16(AREA.desc, offset + PACKED_DESC_ID);",
        after:
          "    if (chain.slotCount === 1) chain.bufferId = memory.get16(AREA.desc, offset + PACKED_DESC_ID);",
      },
    ],
    rule: "queue/used-id-not-in-flight",
    check: storyOf(idInLastOnly()),
  },
  {
    ids: ["D13"],
    legal: "Linux, packed: entries of an indirect table have no id",
    edits: [
      {
        file: CHAIN,
        before: "    const flags = memory.get16(AREA.ind, at + PACKED_DESC_FLAGS);",
        after:
          "    const flags = memory.get16(AREA.ind, at + PACKED_DESC_FLAGS);\n" +
          "    chain.bufferId = memory.get16(AREA.ind, at + PACKED_DESC_ID);",
      },
    ],
    rule: "queue/buffer-id-in-flight-twice",
    check: packedRun({ queueSize: 4, indirect: true }, (run) => {
      run.add(2);
      run.add(2);
      run.parties.kick();
    }),
  },
  {
    ids: ["D14"],
    legal:
      "whatever a driver makes of reserved event flags: they are the mistake of who wrote them",
    edits: [
      {
        file: SUPPRESSION,
        before: "if (flags !== RING_EVENT_FLAGS_DESC) {",
        after:
          'if (flags > RING_EVENT_FLAGS_DESC) return { wanted: slots > 0, by: "flags" };\n' +
          "  if (flags !== RING_EVENT_FLAGS_DESC) {",
      },
    ],
    rule: "queue/kick-missed",
    guilty: ["packed/event-flags-reserved"],
    check: storyOf(reservedFlags()),
  },
  {
    ids: ["D15"],
    legal: "QEMU: buffers that were fetched are put back, and fetched again",
    edits: [
      {
        file: "replay/fetches.ts",
        before: "    if (!buffer.fetched) {",
        after:
          "    if (buffer.fetched) this.#emit(place, id, FETCH.order, [this.#fact(FETCH.order, place, id.toString())]);\n    if (!buffer.fetched) {",
      },
    ],
    rule: "queue/fetched-out-of-order",
    check: (judges) => judges.checkLines(fetchedAgain()),
  },
  {
    ids: ["D16", "trap 4", "CM-LEG-01", "CM-LEG-02"],
    legal: "a legacy device that counts in len what it only read",
    edits: [
      {
        file: "rules/queue-used-len-too-large.ts",
        before: '...(seen.legacy ? { severity: "note" } : {}),',
        after: "",
      },
    ],
    check: (judges) => judges.checkLines(legacyLen()),
  },
];

/** The driver asks for the next slot; the device uses more than a lap, and decides once. */
function moreThanALap(): RingEvent[] {
  const queue = tell.ring({ layout: "packed", size: 3 });
  queue.enable();
  for (let i = 0; i < 4; i++) {
    queue.add();
    queue.use();
  }
  queue.signal(0);
  queue.add();
  queue.use();
  return queue.events;
}

function usedWithoutWrite(): RingEvent[] {
  const queue = tell.ring({ layout: "packed", size: 4 });
  queue.add({ readable: 1 });
  queue.use({
    len: 100,
    spoil: (steps) =>
      steps.map((step) =>
        step.op === "store" && step.offset % DESC_BYTES === PACKED_DESC_FLAGS
          ? { ...step, value: step.value & ~VIRTQ_DESC_F_WRITE }
          : step,
      ),
  });
  return queue.events;
}

function idInLastOnly(): RingEvent[] {
  const queue = tell.ring({ layout: "packed", size: 8 });
  for (let i = 0; i < 9; i++) {
    queue.add({
      readable: 2,
      writable: 1,
      // Ids of the first two slots stay as they were.
      spoil: (steps) => {
        const ids = steps.filter(
          (step) => step.op === "store" && step.offset % DESC_BYTES === PACKED_DESC_ID,
        );
        return steps.filter((step) => !ids.includes(step) || step === ids.at(-1));
      },
    });
    queue.use();
  }
  return queue.events;
}

function reservedFlags(): RingEvent[] {
  const queue = tell.ring({ layout: "packed", size: 8 });
  queue.operation("deviceSetNotify", [store("device", 2, 2, 3)]);
  queue.add();
  queue.kick(0);
  queue.add();
  queue.kick(1);
  return queue.events;
}

/** Callbacks were enabled, then disabled; the word is moved meanwhile, as nobody minds it. */
function disabledMeanwhile(): RingEvent[] {
  const queue = tell.packed({ size: 8 });
  queue.serve({ slots: 1 });
  queue.enableCb();
  const { events, state } = queue;
  const disabled = { kind: "disableCb", phase: "begin", queue: queue.queue } as const;
  events.push({ ...disabled, time: events.length * 1000 });
  state.driverOffWrap = 0x8005;
  queue.serve({ slots: 1 });
  queue.serve({ slots: 1 });
  return events;
}

/** The second of two buffers is fetched, put back, and fetched again. */
function fetchedAgain(): string[] {
  const lines = packed({ queueSize: 4 }, (run) => {
    run.add(1);
    run.add(1);
    run.parties.kick();
    run.parties.fetch();
    run.parties.fetch();
    run.deviceServes();
    run.drain();
  })(models);
  const second = lines.findLastIndex((line) => line.includes('"op":"fetch","ret":{'));
  return renumbered(lines.toSpliced(second, 0, lines[second] as string));
}

/** The header says that VERSION_1 was not negotiated. */
function legacyLen(): string[] {
  const lines = split({ queueSize: 4 }, (run) => {
    run.add(1);
    run.parties.kick();
    run.parties.fetch();
    run.parties.complete([[0, 64]], "single");
    if (run.parties.signal()) run.parties.interrupt();
    run.drain();
  })(models);
  const [header = "", ...rest] = lines;
  const { areas, ...more } = JSON.parse(header);
  // One piece of memory: the used ring stands at the next page (2.7.2).
  areas.driver.base = areas.desc.base + areas.desc.len;
  areas.device.base = areas.desc.base + 4096;
  return [JSON.stringify({ ...more, version_1: 0, areas }), ...rest];
}
