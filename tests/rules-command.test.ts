import { describe, expect, test } from "vitest";
import { ruleAccount } from "../src/pipeline/story.ts";
import { ruleText } from "../src/report/rule-text.ts";
import { storyLines } from "../src/report/story.ts";
import { bindsSince } from "../src/rules/choice.ts";
import { RULES } from "../src/rules/index.ts";
import { StoryTeller } from "../src/rules/scenario.ts";
import { SPEC_VERSIONS } from "../src/virtio/clauses.ts";
import { vringscopeHere } from "./run.ts";

test.each(RULES.map((rule) => [rule.id, rule] as const))("%s is told in full", (id, rule) => {
  const account = ruleAccount(rule, RULES);
  expect(account.violating.findings.map((finding) => finding.rule)).toEqual([id]);
  for (const spec of SPEC_VERSIONS) {
    const text = ruleText(account, spec);
    expect(text).toContain(`how that looks in a report\n  ${rule.severity}: ${id}\n`);
    expect(text.includes(`not binding in virtio ${spec}`)).toBe(bindsSince(rule) > spec);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
    // What it covers is told in words, not by number alone.
    for (const row of rule.covers) expect(text).toMatch(new RegExp(`  ${row} \\(.*\\): \\S`));
  }
  for (const event of [...storyLines(account.violating.events), ...storyLines(account.obeying)]) {
    expect(event.length).toBeLessThanOrEqual(100);
  }
});

describe("a story in words", () => {
  test("every story of every rule has some", () => {
    for (const { id, examples } of RULES) {
      for (const story of [...examples.violates, ...examples.obeys]) {
        const text = storyLines(story(new StoryTeller())).join("\n");
        expect([id, /undefined|NaN|\[object|null/.exec(text)?.[0]]).toEqual([id, undefined]);
        expect(text.split("\n").every((line) => line.length <= 100)).toBe(true);
      }
    }
  });

  test("of a packed ring: stores to one slot in one line, in their order", () => {
    const queue = new StoryTeller().ring({ layout: "packed", size: 4 });
    queue.add({ readable: 1, writable: 1 });
    queue.use({ len: 64 });
    queue.enable();
    queue.kick(1);
    expect(storyLines(queue.events)).toEqual([
      "1  the queue is created: packed, 4 slots, EVENT_IDX, INDIRECT_DESC",
      "2  driver: add: token 0x1000, result 0, 64 bytes device-readable, 64 bytes device-writable",
      "     slot 0: addr 0x10000, len 64, id 0",
      "     slot 1: flags 0x0082 (WRITE AVAIL), addr 0x11000, len 64, id 0",
      "     barrier for stores",
      "     slot 0: flags 0x0081 (NEXT AVAIL)",
      "3  device: marks used",
      "     slot 0: id 0, len 64",
      "     barrier for stores",
      "     slot 0: flags 0x8082 (WRITE AVAIL USED)",
      "4  driver: get_buf: token 0x1000",
      "5  driver: enable_cb: last_used slot 2 wrap 1, result 1",
      "     driver event: off_wrap slot 2 wrap 1",
      "     barrier for stores",
      "     driver event: flags 2 (DESC)",
      "6  driver: kick_prepare: needs_kick 1",
      "     full barrier",
    ]);
  });

  test("of a split ring", () => {
    const queue = new StoryTeller().ring({ layout: "split", size: 4 });
    queue.add({ readable: 2, indirect: true });
    queue.use();
    queue.enable({ ahead: 1 });
    expect(storyLines(queue.events)).toEqual([
      "1  the queue is created: split, 4 entries, EVENT_IDX, INDIRECT_DESC",
      "2  driver: add: token 0x1000, result 0, 64+64 bytes device-readable",
      "     indirect table of 32 bytes",
      "     table entry at 0x0: addr 0x10000, len 64, next 1, flags 0x0001 (NEXT)",
      "     table entry at 0x10: addr 0x11000, len 64, next 2, flags 0x0000",
      "     descriptor 0: flags 0x0004 (INDIRECT), addr 0x3000000000, len 32, next 1",
      "     avail: ring[0] = 0",
      "     barrier for stores",
      "     avail: idx 1",
      "3  device: marks used",
      "     used: ring[0].id = 0, ring[0].len = 0",
      "     barrier for stores",
      "     used: idx 1",
      "4  driver: get_buf: token 0x1000",
      "5  driver: enable_cb: last_used 1, result 1",
      "     avail: used_event 2",
    ]);
  });

  test("of probes: a call and its return are one line; a long one is cut in its middle", () => {
    const queue = new StoryTeller().packed({ size: 4 });
    queue.add({ slots: 1 });
    expect(storyLines(queue.events)).toEqual([
      "1  the queue is created: packed, 4 slots, EVENT_IDX, index 0",
      "2  driver: add: next_avail 0, avail_wrap 1, last_used slot 0 wrap 1, num_free 4, num_added 0,",
      "     token 0x1000 -> result 0",
    ]);
    for (let i = 0; i < 40; i++) queue.interrupt();
    const lines = storyLines(queue.events);
    expect(lines).toHaveLength(37);
    expect(lines[6]).toBe("... 7 lines like these ...");
    expect(lines.at(-1)).toBe("43  driver: takes an interrupt");
  });
});

describe("vringscope rules", () => {
  test("lists every rule in one line", async () => {
    const { stdout, status } = await vringscopeHere(["rules"]);
    expect(status).toBe(0);
    const [head, ...lines] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^id +severity +class +party +section +what went wrong$/);
    expect(lines.map((line) => line.split(" ")[0])).toEqual(RULES.map(({ id }) => id));
    const wrap = (await vringscopeHere(["rules", "--spec", "1.0"])).stdout;
    expect(wrap).toMatch(/^packed\/avail-wrap-not-flipped +error +protocol +driver +1\.1\+ /m);
    expect(wrap).toMatch(/^split\/next-mislinked +error +protocol +driver +2\.4\.5 /m);
  });

  test("explains those that are named or fit a pattern", async () => {
    const one = (await vringscopeHere(["rules", "queue/kick-missed", "--spec", "1.1"])).stdout;
    expect(one).toContain("virtio 1.1, 2.7.10 Driver and Device Event Suppression");
    expect(one).toContain("bugs that shipped\n  Linux virtio_ring 1acfe2c12258:");
    // Where it cites another clause on a split queue, that is told as well.
    expect(
      (await vringscopeHere(["rules", "queue/kick-missed", "--spec", "1.0"])).stdout,
    ).toContain("virtio 1.0, 2.4.9.1 Driver Requirements: Available Buffer Notification");
    const two = (await vringscopeHere(["rules", "packed/off-wrap-*"])).stdout;
    expect(two).toMatch(/^packed\/off-wrap-bit-missing\n/);
    expect(two).toMatch(/^-{80}\n\npacked\/off-wrap-stale\n/m);
  });

  test("in JSON", async () => {
    const all = JSON.parse((await vringscopeHere(["rules", "--json", "--spec", "1.0"])).stdout);
    expect(all).toHaveLength(RULES.length);
    const [wrap] = JSON.parse(
      (await vringscopeHere(["rules", "--json", "packed/avail-wrap-*"])).stdout,
    );
    expect(wrap).toMatchObject({
      id: "packed/avail-wrap-not-flipped",
      clause: "virtio-1.3/2.8.1",
      section: "2.8.1",
      since: "1.1",
      binds: true,
      covers: ["INV-PK-03"],
    });
    expect(wrap.shipped[0]).toMatchObject({ project: "Linux virtio_ring" });
    expect(all.find(({ id }: { id: string }) => id === wrap.id)).toMatchObject({
      binds: false,
      section: null,
    });
  });

  test("an unknown id is a mistake of the command line", async () => {
    const { status, stdout, stderr } = await vringscopeHere(["rules", "queue/kick-mised"]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("nearest: queue/kick-missed,");
  });

  test.each(["check", "ring", "rules"])("help of %s tells of versions", async (command) => {
    const { status, stdout } = await vringscopeHere([command, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("--spec <version>");
  });
});
