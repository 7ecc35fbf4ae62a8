/** Something the user can mend: a missing file, an input that is no trace, a wrong option. Exit 2. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly code: string;
  /** A second line: what to do about it. */
  readonly help: string | undefined;

  constructor(code: string, message: string, help?: string) {
    super(message);
    this.code = code;
    this.help = help;
  }
}
