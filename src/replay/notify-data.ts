import type { Place } from "../model/finding.ts";
import { NO_EVIDENCE } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";

/**
 * States what a notification carried with VIRTIO_F_NOTIFICATION_DATA (virtio 1.3, 2.9), against the
 * driver's position, in the same form. `exact`: the position is that of the moment when the value was
 * made; a probe's is that of the call's begin, and drivers notify without holding the queue, so that any
 * other position may be right by then. `number`: what the low half must be; undefined where that is not
 * known (with NOTIF_CONFIG_DATA it is not the queue's).
 */
export function emitNotifyData(
  queue: QueueContext,
  call: { readonly place: Place; readonly func: string },
  data: number,
  position: { readonly expected: number; readonly exact: boolean; readonly number?: number },
): void {
  const { layout, size } = queue;
  if (layout === undefined || size === undefined) return;
  const found = data >>> 16;
  const { expected, exact } = position;
  const what = oddPart(queue, data, position.number);
  const moved = what === "" && found !== expected && !exact;
  const { place, func } = call;
  const wrong = !moved && (what !== "" || found !== expected);
  const carried = `vq_index=${data & 0xffff} next_off=${found & 0x7fff} next_wrap=${found >> 15}`;
  queue.emit({
    kind: "notify.data",
    queue: queue.view,
    place,
    undecided: moved ? "another add may have moved the position during the call" : undefined,
    expected,
    found,
    what,
    evidence: wrong
      ? [{ role: "outcome", place, what: `${func} carries ${carried}` }]
      : NO_EVIDENCE,
  });
}

/** Without the feature a notification carries the queue's number and nothing else (virtio 1.3, 4.1.5.2.1). */
export function emitNotifyIndex(
  queue: QueueContext,
  { place, func }: { readonly place: Place; readonly func: string },
  data: number,
  index: number,
): void {
  const right = data === index;
  queue.emit({
    kind: "notify.data",
    queue: queue.view,
    place,
    undecided: undefined,
    expected: 0,
    found: 0,
    what: right ? "" : `${data} instead of the queue's number ${index}`,
    evidence: right ? NO_EVIDENCE : [{ role: "outcome", place, what: `${func} carries ${data}` }],
  });
}

/** What is wrong by itself, wherever the driver stands. */
function oddPart(queue: QueueContext, data: number, number: number | undefined): string {
  const found = data & 0xffff;
  if (number !== undefined && found !== number) return `queue ${found} instead of ${number}`;
  const off = (data >>> 16) & 0x7fff;
  if (queue.layout === "packed" && queue.size !== undefined && off >= queue.size) {
    return `next_off ${off} is outside the ring`;
  }
  return "";
}
