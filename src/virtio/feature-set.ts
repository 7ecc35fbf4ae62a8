import { FEATURE_BITS, type FeatureName } from "./features.ts";

/**
 * Features by name: the specification's for those of queues and transports, and for a device's own where
 * the source or the device's type gives it; `bit 45` for any other.
 */
export type FeatureSet = ReadonlySet<string>;

const NAME_OF_BIT: ReadonlyMap<number, string> = new Map(
  Object.entries(FEATURE_BITS).map(([name, bit]) => [bit, name]),
);

/** Device types whose own features are told by name (virtio 1.3, 5). */
export const DEVICE_ID_NET = 1;

/** Features of a network device that others stand on, or that stand on others (virtio 1.3, 5.1.3). */
const NET_BITS: ReadonlyMap<number, string> = new Map(
  Object.entries({
    VIRTIO_NET_F_CSUM: 0,
    VIRTIO_NET_F_GUEST_CSUM: 1,
    VIRTIO_NET_F_GUEST_TSO4: 7,
    VIRTIO_NET_F_GUEST_TSO6: 8,
    VIRTIO_NET_F_GUEST_ECN: 9,
    VIRTIO_NET_F_GUEST_UFO: 10,
    VIRTIO_NET_F_HOST_TSO4: 11,
    VIRTIO_NET_F_HOST_TSO6: 12,
    VIRTIO_NET_F_HOST_ECN: 13,
    VIRTIO_NET_F_HOST_UFO: 14,
    VIRTIO_NET_F_CTRL_VQ: 17,
    VIRTIO_NET_F_CTRL_RX: 18,
    VIRTIO_NET_F_CTRL_VLAN: 19,
    VIRTIO_NET_F_GUEST_ANNOUNCE: 21,
    VIRTIO_NET_F_MQ: 22,
    VIRTIO_NET_F_CTRL_MAC_ADDR: 23,
    VIRTIO_NET_F_HASH_TUNNEL: 51,
    VIRTIO_NET_F_VQ_NOTF_COAL: 52,
    VIRTIO_NET_F_NOTF_COAL: 53,
    VIRTIO_NET_F_GUEST_USO4: 54,
    VIRTIO_NET_F_GUEST_USO6: 55,
    VIRTIO_NET_F_HOST_USO: 56,
    VIRTIO_NET_F_HASH_REPORT: 57,
    VIRTIO_NET_F_RSS: 60,
    VIRTIO_NET_F_RSC_EXT: 61,
  }).map(([name, bit]) => [bit, name]),
);

const ON_CSUM = [["VIRTIO_NET_F_CSUM"]];
const ON_GUEST_CSUM = [["VIRTIO_NET_F_GUEST_CSUM"]];
const ON_CTRL_VQ = [["VIRTIO_NET_F_CTRL_VQ"]];
const ON_HOST_TSO = [["VIRTIO_NET_F_HOST_TSO4", "VIRTIO_NET_F_HOST_TSO6"]];

/**
 * What stands on which (virtio 1.3, 5.1.3.1): of each list one. HASH_REPORT and CTRL_RX_EXTRA are not
 * among them: that they should not come without CTRL_VQ is advice of 5.1.4.
 */
const PREREQUISITES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  VIRTIO_NET_F_GUEST_TSO4: ON_GUEST_CSUM,
  VIRTIO_NET_F_GUEST_TSO6: ON_GUEST_CSUM,
  VIRTIO_NET_F_GUEST_ECN: [["VIRTIO_NET_F_GUEST_TSO4", "VIRTIO_NET_F_GUEST_TSO6"]],
  VIRTIO_NET_F_GUEST_UFO: ON_GUEST_CSUM,
  VIRTIO_NET_F_GUEST_USO4: ON_GUEST_CSUM,
  VIRTIO_NET_F_GUEST_USO6: ON_GUEST_CSUM,
  VIRTIO_NET_F_HOST_TSO4: ON_CSUM,
  VIRTIO_NET_F_HOST_TSO6: ON_CSUM,
  VIRTIO_NET_F_HOST_ECN: ON_HOST_TSO,
  VIRTIO_NET_F_HOST_UFO: ON_CSUM,
  VIRTIO_NET_F_HOST_USO: ON_CSUM,
  VIRTIO_NET_F_CTRL_RX: ON_CTRL_VQ,
  VIRTIO_NET_F_CTRL_VLAN: ON_CTRL_VQ,
  VIRTIO_NET_F_GUEST_ANNOUNCE: ON_CTRL_VQ,
  VIRTIO_NET_F_MQ: ON_CTRL_VQ,
  VIRTIO_NET_F_CTRL_MAC_ADDR: ON_CTRL_VQ,
  VIRTIO_NET_F_NOTF_COAL: ON_CTRL_VQ,
  VIRTIO_NET_F_VQ_NOTF_COAL: ON_CTRL_VQ,
  VIRTIO_NET_F_RSS: ON_CTRL_VQ,
  VIRTIO_NET_F_HASH_TUNNEL: [
    ["VIRTIO_NET_F_CTRL_VQ"],
    ["VIRTIO_NET_F_RSS", "VIRTIO_NET_F_HASH_REPORT"],
  ],
  VIRTIO_NET_F_RSC_EXT: ON_HOST_TSO,
};

/** Bits 24 to 49 are for queues and negotiation (virtio 1.3, 2.2); of them these have no meaning up to 1.4. */
const RESERVED_FROM = 24;
const RESERVED_TO = 49;

/** The features of a word's set bits; `deviceId` is the device's type where that is known. */
export function featureSet(word: bigint, deviceId?: number): FeatureSet {
  const names = new Set<string>();
  for (let bit = 0; bit < 64; bit++) {
    if (((word >> BigInt(bit)) & 1n) === 0n) continue;
    const own = deviceId === DEVICE_ID_NET ? NET_BITS.get(bit) : undefined;
    names.add(NAME_OF_BIT.get(bit) ?? own ?? `bit ${bit}`);
  }
  return names;
}

/** Those of a set that another one lacks, in the set's order. */
export function lacking(set: FeatureSet, other: FeatureSet): string[] {
  return [...set].filter((name) => !other.has(name));
}

/** Features of a set without what they stand on: `VIRTIO_NET_F_MQ without VIRTIO_NET_F_CTRL_VQ`. */
export function withoutPrerequisite(set: FeatureSet): string[] {
  return [...set].flatMap((name) => {
    const missing = PREREQUISITES[name]?.find((some) => !some.some((other) => set.has(other)));
    return missing === undefined ? [] : [`${name} without ${missing.join(" or ")}`];
  });
}

/** Whether something in a set stands on something else at all. */
export function hasPrerequisites(set: FeatureSet): boolean {
  return [...set].some((name) => name in PREREQUISITES);
}

/** Bits of a set that no version up to 1.4 gives a meaning. */
export function reservedBits(set: FeatureSet): string[] {
  return [...set].filter((name) => {
    const bit = /^bit (\d+)$/.exec(name)?.[1];
    // 30 has a rule of its own.
    return bit !== undefined && +bit >= RESERVED_FROM && +bit <= RESERVED_TO && bit !== "30";
  });
}

/** The features of queues and transports in a set. */
export function knownFeatures(set: FeatureSet): FeatureName[] {
  return (Object.keys(FEATURE_BITS) as FeatureName[]).filter((name) => set.has(name));
}
