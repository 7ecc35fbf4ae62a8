import { expect, test } from "vitest";
import type { Party, Place, Severity } from "../model/finding.ts";
import type { Observation, QueueView } from "../replay/observation.ts";
import { Check } from "./check.ts";
import { defineRule, type Rule } from "./rule.ts";

const place = (seq: number): Place => ({ seq, line: seq, time: seq, cpu: 0 });

function queueOf(number: number): QueueView {
  const id = `q${number}`;
  return { number, id, name: id, index: number, layout: "packed", size: 8, ordinal: 0 };
}

const first = queueOf(0);
const second = queueOf(1);

/** A rule that is broken whenever `broken` says so. */
function rule(id: string, follows: readonly string[] = [], severity: Severity = "error"): Rule {
  return defineRule({
    id,
    title: "Broken.",
    why: "Because.",
    class: "protocol",
    severity,
    party: "driver",
    clause: null,
    covers: [],
    needs: "nothing",
    follows,
    on: {
      "notify.awaited"(seen, judge) {
        const [name, party] = (seen.undecided as string).split(" by ");
        if (name !== id) return;
        judge.violated({
          place: seen.place,
          message: `${id} at ${seen.place.seq}`,
          expected: "",
          found: "",
          evidence: [],
          ...(party === undefined ? {} : { party: party as Party }),
          shape: "",
        });
      },
    },
    examples: { violates: [], obeys: [] },
  });
}

const broken = (name: string, seq: number, queue = first): Observation => ({
  kind: "notify.awaited",
  queue,
  place: place(seq),
  undecided: name,
  seen: false,
  evidence: [],
});

const effect = (message: string, seq: number): Observation => ({
  kind: "effect.seen",
  queue: first,
  sort: message,
  effect: { message, place: place(seq) },
});

/** Each finding with its effects, as text. */
function told(rules: readonly Rule[], observations: readonly Observation[]): string[] {
  const check = new Check(rules);
  for (const observation of observations) check.observe(observation);
  return check
    .findings()
    .map(({ queue, message, effects }) =>
      [`${queue}: ${message}`, ...effects.map((one) => one.message)].join(", "),
    );
}

const cause = rule("my/cause");
const middle = rule("my/middle", ["my/cause"]);
const last = rule("my/last", ["my/middle"]);
const other = rule("my/other");
const RULES = [cause, middle, last, other];

test("what follows from a mistake is told under it", () => {
  expect(told(RULES, [broken("my/cause", 1), broken("my/middle", 2)])).toEqual([
    "q0: my/cause at 1, my/middle at 2",
  ]);
});

test("a cause that is recognised after its effect is still the cause", () => {
  expect(told(RULES, [broken("my/middle", 2), broken("my/cause", 1)])).toEqual([
    "q0: my/cause at 1, my/middle at 2",
  ]);
  // The same from one call.
  expect(told(RULES, [broken("my/middle", 2), broken("my/cause", 2)])).toEqual([
    "q0: my/cause at 2, my/middle at 2",
  ]);
});

test("an effect of an effect belongs to the first cause, in whatever order they are recognised", () => {
  const seen = [broken("my/cause", 1), broken("my/middle", 2), broken("my/last", 3)];
  const expected = ["q0: my/cause at 1, my/middle at 2, my/last at 3"];
  for (const [a, b, c] of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const) {
    expect(told(RULES, [seen[a], seen[b], seen[c]] as Observation[])).toEqual(expected);
  }
});

test("what happened before a mistake does not follow from it", () => {
  expect(told(RULES, [broken("my/cause", 5), broken("my/middle", 2)])).toEqual([
    "q0: my/middle at 2",
    "q0: my/cause at 5",
  ]);
});

test("mistakes that have nothing to do with each other stay two findings", () => {
  expect(told(RULES, [broken("my/cause", 1), broken("my/other", 2)])).toEqual([
    "q0: my/cause at 1",
    "q0: my/other at 2",
  ]);
  // Nor does a mistake on one queue explain one on another, though both come in their order.
  expect(told(RULES, [broken("my/middle", 4, second), broken("my/cause", 1)])).toEqual([
    "q0: my/cause at 1",
    "q1: my/middle at 4",
  ]);
  // The link between them is not there.
  expect(told(RULES, [broken("my/cause", 1), broken("my/last", 2)])).toEqual([
    "q0: my/cause at 1",
    "q0: my/last at 2",
  ]);
});

test("the second violation of a rule is an effect of the first, by place, and the rest are counted", () => {
  expect(
    told(
      RULES,
      [7, 3, 9, 5].map((seq) => broken("my/cause", seq)),
    ),
  ).toEqual(["q0: my/cause at 3, my/cause at 5 (and 2 more)"]);
  expect(
    told(RULES, [broken("my/cause", 1), ...[4, 2, 3].map((seq) => broken("my/middle", seq))]),
  ).toEqual(["q0: my/cause at 1, my/middle at 2 (and 2 more)"]);
});

test("the driver's violation of a rule does not hide the device's", () => {
  expect(told(RULES, [broken("my/cause", 1), broken("my/cause by device", 2)])).toEqual([
    "q0: my/cause at 1",
    "q0: my/cause at 2",
  ]);
});

test("an error is not hidden under a warning", () => {
  const weak = rule("my/weak", [], "warning");
  const strong = rule("my/strong", ["my/weak"]);
  expect(told([weak, strong], [broken("my/weak", 1), broken("my/strong", 2)])).toEqual([
    "q0: my/weak at 1",
    "q0: my/strong at 2",
  ]);
});

test("of two rules that may explain each other, the first by place is the cause", () => {
  const one = rule("my/one", ["my/two"]);
  const two = rule("my/two", ["my/one"]);
  const folded = ["q0: my/two at 3, my/one at 4"];
  expect(told([one, two], [broken("my/two", 3), broken("my/one", 4)])).toEqual(folded);
  expect(told([one, two], [broken("my/one", 4), broken("my/two", 3)])).toEqual(folded);
  expect(told([one, two], [broken("my/two", 3), broken("my/one", 3)])).toEqual([
    "q0: my/two at 3, my/one at 3",
  ]);
});

test("what was seen since the first mistake of a queue belongs to it, however late it is recognised", () => {
  const seen = [effect("refused", 1), effect("refused", 4), effect("refused", 6)];
  const expected = ["q0: my/cause at 3, refused (and 2 more)"];
  const after = effect("refused", 8);
  expect(told(RULES, [...seen, broken("my/cause", 3), after])).toEqual(expected);
  expect(told(RULES, seen)).toEqual([]);
  // Not to the second one, nor to a mistake that came later.
  expect(told(RULES, [broken("my/cause", 3), broken("my/other", 5), after])).toEqual([
    "q0: my/cause at 3, refused",
    "q0: my/other at 5",
  ]);
  expect(told(RULES, [...seen, broken("my/cause", 7)])).toEqual(["q0: my/cause at 7"]);
});
