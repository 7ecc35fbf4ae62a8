import { type FeatureSet, featureSet } from "../../virtio/feature-set.ts";
import { FEATURE_BITS, type FeatureName, featureNames } from "../../virtio/features.ts";
import { QUEUE_SIZE_MAX } from "../../virtio/packed.ts";
import { STATUS_BITS } from "../../virtio/status.ts";
import { parseHmp } from "./hmp.ts";
import { type MemoryPiece, parseXp, type XpText } from "./xp.ts";

/**
 * Answers of QEMU's x-query-virtio commands and of `xp`, from one JSON object whose keys name the
 * commands, from an array, or from one answer a line as a QMP session prints them.
 *
 * What an answer is, its own fields tell. Which device it belongs to, the command's path tells where it
 * is kept; else the device's name alone. Nothing is trusted: shapes and sizes are checked here.
 */

/** x-query-virtio-queue-status. Addresses are guest-physical. */
export interface QmpQueue {
  /** QOM path of the device, where the command is kept with the answer. */
  readonly path: string | undefined;
  /** `virtio-blk`. */
  readonly device: string;
  readonly index: number;
  readonly size: number;
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
  readonly usedIdx: number;
  readonly lastAvailIdx: number;
  readonly inUse: number;
}

/** x-query-virtio-status. */
export interface QmpDevice {
  readonly path: string | undefined;
  readonly device: string;
  readonly features: readonly FeatureName[];
  /** All features by name, the device's own too; undefined when QEMU does not say. */
  readonly offered: FeatureSet | undefined;
  readonly accepted: FeatureSet;
  /** Device status. */
  readonly status: number;
  /** Null when QEMU does not say. */
  readonly broken: boolean | null;
  /** The guest was running when the question was asked; null when QEMU does not say. */
  readonly running: boolean | null;
  /** Another process or the kernel serves the queues: QEMU does not follow them. */
  readonly vhost: boolean;
}

export interface QmpAnswers {
  readonly queues: readonly QmpQueue[];
  readonly devices: readonly QmpDevice[];
  /** What `xp` printed. */
  readonly memory: readonly MemoryPiece[];
  /** Lines among them that are no memory. */
  readonly unread: number;
  /** Answers that are of no use here, and error answers. */
  readonly others: number;
}

/** More pieces of memory than anybody prints, and few enough to look through for each descriptor. */
const PIECES_MAX = 16_384;
/** More answers than anybody asks for; the rest are not looked at. */
const ANSWERS_MAX = 10_000;

/** Undefined when the text is not JSON with answers of these commands. */
export function parseQmp(text: string): QmpAnswers | undefined {
  const answers = readAnswers(text);
  if (answers === undefined) return undefined;
  const queues: QmpQueue[] = [];
  const devices: QmpDevice[] = [];
  const memory: MemoryPiece[] = [];
  let unread = 0;
  let others = Math.max(0, answers.length - ANSWERS_MAX);
  const keep = (printed: XpText): void => {
    // A loop, for there may be more pieces than a call takes arguments.
    for (const piece of printed.pieces) {
      if (memory.length < PIECES_MAX) memory.push(piece);
      else unread++;
    }
    unread += printed.unread;
  };
  for (const { command, answer } of answers.slice(0, ANSWERS_MAX)) {
    const path = /\/\S+/.exec(command)?.[0];
    const queue = queueOf(answer, path);
    const device = queue === undefined ? deviceOf(answer, path) : undefined;
    const printed = typeof answer === "string" ? parseXp(answer) : undefined;
    if (queue !== undefined) queues.push(queue);
    else if (device !== undefined) devices.push(device);
    else if (printed !== undefined) keep(printed);
    else others++;
  }
  if (queues.length + devices.length + memory.length === 0) return undefined;
  return { queues, devices, memory, unread, others };
}

/** A session with the human monitor, as answers. */
function fromHmp(text: string): Answer[] {
  const { answers, memory, unread } = parseHmp(text);
  const all = answers.map(({ path, answer }) => ({ command: path, answer }) as Answer);
  // What is no physical memory is counted where lines of memory are.
  if (memory !== "") all.push({ command: "", answer: `${memory}${"\n-".repeat(unread)}` });
  return all;
}

interface Answer {
  /** The key that it was kept under, or nothing. */
  readonly command: string;
  readonly answer: unknown;
}

function readAnswers(text: string): Answer[] | undefined {
  const whole = parseJson(text);
  if (Array.isArray(whole)) return whole.map((answer) => ({ command: "", answer: unwrap(answer) }));
  if (isRecord(whole)) {
    if ("return" in whole || "error" in whole) return [{ command: "", answer: unwrap(whole) }];
    return Object.entries(whole).map(([command, answer]) => ({ command, answer: unwrap(answer) }));
  }
  const answers = session(text);
  if (answers.length > 0) return answers;
  const human = fromHmp(text);
  return human.length === 0 ? undefined : human;
}

/** Values of a session that are not closed, before it is taken for something else. */
const UNCLOSED_MAX = 100;

/**
 * A QMP session: greeting, events, commands and answers, each on a line or over several. An answer is
 * that of the command with its id, or of the oldest one that has none yet.
 */
function session(text: string): Answer[] {
  const answers: Answer[] = [];
  const asked: { readonly id: unknown; readonly command: string }[] = [];
  let unclosed = 0;
  // qmp-shell has a prompt in front, logs of both directions an arrow.
  const begins = /^(?:\(QEMU\) |<-? ?|->? ?|>{1,3} ?)?[ \t]*(?=\{)/gm;
  for (let match = begins.exec(text); match !== null; match = begins.exec(text)) {
    const from = match.index + match[0].length;
    const to = closing(text, from);
    if (to === undefined) {
      if (++unclosed > UNCLOSED_MAX) break;
      begins.lastIndex = from + 1;
      continue;
    }
    begins.lastIndex = to;
    const value = parseJson(text.slice(from, to));
    if (!isRecord(value)) continue;
    if ("execute" in value) asked.push({ id: value["id"], command: commandOf(value) });
    if (!("return" in value) && !("error" in value)) continue;
    const same = asked.findIndex(({ id }) => id === value["id"]);
    const command = same < 0 ? "" : (asked.splice(same, 1)[0]?.command ?? "");
    const answer = unwrap(value);
    const human = typeof answer === "string" && parseXp(answer) === undefined;
    if (human) answers.push(...fromHmp(answer));
    else if ("return" in value) answers.push({ command, answer });
  }
  return answers;
}

function commandOf(value: Readonly<Record<string, unknown>>): string {
  const told = value["arguments"];
  const path = isRecord(told) && typeof told["path"] === "string" ? told["path"] : "";
  return `${String(value["execute"])} ${path}`;
}

/** Behind the brace that closes the one at `from`; undefined when there is none. */
function closing(text: string, from: number): number | undefined {
  let depth = 0;
  const tokens = /["{}]/g;
  tokens.lastIndex = from;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === "{") depth++;
    else if (token[0] === "}" && --depth === 0) return tokens.lastIndex;
    else if (token[0] === '"') {
      const end = stringEnd(text, tokens.lastIndex);
      if (end === undefined) return undefined;
      tokens.lastIndex = end;
    }
  }
  return undefined;
}

function stringEnd(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
    // JSON has no newline in a string.
    else if (code === 0x0a) return undefined;
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller says so, with the name of the file.
    return undefined;
  }
}

function unwrap(answer: unknown): unknown {
  return isRecord(answer) && "return" in answer ? answer["return"] : answer;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function count(record: Readonly<Record<string, unknown>>, key: string, most: number): number {
  const value = record[key];
  const whole = typeof value === "number" && Number.isSafeInteger(value);
  return whole && value >= 0 && value <= most ? value : -1;
}

function queueOf(answer: unknown, path: string | undefined): QmpQueue | undefined {
  if (!isRecord(answer) || typeof answer["name"] !== "string") return undefined;
  const most = Number.MAX_SAFE_INTEGER;
  const queue: QmpQueue = {
    path,
    device: answer["name"],
    index: count(answer, "queue-index", 0xffff),
    size: count(answer, "vring-num", QUEUE_SIZE_MAX),
    desc: count(answer, "vring-desc", most),
    avail: count(answer, "vring-avail", most),
    used: count(answer, "vring-used", most),
    usedIdx: count(answer, "used-idx", 0xffff),
    lastAvailIdx: count(answer, "last-avail-idx", 0xffff),
    inUse: count(answer, "inuse", most),
  };
  const { index, size, desc, avail, used, usedIdx, lastAvailIdx } = queue;
  // A queue that was never set up has size or addresses of 0.
  if (Math.min(index, usedIdx, lastAvailIdx, avail, used) < 0 || size < 1 || desc < 1)
    return undefined;
  return queue;
}

function deviceOf(answer: unknown, path: string | undefined): QmpDevice | undefined {
  if (!isRecord(answer) || typeof answer["name"] !== "string") return undefined;
  const features = answer["guest-features"];
  if (!isRecord(features)) return undefined;
  const flag = (key: string): boolean | null => {
    const value = answer[key];
    return typeof value === "boolean" ? value : null;
  };
  return {
    path,
    device: answer["name"],
    features: negotiated(features),
    offered: isRecord(answer["host-features"]) ? setOf(answer["host-features"]) : undefined,
    accepted: setOf(features),
    status: statusOf(answer["status"]),
    broken: flag("broken"),
    running: flag("vm-running"),
    vhost: flag("vhost-started") === true,
  };
}

/** Names that QEMU has for features which the specification calls otherwise, or has no name for. */
const QEMU_NAMES: Readonly<Record<string, string>> = {
  VIRTIO_F_IOMMU_PLATFORM: "VIRTIO_F_ACCESS_PLATFORM",
  // The back ends' use of a bit that drivers are not to take.
  VHOST_USER_F_PROTOCOL_FEATURES: "bit 30",
};

/** The words before the colon of a list: `VIRTIO_NET_F_MQ: Multiqueue supported`. */
function wordsOf(list: unknown): string[] {
  const words = Array.isArray(list) ? (list as unknown[]) : [];
  return words.flatMap((word) => (typeof word === "string" ? [word.replace(/:.*$/s, "")] : []));
}

function setOf(features: Readonly<Record<string, unknown>>): FeatureSet {
  const words = [...wordsOf(features["transports"]), ...wordsOf(features["dev-features"])];
  const rest = features["unknown-dev-features"];
  const known = typeof rest === "number" && Number.isSafeInteger(rest) && rest >= 0;
  return new Set([
    ...words.map((word) => QEMU_NAMES[word] ?? word.replace(/^VIRTIO_RING_F_/, "VIRTIO_F_")),
    ...featureSet(known ? BigInt(rest) : 0n),
  ]);
}

function statusOf(status: unknown): number {
  let bits = 0;
  for (const word of isRecord(status) ? wordsOf(status["statuses"]) : []) {
    const name = word
      .replace(/^VIRTIO_CONFIG_S_/, "")
      .replace(/^NEEDS_RESET$/, "DEVICE_NEEDS_RESET");
    if (name in STATUS_BITS) bits |= STATUS_BITS[name as keyof typeof STATUS_BITS];
  }
  return bits;
}

/** Features by QEMU's words (`VIRTIO_RING_F_EVENT_IDX: text`), and the bits that it has no word for. */
function negotiated(features: Readonly<Record<string, unknown>>): FeatureName[] {
  const names = new Set<FeatureName>();
  const transports = features["transports"];
  for (const word of Array.isArray(transports) ? transports : []) {
    if (typeof word !== "string") continue;
    const name = word.replace(/:.*$/s, "").replace(/^VIRTIO_RING_F_/, "VIRTIO_F_");
    if (name in FEATURE_BITS) names.add(name as FeatureName);
  }
  const rest = features["unknown-dev-features"];
  if (typeof rest === "number" && Number.isSafeInteger(rest) && rest >= 0) {
    for (const name of featureNames(BigInt(rest))) names.add(name);
  }
  return (Object.keys(FEATURE_BITS) as FeatureName[]).filter((name) => names.has(name));
}
