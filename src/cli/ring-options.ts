import { UserError } from "../model/user-error.ts";
import type { RingOptions } from "../pipeline/ring.ts";
import { parseFeatures } from "../virtio/features.ts";
import type { QueueOptions } from "./options.ts";

/**
 * What the command line says of dumps.
 *
 * @throws UserError when that is no queue.
 */
export function ringOptions({ layout, size, features }: QueueOptions): RingOptions {
  if (size !== undefined && !/^[0-9]{1,5}$/.test(size)) {
    throw new UserError("size-wrong", `--size ${size}: a queue has 1 to 32768 entries`);
  }
  const parsed = features === undefined ? undefined : parseFeatures(features);
  if (parsed !== undefined && parsed.unknown.length > 0) {
    throw new UserError(
      "features-unknown",
      `--features: no such feature: ${parsed.unknown.join(", ")}`,
      "a word (0x...) or names as the specification has them: EVENT_IDX,RING_PACKED",
    );
  }
  const packed = parsed?.features.includes("VIRTIO_F_RING_PACKED");
  if (layout !== undefined && packed !== undefined && (layout === "packed") !== packed) {
    throw new UserError(
      "options-conflict",
      `--layout ${layout} contradicts --features, which ${packed ? "have" : "lack"} RING_PACKED`,
    );
  }
  return {
    layout: layout ?? (packed === undefined ? undefined : packed ? "packed" : "split"),
    size: size === undefined ? undefined : Number(size),
    features: parsed?.features,
  };
}
