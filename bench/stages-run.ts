// One measurement of bench/stages.ts: TRACE STAGE. Prints CPU seconds, comma-separated.
import { rmSync } from "node:fs";
import { CaseWriter, claimCase } from "../src/db/writer.ts";
import { type EventBatch, StringTable } from "../src/model/batch.ts";
import { PointerTable } from "../src/model/pointer.ts";
import type { ClockBase } from "../src/model/time.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { TraceDatReader } from "../src/parser/tracedat/reader.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { openSource, readAll } from "../src/pipeline/open-source.ts";
import { Replay } from "../src/replay/replay.ts";

const [trace = "", stage = "", output = ""] = process.argv.slice(2);

/** CPU time of this process so far, in seconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Reads a trace, and follows its queues if asked to. */
async function read(followed: boolean): Promise<void> {
  const pointers = new PointerTable();
  let clock: ClockBase | undefined;
  const replay = new Replay({
    observe: () => {},
    gap: () => {},
    pointerText: (pointer) => pointers.text(pointer),
    clock: () => clock,
  });
  const emit = (batch: EventBatch): EventBatch => {
    clock = reader.clock;
    if (followed) replay.step(batch);
    batch.clear();
    return batch;
  };
  const opened = await openSource(trace, undefined);
  const common = { strings: new StringTable(), pointers, firstSeq: 0, keepAll: false, emit };
  const reader: FtraceReader | TraceDatReader =
    opened.dat === undefined
      ? new FtraceReader(common)
      : new TraceDatReader({ ...common, ...opened.dat });
  await readAll(opened, reader, undefined);
}

const started = cpu();
switch (stage) {
  case "read":
  case "follow":
    await read(stage === "follow");
    console.log(cpu() - started);
    break;
  case "judge":
    await checkSources([trace]);
    console.log(cpu() - started);
    break;
  case "write": {
    claimCase(output, { force: true });
    const store = new CaseWriter(output);
    const finish = store.finish.bind(store);
    let rows = 0;
    store.finish = async (report) => {
      rows = cpu() - started;
      await finish(report);
    };
    await checkSources([trace], { store });
    console.log(`${rows},${cpu() - started - rows}`);
    rmSync(output);
    break;
  }
  default:
    throw new Error(`no stage ${stage}`);
}
