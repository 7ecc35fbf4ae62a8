import { EXPOSURE, STORES } from "./ring-facts.ts";

/**
 * What QEMU says when it breaks a device (virtio_error in hw/virtio/virtio.c), and the facts about ring
 * memory that would make it say so. QEMU does not say which queue it was.
 */
const MESSAGES: readonly {
  readonly pattern: RegExp;
  readonly exposure: number;
  readonly stores: number;
}[] = [
  {
    pattern: /^Incorrect order for descriptors/,
    // A list that runs on picks up a readable descriptor behind its writable ones.
    exposure: EXPOSURE.elementOrder | EXPOSURE.runsOn,
    stores: 0,
  },
  {
    pattern: /^Looped descriptor/,
    exposure: EXPOSURE.walkEnds | EXPOSURE.runsOn | EXPOSURE.misLinked,
    stores: 0,
  },
  { pattern: /^Desc next is \d+/, exposure: EXPOSURE.walkEnds | EXPOSURE.misLinked, stores: 0 },
  {
    pattern: /^Invalid size for indirect buffer table/,
    exposure: EXPOSURE.tableLength | EXPOSURE.indirectFlag,
    stores: 0,
  },
  { pattern: /^Guest moved used index from \d+ to \d+/, exposure: 0, stores: STORES.indexes },
  { pattern: /^Guest says index \d+ is available/, exposure: EXPOSURE.walkEnds, stores: 0 },
];

/** Aspects that would explain a message; undefined when it is none that stops a device. */
export function messageAspects(
  text: string,
): { readonly exposure: number; readonly stores: number } | undefined {
  return MESSAGES.find(({ pattern }) => pattern.test(text));
}
