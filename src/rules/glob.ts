/** A test for a pattern in which `*` stands for any text and `?` for one character. */
export function globTest(pattern: string): (text: string) => boolean {
  const source = pattern
    .split("")
    .map((char) =>
      char === "*" ? ".*" : char === "?" ? "." : char.replace(/[\\^$.+()[\]{}|]/, "\\$&"),
    )
    .join("");
  const regex = new RegExp(`^${source}$`, "su");
  return (text) => regex.test(text);
}
