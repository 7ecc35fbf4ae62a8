/**
 * Memory of queues at one instant. A dump has no event: findings and effects may stand without one,
 * and a snapshot has one only where its positions stand at one place of a trace.
 */
export const SNAPSHOTS = `
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source (id),
  queue INTEGER REFERENCES queue (id),
  event INTEGER REFERENCES event (id),
  name TEXT NOT NULL,
  layout TEXT NOT NULL CHECK (layout IN ('packed', 'split')),
  size INTEGER NOT NULL,
  features TEXT,
  driver_slot INTEGER,
  driver_wrap INTEGER,
  device_slot INTEGER,
  device_wrap INTEGER,
  avail_idx INTEGER,
  used_idx INTEGER,
  in_flight INTEGER NOT NULL,
  certainty TEXT NOT NULL CHECK (certainty IN ('certain', 'likely', 'ambiguous')),
  driver_event TEXT,
  device_event TEXT,
  unknown TEXT NOT NULL
) STRICT;

CREATE TABLE slot (
  snapshot INTEGER NOT NULL REFERENCES snapshot (id),
  slot INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('available', 'used', 'stale', 'free', 'never', 'unknown')),
  buffer_id INTEGER,
  next INTEGER,
  addr INTEGER NOT NULL,
  len INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  buffer INTEGER,
  PRIMARY KEY (snapshot, slot)
) STRICT, WITHOUT ROWID;

DROP VIEW findings;

CREATE TABLE finding_before AS SELECT * FROM finding;
DROP TABLE finding;
CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  class TEXT NOT NULL,
  severity TEXT NOT NULL,
  party TEXT NOT NULL,
  queue INTEGER NOT NULL REFERENCES queue (id),
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

CREATE TABLE finding_effect_before AS SELECT * FROM finding_effect;
DROP TABLE finding_effect;
CREATE TABLE finding_effect (
  finding INTEGER NOT NULL REFERENCES finding (id),
  place INTEGER NOT NULL,
  event INTEGER REFERENCES event (id),
  message TEXT NOT NULL,
  PRIMARY KEY (finding, place)
) STRICT, WITHOUT ROWID;
INSERT INTO finding_effect SELECT * FROM finding_effect_before;
DROP TABLE finding_effect_before;

CREATE VIEW findings AS
SELECT
  f.id, f.severity, f.rule, q.key AS queue, e.line, e.id AS seq, e.time, f.message, f.clause,
  f.expected, f.found, f.fingerprint
FROM finding f
JOIN queue q ON q.id = f.queue
LEFT JOIN event e ON e.id = f.event;

CREATE VIEW snapshots AS
SELECT
  t.id, q.key AS queue, s.path AS source, t.name, t.layout, t.size, t.certainty,
  t.driver_slot, t.driver_wrap, t.device_slot, t.device_wrap, t.avail_idx, t.used_idx,
  t.in_flight,
  e.line, e.id AS seq, t.unknown
FROM snapshot t
JOIN source s ON s.id = t.source
LEFT JOIN queue q ON q.id = t.queue
LEFT JOIN event e ON e.id = t.event;

CREATE VIEW slots AS
SELECT
  t.id AS snapshot, t.name, d.slot, d.state, d.buffer_id, d.next, format('0x%x', d.addr) AS addr, d.len,
  format('0x%04x', d.flags) AS flags, d.buffer
FROM slot d JOIN snapshot t ON t.id = d.snapshot;
`;
