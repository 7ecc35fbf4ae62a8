/**
 * The first schema. Never edited once released: later steps add to it.
 *
 * An event's id is its seq: its position among all events of the case, from 0. Times are distances
 * to the source's base in the clock's smallest unit (nanoseconds, or ticks). Pointers are signed.
 */
export const INITIAL = `
CREATE TABLE case_info (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE name (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  format TEXT NOT NULL,
  clock TEXT,
  base INTEGER,
  first_event INTEGER NOT NULL,
  end_event INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  events INTEGER NOT NULL,
  notes INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  lost_events INTEGER,
  lost_marks INTEGER NOT NULL
) STRICT;

CREATE TABLE queue (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source (id),
  key TEXT NOT NULL UNIQUE,
  pointer INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  name TEXT,
  number INTEGER,
  device TEXT,
  layout TEXT CHECK (layout IN ('packed', 'split')),
  size INTEGER,
  features TEXT,
  ordinal INTEGER NOT NULL
) STRICT;

CREATE TABLE context (
  id INTEGER PRIMARY KEY,
  cpu INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  task INTEGER REFERENCES name (id)
) STRICT;

CREATE TABLE call (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('begin', 'end', 'whole')),
  level TEXT NOT NULL,
  func TEXT NOT NULL,
  caller TEXT
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  line INTEGER,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  time INTEGER NOT NULL,
  context INTEGER NOT NULL REFERENCES context (id),
  call INTEGER NOT NULL REFERENCES call (id),
  queue INTEGER REFERENCES queue (id),
  token INTEGER,
  ret INTEGER,
  fields TEXT,
  last_used INTEGER,
  next_avail INTEGER,
  avail_wrap INTEGER,
  num_free INTEGER,
  num_added INTEGER,
  driver_off_wrap INTEGER,
  driver_flags INTEGER,
  device_off_wrap INTEGER,
  device_flags INTEGER,
  buffer_id INTEGER
) STRICT;

CREATE TABLE request (
  id INTEGER PRIMARY KEY REFERENCES event (id),
  queue INTEGER NOT NULL REFERENCES queue (id),
  token INTEGER NOT NULL,
  added INTEGER NOT NULL,
  kicked_event INTEGER REFERENCES event (id),
  kicked INTEGER,
  returned_event INTEGER REFERENCES event (id),
  returned INTEGER,
  state TEXT NOT NULL CHECK (state IN ('returned', 'detached', 'outstanding', 'unseen')),
  certain INTEGER NOT NULL CHECK (certain IN (0, 1))
) STRICT;

CREATE TABLE decision (
  id INTEGER PRIMARY KEY REFERENCES event (id),
  queue INTEGER NOT NULL REFERENCES queue (id),
  old INTEGER,
  next INTEGER,
  flags INTEGER,
  word INTEGER,
  wanted INTEGER CHECK (wanted IN (0, 1)),
  decided_by TEXT CHECK (decided_by IN ('flags', 'event')),
  needs_kick INTEGER CHECK (needs_kick IN (0, 1)),
  outcome TEXT NOT NULL CHECK (outcome IN ('held', 'missed', 'undecided')),
  reason TEXT
) STRICT;

CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  class TEXT NOT NULL,
  severity TEXT NOT NULL,
  party TEXT NOT NULL,
  queue INTEGER NOT NULL REFERENCES queue (id),
  event INTEGER NOT NULL REFERENCES event (id),
  message TEXT NOT NULL,
  clause TEXT,
  covers TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  expected TEXT NOT NULL,
  found TEXT NOT NULL
) STRICT;

CREATE TABLE finding_evidence (
  finding INTEGER NOT NULL REFERENCES finding (id),
  place INTEGER NOT NULL,
  role TEXT NOT NULL,
  event INTEGER NOT NULL REFERENCES event (id),
  what TEXT NOT NULL,
  PRIMARY KEY (finding, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding_effect (
  finding INTEGER NOT NULL REFERENCES finding (id),
  place INTEGER NOT NULL,
  event INTEGER NOT NULL REFERENCES event (id),
  message TEXT NOT NULL,
  PRIMARY KEY (finding, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE coverage (
  rule TEXT NOT NULL,
  queue INTEGER NOT NULL REFERENCES queue (id),
  satisfied INTEGER NOT NULL,
  violated INTEGER NOT NULL,
  undecided INTEGER NOT NULL,
  PRIMARY KEY (rule, queue)
) STRICT, WITHOUT ROWID;

CREATE TABLE coverage_reason (
  rule TEXT NOT NULL,
  queue INTEGER NOT NULL REFERENCES queue (id),
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (rule, queue, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE diagnostic (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source (id),
  code TEXT NOT NULL,
  line INTEGER,
  offset INTEGER NOT NULL,
  expected TEXT NOT NULL,
  count INTEGER NOT NULL
) STRICT;

CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL REFERENCES queue (id),
  from_event INTEGER NOT NULL REFERENCES event (id),
  to_event INTEGER NOT NULL REFERENCES event (id),
  reason TEXT NOT NULL
) STRICT;

CREATE TABLE exercised (
  feature TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE VIEW events AS
SELECT
  e.id AS seq, s.path AS source, e.line,
  s.base + e.time AS clock, e.time, x.cpu, x.pid, n.text AS task,
  c.kind, c.phase, c.level, c.func, c.caller, q.key AS queue,
  iif(e.token IS NULL, NULL, format('0x%x', e.token)) AS token, e.ret, e.last_used, e.next_avail, e.avail_wrap,
  e.num_free, e.num_added, e.driver_off_wrap, e.driver_flags, e.device_off_wrap,
  e.device_flags, e.buffer_id, e.fields
FROM event e
JOIN call c ON c.id = e.call
JOIN context x ON x.id = e.context
LEFT JOIN source s ON e.id >= s.first_event AND e.id < s.end_event
LEFT JOIN name n ON n.id = x.task
LEFT JOIN queue q ON q.id = e.queue;

CREATE VIEW requests AS
SELECT
  r.id AS seq, q.key AS queue, format('0x%x', r.token) AS token, r.state, r.certain,
  r.added, r.kicked, r.returned,
  r.kicked - r.added AS add_to_kick,
  r.returned - r.kicked AS kick_to_return,
  r.returned - r.added AS add_to_return,
  a.line AS added_line, an.text AS added_by, b.line AS returned_line, bn.text AS returned_by
FROM request r
JOIN queue q ON q.id = r.queue
JOIN event a ON a.id = r.id
JOIN context ax ON ax.id = a.context
LEFT JOIN name an ON an.id = ax.task
LEFT JOIN event b ON b.id = r.returned_event
LEFT JOIN context bx ON bx.id = b.context
LEFT JOIN name bn ON bn.id = bx.task;

CREATE VIEW decisions AS
SELECT
  d.id AS seq, q.key AS queue, e.line, e.time, d.old, d.next, d.flags, d.word, d.wanted,
  d.decided_by, d.needs_kick, d.outcome, d.reason
FROM decision d
JOIN queue q ON q.id = d.queue
JOIN event e ON e.id = d.id;

CREATE VIEW findings AS
SELECT
  f.id, f.severity, f.rule, q.key AS queue, e.line, e.id AS seq, e.time, f.message, f.clause,
  f.expected, f.found, f.fingerprint
FROM finding f
JOIN queue q ON q.id = f.queue
JOIN event e ON e.id = f.event;

CREATE VIEW gaps AS
SELECT q.key AS queue, a.line AS from_line, b.line AS to_line, g.reason
FROM gap g
JOIN queue q ON q.id = g.queue
JOIN event a ON a.id = g.from_event
JOIN event b ON b.id = g.to_event;

CREATE VIEW queues AS
SELECT
  q.id, q.key AS queue, s.path AS source, q.name, q.number, q.layout, q.size, q.features,
  (SELECT count(*) FROM event e WHERE e.queue = q.id) AS events,
  (SELECT count(*) FROM request r WHERE r.queue = q.id) AS requests,
  (SELECT count(*) FROM decision d WHERE d.queue = q.id) AS decisions,
  (SELECT count(*) FROM decision d WHERE d.queue = q.id AND d.needs_kick = 1) AS kicks,
  (SELECT count(*) FROM event e JOIN call c ON c.id = e.call
    WHERE e.queue = q.id AND c.kind = 'interrupt' AND c.phase != 'end') AS interrupts,
  (SELECT count(*) FROM finding f WHERE f.queue = q.id) AS findings
FROM queue q JOIN source s ON s.id = q.source;

CREATE VIEW summary AS
SELECT
  (SELECT value FROM case_info WHERE key = 'verdict') AS verdict,
  (SELECT count(*) FROM finding WHERE severity = 'error') AS errors,
  (SELECT count(*) FROM finding WHERE severity = 'warning') AS warnings,
  (SELECT count(*) FROM finding WHERE severity = 'note') AS notes,
  (SELECT coalesce(sum(undecided), 0) FROM coverage) AS undecided,
  (SELECT coalesce(sum(satisfied + violated), 0) FROM coverage) AS checked;
`;

/** Its pages are written with those of its table. */
export const EVENT_INDEX = "CREATE INDEX event_by_queue ON event (queue);";

/** Made after the rows are in: an index that grows with them costs three times as much. */
export const INDEXES = `
CREATE INDEX request_by_queue ON request (queue);
CREATE INDEX decision_by_queue ON decision (queue);
`;
