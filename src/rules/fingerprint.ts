import type { QueueView } from "../replay/observation.ts";

/**
 * The identity of a mistake across runs: the rule, the queue by what it is called and how it is
 * made, and the shape of the mistake. No addresses, no times, no lines.
 */
export function fingerprintOf(
  rule: string,
  queue: Pick<QueueView, "name" | "index" | "layout" | "size" | "ordinal">,
  shape: string,
): string {
  const parts = [rule, queue.name, queue.index, queue.layout, queue.size, queue.ordinal, shape];
  return fnv1a64(parts.map((part) => String(part ?? "?")).join("\n"));
}

/** FNV-1a over UTF-16 code units: short, stable, and no secret. */
function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash ^= BigInt(text.charCodeAt(i));
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
