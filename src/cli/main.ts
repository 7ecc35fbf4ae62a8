import { type Command, CommanderError } from "commander";
import { UserError } from "../model/user-error.ts";
import { EXIT } from "./exit.ts";
import { watchStdout } from "./output.ts";
import { program } from "./program.ts";

/** Runs one command line and returns its exit code; stdout is the answer, stderr is talk. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.clean;
  watchStdout();
  const command = program((code) => {
    exitCode = code;
  });
  try {
    await command.parseAsync(opensScreen(command, argv) ? ["open", ...argv] : argv, {
      from: "user",
    });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.usage;
    if (error instanceof UserError) {
      process.stderr.write(`vringscope: ${error.message}\n`);
      if (error.help !== undefined) process.stderr.write(`  ${error.help}\n`);
      return EXIT.usage;
    }
    process.stderr.write(
      `vringscope: this is a bug in vringscope, please report it\n${
        error instanceof Error ? (error.stack ?? error.message) : String(error)
      }\n`,
    );
    return EXIT.bug;
  }
}

/** `vringscope FILE...` on a terminal opens the screen; with options, or elsewhere, it is `check`. */
function opensScreen(command: Command, argv: readonly string[]): boolean {
  const [first] = argv;
  if (first === undefined || argv.some((word) => word.startsWith("-"))) return false;
  if (command.commands.some((one) => one.name() === first)) return false;
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}
