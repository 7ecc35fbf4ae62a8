import { PACKED_PUBLISHING } from "./m1-packed-publishing.ts";
import { PACKED_INDIRECT } from "./m2-packed-indirect.ts";
import { SPLIT_DRIVER } from "./m6-split-driver.ts";
import type { Mutation } from "./mutation.ts";

/** Every mutation, in the order of their numbers. */
export const MUTATIONS: readonly Mutation[] = [
  ...PACKED_PUBLISHING,
  ...PACKED_INDIRECT,
  ...SPLIT_DRIVER,
];
