import type { FormatField } from "./event-format.ts";

/** A record among other bytes. */
export interface RecordBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly length: number;
}

/**
 * Where a dynamic field's bytes begin: its word holds their place in the record (of a relative one,
 * from the field's end) in the low half, their length in the high half. -1 when that is outside.
 */
export function dynamicStart(record: RecordBytes, field: FormatField, little: boolean): number {
  const { view, start, length } = record;
  if (field.offset + 4 > length) return -1;
  const word = view.getUint32(start + field.offset, little);
  const place = (word & 0xffff) + (field.dynamic === "rel" ? field.offset + field.size : 0);
  return place + (word >>> 16) > length ? -1 : start + place;
}

/** Where they end; call it only when they have a beginning. */
export function dynamicEnd(record: RecordBytes, field: FormatField, little: boolean): number {
  const from = dynamicStart(record, field, little);
  if (from < 0) return -1;
  return from + (record.view.getUint32(record.start + field.offset, little) >>> 16);
}

/** Text ends at its zero byte. */
export function textEnd(bytes: Uint8Array, from: number, limit: number): number {
  let to = from;
  while (to < limit && bytes[to] !== 0) to++;
  return to;
}

/** An integer of 1, 2, 4 or 8 bytes; undefined for another width. */
export function integer(
  view: DataView,
  at: number,
  width: number,
  signed: boolean,
  little: boolean,
): bigint | undefined {
  switch (width) {
    case 1:
      return BigInt(signed ? view.getInt8(at) : view.getUint8(at));
    case 2:
      return BigInt(signed ? view.getInt16(at, little) : view.getUint16(at, little));
    case 4:
      return BigInt(signed ? view.getInt32(at, little) : view.getUint32(at, little));
    case 8:
      return signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little);
    default:
      return undefined;
  }
}
