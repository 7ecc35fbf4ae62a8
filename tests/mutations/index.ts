import { LIFE } from "./m-life.ts";
import { IN_ORDER_PUBLISHING } from "./m1-in-order.ts";
import { PACKED_PUBLISHING } from "./m1-packed-publishing.ts";
import { PACKED_INDIRECT } from "./m2-packed-indirect.ts";
import { PACKED_CONSUMING } from "./m3-packed-consuming.ts";
import { PACKED_EVENTS } from "./m4-packed-events.ts";
import { PACKED_DEVICE } from "./m5-packed-device.ts";
import { PACKED_DEVICE_NOTIFYING } from "./m5-packed-device-notifying.ts";
import { SPLIT_DRIVER } from "./m6-split-driver.ts";
import { SPLIT_DRIVER_CONSUMING } from "./m6-split-driver-consuming.ts";
import { SPLIT_DRIVER_NOTIFYING } from "./m6-split-driver-notifying.ts";
import { SPLIT_DEVICE } from "./m7-split-device.ts";
import { SPLIT_DEVICE_NOTIFYING } from "./m7-split-device-notifying.ts";
import type { Mutation } from "./mutation.ts";

/** Every mutation, in the order of their numbers. */
export const MUTATIONS: readonly Mutation[] = [
  ...LIFE,
  ...IN_ORDER_PUBLISHING,
  ...PACKED_PUBLISHING,
  ...PACKED_INDIRECT,
  ...PACKED_CONSUMING,
  ...PACKED_EVENTS,
  ...PACKED_DEVICE_NOTIFYING,
  ...PACKED_DEVICE,
  ...SPLIT_DRIVER_CONSUMING,
  ...SPLIT_DRIVER_NOTIFYING,
  ...SPLIT_DRIVER,
  ...SPLIT_DEVICE_NOTIFYING,
  ...SPLIT_DEVICE,
].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
