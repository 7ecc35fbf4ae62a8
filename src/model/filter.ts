/** What a filter on events says, with its names resolved and its values of the right sort. */
export type Filter =
  | { readonly op: "and" | "or"; readonly of: readonly Filter[] }
  | { readonly op: "not"; readonly of: Filter }
  /** The event carries the field. */
  | { readonly op: "present"; readonly field: FilterField }
  | {
      readonly op: "compare";
      readonly field: FilterField;
      readonly how: Comparison;
      readonly value: FilterValue;
    }
  | { readonly op: "in"; readonly field: FilterField; readonly values: readonly FilterValue[] }
  /** Both ends belong to it. */
  | {
      readonly op: "between";
      readonly field: FilterField;
      readonly from: FilterValue;
      readonly to: FilterValue;
    }
  /** A regular expression of JavaScript's, found anywhere in the text. */
  | { readonly op: "match"; readonly field: FilterField; readonly pattern: string };

export const COMPARISONS = ["=", "!=", "<", "<=", ">", ">="] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Integers are exact; of a field of sort `time` they are nanoseconds. */
export type FilterValue = bigint | string;

/** What the values of a field are. */
export type FieldSort = "text" | "number" | "time" | "pointer" | "queue";

export interface FilterField {
  readonly name: string;
  readonly sort: FieldSort;
}

/** Fields that a filter knows by name, and what they are. Any other is asked for as `fields.NAME`. */
export const FILTER_FIELDS = {
  event: ["text", "the function as traced: virtqueue_add_sgs"],
  kind: ["text", "what it is, whatever the driver calls it: add, kickPrepare, getBuf, ..."],
  phase: ["text", "begin, end (a return), or whole"],
  queue: ["queue", "a queue's id, or its name: req.0"],
  time: ["time", "since the first event of the source: 1.5s, 300us; a bare number is seconds"],
  clock: ["time", "the tracer's clock as the trace prints it: 4.772717"],
  cpu: ["number", ""],
  task: ["text", "name of the task"],
  pid: ["number", ""],
  level: ["text", "task, softirq, hardirq, nmi or unknown"],
  caller: ["text", "the function that called, where a return probe names it"],
  source: ["text", "path of the trace"],
  seq: ["number", "place among all events of the case, from 0"],
  line: ["number", "line of a text source, from 1"],
  token: ["pointer", "the driver's pointer for a buffer"],
  ret: ["number", "what the call returned"],
  last_used: ["number", ""],
  next_avail: ["number", ""],
  avail_wrap: ["number", ""],
  num_free: ["number", ""],
  num_added: ["number", ""],
  driver_off_wrap: ["number", ""],
  driver_flags: ["number", ""],
  device_off_wrap: ["number", ""],
  device_flags: ["number", ""],
  buffer_id: ["number", ""],
} as const satisfies Record<string, readonly [FieldSort, string]>;

export type FilterFieldName = keyof typeof FILTER_FIELDS;

/** The prefix of fields that have no column of their own. */
export const OTHER_FIELDS = "fields.";

/** What is wrong with a filter, and where: a stretch of its text. */
export interface FilterError {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  /** What to write instead; empty where nothing comes to mind. */
  readonly help: string;
}
