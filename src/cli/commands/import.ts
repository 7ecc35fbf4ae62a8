import { existsSync, statSync } from "node:fs";
import { ThreadedWriter } from "../../db/threaded-writer.ts";
import { type CaseStore, CaseWriter, claimCase } from "../../db/writer.ts";
import type { CheckReport } from "../../model/check-report.ts";
import { checkSources, type CheckOptions as RunOptions } from "../../pipeline/check.ts";
import { readProbeMap } from "../../pipeline/probe-map.ts";
import type { Accepted } from "../../pipeline/waivers.ts";
import type { Choice } from "../../rules/choice.ts";
import { EXIT } from "../exit.ts";
import { explained, explainer, explanationOf } from "../explain.ts";
import { chosenReader } from "../input-format.ts";
import { onInterrupt } from "../interrupt.ts";
import type { ImportOptions, InputOptions } from "../options.ts";
import { refuseOverlap, writeAnswer } from "../output.ts";
import { progressOn } from "../progress.ts";
import { ringOptions } from "../ring-options.ts";

/** `vringscope import`: traces into a case file, with what `check` finds in them. */
export async function importTraces(
  files: readonly string[],
  options: ImportOptions,
): Promise<number> {
  const { output } = options;
  const explain = explainer(options);
  const report = await explained(explain, () => intoCase(output, files, { ...options, explain }));
  const { ledger } = report.sources.reduce(
    (sum, source) => ({
      ledger: {
        events: sum.ledger.events + source.ledger.events,
        rejected: sum.ledger.rejected + source.ledger.rejected,
      },
    }),
    { ledger: { events: 0, rejected: 0 } },
  );
  const { errors, warnings } = report.summary;
  await writeAnswer(
    `${output}: ${ledger.events} events of ${report.queues.length} queues, ${ledger.rejected} lines rejected; ` +
      `${errors} errors, ${warnings} warnings\n${explanationOf(explain, report)}`,
    {},
  );
  return EXIT.clean;
}

/** Checks the sources and writes the case; whatever goes wrong leaves nothing behind. */
export async function intoCase(
  path: string,
  files: readonly string[],
  options: InputOptions & {
    readonly requireDecided?: boolean;
    readonly force?: boolean;
    readonly choice?: Choice;
    readonly accepted?: Accepted;
    readonly afterwards?: RunOptions["afterwards"];
    readonly explain?: RunOptions["explain"];
  },
): Promise<CheckReport> {
  const map = options.map === undefined ? undefined : readProbeMap(options.map);
  const inputFormat = chosenReader(options.inputFormat);
  refuseOverlap([...files, ...(options.map === undefined ? [] : [options.map])], [path]);
  claimCase(path, { force: options.force === true });
  const store = openStore(path, files);
  const done = onInterrupt(() => store.abandon());
  try {
    return await checkSources(files, {
      requireDecided: options.requireDecided === true,
      afterwards: options.afterwards,
      store,
      choice: options.choice,
      accepted: options.accepted,
      map,
      inputFormat,
      explain: options.explain,
      ring: ringOptions(options),
      progress: progressOn(process.stderr),
    });
  } catch (error) {
    try {
      await store.abandon();
    } catch {
      // The first failure is the one to tell.
    }
    throw error;
  } finally {
    done();
  }
}

/** Below this a second thread costs more than it saves. */
const THREAD_BYTES_MIN = 8 << 20;

function openStore(path: string, files: readonly string[]): CaseStore {
  // Beside this file in the built program; the sources run in one thread.
  const thread = new URL("./case-thread.js", import.meta.url);
  const bytes = files.reduce((sum, file) => sum + sizeOf(file), 0);
  return bytes >= THREAD_BYTES_MIN && existsSync(thread)
    ? new ThreadedWriter(path, thread)
    : new CaseWriter(path);
}

/** Nobody knows how much stdin or a pipe will give: count it as large. */
function sizeOf(file: string): number {
  if (file === "-") return THREAD_BYTES_MIN;
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined || facts.isFile() ? (facts?.size ?? 0) : THREAD_BYTES_MIN;
}
