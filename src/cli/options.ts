import type { ThemeName } from "../tui/theme.ts";
import type { SpecVersion } from "../virtio/clauses.ts";

/** What a dump is, where no file says so. */
export interface QueueOptions {
  readonly size?: string;
  readonly layout?: "split" | "packed";
  readonly features?: string;
}

/** Which rules run, as the command line says it. */
export interface ChoiceOptions {
  readonly rules?: readonly string[];
  readonly ignore?: readonly string[];
  readonly spec?: SpecVersion;
}

/** Options of every command that reads traces. */
export interface InputOptions extends QueueOptions {
  /** A name of `vringscope formats`. */
  readonly inputFormat?: string;
  readonly explainParse?: boolean;
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

export interface EventsOptions extends SqlOptions, InputOptions {
  readonly like?: string;
  readonly filter?: string;
  readonly limit?: string;
  readonly showSql?: boolean;
}

export interface RequestsOptions extends SqlOptions, InputOptions {
  readonly by?: string;
  readonly slowest?: string;
  readonly showSql?: boolean;
}

/** Options of `ring`. */
export interface RingCommandOptions extends QueueOptions, ChoiceOptions {
  readonly desc?: string;
  readonly driver?: string;
  readonly device?: string;
  readonly qmp?: string;
  readonly queue?: string;
  readonly slots?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

/** Options of `check`, as the command line gives them. */
export interface CheckOptions extends InputOptions, ChoiceOptions {
  readonly waivers?: string;
  readonly baseline?: string;
  readonly db?: string;
  readonly sqlRules?: readonly string[];
  readonly ruleModule?: readonly string[];
  readonly showSql?: boolean;
  readonly format: "text" | "json";
  readonly failOn: "error" | "warning" | "note" | "never";
  readonly requireDecided?: boolean;
  readonly quiet?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

/** Options of `rules`. */
export interface RulesOptions {
  readonly spec?: SpecVersion;
  readonly json?: boolean;
}

/** Options of `formats`. */
export interface FormatsOptions {
  readonly json?: boolean;
}

export interface OpenOptions extends InputOptions {
  readonly theme?: ThemeName;
}
