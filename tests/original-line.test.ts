import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { originalLine } from "../src/pipeline/original-line.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-line-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const TEXT = `${"x".repeat(300_000)}\nthe line größe\nbehind\n`;
const PLACE = { offset: 300_001, length: Buffer.byteLength("the line größe") };

test("a line is found by its bytes, in plain files and in packed ones", async () => {
  expect(await originalLine(file("a.txt", TEXT), PLACE)).toBe("the line größe");
  expect(await originalLine(file("a.txt.gz", gzipSync(TEXT)), PLACE)).toBe("the line größe");
});

test("bytes that are no UTF-8 are kept one by one", async () => {
  const path = file("b.txt", Uint8Array.of(0x61, 0xff, 0x62));
  expect(await originalLine(path, { offset: 0, length: 3 })).toBe("aÿb");
});

test("what is gone, or shorter than it was, is told", async () => {
  await expect(originalLine(join(folder, "gone"), PLACE)).rejects.toThrow("is not there any more");
  await expect(originalLine("-", PLACE)).rejects.toThrow("stdin, which is gone");
  await expect(originalLine(file("c.txt", "short"), PLACE)).rejects.toThrow("shorter than it was");
});
