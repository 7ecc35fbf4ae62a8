import { askInterrupts, SleepingDevice } from "./asking.ts";
import type { Mutation } from "./mutation.ts";
import { packed } from "./shapes.ts";

const DRIVER = "replay/models/linux-packed.ts";
const KICK = "replay/models/packed-kick.ts";
const SIZES = [1, 2, 3, 4, 5, 7, 8] as const;

/** Packed driver: events, and the decision whether to notify. */
export const PACKED_EVENTS: readonly Mutation[] = [
  {
    id: "M4.1",
    what: "The delayed form asks for a slot of the next lap with this lap's wrap counter",
    visibility: "C",
    edits: [
      {
        file: DRIVER,
        before: "this.#askFrom(positionWord(advancePosition(here, pending, size), size));",
        after: "this.#askFrom(((this.#lastUsed + pending) % size) | (this.#usedWrap << 15));",
      },
    ],
    rules: ["packed/off-wrap-bit-missing", "packed/off-wrap-stale"],
    remark: "",
    runs: [3, 4, 5, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, half a ring served, then a full one, callbacks enabled late`,
      lines: packed({ queueSize }, (run) => {
        for (let i = 0; i < queueSize / 2; i++) run.serve(1);
        run.parties.disableCb();
        for (let i = 0; i < queueSize; i++) run.add(1);
        run.parties.enableCbDelayed();
        run.parties.kick();
        run.deviceServes();
        run.drain();
      }),
    })),
  },
  {
    id: "M4.2",
    what: "The kick decision takes a slot of the lap before for one of this lap",
    visibility: "C",
    edits: [
      {
        file: KICK,
        before: "offWrap >> 15 === wrap ? off : off - queueSize;",
        after: "offWrap >> 15 === wrap ? off : off;",
      },
    ],
    rules: ["queue/kick-missed"],
    remark: "",
    runs: [3, 4, 5, 7, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, a list of 2 over the ring end`,
      lines: packed({ queueSize }, (run) => {
        const device = new SleepingDevice(run);
        for (let i = 0; i < queueSize - 1; i++) {
          run.add(1);
          device.kick();
        }
        run.add(2);
        device.kick();
        run.parties.kick();
      }),
    })),
  },
  {
    id: "M4.3",
    what: "The kick decision ignores the wrap counter: a slot is a slot in any lap",
    visibility: "C",
    edits: [
      {
        file: KICK,
        before: "return splitEventWanted(event, u16(slot - added), slot);",
        after: "return (slot - 1 - off + (event & 0) + 2 * queueSize) % queueSize < added;",
      },
    ],
    rules: ["queue/kick-superfluous"],
    remark: "What it costs is a notification that nobody asked for.",
    runs: [2, 3, 4, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, the device asks for the slot at hand a lap later`,
      lines: packed({ queueSize }, (run) => {
        const device = new SleepingDevice(run);
        device.ask(queueSize);
        run.add(1);
        run.parties.kick();
        device.wake();
        run.drain();
      }),
    })),
  },
  {
    id: "M4.4",
    what: "The kick decision compares for equality instead of looking into the range",
    visibility: "D",
    edits: [
      {
        file: KICK,
        before: "return splitEventWanted(event, u16(slot - added), slot);",
        after: "return added > 0 && u16(event) === u16(slot - 1);",
      },
    ],
    rules: ["queue/kick-missed"],
    remark: "",
    runs: [2, 3, 4, 8].flatMap((queueSize) =>
      [2, queueSize].map((length) => ({
        shape: `N = ${queueSize}, a list of ${length}`,
        lines: packed({ queueSize }, (run) => {
          const device = new SleepingDevice(run);
          run.add(length);
          device.kick();
          run.parties.kick();
        }),
      })),
    ),
  },
  {
    id: "M4.5",
    what: "num_added is not reset after the decision",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before: "    this.#numAdded = 0;\n    // Both halves",
        after: "    // Both halves",
      },
    ],
    rules: ["queue/num-added-not-reset", "queue/kick-superfluous"],
    remark: "",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, three buffers with a decision each`,
      lines: packed({ queueSize }, (run) => {
        const device = new SleepingDevice(run);
        for (let i = 0; i < 3; i++) {
          run.add(1);
          device.kick();
        }
        run.add(1);
      }),
    })),
  },
  {
    id: "M4.6",
    what: "num_added counts buffers, not slots",
    visibility: "C",
    edits: [{ file: DRIVER, before: "this.#numAdded += total;", after: "this.#numAdded++;" }],
    rules: ["queue/kick-missed"],
    remark: "",
    runs: [2, 3, 4, 8].flatMap((queueSize) =>
      [2, queueSize].map((length) => ({
        shape: `N = ${queueSize}, a list of ${length}, the device waits for its first slot`,
        lines: packed({ queueSize }, (run) => {
          const device = new SleepingDevice(run);
          run.add(length);
          device.kick();
          run.parties.kick();
        }),
      })),
    ),
  },
  {
    id: "M4.7",
    what: "The driver decides and notifies before the store that makes the list available",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before:
          "    port.barrier(BARRIER.wmb);\n" +
          "    port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);\n" +
          "    this.#numAdded += total;",
        after:
          "    this.#numAdded += total;\n" +
          "    if (this.kickPrepare()) this.notify();\n" +
          "    port.barrier(BARRIER.wmb);\n" +
          "    port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);",
      },
    ],
    rules: ["queue/kick-before-publication"],
    remark:
      "The device's step is an operation of its own in a log: what is proven is the order of the driver's.",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, two buffers with a decision each`,
      lines: packed({ queueSize }, (run) => {
        const device = new SleepingDevice(run);
        run.add(1);
        device.kick();
        device.wake();
        run.drain();
        run.add(1);
        device.kick();
      }),
    })),
  },
  {
    id: "M4.8",
    what: "The value of a notification lacks the wrap counter",
    visibility: "D",
    edits: [
      {
        file: "replay/models/notification-data.ts",
        before: "state.avail_idx | (wrap << 15);",
        after: "state.avail_idx | ((wrap & 0) << 15);",
      },
    ],
    rules: ["queue/notify-data-wrong"],
    remark: "",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, two laps`,
      lines: packed({ queueSize, notificationIndex: 3 }, (run) => {
        for (let i = 0; i < 2 * queueSize; i++) run.serve(1);
      }),
    })),
  },
  {
    id: "M4.9",
    what: "Flags become DESC before off_wrap is stored",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before: "      port.set16(AREA.driver, EVENT_OFF_WRAP, offWrap);\n",
        after:
          "      if (this.#eventFlags === RING_EVENT_FLAGS_DISABLE) {\n" +
          "        this.#eventFlags = RING_EVENT_FLAGS_DESC;\n" +
          "        port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);\n" +
          "        port.barrier(BARRIER.wmb);\n" +
          "      }\n" +
          "      port.set16(AREA.driver, EVENT_OFF_WRAP, offWrap);\n",
      },
    ],
    rules: ["packed/event-flags-before-off-wrap"],
    remark: "",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, callbacks off and on`,
      lines: packed({ queueSize }, (run) => {
        run.serve(1);
        askInterrupts(run);
        run.serve(1);
      }),
    })),
  },
  {
    id: "M4.10",
    what: "Disabling callbacks stores the flags and forgets the private copy",
    visibility: "D",
    edits: [
      {
        file: DRIVER,
        before: "    this.#eventFlags = RING_EVENT_FLAGS_DISABLE;\n    // After an event",
        after: "    // After an event",
      },
      {
        file: DRIVER,
        before:
          "if (this.#eventTriggered) return;\n    this.#port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);",
        after:
          "if (this.#eventTriggered) return;\n    this.#port.set16(AREA.driver, EVENT_FLAGS, RING_EVENT_FLAGS_DISABLE);",
      },
    ],
    rules: ["queue/event-shadow-differs"],
    remark: "",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, callbacks off and on`,
      lines: packed({ queueSize }, (run) => {
        askInterrupts(run);
        run.serve(1);
      }),
    })),
  },
  {
    id: "M4.11",
    what: "After the delayed form has asked, the slot that it asked for is tested instead of the next one",
    visibility: "T",
    edits: [
      {
        file: DRIVER,
        before: "    return !this.#moreUsed();\n",
        after:
          "    const armed = advancePosition(here, pending, size);\n" +
          "    return !this.#isUsed(armed < size ? armed : armed - size, armed < size ? 1 : 0);\n",
      },
    ],
    rules: ["queue/pending-overlooked"],
    remark:
      "Seen when the device has passed the slot before the driver asks, in a list that steps over it.",
    runs: [7, 8].map((queueSize) => ({
      shape: `N = ${queueSize}, two lists of 3, both used before the driver asks`,
      lines: packed({ queueSize }, (run) => {
        run.parties.disableCb();
        run.add(3);
        run.add(3);
        run.parties.kick();
        run.deviceServes();
        run.parties.enableCbDelayed();
        run.drain();
      }),
    })),
  },
  {
    id: "M4.12",
    what: "Nothing is tested again after callbacks were enabled",
    visibility: "T",
    edits: [
      {
        file: DRIVER,
        before: "return !this.poll(this.enableCbPrepare());",
        after: "this.enableCbPrepare();\n    return true;",
      },
    ],
    rules: ["queue/pending-overlooked"],
    remark: "Seen when the device has used a buffer before the driver enables.",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, a buffer used before the driver enables`,
      lines: packed({ queueSize }, (run) => {
        run.parties.disableCb();
        run.add(1);
        run.parties.kick();
        run.deviceServes();
        run.parties.enableCb();
        run.drain();
      }),
    })),
  },
];
