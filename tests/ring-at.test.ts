import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CaseReader } from "../src/db/reader.ts";
import { CaseWriter, claimCase } from "../src/db/writer.ts";
import type { RingPicture } from "../src/model/ring-picture.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { type RingQueue, RingTime } from "../src/pipeline/ring-at.ts";
import { diffPictures, isChanged } from "../src/replay/picture/diff.ts";
import { packedPosition, positionDistance } from "../src/virtio/packed.ts";
import { randomOf, SHARED, STORIES, sharedPresent, sharedTitle } from "./run.ts";

const SEED = 20261126;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-ring-at-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function imported(name: string, paths: readonly string[]): Promise<string> {
  const path = join(folder, `${name}.db`);
  claimCase(path, { force: true });
  await checkSources(paths, { store: new CaseWriter(path) });
  return path;
}

interface Row {
  readonly id: number;
  readonly kind: string;
  readonly phase: string;
  readonly [column: string]: number | string | null;
}

const SETTLED = ["add", "kickPrepare", "getBuf", "enableCbPrepare", "enableCb", "enableCbDelayed"];

/** The slow, obvious picture: all events and requests of the queue from the start, by plain SQL. */
class Reference {
  readonly #queue: RingQueue;
  readonly #events: readonly Row[];
  readonly #requests: readonly Row[];
  /** By a call's begin: its end, or -1. */
  readonly #ends = new Map<number, number>();

  constructor(db: Database.Database, queue: RingQueue) {
    this.#queue = queue;
    this.#events = db
      .prepare(
        "SELECT e.*, c.kind, c.phase, format('0x%x', e.token) AS hex FROM event e JOIN call c ON c.id = e.call WHERE e.queue = ? ORDER BY e.id",
      )
      .all(queue.id) as Row[];
    this.#requests = db
      .prepare(
        "SELECT r.*, u.noticed, 'request' AS kind, '' AS phase FROM request r LEFT JOIN unseen u ON u.request = r.id WHERE r.queue = ? ORDER BY r.id",
      )
      .all(queue.id) as Row[];
  }

  /** Whether a call that began at an event has returned by `seq`. */
  #hasReturned(begin: number, kind: string, seq: number): boolean {
    let end = this.#ends.get(begin);
    if (end === undefined) {
      const at = this.#events.findIndex(
        (e) => e.id > begin && e.kind === kind && e.phase === "end",
      );
      end = this.#events[at]?.id ?? -1;
      this.#ends.set(begin, end);
    }
    return end <= seq;
  }

  inFlight(seq: number): number[] {
    return this.#requests
      .filter(({ id, returned_event: returned, noticed, state }) => {
        const back = (returned ?? noticed) as number | null;
        // Far from both ends nothing depends on when a call returned.
        if (id > seq || (back !== null && back < seq - 1000)) return false;
        if (!this.#hasReturned(id, "add", seq)) return false;
        if (returned !== null) {
          const kind = state === "detached" ? "detachUnused" : "getBuf";
          return (returned as number) > seq || !this.#hasReturned(returned as number, kind, seq);
        }
        return noticed === null || (noticed as number) > seq;
      })
      .map(({ id }) => id);
  }

  /** The last value of a column that a settled call began with, and whether no call has moved it since. */
  last(
    column: string,
    seq: number,
  ): { readonly value: number; readonly still: boolean } | undefined {
    const shows = (e: Row): boolean =>
      e.id <= seq && e.phase !== "end" && SETTLED.includes(e.kind) && e[column] !== null;
    const sample = this.#events.findLast(shows);
    if (sample === undefined) return undefined;
    const still = !this.#events.some(
      (e) => e.id > sample.id && e.id <= seq && e.phase === "end" && moves(e, column),
    );
    return { value: sample[column] as number, still };
  }

  word(flags: string, seq: number): number | undefined {
    const shows = (e: Row): boolean =>
      e.id <= seq && e.phase !== "end" && e.kind !== "poll" && e[flags] !== null;
    return this.#events.findLast(shows)?.[flags] as number | undefined;
  }

  /** Seqs of its events, of which a test picks. */
  seqs(): number[] {
    return this.#events.map(({ id }) => id);
  }

  compare(picture: RingPicture): void {
    const { seq } = picture;
    expect(picture.buffers.map((buffer) => buffer.seq)).toEqual(this.inFlight(seq));
    const { size, layout } = this.#queue;
    const check = (found: number | null, column: string): void => {
      const last = this.last(column, seq);
      if (last?.still === true && found !== null) expect(found, column).toBe(last.value);
      // From the return of a call that moves it until the next sample, nobody knows.
      if (last === undefined || !last.still) expect(found, column).toBeNull();
    };
    check(picture.numFree, "num_free");
    if (layout === "split") {
      check(picture.lastUsed, "last_used");
      const flags = this.word("driver_off_wrap", seq);
      if (picture.driverEvent !== null) expect(picture.driverEvent.flags).toBe(flags);
      return;
    }
    const { driverPosition, devicePosition } = picture;
    check(driverPosition?.slot ?? null, "next_avail");
    check(driverPosition?.wrap ?? null, "avail_wrap");
    check(
      devicePosition === null ? null : devicePosition.slot | (devicePosition.wrap << 15),
      "last_used",
    );
    if (picture.driverEvent !== null) {
      expect(picture.driverEvent.flags).toBe(this.word("driver_flags", seq));
    }
    if (picture.deviceEvent !== null) {
      expect(picture.deviceEvent.flags).toBe(this.word("device_flags", seq));
    }
    if (driverPosition === null || devicePosition === null) return;
    const from = packedPosition(devicePosition.slot, devicePosition.wrap, size);
    const to = packedPosition(driverPosition.slot, driverPosition.wrap, size);
    const out = positionDistance(from, to, size);
    const owned = picture.slots.filter(({ state }) => state === "available" || state === "used");
    if (out <= size) expect(owned).toHaveLength(out);
    for (const { buffer, slot } of owned) {
      if (buffer !== null) expect(picture.buffers[buffer]?.slots).toContain(slot);
    }
  }
}

/** Whether the return of a call moves what a column shows. */
function moves({ kind, ret, hex }: Row, column: string): boolean {
  if (kind === "add") return ret === 0 && column !== "last_used";
  if (kind === "getBuf") return hex !== "0x0" && (column === "last_used" || column === "num_free");
  return kind === "detachUnused" && hex !== "0x0";
}

function compareAll(path: string, picks: number): number {
  const reader = new CaseReader(path);
  const db = new Database(path, { readonly: true });
  const time = new RingTime(reader);
  const random = randomOf(SEED);
  let compared = 0;
  for (const queue of time.queues()) {
    if (queue.stores) continue;
    const reference = new Reference(db, queue);
    const seqs = reference.seqs();
    for (let i = 0; i < Math.min(picks, seqs.length); i++) {
      const seq = seqs[Math.floor(random() * seqs.length)] as number;
      const picture = time.at(queue.id, seq);
      expect(picture?.seq, `${path} queue ${queue.id}, seed ${SEED}`).toBe(seq);
      reference.compare(picture as RingPicture);
      compared++;
    }
  }
  db.close();
  reader.close();
  return compared;
}

test("pictures at random events are what all events and requests before say", async () => {
  let compared = 0;
  for (const [number, path] of STORIES.entries()) {
    compared += compareAll(await imported(`story${number}`, [path]), 60);
  }
  expect(compared).toBeGreaterThan(300);
});

describe.skipIf(!sharedPresent)(`of captures${sharedTitle}`, () => {
  test.each(["packed-snap16", "packed-irq", "split-noevent", "driver-numfree-leak-packed"])(
    "%s as well",
    async (name) => {
      expect(
        compareAll(await imported(name, [`${SHARED}/captures/${name}/trace.txt.gz`]), 80),
      ).toBeGreaterThan(80);
    },
  );

  test.each(["packed-blk-net-rng", "split-blk-net", "driver-kick-rfcv2-packed"])(
    "where a dump of %s stands, the picture agrees with what it decodes to",
    async (name) => {
      const path = await imported(`${name}-rings`, [`${SHARED}/captures/${name}`]);
      const db = new Database(path, { readonly: true });
      const snapshots = db.prepare("SELECT * FROM snapshot WHERE event IS NOT NULL").all() as Row[];
      const reader = new CaseReader(path);
      const time = new RingTime(reader);
      expect(snapshots.length).toBeGreaterThan(0);
      for (const dump of snapshots) {
        const picture = time.at(dump["queue"] as number, dump["event"] as number) as RingPicture;
        if (dump["layout"] === "split") expect(picture.availIdx).toBe(dump["avail_idx"]);
        else {
          expect(picture.driverPosition).toEqual({
            slot: dump["driver_slot"],
            wrap: dump["driver_wrap"],
          });
        }
        // The device goes on after the last event, and takes nothing back: what is in flight in the dump was then.
        const inFlight = db
          .prepare("SELECT slot FROM slot WHERE snapshot = ? AND state = 'available'")
          .pluck()
          .all(dump.id) as number[];
        if (dump["layout"] === "packed" && dump["certainty"] !== "ambiguous") {
          for (const slot of inFlight) expect(picture.slots[slot]?.state).toBe("available");
        }
        const word = JSON.parse(String(dump["driver_event"])) as { words: string } | null;
        // A word moves on with the calls behind; positions stand still where nothing is added.
        const isStale =
          time.next(picture.queue, picture.seq, "event", 1) !== undefined ||
          picture.unknown.some((text) => text.startsWith("what the driver's event words"));
        if (
          word !== null &&
          picture.driverEvent !== null &&
          !isStale &&
          picture.layout === "packed"
        ) {
          expect(picture.driverEvent.words).toBe(word.words);
        }
      }
      db.close();
      reader.close();
    },
  );
});

const RINGLOGS = [
  ...["packed-n4-e1-i0-s1", "packed-n7-e1-i1-s1", "split-n8-e1-i1-s1"].map(
    (name) => `fixtures/ringlog/${name}.jsonl`,
  ),
  "fixtures/legal/ring-split-deferred.jsonl",
  "fixtures/legal/ring-packed-inorder.jsonl",
];

interface Operation {
  readonly seq?: number;
  readonly actor: string;
  readonly mem?: readonly (readonly [string, string, number, string])[];
  readonly st?: Readonly<Record<string, number>>;
}

/** The bytes of a log's areas after each operation, and the driver's state, by the lines alone. */
function* byLines(
  text: string,
): Generator<{ areas: Map<string, Uint8Array>; state: Operation["st"] }> {
  const areas = new Map<string, Uint8Array>();
  let state: Operation["st"];
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const json = JSON.parse(line) as Operation & {
      type?: string;
      areas: Record<string, { len: number }>;
    };
    if (json.type === "header") {
      for (const [name, { len }] of Object.entries(json.areas))
        areas.set(name, new Uint8Array(len));
    }
    if (json.type !== undefined) continue;
    for (const [op, area, offset, hex] of json.mem ?? []) {
      if (op === "w") areas.get(area)?.set(Buffer.from(hex, "hex"), offset);
    }
    if (json.actor === "driver") state = json.st ?? state;
    yield { areas, state };
  }
}

function compareLog(path: string, text: string): void {
  const reader = new CaseReader(path);
  const time = new RingTime(reader);
  const [queue] = time.queues();
  if (queue === undefined) throw new Error("no queue");
  let seq = 0;
  for (const { areas, state } of byLines(text)) {
    const picture = time.at(queue.id, seq) as RingPicture;
    expect(picture.seq).toBe(seq);
    const desc = new DataView((areas.get("desc") as Uint8Array).buffer);
    const packed = queue.layout === "packed";
    const bytes = Array.from({ length: queue.size }, (_, slot) => ({
      addr: desc.getBigUint64(16 * slot, true),
      len: desc.getUint32(16 * slot + 8, true),
      flags: desc.getUint16(16 * slot + (packed ? 14 : 12), true),
      id: packed ? desc.getUint16(16 * slot + 12, true) : null,
      next: packed ? null : desc.getUint16(16 * slot + 14, true),
    }));
    expect(picture.slots.map((slot) => slot.bytes)).toEqual(bytes);
    if (!packed) {
      const avail = new DataView((areas.get("driver") as Uint8Array).buffer);
      const used = new DataView((areas.get("device") as Uint8Array).buffer);
      expect([picture.availIdx, picture.usedIdx]).toEqual([
        avail.getUint16(2, true),
        used.getUint16(2, true),
      ]);
      expect(picture.availRing).toEqual(
        Array.from({ length: queue.size }, (_, i) => avail.getUint16(4 + 2 * i, true)),
      );
      expect(picture.usedRing).toEqual(
        Array.from({ length: queue.size }, (_, i) => used.getUint32(4 + 8 * i, true)),
      );
    }
    if (state !== undefined) {
      expect(picture.numFree).toBe(state["num_free"]);
      const slots = picture.buffers.flatMap((buffer) => buffer.slots);
      // Descriptors of the ring that the driver counts as taken are those of the buffers in flight.
      if (slots.length > 0 || state["num_free"] === queue.size) {
        expect(slots.length).toBe(queue.size - (state["num_free"] as number));
      }
      if (packed) {
        expect(picture.driverPosition).toEqual({
          slot: state["avail_idx"],
          wrap: state["avail_wrap"],
        });
      } else expect(picture.lastUsed).toBe(state["last_used"]);
    }
    expect(picture.unknown).toEqual([]);
    seq++;
  }
  reader.close();
}

test.each(RINGLOGS.slice(0, 3))(
  "after each operation of %s every byte is what its stores made it, and the driver's state",
  async (log) => {
    compareLog(await imported("log", [log]), readFileSync(log, "utf8"));
  },
);

test.each(RINGLOGS)("a seek into %s shows the same as a walk", async (log) => {
  const path = await imported("seek", [log]);
  const walk = new RingTime(new CaseReader(path));
  const [queue] = walk.queues();
  if (queue === undefined) throw new Error("no queue");
  const pictures: (RingPicture | undefined)[] = [];
  for (let seq = queue.firstEvent; seq <= queue.lastEvent; seq++)
    pictures.push(walk.at(queue.id, seq));
  const seek = new RingTime(new CaseReader(path));
  const random = randomOf(SEED);
  for (let i = 0; i < 40; i++) {
    const at = Math.floor(random() * pictures.length);
    expect(seek.at(queue.id, queue.firstEvent + at), `seed ${SEED}`).toEqual(pictures[at]);
  }
});

const ORACLE_LINES = 2000;

describe.skipIf(!sharedPresent)(`of the oracle's logs${sharedTitle}`, () => {
  test.each(["packed-n8-e1-i1-s1", "split-n8-e1-i1-s1"])("%s", async (name) => {
    const text = gunzipSync(readFileSync(`${SHARED}/oracle/stock/${name}.jsonl.gz`)).toString();
    // So many operations go round the ring hundreds of times.
    const log = text.split("\n").slice(0, ORACLE_LINES).join("\n");
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(path, `${log}\n`);
    compareLog(await imported(name, [path]), log);
  });
});

test("steps lead to the next event, change, lap and finding, and back", async () => {
  const path = await imported("steps", ["fixtures/stories/stock-packed/trace.txt"]);
  const reader = new CaseReader(path);
  const time = new RingTime(reader);
  for (const { id, firstEvent, lastEvent } of time.queues()) {
    const events: number[] = [];
    for (
      let at: number | undefined = firstEvent;
      at !== undefined;
      at = time.next(id, at, "event", 1)
    )
      events.push(at);
    expect(events[events.length - 1]).toBe(lastEvent);
    const back: number[] = [];
    for (
      let at: number | undefined = lastEvent;
      at !== undefined;
      at = time.next(id, at, "event", -1)
    )
      back.unshift(at);
    expect(back).toEqual(events);
    // Between two changes no picture differs but in who was kicked.
    const laps: number[] = [];
    for (
      let at = time.next(id, firstEvent, "lap", 1);
      at !== undefined;
      at = time.next(id, at, "lap", 1)
    )
      laps.push(at);
    for (const [i, lap] of laps.entries()) {
      const before = time.at(id, lap - 1)?.driverPosition;
      if (before) expect(time.at(id, lap)?.driverPosition?.wrap).not.toBe(before.wrap);
      if (i > 0) expect(time.next(id, lap, "lap", -1)).toBe(laps[i - 1]);
    }
    for (const seq of events) {
      const next = time.next(id, seq, "change", 1);
      const following = time.next(id, seq, "event", 1);
      if (following === undefined || next === following) continue;
      const diff = diffPictures(
        time.at(id, seq) as RingPicture,
        time.at(id, following) as RingPicture,
      );
      expect(isChanged({ ...diff, altered: new Set() }), `${seq} to ${following}`).toBe(false);
    }
  }
  reader.close();
});

test("a case without checkpoints shows the same, and slower", async () => {
  const path = await imported("plain", ["fixtures/stories/stock-packed/trace.txt"]);
  const first = new RingTime(new CaseReader(path));
  const pictures = first.queues().map(({ id, lastEvent }) => first.at(id, lastEvent >> 1));
  const db = new Database(path);
  db.exec("DROP TABLE checkpoint; DROP TABLE unseen");
  db.close();
  const again = new RingTime(new CaseReader(path));
  expect(again.queues().map(({ id, lastEvent }) => again.at(id, lastEvent >> 1))).toEqual(pictures);
});
