/** Feature bits that decide how a queue is read, by the specification's names (virtio 1.3, 6). */
export const FEATURE_BITS = {
  VIRTIO_F_INDIRECT_DESC: 28,
  VIRTIO_F_EVENT_IDX: 29,
  VIRTIO_F_RING_PACKED: 34,
} as const;

export type FeatureName = keyof typeof FEATURE_BITS;
