import { PARTIES, type Party, SEVERITIES, type Severity } from "../model/finding.ts";
import { UserError } from "../model/user-error.ts";
import { RULE_ID } from "../rules/own-rule.ts";
import { CLAUSES, type ClauseId } from "../virtio/clauses.ts";

/** One file of a folder of rules in SQL. */
export interface SqlRule {
  readonly path: string;
  readonly id: string;
  readonly severity: Severity;
  /** With `{column}` for the values of a row. */
  readonly message: string;
  readonly title: string;
  readonly party: Party;
  readonly clause: ClauseId | null;
  /** Columns whose values tell one mistake of the rule from another. */
  readonly fingerprint: readonly string[];
  /** The whole file: its lines are those that errors speak of. */
  readonly sql: string;
}

const KEYS = ["id", "severity", "message", "title", "clause", "party", "fingerprint"] as const;
type Key = (typeof KEYS)[number];
interface Value {
  readonly text: string;
  readonly line: number;
}

/**
 * Reads the head of a rule's file, comments `-- key: value`.
 *
 * @throws UserError when something of it is missing or not known.
 */
export function parseSqlRule(path: string, sql: string): SqlRule {
  const values = headOf(path, sql);
  const needed = (key: Key): Value => {
    const value = values.get(key);
    if (value !== undefined && value.text !== "") return value;
    throw refused(path, value?.line ?? 1, `the rule has no ${key}: a line \`-- ${key}: ...\``);
  };
  const oneOf = <T extends string>(key: Key, { text, line }: Value, known: readonly T[]): T => {
    if ((known as readonly string[]).includes(text)) return text as T;
    throw refused(path, line, `${key} is ${text}, not one of ${known.join(", ")}`);
  };
  const id = needed("id");
  if (!RULE_ID.test(id.text)) {
    throw refused(path, id.line, `the id ${id.text} is not of the form group/what-went-wrong`);
  }
  const clause = values.get("clause");
  if (clause !== undefined && !Object.hasOwn(CLAUSES, clause.text)) {
    throw refused(path, clause.line, `clause ${clause.text} is not known: virtio-1.3/SECTION`);
  }
  const party = values.get("party");
  const columns = values.get("fingerprint")?.text.split(",") ?? [];
  return {
    path,
    id: id.text,
    severity: oneOf("severity", needed("severity"), SEVERITIES),
    message: needed("message").text,
    title: values.get("title")?.text ?? "",
    party: party === undefined ? "unknown" : oneOf("party", party, PARTIES),
    clause: clause === undefined ? null : (clause.text as ClauseId),
    fingerprint: columns.map((column) => column.trim()).filter((column) => column !== ""),
    sql,
  };
}

/** The comments before the query. */
function headOf(path: string, sql: string): Map<Key, Value> {
  const values = new Map<Key, Value>();
  for (const [at, raw] of sql.split("\n").entries()) {
    const text = raw.trim();
    if (text === "") continue;
    if (!text.startsWith("--")) break;
    const found = /^--\s*([A-Za-z_-]+):\s*(.*)$/.exec(text);
    if (found === null) continue;
    const [, key = "", value = ""] = found;
    const line = at + 1;
    if (!(KEYS as readonly string[]).includes(key)) {
      throw refused(path, line, `${key} is none of ${KEYS.join(", ")}`);
    }
    if (values.has(key as Key)) throw refused(path, line, `${key} is given twice`);
    values.set(key as Key, { text: value.trim(), line });
  }
  return values;
}

/** The columns that the message names. */
export function placeholders(message: string): string[] {
  return [...message.matchAll(PLACEHOLDER)].map(([, column = ""]) => column);
}

/** The message, with a row's values in it. */
export function filled(message: string, value: (column: string) => string): string {
  return message.replace(PLACEHOLDER, (_all, column: string) => value(column));
}

const PLACEHOLDER = /\{([A-Za-z_]\w*)\}/g;

/** `FILE:LINE: what`, as compilers say it. */
export function refused(path: string, line: number, what: string): UserError {
  return new UserError("sql-rule-refused", `${path}:${line}: ${what}`, "see docs/own-rules.md");
}

/**
 * The line that SQLite's message is about, as well as the message tells: it has no position of its own.
 * `messageFor` answers with SQLite's message for a text, or undefined.
 */
export function errorLine(
  sql: string,
  message: string,
  messageFor: (sql: string) => string | undefined,
): number {
  const lines = sql.split("\n");
  const code = lines.map((line) => line.replace(/--.*$/, "").trim());
  const firstCode = Math.max(
    0,
    code.findIndex((line) => line !== ""),
  );
  if (/incomplete input/.test(message)) return code.findLastIndex((line) => line !== "") + 1;
  if (/syntax error|unrecognized token|more than one statement/.test(message)) {
    // The first line with which the parser stumbles over the same thing.
    for (let end = firstCode; end < lines.length; end++) {
      if (messageFor(lines.slice(0, end + 1).join("\n")) === message) return end + 1;
    }
  }
  const name = /: ([\w.]+)$/.exec(message)?.[1] ?? /function (\w+)\(\)/.exec(message)?.[1];
  if (name !== undefined) {
    const at = code.findIndex((line) => new RegExp(`\\b${name}\\b`).test(line));
    if (at >= 0) return at + 1;
  }
  return firstCode + 1;
}
