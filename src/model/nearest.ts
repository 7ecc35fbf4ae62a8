/** Names that are shown where one is unknown. */
const SHOWN = 3;

/** The names that take the fewest changes to become `wanted`, whole or behind their slash. */
export function nearest(wanted: string, names: readonly string[]): string[] {
  const plain = wanted.replace(/[*?]/g, "");
  const cost = (name: string): number =>
    Math.min(changes(plain, name), changes(plain, name.replace(/^.*\//, "")));
  return names
    .map((name) => ({ name, cost: cost(name) }))
    .sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ name }) => name);
}

/** Levenshtein's distance, one row at a time. */
function changes(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const swap = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
