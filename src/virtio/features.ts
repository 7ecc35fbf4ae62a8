/** Feature bits of queues and transports, by the specification's names (virtio 1.3, 6; 1.4 for the last). */
export const FEATURE_BITS = {
  VIRTIO_F_NOTIFY_ON_EMPTY: 24,
  VIRTIO_F_ANY_LAYOUT: 27,
  VIRTIO_F_INDIRECT_DESC: 28,
  VIRTIO_F_EVENT_IDX: 29,
  VIRTIO_F_VERSION_1: 32,
  VIRTIO_F_ACCESS_PLATFORM: 33,
  VIRTIO_F_RING_PACKED: 34,
  VIRTIO_F_IN_ORDER: 35,
  VIRTIO_F_ORDER_PLATFORM: 36,
  VIRTIO_F_SR_IOV: 37,
  VIRTIO_F_NOTIFICATION_DATA: 38,
  VIRTIO_F_NOTIF_CONFIG_DATA: 39,
  VIRTIO_F_RING_RESET: 40,
  VIRTIO_F_ADMIN_VQ: 41,
  VIRTIO_F_SUSPEND: 43,
} as const;

export type FeatureName = keyof typeof FEATURE_BITS;

const NAMES = Object.keys(FEATURE_BITS) as FeatureName[];

/** Names of the known bits of a feature word, lowest bit first; the others belong to the device's type. */
export function featureNames(word: bigint): FeatureName[] {
  return NAMES.filter((name) => ((word >> BigInt(FEATURE_BITS[name])) & 1n) === 1n);
}

/**
 * A feature word (`0x...`, decimal) or a list of names (`EVENT_IDX,ring_packed`, with or without the
 * prefix VIRTIO_F_ or VIRTIO_RING_F_). `unknown` are the names that the specification does not have.
 */
export function parseFeatures(text: string): {
  readonly features: FeatureName[];
  readonly unknown: string[];
} {
  const trimmed = text.trim();
  if (/^(0x[0-9a-f]{1,32}|[0-9]{1,38})$/i.test(trimmed)) {
    return { features: featureNames(BigInt(trimmed)), unknown: [] };
  }
  const features = new Set<FeatureName>();
  const unknown: string[] = [];
  for (const word of trimmed.split(/[\s,|]+/).filter((part) => part !== "")) {
    const name = `VIRTIO_F_${word.toUpperCase().replace(/^VIRTIO_(RING_)?F_/, "")}`;
    if (name in FEATURE_BITS) features.add(name as FeatureName);
    else unknown.push(word);
  }
  return { features: NAMES.filter((name) => features.has(name)), unknown };
}
