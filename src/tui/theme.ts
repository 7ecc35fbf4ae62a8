import type { Line, Style } from "./line.ts";

export const THEMES = ["dark", "light", "mono"] as const;
export type ThemeName = (typeof THEMES)[number];

/** Numbers of SGR (ECMA-48, 8.3.117): attributes alone in mono, the sixteen colours of the terminal else. */
const MONO: Readonly<Record<Style, string>> = {
  plain: "",
  dim: "",
  bold: "1",
  title: "1",
  error: "1",
  warning: "1",
  note: "",
  good: "",
  driver: "",
  device: "",
  mark: "1",
  changed: "4",
  key: "1",
  cursor: "7",
};

const DARK: Readonly<Record<Style, string>> = {
  ...MONO,
  dim: "90",
  title: "1;36",
  error: "1;31",
  warning: "33",
  note: "36",
  good: "32",
  driver: "32",
  device: "35",
  mark: "1;33",
  changed: "1;4",
  key: "36",
};

/** Yellow and cyan cannot be read on white. */
const LIGHT: Readonly<Record<Style, string>> = {
  ...DARK,
  title: "1;34",
  warning: "35",
  note: "34",
  mark: "1;35",
  key: "34",
};

const TABLES: Readonly<Record<ThemeName, Readonly<Record<Style, string>>>> = {
  dark: DARK,
  light: LIGHT,
  mono: MONO,
};

const ESC = "\u001b[";

/** A line as the terminal takes it. Its text is inert: only what stands here is a control sequence. */
export function painted(row: Line, theme: ThemeName): string {
  const table = TABLES[theme];
  return row
    .map(({ text, style }) => {
      const code = table[style];
      return code === "" || text === "" ? text : `${ESC}${code}m${text}${ESC}0m`;
    })
    .join("");
}

/** NO_COLOR and dumb terminals have none; COLORFGBG, where a terminal sets it, tells light from dark. */
export function themeOf(env: Readonly<Record<string, string | undefined>>): ThemeName {
  if ((env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb") return "mono";
  const background = Number(env["COLORFGBG"]?.split(";").at(-1) ?? Number.NaN);
  return background === 7 || background >= 9 ? "light" : "dark";
}
