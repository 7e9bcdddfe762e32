-- compat: 8
-- Instant meetings: groups for some hours, entered by a code, with looks in place of profiles. All that
-- is said of a look is sealed under the meeting's own key: erasing the key erases it, backups included.

CREATE TABLE meetings (
    group_id text COLLATE "C" PRIMARY KEY REFERENCES groups ON DELETE CASCADE,
    mode text NOT NULL CHECK (mode IN ('interest', 'auto')),
    ends_at bigint NOT NULL,
    erases_at bigint NOT NULL, -- of one that was ended early, earlier
    erased_at bigint,
    round_at bigint NOT NULL, -- the newest round
    code_digest bytea UNIQUE, -- gone with the end, so that a code may be drawn again
    code_sealed bytea,
    key_wrapped bytea NOT NULL,
    answered_sealed bytea, -- what was told of descriptions, with whom each was about
    seats integer NOT NULL DEFAULT 0
);

CREATE INDEX meetings_running ON meetings (round_at) WHERE code_digest IS NOT NULL;
CREATE INDEX meetings_ending ON meetings (ends_at) WHERE code_digest IS NOT NULL;
CREATE INDEX meetings_erasing ON meetings (erases_at) WHERE erased_at IS NULL;

-- Who has been here, under a number that means something in this meeting only.
CREATE TABLE meeting_people (
    group_id text COLLATE "C" NOT NULL REFERENCES meetings ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    seat integer NOT NULL,
    came_at bigint NOT NULL,
    looks_sealed bytea, -- every look they gave, with its moment
    PRIMARY KEY (group_id, account_id),
    UNIQUE (group_id, seat)
);

CREATE INDEX meeting_people_of_account ON meeting_people (account_id);

-- Every description, the refused ones too: they count, and a retry gets the first answer.
CREATE TABLE meeting_descriptions (
    description_id text COLLATE "C" PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL REFERENCES meetings ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    cid text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    open boolean NOT NULL, -- it is looked for
    sealed bytea NOT NULL, -- what was said, and what was answered
    UNIQUE (account_id, cid)
);

CREATE INDEX meeting_descriptions_of_account ON meeting_descriptions (account_id, at);
CREATE INDEX meeting_descriptions_of_group ON meeting_descriptions (group_id);

-- Wrong codes of the last hour.
CREATE TABLE meeting_tries (
    account_id text COLLATE "C" PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    tried_at bigint[] NOT NULL
);
