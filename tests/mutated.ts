/** Inputs as no tool writes them: what happens to files in transit, and what somebody does to them. */

/** No mutated input is longer. */
export const MUTATED_BYTES_MAX = 6 * 1024;

type Random = () => number;
type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const NEWLINE = 0x0a;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A range, short more often than long. */
function rangeIn(bytes: Uint8Array, random: Random): readonly [from: number, to: number] {
  const from = below(random, bytes.length);
  const most = random() < 0.7 ? Math.min(64, bytes.length - from) : bytes.length - from;
  return [from, from + below(random, most + 1)];
}

/** The line that a byte is in, with its newline. */
function lineAround(bytes: Uint8Array, at: number): readonly [from: number, to: number] {
  const end = bytes.indexOf(NEWLINE, at);
  const from = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
  return [from, end < 0 ? bytes.length : end + 1];
}

const ABSURD_WORDS = [
  "0",
  "-1",
  "-0",
  "1e308",
  "NaN",
  "0x",
  "65536",
  "4294967295",
  "4294967296",
  "2147483648",
  "9007199254740993",
  "18446744073709551615",
  "99999999999999999999999",
  "0xffffffffffffffff",
  "0xfffffffffffffffff",
  "__proto__",
  "constructor",
  "",
];

const ABSURD_NUMBERS = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_ffffn,
];

/** Repeated, each asks something of a parser: depth, length, backtracking. */
export const RUNS = [
  "(",
  "[",
  "{",
  "x",
  "9",
  " ",
  "\n",
  "\0",
  "\t",
  '"',
  "-",
  "!",
  "=",
  "a=",
  "\x1b[9C",
];

const MUTATIONS: readonly Mutation[] = [
  function bits(bytes, random) {
    const copy = new Uint8Array(bytes);
    for (let left = 1 + below(random, 8); left > 0; left--) {
      const at = below(random, copy.length);
      copy[at] = (copy[at] as number) ^ (1 << below(random, 8));
    }
    return copy;
  },
  function cut(bytes, random) {
    const [from, to] = rangeIn(bytes, random);
    const how = random();
    if (how < 0.4) return bytes.subarray(0, from);
    if (how < 0.6) return bytes.subarray(from);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  function splice(bytes, random, others) {
    const other = others[below(random, others.length)] ?? bytes;
    const [from, to] = rangeIn(bytes, random);
    return joined(
      bytes.subarray(0, from),
      other.subarray(...rangeIn(other, random)),
      bytes.subarray(to),
    );
  },
  function duplicate(bytes, random) {
    const [from, to] = rangeIn(bytes, random);
    const block = bytes.subarray(from, to);
    const times = random() < 0.8 ? 1 : below(random, 50);
    return joined(
      bytes.subarray(0, to),
      ...Array<Uint8Array>(times).fill(block),
      bytes.subarray(to),
    );
  },
  function absurdNumber(bytes, random) {
    const copy = new Uint8Array(bytes);
    const width = [1, 2, 4, 8][below(random, 4)] as number;
    let left = ABSURD_NUMBERS[below(random, ABSURD_NUMBERS.length)] as bigint;
    const at = below(random, copy.length);
    const big = random() < 0.3;
    for (let i = 0; i < width; i++, left >>= 8n) {
      const place = at + (big ? width - 1 - i : i);
      if (place < copy.length) copy[place] = Number(left & 0xffn);
    }
    return copy;
  },
  function absurdWord(bytes, random) {
    const text = Buffer.from(bytes).toString("latin1");
    const words = [...text.matchAll(/(?:0x)?[0-9a-f]*\d[0-9a-f]*|"[^"\n]*"|\w+/g)];
    const word = words[below(random, words.length)];
    if (word === undefined) return bytes;
    const absurd = ABSURD_WORDS[below(random, ABSURD_WORDS.length)] as string;
    const behind = text.slice(word.index + word[0].length);
    return Buffer.from(text.slice(0, word.index) + absurd + behind, "latin1");
  },
  function line(bytes, random) {
    const [from, to] = lineAround(bytes, below(random, bytes.length));
    const [before, it, after] = [
      bytes.subarray(0, from),
      bytes.subarray(from, to),
      bytes.subarray(to),
    ];
    const how = random();
    if (how < 0.25) return joined(before, after);
    if (how < 0.5) return joined(before, it, it, after);
    if (how < 0.75) return joined(before, it.subarray(0, it.length - 1), after);
    return joined(it, before, after);
  },
  function run(bytes, random) {
    const at = below(random, bytes.length + 1);
    const what = RUNS[below(random, RUNS.length)] as string;
    const times = random() < 0.5 ? below(random, 40) : below(random, 4000 / what.length);
    const noise = Buffer.from(what.repeat(times), "latin1");
    return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
  },
  function noise(bytes, random) {
    const [from, to] = rangeIn(bytes, random);
    const copy = new Uint8Array(bytes);
    for (let at = from; at < to; at++) copy[at] = below(random, 256);
    return copy;
  },
];

/** One of the samples after a few mutations. */
export function mutated(samples: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = samples[below(random, samples.length)] ?? new Uint8Array(0);
  const times = random() < 0.5 ? 1 : 2 + below(random, 3);
  for (let left = times; left > 0 && bytes.length > 0; left--) {
    const mutation = MUTATIONS[below(random, MUTATIONS.length)] as Mutation;
    bytes = mutation(bytes, random, samples).subarray(0, MUTATED_BYTES_MAX);
  }
  // A view of its own: a reader must not look at what lies around it.
  return new Uint8Array(bytes);
}
