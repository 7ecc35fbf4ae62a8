/** A test for a pattern in which `*` stands for any text and `?` for one character. */
export function globTest(pattern: string): (text: string) => boolean {
  // A run of stars is one: several would make the search slow for nothing.
  const source = pattern
    .replace(/\*+/g, "*")
    .split("")
    .map((char) =>
      char === "*" ? ".*" : char === "?" ? "." : char.replace(/[\\^$.+()[\]{}|]/, "\\$&"),
    )
    .join("");
  const regex = new RegExp(`^${source}$`, "su");
  return (text) => regex.test(text);
}
