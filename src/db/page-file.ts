import { closeSync, openSync, readSync, writeSync } from "node:fs";

/** Pages written to the file at once. */
const PAGES_AT_ONCE = 32;
/** In the file's header (sqlite.org/fileformat2.html, 1.3): its size in pages. */
const SIZE_OFFSET = 28;
/** What SQLite locks a file by; the page that holds this byte is never used (1.3). */
const LOCK_BYTE = 0x4000_0000;

/** A file that SQLite made and nobody has open, to which pages are added behind those that are there. */
export class PageFile {
  readonly pageSize: number;
  readonly #file: number;
  readonly #lockPage: number;
  #open = true;
  #last: number;
  /** Pages that are not written yet, the last of them the last of all. */
  readonly #pages: Buffer;
  #pagesEnd = 0;

  constructor(path: string) {
    this.#file = openSync(path, "r+");
    const header = Buffer.alloc(100);
    readSync(this.#file, header, 0, header.length, 0);
    this.pageSize = header.readUInt16BE(16);
    this.#lockPage = LOCK_BYTE / this.pageSize + 1;
    this.#last = header.readUInt32BE(SIZE_OFFSET);
    this.#pages = Buffer.alloc(this.pageSize * PAGES_AT_ONCE);
  }

  /** Number that the next page will have. */
  get next(): number {
    return this.behind(this.#last);
  }

  /** Number of the page behind another. */
  behind(page: number): number {
    return page + 1 === this.#lockPage ? page + 2 : page + 1;
  }

  /** Answers with the number of the page. */
  append(page: Uint8Array): number {
    const { next } = this;
    if (next !== this.#last + 1) this.#flush();
    this.#pages.set(page, this.#pagesEnd);
    this.#pagesEnd += this.pageSize;
    this.#last = next;
    if (this.#pagesEnd === this.#pages.length) this.#flush();
    return next;
  }

  /** Writes a page in the place of one that SQLite made. */
  replace(page: number, bytes: Uint8Array): void {
    this.#write(bytes, (page - 1) * this.pageSize);
  }

  /** From here on it is SQLite's again. */
  finish(): void {
    this.#flush();
    const size = Buffer.alloc(4);
    size.writeUInt32BE(this.#last);
    this.#write(size, SIZE_OFFSET);
    this.close();
  }

  /** Lets go of the file; without `finish` it is to be thrown away. */
  close(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }

  #flush(): void {
    const first = this.#last + 1 - this.#pagesEnd / this.pageSize;
    this.replace(first, this.#pages.subarray(0, this.#pagesEnd));
    this.#pagesEnd = 0;
  }

  #write(bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#file, bytes, at, bytes.length - at, position + at);
    }
  }
}
