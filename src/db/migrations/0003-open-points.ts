/** What the specification leaves open: judged by no rule, counted by the one that met it. */
export const OPEN_POINTS = `
CREATE TABLE open_point (
  rule TEXT NOT NULL,
  queue INTEGER NOT NULL REFERENCES queue (id),
  point TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (rule, queue, point)
) STRICT, WITHOUT ROWID;
`;
