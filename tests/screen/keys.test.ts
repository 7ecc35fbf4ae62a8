import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readWaivers } from "../../src/pipeline/waivers.ts";
import { BINDINGS } from "../../src/tui/keymap.ts";
import { screenRows } from "../../src/tui/rows/frame.ts";
import { Played } from "./played.ts";

const STORY = "fixtures/stories/kick-missed/trace.txt";

let screen: Played;

beforeEach(async () => {
  screen = new Played();
  await screen.open([STORY]);
});

afterEach(() => screen.close());

/** What leads to where a key is pressed, and what it has to do there. */
interface Script {
  readonly before: readonly string[];
  readonly after: (screen: Played) => void | Promise<void>;
}

const chosen = (screen: Played): number => screen.model.seq;

/** Events of the findings in the story: lines 163 and 184. */
const FIRST = 150;
const SECOND = 171;

const SCRIPTS: Readonly<Record<string, Script>> = {
  down: { before: ["3"], after: (s) => expect(chosen(s)).toBe(FIRST + 1) },
  up: { before: ["3"], after: (s) => expect(chosen(s)).toBe(FIRST - 1) },
  pageDown: { before: ["3", "g"], after: (s) => expect(chosen(s)).toBeGreaterThan(20) },
  pageUp: { before: ["3", "G"], after: (s) => expect(chosen(s)).toBeLessThan(185 - 20) },
  first: { before: ["3"], after: (s) => expect(chosen(s)).toBe(0) },
  end: { before: ["3"], after: (s) => expect(chosen(s)).toBe(185) },
  open: { before: [], after: (s) => expect(s.model.view).toBe("findings") },
  pane: { before: ["2"], after: (s) => expect(s.model.findings.pane).toBe("proof") },
  back: { before: ["2", "3"], after: (s) => expect(s.model.view).toBe("findings") },
  quit: {
    before: [],
    after: (s) => {
      expect(s.model.ended).toBe(true);
      expect(s.asked).toEqual(["quit"]);
    },
  },
  cancel: { before: ["2", "tab"], after: (s) => expect(s.model.findings.pane).toBe("list") },
  overview: { before: ["2"], after: (s) => expect(s.model.view).toBe("overview") },
  findings: {
    before: [],
    after: (s) => {
      expect(s.model.view).toBe("findings");
      expect(s.text).toContain("needs_kick=0, and nothing later shows that the device noticed");
    },
  },
  events: {
    before: [],
    after: (s) => {
      expect(s.model.view).toBe("events");
      expect(s.model.events.page[s.model.events.cursor]?.seq).toBe(FIRST);
    },
  },
  ring: {
    before: [],
    after: (s) => {
      expect(s.model.view).toBe("ring");
      expect(s.model.ring.picture?.key).toBe(s.model.case.findings[0]?.queue);
      expect(s.model.ring.picture?.seq).toBe(FIRST);
    },
  },
  requests: { before: [], after: (s) => expect(s.text).toContain("how they ended") },
  sql: { before: [], after: (s) => expect(s.text).toContain("asks the case in SQL") },
  nextView: { before: ["2"], after: (s) => expect(s.model.view).toBe("events") },
  previousView: { before: [], after: (s) => expect(s.model.view).toBe("sql") },
  lastView: { before: ["2", "3"], after: (s) => expect(s.model.view).toBe("findings") },
  nextFinding: {
    before: ["3"],
    after: async (s) => {
      expect(chosen(s)).toBe(SECOND);
      await s.press("e");
      expect(s.model.message?.text).toBe("no finding after this event");
    },
  },
  previousFinding: { before: ["3", "G"], after: (s) => expect(chosen(s)).toBe(SECOND) },
  time: {
    before: ["3"],
    after: async (s) => {
      await s.press("4.773645", "enter");
      expect(chosen(s)).toBe(SECOND);
      await s.press("t", "-928us", "enter");
      expect(chosen(s)).toBe(FIRST);
      await s.press("t", "soon", "enter");
      expect(s.model.message).toMatchObject({ tone: "error" });
      expect(s.model.message?.text).toContain("soon is no time");
    },
  },
  goto: {
    before: ["3"],
    after: async (s) => {
      await s.press("L184", "enter");
      expect(chosen(s)).toBe(SECOND);
      await s.press("#", "7", "enter");
      expect(chosen(s)).toBe(7);
      await s.press("#", "186", "enter");
      expect(s.model.message?.text).toBe("the last event is 185");
    },
  },
  mark: {
    before: ["3"],
    after: async (s) => {
      await s.press("a");
      expect(s.model.marks).toEqual([{ name: "a", seq: FIRST }]);
      s.reopen();
      expect(s.model.marks).toEqual([{ name: "a", seq: FIRST }]);
    },
  },
  toMark: {
    before: ["3", "m", "a", "G"],
    after: async (s) => {
      await s.press("a");
      expect(chosen(s)).toBe(FIRST);
      await s.press("'", "b");
      expect(s.model.message?.text).toBe("there is no mark b");
    },
  },
  nextMark: { before: ["3", "m", "a", "g"], after: (s) => expect(chosen(s)).toBe(FIRST) },
  previousMark: { before: ["3", "m", "a", "G"], after: (s) => expect(chosen(s)).toBe(FIRST) },
  filter: {
    before: ["3"],
    after: async (s) => {
      await s.press("kind = adx");
      expect(s.text).toContain("no kind is adx");
      // What is wrong does not go through.
      await s.press("enter");
      expect(s.model.prompt?.kind).toBe("filter");
      await s.press("backspace", "d", "enter");
      expect(s.model.prompt).toBeUndefined();
      expect(s.model.events.page.length).toBeGreaterThan(3);
      expect(s.model.events.page.every(({ kind }) => kind === "add")).toBe(true);
    },
  },
  unfilter: {
    before: ["3", "f", "kind = add", "enter"],
    after: (s) => {
      expect(s.model.events.filter).toBe("");
      expect(s.model.events.page.some(({ kind }) => kind !== "add")).toBe(true);
    },
  },
  search: {
    before: ["3", "g"],
    after: async (s) => {
      await s.press("detach_buf", "enter");
      const at = s.model.events.page[s.model.events.cursor];
      expect(at?.func).toBe("detach_buf_packed");
      await s.press("/", "no such thing", "enter");
      expect(s.model.message?.text).toContain("nothing after this event fits");
    },
  },
  searchNext: {
    before: ["3", "g", "/", "kick_prepare", "enter"],
    after: (s) => expect(s.model.events.page[s.model.events.cursor]?.kind).toBe("kickPrepare"),
  },
  searchPrevious: {
    before: ["3", "/", "kick_prepare", "enter"],
    after: (s) => expect(chosen(s)).toBe(FIRST),
  },
  follow: {
    before: ["3", "#", "129", "enter"],
    after: async (s) => {
      expect(s.model.events.page[s.model.events.cursor]?.kind).toBe("kickPrepare");
      await s.press("o");
      expect(s.model.message?.text).toContain("belongs to no single buffer");
    },
  },
  followBack: {
    before: ["3", "#", "129", "enter"],
    after: (s) => expect(s.model.message?.text).toBe("the buffer's way begins here"),
  },
  waive: {
    before: ["2"],
    after: async (s) => {
      await s.press("enter");
      expect(s.model.message?.text).toBe("a waiver needs a reason");
      await s.press("w", "the host polls", "enter");
      expect(s.text).toContain("waived: the host polls");
      s.reopen();
      await s.press("2");
      expect(s.text).toContain("waived: the host polls");
      // The same for patch review.
      const path = join(s.folder, "waivers.toml");
      await s.press("ctrl-s", "ctrl-u", path, "enter");
      expect(readWaivers(path, ["queue/kick-missed"])).toMatchObject([
        { rule: "queue/kick-missed", reason: "the host polls" },
      ]);
    },
  },
  stepOn: { before: ["r"], after: (s) => expect(s.model.ring.picture?.seq).toBe(FIRST + 1) },
  stepBack: { before: ["r"], after: (s) => expect(s.model.ring.picture?.seq).toBe(FIRST - 1) },
  changeOn: { before: ["r", ","], after: (s) => expect(s.model.ring.before).toBeDefined() },
  changeBack: {
    before: ["r"],
    after: (s) => expect(s.model.ring.picture?.seq).toBeLessThan(FIRST),
  },
  lapOn: {
    before: ["r", "<"],
    after: (s) => expect(s.model.ring.picture?.seq).toBeGreaterThan(60),
  },
  lapBack: { before: ["r"], after: (s) => expect(s.model.ring.picture?.seq).toBeLessThan(FIRST) },
  nextQueue: {
    before: ["r"],
    after: (s) => expect(s.model.ring.queue).not.toBe(s.model.case.findings[0]?.queueId),
  },
  previousQueue: {
    before: ["r", "}"],
    after: (s) => expect(s.model.ring.queue).toBe(s.model.case.findings[0]?.queueId),
  },
  nextLeg: { before: ["5"], after: (s) => expect(s.model.requests.leg).not.toBe("add_to_return") },
  console: {
    before: [],
    after: async (s) => {
      await s.press("select seq, func from events where line = 184", "enter");
      expect(s.model.view).toBe("sql");
      expect(s.model.sql.answer?.rows).toEqual([[String(SECOND), "virtqueue_kick_prepare"]]);
      await s.press("enter");
      expect([s.model.view, chosen(s)]).toEqual(["events", SECOND]);
      await s.press(";", "select nothing", "enter");
      expect(s.text).toContain("syntax error");
      s.reopen();
      expect(s.model.sql.history).toHaveLength(2);
    },
  },
  command: {
    before: [],
    after: async (s) => {
      await s.press("waive");
      expect(s.model.prompt?.choices[0]?.action).toBe("waive");
      await s.press("enter");
      expect([s.model.view, s.model.prompt?.kind]).toEqual(["findings", "waive"]);
    },
  },
  same: {
    before: ["2"],
    after: async (s) => {
      expect(s.text).toContain("FROM finding_evidence");
      await s.press("y");
      expect(s.copied[0]).toContain("$ vringscope rules queue/kick-missed");
    },
  },
  copy: {
    before: ["2"],
    after: (s) => {
      expect(s.copied[0]).toContain("error: queue/kick-missed");
      expect(s.copied[0]).toContain("fingerprint");
    },
  },
  save: {
    before: ["3", "f", "kind = kickPrepare and phase = begin", "enter"],
    after: async (s) => {
      const path = join(s.folder, "kicks.csv");
      await s.press("ctrl-u", path, "enter");
      expect(existsSync(path)).toBe(true);
      expect(readFileSync(path, "utf8").split("\r\n")[0]).toContain("seq,line");
      await s.press("ctrl-s", "ctrl-u", path, "enter");
      expect(s.model.message?.text).toContain("exists");
    },
  },
  theme: { before: [], after: (s) => expect(s.model.theme).toBe("dark") },
  redraw: { before: [], after: (s) => expect(s.asked).toEqual(["redraw"]) },
  suspend: { before: [], after: (s) => expect(s.asked).toEqual(["suspend"]) },
  help: {
    before: [],
    after: async (s) => {
      expect(s.text).toContain("keys: overview");
      await s.press("x");
      expect(s.model.overlay).toBeUndefined();
    },
  },
};

describe("every key of the table", () => {
  test("has a help and a script", () => {
    const ids = BINDINGS.map(({ id }) => id);
    expect(Object.keys(SCRIPTS).sort()).toEqual([...ids].sort());
    for (const { help, keys } of BINDINGS) {
      expect(help).not.toBe("");
      expect(keys).not.toEqual([]);
    }
  });

  test("does one thing in a view", () => {
    for (const view of ["overview", "findings", "events", "ring", "requests", "sql"] as const) {
      const keys = BINDINGS.filter(({ views }) => views === "all" || views.includes(view)).flatMap(
        (binding) => binding.keys,
      );
      expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
    }
  });

  const all = BINDINGS.flatMap(({ id, keys }) => keys.map((key) => [key, id] as const));
  test.each(all)("%s: %s", async (key, id) => {
    const script = SCRIPTS[id];
    if (script === undefined) throw new Error(`${id} has no script`);
    await screen.press(...script.before, key);
    await script.after(screen);
  });
});

describe("the ring", () => {
  const styleOf = (text: string): string | undefined =>
    screenRows(screen.model)
      .flat()
      .find((piece) => piece.text.includes(text))?.style;

  test("marks what the last step changed: positions, words, counts and buffers", async () => {
    await screen.press("r", "#", "148", "enter", "l");
    expect([styleOf("next list to unknown"), styleOf("in flight 1")]).toEqual([
      "changed",
      "changed",
    ]);
    await screen.press("l");
    expect([styleOf("num_added 3"), styleOf("next list to slot 2")]).toEqual([
      "changed",
      "changed",
    ]);
    expect([styleOf("next used at slot"), styleOf("in flight 1")]).toEqual(["plain", "plain"]);
    await screen.press("h", "h");
    expect(styleOf("no longer in flight: added at event 148")).toBe("changed");
  });

  test("shows all segments of the chosen buffer", async () => {
    await screen.resize(80, 24);
    await screen.press("r");
    expect(screen.text).not.toContain("W 131072");
    await screen.press("tab");
    expect(screen.text).toContain("3 segments: R 16 at 0xa427590, W 131072 at 0x2939000, W 1");
  });

  test("says once of a split queue that no event tells whose slots are", async () => {
    screen.close();
    screen = new Played();
    await screen.open(["fixtures/stories/split-event-idx/trace.txt"], { columns: 80, rows: 24 });
    await screen.press("r");
    // Of this queue the first event is a later one: a step leads there.
    expect(screen.text).toContain("l goes on to its next event");
    await screen.press("l");
    expect(screen.text).toContain("table     0-15: whose these are no event tells");
    expect(screen.text).not.toContain("????");
    expect(screen.text).not.toMatch(/\n\n\n.*avail\.idx/);
    // Once both ends are known the entries are drawn, and the letters explained.
    await screen.press("l", "l", "l", "l", "l", "l", "l", "l");
    expect(screen.text).toMatch(/^avail +> /m);
    expect(screen.text).toContain("in avail and used: A and U wait to be taken");
  });
});

describe("at 80x24", () => {
  test("the overview reaches its last row, and cuts no count of a queue", async () => {
    screen.close();
    screen = new Played();
    await screen.open(
      ["fixtures/stories/kick-missed/trace.txt", "fixtures/stories/split-flags/trace.txt"],
      { columns: 80, rows: 24 },
    );
    expect(screen.text).toMatch(/in flight {2}kicks.*findings$/m);
    const last = screen.model.case.reasons.at(-1)?.rule ?? "";
    await screen.press("G");
    expect(screen.text).toContain(last);
    await screen.press("enter");
    expect(screen.model.message?.text).toContain(`vringscope rules ${last}`);
    // Above the reasons stand the sources: the second begins with its own first event.
    for (const _ of screen.model.case.reasons) await screen.press("k");
    await screen.press("enter");
    expect([screen.model.view, screen.model.seq]).toEqual([
      "events",
      screen.model.case.sources[1]?.firstEvent,
    ]);
  });

  test("the proof of a finding is read to its end, and enter stays at its last event", async () => {
    await screen.resize(60, 14);
    await screen.press("2", "tab", "G");
    expect(screen.text).toContain("S: the SQL that gives this");
    await screen.press("k");
    expect(screen.text).not.toContain("S: the SQL that gives this");
    await screen.press("G", "k", "enter");
    const { effects } = screen.model.findings.proof ?? { effects: [] };
    expect([screen.model.view, chosen(screen)]).toEqual(["events", effects.at(-1)?.seq]);
  });

  test("the original line stands first in the detail, which turns back at once from its end", async () => {
    await screen.resize(80, 24);
    await screen.press("3", "enter");
    expect(screen.text).toMatch(/^ {2}original +dd-113/m);
    await screen.press("tab", "G");
    const end = screen.text;
    await screen.press("j", "j");
    expect(screen.text).toBe(end);
    await screen.press("k");
    expect(screen.text).not.toBe(end);
  });

  test("a help that was scrolled past its end comes back with one key", async () => {
    await screen.resize(80, 24);
    await screen.press("?", ...Array(60).fill("j"));
    const end = screen.text;
    await screen.press("k");
    expect(screen.text).not.toBe(end);
  });

  test("the request table shows the durations of every leg", async () => {
    await screen.resize(80, 24);
    await screen.press("5");
    expect(screen.text).toMatch(/leg {2}.*p50.*most {2}unknown$/m);
    // The leg that the slowest are sorted by is among their columns.
    await screen.press("G");
    expect(screen.text).toMatch(/seq .*add_to_return/);
  });

  test("a row of an answer wider than the screen is told whole", async () => {
    await screen.resize(80, 24);
    await screen.press(";", "select * from events where seq = 150", "enter");
    expect(screen.text).toContain("device_off_wrap=");
  });

  test("a long line shows what is typed at its end", async () => {
    await screen.resize(80, 24);
    await screen.press(";", `select ${"1 + ".repeat(40)}`, "X");
    expect(screen.rows.at(-1)).toMatch(/1 \+ X$/);
  });
});

test("at 40x10 the view at hand has its name, and the way back its key", async () => {
  await screen.press("6");
  await screen.resize(40, 10);
  expect(screen.rows[0]).toContain("6 sql");
  expect(screen.rows.at(-1)).toContain("q: back");
});

test("where nothing can be kept no note claims to be", async () => {
  screen.reopen({ columns: 80, rows: 24 }, { unkept: "the folder is read-only" });
  await screen.press("2", "w", "the host polls", "enter");
  expect(screen.model.message?.text).toBe(
    "queue/kick-missed is waived for this session: the host polls",
  );
  expect(screen.text).toContain("not kept: the case cannot be written");
});
