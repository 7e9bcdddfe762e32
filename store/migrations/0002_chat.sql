-- compat: 2
-- The whole chat: messages that were taken back, reactions, what two people reveal to each other.

-- Not to be told from its sealed body, and needed to count what is unread.
ALTER TABLE room_events ADD COLUMN deleted boolean NOT NULL DEFAULT false;

-- All reactions of one person to one message, as one sealed list; no row means none.
CREATE TABLE room_reactions (
    room_id text COLLATE "C" NOT NULL REFERENCES rooms ON DELETE CASCADE,
    target bigint NOT NULL,
    alias text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (room_id, target, alias)
);

-- The newest of these says how far two people have come; the log is the only place it is kept.
CREATE INDEX room_events_reveals ON room_events (room_id, seq)
    WHERE name IN ('reveal.offered', 'reveal.withdrawn', 'reveal.done');

-- How to reach somebody outside, sealed with the master key; shown by a reveal only.
ALTER TABLE accounts ADD COLUMN contact_sealed bytea;
