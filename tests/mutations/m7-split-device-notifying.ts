import { SleepingDevice, splitFrom, unsaid } from "./asking.ts";
import type { Mutation, Run } from "./mutation.ts";
import { type ShapedRun, split } from "./shapes.ts";

const DEVICE = "replay/models/split-device.ts";
const SIZES = [2, 4, 8] as const;

/** The device serves a buffer in two halves, and asks again after each. */
function servedByHalves(run: ShapedRun): void {
  const { parties } = run;
  const device = new SleepingDevice(run);
  run.add(1);
  if (parties.kick()) parties.fetch();
  // One is not enough: it asks for another, looks once more, and sleeps.
  device.ask();
  parties.fetch();
  run.add(1);
  if (parties.kick()) device.wake();
  run.drain();
}

/** Two buffers for a sleeping device, in a log that says what it asks for and in one that does not. */
function saidAndUnsaid(shape: string, options: { queueSize: number; eventIdx?: boolean }): Run[] {
  const lines = split(options, (run) => {
    const device = new SleepingDevice(run);
    for (let i = 0; i < 2; i++) {
      run.add(1);
      device.kick();
    }
  });
  return [
    { shape, lines },
    { shape: `${shape}, unsaid`, lines: unsaid(lines) },
  ];
}

function fullRing(queueSize: number): (run: ShapedRun) => void {
  return (run) => {
    for (let i = 0; i < queueSize; i++) run.add(1);
    run.parties.kick();
    run.deviceServes();
    run.drain();
  };
}

/** Two buffers used before the device decides; callbacks are enabled before. */
function usedTogether(run: ShapedRun): void {
  run.parties.enableCb();
  run.add(1);
  run.add(1);
  run.parties.kick();
  run.deviceServes();
  run.drain();
  run.serve(1);
}

/** Split device: what it asks for, and when it interrupts. */
export const SPLIT_DEVICE_NOTIFYING: readonly Mutation[] = [
  {
    id: "M7.6",
    what: "avail_event is set to avail.idx when a buffer is taken",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "    this.#availIdx = u16(this.#availIdx + 1);\n",
        after:
          "    this.#availIdx = u16(this.#availIdx + 1);\n" +
          "    port.set16(AREA.device, availEventOffset(this.#size), port.get16(AREA.driver, RING_IDX));\n",
      },
    ],
    rules: ["queue/notification-asked-late"],
    remark:
      "Any value of avail_event is legal: what is told is that buffers before it stand unfetched.",
    runs: SIZES.flatMap((queueSize) => [
      { shape: `N = ${queueSize}, a full ring`, lines: split({ queueSize }, fullRing(queueSize)) },
      {
        shape: `N = ${queueSize}, a full ring over idx 65535`,
        lines: splitFrom(65535, queueSize, fullRing(queueSize)),
      },
    ]),
  },
  {
    id: "M7.7",
    what: "avail_event is never stored",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "port.set16(AREA.device, availEventOffset(this.#size), request.availEvent);",
        after: "port.get16(AREA.device, availEventOffset(this.#size));",
      },
    ],
    rules: ["queue/event-shadow-differs", "queue/stalled"],
    remark: "Where the log does not say what the device asks for, a stall is left of it.",
    runs: SIZES.flatMap((queueSize) =>
      saidAndUnsaid(`N = ${queueSize}, two buffers`, { queueSize }),
    ),
  },
  {
    id: "M7.8",
    what: "The device interrupts only if used_event is the last entry used",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before: "return splitEventWanted(words.usedEvent, old, this.#usedIdx);",
        after: "return old !== this.#usedIdx && words.usedEvent === u16(this.#usedIdx - 1);",
      },
    ],
    rules: ["queue/interrupt-missed"],
    remark: "",
    runs: SIZES.flatMap((queueSize) => [
      {
        shape: `N = ${queueSize}, two buffers used before the decision`,
        lines: split({ queueSize }, usedTogether),
      },
      {
        shape: `N = ${queueSize}, the same over idx 65535`,
        lines: splitFrom(65535, queueSize, usedTogether),
      },
    ]),
  },
  {
    id: "M7.12",
    what: "The device takes one buffer for each notification",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before:
          "if (port.get16(AREA.driver, RING_IDX) === this.#availIdx) return NOTHING_AVAILABLE;",
        after:
          "if (port.get16(AREA.driver, RING_IDX) === this.#availIdx || this.#inFlight > 0) return NOTHING_AVAILABLE;",
      },
    ],
    rules: ["queue/stalled"],
    remark: "A suspicion: the device may come back by itself.",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, two buffers, one notification`,
      lines: split({ queueSize }, (run) => {
        run.add(1);
        run.add(1);
        run.parties.kick();
        run.deviceServes();
        run.drain();
      }),
    })),
  },
  {
    id: "M7.13",
    what: "The device asks, looks once, and does not ask anew while it holds too little",
    visibility: "T",
    edits: [
      {
        file: DEVICE,
        before: "port.set16(AREA.device, availEventOffset(this.#size), request.availEvent);",
        after:
          "if (this.#inFlight === 0) port.set16(AREA.device, availEventOffset(this.#size), request.availEvent);",
      },
    ],
    rules: ["queue/event-shadow-differs", "queue/stalled"],
    remark: "Seen when what is missing comes after the look.",
    runs: SIZES.flatMap((queueSize) => {
      const lines = split({ queueSize }, servedByHalves);
      const shape = `N = ${queueSize}, the second half comes after the look`;
      return [
        { shape, lines },
        { shape: `${shape}, unsaid`, lines: unsaid(lines) },
      ];
    }),
  },
  {
    id: "M7.14",
    what: "An exit between turning notifications off and on leaves them off",
    visibility: "D",
    edits: [
      {
        file: "replay/models/parties.ts",
        before: "  setNotify(request: NotifyRequest): void {\n",
        after:
          '  setNotify(request: NotifyRequest): void {\n    if (request.mode === "enable" && this.added > 0) return;\n',
      },
    ],
    rules: ["queue/stalled"],
    remark: "A suspicion: the device may look by itself.",
    runs: SIZES.map((queueSize) => ({
      shape: `N = ${queueSize}, without EVENT_IDX, two buffers, one after the other`,
      lines: split({ queueSize, eventIdx: false }, (run) => {
        const device = new SleepingDevice(run);
        for (let i = 0; i < 2; i++) {
          run.add(1);
          if (run.parties.kick()) {
            run.parties.setNotify({ mode: "disable" });
            device.wake();
          }
          run.drain();
        }
      }),
    })),
  },
  {
    id: "M7.15",
    what: "A second component turns off what the device has turned on",
    visibility: "D",
    edits: [
      {
        file: DEVICE,
        before:
          'port.set16(AREA.device, RING_FLAGS, request.mode === "enable" ? 0 : USED_F_NO_NOTIFY);',
        after:
          'port.set16(AREA.device, RING_FLAGS, request.mode === "enable" ? 0 : USED_F_NO_NOTIFY);\n' +
          "      port.set16(AREA.device, RING_FLAGS, USED_F_NO_NOTIFY);",
      },
    ],
    rules: ["queue/event-shadow-differs", "queue/stalled"],
    remark:
      "Writers of one side have no names in a log: what is seen is that the word is not what the device asked for.",
    runs: SIZES.flatMap((queueSize) =>
      saidAndUnsaid(`N = ${queueSize}, without EVENT_IDX`, { queueSize, eventIdx: false }),
    ),
  },
];
