-- compat: 1
-- The first schema: accounts, groups, likes, matches, rooms and their log, the outbox.
--
-- Times are milliseconds since 1970. Ids are 16 random characters made by the server; nothing that
-- counts upwards ever leaves it. Columns of persons are sealed or digests where they can be.

-- One sealed word: a server with another master key must not start on this database.
CREATE TABLE vault (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    canary bytea NOT NULL
);

-- ---------------------------------------------------------------------------------- accounts

CREATE TABLE accounts (
    account_id text COLLATE "C" PRIMARY KEY,
    phone_digest bytea UNIQUE,
    phone_sealed bytea,
    nickname text NOT NULL,
    birth_year smallint NOT NULL,
    gender text NOT NULL CHECK (gender IN ('female', 'male', 'other')),
    show_read_marks boolean NOT NULL DEFAULT true,
    premium_until bigint,
    credits integer NOT NULL DEFAULT 0 CHECK (credits >= 0),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'banned', 'deleting')),
    erases_at bigint,
    bot boolean NOT NULL DEFAULT false,
    created_at bigint NOT NULL,
    CHECK ((phone_digest IS NULL) = (phone_sealed IS NULL))
);

CREATE INDEX accounts_bots ON accounts (account_id) WHERE bot;
CREATE INDEX accounts_erasures ON accounts (erases_at) WHERE erases_at IS NOT NULL;

CREATE TABLE devices (
    device_id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    refresh_digest bytea NOT NULL UNIQUE,
    refresh_expires_at bigint NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint NOT NULL,
    revoked_at bigint
);

CREATE INDEX devices_of_account ON devices (account_id, created_at);

-- Refresh tokens that were exchanged: who shows one again is not alone with the device.
CREATE TABLE used_refresh (
    refresh_digest bytea PRIMARY KEY,
    device_id text COLLATE "C" NOT NULL REFERENCES devices ON DELETE CASCADE,
    expires_at bigint NOT NULL
);

CREATE INDEX used_refresh_of_device ON used_refresh (device_id, expires_at);

-- One row for a number that asked for a code; `code_digest` is gone once used.
CREATE TABLE codes (
    phone_digest bytea PRIMARY KEY,
    code_digest bytea,
    expires_at bigint NOT NULL,
    tries integer NOT NULL,
    asked_at bigint[] NOT NULL,
    idle_at bigint NOT NULL
);

CREATE INDEX codes_idle ON codes (idle_at);

-- ------------------------------------------------------------------------------------ groups

CREATE TABLE groups (
    group_id text COLLATE "C" PRIMARY KEY,
    type text NOT NULL CHECK (type IN ('official', 'created', 'instance', 'location')),
    name text NOT NULL,
    name_key text NOT NULL,
    description text NOT NULL,
    category text NOT NULL,
    tags text[] NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('public', 'hidden')),
    rules text NOT NULL,
    creator_id text COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    -- Active members by side, kept with every change of a membership: a like asks for them.
    females integer NOT NULL DEFAULT 0 CHECK (females >= 0),
    males integer NOT NULL DEFAULT 0 CHECK (males >= 0),
    others integer NOT NULL DEFAULT 0 CHECK (others >= 0),
    created_at bigint NOT NULL,
    ended_at bigint
) WITH (fillfactor = 80);

CREATE INDEX groups_of_creator ON groups (creator_id, created_at);

CREATE TABLE memberships (
    member_id text COLLATE "C" PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('active', 'pending', 'left', 'banned')),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'moderator', 'member')),
    nickname text NOT NULL,
    nickname_key text NOT NULL,
    bio text NOT NULL,
    interests text[] NOT NULL,
    joined_at bigint NOT NULL,
    UNIQUE (group_id, account_id)
);

CREATE INDEX memberships_of_account ON memberships (account_id);
CREATE UNIQUE INDEX memberships_nicknames ON memberships (group_id, nickname_key)
    WHERE state = 'active';

-- ------------------------------------------------------------------------- likes and matches

CREATE TABLE likes (
    like_id text COLLATE "C" PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    sender_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    sender_member text COLLATE "C" NOT NULL,
    target_member text COLLATE "C" NOT NULL,
    intent text NOT NULL CHECK (intent IN ('friend', 'romantic')),
    super boolean NOT NULL,
    cid text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'matched', 'ended')),
    -- The receipt as it was given: a retry gets the same.
    left_today integer NOT NULL,
    credits integer NOT NULL,
    UNIQUE (sender_id, cid),
    CHECK (sender_id <> target_id)
);

CREATE UNIQUE INDEX likes_open ON likes (group_id, sender_id, target_id) WHERE state = 'open';
CREATE INDEX likes_open_received ON likes (target_id, group_id) WHERE state = 'open';
-- The cool-down looks over all groups that two people share.
CREATE INDEX likes_between ON likes (sender_id, target_id, at);
CREATE INDEX likes_of_day ON likes (sender_id, at);

CREATE TABLE rooms (
    room_id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('match', 'group')),
    group_id text COLLATE "C" REFERENCES groups ON DELETE CASCADE,
    owner text COLLATE "C",
    fence bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 1,
    last_seq bigint NOT NULL DEFAULT 0,
    closing boolean NOT NULL DEFAULT false,
    closed_at bigint,
    visible_at bigint NOT NULL,
    last_at bigint NOT NULL,
    key_wrapped bytea NOT NULL
) WITH (fillfactor = 70);
-- Every commit updates its rooms. No index holds a column that a commit changes and the pages keep
-- space, so that these updates stay on their page and touch no index (HOT).

CREATE INDEX rooms_of_group ON rooms (group_id);

CREATE TABLE room_members (
    room_id text COLLATE "C" NOT NULL REFERENCES rooms ON DELETE CASCADE,
    alias text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    nickname text NOT NULL,
    read_seq bigint NOT NULL DEFAULT 0,
    joined_at bigint NOT NULL,
    left_at bigint,
    PRIMARY KEY (room_id, alias),
    UNIQUE (account_id, room_id)
) WITH (fillfactor = 70);

CREATE TABLE matches (
    match_id text COLLATE "C" PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    room_id text COLLATE "C" NOT NULL UNIQUE REFERENCES rooms ON DELETE CASCADE,
    low_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    high_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    visible_at bigint NOT NULL,
    ended_at bigint,
    CHECK (low_id < high_id)
);

-- However two likes race, one pair has one open match in a group.
CREATE UNIQUE INDEX matches_open ON matches (group_id, low_id, high_id) WHERE ended_at IS NULL;
CREATE INDEX matches_of_low ON matches (low_id);
CREATE INDEX matches_of_high ON matches (high_id);

-- ---------------------------------------------------------------------------------- the log

-- Both keys hold the room, by which the table is cut, so they hold over all parts; and a part can
-- move to another server.
CREATE TABLE room_events (
    room_id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    at bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    sender text COLLATE "C",
    cid text COLLATE "C",
    sealed bytea NOT NULL,
    PRIMARY KEY (room_id, seq),
    UNIQUE (room_id, sender, cid)
) PARTITION BY HASH (room_id);

DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE room_events_%s PARTITION OF room_events FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            to_char(part, 'FM00'), part);
    END LOOP;
END
$$;

-- ---------------------------------------------------------------------- outbox and answers

CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    due_at bigint NOT NULL,
    kind text NOT NULL,
    account_id text COLLATE "C" REFERENCES accounts ON DELETE CASCADE,
    room_id text COLLATE "C" REFERENCES rooms ON DELETE CASCADE,
    content jsonb NOT NULL
);

CREATE INDEX outbox_due ON outbox (due_at, number);
CREATE INDEX outbox_of_account ON outbox (account_id);
CREATE INDEX outbox_of_room ON outbox (room_id);

CREATE TABLE answers (
    scope text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request_digest bytea NOT NULL,
    reserved_at bigint NOT NULL,
    status integer,
    sealed bytea,
    PRIMARY KEY (scope, key)
);

CREATE INDEX answers_age ON answers (reserved_at);
