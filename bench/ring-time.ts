// How long a seek to any event of a case takes, and a step from there: tsx bench/ring-time.ts CASE.db
import { CaseReader } from "../src/db/reader.ts";
import { RingTime } from "../src/pipeline/ring-at.ts";
import { randomOf } from "../tests/run.ts";

const SEEKS = 200;
const SEED = 20261126;

const path = process.argv[2];
if (path === undefined) throw new Error("usage: tsx bench/ring-time.ts CASE.db");
const opened = performance.now();
const time = new RingTime(new CaseReader(path));
const queues = time.queues();
console.log(`open ${(performance.now() - opened).toFixed(1)} ms, ${queues.length} queues`);
const random = randomOf(SEED);

function measure(what: string, work: (queue: number, seq: number) => unknown): void {
  const took: number[] = [];
  for (let i = 0; i < SEEKS; i++) {
    const queue = queues[Math.floor(random() * queues.length)];
    if (queue === undefined) continue;
    const span = queue.lastEvent - queue.firstEvent;
    const seq = queue.firstEvent + Math.floor(random() * (span + 1));
    // Of the processor, so that others on the machine do not count.
    const from = process.cpuUsage();
    work(queue.id, seq);
    const { user, system } = process.cpuUsage(from);
    took.push((user + system) / 1000);
  }
  took.sort((a, b) => a - b);
  const at = (share: number): string =>
    (took[Math.min(took.length - 1, Math.floor(share * took.length))] as number).toFixed(2);
  console.log(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`);
}

// The first seeks pay for the compiler.
measure("first seeks", (queue, seq) => time.at(queue, seq));
measure("seek", (queue, seq) => time.at(queue, seq));
for (const step of ["event", "change", "lap", "finding"] as const) {
  measure(`next ${step}`, (queue, seq) => time.next(queue, seq, step, 1));
  measure(`previous ${step}`, (queue, seq) => time.next(queue, seq, step, -1));
}
