import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CaseNotes } from "../../src/db/case-notes.ts";
import { CaseReader } from "../../src/db/reader.ts";
import { CaseWriter } from "../../src/db/writer.ts";
import { checkSources } from "../../src/pipeline/check.ts";
import { RingTime } from "../../src/pipeline/ring-at.ts";
import { rowsJson } from "../../src/report/rows.ts";
import type { Commands } from "../../src/tui/commands.ts";
import { textOf } from "../../src/tui/line.ts";
import type { Model } from "../../src/tui/model.ts";
import { type OpenCase, screenOf } from "../../src/tui/open.ts";
import { screenRows } from "../../src/tui/rows/frame.ts";
import type { Store } from "../../src/tui/store.ts";

/** A screen that is played with keys, on a real case, without a terminal. */
export class Played {
  readonly folder = mkdtempSync(join(tmpdir(), "vringscope-screen-"));
  readonly path = join(this.folder, "case.db");
  /** What went to the clipboard, the last one last. */
  readonly copied: string[] = [];
  readonly asked: string[] = [];
  #reader: CaseReader | undefined;
  #notes: CaseNotes | undefined;
  #store: Store | undefined;
  #pending: Promise<void>[] = [];

  /** Imports traces into a case of its own and opens it. */
  async open(traces: readonly string[], size = { columns: 100, rows: 30 }): Promise<void> {
    const store = new CaseWriter(this.path);
    await checkSources(traces, { store });
    this.reopen(size);
  }

  /** As the screen shows traces that somebody gave, without a case that stays. */
  async openTraces(
    traces: readonly string[],
    size: { columns: number; rows: number },
  ): Promise<void> {
    const store = new CaseWriter(this.path);
    await checkSources(traces, { store });
    this.reopen(size, { inputs: traces, temporary: true });
  }

  /** The case as another session finds it. */
  reopen(
    size = { columns: 100, rows: 30 },
    as: Partial<Pick<OpenCase, "inputs" | "temporary" | "unkept">> = {},
  ): void {
    this.#reader?.close();
    this.#notes?.close();
    const reader = new CaseReader(this.path);
    const notes = new CaseNotes(this.path);
    this.#reader = reader;
    this.#notes = notes;
    const { store, commands } = screenOf(
      {
        path: this.path,
        inputs: as.inputs ?? [this.path],
        temporary: as.temporary ?? false,
        reader,
        rings: new RingTime(reader),
        ask: async (sql, most) => {
          const { columns, rows } = reader.query(sql);
          return [...rowsJson(columns, rows)].slice(0, most).map((row) => JSON.parse(row));
        },
        keeping: as.unkept === undefined ? notes : undefined,
        unkept: as.unkept,
      },
      size,
      "mono",
      {
        copy: (text) => this.copied.push(text),
        suspend: () => this.asked.push("suspend"),
        redraw: () => this.asked.push("redraw"),
        quit: () => this.asked.push("quit"),
      },
    );
    this.#store = store;
    this.#connect(store, commands);
  }

  #connect(store: Store, commands: Commands): void {
    store.run = (cmd) => {
      this.#pending.push(commands.run(cmd));
    };
  }

  get model(): Model {
    if (this.#store === undefined) throw new Error("no case is open");
    return this.#store.model;
  }

  get reader(): CaseReader {
    if (this.#reader === undefined) throw new Error("no case is open");
    return this.#reader;
  }

  /** Keys by their names; a text of several letters that names no key is typed. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const named = key.length === 1 || NAMED.has(key) || key.startsWith("ctrl-");
      this.#store?.dispatch(named ? { kind: "key", key } : { kind: "typed", text: key });
      await this.settled();
    }
  }

  resize(columns: number, rows: number): Promise<void> {
    this.#store?.dispatch({ kind: "resized", columns, rows });
    return this.settled();
  }

  async settled(): Promise<void> {
    while (this.#pending.length > 0) {
      const pending = this.#pending;
      this.#pending = [];
      await Promise.all(pending);
    }
  }

  /** The screen as it stands, one text a row. */
  get rows(): string[] {
    return screenRows(this.model).map(textOf);
  }

  get text(): string {
    return this.rows.join("\n");
  }

  close(): void {
    this.#reader?.close();
    this.#notes?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const NAMED = new Set([
  ...["up", "down", "left", "right", "pageup", "pagedown", "home", "end"],
  ...["enter", "esc", "tab", "space", "backspace", "delete"],
]);
