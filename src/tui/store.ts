import type { Cmd, Msg } from "./messages.ts";
import type { Model } from "./model.ts";
import { screenRows } from "./rows/frame.ts";
import { painted } from "./theme.ts";
import { update } from "./update.ts";

/** Holds the model, and tells who draws when it has changed: once for all that a key led to. */
export class Store {
  #model: Model;
  #lines: readonly string[] | undefined;
  #listener: (() => void) | undefined;
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
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  };

  /** The screen as the terminal takes it, one string a row; the same array while nothing changes. */
  readonly lines = (): readonly string[] => {
    this.#lines ??= screenRows(this.#model).map((row) => painted(row, this.#model.theme));
    return this.#lines;
  };

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      this.#listener?.();
    });
  }
}
