/**
 * 64-bit pointers as plain numbers, exactly.
 *
 * A pointer is kept sign-extended: a canonical kernel address is a small negative number, and a
 * double holds it exactly. A value that a double cannot hold gets a number with a fraction (which
 * no exact pointer has) that stands for an entry of this table. Equal pointers are equal numbers.
 */
export class PointerTable {
  /** Distinct inexact pointers kept; a trace with more of them is noise, and gets no identity. */
  static readonly WIDE_MAX = 1 << 20;
  readonly #wide: bigint[] = [];
  readonly #byValue = new Map<bigint, number>();

  /** The number for a pointer given as two unsigned 32-bit halves; NaN when the table is full. */
  fromHalves(high: number, low: number): number {
    const signedHigh = high | 0;
    // A double holds 53 bits. What a value has beyond them must be zero at its low end: an aligned
    // address of 57 bits still fits.
    const bitsOver = 11 - Math.clz32(Math.abs(signedHigh));
    if (bitsOver <= 0 || (low & ((1 << bitsOver) - 1)) === 0) {
      return signedHigh * 0x1_0000_0000 + low;
    }
    const exact = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
    let id = this.#byValue.get(exact);
    if (id === undefined) {
      if (this.#wide.length >= PointerTable.WIDE_MAX) return Number.NaN;
      id = this.#wide.length;
      this.#wide.push(exact);
      this.#byValue.set(exact, id);
    }
    return id + 0.5;
  }

  /** Inexact pointers from a number on, in order, for a copy of the table. */
  wideFrom(id: number): bigint[] {
    return this.#wide.slice(id);
  }

  /** Takes in what {@link wideFrom} gave. */
  addWide(values: readonly bigint[]): void {
    for (const value of values) {
      this.#byValue.set(value, this.#wide.length);
      this.#wide.push(value);
    }
  }

  /** The pointer as a signed 64-bit number. */
  exact(pointer: number): bigint {
    return Number.isInteger(pointer) ? BigInt(pointer) : (this.#wide[Math.floor(pointer)] ?? 0n);
  }

  /** `0x` and 16 or fewer hex digits, unsigned, as the kernel prints a pointer. */
  text(pointer: number): string {
    return `0x${BigInt.asUintN(64, this.exact(pointer)).toString(16)}`;
  }
}
