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
