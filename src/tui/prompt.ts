import type { Cmd } from "./messages.ts";
import type { Choice, Model, Prompt, PromptKind } from "./model.ts";
import { chosenFinding, found, pageAt, type Step, still, tell } from "./place.ts";

/** What stands before the line. */
export const PROMPTS: Readonly<Record<PromptKind, string>> = {
  filter: "filter: ",
  search: "/",
  sql: "sql> ",
  command: ":",
  time: "time: ",
  mark: "mark: ",
  goto: "event: ",
  waive: "waive, because: ",
  save: "save as: ",
};

/** No line is longer. */
const TEXT_MAX = 10_000;

export function openPrompt(model: Model, kind: PromptKind, text = ""): Step {
  const prompt: Prompt = { kind, text, at: text.length, wrong: undefined, choices: [], chosen: 0 };
  const opened = { ...model, prompt, message: undefined };
  return [opened, asked(opened)];
}

/** What a line under way has to be asked for. */
function asked({ prompt }: Model): Cmd[] {
  if (prompt === undefined) return [];
  const { kind, text } = prompt;
  if (kind === "filter") return text.trim() === "" ? [] : [{ kind: "checkFilter", text }];
  if (kind === "command" || kind === "sql") return [{ kind: "choices", prompt: kind, text }];
  return [];
}

/** A key while a line is typed; `enter` and letters that end one are the caller's. */
export function promptKey(model: Model, prompt: Prompt, key: string): Step {
  const { text, at, choices, chosen } = prompt;
  switch (key) {
    case "esc":
    case "ctrl-c":
      return still({ ...model, prompt: undefined });
    case "left":
      return still(withPrompt(model, { ...prompt, at: Math.max(0, at - 1) }));
    case "right":
      return still(withPrompt(model, { ...prompt, at: Math.min(text.length, at + 1) }));
    case "home":
    case "ctrl-a":
      return still(withPrompt(model, { ...prompt, at: 0 }));
    case "end":
    case "ctrl-e":
      return still(withPrompt(model, { ...prompt, at: text.length }));
    case "backspace":
      if (text === "") return still({ ...model, prompt: undefined });
      return edited(model, prompt, text.slice(0, Math.max(0, at - 1)) + text.slice(at), at - 1);
    case "delete":
      return edited(model, prompt, text.slice(0, at) + text.slice(at + 1), at);
    case "ctrl-u":
      return edited(model, prompt, text.slice(at), 0);
    case "ctrl-k":
      return edited(model, prompt, text.slice(0, at), at);
    case "ctrl-w": {
      const before = text.slice(0, at).replace(/\S+\s*$/, "");
      return edited(model, prompt, before + text.slice(at), before.length);
    }
    case "up":
    case "down": {
      if (choices.length === 0) return still(model);
      const next = (chosen + (key === "down" ? 1 : choices.length - 1)) % choices.length;
      return still(withPrompt(model, { ...prompt, chosen: next }));
    }
    case "tab":
      return completed(model, prompt);
    default:
      return still(model);
  }
}

/** Text that was typed or pasted. */
export function promptText(model: Model, prompt: Prompt, typed: string): Step {
  // A paste may hold lines, and worse.
  const flat = typed.replace(/\p{Cc}+/gu, " ");
  const text = (prompt.text.slice(0, prompt.at) + flat + prompt.text.slice(prompt.at)).slice(
    0,
    TEXT_MAX,
  );
  return edited(model, prompt, text, prompt.at + flat.length);
}

/** Tab takes the chosen line over, so that it can be changed. */
function completed(model: Model, prompt: Prompt): Step {
  const choice = prompt.choices[prompt.chosen];
  if (choice === undefined) return still(model);
  const text = choice.text ?? choice.label;
  return edited(model, prompt, text, text.length);
}

function edited(model: Model, prompt: Prompt, text: string, at: number): Step {
  const place = Math.max(0, Math.min(at, text.length));
  const changed = withPrompt(model, { ...prompt, text, at: place, wrong: undefined, chosen: 0 });
  return [changed, asked(changed)];
}

function withPrompt(model: Model, prompt: Prompt): Model {
  return { ...model, prompt };
}

/** What fits arrived; it is for another text when the typing went on. */
export function promptChoices(model: Model, text: string, choices: readonly Choice[]): Model {
  const { prompt } = model;
  if (prompt === undefined || prompt.text !== text) return model;
  return { ...model, prompt: { ...prompt, choices, chosen: 0 } };
}

/** `enter`: what the line is for. */
export function promptEntered(model: Model, prompt: Prompt): Step {
  const closed: Model = { ...model, prompt: undefined };
  const text = prompt.text.trim();
  switch (prompt.kind) {
    case "filter":
      return enterFilter(model, closed, prompt, text);
    case "search": {
      const pattern = text === "" ? model.events.search : text;
      if (pattern === "") return still(closed);
      const sought = { ...closed, events: { ...closed.events, search: pattern } };
      const { filter } = sought.events;
      return [sought, [{ kind: "search", pattern, from: sought.seq, direction: 1, filter }]];
    }
    case "time":
      return text === "" ? still(closed) : [closed, [{ kind: "time", text, from: model.seq }]];
    case "goto":
      return enterEvent(closed, text);
    case "waive":
      return enterReason(model, closed, text);
    default:
      return still(closed);
  }
}

function enterFilter(model: Model, closed: Model, { wrong }: Prompt, text: string): Step {
  // A filter that is wrong stays open: its mistake is shown below it.
  if (text !== "" && wrong !== null && wrong !== undefined) return still(model);
  const filtered = { ...closed, events: { ...closed.events, filter: text } };
  return [filtered, [pageAt(filtered, model.seq), { kind: "state", key: "filter", value: text }]];
}

function enterEvent(closed: Model, text: string): Step {
  if (text === "") return still(closed);
  const line = /^[lL]\s*(\d{1,15})$/.exec(text)?.[1];
  if (line !== undefined) {
    return [closed, [{ kind: "line", line: Number(line), from: closed.seq }]];
  }
  if (!/^\d{1,15}$/.test(text)) {
    return tell(closed, "error", `${text} is no event: a seq, as 163, or a line, as L163`);
  }
  if (Number(text) >= closed.case.endEvent) {
    return tell(closed, "error", `the last event is ${closed.case.endEvent - 1}`);
  }
  return found(closed, Number(text));
}

function enterReason(model: Model, closed: Model, reason: string): Step {
  const finding = chosenFinding(model);
  if (finding === undefined) return still(closed);
  if (reason === "") return tell(closed, "error", "a waiver needs a reason");
  const { fingerprint, rule } = finding;
  return [closed, [{ kind: "waive", fingerprint, rule, reason }]];
}
