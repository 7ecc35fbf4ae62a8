import type { RingReport } from "../../model/ring-report.ts";
import { UserError } from "../../model/user-error.ts";
import { closeArchives } from "../../pipeline/archive.ts";
import { isFolder, nameOf } from "../../pipeline/files.ts";
import {
  chosenRingReport,
  qmpSources,
  type RingOptions,
  type RingSource,
  ringSources,
} from "../../pipeline/ring.ts";
import {
  isRingFolder,
  NO_META,
  qmpAlone,
  readQmp,
  readRing,
  readRingFolder,
} from "../../pipeline/ring-files.ts";
import { openArchive, prepareZstd } from "../../pipeline/source.ts";
import { ringJson } from "../../report/ring-json.ts";
import { ringText } from "../../report/ring-text.ts";
import { chooseRules } from "../../rules/choice.ts";
import { RULES } from "../../rules/index.ts";
import { EXIT } from "../exit.ts";
import type { RingCommandOptions } from "../options.ts";
import { refuseOverlap, writeAnswer } from "../output.ts";
import { ringOptions } from "../ring-options.ts";

/** `vringscope ring`: decodes dumps, prints them, and answers with the exit code. */
export async function ring(paths: readonly string[], options: RingCommandOptions): Promise<number> {
  const outputs = options.output === undefined ? [] : [options.output];
  const { desc, driver, device, qmp } = options;
  refuseOverlap(
    [...paths, ...[desc, driver, device, qmp].filter((path) => path !== undefined)],
    outputs,
  );
  try {
    const folders = await unpacked(paths);
    await prepareZstd([...folders, ...(qmp === undefined ? [] : [qmp])]);
    return await shown(sourcesOf(folders, options), options, outputs);
  } finally {
    closeArchives();
  }
}

/** Archives are opened, and each folder in them that holds a ring stands for them. */
async function unpacked(paths: readonly string[]): Promise<string[]> {
  await prepareZstd(paths);
  const folders: string[] = [];
  for (const path of paths) {
    const archive = await openArchive(path);
    if (archive === undefined) {
      folders.push(path);
      continue;
    }
    // Its `rings` are looked at with the folder that they are in.
    const inside = [...archive.folders.keys()].filter(
      (folder) =>
        (isRingFolder(folder) && nameOf(folder) !== "rings") || qmpAlone(folder) !== undefined,
    );
    if (inside.length === 0) {
      throw new UserError("rings-absent", `${path} is a tar archive without a ring dump`);
    }
    folders.push(...inside.sort());
  }
  return folders;
}

async function shown(
  sources: readonly RingSource[],
  options: RingCommandOptions,
  outputs: readonly string[],
): Promise<number> {
  // What lies beside a dump is read as well.
  refuseOverlap([...new Set(sources.flatMap((source) => source.paths))], outputs);
  const choice = chooseRules(RULES, options);
  const reports = chosen(sources, options.queue).map((source) => chosenRingReport(source, choice));
  const answer =
    options.json === true
      ? ringJson(reports)
      : ringText(reports, { slots: options.slots === true });
  await writeAnswer(answer, options);
  return reports.some(hasError) ? EXIT.findings : EXIT.clean;
}

function hasError({ findings }: RingReport): boolean {
  return findings.some(({ severity }) => severity === "error");
}

function sourcesOf(paths: readonly string[], options: RingCommandOptions): RingSource[] {
  const told = ringOptions(options);
  const { desc, driver, device } = options;
  if (desc !== undefined) {
    if (paths.length > 0) {
      throw new UserError(
        "options-conflict",
        `--desc names a dump, and so does ${paths[0]}: give one of them`,
      );
    }
    const beside =
      options.qmp === undefined ? undefined : { path: options.qmp, answers: readQmp(options.qmp) };
    const name = desc.replace(/^.*\//, "").replace(/-desc\.bin$|\.bin$/, "");
    return ringSources([readRing(name, desc, driver, device)], NO_META, beside, told);
  }
  if (driver !== undefined || device !== undefined) {
    throw new UserError(
      "options-conflict",
      "--driver and --device need --desc: the descriptors are the ring",
    );
  }
  if (paths.length === 0) {
    throw new UserError(
      "input-missing",
      "which ring? give a folder with dumps, a QMP answer, or --desc FILE",
      "vringscope ring --help shows how",
    );
  }
  return paths.flatMap((path) => sourcesAt(path, told, options.qmp));
}

function sourcesAt(path: string, told: RingOptions, qmp: string | undefined): RingSource[] {
  const alone = isFolder(path) && qmp === undefined ? qmpAlone(path) : undefined;
  if (alone !== undefined) return qmpSources({ path: alone, answers: readQmp(alone) }, told);
  if (isFolder(path)) {
    const folder = readRingFolder(path, qmp);
    return ringSources(folder.rings, folder.meta, folder.qmp, told);
  }
  if (qmp !== undefined) {
    throw new UserError(
      "options-conflict",
      `--qmp goes with a folder or --desc, and ${path} is a file`,
    );
  }
  return qmpSources({ path, answers: readQmp(path) }, told);
}

/** The queues whose name is, or ends with, what was asked for. */
function chosen(sources: readonly RingSource[], wanted: string | undefined): readonly RingSource[] {
  if (wanted === undefined) return sources;
  const key = wanted.replace(/-q([0-9]+)$/, " q$1");
  const found = sources.filter(({ name }) => name === key || name.endsWith(` ${key}`));
  if (found.length === 0) {
    throw new UserError(
      "queue-unknown",
      `no queue ${wanted} among: ${sources.map(({ name }) => name).join(", ")}`,
    );
  }
  return found;
}
