import type { Layout } from "../../model/event.ts";
import { type Device, MALFORMED } from "./device.ts";
import { EIO, ENOMEM, ENOSPC } from "./driver.ts";

/** An operation's arguments and result in ringlog/1's names, in the order in which the format has them. */
export type OperationFields = Readonly<Record<string, unknown>>;

const ERROR_NAMES = new Map([
  [-EIO, "EIO"],
  [-ENOMEM, "ENOMEM"],
  [-ENOSPC, "ENOSPC"],
]);

/** What `add` returned. */
export function addResult(ret: number): OperationFields {
  return ret === 0 ? { ret } : { ret, err: ERROR_NAMES.get(ret) };
}

/** What `fetch` returned. `token`: whose the buffer is, for the device cannot know. */
export function fetchResult(
  device: Device,
  id: number,
  layout: Layout,
  token: number,
): OperationFields {
  if (id === MALFORMED) return { ret: null, error: device.error };
  if (id < 0) return { ret: null };
  const { chain, fetchedAt } = device;
  const segs = Array.from({ length: chain.count }, (_, i) => [
    chain.addr[i],
    chain.len[i],
    chain.writable[i],
  ]);
  const slots = layout === "packed" ? { slots: chain.slotCount } : {};
  return { ret: { id, at: fetchedAt, ...slots, token, segs } };
}

/** What `signal` went by, and returned. */
export function signalResult(device: Device, ret: boolean): OperationFields {
  const { newSlots, flags, offWrap, usedEvent } = device.words;
  return {
    new_slots: newSlots,
    ...(usedEvent < 0 ? {} : { used_event: usedEvent }),
    ...(offWrap < 0 ? {} : { off_wrap: offWrap }),
    ...(flags < 0 ? {} : { flags }),
    ret,
  };
}
