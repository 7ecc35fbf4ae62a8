import { BINDINGS, bindingsOf } from "../keymap.ts";
import { type Line, line, span } from "../line.ts";
import type { Model } from "../model.ts";

/** Keys as they stand on a keyboard. */
const NAMES: Readonly<Record<string, string>> = {
  space: "Space",
  enter: "Enter",
  esc: "Esc",
  tab: "Tab",
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  pageup: "PgUp",
  pagedown: "PgDn",
  home: "Home",
  end: "End",
};

export function keyName(key: string): string {
  if (key.startsWith("ctrl-")) return `Ctrl-${key.slice(5).toUpperCase()}`;
  return NAMES[key] ?? key;
}

/** The keys of the view at hand; those that do nothing now say why. */
export function helpRows(model: Model, width: number): readonly Line[] {
  const own = new Set(BINDINGS.filter(({ views }) => views !== "all").map(({ id }) => id));
  const bindings = bindingsOf(model.view);
  const names = bindings.map(({ keys }) => keys.map(keyName).join(" "));
  const wide = Math.max(...names.map((name) => name.length));
  return [
    line(
      span(`keys: ${model.view}`, "title"),
      span("   any key closes this, j and k scroll", "dim"),
    ),
    ...bindings.map(({ id, help, disabled }, at) => {
      const reason = disabled?.(model);
      return line(
        "  ",
        span((names[at] ?? "").padEnd(wide), "key"),
        "  ",
        span(help, own.has(id) ? "bold" : "plain"),
        span(reason === undefined ? "" : `  (${reason})`, "dim"),
      );
    }),
  ].map((row) => row.slice(0, width));
}
