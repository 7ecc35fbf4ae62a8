import { type Instance, render } from "ink";
import { FramePainter } from "./frame-painter.ts";
import type { Msg } from "./messages.ts";
import type { Store } from "./store.ts";
import { TerminalScreen } from "./terminal.ts";
import { FOOT_ROWS, Screen } from "./views/screen.tsx";

/** A window that is dragged tells its size many times. */
const RESIZE_MS = 40;
const STAYING_MS = 1 << 30;

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
}

/** What the program around does, however the screen ends. */
export interface Around {
  /** Runs at every end of the program that nobody waits for. */
  readonly cleanUp: () => void;
  /** Has something done before a signal ends the program; call the answer when it need not be. */
  readonly onInterrupt: (cleanUp: () => void) => () => void;
}

export function sizeOf(stdout: NodeJS.WriteStream): {
  readonly columns: number;
  readonly rows: number;
} {
  return {
    columns: Math.max(20, stdout.columns ?? 80),
    rows: Math.max(6, stdout.rows ?? 24),
  };
}

/** The screen on a terminal, from its first frame to its last. */
export class ScreenSession {
  #store: Store | undefined;
  readonly #streams: Streams;
  readonly #terminal: TerminalScreen;
  #ink:
    | { readonly instance: Instance; readonly painter: FramePainter; readonly leave: () => void }
    | undefined;
  #resizing: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(streams: Streams) {
    this.#streams = streams;
    this.#terminal = new TerminalScreen(streams.stdout);
  }

  /** Shows the screen; resolves when the user ends it. What nobody catches is thrown, on a terminal as it was. */
  async run(store: Store, { cleanUp, onInterrupt }: Around): Promise<void> {
    this.#store = store;
    const { stdout } = this.#streams;
    const uninterrupted = onInterrupt(() => this.#terminal.leave());
    // A terminal that goes ends its input: with nothing left to wait for, node ends before the signal is told.
    const leave = (): void => {
      this.#terminal.leave();
      cleanUp();
    };
    let crashed: (error: unknown) => void = () => {};
    const ended = new Promise<void>((done, failed) => {
      this.#ended = done;
      crashed = failed;
    });
    const resized = (): void => this.#resized();
    process.on("exit", leave);
    process.on("uncaughtException", crashed);
    stdout.on("resize", resized);
    this.#terminal.enter();
    this.#mount();
    try {
      await ended;
    } finally {
      clearTimeout(this.#resizing);
      this.#unmount();
      this.#terminal.leave();
      stdout.removeListener("resize", resized);
      process.removeListener("exit", leave);
      process.removeListener("uncaughtException", crashed);
      uninterrupted();
    }
  }

  copy(text: string): void {
    this.#terminal.copy(text);
  }

  quit(): void {
    this.#ended?.();
  }

  redraw(): void {
    this.#unmount();
    this.#terminal.clear();
    this.#mount();
  }

  /** Back to the shell, which brings the program back with `fg`. */
  suspend(): void {
    this.#unmount();
    this.#terminal.leave();
    // While it is stopped nothing else keeps the program: it would end as it goes on.
    const staying = setInterval(() => {}, STAYING_MS);
    process.once("SIGCONT", () => {
      clearInterval(staying);
      this.#terminal.enter();
      this.#dispatch({ kind: "resized", ...sizeOf(this.#streams.stdout) });
      this.#mount();
    });
    // The whole job, as the terminal would: who started us waits as well.
    process.kill(0, "SIGTSTP");
  }

  #dispatch(msg: Msg): void {
    this.#store?.dispatch(msg);
  }

  #resized(): void {
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => {
      this.#dispatch({ kind: "resized", ...sizeOf(this.#streams.stdout) });
      this.redraw();
    }, RESIZE_MS);
  }

  #mount(): void {
    const { stdin, stdout } = this.#streams;
    const store = this.#store;
    if (store === undefined) return;
    const painter = new FramePainter(
      sizeOf(stdout),
      (text) => this.#terminal.write(text),
      () => ({ behind: 1, rows: store.lines().slice(1, -FOOT_ROWS) }),
    );
    const instance = render(<Screen store={store} />, {
      stdin,
      stdout: painter as unknown as NodeJS.WriteStream,
      exitOnCtrlC: false,
      patchConsole: false,
      // Whole frames, to the painter.
      debug: true,
    });
    this.#ink = { instance, painter, leave: store.subscribe(() => painter.draw()) };
  }

  #unmount(): void {
    this.#ink?.leave();
    this.#ink?.painter.close();
    this.#ink?.instance.unmount();
    this.#ink = undefined;
  }
}
