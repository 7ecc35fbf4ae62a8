import { AREA } from "../model/memory.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import type { StoreSeen } from "./ring-state.ts";

const AREA_NAMES = {
  packed: ["descriptor", "driver event", "device event", "indirect table entry"],
  split: ["descriptor", "available ring", "used ring", "indirect table entry"],
};

/** A store, in the words of its layout: `descriptor 3 (offset 56)`. */
export function storeText(store: StoreSeen, layout: "split" | "packed"): string {
  const name = AREA_NAMES[layout][store.area];
  if (name === undefined) return `memory outside the queue (offset ${store.offset})`;
  const isDesc = store.area === AREA.desc || store.area === AREA.ind;
  const number = isDesc ? ` ${(store.offset / DESC_BYTES) | 0}` : "";
  return `${name}${number} (offset ${store.offset})`;
}
