/**
 * A session with QEMU's monitor (HMP): `info virtio-status`, `info virtio-queue-status` and `xp`, with or
 * without the prompts, also as a terminal showed it while somebody typed. Its answers become those that
 * QMP gives to the same questions.
 */

/** What an answer of the monitor says, in the shape that QMP has. */
export interface HmpText {
  readonly answers: readonly { readonly path: string; readonly answer: Record<string, unknown> }[];
  /** Lines of `xp`, and no others. */
  readonly memory: string;
  /** Lines that look like memory and are not physical memory by its hexadecimal words. */
  readonly unread: number;
}

/** A line of the terminal is as wide as a command. */
const COLUMNS_MAX = 4096;
const PROMPT = /^\(qemu\) ?(.*)$/;
const PATH = /^(\/machine\/\S+):$/;
const MEMORY = /^\s*(?:0x)?[0-9a-f]{8,16}:\s/i;
const PHYSICAL = /^\s*[0-9a-f]{16}:(?:\s+0x[0-9a-f]+)+\s*$/i;

/** Whether the head of a text is a session with the monitor, in HMP or QMP. */
export function looksLikeMonitor(head: string): boolean {
  return (
    /^\(qemu\) |^\(QEMU\) |^\{\s*"(?:QMP|return|execute|error|event|timestamp)":/m.test(head) ||
    /^\/machine\/\S+:\r?\n[ \t]+device_name:/m.test(head)
  );
}

/** Reads a session; what is no answer to these commands is left out. */
export function parseHmp(text: string): HmpText {
  const answers: { path: string; answer: Record<string, unknown> }[] = [];
  const memory: string[] = [];
  let unread = 0;
  let virtual = false;
  let block: Block | undefined;
  const close = (): void => {
    const answer = block === undefined ? undefined : answerOf(block);
    if (block !== undefined && answer !== undefined) answers.push({ path: block.path, answer });
    block = undefined;
  };
  for (const raw of text.split("\n")) {
    const line = shown(raw);
    const command = PROMPT.exec(line)?.[1];
    const path = PATH.exec(line)?.[1];
    if (command !== undefined || path !== undefined || MEMORY.test(line)) close();
    if (command !== undefined) virtual = /^x(?:\/|\s)/.test(command);
    else if (path !== undefined) block = { path, section: "", lists: new Map(), values: new Map() };
    else if (block !== undefined) addLine(block, line);
    else if (MEMORY.test(line)) {
      // Virtual addresses are none that a queue has.
      if (!virtual && PHYSICAL.test(line)) memory.push(line);
      else unread++;
    }
  }
  close();
  return { answers, memory: memory.join("\n"), unread };
}

/** What a terminal shows of a line: the cursor moves back and writes over what is there. */
function shown(raw: string): string {
  const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
  if (!line.includes("\x1b") && !line.includes("\b") && !line.includes("\r")) return line;
  let cells: string[] = [];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal is told.
  for (const [part, amount, code] of line.matchAll(/\x1b\[(\d{0,4})[\d;?]*([A-Za-z])|[\s\S]/g)) {
    if (code === "K") cells = cells.slice(0, column);
    else if (code === "D") column = Math.max(0, column - Math.max(1, Number(amount)));
    else if (code === "C") column = Math.min(COLUMNS_MAX, column + Math.max(1, Number(amount)));
    else if (code !== undefined) continue;
    else if (part === "\b") column = Math.max(0, column - 1);
    else if (part === "\r") column = 0;
    else if (part !== "\x1b" && column < COLUMNS_MAX) cells[column++] = part;
  }
  return Array.from(cells, (cell) => cell ?? " ").join("");
}

/** One answer, from the device's path to the line before the next. */
interface Block {
  readonly path: string;
  /** `Guest features`, `VRing`. */
  section: string;
  /** Words by section. */
  readonly lists: Map<string, string[]>;
  /** By section and name. */
  readonly values: Map<string, string>;
}

function addLine(block: Block, line: string): void {
  const unknown = /^\s+unknown-features\((0x[0-9a-f]{1,16})\)/i.exec(line)?.[1];
  const word = /^\t(\w+)(?::|,|$)/.exec(line)?.[1];
  const [, name, value = ""] = /^ {2,6}([\w ]+):\s*(.*)$/.exec(line) ?? [];
  if (unknown !== undefined) block.values.set(`${block.section}.unknown`, unknown);
  else if (word !== undefined) {
    const list = block.lists.get(block.section) ?? [];
    block.lists.set(block.section, list);
    list.push(word);
  } else if (name !== undefined && value.trim() === "") {
    block.section = name;
    block.lists.set(name, block.lists.get(name) ?? []);
  } else if (name !== undefined) {
    const inside = /^ {4}/.test(line);
    block.values.set(inside ? `${block.section}.${name}` : name, value.trim());
  }
}

function answerOf({ lists, values }: Block): Record<string, unknown> | undefined {
  const name = values.get("device_name");
  if (name === undefined) return undefined;
  const number = (key: string): number => Number(values.get(key) ?? Number.NaN);
  const flag = (key: string): boolean | undefined => {
    const word = values.get(key);
    return word === "true" || word === "false" ? word === "true" : undefined;
  };
  if (values.has("queue_index")) {
    return {
      name,
      "queue-index": number("queue_index"),
      inuse: number("inuse"),
      "used-idx": number("used_idx"),
      "last-avail-idx": number("last_avail_idx"),
      "vring-num": number("VRing.num"),
      "vring-desc": number("VRing.desc"),
      "vring-avail": number("VRing.avail"),
      "vring-used": number("VRing.used"),
    };
  }
  if (!lists.has("Guest features")) return undefined;
  const features = (section: string): Record<string, unknown> => {
    const unknown = values.get(`${section}.unknown`);
    return {
      transports: lists.get(section) ?? [],
      ...(unknown === undefined ? {} : { "unknown-dev-features": Number(unknown) }),
    };
  };
  return {
    name,
    broken: flag("broken"),
    "vm-running": flag("vm_running"),
    "vhost-started": flag("vhost_started"),
    status: { statuses: lists.get("status") ?? [] },
    "guest-features": features("Guest features"),
    ...(lists.has("Host features") ? { "host-features": features("Host features") } : {}),
  };
}
