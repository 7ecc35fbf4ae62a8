/** Every clause that a rule cites: the number it has in virtio 1.3, its title, our paraphrase. */
export interface Clause {
  readonly version: "1.3";
  readonly section: string;
  readonly title: string;
  readonly paraphrase: string;
}

export const CLAUSES = {
  "virtio-1.3/2.7.10.1": {
    version: "1.3",
    section: "2.7.10.1",
    title: "Driver Requirements: Available Buffer Notification Suppression",
    paraphrase:
      "Without EVENT_IDX the driver notifies the device of an available entry while used.flags is 0; " +
      "with EVENT_IDX it notifies when the index of a new entry equals avail_event.",
  },
  "virtio-1.3/2.8.1": {
    version: "1.3",
    section: "2.8.1",
    title: "Driver and Device Ring Wrap Counters",
    paraphrase:
      "Each side keeps a wrap counter of one bit, which starts at 1 and flips each time its position " +
      "passes the last slot of the ring.",
  },
  "virtio-1.3/2.8.10": {
    version: "1.3",
    section: "2.8.10",
    title: "Driver and Device Event Suppression",
    paraphrase:
      "Each side says through flags, and with EVENT_IDX through a slot and a wrap counter, which " +
      "descriptor event it wants to be notified of.",
  },
} as const satisfies Record<string, Clause>;

export type ClauseId = keyof typeof CLAUSES;
