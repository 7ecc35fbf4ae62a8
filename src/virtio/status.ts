/** Device status bits (virtio 1.3, 2.1; SUSPEND since 1.4). */
export const STATUS_BITS = {
  ACKNOWLEDGE: 1,
  DRIVER: 2,
  DRIVER_OK: 4,
  FEATURES_OK: 8,
  SUSPEND: 16,
  DEVICE_NEEDS_RESET: 64,
  FAILED: 128,
} as const;

export type StatusName = keyof typeof STATUS_BITS;

/** The specification's names of the set bits, lowest first. */
export function statusNames(status: number): StatusName[] {
  return (Object.keys(STATUS_BITS) as StatusName[]).filter(
    (name) => (status & STATUS_BITS[name]) !== 0,
  );
}

/** A status in words: `0x0b (ACKNOWLEDGE DRIVER FEATURES_OK)`. */
export function statusText(status: number): string {
  const names = statusNames(status);
  const word = `0x${status.toString(16).padStart(2, "0")}`;
  return names.length === 0 ? word : `${word} (${names.join(" ")})`;
}
