import type { RingSetup } from "../model/memory.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import type { Chain } from "./chain.ts";
import type { Operation } from "./operation.ts";
import { EXPOSURE, type FactNumbers, NONE } from "./ring-facts.ts";
import { hex } from "./sample.ts";

/** Whether the elements that the device finds are those that the caller asked for. */
export type Match = "same" | "different" | "unknown";

/** The elements that a device finds, against those of the add's arguments. */
export function matchElements(chain: Chain, add: Operation, setup: RingSetup): Match {
  const { elements: log, elementsFrom: from, elementsTo: to } = add;
  if (from === to || chain.ending === "table-unread") return "unknown";
  if (chain.ending !== "complete") return "different";
  if (chain.count !== to - from) return sameRanges(chain, add, setup) ? "same" : "different";
  for (let i = 0; i < chain.count; i++) {
    const at = from + i;
    // Behind an IOMMU the descriptor holds another address than the caller knows.
    const sameAddr = setup.addressesMapped || chain.addr[i] === log.addr[at];
    if (!sameAddr || chain.len[i] !== log.len[at] || chain.writable[i] !== log.writable[at]) {
      return sameRanges(chain, add, setup) ? "same" : "different";
    }
  }
  return "same";
}

/** The first element that is not what was asked for: its aspect, and what is odd in it. */
export function firstDifference(
  chain: Chain,
  add: Operation,
  setup: RingSetup,
): FactNumbers & { readonly aspect: number } {
  const { elements: log, elementsFrom: from, elementsTo: to } = add;
  for (let i = 0; i < chain.count && from + i < to; i++) {
    const at = from + i;
    const sameAddr = setup.addressesMapped || chain.addr[i] === log.addr[at];
    if (!sameAddr || chain.len[i] !== log.len[at]) {
      const found = `${hex(chain.addr[i] as number)}+${chain.len[i]}`;
      const expected = `${hex(log.addr[at] as number)}+${log.len[at]}`;
      const what = `element ${i} is ${found}, ${expected} was asked for`;
      return { aspect: EXPOSURE.content, slot: i, what };
    }
    if (chain.writable[i] !== log.writable[at]) {
      return { aspect: EXPOSURE.direction, slot: i, found: chain.writable[i] as number };
    }
  }
  if (chain.slotCount === 1 && chain.count * DESC_BYTES === chain.tableBytes) {
    // Entry for entry what was asked for, as far as its length goes.
    const numbers = { slot: chain.indirectSlot, found: chain.tableBytes };
    return { aspect: EXPOSURE.tableLength, ...numbers, expected: (to - from) * DESC_BYTES };
  }
  const what = `${chain.count} elements, ${to - from} were asked for`;
  return { aspect: EXPOSURE.content, found: chain.count, expected: to - from, what };
}

/** A driver may cut a buffer into elements as it likes (2.7.4): the same bytes, in the same order? */
function sameRanges(chain: Chain, add: Operation, setup: RingSetup): boolean {
  if (setup.addressesMapped) return false;
  const found = rangesOf(chain, 0, chain.count);
  const asked = rangesOf(add.elements, add.elementsFrom, add.elementsTo);
  return found.length === asked.length && found.every((range, i) => range === asked[i]);
}

/** Elements as ranges of bytes, those that join made one. */
function rangesOf(
  elements: {
    readonly addr: Float64Array;
    readonly len: Uint32Array;
    readonly writable: Uint8Array;
  },
  from: number,
  to: number,
): string[] {
  const ranges: string[] = [];
  let start = NONE;
  let end = NONE;
  let direction = NONE;
  const close = (): void => {
    if (start !== NONE) ranges.push(`${start}-${end}-${direction}`);
  };
  for (let i = from; i < to; i++) {
    const addr = elements.addr[i] as number;
    const writable = elements.writable[i] as number;
    if (addr !== end || writable !== direction) {
      close();
      start = addr;
      direction = writable;
    }
    end = addr + (elements.len[i] as number);
  }
  close();
  return ranges;
}
