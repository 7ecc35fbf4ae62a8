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
    rows: ["SP-FRAME-04"],
    reason: "no number is excessive in the text: a threshold of ours would be an opinion",
  },
  {
    rows: ["PK-SG-01", "PK-IND-03"],
    reason:
      "what a device allows beyond the queue size is nowhere said; a list longer than the ring is queue/too-many-in-flight",
  },
  {
    rows: ["SP-IND-06"],
    reason: "a device that fails at such a chain stops; why it did is not in the evidence",
  },
  {
    rows: ["CM-RFB-05"],
    reason: "needs a map of the guest's memory, which no source brings",
  },
  {
    rows: ["CM-RFB-16"],
    reason: "a recommendation to makers of add-in cards: no trace says that a device is one",
  },
  {
    rows: ["INV-SP-11"],
    reason:
      "how the ring is to be read, not what somebody may break: the engine follows it, and the models test that",
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

/** Rows whose rules are being written. A row leaves this list when a rule covers it, or a reason stands above. */
export const TODO: readonly string[] = [
  ...["SP-LAYOUT-01", "PK-LAYOUT-01", "SP-LEG-01", "SP-LEG-02", "SP-LEG-03", "SP-LEG-04"],
  ...["SP-ORD-01", "SP-ORD-02", "SP-IND-01", "SP-IND-03", "SP-IND-04", "SP-ANS-01"],
  ...["SP-UNS-01", "SP-UNS-03", "SP-UNS-06", "SP-UNS-09"],
  ...["SP-ANS-02", "SP-ANS-08", "SP-ANS-10", "SP-ANS-12"],
  ...["PK-DEV-01", "PK-DEV-02", "PK-NDATA-01", "PK-IND-01", "PK-IND-04"],
  ...["CM-STAT-01", "CM-STAT-02", "CM-STAT-03", "CM-STAT-05", "CM-STAT-06", "CM-STAT-07"],
  ...["CM-FEAT-01", "CM-FEAT-02", "CM-FEAT-05", "CM-FEAT-07", "CM-FEAT-09", "CM-FEAT-10"],
  ...["CM-FEAT-11", "CM-FEAT-13", "CM-LEG-01", "CM-LEG-02", "CM-LEG-05", "CM-LEG-09"],
  ...["CM-LEG-10", "CM-LEG-11", "CM-LEG-12", "CM-RST-01", "CM-RST-02", "CM-RST-03"],
  ...["CM-VQR-01", "CM-VQR-02", "CM-VQR-03", "CM-VQR-05", "CM-VQR-06"],
  ...["CM-INIT-01", "CM-INIT-03", "CM-INIT-04", "CM-INIT-05", "CM-INIT-06", "CM-INIT-07"],
  ...["CM-LIVE-01", "CM-LIVE-02", "CM-RFB-01", "CM-RFB-03", "CM-RFB-06", "CM-RFB-07"],
  ...["CM-RFB-09", "CM-RFB-10", "CM-ORD-01"],
  ...["INV-C-08", "INV-C-11", "INV-C-12", "INV-C-13", "INV-SP-01", "INV-SP-09", "INV-SP-12"],
  ...["INV-SP-13", "INV-SP-14", "INV-SP-17", "INV-SP-18", "INV-PK-01", "INV-PK-02", "INV-PK-08"],
  ...["INV-PK-10", "INV-PK-13", "INV-PK-14", "INV-PK-17", "INV-PK-18", "INV-PK-19"],
  ...["INV-ND-01", "INV-ND-02", "INV-ND-03", "INV-ND-04", "INV-R-01"],
  ...["INV-C-10", "INV-SP-15", "INV-PK-06", "INV-PK-22"],
];

const REASONS: ReadonlyMap<string, string> = new Map([
  ...[...CATALOGUE_STATEMENTS, ...CATALOGUE_INVARIANTS].flatMap(({ id }) => {
    const transport = TRANSPORTS.find(([prefix]) => id.startsWith(prefix));
    return transport === undefined ? [] : [[id, transport[1]] as const];
  }),
  ...[...ALLOWED, ...UNSEEN, ...NOT_JUDGED].flatMap(({ rows, reason }) =>
    rows.map((row) => [row, reason] as const),
  ),
]);

/** Rows with a reason of their own, not that of their transport; none may also be covered. */
export const REASONED: readonly string[] = [...ALLOWED, ...UNSEEN, ...NOT_JUDGED].flatMap(
  ({ rows }) => rows,
);

/** Why no rule covers a row; undefined where one should. */
export function uncoveredReason(row: string): string | undefined {
  return REASONS.get(row);
}
