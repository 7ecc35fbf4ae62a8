import type { PageFile } from "./page-file.ts";

/** What the first byte of a page says it is (sqlite.org/fileformat2.html, 1.6). */
export const TABLE = { leaf: 0x0d, interior: 0x05 } as const;
export const INDEX = { leaf: 0x0a, interior: 0x02 } as const;

const LEAF_HEADER = 8;
const INTERIOR_HEADER = 12;

/** A page below another, and what stands behind its number there: all in it come before that. */
interface Child {
  readonly page: number;
  readonly key: Uint8Array;
}

/** Writes the pages of one tree, from its first cell to its last. */
export class PageTree {
  readonly #file: PageFile;
  readonly #root: number;
  readonly #kind: typeof TABLE | typeof INDEX;
  readonly #leaf: PageCells;
  readonly #leaves: Child[] = [];
  #keyMax = 0;

  /** `root`: its page, by sqlite_schema, on which nothing stands yet. */
  constructor(file: PageFile, root: number, kind: typeof TABLE | typeof INDEX) {
    this.#file = file;
    this.#root = root;
    this.#kind = kind;
    this.#leaf = new PageCells(file.pageSize);
  }

  /** Cells of the leaf at hand. Whoever adds one asks first whether it has room. */
  get leaf(): PageCells {
    return this.#leaf;
  }

  /** Ends the leaf at hand. `key`: what divides it from the next. */
  divide(key: Uint8Array): void {
    this.#keyMax = Math.max(this.#keyMax, key.length);
    this.#leaves.push({ page: this.#file.append(this.#leaf.take(this.#kind.leaf)), key });
  }

  /** Puts what is above the leaves. */
  finish(): void {
    if (this.#leaves.length === 0) {
      // The root is a leaf, empty or not.
      this.#file.replace(this.#root, this.#leaf.take(this.#kind.leaf));
      return;
    }
    this.divide(new Uint8Array());
    const room = this.#file.pageSize - INTERIOR_HEADER;
    const most = Math.floor(room / (2 + 4 + this.#keyMax)) + 1;
    let level: readonly Child[] = this.#leaves;
    while (level.length > most) level = this.#above(level, most);
    this.#file.replace(this.#root, this.#interior(level));
  }

  /** Pages above others, filled alike: none of them may be left with a single child. */
  #above(children: readonly Child[], most: number): Child[] {
    const pages = Math.ceil(children.length / most);
    return Array.from({ length: pages }, (_, i) => {
      const from = Math.floor((i * children.length) / pages);
      const to = Math.floor(((i + 1) * children.length) / pages);
      const of = children.slice(from, to);
      return { page: this.#file.append(this.#interior(of)), key: (of.at(-1) as Child).key };
    });
  }

  #interior(children: readonly Child[]): Uint8Array {
    const cells = new PageCells(this.#file.pageSize);
    for (const { page, key } of children.slice(0, -1)) {
      const at = cells.begin();
      putUint32(cells.bytes, at, page);
      cells.bytes.set(key, at + 4);
      cells.end(at + 4 + key.length);
    }
    return cells.take(this.#kind.interior, (children.at(-1) as Child).page);
  }
}

/** Cells of one page, one behind the other, and where each begins. */
export class PageCells {
  readonly bytes: Uint8Array;
  readonly #starts: Int32Array;
  #count = 0;
  #end = 0;

  constructor(pageSize: number) {
    this.bytes = new Uint8Array(pageSize);
    this.#starts = new Int32Array(pageSize / 4);
  }

  /** Bytes that a leaf has left for one more cell. */
  get room(): number {
    return this.bytes.length - LEAF_HEADER - 2 * (this.#count + 1) - this.#end;
  }

  /** A cell begins here in `bytes`; {@link end} tells where it ends. */
  begin(): number {
    this.#starts[this.#count++] = this.#end;
    return this.#end;
  }

  end(at: number): void {
    this.#end = at;
  }

  /** Takes the last cell out. */
  pop(): Uint8Array {
    const start = this.#starts[--this.#count] as number;
    const cell = this.bytes.slice(start, this.#end);
    this.#end = start;
    return cell;
  }

  /** The page, and an empty one at hand. `right`: the last page below, of an interior page. */
  take(type: number, right?: number): Uint8Array {
    const page = new Uint8Array(this.bytes.length);
    const view = viewOf(page);
    const content = page.length - this.#end;
    view.setUint8(0, type);
    view.setUint16(3, this.#count);
    view.setUint16(5, content);
    if (right !== undefined) view.setUint32(LEAF_HEADER, right);
    let at = right === undefined ? LEAF_HEADER : INTERIOR_HEADER;
    for (let i = 0; i < this.#count; i++, at += 2) {
      view.setUint16(at, content + (this.#starts[i] as number));
    }
    page.set(this.bytes.subarray(0, this.#end), content);
    this.#count = 0;
    this.#end = 0;
    return page;
  }
}

export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  viewOf(bytes).setUint32(at, value);
}

/** Numbers that a Buffer writes are checked one by one, which shows where there are millions. */
function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
