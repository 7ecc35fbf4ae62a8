/** What a terminal may act on beside C0: DEL, the C1 set, and the Unicode ones that turn a line around. */
const BEYOND_C0 = "\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff";
const CONTROLS = new RegExp(`[\\u0000-\\u001f${BEYOND_C0}]`, "g");
const RAW_IN_JSON = new RegExp(`[${BEYOND_C0}]`, "g");

/** Text from a trace, made inert: control characters become visible escapes, so that no terminal acts on them. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (char) =>
    char.charCodeAt(0) < 0x100 ? `\\x${hexDigits(char, 2)}` : `\\u${hexDigits(char, 4)}`,
  );
}

/**
 * JSON of a value that a terminal may show: the same value, with every control character escaped.
 * JSON itself escapes C0 only; its own newlines stay, where `indent` asks for them.
 */
export function printableJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    RAW_IN_JSON,
    (char) => `\\u${hexDigits(char, 4)}`,
  );
}

function hexDigits(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, "0");
}
