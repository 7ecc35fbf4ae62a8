/** A rule of the user's own may speak of the whole case: its findings stand at no queue. */
export const QUEUELESS_FINDINGS = `
DROP VIEW findings;

CREATE TABLE finding_before AS SELECT * FROM finding;
DROP TABLE finding;
CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  class TEXT NOT NULL,
  severity TEXT NOT NULL,
  party TEXT NOT NULL,
  queue INTEGER REFERENCES queue (id),
  event INTEGER REFERENCES event (id),
  message TEXT NOT NULL,
  clause TEXT,
  covers TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  expected TEXT NOT NULL,
  found TEXT NOT NULL
) STRICT;
INSERT INTO finding SELECT * FROM finding_before;
DROP TABLE finding_before;

CREATE VIEW findings AS
SELECT
  f.id, f.severity, f.rule, q.key AS queue, e.line, e.id AS seq, e.time, f.message, f.clause,
  f.expected, f.found, f.fingerprint
FROM finding f
LEFT JOIN queue q ON q.id = f.queue
LEFT JOIN event e ON e.id = f.event;
`;
