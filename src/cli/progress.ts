import { basename } from "node:path";

/** Work that ends sooner needs no progress; then it is told a few times a second. */
const QUIET_MS = 1000;
const INTERVAL_MS = 200;

/** Told how far reading has come; `total` is 0 when nobody knows. */
export type Progress = (path: string, done: number, total: number) => void;

/** Progress on a terminal, in one line that is wiped when it is done; elsewhere nothing. */
export function progressOn(stream: NodeJS.WriteStream): Progress | undefined {
  if (!stream.isTTY) return undefined;
  const started = Date.now();
  let told = 0;
  return (path, done, total) => {
    const now = Date.now();
    const finished = total > 0 && done >= total;
    if (finished) {
      if (told > 0) stream.write("\r\u001b[K");
      return;
    }
    if (now - started < QUIET_MS || now - told < INTERVAL_MS) return;
    told = now;
    const share =
      total > 0 ? `${Math.floor((done / total) * 100)}%` : `${(done / 1e6).toFixed(0)} MB`;
    stream.write(`\rreading ${printableName(path)}: ${share}\u001b[K`);
  };
}

function printableName(path: string): string {
  return basename(path).replace(/[^\u0020-\u007e]/g, "?");
}
