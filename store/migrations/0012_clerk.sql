-- compat: 10
-- Clerk as a way in: users and sessions as keyed hashes, what has ended there, and the events taken.

ALTER TABLE accounts ADD COLUMN clerk_digest bytea UNIQUE;

ALTER TABLE devices ADD COLUMN clerk_session bytea;
CREATE INDEX devices_of_clerk_session ON devices (clerk_session) WHERE clerk_session IS NOT NULL;

-- Sessions and users that ended: a token that was made before is good for nothing any more.
CREATE TABLE clerk_ended (
    digest bytea PRIMARY KEY,
    ended_at bigint NOT NULL
);

CREATE INDEX clerk_ended_by_time ON clerk_ended (ended_at);

-- One row for each event of a provider: its effect and this row are one transaction.
CREATE TABLE webhook_inbox (
    source text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (source, event_id)
);

CREATE INDEX webhook_inbox_by_time ON webhook_inbox (received_at);
