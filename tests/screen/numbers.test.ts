import { afterEach, describe, expect, test } from "vitest";
import { SHARED, sharedPresent, sharedTitle } from "../run.ts";
import { Played } from "./played.ts";

/** Three captures where they are at hand; their cuts in the project always. */
const FIXTURES = [
  "fixtures/stories/kick-missed/trace.txt",
  "fixtures/stories/num-free-miscounted/trace.txt",
  "fixtures/stories/balloon-kick-early/trace.txt",
];
const CAPTURES = ["packed-irq", "split-noevent", "driver-numfree-leak-packed"];

let screen: Played | undefined;

afterEach(() => {
  screen?.close();
  screen = undefined;
});

/** The SQL on the screen, by its title; values that it binds stand behind it. */
function shownQueries(text: string): ReadonlyMap<string, { sql: string; values: string[] }> {
  const queries = new Map<string, { sql: string; values: string[] }>();
  for (const [, title = "", sql = "", after = ""] of text.matchAll(
    /^-- ([^?\n][^\n]*)\n([\s\S]*?);\n?((?:-- \?\d+: [^\n]*\n?)*)(?=\n|$|--)/gm,
  )) {
    const values = [...after.matchAll(/^-- \?\d+: (.*)$/gm)].map(([, value = ""]) => value);
    queries.set(title, { sql, values });
  }
  return queries;
}

async function checkNumbers(paths: readonly string[]): Promise<void> {
  screen = new Played();
  await screen.open(paths);
  await overview(screen);
  await requests(screen);
}

/** Rows as text, NULL as the screen shows it. */
function asked(of: Played, query: { sql: string; values: string[] } | undefined): string[][] {
  if (query === undefined) throw new Error("the screen shows no such query");
  const { rows } = of.reader.query(query.sql, query.values);
  return [...rows].map((row) => row.map((cell) => (cell === null ? "-" : String(cell))));
}

function sameOf(of: Played): string {
  const { overlay } = of.model;
  return overlay?.kind === "same" ? overlay.text : "";
}

async function overview(of: Played): Promise<void> {
  await of.press("1", "S");
  const queries = shownQueries(sameOf(of));
  const { queues, summary, sources, reasons } = of.model.case;
  expect(
    asked(of, queries.get("verdict, findings by severity, checks decided and undecided")),
  ).toEqual([
    [
      summary.verdict,
      ...[summary.errors, summary.warnings, summary.notes, summary.checked, summary.undecided].map(
        String,
      ),
    ],
  ]);
  const counted = asked(
    of,
    queries.get("queues, with their events, buffers, kick decisions, kicks and interrupts"),
  );
  expect(counted.map((row) => row.slice(4))).toEqual(
    queues.map((queue) =>
      [
        queue.events,
        queue.requests,
        queue.decisions,
        queue.kicks,
        queue.interrupts,
        queue.findings,
      ].map(String),
    ),
  );
  expect(asked(of, queries.get("kick decisions that went against a notification"))).toEqual(
    queues.map(({ key, suppressed }) => [key, String(suppressed)]),
  );
  expect(asked(of, queries.get("buffers in flight when the trace ends"))).toEqual(
    queues.map(({ key, inFlight }) => [key, String(inFlight)]),
  );
  const ledgers = asked(
    of,
    queries.get("sources, what became of their lines, and what their tracers lost"),
  );
  expect(ledgers.map((row) => row.slice(7, 11).map(Number))).toEqual(
    sources.map(({ lines, events, notes, rejected }) => [lines, events, notes, rejected]),
  );
  const why = asked(of, queries.get("why checks were undecided"));
  expect(new Set(why.map((row) => row.join("|")))).toEqual(
    new Set(reasons.map(({ rule, reason, count }) => `${rule}|${reason}|${count}`)),
  );
  // And what is drawn is what was counted.
  await of.press("esc");
  await of.resize(240, 400);
  for (const { events, requests: buffers } of queues) {
    expect(of.text).toMatch(new RegExp(`\\b${events}\\b.*\\b${buffers}\\b`));
  }
  // Bars of activity stand for the same events.
  for (const { id, events } of queues) {
    const bars = of.model.case.activity.get(id) ?? [];
    expect(bars.reduce((sum, count) => sum + count, 0)).toBe(events);
  }
}

async function requests(of: Played): Promise<void> {
  await of.press("5");
  for (const steps of [[], ["s"], ["}"], ["s"]]) {
    await of.press(...steps, "S");
    const { data, leg } = of.model.requests;
    const queries = shownQueries(sameOf(of));
    await of.press("esc");
    expect(asked(of, queries.get("how they ended"))).toEqual(data?.ends.rows);
    expect(
      asked(of, queries.get("how long each leg took, in nanoseconds (of an integer clock: ticks)")),
    ).toEqual(data?.legs.rows);
    expect(asked(of, queries.get(`the slowest by ${leg}`))).toEqual(data?.slowest.rows);
    expect(
      asked(of, queries.get(`buffers by ${leg}, in powers of two`)).map(([, count]) =>
        Number(count),
      ),
    ).toEqual(data?.histogram.map(({ count }) => count));
  }
}

describe("every number on the screen is the answer of the SQL that it shows", () => {
  test.each(FIXTURES)("%s", (path) => checkNumbers([path]));
});

describe.skipIf(!sharedPresent)(`and of captures${sharedTitle}`, () => {
  test.each(CAPTURES)("%s", (capture) => checkNumbers([`${SHARED}/captures/${capture}`]));
});
