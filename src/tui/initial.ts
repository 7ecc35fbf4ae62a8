import type { CaseFacts, Model } from "./model.ts";
import type { ThemeName } from "./theme.ts";

/** What a case remembers of its last session, as far as it still fits. */
export interface Remembered {
  readonly seq?: number;
  readonly filter?: string;
  readonly history?: readonly string[];
  readonly marks?: Model["marks"];
}

export function initialModel(
  facts: CaseFacts,
  size: { readonly columns: number; readonly rows: number },
  theme: ThemeName,
  remembered: Remembered = {},
): Model {
  const first = facts.findings.find(({ seq }) => seq !== null)?.seq ?? 0;
  // A device's log alone tells of no add.
  const onlyElements = facts.hasElements && facts.queues.every(({ requests }) => requests === 0);
  const inside = remembered.seq !== undefined && remembered.seq < facts.endEvent;
  return {
    ...size,
    theme,
    view: "overview",
    trail: [],
    last: "events",
    case: facts,
    seq: inside ? (remembered.seq ?? first) : first,
    overview: { cursor: 0 },
    findings: { cursor: 0, pane: "list", proofCursor: 0, proof: undefined },
    events: {
      page: [],
      cursor: 0,
      filter: remembered.filter ?? "",
      search: "",
      detail: undefined,
      pane: "list",
      detailTop: 0,
    },
    ring: {
      queue: undefined,
      picture: undefined,
      before: undefined,
      event: undefined,
      pane: "slots",
      bufferCursor: 0,
      top: 0,
      reason: undefined,
    },
    requests: {
      leg: onlyElements ? "pop_to_fill" : "add_to_return",
      queue: undefined,
      data: undefined,
      cursor: 0,
    },
    sql: {
      text: "",
      history: remembered.history ?? [],
      answer: undefined,
      error: undefined,
      cursor: 0,
    },
    marks: remembered.marks ?? [],
    prompt: undefined,
    overlay: undefined,
    message:
      facts.unkept === undefined
        ? undefined
        : { tone: "info", text: `marks and the place are not kept: ${facts.unkept}` },
    busy: undefined,
    ended: false,
  };
}
