import type { EventKind, Layout } from "../../model/event.ts";

/** What a traced function is to the engine. */
export interface CallFunction {
  readonly kind: EventKind;
  /** The layout that the function serves, where its name says so. */
  readonly layout: Layout | undefined;
}

/** Functions of drivers/virtio/virtio_ring.c by name, without the suffixes that compilers add. */
const FUNCTION_KINDS: ReadonlyMap<string, EventKind> = new Map(
  Object.entries<EventKind>({
    vring_create_virtqueue: "create",
    vring_create_virtqueue_dma: "create",
    __vring_new_virtqueue: "create",
    vring_new_virtqueue: "create",
    vring_del_virtqueue: "delete",
    virtqueue_add: "add",
    virtqueue_add_sgs: "add",
    virtqueue_add_outbuf: "add",
    virtqueue_add_inbuf: "add",
    virtqueue_add_inbuf_ctx: "add",
    virtqueue_kick_prepare: "kickPrepare",
    virtqueue_kick: "kick",
    virtqueue_notify: "notify",
    virtqueue_get_buf: "getBuf",
    virtqueue_get_buf_ctx: "getBuf",
    detach_buf: "detach",
    virtqueue_detach_unused_buf: "detachUnused",
    virtqueue_disable_cb: "disableCb",
    virtqueue_enable_cb_prepare: "enableCbPrepare",
    virtqueue_enable_cb: "enableCb",
    virtqueue_enable_cb_delayed: "enableCbDelayed",
    virtqueue_poll: "poll",
    vring_interrupt: "interrupt",
  }),
);

/** `.isra.0`, `.constprop.0.part.1`, `.cold`: what a compiler appends to a function's clone. */
const CLONE_SUFFIX = /(?:\.[a-z]+(?:\.\d+)?)+$/;

/** The function as the kernel source has it, for a symbol in a trace; undefined for others. */
export function callFunction(symbol: string): CallFunction | undefined {
  const base = symbol.replace(CLONE_SUFFIX, "");
  const plain = FUNCTION_KINDS.get(base);
  if (plain !== undefined) return { kind: plain, layout: undefined };
  const suffix = /_(split|packed)$/.exec(base);
  if (suffix === null) return undefined;
  const kind = FUNCTION_KINDS.get(base.slice(0, suffix.index));
  return kind === undefined ? undefined : { kind, layout: suffix[1] as Layout };
}

/** A probe that is known by its event name alone. */
export interface NamedProbe extends CallFunction {
  readonly returns: boolean;
}

const RETURN_SUFFIX = /(?:__?return|__?ret|__?exit)$/;
const ENTRY_SUFFIX = /(?:__?entry|__?enter|__?begin)$/;

/**
 * The probe behind an event name: `virtqueue_add_sgs_ret`, `vq_kick_prepare`, the kernel's own
 * `r_virtqueue_add_sgs_0` for an unnamed kretprobe, perf's `virtqueue_add_sgs__return`. Only names
 * that hold a function's whole name count: an event called `notify` could be anybody's.
 */
export function namedProbe(eventName: string): NamedProbe | undefined {
  const unnamed = /^([pr])_(.+)_(?:0x)?[0-9a-f]+$/.exec(eventName);
  if (unnamed !== null) {
    const called = functionOfName(unnamed[2] as string);
    if (called !== undefined) return { ...called, returns: unnamed[1] === "r" };
  }
  const direct = functionOfName(eventName.replace(ENTRY_SUFFIX, ""));
  if (direct !== undefined) {
    // A create or a delete probe without a suffix still shows a queue only on return, or on entry.
    return { ...direct, returns: false };
  }
  const returning = functionOfName(eventName.replace(RETURN_SUFFIX, ""));
  return returning === undefined ? undefined : { ...returning, returns: true };
}

function functionOfName(name: string): CallFunction | undefined {
  const exact = callFunction(name);
  if (exact !== undefined) return exact;
  // `vq_` is what people shorten `virtqueue_` to.
  if (!name.startsWith("vq_")) return undefined;
  const rest = name.slice(3);
  return callFunction(`virtqueue_${rest}`) ?? callFunction(`vring_${rest}`) ?? callFunction(rest);
}
