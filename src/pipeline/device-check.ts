import type { QueueReport, SourceReport } from "../model/check-report.ts";
import type { Coverage, Finding } from "../model/finding.ts";
import type { QmpAnswers, QmpDevice, QmpQueue } from "../parser/qmp/qmp.ts";
import { NO_PLACE } from "../replay/dump/dump-facts.ts";
import type { QueueCreated, QueuePlace } from "../replay/life-facts.ts";
import { NO_EVIDENCE, type Observation, type QueueView } from "../replay/observation.ts";
import { Check } from "../rules/check.ts";
import type { Rule } from "../rules/rule.ts";
import { knownFeatures } from "../virtio/feature-set.ts";
import { STATUS_BITS } from "../virtio/status.ts";
import type { QmpMember } from "./members.ts";
import { deviceOf } from "./ring-join.ts";

const { DRIVER_OK, FEATURES_OK } = STATUS_BITS;

interface DeviceChecks {
  readonly queues: QueueReport[];
  readonly findings: (Finding & { readonly source: SourceReport })[];
  readonly coverage: Coverage[];
}

/**
 * What QEMU says of its devices at one instant: features offered and accepted, sizes and addresses of
 * queues. A queue has a row of its own only where something is wrong with it: its dump has one already.
 */
export function checkAnswers(
  members: readonly QmpMember[],
  rules: readonly Rule[],
  numberFrom: number,
): DeviceChecks {
  const all: DeviceChecks = { queues: [], findings: [], coverage: [] };
  const seen = new Map<string, number>();
  for (const { source, answers } of members) {
    for (const device of answers.devices) {
      const text = `${device.device}${device.path === undefined ? "" : ` ${device.path}`}`;
      const before = seen.get(text) ?? 0;
      seen.set(text, before + 1);
      const id = before === 0 ? text : `${text}/${before + 1}`;
      checkDevice(device, answers, { id, source, rules, numberFrom }, all);
    }
  }
  return all;
}

function checkDevice(
  device: QmpDevice,
  answers: QmpAnswers,
  at: {
    readonly id: string;
    readonly source: SourceReport;
    readonly rules: readonly Rule[];
    readonly numberFrom: number;
  },
  all: DeviceChecks,
): void {
  const { id, source } = at;
  const run = (seen: Observation): Check => {
    const check = new Check(at.rules);
    check.observe(seen);
    all.findings.push(...check.findings().map((finding) => ({ ...finding, source })));
    return check;
  };
  const view = viewOf(at.numberFrom + all.queues.length, id, device.device, undefined);
  const rows = run(featuresSeen(device, view)).coverage();
  all.queues.push(rowOf(view, device, source));
  const own = answers.queues.filter((queue) => deviceOf(queue, answers) === device);
  for (const queue of own) {
    const number = at.numberFrom + all.queues.length;
    const queueView = viewOf(number, `${id} q${queue.index}`, device.device, queue);
    const check = run(queueSeen(queue, own, device, queueView));
    const coverage = check.coverage();
    if (check.findings().length > 0) {
      all.queues.push(rowOf(queueView, device, source));
      all.coverage.push(...coverage);
    } else for (const row of coverage) add(rows, { ...row, queue: id });
  }
  all.coverage.push(...rows);
}

function featuresSeen(device: QmpDevice, queue: QueueView): Observation {
  const settled = (device.status & (FEATURES_OK | DRIVER_OK)) !== 0;
  return {
    kind: "features.seen",
    queue,
    place: NO_PLACE,
    offered: device.offered,
    // Before that the driver may still change them.
    accepted: settled ? device.accepted : undefined,
    featuresOk: (device.status & FEATURES_OK) !== 0,
    evidence: NO_EVIDENCE,
  };
}

function queueSeen(
  queue: QmpQueue,
  own: readonly QmpQueue[],
  device: QmpDevice,
  view: QueueView,
): QueueCreated {
  const legacy = (device.status & DRIVER_OK) !== 0 && !device.accepted.has("VIRTIO_F_VERSION_1");
  return {
    kind: "queue.created",
    queue: view,
    place: NO_PLACE,
    layout: layoutOf(device),
    size: queue.size,
    areas: areasOf(queue),
    legacy,
    exact: true,
    others: own.filter((other) => other !== queue).map((other) => placeOf(other, device)),
    evidence: NO_EVIDENCE,
  };
}

function layoutOf({ accepted }: QmpDevice): "packed" | "split" {
  return accepted.has("VIRTIO_F_RING_PACKED") ? "packed" : "split";
}

const areasOf = ({ desc, avail, used }: QmpQueue): number[] => [desc, avail, used];

function placeOf(queue: QmpQueue, device: QmpDevice): QueuePlace {
  const { index, size } = queue;
  return { name: `queue ${index}`, layout: layoutOf(device), size, areas: areasOf(queue) };
}

function viewOf(number: number, id: string, name: string, queue: QmpQueue | undefined): QueueView {
  return {
    number,
    id,
    name,
    index: queue?.index,
    layout: undefined,
    size: queue?.size,
    ordinal: 0,
  };
}

function add(rows: Coverage[], more: Coverage): void {
  const same = rows.find(({ rule }) => rule === more.rule);
  if (same === undefined) {
    rows.push(more);
    return;
  }
  same.satisfied += more.satisfied;
  same.undecided += more.undecided;
  same.unclear += more.unclear;
  for (const [reason, count] of more.reasons) {
    same.reasons.set(reason, (same.reasons.get(reason) ?? 0) + count);
  }
  for (const [point, count] of more.openPoints) {
    same.openPoints.set(point, (same.openPoints.get(point) ?? 0) + count);
  }
}

function rowOf(view: QueueView, device: QmpDevice, source: SourceReport): QueueReport {
  return {
    ...view,
    pointer: 0n,
    generation: 1,
    device: device.path ?? device.device,
    features: knownFeatures(device.accepted),
    events: 0,
    decisions: 0,
    kicks: 0,
    requests: 0,
    interrupts: 0,
    source,
  };
}
