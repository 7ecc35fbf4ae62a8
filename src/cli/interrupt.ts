/** What a shell expects of a program that a signal ended. */
const EXIT_OF = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs `cleanUp` and ends when the user interrupts; call the answer when there is nothing to clean. */
export function onInterrupt(cleanUp: () => void): () => void {
  const handlers = Object.entries(EXIT_OF).map(([signal, code]) => {
    const handler = (): void => {
      cleanUp();
      process.exit(code);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  return () => {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  };
}
