-- compat: 10
-- Tickets of live pools: they outlive a socket and a restart. A program that does not know them would
-- let somebody leave a group and still be introduced in it.

CREATE TABLE tickets (
    ticket_id text COLLATE "C" PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    cid text COLLATE "C" NOT NULL,
    me jsonb NOT NULL,
    want jsonb NOT NULL,
    joined_at bigint NOT NULL,
    expires_at bigint NOT NULL CHECK (expires_at > joined_at),
    -- A ticket that was replaced has left, one whose time is over still says that it waits.
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'left', 'matched')),
    UNIQUE (account_id, cid)
);

-- One ticket for each person in each pool.
CREATE UNIQUE INDEX tickets_waiting ON tickets (group_id, account_id) WHERE state = 'waiting';
CREATE INDEX tickets_by_end ON tickets (expires_at);
