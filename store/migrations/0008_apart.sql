-- compat: 8
-- Reports and who has read them, one's own blocks as a list, people who are hidden from each other in
-- a room they share, and matches that end in silence. A program that does not know of hidden people
-- would show them.

-- What somebody has reported; `sealed` holds what was said around it and what the reporter says.
CREATE TABLE reports (
    report_id text COLLATE "C" PRIMARY KEY,
    reporter_id text COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    reported_id text COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    room_id text COLLATE "C" NOT NULL,
    alias text COLLATE "C" NOT NULL,
    seq bigint NOT NULL CHECK (seq >= 0), -- of the message; 0 is the person as a whole
    category text NOT NULL,
    at bigint NOT NULL,
    sealed bytea NOT NULL,
    closed_at bigint,
    outcome text,
    CHECK ((closed_at IS NULL) = (outcome IS NULL))
);

-- The same thing is reported once until somebody has looked at it.
CREATE UNIQUE INDEX reports_once ON reports (reporter_id, room_id, alias, seq) WHERE closed_at IS NULL;
CREATE INDEX reports_of_reporter ON reports (reporter_id, at);
CREATE INDEX reports_of_reported ON reports (reported_id);
CREATE INDEX reports_open ON reports (at, report_id) WHERE closed_at IS NULL;
CREATE INDEX reports_closed ON reports (closed_at) WHERE closed_at IS NOT NULL;

-- Every look of an operator at somebody's data. Each row's digest holds the one before it, so that a
-- row that is changed or taken out breaks the chain; and no row is changed or taken out from here.
CREATE TABLE operator_log (
    number bigint PRIMARY KEY,
    at bigint NOT NULL,
    operator text NOT NULL,
    place text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    deed text NOT NULL,
    reason text NOT NULL,
    digest bytea NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log of operators is only added to';
END $$;

CREATE TRIGGER operator_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A block as its owner lists it: a name of its own, and the nickname under which they met.
ALTER TABLE blocks
    ADD COLUMN block_id text COLLATE "C" NOT NULL
        DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 17, 16),
    ADD COLUMN nickname text NOT NULL DEFAULT '';

CREATE UNIQUE INDEX blocks_by_id ON blocks (block_id);
CREATE INDEX blocks_listed ON blocks (blocker_id, at, block_id);

-- Who comes back to a room has another alias there; what they said under the old one is theirs.
ALTER TABLE room_members ADD COLUMN past_aliases text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- Two who are hidden from each other in a room: what either did after `after_seq`, up to
-- `until_seq` where the block was taken back.
CREATE TABLE room_veils (
    room_id text COLLATE "C" NOT NULL REFERENCES rooms ON DELETE CASCADE,
    low_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    high_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    after_seq bigint NOT NULL,
    until_seq bigint,
    PRIMARY KEY (room_id, low_id, high_id, after_seq),
    CHECK (low_id < high_id)
);

CREATE UNIQUE INDEX room_veils_open ON room_veils (room_id, low_id, high_id) WHERE until_seq IS NULL;
CREATE INDEX room_veils_of_low ON room_veils (low_id);
CREATE INDEX room_veils_of_high ON room_veils (high_id);

-- A match in whose room nobody speaks ends; premium may put that off once.
ALTER TABLE matches
    ADD COLUMN spoken boolean NOT NULL DEFAULT false,
    ADD COLUMN put_off_ms bigint NOT NULL DEFAULT 0 CHECK (put_off_ms >= 0);

CREATE INDEX matches_silent ON matches ((visible_at + put_off_ms))
WHERE ended_at IS NULL AND NOT spoken;
