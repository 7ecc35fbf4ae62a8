import { describe, expect, test } from "vitest";
import { EventBatch, StringTable } from "../model/batch.ts";
import type { RingEvent } from "../model/event.ts";
import { StoryTeller } from "../rules/scenario.ts";
import type { Observation } from "./observation.ts";
import { Replay } from "./replay.ts";

interface Outcome {
  readonly observations: Observation[];
  readonly gaps: { from: number; to: number; reason: string }[];
  readonly replay: Replay;
}

function replayed(events: readonly RingEvent[], clockIsExact = true): Outcome {
  const observations: Observation[] = [];
  const gaps: Outcome["gaps"] = [];
  const replay = new Replay({
    observe: (observation) => observations.push(observation),
    gap: ({ from, to, reason }) => gaps.push({ from: from.seq, to: to.seq, reason }),
    pointerText: String,
    clock: () => ({ major: 0, minor: 0, unit: clockIsExact ? "ticks" : "seconds" }),
  });
  const batch = new EventBatch(events.length, new StringTable());
  for (const [seq, event] of events.entries()) batch.append(event, seq);
  replay.step(batch);
  replay.end(String);
  return { observations, gaps, replay };
}

/** How each kick decision came out: "missed", "held", or the reason why it is undecided. */
function decisions({ observations }: Outcome): string[] {
  return observations
    .filter((seen) => seen.kind === "kick.decided")
    .map((seen) => seen.undecided ?? (seen.missed ? "missed" : "held"));
}

const story = (tell: (teller: StoryTeller) => { events: RingEvent[] }): RingEvent[] =>
  tell(new StoryTeller()).events;

describe("pairing begins with returns", () => {
  const kick = { kind: "kickPrepare", phase: "begin", queue: -0x1000 } as const;
  const kickEnd = { kind: "kickPrepare", phase: "end", needsKick: 0 } as const;

  test("two tasks at once, and an interrupt inside one of them", () => {
    const outcome = replayed([
      { ...kick, pid: 10 },
      { ...kick, pid: 11 },
      { ...kick, pid: 10, level: "hardirq" },
      { ...kickEnd, pid: 10, level: "hardirq" },
      { ...kickEnd, pid: 10 },
      { ...kickEnd, pid: 11 },
    ]);
    expect(outcome.replay.queues[0]?.events).toBe(6);
    expect(decisions(outcome)).not.toContain("the decision's return is not in the trace");
  });

  test("the idle task is another one on each CPU", () => {
    const outcome = replayed([
      { ...kick, pid: 0, cpu: 0 },
      { ...kick, pid: 0, cpu: 1 },
      { ...kickEnd, pid: 0, cpu: 0 },
      { ...kickEnd, pid: 0, cpu: 1 },
    ]);
    expect(outcome.replay.queues[0]?.events).toBe(4);
  });

  test("a new begin of the same call closes the open one, whose return was lost", () => {
    const outcome = replayed([kick, kick, kickEnd]);
    expect(decisions(outcome)[0]).toBe("the decision's return is not in the trace");
  });

  test("a return after a loss belongs to nobody: its begin may be lost as well", () => {
    const lost: RingEvent = { kind: "lost", phase: "begin", lostCount: 1 };
    expect(decisions(replayed([kick, lost, kickEnd]))).toEqual([
      "the decision's return is not in the trace",
    ]);
  });

  test("a return whose begin was not seen changes nothing", () => {
    expect(replayed([kickEnd]).observations).toEqual([]);
  });

  test("a wrapper and the function inside it are one call", () => {
    const events = story((tell) => {
      const queue = tell.packed({ size: 4 });
      queue.serve({ slots: 1 });
      return queue;
    });
    // The get_buf of the story becomes virtqueue_get_buf around virtqueue_get_buf_ctx.
    const at = events.findIndex(({ kind, phase }) => kind === "getBuf" && phase === "begin");
    const [begin, end] = events.slice(at, at + 2) as [RingEvent, RingEvent];
    events.splice(at, 2, begin, begin, end, end);
    events.push({ ...begin, lastUsed: 0x8001 });
    const { gaps, observations } = replayed(events);
    expect(gaps).toEqual([]);
    expect(observations.some((seen) => seen.kind === "position.advanced")).toBe(false);
  });
});

describe("identity of queues", () => {
  test("a create at a known address starts a new generation", () => {
    const events = story((tell) => tell.packed({ size: 4 }));
    const { replay } = replayed([...events, ...events]);
    expect(replay.queues.map(({ id }) => id)).toEqual(["story.0@-4096#1", "story.0@-4096#2"]);
  });

  test("a decision pending when its queue is deleted stays undecided", () => {
    const events = story((tell) => {
      const queue = tell.packed({ size: 4 });
      queue.add({ slots: 1 });
      queue.kick({ needsKick: 0 });
      return queue;
    });
    events.push({ kind: "delete", phase: "begin", queue: events[0]?.queue as number });
    expect(decisions(replayed(events))).toEqual([
      "the queue was deleted before the outcome showed",
    ]);
  });

  test("a queue seen from the middle is followed as soon as a probe tells its layout and size", () => {
    const events = story((tell) => {
      const queue = tell.packed({ size: 8 });
      for (let i = 0; i < 5; i++) queue.serve({ slots: 3 });
      return queue;
    });
    const middle = events
      .slice(20)
      .map((event) =>
        event.kind === "kickPrepare" && event.phase === "begin"
          ? { ...event, queueSize: 8, packed: 1, eventIdx: 1 }
          : event,
      );
    const { replay, observations, gaps } = replayed(middle);
    expect(replay.queues[0]).toMatchObject({ layout: "packed", size: 8, generation: 1 });
    const counted = observations.filter((seen) => seen.kind === "freeCount.sampled");
    expect(counted.length).toBeGreaterThan(0);
    expect(gaps).toEqual([]);
  });

  test("an unknown layout decides nothing", () => {
    const outcome = replayed([
      { kind: "kickPrepare", phase: "begin", queue: -0x1000, deviceFlags: 0, numAdded: 1 },
      { kind: "kickPrepare", phase: "end", needsKick: 0 },
    ]);
    expect(decisions(outcome)).toEqual(["the layout of the queue is not known"]);
  });
});

describe("gaps", () => {
  const told = (unseenGet: boolean): RingEvent[] =>
    story((tell) => {
      const queue = tell.packed({ size: 16 });
      queue.serve({ slots: 3 });
      queue.add({ slots: 3 });
      queue.kick();
      queue.use();
      if (unseenGet) queue.unseen(() => queue.get());
      else queue.get();
      queue.add({ slots: 3 });
      queue.kick();
      return queue;
    });

  test("a position that moved without a call is one, and no rule is broken", () => {
    const { gaps } = replayed(told(true));
    expect(gaps.map(({ reason }) => reason)).toEqual([
      "the used position moved without a get_buf in the trace",
    ]);
    expect(replayed(told(false)).gaps).toEqual([]);
  });

  test("an add that went unseen", () => {
    const events = story((tell) => {
      const queue = tell.packed({ size: 16 });
      queue.serve({ slots: 3 });
      queue.unseen(() => queue.add({ slots: 2 }));
      queue.add({ slots: 1 });
      return queue;
    });
    expect(replayed(events).gaps.map(({ reason }) => reason)).toEqual([
      "the avail position moved without an add in the trace",
    ]);
  });

  test("a lap too far in one call is a gap when the next full sample is consistent", () => {
    const events = story((tell) => {
      const queue = tell.packed({ size: 4 });
      queue.serve({ slots: 3 });
      queue.add({ slots: 2 });
      queue.kick();
      queue.use();
      queue.get();
      // Seen: one get_buf. Unseen: a whole lap after it.
      queue.unseen(() => {
        queue.serve({ slots: 4 });
      });
      queue.add({ slots: 1 });
      return queue;
    });
    const { gaps, observations } = replayed(events);
    expect(gaps.length).toBeGreaterThan(0);
    const advanced = observations.filter((seen) => seen.kind === "position.advanced");
    expect(advanced.every(({ flipped, undecided }) => flipped || undecided !== undefined)).toBe(
      true,
    );
  });

  test("between a loss mark and the next sample the tracer is to blame", () => {
    const events = told(true);
    const last = events.findLastIndex(({ kind, phase }) => kind === "add" && phase === "begin");
    events.splice(last, 0, { kind: "lost", phase: "begin", lostCount: 2 });
    expect(replayed(events).gaps.map(({ reason }) => reason)).toEqual([
      "the tracer lost events, and a get_buf was among them",
    ]);
  });
});

describe("exchanges", () => {
  // CPU 1's older sample stands behind CPU 0's newer one.
  const swapped = (gapNs: number): RingEvent[] => {
    const events = story((tell) => {
      const queue = tell.packed({ size: 16 });
      queue.serve({ slots: 3 });
      queue.add({ slots: 2 });
      return queue;
    });
    const newest = { ...(events.at(-2) as RingEvent), nextAvail: 5, time: 1_000_000, cpu: 0 };
    const older = { ...(events.at(-2) as RingEvent), time: 1_000_000 + gapNs, cpu: 1, pid: 2 };
    return [...events, newest, older];
  };

  test("counted on a clock that CPUs do not share, within 10 us", () => {
    const { replay, gaps } = replayed(swapped(5_000), false);
    expect(replay.exchanges).toBe(1);
    expect(gaps).toEqual([]);
  });

  test("not counted on an exact clock, nor further apart", () => {
    expect(replayed(swapped(5_000), true).replay.exchanges).toBe(0);
    expect(replayed(swapped(50_000), false).replay.exchanges).toBe(0);
  });
});

describe("a decision against a wanted notification", () => {
  const missed = (then: (queue: ReturnType<StoryTeller["packed"]>) => void): string[] =>
    decisions(
      replayed(
        story((tell) => {
          const queue = tell.packed({ size: 16 });
          queue.add({ slots: 3 });
          queue.kick({ needsKick: 0 });
          then(queue);
          return queue;
        }),
      ),
    );

  test("is missed when the trace ends", () => {
    expect(missed((queue) => queue.interrupt())).toEqual(["missed"]);
  });

  test("is undecided when nothing at all follows", () => {
    expect(missed(() => {})).toEqual(["the trace ends with the decision"]);
  });

  test("is served by a later notification", () => {
    expect(
      missed((queue) => {
        queue.add({ slots: 1 });
        queue.kick({ needsKick: 1 });
      }),
    ).toEqual(["held", "held"]);
  });

  test("is served when the buffer comes back", () => {
    expect(
      missed((queue) => {
        queue.use();
        queue.get();
      }),
    ).toEqual(["held"]);
  });

  test("is undecided when the device moved its word", () => {
    expect(
      missed((queue) => {
        queue.state.deviceOffWrap = 0x8003;
        queue.enableCb();
      }),
    ).toEqual(["the device moved its event word around the decision"]);
  });

  test("is undecided when a buffer came back unseen", () => {
    expect(
      missed((queue) => {
        queue.unseen(() => {
          queue.use();
          queue.get();
        });
        queue.state.deviceOffWrap = 0x8000;
        queue.add({ slots: 1 });
      }),
    ).toEqual(["calls are missing: the used position moved without a get_buf in the trace"]);
  });

  test("is not served by a buffer that was published before", () => {
    const outcome = replayed(
      story((tell) => {
        const queue = tell.packed({ size: 16 });
        queue.add({ slots: 3 });
        queue.kick();
        queue.use();
        queue.add({ slots: 3 });
        queue.kick({ needsKick: 0 });
        queue.get();
        return queue;
      }),
    );
    expect(decisions(outcome)).toEqual(["held", "missed"]);
  });
});
