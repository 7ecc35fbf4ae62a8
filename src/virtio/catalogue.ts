import { SPEC_VERSIONS, type SpecVersion } from "./clauses.ts";

/** How far the evidence that can exist decides a row of the catalogue. */
export type Decidability =
  /** Some evidence decides it. */
  | "decidable"
  /** Every evidence shows a necessary condition, or a symptom. */
  | "partial"
  /** It allows: nobody can break it, and no rule may report what it allows. */
  | "tolerance"
  /** Nothing outside the party shows it. */
  | "not observable";

/** A duty, permission or invariant of the ring chapters and what stands around them, in our words. */
export interface CatalogueRow {
  readonly id: string;
  readonly layout: "split" | "packed" | "both";
  readonly party: string;
  /** MUST and its kin; of an invariant what it rests on: a definition, a consequence, a habit (lint). */
  readonly level: string;
  /** In virtio 1.3. */
  readonly section: string;
  /** First version that has it. */
  readonly since: SpecVersion;
  /** Features under which it holds; `-` for always. */
  readonly feature: string;
  readonly decidability: Decidability;
  readonly text: string;
}

/** `id | layout | party | level | section | since | feature | decidability | text`; one keyword, one row. */
const STATEMENTS = `
SP-LAYOUT-01 | split | driver | MUST | 2.7.1 | 1.0 | - | decidable | Start address of each of the three parts honours its minimum alignment (table 16, avail 2, used 4).
SP-LEG-01 | split | driver | MUST | 2.7.2 | 1.0 | legacy | decidable | Legacy interface: the queue size is the one the device reports; driver reads it.
SP-LEG-02 | split | driver | MUST | 2.7.2 | 1.0 | legacy | decidable | Legacy interface: driver allocates the whole contiguous area given by the size formula (two QueueAlign-rounded halves).
SP-LEG-03 | split | both | MUST | 2.7.2 | 1.0 | legacy | decidable | Legacy interface: both sides locate parts by the fixed layout desc, avail, pad, used.
SP-LEG-04 | split | both | MUST | 2.7.3 | 1.0 | legacy | partial | Legacy interface: ring fields use guest-native endianness instead of little-endian.
SP-FRAME-01 | split | device | MUST NOT | 2.7.4.1 | 1.0 | - | not observable | Device makes no assumption on how data is cut into descriptors.
SP-FRAME-02 | split | device | MAY | 2.7.4.1 | 1.0 | - | tolerance | Device may bound the number of descriptors it accepts per chain.
SP-FRAME-03 | split | driver | MUST | 2.7.4.2 | 1.0 | - | decidable | All device-writable elements of a buffer come after all device-readable ones.
SP-FRAME-04 | split | driver | SHOULD NOT | 2.7.4.2 | 1.0 | - | decidable | Driver avoids an excessive number of descriptors for one buffer.
SP-DESC-01 | split | device | MUST NOT | 2.7.5.1 | 1.0 | - | not observable | Device never writes into a buffer element that is device-readable.
SP-DESC-02 | split | device | SHOULD NOT | 2.7.5.1 | 1.0 | - | not observable | Device avoids reading device-writable elements.
SP-DESC-03 | split | device | MAY | 2.7.5.1 | 1.0 | - | tolerance | Exception to SP-DESC-02: reads for debug/diagnosis are allowed.
SP-DESC-04 | split | device | MUST NOT | 2.7.5.1 | 1.2 | - | decidable | Device never writes any descriptor-table entry (1.2 addition).
SP-DESC-05 | split | driver | MUST NOT | 2.7.5.2 | 1.0 | - | decidable | Sum of element lengths of a chain is at most 2^32 bytes; as a consequence chains have no loop.
SP-ORD-01 | split | driver | MUST | 2.7.5.2 | 1.1 | IN_ORDER | decidable | With in-order, a chained direct descriptor x has next = x+1, and 0 for the last table slot.
SP-IND-01 | split | driver | MUST NOT | 2.7.5.3.1 | 1.0 | INDIRECT_DESC | decidable | INDIRECT is never set unless the feature was negotiated.
SP-IND-02 | split | driver | MUST NOT | 2.7.5.3.1 | 1.0 | INDIRECT_DESC | decidable | No nesting: entries of an indirect table do not carry INDIRECT.
SP-IND-03 | split | driver | MUST NOT | 2.7.5.3.1 | 1.0 | - | decidable | A chain is never longer than the device queue size (text is inside the Indirect clause, so table entries count).
SP-IND-04 | split | driver | MUST NOT | 2.7.5.3.1 | 1.0 | - | decidable | INDIRECT and NEXT are never both set in one descriptor.
SP-ORD-02 | split | driver | MUST | 2.7.5.3.1 | 1.1 | IN_ORDER + INDIRECT_DESC | decidable | With in-order, indirect entries are laid out sequentially (next = 1,2,...).
SP-IND-05 | split | device | MUST | 2.7.5.3.2 | 1.0 | INDIRECT_DESC | not observable | Device ignores WRITE on the descriptor that points to an indirect table.
SP-IND-06 | split | device | MUST | 2.7.5.3.2 | 1.0 | INDIRECT_DESC | partial | Device copes with direct descriptors chained before one final INDIRECT descriptor.
SP-AVAIL-01 | split | driver | MUST NOT | 2.7.6.1 | 1.0 | - | decidable | avail.idx is never decremented (1.0 wording limited it to a live queue).
SP-UNS-01 | split | driver | MUST | 2.7.7.1 | 1.0 | !EVENT_IDX | decidable | Without EVENT_IDX avail.flags is 0 or 1.
SP-UNS-02 | split | driver | MAY | 2.7.7.1 | 1.0 | !EVENT_IDX | tolerance | Driver may set avail.flags to 1 as a hint that it wants no used-buffer notification.
SP-UNS-03 | split | driver | MUST | 2.7.7.1 | 1.0 | EVENT_IDX | decidable | With EVENT_IDX avail.flags is 0.
SP-UNS-04 | split | driver | MAY | 2.7.7.1 | 1.0 | EVENT_IDX | tolerance | Driver may use used_event to say up to which used entry it wants no notification.
SP-UNS-05 | split | driver | MUST | 2.7.7.1 | 1.0 | - | partial | Driver survives used-buffer notifications that bring nothing new.
SP-UNS-06 | split | device | MUST | 2.7.7.2 | 1.0 | !EVENT_IDX | partial | Without EVENT_IDX the device ignores used_event.
SP-UNS-07 | split | device | SHOULD NOT | 2.7.7.2 | 1.0 | !EVENT_IDX | decidable | Without EVENT_IDX: no notification for a used entry written while avail.flags is 1.
SP-UNS-08 | split | device | MUST | 2.7.7.2 | 1.0 | !EVENT_IDX | decidable | Without EVENT_IDX: a notification is sent after a used entry is written while avail.flags is 0.
SP-UNS-09 | split | device | MUST | 2.7.7.2 | 1.0 | EVENT_IDX | partial | With EVENT_IDX the device ignores bit 0 of avail.flags.
SP-UNS-10 | split | device | MUST | 2.7.7.2 | 1.0 | EVENT_IDX | decidable | With EVENT_IDX: notification is sent when the used idx at which an entry was put equals used_event.
SP-UNS-11 | split | device | SHOULD NOT | 2.7.7.2 | 1.0 | EVENT_IDX | decidable | With EVENT_IDX: otherwise no notification.
SP-USED-01 | split | device | MUST | 2.7.8.2 | 1.0 | - | decidable | used elem len is stored before the used idx that publishes it.
SP-USED-02 | split | device | MUST | 2.7.8.2 | 1.0 | - | partial | At least len bytes, counted from the first writable element, are written before used idx is updated.
SP-USED-03 | split | device | MAY | 2.7.8.2 | 1.0 | - | tolerance | Device may write more bytes than it reports.
SP-USED-04 | split | driver | MUST NOT | 2.7.8.3 | 1.0 | - | not observable | Driver assumes nothing about writable data beyond the first len bytes.
SP-USED-05 | split | driver | SHOULD | 2.7.8.3 | 1.0 | - | not observable | Driver ignores that data.
SP-ANS-01 | split | driver | MUST | 2.7.10.1 | 1.0 | - | decidable | Driver zeroes used.flags when it allocates the used ring.
SP-ANS-02 | split | driver | MUST | 2.7.10.1 | 1.0 | !EVENT_IDX | partial | Without EVENT_IDX the driver ignores avail_event.
SP-ANS-03 | split | driver | SHOULD NOT | 2.7.10.1 | 1.0 | !EVENT_IDX | decidable | Without EVENT_IDX: no kick for an avail entry written while used.flags is 1.
SP-ANS-04 | split | driver | MUST | 2.7.10.1 | 1.0 | !EVENT_IDX | decidable | Without EVENT_IDX: kick after writing an avail entry while used.flags is 0.
SP-ANS-05 | split | driver | MUST | 2.7.10.1 | 1.0 | EVENT_IDX | partial | With EVENT_IDX the driver ignores bit 0 of used.flags.
SP-ANS-06 | split | driver | MUST | 2.7.10.1 | 1.0 | EVENT_IDX | decidable | With EVENT_IDX: kick when the avail idx at which an entry was put equals avail_event.
SP-ANS-07 | split | driver | SHOULD NOT | 2.7.10.1 | 1.0 | EVENT_IDX | decidable | With EVENT_IDX: otherwise no kick.
SP-ANS-08 | split | device | MUST | 2.7.10.2 | 1.0 | !EVENT_IDX | decidable | Without EVENT_IDX used.flags is 0 or 1.
SP-ANS-09 | split | device | MAY | 2.7.10.2 | 1.0 | !EVENT_IDX | tolerance | Device may set used.flags to 1 as a no-kick hint.
SP-ANS-10 | split | device | MUST | 2.7.10.2 | 1.0 | EVENT_IDX | decidable | With EVENT_IDX used.flags is 0.
SP-ANS-11 | split | device | MAY | 2.7.10.2 | 1.0 | EVENT_IDX | tolerance | Device may use avail_event to say up to which avail entry it wants no kick.
SP-ANS-12 | split | device | MUST | 2.7.10.2 | 1.0 | - | partial | Device survives kicks that bring nothing new.
SP-SUP-01 | split | driver | MAY | 2.7.13 | 1.0 | - | tolerance | Descriptor and ring-slot steps may be repeated before one idx update (batching).
SP-SUP-02 | split | driver | MAY | 2.7.13.2 | 1.0 | - | tolerance | Driver may store the head straight at avail.idx mod N.
SP-SUP-03 | split | driver | MAY | 2.7.13.2 | 1.0 | - | tolerance | Driver may add many chains before it updates idx.
SP-SUP-04 | split | device | MAY | 2.7.13.3 | 1.0 | - | tolerance | Device may start on the chains and their memory as soon as idx is updated.
SP-SUP-05 | split | driver | MUST | 2.7.13.3.1 | 1.0 | - | partial | Memory barrier before the avail.idx update.
SP-SUP-06 | split | device | MAY | 2.7.13.4 | 1.0 | - | tolerance | Device may suppress kicks.
SP-SUP-07 | split | driver | MUST | 2.7.13.4.1 | 1.0 | - | not observable | Memory barrier between publishing idx and reading used.flags / avail_event.
SP-RCV-01 | split | driver | MAY | 2.7.14 | 1.0 | - | tolerance | Driver may disable used-buffer notifications while it drains the used ring.
PK-LAYOUT-01 | packed | driver | MUST | 2.8.11 | 1.1 | RING_PACKED | decidable | Start address of descriptor ring / both event-suppression structs honours its alignment (16 / 4 / 4).
PK-DEV-01 | packed | device | MUST | 2.8.12 | 1.1 | RING_PACKED | decidable | Device begins processing in ring order.
PK-DEV-02 | packed | device | MUST | 2.8.12 | 1.1 | RING_PACKED | partial | Device begins writing used descriptors in completion order.
PK-DEV-03 | packed | device | MAY | 2.8.12 | 1.1 | RING_PACKED | tolerance | Once begun, the used-descriptor writes may be reordered.
PK-DESC-01 | packed | device | MUST NOT | 2.8.15 | 1.1 | RING_PACKED | not observable | Device never writes a device-readable buffer element.
PK-DESC-02 | packed | device | SHOULD NOT | 2.8.15 | 1.1 | RING_PACKED | not observable | Device avoids reading device-writable elements (no debug exception here, unlike split).
PK-DESC-03 | packed | device | MUST NOT | 2.8.15 | 1.1 | RING_PACKED | decidable | Device uses a descriptor only after it saw its AVAIL bit change.
PK-DESC-04 | packed | device | MUST NOT | 2.8.15 | 1.1 | RING_PACKED | decidable | After flipping USED the device leaves that descriptor alone.
PK-DESC-05 | packed | driver | MUST NOT | 2.8.16 | 1.1 | RING_PACKED | decidable | Driver rewrites a descriptor only after it saw its USED bit change.
PK-DESC-06 | packed | driver | MUST NOT | 2.8.16 | 1.1 | RING_PACKED | decidable | After flipping AVAIL the driver leaves that descriptor alone.
PK-NDATA-01 | packed | driver | MUST | 2.8.16 | 1.1 | RING_PACKED (+NOTIFICATION_DATA) | decidable | Kick carries next_off/next_wrap of the next descriptor not yet made available.
PK-NOTIF-01 | packed | driver | MAY | 2.8.16 | 1.1 | RING_PACKED | tolerance | Driver may send several kicks without new descriptors.
PK-SG-01 | packed | driver | MUST NOT | 2.8.17 | 1.1 | RING_PACKED | partial | List length within what the device allows.
PK-SG-02 | packed | driver | MUST NOT | 2.8.17 | 1.1 | RING_PACKED | decidable | List is never longer than the queue size (hence no loops).
PK-SG-03 | packed | driver | MUST | 2.8.17 | 1.1 | RING_PACKED | decidable | Device-writable elements after device-readable ones.
PK-SG-04 | packed | driver | MUST NOT | 2.8.17 | 1.1 | RING_PACKED | not observable | Driver does not count on the device freeing descriptors in order to finish writing a list.
PK-SG-05 | packed | driver | MUST | 2.8.17 | 1.1 | RING_PACKED | decidable | Room for the entire list exists before its first descriptor is made available.
PK-SG-06 | packed | driver | MUST NOT | 2.8.17 | 1.1 | RING_PACKED | decidable | First descriptor becomes available only after all the others of the list.
PK-SG-07 | packed | device | MUST | 2.8.18 | 1.1 | RING_PACKED | not observable | Device consumes the elements of a chained list in list order.
PK-SG-08 | packed | device | MAY | 2.8.18 | 1.1 | RING_PACKED | tolerance | Device may bound the elements per list.
PK-IND-01 | packed | driver | MUST NOT | 2.8.19 | 1.1 | RING_PACKED + INDIRECT_DESC | decidable | INDIRECT never set unless the feature was negotiated.
PK-IND-02 | packed | driver | MUST NOT | 2.8.19 | 1.1 | RING_PACKED + INDIRECT_DESC | decidable | Entries of an indirect table carry no flag other than WRITE.
PK-IND-03 | packed | driver | MUST NOT | 2.8.19 | 1.1 | RING_PACKED + INDIRECT_DESC | partial | Chain length within what the device allows.
PK-IND-04 | packed | driver | MUST NOT | 2.8.19 | 1.1 | RING_PACKED + INDIRECT_DESC | decidable | No INDIRECT descriptor inside a list linked by NEXT (differs from split SP-IND-06).
PK-SUP-01 | packed | driver | MAY | 2.8.21.1 | 1.1 | RING_PACKED | tolerance | Several descriptors may form one request; the flags write of the first is deferred.
PK-SUP-02 | packed | device | MAY | 2.8.21.1 | 1.1 | RING_PACKED | tolerance | Device may access the descriptor, the following ones and their memory as soon as flags are updated.
PK-SUP-03 | packed | driver | MUST | 2.8.21.1.1 | 1.1 | RING_PACKED | partial | Memory barrier before the flags update.
PK-SUP-04 | packed | device | MAY | 2.8.21.2 | 1.1 | RING_PACKED | tolerance | Device may suppress kicks through the Device Area structure.
PK-SUP-05 | packed | driver | MUST | 2.8.21.3.1 | 1.1 | RING_PACKED | not observable | Memory barrier before reading the Device Area; otherwise a mandatory kick may be lost.
PK-RCV-01 | packed | driver | MAY | 2.8.22 | 1.1 | RING_PACKED | tolerance | Driver may disable used-buffer notifications while draining.
CM-STAT-01 | both | driver | MUST | 2.1.1 | 1.0 | - | decidable | Status bits are set to reflect the completed initialisation steps.
CM-STAT-02 | both | driver | MUST NOT | 2.1.1 | 1.0 | - | decidable | Driver never clears a status bit (other than by reset = write 0).
CM-STAT-03 | both | driver | MUST | 2.1.1 | 1.0 | - | decidable | After FAILED the device is reset before it is initialised again.
CM-STAT-04 | both | driver | SHOULD NOT | 2.1.1 | 1.0 | - | not observable | Driver does not count on operations completing once DEVICE_NEEDS_RESET is set.
CM-STAT-05 | both | device | MUST NOT | 2.1.2 | 1.0 | - | decidable | Before DRIVER_OK the device neither consumes buffers nor sends used-buffer notifications.
CM-STAT-06 | both | device | SHOULD | 2.1.2 | 1.0 | - | partial | Device sets DEVICE_NEEDS_RESET on an unrecoverable error.
CM-STAT-07 | both | device | MUST | 2.1.2 | 1.0 | - | decidable | With DRIVER_OK set, DEVICE_NEEDS_RESET is followed by a configuration-change notification.
CM-FEAT-01 | both | driver | MUST NOT | 2.2.1 | 1.0 | - | decidable | Driver accepts only offered features.
CM-FEAT-02 | both | driver | MUST NOT | 2.2.1 | 1.0 | - | decidable | Driver accepts no feature whose prerequisite was not accepted.
CM-FEAT-03 | both | driver | MUST | 2.2.1 | 1.3 | - | not observable | Driver validates offered feature bits.
CM-FEAT-04 | both | driver | MUST | 2.2.1 | 1.3 | - | not observable | Driver ignores bits that are undefined, reserved, or not for this transport / device type.
CM-FEAT-05 | both | driver | MUST NOT | 2.2.1 | 1.3 | - | decidable | Driver does not accept such bits.
CM-FEAT-06 | both | driver | SHOULD | 2.2.1 | 1.0 | - | not observable | Driver falls back when a feature it knows is missing.
CM-FEAT-07 | both | driver | MUST | 2.2.1 | 1.0 | - | partial | If it cannot fall back the driver sets FAILED and stops.
CM-FEAT-08 | both | driver | MUST NOT | 2.2.1 | 1.3 | - | not observable | Driver does not fail merely because an unknown feature is offered.
CM-FEAT-09 | both | device | MUST NOT | 2.2.2 | 1.0 | - | decidable | Device offers no feature whose prerequisite it does not offer.
CM-FEAT-10 | both | device | SHOULD | 2.2.2 | 1.0 | - | partial | Device accepts any valid subset.
CM-FEAT-11 | both | device | MUST | 2.2.2 | 1.0 | - | decidable | Otherwise the device leaves FEATURES_OK clear.
CM-FEAT-12 | both | device | MUST NOT | 2.2.2 | 1.3 | - | not observable | Device offers no bit it would not support if accepted.
CM-FEAT-13 | both | device | SHOULD NOT | 2.2.2 | 1.1 | - | decidable | Device does not refuse a feature set it accepted before a reset.
CM-LEG-01 | both | driver | MUST | 2.2.3 | 1.0 | legacy | partial | Transitional driver detects a legacy device by VERSION_1 not offered.
CM-LEG-02 | both | device | MUST | 2.2.3 | 1.0 | legacy | partial | Transitional device detects a legacy driver by VERSION_1 not acknowledged.
CM-LEG-03 | both | both | MAY | 2.2.3 | 1.0 | legacy | tolerance | Legacy support is optional (spec word: OPTIONAL).
CM-LEG-04 | both | both | MUST | 2.2.3 | 1.0 | legacy | not observable | Through the legacy interface the legacy sections apply.
CM-RST-01 | both | device | MUST | 2.4.1 | 1.0 | - | decidable | Device sets status to 0 after a reset (own clause since 1.2).
CM-RST-02 | both | device | MUST NOT | 2.4.1 | 1.2 | - | decidable | After reset completion the device sends no notification and touches no queue until re-initialised.
CM-RST-03 | both | driver | SHOULD | 2.4.2 | 1.2 | - | decidable | Driver takes a reset as complete once status reads 0.
CM-VQR-01 | both | device | MUST NOT | 2.6.1.1.1 | 1.2 | RING_RESET | decidable | After a queue reset the device executes no request of that queue and does not notify for it.
CM-VQR-02 | both | device | MUST | 2.6.1.1.1 | 1.2 | RING_RESET | decidable | Queue reset returns all queue state, available and used positions included, to default.
CM-VQR-03 | both | driver | MUST | 2.6.1.1.2 | 1.2 | RING_RESET | decidable | Driver verifies that the queue really has been reset.
CM-VQR-04 | both | driver | MAY | 2.6.1.1.2 | 1.2 | RING_RESET | tolerance | After a successful queue reset the driver may free the queue resources.
CM-VQR-05 | both | device | MUST | 2.6.1.2.1 | 1.2 | RING_RESET | partial | On re-enable the device observes changed queue configuration (e.g. size).
CM-VQR-06 | both | driver | MUST | 2.6.1.2.2 | 1.2 | RING_RESET | decidable | On re-enable the driver configures the queue as at first discovery, parameters may differ.
CM-INIT-01 | both | driver | MUST | 3.1.1 | 1.0 | - | decidable | The eight-step initialisation order is followed.
CM-INIT-02 | both | driver | MAY | 3.1.1 | 1.0 | - | tolerance | Config space may be read during feature negotiation.
CM-INIT-03 | both | driver | MUST NOT | 3.1.1 | 1.0 | - | decidable | Config space is not written during feature negotiation.
CM-INIT-04 | both | driver | MUST NOT | 3.1.1 | 1.0 | - | decidable | No new feature bit accepted after FEATURES_OK.
CM-INIT-05 | both | driver | SHOULD | 3.1.1 | 1.0 | - | partial | FAILED is set when a step fails for good.
CM-INIT-06 | both | driver | MUST NOT | 3.1.1 | 1.0 | - | partial | Initialisation does not continue after that.
CM-INIT-07 | both | driver | MUST NOT | 3.1.1 | 1.0 | - | decidable | No kick before DRIVER_OK.
CM-LEG-05 | both | driver | MUST | 3.1.2 | 1.0 | legacy | decidable | Transitional driver skips the FEATURES_OK steps on the legacy interface.
CM-LEG-06 | both | device | MUST | 3.1.2 | 1.0 | legacy | not observable | Transitional device tolerates config writes before feature negotiation.
CM-LEG-07 | both | device | MUST | 3.1.2 | 1.0 | legacy | not observable | Transitional device tolerates use of the device before DRIVER_OK.
CM-LIVE-01 | both | driver | MUST NOT | 3.3.1 | 1.0 | - | decidable | Queue entries of exposed (available, not yet used) buffers of a live queue are not altered (1.0: descriptor table entries only).
CM-LIVE-02 | both | driver | MUST | 3.3.1 | 1.0 | - | decidable | Exposed buffers are withdrawn only after a device reset (or, since 1.2, queue reset).
CM-RFB-01 | both | driver | MUST | 6.1 | 1.0 | - | decidable | Accept VERSION_1 if offered.
CM-RFB-02 | both | driver | MAY | 6.1 | 1.0 | - | tolerance | Driver may give up if VERSION_1 is not offered.
CM-RFB-03 | both | driver | SHOULD | 6.1 | 1.1 | ACCESS_PLATFORM | decidable | Accept ACCESS_PLATFORM if offered.
CM-RFB-04 | both | driver | MUST | 6.1 | 1.1 | ACCESS_PLATFORM | not observable | Then disable the IOMMU or map bus addresses.
CM-RFB-05 | both | driver | MUST | 6.1 | 1.1 | !ACCESS_PLATFORM | partial | Without the offer, only physical addresses are passed.
CM-RFB-06 | both | driver | SHOULD | 6.1 | 1.1 | RING_PACKED | decidable | Accept RING_PACKED if offered.
CM-RFB-07 | both | driver | SHOULD | 6.1 | 1.1 | ORDER_PLATFORM | decidable | Accept ORDER_PLATFORM if offered.
CM-RFB-08 | both | driver | MUST | 6.1 | 1.1 | ORDER_PLATFORM | not observable | With ORDER_PLATFORM, barriers fit for hardware devices are used.
CM-RFB-09 | both | driver | SHOULD | 6.1 | 1.2 | NOTIF_CONFIG_DATA | decidable | Accept NOTIF_CONFIG_DATA if offered.
CM-RFB-10 | both | device | MUST | 6.2 | 1.0 | - | decidable | Offer VERSION_1.
CM-RFB-11 | both | device | MAY | 6.2 | 1.0 | - | tolerance | Device may refuse to operate without VERSION_1 accepted.
CM-RFB-12 | both | device | SHOULD | 6.2 | 1.1 | ACCESS_PLATFORM | not observable | Offer ACCESS_PLATFORM when its addresses are translated/limited by the platform.
CM-RFB-13 | both | device | MAY | 6.2 | 1.1 | ACCESS_PLATFORM | tolerance | Device may refuse to operate if it is not accepted.
CM-ORD-01 | both | device | MUST | 6.2 | 1.1 | IN_ORDER | decidable | With IN_ORDER buffers are used in the order they were made available.
CM-RFB-14 | both | device | MAY | 6.2 | 1.1 | ORDER_PLATFORM | tolerance | Device may refuse to operate if ORDER_PLATFORM is offered but not accepted.
CM-RFB-15 | both | device | MAY | 6.2 | 1.1 | ORDER_PLATFORM | tolerance | Device may run in a slow mode in that case.
CM-RFB-16 | both | device | SHOULD | 6.2 | 1.1 | ACCESS_PLATFORM + ORDER_PLATFORM | decidable | Add-in PCI cards offer both bits (spec word: RECOMMENDED).
CM-LEG-08 | both | device | MAY | 6.3 | 1.0 | legacy | tolerance | Transitional device may offer NOTIFY_ON_EMPTY(24).
CM-LEG-09 | split | device | MUST | 6.3 | 1.0 | legacy NOTIFY_ON_EMPTY | decidable | With NOTIFY_ON_EMPTY an IRQ is sent when the device runs out of available descriptors although notifications are suppressed.
CM-LEG-10 | both | device | MUST | 6.3 | 1.0 | legacy | decidable | Transitional device offers ANY_LAYOUT(27).
CM-LEG-11 | both | driver | MUST | 6.3 | 1.0 | legacy | decidable | Transitional driver accepts ANY_LAYOUT if offered.
CM-LEG-12 | both | both | SHOULD NOT | 6.3 | 1.0 | legacy | decidable | Bit 30 is not negotiated.
PCI-CFG-01 | both | device | MUST | 4.1.4.3.1 | 1.0 | PCI | decidable | Writing 0 to device_status resets; 0 reads back when done.
PCI-CFG-02 | both | device | MUST | 4.1.4.3.1 | 1.0 | PCI | decidable | queue_enable is 0 on reset.
PCI-RST-01 | both | device | MUST | 4.1.4.3.1 | 1.2 | PCI RING_RESET | decidable | queue_reset is 0 on device reset.
PCI-RST-02 | both | device | MUST | 4.1.4.3.1 | 1.2 | PCI RING_RESET | decidable | queue_reset is 0 once the queue is enabled.
PCI-RST-03 | both | device | MUST | 4.1.4.3.1 | 1.2 | PCI RING_RESET | decidable | Writing 1 to queue_reset resets the queue.
PCI-RST-04 | both | device | MUST | 4.1.4.3.1 | 1.2 | PCI RING_RESET | decidable | queue_reset reads 1 while the reset runs.
PCI-RST-05 | both | device | MUST | 4.1.4.3.1 | 1.2 | PCI RING_RESET | decidable | queue_reset and queue_enable both read 0 when the reset is done.
PCI-CFG-03 | both | device | MUST | 4.1.4.3.1 | 1.0 | PCI | decidable | queue_size is 0 for an unavailable queue.
PCI-CFG-04 | split | device | MUST | 4.1.4.3.1 | 1.1 | PCI !RING_PACKED | decidable | queue_size presented is 0 or a power of two when RING_PACKED is not negotiated.
PCI-CFG-05 | both | driver | MUST NOT | 4.1.4.3.2 | 1.0 | PCI | decidable | Driver does not write the read-only notify fields (queue_notify_off, queue_notif_config_data since 1.2, and others).
PCI-CFG-06 | packed | driver | MUST NOT | 4.1.4.3.2 | 1.1 | PCI RING_PACKED | decidable | Driver does not write 0 to queue_size.
PCI-CFG-07 | split | driver | MUST NOT | 4.1.4.3.2 | 1.0 | PCI !RING_PACKED | decidable | Driver does not write a non-power-of-two queue_size.
PCI-CFG-08 | both | driver | MUST | 4.1.4.3.2 | 1.0 | PCI | decidable | Other queue fields are configured before queue_enable.
PCI-CFG-09 | both | driver | MUST | 4.1.4.3.2 | 1.0 | PCI | decidable | After writing status 0 the driver waits until it reads 0.
PCI-CFG-10 | both | driver | MUST NOT | 4.1.4.3.2 | 1.0 | PCI | decidable | Driver never writes 0 to queue_enable.
PCI-RST-06 | both | driver | MUST NOT | 4.1.4.3.2 | 1.2 | PCI RING_RESET | decidable | Queue reset is not taken as complete before queue_reset reads 0.
PCI-RST-07 | both | driver | MAY | 4.1.4.3.2 | 1.2 | PCI RING_RESET | tolerance | Driver may re-enable with queue_enable=1 after setup.
PCI-RST-08 | both | driver | MAY | 4.1.4.3.2 | 1.2 | PCI RING_RESET | tolerance | Queue parameters may change across the queue reset.
PCI-NCAP-01 | both | device | MUST | 4.1.4.4.1 | 1.0 | PCI | partial | At least one notification capability.
PCI-NCAP-02 | both | device | MUST | 4.1.4.4.1 | 1.0 | PCI !NOTIFICATION_DATA offered | partial | cap.offset 2-byte aligned.
PCI-NCAP-03 | both | device | MUST | 4.1.4.4.1 | 1.0 | PCI !NOTIFICATION_DATA offered | partial | notify_off_multiplier is 0 or an even power of two.
PCI-NCAP-04 | both | device | MUST | 4.1.4.4.1 | 1.0 | PCI !NOTIFICATION_DATA offered | partial | cap.length >= 2.
PCI-NCAP-05 | both | device | MUST | 4.1.4.4.1 | 1.0 | PCI !NOTIFICATION_DATA offered | partial | cap.length covers every queue notify offset.
PCI-NCAP-06 | both | device | MUST | 4.1.4.4.1 | 1.0 | PCI !NOTIFICATION_DATA offered | partial | cap.length >= queue_notify_off*multiplier + 2.
PCI-NCAP-07 | both | device | MUST | 4.1.4.4.1 | 1.1 | PCI NOTIFICATION_DATA offered | partial | multiplier is 0 or a power of two that is a multiple of 4.
PCI-NCAP-08 | both | device | MUST | 4.1.4.4.1 | 1.1 | PCI NOTIFICATION_DATA offered | partial | cap.offset 4-byte aligned.
PCI-NCAP-09 | both | device | MUST | 4.1.4.4.1 | 1.1 | PCI NOTIFICATION_DATA offered | partial | cap.length >= 4.
PCI-NCAP-10 | both | device | MUST | 4.1.4.4.1 | 1.1 | PCI NOTIFICATION_DATA offered | partial | cap.length covers every queue notify offset.
PCI-NCAP-11 | both | device | MUST | 4.1.4.4.1 | 1.1 | PCI NOTIFICATION_DATA offered | partial | cap.length >= queue_notify_off*multiplier + 4.
PCI-ISR-01 | both | device | MUST | 4.1.4.5.1 | 1.0 | PCI INTx | decidable | Without MSI-X the ISR queue bit is set before the virtqueue notification.
PCI-ISR-02 | both | device | MUST | 4.1.4.5.1 | 1.0 | PCI INTx | decidable | ISR is cleared by a driver read.
PCI-ISR-03 | both | driver | SHOULD NOT | 4.1.4.5.2 | 1.0 | PCI MSI-X | decidable | With MSI-X the driver does not touch ISR for a queue interrupt.
PCI-NOTIF-01 | both | driver | MUST | 4.1.5.2.1 | 1.3 | PCI !NOTIFICATION_DATA | decidable | Kick is a 16-bit access (informative before 1.3).
PCI-NOTIF-02 | both | driver | MUST | 4.1.5.2.1 | 1.3 | PCI NOTIFICATION_DATA | decidable | Kick is a 32-bit access (informative before 1.3).
PCI-NOTIF-03 | both | driver | MUST | 4.1.5.2.1 | 1.3 | PCI !NOTIF_CONFIG_DATA !NOTIFICATION_DATA | decidable | Value is the virtqueue index.
PCI-NOTIF-04 | both | driver | MUST | 4.1.5.2.1 | 1.3 | PCI !NOTIF_CONFIG_DATA NOTIFICATION_DATA | decidable | vq_index field is the virtqueue index.
PCI-NOTIF-05 | both | driver | MUST | 4.1.5.2.1 | 1.2 | PCI NOTIF_CONFIG_DATA !NOTIFICATION_DATA | decidable | Value is queue_notif_config_data.
PCI-NOTIF-06 | both | driver | MUST | 4.1.5.2.1 | 1.2 | PCI NOTIF_CONFIG_DATA NOTIFICATION_DATA | decidable | Low half is queue_notif_config_data.
PCI-NOTIF-07 | both | device | MUST NOT | 4.1.5.3.1 | 1.0 | PCI MSI-X | decidable | No interrupt for a queue whose queue_msix_vector is NO_VECTOR.
PCI-NOTIF-08 | both | device | MAY | 4.1.5.4 | 1.0 | PCI | tolerance | One interrupt may stand for several queues plus a config change.
PCI-NOTIF-09 | both | driver | MUST | 4.1.5.4.2 | 1.0 | PCI | partial | Driver handles such a shared interrupt.
MMIO-INT-01 | both | device | MUST | 4.2.2.1 | 1.0 | MMIO | decidable | Each event shows in InterruptStatus until acknowledged.
MMIO-INT-02 | both | device | MUST | 4.2.2.1 | 1.0 | MMIO | decidable | Bits without event are 0.
MMIO-INT-03 | both | device | MUST | 4.2.2.1 | 1.0 | MMIO | decidable | Reset clears InterruptStatus and all QueueReady.
MMIO-CFG-01 | both | device | MUST NOT | 4.2.2.1 | 1.0 | MMIO | decidable | Device does not access queue contents while QueueReady is 0.
MMIO-RST-01 | both | device | MUST | 4.2.2.1 | 1.2 | MMIO RING_RESET | decidable | QueueReset is 0 on device reset.
MMIO-RST-02 | both | device | MUST | 4.2.2.1 | 1.2 | MMIO RING_RESET | decidable | QueueReset is 0 once QueueReady enabled the queue.
MMIO-RST-03 | both | device | MUST | 4.2.2.1 | 1.2 | MMIO RING_RESET | decidable | Writing 1 to QueueReset resets the queue.
MMIO-RST-04 | both | device | MUST | 4.2.2.1 | 1.2 | MMIO RING_RESET | decidable | QueueReset reads 1 while the reset runs.
MMIO-RST-05 | both | device | MUST | 4.2.2.1 | 1.2 | MMIO RING_RESET | decidable | QueueReset and QueueReady read 0 when done.
MMIO-CFG-02 | both | driver | MUST | 4.2.2.2 | 1.0 | MMIO | decidable | QueueSize written <= QueueSizeMax.
MMIO-CFG-03 | both | driver | MUST NOT | 4.2.2.2 | 1.0 | MMIO | decidable | Size/address registers are not touched while QueueReady is not 0.
MMIO-CFG-04 | both | driver | MUST | 4.2.2.2 | 1.0 | MMIO | decidable | To stop a queue the driver writes 0 to QueueReady.
MMIO-CFG-05 | both | driver | MUST | 4.2.2.2 | 1.0 | MMIO | decidable | and reads it back.
MMIO-INT-04 | both | driver | MUST | 4.2.2.2 | 1.0 | MMIO | not observable | Undefined InterruptStatus bits are ignored.
MMIO-INT-05 | both | driver | MUST | 4.2.2.2 | 1.0 | MMIO | decidable | Handled events are written to InterruptACK.
MMIO-INT-06 | both | driver | MUST NOT | 4.2.2.2 | 1.0 | MMIO | decidable | No undefined bits in that value.
MMIO-RST-06 | both | driver | MUST NOT | 4.2.2.2 | 1.2 | MMIO RING_RESET | decidable | Queue reset is not complete before QueueReset reads 0.
MMIO-RST-07 | both | driver | MAY | 4.2.2.2 | 1.2 | MMIO RING_RESET | tolerance | Driver may re-enable with QueueReady=1.
MMIO-RST-08 | both | driver | MAY | 4.2.2.2 | 1.2 | MMIO RING_RESET | tolerance | Parameters may change across the queue reset.
MMIO-INT-07 | both | driver | MUST | 4.2.3.4.1 | 1.0 | MMIO | decidable | After an interrupt the driver reads InterruptStatus.
MMIO-INT-08 | both | driver | SHOULD | 4.2.3.4.1 | 1.1 | MMIO | partial | The used-buffer bit stands for every active queue.
MMIO-INT-09 | both | driver | MUST | 4.2.3.4.1 | 1.0 | MMIO | decidable | Driver acknowledges via InterruptACK after handling.
`;

/** What follows from the definitions without a keyword saying so; the same columns. */
const INVARIANTS = `
INV-C-01 | both | driver | def | 2.7 / 2.8.10.1 (footnote) | 1.0 | - | decidable | Available-not-used buffers <= N and the descriptors they occupy <= N.
INV-C-02 | both | device | def | 2.7.8, 2.8, 2.8.6 | 1.0 | - | decidable | Every used id names a buffer that is in flight at that moment.
INV-C-03 | both | device | cons | 2.7.8, 2.8 | 1.0 | - | decidable | Each exposed buffer is used at most once per exposure.
INV-C-04 | both | device | cons | 2.7.8, 2.8.1 | 1.0 | - | decidable | USE comes after EXPOSE of the same buffer in trace order.
INV-C-05 | both | device | def | 2.7.8 (struct comment since 1.2), 2.8.4 | 1.0 | - | decidable | used len <= sum of lengths of the buffer's device-writable elements.
INV-C-06 | both | device | cons | 2.7.8, 2.8.3 | 1.0 | - | decidable | A buffer without writable elements is used with len 0 (split); packed: with WRITE clear.
INV-C-07 | both | driver | cons | 2.7.13, 2.8.21 | 1.0 | - | decidable | FE conservation: adds == gets + in flight + detached; token returned == token added for that id.
INV-C-08 | both | driver | cons | 2.7.8, 2.8.22 | 1.0 | - | decidable | Buffers obtained by the driver <= buffers used by the device (never get_buf beyond used position).
INV-C-09 | both | both | def | 2.7, 2.8 | 1.0 | - | decidable | Write ownership: split = each part written by one side only; packed = ring by both, Driver Area by driver only, Device Area by device only.
INV-C-10 | both | both | def | 1.4 | 1.0 | - | decidable | All multi-byte ring fields little-endian; bit-fields listed LSB first.
INV-C-11 | both | driver | def | 4.1.5.1.3, 4.2.3.2 (typical sequence) | 1.0 | - | decidable | Ring memory is zero when the queue is enabled.
INV-C-12 | both | driver | lint | - | 1.0 | - | decidable | Memory areas of queues do not overlap each other nor any in-flight buffer of the same device.
INV-C-13 | both | device | lint | - | 1.0 | - | decidable | Liveness: each popped buffer is eventually used while the queue stays live and DEVICE_NEEDS_RESET is clear.
INV-C-14 | both | driver | def | 2.7.13.1 | 1.0 | - | decidable | Every buffer has at least one element.
INV-SP-01 | split | driver | def | 2.7 | 1.0 | - | decidable | N is a power of two, 1 <= N <= 32768.
INV-SP-02 | split | both | def | 2.7.6, 2.7.8 | 1.0 | - | decidable | avail.idx and used.idx start at 0 after (queue) reset and are free-running modulo 2^16 (not modulo N).
INV-SP-03 | split | device | cons | 2.7.13 note | 1.0 | - | decidable | used.idx never passes avail.idx: 0 <= (A-U) mod 2^16 <= N at all times.
INV-SP-04 | split | device | def | 2.7.8 | 1.0 | - | decidable | used.idx only increases: d=(U'-U) mod 2^16, 0 <= d <= the number in flight.
INV-SP-05 | split | driver | def | 2.7.13 | 1.0 | - | decidable | Each ring slot k%N for k in [A,A') is stored before the idx store that exposes it, head < N.
INV-SP-06 | split | driver | cons | 2.7.13 | 1.0 | - | decidable | No head is exposed twice while in flight and no descriptor belongs to two in-flight chains.
INV-SP-07 | split | driver | cons | 2.7.5 | 1.0 | - | decidable | next < N for every direct descriptor with NEXT (next < len/16 inside a table).
INV-SP-08 | split | driver | cons | 2.7.5 | 1.0 | - | decidable | A chain ends with a descriptor without NEXT within N steps.
INV-SP-09 | split | driver | lint | 2.7.13.1 (practice note) | 1.0 | - | decidable | Free descriptors: the number free == N - sum(chain lengths in flight), disjoint from in-flight ones; the free list (driver-private, or the stale next fields) has no cycle.
INV-SP-10 | split | driver | def | 2.7.5.3 | 1.0 | - | decidable | Indirect table length is a non-zero multiple of 16.
INV-SP-11 | split | driver | def | 2.7.5.3 | 1.0 | - | decidable | Indirect chain starts at entry 0 and follows next; entries not reached are don't-care.
INV-SP-12 | split | driver | lint | 2.7.5 | 1.0 | - | decidable | Only flag bits 0,1,2 are set.
INV-SP-13 | split | driver | def | 2.7.5 (IN_ORDER paragraph) | 1.0 | - | decidable | With IN_ORDER heads follow table order: head(k+1) == (head(k)+directLen(k)) mod N, first head 0.
INV-SP-14 | split | device | def | 2.7.9 | 1.0 | - | decidable | IN_ORDER batch: one used element written at slot U%N, id = head of the last buffer of the batch, used.idx += batch size; slots skipped keep stale content.
INV-SP-15 | split | device | def | 2.7.9 | 1.0 | - | decidable | Skipped buffers of the batch count as fully used (len unknown).
INV-SP-16 | split | driver | cons | 3.3.1 | 1.0 | - | decidable | avail.ring slots for k in [U,A) are not rewritten.
INV-SP-17 | split | device | cons | 2.7.8 | 1.0 | - | decidable | used.ring slot k%N is next rewritten only for entry k+N, which is possible only once A > k+N.
INV-SP-18 | split | both | def | 2.7.6, 2.7.8 | 1.0 | - | decidable | used_event (avail offset 4+2N) and avail_event (used offset 4+8N) exist only with EVENT_IDX.
INV-PK-01 | packed | driver | def | 2.8, 2.8.10.1 | 1.1 | - | decidable | 1 <= N <= 32768; N need not be a power of two.
INV-PK-02 | packed | both | def | 2.8.1 | 1.1 | - | decidable | Driver and device wrap counters start at 1 after (queue) reset.
INV-PK-03 | packed | both | def | 2.8.1, 2.8.21.1 | 1.1 | - | decidable | A position (index, wrap) advances by L slots as: index+=L; if index>=N then index-=N and wrap^=1 (use >=, so that L==N flips and lands on the same index).
INV-PK-04 | packed | driver | def | 2.8.1 | 1.1 | - | decidable | Slot made available: AVAIL==w, USED==!w where w is the driver wrap counter at that slot (flips inside a list that crosses N-1 to 0).
INV-PK-05 | packed | device | def | 2.8.1 | 1.1 | - | decidable | Slot marked used: AVAIL==USED==device wrap counter at that slot.
INV-PK-06 | packed | both | cons | 2.8.1 | 1.1 | - | decidable | Bits at slot s relative to lap wrap w: (A,U)=(w,!w) available this lap; (w,w) used this lap; (!w,!w) used last lap or never written; (!w,w) available last lap and never used = stale non-first slot of a list or batch.
INV-PK-07 | packed | driver | def | 2.8 | 1.1 | - | decidable | Lists are placed contiguously in ring order: the next list head is exactly slot na.
INV-PK-08 | packed | device | def | 2.8, 2.8.2, 2.8.6 | 1.1 | - | decidable | A used descriptor is written exactly at slot nu; then nu advances by the list length L recorded at EXPOSE for that id.
INV-PK-09 | packed | driver | cons | 2.8 | 1.1 | - | decidable | Buffer id unique among in-flight buffers.
INV-PK-10 | packed | driver | lint | 2.8.22 (example assert) | 1.1 | - | decidable | id < N.
INV-PK-11 | packed | driver | def | 2.8.6 | 1.1 | - | decidable | Buffer id is taken from the last descriptor of the list; ids in the others are don't-care.
INV-PK-12 | packed | driver | def | 2.8.6 | 1.1 | - | decidable | NEXT on all but the last slot; list slots are consecutive modulo N.
INV-PK-13 | packed | device | def | 2.8.6 | 1.1 | - | decidable | Exactly one used descriptor per list (or per in-order batch).
INV-PK-14 | packed | device | def | 2.8.3, 2.8.4 | 1.1 | - | decidable | In a used descriptor: WRITE tells whether anything was written; len is meaningful only with WRITE; addr unused; NEXT reserved and ignored.
INV-PK-15 | packed | both | cons | 2.8.1 | 1.1 | - | decidable | With positions p=index+(wrap?0:N) in [0,2N): (driverPos-devicePos) mod 2N == descriptors in flight, in [0,N].
INV-PK-16 | packed | driver | def | 2.8.7 | 1.1 | - | decidable | Indirect table: len non-zero multiple of 16; all len/16 entries used in index order; entry id and flags other than WRITE reserved.
INV-PK-17 | packed | driver | def | 2.8.5 | 1.1 | - | decidable | A list never mixes INDIRECT and direct descriptors; different lists in one ring may differ.
INV-PK-18 | packed | device | def | 2.8.8 | 1.1 | - | decidable | IN_ORDER batch: one used descriptor at the first slot of the batch carrying the id of the last buffer; nu += total slots of the batch.
INV-PK-19 | packed | device | def | 2.8.9 | 1.1 | - | decidable | Multi-buffer request: the first buffer of the request is marked used after all following ones were written.
INV-PK-20 | packed | both | def | 2.8.10, 2.8.14 | 1.1 | - | decidable | Event flags in {0 ENABLE,1 DISABLE,2 DESC}; 3 reserved; bits 2..15 zero; DESC only with EVENT_IDX; desc_event_off < N when DESC.
INV-PK-22 | packed | both | cons | 2.8, 2.8.2 | 1.1 | - | decidable | Out-of-order completion: the used write for buffer B lands at slot nu even if that slot holds a descriptor of a buffer A still in flight; ownership is by position arc, and a list must be captured at EXPOSE.
INV-PK-21 | packed | both | lint | - | 1.1 | - | decidable | off_wrap is stored before flags becomes DESC (otherwise the reader can pair DESC with a stale offset).
INV-PEVT-01 | packed | driver | def | 2.8.10, 2.8.14, 2.8.21.2 | 1.1 | - | decidable | Device Area flags ENABLE: kick after every EXPOSE (one kick may cover several).
INV-PEVT-02 | packed | driver | def | 2.8.10 | 1.1 | - | decidable | Device Area flags DISABLE: no kick needed.
INV-PEVT-03 | packed | driver | def | 2.8.10 | 1.1 | - | decidable | Device Area flags DESC: kick needed when the descriptor at (off,wrap) is made available.
INV-PEVT-04 | packed | device | def | 2.8.10, 2.8.22 | 1.1 | - | decidable | Driver Area flags ENABLE / DISABLE / DESC govern IRQs after USE in the same way.
INV-PEVT-05 | packed | both | def | 2.8.10 | 1.1 | - | decidable | Event test uses slots covered, not only the slot written: a list or batch of L slots covers [pos,pos+L).
INV-ND-01 | split | driver | def | 2.9 | 1.0 | - | decidable | With NOTIFICATION_DATA on split: next_off == A & 0x7fff, next_wrap == A>>15 (A = avail.idx after the exposes).
INV-ND-02 | both | driver | def | 2.9 | 1.0 | - | decidable | Repeated kicks without new buffers carry identical values.
INV-ND-03 | packed | driver | cons | 2.9 | 1.1 | - | decidable | next_off < N.
INV-ND-04 | both | driver | cons | 2.8.16, 2.9 | 1.0 | - | decidable | Position carried by a kick == position of the previous kick plus slots (split: entries) exposed in between, modulo 2N (split: 2^16).
INV-N-01 | both | both | def | 2.3 | 1.0 | - | decidable | A notification names one queue (or a vector/all queues of the device, transport dependent) and only says that buffers may have been made available/used.
INV-N-02 | both | device | def | 5.1.6.5.9 | 1.0 | - | decidable | virtio-net with NOTF_COAL/VQ_NOTF_COAL: IRQ may be delayed until max_usecs/max_packets and generated more or less often than configured.
INV-N-03 | both | device | def | 4.1.5.1.2 | 1.0 | - | decidable | queue_msix_vector NO_VECTOR unmaps the queue interrupt.
INV-R-01 | both | both | cons | 2.6.1, 3.3, 2.4 | 1.0 | - | decidable | After device or queue reset: in-flight set empty without any USE, positions and wrap counters at initial values on both sides.
INV-R-02 | both | driver | cons | 3.3.1 | 1.0 | - | decidable | Buffers detached (detach_unused_buf) only when the queue is not live.
`;

/** The statements of virtio 1.3 with a keyword. */
export const CATALOGUE_STATEMENTS: readonly CatalogueRow[] = parsed(STATEMENTS);
/** Derived and defined invariants. */
export const CATALOGUE_INVARIANTS: readonly CatalogueRow[] = parsed(INVARIANTS);

/** A row by its id. */
export function catalogueRow(id: string): CatalogueRow | undefined {
  return [...CATALOGUE_STATEMENTS, ...CATALOGUE_INVARIANTS].find((row) => row.id === id);
}

/** An obligation of the chapters on split and packed rings: what somebody can break. */
export function isRingObligation({ id, decidability }: CatalogueRow): boolean {
  return /^(?:SP|PK)-/.test(id) && decidability !== "tolerance";
}

/** A statement on status, features, reset and initialisation. */
export function isLifeStatement({ id }: CatalogueRow): boolean {
  return id.startsWith("CM-");
}

function parsed(table: string): CatalogueRow[] {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [id, layout, party, level, section, since, feature, decidability, text] =
        line.split(" | ");
      return {
        id: id ?? "",
        layout: layout as CatalogueRow["layout"],
        party: party ?? "",
        level: level ?? "",
        section: section ?? "",
        since: SPEC_VERSIONS.find((version) => version === since) ?? "1.0",
        feature: feature ?? "-",
        decidability: decidability as Decidability,
        text: text ?? "",
      };
    });
}
