import type { CaseView, EventFacts } from "../db/case-view.ts";
import type { FilterSql } from "../db/filter-sql.ts";
import type { Cmd } from "./messages.ts";

/** Seqs that one query looks at: behind each the screen may take a key. */
const STRETCH = 40_000;

interface Wanted {
  readonly from: number;
  readonly forward: boolean;
  readonly count: number;
  readonly filter: FilterSql | undefined;
}

/**
 * Events from a place on, in either direction, `from` not among them. Without a filter it is one query;
 * with one it goes on by stretches, and gives way between them.
 */
async function collect(
  view: CaseView,
  { from, forward, count, filter }: Wanted,
  ended: AbortSignal,
  told: (at: number) => void,
): Promise<EventFacts[]> {
  const limit = forward ? view.endEvent : 0;
  const found: EventFacts[] = [];
  if (count <= 0) return found;
  if (filter === undefined) return view.page({ from, until: limit, forward, limit: count, filter });
  for (let at = from; forward ? at < limit : at > limit; ) {
    const until = forward ? Math.min(at + STRETCH, limit) : Math.max(at - STRETCH, limit);
    found.push(...view.page({ from: at, until, forward, limit: count - found.length, filter }));
    if (found.length >= count) break;
    at = until;
    told(at);
    await breathe();
    if (ended.aborted) return found;
  }
  return found;
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A page with the wanted event, or the nearest that the filter lets through, on a row of it. */
export async function pageOf(
  view: CaseView,
  { seq, row, count, direction }: Extract<Cmd, { kind: "page" }>,
  filter: FilterSql | undefined,
  ended: AbortSignal,
  told: (at: number) => void,
): Promise<{ readonly page: readonly EventFacts[]; readonly cursor: number }> {
  const down = direction > 0;
  const get = (from: number, forward: boolean, wanted: number): Promise<EventFacts[]> =>
    collect(view, { from, forward, count: wanted, filter }, ended, told);
  // `ahead` begins with the event itself, in the direction of the move.
  const wanted = down ? count - row : row + 1;
  const ahead = await get(seq - direction, down, wanted);
  const behind = await get(seq, !down, count - wanted);
  const short = count - ahead.length - behind.length;
  if (short > 0) {
    // One side has ended: the other fills the page.
    const [side, forward] = ahead.length < wanted ? [behind, !down] : [ahead, down];
    side.push(...(await get(side.at(-1)?.seq ?? seq, forward, short)));
  }
  const [before, after] = down ? [behind, ahead] : [ahead, behind];
  const page = [...before.reverse(), ...after];
  const cursor = down ? behind.length : ahead.length - 1;
  return { page, cursor: Math.max(0, Math.min(cursor, page.length - 1)) };
}

/** The next event whose text fits, or undefined. */
export async function searched(
  view: CaseView,
  pattern: RegExp,
  { from, direction }: Extract<Cmd, { kind: "search" }>,
  filter: FilterSql | undefined,
  textOf: (event: EventFacts) => string,
  ended: AbortSignal,
  told: (at: number) => void,
): Promise<number | undefined> {
  const forward = direction > 0;
  const limit = forward ? view.endEvent : 0;
  for (let at = from; forward ? at < limit : at > limit; ) {
    const until = forward ? Math.min(at + SEARCH_STRETCH, limit) : Math.max(at - SEARCH_STRETCH, 0);
    const events = view.page({ from: at, until, forward, limit: SEARCH_STRETCH, filter });
    const found = events.find((event) => pattern.test(textOf(event)));
    if (found !== undefined) return found.seq;
    at = until;
    told(at);
    await breathe();
    if (ended.aborted) return undefined;
  }
  return undefined;
}

/** Rows whose text is made before the screen may take a key. */
const SEARCH_STRETCH = 2000;
