import type { Cmd, Msg } from "./messages.ts";
import type { Model } from "./model.ts";
import { screenRows } from "./rows/frame.ts";
import { painted } from "./theme.ts";
import { update } from "./update.ts";

/** Holds the model, and tells who draws when it has changed: once for all that a key led to. */
export class Store {
  #model: Model;
  #lines: readonly string[] | undefined;
  readonly #listeners = new Set<() => void>();
  #told = false;
  /** Does what updates ask for. */
  run: (cmd: Cmd) => void = () => {};

  constructor(model: Model) {
    this.#model = model;
  }

  get model(): Model {
    return this.#model;
  }

  readonly dispatch = (msg: Msg): void => {
    const [model, cmds] = update(this.#model, msg);
    if (model !== this.#model) {
      this.#model = model;
      this.#lines = undefined;
      this.#tell();
    }
    for (const cmd of cmds) this.run(cmd);
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The screen as the terminal takes it, one string a row; the same array while nothing changes. */
  readonly lines = (): readonly string[] => {
    this.#lines ??= screenRows(this.#model).map((row) => painted(row, this.#model.theme));
    return this.#lines;
  };

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    // Behind what a command answers at once: a page that comes with its key is one frame with it.
    setImmediate(() => {
      this.#told = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
