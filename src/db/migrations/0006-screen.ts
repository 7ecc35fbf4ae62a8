/**
 * What a screen asks of a case before it asks anything else, counted while the case is made; and what
 * its user puts down.
 */
export const SCREEN = `
CREATE TABLE activity_width (
  source INTEGER PRIMARY KEY REFERENCES source (id),
  width INTEGER NOT NULL
) STRICT;

CREATE TABLE activity (
  queue INTEGER NOT NULL REFERENCES queue (id),
  bucket INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (queue, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  queue INTEGER NOT NULL REFERENCES queue (id),
  event INTEGER NOT NULL,
  request INTEGER NOT NULL REFERENCES request (id),
  PRIMARY KEY (queue, event, request)
) STRICT, WITHOUT ROWID;

CREATE TABLE unseen (
  request INTEGER PRIMARY KEY REFERENCES request (id),
  noticed INTEGER NOT NULL REFERENCES event (id)
) STRICT;

CREATE TABLE queue_count (
  queue INTEGER PRIMARY KEY REFERENCES queue (id),
  first_event INTEGER REFERENCES event (id),
  last_event INTEGER REFERENCES event (id),
  events INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  decisions INTEGER NOT NULL,
  kicks INTEGER NOT NULL,
  suppressed INTEGER NOT NULL,
  interrupts INTEGER NOT NULL,
  in_flight_end INTEGER NOT NULL,
  findings INTEGER NOT NULL
) STRICT;

CREATE TABLE mark (
  name TEXT PRIMARY KEY,
  event INTEGER NOT NULL REFERENCES event (id),
  text TEXT NOT NULL,
  made TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE waiver (
  fingerprint TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  reason TEXT NOT NULL,
  made TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE screen_state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A case of before is counted once; a fresh one has no rows yet.
INSERT INTO queue_count
SELECT
  q.id,
  (SELECT min(id) FROM event e WHERE e.queue = q.id),
  (SELECT max(id) FROM event e WHERE e.queue = q.id),
  q.events, q.requests, q.decisions, q.kicks,
  (SELECT count(*) FROM decision d WHERE d.queue = q.id AND d.needs_kick = 0),
  q.interrupts,
  (SELECT count(*) FROM request r WHERE r.queue = q.id AND r.state = 'outstanding'),
  q.findings
FROM queues q;

WITH RECURSIVE
  span (source, most) AS (
    SELECT q.source, max(e.time) FROM event e JOIN queue q ON q.id = e.queue GROUP BY q.source
  ),
  wide (source, most, width) AS (
    SELECT source, most, 1 FROM span
    UNION ALL
    SELECT source, most, 2 * width FROM wide WHERE most / width >= 256
  )
INSERT INTO activity_width SELECT source, max(width) FROM wide GROUP BY source;

INSERT INTO activity
SELECT q.id, max(e.time, 0) / w.width AS bucket, count(*)
FROM event e JOIN queue q ON q.id = e.queue JOIN activity_width w ON w.source = q.source
GROUP BY q.id, bucket;

-- When a buffer that came back unseen was known to be back, a case of before does not tell: of those, none.
INSERT INTO checkpoint
WITH RECURSIVE at (queue, request, event, until) AS (
  SELECT r.queue, r.id, (r.id + 16383) / 16384 * 16384, coalesce(r.returned_event, c.last_event + 1)
  FROM request r JOIN queue_count c ON c.queue = r.queue WHERE r.state != 'unseen'
  UNION ALL
  SELECT queue, request, event + 16384, until FROM at WHERE event + 16384 < until
)
SELECT queue, event, request FROM at WHERE event < until;
`;
