import { EventBatch, StringTable } from "../src/model/batch.ts";
import type { Diagnostic } from "../src/model/diagnostic.ts";
import type { RingEvent } from "../src/model/event.ts";
import type { Coverage, Finding } from "../src/model/finding.ts";
import type { ClockBase } from "../src/model/time.ts";
import { RinglogReader } from "../src/parser/ringlog/reader.ts";
import { decodeDump } from "../src/replay/dump/decode.ts";
import { NO_PLACE, observeDump } from "../src/replay/dump/dump-facts.ts";
import type { DumpInput } from "../src/replay/dump/dump-input.ts";
import type { Gap } from "../src/replay/queue-shadow.ts";
import { Replay } from "../src/replay/replay.ts";
import { Check } from "../src/rules/check.ts";
import { RULES } from "../src/rules/index.ts";

/** What came of a log, or of a story. */
export interface Checked {
  readonly findings: readonly Finding[];
  readonly coverage: readonly Coverage[];
  readonly gaps: readonly Gap[];
}

export interface LogReport extends Checked {
  readonly diagnostics: readonly Diagnostic[];
}

/** Lines are read in blocks of so many. */
const BLOCK_LINES = 256;

/** The way of a ringlog/1 log from its lines to its findings, in this process and without a file. */
export class LogCheck {
  /** Takes the lines, one by one and without line ends. */
  readonly line: (text: string) => void;
  readonly #reader: RinglogReader;
  readonly #followed = new Followed("ticks");
  #block: string[] = [];

  constructor() {
    this.#reader = new RinglogReader({
      strings: new StringTable(),
      firstSeq: 0,
      emit: (batch) => {
        this.#followed.replay.step(batch);
        batch.clear();
        return batch;
      },
    });
    this.line = (text) => {
      this.#block.push(text);
      if (this.#block.length >= BLOCK_LINES) this.#push();
    };
  }

  end(): LogReport {
    this.#push();
    this.#reader.end();
    return { ...this.#followed.end(), diagnostics: this.#reader.diagnostics.entries() };
  }

  #push(): void {
    if (this.#block.length === 0) return;
    this.#reader.push(Buffer.from(`${this.#block.join("\n")}\n`));
    this.#block = [];
  }
}

/** What comes of the lines of a log. */
export function checkLines(lines: readonly string[]): LogReport {
  const check = new LogCheck();
  for (const line of lines) check.line(line);
  return check.end();
}

/** What comes of a story's events. */
export function checkEvents(events: readonly RingEvent[]): Checked {
  const followed = new Followed("seconds");
  const batch = new EventBatch(events.length, new StringTable());
  for (const [seq, event] of events.entries()) batch.append(event, seq);
  followed.replay.step(batch);
  return followed.end();
}

/** What comes of one instant of a ring. */
export function checkDump(input: DumpInput): Checked {
  const check = new Check(RULES);
  const { layout, queueSize: size } = input.memory;
  const queue = { number: 0, id: "dump", name: undefined, index: 0, layout, size, ordinal: 0 };
  observeDump(input, decodeDump(input), { queue, place: NO_PLACE }, (seen) => check.observe(seen));
  return { findings: check.findings(), coverage: check.coverage(), gaps: [] };
}

/** A replay whose observations all rules judge. */
class Followed {
  readonly replay: Replay;
  readonly #check = new Check(RULES);
  readonly #gaps: Gap[] = [];

  constructor(unit: ClockBase["unit"]) {
    this.replay = new Replay({
      observe: (observation) => this.#check.observe(observation),
      gap: (gap) => this.#gaps.push(gap),
      pointerText: String,
      clock: () => ({ major: 0, minor: 0, unit }),
    });
  }

  end(): Checked {
    this.replay.end(String);
    return {
      findings: this.#check.findings(),
      coverage: this.#check.coverage(),
      gaps: this.#gaps,
    };
  }
}
