/** Options of every command that reads traces. */
export interface InputOptions {
  readonly map?: string;
}

export interface ImportOptions extends InputOptions {
  readonly output: string;
  readonly force?: boolean;
}

export interface SqlOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** Options of `ring`. */
export interface RingCommandOptions {
  readonly desc?: string;
  readonly driver?: string;
  readonly device?: string;
  readonly size?: string;
  readonly layout?: "split" | "packed";
  readonly features?: string;
  readonly qmp?: string;
  readonly queue?: string;
  readonly slots?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

/** Options of `check`, as the command line gives them. */
export interface CheckOptions extends InputOptions {
  readonly db?: string;
  readonly showSql?: boolean;
  readonly format: "text" | "json";
  readonly failOn: "error" | "warning" | "note" | "never";
  readonly requireDecided?: boolean;
  readonly quiet?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}
