-- compat: 4
-- Who joins a group's room sees it from then on: what was said up to here is not theirs.

ALTER TABLE room_members ADD COLUMN since_seq bigint NOT NULL DEFAULT 0;
