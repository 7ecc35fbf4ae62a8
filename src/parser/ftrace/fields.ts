import type { EventKind, FieldName } from "../../model/event.ts";

/** One row of the table of accepted field names; docs/fields.md is printed from it. */
export interface FieldRow {
  readonly field: FieldName;
  /** Names that a probe may give the field. */
  readonly names: readonly string[];
  /** Only in these calls; everywhere when absent. */
  readonly on?: { readonly kinds: readonly EventKind[]; readonly phase?: "begin" | "end" };
  /** What the value is on a packed queue, and on a split one. */
  readonly packed: string;
  readonly split: string;
}

const same = (meaning: string) => ({ packed: meaning, split: meaning });

/**
 * Field names that probes use, and what they mean. The first row that fits name, call and phase
 * counts. A probe with fixed struct offsets reads other fields on a split queue than on a packed
 * one; the two columns tell them apart, and until the layout of a queue is known such a field is
 * not used at all.
 */
export const FIELD_TABLE: readonly FieldRow[] = [
  { field: "queue", names: ["vq", "_vq", "virtqueue", "queue"], ...same("virtqueue pointer") },
  { field: "name", names: ["name", "vq_name", "queue_name"], ...same("name of the queue") },
  {
    field: "index",
    names: ["index", "queue_index", "vq_index"],
    ...same("number of the queue within its device"),
  },
  {
    field: "segments",
    names: ["num_sg", "total_sg", "num"],
    on: { kinds: ["add"] },
    ...same("segments of the buffer"),
  },
  {
    field: "queueSize",
    names: ["num", "queue_size", "vring_num", "size"],
    ...same("queue size N"),
  },
  { field: "packed", names: ["packed", "packed_ring"], ...same("1 packed ring, 0 split ring") },
  {
    field: "eventIdx",
    names: ["event", "event_idx"],
    ...same("1 when VIRTIO_F_EVENT_IDX was negotiated"),
  },
  {
    field: "indirect",
    names: ["indirect"],
    ...same("1 when VIRTIO_F_INDIRECT_DESC was negotiated"),
  },
  {
    field: "nextAvail",
    names: ["next_avail", "next_avail_idx"],
    packed: "slot that the next list starts in",
    split: "noise (another field at that offset): not used",
  },
  {
    field: "availWrap",
    names: ["avail_wrap", "avail_wrap_counter"],
    packed: "the driver's wrap counter",
    split: "noise: not used",
  },
  {
    field: "lastUsed",
    names: ["last_used", "last_used_idx"],
    packed: "next used slot in bits 0 to 14, its wrap counter in bit 15",
    split: "free-running index of the next used entry",
  },
  { field: "numFree", names: ["num_free", "free"], ...same("descriptors the driver has free") },
  {
    field: "numAdded",
    names: ["num_added"],
    packed: "slots made available since the last kick decision",
    split: "entries made available since the last kick decision",
  },
  {
    field: "driverOffWrap",
    names: ["driver_off_wrap"],
    packed: "Driver Area off_wrap",
    split: "avail.flags",
  },
  {
    field: "driverFlags",
    names: ["driver_flags"],
    packed: "Driver Area flags",
    split: "avail.idx",
  },
  {
    field: "deviceOffWrap",
    names: ["device_off_wrap"],
    packed: "Device Area off_wrap",
    split: "used.flags",
  },
  {
    field: "deviceFlags",
    names: ["device_flags"],
    packed: "Device Area flags",
    split: "used.idx",
  },
  { field: "availFlags", names: ["avail_flags"], packed: "not used", split: "avail.flags" },
  { field: "availIdx", names: ["avail_idx"], packed: "not used", split: "avail.idx" },
  { field: "usedFlags", names: ["used_flags"], packed: "not used", split: "used.flags" },
  { field: "usedIdx", names: ["used_idx"], packed: "not used", split: "used.idx" },
  { field: "usedEvent", names: ["used_event"], packed: "not used", split: "used_event" },
  { field: "availEvent", names: ["avail_event"], packed: "not used", split: "avail_event" },
  {
    field: "token",
    names: ["data", "token"],
    ...same("the driver's pointer for the buffer; 0 from get_buf: there was none"),
  },
  {
    field: "token",
    names: ["ret"],
    on: { kinds: ["getBuf", "detachUnused"], phase: "end" },
    ...same("the driver's pointer for the buffer; 0 from get_buf: there was none"),
  },
  {
    field: "needsKick",
    names: ["needs_kick", "ret"],
    on: { kinds: ["kickPrepare"], phase: "end" },
    ...same("1 when the driver is to notify the device"),
  },
  {
    field: "result",
    names: ["ret"],
    on: { kinds: ["add"], phase: "end" },
    ...same("0, or a negative errno"),
  },
  {
    field: "queue",
    names: ["ret"],
    on: { kinds: ["create"], phase: "end" },
    ...same("virtqueue pointer"),
  },
  {
    field: "notifyData",
    names: ["notify_data", "notification_data"],
    on: { kinds: ["notify"] },
    ...same("value of the notification, with VIRTIO_F_NOTIFICATION_DATA"),
  },
  { field: "bufferId", names: ["id", "head"], packed: "buffer id", split: "head of the chain" },
  { field: "irq", names: ["irq"], ...same("interrupt number") },
  {
    field: "outSgs",
    names: ["out_sgs", "out"],
    on: { kinds: ["add"] },
    ...same("device-readable scatterlists, not segments"),
  },
  {
    field: "inSgs",
    names: ["in_sgs", "in"],
    on: { kinds: ["add"] },
    ...same("device-writable scatterlists, not segments"),
  },
  {
    field: "descArea",
    names: ["desc"],
    on: { kinds: ["create"] },
    ...same("address of the Descriptor Area"),
  },
  {
    field: "driverArea",
    names: ["driver", "avail"],
    on: { kinds: ["create"] },
    ...same("address of the Driver Area"),
  },
  {
    field: "deviceArea",
    names: ["device", "used"],
    on: { kinds: ["create"] },
    ...same("address of the Device Area"),
  },
  {
    field: "ringDma",
    names: ["ring_dma"],
    on: { kinds: ["create"] },
    ...same("bus address of the ring"),
  },
];

/** The field behind a name in one call; undefined for a name that the engine does not use. */
export function fieldOfName(
  name: string,
  kind: EventKind,
  phase: "begin" | "end",
): FieldName | undefined {
  const row = FIELD_TABLE.find(
    ({ names, on }) =>
      names.includes(name) &&
      (on === undefined ||
        (on.kinds.includes(kind) && (on.phase === undefined || on.phase === phase))),
  );
  return row?.field;
}
