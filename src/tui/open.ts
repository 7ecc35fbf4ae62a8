import type { CaseNotes } from "../db/case-notes.ts";
import { CaseView } from "../db/case-view.ts";
import type { CaseReader } from "../db/reader.ts";
import { UserError } from "../model/user-error.ts";
import { type Ask, Commands, type Notes, type Rings, type Terminal } from "./commands.ts";
import { initialModel, type Remembered } from "./initial.ts";
import type { CaseFacts, Mark } from "./model.ts";
import { type Around, ScreenSession, type Streams, sizeOf } from "./run.tsx";
import { Store } from "./store.ts";
import type { ThemeName } from "./theme.ts";

export interface OpenCase {
  readonly path: string;
  readonly inputs: readonly string[];
  readonly temporary: boolean;
  readonly reader: CaseReader;
  readonly rings: Rings;
  readonly ask: Ask;
  /** Where marks, waivers and the place are kept; undefined where the case cannot be written, and `unkept` says why. */
  readonly keeping: CaseNotes | undefined;
  readonly unkept: string | undefined;
}

/** The screen of a case without a terminal around it: its state, and what does its commands. */
export function screenOf(
  opened: OpenCase,
  size: { readonly columns: number; readonly rows: number },
  theme: ThemeName,
  terminal: Terminal,
): { readonly store: Store; readonly commands: Commands } {
  const view = new CaseView(opened.reader);
  const facts = factsOf(view, opened);
  const remembered = opened.keeping === undefined ? {} : rememberedOf(opened.keeping);
  const store = new Store(initialModel(facts, size, theme, remembered));
  const parts = {
    reader: opened.reader,
    ask: opened.ask,
    view,
    sources: facts.sources,
    queueIds: facts.queues.map(({ id }) => id),
    queueKeys: new Map(facts.queues.map(({ id, key }) => [id, key])),
    rings: opened.rings,
    notes: notesOf(opened.keeping),
    terminal,
    waived: () => store.model.case.waived,
    kept: opened.keeping !== undefined && !opened.temporary,
    history: () => store.model.sql.history,
  };
  return { store, commands: new Commands(parts, store.dispatch) };
}

/** Shows a case on the terminal until the user ends it. */
export async function openScreen(
  opened: OpenCase,
  streams: Streams,
  theme: ThemeName,
  around: Around,
): Promise<void> {
  const session = new ScreenSession(streams);
  const { store, commands } = screenOf(opened, sizeOf(streams.stdout), theme, session);
  store.run = (cmd) => void commands.run(cmd);
  await session.run(store, around);
  if (opened.keeping === undefined) return;
  try {
    opened.keeping.setState("seq", String(store.model.seq));
  } catch (error) {
    // The place of a session that has ended is not worth a failure.
    if (!(error instanceof UserError)) throw error;
  }
}

function factsOf(view: CaseView, opened: OpenCase): CaseFacts {
  const sources = view.sources();
  return {
    path: opened.path,
    inputs: opened.inputs,
    temporary: opened.temporary,
    sources,
    queues: view.queues(),
    activity: view.activity(),
    summary: view.summary(),
    reasons: view.reasons(),
    findings: view.findings(),
    diagnostics: view.diagnostics(),
    waived: new Map(
      opened.keeping?.waivers().map(({ fingerprint, reason }) => [fingerprint, reason]) ?? [],
    ),
    endEvent: view.endEvent,
    hasElements: view.hasElements,
    unkept: opened.unkept,
  };
}

function rememberedOf(keeping: CaseNotes): Remembered {
  const seq = Number(keeping.state("seq") ?? Number.NaN);
  const history: unknown = JSON.parse(keeping.state("sql") ?? "[]");
  return {
    ...(Number.isInteger(seq) && seq >= 0 ? { seq } : {}),
    filter: keeping.state("filter") ?? "",
    history: Array.isArray(history) ? history.filter((one) => typeof one === "string") : [],
    marks: keeping.marks().map(({ name, event }): Mark => ({ name, seq: event })),
  };
}

/** Without a place to keep them, marks and waivers last as long as the session. */
function notesOf(keeping: CaseNotes | undefined): Notes {
  const made = (): string => new Date().toISOString();
  return {
    mark: ({ name, seq }) => keeping?.setMark({ name, event: seq, text: "", made: made() }),
    waive: (fingerprint, rule, reason) =>
      keeping?.setWaiver({ fingerprint, rule, reason, made: made() }),
    state: (key, value) => keeping?.setState(key, value),
  };
}
