/** What a shell expects of a program that a signal ended. */
const EXIT_OF = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type CleanUp = () => void | Promise<void>;

/** The last one first: what was begun last stands on what was there before. */
const cleanUps = new Set<CleanUp>();
const handlers = Object.entries(EXIT_OF).map(
  ([signal, code]) => [signal, (): void => void end(code)] as const,
);
let ending = false;

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  try {
    for (const cleanUp of [...cleanUps].reverse()) await cleanUp();
  } finally {
    process.exit(code);
  }
}

/** Runs `cleanUp` and ends when the user interrupts; call the answer when there is nothing to clean. */
export function onInterrupt(cleanUp: CleanUp): () => void {
  if (cleanUps.size === 0) for (const [signal, handler] of handlers) process.on(signal, handler);
  cleanUps.add(cleanUp);
  return () => {
    cleanUps.delete(cleanUp);
    if (cleanUps.size > 0) return;
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  };
}
