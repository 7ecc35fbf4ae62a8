import { ACTIONS } from "./actions.ts";
import { BINDINGS, bindingFor } from "./keymap.ts";
import type { Cmd, Msg } from "./messages.ts";
import type { Mark, Model, Prompt } from "./model.ts";
import { clamp, found, pageAt, type Step, show, still, tell } from "./place.ts";
import { promptChoices, promptEntered, promptKey, promptText } from "./prompt.ts";
import { overlayReach } from "./rows/frame.ts";
import { saveable } from "./rows/saveable.ts";

/** All that changes the model. It asks nobody: what is to be done stands in the answer. */
export function update(model: Model, msg: Msg): Step {
  switch (msg.kind) {
    case "key":
      return pressed(model, msg.key);
    case "typed":
      return typed(model, msg.text);
    case "action":
      return act(model, msg.id);
    case "resized":
      return resized(model, msg.columns, msg.rows);
    case "told":
      return tell({ ...model, busy: undefined }, msg.tone, msg.text);
    case "working":
      return still({ ...model, busy: msg.what });
    case "filterChecked":
      return still(checked(model, msg.text, msg.wrong));
    case "choicesFound":
      return still(promptChoices(model, msg.text, msg.choices));
    default:
      return answered({ ...model, busy: undefined }, msg);
  }
}

type Answer = Exclude<
  Msg,
  {
    kind:
      | "key"
      | "typed"
      | "action"
      | "resized"
      | "told"
      | "working"
      | "filterChecked"
      | "choicesFound";
  }
>;

/** What was asked for has come. */
function answered(model: Model, msg: Answer): Step {
  switch (msg.kind) {
    case "caseChanged":
      return still({ ...model, case: { ...model.case, ...msg.facts } });
    case "proofLoaded": {
      const { id, evidence, effects } = msg;
      return still({ ...model, findings: { ...model.findings, proof: { id, evidence, effects } } });
    }
    case "pageLoaded":
      return paged(model, msg);
    case "detailLoaded": {
      const opened = { ...model, events: { ...model.events, detail: msg.detail, detailTop: 0 } };
      // The pane takes rows of the list.
      return [opened, model.events.detail === undefined ? [pageAt(opened, opened.seq)] : []];
    }
    case "seqFound":
      return msg.seq === undefined ? tell(model, "info", msg.otherwise) : found(model, msg.seq);
    case "ringLoaded": {
      const { picture, event } = msg;
      const same = model.ring.picture?.queue === picture.queue;
      const ring = {
        ...model.ring,
        queue: picture.queue,
        picture,
        before: same ? model.ring.picture : undefined,
        event,
        bufferCursor: Math.min(model.ring.bufferCursor, Math.max(0, picture.buffers.length - 1)),
        reason: undefined,
      };
      return still({ ...model, seq: picture.seq, ring });
    }
    case "ringMissing": {
      const { queue, reason } = msg;
      const ring = {
        ...model.ring,
        queue,
        picture: undefined,
        before: undefined,
        event: undefined,
        reason,
      };
      return still({ ...model, ring });
    }
    case "requestsLoaded":
      return still({ ...model, requests: { ...model.requests, data: msg.data, cursor: 0 } });
    case "sqlAnswered": {
      const { text, answer } = msg;
      const sql = { ...remembered(model, text), answer, error: undefined, cursor: 0 };
      return sqlShown({ ...model, sql });
    }
    case "sqlFailed":
      return sqlShown({ ...model, sql: { ...remembered(model, msg.text), error: msg.error } });
    default:
      return msg satisfies never;
  }
}

const HISTORY_MAX = 100;

function remembered(model: Model, text: string): Model["sql"] {
  const history = [text, ...model.sql.history.filter((one) => one !== text)].slice(0, HISTORY_MAX);
  return { ...model.sql, text, history };
}

function sqlShown(model: Model): Step {
  const [shown, cmds] = show(model, "sql");
  return [
    shown,
    [...cmds, { kind: "state", key: "sql", value: JSON.stringify(model.sql.history) }],
  ];
}

function paged(model: Model, { page, cursor, filter }: Extract<Msg, { kind: "pageLoaded" }>): Step {
  if (filter !== model.events.filter) return still(model);
  const events = { ...model.events, page, cursor };
  const seq = page[cursor]?.seq;
  if (seq === undefined) return still({ ...model, events });
  const detail: Cmd[] =
    events.detail !== undefined && events.detail.seq !== seq ? [{ kind: "detail", seq }] : [];
  return [{ ...model, events, seq }, detail];
}

function checked(model: Model, text: string, wrong: Prompt["wrong"]): Model {
  const { prompt } = model;
  if (prompt?.kind !== "filter" || prompt.text !== text) return model;
  return { ...model, prompt: { ...prompt, wrong } };
}

function resized(model: Model, columns: number, rows: number): Step {
  const sized = { ...model, columns, rows };
  if (model.view === "events") return [sized, [pageAt(sized, sized.seq)]];
  return still(sized);
}

function pressed(model: Model, key: string): Step {
  const { prompt, overlay } = model;
  if (prompt !== undefined) return promptPressed(model, prompt, key);
  if (overlay !== undefined) return overlayPressed(model, key);
  const binding = bindingFor(key, model.view);
  if (binding === undefined)
    return tell(model, "info", `${key} does nothing here; ? lists the keys`);
  return act(model, binding.id);
}

function act(model: Model, id: string): Step {
  const binding = BINDINGS.find((one) => one.id === id);
  const action = ACTIONS[id];
  if (binding === undefined || action === undefined)
    return tell(model, "error", `there is no command ${id}`);
  const reason = binding.disabled?.(model);
  if (reason !== undefined) return tell(model, "info", reason);
  if (binding.views !== "all" && !binding.views.includes(model.view)) {
    const [shown, cmds] = act(model, binding.views[0] as string);
    const [done, more] = action(shown);
    return [done, [...cmds, ...more]];
  }
  // A message stays until the next key.
  const quiet = id === "cancel" ? model : { ...model, message: undefined };
  return action(quiet);
}

function typed(model: Model, text: string): Step {
  const { prompt } = model;
  if (prompt === undefined) return still(model);
  if (prompt.kind === "mark") return named(model, prompt, [...text][0] ?? "");
  return promptText(model, prompt, text);
}

/** Marks are named by one letter; `'` before it asks for the way there. */
function named(model: Model, { text }: Prompt, letter: string): Step {
  const closed: Model = { ...model, prompt: undefined };
  if (!/^[a-z0-9]$/i.test(letter)) return tell(closed, "error", "a mark is a letter or a digit");
  if (text === "'") {
    const mark = model.marks.find(({ name }) => name === letter);
    if (mark === undefined) return tell(closed, "info", `there is no mark ${letter}`);
    return found(closed, mark.seq);
  }
  const mark: Mark = { name: letter, seq: model.seq };
  const marks = [...model.marks.filter(({ name }) => name !== letter), mark];
  const marked: Model = {
    ...closed,
    marks,
    message: { tone: "info", text: `mark ${letter} is set` },
  };
  return [marked, [{ kind: "mark", mark }]];
}

function promptPressed(model: Model, prompt: Prompt, key: string): Step {
  if (key !== "enter") {
    if ([...key].length === 1) return typed(model, key);
    if (key === "space") return typed(model, " ");
    return promptKey(model, prompt, key);
  }
  const closed: Model = { ...model, prompt: undefined };
  switch (prompt.kind) {
    case "command": {
      const choice = prompt.choices[prompt.chosen];
      if (choice?.action === undefined)
        return tell(closed, "error", `there is no command ${prompt.text}`);
      return act(closed, choice.action);
    }
    case "sql": {
      const chosen = prompt.text.trim() === "" ? prompt.choices[prompt.chosen]?.text : prompt.text;
      const text = (chosen ?? "").trim();
      return text === "" ? still(closed) : [closed, [{ kind: "sql", text }]];
    }
    case "save": {
      const path = prompt.text.trim();
      if (path === "") return still(closed);
      return [closed, [{ kind: "save", path, what: saveable(model, path) }]];
    }
    default:
      return promptEntered(model, prompt);
  }
}

function overlayPressed(model: Model, key: string): Step {
  const { overlay } = model;
  if (overlay === undefined) return still(model);
  const closed: Model = { ...model, overlay: undefined };
  const top = (by: number): Step => {
    const most = overlayReach(model);
    const next = clamp(Math.min(overlay.top, most) + by, most);
    return still({ ...model, overlay: { ...overlay, top: next } });
  };
  switch (bindingFor(key, model.view)?.id) {
    case "down":
      return top(1);
    case "up":
      return top(-1);
    case "pageDown":
      return top(model.rows - 4);
    case "pageUp":
      return top(4 - model.rows);
    case "copy":
      return [closed, [{ kind: "copy", text: overlay.kind === "same" ? overlay.text : "" }]];
    case "quit":
      return act(closed, "quit");
    default:
      return still(closed);
  }
}
