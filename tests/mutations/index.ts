import { PACKED_PUBLISHING } from "./m1-packed-publishing.ts";
import { PACKED_INDIRECT } from "./m2-packed-indirect.ts";
import { PACKED_EVENTS } from "./m4-packed-events.ts";
import { PACKED_DEVICE_NOTIFYING } from "./m5-packed-device-notifying.ts";
import { SPLIT_DRIVER } from "./m6-split-driver.ts";
import { SPLIT_DRIVER_NOTIFYING } from "./m6-split-driver-notifying.ts";
import { SPLIT_DEVICE_NOTIFYING } from "./m7-split-device-notifying.ts";
import type { Mutation } from "./mutation.ts";

const collator = new Intl.Collator("en", { numeric: true });

/** Every mutation, in the order of their numbers: a group may stand in several files. */
export const MUTATIONS: readonly Mutation[] = [
  ...PACKED_PUBLISHING,
  ...PACKED_INDIRECT,
  ...PACKED_EVENTS,
  ...PACKED_DEVICE_NOTIFYING,
  ...SPLIT_DRIVER,
  ...SPLIT_DRIVER_NOTIFYING,
  ...SPLIT_DEVICE_NOTIFYING,
].sort((a, b) => collator.compare(a.id, b.id));
