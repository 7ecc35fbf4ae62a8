import { Command, Option } from "commander";
import { THEMES } from "../tui/theme.ts";
import { SPEC_VERSIONS } from "../virtio/clauses.ts";
import type {
  CheckOptions,
  EventsOptions,
  FormatsOptions,
  ImportOptions,
  OpenOptions,
  RequestsOptions,
  RingCommandOptions,
  RulesOptions,
  SqlOptions,
} from "./options.ts";
import { VERSION } from "./version.ts";

/** The commands and options as data; what they do is imported when they run. */
export function program(exit: (code: number) => void): Command {
  const root = new Command("vringscope")
    .description(
      "Reads traces of virtio queues and says what broke the protocol, with the evidence.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError("try: vringscope --help");
  addCheck(root, exit);
  addOpen(root, exit);
  addImport(root, exit);
  addSql(root, exit);
  addLists(root, exit);
  addRing(root, exit);
  addRules(root, exit);
  addFormats(root, exit);
  return root;
}

function addCheck(root: Command, exit: (code: number) => void): void {
  withChoiceOptions(withInputOptions(root.command("check", { isDefault: true })))
    .description("judge traces (the default: `vringscope FILE` is `vringscope check FILE`)")
    .argument(
      "<file...>",
      "ftrace text, trace.dat, ringlog/1 or QEMU's log (plain, .gz, .zst, - for stdin), ring dumps, QMP answers, or a folder or tar of them",
    )
    .addOption(
      new Option("--format <format>", "how to print the report")
        .choices(["text", "json"])
        .default("text"),
    )
    .addOption(
      new Option("--fail-on <severity>", "least severity that makes the exit code 1")
        .choices(["error", "warning", "note", "never"])
        .default("error"),
    )
    .option(
      "--require-decided",
      "exit with 3 when anything could not be decided, or nothing was checked",
    )
    .option("-q, --quiet", "print one line for each finding, and nothing else")
    .option("-o, --output <file>", "write the report to a file instead of stdout")
    .option("--waivers <file>", "findings to live with, each with a reason: docs/waivers.md")
    .option("--baseline <file>", "a JSON report: only findings that it does not have count")
    .option(
      "--sql-rules <folder>",
      "your own rules, one .sql file each: docs/own-rules.md",
      several,
    )
    .option("--rule-module <file>", "a .mjs file whose exports are rules; it is run", several)
    .option("--db <file>", "also keep everything in a case file")
    .option("--show-sql", "print the SQL that gives each number of the report from the case")
    .option("--force", "let --output and --db replace an existing file")
    .addHelpText(
      "after",
      `
Exit codes:
  0   nothing at or above --fail-on
  1   findings
  2   usage, unreadable input, or no trace at all
  3   inconclusive (only with --require-decided)
  70  a bug in vringscope

Examples:
  vringscope check trace.txt.gz
  cat /sys/kernel/tracing/trace | vringscope check -
  vringscope check --format json --fail-on warning before.txt > report.json
  vringscope check --explain-parse trace.txt
  vringscope check --rules 'packed/*' --ignore packed/off-wrap-stale trace.txt
  vringscope check --baseline report.json --waivers waivers.toml after.txt`,
    )
    .action(async (files: string[], options: CheckOptions) => {
      const { check } = await import("./commands/check.ts");
      exit(await check(files, options));
    });
}

function addImport(root: Command, exit: (code: number) => void): void {
  withInputOptions(root.command("import"))
    .description("read traces into a case file: one SQLite database with all events and findings")
    .argument("<file...>", "traces, folders, NAME-desc.bin or QMP answers, as for check")
    .requiredOption("-o, --output <case>", "the case file to write")
    .option("--force", "replace an existing case file")
    .action(async (files: string[], options: ImportOptions) => {
      const { importTraces } = await import("./commands/import.ts");
      exit(await importTraces(files, options));
    });
}

function addSql(root: Command, exit: (code: number) => void): void {
  root
    .command("sql")
    .description("ask a case file a question; docs/sql.md has the tables and examples")
    .argument("<case>", "a case file")
    .argument("<query>", "one SELECT")
    .option("--json", "one JSON object a line")
    .option("--csv", "comma-separated values with a header")
    .action(async (path: string, query: string, options: SqlOptions) => {
      const { sql } = await import("./commands/sql.ts");
      exit(await sql(path, query, options));
    });
}

/** `a,b` or the option again: both add. */
function listed(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...value.split(",").map((one) => one.trim())];
}

function specOption(): Option {
  return new Option(
    "--spec <version>",
    "version of the specification to cite; rules that bind later do not run",
  ).choices(SPEC_VERSIONS);
}

function withChoiceOptions(command: Command): Command {
  return command
    .option(
      "--rules <ids>",
      "run only these rules: ids or patterns, as 'packed/*,*/*-late'",
      listed,
    )
    .option("--ignore <ids>", "do not run these rules", listed)
    .addOption(specOption());
}

function addRules(root: Command, exit: (code: number) => void): void {
  root
    .command("rules")
    .description("list the rules, or explain some: what, why, clause, an example, known bugs")
    .argument("[id...]", "ids, or patterns as 'packed/*'")
    .addOption(specOption())
    .option("--json", "one JSON array")
    .addHelpText(
      "after",
      `
Examples:
  vringscope rules
  vringscope rules queue/kick-missed
  vringscope rules --spec 1.1 'packed/*wrap*'`,
    )
    .action(async (ids: string[], options: RulesOptions) => {
      const { rules } = await import("./commands/rules.ts");
      exit(await rules(ids, options));
    });
}

function addFormats(root: Command, exit: (code: number) => void): void {
  root
    .command("formats")
    .description("list the formats of inputs, or explain some: what they carry, how to make one")
    .argument("[name...]", "names, as the list has them")
    .option("--json", "one JSON array")
    .addHelpText(
      "after",
      `
Inputs are recognised by what they hold; docs/formats.md has every format with samples.

Examples:
  vringscope formats
  vringscope formats trace-cmd-report console`,
    )
    .action(async (names: string[], options: FormatsOptions) => {
      const { formats } = await import("./commands/formats.ts");
      exit(await formats(names, options));
    });
}

/** An option that may be given more than once. */
function several(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function addOpen(root: Command, exit: (code: number) => void): void {
  withInputs(root.command("open"))
    .description("show traces or a case on the screen (on a terminal: `vringscope FILE`)")
    .addOption(new Option("--theme <theme>", "else by NO_COLOR and COLORFGBG").choices(THEMES))
    .addHelpText(
      "after",
      `
Keys: ? on the screen, and docs/keys.md. A case keeps marks, waivers and the place; of traces none is
kept, for the case that is made of them goes with the screen.

Examples:
  vringscope trace.txt.gz
  vringscope open case.db`,
    )
    .action(async (files: string[], options: OpenOptions) => {
      const { open } = await import("./commands/open.ts");
      exit(await open(files, options));
    });
}

/** What a case holds, as lists. */
function addLists(root: Command, exit: (code: number) => void): void {
  withInputs(root.command("events"))
    .description("list the events of traces or of a case, those that a filter lets through")
    .option("-f, --filter <expression>", "which events: docs/filter.md has the language")
    .option("--limit <n>", "how many at most, or all (default: 100)")
    .option("--json", "one JSON object a line")
    .option("--csv", "comma-separated values with a header")
    .option("--show-sql", "print the SQL that gives the same, and its values")
    .addHelpText(
      "after",
      `
Examples:
  vringscope events trace.txt.gz -f 'kind = kickPrepare and cpu = 1'
  vringscope events case.db -f 'queue = req.1 and kind in (add, getBuf)'
  vringscope events case.db -f 'time in 1.5s..1.6s and not task ~ /^kworker/' --limit all
  vringscope events case.db -f 'device_off_wrap = 0x800f' --json`,
    )
    .addOption(
      new Option("--like <program>", "print a trace.dat as this program does").choices([
        "trace-cmd",
      ]),
    )
    .action(async (paths: string[], options: EventsOptions) => {
      if (options.like !== undefined) {
        const { likeTraceCmd } = await import("./commands/like-trace-cmd.ts");
        exit(await likeTraceCmd(paths));
        return;
      }
      const { events } = await import("./commands/events.ts");
      exit(await events(paths, options));
    });
  withInputs(root.command("requests"))
    .description("list how buffers fared: how they ended, how long each leg took, the slowest")
    .option(
      "--by <leg>",
      "the leg that makes a buffer slow (default: add_to_return; of a device's log pop_to_fill)",
    )
    .option("--slowest <n>", "how many of the slowest, or all (default: 10)")
    .option("--json", "the slowest, one JSON object a line")
    .option("--csv", "the slowest, as comma-separated values with a header")
    .option("--show-sql", "print the SQL that gives the same")
    .addHelpText(
      "after",
      `
Legs of the driver's side: add_to_kick, kick_to_interrupt, interrupt_to_return, kick_to_return,
add_to_return; of a device's log: pop_to_fill, fill_to_flush, fill_to_interrupt, pop_to_interrupt.
A leg that the trace does not show is unknown. The two sides are not joined: nothing names a buffer
in both. docs/requests.md says what each time is.

Examples:
  vringscope requests trace.txt.gz
  vringscope requests case.db --by kick_to_interrupt --slowest 20`,
    )
    .action(async (paths: string[], options: RequestsOptions) => {
      const { requests } = await import("./commands/requests.ts");
      exit(await requests(paths, options));
    });
}

/** How inputs are read, and what is told of it. */
function withInputOptions(command: Command): Command {
  return withReadOptions(command).option(
    "--explain-parse",
    "say as what each input is read and why, and where the first rejected lines stop to fit",
  );
}

function withReadOptions(command: Command): Command {
  return withQueueOptions(command)
    .option(
      "--input-format <name>",
      "read the inputs as this, whatever they hold: a name of `vringscope formats`",
    )
    .option("--map <file>", "what your own probes are called, and their fields: docs/map.md");
}

/** Traces, or a case that was made of them. */
function withInputs(command: Command): Command {
  return withReadOptions(command).argument(
    "<file...>",
    "traces, folders or tars, as for check (- for stdin), or one case file",
  );
}

/** What a dump is, where no QMP answer and no meta.json says so. */
function withQueueOptions(command: Command): Command {
  return command
    .addOption(new Option("--layout <layout>", "what a dump is").choices(["split", "packed"]))
    .option("--size <entries>", "entries of a dump; else by the length of its descriptor area")
    .option("--features <word>", "features of a dump: 0x... or names, as EVENT_IDX,IN_ORDER");
}

function addRing(root: Command, exit: (code: number) => void): void {
  withChoiceOptions(withQueueOptions(root.command("ring")))
    .description("show a queue's memory at one instant: dumps of its areas, or QMP answers")
    .argument(
      "[path...]",
      "a folder with NAME-{desc,driver,device}.bin, a tar of such, or a QMP answer with xp text",
    )
    .option("--desc <file>", "bytes of the descriptor area")
    .option("--driver <file>", "bytes of the driver area (split: the available ring)")
    .option("--device <file>", "bytes of the device area (split: the used ring)")
    .option("--qmp <file>", "QMP answers of the same instant; else qmp.json beside the dumps")
    .option("--queue <name>", "only this queue of several: q0, or virtio-blk-0-q0")
    .option("--slots", "also list every descriptor that was written")
    .option("--json", "vringscope-ring/1; of several queues one object a line")
    .option("-o, --output <file>", "write to a file instead of stdout")
    .option("--force", "let --output replace an existing file")
    .addHelpText(
      "after",
      `
Sizes, layouts and features come from qmp.json or meta.json where there is one; options win.
docs/ring.md says how to make a dump, how to read the picture, and what one dump cannot say.

Exit codes: 0 no error found, 1 a rule found an error, 2 usage or unreadable input.

Examples:
  vringscope ring dump/
  vringscope ring dump/ --queue virtio-blk-0-q0 --slots
  vringscope ring --desc d.bin --driver a.bin --device u.bin --layout packed --size 256`,
    )
    .action(async (paths: string[], options: RingCommandOptions) => {
      const { ring } = await import("./commands/ring.ts");
      exit(await ring(paths, options));
    });
}
