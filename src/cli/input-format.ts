import { nearest } from "../model/nearest.ts";
import { UserError } from "../model/user-error.ts";
import { FORMATS, formatNamed } from "../parser/formats.ts";
import { CHOSEN_READERS, type ChosenReader } from "../parser/reader-of.ts";

/**
 * The reader that --input-format chooses.
 *
 * @throws UserError when no format has the name, or one has that no file can be read as.
 */
export function chosenReader(name: string | undefined): ChosenReader | undefined {
  if (name === undefined) return undefined;
  const chosen = CHOSEN_READERS.find(({ format }) => format === name);
  if (chosen !== undefined) return chosen;
  const format = formatNamed(name);
  if (format === undefined) {
    throw formatUnknown(
      name,
      CHOSEN_READERS.map((one) => one.format),
    );
  }
  throw new UserError(
    "format-not-chosen",
    `--input-format ${name}: ${format.title} is nothing that a file can be read as`,
    `one of ${CHOSEN_READERS.map((one) => one.format).join(", ")}`,
  );
}

/** No format has that name; `names` are those that could have been meant. */
export function formatUnknown(
  name: string,
  names: readonly string[] = FORMATS.map((one) => one.name),
): UserError {
  return new UserError(
    "format-unknown",
    `no such format: ${name === "" ? "(an empty name)" : name}`,
    `nearest: ${nearest(name, names).join(", ")}; vringscope formats lists all`,
  );
}
