import { expect, test } from "vitest";
import { type EventBatch, StringTable } from "../../model/batch.ts";
import { EVENT_KINDS, FIELDS, type FieldName } from "../../model/event.ts";
import { PointerTable } from "../../model/pointer.ts";
import { clockText } from "../../model/time.ts";
import { holdsTraceEvents } from "./messages.ts";
import { QemuReader } from "./reader.ts";

interface Row {
  readonly kind: string;
  readonly fields: Partial<Record<FieldName, string | number>>;
  readonly time: number;
  readonly pid: number;
}

function read(text: string): { readonly rows: Row[]; readonly reader: QemuReader } {
  const rows: Row[] = [];
  const pointers = new PointerTable();
  const take = (batch: EventBatch): EventBatch => {
    for (let row = 0; row < batch.length; row++) {
      const fields: Row["fields"] = {};
      for (const field of FIELDS) {
        const value = batch.value(row, field);
        const pointer = ["queue", "device", "element"].includes(field);
        if (!Number.isNaN(value)) fields[field] = pointer ? pointers.text(value) : value;
      }
      rows.push({
        kind: EVENT_KINDS[batch.kind[row] as number] as string,
        fields,
        time: batch.time[row] as number,
        pid: batch.pid[row] as number,
      });
    }
    batch.clear();
    return batch;
  };
  const reader = new QemuReader({ strings: new StringTable(), pointers, firstSeq: 0, emit: take });
  const bytes = new TextEncoder().encode(text);
  // In two chunks, cut inside a line.
  reader.push(bytes.subarray(0, 50));
  reader.push(bytes.subarray(50));
  reader.end();
  return { rows, reader };
}

/** A line that it must accept, and the event that it must yield. */
const SAMPLES: readonly (readonly [line: string, kind: string, fields: Row["fields"]])[] = [
  [
    "virtio_set_status vdev 0x55652a0ffd90 val 11",
    "statusWritten",
    { device: "0x55652a0ffd90", status: 11 },
  ],
  [
    "virtio_queue_notify vdev 0x55652a0ffd90 n 2 vq 0x556529cb2630",
    "deviceNotified",
    { device: "0x55652a0ffd90", index: 2, queue: "0x556529cb2630" },
  ],
  [
    "virtio_notify vdev 0x55652a0ffd90 vq 0x556529cb2630",
    "deviceInterrupted",
    { device: "0x55652a0ffd90", queue: "0x556529cb2630" },
  ],
  [
    "virtio_notify_irqfd vdev 0x55652a0ffd90 vq 0x556529cb2630",
    "deviceInterrupted",
    { device: "0x55652a0ffd90", queue: "0x556529cb2630" },
  ],
  [
    "virtqueue_alloc_element elem 0x55652985ec00 size 240 in_num 2 out_num 1",
    "elementAllocated",
    { element: "0x55652985ec00" },
  ],
  [
    "virtqueue_pop vq 0x556529cb2630 elem 0x55652985ec00 in_num 2 out_num 1",
    "elementPopped",
    { queue: "0x556529cb2630", element: "0x55652985ec00", inSgs: 2, outSgs: 1 },
  ],
  [
    "virtqueue_fill vq 0x556529cb2630 elem 0x55652985ec00 len 513 idx 3",
    "elementFilled",
    { queue: "0x556529cb2630", element: "0x55652985ec00", count: 3 },
  ],
  [
    "virtqueue_flush vq 0x556529cb2630 count 4",
    "elementsFlushed",
    { queue: "0x556529cb2630", count: 4 },
  ],
];

test.each(SAMPLES)("%s", (line, kind, fields) => {
  const { rows, reader } = read(`28995@1795398970.587002:${line}\n${line}\n`);
  expect(rows).toEqual([
    { kind, fields, time: 0, pid: 28995 },
    { kind, fields, time: 0, pid: 0 },
  ]);
  expect(holdsTraceEvents(`${line}\n`)).toBe(true);
  expect(reader.ledger).toMatchObject({ lines: 2, events: 2, notes: 0, rejected: 0 });
});

test("times are exact, and count from the first event", () => {
  const { rows, reader } = read(
    "7@1795398970.587002:virtio_set_status vdev 0x10 val 0\n7@1795398971.000001:virtio_set_status vdev 0x10 val 1\n",
  );
  const clock = reader.clock ?? { major: 0, minor: 0, unit: "ticks" };
  expect(rows.map(({ time }) => clockText(clock, time))).toEqual([
    "1795398970.587002000",
    "1795398971.000001000",
  ]);
});

test("other events and messages are notes, what cannot be read is rejected", () => {
  const { rows, reader } = read(
    [
      "28995@1795398970.587002:virtio_blk_req_complete vdev 0x1 req 0x2 status 0",
      "2026-11-23T01:56:10.587129Z qemu-system-x86_64: Incorrect order for descriptors",
      "28995@1795398970.587002:virtio_set_status vdev (nil) val 0",
      "28995@1795398970.587002:virtqueue_pop vq 0x1 elem 0x2 in_num x out_num 1",
      "lorem ipsum",
      "28995@1795398970.58",
    ].join("\n"),
  );
  expect(rows).toEqual([]);
  expect(reader.messages).toEqual([{ line: 2, text: "Incorrect order for descriptors" }]);
  expect(reader.ledger).toMatchObject({ lines: 6, events: 0, notes: 3, rejected: 3 });
  expect(reader.diagnostics.entries().map(({ code, line }) => [code, line])).toEqual([
    ["line-unrecognised", 3],
    ["line-unrecognised", 4],
    ["line-unrecognised", 5],
    ["line-truncated", 6],
  ]);
});
