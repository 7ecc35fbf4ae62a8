/** Published versions of the specification. */
export const SPEC_VERSIONS = ["1.0", "1.1", "1.2", "1.3", "1.4"] as const;
export type SpecVersion = (typeof SPEC_VERSIONS)[number];
/** The version that is cited where nobody asks for another. */
export const SPEC_DEFAULT: SpecVersion = "1.3";

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
  "virtio-1.3/2.7.10.2": {
    version: "1.3",
    section: "2.7.10.2",
    title: "Device Requirements: Available Buffer Notification Suppression",
    paraphrase:
      "Without EVENT_IDX the device says through used.flags, 0 or 1, whether it wants to be notified; with it " +
      "flags stay 0 and avail_event says it. It copes with notifications that bring nothing new.",
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
  "virtio-1.3/1.4": {
    version: "1.3",
    section: "1.4",
    title: "Structure Specifications",
    paraphrase: "Every field of more than one byte is little-endian.",
  },
  "virtio-1.3/2.7.3": {
    version: "1.3",
    section: "2.7.3",
    title: "Legacy Interfaces: A Note on Virtqueue Endianness",
    paraphrase: "Without VERSION_1 the fields of a queue have the byte order of the guest.",
  },
  "virtio-1.3/2.7.4.2": {
    version: "1.3",
    section: "2.7.4.2",
    title: "Driver Requirements: Message Framing",
    paraphrase:
      "The driver places device-writable elements of a buffer after all device-readable ones.",
  },
  "virtio-1.3/2.7.5": {
    version: "1.3",
    section: "2.7.5",
    title: "The Virtqueue Descriptor Table",
    paraphrase:
      "A descriptor with NEXT is continued in the one that its next field names; a chain ends with one without.",
  },
  "virtio-1.3/2.7.5.2": {
    version: "1.3",
    section: "2.7.5.2",
    title: "Driver Requirements: The Virtqueue Descriptor Table",
    paraphrase: "A chain holds at most 2^32 bytes, and therefore has no loop.",
  },
  "virtio-1.3/2.7.5.3": {
    version: "1.3",
    section: "2.7.5.3",
    title: "Indirect Descriptors",
    paraphrase:
      "An indirect descriptor points to a table of descriptors; its len is the table's length in bytes.",
  },
  "virtio-1.3/2.7.5.3.1": {
    version: "1.3",
    section: "2.7.5.3.1",
    title: "Driver Requirements: Indirect Descriptors",
    paraphrase:
      "INDIRECT is set only where it was negotiated, never together with NEXT and never inside a table; a chain is no longer than the queue.",
  },
  "virtio-1.3/2.7.6": {
    version: "1.3",
    section: "2.7.6",
    title: "The Virtqueue Available Ring",
    paraphrase:
      "Each entry of the available ring names the head of a chain; idx says where the next entry goes.",
  },
  "virtio-1.3/2.7.6.1": {
    version: "1.3",
    section: "2.7.6.1",
    title: "Driver Requirements: The Virtqueue Available Ring",
    paraphrase: "The driver never takes back an entry: idx does not decrease.",
  },
  "virtio-1.3/2.7.7.1": {
    version: "1.3",
    section: "2.7.7.1",
    title: "Driver Requirements: Used Buffer Notification Suppression",
    paraphrase:
      "The driver may say through flags or used_event which used buffers it wants to be notified of, and copes with more.",
  },
  "virtio-1.3/2.7.8.2": {
    version: "1.3",
    section: "2.7.8.2",
    title: "Device Requirements: The Virtqueue Used Ring",
    paraphrase: "The device writes len and the data before it updates used.idx.",
  },
  "virtio-1.3/2.7.13": {
    version: "1.3",
    section: "2.7.13",
    title: "Supplying Buffers to The Device",
    paraphrase:
      "Descriptors first, then the entry of the available ring, then, after a barrier, idx.",
  },
  "virtio-1.3/2.7.13.3.1": {
    version: "1.3",
    section: "2.7.13.3.1",
    title: "Driver Requirements: Updating idx",
    paraphrase:
      "A memory barrier stands before the update of idx, so that the device sees the entries and descriptors.",
  },
  "virtio-1.3/2.8": {
    version: "1.3",
    section: "2.8",
    title: "Packed Virtqueues",
    paraphrase:
      "Lists follow each other in ring order; a used descriptor carries the id of the buffer that it stands for.",
  },
  "virtio-1.3/2.8.7": {
    version: "1.3",
    section: "2.8.7",
    title: "Indirect Flag: Scatter-Gather Support",
    paraphrase:
      "A packed indirect table holds len/16 descriptors in order; of their flags only WRITE has a meaning.",
  },
  "virtio-1.3/2.8.3": {
    version: "1.3",
    section: "2.8.3",
    title: "Write Flag",
    paraphrase:
      "In an available descriptor WRITE says that the device may write the element; in a used one, that it did.",
  },
  "virtio-1.3/2.8.9": {
    version: "1.3",
    section: "2.8.9",
    title: "Multi-buffer requests",
    paraphrase:
      "A device that answers one request with several buffers marks the first of them used last: the driver finds all or none.",
  },
  "virtio-1.3/2.8.12": {
    version: "1.3",
    section: "2.8.12",
    title: "Device Requirements: Packed Virtqueues",
    paraphrase:
      "The device takes buffers in the order in which they stand in the ring, and writes used descriptors in the order in which it is done.",
  },
  "virtio-1.3/2.8.13": {
    version: "1.3",
    section: "2.8.13",
    title: "The Virtqueue Descriptor Format",
    paraphrase: "The descriptor ring is zero when the queue starts.",
  },
  "virtio-1.3/2.8.14": {
    version: "1.3",
    section: "2.8.14",
    title: "Event Suppression Structure Format",
    paraphrase:
      "Flags are ENABLE, DISABLE or, with EVENT_IDX, DESC; the offset is inside the ring; all other bits are 0.",
  },
  "virtio-1.3/2.8.15": {
    version: "1.3",
    section: "2.8.15",
    title: "Device Requirements: The Virtqueue Descriptor Table",
    paraphrase:
      "The device changes a descriptor only after the driver made it available, and not again after it marked it used.",
  },
  "virtio-1.3/2.8.16": {
    version: "1.3",
    section: "2.8.16",
    title: "Driver Requirements: The Virtqueue Descriptor Table",
    paraphrase:
      "The driver changes a descriptor only after the device marked it used, and not again after it made it available.",
  },
  "virtio-1.3/2.8.17": {
    version: "1.3",
    section: "2.8.17",
    title: "Driver Requirements: Scatter-Gather Support",
    paraphrase:
      "A list is no longer than the ring, device-readable elements come first, and its first descriptor is made available last.",
  },
  "virtio-1.3/2.8.19": {
    version: "1.3",
    section: "2.8.19",
    title: "Driver Requirements: Indirect Descriptors",
    paraphrase:
      "INDIRECT is set only where it was negotiated, and not in a list of several; entries of an indirect table set no flag but WRITE.",
  },
  "virtio-1.3/2.8.21.1.1": {
    version: "1.3",
    section: "2.8.21.1.1",
    title: "Driver Requirements: Updating flags",
    paraphrase:
      "A memory barrier stands before the update of flags, so that the device sees the rest of the list.",
  },
  "virtio-1.3/2.8.22": {
    version: "1.3",
    section: "2.8.22",
    title: "Receiving Used Buffers From The Device",
    paraphrase: "The driver reads id and len of a descriptor after it saw it marked used.",
  },
  "virtio-1.3/2.1.1": {
    version: "1.3",
    section: "2.1.1",
    title: "Driver Requirements: Device Status Field",
    paraphrase:
      "The driver sets status bits as it completes the steps of initialisation, clears none of them, and resets a device before it initialises it again after FAILED.",
  },
  "virtio-1.3/2.1.2": {
    version: "1.3",
    section: "2.1.2",
    title: "Device Requirements: Device Status Field",
    paraphrase:
      "Before DRIVER_OK the device uses no buffer and notifies of none; when it cannot go on it sets DEVICE_NEEDS_RESET, and tells the driver.",
  },
  "virtio-1.3/2.2.1": {
    version: "1.3",
    section: "2.2.1",
    title: "Driver Requirements: Feature Bits",
    paraphrase:
      "The driver accepts only features that are offered, that it knows, and whose prerequisites it accepts as well.",
  },
  "virtio-1.3/2.2.2": {
    version: "1.3",
    section: "2.2.2",
    title: "Device Requirements: Feature Bits",
    paraphrase:
      "The device offers no feature without its prerequisites, takes any valid subset, and leaves FEATURES_OK clear for any other.",
  },
  "virtio-1.3/2.4.1": {
    version: "1.3",
    section: "2.4.1",
    title: "Device Requirements: Device Reset",
    paraphrase:
      "After a reset the status reads 0, and the device neither notifies nor touches its queues until it is initialised again.",
  },
  "virtio-1.3/2.4.2": {
    version: "1.3",
    section: "2.4.2",
    title: "Driver Requirements: Device Reset",
    paraphrase: "The driver takes a reset for complete when the status reads 0.",
  },
  "virtio-1.3/2.6.1.1.1": {
    version: "1.3",
    section: "2.6.1.1.1",
    title: "Device Requirements: Virtqueue Reset",
    paraphrase:
      "After a queue reset the device executes no request of the queue, and all of the queue's state is as it was at first.",
  },
  "virtio-1.3/2.6.1.1.2": {
    version: "1.3",
    section: "2.6.1.1.2",
    title: "Driver Requirements: Virtqueue Reset",
    paraphrase: "The driver makes sure that a queue has been reset.",
  },
  "virtio-1.3/2.7.1": {
    version: "1.3",
    section: "2.7.1",
    title: "Driver Requirements: Virtqueues",
    paraphrase:
      "The descriptor table stands at a multiple of 16 bytes, the available ring of 2, the used ring of 4.",
  },
  "virtio-1.3/2.7.2": {
    version: "1.3",
    section: "2.7.2",
    title: "Legacy Interfaces: A Note on Virtqueue Layout",
    paraphrase:
      "On the legacy interface the available ring follows the descriptor table, and the used ring stands at the next multiple of the queue's alignment.",
  },
  "virtio-1.3/2.8.11": {
    version: "1.3",
    section: "2.8.11",
    title: "Driver Requirements: Packed Virtqueues",
    paraphrase:
      "The descriptor ring stands at a multiple of 16 bytes, both event suppression structures of 4.",
  },
  "virtio-1.3/3.1.1": {
    version: "1.3",
    section: "3.1.1",
    title: "Driver Requirements: Device Initialization",
    paraphrase:
      "Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK and its check, queues, DRIVER_OK, in this order; no notification before the last.",
  },
  "virtio-1.3/3.1.2": {
    version: "1.3",
    section: "3.1.2",
    title: "Legacy Interface: Device Initialization",
    paraphrase:
      "On the legacy interface there is no FEATURES_OK: features are settled when the device is first used.",
  },
  "virtio-1.3/3.3.1": {
    version: "1.3",
    section: "3.3.1",
    title: "Driver Requirements: Device Cleanup",
    paraphrase:
      "What was made available on a live queue is neither altered nor taken back: not before the device or the queue is reset.",
  },
  "virtio-1.3/6.1": {
    version: "1.3",
    section: "6.1",
    title: "Driver Requirements: Reserved Feature Bits",
    paraphrase:
      "The driver accepts VERSION_1 when it is offered, and should accept what concerns the platform and the ring.",
  },
  "virtio-1.3/6.2": {
    version: "1.3",
    section: "6.2",
    title: "Device Requirements: Reserved Feature Bits",
    paraphrase:
      "The device offers VERSION_1; with IN_ORDER it uses buffers in the order in which they were made available.",
  },
  "virtio-1.3/6.3": {
    version: "1.3",
    section: "6.3",
    title: "Legacy Interface: Reserved Feature Bits",
    paraphrase:
      "With NOTIFY_ON_EMPTY, which only legacy interfaces have, the device notifies the driver when it runs " +
      "out of available descriptors, whatever the driver says of its notifications. Bit 30 is not negotiated.",
  },
} as const satisfies Record<string, Clause>;

export type ClauseId = keyof typeof CLAUSES;

/**
 * Where virtio 1.0 has what 1.3 has in 2.7, where it is not the same number in its chapter 2.4: supplying
 * and receiving buffers stood in chapter 3.
 */
const IN_1_0: Readonly<Record<string, string>> = {
  "2.7.6.1": "3.3.1",
  "2.7.10.1": "2.4.9.1",
  "2.7.10.2": "2.4.9.2",
  "2.7.13": "3.2.1",
  "2.7.13.3.1": "3.2.1.3.1",
};

/** The section that a clause has in a version; undefined where the version has none: packed rings came with 1.1. */
export function sectionIn(clause: ClauseId, version: SpecVersion): string | undefined {
  const { section } = CLAUSES[clause];
  const packed = section === "2.8" || section.startsWith("2.8.");
  // Resets of a device got a clause of their own with 1.2, resets of a queue came with it.
  if (version === "1.0" || version === "1.1") {
    if (section === "2.4.1") return "2.1.2";
    if (section === "2.4.2" || section.startsWith("2.6.1.")) return undefined;
  }
  switch (version) {
    case "1.0":
      return packed ? undefined : (IN_1_0[section] ?? section.replace(/^2\.7/, "2.4"));
    case "1.1":
      return section.replace(/^2\.[78]/, packed ? "2.7" : "2.6");
    default:
      return section;
  }
}

/** The first version that has a clause. */
export function sinceVersion(clause: ClauseId): SpecVersion {
  return SPEC_VERSIONS.find((version) => sectionIn(clause, version) !== undefined) ?? "1.4";
}

/** `virtio 1.1, 2.7.17 Driver Requirements: ...`; where the version has no such clause, the first that has. */
export function citation(clause: ClauseId, version: SpecVersion): string {
  const { title } = CLAUSES[clause];
  const section = sectionIn(clause, version);
  if (section !== undefined) return `virtio ${version}, ${section} ${title}`;
  const since = sinceVersion(clause);
  return `virtio ${since}, ${sectionIn(clause, since)} ${title}; virtio ${version} has no such clause`;
}

/** Whether what is in force from `since` on is in force in `version`. */
export function inForce(since: SpecVersion, version: SpecVersion): boolean {
  return SPEC_VERSIONS.indexOf(since) <= SPEC_VERSIONS.indexOf(version);
}
