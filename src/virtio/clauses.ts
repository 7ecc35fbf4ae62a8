/** Every clause that a rule cites: the number it has in virtio 1.3, its title, our paraphrase. */
export interface Clause {
  readonly version: "1.3";
  readonly section: string;
  readonly title: string;
  readonly paraphrase: string;
}

export const CLAUSES = {
  "virtio-1.3/2.7": {
    version: "1.3",
    section: "2.7",
    title: "Split Virtqueues",
    paraphrase: "A queue has a number of entries; no more buffers than that are in flight.",
  },
  "virtio-1.3/2.7.7.2": {
    version: "1.3",
    section: "2.7.7.2",
    title: "Device Requirements: Used Buffer Notification Suppression",
    paraphrase:
      "The device heeds what the driver says about used buffer notifications, and should not send those " +
      "that were not asked for; the driver copes with them all the same.",
  },
  "virtio-1.3/2.7.8": {
    version: "1.3",
    section: "2.7.8",
    title: "The Virtqueue Used Ring",
    paraphrase:
      "Each used element names the head of a descriptor chain that the driver had made available.",
  },
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
  "virtio-1.3/2.8.6": {
    version: "1.3",
    section: "2.8.6",
    title: "Next Flag: Descriptor Chaining",
    paraphrase:
      "A used descriptor carries the buffer id of the last descriptor of a list that was available.",
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
