-- compat: 15
-- What a person agreed to, for which purpose and in which words; rows are only added.

CREATE TABLE consents (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    number bigint GENERATED ALWAYS AS IDENTITY,
    purpose text NOT NULL CHECK (purpose IN
        ('terms', 'privacy', 'overseas', 'location', 'sensitive', 'push', 'marketing')),
    version integer NOT NULL CHECK (version > 0),
    granted boolean NOT NULL,
    channel text NOT NULL CHECK (channel IN ('app', 'operator')),
    said_at bigint NOT NULL,
    PRIMARY KEY (account_id, number)
);

CREATE INDEX consents_latest ON consents (account_id, purpose, number DESC);
