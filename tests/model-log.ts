import { AREA, MemoryLog } from "../src/model/memory.ts";
import type {
  CompleteMode,
  Device,
  DeviceState,
  NotifyRequest,
  UsedBuffer,
} from "../src/replay/models/device.ts";
import {
  DRIVER_NAMES,
  type Driver,
  type DriverState,
  NO_TOKEN,
  type Segment,
} from "../src/replay/models/driver.ts";
import { makeDevice, makeDriver } from "../src/replay/models/make.ts";
import {
  addResult,
  fetchResult,
  type OperationFields,
  signalResult,
} from "../src/replay/models/operation-fields.ts";
import { Port } from "../src/replay/models/port.ts";
import { type RingLogHeader, RingLogWriter } from "../src/replay/models/ringlog-writer.ts";
import type { TableAllocator } from "../src/replay/models/tables.ts";
import { RingMemory } from "../src/replay/ring-memory.ts";

/** A line of a log as JSON has it; only what the models are given is named. */
interface Line extends OperationFields {
  readonly type?: string;
  readonly actor: "driver" | "device";
  readonly op: string;
  readonly token: number;
  readonly out: readonly Segment[];
  readonly in: readonly Segment[];
  readonly mem: readonly (readonly [string, ...unknown[]])[];
  readonly mode: string;
  readonly used: readonly (UsedBuffer & { readonly token: number })[];
  readonly opaque: number;
  readonly spurious: boolean;
  readonly reason: string;
}

interface LogHeader extends RingLogHeader {
  readonly type: string;
  readonly format: string;
}

interface Snapshot {
  readonly areas: Readonly<Record<"desc" | "driver" | "device", string>>;
  readonly driver: DriverState;
  readonly device: DeviceState;
}

export interface Difference {
  readonly line: number;
  readonly found: string;
  readonly expected: string;
}

/** Gives tables where a log says that they were. */
class LoggedTables implements TableAllocator {
  readonly base: number;
  next: number[] = [];

  constructor(base: number) {
    this.base = base;
  }

  alloc(): number {
    const offset = this.next.shift();
    if (offset === undefined) throw new Error("the log has no allocation here");
    return offset;
  }

  free(): void {}
}

/**
 * Gives the models the arguments of each line of a ringlog/1 log and writes what they do as a log of
 * their own. Lines that are not the same text are the result: arguments, returns, every step in program
 * order, state. Nothing is left out or put in order.
 */
export class ModelLog {
  readonly #header: RingLogHeader;
  readonly #memory: RingMemory;
  readonly #driver: Driver;
  readonly #device: Device;
  readonly #tables: LoggedTables;
  readonly #steps = new MemoryLog();
  readonly #writer: RingLogWriter;
  /** Tokens in the order in which the buffers became available, which is the one of fetch. */
  readonly #available: number[] = [];
  #written = "";
  operations = 0;

  constructor(header: RingLogHeader) {
    this.#header = header;
    this.#memory = new RingMemory(header.layout, header.size, header.areas.ind.len);
    this.#tables = new LoggedTables(header.areas.ind.base);
    const options = {
      eventIdx: header.event_idx === 1,
      indirect: header.indirect === 1,
      callback: header.callback === 1,
      dmaApi: header.dma_api === 1,
      tables: this.#tables,
    };
    const driver = new Port(this.#memory);
    const device = new Port(this.#memory);
    // A log of the models themselves names the one that wrote it.
    const own = DRIVER_NAMES.find((name) => name === header.variant);
    this.#driver = makeDriver(own ?? "linux", driver, options);
    this.#device = makeDevice(header.layout, device, {
      eventIdx: options.eventIdx,
      tableBase: header.areas.ind.base,
      cautious: own === undefined,
    });
    for (const port of [driver, device])
      port.watch({ log: this.#steps, loads: header.loads === 1 });
    this.#writer = new RingLogWriter((line) => {
      this.#written = line;
    });
  }

  /** The model's line for a line of the log. */
  line(text: string): string {
    const line = JSON.parse(text) as Line;
    if (line.type === "header") {
      const { type: _type, format: _format, ...header } = line as unknown as LogHeader;
      this.#writer.header(header);
      return this.#written;
    }
    if (line.type === "snapshot") {
      this.#restore(line as unknown as Snapshot);
      return text;
    }
    if (line.type === "footer") {
      this.#writer.footer();
      return this.#written;
    }
    this.#steps.clear();
    const fields = line.actor === "driver" ? this.#drive(line) : this.#serve(line);
    const state = line.actor === "driver" ? this.#driver.state() : this.#device.state();
    this.#writer.operation(line.actor, line.op, fields, this.#steps, state);
    this.operations++;
    return this.#written;
  }

  #restore(snapshot: Snapshot): void {
    for (const area of ["desc", "driver", "device"] as const) {
      this.#memory.bytes(AREA[area]).set(Buffer.from(snapshot.areas[area], "hex"));
    }
    this.#driver.restore(snapshot.driver);
    this.#device.restore(snapshot.device);
  }

  #drive(line: Line): OperationFields {
    const driver = this.#driver;
    switch (line.op) {
      case "create":
        this.#memory.reset();
        driver.create();
        this.#device.create();
        this.#available.length = 0;
        return {};
      case "add":
        return this.#add(line);
      case "kick_prepare":
        return { ret: driver.kickPrepare() };
      case "notify":
        return { ret: driver.notify() };
      case "get_buf": {
        const token = driver.getBuf();
        return token === NO_TOKEN ? { ret: null } : { ret: token, len: driver.usedLen };
      }
      case "disable_cb":
        driver.disableCb();
        return {};
      case "enable_cb":
        return { ret: driver.enableCb() };
      case "enable_cb_delayed":
        return { ret: driver.enableCbDelayed() };
      case "enable_cb_prepare":
        return { ret: driver.enableCbPrepare() };
      case "poll":
        return { opaque: line.opaque, ret: driver.poll(line.opaque) };
      case "interrupt": {
        const ret = driver.interrupt();
        const callback = ret === "IRQ_HANDLED" && driver.options.callback;
        return { spurious: line.spurious, ret, callback };
      }
      case "detach_unused_buf": {
        const token = driver.detachUnusedBuf();
        return { ret: token === NO_TOKEN ? null : token };
      }
      default:
        throw new Error(`unknown driver operation ${line.op}`);
    }
  }

  #add(line: Line): OperationFields {
    this.#tables.next = line.mem
      .filter(([step]) => step === "a" || step === "n")
      .map(([step, , offset]) => (step === "a" ? (offset as number) : -1));
    const { token, out, in: into, out_sgs, in_sgs } = line;
    const ret = this.#driver.add(token, out, into);
    if (ret === 0) this.#available.push(token);
    return { token, out, in: into, out_sgs, in_sgs, ...addResult(ret) };
  }

  #serve(line: Line): OperationFields {
    const device = this.#device;
    switch (line.op) {
      case "fetch":
        return this.#fetch();
      case "complete":
        device.complete(line.used, line.mode as CompleteMode);
        return { mode: line.mode, used: line.used };
      case "signal":
        return signalResult(device, device.signal());
      case "set_notify": {
        const { mode, avail_event, off, wrap } = line;
        const request = (
          mode === "event" ? { mode, availEvent: avail_event } : { mode, off, wrap }
        ) as NotifyRequest;
        device.setNotify(request);
        return {
          mode,
          ...(mode === "event" ? { avail_event } : {}),
          ...(mode === "desc" ? { off, wrap } : {}),
        };
      }
      case "stop":
        device.stop();
        return { reason: line.reason };
      default:
        throw new Error(`unknown device operation ${line.op}`);
    }
  }

  #fetch(): OperationFields {
    const id = this.#device.fetch();
    const token = id < 0 ? NO_TOKEN : (this.#available.shift() ?? NO_TOKEN);
    return fetchResult(this.#device, id, this.#header.layout, token);
  }
}

/**
 * Runs a log through the models; gives the lines that differ, and how many operations were run. At most
 * `most` differences: behind one, what the log asks for may no longer make sense.
 */
export function replayLog(
  text: string,
  most = Number.POSITIVE_INFINITY,
): {
  readonly operations: number;
  readonly differences: readonly Difference[];
} {
  const lines = text.trimEnd().split("\n");
  const log = new ModelLog(JSON.parse(lines[0] ?? "") as RingLogHeader);
  const differences: Difference[] = [];
  for (const [i, expected] of lines.entries()) {
    const found = log.line(expected);
    if (found !== expected) differences.push({ line: i + 1, found, expected });
    if (differences.length >= most) break;
  }
  return { operations: log.operations, differences };
}
