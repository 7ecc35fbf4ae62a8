import { CommanderError } from "commander";
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
    await command.parseAsync(argv, { from: "user" });
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
