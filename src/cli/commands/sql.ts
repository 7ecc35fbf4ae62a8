import { CaseReader } from "../../db/reader.ts";
import { rowsCsv, rowsJson, rowsTable } from "../../report/rows.ts";
import { EXIT } from "../exit.ts";
import type { SqlOptions } from "../options.ts";
import { writePieces } from "../output.ts";

/** `vringscope sql`: asks a case file a question. */
export async function sql(path: string, query: string, options: SqlOptions): Promise<number> {
  const reader = new CaseReader(path);
  try {
    const { columns, rows } = reader.query(query);
    const print = options.json === true ? rowsJson : options.csv === true ? rowsCsv : rowsTable;
    await writePieces(print(columns, rows));
    return EXIT.clean;
  } finally {
    reader.close();
  }
}
