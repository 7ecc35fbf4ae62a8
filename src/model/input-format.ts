/** What becomes of an input in a format: a closed list. */
export const INPUT_STATUS = {
  read: "read, and judged",
  noted: "recognised: its lines are kept as notes, for they carry nothing that can be judged",
  beside: "read beside a trace, and nothing by itself",
  container: "opened, and what is in it is read",
  refused: "recognised and refused, with what to give instead",
} as const;

export type InputStatus = keyof typeof INPUT_STATUS;

/** A few lines, or bytes, that are of a format beyond doubt. */
export interface FormatSample {
  /** Which of the format's forms it is. */
  readonly what: string;
  readonly lines: readonly string[];
  /** The lines are bytes, in hexadecimal. */
  readonly binary?: true;
}

/** A format of inputs, as people are told of it. */
export interface InputFormat {
  readonly name: string;
  readonly title: string;
  readonly status: InputStatus;
  /** What a report calls a source in it; undefined where it never becomes one. */
  readonly reported?: string;
  /** What can be known from it. */
  readonly carries: string;
  /** What in an input decides that it is this. */
  readonly detected: string;
  /** How to make one; of what is refused, what to give instead. */
  readonly record: readonly string[];
  readonly samples: readonly FormatSample[];
  /** Files of it among the fixtures. */
  readonly files: readonly string[];
}

/** What decided that an input is in a format. */
export interface DetectionEvidence {
  /** 1-based; 0 where it is no line. */
  readonly line: number;
  readonly why: string;
}
