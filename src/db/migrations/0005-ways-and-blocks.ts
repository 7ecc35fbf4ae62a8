/**
 * The interrupt before a buffer came back; elements, which are buffers as a device's own log names them;
 * and what each stretch of events holds, so that a search passes over those that cannot have it.
 */
export const WAYS_AND_BLOCKS = `
ALTER TABLE request ADD COLUMN interrupted_event INTEGER REFERENCES event (id);
ALTER TABLE request ADD COLUMN interrupted INTEGER;

CREATE TABLE element (
  id INTEGER PRIMARY KEY REFERENCES event (id),
  queue INTEGER NOT NULL REFERENCES queue (id),
  pointer INTEGER NOT NULL,
  popped INTEGER NOT NULL,
  filled_event INTEGER REFERENCES event (id),
  filled INTEGER,
  flushed_event INTEGER REFERENCES event (id),
  flushed INTEGER,
  interrupted_event INTEGER REFERENCES event (id),
  interrupted INTEGER,
  state TEXT NOT NULL CHECK (state IN ('used', 'held', 'reset', 'unseen')),
  certain INTEGER NOT NULL CHECK (certain IN (0, 1))
) STRICT;

CREATE TABLE event_block (
  first INTEGER PRIMARY KEY,
  last INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  least_time INTEGER NOT NULL,
  most_time INTEGER NOT NULL
) STRICT;

CREATE TABLE block_call (
  call INTEGER NOT NULL REFERENCES call (id),
  block INTEGER NOT NULL REFERENCES event_block (first),
  PRIMARY KEY (call, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE block_context (
  context INTEGER NOT NULL REFERENCES context (id),
  block INTEGER NOT NULL REFERENCES event_block (first),
  PRIMARY KEY (context, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE block_queue (
  queue INTEGER NOT NULL REFERENCES queue (id),
  block INTEGER NOT NULL REFERENCES event_block (first),
  PRIMARY KEY (queue, block)
) STRICT, WITHOUT ROWID;

-- Blocks of a case of before; a fresh one has no events yet.
INSERT INTO event_block
SELECT min(e.id), max(e.id), s.id, min(e.time), max(e.time)
FROM source s JOIN event e ON e.id >= s.first_event AND e.id < s.end_event
GROUP BY s.id, (e.id - s.first_event) / 4096;

INSERT INTO block_call
SELECT DISTINCT e.call, b.first FROM event_block b JOIN event e ON e.id BETWEEN b.first AND b.last;

INSERT INTO block_context
SELECT DISTINCT e.context, b.first FROM event_block b JOIN event e ON e.id BETWEEN b.first AND b.last;

INSERT INTO block_queue
SELECT DISTINCT e.queue, b.first FROM event_block b JOIN event e ON e.id BETWEEN b.first AND b.last
WHERE e.queue IS NOT NULL;

DROP VIEW requests;

CREATE VIEW requests AS
SELECT
  r.id AS seq, q.key AS queue, format('0x%x', r.token) AS token, r.state, r.certain,
  r.added, r.kicked, r.returned,
  r.kicked - r.added AS add_to_kick,
  r.returned - r.kicked AS kick_to_return,
  r.returned - r.added AS add_to_return,
  a.line AS added_line, an.text AS added_by, b.line AS returned_line, bn.text AS returned_by,
  r.interrupted,
  r.interrupted - r.kicked AS kick_to_interrupt,
  r.returned - r.interrupted AS interrupt_to_return
FROM request r
JOIN queue q ON q.id = r.queue
JOIN event a ON a.id = r.id
JOIN context ax ON ax.id = a.context
LEFT JOIN name an ON an.id = ax.task
LEFT JOIN event b ON b.id = r.returned_event
LEFT JOIN context bx ON bx.id = b.context
LEFT JOIN name bn ON bn.id = bx.task;

CREATE VIEW elements AS
SELECT
  l.id AS seq, q.key AS queue, format('0x%x', l.pointer) AS element, l.state, l.certain,
  l.popped, l.filled, l.flushed, l.interrupted,
  l.filled - l.popped AS pop_to_fill,
  l.flushed - l.filled AS fill_to_flush,
  l.interrupted - l.filled AS fill_to_interrupt,
  l.interrupted - l.popped AS pop_to_interrupt,
  a.line AS popped_line, b.line AS filled_line
FROM element l
JOIN queue q ON q.id = l.queue
JOIN event a ON a.id = l.id
LEFT JOIN event b ON b.id = l.filled_event;
`;
