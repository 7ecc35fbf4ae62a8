import { deviceAnyLayoutMissing } from "./device-any-layout-missing.ts";
import { deviceBit30 } from "./device-bit-30.ts";
import { deviceConfigWrittenEarly } from "./device-config-written-early.ts";
import { deviceFailedWithoutReset } from "./device-failed-without-reset.ts";
import { deviceFeatureDeclined } from "./device-feature-declined.ts";
import { deviceFeatureNotAccepted } from "./device-feature-not-accepted.ts";
import { deviceFeatureNotOffered } from "./device-feature-not-offered.ts";
import { deviceFeaturePrerequisiteMissing } from "./device-feature-prerequisite-missing.ts";
import { deviceFeatureUnknown } from "./device-feature-unknown.ts";
import { deviceFeaturesAfterOk } from "./device-features-after-ok.ts";
import { deviceFeaturesOkOnLegacy } from "./device-features-ok-on-legacy.ts";
import { deviceFeaturesRefused } from "./device-features-refused.ts";
import { deviceKickBeforeDriverOk } from "./device-kick-before-driver-ok.ts";
import { deviceNeedsResetNotTold } from "./device-needs-reset-not-told.ts";
import { deviceResetNotAwaited } from "./device-reset-not-awaited.ts";
import { deviceStatusBitCleared } from "./device-status-bit-cleared.ts";
import { deviceStatusOutOfOrder } from "./device-status-out-of-order.ts";
import { deviceUsedBeforeDriverOk } from "./device-used-before-driver-ok.ts";
import { deviceVersion1NotOffered } from "./device-version-1-not-offered.ts";
import { packedAvailFlagsWrongLap } from "./packed-avail-flags-wrong-lap.ts";
import { packedAvailWrapNotFlipped } from "./packed-avail-wrap-not-flipped.ts";
import { packedBatchShownInPart } from "./packed-batch-shown-in-part.ts";
import { packedDescEventWithoutFeature } from "./packed-desc-event-without-feature.ts";
import { packedEventBarrierMissing } from "./packed-event-barrier-missing.ts";
import { packedEventFlagsBeforeOffWrap } from "./packed-event-flags-before-off-wrap.ts";
import { packedEventFlagsReserved } from "./packed-event-flags-reserved.ts";
import { packedEventOffOutsideRing } from "./packed-event-off-outside-ring.ts";
import { packedIdNotInLast } from "./packed-id-not-in-last.ts";
import { packedIdOutsideRing } from "./packed-id-outside-ring.ts";
import { packedIndirectEntryFlags } from "./packed-indirect-entry-flags.ts";
import { packedListCutShort } from "./packed-list-cut-short.ts";
import { packedNextNotCleared } from "./packed-next-not-cleared.ts";
import { packedNumFreeMiscounted } from "./packed-num-free-miscounted.ts";
import { packedOffWrapBitMissing } from "./packed-off-wrap-bit-missing.ts";
import { packedOffWrapStale } from "./packed-off-wrap-stale.ts";
import { packedPublishedTooEarly } from "./packed-published-too-early.ts";
import { packedSlotLeftAvailable } from "./packed-slot-left-available.ts";
import { packedUsedAtSkippedSlot } from "./packed-used-at-skipped-slot.ts";
import { packedUsedFlagsWrongLap } from "./packed-used-flags-wrong-lap.ts";
import { packedUsedWithoutWrite } from "./packed-used-without-write.ts";
import { packedUsedWrapNotFlipped } from "./packed-used-wrap-not-flipped.ts";
import { queueAddRefusedWithRoom } from "./queue-add-refused-with-room.ts";
import { queueAreaMisaligned } from "./queue-area-misaligned.ts";
import { queueAreasOverlap } from "./queue-areas-overlap.ts";
import { queueAvailableBufferOverlooked } from "./queue-available-buffer-overlooked.ts";
import { queueBrokenBySpuriousNotification } from "./queue-broken-by-spurious-notification.ts";
import { queueBufferIdInFlightTwice } from "./queue-buffer-id-in-flight-twice.ts";
import { queueBufferLostAtDetach } from "./queue-buffer-lost-at-detach.ts";
import { queueBufferTooLarge } from "./queue-buffer-too-large.ts";
import { queueChainLongerThanQueue } from "./queue-chain-longer-than-queue.ts";
import { queueChainNotEnding } from "./queue-chain-not-ending.ts";
import { queueDescriptorInFlightTwice } from "./queue-descriptor-in-flight-twice.ts";
import { queueDetachedWhileLive } from "./queue-detached-while-live.ts";
import { queueDriverStateAgainstRing } from "./queue-driver-state-against-ring.ts";
import { queueElementDiffers } from "./queue-element-differs.ts";
import { queueElementDirectionWrong } from "./queue-element-direction-wrong.ts";
import { queueEnospcWithNothingInFlight } from "./queue-enospc-with-nothing-in-flight.ts";
import { queueEventShadowDiffers } from "./queue-event-shadow-differs.ts";
import { queueFetchPositionMiscounted } from "./queue-fetch-position-miscounted.ts";
import { queueFetchedElementsDiffer } from "./queue-fetched-elements-differ.ts";
import { queueFetchedNotAvailable } from "./queue-fetched-not-available.ts";
import { queueFetchedOutOfOrder } from "./queue-fetched-out-of-order.ts";
import { queueFilledNotPopped } from "./queue-filled-not-popped.ts";
import { queueFlushCountWrong } from "./queue-flush-count-wrong.ts";
import { queueIndirectFlagMissing } from "./queue-indirect-flag-missing.ts";
import { queueIndirectTableLength } from "./queue-indirect-table-length.ts";
import { queueIndirectWithNext } from "./queue-indirect-with-next.ts";
import { queueIndirectWithoutFeature } from "./queue-indirect-without-feature.ts";
import { queueInterruptAfterEmpty } from "./queue-interrupt-after-empty.ts";
import { queueInterruptAskedLate } from "./queue-interrupt-asked-late.ts";
import { queueInterruptMissed } from "./queue-interrupt-missed.ts";
import { queueInterruptNotSeen } from "./queue-interrupt-not-seen.ts";
import { queueInterruptSuperfluous } from "./queue-interrupt-superfluous.ts";
import { queueInterruptWithoutWork } from "./queue-interrupt-without-work.ts";
import { queueKickBeforePublication } from "./queue-kick-before-publication.ts";
import { queueKickMissed } from "./queue-kick-missed.ts";
import { queueKickSuperfluous } from "./queue-kick-superfluous.ts";
import { queueNotAtStartAfterReset } from "./queue-not-at-start-after-reset.ts";
import { queueNotificationAskedLate } from "./queue-notification-asked-late.ts";
import { queueNotifyDataWrong } from "./queue-notify-data-wrong.ts";
import { queueNotifyNotSeen } from "./queue-notify-not-seen.ts";
import { queueNumAddedNotReset } from "./queue-num-added-not-reset.ts";
import { queuePendingOverlooked } from "./queue-pending-overlooked.ts";
import { queuePublicationDelayed } from "./queue-publication-delayed.ts";
import { queuePublicationWithoutDecision } from "./queue-publication-without-decision.ts";
import { queuePublishBarrierMissing } from "./queue-publish-barrier-missing.ts";
import { queueResetNotVerified } from "./queue-reset-not-verified.ts";
import { queueReturnedBeforeUsed } from "./queue-returned-before-used.ts";
import { queueRingNotZeroed } from "./queue-ring-not-zeroed.ts";
import { queueSizeNotAllowed } from "./queue-size-not-allowed.ts";
import { queueStalled } from "./queue-stalled.ts";
import { queueStoreNotOwned } from "./queue-store-not-owned.ts";
import { queueTokenNeverAdded } from "./queue-token-never-added.ts";
import { queueTokenReturnedTwice } from "./queue-token-returned-twice.ts";
import { queueTooManyInFlight } from "./queue-too-many-in-flight.ts";
import { queueUsedBarrierMissing } from "./queue-used-barrier-missing.ts";
import { queueUsedBufferOverlooked } from "./queue-used-buffer-overlooked.ts";
import { queueUsedIdNotInFlight } from "./queue-used-id-not-in-flight.ts";
import { queueUsedLenTooLarge } from "./queue-used-len-too-large.ts";
import { queueUsedNotPublished } from "./queue-used-not-published.ts";
import { queueUsedOutOfOrder } from "./queue-used-out-of-order.ts";
import { queueUsedPositionMiscounted } from "./queue-used-position-miscounted.ts";
import { queueUsedPublishedTooEarly } from "./queue-used-published-too-early.ts";
import { queueWritableBeforeReadable } from "./queue-writable-before-readable.ts";
import { queueWrongBufferReturned } from "./queue-wrong-buffer-returned.ts";
import { queueWrongEndianness } from "./queue-wrong-endianness.ts";
import { queueZeroLengthElement } from "./queue-zero-length-element.ts";
import type { Rule } from "./rule.ts";
import { splitAvailEntryNotHead } from "./split-avail-entry-not-head.ts";
import { splitAvailEntryNotStored } from "./split-avail-entry-not-stored.ts";
import { splitAvailIdxJumped } from "./split-avail-idx-jumped.ts";
import { splitChainCutShort } from "./split-chain-cut-short.ts";
import { splitEventIndexWithoutFeature } from "./split-event-index-without-feature.ts";
import { splitInOrderNotSequential } from "./split-in-order-not-sequential.ts";
import { splitLegacyLayout } from "./split-legacy-layout.ts";
import { splitNextMislinked } from "./split-next-mislinked.ts";
import { splitNextNotCleared } from "./split-next-not-cleared.ts";
import { splitNumFreeMiscounted } from "./split-num-free-miscounted.ts";
import { splitPublishedTooEarly } from "./split-published-too-early.ts";
import { splitReservedDescriptorFlags } from "./split-reserved-descriptor-flags.ts";
import { splitRingFlagsValue } from "./split-ring-flags-value.ts";
import { splitUsedEntryNotStored } from "./split-used-entry-not-stored.ts";
import { splitUsedIdxPassedAvail } from "./split-used-idx-passed-avail.ts";

/** Every rule, in the order of their ids. */
export const RULES: readonly Rule[] = [
  deviceAnyLayoutMissing,
  deviceBit30,
  deviceConfigWrittenEarly,
  deviceFailedWithoutReset,
  deviceFeatureDeclined,
  deviceFeatureNotAccepted,
  deviceFeatureNotOffered,
  deviceFeaturePrerequisiteMissing,
  deviceFeatureUnknown,
  deviceFeaturesAfterOk,
  deviceFeaturesOkOnLegacy,
  deviceFeaturesRefused,
  deviceKickBeforeDriverOk,
  deviceNeedsResetNotTold,
  deviceResetNotAwaited,
  deviceStatusBitCleared,
  deviceStatusOutOfOrder,
  deviceUsedBeforeDriverOk,
  deviceVersion1NotOffered,
  packedAvailFlagsWrongLap,
  packedAvailWrapNotFlipped,
  packedBatchShownInPart,
  packedDescEventWithoutFeature,
  packedEventBarrierMissing,
  packedEventFlagsBeforeOffWrap,
  packedEventFlagsReserved,
  packedEventOffOutsideRing,
  packedIdNotInLast,
  packedIdOutsideRing,
  packedIndirectEntryFlags,
  packedListCutShort,
  packedNextNotCleared,
  packedNumFreeMiscounted,
  packedOffWrapBitMissing,
  packedOffWrapStale,
  packedPublishedTooEarly,
  packedSlotLeftAvailable,
  packedUsedAtSkippedSlot,
  packedUsedFlagsWrongLap,
  packedUsedWithoutWrite,
  packedUsedWrapNotFlipped,
  queueAddRefusedWithRoom,
  queueAreaMisaligned,
  queueAreasOverlap,
  queueAvailableBufferOverlooked,
  queueBrokenBySpuriousNotification,
  queueBufferIdInFlightTwice,
  queueBufferLostAtDetach,
  queueBufferTooLarge,
  queueChainLongerThanQueue,
  queueChainNotEnding,
  queueDescriptorInFlightTwice,
  queueDetachedWhileLive,
  queueDriverStateAgainstRing,
  queueElementDiffers,
  queueElementDirectionWrong,
  queueEnospcWithNothingInFlight,
  queueEventShadowDiffers,
  queueFetchPositionMiscounted,
  queueFetchedElementsDiffer,
  queueFetchedNotAvailable,
  queueFetchedOutOfOrder,
  queueFilledNotPopped,
  queueFlushCountWrong,
  queueIndirectFlagMissing,
  queueIndirectTableLength,
  queueIndirectWithNext,
  queueIndirectWithoutFeature,
  queueInterruptAfterEmpty,
  queueInterruptAskedLate,
  queueInterruptMissed,
  queueInterruptNotSeen,
  queueInterruptSuperfluous,
  queueInterruptWithoutWork,
  queueKickBeforePublication,
  queueKickMissed,
  queueKickSuperfluous,
  queueNotAtStartAfterReset,
  queueNotificationAskedLate,
  queueNotifyDataWrong,
  queueNotifyNotSeen,
  queueNumAddedNotReset,
  queuePendingOverlooked,
  queuePublicationDelayed,
  queuePublicationWithoutDecision,
  queuePublishBarrierMissing,
  queueResetNotVerified,
  queueReturnedBeforeUsed,
  queueRingNotZeroed,
  queueSizeNotAllowed,
  queueStalled,
  queueStoreNotOwned,
  queueTokenNeverAdded,
  queueTokenReturnedTwice,
  queueTooManyInFlight,
  queueUsedBarrierMissing,
  queueUsedBufferOverlooked,
  queueUsedIdNotInFlight,
  queueUsedLenTooLarge,
  queueUsedNotPublished,
  queueUsedOutOfOrder,
  queueUsedPositionMiscounted,
  queueUsedPublishedTooEarly,
  queueWritableBeforeReadable,
  queueWrongBufferReturned,
  queueWrongEndianness,
  queueZeroLengthElement,
  splitAvailEntryNotHead,
  splitAvailEntryNotStored,
  splitAvailIdxJumped,
  splitChainCutShort,
  splitEventIndexWithoutFeature,
  splitInOrderNotSequential,
  splitLegacyLayout,
  splitNextMislinked,
  splitNextNotCleared,
  splitNumFreeMiscounted,
  splitPublishedTooEarly,
  splitReservedDescriptorFlags,
  splitRingFlagsValue,
  splitUsedEntryNotStored,
  splitUsedIdxPassedAvail,
];
