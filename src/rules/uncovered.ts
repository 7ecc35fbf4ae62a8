import { CATALOGUE_INVARIANTS, CATALOGUE_STATEMENTS } from "../virtio/catalogue.ts";

/** Rows that share a reason: no rule covers them, or only in part. */
interface Group {
  readonly rows: readonly string[];
  readonly reason: string;
}

/** What is allowed: nobody can break it. The reason names the guard that keeps rules silent on it. */
const ALLOWED: readonly Group[] = [
  {
    rows: ["SP-FRAME-02", "PK-SG-08"],
    reason:
      "allowed: a device that stops at a long list is told as what stopped, and not accused of it",
  },
  {
    rows: ["SP-DESC-03"],
    reason: "allowed: nothing is said of what is read or written in buffers",
  },
  {
    rows: ["SP-UNS-02", "SP-ANS-09", "SP-SUP-06", "PK-SUP-04"],
    reason:
      "allowed: a decision is judged against every value that the word had between publication and decision",
  },
  {
    rows: ["SP-UNS-04", "SP-ANS-11"],
    reason:
      "allowed: any 16-bit value of an event index is legal; asking late is a note, and asking for the past nothing",
  },
  {
    rows: ["SP-USED-03"],
    reason:
      "allowed: queue/used-len-too-large compares with what is writable, and with nothing below",
  },
  {
    rows: ["SP-SUP-01", "SP-SUP-03"],
    reason:
      "allowed: a buffer is judged when idx covers it, however many stores stand before and between",
  },
  { rows: ["SP-SUP-02"], reason: "allowed: entries are found by idx, in whatever steps it moves" },
  {
    rows: ["SP-SUP-04", "PK-SUP-02"],
    reason:
      "allowed: a buffer may be used as soon as it is exposed; no rule asks for a notification before",
  },
  {
    rows: ["SP-RCV-01", "PK-RCV-01"],
    reason:
      "allowed: the driver's word may change at any rate; interrupts are judged against its window",
  },
  {
    rows: ["PK-DEV-03"],
    reason:
      "allowed: slots written ahead of the device's position count when the position reaches them",
  },
  {
    rows: ["PK-NOTIF-01"],
    reason: "allowed: a notification too many is at most a note of queue/kick-superfluous",
  },
  {
    rows: ["PK-SUP-01"],
    reason:
      "allowed: a list is judged when its first flags are stored, not when later slots look available",
  },
  {
    rows: ["CM-VQR-04", "PCI-RST-07", "PCI-RST-08", "MMIO-RST-07", "MMIO-RST-08"],
    reason:
      "allowed: a creation at a known address is another generation of the queue, with what it brings",
  },
  {
    rows: ["CM-LEG-03", "CM-LEG-08", "CM-INIT-02", "CM-RFB-02"],
    reason: "allowed: no rule asks whether it was done",
  },
  {
    rows: ["CM-RFB-11", "CM-RFB-13", "CM-RFB-14", "CM-RFB-15"],
    reason: "allowed: a device that refuses or is slow is not accused of it",
  },
  {
    rows: ["PCI-NOTIF-08"],
    reason:
      "allowed: an interrupt without work of its own is at most a note of queue/interrupt-without-work",
  },
];

/** What nothing outside a party shows. */
const UNSEEN: readonly Group[] = [
  {
    rows: ["SP-DESC-01", "SP-DESC-02", "PK-DESC-01", "PK-DESC-02"],
    reason:
      "not observable: reads and writes of buffer contents are in no evidence that we ask for",
  },
  {
    rows: ["SP-FRAME-01", "SP-IND-05"],
    reason:
      "not observable: what a device ignores shows in nothing; elements are judged as the driver gave them",
  },
  {
    rows: ["SP-USED-04", "SP-USED-05"],
    reason: "not observable: what a driver makes of the bytes behind len stays inside it",
  },
  {
    rows: ["SP-SUP-07"],
    reason:
      "not observable: a barrier before a read has no store to stand before; what it costs, a lost notification, is queue/kick-missed",
  },
  {
    rows: ["PK-SG-04"],
    reason:
      "not observable: an intention; a list that waits for the device is told as published too early",
  },
  {
    rows: ["PK-SG-07"],
    reason: "not observable: the order in which a device works through a list",
  },
  {
    rows: ["CM-STAT-04"],
    reason:
      "not observable: what a driver counts on; buffers of a device that needs a reset may stay",
  },
  {
    rows: ["CM-FEAT-03", "CM-FEAT-04", "CM-FEAT-06", "CM-FEAT-08", "CM-FEAT-12"],
    reason: "not observable: why a side takes or leaves a feature stays inside it",
  },
  {
    rows: ["CM-LEG-04"],
    reason:
      "not observable: it says which sections hold; rules of modern rings do not ask for legacy ones",
  },
  {
    rows: ["CM-LEG-06", "CM-LEG-07"],
    reason:
      "not observable: what a transitional device puts up with; rules on early use spare legacy drivers",
  },
  {
    rows: ["CM-RFB-04", "CM-RFB-08", "CM-RFB-12"],
    reason: "not observable: what a platform translates, and which barriers it needs",
  },
  { rows: ["MMIO-INT-04"], reason: "not observable: inside the driver" },
];

/** What evidence could show, and why no rule looks. */
const NOT_JUDGED: readonly Group[] = [
  {
    rows: ["CM-RFB-05"],
    reason: "needs a map of the guest's memory, which no source brings",
  },
  {
    rows: ["CM-RFB-16"],
    reason: "a recommendation to makers of add-in cards: no trace says that a device is one",
  },
  {
    rows: ["PK-DEV-02"],
    reason:
      "not judged yet: it takes a log that tells in which order a device was done beside its stores, and ours is read for the stores alone",
  },
  {
    rows: ["CM-FEAT-07", "CM-INIT-05"],
    reason:
      "not judged yet: that a driver gives a device up without FAILED shows only by what never comes",
  },
  {
    rows: ["INV-N-02", "INV-N-03"],
    reason:
      "they take back what rules on missed interrupts would ask: those speak only where the device's own decision is told",
  },
];

/** Registers of a transport: what a driver writes there is no evidence that we read yet. */
const TRANSPORTS: readonly (readonly [prefix: string, reason: string])[] = [
  ["PCI-", "registers of the PCI transport are no evidence that we read yet"],
  ["MMIO-", "registers of the MMIO transport are no evidence that we read yet"],
];

/**
 * Rows that no rule may report, and that a named guard keeps rules silent on: each has its case in
 * tests/guards, under the row's own id, which accuses once the guard is edited out.
 */
const GUARDED: readonly Group[] = [
  {
    rows: ["INV-PK-22"],
    reason:
      "kept by a guard: what a buffer is was recorded when it was exposed, and the used position moves by that, not by what the slots say",
  },
  {
    rows: ["CM-LEG-01", "CM-LEG-02"],
    reason:
      "kept by a guard: without VERSION_1 the legacy interface is assumed, and what it has otherwise is accused of nothing",
  },
];

/** Rows that a guard keeps, by the reasons above. */
export const KEPT: readonly string[] = GUARDED.flatMap(({ rows }) => rows);

/** Rows whose rules are being written. A row leaves this list when a rule covers it, or a reason stands above. */
export const TODO: readonly string[] = [];

const REASONS: ReadonlyMap<string, string> = new Map([
  ...[...CATALOGUE_STATEMENTS, ...CATALOGUE_INVARIANTS].flatMap(({ id }) => {
    const transport = TRANSPORTS.find(([prefix]) => id.startsWith(prefix));
    return transport === undefined ? [] : [[id, transport[1]] as const];
  }),
  ...[...ALLOWED, ...UNSEEN, ...NOT_JUDGED, ...GUARDED].flatMap(({ rows, reason }) =>
    rows.map((row) => [row, reason] as const),
  ),
]);

/** Rows with a reason of their own, not that of their transport; none may also be covered. */
export const REASONED: readonly string[] = [
  ...ALLOWED,
  ...UNSEEN,
  ...NOT_JUDGED,
  ...GUARDED,
].flatMap(({ rows }) => rows);

/** Why no rule covers a row; undefined where one should. */
export function uncoveredReason(row: string): string | undefined {
  return REASONS.get(row);
}
