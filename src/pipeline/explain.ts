import type { DiagnosticLog, Rejection } from "../model/diagnostic.ts";
import type { LineFit, ParseExplanation, RejectedLine } from "../model/explanation.ts";
import { detect } from "../parser/detect.ts";
import { fitOfFormat, lineFit } from "../parser/line-fit.ts";
import { LINE_BYTES_MAX } from "../parser/line-splitter.ts";
import type { ChosenReader } from "../parser/reader-of.ts";
import type { TraceSource } from "../parser/trace-reader.ts";

/** Of a rejected line so much is kept. */
const TEXT_MAX = 1024;

/** Keeps why sources are read as they are, and which lines did not fit. It looks at what the readers reject anyway. */
export class ParseExplainer {
  readonly #sources: SourceExplainer[] = [];

  /** Call before a source is read. */
  source(path: string, head: Uint8Array, chosen: ChosenReader | undefined): SourceExplainer {
    const source = new SourceExplainer(path, head, chosen);
    this.#sources.push(source);
    return source;
  }

  /** What is known by now; of a source that cannot be read as well. */
  get explanations(): ParseExplanation[] {
    return this.#sources.map((source) => source.explanation());
  }
}

/** Looks at the chunks of one source while they are read. */
export class SourceExplainer {
  readonly #path: string;
  readonly #detected: ReturnType<typeof detect>;
  readonly #chosen: string | undefined;
  readonly #lines: RejectedLine[] = [];
  /** Bytes before the chunk at hand, and the chunk. */
  #window: Uint8Array = new Uint8Array(0);
  /** Where the window begins in the input. */
  #start = 0;
  #rejected = 0;

  constructor(path: string, head: Uint8Array, chosen: ChosenReader | undefined) {
    this.#path = path;
    this.#detected = detect(head);
    this.#chosen = chosen?.format;
  }

  /** The same chunks; what was rejected of one is looked up when the next is asked for. */
  async *watch(chunks: AsyncGenerator<Uint8Array>, log: DiagnosticLog): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) {
        // A rejected line may have begun in the chunk before.
        const kept = this.#window.subarray(Math.max(0, this.#window.length - LINE_BYTES_MAX));
        this.#start += this.#window.length - kept.length;
        this.#window = Buffer.concat([kept, chunk]);
        yield chunk;
        this.#take(log);
      }
    } finally {
      await chunks.return(undefined);
    }
  }

  /** Call when the source is read, or cannot be. */
  finish({ diagnostics, ledger }: TraceSource): void {
    this.#take(diagnostics);
    this.#rejected = ledger.rejected;
  }

  explanation(): ParseExplanation {
    return {
      path: this.#path,
      format: this.#detected?.format.name,
      evidence: { line: this.#detected?.line ?? 0, why: this.#detected?.why ?? "" },
      chosen: this.#chosen,
      rejected: this.#rejected,
      lines: this.#lines,
    };
  }

  #take({ rejections }: DiagnosticLog): void {
    while (this.#lines.length < rejections.length) {
      const rejection = rejections[this.#lines.length] as Rejection;
      const text = this.#textOf(rejection);
      this.#lines.push({
        ...rejection,
        text,
        fit: text === undefined ? undefined : this.#fitOf(text),
      });
    }
  }

  /** Where a chosen reader stopped is asked of its own format; what is nearest, of all. */
  #fitOf(text: string): LineFit {
    const near = lineFit(text, this.#chosen ?? this.#detected?.format.name);
    const own = this.#chosen === undefined ? undefined : fitOfFormat(text, this.#chosen);
    return own === undefined ? near : { ...own, nearest: near.nearest };
  }

  #textOf({ code, offset }: Rejection): string | undefined {
    const from = offset - this.#start;
    if (code === "record-unrecognised" || from < 0 || from >= this.#window.length) return undefined;
    const bytes = this.#window.subarray(from, from + TEXT_MAX);
    const end = bytes.indexOf(0x0a);
    const line = new TextDecoder("latin1").decode(end < 0 ? bytes : bytes.subarray(0, end));
    return line.replace(/\r$/, "");
  }
}
