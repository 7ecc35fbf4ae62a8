import Database from "better-sqlite3";
import type { CheckReport } from "../model/check-report.ts";
import { insertFindings } from "./writer.ts";

/** Writes more findings into a whole case. `report`: what the case holds. */
export function addFindings(
  path: string,
  report: CheckReport,
  findings: CheckReport["findings"],
): void {
  const db = new Database(path, { fileMustExist: true });
  try {
    const queueIds = new Map(report.queues.map((queue, id) => [queue.id, id] as const));
    db.transaction(() => {
      insertFindings(db, findings, queueIds, report.findings.length);
      db.exec(
        "UPDATE queue_count SET findings = (SELECT count(*) FROM finding f WHERE f.queue = queue_count.queue)",
      );
      if (findings.some(({ severity }) => severity !== "note")) {
        db.prepare("UPDATE case_info SET value = 'findings' WHERE key = 'verdict'").run();
      }
    })();
  } finally {
    db.close();
  }
}
