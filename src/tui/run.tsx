import { type Instance, render } from "ink";
import { FramePainter } from "./frame-painter.ts";
import type { Msg } from "./messages.ts";
import type { Store } from "./store.ts";
import { TerminalScreen } from "./terminal.ts";
import { FOOT_ROWS, Screen } from "./views/screen.tsx";

/** A window that is dragged tells its size many times. */
const RESIZE_MS = 40;
const STAYING_MS = 1 << 30;

/** What a shell expects of a program that a signal ended. */
const EXIT_OF = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
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

  /** Shows the screen; resolves when the user ends it. `cleanUp` runs whatever ends the program. */
  async run(store: Store, cleanUp: () => void): Promise<void> {
    this.#store = store;
    const { stdout } = this.#streams;
    const handlers = Object.entries(EXIT_OF).map(([signal, code]) => {
      const handler = (): void => {
        this.#terminal.leave();
        cleanUp();
        process.exit(code);
      };
      process.on(signal, handler);
      return [signal, handler] as const;
    });
    // A terminal that goes ends its input: with nothing left to wait for, node ends before the signal is told.
    const leave = (): void => {
      this.#terminal.leave();
      cleanUp();
    };
    const crashed = (error: unknown): void => {
      this.#terminal.leave();
      cleanUp();
      process.stderr.write(
        `vringscope: this is a bug in vringscope, please report it\n${
          error instanceof Error ? (error.stack ?? error.message) : String(error)
        }\n`,
      );
      process.exit(70);
    };
    const resized = (): void => this.#resized();
    process.on("exit", leave);
    process.on("uncaughtException", crashed);
    stdout.on("resize", resized);
    this.#terminal.enter();
    this.#mount();
    try {
      await new Promise<void>((done) => {
        this.#ended = done;
      });
    } finally {
      clearTimeout(this.#resizing);
      this.#unmount();
      this.#terminal.leave();
      stdout.removeListener("resize", resized);
      process.removeListener("exit", leave);
      process.removeListener("uncaughtException", crashed);
      for (const [signal, handler] of handlers) process.removeListener(signal, handler);
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
