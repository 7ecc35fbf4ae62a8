import { describe, expect, test } from "vitest";
import { EventBatch, StringTable } from "../model/batch.ts";
import type { RingEvent } from "../model/event.ts";
import { Replay } from "../replay/replay.ts";
import { Check } from "./check.ts";
import { RULES } from "./index.ts";
import { StoryTeller } from "./scenario.ts";

function idsFound(events: readonly RingEvent[]): string[] {
  const check = new Check(RULES);
  const replay = new Replay({
    observe: (observation) => check.observe(observation),
    gap: () => {},
    pointerText: String,
    clock: () => ({ major: 0, minor: 0, unit: "seconds" }),
  });
  const batch = new EventBatch(events.length, new StringTable());
  for (const [seq, event] of events.entries()) batch.append(event, seq);
  replay.step(batch);
  replay.end(String);
  return check.findings().map(({ rule }) => rule);
}

describe.each(RULES.map((rule) => [rule.id, rule] as const))("%s", (id, rule) => {
  test.each(rule.examples.violates.map((story, i) => [i + 1, story] as const))(
    "violating example %i yields this finding and no other",
    (_number, story) => {
      expect(idsFound(story(new StoryTeller()))).toEqual([id]);
    },
  );

  test.each(rule.examples.obeys.map((story, i) => [i + 1, story] as const))(
    "obeying example %i yields no finding",
    (_number, story) => {
      expect(idsFound(story(new StoryTeller()))).toEqual([]);
    },
  );
});
