import { type NamedQuery, REPORT_QUERIES } from "../../db/queries.ts";
import { requestQueries, SCREEN_QUERIES } from "../../db/screen-queries.ts";
import type { Model } from "../model.ts";
import { chosenFinding } from "../place.ts";
import { filterText, keyOf } from "./words.ts";

/** The command line and the SQL that give what a view shows, ready to be copied. */
export function sameText(model: Model): string {
  const { path, temporary, inputs } = model.case;
  // A case of this session goes with it: what can be run again starts from its traces.
  const file = temporary ? "case.db" : quoted(path);
  const made = temporary ? [`vringscope import -o case.db ${inputs.map(quoted).join(" ")}`] : [];
  const { commands, queries } = sameOf(model, file);
  const asked = queries.map(
    ({ title, sql, values = [] }) =>
      `-- ${title}\n${sql};${values.map((value, at) => `\n-- ?${at + 1}: ${value}`).join("")}`,
  );
  return `${[...[...made, ...commands].map((command) => `$ ${command}`), "", ...asked].join("\n")}\n`;
}

interface Same {
  readonly commands: readonly string[];
  readonly queries: readonly (NamedQuery & { readonly values?: readonly string[] })[];
}

function sameOf(model: Model, file: string): Same {
  switch (model.view) {
    case "overview":
      return {
        commands: [`vringscope check ${model.case.inputs.map(quoted).join(" ")}`],
        queries: [
          REPORT_QUERIES.summary,
          SCREEN_QUERIES.queueFacts,
          REPORT_QUERIES.queues,
          SCREEN_QUERIES.suppressed,
          SCREEN_QUERIES.inFlight,
          SCREEN_QUERIES.sources,
          REPORT_QUERIES.reasons,
          REPORT_QUERIES.diagnostics,
        ],
      };
    case "findings": {
      const finding = chosenFinding(model);
      if (finding === undefined) return { commands: [], queries: [SCREEN_QUERIES.findingList] };
      const values = [String(finding.id)];
      return {
        commands: [`vringscope rules ${finding.rule}`],
        queries: [
          SCREEN_QUERIES.findingList,
          { ...SCREEN_QUERIES.findingEvidence, values },
          { ...SCREEN_QUERIES.findingEffects, values },
        ],
      };
    }
    case "events": {
      const { filter } = model.events;
      const chosen = { ...SCREEN_QUERIES.oneEvent, values: [String(model.seq)] };
      const listed = filter === "" ? "" : ` -f ${quoted(filter)}`;
      return {
        commands: [
          `vringscope events ${file}${listed}`,
          `vringscope events ${file}${listed} --show-sql`,
        ],
        queries: [chosen],
      };
    }
    case "ring": {
      const { picture } = model.ring;
      if (picture === undefined) return { commands: [], queries: [] };
      const filter = `queue = ${filterText(picture.key)} and seq <= ${picture.seq}`;
      const values = [String(picture.queue), String(picture.seq)];
      return {
        commands: [`vringscope events ${file} -f ${quoted(filter)} --limit all`],
        queries: [
          { ...SCREEN_QUERIES.ringInFlight, values: [...values, String(picture.seq)] },
          { ...SCREEN_QUERIES.ringSamples, values },
        ],
      };
    }
    case "requests": {
      const { leg, queue } = model.requests;
      const key = keyOf(model, queue);
      const values = key === undefined ? [] : [key];
      const queries = Object.values(requestQueries(leg, key !== undefined));
      return {
        commands: [`vringscope requests ${file} --by ${leg}`],
        queries: queries.map((query) => ({ ...query, values })),
      };
    }
    default: {
      const { text } = model.sql;
      if (text === "") return { commands: [], queries: [] };
      return {
        commands: [`vringscope sql ${file} ${quoted(text)}`],
        queries: [{ title: "as it was asked", sql: text }],
      };
    }
  }
}

/** A word of a shell's command line. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
