import { PACKED_PUBLISHING } from "./m1-packed-publishing.ts";
import type { Mutation } from "./mutation.ts";

/** Every mutation, in the order of their numbers. */
export const MUTATIONS: readonly Mutation[] = [...PACKED_PUBLISHING];
