import { EXPOSURE } from "./ring-facts.ts";

/**
 * What QEMU says when it breaks a device (virtio_error in hw/virtio/virtio.c), and the odd
 * buffers that would make it say so. QEMU does not say which queue it was.
 */
const MESSAGES: readonly {
  readonly pattern: RegExp;
  readonly aspects: number;
}[] = [
  {
    pattern: /^Incorrect order for descriptors/,
    // A list that runs on picks up a readable descriptor behind its writable ones.
    aspects: EXPOSURE.elementOrder | EXPOSURE.runsOn,
  },
  {
    pattern: /^Looped descriptor/,
    aspects: EXPOSURE.walkEnds | EXPOSURE.length | EXPOSURE.runsOn | EXPOSURE.misLinked,
  },
  { pattern: /^Desc next is \d+/, aspects: EXPOSURE.walkEnds | EXPOSURE.misLinked },
  {
    pattern: /^Invalid size for indirect buffer table/,
    aspects: EXPOSURE.tableLength | EXPOSURE.indirectFlag,
  },
  { pattern: /^(virtio: )?zero sized buffers are not allowed/, aspects: EXPOSURE.lengthSet },
  { pattern: /^Guest says index \d+ is available/, aspects: EXPOSURE.walkEnds },
];

/** Aspects of a buffer made available that would explain a message; 0 for any other message. */
export function messageAspects(text: string): number {
  return MESSAGES.find(({ pattern }) => pattern.test(text))?.aspects ?? 0;
}
