// ../../tmp/t3.ts
import { writeFileSync } from "node:fs";

// src/model/memory.ts
var AREAS = ["desc", "driver", "device", "ind", "pad"];
var AREA = { desc: 0, driver: 1, device: 2, ind: 3, pad: 4 };
var MEMORY_OP = {
  store: 0,
  load: 1,
  barrier: 2,
  notify: 3,
  alloc: 4,
  free: 5,
  allocFailed: 6
};
var BARRIERS = ["mb", "rmb", "wmb"];
var BARRIER = { mb: 0, rmb: 1, wmb: 2 };
var MemoryLog = class _MemoryLog {
  length = 0;
  op;
  area;
  /** Bytes stored or loaded: 1 to 8. */
  width;
  offset;
  low;
  high;
  constructor(capacity = 1024) {
    this.op = new Uint8Array(capacity);
    this.area = new Uint8Array(capacity);
    this.width = new Uint8Array(capacity);
    this.offset = new Uint32Array(capacity);
    this.low = new Uint32Array(capacity);
    this.high = new Uint32Array(capacity);
  }
  push(op, area, offset, width, low, high) {
    const at = this.length;
    if (at === this.op.length) this.#grow();
    this.op[at] = op;
    this.area[at] = area;
    this.offset[at] = offset;
    this.width[at] = width;
    this.low[at] = low;
    this.high[at] = high;
    this.length = at + 1;
  }
  clear() {
    this.length = 0;
  }
  #grow() {
    const capacity = 2 * this.op.length;
    const grown = new _MemoryLog(capacity);
    grown.op.set(this.op);
    grown.area.set(this.area);
    grown.width.set(this.width);
    grown.offset.set(this.offset);
    grown.low.set(this.low);
    grown.high.set(this.high);
    this.op = grown.op;
    this.area = grown.area;
    this.width = grown.width;
    this.offset = grown.offset;
    this.low = grown.low;
    this.high = grown.high;
  }
};
var SegmentLog = class _SegmentLog {
  length = 0;
  addr;
  len;
  /** 1: the device writes it. */
  writable;
  constructor(capacity = 256) {
    this.addr = new Float64Array(capacity);
    this.len = new Uint32Array(capacity);
    this.writable = new Uint8Array(capacity);
  }
  push(addr, len, writable) {
    const at = this.length;
    if (at === this.len.length) this.#grow();
    this.addr[at] = addr;
    this.len[at] = len;
    this.writable[at] = writable;
    this.length = at + 1;
  }
  clear() {
    this.length = 0;
  }
  #grow() {
    const grown = new _SegmentLog(2 * this.len.length);
    grown.addr.set(this.addr);
    grown.len.set(this.len);
    grown.writable.set(this.writable);
    this.addr = grown.addr;
    this.len = grown.len;
    this.writable = grown.writable;
  }
};
var OperationLog = class {
  memory = new MemoryLog();
  segments = new SegmentLog();
  /** Of each row: where its steps and its elements end. They begin where those of the row before end. */
  memoryEnd;
  segmentsEnd;
  /** The ring that the rows work on. */
  setup;
  /** Behind the rows the log has its last line: nothing more happened to the ring. */
  finished = false;
  constructor(rows) {
    this.memoryEnd = new Uint32Array(rows);
    this.segmentsEnd = new Uint32Array(rows);
  }
  /** Row `row` is complete. */
  endRow(row) {
    this.memoryEnd[row] = this.memory.length;
    this.segmentsEnd[row] = this.segments.length;
  }
  clear() {
    this.memory.clear();
    this.segments.clear();
    this.finished = false;
  }
};

// src/virtio/descriptor.ts
var DESC_BYTES = 16;
var VIRTQ_DESC_F_NEXT = 1;
var VIRTQ_DESC_F_WRITE = 2;
var VIRTQ_DESC_F_INDIRECT = 4;
var VIRTQ_DESC_F_AVAIL = 128;
var VIRTQ_DESC_F_USED = 32768;
var DESC_ADDR = 0;
var DESC_LEN = 8;
var SPLIT_DESC_FLAGS = 12;
var SPLIT_DESC_NEXT = 14;
var PACKED_DESC_ID = 12;
var PACKED_DESC_FLAGS = 14;

// src/virtio/packed.ts
var QUEUE_SIZE_MAX = 32768;
var EVENT_OFF_WRAP = 0;
var EVENT_FLAGS = 2;
var EVENT_BYTES = 4;
var RING_EVENT_FLAGS_ENABLE = 0;
var RING_EVENT_FLAGS_DISABLE = 1;
var RING_EVENT_FLAGS_DESC = 2;
var RING_EVENT_FLAGS_NAMES = ["ENABLE", "DISABLE", "DESC"];
function eventFlagsName(flags) {
  return RING_EVENT_FLAGS_NAMES[flags] ?? `0x${flags.toString(16)}`;
}
function availBits(wrap) {
  return wrap === 0 ? VIRTQ_DESC_F_USED : VIRTQ_DESC_F_AVAIL;
}
function usedBits(wrap) {
  return wrap === 0 ? 0 : VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED;
}
var OWNER_BITS = VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED;
function packedPosition(slot, wrap, queueSize) {
  return wrap === 0 ? slot + queueSize : slot;
}
function wordPosition(word, queueSize) {
  const slot = word & 32767;
  if (slot >= queueSize || word > 65535 || word < 0) return void 0;
  return packedPosition(slot, word >> 15, queueSize);
}
function positionWord(position, queueSize) {
  return position < queueSize ? position | 32768 : position - queueSize;
}
function positionSlot(position, queueSize) {
  return position < queueSize ? position : position - queueSize;
}
function positionWrap(position, queueSize) {
  return position < queueSize ? 1 : 0;
}
function positionDistance(from, to, queueSize) {
  const lap2 = 2 * queueSize;
  const distance = to - from;
  if (distance >= 0 && distance < lap2) return distance;
  if (distance < 0 && distance >= -lap2) return distance + lap2;
  return (distance % lap2 + lap2) % lap2;
}
function advancePosition(position, slots, queueSize) {
  return positionDistance(0, position + slots, queueSize);
}
function positionText(position, queueSize) {
  return `slot ${positionSlot(position, queueSize)} (wrap ${positionWrap(position, queueSize)})`;
}

// src/virtio/split.ts
var RING_FLAGS = 0;
var RING_IDX = 2;
var AVAIL_F_NO_INTERRUPT = 1;
var USED_F_NO_NOTIFY = 1;
function splitDescBytes(queueSize) {
  return DESC_BYTES * queueSize;
}
function availBytes(queueSize) {
  return 6 + 2 * queueSize;
}
function usedBytes(queueSize) {
  return 6 + 8 * queueSize;
}
function availEntry(slot) {
  return 4 + 2 * slot;
}
function usedElem(slot) {
  return 4 + 8 * slot;
}
function usedEventOffset(queueSize) {
  return 4 + 2 * queueSize;
}
function availEventOffset(queueSize) {
  return 4 + 8 * queueSize;
}

// src/virtio/u16.ts
function u16(value) {
  return value & 65535;
}
function u16Distance(from, to) {
  return to - from & 65535;
}

// src/replay/suppression.ts
function splitEventWanted(event, old, next) {
  return u16(next - event - 1) < u16(next - old);
}
function packedWanted(facts) {
  const { flags, offWrap, position, slots, queueSize, eventIdx } = facts;
  if (flags === RING_EVENT_FLAGS_ENABLE) return { wanted: slots > 0, by: "flags" };
  if (flags === RING_EVENT_FLAGS_DISABLE) return { wanted: false, by: "flags" };
  if (flags !== RING_EVENT_FLAGS_DESC) {
    return { wanted: void 0, reason: "event flags have a reserved value" };
  }
  if (eventIdx === false) {
    return { wanted: void 0, reason: "flags are DESC without VIRTIO_F_EVENT_IDX" };
  }
  if (slots > queueSize) {
    return { wanted: void 0, reason: "more slots than the queue has since the last decision" };
  }
  const event = wordPosition(offWrap, queueSize);
  if (event === void 0) {
    return { wanted: void 0, reason: "off_wrap points outside the ring" };
  }
  const old = positionDistance(slots, position, queueSize);
  return { wanted: positionDistance(old, event, queueSize) < slots, by: "event" };
}

// src/replay/ring-memory.ts
var PAGE_BITS = 16;
var PAGE_BYTES = 1 << PAGE_BITS;
var NO_PAGE = -1;
var RingMemory = class {
  layout;
  queueSize;
  /** Bytes of each area, by its code. */
  lengths;
  /** Where each of the three areas begins in `#bytes`, by its code. */
  #starts;
  #bytes;
  #view;
  #pages = /* @__PURE__ */ new Map();
  /** The page that was used last. */
  #page = NO_PAGE;
  #pageView;
  /** `tableBytes`: size of the arena of indirect tables; 0 where they are not to be had. */
  constructor(layout, queueSize, tableBytes = 0) {
    this.layout = layout;
    this.queueSize = queueSize;
    const desc = DESC_BYTES * queueSize;
    const driver = layout === "split" ? availBytes(queueSize) : EVENT_BYTES;
    const device = layout === "split" ? usedBytes(queueSize) : EVENT_BYTES;
    this.lengths = [desc, driver, device, tableBytes];
    const deviceStart = desc + Math.ceil(driver / 8) * 8;
    this.#starts = [0, desc, deviceStart];
    this.#bytes = new Uint8Array(deviceStart + device);
    this.#view = new DataView(this.#bytes.buffer);
  }
  holds(area, offset, width) {
    return offset >= 0 && offset + width <= (this.lengths[area] ?? 0);
  }
  get8(area, offset) {
    if (area !== AREA.ind) return this.#bytes[this.#starts[area] + offset];
    return this.#pageAt(offset, false)?.getUint8(offset & PAGE_BYTES - 1) ?? 0;
  }
  get16(area, offset) {
    if (area === AREA.ind) return this.#tableGet16(offset);
    return this.#view.getUint16(this.#starts[area] + offset, true);
  }
  get32(area, offset) {
    if (area === AREA.ind) return this.#tableGet32(offset);
    return this.#view.getUint32(this.#starts[area] + offset, true);
  }
  /** An address; exact below 2^53. */
  get64(area, offset) {
    return this.get32(area, offset) + this.get32(area, offset + 4) * 4294967296;
  }
  set8(area, offset, value) {
    if (area !== AREA.ind) this.#bytes[this.#starts[area] + offset] = value;
    else this.#pageAt(offset, true)?.setUint8(offset & PAGE_BYTES - 1, value);
  }
  set16(area, offset, value) {
    if (area === AREA.ind) this.#tableSet16(offset, value);
    else this.#view.setUint16(this.#starts[area] + offset, value, true);
  }
  set32(area, offset, value) {
    if (area === AREA.ind) this.#tableSet32(offset, value);
    else this.#view.setUint32(this.#starts[area] + offset, value, true);
  }
  /** `low` and `high` halves of a le64. */
  set64(area, offset, low, high) {
    this.set32(area, offset, low);
    this.set32(area, offset + 4, high);
  }
  /** Stores a value of 1, 2, 4 or 8 bytes, given in two halves; false when it is outside the area. */
  store(area, offset, width, low, high) {
    if (area > AREA.ind || offset + width > this.lengths[area]) return false;
    if (width === 2) this.set16(area, offset, low);
    else if (width === 8) this.set64(area, offset, low, high);
    else if (width === 4) this.set32(area, offset, low);
    else this.set8(area, offset, low);
    return true;
  }
  /** One of the three areas as bytes; a view of what is there now, not a copy. */
  bytes(area) {
    const start = this.#starts[area];
    return this.#bytes.subarray(start, start + this.lengths[area]);
  }
  /** Zeroes the three areas: a queue as it is when enabled. */
  reset() {
    this.#bytes.fill(0);
  }
  /** Fills a range with one byte, as a fresh allocation may be. */
  fill(area, offset, length, byte) {
    this.put(area, offset, new Uint8Array(length).fill(byte));
  }
  /** Copies bytes into an area. */
  put(area, offset, bytes) {
    if (area !== AREA.ind) {
      this.#bytes.set(bytes, this.#starts[area] + offset);
      return;
    }
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const within = at & PAGE_BYTES - 1;
      const piece = bytes.subarray(done, done + PAGE_BYTES - within);
      const page = this.#pageAt(at, true);
      new Uint8Array(page.buffer).set(piece, within);
      done += piece.length;
    }
  }
  // The arena's own reads and writes stand apart: with them inside, V8 no longer inlines get16 and its like
  // into the models, and they run at half the speed.
  #tableGet16(offset) {
    const within = offset & PAGE_BYTES - 1;
    if (within + 2 > PAGE_BYTES) {
      return this.get8(AREA.ind, offset) | this.get8(AREA.ind, offset + 1) << 8;
    }
    return this.#pageAt(offset, false)?.getUint16(within, true) ?? 0;
  }
  #tableGet32(offset) {
    const within = offset & PAGE_BYTES - 1;
    if (within + 4 > PAGE_BYTES) {
      return (this.#tableGet16(offset) | this.#tableGet16(offset + 2) << 16) >>> 0;
    }
    return this.#pageAt(offset, false)?.getUint32(within, true) ?? 0;
  }
  #tableSet16(offset, value) {
    const within = offset & PAGE_BYTES - 1;
    if (within + 2 > PAGE_BYTES) {
      this.set8(AREA.ind, offset, value & 255);
      this.set8(AREA.ind, offset + 1, value >>> 8);
    } else this.#pageAt(offset, true)?.setUint16(within, value, true);
  }
  #tableSet32(offset, value) {
    const within = offset & PAGE_BYTES - 1;
    if (within + 4 > PAGE_BYTES) {
      this.#tableSet16(offset, value & 65535);
      this.#tableSet16(offset + 2, value >>> 16);
    } else this.#pageAt(offset, true)?.setUint32(within, value, true);
  }
  /** The page of the arena that holds an offset; without `make`, undefined while nothing is in it. */
  #pageAt(offset, make) {
    const page = offset >>> PAGE_BITS;
    if (page === this.#page) return this.#pageView;
    let view = this.#pages.get(page);
    if (view === void 0) {
      if (!make) return void 0;
      view = new DataView(new ArrayBuffer(PAGE_BYTES));
      this.#pages.set(page, view);
    }
    this.#page = page;
    this.#pageView = view;
    return view;
  }
};

// src/replay/models/device.ts
var NOTHING_AVAILABLE = -1;
var MALFORMED = -2;
var deviceDefaults = { eventIdx: true, tableBase: 0, cautious: false };
function notInFlight(id) {
  return new RangeError(`buffer ${id} is not in flight`);
}
function notInOrder(id) {
  return new RangeError(`buffer ${id} is not the next in order`);
}
function notNegotiated(mode) {
  return new RangeError(`notifications cannot be asked for by ${mode} here`);
}

// src/replay/models/tables.ts
var noTableMemory = {
  base: 0,
  alloc: () => -1,
  free: () => {
  }
};
var TableSlots = class {
  base;
  #slotBytes;
  #free = [];
  /** Divides the whole arena of `memory` into slots of `slotBytes`. */
  constructor(memory, base, slotBytes) {
    this.base = base;
    this.#slotBytes = slotBytes;
    const slots = Math.floor(memory.lengths[AREA.ind] / slotBytes);
    for (let slot = slots - 1; slot >= 0; slot--) this.#free.push(slot * slotBytes);
  }
  alloc(bytes) {
    if (bytes > this.#slotBytes) return -1;
    return this.#free.pop() ?? -1;
  }
  free(offset) {
    this.#free.push(offset);
  }
};
function arenaLookup(memory, base) {
  const length = memory.lengths[AREA.ind];
  return (addr, bytes) => addr >= base && addr + bytes <= base + length ? addr - base : -1;
}

// src/replay/models/driver.ts
var NO_TOKEN = -1;
var EIO = 5;
var ENOMEM = 12;
var ENOSPC = 28;
var driverDefaults = {
  eventIdx: true,
  indirect: false,
  callback: true,
  dmaApi: false,
  tables: noTableMemory,
  mapFails: () => false
};
function needsIndirect(indirect, segments, numFree) {
  return indirect && segments > 1 && numFree > 0;
}
function checkAdd(token, segments) {
  if ((token | 0) !== token || token < 0) throw new RangeError(`token ${token} is no whole number`);
  if (segments === 0) throw new RangeError("a buffer has at least one segment");
}
function checkRestore(state, queueSize) {
  if (state.num_free !== queueSize) {
    throw new RangeError(
      `${queueSize - state.num_free} slots are in flight: their buffers are unknown`
    );
  }
}

// src/replay/models/packed-kick.ts
function linuxPackedKick(offWrap, slot, wrap, added, queueSize) {
  const off = offWrap & 32767;
  const event = offWrap >> 15 === wrap ? off : off - queueSize;
  return splitEventWanted(event, u16(slot - added), slot);
}

// src/replay/models/linux-packed.ts
var NO_TABLE = -1;
var LinuxPackedDriver = class {
  name = "linux";
  layout = "packed";
  options;
  usedLen = 0;
  #port;
  #size;
  /** By id: the free list of ids, and of a buffer in flight its token, slots, last id and table. */
  #next;
  #tokens;
  #slots;
  #last;
  #tables;
  #tableEntries;
  #numFree = 0;
  #freeHead = 0;
  #numAdded = 0;
  #nextAvail = 0;
  #availWrap = 1;
  #availBits = 0;
  #lastUsed = 0;
  #usedWrap = 1;
  #eventFlags = RING_EVENT_FLAGS_ENABLE;
  #eventTriggered = false;
  #broken = false;
  constructor(port, options = {}) {
    const size = port.queueSize;
    this.options = { ...driverDefaults, ...options };
    this.#port = port;
    this.#size = size;
    this.#next = new Uint16Array(size);
    this.#tokens = new Int32Array(size);
    this.#slots = new Uint16Array(size);
    this.#last = new Uint16Array(size);
    this.#tables = new Int32Array(size);
    this.#tableEntries = new Uint32Array(size);
    this.create();
  }
  create() {
    for (let i = 0; i < this.#size; i++) this.#next[i] = i + 1 < this.#size ? i + 1 : 0;
    this.#tokens.fill(NO_TOKEN);
    this.#tables.fill(NO_TABLE);
    this.#numFree = this.#size;
    this.#freeHead = 0;
    this.#numAdded = 0;
    this.#nextAvail = 0;
    this.#availWrap = 1;
    this.#availBits = availBits(1);
    this.#lastUsed = 0;
    this.#usedWrap = 1;
    this.#eventFlags = RING_EVENT_FLAGS_ENABLE;
    this.#eventTriggered = false;
    this.#broken = false;
    if (this.options.callback) return;
    this.#eventFlags = RING_EVENT_FLAGS_DISABLE;
    this.#port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);
  }
  add(token, out, into) {
    if (this.#broken) return -EIO;
    const total = out.length + into.length;
    checkAdd(token, total);
    if (needsIndirect(this.options.indirect, total, this.#numFree)) {
      if (this.#addIndirect(token, out, into)) return 0;
    }
    if (this.#numFree < total) return -ENOSPC;
    return this.#addDirect(token, out, into);
  }
  #addDirect(token, out, into) {
    const port = this.#port;
    const size = this.#size;
    const total = out.length + into.length;
    const head = this.#nextAvail;
    const headBits = this.#availBits;
    const id = this.#freeHead;
    let headFlags = 0;
    let slot = head;
    let current = id;
    let last = id;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) {
        this.#availBits = headBits;
        return -EIO;
      }
      const readable = n < out.length;
      const segment = readable ? out[n] : into[n - out.length];
      const flags = this.#availBits | (n + 1 === total ? 0 : VIRTQ_DESC_F_NEXT) | (readable ? 0 : VIRTQ_DESC_F_WRITE);
      const at = slot * DESC_BYTES;
      if (slot === head) headFlags = flags;
      else port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags);
      port.set64(AREA.desc, at + DESC_ADDR, segment[0]);
      port.set32(AREA.desc, at + DESC_LEN, segment[1]);
      port.set16(AREA.desc, at + PACKED_DESC_ID, id);
      last = current;
      current = this.#next[current];
      slot++;
      if (slot >= size) {
        slot = 0;
        this.#availBits ^= OWNER_BITS;
      }
    }
    if (slot <= head) this.#availWrap ^= 1;
    this.#nextAvail = slot;
    this.#take(id, token, total, last, current);
    port.barrier(BARRIER.wmb);
    port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);
    this.#numAdded += total;
    return 0;
  }
  /** False: no table was to be had, or a mapping failed. */
  #addIndirect(token, out, into) {
    const port = this.#port;
    const total = out.length + into.length;
    const bytes = total * DESC_BYTES;
    const table = this.options.tables.alloc(bytes);
    if (table < 0) {
      port.tableRefused(bytes);
      return false;
    }
    port.tableAllocated(table, bytes);
    if (!this.#writeTable(table, out, into) || this.options.mapFails()) {
      this.#freeTable(table, total);
      return false;
    }
    const id = this.#freeHead;
    const at = this.#nextAvail * DESC_BYTES;
    port.set64(AREA.desc, at + DESC_ADDR, this.options.tables.base + table);
    port.set32(AREA.desc, at + DESC_LEN, bytes);
    port.set16(AREA.desc, at + PACKED_DESC_ID, id);
    port.barrier(BARRIER.wmb);
    port.set16(AREA.desc, at + PACKED_DESC_FLAGS, VIRTQ_DESC_F_INDIRECT | this.#availBits);
    this.#nextAvail++;
    if (this.#nextAvail >= this.#size) {
      this.#nextAvail = 0;
      this.#availWrap ^= 1;
      this.#availBits ^= OWNER_BITS;
    }
    this.#take(id, token, 1, id, this.#next[id]);
    this.#tables[id] = table;
    this.#tableEntries[id] = total;
    this.#numAdded++;
    return true;
  }
  #writeTable(table, out, into) {
    const port = this.#port;
    const total = out.length + into.length;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return false;
      const readable = n < out.length;
      const segment = readable ? out[n] : into[n - out.length];
      const at = table + n * DESC_BYTES;
      port.set16(AREA.ind, at + PACKED_DESC_FLAGS, readable ? 0 : VIRTQ_DESC_F_WRITE);
      port.set64(AREA.ind, at + DESC_ADDR, segment[0]);
      port.set32(AREA.ind, at + DESC_LEN, segment[1]);
    }
    return true;
  }
  #take(id, token, slots, last, freeHead) {
    this.#numFree -= slots;
    this.#freeHead = freeHead;
    this.#tokens[id] = token;
    this.#slots[id] = slots;
    this.#last[id] = last;
  }
  #freeTable(table, entries) {
    this.#port.tableFreed(table, entries * DESC_BYTES);
    this.options.tables.free(table);
  }
  kickPrepare() {
    const port = this.#port;
    port.barrier(BARRIER.mb);
    const added = this.#numAdded;
    this.#numAdded = 0;
    const word = port.get32(AREA.device, EVENT_OFF_WRAP);
    const flags = word >>> 16;
    if (flags !== RING_EVENT_FLAGS_DESC) return flags !== RING_EVENT_FLAGS_DISABLE;
    return linuxPackedKick(word & 65535, this.#nextAvail, this.#availWrap, added, this.#size);
  }
  notify() {
    if (this.#broken) return false;
    if (this.#port.notify()) return true;
    this.#broken = true;
    return false;
  }
  getBuf() {
    if (this.#broken) return NO_TOKEN;
    if (!this.#isUsed(this.#lastUsed, this.#usedWrap)) return NO_TOKEN;
    const port = this.#port;
    port.barrier(BARRIER.rmb);
    const at = this.#lastUsed * DESC_BYTES;
    const id = port.get16(AREA.desc, at + PACKED_DESC_ID);
    const len = port.get32(AREA.desc, at + DESC_LEN);
    const token = id < this.#size ? this.#tokens[id] : NO_TOKEN;
    if (token === NO_TOKEN) {
      this.#broken = true;
      return NO_TOKEN;
    }
    this.usedLen = len;
    this.#detach(id);
    this.#lastUsed += this.#slots[id];
    if (this.#lastUsed >= this.#size) {
      this.#lastUsed -= this.#size;
      this.#usedWrap ^= 1;
    }
    if (this.#eventFlags === RING_EVENT_FLAGS_DESC) {
      port.set16(AREA.driver, EVENT_OFF_WRAP, this.#usedWord());
      port.barrier(BARRIER.mb);
    }
    return token;
  }
  #isUsed(slot, wrap) {
    const flags = this.#port.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    return (flags & OWNER_BITS) === usedBits(wrap);
  }
  /** last_used_idx as Linux keeps it: the slot, and the wrap counter in bit 15. */
  #usedWord() {
    return this.#lastUsed | this.#usedWrap << 15;
  }
  /** Stores nothing: the used flags stay behind in the ring. */
  #detach(id) {
    this.#tokens[id] = NO_TOKEN;
    this.#next[this.#last[id]] = this.#freeHead;
    this.#freeHead = id;
    this.#numFree += this.#slots[id];
    const table = this.#tables[id];
    if (table === NO_TABLE) return;
    const entries = this.#tableEntries[id];
    if (this.options.dmaApi) {
      for (let i = 0; i < entries; i++) {
        this.#port.get16(AREA.ind, table + i * DESC_BYTES + PACKED_DESC_FLAGS);
      }
    }
    this.#freeTable(table, entries);
    this.#tables[id] = NO_TABLE;
  }
  disableCb() {
    if (this.#eventFlags === RING_EVENT_FLAGS_DISABLE) return;
    this.#eventFlags = RING_EVENT_FLAGS_DISABLE;
    if (this.#eventTriggered) return;
    this.#port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);
  }
  enableCbPrepare() {
    this.#askFrom(this.#usedWord());
    return this.#usedWord();
  }
  /** Where, then whether: a device that sees the new flags sees the new offset. */
  #askFrom(offWrap) {
    const port = this.#port;
    this.#eventTriggered = false;
    if (this.options.eventIdx) {
      port.set16(AREA.driver, EVENT_OFF_WRAP, offWrap);
      port.barrier(BARRIER.wmb);
    }
    if (this.#eventFlags !== RING_EVENT_FLAGS_DISABLE) return;
    this.#eventFlags = this.options.eventIdx ? RING_EVENT_FLAGS_DESC : RING_EVENT_FLAGS_ENABLE;
    port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);
  }
  poll(opaque) {
    if (this.#broken) return false;
    this.#port.barrier(BARRIER.mb);
    return this.#isUsed(opaque & 32767, opaque >> 15 & 1);
  }
  enableCb() {
    return !this.poll(this.enableCbPrepare());
  }
  enableCbDelayed() {
    const port = this.#port;
    const size = this.#size;
    const pending = Math.floor((size - this.#numFree) * 3 / 4);
    const here = packedPosition(this.#lastUsed, this.#usedWrap, size);
    this.#askFrom(positionWord(advancePosition(here, pending, size), size));
    port.barrier(BARRIER.mb);
    return !this.#isUsed(this.#lastUsed, this.#usedWrap);
  }
  detachUnusedBuf() {
    for (let id = 0; id < this.#size; id++) {
      const token = this.#tokens[id];
      if (token === NO_TOKEN) continue;
      this.#detach(id);
      return token;
    }
    return NO_TOKEN;
  }
  interrupt() {
    if (!this.#isUsed(this.#lastUsed, this.#usedWrap)) return "IRQ_NONE";
    if (this.#broken) return "IRQ_HANDLED";
    if (this.options.eventIdx) this.#eventTriggered = true;
    return "IRQ_HANDLED";
  }
  state() {
    return {
      num_free: this.#numFree,
      free_head: this.#freeHead,
      num_added: this.#numAdded,
      avail_idx: this.#nextAvail,
      avail_wrap: this.#availWrap,
      avail_used_flags: this.#availBits,
      last_used: this.#lastUsed,
      used_wrap: this.#usedWrap,
      flags_shadow: this.#eventFlags,
      event_triggered: this.#eventTriggered ? 1 : 0,
      broken: this.#broken ? 1 : 0
    };
  }
  restore(state) {
    checkRestore(state, this.#size);
    this.#numFree = state.num_free;
    this.#freeHead = state.free_head;
    this.#numAdded = state.num_added;
    this.#nextAvail = state.avail_idx;
    this.#availWrap = state.avail_wrap ?? 1;
    this.#availBits = availBits(this.#availWrap);
    this.#lastUsed = state.last_used;
    this.#usedWrap = state.used_wrap ?? 1;
    this.#eventFlags = state.flags_shadow;
    this.#eventTriggered = state.event_triggered === 1;
    this.#broken = state.broken === 1;
  }
};

// src/replay/models/linux-split.ts
var NO_TABLE2 = -1;
var LinuxSplitDriver = class {
  name = "linux";
  layout = "split";
  options;
  usedLen = 0;
  #port;
  #size;
  /** By descriptor, beside the ring where no device can reach: the free list, and what was mapped. */
  #next;
  #mappedLen;
  /** By head. */
  #tokens;
  #tables;
  #numFree = 0;
  #freeHead = 0;
  #numAdded = 0;
  #availIdx = 0;
  #lastUsed = 0;
  #availFlags = 0;
  #eventTriggered = false;
  #broken = false;
  /** Throws RangeError unless the queue's size is a power of two (virtio 1.3, 2.7). */
  constructor(port, options = {}) {
    const size = port.queueSize;
    if (size === 0 || (size & size - 1) !== 0) {
      throw new RangeError(`split queue size ${size} is not a power of two`);
    }
    this.options = { ...driverDefaults, ...options };
    this.#port = port;
    this.#size = size;
    this.#next = new Uint16Array(size);
    this.#mappedLen = new Uint32Array(size);
    this.#tokens = new Int32Array(size);
    this.#tables = new Int32Array(size);
    this.create();
  }
  create() {
    for (let i = 0; i < this.#size; i++) this.#next[i] = i + 1 < this.#size ? i + 1 : 0;
    this.#tokens.fill(NO_TOKEN);
    this.#tables.fill(NO_TABLE2);
    this.#numFree = this.#size;
    this.#freeHead = 0;
    this.#numAdded = 0;
    this.#availIdx = 0;
    this.#lastUsed = 0;
    this.#availFlags = 0;
    this.#eventTriggered = false;
    this.#broken = false;
    if (this.options.callback) return;
    this.#availFlags = AVAIL_F_NO_INTERRUPT;
    if (!this.options.eventIdx) this.#port.set16(AREA.driver, RING_FLAGS, this.#availFlags);
  }
  add(token, out, into) {
    if (this.#broken) return -EIO;
    const total = out.length + into.length;
    checkAdd(token, total);
    const table = needsIndirect(this.options.indirect, total, this.#numFree) ? this.#allocTable(total) : NO_TABLE2;
    const indirect = table !== NO_TABLE2;
    if (this.#numFree < (indirect ? 1 : total)) {
      if (out.length > 0) this.#port.notify();
      if (indirect) this.#freeTable(table, total);
      return -ENOSPC;
    }
    const head = this.#freeHead;
    const after = indirect ? this.#writeTable(table, out, into) : this.#writeChain(out, into);
    if (after < 0 || indirect && this.options.mapFails()) {
      if (indirect) this.#freeTable(table, total);
      return -ENOMEM;
    }
    if (indirect) {
      const addr = this.options.tables.base + table;
      this.#writeDesc(head, addr, total * DESC_BYTES, VIRTQ_DESC_F_INDIRECT);
    }
    this.#numFree -= indirect ? 1 : total;
    this.#freeHead = indirect ? this.#next[head] : after;
    this.#tokens[head] = token;
    this.#tables[head] = table;
    this.#publish(head);
    return 0;
  }
  #publish(head) {
    const port = this.#port;
    port.set16(AREA.driver, availEntry(this.#availIdx & this.#size - 1), head);
    port.barrier(BARRIER.wmb);
    this.#availIdx = u16(this.#availIdx + 1);
    port.set16(AREA.driver, RING_IDX, this.#availIdx);
    this.#numAdded++;
    if (this.#numAdded === 65535 && this.kickPrepare()) this.notify();
  }
  /** Offset of a table, each entry linked to the one after it; the last one past the table's end. */
  #allocTable(entries) {
    const port = this.#port;
    const bytes = entries * DESC_BYTES;
    const table = this.options.tables.alloc(bytes);
    if (table < 0) {
      port.tableRefused(bytes);
      return NO_TABLE2;
    }
    port.tableAllocated(table, bytes);
    for (let i = 0; i < entries; i++) {
      port.set16(AREA.ind, table + i * DESC_BYTES + SPLIT_DESC_NEXT, i + 1);
    }
    return table;
  }
  #freeTable(table, entries) {
    this.#port.tableFreed(table, entries * DESC_BYTES);
    this.options.tables.free(table);
  }
  /** Writes the chain from the free list's head; the free descriptor after it, or -1: a mapping failed. */
  #writeChain(out, into) {
    const total = out.length + into.length;
    let at = this.#freeHead;
    let last = at;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return -1;
      const readable = n < out.length;
      const segment = readable ? out[n] : into[n - out.length];
      last = at;
      this.#writeDesc(
        at,
        segment[0],
        segment[1],
        readable ? VIRTQ_DESC_F_NEXT : VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE
      );
      at = this.#next[at];
    }
    this.#endAt(AREA.desc, last * DESC_BYTES);
    return at;
  }
  /** The same in a table; its entries are linked already. */
  #writeTable(table, out, into) {
    const port = this.#port;
    const total = out.length + into.length;
    let entry = 0;
    let last = 0;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return -1;
      const readable = n < out.length;
      const segment = readable ? out[n] : into[n - out.length];
      last = table + entry * DESC_BYTES;
      port.set16(
        AREA.ind,
        last + SPLIT_DESC_FLAGS,
        readable ? VIRTQ_DESC_F_NEXT : VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE
      );
      port.set64(AREA.ind, last + DESC_ADDR, segment[0]);
      port.set32(AREA.ind, last + DESC_LEN, segment[1]);
      entry = port.get16(AREA.ind, last + SPLIT_DESC_NEXT);
    }
    this.#endAt(AREA.ind, last);
    return entry;
  }
  #writeDesc(at, addr, len, flags) {
    const port = this.#port;
    const offset = at * DESC_BYTES;
    port.set16(AREA.desc, offset + SPLIT_DESC_FLAGS, flags);
    port.set64(AREA.desc, offset + DESC_ADDR, addr);
    port.set32(AREA.desc, offset + DESC_LEN, len);
    port.set16(AREA.desc, offset + SPLIT_DESC_NEXT, this.#next[at]);
    this.#mappedLen[at] = len;
  }
  /** The last descriptor does not continue. */
  #endAt(area, offset) {
    const flags = this.#port.get16(area, offset + SPLIT_DESC_FLAGS);
    this.#port.set16(area, offset + SPLIT_DESC_FLAGS, flags & ~VIRTQ_DESC_F_NEXT);
  }
  kickPrepare() {
    const port = this.#port;
    port.barrier(BARRIER.mb);
    const old = u16(this.#availIdx - this.#numAdded);
    this.#numAdded = 0;
    if (this.options.eventIdx) {
      const event = port.get16(AREA.device, availEventOffset(this.#size));
      return splitEventWanted(event, old, this.#availIdx);
    }
    return (port.get16(AREA.device, RING_FLAGS) & USED_F_NO_NOTIFY) === 0;
  }
  notify() {
    if (this.#broken) return false;
    if (this.#port.notify()) return true;
    this.#broken = true;
    return false;
  }
  getBuf() {
    if (this.#broken) return NO_TOKEN;
    if (!this.#moreUsed()) return NO_TOKEN;
    const port = this.#port;
    port.barrier(BARRIER.rmb);
    const elem = usedElem(this.#lastUsed & this.#size - 1);
    const head = port.get32(AREA.device, elem);
    const len = port.get32(AREA.device, elem + 4);
    const token = head < this.#size ? this.#tokens[head] : NO_TOKEN;
    if (token === NO_TOKEN) {
      this.#broken = true;
      return NO_TOKEN;
    }
    this.usedLen = len;
    this.#detach(head);
    this.#lastUsed = u16(this.#lastUsed + 1);
    if ((this.#availFlags & AVAIL_F_NO_INTERRUPT) === 0) {
      port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed);
      port.barrier(BARRIER.mb);
    }
    return token;
  }
  #moreUsed() {
    return this.#port.get16(AREA.device, RING_IDX) !== this.#lastUsed;
  }
  /** Puts a chain back on the free list, by NEXT in the ring and `next` beside it. */
  #detach(head) {
    const port = this.#port;
    this.#tokens[head] = NO_TOKEN;
    let at = head;
    while ((port.get16(AREA.desc, at * DESC_BYTES + SPLIT_DESC_FLAGS) & VIRTQ_DESC_F_NEXT) !== 0) {
      at = this.#next[at];
      this.#numFree++;
    }
    this.#next[at] = this.#freeHead;
    this.#freeHead = head;
    this.#numFree++;
    const table = this.#tables[head];
    if (table === NO_TABLE2) return;
    const entries = this.#mappedLen[head] / DESC_BYTES;
    if (this.options.dmaApi) this.#unmapTable(table, entries);
    this.#freeTable(table, entries);
    this.#tables[head] = NO_TABLE2;
  }
  #unmapTable(table, entries) {
    const port = this.#port;
    for (let i = 0; i < entries; i++) {
      const at = table + i * DESC_BYTES;
      port.get16(AREA.ind, at + SPLIT_DESC_FLAGS);
      port.get64(AREA.ind, at + DESC_ADDR);
      port.get32(AREA.ind, at + DESC_LEN);
    }
  }
  disableCb() {
    if ((this.#availFlags & AVAIL_F_NO_INTERRUPT) !== 0) return;
    this.#availFlags |= AVAIL_F_NO_INTERRUPT;
    if (this.#eventTriggered) return;
    if (this.options.eventIdx) this.#port.set16(AREA.driver, usedEventOffset(this.#size), 0);
    else this.#port.set16(AREA.driver, RING_FLAGS, this.#availFlags);
  }
  enableCbPrepare() {
    this.#allowInterrupts();
    this.#port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed);
    return this.#lastUsed;
  }
  #allowInterrupts() {
    this.#eventTriggered = false;
    if ((this.#availFlags & AVAIL_F_NO_INTERRUPT) === 0) return;
    this.#availFlags &= ~AVAIL_F_NO_INTERRUPT;
    if (!this.options.eventIdx) this.#port.set16(AREA.driver, RING_FLAGS, this.#availFlags);
  }
  poll(opaque) {
    if (this.#broken) return false;
    this.#port.barrier(BARRIER.mb);
    return this.#port.get16(AREA.device, RING_IDX) !== u16(opaque);
  }
  enableCb() {
    return !this.poll(this.enableCbPrepare());
  }
  enableCbDelayed() {
    const port = this.#port;
    this.#allowInterrupts();
    const bufs = Math.floor(u16Distance(this.#lastUsed, this.#availIdx) * 3 / 4);
    port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed + bufs);
    port.barrier(BARRIER.mb);
    return u16Distance(this.#lastUsed, port.get16(AREA.device, RING_IDX)) <= bufs;
  }
  detachUnusedBuf() {
    for (let head = 0; head < this.#size; head++) {
      const token = this.#tokens[head];
      if (token === NO_TOKEN) continue;
      this.#detach(head);
      this.#availIdx = u16(this.#availIdx - 1);
      this.#port.set16(AREA.driver, RING_IDX, this.#availIdx);
      return token;
    }
    return NO_TOKEN;
  }
  interrupt() {
    if (!this.#moreUsed()) return "IRQ_NONE";
    if (this.#broken) return "IRQ_HANDLED";
    if (this.options.eventIdx) this.#eventTriggered = true;
    return "IRQ_HANDLED";
  }
  state() {
    return {
      num_free: this.#numFree,
      free_head: this.#freeHead,
      num_added: this.#numAdded,
      avail_idx: this.#availIdx,
      last_used: this.#lastUsed,
      flags_shadow: this.#availFlags,
      event_triggered: this.#eventTriggered ? 1 : 0,
      broken: this.#broken ? 1 : 0
    };
  }
  restore(state) {
    checkRestore(state, this.#size);
    this.#numFree = state.num_free;
    this.#freeHead = state.free_head;
    this.#numAdded = state.num_added;
    this.#availIdx = state.avail_idx;
    this.#lastUsed = state.last_used;
    this.#availFlags = state.flags_shadow;
    this.#eventTriggered = state.event_triggered === 1;
    this.#broken = state.broken === 1;
  }
};

// src/replay/chain.ts
var TABLE_ENTRIES_MAX = 65536;
var Chain = class {
  ending = "complete";
  /** Descriptors of the ring that it takes, in order. */
  slots;
  slotCount = 0;
  /** Elements: the descriptors with a buffer each, those of an indirect table in place of its own. */
  addr;
  len;
  writable;
  count = 0;
  /** Sum of the lengths of device-writable elements; may pass 2^32. */
  writableBytes = 0;
  /** First device-readable element behind a device-writable one; -1 none. */
  readableAfterWritable = -1;
  /** Slot of the indirect descriptor; -1 none. Its table's length, and where in the arena it is; -1 unread. */
  indirectSlot = -1;
  tableBytes = 0;
  tableOffset = -1;
  /** First table entry that sets a reserved flag (packed: anything but WRITE); -1 none. */
  oddEntry = -1;
  oddFlags = 0;
  /** Split: an indirect descriptor has NEXT as well, which 2.7.5.3.1 forbids. */
  indirectHasNext = false;
  /** Where a walk that is not complete would have gone on to. */
  beyond = -1;
  /** Packed: the id of the last descriptor (2.8.6). Split: the head. */
  bufferId = -1;
  /** By slot: the walk that last passed it. */
  #passed;
  #walk = 0;
  constructor(queueSize) {
    this.slots = new Int32Array(queueSize);
    this.#passed = new Uint32Array(queueSize);
    this.addr = new Float64Array(queueSize);
    this.len = new Uint32Array(queueSize);
    this.writable = new Uint8Array(queueSize);
  }
  /** Whether a ring descriptor is among its slots. */
  has(slot) {
    return this.#passed[slot] === this.#walk;
  }
  take(slot) {
    this.slots[this.slotCount++] = slot;
    this.#passed[slot] = this.#walk;
  }
  clear() {
    this.#walk++;
    this.ending = "complete";
    this.slotCount = 0;
    this.count = 0;
    this.writableBytes = 0;
    this.readableAfterWritable = -1;
    this.indirectSlot = -1;
    this.tableBytes = 0;
    this.tableOffset = -1;
    this.oddEntry = -1;
    this.oddFlags = 0;
    this.indirectHasNext = false;
    this.beyond = -1;
    this.bufferId = -1;
  }
  /** Adds an element; `flags` are its descriptor's. */
  element(addr, len, flags) {
    const at = this.count;
    if (at === this.addr.length) this.#grow();
    const writable = (flags & VIRTQ_DESC_F_WRITE) === 0 ? 0 : 1;
    this.addr[at] = addr;
    this.len[at] = len;
    this.writable[at] = writable;
    if (writable === 1) this.writableBytes += len;
    else if (this.readableAfterWritable < 0 && at > 0 && this.writable[at - 1] === 1) {
      this.readableAfterWritable = at;
    }
    this.count = at + 1;
  }
  #grow() {
    const capacity = 2 * this.addr.length + 1;
    const { addr, len, writable } = this;
    this.addr = new Float64Array(capacity);
    this.addr.set(addr);
    this.len = new Uint32Array(capacity);
    this.len.set(len);
    this.writable = new Uint8Array(capacity);
    this.writable.set(writable);
  }
};
var noTables = () => -1;
function walkSplit(memory, head, chain, tableAt) {
  chain.clear();
  chain.bufferId = head;
  const { queueSize } = memory;
  for (let slot = head; ; ) {
    if (slot >= queueSize) {
      chain.ending = "outside";
      chain.beyond = slot;
      return;
    }
    if (chain.has(slot)) {
      chain.ending = "loop";
      chain.beyond = slot;
      return;
    }
    chain.take(slot);
    const at = slot * DESC_BYTES;
    const addr = memory.get64(AREA.desc, at + DESC_ADDR);
    const len = memory.get32(AREA.desc, at + DESC_LEN);
    const flags = memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS);
    if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) {
      chain.indirectSlot = slot;
      chain.indirectHasNext = (flags & VIRTQ_DESC_F_NEXT) !== 0;
      walkSplitTable(memory, addr, len, chain, tableAt);
      return;
    }
    chain.element(addr, len, flags);
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return;
    slot = memory.get16(AREA.desc, at + SPLIT_DESC_NEXT);
  }
}
function walkSplitTable(memory, addr, bytes, chain, tableAt) {
  const table = enterTable(addr, bytes, chain, tableAt);
  if (table < 0) return;
  const entries = bytes / DESC_BYTES;
  for (let entry = 0, steps = 0; ; steps++) {
    if (entry >= entries) {
      chain.ending = "outside";
      chain.beyond = entry;
      return;
    }
    if (steps === entries) {
      chain.ending = "loop";
      chain.beyond = entry;
      return;
    }
    const at = table + entry * DESC_BYTES;
    const addr2 = memory.get64(AREA.ind, at + DESC_ADDR);
    const len = memory.get32(AREA.ind, at + DESC_LEN);
    const flags = memory.get16(AREA.ind, at + SPLIT_DESC_FLAGS);
    if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) {
      chain.ending = "nested";
      chain.oddEntry = entry;
      chain.oddFlags = flags;
      return;
    }
    chain.element(addr2, len, flags);
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return;
    entry = memory.get16(AREA.ind, at + SPLIT_DESC_NEXT);
  }
}
function walkPacked(memory, position, chain, tableAt, headFlags = -1) {
  chain.clear();
  const { queueSize } = memory;
  for (let at = position; ; at = advancePosition(at, 1, queueSize)) {
    const slot = positionSlot(at, queueSize);
    const offset = slot * DESC_BYTES;
    if (chain.slotCount === queueSize) {
      chain.ending = "loop";
      chain.beyond = slot;
      return;
    }
    const addr = memory.get64(AREA.desc, offset + DESC_ADDR);
    const len = memory.get32(AREA.desc, offset + DESC_LEN);
    const known2 = headFlags >= 0 && chain.slotCount === 0;
    const flags = known2 ? headFlags : memory.get16(AREA.desc, offset + PACKED_DESC_FLAGS);
    if (chain.slotCount > 0 && (flags & OWNER_BITS) !== availBits(positionWrap(at, queueSize))) {
      chain.ending = "unavailable";
      chain.beyond = slot;
      return;
    }
    chain.take(slot);
    chain.bufferId = memory.get16(AREA.desc, offset + PACKED_DESC_ID);
    if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) {
      chain.indirectSlot = slot;
      readPackedTable(memory, addr, len, chain, tableAt);
      if (chain.ending !== "complete") return;
    } else {
      chain.element(addr, len, flags);
    }
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return;
  }
}
function readPackedTable(memory, addr, bytes, chain, tableAt) {
  const table = enterTable(addr, bytes, chain, tableAt);
  if (table < 0) return;
  const entries = bytes / DESC_BYTES;
  for (let entry = 0; entry < entries; entry++) {
    const at = table + entry * DESC_BYTES;
    const addr2 = memory.get64(AREA.ind, at + DESC_ADDR);
    const len = memory.get32(AREA.ind, at + DESC_LEN);
    const flags = memory.get16(AREA.ind, at + PACKED_DESC_FLAGS);
    if ((flags & ~VIRTQ_DESC_F_WRITE) !== 0 && chain.oddEntry < 0) {
      chain.oddEntry = entry;
      chain.oddFlags = flags;
    }
    chain.element(addr2, len, flags);
  }
}
function enterTable(addr, bytes, chain, tableAt) {
  chain.tableBytes = bytes;
  if (bytes === 0 || bytes % DESC_BYTES !== 0) {
    chain.ending = "table-length";
    return -1;
  }
  const table = bytes / DESC_BYTES > TABLE_ENTRIES_MAX ? -1 : tableAt(addr, bytes);
  chain.tableOffset = table;
  if (table < 0) chain.ending = "table-unread";
  return table;
}

// src/replay/models/packed-device.ts
var NEVER = -1;
var PackedDevice = class {
  options;
  chain;
  words = { newSlots: 0, flags: -1, offWrap: -1, usedEvent: -1 };
  fetchedAt = 0;
  error = "";
  #port;
  #size;
  #tableAt;
  /** By buffer id, which nothing bounds but its 16 bits; grown to what is seen. */
  #slots;
  /** Which of all fetched buffers it was, counted from 0 modulo 2^31; -1 not in flight. */
  #fetched;
  #fetchCount = 0;
  #usedCount = 0;
  /** Positions, of which state() tells slot and wrap counter. */
  #nextAvail = 0;
  #nextUsed = 0;
  /** Slots used since the last decision to interrupt. */
  #newSlots = 0;
  #signalled = false;
  #inFlight = 0;
  #stopped = false;
  constructor(port, options = {}) {
    this.options = { ...deviceDefaults, ...options };
    this.#port = port;
    this.#size = port.queueSize;
    this.chain = new Chain(this.#size);
    this.#slots = new Int32Array(this.#size);
    this.#fetched = new Int32Array(this.#size);
    this.#tableAt = arenaLookup(port.memory, this.options.tableBase);
    this.create();
  }
  create() {
    this.#fetched.fill(NEVER);
    this.#fetchCount = 0;
    this.#usedCount = 0;
    this.#nextAvail = 0;
    this.#nextUsed = 0;
    this.#newSlots = 0;
    this.#signalled = false;
    this.#inFlight = 0;
    this.#stopped = false;
  }
  fetch() {
    if (this.#stopped) return NOTHING_AVAILABLE;
    const port = this.#port;
    const size = this.#size;
    this.error = "";
    const slot = positionSlot(this.#nextAvail, size);
    const flags = port.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    if ((flags & OWNER_BITS) !== availBits(positionWrap(this.#nextAvail, size))) {
      return NOTHING_AVAILABLE;
    }
    port.barrier(BARRIER.rmb);
    const { chain } = this;
    walkPacked(port, this.#nextAvail, chain, this.#tableAt, flags);
    if (chain.ending !== "complete") return this.#malformed(chain.ending);
    const id = chain.bufferId;
    if (id >= this.#fetched.length) this.#grow(id);
    if (this.#fetched[id] !== NEVER) return this.#malformed(`id ${id} is in flight already`);
    this.fetchedAt = slot;
    this.#fetched[id] = this.#fetchCount;
    this.#slots[id] = chain.slotCount;
    this.#fetchCount = this.#fetchCount + 1 & 2147483647;
    this.#nextAvail = advancePosition(this.#nextAvail, chain.slotCount, size);
    this.#inFlight++;
    return id;
  }
  #malformed(error) {
    this.error = error;
    return MALFORMED;
  }
  #grow(id) {
    const slots = new Int32Array(id + 1);
    slots.set(this.#slots);
    this.#slots = slots;
    const fetched = new Int32Array(id + 1).fill(NEVER);
    fetched.set(this.#fetched);
    this.#fetched = fetched;
  }
  complete(used, mode) {
    if (this.#stopped || used.length === 0) return;
    for (let i = 0; i < used.length; i++) this.#take(used[i].id, mode);
    if (mode === "in-order") this.#completeInOrder(used);
    else if (mode === "batch") this.#completeBatch(used);
    else {
      for (let i = 0; i < used.length; i++) {
        const one = used[i];
        this.#writeIdLen(this.#nextUsed, one.id, one.len);
        this.#port.barrier(BARRIER.wmb);
        this.#writeFlags(this.#nextUsed, one.len);
        this.#advance(this.#slots[one.id]);
      }
    }
  }
  #take(id, mode) {
    const fetched = this.#fetched[id] ?? NEVER;
    if (fetched === NEVER) throw notInFlight(id);
    if (mode === "in-order" && fetched !== this.#usedCount) throw notInOrder(id);
    this.#fetched[id] = NEVER;
    this.#usedCount = this.#usedCount + 1 & 2147483647;
    this.#inFlight--;
  }
  /** One descriptor stands for all of them, at the first one's slot with the last one's id (2.8.8). */
  #completeInOrder(used) {
    const { id, len } = used[used.length - 1];
    this.#writeIdLen(this.#nextUsed, id, len);
    this.#port.barrier(BARRIER.wmb);
    this.#writeFlags(this.#nextUsed, len);
    for (const one of used) this.#advance(this.#slots[one.id]);
  }
  /** The first one's flags last, the others before it from the end: the driver sees all or none. */
  #completeBatch(used) {
    const port = this.#port;
    const first = this.#nextUsed;
    const positions = [];
    for (const { id, len } of used) {
      this.#writeIdLen(this.#nextUsed, id, len);
      positions.push(this.#nextUsed);
      this.#advance(this.#slots[id]);
    }
    port.barrier(BARRIER.wmb);
    for (let i = used.length - 1; i > 0; i--) {
      this.#writeFlags(positions[i], used[i].len);
    }
    if (used.length > 1) port.barrier(BARRIER.wmb);
    this.#writeFlags(first, used[0].len);
  }
  #writeIdLen(position, id, len) {
    const at = positionSlot(position, this.#size) * DESC_BYTES;
    this.#port.set16(AREA.desc, at + PACKED_DESC_ID, id);
    this.#port.set32(AREA.desc, at + DESC_LEN, len);
  }
  #writeFlags(position, len) {
    const at = positionSlot(position, this.#size) * DESC_BYTES;
    const bits = usedBits(positionWrap(position, this.#size));
    this.#port.set16(AREA.desc, at + PACKED_DESC_FLAGS, len > 0 ? bits | VIRTQ_DESC_F_WRITE : bits);
  }
  #advance(slots) {
    this.#nextUsed = advancePosition(this.#nextUsed, slots, this.#size);
    this.#newSlots += slots;
  }
  signal() {
    const port = this.#port;
    const { words } = this;
    const slots = this.#newSlots;
    const first = !this.#signalled;
    this.#newSlots = 0;
    this.#signalled = true;
    words.newSlots = slots;
    words.offWrap = -1;
    port.barrier(BARRIER.mb);
    words.flags = port.get16(AREA.driver, EVENT_FLAGS);
    if (words.flags !== RING_EVENT_FLAGS_DESC) {
      return slots > 0 && words.flags !== RING_EVENT_FLAGS_DISABLE;
    }
    port.barrier(BARRIER.rmb);
    words.offWrap = port.get16(AREA.driver, EVENT_OFF_WRAP);
    if (this.options.cautious && (first || slots >= this.#size)) return true;
    const { wanted } = packedWanted({
      flags: words.flags,
      offWrap: words.offWrap,
      position: this.#nextUsed,
      slots,
      queueSize: this.#size,
      eventIdx: this.options.eventIdx
    });
    return wanted ?? slots > 0;
  }
  setNotify(request) {
    const port = this.#port;
    if (request.mode === "event" || request.mode === "desc" && !this.options.eventIdx) {
      throw notNegotiated(request.mode);
    }
    if (request.mode === "desc") {
      port.set16(AREA.device, EVENT_OFF_WRAP, request.off | request.wrap << 15);
      port.barrier(BARRIER.wmb);
      port.set16(AREA.device, EVENT_FLAGS, RING_EVENT_FLAGS_DESC);
    } else {
      const enable = request.mode === "enable";
      port.set16(
        AREA.device,
        EVENT_FLAGS,
        enable ? RING_EVENT_FLAGS_ENABLE : RING_EVENT_FLAGS_DISABLE
      );
    }
    port.barrier(BARRIER.mb);
  }
  stop() {
    this.#stopped = true;
    this.#fetched.fill(NEVER);
    this.#inFlight = 0;
  }
  state() {
    const size = this.#size;
    return {
      avail_idx: positionSlot(this.#nextAvail, size),
      avail_wrap: positionWrap(this.#nextAvail, size),
      used_idx: positionSlot(this.#nextUsed, size),
      used_wrap: positionWrap(this.#nextUsed, size),
      inflight: this.#inFlight
    };
  }
  restore(state) {
    this.create();
    const size = this.#size;
    this.#nextAvail = packedPosition(state.avail_idx, state.avail_wrap ?? 1, size);
    this.#nextUsed = packedPosition(state.used_idx, state.used_wrap ?? 1, size);
  }
};

// src/replay/models/rfc2.ts
var NO_TABLE3 = -1;
var Rfc2Driver = class {
  name = "rfc2";
  layout = "packed";
  options;
  usedLen = 0;
  port;
  size;
  numFree = 0;
  numAdded = 0;
  nextAvail = 0;
  wrap = 1;
  lastUsed = 0;
  usedWrap = 1;
  eventFlags = RING_EVENT_FLAGS_ENABLE;
  #broken = false;
  /** By first slot. */
  #tokens;
  #slots;
  #tables;
  #tableEntries;
  constructor(port, options = {}) {
    const size = port.queueSize;
    this.options = { ...driverDefaults, ...options };
    this.port = port;
    this.size = size;
    this.#tokens = new Int32Array(size);
    this.#slots = new Uint16Array(size);
    this.#tables = new Int32Array(size);
    this.#tableEntries = new Uint32Array(size);
    this.create();
  }
  create() {
    this.#tokens.fill(NO_TOKEN);
    this.#tables.fill(NO_TABLE3);
    this.numFree = this.size;
    this.numAdded = 0;
    this.nextAvail = 0;
    this.wrap = 1;
    this.lastUsed = 0;
    this.usedWrap = 1;
    this.eventFlags = RING_EVENT_FLAGS_ENABLE;
    this.#broken = false;
    if (!this.options.callback) this.disableCb();
  }
  add(token, out, into) {
    if (this.#broken) return -EIO;
    const total = out.length + into.length;
    checkAdd(token, total);
    const table = needsIndirect(this.options.indirect, total, this.numFree) ? this.#allocTable(total) : NO_TABLE3;
    const slots = table === NO_TABLE3 ? total : 1;
    if (this.numFree < slots) {
      if (out.length > 0) this.port.notify();
      if (table !== NO_TABLE3) this.#freeTable(table, total);
      return -ENOSPC;
    }
    const head = this.nextAvail;
    const wrap = this.wrap;
    const headFlags = table === NO_TABLE3 ? this.writeList(out, into) : this.#writeIndirect(table, out, into);
    if (headFlags < 0) {
      this.nextAvail = head;
      this.wrap = wrap;
      if (table !== NO_TABLE3) this.#freeTable(table, total);
      return -ENOMEM;
    }
    this.#tokens[head] = token;
    this.#slots[head] = slots;
    this.#tables[head] = table;
    this.#tableEntries[head] = total;
    this.numFree -= slots;
    this.port.barrier(BARRIER.wmb);
    this.port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);
    this.numAdded += slots;
    return 0;
  }
  /**
   * Writes the list from `nextAvail` on, all but the flags of its first slot. Returns those, or -1: a
   * mapping failed.
   */
  writeList(out, into) {
    const { port } = this;
    const total = out.length + into.length;
    const head = this.nextAvail;
    let headFlags = 0;
    let previous = head;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return -1;
      const flags = VIRTQ_DESC_F_NEXT | segmentFlags(n, out) | availBits(this.wrap);
      const slot = this.nextAvail;
      if (slot === head) headFlags = flags;
      else port.set16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS, flags);
      this.writeSlot(slot, segmentAt(n, out, into), head);
      previous = slot;
      this.step();
    }
    if (total === 1) return headFlags & ~VIRTQ_DESC_F_NEXT;
    const last = previous * DESC_BYTES + PACKED_DESC_FLAGS;
    port.set16(AREA.desc, last, port.get16(AREA.desc, last) & ~VIRTQ_DESC_F_NEXT);
    return headFlags;
  }
  writeSlot(slot, [addr, len], id) {
    const at = slot * DESC_BYTES;
    this.port.set64(AREA.desc, at + DESC_ADDR, addr);
    this.port.set32(AREA.desc, at + DESC_LEN, len);
    this.port.set16(AREA.desc, at + PACKED_DESC_ID, id);
  }
  /** On to the next slot; the wrap counter flips on the way past the last one. */
  step() {
    this.nextAvail++;
    if (this.nextAvail < this.size) return;
    this.nextAvail = 0;
    this.wrap ^= 1;
  }
  #writeIndirect(table, out, into) {
    const head = this.nextAvail;
    if (!this.writeTable(table, out, into) || this.options.mapFails()) return -1;
    const bytes = (out.length + into.length) * DESC_BYTES;
    this.writeSlot(head, [this.options.tables.base + table, bytes], head);
    const flags = VIRTQ_DESC_F_INDIRECT | availBits(this.wrap);
    this.step();
    return flags;
  }
  /**
   * One loop wrote ring and table alike: entries carry NEXT, owner bits and id, which are reserved
   * there (virtio 1.3, 2.8.7). False: a mapping failed.
   */
  writeTable(table, out, into) {
    const { port } = this;
    const total = out.length + into.length;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return false;
      const at = table + n * DESC_BYTES;
      const [addr, len] = segmentAt(n, out, into);
      const flags = VIRTQ_DESC_F_NEXT | segmentFlags(n, out) | availBits(this.wrap);
      port.set16(AREA.ind, at + PACKED_DESC_FLAGS, flags);
      port.set64(AREA.ind, at + DESC_ADDR, addr);
      port.set32(AREA.ind, at + DESC_LEN, len);
      port.set16(AREA.ind, at + PACKED_DESC_ID, this.nextAvail);
    }
    const last = table + (total - 1) * DESC_BYTES + PACKED_DESC_FLAGS;
    port.set16(AREA.ind, last, port.get16(AREA.ind, last) & ~VIRTQ_DESC_F_NEXT);
    return true;
  }
  #allocTable(entries) {
    const bytes = entries * DESC_BYTES;
    const table = this.options.tables.alloc(bytes);
    if (table < 0) {
      this.port.tableRefused(bytes);
      return NO_TABLE3;
    }
    this.port.tableAllocated(table, bytes);
    return table;
  }
  #freeTable(table, entries) {
    this.port.tableFreed(table, entries * DESC_BYTES);
    this.options.tables.free(table);
  }
  kickPrepare() {
    const { port } = this;
    port.barrier(BARRIER.mb);
    const old = u16(this.nextAvail - this.numAdded);
    this.numAdded = 0;
    if (this.options.eventIdx) {
      const offWrap = port.get16(AREA.device, EVENT_OFF_WRAP);
      return offWrap >> 15 === this.wrap && splitEventWanted(offWrap & 32767, old, this.nextAvail);
    }
    return port.get16(AREA.device, EVENT_FLAGS) !== RING_EVENT_FLAGS_DISABLE;
  }
  notify() {
    if (this.#broken) return false;
    if (this.port.notify()) return true;
    this.#broken = true;
    return false;
  }
  getBuf() {
    if (this.#broken) return NO_TOKEN;
    if (!this.isUsed(this.lastUsed, this.usedWrap)) return NO_TOKEN;
    const { port } = this;
    port.barrier(BARRIER.rmb);
    const at = this.lastUsed * DESC_BYTES;
    const id = port.get16(AREA.desc, at + PACKED_DESC_ID);
    const len = port.get32(AREA.desc, at + DESC_LEN);
    const token = id < this.size ? this.#tokens[id] : NO_TOKEN;
    if (token === NO_TOKEN) {
      this.#broken = true;
      return NO_TOKEN;
    }
    this.usedLen = len;
    const slots = this.#slots[id];
    this.#detach(id);
    this.lastUsed += slots;
    if (this.lastUsed >= this.size) {
      this.lastUsed -= this.size;
      this.usedWrap ^= 1;
    }
    this.usedPassed();
    return token;
  }
  /** Called when getBuf has moved on; the posted driver leaves off_wrap where it is. */
  usedPassed() {
  }
  /** Flags that detach has zeroed look used in every second lap: with nothing in flight, nothing is. */
  isUsed(slot, wrap) {
    if (this.numFree === this.size) return false;
    const flags = this.port.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    return (flags & OWNER_BITS) === usedBits(wrap);
  }
  #detach(head) {
    const slots = this.#slots[head];
    this.#tokens[head] = NO_TOKEN;
    let slot = head;
    for (let n = 0; n < slots; n++) {
      this.port.set16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS, 0);
      slot = slot + 1 < this.size ? slot + 1 : 0;
    }
    this.numFree += slots;
    const table = this.#tables[head];
    if (table === NO_TABLE3) return;
    this.#freeTable(table, this.#tableEntries[head]);
    this.#tables[head] = NO_TABLE3;
  }
  disableCb() {
    if (this.eventFlags === RING_EVENT_FLAGS_DISABLE) return;
    this.eventFlags = RING_EVENT_FLAGS_DISABLE;
    this.port.set16(AREA.driver, EVENT_FLAGS, this.eventFlags);
  }
  enableCbPrepare() {
    const offWrap = this.#guessedUsedWord();
    this.#ask(offWrap);
    return offWrap;
  }
  #guessedUsedWord() {
    return this.lastUsed | this.#guessedUsedWrap() << 15;
  }
  /** The used wrap counter by comparing slots, which is wrong whenever N slots are in flight. */
  #guessedUsedWrap() {
    return this.lastUsed > this.nextAvail ? this.wrap ^ 1 : this.wrap;
  }
  /** First whether, then where, with nothing between: a device may see the new flags with the old offset. */
  #ask(offWrap) {
    const { port } = this;
    if (this.eventFlags === RING_EVENT_FLAGS_DISABLE) {
      this.eventFlags = this.options.eventIdx ? RING_EVENT_FLAGS_DESC : RING_EVENT_FLAGS_ENABLE;
      port.set16(AREA.driver, EVENT_FLAGS, this.eventFlags);
    }
    port.set16(AREA.driver, EVENT_OFF_WRAP, offWrap);
  }
  poll(opaque) {
    if (this.#broken) return false;
    this.port.barrier(BARRIER.mb);
    return this.isUsed(opaque & 32767, opaque >> 15 & 1);
  }
  enableCb() {
    return !this.poll(this.enableCbPrepare());
  }
  enableCbDelayed() {
    this.#ask(this.delayedWord(this.#guessedUsedWrap()));
    return !this.poll(this.#guessedUsedWord());
  }
  /** off_wrap after three quarters of the slots in flight. */
  delayedWord(usedWrap) {
    const slot = this.lastUsed + Math.floor((this.size - this.numFree) * 3 / 4);
    if (slot < this.size) return slot | usedWrap << 15;
    return slot - this.size | (usedWrap ^ 1) << 15;
  }
  detachUnusedBuf() {
    for (let head = 0; head < this.size; head++) {
      const token = this.#tokens[head];
      if (token === NO_TOKEN) continue;
      this.#detach(head);
      return token;
    }
    return NO_TOKEN;
  }
  interrupt() {
    return this.isUsed(this.lastUsed, this.usedWrap) ? "IRQ_HANDLED" : "IRQ_NONE";
  }
  state() {
    return {
      num_free: this.numFree,
      // There is no free list: the next id is the next slot.
      free_head: this.nextAvail,
      num_added: this.numAdded,
      avail_idx: this.nextAvail,
      avail_wrap: this.wrap,
      avail_used_flags: availBits(this.wrap),
      last_used: this.lastUsed,
      used_wrap: this.usedWrap,
      flags_shadow: this.eventFlags,
      event_triggered: 0,
      broken: this.#broken ? 1 : 0
    };
  }
  restore(state) {
    checkRestore(state, this.size);
    this.numFree = state.num_free;
    this.numAdded = state.num_added;
    this.nextAvail = state.avail_idx;
    this.wrap = state.avail_wrap ?? 1;
    this.lastUsed = state.last_used;
    this.usedWrap = state.used_wrap ?? 1;
    this.eventFlags = state.flags_shadow;
    this.#broken = state.broken === 1;
  }
};
function segmentAt(n, out, into) {
  return n < out.length ? out[n] : into[n - out.length];
}
function segmentFlags(n, out) {
  return n < out.length ? 0 : VIRTQ_DESC_F_WRITE;
}

// src/replay/models/reviewed.ts
var ReviewedDriver = class extends Rfc2Driver {
  name = "reviewed";
  /** Only the last slot needs the id, and the loop knows which that is: no `prev`, no second store. */
  writeList(out, into) {
    const { port } = this;
    const total = out.length + into.length;
    const head = this.nextAvail;
    let headFlags = 0;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return -1;
      const last = n + 1 === total;
      const flags = (last ? 0 : VIRTQ_DESC_F_NEXT) | segmentFlags(n, out) | availBits(this.wrap);
      const at = this.nextAvail * DESC_BYTES;
      const [addr, len] = segmentAt(n, out, into);
      if (n === 0) headFlags = flags;
      else port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags);
      port.set64(AREA.desc, at + DESC_ADDR, addr);
      port.set32(AREA.desc, at + DESC_LEN, len);
      if (last) port.set16(AREA.desc, at + PACKED_DESC_ID, head);
      this.step();
    }
    return headFlags;
  }
  /** A helper of its own for each layout's table: a packed entry has WRITE and nothing else. */
  writeTable(table, out, into) {
    const { port } = this;
    const total = out.length + into.length;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return false;
      const at = table + n * DESC_BYTES;
      const [addr, len] = segmentAt(n, out, into);
      port.set16(AREA.ind, at + PACKED_DESC_FLAGS, segmentFlags(n, out));
      port.set64(AREA.ind, at + DESC_ADDR, addr);
      port.set32(AREA.ind, at + DESC_LEN, len);
    }
    return true;
  }
  /** The device's flags decide; a read barrier stands between them and off_wrap. */
  kickPrepare() {
    const { port } = this;
    port.barrier(BARRIER.mb);
    const added = this.numAdded;
    this.numAdded = 0;
    const flags = port.get16(AREA.device, EVENT_FLAGS);
    if (flags !== RING_EVENT_FLAGS_DESC) return flags !== RING_EVENT_FLAGS_DISABLE;
    port.barrier(BARRIER.rmb);
    const offWrap = port.get16(AREA.device, EVENT_OFF_WRAP);
    return linuxPackedKick(offWrap, this.nextAvail, this.wrap, added, this.size);
  }
  /**
   * The thread left this open. Where the delayed form asked for a slot and getBuf passes it, DESC would
   * ask for the past; so the word moves along, as it does in Linux.
   */
  usedPassed() {
    if (this.eventFlags !== RING_EVENT_FLAGS_DESC) return;
    this.port.set16(AREA.driver, EVENT_OFF_WRAP, this.#usedWord());
    this.port.barrier(BARRIER.mb);
  }
  /** Its own used wrap counter, not one guessed from positions. */
  #usedWord() {
    return this.lastUsed | this.usedWrap << 15;
  }
  /** ENABLE is enough here: no offset that could be stale. */
  enableCbPrepare() {
    this.#setFlags(RING_EVENT_FLAGS_ENABLE);
    return this.#usedWord();
  }
  /** DESC is for the delayed form alone: where, a write barrier, then whether. */
  enableCbDelayed() {
    if (!this.options.eventIdx) return this.enableCb();
    const offWrap = this.delayedWord(this.usedWrap);
    this.port.set16(AREA.driver, EVENT_OFF_WRAP, offWrap);
    this.port.barrier(BARRIER.wmb);
    this.#setFlags(RING_EVENT_FLAGS_DESC);
    return !this.poll(this.#usedWord());
  }
  #setFlags(flags) {
    if (this.eventFlags === flags) return;
    this.eventFlags = flags;
    this.port.set16(AREA.driver, EVENT_FLAGS, flags);
  }
};

// src/replay/models/split-device.ts
var NEVER2 = -1;
var SplitDevice = class {
  options;
  chain;
  words = { newSlots: 0, flags: -1, offWrap: -1, usedEvent: -1 };
  fetchedAt = 0;
  error = "";
  #port;
  #size;
  #tableAt;
  /** By head: which of all fetched buffers it was, counted from 0 modulo 2^31; -1 not in flight. */
  #fetched;
  #fetchCount = 0;
  #usedCount = 0;
  #availIdx = 0;
  #usedIdx = 0;
  /** used.idx at the last decision to interrupt. */
  #signalledIdx = 0;
  #newBuffers = 0;
  #signalled = false;
  #inFlight = 0;
  #stopped = false;
  constructor(port, options = {}) {
    this.options = { ...deviceDefaults, ...options };
    this.#port = port;
    this.#size = port.queueSize;
    this.chain = new Chain(this.#size);
    this.#fetched = new Int32Array(this.#size);
    this.#tableAt = arenaLookup(port.memory, this.options.tableBase);
    this.create();
  }
  create() {
    this.#fetched.fill(NEVER2);
    this.#fetchCount = 0;
    this.#usedCount = 0;
    this.#availIdx = 0;
    this.#usedIdx = 0;
    this.#signalledIdx = 0;
    this.#newBuffers = 0;
    this.#signalled = false;
    this.#inFlight = 0;
    this.#stopped = false;
  }
  fetch() {
    if (this.#stopped) return NOTHING_AVAILABLE;
    const port = this.#port;
    this.error = "";
    if (port.get16(AREA.driver, RING_IDX) === this.#availIdx) return NOTHING_AVAILABLE;
    port.barrier(BARRIER.rmb);
    const head = port.get16(AREA.driver, availEntry(this.#availIdx % this.#size));
    if (head >= this.#size) return this.#malformed(`head ${head} is outside the table`);
    if (this.#fetched[head] !== NEVER2) return this.#malformed(`head ${head} is in flight already`);
    walkSplit(port, head, this.chain, this.#tableAt);
    if (this.chain.ending !== "complete") return this.#malformed(this.chain.ending);
    this.fetchedAt = this.#availIdx;
    this.#fetched[head] = this.#fetchCount;
    this.#fetchCount = this.#fetchCount + 1 & 2147483647;
    this.#availIdx = u16(this.#availIdx + 1);
    this.#inFlight++;
    return head;
  }
  #malformed(error) {
    this.error = error;
    return MALFORMED;
  }
  complete(used, mode) {
    const port = this.#port;
    if (this.#stopped || used.length === 0) return;
    for (let i = 0; i < used.length; i++) this.#take(used[i].id, mode);
    if (mode === "in-order") {
      this.#writeElem(this.#usedIdx, used[used.length - 1]);
      port.barrier(BARRIER.wmb);
      this.#publish(used.length);
      return;
    }
    if (mode === "batch") {
      for (let i = 0; i < used.length; i++) {
        this.#writeElem(this.#usedIdx + i, used[i]);
      }
      port.barrier(BARRIER.wmb);
      this.#publish(used.length);
      return;
    }
    for (let i = 0; i < used.length; i++) {
      this.#writeElem(this.#usedIdx, used[i]);
      port.barrier(BARRIER.wmb);
      this.#publish(1);
    }
  }
  #take(id, mode) {
    const fetched = id >= 0 && id < this.#size ? this.#fetched[id] : NEVER2;
    if (fetched === NEVER2) throw notInFlight(id);
    if (mode === "in-order" && fetched !== this.#usedCount) throw notInOrder(id);
    this.#fetched[id] = NEVER2;
    this.#usedCount = this.#usedCount + 1 & 2147483647;
    this.#inFlight--;
  }
  #writeElem(idx, { id, len }) {
    const elem = usedElem(u16(idx) % this.#size);
    this.#port.set32(AREA.device, elem, id);
    this.#port.set32(AREA.device, elem + 4, len);
  }
  #publish(buffers2) {
    this.#usedIdx = u16(this.#usedIdx + buffers2);
    this.#newBuffers += buffers2;
    this.#port.set16(AREA.device, RING_IDX, this.#usedIdx);
  }
  signal() {
    const port = this.#port;
    const { words } = this;
    words.newSlots = this.#newBuffers;
    const old = this.#signalledIdx;
    const first = !this.#signalled;
    this.#signalledIdx = this.#usedIdx;
    this.#newBuffers = 0;
    this.#signalled = true;
    port.barrier(BARRIER.mb);
    if (!this.options.eventIdx) {
      words.flags = port.get16(AREA.driver, RING_FLAGS);
      return words.newSlots > 0 && (words.flags & AVAIL_F_NO_INTERRUPT) === 0;
    }
    words.usedEvent = port.get16(AREA.driver, usedEventOffset(this.#size));
    if (this.options.cautious && first) return true;
    if (words.newSlots > 65535) return true;
    return splitEventWanted(words.usedEvent, old, this.#usedIdx);
  }
  setNotify(request) {
    const port = this.#port;
    if (request.mode === "desc" || this.options.eventIdx !== (request.mode === "event")) {
      throw notNegotiated(request.mode);
    }
    if (request.mode === "event") {
      port.set16(AREA.device, availEventOffset(this.#size), request.availEvent);
    } else {
      port.set16(AREA.device, RING_FLAGS, request.mode === "enable" ? 0 : USED_F_NO_NOTIFY);
    }
    port.barrier(BARRIER.mb);
  }
  stop() {
    this.#stopped = true;
    this.#fetched.fill(NEVER2);
    this.#inFlight = 0;
  }
  state() {
    return { avail_idx: this.#availIdx, used_idx: this.#usedIdx, inflight: this.#inFlight };
  }
  restore(state) {
    this.create();
    this.#availIdx = state.avail_idx;
    this.#usedIdx = state.used_idx;
    this.#signalledIdx = state.used_idx;
  }
};

// src/replay/models/make.ts
function makeDriver(name, port, options = {}) {
  const { layout } = port.memory;
  if (name === "linux") {
    return layout === "split" ? new LinuxSplitDriver(port, options) : new LinuxPackedDriver(port, options);
  }
  if (layout === "split") throw new RangeError(`${name} is a driver of packed queues only`);
  return name === "rfc2" ? new Rfc2Driver(port, options) : new ReviewedDriver(port, options);
}
function makeDevice(layout, port, options = {}) {
  return layout === "split" ? new SplitDevice(port, options) : new PackedDevice(port, options);
}

// src/replay/models/operation-fields.ts
var ERROR_NAMES = /* @__PURE__ */ new Map([
  [-EIO, "EIO"],
  [-ENOMEM, "ENOMEM"],
  [-ENOSPC, "ENOSPC"]
]);
function addResult(ret) {
  return ret === 0 ? { ret } : { ret, err: ERROR_NAMES.get(ret) };
}
function fetchResult(device, id, layout, token) {
  if (id === MALFORMED) return { ret: null, error: device.error };
  if (id < 0) return { ret: null };
  const { chain, fetchedAt } = device;
  const segs = Array.from({ length: chain.count }, (_, i) => [
    chain.addr[i],
    chain.len[i],
    chain.writable[i]
  ]);
  const slots = layout === "packed" ? { slots: chain.slotCount } : {};
  return { ret: { id, at: fetchedAt, ...slots, token, segs } };
}
function signalResult(device, ret) {
  const { newSlots, flags, offWrap, usedEvent } = device.words;
  return {
    new_slots: newSlots,
    ...usedEvent < 0 ? {} : { used_event: usedEvent },
    ...offWrap < 0 ? {} : { off_wrap: offWrap },
    ...flags < 0 ? {} : { flags },
    ret
  };
}

// src/replay/models/port.ts
var FRESH = 107;
var Port = class {
  memory;
  queueSize;
  /** Takes a notification to the other side; false: it could not be given. */
  onNotify = () => true;
  #log;
  #before;
  #loads = false;
  #watched = false;
  constructor(memory) {
    this.memory = memory;
    this.queueSize = memory.queueSize;
  }
  /** `loads`: loads go to the log as well. What is left out is off. */
  watch(how) {
    this.#log = how.log;
    this.#loads = how.loads ?? false;
    this.#before = how.before;
    this.#watched = how.log !== void 0 || how.before !== void 0;
  }
  get16(area, offset) {
    if (this.#watched) this.#loadStep(area, offset, 2);
    return this.memory.get16(area, offset);
  }
  get32(area, offset) {
    if (this.#watched) this.#loadStep(area, offset, 4);
    return this.memory.get32(area, offset);
  }
  /** An address; exact below 2^53. */
  get64(area, offset) {
    if (this.#watched) this.#loadStep(area, offset, 8);
    return this.memory.get64(area, offset);
  }
  set16(area, offset, value) {
    if (this.#watched) this.#step(MEMORY_OP.store, area, offset, 2, value & 65535, 0);
    this.memory.set16(area, offset, value);
  }
  set32(area, offset, value) {
    if (this.#watched) this.#step(MEMORY_OP.store, area, offset, 4, value >>> 0, 0);
    this.memory.set32(area, offset, value);
  }
  /** An address below 2^53. */
  set64(area, offset, value) {
    const low = value >>> 0;
    const high = value / 4294967296 >>> 0;
    if (this.#watched) this.#step(MEMORY_OP.store, area, offset, 8, low, high);
    this.memory.set64(area, offset, low, high);
  }
  /** `kind`: `BARRIER`. The models run on one thread: it orders nothing here but says where it stands. */
  barrier(kind) {
    if (this.#watched) this.#step(MEMORY_OP.barrier, kind, 0, 0, 0, 0);
  }
  notify() {
    if (this.#watched) this.#step(MEMORY_OP.notify, 0, 0, 0, 0, 0);
    return this.onNotify();
  }
  /** A table at `offset` of the arena was allocated; it holds nothing of use yet. */
  tableAllocated(offset, bytes) {
    if (this.#watched) this.#step(MEMORY_OP.alloc, AREA.ind, offset, 0, bytes, 0);
    this.memory.fill(AREA.ind, offset, bytes, FRESH);
  }
  tableFreed(offset, bytes) {
    if (this.#watched) this.#step(MEMORY_OP.free, AREA.ind, offset, 0, bytes, 0);
  }
  tableRefused(bytes) {
    if (this.#watched) this.#step(MEMORY_OP.allocFailed, AREA.ind, 0, 0, bytes, 0);
  }
  #step(op, area, offset, width, low, high) {
    if (this.#before !== void 0) this.#before({ op, area, offset, width });
    if (this.#log !== void 0) this.#log.push(op, area, offset, width, low, high);
  }
  /** The value that is logged is the one loaded next: nothing runs in between. */
  #loadStep(area, offset, width) {
    if (this.#before !== void 0) this.#before({ op: MEMORY_OP.load, area, offset, width });
    if (this.#log === void 0 || !this.#loads) return;
    const { memory } = this;
    const low = width === 2 ? memory.get16(area, offset) : memory.get32(area, offset);
    const high = width === 8 ? memory.get32(area, offset + 4) : 0;
    this.#log.push(MEMORY_OP.load, area, offset, width, low, high);
  }
};

// src/replay/models/ringlog-writer.ts
var RingLogWriter = class {
  #emit;
  #lines = 0;
  #outstanding = 0;
  #outstandingMax = 0;
  #stores = 0;
  #loads = 0;
  #counts = {};
  #header;
  #driverState;
  #availWraps = 0;
  #usedWraps = 0;
  constructor(emit) {
    this.#emit = emit;
    for (const name of COUNTS) this.#counts[name] = 0;
  }
  header(header) {
    this.#header = header;
    this.#emit(JSON.stringify({ type: "header", format: "ringlog/1", ...header }));
  }
  /** `state`: the party's, after the operation. */
  operation(actor, op, fields, steps, state) {
    const head = JSON.stringify({ seq: this.#lines, actor, op, ...fields });
    this.#lines++;
    this.#count(op, fields, steps);
    if ("num_free" in state) this.#countWraps(op, state);
    this.#emit(`${head.slice(0, -1)},"mem":${stepsText(steps)},"st":${JSON.stringify(state)}}`);
  }
  /** The last line. */
  footer() {
    this.#emit(
      JSON.stringify({
        type: "footer",
        lines: this.#lines,
        ...this.#counts,
        avail_wraps: this.#availWraps,
        used_wraps: this.#usedWraps,
        max_outstanding: this.#outstandingMax,
        stores: this.#stores,
        loads: this.#loads,
        anomalies: 0,
        halted: 0,
        device_broken: 0,
        machine_steps: 0
      })
    );
  }
  /** Laps of the driver: avail.idx past a multiple of N, or the packed wrap counters. */
  #countWraps(op, state) {
    const before = this.#driverState;
    this.#driverState = state;
    if (op === "create" || before === void 0 || this.#header === void 0) return;
    if (this.#header.layout === "split") {
      const stepped = u16Distance(before.avail_idx, state.avail_idx) === 1;
      if (stepped && state.avail_idx % this.#header.size === 0) this.#availWraps++;
      return;
    }
    if (before.avail_wrap !== state.avail_wrap) this.#availWraps++;
    if (before.used_wrap !== state.used_wrap) this.#usedWraps++;
  }
  #add(name, by = 1) {
    this.#counts[name] = this.#counts[name] + by;
  }
  #count(op, fields, steps) {
    const { ret } = fields;
    for (let i = 0; i < steps.length; i++) {
      if (steps.op[i] === MEMORY_OP.store) this.#stores++;
      else if (steps.op[i] === MEMORY_OP.load) this.#loads++;
    }
    switch (op) {
      case "add":
        this.#countAdd(fields, steps);
        break;
      case "get_buf":
        this.#add(ret === null ? "get_null" : "returned");
        if (ret !== null) this.#outstanding--;
        break;
      case "detach_unused_buf":
        if (ret === null) break;
        this.#add("detached");
        this.#outstanding--;
        break;
      case "fetch":
        if (ret !== null) this.#add("fetched");
        break;
      case "complete":
        this.#add("completed", fields["used"].length);
        break;
      case "kick_prepare":
        this.#add("kick_prepares");
        if (ret === true) this.#add("needs_kick");
        break;
      case "notify":
        this.#add("notify_calls");
        break;
      case "signal":
        this.#add("signals");
        if (ret === true) this.#add("needs_irq");
        break;
      case "interrupt":
        this.#add(fields["spurious"] === true ? "spurious_irqs" : "irqs");
        if (fields["callback"] === true) this.#add("callbacks");
        break;
    }
  }
  #countAdd(fields, steps) {
    if (hasStep(steps, MEMORY_OP.notify)) this.#add("notify_calls");
    if (fields["ret"] !== 0) {
      if (fields["err"] === "ENOSPC") this.#add("enospc");
      return;
    }
    const segments = fields["out"].length + fields["in"].length;
    this.#add("added");
    if (hasStep(steps, MEMORY_OP.alloc)) this.#add("indirect_adds");
    else if (segments > 1) this.#add("direct_chains");
    if (hasStep(steps, MEMORY_OP.allocFailed)) this.#add("alloc_failed");
    this.#outstanding++;
    this.#outstandingMax = Math.max(this.#outstandingMax, this.#outstanding);
  }
};
var COUNTS = [
  "added",
  "enospc",
  "direct_chains",
  "indirect_adds",
  "alloc_failed",
  "returned",
  "get_null",
  "detached",
  "fetched",
  "completed",
  "kick_prepares",
  "needs_kick",
  "notify_calls",
  "signals",
  "needs_irq",
  "irqs",
  "spurious_irqs",
  "callbacks"
];
function hasStep(steps, op) {
  for (let i = 0; i < steps.length; i++) if (steps.op[i] === op) return true;
  return false;
}
function stepsText(steps) {
  const parts = [];
  for (let i = 0; i < steps.length; i++) parts.push(stepText(steps, i));
  return `[${parts.join(",")}]`;
}
function stepText(steps, i) {
  const area = steps.area[i];
  const offset = steps.offset[i];
  const low = steps.low[i];
  switch (steps.op[i]) {
    case MEMORY_OP.store:
      return `["w","${AREAS[area]}",${offset},"${valueHex(steps, i)}"]`;
    case MEMORY_OP.load:
      return `["r","${AREAS[area]}",${offset},"${valueHex(steps, i)}"]`;
    case MEMORY_OP.barrier:
      return `["f","${BARRIERS[area]}"]`;
    case MEMORY_OP.notify:
      return '["k"]';
    case MEMORY_OP.alloc:
      return `["a","ind",${offset},${low}]`;
    case MEMORY_OP.free:
      return `["x","ind",${offset},${low}]`;
    default:
      return `["n",${low}]`;
  }
}
function valueHex(steps, i) {
  const width = steps.width[i];
  let text = "";
  for (let byte = 0; byte < width; byte++) {
    const half = byte < 4 ? steps.low[i] : steps.high[i];
    text += (half >>> 8 * (byte & 3) & 255).toString(16).padStart(2, "0");
  }
  return text;
}

// src/replay/models/parties.ts
var DEFAULTS = {
  driver: "linux",
  eventIdx: true,
  indirect: false,
  allocFails: () => false,
  mapFails: () => false,
  loads: false,
  line: void 0,
  header: {}
};
var AREA_BASES = { desc: 68719476736, driver: 68719542272, device: 68719607808 };
var TABLE_BASE = 206158430208;
var TABLE_BYTES = 8192;
var RECORD_ALIGN = 4096;
var Parties = class {
  memory;
  driver;
  device;
  /** What the device holds, in the order of fetch. */
  held = [];
  /** Operations of both sides. */
  operations = 0;
  added = 0;
  returned = 0;
  /** What the device could not read; empty when nothing. */
  malformed = "";
  /** The driver was interrupted, and has not looked yet. */
  irqPending = false;
  /** The device marked buffers used since it decided whether to interrupt. */
  newUsed = 0;
  /** What `enableCbPrepare` gave last; -1 none. */
  opaque = -1;
  /** Called after each operation of the driver, before it is logged. */
  onDriven = () => {
  };
  #options;
  #driverPort;
  #devicePort;
  #steps = new MemoryLog();
  #writer;
  /** Tokens in the order in which they became available. */
  #available = [];
  #token = 1;
  constructor(options) {
    const all = { ...DEFAULTS, ...options };
    this.#options = all;
    const { layout, queueSize, eventIdx, indirect } = all;
    this.memory = new RingMemory(layout, queueSize, indirect ? TABLE_BYTES * (queueSize + 1) : 0);
    this.#driverPort = new Port(this.memory);
    this.#devicePort = new Port(this.memory);
    this.driver = makeDriver(all.driver, this.#driverPort, {
      eventIdx,
      indirect,
      tables: this.#tables(),
      mapFails: all.mapFails
    });
    this.device = makeDevice(layout, this.#devicePort, { eventIdx, tableBase: TABLE_BASE });
    this.#writer = all.line === void 0 ? void 0 : new RingLogWriter(all.line);
    this.interleave(void 0);
  }
  /**
   * Sets what runs before each step of the driver. A ringlog/1 operation is atomic: an operation of the
   * device that runs inside one of the driver's is told before it.
   */
  interleave(before) {
    const log = this.#writer === void 0 ? void 0 : this.#steps;
    const { loads } = this.#options;
    this.#driverPort.watch({ log, loads, before });
    this.#devicePort.watch({ log, loads });
  }
  #tables() {
    const slots = new TableSlots(this.memory, TABLE_BASE, TABLE_BYTES);
    const { allocFails } = this.#options;
    return {
      base: slots.base,
      alloc: (bytes) => allocFails() ? -1 : slots.alloc(bytes),
      free: (offset) => slots.free(offset)
    };
  }
  /** The first line of the log. */
  header() {
    this.#writer?.header(this.#header());
  }
  /** The last line of the log. */
  footer() {
    this.#writer?.footer();
  }
  /** Nothing more can come of it: the driver gave the queue up, or the device could not read a buffer. */
  get ended() {
    return this.malformed !== "" || this.driver.state().broken === 1;
  }
  create() {
    this.memory.reset();
    this.device.create();
    this.#available.length = 0;
    this.held.length = 0;
    this.opaque = -1;
    this.newUsed = 0;
    this.irqPending = false;
    this.#plain("create", () => this.driver.create());
  }
  /** The device stops, and the driver takes back what is left. */
  takeDown(reason) {
    this.#serving("stop", () => {
      this.device.stop();
      return { reason };
    });
    while (this.detachUnused() !== NO_TOKEN) ;
  }
  detachUnused() {
    let token = NO_TOKEN;
    this.#driving("detach_unused_buf", () => {
      token = this.driver.detachUnusedBuf();
      return { ret: token === NO_TOKEN ? null : token };
    });
    return token;
  }
  /** What the driver's add returned. */
  add(out, into) {
    let ret = 0;
    this.#driving("add", () => {
      const token = this.#token;
      ret = this.driver.add(token, out, into);
      if (ret === 0) {
        this.#available.push(token);
        this.#token++;
        this.added++;
      }
      return {
        token,
        out,
        in: into,
        out_sgs: out.length > 0 ? [out.length] : [],
        in_sgs: into.length > 0 ? [into.length] : [],
        ...addResult(ret)
      };
    });
    return ret;
  }
  /** The driver decides whether to notify, and does so. */
  kick() {
    let kick = false;
    this.#driving("kick_prepare", () => {
      kick = this.driver.kickPrepare();
      return { ret: kick };
    });
    if (kick) this.notify();
    return kick;
  }
  notify() {
    this.#call("notify", () => this.driver.notify());
  }
  /** A token, or NO_TOKEN. */
  getBuf() {
    let token = NO_TOKEN;
    this.#driving("get_buf", () => {
      token = this.driver.getBuf();
      if (token === NO_TOKEN) return { ret: null };
      this.returned++;
      return { ret: token, len: this.driver.usedLen };
    });
    return token;
  }
  disableCb() {
    this.#plain("disable_cb", () => this.driver.disableCb());
  }
  enableCb() {
    return this.#call("enable_cb", () => this.driver.enableCb()) === true;
  }
  enableCbDelayed() {
    return this.#call("enable_cb_delayed", () => this.driver.enableCbDelayed()) === true;
  }
  enableCbPrepare() {
    this.#call("enable_cb_prepare", () => {
      this.opaque = this.driver.enableCbPrepare();
      return this.opaque;
    });
  }
  /** With what the last `enableCbPrepare` gave; nothing when there was none. */
  poll() {
    const { opaque } = this;
    if (opaque < 0) return;
    this.#driving("poll", () => ({ opaque, ret: this.driver.poll(opaque) }));
  }
  interrupt() {
    const spurious = !this.irqPending;
    this.irqPending = false;
    this.#driving("interrupt", () => {
      const ret = this.driver.interrupt();
      return { spurious, ret, callback: ret === "IRQ_HANDLED" && this.driver.options.callback };
    });
  }
  /** What the device fetched: an id, or a negative number as `Device.fetch` has it. */
  fetch() {
    const { layout } = this.#options;
    const { device } = this;
    let id = -1;
    this.#serving("fetch", () => {
      id = device.fetch();
      if (id === MALFORMED) this.malformed = device.error;
      if (id < 0) return fetchResult(device, id, layout, NO_TOKEN);
      const token = this.#available.shift() ?? NO_TOKEN;
      const { writableBytes, slotCount } = device.chain;
      this.held.push({ id, token, writable: writableBytes, slots: slotCount });
      return fetchResult(device, id, layout, token);
    });
    return id;
  }
  /**
   * The device marks buffers used: those at these places of `held`, each time among what is left, with
   * these lengths.
   */
  complete(picks, mode) {
    const used = [];
    for (const [at, len] of picks) {
      const [one] = this.held.splice(at, 1);
      if (one === void 0) break;
      const { id, token, slots } = one;
      used.push({ id, token, len, ...this.#options.layout === "packed" ? { slots } : {} });
    }
    this.#serving("complete", () => {
      this.device.complete(used, mode);
      return { mode, used };
    });
    this.newUsed += used.length;
  }
  /** The device decides whether to interrupt. */
  signal() {
    this.newUsed = 0;
    let sent = false;
    this.#serving("signal", () => {
      sent = this.device.signal();
      if (sent) this.irqPending = true;
      return signalResult(this.device, sent);
    });
    return sent;
  }
  setNotify(request) {
    this.#serving("set_notify", () => {
      this.device.setNotify(request);
      const { mode } = request;
      if (mode === "event") return { mode, avail_event: request.availEvent };
      return mode === "desc" ? { mode, off: request.off, wrap: request.wrap } : { mode };
    });
  }
  /** An operation of the driver with a result and no arguments. */
  #call(op, run) {
    let ret = false;
    this.#driving(op, () => {
      ret = run();
      return { ret };
    });
    return ret;
  }
  /** One with neither. */
  #plain(op, run) {
    this.#driving(op, () => {
      run();
      return {};
    });
  }
  #driving(op, run) {
    this.#steps.clear();
    const fields = run();
    this.operations++;
    const state = this.driver.state();
    this.onDriven(op, state);
    this.#writer?.operation("driver", op, fields, this.#steps, state);
  }
  #serving(op, run) {
    this.#steps.clear();
    const fields = run();
    this.operations++;
    this.#writer?.operation("device", op, fields, this.#steps, this.device.state());
  }
  #header() {
    const { options, name } = this.driver;
    const { layout, queueSize, indirect, loads, header } = this.#options;
    const { desc, driver, device } = AREA_BASES;
    const area = (base, at) => ({ base, len: this.memory.lengths[at] ?? 0 });
    return {
      kernel: "vringscope model",
      variant: name,
      layout,
      size: queueSize,
      event_idx: options.eventIdx ? 1 : 0,
      indirect: indirect ? 1 : 0,
      in_order: 0,
      seed: 0,
      ops: 0,
      callback: options.callback ? 1 : 0,
      dma_api: options.dmaApi ? 1 : 0,
      alloc_fail_pct: 0,
      resets: 0,
      warmup: 0,
      device_in_order: 0,
      loads: loads ? 1 : 0,
      fences: 1,
      recorder: "instrumented",
      align: RECORD_ALIGN,
      areas: {
        desc: area(desc, AREA.desc),
        driver: area(driver, AREA.driver),
        device: area(device, AREA.device),
        ind: area(TABLE_BASE, AREA.ind)
      },
      ...header
    };
  }
};

// src/replay/models/schedule.ts
var DEFAULTS2 = {
  eventIdx: true,
  indirect: false,
  seed: 0,
  operations: 1e3,
  inOrder: true,
  segmentsMax: 4,
  allocFailPercent: 5,
  loads: false,
  resets: 0,
  interleave: 0,
  line: void 0
};
var BUFFER_BASE = 137438953472;
function runSchedule(options) {
  return new Schedule({ ...DEFAULTS2, ...options }).run();
}
var Schedule = class {
  #options;
  #parties;
  #kicks = { agreed: 0, missed: 0, superfluous: 0, undecided: 0 };
  #nextAddr = BUFFER_BASE;
  #busyDriver = 0.5;
  #staleEvents = 0;
  #tornEvents = 0;
  /** Flags of the driver's event structure after its operation before. */
  #flagsBefore = 0;
  /** What the device read while the driver was at work. */
  #nestedWords = [];
  constructor(options) {
    if (options.interleave > 0 && options.line !== void 0) {
      throw new RangeError("a ringlog/1 operation is atomic: an interleaved run has no log");
    }
    this.#options = options;
    const { driver, layout, queueSize, eventIdx, indirect, loads, line } = options;
    const { seed, operations, resets, inOrder, allocFailPercent, interleave } = options;
    this.#parties = new Parties({
      ...{ driver, layout, queueSize, eventIdx, indirect, loads, line },
      allocFails: () => this.#chance(allocFailPercent / 100),
      header: {
        ...{ seed, ops: operations, resets, device_in_order: inOrder ? 1 : 0 },
        alloc_fail_pct: indirect ? allocFailPercent : 0
      }
    });
    if (layout === "packed") {
      this.#parties.onDriven = (op, state) => this.#watchEvents(op, state);
    }
    if (interleave > 0) this.#parties.interleave(() => this.#interrupted());
  }
  run() {
    const { operations, resets } = this.#options;
    const parties = this.#parties;
    parties.header();
    parties.create();
    const lap = Math.ceil(operations / (resets + 1));
    for (let part = 0; part <= resets && !parties.ended; part++) {
      if (part > 0) {
        parties.takeDown("reset");
        parties.create();
      }
      const until = Math.min(operations, (part + 1) * lap);
      while (parties.operations < until && !parties.ended) this.#act();
    }
    parties.takeDown(parties.ended ? "broken" : "end");
    parties.footer();
    return {
      operations: parties.operations,
      kicks: this.#kicks,
      staleEvents: this.#staleEvents,
      tornEvents: this.#tornEvents,
      added: parties.added,
      returned: parties.returned,
      broken: parties.driver.state().broken === 1,
      malformed: parties.malformed
    };
  }
  #chance(of) {
    return this.#options.random() < of;
  }
  /** A whole number in [0, limit). */
  #pick(limit) {
    return Math.floor(this.#options.random() * limit);
  }
  #act() {
    if (this.#chance(0.05)) this.#busyDriver = 0.15 + 0.7 * this.#options.random();
    if (this.#chance(this.#busyDriver)) this.#drive();
    else this.#serve();
  }
  #drive() {
    const parties = this.#parties;
    const roll = this.#pick(100);
    this.#nestedWords.length = 0;
    if (roll < 36) this.#add();
    else if (roll < 50) this.#kick();
    else if (roll < 74) parties.getBuf();
    else if (roll < 80) parties.disableCb();
    else if (roll < 85) parties.enableCb();
    else if (roll < 89) parties.enableCbDelayed();
    else if (roll < 93) parties.enableCbPrepare();
    else if (roll < 96) parties.poll();
    else parties.interrupt();
  }
  #serve() {
    const parties = this.#parties;
    const roll = this.#pick(100);
    if (roll < 45) parties.fetch();
    else if (roll < 75) this.#complete();
    else if (roll < 88) this.#signal();
    else parties.setNotify(this.#notifyRequest());
  }
  #add() {
    const { queueSize, segmentsMax } = this.#options;
    const most = Math.min(segmentsMax, queueSize);
    const total = this.#chance(0.1) ? most : 1 + this.#pick(most);
    const readable = this.#pick(total + 1);
    const out = Array.from({ length: readable }, () => this.#segment());
    const into = Array.from({ length: total - readable }, () => this.#segment());
    this.#parties.add(out, into);
  }
  #segment() {
    const len = 1 + this.#pick(4096);
    const addr = this.#nextAddr;
    this.#nextAddr += 8 * Math.ceil((len + this.#pick(512)) / 8);
    return [addr, len];
  }
  #kick() {
    const wanted = this.#kickWanted();
    const kick = this.#parties.kick();
    if (this.#options.interleave === 0) count(this.#kicks, wanted, kick);
  }
  /** What the device asks for now; undefined where its words do not say. */
  #kickWanted() {
    const { layout, queueSize, eventIdx } = this.#options;
    const { memory, driver } = this.#parties;
    const state = driver.state();
    if (layout === "packed") {
      return packedWanted({
        flags: memory.get16(AREA.device, EVENT_FLAGS),
        offWrap: memory.get16(AREA.device, EVENT_OFF_WRAP),
        position: packedPosition(state.avail_idx, state.avail_wrap ?? 1, queueSize),
        slots: state.num_added,
        queueSize,
        eventIdx
      }).wanted;
    }
    if (eventIdx) {
      const event = memory.get16(AREA.device, availEventOffset(queueSize));
      return splitEventWanted(event, u16(state.avail_idx - state.num_added), state.avail_idx);
    }
    return state.num_added > 0 && memory.get16(AREA.device, RING_FLAGS) !== USED_F_NO_NOTIFY;
  }
  #complete() {
    const { held } = this.#parties;
    if (held.length === 0) return;
    const many = 1 + this.#pick(Math.min(held.length, 4));
    const mode = many === 1 ? "single" : this.#chance(0.5) ? "batch" : "each";
    const left = held.slice();
    const picks = [];
    for (let n = 0; n < many; n++) {
      const at = this.#options.inOrder ? 0 : this.#pick(left.length);
      const [one] = left.splice(at, 1);
      if (one === void 0) break;
      picks.push([at, one.writable === 0 ? 0 : this.#pick(one.writable + 1)]);
    }
    this.#parties.complete(picks, mode);
  }
  #signal() {
    if (this.#parties.newUsed === 0) return;
    this.#parties.signal();
    const { flags, offWrap } = this.#parties.device.words;
    this.#nestedWords.push({ flags, offWrap });
  }
  #notifyRequest() {
    const { layout, queueSize, eventIdx } = this.#options;
    const state = this.#parties.device.state();
    const ahead = this.#chance(0.6) ? 0 : this.#pick(queueSize);
    if (layout === "split" && eventIdx) {
      return { mode: "event", availEvent: u16(state.avail_idx + ahead) };
    }
    if (layout === "packed" && eventIdx && this.#chance(0.6)) {
      const here = packedPosition(state.avail_idx, state.avail_wrap ?? 1, queueSize);
      const event = advancePosition(here, ahead, queueSize);
      const off = positionSlot(event, queueSize);
      return { mode: "desc", off, wrap: positionWrap(event, queueSize) };
    }
    return { mode: this.#chance(0.6) ? "enable" : "disable" };
  }
  #interrupted() {
    const { interleave } = this.#options;
    if (!this.#parties.ended && this.#chance(interleave)) this.#serve();
  }
  #watchEvents(op, state) {
    const { queueSize } = this.#options;
    const { memory } = this.#parties;
    const flagsBefore = this.#flagsBefore;
    this.#flagsBefore = op === "create" ? 0 : memory.get16(AREA.driver, EVENT_FLAGS);
    const offWrap = memory.get16(AREA.driver, EVENT_OFF_WRAP);
    if (flagsBefore === RING_EVENT_FLAGS_DISABLE) {
      for (const read of this.#nestedWords) {
        if (read.flags === RING_EVENT_FLAGS_DESC && read.offWrap !== offWrap) this.#tornEvents++;
      }
    }
    if (op === "detach_unused_buf" || state.flags_shadow !== RING_EVENT_FLAGS_DESC) return;
    const lastUsed = packedPosition(state.last_used, state.used_wrap ?? 1, queueSize);
    const event = wordPosition(offWrap, queueSize);
    const inFlight = queueSize - state.num_free;
    if (event === void 0 || positionDistance(lastUsed, event, queueSize) > inFlight) {
      this.#staleEvents++;
    }
  }
};
function count(tally, wanted, given) {
  if (wanted === void 0) tally.undecided++;
  else if (wanted === given) tally.agreed++;
  else if (wanted) tally.missed++;
  else tally.superfluous++;
}

// src/model/event.ts
var EVENT_KINDS = [
  "create",
  "delete",
  "add",
  "kickPrepare",
  "kick",
  "notify",
  "getBuf",
  "detach",
  "detachUnused",
  "disableCb",
  "enableCbPrepare",
  "enableCb",
  "enableCbDelayed",
  "poll",
  "interrupt",
  "lost",
  "devicePop",
  "deviceUse",
  "deviceSignal",
  "deviceSetNotify",
  "deviceStop",
  "snapshot"
];
var STOPPED_BROKEN = "stop (broken)";
var KIND = Object.fromEntries(EVENT_KINDS.map((kind, code) => [kind, code]));
var PHASES = ["begin", "end", "whole"];
var PHASE_BEGIN = 0;
var PHASE_END = 1;
var PHASE_WHOLE = 2;
var LAYOUT_UNKNOWN = 0;
var LAYOUT_SPLIT = 1;
var LAYOUT_PACKED = 2;
var LEVEL = { task: 0, softirq: 1, hardirq: 2, nmi: 3, unknown: 4 };
var FIELDS = [
  /** The virtqueue pointer, see PointerTable. */
  "queue",
  /** Index of the queue's name in the batch's strings. */
  "name",
  /** Number of the queue within its device. */
  "index",
  "queueSize",
  /** 1 packed, 0 split. */
  "packed",
  /** VIRTIO_F_EVENT_IDX negotiated. */
  "eventIdx",
  /** VIRTIO_F_INDIRECT_DESC negotiated. */
  "indirect",
  /** Packed: slot that the next list starts in. */
  "nextAvail",
  /** Packed: the driver's wrap counter. */
  "availWrap",
  /** Packed: slot and, in bit 15, wrap counter of the next used descriptor. Split: free-running. */
  "lastUsed",
  "numFree",
  /** Slots (packed) or entries (split) published since the last kick decision. */
  "numAdded",
  /** Words of the packed event suppression structures. */
  "driverOffWrap",
  "driverFlags",
  "deviceOffWrap",
  "deviceFlags",
  /** Words of the split rings. */
  "availFlags",
  "availIdx",
  "usedFlags",
  "usedIdx",
  "usedEvent",
  "availEvent",
  /** The driver's own pointer for a buffer; 0 from get_buf means that there was none. */
  "token",
  /** Return value of an add: 0, or a negative errno. */
  "result",
  "needsKick",
  /** Packed buffer id, or split head. */
  "bufferId",
  "irq",
  "outSgs",
  "inSgs",
  "segments",
  "descArea",
  "driverArea",
  "deviceArea",
  "ringDma",
  /** Loss mark: events lost, 0 when the tracer does not know how many. */
  "lostCount",
  /** What enable_cb_prepare gave, and poll is asked with. */
  "opaque",
  /** What the driver believes its own event flags to be: Linux's flags_shadow. */
  "flagsShadow",
  /** 1: the driver has given the queue up. */
  "broken",
  /** Value that a notification carries with VIRTIO_F_NOTIFICATION_DATA. */
  "notifyData"
];
var FIELD = Object.fromEntries(FIELDS.map((field, code) => [field, code]));
var POINTER_FIELDS = /* @__PURE__ */ new Set([
  "queue",
  "token",
  "descArea",
  "driverArea",
  "deviceArea",
  "ringDma"
]);

// src/model/batch.ts
var COLUMN_BYTES = { double: 8 * 2, word: 4 * 9, byte: 4 };
var StringTable = class _StringTable {
  /** A trace with more names than this has names that mean nothing; the rest share one entry. */
  static STRINGS_MAX = 1 << 16;
  #strings = [];
  #byText = /* @__PURE__ */ new Map();
  intern(text) {
    let id = this.#byText.get(text);
    if (id === void 0) {
      if (this.#strings.length >= _StringTable.STRINGS_MAX) return _StringTable.STRINGS_MAX - 1;
      id = this.#strings.length;
      this.#strings.push(text);
      this.#byText.set(text, id);
    }
    return id;
  }
  /** Strings from a number on, in order. */
  from(id) {
    return this.#strings.slice(id);
  }
  /** Empty for -1, which stands for no string. */
  text(id) {
    if (id < 0) return "";
    return this.#strings[id] ?? "";
  }
};
var EventBatch = class _EventBatch {
  static FIELD_COUNT = FIELDS.length;
  length = 0;
  kind;
  phase;
  level;
  layoutHint;
  /** Position among all events of the case, from 0; a loss mark has the next event's. */
  seq;
  line;
  /** Byte offset of the line after decompression. */
  offset;
  /** Length of the line in bytes, without its end. */
  bytes;
  /** Nanoseconds or ticks since the source's first event. */
  time;
  cpu;
  pid;
  /** String ids of the traced function and its caller; -1 unknown. */
  func;
  caller;
  /** String id of the task's name; -1 unknown. */
  task;
  /** Number of the queue that the event belongs to, set by the replay; -1 none. */
  queue;
  values;
  /** By row, as JSON: fields of the event that the engine has no use for. Empty unless asked for. */
  rest = /* @__PURE__ */ new Map();
  /** What each row did to ring memory, where the source tells; it does not travel with `buffer`. */
  operations;
  /** By row: bytes of the descriptor ring that a probe recorded with the event. */
  descriptors = /* @__PURE__ */ new Map();
  capacity;
  strings;
  /** All columns are views of this one, so that a batch can be handed to another thread. */
  buffer;
  /** `buffer`: of a batch of the same capacity, whose events it holds. */
  constructor(capacity, strings, buffer) {
    this.capacity = capacity;
    this.strings = strings;
    const rowBytes = 8 * _EventBatch.FIELD_COUNT + COLUMN_BYTES.double + COLUMN_BYTES.word + COLUMN_BYTES.byte;
    this.buffer = buffer ?? new ArrayBuffer(capacity * rowBytes);
    let at = 0;
    const take = (bytes) => {
      const from = at;
      at += bytes * capacity;
      return from;
    };
    const doubles = (width) => new Float64Array(this.buffer, take(8 * width), capacity * width);
    const words = () => new Int32Array(this.buffer, take(4), capacity);
    const counts = () => new Uint32Array(this.buffer, take(4), capacity);
    const codes = () => new Uint8Array(this.buffer, take(1), capacity);
    this.values = doubles(_EventBatch.FIELD_COUNT);
    this.offset = doubles(1);
    this.time = doubles(1);
    this.seq = counts();
    this.line = counts();
    this.bytes = counts();
    this.cpu = words();
    this.pid = words();
    this.func = words();
    this.caller = words();
    this.task = words();
    this.queue = words();
    this.kind = codes();
    this.phase = codes();
    this.level = codes();
    this.layoutHint = codes();
    if (buffer === void 0) this.values.fill(Number.NaN);
  }
  /** Empties the batch for reuse. */
  clear() {
    this.values.fill(Number.NaN, 0, this.length * _EventBatch.FIELD_COUNT);
    this.length = 0;
    if (this.rest.size > 0) this.rest.clear();
    this.operations?.clear();
    if (this.descriptors.size > 0) this.descriptors.clear();
  }
  value(row, field) {
    return this.values[row * _EventBatch.FIELD_COUNT + FIELD[field]];
  }
  /** Adds one event; the n-th event of a story gets seq n and line n + 1. */
  append(event, seq) {
    const row = this.length++;
    this.kind[row] = KIND[event.kind];
    this.phase[row] = PHASES.indexOf(event.phase);
    this.level[row] = LEVEL[event.level ?? "task"];
    this.layoutHint[row] = event.layoutHint === void 0 ? LAYOUT_UNKNOWN : event.layoutHint === "packed" ? LAYOUT_PACKED : LAYOUT_SPLIT;
    this.seq[row] = seq;
    this.line[row] = seq + 1;
    this.offset[row] = 0;
    this.bytes[row] = 0;
    this.task[row] = -1;
    this.queue[row] = -1;
    this.time[row] = event.time ?? seq * 1e3;
    this.cpu[row] = event.cpu ?? 0;
    this.pid[row] = event.pid ?? 1;
    this.func[row] = event.func === void 0 ? -1 : this.strings.intern(event.func);
    this.caller[row] = event.caller === void 0 ? -1 : this.strings.intern(event.caller);
    for (const field of FIELDS) {
      const value = field === "name" ? void 0 : event[field];
      if (value !== void 0) this.values[row * _EventBatch.FIELD_COUNT + FIELD[field]] = value;
    }
    if (event.name !== void 0) {
      this.values[row * _EventBatch.FIELD_COUNT + FIELD.name] = this.strings.intern(event.name);
    }
    if (event.phase === "whole") this.#appendOperation(event, row);
  }
  #appendOperation({ steps = [], elements = [], setup }, row) {
    this.operations ??= new OperationLog(this.capacity);
    const { memory, segments } = this.operations;
    if (setup !== void 0) this.operations.setup = setup;
    for (const step of steps) {
      const op = MEMORY_OP[step.op];
      if (step.op === "store") {
        const high = Math.floor(step.value / 4294967296);
        memory.push(op, AREA[step.area], step.offset, step.width, step.value >>> 0, high);
      } else if (step.op === "barrier") memory.push(op, BARRIER[step.barrier], 0, 0, 0, 0);
      else if (step.op === "alloc") memory.push(op, AREA.ind, step.offset, 0, step.bytes, 0);
      else memory.push(op, 0, 0, 0, 0, 0);
    }
    for (const { addr, len, writable } of elements) segments.push(addr, len, writable ? 1 : 0);
    this.operations.endRow(row);
  }
};

// src/model/pointer.ts
var PointerTable = class _PointerTable {
  /** Distinct inexact pointers kept; a trace with more of them is noise, and gets no identity. */
  static WIDE_MAX = 1 << 20;
  #wide = [];
  #byValue = /* @__PURE__ */ new Map();
  /** The number for a pointer given as two unsigned 32-bit halves; NaN when the table is full. */
  fromHalves(high, low) {
    const signedHigh = high | 0;
    const bitsOver = 11 - Math.clz32(Math.abs(signedHigh));
    if (bitsOver <= 0 || (low & (1 << bitsOver) - 1) === 0) {
      return signedHigh * 4294967296 + low;
    }
    const exact = BigInt.asIntN(64, BigInt(high) << 32n | BigInt(low));
    let id = this.#byValue.get(exact);
    if (id === void 0) {
      if (this.#wide.length >= _PointerTable.WIDE_MAX) return Number.NaN;
      id = this.#wide.length;
      this.#wide.push(exact);
      this.#byValue.set(exact, id);
    }
    return id + 0.5;
  }
  /** Inexact pointers from a number on, in order, for a copy of the table. */
  wideFrom(id) {
    return this.#wide.slice(id);
  }
  /** Takes in what {@link wideFrom} gave. */
  addWide(values) {
    for (const value of values) {
      this.#byValue.set(value, this.#wide.length);
      this.#wide.push(value);
    }
  }
  /** The pointer as a signed 64-bit number. */
  exact(pointer) {
    return Number.isInteger(pointer) ? BigInt(pointer) : this.#wide[Math.floor(pointer)] ?? 0n;
  }
  /** `0x` and 16 or fewer hex digits, unsigned, as the kernel prints a pointer. */
  text(pointer) {
    return `0x${BigInt.asUintN(64, this.exact(pointer)).toString(16)}`;
  }
};

// src/model/time.ts
var MINOR_PER_MAJOR = 1e9;
function sinceBase(base, major, minor) {
  const since = (major - base.major) * MINOR_PER_MAJOR + (minor - base.minor);
  return Number.isSafeInteger(since) ? since : void 0;
}
function durationText(base, duration) {
  if (base.unit === "ticks") return `${duration} ticks`;
  if (duration >= 1e9) return `${(duration / 1e9).toFixed(3)} s`;
  if (duration >= 1e6) return `${(duration / 1e6).toFixed(3)} ms`;
  return `${Math.round(duration / 1e3)} us`;
}

// src/model/user-error.ts
var UserError = class extends Error {
  name = "UserError";
  code;
  /** A second line: what to do about it. */
  help;
  constructor(code, message, help) {
    super(message);
    this.code = code;
    this.help = help;
  }
};

// src/parser/foreign.ts
var startsWith = (...magic) => (head) => magic.every((byte, at) => head[at] === byte);
var likeText = (pattern) => (_head, text) => pattern.test(text);
var BINARY = [
  { name: "a trace.dat file of trace-cmd", matches: startsWith(23, 8, 68) },
  {
    name: "a perf.data file",
    matches: startsWith(80, 69, 82, 70, 73, 76, 69, 50)
  },
  { name: "zstd-compressed data", matches: startsWith(40, 181, 47, 253) },
  { name: "xz-compressed data", matches: startsWith(253, 55, 122, 88, 90) },
  { name: "bzip2-compressed data", matches: startsWith(66, 90, 104) },
  { name: "a zip archive", matches: startsWith(80, 75, 3, 4) },
  { name: "an ELF file (a core dump or a program)", matches: startsWith(127, 69, 76, 70) },
  { name: "an SQLite database", matches: likeText(/^SQLite format 3\0/) },
  {
    name: "a tar archive",
    matches: (_head, text) => text.slice(257, 262) === "ustar"
  }
];
var TEXT = [
  {
    name: "the format description of a trace event (events/*/*/format)",
    matches: likeText(/^name: \S+\nID: \d+\nformat:/)
  },
  {
    name: "the layout of ring buffer pages (events/header_page, events/header_event)",
    matches: likeText(/^[ \t]*field: u64 timestamp;|^# compressed entry header/m)
  },
  { name: "an event histogram (hist)", matches: likeText(/^# event histogram/) },
  {
    name: "ring buffer statistics of one CPU (per_cpu/*/stats)",
    matches: likeText(/^entries: \d+\noverrun: \d+/)
  },
  {
    name: "a list of probe definitions (kprobe_events)",
    matches: likeText(/^[pr]\d*:\S+ \S+/)
  },
  {
    name: "the list of trace clocks (trace_clock)",
    matches: likeText(/^(?=.*\blocal\b)(?=.*\bglobal\b)[\w [\]-]+\n?$/)
  },
  {
    name: "the kernel's list of task names (saved_cmdlines)",
    matches: likeText(/^(?:\d+ \S{1,15}\n){2,}/)
  },
  {
    name: "perf trace output",
    matches: likeText(/^[ \t]*\d+\.\d{3} .*\/\d+ \S+:\S+\(/m)
  },
  {
    name: "perf script output",
    matches: likeText(
      /^[ \t]*\S.{0,15}[ \t]+\d+(?:\/\d+)?\s+(?:\[\d+\]\s+)?\d+\.\d{6,9}:\s+(?:\d+ )?\S+:\S+:/m
    )
  },
  { name: "perf script --header output", matches: likeText(/^# ========\n# captured on/) },
  {
    name: "a QEMU trace log",
    matches: likeText(/^(?:\d+@\d+\.\d+:)?virt(?:queue|io)_\w+ (?:vq|vdev|elem) 0x/m)
  },
  {
    name: "a QMP transcript",
    matches: likeText(/^\{"(?:QMP|return|error|event|timestamp)":/m)
  },
  { name: "output of the QEMU monitor", matches: likeText(/^\(qemu\) |^QEMU .* monitor/m) },
  {
    name: "memory printed by QEMU or a debugger (xp, x)",
    matches: likeText(/^(?:0x)?[0-9a-f]{8,16}(?: <[^>]*>)?:\s+0x[0-9a-f]+/m)
  },
  {
    name: "a hex dump",
    matches: likeText(/^[0-9a-f]{6,8}:? +[0-9a-f]{2,4}(?: ?[0-9a-f]{2,4}){3}/m)
  },
  { name: "JSON", matches: likeText(/^\s*[[{]\s*["{[\]}]/) },
  { name: "HTML", matches: likeText(/^\s*<(?:!doctype|html)/i) }
];
function foreignBinary(head) {
  const text = latin1(head);
  return BINARY.find(({ matches }) => matches(head, text))?.name;
}
function foreignText(head) {
  const text = latin1(head).slice(0, 16384).split("\n").map((line) => line.slice(0, 300)).join("\n");
  const known2 = TEXT.find(({ matches }) => matches(head, text));
  if (known2 !== void 0) return known2.name;
  const control = head.reduce((n, byte) => n + (byte < 9 || byte > 13 && byte < 32 ? 1 : 0), 0);
  return control * 20 > head.length ? "binary data of no known kind" : "text of no known kind";
}
function latin1(head) {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 65536)).toString("latin1");
}

// src/model/diagnostic.ts
var DiagnosticLog = class _DiagnosticLog {
  /** Past this many different entries the rest of a code is counted under its first entry. */
  static ENTRIES_MAX = 256;
  #byKey = /* @__PURE__ */ new Map();
  add(code, line, offset, expected, count4 = 1) {
    const key = `${code}
${expected}`;
    let entry = this.#byKey.get(key);
    if (entry === void 0 && this.#byKey.size >= _DiagnosticLog.ENTRIES_MAX) {
      entry = this.entries().find((other) => other.code === code);
    }
    if (entry === void 0) {
      this.#byKey.set(key, { code, line, offset, expected, count: count4 });
    } else {
      entry.count += count4;
    }
  }
  entries() {
    return [...this.#byKey.values()];
  }
};

// src/parser/bytes.ts
var NEWLINE = 10;
var CARRIAGE_RETURN = 13;
var SPACE = 32;
var QUOTE = 34;
var PAREN_OPEN = 40;
var PAREN_CLOSE = 41;
var PLUS = 43;
var MINUS = 45;
var DOT = 46;
var ZERO = 48;
var COLON = 58;
var EQUALS = 61;
var BRACKET_OPEN = 91;
var BRACKET_CLOSE = 93;
var LOWER_X = 120;
var BRACE_OPEN = 123;
var BRACE_CLOSE = 125;
var decoder = new TextDecoder();
function textOf(bytes, from, to) {
  return decoder.decode(bytes.subarray(from, to));
}
function skipSpaces(bytes, from, end) {
  let at = from;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}
function startsWith2(expected, bytes, at, end) {
  if (at + expected.length > end) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[at + i]) return false;
  }
  return true;
}

// src/parser/interned-bytes.ts
var InternedBytes = class {
  #limit;
  #buckets;
  #entries = [];
  /** `limit` is a power of two. */
  constructor(limit) {
    this.#limit = limit;
    this.#buckets = new Array(limit);
  }
  /** The number of `bytes[from, to)`, given its hash; -1 when it is new. */
  find(bytes, from, to, hash) {
    const bucket = this.#buckets[hash & this.#limit - 1];
    if (bucket === void 0) return -1;
    for (let i = 0; i < bucket.length; i++) {
      const id = bucket[i];
      if (equalBytes(this.#entries[id], bytes, from, to)) return id;
    }
    return -1;
  }
  /** Takes in a new one; -1 when the limit is reached. */
  add(bytes, from, to, hash) {
    const id = this.#entries.length;
    if (id >= this.#limit) return -1;
    this.#entries.push(bytes.slice(from, to));
    const at = hash & this.#limit - 1;
    this.#buckets[at] = Int32Array.of(id, ...this.#buckets[at] ?? []);
    return id;
  }
};
function hashByte(hash, byte) {
  return Math.imul(hash, 31) + byte | 0;
}
function equalBytes(expected, bytes, from, to) {
  if (to - from !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[from + i]) return false;
  }
  return true;
}

// src/parser/line-splitter.ts
var LINE_BYTES_MAX = 64 * 1024;
var LineSplitter = class {
  #target;
  #bytesMax;
  #offset = 0;
  #carry = new Uint8Array(4096);
  #carryLength = 0;
  #skippingLine = false;
  constructor(target, bytesMax = LINE_BYTES_MAX) {
    this.#target = target;
    this.#bytesMax = bytesMax;
  }
  /** Reads one chunk; a line may end in a later one. */
  push(data) {
    const chunk = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    let at = 0;
    if (this.#carryLength > 0 || this.#skippingLine) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        this.#keep(chunk, 0, chunk.length);
        return;
      }
      this.#keep(chunk, 0, end);
      this.#endCarriedLine();
      at = end + 1;
    }
    for (; ; ) {
      const end = chunk.indexOf(NEWLINE, at);
      if (end < 0) break;
      if (end - at > this.#bytesMax) this.#target.longLine(this.#offset);
      else this.#target.line(chunk, at, end, this.#offset);
      this.#offset += end - at + 1;
      at = end + 1;
    }
    this.#keep(chunk, at, chunk.length);
  }
  /** Call once after the last chunk. */
  end() {
    if (this.#skippingLine) this.#endCarriedLine();
    else if (this.#carryLength > 0) {
      this.#target.unfinishedLine(this.#carry, this.#carryLength, this.#offset);
    }
  }
  #keep(chunk, from, to) {
    const length = to - from;
    if (this.#skippingLine) {
      this.#offset += length;
      return;
    }
    if (this.#carryLength + length > this.#bytesMax) {
      this.#target.longLine(this.#offset);
      this.#offset += this.#carryLength + length;
      this.#carryLength = 0;
      this.#skippingLine = true;
      return;
    }
    if (this.#carryLength + length > this.#carry.length) {
      const larger = new Uint8Array(Math.max(this.#carry.length * 2, this.#carryLength + length));
      larger.set(this.#carry.subarray(0, this.#carryLength));
      this.#carry = larger;
    }
    this.#carry.set(chunk.subarray(from, to), this.#carryLength);
    this.#carryLength += length;
  }
  #endCarriedLine() {
    if (this.#skippingLine) {
      this.#skippingLine = false;
      this.#offset += 1;
      return;
    }
    const length = this.#carryLength;
    this.#carryLength = 0;
    this.#target.line(this.#carry, 0, length, this.#offset);
    this.#offset += length + 1;
  }
};

// src/parser/ftrace/descriptors.ts
var COMMA = 44;
var WORDS_MAX = 8192;
function descriptorBytes(line, from, to) {
  const words = [];
  let at = from + 1;
  while (at < to - 1) {
    if (line[at] !== ZERO || line[at + 1] !== LOWER_X) return void 0;
    let high = 0;
    let low = 0;
    const digits = at + 2;
    for (at = digits; at < to - 1 && line[at] !== COMMA; at++) {
      const byte = line[at];
      const digit = byte <= 57 ? byte - ZERO : byte >= 97 && byte <= 102 ? byte - 87 : -1;
      if (digit < 0) return void 0;
      high = (high << 4 | low >>> 28) >>> 0;
      low = (low << 4 | digit) >>> 0;
    }
    if (at === digits || at - digits > 16 || words.length === 2 * WORDS_MAX) return void 0;
    words.push(low, high);
    at++;
  }
  if (words.length === 0 || words.length % 4 !== 0) return void 0;
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  return bytes;
}

// src/parser/ftrace/header.ts
var HEADER_BYTES_MAX = 256;
var COLUMN_MAX = 48;
var HeaderScanner = class {
  pid = 0;
  cpu = 0;
  /** LEVEL code. */
  level = 0;
  /** The clock's value, see model/time.ts; `seconds` tells the two kinds of clock apart. */
  major = 0;
  minor = 0;
  seconds = false;
  /** Where the task's name ends, and where the payload begins. */
  taskEnd = 0;
  payload = 0;
  #column = 0;
  /** Finds `-pid [(tgid)] [cpu] [flags] time: ` and leaves what it says in the fields above. */
  scan(bytes, start, end) {
    const predicted = start + this.#column;
    if (predicted < end && bytes[predicted] === BRACKET_OPEN) {
      if (this.#around(bytes, start, predicted, end)) return true;
    }
    const limit = Math.min(end, start + HEADER_BYTES_MAX);
    for (let open = start; open < limit; open++) {
      if (bytes[open] !== BRACKET_OPEN) continue;
      if (!this.#around(bytes, start, open, end)) continue;
      this.#column = open - start <= COLUMN_MAX ? open - start : 0;
      return true;
    }
    return false;
  }
  #around(bytes, start, open, end) {
    let at = open + 1;
    let cpu = 0;
    const cpuStart = at;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      cpu = cpu * 10 + digit;
    }
    if (at === cpuStart || at - cpuStart > 6 || bytes[at] !== BRACKET_CLOSE) return false;
    if (!this.#scanPid(bytes, start, open)) return false;
    at = skipSpaces(bytes, at + 1, end);
    const word = at;
    at = this.#scanTime(bytes, at, end);
    if (at < 0) {
      let wordEnd = word;
      while (wordEnd < end && bytes[wordEnd] !== SPACE) wordEnd++;
      if (wordEnd - word < 4 || wordEnd - word > 6) return false;
      at = this.#scanTime(bytes, skipSpaces(bytes, wordEnd, end), end);
      if (at < 0) return false;
      this.level = levelOf(bytes[word + 2]);
    } else {
      this.level = LEVEL.unknown;
    }
    this.cpu = cpu;
    this.payload = skipSpaces(bytes, at, end);
    return true;
  }
  /** Backwards from `[cpu]`: an optional `(tgid)`, then the last `-digits` of the task. */
  #scanPid(bytes, start, open) {
    let at = open - 1;
    while (at > start && bytes[at] === SPACE) at--;
    if (bytes[at] === PAREN_CLOSE) {
      at--;
      while (at > start && bytes[at] !== PAREN_OPEN) at--;
      at--;
      while (at > start && bytes[at] === SPACE) at--;
    }
    let pid = 0;
    let scale = 1;
    const last = at;
    for (; at > start; at--) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      pid += digit * scale;
      scale *= 10;
    }
    if (at === last || last - at > 10 || at <= start || bytes[at] !== MINUS) return false;
    this.pid = pid | 0;
    this.taskEnd = at;
    return true;
  }
  /** Reads `secs.frac:` or `ticks:`; the position behind the colon, or -1. */
  #scanTime(bytes, from, end) {
    let at = from;
    let digits = 0;
    let major = 0;
    let minor = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      const value = minor * 10 + digit;
      minor = value % 1e9;
      major = major * 10 + (value - minor) / 1e9;
      digits++;
    }
    if (digits === 0 || digits > 20) return -1;
    let seconds = false;
    if (bytes[at] === DOT) {
      major = major * 1e9 + minor;
      minor = 0;
      let scale = 1e9;
      at++;
      for (; at < end && scale > 1; at++) {
        const digit = bytes[at] - ZERO;
        if (digit < 0 || digit > 9) break;
        scale /= 10;
        minor += digit * scale;
      }
      if (scale === 1e9) return -1;
      seconds = true;
    }
    if (bytes[at] !== COLON) return -1;
    this.major = major;
    this.minor = minor;
    this.seconds = seconds;
    return at + 1;
  }
};
function levelOf(flag2) {
  switch (flag2) {
    case 104:
    // h
    case 72:
      return LEVEL.hardirq;
    case 115:
      return LEVEL.softirq;
    case 122:
    // z
    case 90:
      return LEVEL.nmi;
    default:
      return LEVEL.task;
  }
}

// src/parser/ftrace/fields.ts
var same = (meaning) => ({ packed: meaning, split: meaning });
var FIELD_TABLE = [
  { field: "queue", names: ["vq", "_vq", "virtqueue", "queue"], ...same("virtqueue pointer") },
  { field: "name", names: ["name", "vq_name", "queue_name"], ...same("name of the queue") },
  {
    field: "index",
    names: ["index", "queue_index", "vq_index"],
    ...same("number of the queue within its device")
  },
  {
    field: "segments",
    names: ["num_sg", "total_sg", "num"],
    on: { kinds: ["add"] },
    ...same("segments of the buffer")
  },
  {
    field: "queueSize",
    names: ["num", "queue_size", "vring_num", "size"],
    ...same("queue size N")
  },
  { field: "packed", names: ["packed", "packed_ring"], ...same("1 packed ring, 0 split ring") },
  {
    field: "eventIdx",
    names: ["event", "event_idx"],
    ...same("1 when VIRTIO_F_EVENT_IDX was negotiated")
  },
  {
    field: "indirect",
    names: ["indirect"],
    ...same("1 when VIRTIO_F_INDIRECT_DESC was negotiated")
  },
  {
    field: "nextAvail",
    names: ["next_avail", "next_avail_idx"],
    packed: "slot that the next list starts in",
    split: "noise (another field at that offset): not used"
  },
  {
    field: "availWrap",
    names: ["avail_wrap", "avail_wrap_counter"],
    packed: "the driver's wrap counter",
    split: "noise: not used"
  },
  {
    field: "lastUsed",
    names: ["last_used", "last_used_idx"],
    packed: "next used slot in bits 0 to 14, its wrap counter in bit 15",
    split: "free-running index of the next used entry"
  },
  { field: "numFree", names: ["num_free", "free"], ...same("descriptors the driver has free") },
  {
    field: "numAdded",
    names: ["num_added"],
    packed: "slots made available since the last kick decision",
    split: "entries made available since the last kick decision"
  },
  {
    field: "driverOffWrap",
    names: ["driver_off_wrap"],
    packed: "Driver Area off_wrap",
    split: "avail.flags"
  },
  {
    field: "driverFlags",
    names: ["driver_flags"],
    packed: "Driver Area flags",
    split: "avail.idx"
  },
  {
    field: "deviceOffWrap",
    names: ["device_off_wrap"],
    packed: "Device Area off_wrap",
    split: "used.flags"
  },
  {
    field: "deviceFlags",
    names: ["device_flags"],
    packed: "Device Area flags",
    split: "used.idx"
  },
  { field: "availFlags", names: ["avail_flags"], packed: "not used", split: "avail.flags" },
  { field: "availIdx", names: ["avail_idx"], packed: "not used", split: "avail.idx" },
  { field: "usedFlags", names: ["used_flags"], packed: "not used", split: "used.flags" },
  { field: "usedIdx", names: ["used_idx"], packed: "not used", split: "used.idx" },
  { field: "usedEvent", names: ["used_event"], packed: "not used", split: "used_event" },
  { field: "availEvent", names: ["avail_event"], packed: "not used", split: "avail_event" },
  {
    field: "token",
    names: ["data", "token"],
    ...same("the driver's pointer for the buffer; 0 from get_buf: there was none")
  },
  {
    field: "token",
    names: ["ret"],
    on: { kinds: ["getBuf", "detachUnused"], phase: "end" },
    ...same("the driver's pointer for the buffer; 0 from get_buf: there was none")
  },
  {
    field: "needsKick",
    names: ["needs_kick", "ret"],
    on: { kinds: ["kickPrepare"], phase: "end" },
    ...same("1 when the driver is to notify the device")
  },
  {
    field: "result",
    names: ["ret"],
    on: { kinds: ["add"], phase: "end" },
    ...same("0, or a negative errno")
  },
  {
    field: "queue",
    names: ["ret"],
    on: { kinds: ["create"], phase: "end" },
    ...same("virtqueue pointer")
  },
  {
    field: "notifyData",
    names: ["notify_data", "notification_data"],
    on: { kinds: ["notify"] },
    ...same("value of the notification, with VIRTIO_F_NOTIFICATION_DATA")
  },
  { field: "bufferId", names: ["id", "head"], packed: "buffer id", split: "head of the chain" },
  { field: "irq", names: ["irq"], ...same("interrupt number") },
  {
    field: "outSgs",
    names: ["out_sgs", "out"],
    on: { kinds: ["add"] },
    ...same("device-readable scatterlists, not segments")
  },
  {
    field: "inSgs",
    names: ["in_sgs", "in"],
    on: { kinds: ["add"] },
    ...same("device-writable scatterlists, not segments")
  },
  {
    field: "descArea",
    names: ["desc"],
    on: { kinds: ["create"] },
    ...same("address of the Descriptor Area")
  },
  {
    field: "driverArea",
    names: ["driver", "avail"],
    on: { kinds: ["create"] },
    ...same("address of the Driver Area")
  },
  {
    field: "deviceArea",
    names: ["device", "used"],
    on: { kinds: ["create"] },
    ...same("address of the Device Area")
  },
  {
    field: "ringDma",
    names: ["ring_dma"],
    on: { kinds: ["create"] },
    ...same("bus address of the ring")
  }
];
function fieldOfName(name, kind, phase) {
  const row = FIELD_TABLE.find(
    ({ names, on }) => names.includes(name) && (on === void 0 || on.kinds.includes(kind) && (on.phase === void 0 || on.phase === phase))
  );
  return row?.field;
}

// src/parser/ftrace/functions.ts
var FUNCTION_KINDS = new Map(
  Object.entries({
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
    vring_interrupt: "interrupt"
  })
);
var CLONE_SUFFIX = /(?:\.[a-z]+(?:\.\d+)?)+$/;
function callFunction(symbol) {
  const base = symbol.replace(CLONE_SUFFIX, "");
  const plain = FUNCTION_KINDS.get(base);
  if (plain !== void 0) return { kind: plain, layout: void 0 };
  const suffix = /_(split|packed)$/.exec(base);
  if (suffix === null) return void 0;
  const kind = FUNCTION_KINDS.get(base.slice(0, suffix.index));
  return kind === void 0 ? void 0 : { kind, layout: suffix[1] };
}
var RETURN_SUFFIX = /(?:__?return|__?ret|__?exit)$/;
var ENTRY_SUFFIX = /(?:__?entry|__?enter|__?begin)$/;
function namedProbe(eventName) {
  const unnamed = /^([pr])_(.+)_(?:0x)?[0-9a-f]+$/.exec(eventName);
  if (unnamed !== null) {
    const called = functionOfName(unnamed[2]);
    if (called !== void 0) return { ...called, returns: unnamed[1] === "r" };
  }
  const direct = functionOfName(eventName.replace(ENTRY_SUFFIX, ""));
  if (direct !== void 0) {
    return { ...direct, returns: false };
  }
  const returning = functionOfName(eventName.replace(RETURN_SUFFIX, ""));
  return returning === void 0 ? void 0 : { ...returning, returns: true };
}
function functionOfName(name) {
  const exact = callFunction(name);
  if (exact !== void 0) return exact;
  if (!name.startsWith("vq_")) return void 0;
  const rest = name.slice(3);
  return callFunction(`virtqueue_${rest}`) ?? callFunction(`vring_${rest}`) ?? callFunction(rest);
}

// src/parser/ftrace/probe-point.ts
var DESCRIPTORS = "desc";
var KEYS_MAX = 128;
var ENTRY_PLACE = /^([^\s+<]+)(?:\+0x([0-9a-f]+)\/0x[0-9a-f]+)?(?: \[[^\]]*\])?$/;
var RETURN_PLACE = /^([^\s+<]+)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[[^\]]*\])? <- ([^\s+]+)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[[^\]]*\])?$/;
var ADDRESS = /^(?:0x)?[0-9a-f]{8,16}$/;
var ENTRY_OFFSET_MAX = 16;
function resolveProbePoint(eventName, place, strings, map) {
  const mapped = map.get(eventName);
  const returning = RETURN_PLACE.exec(place);
  const entering = returning === null ? ENTRY_PLACE.exec(place) : null;
  const func = returning?.[2] ?? entering?.[1] ?? "";
  const caller = returning?.[1] ?? "";
  const symbolic = func !== "" && !ADDRESS.test(func);
  const byName = namedProbe(eventName);
  const inside = Number.parseInt(entering?.[2] ?? "0", 16) > ENTRY_OFFSET_MAX;
  const called = inside ? void 0 : symbolic ? callFunction(func) : byName;
  const layout = mapped === void 0 ? called?.layout : mapped.layout;
  const returns = mapped !== void 0 ? mapped.phase === "end" : place === "" ? byName?.returns ?? false : returning !== null;
  return {
    place: new TextEncoder().encode(place === "" ? "" : `(${place})`),
    kind: mapped !== void 0 ? KIND[mapped.call] : called === void 0 ? -1 : KIND[called.kind],
    phase: returns ? PHASE_END : PHASE_BEGIN,
    layoutHint: layout === void 0 ? LAYOUT_UNKNOWN : layout === "packed" ? LAYOUT_PACKED : LAYOUT_SPLIT,
    func: strings.intern(symbolic ? func : eventName),
    caller: caller === "" || ADDRESS.test(caller) ? -1 : strings.intern(caller),
    start: {
      bytes: new Uint8Array(0),
      field: -1,
      pointer: false,
      descriptors: false,
      next: void 0,
      other: void 0
    },
    keys: /* @__PURE__ */ new Map(),
    mapped: mapped?.fields
  };
}
function learnKey(point, before, name, kindName) {
  let node = point.keys.get(name);
  if (node === void 0) {
    const phase = point.phase === PHASE_END ? "end" : "begin";
    const field = point.mapped?.get(name) ?? fieldOfName(name, kindName, phase);
    node = {
      bytes: new TextEncoder().encode(name),
      field: field === void 0 ? -1 : FIELD[field],
      pointer: field !== void 0 && POINTER_FIELDS.has(field),
      descriptors: field === void 0 && name === DESCRIPTORS,
      next: void 0,
      other: void 0
    };
    if (point.keys.size >= KEYS_MAX) return node;
    point.keys.set(name, node);
  }
  before.other = before.next;
  before.next = node;
  return node;
}

// src/parser/ftrace/remarks.ts
var REMARK_LENGTH_MAX = 512;
var HEADER = /^#\s*(?:$|tracer: |entries-in-buffer|[|/\\_-]|TASK-PID|CPU[ #]|FUNCTION|TIME |REL TIME|ABS TIME|DURATION|latency: |\S+ latency trace v|cmd\s+pid|=> |WARNING|MAY BE MISSING)/;
var DISTINCTIVE = /^#\s*(?:entries-in-buffer|TASK-PID|\S+ latency trace v|CPU +(?:TASK|DURATION))/;
var TRACER = /^# tracer: (\S+)/;
var ENTRIES = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})/;
var LOST = /^CPU:(\d{1,6}) \[(?:LOST(?: (\d{1,15}))? EVENTS|(?:(\d{1,15}) )?EVENTS DROPPED)\]$/;
var STARTED = /^##### CPU (\d{1,6}) buffer started ####$/;
var TRACE_CMD = /^(?:cpus=\d+|version = \d+|trace-cmd version |file-version )/;
var LAYOUTS = [
  // ` 0) + 51.336 us   |      __blk_rq_map_sg();`, with or without time, task, flags.
  {
    layout: "function_graph",
    pattern: /^\s*(?:\d+\.\d+ \|\s+)?(?:\d+\)\s+)?(?:\S.{0,30}-\d+\s+\|\s+)?(?:\S{4,6} \|\s+)?(?:[$@*#!+]\s*)?(?:\d+\.\d+ us)?\s*\|\s.*(?:\{|\}|;|\*\/)\s*$/,
    onlyOf: "function_graph"
  },
  // ` 1)     dd-108     =>    <idle>-0   `, between two rules
  {
    layout: "function_graph",
    pattern: /^(?:\s*(?:\d+\.\d+ \|\s+)?\d+\)\s+.{1,40}=>\s+.{1,40}| -{20,})$/,
    onlyOf: "function_graph"
  },
  // `virtio_queue_rq [virtio_blk]() {` where CPU and duration are off
  {
    layout: "function_graph",
    pattern: /^\s*(?:\}|[\w.]+(?: \[\w+\])?\(\)(?:;| \{)|\/\* .* \*\/)(?: \/\* .* \*\/)?\s*$/,
    onlyOf: "function_graph"
  },
  // `133 1 9311323682 type: 1366`, and in hex `00000085 00000001 000000022aff8622 type: 1366`
  { layout: "raw", pattern: /^\d+ \d+ \d+ type: \d+$/ },
  { layout: "hex", pattern: /^[0-9a-f]{8} [0-9a-f]{8} [0-9a-f]{16} type: \d+$/ },
  // `    bash-133       1d..1. 21181us!: vq_add_sgs: (...)`, also behind a printk time
  {
    layout: "latency",
    pattern: /^(?:.{0,40}\[\s*\d+\.\d+\] +)?\s*\S.{0,20}-\d+\s+\d+[\w.]{4,6}\s+-?\d+us[$@*#!+ ]?: /
  },
  // `bash     133   1 1 00000001 00000000 [008e145c] 21.181ms (+0.762ms): vq_add_sgs: (...)`
  {
    layout: "verbose latency",
    pattern: /^\s*\S.{0,20}\s+\d+\s+\d+ +[0-9a-f]+ [0-9a-f]{8} [0-9a-f]{8} \[[0-9a-f]+\] /
  },
  {
    layout: "console dump",
    pattern: /^.{0,40}\[\s*\d+\.\d+\] (?:Dumping ftrace buffer:|-{20,}|CPU:\d+ \[LOST .*|\s+\(ftrace buffer empty\))$/
  }
];
function remarkOf(whole, tracer) {
  const line = whole.length > REMARK_LENGTH_MAX ? whole.slice(0, REMARK_LENGTH_MAX) : whole;
  if (line.startsWith("#")) {
    const started = STARTED.exec(line);
    if (started !== null) return { kind: "bufferStarted", cpu: Number(started[1]) };
    const entries = ENTRIES.exec(line);
    if (entries !== null) {
      return { kind: "entries", inBuffer: Number(entries[1]), written: Number(entries[2]) };
    }
    const named = TRACER.exec(line);
    if (named !== null) return { kind: "header", distinctive: true, tracer: named[1] };
    return HEADER.test(line) ? { kind: "header", distinctive: DISTINCTIVE.test(line) } : void 0;
  }
  const lost = LOST.exec(line);
  if (lost !== null) {
    return { kind: "lost", cpu: Number(lost[1]), count: Number(lost[2] ?? lost[3] ?? 0) };
  }
  if (TRACE_CMD.test(line)) return { kind: "header", distinctive: true };
  for (const { layout, pattern, onlyOf } of LAYOUTS) {
    if ((onlyOf === void 0 || onlyOf === tracer) && pattern.test(line)) {
      return { kind: "layout", layout };
    }
  }
  return void 0;
}
var STACK_ENTRY = /^\s*=> \S.*$/;
function isStackEntry(line) {
  return STACK_ENTRY.test(line);
}
function couldBeginEvent(line) {
  if (line.length > REMARK_LENGTH_MAX) return false;
  return /^\s*(?:\S.{0,15}(?:-\d*)?|\S.{0,15}-\d+\s+(?:\(\s*[\d-]*\)?\s*)?(?:\[\d*\]?.*)?)$/.test(
    line
  );
}

// src/parser/ftrace/values.ts
var TEXTS_MAX = 4096;
var ValueScanner = class {
  /** The number, or the id of the text; NaN when there is no usable value. */
  number = 0;
  isText = false;
  #strings;
  #pointers;
  #textIds = new InternedBytes(TEXTS_MAX);
  #texts = [];
  constructor(strings, pointers) {
    this.#strings = strings;
    this.#pointers = pointers;
  }
  /** Reads one value at `at` and returns where it ends. */
  scan(bytes, at, end) {
    this.isText = false;
    const first = at < end ? bytes[at] : SPACE;
    if (first === ZERO && bytes[at + 1] === LOWER_X) return this.#hex(bytes, at + 2, end);
    if (first === MINUS || first >= ZERO && first <= ZERO + 9) {
      return this.#decimal(bytes, at, end);
    }
    if (first === QUOTE) return this.#quoted(bytes, at + 1, end);
    this.number = Number.NaN;
    this.isText = true;
    if (first === BRACE_OPEN) {
      const close = bytes.indexOf(BRACE_CLOSE, at);
      return close < 0 || close >= end ? end : close + 1;
    }
    let to = at;
    while (to < end && bytes[to] !== SPACE) to++;
    if (first !== PAREN_OPEN) this.number = this.#strings.intern(textOf(bytes, at, to));
    return to;
  }
  #hex(bytes, from, end) {
    let high = 0;
    let low = 0;
    let at = from;
    for (; at < end; at++) {
      const byte = bytes[at];
      const digit = byte <= 57 ? byte - ZERO : byte >= 97 && byte <= 102 ? byte - 87 : -1;
      if (digit < 0) break;
      high = (high << 4 | low >>> 28) >>> 0;
      low = (low << 4 | digit) >>> 0;
    }
    return this.#endOfNumber(
      bytes,
      at,
      end,
      at === from || at - from > 16 ? Number.NaN : high === 0 ? low : this.#pointers.fromHalves(high, low)
    );
  }
  #decimal(bytes, from, end) {
    let at = bytes[from] === MINUS ? from + 1 : from;
    const digits = at;
    let value = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === digits || at - digits > 20) value = Number.NaN;
    else if (value > Number.MAX_SAFE_INTEGER) {
      const wide = BigInt.asUintN(64, BigInt(textOf(bytes, from, at)));
      value = this.#pointers.fromHalves(Number(wide >> 32n), Number(wide & 0xffffffffn));
    } else if (digits > from) value = -value;
    return this.#endOfNumber(bytes, at, end, value);
  }
  /** A number ends at a blank; `12abc` is none. */
  #endOfNumber(bytes, at, end, value) {
    if (at === end || bytes[at] === SPACE) {
      this.number = value;
      this.isText = Number.isNaN(value);
      return at;
    }
    this.number = Number.NaN;
    this.isText = true;
    let to = at;
    while (to < end && bytes[to] !== SPACE) to++;
    return to;
  }
  /** Strings are quoted but not escaped: the quote that a blank or the end follows closes one. */
  #quoted(bytes, from, end) {
    this.isText = true;
    let to = from;
    let hash = 0;
    for (; to < end; to++) {
      const byte = bytes[to];
      if (byte === QUOTE && (to + 1 === end || bytes[to + 1] === SPACE)) break;
      hash = hashByte(hash, byte);
    }
    this.number = this.#textByHash(bytes, from, to, hash);
    return Math.min(to + 1, end);
  }
  /** String id of some bytes of the line. */
  text(bytes, from, to) {
    let hash = 0;
    for (let at = from; at < to; at++) hash = hashByte(hash, bytes[at]);
    return this.#textByHash(bytes, from, to, hash);
  }
  #textByHash(bytes, from, to, hash) {
    const known2 = this.#textIds.find(bytes, from, to, hash);
    if (known2 >= 0) return this.#texts[known2];
    const id = this.#strings.intern(textOf(bytes, from, to));
    if (this.#textIds.add(bytes, from, to, hash) >= 0) this.#texts.push(id);
    return id;
  }
};

// src/parser/ftrace/reader.ts
var MAJOR_MAX = 9e9;
var BATCH_ROWS = 4096;
var NAMES_MAX = 4096;
var PLACES_MAX = 1024;
var MARKER_BYTES_MAX = 4096;
var MARKER_NAMES = /* @__PURE__ */ new Set(["tracing_mark_write", "print", "bprint", "bputs"]);
var FtraceReader = class {
  format = "ftrace-text";
  ledger = {
    lines: 0,
    events: 0,
    notes: 0,
    rejected: 0,
    lostMarks: 0,
    lostEvents: 0
  };
  diagnostics = new DiagnosticLog();
  clock;
  /** Lines that only a trace has: without one, the input is something else. */
  traceLines = 0;
  #map;
  #keepAll;
  #emit;
  #strings;
  #batch;
  #nameIds = new InternedBytes(NAMES_MAX);
  #names = [];
  #lastName;
  #lines = new LineSplitter(this);
  #header = new HeaderScanner();
  #values;
  #seq;
  /** What the header calls the tracer; some layouts are only told by it. */
  #tracer = "";
  #continues;
  #markerBytes = 0;
  constructor(options) {
    this.#emit = options.emit;
    this.#keepAll = options.keepAll ?? false;
    this.#strings = options.strings;
    this.#values = new ValueScanner(options.strings, options.pointers);
    this.#map = options.map ?? /* @__PURE__ */ new Map();
    this.#seq = options.firstSeq;
    this.#batch = new EventBatch(BATCH_ROWS, options.strings);
  }
  /** Seq that the next event of the case gets. */
  get nextSeq() {
    return this.#seq;
  }
  /** Reads one chunk; a line may end in a later one. */
  push(chunk) {
    this.#lines.push(chunk);
  }
  /** Call once after the last chunk. */
  end() {
    this.#lines.end();
    this.#flush();
  }
  longLine(offset) {
    this.ledger.lines++;
    this.#reject("line-too-long", offset, `a line of at most ${LINE_BYTES_MAX} bytes`);
  }
  /** The input ends without a newline: the last number may be cut, so the line proves nothing. */
  unfinishedLine(bytes, length, offset) {
    this.ledger.lines++;
    const text = textOf(bytes, 0, length);
    const cut = `a newline; the input ends inside the line`;
    if (this.#header.scan(bytes, 0, length) || couldBeginEvent(text)) {
      this.#note();
      this.diagnostics.add("line-truncated", this.ledger.lines, offset, cut);
    } else if (remarkOf(text, this.#tracer) !== void 0 || text.trim() === "") {
      this.#note();
    } else {
      this.#reject("line-unrecognised", offset, expectedShape(text));
    }
  }
  #note() {
    this.ledger.notes++;
  }
  #reject(code, offset, expected) {
    this.ledger.rejected++;
    this.diagnostics.add(code, this.ledger.lines, offset, expected);
  }
  #flush() {
    if (this.#batch.length > 0) this.#batch = this.#emit(this.#batch);
  }
  line(bytes, start, lineEnd, offset) {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    this.ledger.lines++;
    if (this.#header.scan(bytes, start, end)) {
      this.#continues = void 0;
      this.#event(bytes, start, end, offset);
    } else {
      this.#otherLine(textOf(bytes, start, end), offset, end - start);
    }
  }
  #otherLine(text, offset, length) {
    if (this.#continues === "stack" && isStackEntry(text)) {
      this.#note();
      return;
    }
    const remark = remarkOf(text, this.#tracer);
    if (remark !== void 0) {
      this.#remark(remark, offset);
      return;
    }
    if (this.#continues === "marker" && this.#markerBytes + length <= MARKER_BYTES_MAX) {
      this.#markerBytes += length;
      this.#note();
      return;
    }
    if (text.trim() === "") {
      this.#note();
      return;
    }
    this.#reject("line-unrecognised", offset, expectedShape(text));
  }
  #remark(remark, offset) {
    this.#note();
    switch (remark.kind) {
      case "header":
        if (remark.distinctive) this.traceLines++;
        this.#tracer = remark.tracer ?? this.#tracer;
        return;
      case "entries":
        this.traceLines++;
        if (remark.written > remark.inBuffer) {
          const missing = remark.written - remark.inBuffer;
          this.#lost(-1, missing, offset);
          this.diagnostics.add(
            "buffer-wrapped",
            this.ledger.lines,
            offset,
            `the first ${missing} of ${remark.written} events were overwritten`
          );
        }
        return;
      case "lost":
        this.traceLines++;
        this.#lost(remark.cpu, remark.count, offset);
        this.diagnostics.add(
          "events-lost",
          this.ledger.lines,
          offset,
          `nothing of CPU ${remark.cpu} between its events around this line`
        );
        return;
      case "bufferStarted":
        this.traceLines++;
        this.#lost(remark.cpu, 0, offset);
        this.diagnostics.add(
          "events-lost",
          this.ledger.lines,
          offset,
          `events of CPU ${remark.cpu} before this line were overwritten`
        );
        return;
      case "layout":
        this.traceLines++;
        this.diagnostics.add(
          "layout-not-read",
          this.ledger.lines,
          offset,
          `the default layout with event fields; ${remark.layout} lines carry none that can be judged here`
        );
        return;
      default:
        remark;
    }
  }
  #lost(cpu, count4, offset) {
    const { ledger } = this;
    ledger.lostMarks++;
    ledger.lostEvents = count4 === 0 || ledger.lostEvents === null ? null : ledger.lostEvents + count4;
    const row = this.#newRow(offset);
    const batch = this.#batch;
    batch.kind[row] = KIND.lost;
    batch.phase[row] = PHASE_BEGIN;
    batch.cpu[row] = cpu;
    batch.pid[row] = -1;
    batch.level[row] = LEVEL.unknown;
    batch.layoutHint[row] = LAYOUT_UNKNOWN;
    batch.time[row] = 0;
    batch.bytes[row] = 0;
    batch.task[row] = -1;
    batch.queue[row] = -1;
    batch.func[row] = -1;
    batch.caller[row] = -1;
    batch.values[row * EventBatch.FIELD_COUNT + FIELD.lostCount] = count4;
  }
  #newRow(offset) {
    if (this.#batch.length === this.#batch.capacity) this.#flush();
    const batch = this.#batch;
    const row = batch.length++;
    batch.seq[row] = this.#seq;
    batch.line[row] = this.ledger.lines;
    batch.offset[row] = offset;
    return row;
  }
  #event(bytes, start, end, offset) {
    this.traceLines++;
    const from = skipTimeDifference(bytes, this.#header.payload, end);
    const name = this.#name(bytes, from, end);
    if (name === void 0) {
      this.#nameless(textOf(bytes, from, end), offset);
      return;
    }
    const at = skipSpaces(bytes, from + name.length + 1, end);
    const point = this.#probePoint(name, bytes, at, end);
    if (point.kind < 0) {
      if (name.marker) {
        this.#continues = "marker";
        this.#markerBytes = 0;
      } else if (isStackHead(bytes, at, end)) {
        this.#continues = "stack";
      }
      this.#note();
      return;
    }
    const time = this.#timeSinceFirst();
    if (time === void 0) {
      this.#reject(
        "time-out-of-range",
        offset,
        "a time of 64 bits, within 104 days of the first event"
      );
      return;
    }
    this.ledger.events++;
    const row = this.#newRow(offset);
    this.#seq++;
    const header = this.#header;
    const batch = this.#batch;
    batch.kind[row] = point.kind;
    batch.phase[row] = point.phase;
    batch.layoutHint[row] = point.layoutHint;
    batch.level[row] = header.level;
    batch.time[row] = time;
    batch.cpu[row] = header.cpu;
    batch.pid[row] = header.pid;
    batch.bytes[row] = end - start;
    batch.task[row] = this.#keepAll ? this.#values.text(bytes, skipSpaces(bytes, start, end), header.taskEnd) : -1;
    batch.queue[row] = -1;
    batch.func[row] = point.func;
    batch.caller[row] = point.caller;
    const fields = at + point.place.length;
    const base = row * EventBatch.FIELD_COUNT;
    this.#fields(point, bytes, fields, end, base, offset);
    if (point.phase === PHASE_BEGIN && point.kind !== KIND.create) {
      if (Number.isNaN(batch.values[base + FIELD.queue])) {
        const { lines: lines2 } = this.ledger;
        this.diagnostics.add(
          "call-without-queue",
          lines2,
          offset,
          "a queue pointer (vq=) in each call"
        );
      }
    }
  }
  /** An event line without `name:`: `func <-parent` of the function tracer, or `<stack trace>`. */
  #nameless(text, offset) {
    if (text.startsWith("<stack trace")) {
      this.#continues = "stack";
      this.#note();
    } else if (/^[^ ]+(?: \[\w+\])? <-[^ ]+/.test(text)) {
      this.#remark({ kind: "layout", layout: "function" }, offset);
    } else {
      this.#reject("line-unrecognised", offset, "an event name and a colon after the time");
    }
  }
  #timeSinceFirst() {
    const { major, minor, seconds } = this.#header;
    if (major > MAJOR_MAX) return void 0;
    this.clock ??= { major, minor, unit: seconds ? "seconds" : "ticks" };
    return sinceBase(this.clock, major, minor);
  }
  /** The event's name up to its colon, guessed from the one that followed the last name before. */
  #name(bytes, from, end) {
    const guess = this.#lastName?.next;
    if (guess !== void 0 && startsWith2(guess.bytes, bytes, from, end)) {
      this.#lastName = guess;
      return guess;
    }
    let at = from;
    let hash = 0;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === COLON || byte === SPACE) break;
      hash = hashByte(hash, byte);
    }
    if (at === from || at === end || bytes[at] !== COLON) return void 0;
    const name = this.#nameEntry(bytes, from, at, hash);
    if (this.#lastName !== void 0) this.#lastName.next = name;
    this.#lastName = name;
    return name;
  }
  #nameEntry(bytes, from, to, hash) {
    const known2 = this.#nameIds.find(bytes, from, to, hash);
    if (known2 >= 0) return this.#names[known2];
    const text = textOf(bytes, from, to);
    const entry = {
      text,
      bytes: bytes.slice(from, to + 1),
      length: to - from,
      marker: MARKER_NAMES.has(text),
      points: [],
      next: void 0
    };
    if (this.#nameIds.add(bytes, from, to, hash) >= 0) this.#names.push(entry);
    return entry;
  }
  #probePoint(name, bytes, at, end) {
    const { points } = name;
    for (let i = 0; i < points.length; i++) {
      const point2 = points[i];
      if (!startsWith2(point2.place, bytes, at, end)) continue;
      if (point2.place.length === 0 && bytes[at] === PAREN_OPEN) continue;
      if (i > 0) {
        points[i] = points[i - 1];
        points[i - 1] = point2;
      }
      return point2;
    }
    let from = at;
    let to = at;
    if (bytes[at] === PAREN_OPEN) {
      from = at + 1;
      to = from;
      while (to < end && bytes[to] !== PAREN_CLOSE) to++;
      if (to === end) to = from;
    }
    const point = resolveProbePoint(name.text, textOf(bytes, from, to), this.#strings, this.#map);
    if (points.length < PLACES_MAX) points.push(point);
    return point;
  }
  /** Reads ` key=value ...` into the row whose fields start at `base`. */
  #fields(point, bytes, from, end, base, offset) {
    const { values } = this.#batch;
    const scanner = this.#values;
    let node = point.start;
    let at = from;
    for (; ; ) {
      at = skipSpaces(bytes, at, end);
      if (at >= end) return;
      const key = this.#key(point, node, bytes, at, end);
      if (key === void 0) {
        while (at < end && bytes[at] !== SPACE) at++;
        continue;
      }
      node = key;
      at += key.bytes.length + 1;
      const valueEnd = scanner.scan(bytes, at, end);
      if (key.field >= 0) {
        const value = scanner.number;
        const isName = key.field === FIELD.name;
        if (scanner.isText !== isName || !(key.pointer || isName || isCountable(value))) {
          this.#unreadable(bytes, at, valueEnd, key, offset);
        } else if (Number.isNaN(values[base + key.field])) {
          values[base + key.field] = value;
        }
      } else {
        if (key.descriptors) this.#descriptors(base, bytes, at, valueEnd, offset);
        if (this.#keepAll) this.#addRest(base, key, textOf(bytes, at, valueEnd));
      }
      at = valueEnd;
    }
  }
  #descriptors(base, bytes, at, to, offset) {
    if (bytes[at] !== BRACE_OPEN) return;
    const ring = descriptorBytes(bytes, at, to);
    if (ring !== void 0) this.#batch.descriptors.set(base / EventBatch.FIELD_COUNT, ring);
    else {
      const expected = "pairs of 64-bit words in desc: {0x...,0x...}";
      this.diagnostics.add("field-unreadable", this.ledger.lines, offset, expected);
    }
  }
  #addRest(base, key, value) {
    const { rest } = this.#batch;
    const row = base / EventBatch.FIELD_COUNT;
    const member = `${JSON.stringify(textOf(key.bytes, 0, key.bytes.length))}:${JSON.stringify(value)}`;
    const before = rest.get(row);
    if (before?.includes(member.slice(0, member.indexOf(":") + 1))) return;
    rest.set(row, before === void 0 ? member : `${before},${member}`);
  }
  #unreadable(bytes, at, to, key, offset) {
    const name = textOf(key.bytes, 0, key.bytes.length);
    const found = textOf(bytes, at, Math.min(to, at + 40));
    this.diagnostics.add(
      "field-unreadable",
      this.ledger.lines,
      offset,
      found === "(fault)" ? `a readable ${name}: the probe could not read memory` : `a number in ${name}`
    );
  }
  #key(point, before, bytes, at, end) {
    const { next } = before;
    if (next !== void 0 && followsAt(next, bytes, at, end)) return next;
    const { other } = before;
    if (other !== void 0 && followsAt(other, bytes, at, end)) return other;
    let to = at;
    while (to < end && bytes[to] !== EQUALS && bytes[to] !== SPACE) to++;
    if (to === at || to === end || bytes[to] !== EQUALS) return void 0;
    return learnKey(
      point,
      before,
      textOf(bytes, at, to),
      EVENT_KINDS[point.kind]
    );
  }
};
function followsAt(node, bytes, at, end) {
  const { bytes: expected } = node;
  const to = at + expected.length;
  if (to >= end || bytes[to] !== EQUALS) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[at + i]) return false;
  }
  return true;
}
function isCountable(value) {
  return Number.isInteger(value);
}
function skipTimeDifference(bytes, from, end) {
  if (bytes[from] !== PAREN_OPEN || bytes[from + 1] !== PLUS) return from;
  const close = bytes.indexOf(PAREN_CLOSE, from);
  return close < 0 || close >= end ? from : skipSpaces(bytes, close + 1, end);
}
function isStackHead(bytes, from, end) {
  return textOf(bytes, from, Math.min(end, from + 13)).startsWith("<stack trace");
}
function expectedShape(text) {
  if (!/-\d+\s+(?:\(.{0,8}\)\s+)?\[\d+\]/.test(text)) {
    return "an event line `task-pid [cpu] flags time: event: fields`, a header or a loss mark";
  }
  return "a clock value and a colon after `[cpu]`";
}

// src/parser/ringlog/operation.ts
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
var OPERATIONS = {
  driver: {
    create: "create",
    add: "add",
    kick_prepare: "kickPrepare",
    notify: "notify",
    get_buf: "getBuf",
    disable_cb: "disableCb",
    enable_cb: "enableCb",
    enable_cb_prepare: "enableCbPrepare",
    enable_cb_delayed: "enableCbDelayed",
    poll: "poll",
    interrupt: "interrupt",
    detach_unused_buf: "detachUnused"
  },
  device: {
    fetch: "devicePop",
    complete: "deviceUse",
    signal: "deviceSignal",
    set_notify: "deviceSetNotify",
    stop: "deviceStop"
  }
};
function kindOf(actor, op) {
  if (actor !== "driver" && actor !== "device" || typeof op !== "string") return void 0;
  return Object.hasOwn(OPERATIONS[actor], op) ? OPERATIONS[actor][op] : void 0;
}
var TABLE_BYTES_MAX = 64 << 20;
function count2(value, max) {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max ? value : void 0;
}
var flag = (value) => value === 1 || value === true;
function ringSetup(header) {
  const { layout, size, areas } = header;
  if (layout !== "split" && layout !== "packed") return "layout split or packed";
  const queueSize = count2(size, QUEUE_SIZE_MAX);
  if (queueSize === void 0 || queueSize === 0) return `a size from 1 to ${QUEUE_SIZE_MAX}`;
  if (!isObject(areas)) return "areas with base and len";
  const base = (name) => isObject(areas[name]) ? count2(areas[name]["base"], Number.MAX_SAFE_INTEGER) : void 0;
  const desc = base("desc");
  const driver = base("driver");
  const device = base("device");
  if (desc === void 0 || driver === void 0 || device === void 0) {
    return "a base address for each of the areas desc, driver and device";
  }
  for (const name of ["event_idx", "indirect", "in_order"]) {
    if (count2(header[name], 1) === void 0) return `${name} as 0 or 1`;
  }
  const index = count2(header["index"], 65535);
  const arena = isObject(areas["ind"]) ? count2(areas["ind"]["len"], TABLE_BYTES_MAX) : 0;
  if (arena === void 0) return `an area ind of at most ${TABLE_BYTES_MAX} bytes`;
  return {
    layout,
    queueSize,
    eventIdx: flag(header["event_idx"]),
    indirect: flag(header["indirect"]),
    inOrder: flag(header["in_order"]),
    addressesMapped: flag(header["dma_api"]),
    barriersLogged: flag(header["fences"]),
    ...index === void 0 ? {} : { index },
    notificationData: flag(header["notification_data"]),
    notifyOnEmpty: flag(header["notify_on_empty"]),
    bases: [desc, driver, device],
    tables: { base: base("ind") ?? 0, bytes: arena }
  };
}
function stateFields(state, packed) {
  if (!isObject(state)) return [];
  const fields = [];
  const put = (field, value) => {
    if (value !== void 0) fields.push([field, value]);
  };
  const availIdx = count2(state["avail_idx"], 65535);
  const lastUsed = count2(state["last_used"], 65535);
  put("numFree", count2(state["num_free"], QUEUE_SIZE_MAX));
  put("numAdded", count2(state["num_added"], 65535));
  put("flagsShadow", count2(state["flags_shadow"], 65535));
  put("broken", count2(state["broken"], 1));
  if (!packed) {
    put("availIdx", availIdx);
    put("lastUsed", lastUsed);
    return fields;
  }
  put("nextAvail", availIdx);
  put("availWrap", count2(state["avail_wrap"], 1));
  const usedWrap = count2(state["used_wrap"], 1);
  if (lastUsed !== void 0 && lastUsed < 32768 && usedWrap !== void 0) {
    put("lastUsed", lastUsed | usedWrap << 15);
  }
  return fields;
}
var WIDTHS = /* @__PURE__ */ new Set([1, 2, 4, 8]);
var BYTE_FILL = 2;
function bytesOf(hex2) {
  if (!/^[0-9a-f]+$/.test(hex2)) return void 0;
  let low = 0;
  let high = 0;
  for (let at = hex2.length - BYTE_FILL; at >= 0; at -= BYTE_FILL) {
    high = (high << 8 | low >>> 24) >>> 0;
    low = (low << 8 | Number.parseInt(hex2.slice(at, at + BYTE_FILL), 16)) >>> 0;
  }
  return { low, high };
}
var STEP_CODES = {
  w: MEMORY_OP.store,
  r: MEMORY_OP.load,
  f: MEMORY_OP.barrier,
  k: MEMORY_OP.notify,
  a: MEMORY_OP.alloc,
  x: MEMORY_OP.free,
  n: MEMORY_OP.allocFailed
};
function readSteps(mem, into) {
  if (!Array.isArray(mem)) return mem === void 0;
  return mem.every((step) => Array.isArray(step) && readStep(step, into));
}
function readStep(step, into) {
  const [name] = step;
  if (typeof name !== "string" || !Object.hasOwn(STEP_CODES, name)) return false;
  const op = STEP_CODES[name];
  if (op === MEMORY_OP.notify) {
    into.push(op, 0, 0, 0, 0, 0);
    return true;
  }
  if (op === MEMORY_OP.barrier) {
    const barrier = BARRIERS.indexOf(step[1]);
    if (barrier < 0) return false;
    into.push(op, barrier, 0, 0, 0, 0);
    return true;
  }
  if (op === MEMORY_OP.allocFailed) {
    const length = count2(step[1], 4294967295);
    if (length === void 0) return false;
    into.push(op, 0, 0, 0, length, 0);
    return true;
  }
  const area = AREAS.indexOf(step[1]);
  const offset = count2(step[2], 4294967295);
  if (area < 0 || offset === void 0) return false;
  if (op === MEMORY_OP.alloc || op === MEMORY_OP.free) {
    const length = count2(step[3], 4294967295);
    if (length === void 0) return false;
    into.push(op, area, offset, 0, length, 0);
    return true;
  }
  const hex2 = step[3];
  if (typeof hex2 !== "string" || !WIDTHS.has(hex2.length / 2)) return false;
  const value = bytesOf(hex2);
  if (value === void 0) return false;
  into.push(op, area, offset, hex2.length / 2, value.low, value.high);
  return true;
}
function readSnapshot(areas, setup, into) {
  if (!isObject(areas)) return false;
  const { layout, queueSize } = setup;
  const lengths = layout === "packed" ? [DESC_BYTES * queueSize, EVENT_BYTES, EVENT_BYTES] : [splitDescBytes(queueSize), availBytes(queueSize), usedBytes(queueSize)];
  for (const [area, name] of ["desc", "driver", "device"].entries()) {
    const hex2 = areas[name];
    if (typeof hex2 !== "string" || hex2.length !== 2 * lengths[area]) return false;
    for (let at = 0; at < hex2.length; at += 4) {
      const value = bytesOf(hex2.slice(at, at + 4));
      if (value === void 0) return false;
      into.push(MEMORY_OP.store, area, at / 2, 2, value.low, 0);
    }
  }
  return true;
}
function readElements(operation, into) {
  for (const [writable, name] of ["out", "in"].entries()) {
    const list = operation[name];
    if (list === void 0) continue;
    if (!Array.isArray(list)) return false;
    for (const pair of list) {
      if (!Array.isArray(pair)) return false;
      const addr = count2(pair[0], Number.MAX_SAFE_INTEGER);
      const len = count2(pair[1], 4294967295);
      if (addr === void 0 || len === void 0) return false;
      into.push(addr, len, writable);
    }
  }
  return true;
}
var MODES = { enable: 0, disable: 1, desc: 2 };
function notifyRequest({ mode, avail_event, off, wrap }) {
  const fields = [];
  if (typeof mode === "string" && Object.hasOwn(MODES, mode)) {
    fields.push(["flagsShadow", MODES[mode]]);
  }
  const event = count2(avail_event, 65535);
  const slot = count2(off, 32767);
  const counter = count2(wrap, 1);
  if (mode === "event" && event !== void 0) fields.push(["availEvent", event]);
  if (mode === "desc" && slot !== void 0 && counter !== void 0) {
    fields.push(["deviceOffWrap", slot | counter << 15]);
  }
  return fields;
}
function notifyData(data) {
  if (!isObject(data)) return count2(data, 4294967295);
  const index = count2(data["vq_index"], 65535);
  const off = count2(data["next_off"], 32767);
  const wrap = count2(data["next_wrap"], 1);
  if (index === void 0 || off === void 0 || wrap === void 0) return void 0;
  return (index | off << 16 | wrap << 31) >>> 0;
}
function outcomeFields(kind, operation) {
  const { ret, token } = operation;
  switch (kind) {
    case "add": {
      const buffer = count2(token, Number.MAX_SAFE_INTEGER);
      if (typeof ret !== "number" || !Number.isInteger(ret) || ret > 0) return void 0;
      const result = [["result", ret]];
      if (buffer !== void 0 && buffer !== 0) result.push(["token", buffer]);
      return result;
    }
    case "getBuf":
    case "detachUnused": {
      const buffer = ret === null ? 0 : count2(ret, Number.MAX_SAFE_INTEGER);
      return buffer === void 0 ? void 0 : [["token", buffer]];
    }
    case "kickPrepare":
      return typeof ret === "boolean" ? [["needsKick", ret ? 1 : 0]] : void 0;
    case "poll": {
      if (typeof ret !== "boolean") return void 0;
      const opaque = count2(operation["opaque"], 65535);
      const result = ["result", ret ? 1 : 0];
      return opaque === void 0 ? [result] : [result, ["opaque", opaque]];
    }
    case "deviceSignal":
    case "enableCb":
    case "enableCbDelayed":
      return typeof ret === "boolean" ? [["result", ret ? 1 : 0]] : void 0;
    case "devicePop":
      if (ret === void 0) return [];
      return ret === null || isObject(ret) ? [["result", ret === null ? 0 : 1]] : void 0;
    case "deviceSetNotify":
      return notifyRequest(operation);
    case "notify": {
      const data = notifyData(operation["data"]);
      if (data === void 0) return operation["data"] === void 0 ? [] : void 0;
      return [["notifyData", data]];
    }
    default:
      return [];
  }
}
function readOperation(operation, into) {
  return readElements(operation, into.segments) && readSteps(operation["mem"], into.memory);
}

// src/parser/ringlog/reader.ts
var LINE_BYTES_MAX2 = 8 << 20;
var BATCH_ROWS2 = 1024;
var BATCH_STEPS = 1 << 16;
var EXPECTED_LINE = "a JSON object of ringlog/1: a header, an operation, a snapshot or a footer";
function isRinglog(head) {
  return /^\s*\{\s*"type"\s*:\s*"header"\s*,[^}]{0,200}"ringlog\//.test(textOf(head, 0, 512));
}
var RinglogReader = class {
  format = "ringlog/1";
  ledger = {
    lines: 0,
    events: 0,
    notes: 0,
    rejected: 0,
    lostMarks: 0,
    lostEvents: 0
  };
  diagnostics = new DiagnosticLog();
  /** Operations have no time: their numbers stand for it. */
  clock = { major: 0, minor: 0, unit: "ticks" };
  traceLines = 0;
  #emit;
  #strings;
  #keepAll;
  #lines = new LineSplitter(this, LINE_BYTES_MAX2);
  #batch;
  #operations;
  #seq;
  #setup;
  /** The line at hand. */
  #text = "";
  /** Number of the operation that comes next; -1 before the first. */
  #nextNumber = -1;
  /** The driver's state after its last operation: what the next one begins with. */
  #state = [];
  #operationLines = 0;
  /** The header says that the log begins in the middle of a run: a snapshot must follow the creation. */
  #snapshotDue = false;
  /** The log at hand has its footer, or none has begun. */
  #finished = true;
  constructor(options) {
    this.#strings = options.strings;
    this.#seq = options.firstSeq;
    this.#keepAll = options.keepAll ?? false;
    this.#emit = options.emit;
    this.#operations = new OperationLog(BATCH_ROWS2);
    this.#batch = this.#equipped(new EventBatch(BATCH_ROWS2, options.strings));
  }
  get nextSeq() {
    return this.#seq;
  }
  push(chunk) {
    this.#lines.push(chunk);
  }
  end() {
    this.#lines.end();
    if (!this.#finished) this.#unfinished();
    this.#flush();
  }
  line(bytes, start, end, offset) {
    this.ledger.lines++;
    const text = textOf(bytes, start, end).trim();
    this.#text = text;
    if (text === "") {
      this.ledger.notes++;
      return;
    }
    const json = parsed(text);
    if (json === void 0) this.#reject(offset, EXPECTED_LINE);
    else this.#object(json, offset, end - start);
  }
  longLine(offset) {
    this.ledger.lines++;
    this.ledger.rejected++;
    const expected = `a line of at most ${LINE_BYTES_MAX2} bytes`;
    this.diagnostics.add("line-too-long", this.ledger.lines, offset, expected);
  }
  /** Without its newline the last line may still be whole: JSON ends where it ends. */
  unfinishedLine(bytes, length, offset) {
    if (parsed(textOf(bytes, 0, length)) !== void 0) {
      this.line(bytes, 0, length, offset);
      return;
    }
    this.ledger.lines++;
    this.ledger.notes++;
    const expected = "a newline; the input ends inside the line";
    this.diagnostics.add("line-truncated", this.ledger.lines, offset, expected);
  }
  #object(json, offset, length) {
    switch (json["type"]) {
      case "header":
        this.#header(json, offset);
        return;
      case "footer":
        this.#footer(json, offset);
        return;
      case "snapshot":
        this.#snapshot(json, offset, length);
        return;
      default:
        this.#operation(json, offset, length);
    }
  }
  #header(json, offset) {
    const setup = json["format"] === "ringlog/1" ? ringSetup(json) : "ringlog/1: no other version is known";
    if (typeof setup === "string") {
      this.#setup = void 0;
      this.#reject(offset, `a header that gives ${setup}`);
      return;
    }
    if (!this.#finished) this.#unfinished();
    this.#flush();
    this.#setup = setup;
    this.#operations.setup = setup;
    this.#finished = false;
    this.#nextNumber = 0;
    const { warmup } = json;
    this.#snapshotDue = typeof warmup === "number" && warmup > 0;
    this.#operationLines = 0;
    this.#state = [];
    this.ledger.notes++;
    this.traceLines++;
  }
  #footer(json, offset) {
    const { lines: lines2 } = json;
    const isWhole = lines2 === this.#operationLines;
    if (this.#setup !== void 0 && typeof lines2 === "number" && !isWhole) {
      const expected = `${this.#operationLines} operations, as the log holds; the footer counts ${lines2}`;
      this.diagnostics.add("log-miscounted", this.ledger.lines, offset, expected);
    }
    this.#finished = true;
    this.ledger.notes++;
    this.#operations.finished = this.#setup !== void 0 && isWhole;
    this.#flush();
  }
  #unfinished() {
    const expected = "a footer; what came after the last operation is not known";
    this.diagnostics.add("log-unfinished", this.ledger.lines, 0, expected);
  }
  #snapshot(json, offset, length) {
    const setup = this.#setup;
    if (setup === void 0) {
      this.#reject(offset, "a header before any snapshot");
      return;
    }
    this.#makeRoom();
    const { memory } = this.#operations;
    const before = memory.length;
    const packed = setup.layout === "packed";
    if (!readSnapshot(json["areas"], setup, memory)) {
      memory.length = before;
      this.#reject(offset, "a snapshot with its three areas in hex");
      return;
    }
    this.#snapshotDue = false;
    this.#state = stateFields(json["driver"], packed);
    this.#row("snapshot", "snapshot", [], offset, length);
  }
  #operation(json, offset, length) {
    const { actor, op, seq } = json;
    const kind = kindOf(actor, op);
    const setup = this.#setup;
    if (kind === void 0 || setup === void 0) {
      this.#reject(offset, kind === void 0 ? EXPECTED_LINE : "a header before any operation");
      return;
    }
    this.#makeRoom();
    const { memory, segments } = this.#operations;
    const steps = memory.length;
    const elements = segments.length;
    const outcome = outcomeFields(kind, json);
    const numbered = typeof seq === "number" && Number.isSafeInteger(seq);
    if (outcome === void 0 || !numbered || !readOperation(json, this.#operations)) {
      memory.length = steps;
      segments.length = elements;
      this.#reject(offset, `seq, arguments, ret and mem of ${String(op)} as ringlog/1 has them`);
      return;
    }
    const missing = this.#missingBefore(kind, seq);
    if (missing > 0) {
      const expected = this.#snapshotDue ? "the snapshot that the header announces (warmup)" : "operations numbered without a gap";
      this.diagnostics.add("events-lost", this.ledger.lines, offset, expected, missing);
      this.#lost(missing, steps, elements);
      this.#snapshotDue &&= kind === "create";
    }
    this.#nextNumber = seq + 1;
    this.#operationLines++;
    if (kind === "create") this.#state = [];
    const broken = kind === "deviceStop" && json["reason"] === "broken";
    const name = broken ? STOPPED_BROKEN : String(op);
    this.#row(kind, name, outcome, offset, length, segments.length - elements);
    if (actor === "driver") this.#state = stateFields(json["st"], setup.layout === "packed");
  }
  /** Lines that must have stood between the one before and this operation. */
  #missingBefore(kind, seq) {
    if (this.#snapshotDue && kind !== "create") return 1;
    return seq === this.#nextNumber ? 0 : Math.max(1, seq - this.#nextNumber);
  }
  /** Something of the log is missing here: whatever it held did happen. */
  #lost(count4, steps, elements) {
    this.ledger.lostMarks++;
    if (this.ledger.lostEvents !== null) this.ledger.lostEvents += count4;
    const row = this.#next();
    const batch = this.#batch;
    batch.kind[row] = KIND.lost;
    batch.phase[row] = PHASE_BEGIN;
    batch.values[row * EventBatch.FIELD_COUNT + FIELD.lostCount] = count4;
    this.#state = [];
    this.#operations.memoryEnd[row] = steps;
    this.#operations.segmentsEnd[row] = elements;
  }
  #row(kind, name, outcome, offset, length, elements = 0) {
    const setup = this.#setup;
    const row = this.#next();
    const batch = this.#batch;
    batch.kind[row] = KIND[kind];
    batch.phase[row] = PHASE_WHOLE;
    batch.layoutHint[row] = setup.layout === "packed" ? LAYOUT_PACKED : LAYOUT_SPLIT;
    batch.offset[row] = offset;
    batch.bytes[row] = length;
    batch.func[row] = this.#strings.intern(name);
    const put = ([field, value]) => {
      batch.values[row * EventBatch.FIELD_COUNT + FIELD[field]] = value;
    };
    put(["queue", setup.bases[0]]);
    put(["name", this.#strings.intern("ringlog")]);
    put(["queueSize", setup.queueSize]);
    if (setup.index !== void 0) put(["index", setup.index]);
    put(["packed", setup.layout === "packed" ? 1 : 0]);
    put(["eventIdx", setup.eventIdx ? 1 : 0]);
    put(["indirect", setup.indirect ? 1 : 0]);
    this.#state.forEach(put);
    outcome.forEach(put);
    if (kind === "add" && elements > 0) put(["segments", elements]);
    if (this.#keepAll) batch.rest.set(row, this.#text.slice(1, -1));
    this.#operations.endRow(row);
    this.#seq++;
    this.ledger.events++;
    this.traceLines++;
  }
  /** Room for an operation and the loss before it: steps are read ahead of their row. */
  #makeRoom() {
    const full = this.#batch.length + 2 > this.#batch.capacity;
    if (full || this.#operations.memory.length >= BATCH_STEPS) this.#flush();
  }
  #next() {
    const batch = this.#batch;
    const row = batch.length++;
    batch.seq[row] = this.#seq;
    batch.line[row] = this.ledger.lines;
    batch.time[row] = this.#seq;
    batch.level[row] = LEVEL.task;
    batch.layoutHint[row] = LAYOUT_UNKNOWN;
    batch.cpu[row] = 0;
    batch.pid[row] = 0;
    batch.caller[row] = -1;
    batch.task[row] = -1;
    batch.func[row] = -1;
    batch.queue[row] = -1;
    batch.offset[row] = 0;
    batch.bytes[row] = 0;
    return row;
  }
  #flush() {
    if (this.#batch.length === 0 && !this.#operations.finished) return;
    const { setup } = this.#operations;
    this.#batch = this.#equipped(this.#emit(this.#batch));
    this.#operations.setup = setup;
  }
  /** A batch that comes back may be another one. */
  #equipped(batch) {
    this.#operations.clear();
    batch.operations = this.#operations;
    return batch;
  }
  #reject(offset, expected) {
    this.ledger.rejected++;
    this.diagnostics.add("line-unrecognised", this.ledger.lines, offset, expected);
  }
};
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return isObject(value) ? value : void 0;
  } catch {
    return void 0;
  }
}

// src/replay/calls.ts
var CONTEXTS_MAX = 1 << 16;
var DEPTH_MAX = 8;
var NESTS = /* @__PURE__ */ new Map([
  [KIND.add, /* @__PURE__ */ new Set([KIND.add])],
  [KIND.getBuf, /* @__PURE__ */ new Set([KIND.getBuf])],
  [KIND.kick, /* @__PURE__ */ new Set([KIND.kickPrepare])],
  [KIND.enableCb, /* @__PURE__ */ new Set([KIND.enableCb, KIND.enableCbPrepare, KIND.poll])],
  [KIND.enableCbPrepare, /* @__PURE__ */ new Set([KIND.enableCbPrepare])],
  [KIND.enableCbDelayed, /* @__PURE__ */ new Set([KIND.enableCbDelayed])]
]);
var OpenCalls = class {
  #contexts = /* @__PURE__ */ new Map();
  /**
   * The context of an event: task and interrupt level; the idle task runs on every CPU at once, so
   * there the CPU counts as well.
   */
  static context(pid, level, cpu) {
    return pid === 0 ? -1 - (cpu * 8 + level) : pid * 8 + level;
  }
  /** Opens a call; those it shows to have ended unseen are handed to `lost`. */
  begin(context, level, call, lost) {
    let stack = this.#contexts.get(context);
    if (stack === void 0) {
      if (this.#contexts.size >= CONTEXTS_MAX) this.closeAll(lost);
      stack = [];
      this.#contexts.set(context, stack);
    }
    for (; ; ) {
      const top = stack.at(-1);
      if (top === void 0) break;
      const nested = top.queue === call.queue && (NESTS.get(top.kind)?.has(call.kind) ?? false);
      const interrupted = level === LEVEL.unknown && top.kind !== call.kind;
      if ((nested || interrupted) && stack.length < DEPTH_MAX) break;
      stack.pop();
      lost(top);
    }
    stack.push(call);
  }
  /** Whether a call was seen to begin in this context before. */
  knows(context) {
    return this.#contexts.has(context);
  }
  /** The open call that a return belongs to; undefined when its begin was not seen. */
  end(context, kind, lost) {
    const stack = this.#contexts.get(context);
    if (stack === void 0) return void 0;
    let at = stack.length - 1;
    while (at >= 0 && stack[at].kind !== kind) at--;
    if (at < 0) return void 0;
    while (stack.length - 1 > at) lost(stack.pop());
    const call = stack.pop();
    const outer = stack.at(-1);
    if (outer !== void 0 && outer.kind === kind && outer.queue === call.queue) outer.done = true;
    return call;
  }
  closeAll(lost) {
    for (const stack of this.#contexts.values()) for (const call of stack) lost(call);
    this.#contexts.clear();
  }
};

// src/replay/buffers.ts
var BUFFERS_MAX = 32768;
var CONFIRMED_MAX = 16;
var Buffers = class {
  #queue;
  #byToken = /* @__PURE__ */ new Map();
  /** Tokens returned and not added again since, with the place of their return. */
  #returned = /* @__PURE__ */ new Map();
  #unkicked = [];
  #suspects = [];
  #confirmed = [];
  #exact;
  /** Buffers seen, for the queue's line in the report. */
  count = 0;
  constructor(queue, created) {
    this.#queue = queue;
    this.#exact = created;
  }
  get inFlight() {
    return this.#byToken.size;
  }
  add(token, place, func) {
    this.count++;
    const before = this.#byToken.get(token);
    if (before !== void 0) {
      before.certain = false;
      this.#exact = false;
      this.#end(before, void 0, "unseen");
    }
    this.#returned.delete(token);
    const buffer = { token, place, func, kicked: void 0, certain: true };
    this.#byToken.set(token, buffer);
    this.#unkicked.push(buffer);
    const limit = this.#queue.size ?? BUFFERS_MAX;
    if (this.#byToken.size > limit) this.#overfull(place);
  }
  /** A notification: whatever was added before it is kicked. */
  notified(place) {
    for (const buffer of this.#unkicked) buffer.kicked = place;
    this.#unkicked = [];
  }
  /** The seq of the add of the buffer that came back; undefined when that is not certain. */
  take(token, place, end) {
    const buffer = this.#byToken.get(token);
    if (buffer !== void 0) {
      this.#end(buffer, place, end);
      this.#remember(token, place);
      if (this.#exact) this.#observe(place, void 0, void 0);
      return buffer.certain ? buffer.place.seq : void 0;
    }
    if (!this.#exact) {
      this.#observe(place, void 0, "buffers in flight were not known here");
      return void 0;
    }
    const earlier = this.#returned.get(token);
    const what = earlier === void 0 ? "never-added" : "returned-twice";
    this.#suspects.push({ place, what, inFlight: this.#byToken.size, earlier });
    return void 0;
  }
  /** Every unused buffer was taken off the queue: none may be left. */
  detachedAll(place, anchored) {
    const left = this.#byToken.size;
    const undecided = !this.#exact || this.#suspects.length > 0 ? "buffers in flight were not known here" : left > 0 && !anchored ? "a get_buf may have gone unseen before it" : left > 0 && !this.#queue.pairsIntact() ? "the trace misses begins or returns of calls" : void 0;
    this.#emitDetached(place, left, undecided);
  }
  /** A call may be missing: surprises prove nothing until the next sample with nothing in flight. */
  inexact(reason) {
    this.#exact = false;
    for (const suspect of this.#suspects) this.#observe(suspect.place, void 0, reason);
    this.#suspects = [];
  }
  /** Calls are missing, or the tracer lost events: what is in flight is no longer known. */
  uncertain(reason) {
    this.inexact(reason);
    for (const buffer of this.#byToken.values()) buffer.certain = false;
    this.#returned.clear();
  }
  /** A full sample without a gap before it; `empty` when it shows nothing in flight. */
  sampled(empty) {
    for (const suspect of this.#suspects) {
      if (this.#confirmed.length < CONFIRMED_MAX) this.#confirmed.push(suspect);
      else this.#observe(suspect.place, void 0, "too many surprises on one queue");
    }
    this.#suspects = [];
    if (!empty) return;
    for (const buffer of [...this.#byToken.values()]) this.#end(buffer, void 0, "unseen");
    this.#unkicked = [];
    this.#exact = true;
  }
  /** Nothing more comes. */
  endOfTrace() {
    for (const suspect of this.#suspects) {
      this.#observe(suspect.place, void 0, "no full sample follows");
    }
    this.#suspects = [];
    for (const suspect of this.#confirmed) {
      if (this.#queue.pairsIntact()) this.#observe(suspect.place, suspect, void 0);
      else this.#observe(suspect.place, void 0, "the trace misses begins or returns of calls");
    }
    this.#confirmed = [];
    for (const buffer of [...this.#byToken.values()]) this.#end(buffer, void 0, "outstanding");
  }
  /** Buffers added from `seq` on, oldest first. */
  since(seq) {
    return [...this.#byToken.values()].filter(({ place }) => place.seq >= seq);
  }
  #overfull(place) {
    const inFlight = this.#byToken.size;
    if (this.#exact) {
      this.#suspects.push({ place, what: "too-many", inFlight, earlier: void 0 });
      this.#exact = false;
    }
    const [oldest] = this.#byToken.values();
    this.#end(oldest, void 0, "unseen");
  }
  #remember(token, place) {
    const limit = this.#queue.size ?? BUFFERS_MAX;
    if (this.#returned.size >= 2 * limit) {
      const oldest = this.#returned.keys();
      for (let i = 0; i < limit; i++) this.#returned.delete(oldest.next().value);
    }
    this.#returned.set(token, place);
  }
  #end(buffer, returned, end) {
    this.#byToken.delete(buffer.token);
    this.#queue.emit({
      kind: "request.ended",
      queue: this.#queue.view,
      token: buffer.token,
      added: buffer.place,
      kicked: buffer.kicked,
      returned,
      end,
      certain: buffer.certain
    });
  }
  #observe(place, suspect, undecided) {
    this.#queue.emit({
      kind: "buffer.checked",
      queue: this.#queue.view,
      place,
      undecided,
      problem: suspect?.what,
      inFlight: suspect?.inFlight ?? 0,
      evidence: suspect === void 0 ? [] : [
        ...suspect.earlier === void 0 ? [] : [{ role: "before", place: suspect.earlier, what: "it came back here" }],
        { role: "decision", place, what: `${suspect.inFlight} buffers in flight` }
      ]
    });
  }
  #emitDetached(place, left, undecided) {
    const [oldest] = this.#byToken.values();
    this.#queue.emit({
      kind: "buffers.detached",
      queue: this.#queue.view,
      place,
      undecided,
      left,
      evidence: oldest === void 0 ? [] : [
        { role: "publication", place: oldest.place, what: `${oldest.func} added it` },
        { role: "outcome", place, what: "detach_unused_buf returns no more" }
      ]
    });
  }
};

// src/replay/observation.ts
var NO_EVIDENCE = [];

// src/replay/sample.ts
var UNKNOWN = -1;
function isKnown(value) {
  return value >= 0;
}
function placeOf(batch, row) {
  return {
    seq: batch.seq[row],
    line: batch.line[row],
    time: batch.time[row],
    cpu: batch.cpu[row]
  };
}
function known(value) {
  return value >= 0 && value <= 2147483647 ? value | 0 : UNKNOWN;
}
function sampleOf(batch, row) {
  const base = row * EventBatch.FIELD_COUNT;
  const { values } = batch;
  const func = batch.func[row];
  const kind = batch.kind[row];
  return {
    place: placeOf(batch, row),
    kind,
    func: func < 0 ? EVENT_KINDS[kind] : batch.strings.text(func),
    nextAvail: known(values[base + FIELD.nextAvail]),
    availWrap: known(values[base + FIELD.availWrap]),
    lastUsed: known(values[base + FIELD.lastUsed]),
    numFree: known(values[base + FIELD.numFree]),
    numAdded: known(values[base + FIELD.numAdded]),
    driverOffWrap: known(values[base + FIELD.driverOffWrap]),
    driverFlags: known(values[base + FIELD.driverFlags]),
    deviceOffWrap: known(values[base + FIELD.deviceOffWrap]),
    deviceFlags: known(values[base + FIELD.deviceFlags]),
    availIdx: known(values[base + FIELD.availIdx]),
    usedFlags: known(values[base + FIELD.usedFlags]),
    availEvent: known(values[base + FIELD.availEvent])
  };
}
function stateOf(batch, row) {
  const base = row * EventBatch.FIELD_COUNT;
  const { values } = batch;
  return {
    place: placeOf(batch, row),
    kind: batch.kind[row],
    func: batch.strings.text(batch.func[row]),
    nextAvail: known(values[base + FIELD.nextAvail]),
    availWrap: known(values[base + FIELD.availWrap]),
    lastUsed: known(values[base + FIELD.lastUsed]),
    numFree: known(values[base + FIELD.numFree]),
    numAdded: known(values[base + FIELD.numAdded]),
    driverOffWrap: UNKNOWN,
    driverFlags: UNKNOWN,
    deviceOffWrap: UNKNOWN,
    deviceFlags: UNKNOWN,
    availIdx: known(values[base + FIELD.availIdx]),
    usedFlags: UNKNOWN,
    availEvent: UNKNOWN
  };
}
function sampleAt(sample, at) {
  return {
    place: sample.place,
    kind: sample.kind,
    func: sample.func,
    nextAvail: at.nextAvail,
    availWrap: at.availWrap,
    lastUsed: sample.lastUsed,
    numFree: sample.numFree,
    numAdded: at.numAdded,
    driverOffWrap: sample.driverOffWrap,
    driverFlags: sample.driverFlags,
    deviceOffWrap: sample.deviceOffWrap,
    deviceFlags: sample.deviceFlags,
    availIdx: at.availIdx,
    usedFlags: sample.usedFlags,
    availEvent: sample.availEvent
  };
}
function blankSample(place) {
  return {
    place,
    kind: KIND.create,
    func: "the creation of the queue",
    nextAvail: UNKNOWN,
    availWrap: UNKNOWN,
    lastUsed: UNKNOWN,
    numFree: UNKNOWN,
    numAdded: UNKNOWN,
    driverOffWrap: UNKNOWN,
    driverFlags: UNKNOWN,
    deviceOffWrap: UNKNOWN,
    deviceFlags: UNKNOWN,
    availIdx: UNKNOWN,
    usedFlags: UNKNOWN,
    availEvent: UNKNOWN
  };
}
function isCount(value, max) {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
function isQueueSize(value) {
  return isCount(value, QUEUE_SIZE_MAX) && value > 0;
}
var hex = (value) => `0x${value.toString(16)}`;

// src/replay/driver-event.ts
var LAPS_NEED_EVENTS = 2;
var DriverEvent = class {
  #queue;
  #enabled;
  #enabling = 0;
  #lost = 0;
  constructor(queue) {
    this.#queue = queue;
  }
  /** An enabling call begins: until it returns, a sample may show the old word or the new one. */
  begin() {
    this.#enabling++;
  }
  /** It returned; `position` is UNKNOWN when the used position was not known. */
  end(call, position) {
    this.#enabling--;
    this.#lost = 0;
    const { size } = this.#queue;
    this.#enabled = !isKnown(position) || size === void 0 ? void 0 : { place: call.place, func: call.func, position, lastUsed: positionWord(position, size) };
  }
  /** Its return was not seen, or calls are missing: the word is unknown. */
  returnLost() {
    this.#enabling--;
    this.#enabled = void 0;
  }
  forget() {
    this.#enabled = void 0;
  }
  /** The source admitted a loss of so many events. */
  eventsLost(count4) {
    this.#lost += count4;
    if (this.#lost >= LAPS_NEED_EVENTS) this.forget();
  }
  /** `ahead` is the available position that the sample shows. */
  sample(sample, ahead) {
    const { size } = this.#queue;
    const enabled = this.#enabled;
    if (size === void 0 || enabled === void 0 || this.#enabling > 0) return;
    if (!isKnown(sample.driverOffWrap) || !isKnown(sample.driverFlags)) return;
    if (sample.kind !== KIND.kickPrepare || !isKnown(sample.lastUsed)) return;
    this.#enabled = void 0;
    if (sample.driverFlags !== RING_EVENT_FLAGS_DESC) return;
    const sampled = wordPosition(sample.driverOffWrap, size);
    const undecided = this.#queue.mayBeExchanged(enabled.place, sample.place) ? "the sample is from another CPU within 10 us" : !isKnown(ahead) ? "the available position is not known" : sampled === void 0 ? "off_wrap points outside the ring" : void 0;
    const used = wordPosition(sample.lastUsed, size);
    const reach = used === void 0 ? 2 * size : positionDistance(enabled.position, used, size) + positionDistance(used, ahead, size);
    const inside = undecided === void 0 && positionDistance(enabled.position, sampled, size) <= reach;
    this.#queue.emit({
      kind: "driverEvent.sampled",
      queue: this.#queue.view,
      place: enabled.place,
      undecided,
      enabledAt: enabled.position,
      ahead,
      sampled: sampled ?? UNKNOWN,
      inside,
      evidence: inside || undecided !== void 0 ? NO_EVIDENCE : evidenceOf(enabled, sample)
    });
  }
};
function evidenceOf(enabled, sample) {
  const word = `off_wrap=${hex(sample.driverOffWrap)} flags=${eventFlagsName(sample.driverFlags)}`;
  return [
    {
      role: "decision",
      place: enabled.place,
      what: `${enabled.func} last_used=${hex(enabled.lastUsed)}`
    },
    { role: "outcome", place: sample.place, what: `${sample.func} driver ${word}` }
  ];
}

// src/replay/interrupts.ts
var Interrupts = class {
  #queue;
  #open;
  #lastUsed = UNKNOWN;
  #wanted;
  /** Interrupts seen, for the queue's line in the report. */
  count = 0;
  constructor(queue) {
    this.#queue = queue;
  }
  begin(place, func) {
    this.count++;
    this.#close();
    if (this.#wanted !== void 0) this.#emitAwaited(this.#wanted, true, place);
    this.#open = { place, func, lastUsed: this.#lastUsed, same: void 0 };
  }
  /** A sample shows the used position; another one than before is work done. */
  sample(place, lastUsed) {
    this.#lastUsed = lastUsed;
    const open = this.#open;
    if (open === void 0 || !isKnown(open.lastUsed)) return;
    if (lastUsed === open.lastUsed) open.same = place;
    else this.#emit(open, true, void 0);
  }
  /** Callbacks are enabled at a used position; UNKNOWN (-1) if so. */
  enabled(place, func, lastUsed) {
    this.#wanted = !isKnown(lastUsed) ? void 0 : { place, func, lastUsed };
  }
  /** get_buf returned a buffer; it began at a used position, UNKNOWN (-1) if so. */
  got(place, lastUsed) {
    const wanted = this.#wanted;
    if (wanted !== void 0 && lastUsed === wanted.lastUsed && this.count > 0) {
      this.#emitAwaited(wanted, false, place);
    }
    if (this.#open !== void 0) this.#emit(this.#open, true, void 0);
  }
  /** Calls are missing, or the tracer lost events. */
  uncertain(reason) {
    this.#lastUsed = UNKNOWN;
    this.#wanted = void 0;
    if (this.#open !== void 0) this.#emit(this.#open, false, reason);
  }
  #emitAwaited(wanted, seen, place) {
    this.#wanted = void 0;
    this.#queue.emit({
      kind: "interrupt.awaited",
      queue: this.#queue.view,
      place: wanted.place,
      undecided: void 0,
      seen,
      evidence: seen ? [] : [
        { role: "decision", place: wanted.place, what: wanted.func },
        { role: "outcome", place, what: "get_buf finds the buffer, no interrupt was seen" }
      ]
    });
  }
  #close() {
    const open = this.#open;
    if (open === void 0) return;
    this.#emit(
      open,
      false,
      open.same === void 0 ? "no later sample of the used position" : void 0
    );
  }
  #emit(open, work, undecided) {
    this.#open = void 0;
    this.#queue.emit({
      kind: "interrupt.served",
      queue: this.#queue.view,
      place: open.place,
      undecided,
      work,
      evidence: work || undecided !== void 0 ? [] : [
        { role: "decision", place: open.place, what: open.func },
        {
          role: "after",
          place: open.same,
          what: "the used position is still the same"
        }
      ]
    });
  }
};

// src/replay/kick-decisions.ts
var PENDING_MAX = 1024;
var PUBLICATIONS_MAX = 8;
var NO_EFFECTS = [];
var KickDecisions = class {
  #queue;
  #publications = [];
  #publishedFrom = UNKNOWN;
  #pending = [];
  /** One that the ring itself shows to be wrong: late is no violation, until the driver goes on. */
  #missed;
  /** Decisions seen, for the queue's line in the report. */
  count = 0;
  /** Decisions to notify. */
  sent = 0;
  constructor(queue) {
    this.#queue = queue;
  }
  published(publication) {
    this.#closeMissed();
    if (!isKnown(this.#publishedFrom)) this.#publishedFrom = publication.place.seq;
    if (this.#publications.length >= PUBLICATIONS_MAX) this.#publications.shift();
    this.#publications.push(publication);
  }
  /** A kick decision begins; `exact` is what the ring itself says of it, where every store is known. */
  begin(sample, exact) {
    this.count++;
    this.#closeMissed();
    const decision = {
      sample: exact?.sample ?? sample,
      wanted: exact?.wanted ?? this.#wanted(sample),
      exact: exact !== void 0,
      publications: this.#publications,
      publishedFrom: !isKnown(this.#publishedFrom) ? sample.place.seq : this.#publishedFrom,
      outcome: void 0,
      needsKick: void 0,
      after: void 0
    };
    this.#publications = [];
    this.#publishedFrom = UNKNOWN;
    return decision;
  }
  /** The decision returned; `needsKick` NaN when the probe did not record it. */
  end(decision, needsKick, outcome) {
    decision.outcome = outcome;
    if (!Number.isNaN(needsKick)) decision.needsKick = needsKick !== 0;
    if (decision.needsKick === true) this.sent++;
    if (Number.isNaN(needsKick)) {
      this.#undecided(decision, "the decision's return value was not recorded");
    } else if (decision.wanted.wanted === void 0) {
      this.#undecided(decision, decision.wanted.reason);
      if (needsKick !== 0) this.notified();
    } else if (needsKick !== 0) {
      this.#held(decision);
      this.notified();
    } else if (!decision.wanted.wanted) {
      this.#held(decision);
    } else if (decision.exact) {
      this.#missed = decision;
    } else if (this.#pending.length >= PENDING_MAX) {
      this.#undecided(decision, "too many decisions without an outcome at once");
    } else {
      this.#pending.push(decision);
    }
  }
  returnLost(decision) {
    this.#undecided(decision, "the decision's return is not in the trace");
  }
  /** The device was notified: that serves everything published before. */
  notified() {
    if (this.#missed !== void 0) this.#held(this.#missed);
    this.#missed = void 0;
    for (const decision of this.#take()) this.#held(decision);
  }
  /** A buffer came back that was published at `seq`; undefined when its add was not seen. */
  returned(seq) {
    if (this.#pending.length === 0) return;
    const kept = [];
    for (const decision of this.#pending) {
      if (seq === void 0 || seq >= decision.publishedFrom) this.#held(decision);
      else kept.push(decision);
    }
    this.#pending = kept;
  }
  /** A later sample of the device's word. */
  sample(sample) {
    if (this.#pending.length === 0) return;
    const kept = [];
    for (const decision of this.#pending) {
      const same2 = this.#sameWord(decision.sample, sample);
      if (same2 === false && decision.wanted.wanted && decision.wanted.by === "event") {
        this.#undecided(decision, "the device moved its event word around the decision");
        continue;
      }
      if (same2 === true) {
        decision.after = sample;
      }
      kept.push(decision);
    }
    this.#pending = kept;
  }
  /** What happened since is not known: calls or whole stretches are missing. */
  interrupted(reason) {
    if (this.#missed !== void 0) this.#undecided(this.#missed, reason);
    this.#missed = void 0;
    for (const decision of this.#take()) this.#undecided(decision, reason);
    this.#publications = [];
    this.#publishedFrom = UNKNOWN;
  }
  /** The trace ends. `outstanding` tells what is in flight, and since when. */
  endOfTrace(lastSeq, outstanding) {
    if (this.#missed?.outcome?.place.seq === lastSeq) {
      this.#undecided(this.#missed, "the trace ends with the decision");
      this.#missed = void 0;
    }
    this.#closeMissed();
    for (const decision of this.#take()) {
      if (decision.outcome?.place.seq === lastSeq) {
        this.#undecided(decision, "the trace ends with the decision");
        continue;
      }
      if (decision.wanted.wanted && decision.wanted.by === "event") {
        this.#emit(decision, void 0, true, outstanding(decision));
      } else {
        this.#undecided(decision, "the device may have moved its flags between two equal samples");
      }
    }
  }
  #closeMissed() {
    if (this.#missed !== void 0) this.#emit(this.#missed, void 0, true, NO_EFFECTS);
    this.#missed = void 0;
  }
  #take() {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }
  #sameWord(before, after) {
    if (this.#queue.layout === "split") {
      if (!isKnown(after.availEvent)) return void 0;
      return after.availEvent === before.availEvent;
    }
    if (!isKnown(after.deviceFlags) || !isKnown(after.deviceOffWrap)) return void 0;
    return after.deviceFlags === before.deviceFlags && after.deviceOffWrap === before.deviceOffWrap;
  }
  #held(decision) {
    this.#emit(decision, void 0, false, NO_EFFECTS);
  }
  #undecided(decision, reason) {
    this.#emit(decision, reason, false, NO_EFFECTS);
  }
  #emit(decision, undecided, missed, effects) {
    const numbers = this.#numbers(decision.sample);
    const superfluous = decision.exact && decision.needsKick === true && decision.wanted.wanted === false && decision.sample.numAdded > 0;
    const told = missed || superfluous;
    const observation = {
      kind: "kick.decided",
      queue: this.#queue.view,
      place: decision.sample.place,
      undecided,
      layout: this.#queue.layout,
      missed,
      exact: decision.exact,
      superfluous,
      wanted: decision.wanted.wanted,
      by: decision.wanted.wanted !== void 0 ? decision.wanted.by : void 0,
      needsKick: decision.needsKick,
      old: numbers.old,
      next: numbers.next,
      flags: numbers.flags,
      word: numbers.word,
      asked: told ? this.#askedText(decision.sample) : "",
      published: told ? this.#publishedText(decision.sample) : "",
      explained: missed ? this.#explained(decision.sample) : "",
      evidence: told ? this.#evidence(decision) : NO_EVIDENCE,
      effects
    };
    this.#queue.emit(observation);
  }
  #numbers(sample) {
    const { layout, size } = this.#queue;
    if (layout === "split") {
      const next2 = splitAvailIdx(sample);
      const flags2 = splitUsedFlags(sample);
      const known2 = isKnown(next2) && isKnown(sample.numAdded);
      const old2 = known2 ? next2 - sample.numAdded & 65535 : UNKNOWN;
      return { old: old2, next: next2, flags: flags2, word: sample.availEvent };
    }
    const { nextAvail, availWrap, numAdded, deviceFlags: flags, deviceOffWrap: word } = sample;
    if (size === void 0 || !isCount(nextAvail, size - 1) || !isCount(availWrap, 1)) {
      return { old: UNKNOWN, next: UNKNOWN, flags, word };
    }
    const next = packedPosition(nextAvail, availWrap, size);
    const old = isKnown(numAdded) ? positionDistance(numAdded, next, size) : UNKNOWN;
    return { old, next, flags, word };
  }
  #wanted(sample) {
    const { layout, size, eventIdx } = this.#queue;
    if (layout === void 0) {
      return { wanted: void 0, reason: "the layout of the queue is not known" };
    }
    if (layout === "split") return splitWanted(sample, eventIdx);
    const { deviceFlags: flags, deviceOffWrap: offWrap, nextAvail, availWrap, numAdded } = sample;
    if (!isKnown(flags) || !isKnown(offWrap)) {
      return { wanted: void 0, reason: "the device's event words were not recorded" };
    }
    if (size === void 0) return { wanted: void 0, reason: "the queue size is not known" };
    if (!isKnown(nextAvail) || !isKnown(availWrap) || !isKnown(numAdded)) {
      return { wanted: void 0, reason: "the driver's position or num_added was not recorded" };
    }
    if (!isCount(nextAvail, size - 1) || !isCount(availWrap, 1) || !isCount(numAdded, 65535)) {
      return { wanted: void 0, reason: "the driver's position or num_added is out of range" };
    }
    return packedWanted({
      flags,
      offWrap,
      position: packedPosition(nextAvail, availWrap, size),
      slots: numAdded,
      queueSize: size,
      eventIdx
    });
  }
  #askedText(sample) {
    const { layout, size, eventIdx } = this.#queue;
    if (layout === "split") {
      if (eventIdx === true) return `entry ${sample.availEvent} (avail_event)`;
      return (splitUsedFlags(sample) & 1) === 0 ? "every buffer (flags 0)" : "no buffer (flags 1)";
    }
    if (sample.deviceFlags !== RING_EVENT_FLAGS_DESC || size === void 0) {
      const which = sample.deviceFlags === RING_EVENT_FLAGS_DISABLE ? "no" : "every";
      return `${which} buffer (flags ${eventFlagsName(sample.deviceFlags)})`;
    }
    const event = wordPosition(sample.deviceOffWrap, size);
    return `${positionText(event, size)}, off_wrap ${hex(sample.deviceOffWrap)}`;
  }
  /** Split: the word that the driver has to ignore (2.7.10.1), where it says what was decided. */
  #explained(sample) {
    const { layout, eventIdx } = this.#queue;
    if (layout !== "split") return "";
    if (eventIdx === true) {
      const flags = splitUsedFlags(sample);
      if (!isKnown(flags) || (flags & 1) === 0) return "";
      return `used.flags ${flags} would explain it, and is to be ignored with EVENT_IDX`;
    }
    const next = splitAvailIdx(sample);
    const { availEvent } = sample;
    if (!isKnown(availEvent) || splitEventWanted(availEvent, next - sample.numAdded, next))
      return "";
    return `avail_event ${availEvent} would explain it, and does not exist without EVENT_IDX`;
  }
  #publishedText(sample) {
    const { layout, size } = this.#queue;
    if (layout === "split" || size === void 0) {
      const next2 = splitAvailIdx(sample);
      return sample.numAdded === 1 ? `entry ${next2 - 1 & 65535}` : `entries ${next2 - sample.numAdded & 65535} to ${next2 - 1 & 65535}`;
    }
    const next = packedPosition(sample.nextAvail, sample.availWrap, size);
    const first = positionDistance(sample.numAdded, next, size);
    const slots = Array.from(
      { length: Math.min(sample.numAdded, 4) },
      (_, i) => positionSlot(positionDistance(0, first + i, size), size)
    );
    const last = positionSlot(positionDistance(1, next, size), size);
    const list = sample.numAdded <= 4 ? listText(slots.map(String)) : `${slots[0]} to ${last}`;
    return `${sample.numAdded === 1 ? "slot" : "slots"} ${list}`;
  }
  #evidence(decision) {
    const { sample, outcome, after } = decision;
    const evidence = [];
    const publication = this.#asking(decision);
    if (publication !== void 0) {
      const { size } = this.#queue;
      const at = !isKnown(publication.avail) || size === void 0 ? "" : ` from ${positionText(publication.avail, size)} on`;
      evidence.push({
        role: "publication",
        place: publication.place,
        what: `${publication.func} makes a buffer available${at}`
      });
    }
    evidence.push({ role: "word", place: sample.place, what: this.#wordText(sample) });
    if (outcome !== void 0) {
      evidence.push({
        role: "outcome",
        place: outcome.place,
        what: `${outcome.func} returns needs_kick=${decision.needsKick === true ? 1 : 0}`
      });
    }
    if (after !== void 0) {
      evidence.push({
        role: "after",
        place: after.place,
        what: `${this.#wordText(after)}: the same word`
      });
    }
    return evidence;
  }
  /** The publication that holds the slot or entry the device asked for. */
  #asking(decision) {
    const { publications, sample } = decision;
    const { size, layout } = this.#queue;
    const event = layout === "packed" && size !== void 0 ? wordPosition(sample.deviceOffWrap, size) : void 0;
    if (event === void 0 || size === void 0) return publications.at(-1);
    const first = publications.find(({ avail }) => isKnown(avail));
    if (first === void 0) return publications.at(-1);
    const wantedAt = positionDistance(first.avail, event, size);
    return publications.findLast(
      ({ avail }) => positionDistance(first.avail, avail, size) <= wantedAt
    );
  }
  #wordText(sample) {
    if (this.#queue.layout === "split") {
      return `${sample.func} avail_event=${sample.availEvent} avail_idx=${splitAvailIdx(sample)} num_added=${sample.numAdded}`;
    }
    const parts = [sample.func];
    if (isKnown(sample.nextAvail)) {
      parts.push(`next_avail=${sample.nextAvail} avail_wrap=${sample.availWrap}`);
    }
    if (isKnown(sample.numAdded)) parts.push(`num_added=${sample.numAdded}`);
    parts.push(
      `device off_wrap=${hex(sample.deviceOffWrap)} flags=${eventFlagsName(sample.deviceFlags)}`
    );
    return parts.join(" ");
  }
};
function splitAvailIdx(sample) {
  return !isKnown(sample.availIdx) ? sample.driverFlags : sample.availIdx;
}
function splitUsedFlags(sample) {
  return !isKnown(sample.usedFlags) ? sample.deviceOffWrap : sample.usedFlags;
}
function splitWanted(sample, eventIdx) {
  if (eventIdx === void 0) {
    return { wanted: void 0, reason: "not known whether EVENT_IDX was negotiated" };
  }
  const idx = splitAvailIdx(sample);
  if (eventIdx) {
    if (!isKnown(sample.availEvent)) {
      return { wanted: void 0, reason: "avail_event was not recorded" };
    }
    if (!isCount(idx, 65535) || !isCount(sample.numAdded, 65535)) {
      return { wanted: void 0, reason: "avail.idx or num_added was not recorded" };
    }
    const old = idx - sample.numAdded & 65535;
    return { wanted: splitEventWanted(sample.availEvent, old, idx), by: "event" };
  }
  const flags = splitUsedFlags(sample);
  if (!isKnown(flags)) return { wanted: void 0, reason: "used.flags was not recorded" };
  return { wanted: (flags & 1) === 0, by: "flags" };
}
function listText(items) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

// src/replay/notifications.ts
var Notifications = class {
  #queue;
  #open;
  /** The probe on virtqueue_notify works: it was seen on this queue. */
  #probed = false;
  constructor(queue) {
    this.#queue = queue;
  }
  /** A kick decision said yes; `caller` is empty when the trace does not name it. */
  decided(place, caller, publishedFrom) {
    this.#close(void 0);
    if (caller === "" || caller === "virtqueue_kick") return;
    this.#open = { place, caller, publishedFrom, later: void 0 };
  }
  notified() {
    this.#probed = true;
    if (this.#open !== void 0) this.#emit(this.#open, true, void 0);
  }
  /** A buffer came back: published at `seq`, undefined when its add was not seen. */
  returned(seq) {
    const open = this.#open;
    if (open !== void 0 && (seq === void 0 || seq >= open.publishedFrom)) {
      this.#close("a buffer came back: the device was awake");
    }
  }
  later(place) {
    if (this.#open !== void 0) this.#open.later = place;
  }
  uncertain(reason) {
    this.#close(reason);
  }
  endOfTrace() {
    const open = this.#open;
    if (open === void 0) return;
    if (this.#probed && open.later !== void 0) this.#emit(open, false, void 0);
    else this.#close("the trace ends before the notification could show");
  }
  #close(reason) {
    if (this.#open === void 0) return;
    this.#emit(this.#open, false, reason ?? "another decision to notify followed");
  }
  #emit(open, seen, undecided) {
    this.#open = void 0;
    this.#queue.emit({
      kind: "notify.awaited",
      queue: this.#queue.view,
      place: open.place,
      undecided,
      seen,
      evidence: seen || undecided !== void 0 ? [] : [
        { role: "decision", place: open.place, what: `${open.caller} decides to notify` },
        {
          role: "after",
          place: open.later,
          what: "the driver goes on, and no notification was seen"
        }
      ]
    });
  }
};

// src/replay/notify-data.ts
function emitNotifyData(queue, call, data, position) {
  const { layout, size } = queue;
  if (layout === void 0 || size === void 0) return;
  const found = data >>> 16;
  const { expected, ahead } = position;
  const what = oddPart(queue, data, position.number);
  const differs = found !== expected || what !== "";
  const moved = what === "" && found !== expected && ahead > 0 && isWithin(queue, expected, found, ahead);
  queue.emit({
    kind: "notify.data",
    queue: queue.view,
    place: call.place,
    undecided: moved ? "another add may have moved the position during the call" : void 0,
    expected,
    found,
    what,
    evidence: differs && !moved ? [
      {
        role: "outcome",
        place: call.place,
        what: `${call.func} carries vq_index=${data & 65535} next_off=${found & 32767} next_wrap=${found >> 15}`
      }
    ] : NO_EVIDENCE
  });
}
function oddPart(queue, data, number) {
  const found = data & 65535;
  if (number !== void 0 && found !== number) return `queue ${found} instead of ${number}`;
  const off = data >>> 16 & 32767;
  if (queue.layout === "packed" && queue.size !== void 0 && off >= queue.size) {
    return `next_off ${off} is outside the ring`;
  }
  return "";
}
function isWithin(queue, from, to, ahead) {
  const { size } = queue;
  if (queue.layout === "split" || size === void 0) return (to - from & 65535) <= ahead;
  const start = wordPosition(from, size);
  const end = wordPosition(to, size);
  return start !== void 0 && end !== void 0 && positionDistance(start, end, size) <= ahead;
}

// src/replay/num-added.ts
var NumAdded = class {
  #queue;
  #decided;
  #add;
  /** num_added was seen to count: it grew with an add, by what was added. */
  #proven = false;
  constructor(queue) {
    this.#queue = queue;
  }
  /** A kick decision that began with `sample` has returned. */
  decided(sample) {
    this.#decided = !isKnown(sample.numAdded) ? void 0 : sample;
  }
  forget() {
    this.#decided = void 0;
    this.#add = void 0;
  }
  /** `reliable`: the positions of the queue agree with its counts. */
  sample(sample, isAdd, reliable) {
    if (!isKnown(sample.numAdded)) return;
    this.#prove(sample, isAdd);
    const before = this.#decided;
    if (before === void 0) return;
    const added = this.#added(before, sample);
    if (added === void 0) return;
    this.#decided = void 0;
    if (!reliable || !this.#proven || this.#queue.mayBeExchanged(before.place, sample.place))
      return;
    this.#queue.emit({
      kind: "numAdded.sampled",
      queue: this.#queue.view,
      place: before.place,
      undecided: void 0,
      before: before.numAdded,
      sampled: sample.numAdded,
      added,
      evidence: sample.numAdded > added ? evidenceOf2(before, sample) : NO_EVIDENCE
    });
  }
  #prove(sample, isAdd) {
    const add = this.#add;
    if (add !== void 0 && !this.#proven) {
      const entries = this.#queue.layout === "split" ? 1 : this.#added(add, sample);
      this.#proven = sample.numAdded - add.numAdded === entries && entries > 0;
    }
    this.#add = isAdd ? sample : void 0;
  }
  /** How far the available position moved; undefined when a sample does not show it. */
  #added(from, to) {
    const { layout, size } = this.#queue;
    if (layout === "split") {
      const before = splitAvailIdx(from);
      const after = splitAvailIdx(to);
      return isCount(before, 65535) && isCount(after, 65535) ? u16Distance(before, after) : void 0;
    }
    if (size === void 0 || layout === void 0) return void 0;
    const inRange = (sample) => isCount(sample.nextAvail, size - 1) && isCount(sample.availWrap, 1);
    if (!inRange(from) || !inRange(to)) return void 0;
    return positionDistance(
      packedPosition(from.nextAvail, from.availWrap, size),
      packedPosition(to.nextAvail, to.availWrap, size),
      size
    );
  }
};
function evidenceOf2(before, after) {
  return [
    {
      role: "decision",
      place: before.place,
      what: `${before.func} num_added=${before.numAdded}`
    },
    { role: "outcome", place: after.place, what: `${after.func} num_added=${after.numAdded}` }
  ];
}

// src/replay/packed-positions.ts
var PackedPositions = class {
  #queue;
  #avail = unknownPosition();
  #used = unknownPosition();
  #suspect;
  /** The fields behave as positions and counts do: not noise from another kernel's offsets. */
  #proven = false;
  #agrees = true;
  /** Buffers were detached: until the queue is created again, its state follows other rules. */
  #detached = false;
  #lastAdd;
  constructor(queue) {
    this.#queue = queue;
  }
  /** Last known positions; UNKNOWN (-1) if so. */
  get avail() {
    return this.#avail.position;
  }
  get used() {
    return this.#used.position;
  }
  /** Whether the fields are proven and the last full sample was consistent. */
  get reliable() {
    return this.#proven && this.#agrees && this.#suspect === void 0;
  }
  /** A call that moves a position returned: with success, or unseen. */
  moved(which, call, sure) {
    const tracked = which === "avail" ? this.#avail : this.#used;
    if (sure) tracked.moves++;
    else tracked.unsure++;
    tracked.lastMove = call;
  }
  /** At creation both positions are at slot 0 with wrap counter 1 (virtio 1.3, 2.8.1). */
  created(place) {
    for (const tracked of [this.#avail, this.#used]) {
      tracked.position = 0;
      tracked.sample = blankSample(place);
    }
  }
  /** The queue was attached in the middle of its life: nothing is known, and nothing was missed. */
  attached() {
    Object.assign(this.#avail, unknownPosition());
    Object.assign(this.#used, unknownPosition());
  }
  /** The positions no longer tell what is in flight. */
  forget() {
    this.attached();
    this.#suspect = void 0;
    this.#lastAdd = void 0;
    this.#agrees = false;
    this.#detached = true;
  }
  eventsLost() {
    this.#avail.lossy = true;
    this.#used.lossy = true;
    this.#suspect = void 0;
    this.#lastAdd = void 0;
  }
  /**
   * Takes in what a begin shows; `isAdd` when it is the begin of an add. True when the sample shows
   * positions and free count, and they agree.
   */
  sample(sample, isAdd) {
    const { size } = this.#queue;
    if (size === void 0 || this.#detached) return false;
    const avail = isCount(sample.nextAvail, size - 1) && isCount(sample.availWrap, 1) ? packedPosition(sample.nextAvail, sample.availWrap, size) : UNKNOWN;
    const used = !isKnown(sample.lastUsed) ? UNKNOWN : wordPosition(sample.lastUsed, size) ?? UNKNOWN;
    if (isKnown(avail)) this.#follow("avail", this.#avail, avail, sample, size);
    if (isKnown(used)) this.#follow("used", this.#used, used, sample, size);
    this.#prove(sample, avail, size, isAdd);
    if (!isKnown(sample.numFree) || !isKnown(sample.nextAvail)) return false;
    if (!isKnown(sample.lastUsed)) return false;
    if (!isKnown(avail) || !isKnown(used) || !isCount(sample.numFree, size)) {
      this.#freeCount(sample, avail, used, "a position or num_free is out of range", size);
      return false;
    }
    this.#count(sample, avail, used, size);
    return this.#agrees;
  }
  /** Between the begin of an add and the next sample, three fields must move by the same number. */
  #prove(sample, avail, size, isAdd) {
    const add = this.#lastAdd;
    if (add !== void 0 && !this.#proven) {
      const slots = positionDistance(
        packedPosition(add.nextAvail, add.availWrap, size),
        avail,
        size
      );
      this.#proven = slots > 0 && add.numFree - sample.numFree === slots && sample.numAdded - add.numAdded === slots;
    }
    this.#lastAdd = isAdd ? sample : void 0;
  }
  #count(sample, avail, used, size) {
    const byPosition = positionDistance(used, avail, size);
    const byCount = size - sample.numFree;
    this.#agrees = byPosition === byCount;
    if (this.#agrees) {
      this.#proven = true;
      if (this.#suspect !== void 0) this.#explainAway(this.#suspect, size);
      this.#suspect = void 0;
      this.#freeCount(sample, avail, used, void 0, size);
      return;
    }
    if (avail === 0 && used === 0 && !this.#queue.everyOperationTold) {
      this.#freeCount(sample, avail, used, "the queue may have been reset and resized", size);
      this.#suspect = void 0;
      this.#queue.resized();
      return;
    }
    const suspect = this.#suspect;
    this.#suspect = void 0;
    if (suspect !== void 0 && positionDistance(byCount, byPosition, size) === size) {
      this.#proven = true;
      this.#advanced(suspect.which, suspect.call.place, suspect.from, suspect.to, false, [
        { role: "before", place: suspect.before.place, what: describeSample(suspect.before) },
        { role: "after", place: suspect.after.place, what: describeSample(suspect.after) },
        { role: "outcome", place: sample.place, what: describeSample(sample) }
      ]);
    }
    this.#freeCount(
      sample,
      avail,
      used,
      this.#proven ? void 0 : "positions and num_free never agreed on this queue: the probe may read other fields",
      size
    );
  }
  #freeCount(sample, avail, used, undecided, size) {
    const wrong = undecided === void 0 && positionDistance(used, avail, size) !== size - sample.numFree;
    this.#queue.emit({
      kind: "freeCount.sampled",
      queue: this.#queue.view,
      place: sample.place,
      undecided,
      avail,
      used,
      numFree: sample.numFree,
      evidence: wrong ? [{ role: "decision", place: sample.place, what: describeSample(sample) }] : NO_EVIDENCE
    });
  }
  #advanced(which, place, from, to, flipped, evidence) {
    this.#queue.emit({
      kind: "position.advanced",
      queue: this.#queue.view,
      which,
      place,
      undecided: void 0,
      from,
      to,
      flipped,
      evidence
    });
  }
  #follow(which, tracked, now, sample, size) {
    const { position, sample: before, moves, unsure, lastMove } = tracked;
    if (before !== void 0 && isKnown(position)) {
      const slots = positionDistance(position, now, size);
      if (moves === 0 && unsure === 0) {
        if (slots > size && this.#queue.mayBeExchanged(before.place, sample.place)) {
          this.#queue.exchanged();
          return;
        }
        if (slots > 0) this.#gap(which, tracked, sample);
      } else if (tracked.lossy || unsure > 0 || moves > 1) {
        if (slots !== moves || unsure > 0) this.#queue.merged();
        if (slots < moves || slots > size) this.#gap(which, tracked, sample);
      } else if (slots >= 1 && slots <= size) {
        if (slots !== 1) this.#queue.merged();
        if (positionWrap(now, size) !== positionWrap(position, size)) {
          this.#advanced(which, lastMove.place, position, now, true, NO_EVIDENCE);
        }
      } else {
        this.#suspect ??= {
          which,
          call: lastMove,
          from: position,
          to: now,
          before,
          after: sample
        };
      }
    }
    tracked.position = now;
    tracked.sample = sample;
    tracked.moves = 0;
    tracked.unsure = 0;
    tracked.lastMove = void 0;
    tracked.lossy = false;
  }
  #gap(which, tracked, sample) {
    const call = which === "avail" ? "an add" : "a get_buf";
    this.#queue.gap(
      tracked.sample.place,
      sample.place,
      tracked.lossy ? `the tracer lost events, and ${call} was among them` : `the ${which} position moved without ${call} in the trace`
    );
  }
  #explainAway(suspect, size) {
    this.#queue.gap(
      suspect.before.place,
      suspect.after.place,
      `the ${suspect.which} position went from ${positionText(suspect.from, size)} to ${positionText(suspect.to, size)}, more than the calls in the trace explain`
    );
    this.#queue.emit({
      kind: "position.advanced",
      queue: this.#queue.view,
      which: suspect.which,
      place: suspect.call.place,
      undecided: "calls are missing around it",
      from: suspect.from,
      to: suspect.to,
      flipped: positionSlot(suspect.to, size) === suspect.to,
      evidence: NO_EVIDENCE
    });
  }
};
function unknownPosition() {
  return {
    position: UNKNOWN,
    sample: void 0,
    moves: 0,
    unsure: 0,
    lastMove: void 0,
    lossy: false
  };
}
function describeSample(sample) {
  const parts = [sample.func];
  if (isKnown(sample.nextAvail)) parts.push(`next_avail=${sample.nextAvail}`);
  if (isKnown(sample.availWrap)) parts.push(`avail_wrap=${sample.availWrap}`);
  if (isKnown(sample.lastUsed)) parts.push(`last_used=${hex(sample.lastUsed)}`);
  if (isKnown(sample.numFree)) parts.push(`num_free=${sample.numFree}`);
  if (isKnown(sample.numAdded)) parts.push(`num_added=${sample.numAdded}`);
  return parts.join(" ");
}

// src/replay/ring-facts.ts
var EXPOSURE = {
  /** NEXT on the last descriptor of the buffer: it runs on into one that is not the buffer's. */
  runsOn: 1 << 0,
  /** NEXT is missing: the device sees fewer descriptors than the driver wrote for the buffer. */
  cutShort: 1 << 1,
  /** Split: `next` leads away from the descriptors that were written for the buffer. */
  misLinked: 1 << 2,
  /** The walk comes back to where it was, or leaves the ring or the table. */
  walkEnds: 1 << 3,
  /** Split: the entry of the available ring names a descriptor in the middle of the chain. */
  headIsHead: 1 << 4,
  /** Split: the entry of the available ring was stored for this buffer. */
  entryStored: 1 << 5,
  /** Nothing of the buffer was stored after the store that published it. */
  storedBefore: 1 << 6,
  /** A write barrier stands between the buffer's stores and the one that published it. */
  barrier: 1 << 7,
  /** Packed: AVAIL and USED are those of this lap. */
  ownerBits: 1 << 8,
  /** Packed: the last descriptor's id was stored for this buffer. */
  idStored: 1 << 9,
  /** The buffer id (packed) or head (split) is not that of a buffer in flight. */
  idFree: 1 << 10,
  /** None of its descriptors belongs to a buffer in flight. */
  slotsFree: 1 << 11,
  /** Device-readable elements come before device-writable ones. */
  elementOrder: 1 << 12,
  /** Each element has the direction that the caller asked for. */
  direction: 1 << 13,
  /** Addresses, lengths and number of elements are those that the caller asked for. */
  content: 1 << 14,
  /** An indirect table's length is a whole number of entries, and not 0. */
  tableLength: 1 << 15,
  /** A descriptor that points to an indirect table says so. */
  indirectFlag: 1 << 16,
  /** No entry of an indirect table sets a flag that is reserved there. */
  tableFlags: 1 << 17
};
var EVENT_WORD = {
  /** Packed: flags are ENABLE, DISABLE or DESC, nothing else. */
  flagsKnown: 1 << 0,
  /** Packed: DESC only with VIRTIO_F_EVENT_IDX. */
  descNegotiated: 1 << 1,
  /** Packed: with DESC, the offset is inside the ring. */
  offInside: 1 << 2,
  /** Packed: off_wrap is stored before flags become DESC. */
  offFirst: 1 << 3,
  /** Packed: a write barrier stands between off_wrap and flags. */
  barrier: 1 << 4,
  /** With callbacks enabled by the plain form, the event asked for is the next used buffer. */
  nextAsked: 1 << 5,
  /** Split: flags are 0 or 1, and with VIRTIO_F_EVENT_IDX 0. */
  ringFlags: 1 << 6,
  /** Split: the device stores avail_event only with VIRTIO_F_EVENT_IDX. */
  eventNegotiated: 1 << 7,
  /** The device asks for no later buffer than the next one that it has not fetched. */
  nextFetched: 1 << 8,
  /** The driver did not overlook a used buffer when it answered that none was pending. */
  pendingSeen: 1 << 9,
  /** What the driver believes its own flags to be is what they are. */
  shadowTrue: 1 << 10
};
var USE = {
  /** The id (packed) or head (split) is that of a buffer in flight. */
  idInFlight: 1 << 0,
  /** len is no more than the buffer's device-writable bytes. */
  lenFits: 1 << 1,
  /** A write barrier stands between id and len and the store that published them. */
  barrier: 1 << 2,
  /** Nothing of the used element was stored after it was published. */
  storedBefore: 1 << 3,
  /** Packed: it was written at the device's position, with the owner bits of its lap. */
  position: 1 << 4
};
var STORES = {
  /** Each went to an area that the party may write, and to nothing the other side owns. */
  owned: 1 << 0,
  /** Split: no more entries are available than the queue has, and idx never goes back. */
  availIdx: 1 << 1,
  /** Split: used.idx does not go back, and does not pass avail.idx. */
  usedIdx: 1 << 2,
  /** The driver's own available position is the ring's. */
  driverState: 1 << 3
};
var NONE = -1;
var NO_FACTS = [];

// src/replay/event-word-aspects.ts
function eventWordAspects(flags, offWrap, queueSize, eventIdx) {
  const { flagsKnown, descNegotiated, offInside } = EVENT_WORD;
  if (flags > RING_EVENT_FLAGS_DESC) {
    return { decided: flagsKnown, undecided: 0, wrong: flagsKnown };
  }
  if (flags !== RING_EVENT_FLAGS_DESC) {
    return { decided: flagsKnown | descNegotiated, undecided: 0, wrong: 0 };
  }
  const outside = (offWrap & 32767) >= queueSize ? offInside : 0;
  return {
    decided: flagsKnown | offInside | (eventIdx === void 0 ? 0 : descNegotiated),
    undecided: eventIdx === void 0 ? descNegotiated : 0,
    wrong: outside | (eventIdx === false ? descNegotiated : 0)
  };
}
function ringFlagsWrong(flags, eventIdx) {
  return flags > (eventIdx ? 0 : 1);
}
function eventWordBits(mask) {
  return Object.values(EVENT_WORD).filter((aspect) => (mask & aspect) !== 0);
}

// src/replay/event-words.ts
var EventWords = class {
  #queue;
  #ring;
  #work;
  /** What the driver believed its flags to be, and what they were, when it was last stated. */
  #believed = NONE;
  #seen;
  constructor(queue, ring, work) {
    this.#work = work;
    this.#queue = queue;
    this.#ring = ring;
    this.#seen = {
      kind: "eventWord.seen",
      queue: queue.view,
      place: { seq: 0, line: 0, time: 0, cpu: 0 },
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
      party: "driver"
    };
  }
  /**
   * Packed: what an operation has stored into a party's event suppression structure, whose flags were
   * `before`.
   */
  stored(party, place, func, before) {
    const { eventSteps, memory, setup } = this.#ring;
    if (eventSteps.off === NONE && eventSteps.flags === NONE) return;
    const area = party === "driver" ? AREA.driver : AREA.device;
    const flags = memory.get16(area, EVENT_FLAGS);
    const offWrap = memory.get16(area, EVENT_OFF_WRAP);
    const aspects = eventWordAspects(flags, offWrap, setup.queueSize, setup.eventIdx);
    const becomesDesc = flags === RING_EVENT_FLAGS_DESC && before !== RING_EVENT_FLAGS_DESC;
    const ordered = becomesDesc ? this.#ordered() : 0;
    let { wrong } = aspects;
    if ((ordered & EVENT_WORD.offFirst) !== 0 && eventSteps.off > eventSteps.flags) {
      wrong |= EVENT_WORD.offFirst;
    } else if ((ordered & EVENT_WORD.barrier) !== 0 && !this.#ring.isBarred(eventSteps.off, eventSteps.flags)) {
      wrong |= EVENT_WORD.barrier;
    }
    const seen = this.#seen;
    seen.party = party;
    seen.place = place;
    seen.decided = aspects.decided | ordered;
    seen.facts = wrong === 0 ? NO_FACTS : this.#facts(wrong, { place, func, flags, offWrap });
    this.#queue.emit(seen);
    if (party !== "device" || flags !== RING_EVENT_FLAGS_DESC) return;
    const event = wordPosition(offWrap, setup.queueSize);
    if (event === void 0 || !this.#work.known) return;
    const ahead = positionDistance(this.#work.fetchedAt, event, setup.queueSize);
    this.#fetchAsked(place, func, ahead, ahead < setup.queueSize);
  }
  /** Split: what an operation has stored to the flags and the event index of a party's ring. */
  ringStored(party, place, func) {
    const { eventSteps, memory, setup } = this.#ring;
    const { eventIdx, queueSize } = setup;
    const isDevice = party === "device";
    if (eventSteps.flags !== NONE) {
      const flags = memory.get16(isDevice ? AREA.device : AREA.driver, RING_FLAGS);
      const fact2 = ringFlagsWrong(flags, eventIdx) ? oddWord(
        EVENT_WORD.ringFlags,
        place,
        `${func} stores its ring's flags`,
        flags,
        eventIdx ? 0 : 1
      ) : void 0;
      this.#emit(party, place, EVENT_WORD.ringFlags, fact2);
    }
    if (!isDevice || eventSteps.off === NONE) return;
    const found = memory.get16(AREA.device, availEventOffset(queueSize));
    const stray = eventIdx ? void 0 : oddWord(EVENT_WORD.eventNegotiated, place, `${func} stores avail_event`, found, NONE);
    this.#emit(party, place, EVENT_WORD.eventNegotiated, stray);
    if (!eventIdx || !this.#work.known) return;
    const ahead = u16Distance(this.#work.fetchedAt, found);
    this.#fetchAsked(place, func, ahead, ahead < 32768);
  }
  /** The device asks for the buffer `ahead` of the next one that it fetches; behind is an off switch. */
  #fetchAsked(place, func, ahead, isAhead) {
    const { unfetched } = this.#work;
    const fact2 = isAhead && ahead > 0 && unfetched > 0 ? oddWord(EVENT_WORD.nextFetched, place, `${func} stores its event`, ahead, unfetched) : void 0;
    this.#emit("device", place, EVENT_WORD.nextFetched, fact2);
  }
  /**
   * What the driver believes its flags to be (Linux's flags_shadow), before it begins an operation. That
   * it believes its callbacks off while the ring says on is legal: after an event Linux lets them be.
   */
  believed(place, shadow) {
    const { memory, setup } = this.#ring;
    if (Number.isNaN(shadow)) return;
    const packed = setup.layout === "packed";
    if (!packed && setup.eventIdx) return;
    const flags = memory.get16(AREA.driver, packed ? EVENT_FLAGS : RING_FLAGS);
    const pair = shadow << 16 | flags;
    if (pair === this.#believed) return;
    this.#believed = pair;
    const on = packed ? shadow !== RING_EVENT_FLAGS_DISABLE : (shadow & 1) === 0;
    const off = packed ? flags === RING_EVENT_FLAGS_DISABLE : (flags & 1) === 1;
    const fact2 = on && off ? oddWord(EVENT_WORD.shadowTrue, place, "an operation begins", flags, shadow) : void 0;
    this.#emit("driver", place, EVENT_WORD.shadowTrue, fact2);
  }
  /** The device says what it asks for: is it what it has stored? */
  asked({ place, func, values, base }) {
    const { memory, setup } = this.#ring;
    const packed = setup.layout === "packed";
    const mode = values[base + FIELD.flagsShadow];
    if (!Number.isNaN(mode)) {
      const flags = memory.get16(AREA.device, packed ? EVENT_FLAGS : RING_FLAGS);
      this.#emit("device", place, EVENT_WORD.shadowTrue, differing(place, func, flags, mode));
    }
    const field = packed ? FIELD.deviceOffWrap : FIELD.availEvent;
    const word = values[base + field];
    if (Number.isNaN(word)) return;
    const at = packed ? EVENT_OFF_WRAP : availEventOffset(setup.queueSize);
    const found = memory.get16(AREA.device, at);
    this.#emit("device", place, EVENT_WORD.shadowTrue, differing(place, func, found, word));
  }
  /**
   * The driver has answered whether a used buffer is pending, and no operation runs beside its own: was
   * one there when it did? The delayed form may say no while what it asked for is still to come.
   */
  answered({ kind, place, func, result, values, base }) {
    const lastUsed = values[base + FIELD.lastUsed];
    if (Number.isNaN(lastUsed)) return;
    const { memory, setup, used } = this.#ring;
    const { layout, queueSize, eventIdx } = setup;
    if (kind === KIND.poll && values[base + FIELD.opaque] !== lastUsed) return;
    const none = kind === KIND.poll ? result === 0 : result !== 0;
    const split = layout === "split";
    const at = split ? lastUsed : wordPosition(lastUsed, queueSize);
    if (at === void 0) return;
    const pending = split ? u16Distance(at, used) : positionDistance(at, used, queueSize);
    if (pending > queueSize) return;
    let asked = 0;
    if (kind === KIND.enableCbDelayed) {
      if (!eventIdx) return;
      const word = split ? memory.get16(AREA.driver, usedEventOffset(queueSize)) : wordPosition(memory.get16(AREA.driver, EVENT_OFF_WRAP), queueSize);
      if (word === void 0) return;
      asked = split ? u16Distance(at, word) : positionDistance(at, word, queueSize);
    }
    const fact2 = none && pending > asked ? oddWord(EVENT_WORD.pendingSeen, place, `${func} says that none is`, pending, asked) : void 0;
    this.#emit("driver", place, EVENT_WORD.pendingSeen, fact2);
  }
  #emit(party, place, aspect, fact2) {
    const seen = this.#seen;
    seen.party = party;
    seen.place = place;
    seen.decided = aspect;
    seen.facts = fact2 === void 0 ? NO_FACTS : [fact2];
    this.#queue.emit(seen);
  }
  #facts(wrong, store2) {
    const { place, func, flags, offWrap } = store2;
    return eventWordBits(wrong).map((aspect) => ({
      aspect,
      slot: NONE,
      other: NONE,
      found: aspect === EVENT_WORD.flagsKnown ? flags : offWrap,
      expected: NONE,
      what: "",
      evidence: [{ role: "word", place, what: `${func} stores its event structure` }]
    }));
  }
  /** Which orders the operation decides: the flags became DESC, and the offset was stored as well. */
  #ordered() {
    const { eventSteps, setup } = this.#ring;
    if (eventSteps.off === NONE || eventSteps.flags === NONE) return 0;
    if (eventSteps.off === eventSteps.flags) return 0;
    const both = setup.barriersLogged && eventSteps.off < eventSteps.flags;
    return EVENT_WORD.offFirst | (both ? EVENT_WORD.barrier : 0);
  }
  /**
   * Callbacks were enabled by the plain form, with the driver's used position at `lastUsed` (split: idx;
   * packed: with its wrap counter in bit 15). Any value is legal (virtio 1.3, 2.7.7.1), and yet one that
   * is not the next used buffer is rarely what was meant.
   */
  enabled(place, func, lastUsed) {
    const ahead = this.#ahead(lastUsed);
    if (ahead === void 0) return;
    const seen = this.#seen;
    seen.party = "driver";
    seen.place = place;
    seen.decided = EVENT_WORD.nextAsked;
    seen.facts = ahead === 0 ? NO_FACTS : [
      {
        aspect: EVENT_WORD.nextAsked,
        slot: NONE,
        other: NONE,
        found: ahead,
        expected: 0,
        what: "",
        evidence: [{ role: "decision", place, what: `${func} enables callbacks` }]
      }
    ];
    this.#queue.emit(seen);
  }
  /** How far ahead of the used position the driver's event is; undefined where it names none. */
  #ahead(lastUsed) {
    const { memory, setup } = this.#ring;
    const { queueSize } = setup;
    if (!setup.eventIdx) return void 0;
    if (setup.layout === "split") {
      return u16Distance(lastUsed, memory.get16(AREA.driver, usedEventOffset(queueSize)));
    }
    if (memory.get16(AREA.driver, EVENT_FLAGS) !== RING_EVENT_FLAGS_DESC) return void 0;
    const event = wordPosition(memory.get16(AREA.driver, EVENT_OFF_WRAP), queueSize);
    const from = wordPosition(lastUsed, queueSize);
    if (event === void 0 || from === void 0) return void 0;
    const ahead = positionDistance(from, event, queueSize);
    return ahead < queueSize ? ahead : void 0;
  }
};
function oddWord(aspect, place, what, found, expected) {
  const evidence = [{ role: "word", place, what }];
  return { aspect, slot: NONE, other: NONE, found, expected, what: "", evidence };
}
function differing(place, func, found, expected) {
  if (found === expected) return void 0;
  return oddWord(EVENT_WORD.shadowTrue, place, `${func} asks for ${expected}`, found, expected);
}

// src/replay/exposures.ts
var SHAPE = EXPOSURE.runsOn | EXPOSURE.cutShort | EXPOSURE.walkEnds | EXPOSURE.storedBefore | EXPOSURE.idFree | EXPOSURE.slotsFree | EXPOSURE.tableLength | EXPOSURE.indirectFlag;
var SPLIT_SHAPE = SHAPE | EXPOSURE.misLinked | EXPOSURE.headIsHead | EXPOSURE.entryStored;
var PACKED_SHAPE = SHAPE | EXPOSURE.ownerBits | EXPOSURE.idStored;
var COMPARED = EXPOSURE.runsOn | EXPOSURE.cutShort | EXPOSURE.misLinked | EXPOSURE.headIsHead | EXPOSURE.entryStored | EXPOSURE.direction | EXPOSURE.content;
var TABLE_CONTENTS = EXPOSURE.elementOrder | EXPOSURE.tableFlags;
var CONTENTS = EXPOSURE.elementOrder | EXPOSURE.direction | EXPOSURE.content | EXPOSURE.tableFlags;
var DERAILS = EXPOSURE.runsOn | EXPOSURE.cutShort | EXPOSURE.misLinked | EXPOSURE.walkEnds | EXPOSURE.headIsHead | EXPOSURE.entryStored | EXPOSURE.ownerBits | EXPOSURE.idStored | EXPOSURE.idFree | EXPOSURE.slotsFree | EXPOSURE.tableLength | EXPOSURE.indirectFlag;
var Exposures = class {
  #queue;
  #ring;
  #facts = [];
  #add;
  #seen;
  constructor(queue, ring, add) {
    this.#queue = queue;
    this.#ring = ring;
    this.#add = add;
    this.#seen = {
      kind: "buffer.exposed",
      queue: queue.view,
      place: add.place,
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
      head: NONE,
      chain: ring.chain
    };
  }
  /** Looks at what an add has published. True when the ring went wrong by it. */
  added(add) {
    this.#add = add;
    if (this.#facts.length > 0) this.#facts = [];
    return this.#ring.setup.layout === "packed" ? this.#packed() : this.#split();
  }
  /** A buffer was made available on a ring that is no longer known. */
  unseen(place, reason) {
    const { layout } = this.#ring.setup;
    const seen = this.#seen;
    seen.place = place;
    seen.decided = 0;
    seen.undecided = (layout === "packed" ? PACKED_SHAPE : SPLIT_SHAPE) | CONTENTS | EXPOSURE.barrier;
    seen.unlogged = 0;
    seen.reason = reason;
    seen.facts = NO_FACTS;
    seen.head = NONE;
    this.#queue.emit(seen);
  }
  #packed() {
    const ring = this.#ring;
    const { queueSize } = ring.setup;
    const { chain, memory } = ring;
    const head = positionSlot(ring.avail, queueSize);
    walkPacked(memory, ring.avail, chain, ring.tableAt);
    const match = this.#match();
    const slots = match === "same" ? chain.slotCount : this.#extent(head);
    if (ring.publishedAt === NONE) this.#wrongLap(head);
    else if (!this.#late(NONE)) {
      if (match === "different") this.#packedShape(slots);
      if (this.#facts.length === 0) this.#lastId();
    }
    if (this.#facts.length === 0 && ring.inFlight.slots + slots > queueSize) {
      const slot = (head + queueSize - ring.inFlight.slots) % queueSize;
      this.#fact(EXPOSURE.slotsFree, { slot, found: ring.inFlight.slots + slots });
    }
    this.#common(chain.bufferId, match);
    const derailed = this.#emit(PACKED_SHAPE, head, NONE, match);
    this.#expose(chain.bufferId, slots);
    ring.avail = advancePosition(ring.avail, slots, queueSize);
    return derailed;
  }
  /** Packed: slots from the head on whose flags the operation stored. */
  #extent(head) {
    const { setup, flagsStored, operation } = this.#ring;
    let extent = 1;
    while (extent < setup.queueSize && flagsStored[(head + extent) % setup.queueSize] === operation) {
      extent++;
    }
    return extent;
  }
  /** The head's flags are available in the other lap: the store that was to publish published nothing. */
  #wrongLap(head) {
    const { avail, setup } = this.#ring;
    const wrap = positionWrap(avail, setup.queueSize);
    const flags = this.#flagsOf(head);
    this.#fact(EXPOSURE.ownerBits, {
      slot: head,
      found: flags,
      expected: availBits(wrap),
      what: `flags ${hex(flags)} in slot ${head}, at wrap counter ${wrap}`
    });
  }
  /** The device sees other elements than were asked for: what of the list's links says why? */
  #packedShape(extent) {
    const { chain, setup } = this.#ring;
    const last = chain.slots[Math.min(extent, chain.slotCount) - 1];
    if (chain.slotCount > extent || chain.slotCount === extent && chain.beyond !== NONE) {
      const other = (last + 1) % setup.queueSize;
      this.#fact(EXPOSURE.runsOn, { slot: last, other, found: this.#flagsOf(last) });
    } else if (chain.slotCount < extent) {
      this.#fact(EXPOSURE.cutShort, { slot: last, found: chain.slotCount, expected: extent });
    }
  }
  /** The id counts in the last descriptor: one that was stored in another alone was stored in vain. */
  #lastId() {
    const { chain, idStored, operation } = this.#ring;
    const last = chain.slots[chain.slotCount - 1];
    if (chain.slotCount < 2 || idStored[last] === operation) return;
    for (let i = 0; i < chain.slotCount - 1; i++) {
      if (idStored[chain.slots[i]] !== operation) continue;
      this.#fact(EXPOSURE.idStored, { slot: last, found: chain.bufferId });
      return;
    }
  }
  #split() {
    const ring = this.#ring;
    const { chain, memory, setup } = ring;
    const entry = ring.avail % setup.queueSize;
    const head = memory.get16(AREA.driver, availEntry(entry));
    walkSplit(memory, head, chain, ring.tableAt);
    const match = this.#match();
    if (!this.#late(entry)) {
      if (ring.inFlight.get(head) === void 0) this.#taken();
      if (this.#facts.length === 0 && match === "different") this.#splitShape(entry, head);
    }
    this.#common(head, match);
    const derailed = this.#emit(SPLIT_SHAPE, head, entry, match);
    if (head < setup.queueSize) ring.own(head);
    this.#expose(head, chain.slotCount);
    ring.avail = memory.get16(AREA.driver, RING_IDX);
    return derailed;
  }
  #expose(id, slots) {
    const { chain, inFlight } = this.#ring;
    const writableBytes = chain.ending === "complete" ? chain.writableBytes : NONE;
    inFlight.add(id, { slots, writableBytes, place: this.#add.place });
  }
  /** Split: a descriptor that the operation stored to, or that the chain passes, is another buffer's. */
  #taken() {
    const { chain, written, writtenCount, owner } = this.#ring;
    for (let i = 0; i < writtenCount + chain.slotCount; i++) {
      const slot = i < writtenCount ? written[i] : chain.slots[i - writtenCount];
      if (owner[slot] === 0) continue;
      if (i >= writtenCount && this.#match() === "different") return;
      const holder = owner[slot] - 1;
      this.#fact(EXPOSURE.slotsFree, { slot, other: holder }, this.#holder(holder));
      return;
    }
  }
  /** The device sees other elements than were asked for: what of the entry and the links says why? */
  #splitShape(entry, head) {
    const { chain, entryStored, operation, writtenCount, inFlight } = this.#ring;
    if (entryStored[entry] !== operation) {
      const other = this.#strayEntry();
      this.#fact(EXPOSURE.entryStored, { slot: entry, other, found: head });
      return;
    }
    if (inFlight.get(head) !== void 0 || writtenCount === 0) return;
    const into = this.#linkTo(head);
    if (!this.#isWritten(head) || into !== NONE) {
      this.#fact(EXPOSURE.headIsHead, { slot: head, other: into, found: entry });
      return;
    }
    let own = 0;
    while (own < chain.slotCount && this.#isWritten(chain.slots[own])) own++;
    const last = chain.slots[own - 1];
    const strays = own < chain.slotCount || chain.ending === "outside" || chain.ending === "loop";
    if (strays && chain.indirectSlot === NONE) {
      const other = own < chain.slotCount ? chain.slots[own] : chain.beyond;
      const aspect = own === writtenCount ? EXPOSURE.runsOn : EXPOSURE.misLinked;
      this.#fact(aspect, { slot: last, other, found: this.#flagsOf(last) });
    } else if (own < writtenCount) {
      this.#fact(EXPOSURE.cutShort, { slot: last, found: own, expected: writtenCount });
    }
  }
  /** Something of the buffer, its table, or its entry was stored after it was published. */
  #late(entry) {
    const { lateStores, chain, setup } = this.#ring;
    if (lateStores.length === 0) return false;
    const late = lateStores.find(({ area, offset }) => {
      if (area === AREA.desc) return chain.has(offset / DESC_BYTES | 0);
      if (area === AREA.driver) return entry !== NONE && offset === availEntry(entry);
      const within = offset - chain.tableOffset;
      return chain.tableOffset !== NONE && within >= 0 && within < chain.tableBytes;
    });
    if (late === void 0) return false;
    this.#fact(EXPOSURE.storedBefore, { what: storeText(late, setup.layout) });
    return true;
  }
  /** What both layouts ask of a buffer. */
  #common(id, match) {
    if (this.#facts.length > 0) return;
    const { chain, inFlight, allocated } = this.#ring;
    const [slot = NONE] = chain.slots;
    if (inFlight.get(id) !== void 0) {
      this.#fact(EXPOSURE.idFree, { slot, other: id, found: id }, this.#holder(id));
    } else if (chain.ending === "table-length") {
      const numbers = { slot: chain.indirectSlot, found: chain.tableBytes };
      this.#fact(EXPOSURE.tableLength, numbers);
    } else if (chain.ending !== "complete" && chain.ending !== "table-unread") {
      this.#fact(EXPOSURE.walkEnds, { slot: chain.beyond, what: chain.ending });
    } else if (allocated !== NONE && chain.indirectSlot === NONE && this.#pointsTo(allocated)) {
      this.#fact(EXPOSURE.indirectFlag, { slot, found: this.#flagsOf(slot) });
    } else this.#contents(match);
  }
  #contents(match) {
    const { chain, addrTwice } = this.#ring;
    if (chain.oddEntry !== NONE) {
      this.#fact(EXPOSURE.tableFlags, { slot: chain.oddEntry, found: chain.oddFlags });
    }
    if (chain.readableAfterWritable !== NONE) {
      this.#fact(EXPOSURE.elementOrder, { slot: chain.readableAfterWritable });
    } else if (match === "different") {
      if (addrTwice === NONE) this.#difference();
      else this.#fact(EXPOSURE.slotsFree, { slot: addrTwice, what: "twice for one buffer" });
    }
  }
  /** The first element that is not what was asked for. */
  #difference() {
    const { chain, setup } = this.#ring;
    const { elements: log, elementsFrom: from, elementsTo: to } = this.#add;
    for (let i = 0; i < chain.count && from + i < to; i++) {
      const at = from + i;
      const sameAddr = setup.addressesMapped || chain.addr[i] === log.addr[at];
      if (!sameAddr || chain.len[i] !== log.len[at]) {
        const found = `${hex(chain.addr[i])}+${chain.len[i]}`;
        const expected = `${hex(log.addr[at])}+${log.len[at]}`;
        const what2 = `element ${i} is ${found}, ${expected} was asked for`;
        this.#fact(EXPOSURE.content, { slot: i, what: what2 });
        return;
      }
      if (chain.writable[i] !== log.writable[at]) {
        this.#fact(EXPOSURE.direction, { slot: i, found: chain.writable[i] });
        return;
      }
    }
    const what = `${chain.count} elements, ${to - from} were asked for`;
    this.#fact(EXPOSURE.content, { found: chain.count, expected: to - from, what });
  }
  /** The elements that a device finds, against those of the add's arguments. */
  #match() {
    const { chain, setup } = this.#ring;
    const { elements: log, elementsFrom: from, elementsTo: to } = this.#add;
    if (from === to || chain.ending === "table-unread") return "unknown";
    if (chain.ending !== "complete") return "different";
    if (chain.count !== to - from) return this.#sameRanges() ? "same" : "different";
    for (let i = 0; i < chain.count; i++) {
      const at = from + i;
      const sameAddr = setup.addressesMapped || chain.addr[i] === log.addr[at];
      if (!sameAddr || chain.len[i] !== log.len[at] || chain.writable[i] !== log.writable[at]) {
        return this.#sameRanges() ? "same" : "different";
      }
    }
    return "same";
  }
  /** A driver may cut a buffer into elements as it likes (2.7.4): the same bytes, in the same order? */
  #sameRanges() {
    const { chain, setup } = this.#ring;
    const { elements: log, elementsFrom: from, elementsTo: to } = this.#add;
    if (setup.addressesMapped) return false;
    const found = rangesOf(chain, 0, chain.count);
    const asked = rangesOf(log, from, to);
    return found.length === asked.length && found.every((range, i) => range === asked[i]);
  }
  #emit(shape, head, entry, match) {
    const ring = this.#ring;
    const seen = this.#seen;
    const { barriersLogged, indirect } = ring.setup;
    let wrong = 0;
    for (const { aspect } of this.#facts) wrong |= aspect;
    let decided = wrong & shape ? wrong : wrong & CONTENTS ? shape | wrong : shape | CONTENTS;
    let undecided = 0;
    if (match === "unknown") {
      const unread = ring.chain.ending === "table-unread";
      seen.reason = unread ? "the indirect table is not among what the log has stored" : "the log does not say which elements were asked for";
      undecided = unread ? COMPARED | EXPOSURE.walkEnds | TABLE_CONTENTS : COMPARED;
      undecided &= decided & ~wrong;
      decided &= ~undecided;
    }
    if (ring.chain.indirectSlot === NONE) decided &= ~(EXPOSURE.tableLength | EXPOSURE.tableFlags);
    if (ring.allocated === NONE || !indirect) decided &= ~EXPOSURE.indirectFlag;
    decided |= wrong;
    if (barriersLogged && ring.publishedAt !== NONE) {
      decided |= EXPOSURE.barrier;
      if (!ring.isChainBarred(entry)) this.#fact(EXPOSURE.barrier, { slot: head });
    }
    seen.place = this.#add.place;
    seen.decided = decided;
    seen.undecided = undecided;
    seen.unlogged = barriersLogged ? 0 : EXPOSURE.barrier;
    seen.facts = this.#facts;
    seen.head = head;
    this.#queue.emit(seen);
    return (wrong & DERAILS) !== 0;
  }
  #fact(aspect, numbers, before = []) {
    const { place, func } = this.#add;
    this.#facts.push({
      aspect,
      slot: NONE,
      other: NONE,
      found: NONE,
      expected: NONE,
      what: "",
      ...numbers,
      evidence: [
        ...before,
        { role: "publication", place, what: `${func} makes a buffer available` }
      ]
    });
  }
  #holder(id) {
    const buffer = this.#ring.inFlight.get(id);
    return buffer === void 0 ? [] : [{ role: "before", place: buffer.place, what: "the buffer in flight was made available" }];
  }
  #flagsOf(slot) {
    const { memory, setup } = this.#ring;
    const field = setup.layout === "packed" ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS;
    return memory.get16(AREA.desc, slot * DESC_BYTES + field);
  }
  #isWritten(slot) {
    return this.#ring.flagsStored[slot] === this.#ring.operation;
  }
  /** Split: a descriptor of the same add that leads to `head`, or NONE. */
  #linkTo(head) {
    const { memory, written, writtenCount } = this.#ring;
    for (let i = 0; i < writtenCount; i++) {
      const slot = written[i];
      const at = slot * DESC_BYTES;
      if ((memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS) & VIRTQ_DESC_F_NEXT) === 0) continue;
      if (memory.get16(AREA.desc, at + SPLIT_DESC_NEXT) === head && slot !== head) return slot;
    }
    return NONE;
  }
  /** Split: an entry of the available ring that the operation stored, or NONE. */
  #strayEntry() {
    return this.#ring.entryStored.indexOf(this.#ring.operation);
  }
  #pointsTo(table) {
    const { chain, setup } = this.#ring;
    return chain.count > 0 && chain.addr[0] === setup.tables.base + table;
  }
};
function rangesOf(elements, from, to) {
  const ranges = [];
  let start = NONE;
  let end = NONE;
  let direction = NONE;
  const close = () => {
    if (start !== NONE) ranges.push(`${start}-${end}-${direction}`);
  };
  for (let i = from; i < to; i++) {
    const addr = elements.addr[i];
    const writable = elements.writable[i];
    if (addr !== end || writable !== direction) {
      close();
      start = addr;
      direction = writable;
    }
    end = addr + elements.len[i];
  }
  close();
  return ranges;
}
var AREA_NAMES = {
  packed: ["descriptor", "driver event", "device event", "indirect table entry"],
  split: ["descriptor", "available ring", "used ring", "indirect table entry"]
};
function storeText(store2, layout) {
  const name = AREA_NAMES[layout][store2.area];
  if (name === void 0) return `memory outside the queue (offset ${store2.offset})`;
  const isDesc = store2.area === AREA.desc || store2.area === AREA.ind;
  const number = isDesc ? ` ${store2.offset / DESC_BYTES | 0}` : "";
  return `${name}${number} (offset ${store2.offset})`;
}

// src/replay/event-window.ts
var VALUES_MAX = 16;
var EventWindow = class {
  /** Slots (packed) or entries (split) published since the last decision. */
  published = 0;
  #values = [];
  #overflow = false;
  /** `word` is what the other side asks for at the moment of publication. */
  publish(count4, word) {
    if (this.published === 0) this.#note(word);
    this.published += count4;
  }
  /** The other side has stored its word. */
  moved(word) {
    if (this.published > 0) this.#note(word);
  }
  /**
   * Whether every value wanted a notification (true) or none did (false); undefined when they differ or
   * one does not say, with the reason. `word` is the value at the decision.
   */
  decide(word, wanted) {
    this.#note(word);
    let all;
    for (const value of this.#values) {
      const one = wanted(value);
      if (one.wanted === void 0) return { wanted: void 0, reason: one.reason ?? "" };
      if (all !== void 0 && one.wanted !== all) return MOVED;
      all = one.wanted;
    }
    return this.#overflow ? MOVED : { wanted: all, reason: "" };
  }
  /** A decision was made: the next window begins with the next publication. */
  close() {
    this.published = 0;
    this.#values.length = 0;
    this.#overflow = false;
  }
  #note(word) {
    if (this.#values.includes(word)) return;
    if (this.#values.length >= VALUES_MAX) this.#overflow = true;
    else this.#values.push(word);
  }
};
var MOVED = {
  wanted: void 0,
  reason: "the other side moved its event word between publication and decision"
};

// src/replay/ring-decisions.ts
var RingDecisions = class {
  #queue;
  #ring;
  #kicks = new EventWindow();
  #interrupts = new EventWindow();
  /** An interrupt that was wanted and not sent: late is no violation, until the device goes on. */
  #missed;
  /** A notification that stood before the store which published; `wanted` once a decision has followed. */
  #early;
  constructor(queue, ring) {
    this.#queue = queue;
    this.#ring = ring;
  }
  /** The driver made so many slots (packed) or entries (split) available. */
  published(count4) {
    this.#closeEarly();
    this.#kicks.publish(count4, this.#deviceWord());
  }
  /** The device marked so many slots (packed) or entries (split) used. */
  used(count4) {
    this.#closeMissed();
    this.#interrupts.publish(count4, this.#driverWord());
  }
  /** What was published and asked for until now is not known. */
  forget() {
    this.#kicks.close();
    this.#interrupts.close();
    if (this.#missed !== void 0) {
      this.#queue.emit({ ...this.#missed, undecided: "operations are missing from the log" });
    }
    this.#missed = void 0;
    this.#early = void 0;
  }
  /**
   * The driver notified the device, by a call of its own or within another operation; `publishedAt`: the
   * operation's step that made something available, or NONE. True where it told of nothing but what was
   * available before.
   */
  notified({ place, func, log, from, to }, publishedAt) {
    if (publishedAt !== NONE) {
      let after = false;
      for (let step = publishedAt; step < to && step >= from; step++) {
        after ||= log.op[step] === MEMORY_OP.notify;
      }
      if (!after) {
        this.#early = { place, func, wanted: void 0 };
        return true;
      }
    }
    if (this.#early !== void 0) this.#emitEarly(this.#early, false, void 0);
    return false;
  }
  /** Nothing followed an early notification until the driver published again, or the run ended. */
  #closeEarly() {
    const early = this.#early;
    if (early === void 0) return;
    const { wanted, reason } = early.wanted ?? this.#open();
    this.#emitEarly(early, wanted === true, wanted === void 0 ? reason : void 0);
  }
  /** What every value of the device's word says of what no decision has followed yet. */
  #open() {
    const { published } = this.#kicks;
    if (published === 0) return { wanted: false, reason: "" };
    return this.#kicks.decide(
      this.#deviceWord(),
      (value) => this.#wanted(value, this.#ring.avail, published)
    );
  }
  #emitEarly(early, missed, undecided) {
    this.#early = void 0;
    const { place, func } = early;
    this.#queue.emit({
      kind: "kick.early",
      queue: this.#queue.view,
      place,
      undecided,
      missed,
      asked: missed ? this.#askedText(this.#deviceWord(), "device") : "",
      evidence: missed ? [{ role: "decision", place, what: `${func} notifies, then makes the buffer available` }] : NO_EVIDENCE
    });
  }
  /** The run ends, with what no decision has followed. */
  runEnds(place, work) {
    this.#closeEarly();
    const { wanted } = this.#open();
    const forgotten = wanted === true && work.isForgotten();
    const published = work.publishedLast;
    this.#queue.emit({
      kind: "publication.left",
      queue: this.#queue.view,
      place,
      wanted: forgotten,
      asked: forgotten ? this.#askedText(this.#deviceWord(), "device") : "",
      evidence: forgotten && published !== void 0 ? [{ role: "publication", place: published, what: "a buffer is made available" }] : NO_EVIDENCE
    });
  }
  lastWords() {
    return {
      undecidedAvail: this.#kicks.published,
      undecidedUsed: this.#interrupts.published,
      deviceAsks: this.#askedText(this.#deviceWord(), "device"),
      driverAsks: this.#askedText(this.#driverWord(), "driver")
    };
  }
  endOfTrace(lastSeq) {
    const missed = this.#missed;
    if (missed !== void 0 && missed.place.seq === lastSeq) {
      this.#queue.emit({ ...missed, undecided: "the log ends with the decision" });
      this.#missed = void 0;
    }
    this.#closeMissed();
  }
  #closeMissed() {
    if (this.#missed !== void 0) this.#queue.emit(this.#missed);
    this.#missed = void 0;
  }
  /** A side has stored to its own event words. */
  driverMoved() {
    this.#interrupts.moved(this.#driverWord());
  }
  deviceMoved() {
    this.#kicks.moved(this.#deviceWord());
  }
  /** An add was refused; it may have notified the device all the same. */
  refused({ place, func, log, from, to }) {
    let notified = false;
    for (let step = from; step < to; step++) notified ||= log.op[step] === MEMORY_OP.notify;
    if (!notified) return;
    const { published } = this.#kicks;
    const { wanted } = published === 0 ? { wanted: false } : this.#wanted(this.#deviceWord(), this.#ring.avail, published);
    this.#queue.emit({
      kind: "kick.forced",
      queue: this.#queue.view,
      place,
      wanted,
      evidence: [{ role: "decision", place, what: `${func} is refused, and notifies` }]
    });
  }
  /** What the device asks the driver for, as one number: see {@link #wanted}. */
  #deviceWord() {
    const { memory, setup } = this.#ring;
    if (setup.layout === "packed") return memory.get32(AREA.device, 0);
    const at = setup.eventIdx ? availEventOffset(setup.queueSize) : RING_FLAGS;
    return memory.get16(AREA.device, at);
  }
  #driverWord() {
    const { memory, setup } = this.#ring;
    if (setup.layout === "packed") return memory.get32(AREA.driver, 0);
    const at = setup.eventIdx ? usedEventOffset(setup.queueSize) : RING_FLAGS;
    return memory.get16(AREA.driver, at);
  }
  /** Whether a word wants a notification of the last `count` slots or entries before `position`. */
  #wanted(word, position, count4) {
    const { layout, queueSize, eventIdx } = this.#ring.setup;
    if (layout === "packed") {
      return packedWanted({
        flags: word >>> 16,
        offWrap: word & 65535,
        position,
        slots: count4,
        queueSize,
        eventIdx
      });
    }
    if (!eventIdx) return { wanted: (word & 1) === 0, by: "flags" };
    return {
      wanted: splitEventWanted(word, position - count4 & 65535, position),
      by: "event"
    };
  }
  /** A kick decision begins. */
  kick(sample) {
    const { avail, setup } = this.#ring;
    const { published } = this.#kicks;
    if (this.#early?.wanted !== void 0) this.#closeEarly();
    const word = this.#deviceWord();
    const { wanted, reason } = this.#kicks.decide(
      word,
      (value) => this.#wanted(value, avail, published)
    );
    this.#kicks.close();
    if (this.#early !== void 0) this.#early.wanted = { wanted, reason };
    const packed = setup.layout === "packed";
    const byFlags = packed ? word >>> 16 !== RING_EVENT_FLAGS_DESC : !setup.eventIdx;
    const by = byFlags ? "flags" : "event";
    const decided = published === 0 ? { wanted: false, by } : wanted === void 0 ? { wanted, reason } : { wanted, by };
    return {
      sample: sampleAt(sample, {
        numAdded: published,
        nextAvail: packed ? positionSlot(avail, setup.queueSize) : sample.nextAvail,
        availWrap: packed ? positionWrap(avail, setup.queueSize) : sample.availWrap,
        availIdx: packed ? sample.availIdx : avail
      }),
      wanted: decided
    };
  }
  /** The device decided whether to interrupt. */
  signal(place, func, sent) {
    const { used } = this.#ring;
    const { published } = this.#interrupts;
    if (sent && this.#missed !== void 0) {
      this.#queue.emit({ ...this.#missed, sent: true, evidence: NO_EVIDENCE });
      this.#missed = void 0;
    }
    if (published === 0) return;
    const word = this.#driverWord();
    const { wanted, reason } = this.#interrupts.decide(
      word,
      (value) => this.#wanted(value, used, published)
    );
    this.#interrupts.close();
    const decided = {
      kind: "interrupt.decided",
      queue: this.#queue.view,
      place,
      undecided: wanted === void 0 ? reason : void 0,
      wanted,
      sent,
      used: published,
      asked: this.#askedText(word, "driver"),
      explained: wanted === true && !sent ? this.#explained(published) : "",
      evidence: wanted === void 0 || wanted === sent ? NO_EVIDENCE : [
        {
          role: "decision",
          place,
          what: `${func} decides ${sent ? "to" : "not to"} interrupt`
        }
      ]
    };
    if (wanted === true && !sent) this.#missed = decided;
    else this.#queue.emit(decided);
  }
  /** Split: the word that the device has to ignore (2.7.7.2), where it says what was decided. */
  #explained(published) {
    const { memory, setup, used } = this.#ring;
    if (setup.layout !== "split") return "";
    if (setup.eventIdx) {
      const flags = memory.get16(AREA.driver, RING_FLAGS);
      if ((flags & 1) === 0) return "";
      return `avail.flags ${flags} would explain it, and is to be ignored with EVENT_IDX`;
    }
    const event = memory.get16(AREA.driver, usedEventOffset(setup.queueSize));
    if (splitEventWanted(event, used - published & 65535, used)) return "";
    return `used_event ${event} would explain it, and does not exist without EVENT_IDX`;
  }
  /** What a party's word asks for. */
  #askedText(word, party) {
    const { layout, queueSize, eventIdx } = this.#ring.setup;
    if (layout === "split") {
      if (eventIdx) return `entry ${word} (${party === "driver" ? "used_event" : "avail_event"})`;
      return (word & 1) === 0 ? "every buffer (flags 0)" : "no buffer (flags 1)";
    }
    const flags = word >>> 16;
    const position = wordPosition(word & 65535, queueSize);
    if (flags === RING_EVENT_FLAGS_DESC && position !== void 0) {
      return positionText(position, queueSize);
    }
    const which = flags === RING_EVENT_FLAGS_DISABLE ? "no" : "every";
    return `${which} buffer (flags ${eventFlagsName(flags)})`;
  }
};

// src/replay/in-flight.ts
var InFlight = class {
  #byIndex;
  #beyond = /* @__PURE__ */ new Map();
  /** Ids in the order of exposure; only kept for devices that use them in that order. */
  #order;
  count = 0;
  /** Ring descriptors that they take together. */
  slots = 0;
  constructor(queueSize, inOrder) {
    this.#byIndex = new Array(queueSize).fill(void 0);
    this.#order = inOrder ? [] : void 0;
  }
  get(id) {
    return id < this.#byIndex.length ? this.#byIndex[id] : this.#beyond.get(id);
  }
  /** One of the same id is replaced: it can no longer be told from the new one. */
  add(id, buffer) {
    const before = this.get(id);
    if (before === void 0) {
      this.count++;
      this.#order?.push(id);
    } else {
      this.slots -= before.slots;
    }
    this.slots += buffer.slots;
    if (id < this.#byIndex.length) this.#byIndex[id] = buffer;
    else this.#beyond.set(id, buffer);
  }
  take(id) {
    const buffer = this.get(id);
    if (buffer === void 0) return void 0;
    this.count--;
    this.slots -= buffer.slots;
    if (id < this.#byIndex.length) this.#byIndex[id] = void 0;
    else this.#beyond.delete(id);
    return buffer;
  }
  /**
   * With IN_ORDER a used element may stand for a batch, whose last buffer it names (virtio 1.3, 2.7.9
   * and 2.8.8): the ids of the whole batch, oldest first. Empty when the id is not in flight, or the order is not kept.
   */
  batchUpTo(id) {
    const at = this.#order?.indexOf(id) ?? -1;
    return at < 0 ? [] : this.#order?.splice(0, at + 1) ?? [];
  }
  clear() {
    this.#byIndex.fill(void 0);
    this.#beyond.clear();
    if (this.#order !== void 0) this.#order.length = 0;
    this.count = 0;
    this.slots = 0;
  }
};

// src/replay/ring-state.ts
var KNOWN_PAGE_BITS = 12;
var KNOWN_PAGE = 1 << KNOWN_PAGE_BITS;
var LATE_MAX = 256;
var RingState = class {
  setup;
  memory;
  chain;
  inFlight;
  tableAt;
  /** Packed: position of the next exposure, and of the next use. Split: the two idx. */
  avail = 0;
  used = 0;
  /** Split: 1 + head of the in-flight chain that a descriptor belongs to, or 0. */
  owner;
  /** Number of the operation at hand; stamps below bear it. */
  operation = 0;
  /** By slot: the operation that last stored its flags, its id (packed), its address. */
  flagsStored;
  idStored;
  addrStored;
  /** Split: by slot of the available ring, and of the used ring. */
  entryStored;
  /** By slot: the operation in which the device's used element there was published. */
  consumed;
  /** Descriptors whose flags the operation stored, in order, each once. */
  written;
  writtenCount = 0;
  /** A descriptor whose address the operation stored twice, or NONE. */
  addrTwice = NONE;
  /** Table that the operation allocated: offset in the arena, or NONE. */
  allocated = NONE;
  /** The driver's step that published; NONE while there is none. */
  publishedAt = NONE;
  /** Stores to descriptors, tables and ring entries after that. */
  lateStores = [];
  /** First store to a used element that the operation had published before. */
  lateUse;
  /** First store to an area that is not the party's, or to what the other side owns. */
  foreign;
  /** Buffers that the device marked used in the operation, in the order of the ring; filled anew. */
  uses = [];
  useCount = 0;
  /** Split: where used.idx was before a step that it cannot make; NONE if there was none. */
  idxBack = NONE;
  /** Stores of the operation. */
  stores = 0;
  /**
   * Steps of the last stores to what the party says of its notifications: packed, the words of its event
   * structure; split, its ring's event index and flags. NONE when the operation has none.
   */
  eventSteps = { off: NONE, flags: NONE };
  /** Split: the descriptor behind it in its in-flight chain, or NONE. */
  #nextOwned;
  /** By slot: operation and step of the last store to its contents (all but flags), and of its flags. */
  #contentStored;
  #contentStep;
  #flagsStep;
  /** By slot of a split ring: step of the last store to the entry. */
  #entryStep;
  /** Last store to the arena: step, and offset. */
  #tableStep = NONE;
  #tableStored = NONE;
  /** Steps of the operation that are write barriers. */
  #barriers = [];
  #barrierCount = 0;
  /** Entries of the arena that this log has stored to: a byte each, page by page. */
  #tablesKnown = /* @__PURE__ */ new Map();
  /** The page that was stored to last. */
  #knownNumber = NONE;
  #knownPage = new Uint8Array(0);
  constructor(setup, memory) {
    const { layout, queueSize, tables } = setup;
    this.setup = setup;
    this.memory = memory ?? new RingMemory(layout, queueSize, tables.bytes);
    this.memory.reset();
    this.chain = new Chain(queueSize);
    this.inFlight = new InFlight(queueSize, setup.inOrder);
    const stamps = () => new Int32Array(queueSize);
    this.owner = stamps();
    this.flagsStored = stamps();
    this.idStored = stamps();
    this.addrStored = stamps();
    this.entryStored = stamps();
    this.consumed = stamps();
    this.written = stamps();
    this.#nextOwned = stamps();
    this.#contentStored = stamps();
    this.#contentStep = stamps();
    this.#flagsStep = stamps();
    this.#entryStep = stamps();
    this.tableAt = (addr, bytes) => {
      const offset = addr - tables.base;
      if (offset < 0 || offset + bytes > tables.bytes) return NONE;
      return this.#knowsEntry(offset) && this.#knowsEntry(offset + bytes - 1) ? offset : NONE;
    };
  }
  /** What was published and used until now is no longer known; bytes that are stored from here on are. */
  forget() {
    this.inFlight.clear();
    this.owner.fill(0);
    this.#tablesKnown.clear();
    this.#knownNumber = NONE;
  }
  /** Applies the steps of one operation; `mayWriteAll` while the queue is set up. */
  apply(party, log, from, to, mayWriteAll) {
    this.operation++;
    this.writtenCount = 0;
    this.allocated = NONE;
    this.addrTwice = NONE;
    this.publishedAt = NONE;
    if (this.lateStores.length > 0) this.lateStores.length = 0;
    this.lateUse = void 0;
    this.foreign = void 0;
    this.stores = 0;
    this.useCount = 0;
    this.idxBack = NONE;
    this.eventSteps.off = NONE;
    this.eventSteps.flags = NONE;
    this.#tableStep = NONE;
    this.#barrierCount = 0;
    for (let step = from; step < to; step++) {
      switch (log.op[step]) {
        case MEMORY_OP.store:
          this.#store(party, log, step, mayWriteAll);
          break;
        case MEMORY_OP.barrier:
          if (log.area[step] !== BARRIER.rmb) this.#barriers[this.#barrierCount++] = step;
          break;
        case MEMORY_OP.alloc:
          this.allocated = log.offset[step];
          break;
        default:
          break;
      }
    }
  }
  /** Packed: whether a slot belongs to the device: it lies between the two positions. */
  deviceOwns(slot) {
    const { queueSize } = this.setup;
    let ahead = slot - positionSlot(this.used, queueSize);
    if (ahead < 0) ahead += queueSize;
    return ahead < this.inFlight.slots;
  }
  /** Split: the descriptors of the chain at hand belong to the device now. */
  own(head) {
    const { slots, slotCount } = this.chain;
    for (let i = 0; i < slotCount; i++) {
      const slot = slots[i];
      this.owner[slot] = head + 1;
      this.#nextOwned[slot] = i + 1 < slotCount ? slots[i + 1] : NONE;
    }
  }
  /** Whether a write barrier stands between two steps of the operation. */
  isBarred(from, to) {
    for (let i = 0; i < this.#barrierCount; i++) {
      const barrier = this.#barriers[i];
      if (barrier > from && barrier < to) return true;
    }
    return false;
  }
  /**
   * Whether everything that the operation stored for the chain at hand, before it was published, is
   * separated from the publishing store by a write barrier. `entry`: its slot of the available ring.
   */
  isChainBarred(entry) {
    const { chain, publishedAt } = this;
    for (let i = 0; i < chain.slotCount; i++) {
      const slot = chain.slots[i];
      if (!this.#isSlotBarred(slot, publishedAt)) return false;
    }
    if (entry !== NONE && this.entryStored[entry] === this.operation) {
      const step = this.#entryStep[entry];
      if (step < publishedAt && !this.isBarred(step, publishedAt)) return false;
    }
    const inTable = chain.tableOffset !== NONE && this.#tableStep !== NONE && this.#tableStored >= chain.tableOffset && this.#tableStored < chain.tableOffset + chain.tableBytes;
    return !inTable || this.#tableStep > publishedAt || this.isBarred(this.#tableStep, publishedAt);
  }
  #isSlotBarred(slot, until) {
    const { operation } = this;
    const content = this.#contentStep[slot];
    const hasContent = this.#contentStored[slot] === operation && content < until;
    if (hasContent && !this.isBarred(content, until)) return false;
    const flags = this.#flagsStep[slot];
    const hasFlags = this.flagsStored[slot] === operation && flags < until;
    return !hasFlags || this.isBarred(flags, until);
  }
  #knowsEntry(offset) {
    const entry = Math.floor(offset / DESC_BYTES);
    const page = this.#tablesKnown.get(entry >>> KNOWN_PAGE_BITS);
    return page !== void 0 && page[entry & KNOWN_PAGE - 1] === 1;
  }
  #knowEntry(offset) {
    const entry = Math.floor(offset / DESC_BYTES);
    const number = entry >>> KNOWN_PAGE_BITS;
    if (number !== this.#knownNumber) {
      const page = this.#tablesKnown.get(number) ?? new Uint8Array(KNOWN_PAGE);
      this.#tablesKnown.set(number, page);
      this.#knownNumber = number;
      this.#knownPage = page;
    }
    this.#knownPage[entry & KNOWN_PAGE - 1] = 1;
  }
  #store(party, log, step, mayWriteAll) {
    const area = log.area[step];
    if (area === AREA.pad) return;
    const offset = log.offset[step];
    const width = log.width[step];
    this.stores++;
    if (!mayWriteAll && !this.#mayStore(party, area, offset)) this.foreign ??= { area, offset };
    const low = log.low[step];
    if (!this.memory.store(area, offset, width, low, log.high[step])) {
      this.foreign ??= { area, offset };
      return;
    }
    if (area === AREA.ind) {
      this.#knowEntry(offset);
      this.#tableStep = step;
      this.#tableStored = offset;
      this.#after(party, area, offset);
    } else if (area === AREA.desc) {
      this.#storeDesc(party, offset, width, step);
    } else if (this.setup.layout === "packed") {
      if (covers(offset, width, 0)) this.eventSteps.off = step;
      if (covers(offset, width, 2)) this.eventSteps.flags = step;
    } else {
      this.#storeRing(party, area, offset, width, step);
    }
  }
  /** virtio 1.3, 2.7 and 2.8: each part of a split queue has one writer; packed descriptors change hands. */
  #mayStore(party, area, offset) {
    const packed = this.setup.layout === "packed";
    const driver = party === "driver";
    switch (area) {
      case AREA.driver:
        return driver && (packed || !this.#isWaitingEntry(offset));
      case AREA.device:
        return !driver;
      case AREA.desc: {
        const slot = Math.floor(offset / DESC_BYTES);
        if (packed) return driver !== this.deviceOwns(slot);
        return driver && this.owner[slot] === 0;
      }
      default:
        return driver;
    }
  }
  /** Split: an entry of the available ring that the device has not used yet. */
  #isWaitingEntry(offset) {
    const { queueSize } = this.setup;
    const entry = (offset - 4) / 2;
    if (entry < 0 || entry >= queueSize) return false;
    const ahead = (entry - this.used % queueSize + queueSize) % queueSize;
    return ahead < (this.avail - this.used & 65535);
  }
  #storeDesc(party, offset, width, step) {
    const slot = offset / DESC_BYTES | 0;
    const field = offset % DESC_BYTES;
    const packed = this.setup.layout === "packed";
    if (field === DESC_ADDR) {
      if (this.addrStored[slot] === this.operation) this.addrTwice = slot;
      this.addrStored[slot] = this.operation;
    }
    if (packed && covers(field, width, PACKED_DESC_ID)) this.idStored[slot] = this.operation;
    const flagsAt3 = packed ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS;
    const nextAt = packed ? PACKED_DESC_ID : SPLIT_DESC_NEXT;
    if (field < SPLIT_DESC_FLAGS || covers(field, width, nextAt)) {
      this.#contentStored[slot] = this.operation;
      this.#contentStep[slot] = step;
    }
    if (!covers(field, width, flagsAt3)) {
      this.#after(party, AREA.desc, offset);
      return;
    }
    if (this.flagsStored[slot] !== this.operation) this.written[this.writtenCount++] = slot;
    this.flagsStored[slot] = this.operation;
    this.#flagsStep[slot] = step;
    if (packed && party === "device") this.#usePacked(slot, step);
    else if (!packed || !this.#publishPacked(slot, step)) this.#after(party, AREA.desc, offset);
  }
  #storeRing(party, area, offset, width, step) {
    const { queueSize } = this.setup;
    if (area !== (party === "driver" ? AREA.driver : AREA.device)) return;
    if (covers(offset, width, RING_IDX)) {
      if (party === "device") this.#useSplit(step);
      else if (this.publishedAt === NONE) this.publishedAt = step;
      if (offset <= RING_FLAGS) this.eventSteps.flags = step;
      return;
    }
    if (offset < 4) {
      this.eventSteps.flags = step;
      return;
    }
    const entry = (offset - 4) / (area === AREA.driver ? 2 : 8) | 0;
    if (entry >= queueSize) {
      this.eventSteps.off = step;
      return;
    }
    this.entryStored[entry] = this.operation;
    this.#entryStep[entry] = step;
    if (party === "device" && this.consumed[entry] === this.operation) {
      this.lateUse ??= { area, offset };
    }
    this.#after(party, area, offset);
  }
  /** A store of the driver's after it has published. */
  #after(party, area, offset) {
    if (party !== "driver") {
      const slot = offset / DESC_BYTES | 0;
      if (area === AREA.desc && this.consumed[slot] === this.operation) {
        this.lateUse ??= { area, offset };
      }
    } else if (this.publishedAt !== NONE && this.lateStores.length < LATE_MAX) {
      this.lateStores.push({ area, offset });
    }
  }
  /** The head's flags make a list available, once they are those of its lap (virtio 1.3, 2.8.6). */
  #publishPacked(slot, step) {
    const { queueSize } = this.setup;
    if (slot !== positionSlot(this.avail, queueSize) || this.publishedAt !== NONE) return false;
    const flags = this.memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    if ((flags & OWNER_BITS) !== availBits(positionWrap(this.avail, queueSize))) return false;
    this.publishedAt = step;
    return true;
  }
  /**
   * A store to flags at the device's position may publish it, and what was written behind it, now or
   * before (catalogue PK-DEV-03): in this lap only the device makes a slot in flight look used.
   */
  #usePacked(slot, step) {
    const { queueSize } = this.setup;
    if (this.consumed[slot] === this.operation) {
      this.lateUse ??= { area: AREA.desc, offset: slot * DESC_BYTES };
    }
    if (slot !== positionSlot(this.used, queueSize)) return;
    while (this.inFlight.count > 0) {
      const at = positionSlot(this.used, queueSize);
      const offset = at * DESC_BYTES;
      const flags = this.memory.get16(AREA.desc, offset + PACKED_DESC_FLAGS);
      if ((flags & OWNER_BITS) !== usedBits(positionWrap(this.used, queueSize))) return;
      const id = this.memory.get16(AREA.desc, offset + PACKED_DESC_ID);
      const len = this.memory.get32(AREA.desc, offset + DESC_LEN);
      this.consumed[at] = this.operation;
      const slots = this.#take(id, len, flags, at, this.#isUseBarred(at, step));
      if (slots === 0) return;
      this.used = advancePosition(this.used, slots, queueSize);
    }
  }
  /** Packed: id and len against the flags of the same descriptor; one store of all is its own order. */
  #isUseBarred(slot, step) {
    if (this.#contentStored[slot] !== this.operation) return true;
    const content = this.#contentStep[slot];
    const flags = this.flagsStored[slot] === this.operation ? this.#flagsStep[slot] : step;
    return content === flags || this.isBarred(content, flags);
  }
  #useSplit(step) {
    const { queueSize } = this.setup;
    const to = this.memory.get16(AREA.device, RING_IDX);
    if (u16Distance(this.used, to) > this.inFlight.count) {
      this.idxBack = this.used;
      this.used = to;
      return;
    }
    while (this.used !== to) {
      const slot = this.used % queueSize;
      const id = this.memory.get32(AREA.device, usedElem(slot));
      const len = this.memory.get32(AREA.device, usedElem(slot) + 4);
      const before = this.inFlight.count;
      this.consumed[slot] = this.operation;
      const stored = this.entryStored[slot] === this.operation;
      const barrierBefore = !stored || this.isBarred(this.#entryStep[slot], step);
      this.#take(id, len, 0, slot, barrierBefore);
      const taken = Math.max(1, before - this.inFlight.count);
      this.used = this.used + Math.min(taken, u16Distance(this.used, to)) & 65535;
    }
  }
  /** Takes a used buffer, or a whole batch, out of flight; the ring descriptors it gives back. */
  #take(id, len, flags, slot, barrierBefore) {
    const { inFlight, setup } = this;
    const before = inFlight.slots;
    let buffer;
    if (setup.inOrder) {
      for (const one of inFlight.batchUpTo(id)) buffer = this.#takeOne(one);
    } else {
      buffer = this.#takeOne(id);
    }
    const use = this.uses[this.useCount];
    this.useCount++;
    if (use === void 0) this.uses.push({ id, len, flags, slot, buffer, barrierBefore });
    else {
      use.id = id;
      use.len = len;
      use.flags = flags;
      use.slot = slot;
      use.buffer = buffer;
      use.barrierBefore = barrierBefore;
    }
    return before - inFlight.slots;
  }
  #takeOne(id) {
    if (this.setup.layout === "split") this.#disown(id);
    return this.inFlight.take(id);
  }
  #disown(head) {
    for (let slot = head; slot !== NONE && this.owner[slot] === head + 1; ) {
      this.owner[slot] = 0;
      slot = this.#nextOwned[slot];
    }
  }
};
function covers(offset, width, field) {
  return offset <= field && offset + width > field;
}

// src/replay/standing-work.ts
var StandingWork = class {
  #queue;
  /** Where each buffer that was not fetched ends, oldest first: a circle. */
  #ends;
  #oldest = 0;
  /** Buffers made available that the device has not fetched; only while `known`. */
  unfetched = 0;
  /** Position (packed) or idx (split) that the device fetches next. */
  fetchedAt = 0;
  /** The log tells what the device fetches. */
  known = true;
  /** Of the buffers that were not fetched: those that no notification has followed. */
  #untold = 0;
  /** Used buffers that the driver has not taken. */
  #untaken = 0;
  /** The device has done something since the last publication; the driver since the last use. */
  #deviceSince = false;
  #driverSince = false;
  /** The device took something since it was last notified. */
  #fetchedSinceTold = false;
  /** After the last operation of the device the driver has looked for a used buffer, and found none. */
  #driverWaits = false;
  #published;
  #told;
  #used;
  /** A completion that marked no buffer used, since the last that did. */
  #emptyUse;
  /** The last operation was a notification that brought nothing new. */
  #spuriousKick;
  #spuriousIrq;
  constructor(queue, queueSize) {
    this.#queue = queue;
    this.#ends = new Int32Array(queueSize);
  }
  /** Operations are missing: what was fetched is not known. */
  forget() {
    this.known = false;
    this.#driverWaits = false;
    this.#spuriousKick = void 0;
    this.#spuriousIrq = void 0;
  }
  /** Nothing is in flight, and the device stands where the driver does. */
  attach(avail) {
    this.known = true;
    this.fetchedAt = avail;
    this.unfetched = 0;
    this.#untold = 0;
    this.#untaken = 0;
  }
  /** The driver made a buffer available; the next one begins at `end`. */
  published(place, end) {
    this.#published = place;
    this.#deviceSince = false;
    this.#untold++;
    if (this.unfetched >= this.#ends.length) this.known = false;
    if (!this.known) return;
    this.#ends[(this.#oldest + this.unfetched) % this.#ends.length] = end;
    this.unfetched++;
  }
  /** The device was notified, by whatever call. */
  notified(place) {
    this.#told = place;
    this.#untold = 0;
    this.#fetchedSinceTold = false;
    this.#spuriousKick = this.known && this.unfetched === 0 ? place : void 0;
  }
  /** The device has taken a buffer, or found none. */
  fetched(took) {
    if (!took || !this.known) return;
    if (this.unfetched === 0) {
      this.known = false;
      return;
    }
    this.fetchedAt = this.#ends[this.#oldest];
    this.#oldest = (this.#oldest + 1) % this.#ends.length;
    this.unfetched--;
    this.#untold = Math.min(this.#untold, this.unfetched);
    this.#fetchedSinceTold = true;
  }
  /** A completion marked so many buffers used; `inFlight` are left. */
  used(place, count4, inFlight) {
    if (count4 === 0) {
      this.#emptyUse ??= place;
      return;
    }
    this.#emptyUse = void 0;
    this.#used = place;
    this.#untaken += count4;
    this.#driverSince = false;
    if (inFlight < this.unfetched) this.known = false;
  }
  deviceActs() {
    this.#deviceSince = true;
    this.#driverWaits = false;
  }
  driverActs() {
    this.#driverSince = true;
    this.#spuriousKick = void 0;
  }
  /** get_buf returned a buffer, or none. */
  got(took) {
    if (took) this.#untaken = Math.max(0, this.#untaken - 1);
    else this.#driverWaits = true;
  }
  /** The driver is interrupted. */
  interrupted(place) {
    this.#spuriousIrq = this.known && this.#untaken === 0 ? place : void 0;
  }
  /** The driver begins another operation; `broken`: it has given the queue up by now. */
  driverBroken(broken, place) {
    const spurious = this.#spuriousIrq;
    this.#spuriousIrq = void 0;
    if (spurious === void 0) return;
    this.#survived("driver", broken, place, spurious);
  }
  /** The device stops; `broken`: by itself. */
  deviceStops(broken, place) {
    const spurious = this.#spuriousKick;
    this.#spuriousKick = void 0;
    if (spurious !== void 0) this.#survived("device", broken, place, spurious);
  }
  #survived(party, broken, place, by) {
    const told = party === "device" ? "the device is notified" : "the driver is interrupted";
    this.#queue.emit({
      kind: "notification.survived",
      queue: this.#queue.view,
      place,
      party,
      broken,
      evidence: [{ role: "decision", place: by, what: `${told}, and nothing is new` }]
    });
  }
  /** The run ends: with work that stands, and that nothing in the log is going to move? */
  ends(place, inFlight, words) {
    if (!this.known) {
      this.#emit(place, { undecided: "the log does not tell what the device fetched" });
      return;
    }
    const held = inFlight - this.unfetched;
    const left = this.#left(held, words);
    if (left !== void 0) this.#emit(place, left);
    else this.#emit(place, {});
  }
  #left(held, words) {
    const { unfetched } = this;
    if (unfetched > 0 && this.#driverWaits) {
      if (this.#untold > 0 && words.undecidedAvail > 0) return void 0;
      if (this.#untold > 0 && !this.#deviceSince) return this.#notTold(words);
      if (this.#untold === 0 && this.#fetchedSinceTold && held === 0) return this.#toldAndLeft();
    }
    if (held > 0 && this.#emptyUse !== void 0 && this.#driverWaits) {
      return this.#withheld(held, this.#emptyUse);
    }
    const idle = unfetched === 0 && held === 0;
    if (idle && this.#untaken > 0 && !this.#driverSince && words.undecidedUsed === 0) {
      return this.#notTaken(words);
    }
    return void 0;
  }
  #notTold({ deviceAsks }) {
    return {
      sort: "not-told",
      party: "unknown",
      message: `${buffers(this.unfetched)} available that the device has not fetched; it asks to be notified of ${deviceAsks}, was not notified of ${this.#untold === 1 ? "the last one" : `the last ${this.#untold}`}, and has not looked since`,
      unless: ["the device looks by itself", "the driver notifies it for another reason"],
      evidence: this.#seen("publication", this.#published, "the last buffer was made available")
    };
  }
  #toldAndLeft() {
    return {
      sort: "told-and-left",
      party: "device",
      message: `${buffers(this.unfetched)} available that the device was notified of and did not fetch; it has used all that it fetched`,
      unless: ["the device comes back by itself", "the log ends before it does"],
      evidence: this.#seen("decision", this.#told, "the device was notified")
    };
  }
  #withheld(held, place) {
    return {
      sort: "withheld",
      party: "device",
      message: `the device completed and marked nothing used: it holds ${held} of the buffers that it has fetched, and the driver waits`,
      unless: ["something else makes the device publish them", "the log ends before it does"],
      evidence: this.#seen("publication", place, "a completion marks no buffer used")
    };
  }
  #notTaken({ driverAsks }) {
    return {
      sort: "not-taken",
      party: "driver",
      message: `${buffers(this.#untaken)} used that the driver has not taken; it asks to be interrupted for ${driverAsks}, and has not looked since`,
      unless: ["the driver looks by itself", "the log ends before it does"],
      evidence: this.#seen("publication", this.#used, "the last buffer was marked used")
    };
  }
  #seen(role, place, what) {
    return place === void 0 ? [] : [{ role, place, what }];
  }
  #emit(place, left) {
    this.#queue.emit({
      kind: "work.left",
      queue: this.#queue.view,
      place,
      undecided: void 0,
      sort: "",
      party: "unknown",
      message: "",
      unless: [],
      evidence: [],
      ...left
    });
  }
  /** Published, wanted by the device all along, and no decision followed: did the driver go on? */
  isForgotten() {
    return this.known && this.unfetched > 0 && this.#untold > 0 && this.#driverWaits;
  }
  get publishedLast() {
    return this.#published;
  }
};
function buffers(count4) {
  return count4 === 1 ? "1 buffer stands" : `${count4} buffers stand`;
}

// src/replay/ring-shadow.ts
function isDeviceKind(kind) {
  return kind >= KIND.devicePop && kind <= KIND.deviceStop;
}
function blankOperation() {
  return {
    kind: KIND.create,
    place: { seq: 0, line: 0, time: 0, cpu: 0 },
    func: "",
    log: new MemoryLog(1),
    from: 0,
    to: 0,
    elements: new SegmentLog(1),
    elementsFrom: 0,
    elementsTo: 0,
    result: Number.NaN,
    values: new Float64Array(FIELDS.length).fill(Number.NaN),
    base: 0
  };
}
var RingShadow = class {
  #queue;
  #ring;
  #exposures;
  #eventWords;
  #decisions;
  #work;
  /** Why nothing more can be said of the ring; empty while it can. */
  #blind = "";
  /** Between creation and stop: afterwards the driver may do as it likes. */
  #live = true;
  /** What is stated of the operation at hand; see RingChecked. */
  #storesSeen;
  #bufferUsed;
  /** `memory` of an earlier ring of the same setup may be used again. */
  constructor(queue, setup, memory) {
    this.#queue = queue;
    this.#ring = new RingState(setup, memory);
    this.#exposures = new Exposures(queue, this.#ring, blankOperation());
    this.#work = new StandingWork(queue, setup.queueSize);
    this.#eventWords = new EventWords(queue, this.#ring, this.#work);
    this.#decisions = new RingDecisions(queue, this.#ring);
    const nothing = {
      queue: queue.view,
      place: blankOperation().place,
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS
    };
    this.#storesSeen = { kind: "stores.seen", ...nothing, party: "driver" };
    this.#bufferUsed = { kind: "buffer.used", ...nothing, bufferId: NONE, len: 0 };
  }
  get memory() {
    return this.#ring.memory;
  }
  get setup() {
    return this.#ring.setup;
  }
  /** Whether the operation at hand stored to the driver's event words (packed). */
  get driverEventStored() {
    const { eventSteps } = this.#ring;
    return eventSteps.off !== NONE || eventSteps.flags !== NONE;
  }
  /** Nothing more comes; `lastSeq` is that of the last event. */
  endOfTrace(lastSeq) {
    this.#decisions.endOfTrace(lastSeq);
  }
  /** Operations are missing: what the ring holds is no longer known. */
  lost() {
    this.#blind = "operations are missing from the log";
    this.#decisions.forget();
    this.#ring.forget();
    this.#work.forget();
  }
  /** The log is whole and ends here, with the device alive. */
  logEnds(place) {
    if (this.#live) this.#runEnds(place);
  }
  #runEnds(place) {
    if (this.#blind !== "") return;
    this.#decisions.runEnds(place, this.#work);
    this.#work.ends(place, this.#ring.inFlight.count, this.#decisions.lastWords());
  }
  /** Puts what the ring says into a driver's sample: the event words, as they are before its call. */
  show(sample) {
    if (this.#blind !== "") return;
    const { memory, setup } = this.#ring;
    if (setup.layout === "packed") {
      sample.driverOffWrap = memory.get16(AREA.driver, 0);
      sample.driverFlags = memory.get16(AREA.driver, 2);
      sample.deviceOffWrap = memory.get16(AREA.device, 0);
      sample.deviceFlags = memory.get16(AREA.device, 2);
      return;
    }
    sample.usedFlags = memory.get16(AREA.device, RING_FLAGS);
    sample.availEvent = memory.get16(AREA.device, availEventOffset(setup.queueSize));
  }
  /** The driver's own position against the ring's, before its call. */
  compare(sample) {
    if (this.#blind !== "" || !this.#live) return;
    const { setup, avail } = this.#ring;
    const { queueSize } = setup;
    const split = setup.layout === "split";
    const known2 = split ? isKnown(sample.availIdx) : isCount(sample.nextAvail, queueSize - 1) && isCount(sample.availWrap, 1);
    if (!known2) return;
    const found = split ? sample.availIdx : packedPosition(sample.nextAvail, sample.availWrap, queueSize);
    if (found === avail) {
      this.#stores("driver", sample.place, STORES.driverState, NO_FACTS);
      return;
    }
    const what = split ? `avail_idx ${found}, and avail.idx is ${avail}` : `${positionText(found, queueSize)}, and the ring's is ${positionText(avail, queueSize)}`;
    this.#stores("driver", sample.place, STORES.driverState, [
      this.#fact(STORES.driverState, sample.place, `${sample.func} begins`, {
        found,
        expected: avail,
        what
      })
    ]);
  }
  /** Takes in an operation's steps, and states what came of them. True when the ring went wrong by it. */
  step(operation) {
    const { kind, place, func, log, from, to } = operation;
    const ring = this.#ring;
    const party = isDeviceKind(kind) ? "device" : "driver";
    const setUp = kind === KIND.create || kind === KIND.snapshot;
    if (kind === KIND.deviceStop) this.#stopped(place, func);
    const usedBefore = ring.used;
    const inFlightBefore = ring.inFlight.count;
    const isFollowed = this.#live && this.#blind === "" && !setUp;
    if (isFollowed && party === "driver") this.#driverBegins(operation);
    const flagsBefore = ring.setup.layout === "packed" ? ring.memory.get16(party === "driver" ? AREA.driver : AREA.device, EVENT_FLAGS) : 0;
    ring.apply(party, log, from, to, setUp || !this.#live);
    if (kind === KIND.snapshot) this.#snapshot();
    if (kind === KIND.create && ring.setup.layout === "split") {
      this.#eventWords.ringStored(party, place, func);
    }
    if (setUp) return false;
    const blind = this.#live ? this.#blind : "the device has stopped";
    if (blind !== "") {
      if (kind === KIND.add && operation.result === 0) this.#exposures.unseen(place, blind);
      return false;
    }
    let derailed = false;
    if (party === "driver") {
      derailed = this.#driverStep(operation);
      if (ring.setup.layout === "packed") this.#eventWords.stored(party, place, func, flagsBefore);
      else this.#eventWords.ringStored(party, place, func);
      if (ring.stores > 0) this.#decisions.driverMoved();
    } else {
      derailed = this.#deviceStep(operation, usedBefore);
      this.#deviceDid(operation, inFlightBefore);
      if (ring.setup.layout === "packed") this.#eventWords.stored(party, place, func, flagsBefore);
      else this.#eventWords.ringStored(party, place, func);
      if (kind === KIND.deviceSetNotify) this.#eventWords.asked(operation);
      if (ring.stores > 0) this.#decisions.deviceMoved();
    }
    if (ring.stores > 0) this.#owned(party, place, func);
    if (party === "driver") this.#driverDid(operation);
    if (derailed) this.#blind = `the ring went wrong at operation ${place.seq}`;
    return derailed;
  }
  /** What the driver believes before its operation, and what it has made of the one before. */
  #driverBegins({ place, values, base }) {
    const broken = values[base + FIELD.broken];
    if (!Number.isNaN(broken)) this.#work.driverBroken(broken === 1, place);
    this.#eventWords.believed(place, values[base + FIELD.flagsShadow]);
    this.#work.driverActs();
  }
  #driverDid(operation) {
    const { kind, place, result, values, base, log, from, to } = operation;
    const work = this.#work;
    const decided = kind === KIND.kickPrepare && values[base + FIELD.needsKick] > 0;
    let notified = kind === KIND.notify || decided;
    for (let step = from; step < to && !notified; step++) {
      notified = log.op[step] === MEMORY_OP.notify;
    }
    if (notified) {
      const early = this.#decisions.notified(operation, this.#ring.publishedAt);
      if (!early) work.notified(place);
      if (kind === KIND.notify) this.#notifyData(operation);
    }
    if (kind === KIND.getBuf) work.got(values[base + FIELD.token] > 0);
    else if (kind === KIND.interrupt) work.interrupted(place);
    else if (kind === KIND.enableCb || kind === KIND.enableCbDelayed || kind === KIND.poll) {
      if (!Number.isNaN(result)) this.#eventWords.answered(operation);
    }
  }
  #notifyData({ place, values, base, func }) {
    const data = values[base + FIELD.notifyData];
    const { setup, avail } = this.#ring;
    if (Number.isNaN(data) || setup.notificationData !== true) return;
    const expected = setup.layout === "split" ? avail : positionWord(avail, setup.queueSize);
    const { index } = setup;
    const number = index === void 0 ? {} : { number: index };
    emitNotifyData(this.#queue, { place, func }, data, { expected, ahead: 0, ...number });
  }
  #deviceDid({ kind, place, result }, inFlightBefore) {
    const work = this.#work;
    work.deviceActs();
    const { count: count4 } = this.#ring.inFlight;
    if (kind === KIND.devicePop && !Number.isNaN(result)) work.fetched(result > 0);
    if (kind === KIND.deviceUse) work.used(place, inFlightBefore - count4, count4);
  }
  #stopped(place, func) {
    if (this.#live && this.#blind === "") {
      this.#work.deviceStops(func === STOPPED_BROKEN, place);
      if (func !== STOPPED_BROKEN) this.#runEnds(place);
    }
    this.#live = false;
    if (func !== STOPPED_BROKEN) return;
    this.#queue.emit({
      kind: "effect.seen",
      queue: this.#queue.view,
      sort: "device broken",
      effect: { message: "the device breaks: it takes no more buffers", place }
    });
  }
  /** A snapshot in a log stands where nothing is in flight. */
  #snapshot() {
    const ring = this.#ring;
    ring.forget();
    this.#decisions.forget();
    this.#blind = ring.setup.layout === "packed" ? "the snapshot does not say where the driver stands" : "";
    this.#live = true;
    if (ring.setup.layout === "split") {
      ring.avail = ring.memory.get16(AREA.driver, RING_IDX);
      ring.used = ring.memory.get16(AREA.device, RING_IDX);
      this.#work.attach(ring.avail);
    }
  }
  /** Packed: a ring has no index; a snapshot's positions are those of the driver's state with it. */
  attach(avail, used) {
    this.#ring.avail = avail;
    this.#ring.used = used;
    this.#work.attach(avail);
    this.#blind = "";
  }
  #driverStep(operation) {
    const { kind, place, func, result } = operation;
    const ring = this.#ring;
    const { layout, queueSize } = ring.setup;
    if (kind === KIND.add && result !== 0 && !this.#publishes()) {
      this.#decisions.refused(operation);
      return false;
    }
    const adds = kind === KIND.add && result === 0 ? 1 : 0;
    const published = layout === "split" ? this.#entriesPublished() : this.#listsPublished(adds === 1);
    if (layout === "split" && published > 0 && this.#availIdx(place, func, published)) return true;
    if (published !== adds) {
      this.#blind = "buffers are published in another way than one by each add";
      return false;
    }
    if (adds === 0) return false;
    const before = ring.avail;
    const derailed = this.#exposures.added(operation);
    const count4 = layout === "split" ? 1 : positionDistance(before, ring.avail, queueSize);
    this.#decisions.published(count4);
    this.#work.published(place, ring.avail);
    return derailed;
  }
  /** The operation made something available. */
  #publishes() {
    const packed = this.#ring.setup.layout === "packed";
    return packed ? this.#listsPublished(false) > 0 : this.#entriesPublished() > 0;
  }
  /** Split: entries that the operation's store to avail.idx made available. */
  #entriesPublished() {
    return u16Distance(this.#ring.avail, this.#ring.memory.get16(AREA.driver, RING_IDX));
  }
  /**
   * Packed: 1 when the operation stored flags at the next head that make it available: in an add also
   * those of the other lap, which is a mistake and not something else. A driver may clear the flags of
   * slots that it has back, and publish what it added later.
   */
  #listsPublished(inAdd) {
    const { avail, setup, flagsStored, operation, memory } = this.#ring;
    const slot = positionSlot(avail, setup.queueSize);
    if (flagsStored[slot] !== operation) return 0;
    const flags = memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    const wrap = positionWrap(avail, setup.queueSize);
    const bits = flags & OWNER_BITS;
    return bits === availBits(wrap) || inAdd && bits === availBits(1 - wrap) ? 1 : 0;
  }
  #deviceStep(operation, usedBefore) {
    const { kind, place, func, result } = operation;
    const ring = this.#ring;
    let derailed = false;
    if (ring.useCount > 0 || ring.idxBack !== NONE) {
      for (let i = 0; i < ring.useCount; i++) {
        derailed = this.#used(ring.uses[i], place, func) || derailed;
      }
      const used = ring.setup.layout === "packed" ? positionDistance(usedBefore, ring.used, ring.setup.queueSize) : u16Distance(usedBefore, ring.used);
      if (used > 0) this.#decisions.used(used);
      if (ring.setup.layout === "split") derailed = this.#usedIdx(place, func) || derailed;
    }
    if (ring.setup.layout === "packed") derailed = this.#stray(place, func) || derailed;
    if (kind === KIND.deviceSignal) this.#decisions.signal(place, func, result > 0);
    return derailed;
  }
  #used(use, place, func) {
    const { barriersLogged, layout } = this.#ring.setup;
    const { lateUse: late } = this.#ring;
    let facts = NO_FACTS;
    let decided = USE.idInFlight | USE.storedBefore;
    let undecided = 0;
    if (layout === "packed") decided |= USE.position;
    if (use.buffer === void 0) {
      facts = [this.#fact(USE.idInFlight, place, func, { slot: use.slot, found: use.id })];
    } else if (use.buffer.writableBytes === NONE) {
      undecided = USE.lenFits;
    } else if (layout === "split" || (use.flags & VIRTQ_DESC_F_WRITE) !== 0) {
      decided |= USE.lenFits;
      if (use.len > use.buffer.writableBytes) {
        const numbers = { slot: use.slot, found: use.len, expected: use.buffer.writableBytes };
        facts = [this.#fact(USE.lenFits, place, func, numbers)];
      }
    }
    if (late !== void 0) {
      const what = storeText(late, this.#ring.setup.layout);
      facts = [...facts, this.#fact(USE.storedBefore, place, func, { slot: use.slot, what })];
    }
    if (barriersLogged) {
      decided |= USE.barrier;
      if (!use.barrierBefore) {
        facts = [...facts, this.#fact(USE.barrier, place, func, { slot: use.slot })];
      }
    }
    const seen = this.#bufferUsed;
    seen.place = place;
    seen.decided = decided;
    seen.undecided = undecided;
    seen.unlogged = barriersLogged ? 0 : USE.barrier;
    seen.reason = "not known how much the buffer holds";
    seen.facts = facts;
    seen.bufferId = use.id;
    seen.len = use.len;
    this.#queue.emit(seen);
    return use.buffer === void 0;
  }
  /**
   * Packed: the device stored flags at its own position, and they are not those of a used descriptor in
   * this lap. (Behind that position it may write ahead: catalogue PK-DEV-03.)
   */
  #stray(place, func) {
    const { flagsStored, consumed, operation, used, setup, memory } = this.#ring;
    const slot = positionSlot(used, setup.queueSize);
    if (flagsStored[slot] !== operation || consumed[slot] === operation) return false;
    const at = slot * DESC_BYTES;
    const flags = memory.get16(AREA.desc, at + PACKED_DESC_FLAGS);
    const wrap = positionWrap(used, setup.queueSize);
    if ((flags & OWNER_BITS) === availBits(wrap)) return false;
    const what = `flags ${hex(flags)} at wrap counter ${wrap}`;
    const seen = this.#bufferUsed;
    seen.place = place;
    seen.decided = USE.position;
    seen.undecided = 0;
    seen.unlogged = 0;
    seen.facts = [
      this.#fact(USE.position, place, func, { slot, found: flags, expected: wrap, what })
    ];
    seen.bufferId = memory.get16(AREA.desc, at + PACKED_DESC_ID);
    seen.len = memory.get32(AREA.desc, at + DESC_LEN);
    this.#queue.emit(seen);
    return true;
  }
  /** avail.idx moved on by `published` entries; a step back is one past what the queue holds. */
  #availIdx(place, func, published) {
    const { inFlight, setup, avail } = this.#ring;
    const found = avail + published & 65535;
    if (inFlight.count + published <= setup.queueSize) {
      this.#stores("driver", place, STORES.availIdx, NO_FACTS);
      return false;
    }
    const numbers = { found, expected: avail, other: inFlight.count };
    const fact2 = this.#fact(STORES.availIdx, place, func, numbers);
    this.#stores("driver", place, STORES.availIdx, [fact2]);
    return true;
  }
  #usedIdx(place, func) {
    const { idxBack, used, avail } = this.#ring;
    if (idxBack !== NONE) {
      const numbers = { found: used, expected: avail, other: idxBack };
      const fact2 = this.#fact(STORES.usedIdx, place, func, numbers);
      this.#stores("device", place, STORES.usedIdx, [fact2]);
      return true;
    }
    this.#stores("device", place, STORES.usedIdx, NO_FACTS);
    return false;
  }
  #owned(party, place, func) {
    const { foreign, setup } = this.#ring;
    if (foreign === void 0) {
      this.#stores(party, place, STORES.owned, NO_FACTS);
      return;
    }
    const what = storeText(foreign, setup.layout);
    this.#stores(party, place, STORES.owned, [this.#fact(STORES.owned, place, func, { what })]);
  }
  #stores(party, place, decided, facts) {
    const seen = this.#storesSeen;
    seen.party = party;
    seen.place = place;
    seen.decided = decided;
    seen.facts = facts;
    this.#queue.emit(seen);
  }
  /** A kick decision begins; undefined when the ring says nothing of it. */
  kick(sample) {
    if (!this.#live) return void 0;
    if (this.#blind !== "") {
      return { sample, wanted: { wanted: void 0, reason: this.#blind } };
    }
    return this.#decisions.kick(sample);
  }
  /** Callbacks were enabled, by the plain form, at the driver's used position. */
  enabled(place, func, lastUsed) {
    if (this.#blind !== "" || !this.#live || !isKnown(lastUsed)) return;
    this.#eventWords.enabled(place, func, lastUsed);
  }
  #fact(aspect, place, what, numbers = {}) {
    return {
      aspect,
      slot: NONE,
      other: NONE,
      found: NONE,
      expected: NONE,
      what: "",
      ...numbers,
      evidence: [{ role: "decision", place, what }]
    };
  }
};

// src/replay/ring-snapshots.ts
var LIST = EXPOSURE.ownerBits | EXPOSURE.runsOn | EXPOSURE.walkEnds | EXPOSURE.elementOrder;
var DISAGREE = "positions and free count of the sample disagree";
var RingSnapshots = class {
  #queue;
  #memory;
  #chain = new Chain(1);
  constructor(queue) {
    this.#queue = queue;
  }
  take(sample, bytes) {
    const { layout, size } = this.#queue;
    if (layout !== "packed" || size === void 0) return;
    const memory = this.#memoryOf(size);
    const area = memory.bytes(AREA.desc);
    if (bytes.length < area.length) {
      this.#open(sample, "the probe recorded fewer descriptors than the ring has");
      return;
    }
    const { nextAvail, availWrap, numAdded, numFree } = sample;
    const used = isKnown(sample.lastUsed) ? wordPosition(sample.lastUsed, size) : void 0;
    const whole = isKnown(nextAvail) && nextAvail < size && isKnown(availWrap) && isKnown(numAdded);
    if (used === void 0 || !whole) {
      this.#open(sample, "the sample does not show the driver's positions");
      return;
    }
    const avail = packedPosition(nextAvail, availWrap, size);
    const inFlight = positionDistance(used, avail, size);
    if (inFlight > size || isKnown(numFree) && size - numFree !== inFlight) {
      this.#open(sample, DISAGREE);
      return;
    }
    area.set(bytes.subarray(0, area.length));
    this.#lists(memory, sample, avail, Math.min(numAdded, inFlight));
  }
  #memoryOf(size) {
    if (this.#memory?.queueSize !== size) {
      this.#memory = new RingMemory("packed", size);
      this.#chain = new Chain(size);
    }
    return this.#memory;
  }
  #lists(memory, sample, avail, slots) {
    const { queueSize } = memory;
    for (let left = slots; left > 0; ) {
      const at = positionDistance(left, avail, queueSize);
      const bits = flagsAt(memory, at) & OWNER_BITS;
      const wrap = positionWrap(at, queueSize);
      if (bits === availBits(wrap)) left -= this.#list(memory, sample, at, left);
      else {
        if (bits !== usedBits(wrap)) this.#wrongOwner(memory, sample, at);
        left--;
      }
    }
  }
  /** One list, and how many of the `left` slots it takes. */
  #list(memory, sample, start, left) {
    const { queueSize } = memory;
    let count4 = 1;
    let at = start;
    while (count4 < left && (flagsAt(memory, at) & VIRTQ_DESC_F_NEXT) !== 0) {
      at = advancePosition(at, 1, queueSize);
      const bits = availBits(positionWrap(at, queueSize));
      if ((flagsAt(memory, at) & OWNER_BITS) !== bits) {
        this.#open(sample, "the device has written over part of the list");
        return count4;
      }
      count4++;
    }
    const chain = this.#chain;
    walkPacked(memory, start, chain, noTables);
    const facts = [];
    const flags = flagsAt(memory, at);
    const last = positionSlot(at, queueSize);
    const beyond = (last + 1) % queueSize;
    const runsOn = count4 === left && (flags & VIRTQ_DESC_F_NEXT) !== 0;
    if (runsOn) {
      const evidence = this.#evidence(sample, `slot ${last} flags=${hex(flags)}`);
      const aspect = EXPOSURE.runsOn;
      facts.push({ ...BLANK, aspect, slot: last, other: beyond, found: flags, evidence });
    }
    if (chain.readableAfterWritable >= 0 && !runsOn && chain.indirectSlot < 0) {
      const element = chain.readableAfterWritable;
      const evidence = this.#evidence(sample, `slot ${chain.slots[element]}`);
      facts.push({ ...BLANK, aspect: EXPOSURE.elementOrder, slot: element, evidence });
    }
    if (chain.ending === "table-length") {
      const evidence = this.#evidence(sample, `slot ${chain.indirectSlot}`);
      const { tableBytes: found, indirectSlot: slot } = chain;
      facts.push({ ...BLANK, aspect: EXPOSURE.tableLength, slot, found, evidence });
    }
    this.#emit(sample, decidedBy(chain), 0, "", positionSlot(start, queueSize), facts);
    return count4;
  }
  #wrongOwner(memory, sample, position) {
    const { queueSize } = memory;
    const flags = flagsAt(memory, position);
    const slot = positionSlot(position, queueSize);
    const expected = availBits(positionWrap(position, queueSize));
    const what = `flags ${hex(flags)} in ${positionText(position, queueSize)}, neither available nor used in that lap`;
    const evidence = this.#evidence(sample, `slot ${slot} flags=${hex(flags)}`);
    const found = flags & OWNER_BITS;
    const fact2 = { ...BLANK, aspect: EXPOSURE.ownerBits, slot, found, expected, what, evidence };
    this.#chain.clear();
    this.#emit(sample, EXPOSURE.ownerBits, 0, "", slot, [fact2]);
  }
  #evidence(sample, what) {
    const { place, func, nextAvail, availWrap, numAdded } = sample;
    const shown = `${func} next_avail=${nextAvail} avail_wrap=${availWrap} num_added=${numAdded}: ${what}`;
    return [{ role: "publication", place, what: shown }];
  }
  #open(sample, reason) {
    this.#chain.clear();
    this.#emit(sample, 0, LIST, reason, NONE, NO_FACTS);
  }
  #emit(sample, decided, undecided, reason, head, facts) {
    this.#queue.emit({
      kind: "buffer.exposed",
      queue: this.#queue.view,
      place: sample.place,
      decided,
      unlogged: 0,
      undecided,
      reason,
      facts: facts.length === 0 ? NO_FACTS : facts,
      head,
      chain: this.#chain
    });
  }
};
var BLANK = {
  aspect: 0,
  slot: NONE,
  other: NONE,
  found: NONE,
  expected: NONE,
  what: "",
  evidence: []
};
function flagsAt(memory, position) {
  const slot = positionSlot(position, memory.queueSize);
  return memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
}
function decidedBy(chain) {
  if (chain.indirectSlot < 0) return LIST;
  return LIST & ~EXPOSURE.elementOrder | EXPOSURE.tableLength;
}

// src/replay/split-indexes.ts
var Followed = class {
  #queue;
  #what;
  #index = UNKNOWN;
  #sample;
  #moves = 0;
  #unsure = 0;
  #lossy = false;
  constructor(queue, what) {
    this.#queue = queue;
    this.#what = what;
  }
  moved(sure) {
    if (sure) this.#moves++;
    else this.#unsure++;
  }
  created(place) {
    this.#index = 0;
    this.#sample = blankSample(place);
  }
  attached() {
    this.#sample = void 0;
  }
  eventsLost() {
    this.#lossy = true;
  }
  sample(sample, index) {
    const before = this.#sample;
    if (before !== void 0) {
      const moved = u16Distance(this.#index, index);
      if (moved > 32768 && this.#queue.mayBeExchanged(before.place, sample.place)) {
        this.#queue.exchanged();
        return;
      }
      if (moved < this.#moves || moved > this.#moves + this.#unsure) {
        this.#queue.gap(before.place, sample.place, this.#reason());
      }
    }
    this.#index = index;
    this.#sample = sample;
    this.#moves = 0;
    this.#unsure = 0;
    this.#lossy = false;
  }
  #reason() {
    return this.#lossy ? `the tracer lost events, and ${this.#call} was among them` : `the ${this.#what} index moved without ${this.#call} in the trace`;
  }
  get #call() {
    return this.#what === "used" ? "a get_buf" : "an add";
  }
};
var SplitIndexes = class {
  #used;
  #avail;
  constructor(queue) {
    this.#used = new Followed(queue, "used");
    this.#avail = new Followed(queue, "available");
  }
  returned(sure) {
    this.#used.moved(sure);
  }
  added(sure) {
    this.#avail.moved(sure);
  }
  /** At creation both indexes are 0 (virtio 1.3, 2.7.6 and 2.7.8). */
  created(place) {
    this.#used.created(place);
    this.#avail.created(place);
  }
  /** The queue was attached in the middle of its life: nothing is known, and nothing was missed. */
  attached() {
    this.#used.attached();
    this.#avail.attached();
  }
  eventsLost() {
    this.#used.eventsLost();
    this.#avail.eventsLost();
  }
  /** True when the sample shows both indexes. */
  sample(sample) {
    const hasUsed = isCount(sample.lastUsed, 65535);
    if (hasUsed) this.#used.sample(sample, sample.lastUsed);
    const availIdx = splitAvailIdx(sample);
    const hasAvail = sample.kind === KIND.kickPrepare && isCount(availIdx, 65535);
    if (hasAvail) this.#avail.sample(sample, availIdx);
    return hasUsed && hasAvail;
  }
};

// src/replay/queue-shadow.ts
var EXCHANGE_TIME_MAX = 1e4;
var SETTLED = EVENT_KINDS.map(
  (kind) => ["add", "kickPrepare", "getBuf", "enableCbPrepare", "enableCb", "enableCbDelayed"].includes(kind)
);
var MOVES_EVENT = /* @__PURE__ */ new Set([
  KIND.enableCb,
  KIND.enableCbPrepare,
  KIND.enableCbDelayed,
  KIND.getBuf
]);
var ENOSPC2 = 28;
var NO_SEQ = -1;
var REFUSALS_MAX = 16;
var ERRNO_NAMES = {
  5: "EIO",
  12: "ENOMEM",
  22: "EINVAL",
  28: "ENOSPC"
};
var QueueShadow = class {
  /** Place among the queues of its replay, from 0. */
  number;
  pointer;
  generation;
  /** Text of the pointer, for the id. */
  pointerText;
  idSuffix;
  name;
  index;
  layout;
  size;
  eventIdx;
  indirect;
  ordinal = 0;
  events = 0;
  /** Features whose effect was seen, not merely negotiated. */
  exercised = /* @__PURE__ */ new Set();
  kicks;
  /** Its ring, where the source tells every store to it. */
  ring;
  #clock;
  #output;
  #positions;
  #split;
  #driverEvent;
  #numAdded;
  #interrupts;
  #notifications;
  #buffers;
  /** A call that begins and returns in one event; nobody keeps it. */
  #call;
  #snapshots = new RingSnapshots(this);
  #losses;
  #knowsAll = false;
  /** The used position as the trace has it, until a get_buf moves it. */
  #lastUsed = UNKNOWN;
  #nameId = -1;
  /** Segments of the add that began last; UNKNOWN when the probe counts only scatterlists. */
  #lastSegments = UNKNOWN;
  #refusals = [];
  /** A gap showed in the sample at hand. */
  #gapped = false;
  /** The last add that no kick decision and no get_buf has followed. */
  #unkicked;
  /** The add that began last, to see how many descriptors it took. */
  #lastAdd;
  constructor(options) {
    this.number = options.number;
    this.pointer = options.pointer;
    this.pointerText = options.pointerText;
    this.idSuffix = options.idSuffix;
    this.generation = options.generation;
    this.#losses = options.losses;
    this.#clock = options.clock;
    this.#output = options.output;
    this.kicks = new KickDecisions(this);
    this.#positions = new PackedPositions(this);
    this.#split = new SplitIndexes(this);
    this.#driverEvent = new DriverEvent(this);
    this.#numAdded = new NumAdded(this);
    this.#interrupts = new Interrupts(this);
    this.#notifications = new Notifications(this);
    this.#buffers = new Buffers(this, options.created);
    const begun = blankSample({ seq: 0, line: 0, time: 0, cpu: 0 });
    this.#call = {
      kind: KIND.create,
      queue: this,
      begun,
      lossMarks: 0,
      done: false,
      note: void 0
    };
  }
  get id() {
    return `${this.name ?? "?"}@${this.pointerText}#${this.generation}${this.idSuffix}`;
  }
  get everyOperationTold() {
    return this.ring !== void 0;
  }
  get view() {
    return this;
  }
  /** Names of the features known to be negotiated; null when nothing about them is known. */
  get features() {
    if (this.layout === void 0 && this.eventIdx === void 0 && this.indirect === void 0) {
      return null;
    }
    const names = [];
    if (this.indirect === true) names.push("VIRTIO_F_INDIRECT_DESC");
    if (this.eventIdx === true) names.push("VIRTIO_F_EVENT_IDX");
    if (this.layout === "packed") names.push("VIRTIO_F_RING_PACKED");
    return names;
  }
  emit(observation) {
    this.#output.observe(observation);
  }
  mayBeExchanged(earlier, later) {
    return (
      // Text does not say which clock in seconds it was; integer clocks are shared by all CPUs.
      this.#clock()?.unit === "seconds" && earlier.cpu !== later.cpu && later.time - earlier.time <= EXCHANGE_TIME_MAX
    );
  }
  pairsIntact() {
    return this.#output.pairsIntact();
  }
  exchanged() {
    this.#output.exchanged();
  }
  gap(from, to, reason) {
    this.#output.gap({ queue: this, from, to, reason });
    this.kicks.interrupted(`calls are missing: ${reason}`);
    this.#driverEvent.forget();
    this.#numAdded.forget();
    this.#gapped = true;
    this.#uncertain(`calls are missing: ${reason}`);
  }
  /** What was in flight, and what an interrupt or a notification brought, is no longer known. */
  #uncertain(reason) {
    this.#buffers.uncertain(reason);
    this.#interrupts.uncertain(reason);
    this.#notifications.uncertain(reason);
  }
  /** Whether an event says something else of the queue itself than what is known. */
  contradictedBy(batch, row) {
    const base = row * EventBatch.FIELD_COUNT;
    const { values } = batch;
    const nameId = values[base + FIELD.name];
    if (nameId >= 0 && nameId !== this.#nameId && this.#nameId >= 0) return true;
    const size = values[base + FIELD.queueSize];
    if (this.size !== void 0 && isQueueSize(size) && size !== this.size) return true;
    const packed = values[base + FIELD.packed];
    if (this.layout !== void 0 && (packed === 0 || packed === 1)) {
      if (packed === 1 !== (this.layout === "packed")) return true;
    }
    const index = values[base + FIELD.index];
    return this.index !== void 0 && isCount(index, 65535) && index !== this.index;
  }
  /** The queue has just been created: nothing is in flight, and every position is at its start. */
  created(place) {
    this.#positions.created(place);
    this.#split.created(place);
  }
  /** The source tells every store to the queue's ring from here on. */
  followRing(setup, memory) {
    this.ring = new RingShadow(this, setup, memory);
  }
  /** No more stores to the queue's ring will be told: it takes a lot of memory. */
  leaveRing() {
    this.ring?.endOfTrace(NO_SEQ);
    this.ring = void 0;
  }
  /** An operation whose stores are told: what it shows of the driver, if it is its, and of the ring. */
  operation(operation, begun, batch, row) {
    const { kind } = operation;
    const ring = this.ring;
    if (begun === void 0 || kind === KIND.snapshot) {
      ring.step(operation);
      if (begun !== void 0) this.#attached(begun);
      return;
    }
    if (kind === KIND.kickPrepare) ring.show(begun);
    const call = this.#call;
    call.kind = kind;
    call.begun = begun;
    call.note = this.begin(kind, begun, batch, row);
    ring.compare(begun);
    const wrong = ring.step(operation);
    if (ring.driverEventStored && !MOVES_EVENT.has(kind)) this.#driverEvent.forget();
    if (wrong) {
      this.#uncertain("the ring itself went wrong before");
      this.kicks.interrupted("the ring itself went wrong before");
    }
    this.end(call, begun, "", batch.values, row * EventBatch.FIELD_COUNT);
  }
  /** A log that begins in the middle of a queue's life: both positions are where its state says. */
  #attached(state) {
    const { size } = this;
    this.#positions.attached();
    this.#split.attached();
    if (this.layout !== "packed" || size === void 0 || !isCount(state.nextAvail, size - 1)) {
      return;
    }
    if (!isCount(state.availWrap, 1)) return;
    const used = isKnown(state.lastUsed) ? wordPosition(state.lastUsed, size) : void 0;
    if (used !== void 0) {
      this.ring?.attach(packedPosition(state.nextAvail, state.availWrap, size), used);
    }
  }
  resized() {
    this.size = void 0;
    this.#knowsAll = false;
    this.#uncertain("the queue was reset, and perhaps resized");
    this.kicks.interrupted("the queue was reset, and perhaps resized");
    this.#driverEvent.forget();
    this.#numAdded.forget();
  }
  merged() {
    this.#buffers.inexact("a position moved by more than one: it may be two calls, one unseen");
  }
  /** Facts about the queue itself that any probe may carry. */
  learn(batch, row) {
    if (this.#knowsAll) return;
    const base = row * EventBatch.FIELD_COUNT;
    const { values } = batch;
    const nameId = values[base + FIELD.name];
    if (this.name === void 0 && nameId >= 0) {
      this.name = batch.strings.text(nameId);
      this.#nameId = nameId;
    }
    const index = values[base + FIELD.index];
    if (this.index === void 0 && isCount(index, 65535)) this.index = index;
    const size = values[base + FIELD.queueSize];
    if (this.size === void 0 && isQueueSize(size)) this.size = size;
    const packed = values[base + FIELD.packed];
    const hint = batch.layoutHint[row];
    if (this.layout === void 0) {
      if (packed === 0 || packed === 1) this.layout = packed === 1 ? "packed" : "split";
      else if (hint !== LAYOUT_UNKNOWN) this.layout = hint === LAYOUT_PACKED ? "packed" : "split";
    }
    const eventIdx = values[base + FIELD.eventIdx];
    if (this.eventIdx === void 0 && isCount(eventIdx, 1)) this.eventIdx = eventIdx === 1;
    const indirect = values[base + FIELD.indirect];
    if (this.indirect === void 0 && isCount(indirect, 1)) this.indirect = indirect === 1;
    this.#knowsAll = this.name !== void 0 && this.index !== void 0 && this.size !== void 0 && this.layout !== void 0 && this.eventIdx !== void 0 && this.indirect !== void 0;
  }
  /** The source has admitted so many losses, of so many events, up to here. */
  lossesUntil(losses) {
    if (losses.marks === this.#losses.marks) return;
    this.#driverEvent.eventsLost(losses.events - this.#losses.events);
    this.#losses = losses;
    this.ring?.lost();
    this.#positions.eventsLost();
    this.#split.eventsLost();
    this.#numAdded.forget();
    this.#lastAdd = void 0;
    this.#unkicked = void 0;
    this.#uncertain("events were lost");
    this.kicks.interrupted("events were lost before the outcome showed");
  }
  /** A call begins. Returns what its return will need. */
  begin(kind, sample, batch, row) {
    this.#sample(kind, sample);
    switch (kind) {
      case KIND.add: {
        const base = row * EventBatch.FIELD_COUNT;
        this.#lastAdd = { sample, segments: segmentsOf(batch.values, base) };
        const segments = batch.values[base + FIELD.segments];
        this.#lastSegments = Number.isNaN(segments) ? UNKNOWN : segments;
        return batch.values[base + FIELD.token];
      }
      case KIND.kickPrepare:
        this.#aged(sample.place);
        return this.kicks.begin(sample, this.ring?.kick(sample));
      case KIND.getBuf:
        this.#aged(sample.place);
        return void 0;
      case KIND.notify:
        this.kicks.notified();
        this.#buffers.notified(sample.place);
        this.#notifications.notified();
        this.#notifyData(
          sample,
          batch.values[row * EventBatch.FIELD_COUNT + FIELD.notifyData]
        );
        return void 0;
      case KIND.disableCb:
        this.#driverEvent.forget();
        return void 0;
      case KIND.interrupt:
        this.#interrupts.begin(sample.place, sample.func);
        return void 0;
      case KIND.enableCbPrepare:
      case KIND.enableCb:
      case KIND.enableCbDelayed:
        this.#driverEvent.begin();
        return this.#positions.used;
      default:
        return void 0;
    }
  }
  /** A probe saw the value that a notification carries; a log of operations is its ring's matter. */
  #notifyData(sample, data) {
    const { layout, size } = this;
    if (Number.isNaN(data) || this.ring !== void 0 || size === void 0) return;
    const packed = layout === "packed";
    if (packed ? !isCount(sample.nextAvail, size - 1) : !isKnown(sample.availIdx)) return;
    if (packed && !isCount(sample.availWrap, 1)) return;
    const expected = packed ? sample.nextAvail | sample.availWrap << 15 : sample.availIdx;
    const ahead = isCount(sample.numFree, size) ? sample.numFree : size;
    emitNotifyData(this, sample, data, { expected, ahead });
  }
  /** The probe of a call that begins recorded the descriptor ring as well. */
  recorded(sample, descriptors) {
    if (descriptors !== void 0) this.#snapshots.take(sample, descriptors);
  }
  /** The call's return was seen. */
  end(call, returned, callerName, values, base) {
    const { kind, begun } = call;
    const caller = { place: begun.place, func: begun.func };
    switch (kind) {
      case KIND.add:
        this.#added(call, values[base + FIELD.result], returned.place);
        return;
      case KIND.kickPrepare:
        this.#numAdded.decided(begun);
        if (values[base + FIELD.needsKick] > 0) {
          this.#buffers.notified(begun.place);
          const { publishedFrom } = call.note;
          this.#notifications.decided(begun.place, callerName, publishedFrom);
        }
        this.kicks.end(
          call.note,
          values[base + FIELD.needsKick],
          returned
        );
        return;
      case KIND.getBuf:
        if (!call.done) this.#got(call, values[base + FIELD.token]);
        return;
      case KIND.detachUnused:
        this.#detached(
          values[base + FIELD.token],
          begun.place,
          isKnown(begun.lastUsed) && begun.lastUsed === this.#lastUsed
        );
        return;
      case KIND.enableCbPrepare:
      case KIND.enableCb:
      case KIND.enableCbDelayed:
        if (call.done) this.#driverEvent.returnLost();
        else {
          this.#driverEvent.end(caller, call.note);
          const delayed = kind === KIND.enableCbDelayed;
          if (this.ring === void 0) {
            this.#interrupts.enabled(begun.place, begun.func, delayed ? UNKNOWN : begun.lastUsed);
          } else if (!delayed) {
            this.ring.enabled(begun.place, begun.func, begun.lastUsed);
          }
        }
        return;
      default:
        return;
    }
  }
  /** The call's return was not seen. */
  endLost(call) {
    const caller = { place: call.begun.place, func: call.begun.func };
    switch (call.kind) {
      case KIND.add:
        if (!call.done) this.#addUnsure(caller);
        return;
      case KIND.kickPrepare:
        this.kicks.returnLost(call.note);
        return;
      case KIND.getBuf:
        if (!call.done) this.#getUnsure(caller);
        return;
      case KIND.enableCbPrepare:
      case KIND.enableCb:
      case KIND.enableCbDelayed:
        this.#driverEvent.returnLost();
        return;
      default:
        return;
    }
  }
  /** Nothing more comes: of the trace, or of this generation of the queue. */
  endOfTrace(durationSince, end) {
    this.kicks.endOfTrace(
      end?.seq ?? NO_SEQ,
      (decision) => end === void 0 ? [] : this.#outstanding(decision, durationSince, end)
    );
    this.#notifications.endOfTrace();
    this.ring?.endOfTrace(end?.seq ?? NO_SEQ);
    this.#emitRefusals();
    this.#buffers.endOfTrace();
  }
  /** Buffers that were added, and interrupts that came, as far as the trace shows. */
  get requests() {
    return this.#buffers.count;
  }
  get interrupts() {
    return this.#interrupts.count;
  }
  deleted() {
    this.leaveRing();
    this.#emitRefusals();
    this.#buffers.endOfTrace();
    this.kicks.interrupted("the queue was deleted before the outcome showed");
  }
  #sample(kind, sample) {
    const isAdd = kind === KIND.add;
    if (kind === KIND.poll) return;
    const settled = SETTLED[kind] === true;
    this.#gapped = false;
    this.#notifications.later(sample.place);
    if (settled && isKnown(sample.lastUsed)) {
      this.#lastUsed = sample.lastUsed;
      this.#interrupts.sample(sample.place, sample.lastUsed);
    }
    if (this.layout === "packed") {
      const full = settled && this.#positions.sample(sample, isAdd);
      if (full && !this.#gapped) {
        this.#buffers.sampled(this.#positions.avail === this.#positions.used);
      }
      if (sample.deviceFlags === RING_EVENT_FLAGS_DESC) this.exercised.add("VIRTIO_F_EVENT_IDX");
      this.#driverEvent.sample(sample, this.#positions.avail);
    } else if (this.layout === "split") {
      const full = settled && this.#split.sample(sample);
      if (full && !this.#gapped) this.#buffers.sampled(sample.numFree === this.size);
    }
    this.kicks.sample(sample);
    if (settled)
      this.#numAdded.sample(sample, isAdd, this.layout === "split" || this.#positions.reliable);
    this.#seeIndirect(sample);
  }
  /** Several segments in one descriptor: an indirect table. */
  #seeIndirect(sample) {
    const add = this.#lastAdd;
    this.#lastAdd = void 0;
    if (add === void 0 || !(add.segments >= 2) || this.indirect !== true) return;
    if (add.sample.numFree - sample.numFree === 1) this.exercised.add("VIRTIO_F_INDIRECT_DESC");
  }
  #added(call, result, place) {
    if (call.done) return;
    const { begun } = call;
    const caller = { place: begun.place, func: begun.func };
    if (Number.isNaN(result)) {
      this.#addUnsure(caller);
      return;
    }
    if (result !== 0) {
      if (result === -ENOSPC2) this.#refused(call);
      const errno = ERRNO_NAMES[-result] ?? (-result > 0 && -result < 4096 ? "errno" : "error");
      this.emit({
        kind: "effect.seen",
        queue: this,
        sort: `add ${errno}`,
        effect: { message: `${begun.func} returns ${result} (${errno})`, place }
      });
      return;
    }
    this.#positions.moved("avail", caller, true);
    this.#split.added(true);
    this.#unkicked = caller;
    if (this.layout === "packed") this.exercised.add("VIRTIO_F_RING_PACKED");
    else if (this.layout === "split" && this.eventIdx) this.exercised.add("VIRTIO_F_EVENT_IDX");
    const { size } = this;
    const avail = this.layout === "packed" && size !== void 0 && isCount(begun.nextAvail, size - 1) ? packedPosition(begun.nextAvail, begun.availWrap, size) : UNKNOWN;
    this.kicks.published({ place: caller.place, func: caller.func, avail });
    const token = call.note;
    if (Number.isNaN(token)) this.#buffers.inexact("an add did not record its token");
    else this.#buffers.add(token, caller.place, caller.func);
  }
  /** -ENOSPC: what was free, and what was in flight, by the sample of the add itself. */
  #refused(call) {
    const { begun } = call;
    const { size } = this;
    if (size === void 0 || !isCount(begun.numFree, size)) return;
    const refused = {
      kind: "add.refused",
      queue: this,
      place: begun.place,
      undecided: void 0,
      numFree: begun.numFree,
      inFlight: this.#inFlight(begun, size),
      needed: this.#lastSegments,
      evidence: NO_EVIDENCE
    };
    const surprising = refused.inFlight === 0 || isKnown(refused.needed) && refused.numFree >= refused.needed;
    if (!surprising) this.emit(refused);
    else if (this.#refusals.length < REFUSALS_MAX) {
      const what = describeSample(begun);
      this.#refusals.push({
        ...refused,
        evidence: [{ role: "decision", place: begun.place, what }]
      });
    }
  }
  #emitRefusals() {
    const undecided = this.pairsIntact() ? void 0 : "the trace misses begins or returns of calls";
    for (const refused of this.#refusals) this.emit({ ...refused, undecided });
    this.#refusals = [];
  }
  /** What is in flight by the driver's own state; UNKNOWN where that state cannot be trusted. */
  #inFlight(begun, size) {
    if (this.layout === "packed" && this.#positions.reliable) {
      return positionDistance(this.#positions.used, this.#positions.avail, size);
    }
    if (this.layout !== "split") return UNKNOWN;
    if (begun.numFree < size) return size - begun.numFree;
    return this.#buffers.inFlight === 0 ? 0 : UNKNOWN;
  }
  #got(call, token) {
    const { begun } = call;
    const caller = { place: begun.place, func: begun.func };
    if (Number.isNaN(token)) {
      this.#getUnsure(caller);
      return;
    }
    if (token === 0) return;
    this.#lastUsed = UNKNOWN;
    this.#positions.moved("used", caller, true);
    this.#split.returned(true);
    this.#interrupts.got(begun.place, begun.lastUsed);
    const seq = this.#buffers.take(token, caller.place, "returned");
    this.kicks.returned(seq);
    this.#notifications.returned(seq);
  }
  /** A call whose outcome the trace does not show. */
  #addUnsure(caller) {
    this.#positions.moved("avail", caller, false);
    this.#split.added(false);
    this.#buffers.uncertain("an add's return is not in the trace");
  }
  #getUnsure(caller) {
    this.#positions.moved("used", caller, false);
    this.#split.returned(false);
    this.#buffers.uncertain("a get_buf's return is not in the trace");
    this.kicks.returned(void 0);
    this.#notifications.returned(void 0);
  }
  /** `anchored`: the used position is where the last get_buf left it, so that none went unseen. */
  #detached(token, place, anchored) {
    if (token === 0) this.#buffers.detachedAll(place, anchored);
    else if (!Number.isNaN(token)) {
      this.#buffers.take(token, place, "detached");
      this.#positions.forget();
    }
  }
  /** A kick decision or a get_buf: how long has the last add waited for one? */
  #aged(now) {
    const added = this.#unkicked;
    this.#unkicked = void 0;
    if (added === void 0 || this.#clock()?.unit !== "seconds") return;
    const age = now.time - added.place.time;
    this.emit({
      kind: "publication.aged",
      queue: this,
      place: added.place,
      age,
      evidence: []
    });
  }
  #outstanding(decision, durationSince, end) {
    const buffers2 = this.#buffers.since(decision.publishedFrom);
    const { size } = this;
    const slots = this.layout === "packed" && size !== void 0 ? positionDistance(this.#positions.used, this.#positions.avail, size) : UNKNOWN;
    const inFlight = !isKnown(slots) ? "" : `, ${slots} of ${size} slots in flight`;
    const count4 = buffers2.length === 1 ? "1 buffer" : `${buffers2.length} buffers`;
    return [
      {
        message: `${count4} published since outstanding when the trace ends, ${durationSince(decision.sample.place)} after the decision${inFlight}`,
        place: end
      }
    ];
  }
};
function segmentsOf(values, base) {
  const segments = values[base + FIELD.segments];
  if (!Number.isNaN(segments)) return segments;
  return values[base + FIELD.outSgs] + values[base + FIELD.inSgs];
}

// src/replay/replay.ts
var QUEUES_MAX = 1 << 14;
var PAIRED = /* @__PURE__ */ new Set([
  KIND.add,
  KIND.kickPrepare,
  KIND.kick,
  KIND.getBuf,
  KIND.enableCbPrepare,
  KIND.enableCb,
  KIND.enableCbDelayed,
  KIND.detachUnused,
  KIND.poll
]);
var Replay = class {
  /** All queues, in order of appearance. */
  queues = [];
  exchanges = 0;
  /**
   * Begins that another begin proves to have returned unseen, and returns whose begin was not seen in
   * a context that was. What is cut off at the two ends of a trace does not count.
   */
  unpaired = 0;
  /** Begins and returns of calls whose return says something. */
  begins = 0;
  returns = 0;
  /** Why what is missing at the end of the trace proves nothing; undefined when it does. */
  #endUnknown;
  /** Events of queues past the limit, and the first of them. */
  overLimit;
  #byPointer = /* @__PURE__ */ new Map();
  #generations = /* @__PURE__ */ new Map();
  #calls = new OpenCalls();
  /** Of the operation before: logs seldom change queues. */
  #lastPointer = Number.NaN;
  #lastQueue;
  /** Filled anew for each operation: nobody keeps it. */
  #operation = blankOperation();
  #output;
  #pointerText;
  #clock;
  #idSuffix;
  #losses = { marks: 0, events: 0 };
  #last;
  #lost = (call) => {
    this.unpaired++;
    call.queue.endLost(call);
  };
  constructor(options) {
    this.#clock = options.clock;
    this.#endUnknown = options.endUnknown;
    this.#idSuffix = options.idSuffix ?? "";
    this.#pointerText = options.pointerText;
    this.#output = {
      observe: options.observe,
      gap: options.gap,
      exchanged: () => {
        this.exchanges++;
      },
      pairsIntact: () => this.unpaired === 0 && this.#endUnknown === void 0
    };
  }
  /** Takes in the rows of a batch; nothing of the batch is kept. */
  step(batch) {
    for (let row = 0; row < batch.length; row++) {
      const kind = batch.kind[row];
      if (kind === KIND.lost) {
        const count4 = batch.value(row, "lostCount");
        this.#losses = {
          marks: this.#losses.marks + 1,
          events: this.#losses.events + (count4 > 0 ? count4 : Number.POSITIVE_INFINITY)
        };
      } else if (batch.phase[row] === PHASE_END) {
        this.#end(batch, row, kind);
      } else if (batch.phase[row] === PHASE_WHOLE) {
        this.#whole(batch, row, kind);
      } else {
        this.#begin(batch, row, kind);
      }
    }
    if (batch.operations?.finished === true) this.#logEnds();
  }
  /** The log of the ring at hand is whole: nothing more happened to it. */
  #logEnds() {
    const queue = this.#lastQueue;
    if (queue === void 0 || this.#last === void 0) return;
    queue.lossesUntil(this.#losses);
    queue.ring?.logEnds(this.#last);
  }
  /** Call once after the last batch; `duration` words a time span of the source's clock. */
  end(duration) {
    const last = this.#last;
    this.#calls.closeAll((call) => call.queue.endLost(call));
    for (const queue of this.#byPointer.values()) {
      queue.lossesUntil(this.#losses);
      if (this.#endUnknown !== void 0) queue.kicks.interrupted(this.#endUnknown);
      queue.endOfTrace(
        (place) => last === void 0 ? "" : duration(last.time - place.time),
        last
      );
    }
  }
  #begin(batch, row, kind) {
    const pointer = batch.value(row, "queue");
    if (Number.isNaN(pointer)) return;
    const sample = sampleOf(batch, row);
    this.#last = sample.place;
    const queue = this.#queueAt(pointer, batch, row);
    if (queue === void 0 || kind === KIND.create) return;
    if (kind === KIND.delete) {
      batch.queue[row] = queue.number;
      queue.events++;
      this.#retire(queue);
      return;
    }
    batch.queue[row] = queue.number;
    queue.lossesUntil(this.#losses);
    queue.events++;
    queue.learn(batch, row);
    const context = OpenCalls.context(
      batch.pid[row],
      batch.level[row],
      batch.cpu[row]
    );
    const note = queue.begin(kind, sample, batch, row);
    if (batch.descriptors.size > 0) queue.recorded(sample, batch.descriptors.get(row));
    if (!PAIRED.has(kind)) return;
    this.begins++;
    const call = {
      kind,
      queue,
      begun: sample,
      lossMarks: this.#losses.marks,
      done: false,
      note
    };
    this.#calls.begin(context, batch.level[row], call, this.#lost);
  }
  #end(batch, row, kind) {
    this.#last = placeOf(batch, row);
    const pointer = batch.value(row, "queue");
    if (kind === KIND.create) {
      if (!Number.isNaN(pointer) && pointer !== 0) this.#created(pointer, batch, row);
      return;
    }
    if (!PAIRED.has(kind)) return;
    this.returns++;
    const context = OpenCalls.context(
      batch.pid[row],
      batch.level[row],
      batch.cpu[row]
    );
    const call = this.#calls.end(context, kind, this.#lost);
    if (call === void 0) {
      if (this.#calls.knows(context)) this.unpaired++;
      return;
    }
    batch.queue[row] = call.queue.number;
    call.queue.lossesUntil(this.#losses);
    call.queue.events++;
    if (call.lossMarks !== this.#losses.marks) {
      call.queue.endLost(call);
      return;
    }
    const func = batch.func[row];
    const name = func < 0 ? EVENT_KINDS[kind] : batch.strings.text(func);
    call.queue.end(
      call,
      { place: this.#last, func: name },
      batch.strings.text(batch.caller[row]),
      batch.values,
      row * EventBatch.FIELD_COUNT
    );
  }
  /** An operation in one piece, with what it did to the ring. */
  #whole(batch, row, kind) {
    const { operations } = batch;
    const setup = operations?.setup;
    const base = row * EventBatch.FIELD_COUNT;
    const pointer = batch.values[base + FIELD.queue];
    if (operations === void 0 || setup === void 0 || Number.isNaN(pointer)) return;
    let queue = pointer === this.#lastPointer ? this.#lastQueue : this.#byPointer.get(pointer);
    this.#lastPointer = pointer;
    if (kind === KIND.create || queue?.ring?.setup !== setup) {
      queue = this.#ringAt(pointer, batch, row, setup);
      if (queue === void 0) return;
    } else {
      batch.queue[row] = queue.number;
      queue.lossesUntil(this.#losses);
      queue.events++;
    }
    this.#lastQueue = queue;
    const sample = isDeviceKind(kind) ? void 0 : stateOf(batch, row);
    const place = sample?.place ?? placeOf(batch, row);
    this.#last = place;
    const { memoryEnd, segmentsEnd } = operations;
    const operation = this.#operation;
    operation.kind = kind;
    operation.place = place;
    operation.func = sample?.func ?? batch.strings.text(batch.func[row]);
    operation.log = operations.memory;
    operation.from = row === 0 ? 0 : memoryEnd[row - 1];
    operation.to = memoryEnd[row];
    operation.elements = operations.segments;
    operation.elementsFrom = row === 0 ? 0 : segmentsEnd[row - 1];
    operation.elementsTo = segmentsEnd[row];
    operation.result = batch.values[base + FIELD.result];
    operation.values = batch.values;
    operation.base = base;
    queue.operation(operation, sample, batch, row);
    this.begins++;
    this.returns++;
  }
  /** The queue of a creation, or of a ring that is seen for the first time. */
  #ringAt(pointer, batch, row, setup) {
    this.#last = placeOf(batch, row);
    if (this.#lastQueue?.ring?.setup !== setup) this.#lastQueue?.leaveRing();
    const before = this.#byPointer.get(pointer)?.ring;
    const created = batch.kind[row] === KIND.create;
    if (created) this.#created(pointer, batch, row);
    const queue = created ? this.#byPointer.get(pointer) : this.#queueAt(pointer, batch, row);
    if (queue === void 0) return void 0;
    if (!created) {
      batch.queue[row] = queue.number;
      queue.lossesUntil(this.#losses);
      queue.events++;
      queue.learn(batch, row);
    }
    queue.followRing(setup, before?.setup === setup ? before.memory : void 0);
    if (!created) queue.ring?.lost();
    return queue;
  }
  #created(pointer, batch, row) {
    const before = this.#byPointer.get(pointer);
    if (before !== void 0) this.#retire(before);
    const queue = this.#open(pointer, batch, row);
    if (queue === void 0) return;
    batch.queue[row] = queue.number;
    queue.events++;
    queue.learn(batch, row);
    queue.created(this.#last);
  }
  #queueAt(pointer, batch, row) {
    const known2 = this.#byPointer.get(pointer);
    if (known2 === void 0) return this.#open(pointer, batch, row);
    if (!known2.contradictedBy(batch, row)) return known2;
    this.#retire(known2);
    return this.#open(pointer, batch, row);
  }
  #open(pointer, batch, row) {
    if (this.queues.length >= QUEUES_MAX) {
      this.overLimit ??= { first: placeOf(batch, row), count: 0 };
      this.overLimit.count++;
      return void 0;
    }
    const generation = (this.#generations.get(pointer) ?? 0) + 1;
    this.#generations.set(pointer, generation);
    const queue = new QueueShadow({
      number: this.queues.length,
      pointer,
      pointerText: this.#pointerText(pointer),
      idSuffix: this.#idSuffix,
      generation,
      losses: this.#losses,
      created: batch.kind[row] === KIND.create,
      clock: this.#clock,
      output: this.#output
    });
    this.queues.push(queue);
    this.#byPointer.set(pointer, queue);
    return queue;
  }
  #retire(queue) {
    this.#lastPointer = Number.NaN;
    queue.deleted();
    this.#byPointer.delete(queue.pointer);
  }
};

// src/rules/fingerprint.ts
function fingerprintOf(rule, queue, shape) {
  const parts = [rule, queue.name, queue.index, queue.layout, queue.size, queue.ordinal, shape];
  return fnv1a64(parts.map((part) => String(part ?? "?")).join("\n"));
}
function fnv1a64(text) {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash ^= BigInt(text.charCodeAt(i));
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

// src/rules/check.ts
var Check = class {
  #handlers = /* @__PURE__ */ new Map();
  #rows = /* @__PURE__ */ new Map();
  #open = [];
  #openByQueue = /* @__PURE__ */ new Map();
  constructor(rules) {
    for (const rule of rules) {
      const rows = [];
      this.#rows.set(rule, rows);
      for (const [kind, handle] of Object.entries(rule.on)) {
        const kindHandlers = this.#handlers.get(kind) ?? [];
        const judging = handle;
        kindHandlers.push(this.#handler(rule, judging, rows));
        this.#handlers.set(kind, kindHandlers);
      }
    }
  }
  observe(observation) {
    if (observation.kind === "effect.seen") this.#effect(observation);
    const handlers = this.#handlers.get(observation.kind);
    if (handlers === void 0) return;
    for (const handle of handlers) handle(observation);
  }
  /** Findings in the order of their deciding calls. */
  findings() {
    return this.#open.map((open) => finding(open)).sort((a, b) => a.place.seq - b.place.seq || (a.rule < b.rule ? -1 : 1));
  }
  /** One row for each rule and queue that met. */
  coverage() {
    return [...this.#rows].flatMap(
      ([rule, rows]) => rows.filter((row) => row !== void 0).filter(
        ({ satisfied, violated, undecided, unclear }) => satisfied + violated + undecided + unclear > 0
      ).map(({ queue, ...counts }) => ({ rule: rule.id, queue: queue.id, ...counts }))
    );
  }
  #handler(rule, handle, rows) {
    let row;
    const judge = {
      satisfied: () => {
        row.satisfied++;
      },
      undecided: (reason) => {
        row.undecided++;
        row.reasons.set(reason, (row.reasons.get(reason) ?? 0) + 1);
      },
      unclear: (point) => {
        row.unclear++;
        row.openPoints.set(point, (row.openPoints.get(point) ?? 0) + 1);
      },
      violated: (violation) => {
        row.violated++;
        this.#violated(rule, row.queue, violation);
      }
    };
    return (observation) => {
      const { queue } = observation;
      let known2 = rows[queue.number];
      if (known2 === void 0) {
        known2 = {
          queue,
          satisfied: 0,
          violated: 0,
          undecided: 0,
          reasons: /* @__PURE__ */ new Map(),
          unclear: 0,
          openPoints: /* @__PURE__ */ new Map()
        };
        rows[queue.number] = known2;
      }
      row = known2;
      handle(observation, judge);
    };
  }
  #violated(rule, queue, violation) {
    let onQueue = this.#openByQueue.get(queue);
    if (onQueue === void 0) {
      onQueue = [];
      this.#openByQueue.set(queue, onQueue);
    }
    const cause = onQueue.find(
      (open2) => open2.rule.id === rule.id || rule.follows.includes(open2.rule.id)
    );
    if (cause !== void 0) {
      fold(cause, rule.id, { message: violation.message, place: violation.place });
      return;
    }
    const open = { rule, queue, violation, effects: [], folded: /* @__PURE__ */ new Map() };
    onQueue.push(open);
    this.#open.push(open);
  }
  /** What follows from a mistake belongs to the first one of its queue. */
  #effect(seen) {
    const first = this.#openByQueue.get(seen.queue)?.[0];
    if (first !== void 0) fold(first, seen.sort, seen.effect);
  }
};
function fold(open, sort, effect) {
  const before = open.folded.get(sort);
  if (before === void 0) open.folded.set(sort, { effect, count: 1 });
  else before.count++;
}
function finding(open) {
  const { rule, queue, violation } = open;
  const folded = [...open.folded.values()].map(
    ({ effect, count: count4 }) => count4 === 1 ? effect : { ...effect, message: `${effect.message} (and ${count4 - 1} more)` }
  );
  return {
    ...violation,
    rule: rule.id,
    severity: rule.severity,
    class: violation.class ?? rule.class,
    party: violation.party ?? rule.party,
    covers: rule.covers,
    queue: queue.id,
    clause: violation.clause ?? rule.clause,
    fingerprint: fingerprintOf(rule.id, queue, violation.shape),
    effects: [...violation.effects ?? [], ...folded].sort((a, b) => a.place.seq - b.place.seq)
  };
}

// src/rules/fact-judge.ts
function judgeAspect(aspect, tell, layout) {
  return (seen, judge) => {
    if ((seen.decided & aspect) === 0) {
      if (layout !== void 0 && seen.queue.layout !== layout) return;
      if ((seen.undecided & aspect) !== 0) judge.undecided(seen.reason);
      else if ((seen.unlogged & aspect) !== 0) judge.undecided("barriers were not recorded");
      return;
    }
    if (layout !== void 0 && seen.queue.layout !== layout) return;
    if (seen.facts.length === 0) return judge.satisfied();
    const fact2 = seen.facts.find((one) => one.aspect === aspect);
    if (fact2 === void 0) return judge.satisfied();
    judge.violated({ place: seen.place, evidence: fact2.evidence, ...tell(fact2, seen) });
  };
}
function slotName(seen, slot) {
  return `${seen.queue.layout === "packed" ? "slot" : "descriptor"} ${slot}`;
}
function flagsText(flags) {
  return `0x${flags.toString(16).padStart(4, "0")}`;
}

// src/rules/rule.ts
function defineRule(rule) {
  return rule;
}

// src/rules/packed-avail-flags-wrong-lap.ts
var packedAvailFlagsWrongLap = defineRule({
  id: "packed/avail-flags-wrong-lap",
  title: "The driver made a descriptor available with the owner bits of another lap.",
  why: "AVAIL equals the driver's wrap counter and USED does not, and the counter flips each time the ring end is passed. With the bits of the lap before, the device does not see the buffer, and everything behind it waits. Look at every place where the index returns to 0: direct and indirect adds each have one.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-04"],
  needs: "the stores of the add",
  follows: ["packed/avail-wrap-not-flipped"],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.ownerBits,
      (fact2) => ({
        message: `a buffer was made available with ${fact2.what}`,
        expected: `owner bits ${flagsText(fact2.expected)}`,
        found: `owner bits ${flagsText(fact2.found & 32896)}`,
        shape: ""
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 8; i++) {
          queue.add();
          queue.use();
        }
        queue.add({
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.offset === 14 ? { ...step, value: step.value ^ 32896 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/wrap-not-flipped.ts
function isOtherLap(seen) {
  const { layout, size } = seen.queue;
  const fact2 = seen.facts.find(({ aspect }) => aspect === STORES.driverState);
  return fact2 !== void 0 && layout === "packed" && Math.abs(fact2.found - fact2.expected) === size;
}
function judgeWrap(seen, judge) {
  if (seen.undecided !== void 0) {
    judge.undecided(seen.undecided);
    return;
  }
  if (seen.flipped) {
    judge.satisfied();
    return;
  }
  const size = seen.queue.size;
  const right = positionDistance(0, seen.to + size, size);
  const moved = positionDistance(seen.from, right, size);
  judge.violated({
    place: seen.place,
    message: `the ${seen.which} position went ${moved} slots from ${positionText(seen.from, size)} to ${positionText(seen.to, size)}, with the wrong wrap counter`,
    expected: positionText(right, size),
    found: positionText(seen.to, size),
    evidence: seen.evidence,
    shape: moved === size ? "exactly N slots" : "across the ring end"
  });
}

// src/rules/packed-avail-wrap-not-flipped.ts
var packedAvailWrapNotFlipped = defineRule({
  id: "packed/avail-wrap-not-flipped",
  title: "The driver's available position passed the ring end without flipping its wrap counter.",
  why: "Every later descriptor is marked for the wrong lap, so that the device does not see it, and kick decisions compare with the wrong lap. A list of exactly N slots ends where it began and flips too: the comparison must be `<=`.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-03"],
  needs: "next_avail and avail_wrap before and after an add, and one full sample after it; or the stores of the ring",
  follows: [],
  on: {
    "position.advanced"(seen, judge) {
      if (seen.which === "avail") judgeWrap(seen, judge);
    },
    // Where the ring itself is known, no second sample is needed.
    "stores.seen"(seen, judge) {
      if (!isOtherLap(seen)) return;
      const [fact2] = seen.facts;
      judge.violated({
        place: seen.place,
        message: `the driver's available position is ${fact2.what}`,
        expected: "the wrap counter of the ring's own descriptors",
        found: "the other one",
        evidence: fact2.evidence,
        shape: "against the ring"
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (let i = 0; i < 4; i++) queue.add();
        queue.operation("getBuf", [], { nextAvail: 0, availWrap: 1, token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3, flip: false });
        queue.kick();
        return queue.events;
      },
      // A list of exactly N slots.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.add({ slots: 4, flip: false });
        queue.kick();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (let i = 0; i < 4; i++) queue.add();
        queue.operation("getBuf", [], { nextAvail: 0, availWrap: 0, token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.serve({ slots: 4 });
        queue.serve({ slots: 3 });
        queue.serve({ slots: 2 });
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-desc-event-without-feature.ts
var packedDescEventWithoutFeature = defineRule({
  id: "packed/desc-event-without-feature",
  title: "Event flags are DESC, and VIRTIO_F_EVENT_IDX was not negotiated.",
  why: "Without the feature the offset has no meaning: the other side notifies always, never, or by a word that nobody sets.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PK-20"],
  needs: "stores to an event structure or a dump, and the features",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect(
      EVENT_WORD.descNegotiated,
      (_fact, seen) => ({
        message: `the ${seen.party} asks for one descriptor (flags DESC) without VIRTIO_F_EVENT_IDX`,
        expected: "ENABLE or DISABLE",
        found: "DESC",
        party: seen.party,
        shape: seen.party
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, eventIdx: false });
        queue.enable();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, eventIdx: false });
        queue.disable();
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-event-barrier-missing.ts
var packedEventBarrierMissing = defineRule({
  id: "packed/event-barrier-missing",
  title: "No write barrier stands between the offset and the flags of an event structure.",
  why: "The other side may see the flags before the offset, and decide by the one of before. The review of the 2018 driver asked for this barrier.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PK-21"],
  needs: "stores to an event structure, and barriers; undecided where those are not recorded",
  follows: ["packed/event-flags-before-off-wrap"],
  on: {
    "eventWord.seen": judgeAspect(
      EVENT_WORD.barrier,
      (fact2, seen) => ({
        message: `the ${seen.party} stored flags DESC right after off_wrap ${flagsText(fact2.found)}, without a write barrier`,
        expected: "a write barrier between the two",
        found: "none",
        party: seen.party,
        shape: seen.party
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.enable({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.enable();
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-event-flags-before-off-wrap.ts
var packedEventFlagsBeforeOffWrap = defineRule({
  id: "packed/event-flags-before-off-wrap",
  title: "Event flags became DESC before the offset was stored.",
  why: "The other side may read DESC with the offset of before, decide that it is not asked, and never look again: a lost notification. off_wrap first, then a write barrier, then flags.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PK-21"],
  needs: "stores to an event structure, in order",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect(
      EVENT_WORD.offFirst,
      (fact2, seen) => ({
        message: `the ${seen.party} stored flags DESC first, and off_wrap ${flagsText(fact2.found)} after them`,
        expected: "off_wrap before flags",
        found: "flags before off_wrap",
        party: seen.party,
        shape: seen.party
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.enable({ spoil: (steps) => [...steps].reverse() });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.enable();
        return queue.events;
      }
    ]
  }
});

// src/rules/ring-story.ts
var store = (area, offset, width, value) => ({
  op: "store",
  area,
  offset,
  width,
  value
});
var wmbStep = { op: "barrier", barrier: "wmb" };

// src/rules/packed-event-flags-reserved.ts
var packedEventFlagsReserved = defineRule({
  id: "packed/event-flags-reserved",
  title: "An event suppression structure has flags that mean nothing.",
  why: "Flags are ENABLE, DISABLE or DESC. Linux takes the value 3 for ENABLE, QEMU for DESC: the two sides no longer agree on who waits for whom.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.14",
  covers: ["INV-PK-20"],
  needs: "stores to an event structure, or a dump",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect(
      EVENT_WORD.flagsKnown,
      (fact2, seen) => ({
        message: `the ${seen.party}'s event structure has flags ${flagsText(fact2.found)}`,
        expected: "0 (ENABLE), 1 (DISABLE) or 2 (DESC)",
        found: flagsText(fact2.found),
        party: seen.party,
        shape: seen.party
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable({ spoil: (steps) => [...steps.slice(0, 2), store("driver", 2, 2, 3)] });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.disable();
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-event-off-outside-ring.ts
var packedEventOffOutsideRing = defineRule({
  id: "packed/event-off-outside-ring",
  title: "An event structure with flags DESC names a slot that the ring does not have.",
  why: "No descriptor is ever made available or used there: the notification is not sent. The delayed form of enable_cb must wrap its offset, and flip the wrap bit with it.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.14",
  covers: ["INV-PK-20"],
  needs: "stores to an event structure, or a dump",
  follows: ["packed/off-wrap-stale"],
  on: {
    "eventWord.seen": judgeAspect(
      EVENT_WORD.offInside,
      (fact2, seen) => ({
        message: `the ${seen.party} asks for slot ${fact2.found & 32767}, and the ring has ${seen.queue.size}`,
        expected: `an offset below ${seen.queue.size}`,
        found: `off_wrap ${flagsText(fact2.found)}`,
        party: seen.party,
        shape: seen.party
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable({ spoil: ([, ...steps]) => [store("driver", 0, 2, 32777), ...steps] });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-id-not-in-last.ts
var packedIdNotInLast = defineRule({
  id: "packed/id-not-in-last",
  title: "The buffer id was not stored in the last descriptor of the list.",
  why: "The device takes the id from the last descriptor. What it finds there is the id of an earlier buffer, and the driver will free that one.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.6",
  covers: ["INV-PK-11"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.idStored,
      (fact2, seen) => ({
        message: `${slotName(seen, fact2.slot)}, the last of its list, got no id: the device finds ${fact2.found} there, from before`,
        expected: "the buffer id in the last descriptor",
        found: `id ${fact2.found}, stored for another buffer`,
        shape: ""
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => steps.filter((step) => !(step.op === "store" && step.offset === 28))
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-indirect-entry-flags.ts
var packedIndirectEntryFlags = defineRule({
  id: "packed/indirect-entry-flags",
  title: "An entry of a packed indirect table sets a flag that is reserved there.",
  why: "The length of the table says how many entries it has: NEXT, AVAIL and USED have no meaning in it, and a device may reject them.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.19",
  covers: ["PK-IND-02", "INV-PK-16"],
  needs: "the stores of the add, with its table",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.tableFlags,
      (fact2) => ({
        message: `entry ${fact2.slot} of an indirect table has flags ${flagsText(fact2.found)}`,
        expected: "no flag but WRITE",
        found: `flags ${flagsText(fact2.found)}`,
        shape: ""
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          indirect: true,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "ind" && step.offset === 14 ? { ...step, value: 1 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-list-cut-short.ts
var packedListCutShort = defineRule({
  id: "packed/list-cut-short",
  title: "NEXT is missing inside a list: the device sees fewer descriptors than the driver wrote for the buffer.",
  why: "The rest of the buffer is lost to the device, and the slots behind it look like a buffer of their own.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.6",
  covers: ["INV-PK-12"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.cutShort,
      (fact2, seen) => ({
        message: `the driver wrote ${fact2.expected} descriptors for the buffer, but ${slotName(seen, fact2.slot)} has no NEXT: the device sees ${fact2.found} of them`,
        expected: `a list of ${fact2.expected} descriptors`,
        found: `one of ${fact2.found}`,
        shape: ""
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 3,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 30 ? { ...step, value: step.value & ~1 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-next-not-cleared.ts
var packedNextNotCleared = defineRule({
  id: "packed/next-not-cleared",
  title: "The last descriptor of a list still has NEXT.",
  why: "The device reads on into a slot that the driver never made available: it takes what stands there for part of the buffer, or breaks. The flag must be left out, or cleared, on the last descriptor.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.6",
  covers: ["PK-SG-02", "INV-PK-12"],
  needs: "the stores of the add, or a dump of the ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.runsOn,
      (fact2, seen) => ({
        message: `${slotName(seen, fact2.slot)} is the last of its buffer and keeps NEXT (flags ${flagsText(fact2.found)}): the list runs on into ${slotName(seen, fact2.other)}, which was not made available with it`,
        expected: "NEXT clear on the last descriptor",
        found: `flags ${flagsText(fact2.found)} in ${slotName(seen, fact2.slot)}`,
        shape: ""
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 30 ? { ...step, value: step.value | 1 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-num-free-miscounted.ts
var packedNumFreeMiscounted = defineRule({
  id: "packed/num-free-miscounted",
  title: "The driver's count of free slots contradicts its own two positions.",
  why: "Slots between the used and the available position are in flight, all others are free. A count that is too small ends in -ENOSPC for ever, one that is too large overwrites what the device still owns. Look at what detach returns for a buffer of several slots.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-C-01", "INV-PK-15", "PK-SG-05"],
  needs: "next_avail, avail_wrap, last_used and num_free in one sample, and the queue size",
  follows: ["packed/avail-wrap-not-flipped", "packed/used-wrap-not-flipped"],
  on: {
    "freeCount.sampled"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      const size = seen.queue.size;
      const inFlight = positionDistance(seen.used, seen.avail, size);
      if (inFlight === size - seen.numFree) return judge.satisfied();
      const positions = `the driver is at ${positionText(seen.avail, size)} for the next buffer and at ${positionText(seen.used, size)} for the next used one`;
      judge.violated({
        place: seen.place,
        message: inFlight <= size ? `${positions}: ${inFlight} of ${size} slots are in flight, but num_free is ${seen.numFree}` : `${positions}: that is ${inFlight} slots apart in a ring of ${size}, and num_free is ${seen.numFree}`,
        expected: inFlight <= size ? `num_free=${size - inFlight}` : `positions at most ${size} slots apart`,
        found: `num_free=${seen.numFree}`,
        evidence: seen.evidence,
        shape: inFlight > size - seen.numFree ? "too many free" : "too few free"
      });
    }
  },
  examples: {
    violates: [
      // Three slots came back, two were counted.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.state.numFree--;
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 5 });
        for (let i = 0; i < 7; i++) queue.serve({ slots: 3 });
        queue.add({ slots: 5 });
        queue.kick();
        return queue.events;
      },
      // Fields that never made sense are another kernel's offsets, no mistake of the driver.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.state.numFree = 7;
        queue.refuse({});
        queue.refuse({});
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-off-wrap-stale.ts
function lacksWrapBit(seen) {
  const size = seen.queue.size;
  return positionDistance(seen.enabledAt, seen.sampled, size) === size;
}
var packedOffWrapStale = defineRule({
  id: "packed/off-wrap-stale",
  title: "The driver enabled callbacks and left an old position in its off_wrap.",
  why: "The device compares its own position with that word: it interrupts too late, or never, while the driver waits. Look at what enable_cb writes, and at the order of off_wrap and flags.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PEVT-04"],
  needs: "an enable_cb_prepare whose used position is known, and a later sample of the driver's event words with flags DESC",
  follows: [
    "packed/desc-event-without-feature",
    "packed/event-off-outside-ring",
    "packed/avail-wrap-not-flipped",
    "packed/used-wrap-not-flipped",
    "packed/off-wrap-bit-missing"
  ],
  on: {
    "driverEvent.sampled"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (seen.inside) return judge.satisfied();
      if (lacksWrapBit(seen)) return;
      const size = seen.queue.size;
      judge.violated({
        place: seen.place,
        message: `callbacks were enabled at ${positionText(seen.enabledAt, size)}, but off_wrap still asks for an interrupt at ${positionText(seen.sampled, size)}`,
        expected: `off_wrap 0x${positionWord(seen.enabledAt, size).toString(16)}, or a position used since`,
        found: `off_wrap 0x${positionWord(seen.sampled, size).toString(16)}`,
        evidence: seen.evidence,
        shape: "stale"
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.enableCb();
        queue.serve({ slots: 3 });
        queue.enableCb({ offWrap: 32771 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        for (let i = 0; i < 12; i++) {
          queue.serve({ slots: 3 });
          queue.enableCb();
        }
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      // The delayed form asks ahead of what is used.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.enableCb({ offWrap: 32771 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      // DISABLE and ENABLE do not use the word.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.enableCb({ offWrap: 0, flags: 0 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-off-wrap-bit-missing.ts
var packedOffWrapBitMissing = defineRule({
  id: "packed/off-wrap-bit-missing",
  title: "The driver enabled callbacks and wrote its position with the wrong wrap bit.",
  why: "The offset without its wrap counter names the same slot one lap away: the device interrupts a lap too early or too late. Bit 15 of off_wrap is the wrap counter, not part of the offset.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PEVT-04"],
  needs: "an enable_cb_prepare whose used position is known, and a later sample of the driver's event words with flags DESC",
  follows: [
    "packed/desc-event-without-feature",
    "packed/event-off-outside-ring",
    "packed/avail-wrap-not-flipped",
    "packed/used-wrap-not-flipped",
    "packed/off-wrap-stale"
  ],
  on: {
    "driverEvent.sampled"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (seen.inside) return judge.satisfied();
      if (!lacksWrapBit(seen)) return;
      const size = seen.queue.size;
      judge.violated({
        place: seen.place,
        message: `callbacks were enabled at ${positionText(seen.enabledAt, size)}, but off_wrap names ${positionText(seen.sampled, size)}`,
        expected: `off_wrap 0x${positionWord(seen.enabledAt, size).toString(16)}`,
        found: `off_wrap 0x${positionWord(seen.sampled, size).toString(16)}`,
        evidence: seen.evidence,
        shape: "wrap bit"
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.enableCb({ offWrap: 3 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 3 });
        for (let i = 0; i < 6; i++) {
          queue.serve({ slots: 2 });
          queue.enableCb();
        }
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-published-too-early.ts
var packedPublishedTooEarly = defineRule({
  id: "packed/published-too-early",
  title: "The driver stored part of a buffer after the store that made it available.",
  why: "A device may read the buffer as soon as it is available, and find what stood there before. The flags of the first descriptor come last.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.17",
  covers: ["PK-SG-06", "PK-DESC-06"],
  needs: "the stores of the add, in order",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.storedBefore,
      (fact2) => ({
        message: `the flags of the first descriptor was stored, and then still ${fact2.what}`,
        expected: "nothing of the buffer stored after that",
        found: `a store to ${fact2.what}`,
        shape: ""
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => [...steps.slice(-2), ...steps.slice(0, -2)]
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-used-flags-wrong-lap.ts
var packedUsedFlagsWrongLap = defineRule({
  id: "packed/used-flags-wrong-lap",
  title: "The device stored flags at its position that are not those of a used descriptor in this lap.",
  why: "AVAIL and USED both equal the device's wrap counter, which flips each time the ring end is passed. With other bits the driver does not see the buffer, and waits.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-05"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect(
      USE.position,
      (fact2, seen) => ({
        message: `${slotName(seen, fact2.slot)} was stored with ${fact2.what}`,
        expected: `AVAIL and USED both ${fact2.expected}`,
        found: `flags ${flagsText(fact2.found)}`,
        shape: ""
      }),
      "packed"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => [...steps.slice(0, 3), store("desc", 14, 2, 0)] });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/packed-used-wrap-not-flipped.ts
var packedUsedWrapNotFlipped = defineRule({
  id: "packed/used-wrap-not-flipped",
  title: "The driver's used position passed the ring end without flipping its wrap counter.",
  why: "The driver then looks for the wrong lap: it misses used buffers, or takes old ones for new. It shows in get_buf, when the buffer it returns reaches the ring end; one of exactly N slots leaves the slot as it was and flips all the same.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-03"],
  needs: "last_used before and after a get_buf that returned a buffer, and one full sample after it",
  follows: [],
  on: {
    "position.advanced"(seen, judge) {
      if (seen.which === "used") judgeWrap(seen, judge);
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3 });
        queue.kick();
        queue.use();
        queue.get({ flip: false });
        queue.add({ slots: 1 });
        return queue.events;
      },
      // A buffer of exactly N slots.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.use();
        queue.get({ flip: false });
        queue.add({ slots: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 3 });
        for (let i = 0; i < 5; i++) queue.serve({ slots: 2 });
        queue.serve({ slots: 3 });
        return queue.events;
      },
      // No full sample follows: calls may be missing.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.kick();
        queue.use();
        queue.get({ flip: false });
        queue.get();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-add-refused-with-room.ts
var queueAddRefusedWithRoom = defineRule({
  id: "queue/add-refused-with-room",
  title: "An add was refused for lack of room, and there was room.",
  why: "The caller stops and waits for a buffer to come back that it does not need: throughput drops, or the queue stalls. Look at the count that the check for room compares with.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs: "an add that returns -ENOSPC, with num_free and the number of segments. That INDIRECT would have needed one descriptor only is no proof: the table may have failed to allocate",
  follows: ["packed/num-free-miscounted"],
  on: {
    "add.refused"(seen, judge) {
      if (seen.undecided !== void 0) judge.undecided(seen.undecided);
      else if (seen.needed < 0) {
        judge.undecided("the number of segments was not recorded");
      } else if (seen.numFree < seen.needed) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: `an add of ${seen.needed} segments was refused with ${seen.numFree} descriptors free`,
          expected: "the buffer is added",
          found: "-ENOSPC",
          evidence: seen.evidence,
          shape: "refused"
        });
      }
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.refuse({ segments: 2 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 3 });
        queue.kick();
        queue.refuse({ segments: 2 });
        return queue.events;
      },
      // Scatterlists may have any number of segments.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.refuse({});
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-broken-by-spurious-notification.ts
var queueBrokenBySpuriousNotification = defineRule({
  id: "queue/broken-by-spurious-notification",
  title: "A side gave up right after a notification that brought nothing new.",
  why: "A suspicion: what made it give up is not in a log. Both sides have to cope with notifications that bring nothing; they come from shared interrupt lines, from races, and after a restore.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.7.7.1",
  covers: ["SP-UNS-05", "SP-ANS-12"],
  needs: "every store, what the device fetches, notifications, and that a side breaks",
  follows: [],
  on: {
    "notification.survived"(seen, judge) {
      if (!seen.broken) return judge.satisfied();
      const driver = seen.party === "driver";
      judge.violated({
        place: seen.place,
        message: driver ? "the driver was interrupted, no used buffer was new, and it gave the queue up" : "the device was notified, no buffer was new, and it broke",
        expected: "a side that copes with it",
        found: "one that breaks",
        party: seen.party,
        evidence: seen.evidence,
        clause: driver ? "virtio-1.3/2.7.7.1" : "virtio-1.3/2.7.10.2",
        shape: seen.party
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("deviceStop", [], { func: STOPPED_BROKEN });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("interrupt", []);
        queue.operation("getBuf", [], { token: 0, broken: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("interrupt", []);
        queue.operation("getBuf", [], { token: 0, broken: 0 });
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // It was notified of a buffer, and may have broken over that.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("deviceStop", [], { func: STOPPED_BROKEN });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-buffer-id-in-flight-twice.ts
var queueBufferIdInFlightTwice = defineRule({
  id: "queue/buffer-id-in-flight-twice",
  title: "The driver made a buffer available under an id that is still in flight.",
  why: "The device will give back the id twice, and nobody can tell which buffer is meant. Look at the free list: an id was put back too early, or was never taken off.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8",
  covers: ["INV-PK-09", "INV-SP-06"],
  needs: "the stores of every add and use, or a dump of a split ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.idFree, (fact2, seen) => ({
      message: seen.queue.layout === "packed" ? `buffer id ${fact2.found} was made available again while it is in flight` : `descriptor ${fact2.found} was made available as a head again while it is in flight`,
      expected: "an id that is not in flight",
      found: `id ${fact2.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8" : "virtio-1.3/2.7.13",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.add({
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.offset === 28 ? { ...step, value: 0 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-buffer-lost-at-detach.ts
var queueBufferLostAtDetach = defineRule({
  id: "queue/buffer-lost-at-detach",
  title: "The last detach_unused_buf was seen, and buffers are still missing.",
  why: "Whatever the driver added must come back, at the latest when the queue is torn down: the rest leaks. Look at how detach_unused_buf walks the driver's state, and at what get_buf clears.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-C-07", "INV-R-02"],
  needs: "adds, get_bufs and detach_unused_bufs with tokens in a stretch without a gap",
  follows: ["queue/token-never-added", "queue/token-returned-twice"],
  on: {
    "buffers.detached"(seen, judge) {
      if (seen.undecided !== void 0) judge.undecided(seen.undecided);
      else if (seen.left === 0) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: `detach_unused_buf returned no more, but ${seen.left} buffers have not come back`,
          expected: "every buffer that was added",
          found: `${seen.left} missing`,
          evidence: seen.evidence,
          shape: "lost"
        });
      }
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.get();
        queue.detachUnused({ leave: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.detachUnused();
        return queue.events;
      },
      // One of them came back while the tracer lost events.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.lost();
        queue.detachUnused({ leave: 1 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-chain-not-ending.ts
var queueChainNotEnding = defineRule({
  id: "queue/chain-not-ending",
  title: "The chain of a buffer loops, or leaves the ring or its table.",
  why: "A device that follows it reads for ever, or outside the table. It may break the queue on sight.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.2",
  covers: ["SP-DESC-05", "INV-SP-07", "INV-SP-08", "SP-IND-02", "PK-SG-02"],
  needs: "the stores of the add, or a dump of the ring",
  follows: ["packed/next-not-cleared", "split/next-not-cleared", "split/next-mislinked"],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.walkEnds, (fact2, seen) => ({
      message: fact2.what === "loop" ? `the chain comes back to ${slotName(seen, fact2.slot)}` : fact2.what === "nested" ? "an indirect table holds an indirect descriptor" : `the chain leads to ${slotName(seen, fact2.slot)}, which does not exist`,
      expected: "a chain that ends",
      found: fact2.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.17" : "virtio-1.3/2.7.5.2",
      shape: fact2.what
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          indirect: true,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "ind" && step.offset === 14 ? { ...step, value: 9 } : step
          )
        });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          indirect: true,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "ind" && step.offset === 14 ? { ...step, value: 0 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-descriptor-in-flight-twice.ts
var queueDescriptorInFlightTwice = defineRule({
  id: "queue/descriptor-in-flight-twice",
  title: "The driver took a descriptor for a buffer while it belongs to one already.",
  why: "The device still reads the old buffer from it. Look at the free list, and at the count of free descriptors.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.16",
  covers: ["INV-SP-06", "INV-C-01", "PK-SG-05", "PK-DESC-05"],
  needs: "the stores of every add and use, or a dump of a split ring",
  follows: ["queue/buffer-id-in-flight-twice"],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.slotsFree, (fact2, seen) => ({
      message: fact2.what !== "" ? `${slotName(seen, fact2.slot)} was taken ${fact2.what}: its elements overwrite each other` : fact2.other < 0 ? `${fact2.found} slots would be in flight, and the ring has ${seen.queue.size}: ${slotName(seen, fact2.slot)} still belongs to the device` : `${slotName(seen, fact2.slot)} was used for a new buffer while it belongs to the one with head ${fact2.other}`,
      expected: "descriptors that the device has given back",
      found: slotName(seen, fact2.slot),
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.16" : "virtio-1.3/2.7.13",
      class: seen.queue.layout === "packed" ? "must" : "protocol",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 8; i++) queue.add();
        queue.add();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 8; i++) queue.add();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-driver-state-against-ring.ts
var judgeState = judgeAspect(STORES.driverState, (fact2) => ({
  message: `the driver's available position is ${fact2.what}`,
  expected: "the position behind the last buffer in the ring",
  found: fact2.what,
  shape: ""
}));
var queueDriverStateAgainstRing = defineRule({
  id: "queue/driver-state-against-ring",
  title: "The driver's own available position is not the ring's.",
  why: "The driver believes that it is somewhere else than what it wrote says: its next buffer, and its kick decisions, go by the wrong position.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-PK-07"],
  needs: "the driver's private state and the stores of the ring",
  follows: [
    "packed/avail-wrap-not-flipped",
    "packed/list-cut-short",
    "packed/next-not-cleared",
    "packed/avail-flags-wrong-lap",
    "split/avail-entry-not-stored",
    "split/avail-idx-jumped"
  ],
  on: {
    "stores.seen"(seen, judge) {
      if (!isOtherLap(seen)) judgeState(seen, judge);
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("getBuf", [], { nextAvail: 3, availWrap: 1, token: 0 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("getBuf", [], { nextAvail: 1, availWrap: 1, token: 0 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-element-differs.ts
var queueElementDiffers = defineRule({
  id: "queue/element-differs",
  title: "The device sees another address, length or number of elements than the caller asked for.",
  why: "The device reads or writes memory that is not the buffer's.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-C-14"],
  needs: "an add with its arguments, and its stores",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.content, (fact2) => ({
      message: `the buffer that was made available is not the one that was asked for: ${fact2.what}`,
      expected: "the elements of the add's arguments",
      found: fact2.what,
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.offset === 24 ? { ...step, value: 65 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-element-direction-wrong.ts
var queueElementDirectionWrong = defineRule({
  id: "queue/element-direction-wrong",
  title: "An element was made available with another direction than the caller asked for.",
  why: "Without WRITE the device must not write to a buffer that the driver waits for data in; with it, it may overwrite what it was to read.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: [],
  needs: "an add with its arguments, and its stores",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.direction, (fact2) => ({
      message: fact2.found === 0 ? `element ${fact2.slot} was to be device-writable, and its descriptor has no WRITE` : `element ${fact2.slot} was to be device-readable, and its descriptor has WRITE`,
      expected: fact2.found === 0 ? "WRITE set" : "WRITE clear",
      found: fact2.found === 0 ? "WRITE clear" : "WRITE set",
      shape: fact2.found === 0 ? "readable" : "writable"
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          writable: 1,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 28 ? { ...step, value: 0 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-enospc-with-nothing-in-flight.ts
var queueEnospcWithNothingInFlight = defineRule({
  id: "queue/enospc-with-nothing-in-flight",
  title: "An add was refused for lack of room while nothing was in flight.",
  why: "No buffer will come back and make room: the refusal is for ever. Look for free entries that leak.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs: "an add that returns -ENOSPC, with the driver's positions (packed) or num_free (split)",
  follows: [
    "packed/avail-wrap-not-flipped",
    "packed/num-free-miscounted",
    "packed/used-wrap-not-flipped",
    "queue/add-refused-with-room"
  ],
  on: {
    "add.refused"(seen, judge) {
      if (seen.undecided !== void 0) judge.undecided(seen.undecided);
      else if (seen.inFlight < 0) {
        judge.undecided("the driver's positions were not recorded");
      } else if (seen.inFlight > 0) judge.satisfied();
      else if (seen.needed > (seen.queue.size ?? 0)) {
        judge.undecided("the buffer has more segments than the queue, and may have found no table");
      } else {
        judge.violated({
          place: seen.place,
          message: `an add was refused with nothing in flight and num_free ${seen.numFree} of ${seen.queue.size}`,
          expected: "room for a buffer, or a buffer in flight that will make some",
          found: "-ENOSPC, for ever",
          evidence: seen.evidence,
          shape: "for ever"
        });
      }
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 2 });
        queue.refuse({});
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.refuse({});
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-event-shadow-differs.ts
var queueEventShadowDiffers = defineRule({
  id: "queue/event-shadow-differs",
  title: "A side believes that it asks for notifications, and the ring says otherwise.",
  why: "The private copy decides whether the next enable or disable stores anything: once the two differ, a side goes on without the notifications that it thinks it has asked for. Look for a path that changes one of the two, and for a second writer of the word.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs: "the driver's private flags, or what the device says that it asks for, and every store",
  follows: ["queue/store-not-owned", "split/ring-flags-value"],
  on: {
    "eventWord.seen": judgeAspect(EVENT_WORD.shadowTrue, (fact2, seen) => ({
      message: seen.party === "driver" ? `the driver believes its callbacks on (flags ${fact2.expected}); the ring's flags are ${fact2.found}` : `the device asks for ${fact2.expected}; the ring says ${fact2.found}`,
      expected: String(fact2.expected),
      found: String(fact2.found),
      party: seen.party,
      shape: seen.party
    }))
  },
  examples: {
    violates: [
      // Disabled in memory, and not in the copy: the next enable stores nothing.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("disableCb", [store("driver", 2, 2, 1)], { flagsShadow: 0 });
        queue.operation("getBuf", [], { flagsShadow: 0, token: 0 });
        return queue.events;
      },
      // Asked to turn notifications off, and overwritten at once.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1), store("device", 2, 2, 0)], {
          flagsShadow: 1
        });
        return queue.events;
      }
    ],
    obeys: [
      // After an event Linux leaves the ring as it is, and only believes its callbacks off.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("disableCb", [], { flagsShadow: 0 });
        queue.operation("getBuf", [], { flagsShadow: 1, token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1)], { flagsShadow: 1 });
        return queue.events;
      },
      // With EVENT_IDX the flags of a split ring stay 0, whatever the copy says.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("getBuf", [], { flagsShadow: 1, token: 0 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-indirect-flag-missing.ts
var queueIndirectFlagMissing = defineRule({
  id: "queue/indirect-flag-missing",
  title: "A descriptor points to an indirect table and does not say so.",
  why: "The device takes the table itself for the buffer: it reads descriptors as data.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.3",
  covers: [],
  needs: "the stores and allocations of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.indirectFlag, (fact2, seen) => ({
      message: `${slotName(seen, fact2.slot)} points to the table that was allocated for it, without INDIRECT (flags ${flagsText(fact2.found)})`,
      expected: "INDIRECT set",
      found: `flags ${flagsText(fact2.found)}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.7" : "virtio-1.3/2.7.5.3",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 3,
          indirect: true,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 14 ? { ...step, value: step.value & ~4 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-indirect-table-length.ts
var queueIndirectTableLength = defineRule({
  id: "queue/indirect-table-length",
  title: "The length of an indirect table is 0, or no whole number of descriptors.",
  why: "The field len counts bytes, 16 for each entry, not entries. The device rejects the buffer, or reads half a descriptor.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.3",
  covers: ["INV-SP-10", "INV-PK-16"],
  needs: "the stores of the add, or a dump of the ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.tableLength, (fact2, seen) => ({
      message: `${slotName(seen, fact2.slot)} points to an indirect table of ${fact2.found} bytes`,
      expected: "a multiple of 16, and not 0",
      found: `${fact2.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.7" : "virtio-1.3/2.7.5.3",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 3,
          indirect: true,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 8 ? { ...step, value: 3 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-interrupt-asked-late.ts
var queueInterruptAskedLate = defineRule({
  id: "queue/interrupt-asked-late",
  title: "Callbacks were enabled for a later buffer than the next one.",
  why: "Any value is legal, and the delayed form of enable_cb means it so; the plain form waits for the next used buffer, and will not hear of it.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.7.7.1",
  covers: [],
  needs: "enable_cb with the used position, and its store",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect(EVENT_WORD.nextAsked, (fact2, seen) => ({
      message: `callbacks were enabled for the used buffer ${fact2.found} after the next one`,
      expected: "the next used buffer",
      found: `${fact2.found} ahead of it`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.10" : "virtio-1.3/2.7.7.1",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.enable({ ahead: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.enable();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-interrupt-missed.ts
var queueInterruptMissed = defineRule({
  id: "queue/interrupt-missed",
  title: "The driver asked to be interrupted, and the device decided not to.",
  why: "The driver sleeps until something else wakes it, with used buffers waiting. Look at the device's comparison: it counts slots, with those that a list or a batch skips, and flips at the ring end.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PEVT-04", "INV-PEVT-05", "SP-UNS-06", "SP-UNS-08", "SP-UNS-09", "SP-UNS-10"],
  needs: "every store to the driver's event words, the device's used position and its decisions",
  follows: ["queue/used-id-not-in-flight"],
  on: {
    "interrupt.decided"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (seen.wanted !== true || seen.sent) return judge.satisfied();
      const split = seen.queue.layout === "split";
      const what = split ? "entries" : "slots";
      judge.violated({
        place: seen.place,
        message: `the driver asked for ${seen.asked}; the device has used ${seen.used} ${what} since and did not interrupt`,
        expected: "an interrupt: what was asked for is among what was used",
        found: seen.explained === "" ? "none" : `none; ${seen.explained}`,
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.7.2" : "virtio-1.3/2.8.10",
        class: split ? "must" : "protocol",
        shape: ""
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      },
      // Without EVENT_IDX used_event decides nothing, though Linux stores it: only flags do.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("enableCb", [store("driver", 20, 2, 5)], { lastUsed: 0, result: 1 });
        queue.add();
        queue.use();
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      },
      // The slot asked for is stepped over by a list: every slot that it covers counts.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        const ask = [store("driver", 0, 2, 32769), wmbStep, store("driver", 2, 2, 2)];
        queue.operation("enableCbDelayed", ask);
        queue.add({ readable: 3 });
        queue.use();
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      }
    ],
    obeys: [
      // Late is no violation: no clause sets a deadline.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.signal(0);
        queue.signal(1);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.signal(1);
        return queue.events;
      },
      // The driver turned its callbacks off before the device decided.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.operation("disableCb", [store("driver", 2, 2, 1)]);
        queue.signal(0);
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-interrupt-not-seen.ts
var queueInterruptNotSeen = defineRule({
  id: "queue/interrupt-not-seen",
  title: "The driver enabled callbacks, and found the next used buffer without an interrupt.",
  why: "Often it polled and was faster, or the handler ran unseen. Where requests take strangely long, the device missed the driver's event word: look at what the driver wrote there.",
  class: "lint",
  severity: "note",
  party: "unknown",
  clause: null,
  covers: [],
  needs: "enable_cb_prepare and get_buf with the used position, and vring_interrupt",
  follows: ["packed/off-wrap-bit-missing", "packed/off-wrap-stale", "packed/used-wrap-not-flipped"],
  on: {
    "interrupt.awaited"(seen, judge) {
      if (seen.undecided !== void 0) judge.undecided(seen.undecided);
      else if (seen.seen) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: "callbacks were enabled, and get_buf found the next buffer with no interrupt before it",
          expected: "an interrupt for the next used buffer",
          found: "none in the trace",
          evidence: seen.evidence,
          shape: "not seen"
        });
      }
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.interrupt();
        queue.enableCb();
        queue.serve({ slots: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 3; i++) {
          queue.enableCb();
          queue.add({ slots: 1 });
          queue.kick();
          queue.use();
          queue.interrupt();
          queue.get();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-interrupt-superfluous.ts
var queueInterruptSuperfluous = defineRule({
  id: "queue/interrupt-superfluous",
  title: "The device decided to interrupt a driver that did not ask for it.",
  why: "It costs an interrupt and nothing else: a driver copes with it.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.8.10",
  covers: ["SP-UNS-07", "SP-UNS-11"],
  needs: "every store to the driver's event words, the device's used position and its decisions",
  follows: ["queue/used-id-not-in-flight"],
  on: {
    "interrupt.decided"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (seen.wanted !== false || !seen.sent) return judge.satisfied();
      const split = seen.queue.layout === "split";
      judge.violated({
        place: seen.place,
        message: `the device interrupted after ${seen.used} used ${split ? "entries" : "slots"}; the driver asked for ${seen.asked}`,
        expected: "no interrupt: what was asked for is not among what was used",
        found: "an interrupt",
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.7.2" : "virtio-1.3/2.8.10",
        class: split ? "should" : "lint",
        shape: ""
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.add();
        queue.use();
        queue.signal(1);
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.signal(1);
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-interrupt-without-work.ts
var queueInterruptWithoutWork = defineRule({
  id: "queue/interrupt-without-work",
  title: "An interrupt came, and no buffer had been used.",
  why: "Superfluous notifications are legal and cost time. Many of them point to a device that does not look at the driver's event word, or to an interrupt line that several queues share.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.7.2",
  covers: ["SP-UNS-05", "INV-N-01"],
  needs: "vring_interrupt, get_buf with tokens, and samples of the used position around it",
  follows: [],
  on: {
    "interrupt.served"(seen, judge) {
      if (seen.undecided !== void 0) judge.undecided(seen.undecided);
      else if (seen.work) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: "an interrupt came, and the used position did not move until the next one",
          expected: "a used buffer",
          found: "none",
          evidence: seen.evidence,
          clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.10" : "virtio-1.3/2.7.7.2",
          shape: "spurious"
        });
      }
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.get();
        queue.interrupt();
        queue.get();
        queue.interrupt();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 3; i++) {
          queue.add({ slots: 1 });
          queue.kick();
          queue.use();
          queue.interrupt();
          queue.get();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-kick-before-publication.ts
var queueKickBeforePublication = defineRule({
  id: "queue/kick-before-publication",
  title: "The driver notified the device before the store that made the buffer available.",
  why: "A device that looks at once finds nothing and sleeps again, and nobody tells it a second time. The notification belongs behind the store of avail.idx, or of the head's flags, and behind a full barrier.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: [],
  needs: "every store, and the notification in the operation that publishes",
  follows: ["queue/store-not-owned"],
  on: {
    "kick.early"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (!seen.missed) return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: `the driver notified the device first and made the buffer available then; the device asked for ${seen.asked}, and no notification followed`,
        expected: "a notification after the store that makes the buffer available",
        found: "one before it",
        evidence: seen.evidence,
        clause: seen.queue.layout === "split" ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: seen.queue.layout === "split" ? "must" : "protocol",
        shape: ""
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          spoil: (steps) => [...steps.slice(0, -1), { op: "notify" }, ...steps.slice(-1)]
        });
        queue.add();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          spoil: (steps) => [...steps.slice(0, -1), { op: "notify" }, ...steps.slice(-1)]
        });
        queue.kick(0);
        queue.add();
        return queue.events;
      }
    ],
    obeys: [
      // Behind the store it tells of the buffer.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ spoil: (steps) => [...steps, wmbStep, { op: "notify" }] });
        queue.kick(1);
        return queue.events;
      },
      // A second one follows.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          spoil: (steps) => [...steps.slice(0, -1), { op: "notify" }, ...steps.slice(-1)]
        });
        queue.kick(1);
        queue.add();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-kick-missed.ts
var queueKickMissed = defineRule({
  id: "queue/kick-missed",
  title: "The device asked to be notified of a buffer, and the driver did not notify it.",
  why: "The device sleeps until something else wakes it: requests stall, or the queue hangs. Look at the decision in the driver's kick_prepare: which word it reads, and how it compares across the ring end.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: [
    "INV-PEVT-01",
    "INV-PEVT-02",
    "INV-PEVT-03",
    "INV-PEVT-05",
    "SP-ANS-02",
    "SP-ANS-04",
    "SP-ANS-05",
    "SP-ANS-06",
    "PK-SUP-05"
  ],
  needs: "kick_prepare with the device's event words, the driver's position and num_added, and its return value",
  follows: ["packed/avail-wrap-not-flipped", "queue/kick-before-publication"],
  on: {
    "kick.decided"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (!seen.missed) return judge.satisfied();
      const split = seen.layout === "split";
      judge.violated({
        place: seen.place,
        message: `the device asked to be notified of ${seen.asked}; the driver made ${seen.published} available and did not notify it`,
        expected: "a notification: what was asked for is among what was just made available",
        found: seen.explained === "" ? "needs_kick=0, and nothing later shows that the device noticed" : `needs_kick=0; ${seen.explained}`,
        evidence: seen.evidence,
        effects: seen.effects,
        clause: split ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: split ? "must" : "protocol",
        shape: seen.by ?? ""
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(0);
        queue.add();
        return queue.events;
      },
      // The RFC of 2018: slots 15, 0 and 1, the device waits at slot 15 of the lap before.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3 });
        queue.kick({ needsKick: 0 });
        queue.interrupt();
        return queue.events;
      },
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick({ needsKick: 0 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      (tell) => {
        const queue = tell.split({ size: 8, availEvent: 0 });
        queue.add();
        queue.kick({ needsKick: 0 });
        queue.interrupt();
        return queue.events;
      },
      // Without EVENT_IDX nothing stands where avail_event would: 0 there explains the decision.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.add();
        queue.kick(1);
        queue.add();
        queue.kick(0);
        queue.add();
        return queue.events;
      },
      // The slot asked for is in the middle of a list: every slot that it covers counts.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        const ask = [store("device", 0, 2, 32769), wmbStep, store("device", 2, 2, 2)];
        queue.operation("deviceSetNotify", ask);
        queue.add({ readable: 3 });
        queue.kick(0);
        queue.add();
        return queue.events;
      }
    ],
    obeys: [
      // The driver decided against it, and notified all the same, before it went on.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(0);
        queue.operation("notify", [{ op: "notify" }]);
        queue.add();
        return queue.events;
      },
      // The trace ends with the decision: the device may have moved its word just then.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.add({ slots: 3 });
        queue.kick({ needsKick: 0 });
        return queue.events;
      },
      // The device asks for the slot after the last one.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3 });
        queue.kick();
        return queue.events;
      },
      // The device saw the buffer by itself, and returned it.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 2 });
        queue.kick({ needsKick: 0 });
        queue.use();
        queue.get();
        return queue.events;
      },
      // Flags may move between two equal samples: at most undecided.
      (tell) => {
        const queue = tell.packed({ size: 4, deviceFlags: 0 });
        queue.add({ slots: 1 });
        queue.kick({ needsKick: 0 });
        return queue.events;
      },
      // The tracer lost events before the outcome could show.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.add({ slots: 3 });
        queue.kick({ needsKick: 0 });
        queue.lost();
        return queue.events;
      },
      (tell) => {
        const queue = tell.split({ size: 8, availEvent: 5 });
        queue.add();
        queue.kick({ needsKick: 0 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-kick-superfluous.ts
var queueKickSuperfluous = defineRule({
  id: "queue/kick-superfluous",
  title: "The driver notified the device of something that it did not ask for.",
  why: "It costs an exit of the guest and nothing else: a device copes with it. A driver that never suppresses reads the wrong word. Linux also notifies with an add that it refuses for lack of room.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["SP-ANS-03", "SP-ANS-07", "SP-ANS-05", "INV-PEVT-02"],
  needs: "every store to the device's event words, and the driver's decisions",
  follows: [],
  on: {
    "kick.decided"(seen, judge) {
      if (!seen.exact) return;
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (!seen.superfluous) return judge.satisfied();
      const split = seen.layout === "split";
      judge.violated({
        place: seen.place,
        message: `the driver notified the device, which asked for ${seen.asked}; it had made ${seen.published} available`,
        expected: "no notification: what was asked for is not among what was made available",
        found: "needs_kick=1",
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: split ? "should" : "lint",
        shape: seen.by ?? ""
      });
    },
    "kick.forced"(seen, judge) {
      if (seen.wanted === void 0) return judge.undecided("the device's event words do not say");
      if (seen.wanted) return judge.satisfied();
      const split = seen.queue.layout === "split";
      judge.violated({
        place: seen.place,
        message: "the driver refused a buffer for lack of room, and notified the device all the same",
        expected: "no notification that was not asked for",
        found: "a notification with -ENOSPC",
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: split ? "should" : "lint",
        shape: "forced"
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1)]);
        queue.add();
        queue.kick(1);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 68, 2, 5)]);
        queue.operation("add", [{ op: "notify" }], { result: -28, token: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(1);
        return queue.events;
      },
      // The device moved its word between the publication and the decision.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1)]);
        queue.kick(1);
        return queue.events;
      },
      // A probe's sample is not every value that the word had.
      (tell) => {
        const queue = tell.packed({ size: 4, deviceFlags: 1 });
        queue.add({ slots: 1 });
        queue.kick({ needsKick: 1 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-notification-asked-late.ts
var queueNotificationAskedLate = defineRule({
  id: "queue/notification-asked-late",
  title: "The device asks to be notified of a later buffer than the next one that it has to fetch.",
  why: "Any value is legal. But the buffers before it are available already, and no notification of them will come: a device that stops here sleeps on them. Look for avail.idx stored as the event where the device's own index was meant.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.10.2",
  covers: ["SP-ANS-11"],
  needs: "what the device fetches, and its stores to its event index or event structure",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect(EVENT_WORD.nextFetched, (fact2, seen) => {
      const packed = seen.queue.layout === "packed";
      return {
        message: `the device asks to be notified of ${packed ? "slot" : "entry"} ${fact2.found} after the next one that it fetches, with ${fact2.expected} not fetched`,
        expected: "the next one that it fetches",
        found: `${fact2.found} ahead of it`,
        clause: packed ? "virtio-1.3/2.8.10" : "virtio-1.3/2.7.10.2",
        shape: ""
      };
    })
  },
  examples: {
    violates: [
      // Two entries stand, one is fetched, and the event is avail.idx.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 2)], { result: 1 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("deviceSetNotify", [
          store("device", 0, 2, 32769),
          wmbStep,
          store("device", 2, 2, 2)
        ]);
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 1)], { result: 1 });
        return queue.events;
      },
      // Everything is fetched: a device may wait for more than one.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 4)], { result: 1 });
        return queue.events;
      },
      // Left behind, it turns notifications off.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 0)], { result: 1 });
        queue.add();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-notify-data-wrong.ts
var queueNotifyDataWrong = defineRule({
  id: "queue/notify-data-wrong",
  title: "A notification carried another position than the driver's own.",
  why: "With NOTIFICATION_DATA the device may fetch up to the position in the value without looking at the ring: one too far makes it read what nobody wrote, one too near or of the other lap makes it sleep.",
  class: "must",
  severity: "error",
  party: "driver",
  // Normative for packed rings; for split ones virtio 1.3, 2.9, only describes the value.
  clause: null,
  covers: ["PK-NDATA-01", "INV-ND-01", "INV-ND-02", "INV-ND-03", "INV-ND-04", "PCI-NOTIF-04"],
  needs: "the value of each notification, and the driver's position when it was made",
  follows: ["packed/avail-wrap-not-flipped"],
  on: {
    "notify.data"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (seen.what === "" && seen.found === seen.expected) return judge.satisfied();
      const packed = seen.queue.layout === "packed";
      judge.violated({
        place: seen.place,
        message: `the notification carries ${seen.what === "" ? positionText2(seen.found) : seen.what}; the driver stands at ${positionText2(seen.expected)}`,
        expected: positionText2(seen.expected),
        found: seen.what === "" ? positionText2(seen.found) : seen.what,
        evidence: seen.evidence,
        ...packed ? { clause: "virtio-1.3/2.8.16" } : { class: "protocol" },
        shape: ""
      });
    }
  },
  examples: {
    violates: [
      // The wrap counter is missing.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, notificationData: true });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 65536 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, notificationData: true });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 131072 });
        return queue.events;
      },
      // A probe, with the driver's position as the call began: nothing was free to be added meanwhile.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.notify({ data: 2147483648 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, notificationData: true });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 2147549184 });
        return queue.events;
      },
      // Another CPU may have added a buffer while this one was about to notify.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.notify({ data: 2147614720 });
        return queue.events;
      },
      // The value of a ring that did not negotiate it is whatever it is.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 5 });
        return queue.events;
      }
    ]
  }
});
function positionText2(word) {
  return `next_off ${word & 32767}, next_wrap ${word >> 15}`;
}

// src/rules/queue-notify-not-seen.ts
var queueNotifyNotSeen = defineRule({
  id: "queue/notify-not-seen",
  title: "The driver decided to notify the device, and the trace ends without the notification.",
  why: "What was published since is still outstanding, and the caller of the decision is known to notify by a call of its own. The probe may have missed that call: look there first, it is no proof.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: null,
  covers: [],
  needs: "virtqueue_notify, and kick_prepare returns that name their caller; virtqueue_kick has the notification inlined",
  follows: ["queue/kick-missed"],
  on: {
    "notify.awaited"(seen, judge) {
      if (seen.undecided !== void 0) judge.undecided(seen.undecided);
      else if (seen.seen) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: "the driver decided to notify the device and went on; no notification and nothing published since was seen again",
          expected: "a notification, or a buffer that comes back",
          found: "neither, until the trace ends",
          evidence: seen.evidence,
          shape: "not seen"
        });
      }
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1, notify: true });
        queue.add({ slots: 1 });
        queue.kick({ caller: "virtio_queue_rq" });
        queue.add({ slots: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 3; i++) queue.serve({ slots: 1, notify: true });
        return queue.events;
      },
      // virtqueue_kick notifies inline.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1, notify: true });
        queue.add({ slots: 1 });
        queue.kick({ caller: "virtqueue_kick" });
        queue.add({ slots: 1 });
        return queue.events;
      },
      // The trace ends right behind the decision.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1, notify: true });
        queue.add({ slots: 1 });
        queue.kick({ caller: "virtio_queue_rq" });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-num-added-not-reset.ts
var queueNumAddedNotReset = defineRule({
  id: "queue/num-added-not-reset",
  title: "A kick decision did not reset the driver's count of added entries.",
  why: "The next decision then looks further back than to the last one, and notifies too often; a count that runs past the queue size makes it wrong.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs: "num_added and the available position at a kick_prepare and at the next sample",
  follows: ["packed/avail-wrap-not-flipped", "packed/num-free-miscounted"],
  on: {
    "numAdded.sampled"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (seen.sampled <= seen.added) return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: `num_added was ${seen.before} at the decision and is ${seen.sampled} at the next sample, with ${seen.added} added in between`,
        expected: `num_added of at most ${seen.added}`,
        found: `num_added=${seen.sampled}`,
        evidence: seen.evidence,
        shape: "kept"
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.kick({ keepNumAdded: true });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      (tell) => {
        const queue = tell.split({ size: 8, availEvent: 0 });
        queue.add();
        queue.kick({ keepNumAdded: true });
        queue.add();
        queue.kick();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.add({ slots: 2 });
        queue.kick();
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      // An add between the samples went unseen.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.kick();
        queue.unseen(() => queue.add({ slots: 1 }));
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-pending-overlooked.ts
var queuePendingOverlooked = defineRule({
  id: "queue/pending-overlooked",
  title: "The driver enabled callbacks and answered that nothing was pending, with a used buffer there.",
  why: "The buffer was used before the device could see the request: no interrupt will tell of it, and the driver sleeps. After the store, and a full barrier, it has to look again - at the next slot that it takes from, not at the one that it asked for, which a list may step over.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: [],
  needs: "enable_cb, enable_cb_delayed or poll with their results, the driver's used position, and every store",
  follows: ["packed/used-wrap-not-flipped"],
  on: {
    "eventWord.seen": judgeAspect(EVENT_WORD.pendingSeen, (fact2, seen) => {
      const unit = seen.queue.layout === "packed" ? "slot" : "entry";
      const units = seen.queue.layout === "packed" ? "slots" : "entries";
      const asked = fact2.expected === 0 ? `the next ${unit}` : `${fact2.expected} ${units} on`;
      return {
        message: `the driver answered that nothing was pending; ${fact2.found} ${fact2.found === 1 ? unit : units} had been used that it had not taken, and it asked for ${asked}`,
        expected: "that something is pending: what it asked for has been used already",
        found: "that nothing is",
        shape: ""
      };
    })
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.operation("enableCb", [store("driver", 20, 2, 0)], { lastUsed: 0, result: 1 });
        return queue.events;
      },
      // Callbacks were prepared at slot 0; the device has used it since.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.operation("poll", [], { lastUsed: 32768, opaque: 32768, result: 0 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.operation("enableCb", [store("driver", 20, 2, 0)], { lastUsed: 0, result: 0 });
        return queue.events;
      },
      // The delayed form asks for an entry that is still to come: an interrupt will tell.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.use();
        queue.operation("enableCbDelayed", [store("driver", 20, 2, 1)], { lastUsed: 0, result: 1 });
        return queue.events;
      },
      // Asked with an answer from before the buffer was taken: it says nothing of now.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.operation("poll", [], { lastUsed: 32768, opaque: 32771, result: 0 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-publication-delayed.ts
var AGE_MAX_NS = 1e8;
var queuePublicationDelayed = defineRule({
  id: "queue/publication-delayed",
  title: "More than 100 ms passed between an add and the next kick decision or get_buf.",
  why: "A buffer that waits for its notification this long is usually forgotten. Linux warns of it when built with DEBUG.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: null,
  covers: [],
  needs: "adds, kick decisions and get_bufs on a clock in seconds",
  follows: [],
  on: {
    "publication.aged"(seen, judge) {
      if (seen.age <= AGE_MAX_NS) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: `the buffer added here waited ${Math.round(seen.age / 1e6)} ms for a kick decision or a get_buf`,
          expected: "at most 100 ms",
          found: `${Math.round(seen.age / 1e6)} ms`,
          evidence: [{ role: "publication", place: seen.place, what: "the add" }],
          shape: "late"
        });
      }
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.wait(15e7);
        queue.kick();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.wait(9e7);
        queue.kick();
        queue.wait(9e8);
        queue.use();
        queue.get();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-publication-without-decision.ts
var queuePublicationWithoutDecision = defineRule({
  id: "queue/publication-without-decision",
  title: "The driver made buffers available that the device waits for, and never decided to tell it.",
  why: "A suspicion, not more: the run may merely end here. A driver that gives a buffer back to the device has to decide whether to notify it, every time; a path that re-adds and forgets that stalls as soon as the device waits.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: [],
  needs: "every store, what the device fetches, and the end of the run",
  follows: ["queue/kick-before-publication", "queue/kick-missed"],
  on: {
    "publication.left"(seen, judge) {
      if (!seen.wanted) return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: `the device asked to be notified of ${seen.asked}, which the driver made available; the driver waits, and has neither notified it nor decided not to`,
        expected: "a decision whether to notify, after buffers were made available",
        found: "none until the end of the run",
        evidence: seen.evidence,
        clause: seen.queue.layout === "split" ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        shape: ""
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // The run ends with the add: a decision may have been about to follow.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // The device looks by itself.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-publish-barrier-missing.ts
var queuePublishBarrierMissing = defineRule({
  id: "queue/publish-barrier-missing",
  title: "No write barrier stands between the stores of a buffer and the one that makes it available.",
  why: "On a machine that reorders stores, or through a compiler that does, the device may see the buffer as available before it sees its contents.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.13.3.1",
  covers: ["SP-SUP-05", "PK-SUP-03"],
  needs: "the stores and barriers of the add; undecided where barriers are not recorded",
  follows: ["packed/published-too-early", "split/published-too-early"],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.barrier, (fact2, seen) => ({
      message: seen.queue.layout === "packed" ? `the flags of ${slotName(seen, fact2.slot)} were stored without a write barrier after the rest of the list` : "avail.idx was stored without a write barrier after the entry and the descriptors",
      expected: "a write barrier before the store that publishes",
      found: "none",
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.21.1.1" : "virtio-1.3/2.7.13.3.1",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, barriersLogged: false });
        queue.add({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-stalled.ts
var queueStalled = defineRule({
  id: "queue/stalled",
  title: "The run ends with work that neither side is going to move.",
  why: "A suspicion, not more: the end of a log is not a hang, and a side that polls needs no one to wake it. What would have to be true for it to be no stall is listed with the finding. Look for an exit that leaves notifications off, one buffer served for each notification, completions kept back.",
  class: "lint",
  severity: "note",
  party: "unknown",
  clause: null,
  covers: ["INV-C-13"],
  needs: "every store, what the device fetches, both sides' decisions, and the end of the run",
  follows: [
    "queue/event-shadow-differs",
    "queue/interrupt-missed",
    "queue/kick-before-publication",
    "queue/kick-missed",
    "queue/notification-asked-late",
    "queue/pending-overlooked",
    "queue/publication-without-decision",
    "split/event-index-without-feature",
    "split/ring-flags-value"
  ],
  on: {
    "work.left"(seen, judge) {
      if (seen.undecided !== void 0) return judge.undecided(seen.undecided);
      if (seen.sort === "") return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: seen.message,
        expected: "someone to move it",
        found: "no one who is told, or has looked since",
        party: seen.party,
        evidence: seen.evidence,
        effects: seen.unless.map((what) => ({
          message: `no stall if ${what}`,
          place: seen.place
        })),
        shape: seen.sort
      });
    }
  },
  examples: {
    violates: [
      // Notifications are off, and the device has not looked since.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 0, 2, 1)]);
        queue.add();
        queue.kick(0);
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Two buffers, one notification: the device serves one of them.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("devicePop", [], { result: 1 });
        queue.use();
        queue.signal(1);
        queue.operation("getBuf", [], { token: 4096 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Completed, and nothing was marked used.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("deviceUse", []);
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // The driver's callbacks are off, and it has not looked since.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.add();
        queue.kick(1);
        queue.operation("devicePop", [], { result: 1 });
        queue.use();
        queue.signal(0);
        queue.operation("deviceStop", []);
        return queue.events;
      }
    ],
    obeys: [
      // Off, and the device looks by itself: it polls.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 0, 2, 1)]);
        queue.add();
        queue.kick(0);
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Receive buffers rest with the device by design.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ readable: 0, writable: 1 });
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Off, and the driver takes what was used: it polls.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.add();
        queue.kick(1);
        queue.operation("devicePop", [], { result: 1 });
        queue.use();
        queue.signal(0);
        queue.operation("getBuf", [], { token: 4096 });
        queue.operation("deviceStop", []);
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-store-not-owned.ts
var queueStoreNotOwned = defineRule({
  id: "queue/store-not-owned",
  title: "A party stored to memory that the other side owns.",
  why: "What the device may read, the driver must leave alone until it has it back, and the other way round: the two overwrite each other.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.16",
  covers: ["INV-C-09", "SP-DESC-04", "PK-DESC-04", "PK-DESC-05", "PK-DESC-06", "INV-SP-16"],
  needs: "the stores of both sides",
  follows: [
    "queue/buffer-id-in-flight-twice",
    "queue/descriptor-in-flight-twice",
    "queue/used-published-too-early",
    "packed/avail-flags-wrong-lap",
    "split/avail-entry-not-stored",
    "packed/used-flags-wrong-lap"
  ],
  on: {
    "stores.seen": judgeAspect(STORES.owned, (fact2, seen) => ({
      message: `the ${seen.party} stored to ${fact2.what}, which is not its own`,
      expected: "stores to its own area, and to descriptors that it owns",
      found: `a store to ${fact2.what}`,
      clause: seen.queue.layout === "split" ? "virtio-1.3/2.7" : seen.party === "driver" ? "virtio-1.3/2.8.16" : "virtio-1.3/2.8.15",
      party: seen.party,
      shape: seen.party
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("disableCb", [store("desc", 8, 4, 1)]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("deviceSetNotify", [store("driver", 0, 2, 1)]);
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/returned-token.ts
function judgeReturn(seen, judge, problem, words) {
  if (seen.undecided !== void 0) {
    judge.undecided(seen.undecided);
    return;
  }
  if (seen.problem === void 0) {
    judge.satisfied();
    return;
  }
  if (seen.problem !== problem) return;
  judge.violated({
    place: seen.place,
    message: `get_buf returned ${words.what}, with ${seen.inFlight} buffers in flight`,
    expected: "the token of a buffer in flight",
    found: words.found,
    evidence: seen.evidence,
    clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.6" : "virtio-1.3/2.7.8",
    shape: words.shape
  });
}

// src/rules/queue-token-never-added.ts
var queueTokenNeverAdded = defineRule({
  id: "queue/token-never-added",
  title: "A buffer came back that was not in flight.",
  why: "The driver hands a stranger to its caller: memory that the device may still write, or that was freed. Look at the id the device wrote, and at how the driver finds the buffer of an id.",
  class: "protocol",
  severity: "error",
  party: "unknown",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-02", "INV-C-07"],
  needs: "adds and get_bufs with tokens, from the queue's creation or from a sample with nothing in flight on, without a gap",
  follows: ["queue/token-returned-twice"],
  on: {
    "buffer.checked"(seen, judge) {
      judgeReturn(seen, judge, "never-added", {
        what: "a token that was never added",
        found: "a token that no add in this stretch had",
        shape: "never added"
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.use();
        queue.get({ token: 119 });
        queue.add({ slots: 1 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 6; i++) queue.serve({ slots: 2 });
        return queue.events;
      },
      // Its add went unseen: the position tells.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.unseen(() => queue.add({ slots: 1 }));
        queue.kick();
        queue.use();
        queue.get();
        queue.add({ slots: 1 });
        return queue.events;
      },
      // The tracer lost events: it may have been added then.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.lost();
        queue.unseen(() => queue.add({ slots: 1 }));
        queue.use();
        queue.get();
        queue.add({ slots: 1 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-token-returned-twice.ts
var queueTokenReturnedTwice = defineRule({
  id: "queue/token-returned-twice",
  title: "A buffer came back again that had already come back.",
  why: "The driver completes a request twice: a use after free in waiting. Look for a device that used one buffer twice, and for a driver that does not clear its state when a buffer is detached.",
  class: "protocol",
  severity: "error",
  party: "unknown",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-03"],
  needs: "adds and get_bufs with tokens, from the queue's creation or from a sample with nothing in flight on, without a gap",
  follows: ["queue/token-never-added"],
  on: {
    "buffer.checked"(seen, judge) {
      judgeReturn(seen, judge, "returned-twice", {
        what: "a token for the second time",
        found: "a token that came back before and was not added since",
        shape: "returned twice"
      });
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.use();
        queue.get({ token: 4096 });
        queue.add({ slots: 1 });
        return queue.events;
      }
    ],
    obeys: [
      // The same token for one buffer after the other.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 4; i++) {
          queue.add({ slots: 1, token: 4096 });
          queue.kick();
          queue.use();
          queue.get();
        }
        queue.add({ slots: 1 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-too-many-in-flight.ts
var queueTooManyInFlight = defineRule({
  id: "queue/too-many-in-flight",
  title: "More buffers are in flight than the queue has entries.",
  why: "The driver has overwritten entries that the device owns. Look at the check for room in add, and at the count of free entries that it trusts.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7",
  covers: ["INV-C-01"],
  needs: "the queue size, and adds and get_bufs with tokens in a stretch without a gap",
  follows: ["packed/num-free-miscounted"],
  on: {
    "buffer.checked"(seen, judge) {
      if (seen.problem !== "too-many") return;
      judge.violated({
        place: seen.place,
        message: `${seen.inFlight} buffers are in flight in a queue of ${seen.queue.size} entries`,
        expected: `at most ${seen.queue.size} buffers in flight`,
        found: `${seen.inFlight}`,
        evidence: seen.evidence,
        shape: "too many"
      });
    },
    "add.refused"(_seen, judge) {
      judge.satisfied();
    }
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.split({ size: 2, availEvent: 100 });
        for (let i = 0; i < 3; i++) queue.add();
        queue.kick();
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.split({ size: 2, availEvent: 100 });
        for (let i = 0; i < 2; i++) queue.add();
        queue.kick();
        return queue.events;
      },
      // A return went unseen: the used index tells.
      (tell) => {
        const queue = tell.split({ size: 2, availEvent: 100 });
        queue.add();
        queue.add();
        queue.kick();
        queue.unseen(() => queue.get());
        queue.add();
        queue.kick();
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-used-barrier-missing.ts
var queueUsedBarrierMissing = defineRule({
  id: "queue/used-barrier-missing",
  title: "No write barrier stands between a used element and the store that publishes it.",
  why: "The driver may see the buffer as used before it sees id and len.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8.2",
  covers: ["SP-USED-01"],
  needs: "the stores and barriers of the device; undecided where barriers are not recorded",
  follows: ["queue/used-published-too-early"],
  on: {
    "buffer.used": judgeAspect(USE.barrier, (fact2, seen) => ({
      message: seen.queue.layout === "packed" ? `slot ${fact2.slot} was marked used without a write barrier after id and len` : `used.idx was stored without a write barrier after element ${fact2.slot}`,
      expected: "a write barrier before the store that publishes",
      found: "none",
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.22" : "virtio-1.3/2.7.8.2",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-used-id-not-in-flight.ts
var queueUsedIdNotInFlight = defineRule({
  id: "queue/used-id-not-in-flight",
  title: "The device marked a buffer used that is not in flight.",
  why: "The driver frees a buffer that the device does not hold, or one of somebody else's. Look for a buffer that is completed twice, or an id taken from the wrong descriptor.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.6",
  covers: ["INV-C-02", "INV-C-03", "INV-C-04", "PK-DESC-03"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect(USE.idInFlight, (fact2, seen) => ({
      message: `${seen.queue.layout === "packed" ? "slot" : "entry"} ${fact2.slot} marks id ${fact2.found} as used, which is not in flight`,
      expected: "the id of a buffer in flight",
      found: `id ${fact2.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.6" : "virtio-1.3/2.7.8",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use({ spoil: ([, ...steps]) => [store("desc", 12, 2, 5), ...steps] });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-used-len-too-large.ts
var queueUsedLenTooLarge = defineRule({
  id: "queue/used-len-too-large",
  title: "The device says that it wrote more than the buffer can hold.",
  why: "The driver may read what was never written, or past the end. The length counts what was written to the device-writable elements only.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8.2",
  covers: ["INV-C-05", "INV-C-06", "SP-USED-02"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect(USE.lenFits, (fact2, seen) => ({
      message: `len ${fact2.found} for a buffer with ${fact2.expected} device-writable bytes`,
      expected: `at most ${fact2.expected}`,
      found: `${fact2.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8" : "virtio-1.3/2.7.8.2",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ writable: 1 });
        queue.use({ len: 65 });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ writable: 1 });
        queue.use({ len: 64 });
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-used-published-too-early.ts
var queueUsedPublishedTooEarly = defineRule({
  id: "queue/used-published-too-early",
  title: "The device stored id or len after it published the used element.",
  why: "The driver may already have read it, with what stood there before.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8.2",
  covers: ["SP-USED-01", "PK-DESC-04"],
  needs: "the stores of the device, in order",
  follows: [],
  on: {
    "buffer.used": judgeAspect(USE.storedBefore, (fact2, seen) => ({
      message: `a buffer was marked used, and then still ${fact2.what} was stored`,
      expected: "id and len before the store that publishes",
      found: `a store to ${fact2.what}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.15" : "virtio-1.3/2.7.8.2",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use({ spoil: ([id, len, barrier, idx]) => [id, barrier, idx, len] });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/queue-writable-before-readable.ts
var queueWritableBeforeReadable = defineRule({
  id: "queue/writable-before-readable",
  title: "A buffer has a device-writable element before a device-readable one.",
  why: "A device reads all readable elements first and writes behind them: it would take one part of the request for another.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.17",
  covers: ["SP-FRAME-03", "PK-SG-03"],
  needs: "the stores of the add, or a dump of the ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(EXPOSURE.elementOrder, (fact2, seen) => ({
      message: `element ${fact2.slot} of the buffer is device-readable and stands behind a device-writable one`,
      expected: "device-readable elements first",
      found: `element ${fact2.slot} out of order`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.17" : "virtio-1.3/2.7.4.2",
      shape: ""
    }))
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.offset === 14 ? { ...step, value: step.value | 2 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-avail-entry-not-head.ts
var splitAvailEntryNotHead = defineRule({
  id: "split/avail-entry-not-head",
  title: "The entry of the available ring names a descriptor in the middle of a chain, or none that was written for it.",
  why: "The device starts where the entry says: it misses the descriptors before, and gives back an id that the driver does not know.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.6",
  covers: ["INV-SP-05"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.headIsHead,
      (fact2) => ({
        message: fact2.other < 0 ? `entry ${fact2.found} names descriptor ${fact2.slot}, which was not written for this buffer` : `entry ${fact2.found} names descriptor ${fact2.slot}, to which descriptor ${fact2.other} of the same buffer leads`,
        expected: "the head of the chain",
        found: `descriptor ${fact2.slot}`,
        shape: fact2.other < 0 ? "stranger" : "inside"
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "driver" && step.offset === 4 ? { ...step, value: 1 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-avail-entry-not-stored.ts
var splitAvailEntryNotStored = defineRule({
  id: "split/avail-entry-not-stored",
  title: "The driver's avail.idx exposes an entry of the available ring that was not stored for it.",
  why: "The device takes what the entry held a lap ago for a new buffer. Look at the slot that the driver stores to: it is idx modulo the queue size, before idx is moved.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.13",
  covers: ["INV-SP-05"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.entryStored,
      (fact2) => ({
        message: `entry ${fact2.slot} of the available ring was exposed and not stored` + (fact2.other < 0 ? "" : `; entry ${fact2.other} was stored instead`),
        expected: `a store to entry ${fact2.slot} before avail.idx`,
        found: `its old value, descriptor ${fact2.found}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add({
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "driver" && step.offset === 6 ? { ...step, offset: 8 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      // What stands there already need not be stored again (catalogue INV-SP-05).
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          spoil: (steps) => steps.filter(
            (step) => step.op !== "store" || step.area !== "driver" || step.offset !== 4
          )
        });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-avail-idx-jumped.ts
var splitAvailIdxJumped = defineRule({
  id: "split/avail-idx-jumped",
  title: "The driver's avail.idx went back, or past what the queue holds.",
  why: "An entry cannot be taken back, and no more are available than the queue has. Look for a counter that was restarted without a reset.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.6.1",
  covers: ["SP-AVAIL-01", "INV-C-01", "INV-SP-02"],
  needs: "the stores of the driver",
  follows: ["queue/buffer-id-in-flight-twice", "split/avail-entry-not-stored"],
  on: {
    "stores.seen": judgeAspect(
      STORES.availIdx,
      (fact2, seen) => ({
        message: `avail.idx went from ${fact2.expected} to ${fact2.found}, with ${fact2.other} buffers in flight in a queue of ${seen.queue.size}`,
        expected: `an idx at most ${(seen.queue.size ?? 0) - fact2.other} ahead of ${fact2.expected}`,
        found: `${fact2.found}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add({ spoil: (steps) => [...steps.slice(0, -1), store("driver", 2, 2, 9)] });
        return queue.events;
      }
    ],
    obeys: [
      // A driver may publish several buffers at once, later (2.7.13.2).
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        const unpublished = (steps) => steps.slice(0, -1);
        queue.add({ spoil: unpublished });
        queue.add({ spoil: unpublished });
        queue.operation("kickPrepare", [store("driver", 2, 2, 2)], { needsKick: 1 });
        queue.use();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-chain-cut-short.ts
var splitChainCutShort = defineRule({
  id: "split/chain-cut-short",
  title: "NEXT is missing inside a chain: the device sees fewer descriptors than the driver wrote for the buffer.",
  why: "The rest of the buffer is lost to the device, and its descriptors come back to nobody.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: [],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.cutShort,
      (fact2, seen) => ({
        message: `the driver wrote ${fact2.expected} descriptors for the buffer, but ${slotName(seen, fact2.slot)} has no NEXT: the device sees ${fact2.found} of them`,
        expected: `a chain of ${fact2.expected} descriptors`,
        found: `one of ${fact2.found}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 3,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 28 ? { ...step, value: step.value & ~1 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-event-index-without-feature.ts
var splitEventIndexWithoutFeature = defineRule({
  id: "split/event-index-without-feature",
  title: "The device stores avail_event, and EVENT_IDX was not negotiated.",
  why: "Without the feature nothing stands behind the used ring, and no driver looks there: what the device wants to say does not arrive. Linux's driver stores used_event either way, which is not told.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-SP-18"],
  needs: "stores behind the entries of the used ring, and whether EVENT_IDX was negotiated",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect(
      EVENT_WORD.eventNegotiated,
      (fact2) => ({
        message: `the device stores avail_event ${fact2.found}, which does not exist without EVENT_IDX`,
        expected: "used.flags, without EVENT_IDX",
        found: `avail_event ${fact2.found}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 68, 2, 3)]);
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 68, 2, 0)]);
        return queue.events;
      },
      // Linux stores used_event whether the feature was negotiated or not.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("enableCb", [store("driver", 20, 2, 0)], { lastUsed: 0, result: 1 });
        return queue.events;
      }
    ]
  }
});

// src/rules/split-next-mislinked.ts
var splitNextMislinked = defineRule({
  id: "split/next-mislinked",
  title: "A chain leads away from the descriptors that were written for the buffer.",
  why: "The field next must name the descriptor that the driver wrote next: the one behind it in the table is that only by chance. The device follows it into stale contents, or another buffer.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-SP-07"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.misLinked,
      (fact2, seen) => ({
        message: `${slotName(seen, fact2.slot)} leads to ${slotName(seen, fact2.other)}, which was not written for this buffer, before all that were are reached`,
        expected: "next names a descriptor of the same buffer",
        found: `next ${fact2.other} in ${slotName(seen, fact2.slot)}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 3,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 14 ? { ...step, value: 5 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-next-not-cleared.ts
var splitNextNotCleared = defineRule({
  id: "split/next-not-cleared",
  title: "The last descriptor of a chain still has NEXT.",
  why: "The device follows next into a descriptor that is not the buffer's: stale contents, or another buffer. Linux sets NEXT on every descriptor and clears it on the last one afterwards.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-SP-07", "INV-SP-08"],
  needs: "the stores of the add, or a dump of the ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.runsOn,
      (fact2, seen) => ({
        message: `${slotName(seen, fact2.slot)} is the last of its buffer and keeps NEXT (flags ${flagsText(fact2.found)}): the chain runs on into ${slotName(seen, fact2.other)}, which was not made available with it`,
        expected: "NEXT clear on the last descriptor",
        found: `flags ${flagsText(fact2.found)} in ${slotName(seen, fact2.slot)}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => steps.map(
            (step) => step.op === "store" && step.area === "desc" && step.offset === 28 ? { ...step, value: step.value | 1 } : step
          )
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-published-too-early.ts
var splitPublishedTooEarly = defineRule({
  id: "split/published-too-early",
  title: "The driver stored part of a buffer after the store that made it available.",
  why: "A device may read the buffer as soon as it is available, and find what stood there before. avail.idx comes last, after the ring entry and the descriptors.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.13",
  covers: ["INV-SP-05", "SP-SUP-05"],
  needs: "the stores of the add, in order",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect(
      EXPOSURE.storedBefore,
      (fact2) => ({
        message: `avail.idx was stored, and then still ${fact2.what}`,
        expected: "nothing of the buffer stored after that",
        found: `a store to ${fact2.what}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => [...steps.slice(-2), ...steps.slice(0, -2)]
        });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/split-ring-flags-value.ts
var splitRingFlagsValue = defineRule({
  id: "split/ring-flags-value",
  title: "The flags of a split ring have a value that they must not have.",
  why: "Without EVENT_IDX flags are 0 or 1; with it they are 0, and the event index says what is wanted. A side that sets 1 all the same believes its notifications off; the other must not look there, and may. Old Linux drivers do it, and a hypervisor that still writes to a ring that it has handed on.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.7.1",
  covers: ["SP-UNS-01", "SP-UNS-03", "SP-ANS-08", "SP-ANS-10"],
  needs: "stores to the flags of either ring, or a dump, and whether EVENT_IDX was negotiated",
  follows: ["queue/store-not-owned"],
  on: {
    "eventWord.seen": judgeAspect(
      EVENT_WORD.ringFlags,
      (fact2, seen) => {
        const driver = seen.party === "driver";
        const name = driver ? "avail.flags" : "used.flags";
        return {
          message: `the ${seen.party} has set ${name} to ${flagsText(fact2.found)}`,
          expected: fact2.expected === 0 ? "0, with EVENT_IDX" : "0 or 1",
          found: flagsText(fact2.found),
          party: seen.party,
          clause: driver ? "virtio-1.3/2.7.7.1" : "virtio-1.3/2.7.10.2",
          shape: seen.party
        };
      },
      "split"
    )
  },
  examples: {
    violates: [
      // What old kernels do: with EVENT_IDX the flag means nothing, and must not be set.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("disableCb", [store("driver", 0, 2, 1)]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 0, 2, 2)]);
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("disableCb", [store("driver", 0, 2, 1)]);
        queue.operation("deviceSetNotify", [store("device", 0, 2, 1)]);
        queue.operation("deviceSetNotify", [store("device", 0, 2, 0)]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("disableCb", [store("driver", 20, 2, 0)]);
        return queue.events;
      }
    ]
  }
});

// src/rules/split-used-idx-passed-avail.ts
var splitUsedIdxPassedAvail = defineRule({
  id: "split/used-idx-passed-avail",
  title: "The device's used.idx went back, or passed avail.idx.",
  why: "The device cannot use more than is available. The driver reads elements that nobody wrote.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-SP-03", "INV-SP-04"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "stores.seen": judgeAspect(
      STORES.usedIdx,
      (fact2) => ({
        message: `used.idx went from ${fact2.other} to ${fact2.found}, with avail.idx at ${fact2.expected}`,
        expected: `at most ${fact2.expected}`,
        found: `${fact2.found}`,
        shape: ""
      }),
      "split"
    )
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => [...steps.slice(0, -1), store("device", 2, 2, 3)] });
        return queue.events;
      }
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      }
    ]
  }
});

// src/rules/index.ts
var RULES = [
  packedAvailFlagsWrongLap,
  packedAvailWrapNotFlipped,
  packedDescEventWithoutFeature,
  packedEventBarrierMissing,
  packedEventFlagsBeforeOffWrap,
  packedEventFlagsReserved,
  packedEventOffOutsideRing,
  packedIdNotInLast,
  packedIndirectEntryFlags,
  packedListCutShort,
  packedNextNotCleared,
  packedNumFreeMiscounted,
  packedOffWrapBitMissing,
  packedOffWrapStale,
  packedPublishedTooEarly,
  packedUsedFlagsWrongLap,
  packedUsedWrapNotFlipped,
  queueAddRefusedWithRoom,
  queueBrokenBySpuriousNotification,
  queueBufferIdInFlightTwice,
  queueBufferLostAtDetach,
  queueChainNotEnding,
  queueDescriptorInFlightTwice,
  queueDriverStateAgainstRing,
  queueElementDiffers,
  queueElementDirectionWrong,
  queueEnospcWithNothingInFlight,
  queueEventShadowDiffers,
  queueIndirectFlagMissing,
  queueIndirectTableLength,
  queueInterruptAskedLate,
  queueInterruptMissed,
  queueInterruptNotSeen,
  queueInterruptSuperfluous,
  queueInterruptWithoutWork,
  queueKickBeforePublication,
  queueKickMissed,
  queueKickSuperfluous,
  queueNotificationAskedLate,
  queueNotifyDataWrong,
  queueNotifyNotSeen,
  queueNumAddedNotReset,
  queuePendingOverlooked,
  queuePublicationDelayed,
  queuePublicationWithoutDecision,
  queuePublishBarrierMissing,
  queueStalled,
  queueStoreNotOwned,
  queueTokenNeverAdded,
  queueTokenReturnedTwice,
  queueTooManyInFlight,
  queueUsedBarrierMissing,
  queueUsedIdNotInFlight,
  queueUsedLenTooLarge,
  queueUsedPublishedTooEarly,
  queueWritableBeforeReadable,
  splitAvailEntryNotHead,
  splitAvailEntryNotStored,
  splitAvailIdxJumped,
  splitChainCutShort,
  splitEventIndexWithoutFeature,
  splitNextMislinked,
  splitNextNotCleared,
  splitPublishedTooEarly,
  splitRingFlagsValue,
  splitUsedIdxPassedAvail
];

// src/replay/device-messages.ts
var MESSAGES = [
  {
    pattern: /^Incorrect order for descriptors/,
    // A list that runs on picks up a readable descriptor behind its writable ones.
    aspects: EXPOSURE.elementOrder | EXPOSURE.runsOn
  },
  {
    pattern: /^Looped descriptor/,
    aspects: EXPOSURE.walkEnds | EXPOSURE.runsOn | EXPOSURE.misLinked
  },
  { pattern: /^Desc next is \d+/, aspects: EXPOSURE.walkEnds | EXPOSURE.misLinked },
  {
    pattern: /^Invalid size for indirect buffer table/,
    aspects: EXPOSURE.tableLength | EXPOSURE.indirectFlag
  },
  { pattern: /^Guest says index \d+ is available/, aspects: EXPOSURE.walkEnds }
];
function messageAspects(text) {
  return MESSAGES.find(({ pattern }) => pattern.test(text))?.aspects ?? 0;
}

// src/replay/dump/buffer-walks.ts
var RING_TIMES = 4;
var TABLE_ENTRIES = 1 << 20;
var NOT_WALKED = "not walked: the buffers before it take more descriptors than a correct queue has in flight, or more table entries than are read of one dump";
var BufferWalks = class {
  /** The buffer of the last walk; empty where that was refused. */
  chain;
  #input;
  #slotsLeft;
  #entriesLeft = TABLE_ENTRIES;
  #spent = false;
  constructor(input) {
    this.#input = input;
    this.chain = new Chain(input.memory.queueSize);
    this.#slotsLeft = RING_TIMES * input.memory.queueSize;
  }
  /** Walks the buffer at a position (packed) or head (split); false where it is not walked to its end. */
  walk(start) {
    const { chain } = this;
    const { memory } = this.#input;
    if (!this.#spent) {
      const walk = memory.layout === "packed" ? walkPacked : walkSplit;
      walk(memory, start, chain, this.#tableAt);
      this.#slotsLeft -= chain.slotCount;
      if (!this.#spent) {
        this.#spent = this.#slotsLeft <= 0;
        return true;
      }
    }
    chain.clear();
    return false;
  }
  #tableAt = (addr, bytes) => {
    const table = this.#input.tableAt(addr, bytes);
    if (table < 0) return table;
    this.#entriesLeft -= bytes / DESC_BYTES;
    if (this.#entriesLeft >= 0) return table;
    this.#spent = true;
    return -1;
  };
};

// src/replay/dump/dump-input.ts
function neverWritten(memory, slot) {
  for (let at = slot * DESC_BYTES; at < (slot + 1) * DESC_BYTES; at += 4) {
    if (memory.get32(AREA.desc, at) !== 0) return false;
  }
  return true;
}
function addressAt(memory, slot) {
  const at = slot * DESC_BYTES;
  return BigInt(memory.get32(AREA.desc, at + 4)) << 32n | BigInt(memory.get32(AREA.desc, at));
}

// src/replay/dump/dump-buffer.ts
var SEGMENTS_MAX = 65536;
function walkedBuffer(memory, walks, start) {
  const { chain } = walks;
  if (!walks.walk(start)) return { slots: [], segments: [], unreadTable: null, broken: NOT_WALKED };
  return {
    slots: Array.from(chain.slots.subarray(0, chain.slotCount)),
    segments: segmentsOf2(memory, chain),
    unreadTable: chain.ending === "table-unread" ? chain.indirectSlot : null,
    broken: brokenWords(chain)
  };
}
function segmentsOf2(memory, chain) {
  const segments = [];
  const direct = chain.indirectSlot < 0;
  for (let i = 0; i < Math.min(chain.count, SEGMENTS_MAX); i++) {
    segments.push({
      addr: direct ? addressAt(memory, chain.slots[i]) : BigInt(chain.addr[i]),
      len: chain.len[i],
      writable: chain.writable[i] === 1
    });
  }
  return segments;
}
function brokenWords(chain) {
  const { ending, beyond, slots, slotCount, tableBytes } = chain;
  const last = slots[slotCount - 1] ?? -1;
  switch (ending) {
    case "complete":
    case "table-unread":
      return null;
    case "loop":
      return `it comes back to descriptor ${beyond}`;
    case "outside":
      return `it leads to descriptor ${beyond}, which does not exist`;
    case "unavailable":
      return `slot ${last} keeps NEXT, and slot ${beyond} was never made available with it`;
    case "table-length":
      return `its indirect table has ${tableBytes} bytes, which is no whole number of entries`;
    case "nested":
      return `entry ${chain.oddEntry} of its indirect table is indirect itself`;
    default:
      return ending;
  }
}

// src/replay/dump/event-sentences.ts
var WANTS = {
  driver: {
    whom: "the driver wants an interrupt",
    none: "the driver wants no interrupt",
    each: "every used buffer",
    done: "used"
  },
  device: {
    whom: "the device wants a notification",
    none: "the device wants no notification",
    each: "every available buffer",
    done: "made available"
  }
};
function packedEvent(input, side) {
  if (!(side === "driver" ? input.hasDriverArea : input.hasDeviceArea)) return null;
  const area = side === "driver" ? AREA.driver : AREA.device;
  const word = input.memory.get16(area, EVENT_OFF_WRAP);
  const flags = input.memory.get16(area, EVENT_FLAGS);
  const off = word & 32767;
  const wrap = word >> 15;
  const base = { off, wrap, flags, mode: eventFlagsName(flags), event: null };
  return { ...base, words: packedWords(input.memory.queueSize, side, off, wrap, flags) };
}
function packedWords(size, side, off, wrap, flags) {
  const { whom, none, each, done } = WANTS[side];
  switch (flags) {
    case RING_EVENT_FLAGS_ENABLE:
      return `${whom} for ${each}`;
    case RING_EVENT_FLAGS_DISABLE:
      return none;
    case RING_EVENT_FLAGS_DESC:
      return off < size ? `${whom} once slot ${off} (wrap ${wrap}) is ${done}` : `${whom} at slot ${off} (wrap ${wrap}), which the ring does not have`;
    default:
      return `reserved flags 0x${flags.toString(16)}`;
  }
}
function splitEvent(input, side) {
  if (!(side === "driver" ? input.hasDriverArea : input.hasDeviceArea)) return null;
  const { memory, features } = input;
  const area = side === "driver" ? AREA.driver : AREA.device;
  const flags = memory.get16(area, RING_FLAGS);
  const at = (side === "driver" ? usedEventOffset : availEventOffset)(memory.queueSize);
  const event = memory.get16(area, at);
  const base = { off: null, wrap: null, flags, mode: null, event };
  const { whom, none, each, done } = WANTS[side];
  const off = (flags & (side === "driver" ? AVAIL_F_NO_INTERRUPT : USED_F_NO_NOTIFY)) !== 0;
  const byFlags = off ? none : `${whom} for ${each}`;
  const byEvent = `${whom} once entry ${event} is ${done}`;
  const words = features === void 0 ? `${byFlags}; with EVENT_IDX: ${byEvent}` : features.has("VIRTIO_F_EVENT_IDX") ? byEvent : byFlags;
  return { ...base, words };
}

// src/replay/dump/packed-boundary.ts
var RUNS_MAX = 4;
function packedBoundary(memory) {
  const { queueSize } = memory;
  const fits = [];
  for (const driver2 of driverCandidates(memory)) {
    const ahead2 = aheadOf(memory, driver2);
    if (ahead2 !== void 0) fits.push({ driver: driver2, ahead: ahead2 });
  }
  const plain = fits.filter(({ ahead: ahead2 }) => ahead2 === 0);
  const [only, ...others] = plain.length > 0 ? plain : fits;
  if (only === void 0 || others.length > 0) return void 0;
  const { driver, ahead } = only;
  const doubtful = fits.length > 1;
  const firstLap = isFirstLap(memory, driver, ahead);
  const behind = ahead === 0 ? queueSize : queueSize - ahead - 1;
  const oldest = firstLap ? 0 : positionDistance(behind, driver, queueSize);
  let lastUsed;
  for (let back = 1; back <= positionDistance(oldest, driver, queueSize); back++) {
    const position = positionDistance(back, driver, queueSize);
    const used = usedBits(positionWrap(position, queueSize));
    if (ownerBits(memory, positionSlot(position, queueSize)) !== used) continue;
    lastUsed = position;
    break;
  }
  const found = { driver, ahead, oldest, lastUsed, firstLap, doubtful };
  if (lastUsed !== void 0) {
    return { ...found, deviceMin: advancePosition(lastUsed, 1, queueSize), deviceMax: driver };
  }
  const deviceMax = firstLap || driver === oldest ? oldest : positionDistance(1, driver, queueSize);
  return { ...found, deviceMin: oldest, deviceMax };
}
function packedPairs(memory) {
  const { queueSize } = memory;
  const pairs = [];
  const runs = new Int32Array(2 * queueSize + 1);
  for (let round = 0; round < 2; round++) {
    for (let position = 2 * queueSize - 1; position >= 0; position--) {
      const next = advancePosition(position, 1, queueSize);
      runs[position] = isAvailable(memory, position) ? Math.min(queueSize, runs[next] + 1) : 0;
    }
  }
  for (let device = 0; device < 2 * queueSize; device++) {
    const slot = positionSlot(device, queueSize);
    if (ownerBits(memory, slot) === usedBits(positionWrap(device, queueSize))) continue;
    pairs.push({ device, driver: advancePosition(device, runs[device], queueSize) });
  }
  return pairs;
}
function listEndWithId(memory, from, until, id) {
  const { queueSize } = memory;
  const slots = positionDistance(from, until, queueSize);
  for (let i = 0; i < slots; i++) {
    const position = advancePosition(from, i, queueSize);
    const slot = positionSlot(position, queueSize);
    if ((flagsAt2(memory, slot) & VIRTQ_DESC_F_NEXT) === 0 && idAt(memory, slot) === id) {
      return position;
    }
  }
  return void 0;
}
function firstListEnd(memory, from, until) {
  const { queueSize } = memory;
  const slots = positionDistance(from, until, queueSize);
  for (let i = 0; i < slots; i++) {
    const position = advancePosition(from, i, queueSize);
    const flags = flagsAt2(memory, positionSlot(position, queueSize));
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return position;
  }
  return void 0;
}
function flagsAt2(memory, slot) {
  return memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
}
function idAt(memory, slot) {
  return memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_ID);
}
function ownerBits(memory, slot) {
  return flagsAt2(memory, slot) & OWNER_BITS;
}
function isAvailable(memory, position) {
  const { queueSize } = memory;
  const bits = availBits(positionWrap(position, queueSize));
  return ownerBits(memory, positionSlot(position, queueSize)) === bits;
}
function availBit(memory, slot) {
  return (flagsAt2(memory, slot) & VIRTQ_DESC_F_AVAIL) === 0 ? 0 : 1;
}
function driverCandidates(memory) {
  const { queueSize } = memory;
  const slots = [0, queueSize - 1];
  for (let slot = 1, runs = 1; slot < queueSize; slot++) {
    if (availBit(memory, slot) === availBit(memory, slot - 1)) continue;
    if (++runs > RUNS_MAX) return /* @__PURE__ */ new Set();
    slots.push(slot, slot - 1);
  }
  return new Set(
    slots.flatMap((slot) => [
      packedPosition(slot, 1, queueSize),
      packedPosition(slot, 0, queueSize)
    ])
  );
}
function aheadOf(memory, driver) {
  const { queueSize } = memory;
  let ahead = 0;
  let writing = true;
  for (let i = 0; i < queueSize; i++) {
    const position = advancePosition(driver, i, queueSize);
    const slot = positionSlot(position, queueSize);
    const isNew = availBit(memory, slot) === positionWrap(position, queueSize);
    if (!isNew) {
      if (i > 0) writing = false;
      continue;
    }
    if (i === 0 || !writing || !isAvailable(memory, position)) return void 0;
    if (ahead > 0 && !leadsOn(memory, advancePosition(position, 2 * queueSize - 1, queueSize))) {
      return void 0;
    }
    ahead++;
  }
  return ahead;
}
function leadsOn(memory, position) {
  return (flagsAt2(memory, positionSlot(position, memory.queueSize)) & VIRTQ_DESC_F_NEXT) !== 0;
}
function isFirstLap(memory, driver, ahead) {
  const { queueSize } = memory;
  if (positionWrap(driver, queueSize) === 0 || driver + ahead >= queueSize) return false;
  if (!neverWritten(memory, positionSlot(driver, queueSize)) && ahead === 0) return false;
  for (let slot = driver + ahead + 1; slot < queueSize; slot++) {
    if (!neverWritten(memory, slot)) return false;
  }
  return true;
}

// src/replay/dump/packed-device.ts
function packedStand(input, boundary) {
  const { queueSize } = input.memory;
  if (boundary === void 0) return looseStand(input);
  const { driver, deviceMin, deviceMax } = boundary;
  const fits = [];
  for (let i = 0; i <= positionDistance(deviceMin, deviceMax, queueSize); i++) {
    const position = advancePosition(deviceMin, i, queueSize);
    if (agrees(input, position)) fits.push(position);
  }
  const [first, ...others] = fits;
  if (first === void 0) {
    return {
      driver,
      device: -1,
      certainty: "ambiguous",
      candidates: [],
      unknown: [
        `the device says that it stands at slot ${accountSlot(input)}, which these descriptors exclude: its answer and the dump are of different moments`
      ]
    };
  }
  if (others.length === 0) {
    const certainty = boundary.doubtful ? "likely" : "certain";
    const unknown = boundary.doubtful ? [
      "whether a list over nearly the whole ring is just being written: the bits would be the same"
    ] : [];
    return { driver, device: first, certainty, candidates: fits, unknown };
  }
  return narrowed(input, boundary, fits);
}
function narrowed(input, boundary, fits) {
  const { queueSize } = input.memory;
  const { driver, lastUsed } = boundary;
  const range = `${positionText(fits[0], queueSize)} to ${positionText(fits[fits.length - 1], queueSize)}`;
  const base = { driver, candidates: fits };
  if (lastUsed === void 0) {
    return {
      ...base,
      device: -1,
      certainty: "ambiguous",
      unknown: [`the device may be at ${range}`]
    };
  }
  if (input.features?.has("VIRTIO_F_IN_ORDER") === true) {
    const device2 = inOrderDevice(input, boundary, lastUsed);
    return {
      ...base,
      device: device2,
      certainty: "likely",
      unknown: [
        `the device's position: ${positionText(device2, queueSize)}, where the buffer ends that the last used id names; if that id was used twice in this lap, ${range} all fit`
      ]
    };
  }
  const ordered = orderedDevices(input, boundary, lastUsed);
  const [only, ...more] = ordered;
  const device = more.length === 0 ? only : ordered.find((position) => hints(input).includes(position));
  const told = device === void 0 ? `${ordered.map((position) => positionText(position, queueSize)).join(" or ")}, if buffers are used in order` : `${positionText(device, queueSize)} if buffers are used in order${more.length > 0 ? " and an event word is fresh" : ""}`;
  return {
    ...base,
    device: device ?? -1,
    certainty: device === void 0 ? "ambiguous" : "likely",
    unknown: [
      `the device's position: ${told}; a device that used a longer buffer out of order would skip slots that look available, so ${range} all fit`
    ]
  };
}
function inOrderDevice(input, boundary, lastUsed) {
  const { memory } = input;
  const { queueSize } = memory;
  const next = advancePosition(lastUsed, 1, queueSize);
  const id = idAt(memory, positionSlot(lastUsed, queueSize));
  const end = listEndWithId(memory, next, boundary.driver, id);
  return end === void 0 ? next : advancePosition(end, 1, queueSize);
}
function orderedDevices(input, boundary, lastUsed) {
  const { memory } = input;
  const { queueSize } = memory;
  const next = advancePosition(lastUsed, 1, queueSize);
  const devices = [next];
  const end = firstListEnd(memory, next, boundary.driver);
  if (end === void 0) return devices;
  const sameId = idAt(memory, positionSlot(end, queueSize)) === idAt(memory, positionSlot(lastUsed, queueSize));
  if (sameId) devices.push(advancePosition(end, 1, queueSize));
  return devices;
}
function hints(input) {
  const { memory } = input;
  const positions = [];
  for (const [area, at] of [
    [AREA.driver, input.hasDriverArea],
    [AREA.device, input.hasDeviceArea]
  ]) {
    if (!at || memory.get16(area, EVENT_FLAGS) !== RING_EVENT_FLAGS_DESC) continue;
    const position = wordPosition(memory.get16(area, EVENT_OFF_WRAP), memory.queueSize);
    if (position !== void 0) positions.push(position);
  }
  return positions;
}
function accountSlot({ device }) {
  return device === void 0 ? -1 : device.used & 32767;
}
function agrees(input, position) {
  const { device: account, memory } = input;
  if (account === void 0) return true;
  const named = accountPositions(account.used, account.hasWrap, memory.queueSize);
  return named.includes(position);
}
function accountPositions(word, hasWrap, queueSize) {
  const slot = word & 32767;
  if (slot >= queueSize) return [];
  if (hasWrap) return [packedPosition(slot, word >> 15, queueSize)];
  return [packedPosition(slot, 1, queueSize), packedPosition(slot, 0, queueSize)];
}
function looseStand(input) {
  const { queueSize } = input.memory;
  const pairs = packedPairs(input.memory).filter(({ device }) => agrees(input, device));
  const why = "AVAIL changes more often around the ring than one position explains: the dump mixes moments, or this driver rewrites the flags of descriptors that it has taken back";
  const [only, ...others] = pairs;
  if (only !== void 0 && others.length === 0) {
    const { driver, device } = only;
    const unknown2 = [`${why}; one pair of positions fits, which is no proof`];
    return { driver, device, certainty: "likely", candidates: [device], unknown: unknown2 };
  }
  const unknown = [
    `${why}; ambiguous: ${pairs.length} pairs of positions fit${pairs.length === 0 ? "" : `, the first with the device at ${positionText((only ?? { device: 0 }).device, queueSize)}`}`
  ];
  const candidates = pairs.map(({ device }) => device);
  return { driver: -1, device: -1, certainty: "ambiguous", candidates, unknown };
}

// src/replay/dump/unknowns.ts
function contentUnknowns(buffers2) {
  const unknown = [];
  const unread = buffers2.filter(({ unreadTable }) => unreadTable !== null).length;
  if (unread > 0) {
    unknown.push(
      `what ${unread} indirect ${unread === 1 ? "table holds: its bytes are" : "tables hold: their bytes are"} not in the dump`
    );
  }
  const unwalked2 = buffers2.filter(({ broken }) => broken === NOT_WALKED).length;
  if (unwalked2 > 0) {
    unknown.push(
      `what ${unwalked2 === 1 ? "1 buffer holds: it is" : `${unwalked2} buffers hold: they are`} not walked, for those before take more than a correct queue has in flight, or than is read of one dump`
    );
  }
  return unknown;
}
function instantUnknowns({ paused }) {
  return paused ? [] : ["whether the three areas are of one instant: nothing says that the guest stood still"];
}

// src/replay/dump/packed-dump.ts
function decodePacked(input) {
  const { memory, features } = input;
  const { queueSize } = memory;
  const boundary = packedBoundary(memory);
  const stand = packedStand(input, boundary);
  const known2 = stand.driver >= 0 && stand.device >= 0;
  const unknown = [...stand.unknown];
  const taken = takenPosition(input, stand);
  const { buffers: buffers2, starts } = known2 ? listsBetween(input, stand, taken) : { buffers: [], starts: [] };
  const owner = new Map(buffers2.flatMap(({ slots: slots2 }, i) => slots2.map((slot) => [slot, i])));
  const slots = [];
  for (let slot = 0; slot < queueSize; slot++) {
    slots.push({
      slot,
      state: slotState(memory, slot, boundary, stand),
      id: idAt(memory, slot),
      next: null,
      addr: addressAt(memory, slot),
      len: memory.get32(AREA.desc, slot * DESC_BYTES + DESC_LEN),
      flags: flagsAt2(memory, slot),
      buffer: owner.get(slot) ?? null
    });
  }
  unknown.push(...packedUnknowns(input, boundary, stand, buffers2));
  const at = (position) => position < 0 ? null : { slot: positionSlot(position, queueSize), wrap: positionWrap(position, queueSize) };
  const dump = {
    layout: "packed",
    size: queueSize,
    features: features === void 0 ? null : [...features],
    slots,
    driverPosition: at(stand.driver),
    devicePosition: at(stand.device),
    takenPosition: at(taken),
    certainty: stand.certainty,
    candidates: stand.candidates.map(at).filter((position) => position !== null),
    availIdx: null,
    usedIdx: null,
    inFlight: buffers2,
    events: { driver: packedEvent(input, "driver"), device: packedEvent(input, "device") },
    unknown
  };
  const nothingUsed = boundary?.firstLap === true && boundary.lastUsed === void 0;
  return { dump, starts, nothingUsed };
}
function listSlots(input, start, driver) {
  const { memory } = input;
  const { queueSize } = memory;
  const slots = [];
  for (let at = start; at !== driver && slots.length < queueSize; ) {
    const slot = positionSlot(at, queueSize);
    slots.push(slot);
    if ((flagsAt2(memory, slot) & VIRTQ_DESC_F_NEXT) === 0) break;
    at = advancePosition(at, 1, queueSize);
  }
  return slots;
}
function listsBetween(input, { device, driver }, taken) {
  const { memory } = input;
  const { queueSize } = memory;
  const walks = new BufferWalks(input);
  const buffers2 = [];
  const starts = [];
  const untaken = taken < 0 ? -1 : positionDistance(taken, driver, queueSize);
  for (let at = device; at !== driver; ) {
    const slots = listSlots(input, at, driver);
    starts.push(at);
    buffers2.push({
      id: idAt(memory, slots[slots.length - 1]),
      ...walkedBuffer(memory, walks, at),
      slots,
      taken: untaken < 0 ? null : positionDistance(at, driver, queueSize) > untaken
    });
    at = advancePosition(at, slots.length, queueSize);
  }
  return { buffers: buffers2, starts };
}
function takenPosition(input, { device, driver }) {
  const { device: account, memory } = input;
  if (account === void 0 || device < 0 || driver < 0) return -1;
  const { queueSize } = memory;
  const inFlight = positionDistance(device, driver, queueSize);
  const fits = accountPositions(account.taken, account.hasWrap, queueSize).filter(
    (position) => positionDistance(device, position, queueSize) <= inFlight
  );
  return fits.length === 1 ? fits[0] : account.taken === account.used ? device : -1;
}
function slotState(memory, slot, boundary, { device, driver }) {
  const { queueSize } = memory;
  if (neverWritten(memory, slot)) return "never";
  if (boundary === void 0) {
    if (device < 0 || driver < 0) return "unknown";
    const first = positionSlot(device, queueSize);
    const inFlight = positionDistance(device, driver, queueSize);
    return (slot - first + queueSize) % queueSize < inFlight ? "available" : "unknown";
  }
  const driverSlot = positionSlot(boundary.driver, queueSize);
  const back = (driverSlot - slot + queueSize - 1) % queueSize + 1;
  const kept = positionDistance(boundary.oldest, boundary.driver, queueSize);
  if (back > kept) return "unknown";
  const position = positionDistance(back, boundary.driver, queueSize);
  if ((flagsAt2(memory, slot) & OWNER_BITS) === usedBits(positionWrap(position, queueSize))) {
    return "used";
  }
  if (device >= 0) {
    return back <= positionDistance(device, boundary.driver, queueSize) ? "available" : "stale";
  }
  return back > positionDistance(boundary.deviceMin, boundary.driver, queueSize) ? "stale" : "unknown";
}
function packedUnknowns(input, boundary, stand, buffers2) {
  const { memory } = input;
  const { queueSize } = memory;
  const unknown = [];
  if (boundary !== void 0 && boundary.ahead > 0) {
    unknown.push(
      `${boundary.ahead} slots behind ${positionText(boundary.driver, queueSize)} are written ahead: the driver is in the middle of an add, or the dump is of more than one moment`
    );
  }
  if (boundary?.lastUsed !== void 0) {
    unknown.push(
      "which of the used buffers the driver has taken back: only the driver knows (last_used_idx)"
    );
  }
  const outOfOrder = input.features?.has("VIRTIO_F_IN_ORDER") !== true;
  if (buffers2.length > 1 && outOfOrder && boundary?.lastUsed !== void 0) {
    unknown.push(
      "whether the descriptors in flight are still those of the buffers in flight: a device that uses them out of order writes its used descriptors over them"
    );
  }
  unknown.push(...contentUnknowns(buffers2));
  if (stand.device >= 0 && buffers2.length > 0 && input.device === void 0) {
    unknown.push("which buffers in flight the device has taken: only the device knows");
  }
  unknown.push(...instantUnknowns(input));
  return unknown;
}

// src/replay/dump/split-dump.ts
function decodeSplit(input) {
  const { memory, features, hasDriverArea, hasDeviceArea } = input;
  const { queueSize } = memory;
  const availIdx = hasDriverArea ? memory.get16(AREA.driver, RING_IDX) : null;
  const usedIdx = hasDeviceArea ? memory.get16(AREA.device, RING_IDX) : input.device?.used ?? null;
  const { heads, certainty, unknown } = inFlightHeads(input, availIdx, usedIdx);
  const walks = new BufferWalks(input);
  const buffers2 = heads.map(
    (head) => ({ id: head, ...walkedBuffer(memory, walks, head), taken: null })
  );
  markTaken(input, buffers2, availIdx);
  const owner = /* @__PURE__ */ new Map();
  for (const [i, { slots: slots2 }] of buffers2.entries()) {
    for (const slot of slots2) if (!owner.has(slot)) owner.set(slot, i);
  }
  const allWalked = buffers2.every(({ broken }) => broken !== NOT_WALKED);
  const rest = allWalked ? restState(input, availIdx, usedIdx, certainty) : "unknown";
  const slots = [];
  for (let slot = 0; slot < queueSize; slot++) {
    const buffer = owner.get(slot) ?? null;
    slots.push({
      slot,
      state: buffer !== null ? "available" : isUntouched(input, slot) ? "never" : rest,
      id: null,
      next: memory.get16(AREA.desc, slot * DESC_BYTES + SPLIT_DESC_NEXT),
      addr: addressAt(memory, slot),
      len: memory.get32(AREA.desc, slot * DESC_BYTES + DESC_LEN),
      flags: memory.get16(AREA.desc, slot * DESC_BYTES + SPLIT_DESC_FLAGS),
      buffer
    });
  }
  unknown.push(...splitUnknowns(input, buffers2, usedIdx));
  const dump = {
    layout: "split",
    size: queueSize,
    features: features === void 0 ? null : [...features],
    slots,
    driverPosition: null,
    devicePosition: null,
    takenPosition: null,
    certainty,
    candidates: [],
    availIdx,
    usedIdx,
    inFlight: buffers2,
    events: { driver: splitEvent(input, "driver"), device: splitEvent(input, "device") },
    unknown
  };
  return {
    dump,
    starts: heads,
    nothingUsed: usedIdx === 0 && (availIdx ?? queueSize + 1) <= queueSize
  };
}
function isUntouched({ memory }, slot) {
  if (neverWritten(memory, slot)) return true;
  const at = slot * DESC_BYTES;
  return addressAt(memory, slot) === 0n && memory.get32(AREA.desc, at + DESC_LEN) === 0 && memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS) === 0;
}
function restState(input, availIdx, usedIdx, certainty) {
  if (availIdx === null || usedIdx === null || certainty === "ambiguous") return "unknown";
  return u16Distance(usedIdx, availIdx) > input.memory.queueSize ? "unknown" : "stale";
}
function inFlightHeads(input, availIdx, usedIdx) {
  const { memory, hasDeviceArea } = input;
  const { queueSize } = memory;
  if (availIdx === null || usedIdx === null) {
    const what = availIdx === null ? "the available ring is not in the dump" : "used.idx is not in the dump";
    return { heads: [], certainty: "ambiguous", unknown: [`what is in flight: ${what}`] };
  }
  const count4 = u16Distance(usedIdx, availIdx);
  if (count4 > queueSize) {
    return {
      heads: [],
      certainty: "ambiguous",
      unknown: [
        `what is in flight: avail.idx ${availIdx} is ${count4} ahead of used.idx ${usedIdx}, more than the queue's ${queueSize}${input.paused ? "" : "; the two were perhaps read at different moments"}`
      ]
    };
  }
  const newest = headsFrom(input, usedIdx, availIdx);
  if (count4 === 0) return { heads: [], certainty: "certain", unknown: [] };
  if (input.features?.has("VIRTIO_F_IN_ORDER") === true) {
    return { heads: newest, certainty: "certain", unknown: [] };
  }
  if (!hasDeviceArea) return { heads: newest, certainty: "likely", unknown: [IN_ORDER_ASSUMED] };
  const used = usedCounts(input, availIdx, usedIdx);
  const window = Math.max(count4, Math.min(queueSize, availIdx));
  const exposed = headsFrom(input, u16(availIdx - window), availIdx);
  if (sinceStart(input, availIdx, usedIdx)) {
    return { heads: difference(exposed, used.since), certainty: "certain", unknown: [] };
  }
  if (newest.every((head) => !used.ids.has(head))) {
    return { heads: newest, certainty: "certain", unknown: [] };
  }
  const left = difference(exposed, used.since);
  return {
    heads: left.length === count4 ? left : newest,
    certainty: "likely",
    unknown: [left.length === count4 && !used.ordered ? OUT_OF_ORDER : IN_ORDER_ASSUMED]
  };
}
var IN_ORDER_ASSUMED = "which heads are in flight: these if buffers were used in the order in which they were made available; the entries that would prove it are overwritten";
var OUT_OF_ORDER = "which heads are in flight: buffers were used out of order; these are the ones that the available ring names more often than the used ring, among the entries that are still there";
function usedCounts({ memory }, availIdx, usedIdx) {
  const { queueSize } = memory;
  const count4 = u16Distance(usedIdx, availIdx);
  const compared = Math.max(count4, Math.min(queueSize, availIdx)) - count4;
  const ids = /* @__PURE__ */ new Set();
  const since = /* @__PURE__ */ new Map();
  let ordered = true;
  for (let back = 1; back <= queueSize; back++) {
    const slot = u16(usedIdx - back) % queueSize;
    const id = memory.get32(AREA.device, usedElem(slot));
    ids.add(id);
    if (back > compared) continue;
    since.set(id, (since.get(id) ?? 0) + 1);
    if (memory.get16(AREA.driver, availEntry(slot)) !== id) ordered = false;
  }
  return { ids, since, ordered };
}
function sinceStart({ memory }, availIdx, usedIdx) {
  const { queueSize } = memory;
  if (availIdx > queueSize || usedIdx > availIdx) return false;
  for (let slot = availIdx; slot < queueSize; slot++) {
    if (memory.get16(AREA.driver, availEntry(slot)) !== 0) return false;
  }
  for (let slot = usedIdx; slot < queueSize; slot++) {
    const at = usedElem(slot);
    if (memory.get32(AREA.device, at) !== 0 || memory.get32(AREA.device, at + 4) !== 0)
      return false;
  }
  return true;
}
function difference(exposed, used) {
  const left = new Map(used);
  return exposed.filter((head) => {
    const uses = left.get(head) ?? 0;
    if (uses > 0) left.set(head, uses - 1);
    return uses === 0;
  });
}
function headsFrom({ memory }, from, until) {
  const heads = [];
  for (let i = 0; i < u16Distance(from, until); i++) {
    heads.push(memory.get16(AREA.driver, availEntry(u16(from + i) % memory.queueSize)));
  }
  return heads;
}
function markTaken(input, buffers2, availIdx) {
  const { device, memory } = input;
  if (device === void 0 || availIdx === null) return;
  const untaken = u16Distance(device.taken, availIdx);
  if (untaken > memory.queueSize) return;
  const newest = new Set(headsFrom(input, device.taken, availIdx));
  for (const [i, buffer] of buffers2.entries()) {
    buffers2[i] = { ...buffer, taken: !newest.has(buffer.id) };
  }
}
function splitUnknowns(input, buffers2, usedIdx) {
  const unknown = [];
  if (usedIdx !== null && usedIdx !== 0) {
    unknown.push(
      "which of the used buffers the driver has taken back, and which descriptors are free: only the driver knows"
    );
  }
  unknown.push(...contentUnknowns(buffers2));
  if (buffers2.length > 0 && input.device === void 0) {
    unknown.push("which buffers in flight the device has taken: only the device knows");
  }
  if (buffers2.length > 0) unknown.push(...instantUnknowns(input));
  return unknown;
}

// src/replay/dump/decode.ts
function decodeDump(input) {
  return input.memory.layout === "packed" ? decodePacked(input) : decodeSplit(input);
}

// src/model/finding.ts
var NO_EVENT_CPU = -1;

// src/replay/dump/dump-facts.ts
var NO_PLACE = { seq: 0, line: 0, time: 0, cpu: NO_EVENT_CPU };
var TORN = "the guest may have run while its memory was read: the dump may be of more than one moment";
var UNSURE = "the dump does not tell for certain which buffers are in flight";
function observeDump(input, decoded, at, observe) {
  if (input.memory.layout === "packed") observePacked(input, decoded, at, observe);
  else observeSplit(input, decoded, at, observe);
}
var WALK = EXPOSURE.walkEnds | EXPOSURE.elementOrder | EXPOSURE.tableLength | EXPOSURE.tableFlags;
function observePacked(input, decoded, at, observe) {
  const { memory, features } = input;
  const { dump, starts, nothingUsed } = decoded;
  const idsHold = nothingUsed || features?.has("VIRTIO_F_IN_ORDER") === true;
  const holders = /* @__PURE__ */ new Map();
  const walks = new BufferWalks(input);
  const { chain } = walks;
  for (const [i, start] of starts.entries()) {
    const head = positionSlot(start, memory.queueSize);
    if (!walks.walk(start)) {
      const aspects2 = WALK | EXPOSURE.runsOn | EXPOSURE.idFree;
      observe({ kind: "buffer.exposed", ...at, ...unwalked(aspects2), head, chain });
      continue;
    }
    const facts = walkFacts(chain);
    const runsOn = runsOnFact(memory, chain);
    if (runsOn !== void 0) facts.push(runsOn);
    const id = dump.inFlight[i]?.id ?? NONE;
    const holder = holders.get(id);
    if (holder === void 0) holders.set(id, head);
    else facts.push(fact(EXPOSURE.idFree, { slot: head, other: holder, found: id }));
    const proven = runsOn !== void 0 && runsIntoNothing(input, runsOn) ? EXPOSURE.runsOn : 0;
    const aspects = walked(chain) | EXPOSURE.runsOn | EXPOSURE.idFree;
    const certain = dump.certainty === "certain";
    const open = (input.paused ? 0 : aspects & ~proven) | (certain ? 0 : aspects & ~proven) | (idsHold ? 0 : EXPOSURE.idFree);
    const reason = !certain ? UNSURE : !input.paused ? TORN : UNSURE;
    observe({
      kind: "buffer.exposed",
      ...at,
      ...judged(aspects, open, certain, facts, reason),
      head,
      chain
    });
  }
  observePackedWords(input, at, observe);
}
function walked(chain) {
  let aspects = WALK;
  if (chain.indirectSlot < 0) aspects &= ~(EXPOSURE.tableLength | EXPOSURE.tableFlags);
  else if (chain.tableOffset < 0) aspects &= ~EXPOSURE.tableFlags;
  if (chain.ending === "table-unread") aspects &= ~EXPOSURE.elementOrder;
  return aspects;
}
function unwalked(aspects) {
  return { decided: 0, unlogged: 0, undecided: aspects, reason: NOT_WALKED, facts: NO_FACTS };
}
function judged(aspects, open, certain, facts, reason) {
  const odd = facts.reduce((bits, { aspect }) => bits | aspect, 0);
  const undecided = certain ? open & odd : open;
  const told = facts.filter(({ aspect }) => (aspect & undecided) === 0);
  return {
    decided: aspects & ~undecided,
    // A dump knows no order: barriers are not its subject.
    unlogged: 0,
    undecided: undecided & aspects,
    reason: undecided === 0 ? "" : reason,
    facts: told.length === 0 ? NO_FACTS : told
  };
}
function fact(aspect, { slot = NONE, other = NONE, found = NONE, expected = NONE, what = "" }) {
  return { aspect, slot, other, found, expected, what, evidence: [] };
}
function runsOnFact(memory, chain) {
  if (chain.ending !== "unavailable") return void 0;
  const slot = chain.slots[chain.slotCount - 1];
  return fact(EXPOSURE.runsOn, { slot, other: chain.beyond, found: flagsAt2(memory, slot) });
}
function runsIntoNothing({ memory, sizeBy }, { slot, other }) {
  return sizeBy !== "length" && other > slot && neverWritten(memory, other);
}
function walkFacts(chain) {
  const facts = [];
  const { ending, indirectSlot } = chain;
  if (ending === "loop" || ending === "outside" || ending === "nested") {
    const other = chain.slots[chain.slotCount - 1] ?? NONE;
    const slot = ending === "nested" ? chain.oddEntry : chain.beyond;
    facts.push(fact(EXPOSURE.walkEnds, { slot, other, what: ending }));
  }
  if (chain.readableAfterWritable >= 0) {
    facts.push(fact(EXPOSURE.elementOrder, { slot: chain.readableAfterWritable }));
  }
  if (ending === "table-length") {
    facts.push(fact(EXPOSURE.tableLength, { slot: indirectSlot, found: chain.tableBytes }));
  }
  if (chain.oddEntry >= 0) {
    const { oddEntry: slot, oddFlags: found } = chain;
    facts.push(fact(EXPOSURE.tableFlags, { slot, other: indirectSlot, found }));
  }
  return facts;
}
function observePackedWords(input, at, observe) {
  const { memory, features, hasDriverArea, hasDeviceArea } = input;
  for (const [party, area, present] of [
    ["driver", AREA.driver, hasDriverArea],
    ["device", AREA.device, hasDeviceArea]
  ]) {
    if (!present) continue;
    const flags = memory.get16(area, EVENT_FLAGS);
    const word = memory.get16(area, EVENT_OFF_WRAP);
    const negotiated2 = features?.has("VIRTIO_F_EVENT_IDX");
    const aspects = eventWordAspects(flags, word, memory.queueSize, negotiated2);
    const guessed = (input.sizeBy ?? "told") !== "told" ? EVENT_WORD.offInside : 0;
    aspects.undecided |= aspects.decided & guessed;
    aspects.decided &= ~guessed;
    aspects.wrong &= ~guessed;
    const facts = eventWordBits(aspects.wrong).map(
      (aspect) => fact(aspect, { found: aspect === EVENT_WORD.offInside ? word : flags })
    );
    observe({
      kind: "eventWord.seen",
      ...at,
      party,
      decided: aspects.decided,
      unlogged: 0,
      undecided: aspects.undecided,
      reason: aspects.undecided === 0 ? "" : "nobody says which features were negotiated, or how many entries the ring has",
      facts: facts.length === 0 ? NO_FACTS : facts
    });
  }
}
function observeSplit(input, decoded, at, observe) {
  const { dump, starts } = decoded;
  const certain = dump.certainty === "certain";
  const reason = certain ? TORN : UNSURE;
  const holders = /* @__PURE__ */ new Map();
  const walks = new BufferWalks(input);
  const { chain } = walks;
  for (const head of starts) {
    if (!walks.walk(head)) {
      const aspects2 = WALK | EXPOSURE.slotsFree;
      observe({ kind: "buffer.exposed", ...at, ...unwalked(aspects2), head, chain });
      continue;
    }
    const facts = walkFacts(chain);
    for (let i = 0; i < chain.slotCount; i++) {
      const slot = chain.slots[i];
      const holder = holders.get(slot);
      if (holder === void 0) holders.set(slot, head);
      else {
        facts.push(fact(EXPOSURE.slotsFree, { slot, other: holder }));
        break;
      }
    }
    const aspects = walked(chain) | EXPOSURE.slotsFree;
    const open = input.paused && certain ? 0 : aspects;
    observe({
      kind: "buffer.exposed",
      ...at,
      ...judged(aspects, open, certain, facts, reason),
      head,
      chain
    });
  }
  observeSplitFlags(input, at, observe);
}
var FLAG_SWAPPED = 256;
function observeSplitFlags({ memory, features, hasDriverArea, hasDeviceArea }, at, observe) {
  const eventIdx = features?.has("VIRTIO_F_EVENT_IDX");
  const modern = features?.has("VIRTIO_F_VERSION_1") === true;
  const aspect = EVENT_WORD.ringFlags;
  for (const [party, area, present] of [
    ["driver", AREA.driver, hasDriverArea],
    ["device", AREA.device, hasDeviceArea]
  ]) {
    if (!present) continue;
    const flags = memory.get16(area, RING_FLAGS);
    const open = eventIdx === void 0 && flags === 1 || !modern && flags === FLAG_SWAPPED;
    const wrong = ringFlagsWrong(flags, eventIdx ?? false);
    const expected = eventIdx === true ? 0 : 1;
    observe({
      kind: "eventWord.seen",
      ...at,
      party,
      decided: open ? 0 : aspect,
      unlogged: 0,
      undecided: open ? aspect : 0,
      reason: open ? "nobody says which features were negotiated" : "",
      facts: wrong && !open ? [fact(aspect, { found: flags, expected })] : NO_FACTS
    });
  }
}

// src/pipeline/dump-check.ts
var DumpChecks = class {
  subjects;
  constructor(members, logs) {
    this.subjects = members.map((member) => ({
      member,
      decoded: decodeDump(member.ring.input),
      messages: [],
      joined: void 0,
      place: void 0,
      stretches: 0,
      id: ""
    }));
    const odd = this.subjects.map(oddAspects);
    for (const log of logs) {
      for (const message of log.messages) this.#placeMessage(log, message, odd);
    }
  }
  /** A message belongs to the one dump that shows why; else it is kept as what the log says. */
  #placeMessage(log, message, odd) {
    const aspects = messageAspects(message.text);
    const fits = this.subjects.filter((_subject, i) => (odd[i] & aspects) !== 0);
    const [only, ...others] = fits;
    if (only !== void 0 && others.length === 0) {
      only.messages.push({ path: log.source.path, message });
      return;
    }
    log.diagnostics.add("device-message", message.line, 0, `nothing from QEMU: "${message.text}"`);
  }
  /** Dumps that belong to no trace at hand, each a queue of its own. */
  rest(numberFrom) {
    const queues = [];
    const findings = [];
    const coverage = [];
    const seen = /* @__PURE__ */ new Map();
    for (const subject of this.subjects) {
      if (subject.joined !== void 0) continue;
      const { ring, source } = subject.member;
      const { layout, queueSize: size } = ring.input.memory;
      const before = seen.get(ring.name) ?? 0;
      seen.set(ring.name, before + 1);
      const id = before === 0 ? ring.name : `${ring.name}/${before + 1}`;
      subject.id = id;
      const number = numberFrom + queues.length;
      const queue = { number, id, name: void 0, index: ring.index, layout, size, ordinal: 0 };
      const check = new Check(RULES);
      observeSubject(subject, queue, NO_PLACE, (seen2) => check.observe(seen2));
      queues.push(queueOf(subject, id));
      findings.push(...check.findings().map((finding2) => ({ ...finding2, source })));
      coverage.push(...check.coverage());
    }
    return { queues, findings, coverage };
  }
  /** What becomes of the dumps in the report. Call once, after all traces and after `rest`. */
  close() {
    const snapshots = [];
    for (const subject of this.subjects) {
      const { member, joined, place, decoded, id } = subject;
      const { source, ring } = member;
      member.remarks.push(...joinRemarks(subject));
      const queue = joined?.queue.id ?? id;
      snapshots.push({ name: ring.name, source, queue, place, dump: decoded.dump });
    }
    return { sources: this.subjects.map(({ member }) => member.source), snapshots };
  }
};
function oddAspects({ member, decoded }) {
  const { input } = member.ring;
  const { layout, queueSize: size } = input.memory;
  const queue = { number: 0, id: "", name: void 0, index: void 0, layout, size, ordinal: 0 };
  let odd = 0;
  observeDump(input, decoded, { queue, place: NO_PLACE }, (seen) => {
    if (seen.kind === "buffer.exposed") for (const { aspect } of seen.facts) odd |= aspect;
  });
  return odd;
}
function observeSubject(subject, queue, place, observe) {
  const { member, decoded, messages } = subject;
  observeDump(member.ring.input, decoded, { queue, place }, observe);
  for (const { path, message } of messages) {
    const text = `the device stopped: QEMU says "${message.text}" (${path} line ${message.line})`;
    const effect = { message: text, place };
    observe({ kind: "effect.seen", queue, sort: message.text, effect });
  }
}
function joinRemarks({ joined, place, stretches, member }) {
  if (joined === void 0) {
    return member.ring.descAddress === void 0 ? [] : ["no queue of a trace at hand has its address"];
  }
  const where = place !== void 0 ? `its positions stand at line ${place.line} of the trace` : stretches === 0 ? "its place in the trace is unknown: no event shows its positions" : `its place in the trace is unknown: its positions recur ${stretches} times`;
  return [`queue ${joined.queue.id}, by ${joined.by}`, where];
}
function queueOf({ member, decoded }, id) {
  const { ring, source } = member;
  return {
    id,
    pointer: BigInt(ring.descAddress ?? 0),
    generation: 1,
    ordinal: 0,
    name: void 0,
    index: ring.index,
    layout: decoded.dump.layout,
    size: decoded.dump.size,
    features: decoded.dump.features,
    events: 0,
    decisions: 0,
    kicks: 0,
    requests: 0,
    interrupts: 0,
    source
  };
}
var TraceDumps = class {
  #subjects;
  /** By number of the queue: its dump, found by the address of its ring. */
  #byQueue = /* @__PURE__ */ new Map();
  #inStretch = /* @__PURE__ */ new Set();
  #places = /* @__PURE__ */ new Map();
  /** Queues whose creation was seen. */
  #created = /* @__PURE__ */ new Set();
  #trace;
  /** `trace`: its path. */
  constructor(checks, trace) {
    this.#trace = trace;
    this.#subjects = checks.subjects.filter(({ joined }) => joined === void 0);
  }
  /** Looks at events that the replay has followed: each then has the number of its queue. */
  scan(batch) {
    if (this.#subjects.length === 0) return;
    for (let row = 0; row < batch.length; row++) {
      const number = batch.queue[row];
      if (number < 0) continue;
      if (batch.kind[row] === KIND.create && batch.phase[row] === PHASE_END) {
        this.#createdAt(batch, row, number);
      }
      const subject = this.#byQueue.get(number);
      if (subject !== void 0 && batch.phase[row] !== PHASE_END) this.#match(subject, batch, row);
    }
  }
  #createdAt(batch, row, number) {
    this.#created.add(number);
    const address = batch.value(row, "ringDma");
    const subject = this.#subjects.find(({ member }) => member.ring.descAddress === address);
    if (subject !== void 0) this.#byQueue.set(number, subject);
  }
  /** Neighbouring events that show the dump's positions are one stretch. */
  #match(subject, batch, row) {
    const matches = showsPositions(subject, batch, row);
    if (matches === void 0) return;
    if (!matches) {
      this.#inStretch.delete(subject);
      return;
    }
    if (!this.#inStretch.has(subject)) {
      this.#inStretch.add(subject);
      subject.stretches++;
    }
    this.#places.set(subject, {
      seq: batch.seq[row],
      line: batch.line[row],
      time: batch.time[row],
      cpu: batch.cpu[row]
    });
  }
  /** Joins, and lets each dump speak of its queue. Call once after the trace's last event. */
  finish(queues, endSeq, observe) {
    for (const [number, subject] of this.#byQueue) {
      const queue = queues[number];
      if (queue !== void 0) subject.joined = { queue, by: "the address of its descriptor area" };
    }
    this.#joinAlone(queues);
    for (const subject of this.#subjects) {
      const { joined } = subject;
      if (joined === void 0) continue;
      if (subject.stretches === 1) subject.place = this.#places.get(subject);
      observeSubject(subject, joined.queue, { ...NO_PLACE, seq: endSeq }, observe);
    }
  }
  /**
   * A dump of unknown address, in one folder with this trace alone: where only one queue of the trace,
   * and only one dump, is of its number, layout and size.
   */
  #joinAlone(queues) {
    const taken = new Set(this.#subjects.map(({ joined }) => joined?.queue));
    const alike = (subject, queue) => {
      const { input, index } = subject.member.ring;
      return queue.index !== void 0 && index === queue.index && input.memory.layout === queue.layout && input.memory.queueSize === queue.size;
    };
    for (const queue of queues) {
      if (taken.has(queue) || !this.#created.has(queue.number)) continue;
      const dumps = this.#subjects.filter((subject) => alike(subject, queue));
      const [dump] = dumps;
      if (dump === void 0 || dumps.length > 1 || dump.joined !== void 0) continue;
      const { ring, trace } = dump.member;
      if (ring.descAddress !== void 0 || trace !== this.#trace) continue;
      if (queues.filter((other) => alike(dump, other)).length > 1) continue;
      const by = "being the only queue of this number, layout and size in the trace";
      dump.joined = { queue, by };
    }
  }
};
function showsPositions({ decoded: { dump } }, batch, row) {
  const base = row * EventBatch.FIELD_COUNT;
  const { values } = batch;
  if (dump.layout === "split") {
    const own = values[base + FIELD.availIdx];
    const availIdx = Number.isNaN(own) ? values[base + FIELD.driverFlags] : own;
    return Number.isNaN(availIdx) ? void 0 : availIdx === dump.availIdx;
  }
  const { driverPosition, devicePosition, size } = dump;
  if (driverPosition === null || devicePosition === null) return void 0;
  const slot = values[base + FIELD.nextAvail];
  const wrap = values[base + FIELD.availWrap];
  if (Number.isNaN(slot) || Number.isNaN(wrap)) return void 0;
  if (slot !== driverPosition.slot || wrap !== driverPosition.wrap) return false;
  const lastUsed = wordPosition(values[base + FIELD.lastUsed], size);
  if (lastUsed === void 0) return void 0;
  const device = packedPosition(devicePosition.slot, devicePosition.wrap, size);
  return positionDistance(lastUsed, device, size) <= size;
}

// src/pipeline/members.ts
import { readdirSync as readdirSync2 } from "node:fs";
import { basename as basename2, join as join2 } from "node:path";

// src/parser/qemu-log.ts
var MESSAGES_MAX = 1e3;
var MESSAGE = /^(?:\d{4}-\d\d-\d\dT\S+ )?qemu[\w.-]*: (.+)$/;
function looksLikeQemuLog(head) {
  return /^\d+@\d+\.\d{6}:\w+ /m.test(head) || head.split("\n").some((line) => MESSAGE.test(line));
}
var QemuLogReader = class {
  ledger = {
    lines: 0,
    events: 0,
    notes: 0,
    rejected: 0,
    lostMarks: 0,
    lostEvents: 0
  };
  messages = [];
  #lines = new LineSplitter(this);
  push(chunk) {
    this.#lines.push(chunk);
  }
  end() {
    this.#lines.end();
  }
  line(bytes, start, end) {
    this.ledger.lines++;
    this.ledger.notes++;
    if (this.messages.length >= MESSAGES_MAX) return;
    const message = MESSAGE.exec(textOf(bytes, start, end).trimEnd())?.[1];
    if (message !== void 0) this.messages.push({ line: this.ledger.lines, text: message });
  }
  longLine() {
    this.ledger.lines++;
    this.ledger.notes++;
  }
  unfinishedLine(bytes, length) {
    this.line(bytes, 0, length);
  }
};

// src/parser/qmp/xp.ts
var BYTES_MAX = 8 << 20;
var LINE = /^\s*([0-9a-f]{16}):((?:\s+0x(?:[0-9a-f]{2}|[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{16}))+)\s*$/i;
function parseXp(text) {
  let unread = 0;
  const pieces = [];
  let total = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const match = LINE.exec(line);
    if (match === null) {
      unread++;
      continue;
    }
    const address = Number.parseInt(match[1], 16);
    const words = match[2].trim().split(/\s+/);
    const bytes = words.flatMap(wordBytes);
    total += bytes.length;
    if (!Number.isSafeInteger(address) || bytes.length === 0 || total > BYTES_MAX) {
      unread++;
      continue;
    }
    const last = pieces[pieces.length - 1];
    if (last !== void 0 && last.address + last.bytes.length === address) {
      for (const byte of bytes) last.bytes.push(byte);
    } else pieces.push({ address, bytes });
  }
  if (pieces.length === 0) return void 0;
  return {
    pieces: pieces.map(({ address, bytes }) => ({ address, bytes: Uint8Array.from(bytes) })),
    unread
  };
}
function wordBytes(word) {
  const digits = word.slice(2);
  const bytes = [];
  for (let at = digits.length - 2; at >= 0; at -= 2) {
    bytes.push(Number.parseInt(digits.slice(at, at + 2), 16));
  }
  return bytes;
}
function bytesAt(pieces, address, length) {
  let found;
  for (const piece of pieces) {
    const from = address - piece.address;
    if (from < 0 || from + length > piece.bytes.length) continue;
    const bytes = piece.bytes.subarray(from, from + length);
    if (found === void 0) found = bytes;
    else if (found.some((byte, i) => byte !== bytes[i])) return void 0;
  }
  return found;
}

// src/pipeline/ring-files.ts
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";

// src/virtio/features.ts
var FEATURE_BITS = {
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
  VIRTIO_F_SUSPEND: 43
};
var NAMES = Object.keys(FEATURE_BITS);
function featureNames(word) {
  return NAMES.filter((name) => (word >> BigInt(FEATURE_BITS[name]) & 1n) === 1n);
}
function parseFeatures(text) {
  const trimmed = text.trim();
  if (/^(0x[0-9a-f]{1,32}|[0-9]{1,38})$/i.test(trimmed)) {
    return { features: featureNames(BigInt(trimmed)), unknown: [] };
  }
  const features = /* @__PURE__ */ new Set();
  const unknown = [];
  for (const word of trimmed.split(/[\s,|]+/).filter((part) => part !== "")) {
    const name = `VIRTIO_F_${word.toUpperCase().replace(/^VIRTIO_(RING_)?F_/, "")}`;
    if (name in FEATURE_BITS) features.add(name);
    else unknown.push(word);
  }
  return { features: NAMES.filter((name) => features.has(name)), unknown };
}

// src/parser/qmp/qmp.ts
var PIECES_MAX = 16384;
var ANSWERS_MAX = 1e4;
function parseQmp(text) {
  const answers = readAnswers(text);
  if (answers === void 0) return void 0;
  const queues = [];
  const devices = [];
  const memory = [];
  let unread = 0;
  let others = Math.max(0, answers.length - ANSWERS_MAX);
  for (const { command, answer } of answers.slice(0, ANSWERS_MAX)) {
    const path = /\/\S+/.exec(command)?.[0];
    const queue = queueOf2(answer, path);
    const device = queue === void 0 ? deviceOf(answer, path) : void 0;
    const printed = typeof answer === "string" ? parseXp(answer) : void 0;
    if (queue !== void 0) queues.push(queue);
    else if (device !== void 0) devices.push(device);
    else if (printed !== void 0) {
      for (const piece of printed.pieces) {
        if (memory.length < PIECES_MAX) memory.push(piece);
        else unread++;
      }
      unread += printed.unread;
    } else others++;
  }
  if (queues.length + devices.length + memory.length === 0) return void 0;
  return { queues, devices, memory, unread, others };
}
function readAnswers(text) {
  const whole = parseJson(text);
  if (Array.isArray(whole)) return whole.map((answer) => ({ command: "", answer: unwrap(answer) }));
  if (isRecord(whole)) {
    if ("return" in whole || "error" in whole) return [{ command: "", answer: unwrap(whole) }];
    return Object.entries(whole).map(([command, answer]) => ({ command, answer: unwrap(answer) }));
  }
  const answers = [];
  for (const line of text.split("\n")) {
    const value = parseJson(line);
    if (isRecord(value) && "return" in value) answers.push({ command: "", answer: unwrap(value) });
  }
  return answers.length === 0 ? void 0 : answers;
}
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}
function unwrap(answer) {
  return isRecord(answer) && "return" in answer ? answer["return"] : answer;
}
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function count3(record, key, most) {
  const value = record[key];
  const whole = typeof value === "number" && Number.isSafeInteger(value);
  return whole && value >= 0 && value <= most ? value : -1;
}
function queueOf2(answer, path) {
  if (!isRecord(answer) || typeof answer["name"] !== "string") return void 0;
  const most = Number.MAX_SAFE_INTEGER;
  const queue = {
    path,
    device: answer["name"],
    index: count3(answer, "queue-index", 65535),
    size: count3(answer, "vring-num", QUEUE_SIZE_MAX),
    desc: count3(answer, "vring-desc", most),
    avail: count3(answer, "vring-avail", most),
    used: count3(answer, "vring-used", most),
    usedIdx: count3(answer, "used-idx", 65535),
    lastAvailIdx: count3(answer, "last-avail-idx", 65535),
    inUse: count3(answer, "inuse", most)
  };
  const { index, size, desc, avail, used, usedIdx, lastAvailIdx } = queue;
  if (Math.min(index, usedIdx, lastAvailIdx, avail, used) < 0 || size < 1 || desc < 1)
    return void 0;
  return queue;
}
function deviceOf(answer, path) {
  if (!isRecord(answer) || typeof answer["name"] !== "string") return void 0;
  const features = answer["guest-features"];
  if (!isRecord(features)) return void 0;
  const flag2 = (key) => {
    const value = answer[key];
    return typeof value === "boolean" ? value : null;
  };
  return {
    path,
    device: answer["name"],
    features: negotiated(features),
    broken: flag2("broken"),
    running: flag2("vm-running"),
    vhost: flag2("vhost-started") === true
  };
}
function negotiated(features) {
  const names = /* @__PURE__ */ new Set();
  const transports = features["transports"];
  for (const word of Array.isArray(transports) ? transports : []) {
    if (typeof word !== "string") continue;
    const name = word.replace(/:.*$/s, "").replace(/^VIRTIO_RING_F_/, "VIRTIO_F_");
    if (name in FEATURE_BITS) names.add(name);
  }
  const rest = features["unknown-dev-features"];
  if (typeof rest === "number" && Number.isSafeInteger(rest) && rest >= 0) {
    for (const name of featureNames(BigInt(rest))) names.add(name);
  }
  return Object.keys(FEATURE_BITS).filter((name) => names.has(name));
}

// src/pipeline/source.ts
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
var CHUNK_BYTES = 1 << 20;
async function* readSource(path, told) {
  const raw = rawChunks(path, told);
  const first = await raw.next();
  if (first.done === true) return;
  const head = first.value;
  if (head[0] === 31 && head[1] === 139) yield* gunzip(path, head, raw);
  else {
    yield head;
    yield* raw;
  }
}
async function* rawChunks(path, told) {
  try {
    const facts = path === "-" ? void 0 : await stat(path);
    if (facts?.isDirectory()) {
      throw new UserError("input-directory", `${path} is a directory, not a trace`);
    }
    let done = 0;
    const stream = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
    for await (const chunk of stream) {
      done += chunk.length;
      told(done, facts?.size ?? 0);
      yield chunk;
    }
  } catch (error) {
    throw readError(path, error);
  }
}
async function* gunzip(path, head, rest) {
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES / 4 });
  let failure;
  const feed = async () => {
    try {
      for (let chunk = head; chunk !== void 0; ) {
        if (unzip.destroyed) return;
        if (!unzip.write(chunk)) await drained(unzip);
        const next = await rest.next();
        chunk = next.done === true ? void 0 : next.value;
      }
      unzip.end();
    } catch (error) {
      failure = error;
      unzip.destroy();
    }
  };
  const fed = feed();
  try {
    for await (const chunk of unzip) yield chunk;
  } catch (error) {
    if (failure !== void 0) throw failure;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError("input-broken-archive", `${path} is a broken gzip file: ${reason}`);
  }
  await fed;
  if (failure !== void 0) throw failure;
}
function drained(stream) {
  return new Promise((resolve) => {
    stream.once("drain", resolve);
    stream.once("close", resolve);
    stream.once("error", resolve);
  });
}
var READ_ERRORS = {
  ENOENT: "does not exist",
  EACCES: "may not be read (permission denied)",
  EPERM: "may not be read (not permitted)",
  EISDIR: "is a directory, not a trace",
  ENOTDIR: "is not below a directory",
  ELOOP: "is a loop of symbolic links",
  EIO: "cannot be read (input/output error)"
};
function readError(path, error) {
  if (!(error instanceof Error) || !("code" in error) || error instanceof UserError) return error;
  const code = String(error.code);
  return new UserError(
    "input-unreadable",
    `${path} ${READ_ERRORS[code] ?? `cannot be read (${code})`}`
  );
}

// src/pipeline/ring-files.ts
var AREA_BYTES_MAX = DESC_BYTES * QUEUE_SIZE_MAX + 4096;
var QMP_BYTES_MAX = 256 << 20;
var QUEUES_MAX2 = 4096;
var NO_META = { layout: void 0, size: void 0, features: void 0 };
var AREA_FILE = /^(.+)-(desc|driver|device)\.bin$/s;
var RING_NAME = /^(?:ring-)?(.+)-q([0-9]{1,5})$/;
function isRingFolder(path) {
  return ringsFolder(path) !== void 0;
}
function readRingFolder(path, qmpPath) {
  const folder = ringsFolder(path);
  if (folder === void 0) {
    throw new UserError(
      "rings-absent",
      `${path} holds no ring dumps`,
      "a dump is NAME-desc.bin, NAME-driver.bin and NAME-device.bin, here or in rings/"
    );
  }
  const rings = [];
  const areas = /* @__PURE__ */ new Map();
  for (const file of readdirSync(folder).sort()) {
    const [, name, area] = AREA_FILE.exec(file) ?? [];
    if (name === void 0 || area === void 0) continue;
    if (!areas.has(name)) areas.set(name, /* @__PURE__ */ new Map());
    areas.get(name)?.set(area, join(folder, file));
  }
  if (areas.size > QUEUES_MAX2) {
    throw new UserError(
      "rings-too-many",
      `${folder} holds ${areas.size} dumps, more than ${QUEUES_MAX2}`
    );
  }
  for (const [name, files] of areas) {
    const desc = files.get("desc");
    if (desc === void 0) {
      throw new UserError(
        "descriptors-absent",
        `${folder} holds areas of ${name}, and not its descriptors: ${name}-desc.bin`
      );
    }
    rings.push(readRing(name, desc, files.get("driver"), files.get("device")));
  }
  const above = basename(folder) === "rings" ? dirname(folder) : void 0;
  const places = [folder, ...above === void 0 ? [] : [above]];
  const beside = qmpPath ?? places.flatMap((place) => [join(place, "qmp.json"), join(place, "qmp.json.gz")]).find(isFile);
  return {
    rings,
    meta: readMeta(places.map((place) => join(place, "meta.json")).find(isFile)),
    qmp: beside === void 0 ? void 0 : { path: beside, answers: readQmp(beside) }
  };
}
function qmpAlone(path) {
  if (ringsFolder(path) !== void 0) return void 0;
  return ["qmp.json", "qmp.json.gz"].map((name) => join(path, name)).find(isFile);
}
function readRing(name, desc, driver, device) {
  const [, deviceName2, queue] = RING_NAME.exec(name) ?? [];
  const paths = [desc, driver, device].filter((path) => path !== void 0);
  return {
    name: deviceName2 === void 0 ? name : `${deviceName2} q${queue}`,
    device: deviceName2,
    index: queue === void 0 ? void 0 : Number(queue),
    paths,
    desc: readArea(desc),
    driver: driver === void 0 ? void 0 : readArea(driver),
    deviceArea: device === void 0 ? void 0 : readArea(device)
  };
}
function readQmp(path) {
  const bytes = readWhole(path, QMP_BYTES_MAX);
  const answers = parseQmp(new TextDecoder().decode(bytes));
  if (answers === void 0) {
    throw new UserError(
      "input-not-qmp",
      `${path} holds no answers of x-query-virtio-status, x-query-virtio-queue-status or xp`
    );
  }
  return answers;
}
function isFile(path) {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}
function ringsFolder(path) {
  try {
    if (!isFolder(path)) return void 0;
    const folders = [join(path, "rings"), path].filter(
      (folder) => isFolder(folder) && readdirSync(folder).some((file) => AREA_FILE.test(file))
    );
    if (folders.length > 1) {
      throw new UserError(
        "rings-twice",
        `${path} holds dumps, and so does its rings/: give one of the two folders`
      );
    }
    return folders[0];
  } catch (error) {
    throw readError(path, error);
  }
}
function isFolder(path) {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
function readArea(path) {
  return readWhole(path, AREA_BYTES_MAX, false);
}
function readWhole(path, most, packed = true) {
  const tooLarge = () => new UserError("input-too-large", `${path} is larger than ${most} bytes`);
  try {
    const facts = statSync(path);
    if (facts.isDirectory()) throw new UserError("input-directory", `${path} is a directory`);
    if (!facts.isFile()) throw new UserError("input-special", `${path} is no regular file`);
    if (facts.size > most) throw tooLarge();
    const bytes = readFileSync(path);
    if (!packed || bytes[0] !== 31 || bytes[1] !== 139) return bytes;
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) {
      throw new UserError(
        "input-broken-archive",
        `${path} is a broken gzip file: ${error.message}`
      );
    }
    throw readError(path, error);
  }
}
function readMeta(path) {
  if (path === void 0) return NO_META;
  let value;
  try {
    value = JSON.parse(new TextDecoder().decode(readWhole(path, 1 << 20)));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UserError("input-not-json", `${path} is no JSON: ${error.message}`);
    }
    throw error;
  }
  const wrong = (what) => new UserError("meta-invalid", `${path}: ${what}`, "docs/ring.md has an example");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong("an object with layout, size and features was expected");
  }
  const { layout, size, features } = value;
  if (layout !== void 0 && layout !== "packed" && layout !== "split") {
    throw wrong("layout is neither split nor packed");
  }
  if (size !== void 0 && typeof size !== "number") throw wrong("size is no number");
  const words = Array.isArray(features) ? features : features === void 0 ? [] : [features];
  const parsed2 = words.map((word) => {
    if (typeof word !== "string") throw wrong("features are not given as text");
    return parseFeatures(word);
  });
  const unknown = parsed2.flatMap((one) => one.unknown);
  if (unknown.length > 0) throw wrong(`features has unknown words: ${unknown.join(", ")}`);
  return {
    layout,
    size,
    features: features === void 0 ? void 0 : [...new Set(parsed2.flatMap((one) => one.features))]
  };
}

// src/pipeline/ring-join.ts
function joinQmp(rings, answers) {
  const paths = devicePaths(rings, answers);
  const joins = /* @__PURE__ */ new Map();
  for (const ring of rings) {
    const path = ring.device === void 0 ? void 0 : paths.get(ring.device);
    const queue = path === void 0 ? onlyOne(
      answers.queues.filter(
        (one) => sameBytes(ring, one, answers) === true && fitsIndex(ring, one)
      )
    ) : answers.queues.find((one) => one.path === path.value && one.index === ring.index);
    if (queue === void 0) continue;
    const same2 = sameBytes(ring, queue, answers);
    const by = path === void 0 || same2 === true ? "the bytes that xp printed" : path.by;
    joins.set(ring, joinOf(queue, answers, same2, by));
  }
  return joins;
}
function joinOf(queue, answers, same2, by) {
  const device = deviceOf2(queue, answers);
  const notes = [`${queue.path ?? queue.device} queue ${queue.index} in QMP, by ${by}`];
  if (device === void 0) {
    notes.push("which of the devices in QMP it belongs to cannot be told: nor are its features");
  }
  if (same2 === false) {
    notes.push(
      "QEMU printed other descriptors (xp) than the dump has: they are of different moments"
    );
  }
  notes.push(...stateNotes(queue, device));
  return { queue, device, paused: device?.running === false && same2 === true, notes };
}
function deviceOf2(queue, { devices }) {
  return onlyOne(devices.filter((one) => one.path === queue.path && one.device === queue.device));
}
function stateNotes(queue, device) {
  const notes = device?.vhost === true ? ["vhost serves the queue: what QEMU says of its positions is not the device's account"] : [
    `the device: next used ${queue.usedIdx}, next available ${queue.lastAvailIdx}, ${queue.inUse} in use`
  ];
  if (device?.broken === true)
    notes.push("the device is broken: it has stopped serving its queues");
  if (device?.running === false) notes.push("the guest was stopped when QEMU answered");
  return notes;
}
function accountOf(queue) {
  return {
    used: queue.usedIdx,
    taken: queue.lastAvailIdx,
    hasWrap: (queue.usedIdx & 32768) !== 0 && (queue.lastAvailIdx & 32768) !== 0
  };
}
function devicePaths(rings, answers) {
  const found = /* @__PURE__ */ new Map();
  for (const ring of rings) {
    if (ring.device === void 0 || found.has(ring.device) || ring.desc.every((byte) => byte === 0))
      continue;
    const matches = answers.queues.filter(
      (queue2) => sameBytes(ring, queue2, answers) === true && fitsIndex(ring, queue2)
    );
    const queue = onlyOne(matches);
    if (queue !== void 0)
      found.set(ring.device, { value: queue.path, by: "the bytes of another of its queues" });
  }
  const labels = new Set(rings.flatMap(({ device }) => device === void 0 ? [] : [device]));
  for (const label of labels) {
    if (found.has(label)) continue;
    const taken = new Set([...found.values()].map(({ value }) => value));
    const name = label.replace(/-[0-9]+$/, "");
    const rest = new Set(
      answers.queues.filter((one) => one.device === name && !taken.has(one.path)).map(({ path }) => path)
    );
    const others = [...labels].filter(
      (other) => !found.has(other) && other.replace(/-[0-9]+$/, "") === name
    );
    const [only] = rest;
    if (rest.size === 1 && others.length === 1) {
      found.set(label, { value: only, by: "being the only device left of this name" });
    }
  }
  return found;
}
function fitsIndex(ring, queue) {
  return ring.index === void 0 || ring.index === queue.index;
}
function sameBytes(ring, queue, { memory }) {
  const length = queue.size * DESC_BYTES;
  const printed = bytesAt(memory, queue.desc, length);
  if (printed === void 0) return void 0;
  if (ring.desc.length < length) return false;
  return printed.every((byte, i) => byte === ring.desc[i]);
}
function onlyOne(values) {
  return values.length === 1 ? values[0] : void 0;
}

// src/pipeline/ring.ts
function ringSources(rings, meta, qmp, options) {
  const joins = qmp === void 0 ? /* @__PURE__ */ new Map() : joinQmp(rings, qmp.answers);
  return rings.map((ring) => ringSource(ring, joins.get(ring), meta, qmp, options));
}
function ringSource(ring, join4, meta, qmp, options) {
  const features = options.features ?? join4?.device?.features ?? meta.features;
  const layout = layoutOf(
    ring,
    options.layout ?? layoutOfFeatures(join4?.device?.features) ?? meta.layout
  );
  const told = options.size ?? join4?.queue.size ?? meta.size;
  const size = sizeOf(ring, told);
  const notes = [...join4?.notes ?? []];
  if (join4 === void 0 && qmp !== void 0) {
    notes.push("which queue of the QMP answers it is cannot be told");
  }
  const unread = qmp?.answers.unread ?? 0;
  if (unread > 0) notes.push(`${unread} lines that xp printed are no memory, and were left out`);
  if (told === void 0) notes.push(`${size} slots, by the length of the descriptor area`);
  const memory = memoryOf(ring, layout, size, qmp?.answers.memory ?? []);
  return {
    name: ring.name,
    paths: [...ring.paths, ...qmp === void 0 ? [] : [qmp.path]],
    notes,
    index: ring.index,
    descAddress: join4?.queue.desc,
    input: {
      memory: memory.ring,
      hasDriverArea: ring.driver !== void 0,
      hasDeviceArea: ring.deviceArea !== void 0,
      features: features === void 0 ? void 0 : new Set(features),
      device: join4 === void 0 || join4.device?.vhost === true ? void 0 : accountOf(join4.queue),
      paused: join4?.paused ?? false,
      tableAt: memory.tableAt,
      sizeBy: told !== void 0 ? "told" : fitsExactly(ring, memory.ring) ? "areas" : "length"
    }
  };
}
function qmpSources(qmp, options) {
  const { queues, memory: pieces } = qmp.answers;
  const sources = [];
  for (const queue of queues) {
    const desc = bytesAt(pieces, queue.desc, queue.size * DESC_BYTES);
    if (desc === void 0) continue;
    const packed = (options.layout ?? layoutOfFeatures(deviceOf2(queue, qmp.answers)?.features)) === "packed";
    const device = deviceName(queue);
    const ring = {
      name: `${device} q${queue.index}`,
      device,
      index: queue.index,
      paths: [],
      desc,
      driver: bytesAt(pieces, queue.avail, packed ? EVENT_BYTES : availBytes(queue.size)),
      deviceArea: bytesAt(pieces, queue.used, packed ? EVENT_BYTES : usedBytes(queue.size))
    };
    const join4 = joinOf(queue, qmp.answers, true, "being the same answer");
    sources.push(ringSource(ring, join4, NO_META, qmp, options));
  }
  if (sources.length === 0) {
    throw new UserError(
      "qmp-without-memory",
      `${qmp.path} has the status of ${queues.length} queues and the bytes of none`,
      "add `xp` of the descriptor area, or give the dump with --desc, --driver and --device"
    );
  }
  return sources;
}
function deviceName({ path = "", device }) {
  const own = /\/peripheral\/([^/]+)\//.exec(path)?.[1];
  const number = /\/device\[(\d+)\]\//.exec(path)?.[1];
  return own ?? (number === void 0 ? device : `${device}-${number}`);
}
function layoutOfFeatures(features) {
  if (features === void 0) return void 0;
  return features.includes("VIRTIO_F_RING_PACKED") ? "packed" : "split";
}
function layoutOf(ring, told) {
  if (told !== void 0) return told;
  if (ring.driver?.length === EVENT_BYTES && ring.deviceArea?.length === EVENT_BYTES)
    return "packed";
  throw new UserError(
    "layout-unknown",
    `${ring.name}: nothing says whether the queue is split or packed`,
    "--layout split or --layout packed says so, as does the QMP answer (qmp.json) beside the dump"
  );
}
function sizeOf(ring, told) {
  const size = told ?? Math.floor(ring.desc.length / DESC_BYTES);
  if (!Number.isInteger(size) || size < 1 || size > QUEUE_SIZE_MAX) {
    throw new UserError(
      "size-wrong",
      `${ring.name}: a queue has 1 to ${QUEUE_SIZE_MAX} entries, not ${size}`
    );
  }
  return size;
}
function memoryOf(ring, layout, size, pieces) {
  if (layout === "split" && (size & size - 1) !== 0) {
    throw new UserError(
      "size-wrong",
      `${ring.name}: the size of a split queue is a power of 2, not ${size}`
    );
  }
  const tables = indirectTables(ring.desc, layout, size, pieces);
  const tableBytes = tables.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const memory = new RingMemory(layout, size, tableBytes);
  const areas = [
    [AREA.desc, "descriptor area", ring.desc],
    [AREA.driver, "driver area", ring.driver],
    [AREA.device, "device area", ring.deviceArea]
  ];
  for (const [area, what, bytes] of areas) {
    const needed = memory.lengths[area];
    if (bytes === void 0) continue;
    if (bytes.length < needed) {
      throw new UserError(
        "area-too-short",
        `${ring.name}: the ${what} has ${bytes.length} bytes, and a ${layout} queue of ${size} needs ${needed}`,
        "--size and --layout say what the queue is"
      );
    }
    memory.bytes(area).set(bytes.subarray(0, needed));
  }
  return { ring: memory, tableAt: tablesIn(memory, tables) };
}
function fitsExactly(ring, { lengths }) {
  const areas = [ring.desc, ring.driver, ring.deviceArea];
  return areas.every((bytes, area) => bytes?.length === lengths[area]);
}
var TABLE_BYTES_MAX2 = 16 << 20;
function indirectTables(desc, layout, size, pieces) {
  const tables = /* @__PURE__ */ new Map();
  if (pieces.length === 0) return [];
  const view = new DataView(desc.buffer, desc.byteOffset, desc.byteLength);
  let total = 0;
  for (let at = 0; at < size * DESC_BYTES && at + DESC_BYTES <= desc.length; at += DESC_BYTES) {
    const flags = view.getUint16(
      at + (layout === "packed" ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS),
      true
    );
    if ((flags & VIRTQ_DESC_F_INDIRECT) === 0) continue;
    const address = Number(view.getBigUint64(at + DESC_ADDR, true));
    const length = view.getUint32(at + DESC_LEN, true);
    const bytes = bytesAt(pieces, address, length);
    if (bytes === void 0 || total + length > TABLE_BYTES_MAX2) continue;
    total += length;
    tables.set(`${address} ${length}`, { address, bytes });
  }
  return [...tables.values()];
}
function tablesIn(memory, tables) {
  if (tables.length === 0) return noTables;
  const offsets = /* @__PURE__ */ new Map();
  let offset = 0;
  for (const { address, bytes } of tables) {
    memory.put(AREA.ind, offset, bytes);
    offsets.set(`${address} ${bytes.length}`, offset);
    offset += bytes.length;
  }
  return (address, bytes) => offsets.get(`${address} ${bytes}`) ?? -1;
}

// src/pipeline/members.ts
var HEAD_BYTES = 64 * 1024;
async function sortMembers(paths, options) {
  const traces = [];
  const dumps = [];
  const logs = [];
  const others = [];
  for (const path of paths) {
    if (path === "-" || !isFolder(path)) {
      const given = await givenDumps(path, options);
      if (given === void 0) traces.push(path);
      else dumps.push(...given);
      continue;
    }
    const before = traces.length + dumps.length;
    const firstTrace = traces.length;
    for (const member of filesOf(path)) await sortFile(member, { traces, logs, others });
    if (isRingFolder(path)) {
      const trace = traces.length === firstTrace + 1 ? traces[firstTrace] : void 0;
      dumps.push(...folderDumps(path, options, others, trace));
    } else {
      const answers = qmpAlone(path);
      if (answers !== void 0) qmpMember(answers, options, { dumps, others });
    }
    if (traces.length + dumps.length === before) {
      const unread = others.filter(({ format }) => format === "not-read");
      throw new UserError(
        "input-directory",
        `${path} is a directory without a trace and without a ring dump that can be read`,
        unread.length === 0 ? void 0 : unread.map((one) => `${one.path}: ${one.remarks?.join(", ")}`).join("; ")
      );
    }
  }
  return { traces, dumps, logs, others };
}
function filesOf(folder) {
  try {
    return readdirSync2(folder, { withFileTypes: true }).map(({ name }) => name).filter((name) => !isDumpFile(name) && isFile(join2(folder, name))).map((name) => join2(folder, name)).sort();
  } catch (error) {
    throw readError(folder, error);
  }
}
function isDumpFile(name) {
  return /-(?:desc|driver|device)\.bin$|^qmp\.json(?:\.gz)?$|^meta\.json$/.test(name);
}
function folderDumps(path, options, others, trace) {
  const folder = readRingFolder(path);
  if (folder.qmp !== void 0) others.push(quietSource(folder.qmp.path, "qmp"));
  return ringSources(folder.rings, folder.meta, folder.qmp, options).map(
    (ring) => dumpMember(ring, trace)
  );
}
async function givenDumps(path, options) {
  if (/-desc\.bin$/.test(path)) {
    const [driver, device] = ["driver", "device"].map((area) => {
      const other = path.replace(/desc\.bin$/, `${area}.bin`);
      return isFile(other) ? other : void 0;
    });
    const name = basename2(path).replace(/-desc\.bin$/, "");
    const ring = readRing(name, path, driver, device);
    return ringSources([ring], NO_META, void 0, options).map((one) => dumpMember(one));
  }
  if (!/\.json(?:\.gz)?$/.test(path) || isRinglog(await headOf(path))) return void 0;
  return qmpSources({ path, answers: readQmp(path) }, options).map((one) => dumpMember(one));
}
function qmpMember(path, options, into) {
  try {
    for (const ring of qmpSources({ path, answers: readQmp(path) }, options)) {
      into.dumps.push(dumpMember(ring));
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    into.others.push({ ...quietSource(path, "qmp"), remarks: [`not read: ${error.message}`] });
  }
}
function dumpMember(ring, trace) {
  const [path = ""] = ring.paths;
  const remarks = [...ring.notes];
  const areas = /^(.*-)desc\.bin$/.exec(path)?.[1];
  const shown = areas === void 0 ? path : `${areas}{desc,driver,device}.bin`;
  return { ring, source: { ...quietSource(shown, "ring-dump"), remarks }, remarks, trace };
}
async function sortFile(path, into) {
  const head = await headOf(path);
  const binary = foreignBinary(head);
  const text = new TextDecoder("latin1").decode(head);
  if (binary !== void 0 || text.includes("\0")) {
    const remarks = [`not read: ${binary ?? "binary data of no known kind"}`];
    into.others.push({ ...quietSource(path, "not-read"), remarks });
  } else if (looksLikeQemuLog(text)) into.logs.push(await readLog(path));
  else if (isTrace(head)) into.traces.push(path);
  else {
    const { ledger } = await readLog(path).then(({ source }) => source);
    into.others.push({ ...quietSource(path, "text"), ledger });
  }
}
async function headOf(path) {
  for await (const chunk of readSource(path, () => {
  })) {
    if (chunk.length > 0) return chunk.slice(0, HEAD_BYTES);
  }
  return new Uint8Array(0);
}
function isTrace(head) {
  if (isRinglog(head)) return true;
  const reader = new FtraceReader({
    strings: new StringTable(),
    pointers: new PointerTable(),
    firstSeq: 0,
    emit: (batch) => {
      batch.clear();
      return batch;
    }
  });
  reader.push(head);
  return reader.traceLines > 0;
}
async function readLog(path) {
  const reader = new QemuLogReader();
  for await (const chunk of readSource(path, () => {
  })) reader.push(chunk);
  reader.end();
  const diagnostics = new DiagnosticLog();
  const source = {
    ...quietSource(path, "qemu-log"),
    ledger: reader.ledger,
    get diagnostics() {
      return diagnostics.entries();
    }
  };
  return { source, diagnostics, messages: reader.messages };
}
var NO_LINES = {
  lines: 0,
  events: 0,
  notes: 0,
  rejected: 0,
  lostMarks: 0,
  lostEvents: 0
};
function quietSource(path, format) {
  return { path, format, clock: void 0, firstSeq: 0, ledger: NO_LINES, diagnostics: [] };
}

// src/pipeline/statistics.ts
import { closeSync, openSync, readdirSync as readdirSync3, readFileSync as readFileSync2, readSync, statSync as statSync2 } from "node:fs";
import { dirname as dirname2, join as join3 } from "node:path";
var STATISTICS_BYTES_MAX = 4096;
var STATISTICS = /^entries: \d+\r?\noverrun: \d+/;
function sortInputs(paths) {
  const given = paths.filter((path) => path !== "-" && isStatistics(path));
  if (given.length === paths.length) return { traces: paths, statistics: [] };
  const traces = paths.filter((path) => !given.includes(path));
  const beside = traces.flatMap((path) => path === "-" ? [] : statisticsBeside(path));
  const all = [.../* @__PURE__ */ new Set([...given, ...beside])];
  return { traces, statistics: all.map(statisticsReport) };
}
function isStatistics(path) {
  try {
    const facts = statSync2(path, { throwIfNoEntry: false });
    if (facts?.isFile() !== true || facts.size > STATISTICS_BYTES_MAX) return false;
    return STATISTICS.test(readHead(path));
  } catch {
    return false;
  }
}
function readHead(path) {
  const head = Buffer.alloc(64);
  const handle = openSync(path, "r");
  try {
    return head.toString("latin1", 0, readSync(handle, head, 0, head.length, 0));
  } finally {
    closeSync(handle);
  }
}
function statisticsBeside(trace) {
  const folder = join3(dirname2(trace), "per_cpu");
  let names;
  try {
    names = readdirSync3(folder);
  } catch {
    return [];
  }
  return names.filter((name) => /^cpu\d+$/.test(name)).map((name) => join3(folder, name, "stats")).filter(isStatistics);
}
function statisticsReport(path) {
  const text = readFileSync2(path, "latin1");
  const count4 = (name) => Number(new RegExp(`^${name}: (\\d{1,15})\\r?$`, "m").exec(text)?.[1] ?? 0);
  const lost = count4("overrun") + count4("commit overrun") + count4("dropped events");
  const lines2 = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return {
    path,
    format: "ring-buffer-stats",
    clock: void 0,
    firstSeq: 0,
    ledger: {
      lines: lines2,
      events: 0,
      notes: lines2,
      rejected: 0,
      lostMarks: lost > 0 ? 1 : 0,
      lostEvents: lost
    },
    diagnostics: lost === 0 ? [] : [
      {
        code: "events-lost",
        line: 1,
        offset: 0,
        expected: "overrun and dropped events of 0; what lacks at the end of the trace proves nothing",
        count: 1
      }
    ]
  };
}

// src/pipeline/check.ts
var GAPS_MAX = 1e4;
var BEGINS_MIN = 10;
var HEAD_BYTES2 = 64 * 1024;
async function checkSources(paths, options = {}) {
  const { store: store2 } = options;
  const members = await sortMembers(paths, options.ring ?? {});
  const dumps = new DumpChecks(members.dumps, members.logs);
  const { traces, statistics } = members.traces.length === 0 ? { traces: [], statistics: [] } : sortInputs(members.traces);
  const dropped = statistics.reduce((sum2, { ledger }) => sum2 + (ledger.lostEvents ?? 0), 0);
  const endUnknown = dropped === 0 ? void 0 : `the ring buffer dropped ${dropped} events, by its statistics`;
  const parts = [];
  let nextSeq = 0;
  let queueBase = 0;
  for (const [number, path] of traces.entries()) {
    const idSuffix = number === 0 ? "" : `/${number + 1}`;
    const part = await checkSource(path, {
      ...options,
      nextSeq,
      idSuffix,
      queueBase,
      store: store2,
      endUnknown,
      dumps: new TraceDumps(dumps, path)
    });
    nextSeq = part.nextSeq;
    queueBase += part.queues.length;
    parts.push(part);
  }
  const rest = dumps.rest(queueBase);
  const shown = dumps.close();
  const findings = [...parts.flatMap((part) => part.findings), ...rest.findings];
  const coverage = [...parts.flatMap((part) => part.coverage), ...rest.coverage];
  const count4 = (severity) => findings.filter((finding2) => finding2.severity === severity).length;
  const sum = (of) => coverage.reduce((total, row) => total + of(row), 0);
  const summary = {
    errors: count4("error"),
    warnings: count4("warning"),
    notes: count4("note"),
    undecided: sum((row) => row.undecided),
    checked: sum((row) => row.satisfied + row.violated)
  };
  const report = {
    verdict: verdictOf(summary, {
      requireDecided: options.requireDecided ?? false,
      filtered: parts.some(
        ({ source }) => source.diagnostics.some(({ code }) => code === "returns-missing")
      )
    }),
    sources: [
      ...parts.map((part) => part.source),
      ...statistics,
      ...shown.sources,
      ...members.logs.map(({ source }) => source),
      ...members.others
    ],
    queues: [...parts.flatMap((part) => part.queues), ...rest.queues],
    findings,
    snapshots: shown.snapshots,
    coverage,
    gaps: parts.flatMap((part) => part.gaps),
    exchanges: parts.reduce((total, part) => total + part.exchanges, 0),
    featuresExercised: [...new Set(parts.flatMap((part) => part.featuresExercised))].sort(),
    summary
  };
  await store2?.finish(report);
  return report;
}
function verdictOf(summary, { requireDecided, filtered }) {
  if (summary.errors + summary.warnings > 0) return "findings";
  if (summary.checked + summary.undecided === 0) return "nothing-checked";
  if (summary.checked === 0 || filtered) return "inconclusive";
  return requireDecided && summary.undecided > 0 ? "inconclusive" : "clean";
}
async function checkSource(path, options) {
  const { store: store2 } = options;
  const pointers = new PointerTable();
  const strings = new StringTable();
  store2?.beginSource(strings, pointers, options.queueBase);
  const check = new Check(RULES);
  const gaps = [];
  let gapsMore = 0;
  const replay = new Replay({
    observe: store2 === void 0 ? (observation) => check.observe(observation) : (observation) => {
      check.observe(observation);
      keep(store2, observation);
    },
    gap: ({ queue, from, to, reason }) => {
      if (gaps.length < GAPS_MAX) gaps.push({ queue: queue.id, from, to, reason });
      else gapsMore++;
    },
    pointerText: (pointer) => pointers.text(pointer),
    idSuffix: options.idSuffix,
    endUnknown: options.endUnknown,
    clock: () => reader?.clock
  });
  let reader;
  const common = {
    strings,
    firstSeq: options.nextSeq,
    keepAll: store2 !== void 0,
    emit: (batch) => {
      replay.step(batch);
      options.dumps.scan(batch);
      if (store2 !== void 0) return store2.append(batch);
      batch.clear();
      return batch;
    }
  };
  const open = (head) => {
    reader = isRinglog(head) ? new RinglogReader(common) : new FtraceReader({
      ...common,
      pointers,
      ...options.map === void 0 ? {} : { map: options.map }
    });
    return reader;
  };
  reader = await readInto(open, path, options);
  const { clock } = reader;
  replay.end((span) => clock === void 0 ? "" : durationText(clock, span));
  numberEqualQueues(replay.queues);
  const lastSeq = Math.max(options.nextSeq, reader.nextSeq - 1);
  options.dumps.finish(replay.queues, lastSeq, (observation) => check.observe(observation));
  addLimits(reader, replay, gapsMore);
  const source = {
    path,
    format: reader.format,
    clock,
    firstSeq: options.nextSeq,
    ledger: reader.ledger,
    diagnostics: reader.diagnostics.entries()
  };
  return {
    source,
    queues: replay.queues.map((queue) => queueReport(queue, source, pointers)),
    findings: check.findings().map((finding2) => ({ ...finding2, source })),
    coverage: check.coverage(),
    gaps,
    exchanges: replay.exchanges,
    featuresExercised: replay.queues.flatMap((queue) => [...queue.exercised]),
    nextSeq: reader.nextSeq
  };
}
function keep(store2, seen) {
  if (seen.kind === "request.ended") {
    const { token, added, kicked, returned, end: state, certain } = seen;
    store2.request({ queue: seen.queue.number, token, added, kicked, returned, state, certain });
  } else if (seen.kind === "kick.decided") {
    store2.decision({
      queue: seen.queue.number,
      place: seen.place,
      old: seen.old,
      next: seen.next,
      flags: seen.flags,
      word: seen.word,
      wanted: seen.wanted,
      by: seen.by,
      needsKick: seen.needsKick,
      outcome: seen.undecided !== void 0 ? "undecided" : seen.missed ? "missed" : "held",
      reason: seen.undecided
    });
  }
}
async function readInto(open, path, { progress, store: store2 }) {
  let head = new Uint8Array(0);
  let reader;
  const told = (done, total) => progress?.(path, done, total);
  try {
    for await (const chunk of readSource(path, told)) {
      if (chunk.length === 0) continue;
      if (reader === void 0) {
        head = chunk.slice(0, HEAD_BYTES2);
        const binary = foreignBinary(head);
        if (binary !== void 0) throw notATrace(path, binary);
        reader = open(head);
      }
      reader.push(chunk);
      await store2?.ready();
    }
  } finally {
    told(1, 1);
  }
  if (reader === void 0) {
    throw new UserError("input-empty", `${path} is empty: there is no trace in it`);
  }
  reader.end();
  if (reader.traceLines === 0) throw notATrace(path, foreignText(head));
  return reader;
}
function notATrace(path, what) {
  return new UserError(
    "input-not-a-trace",
    `${path} is ${what}, not a trace that this version reads`,
    "it reads ftrace text (tracefs trace and trace_pipe, trace-cmd report) and ringlog/1; plain, .gz, or - for stdin"
  );
}
function numberEqualQueues(queues) {
  const seen = /* @__PURE__ */ new Map();
  for (const queue of queues) {
    const key = [queue.name, queue.index, queue.layout, queue.size].join("\n");
    queue.ordinal = seen.get(key) ?? 0;
    seen.set(key, queue.ordinal + 1);
  }
}
function addLimits(reader, replay, gapsMore) {
  const { diagnostics } = reader;
  if (replay.begins >= BEGINS_MIN && replay.returns === 0) {
    const expected = "returns of calls (..._ret events): without them no call has an outcome";
    diagnostics.add("returns-missing", 0, 0, expected, replay.begins);
  }
  if (replay.overLimit !== void 0) {
    const { first, count: count4 } = replay.overLimit;
    const expected = "no more queues than a machine has";
    diagnostics.add("queues-over-limit", first.line, 0, expected, count4);
  }
  if (gapsMore > 0) {
    diagnostics.add("gaps-over-limit", 0, 0, `at most ${GAPS_MAX} gaps are listed`, gapsMore);
  }
}
function queueReport(queue, source, pointers) {
  return {
    id: queue.id,
    pointer: pointers.exact(queue.pointer),
    generation: queue.generation,
    ordinal: queue.ordinal,
    name: queue.name,
    index: queue.index,
    layout: queue.layout,
    size: queue.size,
    features: queue.features,
    events: queue.events,
    decisions: queue.kicks.count,
    kicks: queue.kicks.sent,
    requests: queue.requests,
    interrupts: queue.interrupts,
    source
  };
}

// ../../tmp/t3.ts
var s = 7;
var random = () => {
  s = s * 1103515245 + 12345 & 2147483647;
  return s / 2147483648;
};
var lines = [];
runSchedule({ driver: "linux", layout: "split", queueSize: 8, random, eventIdx: true, line: (l) => lines.push(l) });
writeFileSync("/tmp/t3.jsonl", lines.join("\n") + "\n");
var r = await checkSources(["/tmp/t3.jsonl"]);
for (const f of r.findings) console.log(f.rule, f.severity, f.place.line, f.message);
