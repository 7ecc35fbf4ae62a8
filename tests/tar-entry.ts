/** Makes tar archives entry by entry, so that each fault can be had. */

export function tarEntry(
  name: string,
  content: string | Uint8Array,
  { kind = "0", size, link = "" }: { kind?: string; size?: string; link?: string } = {},
): Buffer {
  const bytes = Buffer.from(content as string);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write(size ?? `${bytes.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(kind, 156);
  header.write(link, 157);
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** The mark of the end. */
export const TAR_END = Buffer.alloc(1024);
