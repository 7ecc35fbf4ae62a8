import type { Layout } from "../../model/event.ts";
import type { DriverState } from "./driver.ts";

/**
 * The value of a notification with VIRTIO_F_NOTIFICATION_DATA (virtio 1.3, 2.9): the queue's number, and
 * where the next buffer will begin. Split: the idx, whose bit 15 stands where the wrap counter does.
 */
export function notificationData(layout: Layout, state: DriverState, index: number): number {
  const wrap = layout === "packed" ? (state.avail_wrap ?? 1) : 0;
  const next = state.avail_idx | (wrap << 15);
  return (index | (next << 16)) >>> 0;
}
