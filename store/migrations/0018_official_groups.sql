-- compat: 18
-- How one proves to belong to an official group: by a code to an address of one of its domains.

CREATE TABLE group_domains (
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    domain text NOT NULL,
    PRIMARY KEY (group_id, domain)
);

-- One code for each person and group; addresses and codes as keyed hashes only.
CREATE TABLE mail_codes (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    mail_digest bytea NOT NULL,
    code_digest bytea NOT NULL,
    tries integer NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (account_id, group_id)
);

CREATE INDEX mail_codes_of_group ON mail_codes (group_id);

-- Which box has proved whom: one account for each in one group.
CREATE TABLE group_mails (
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    mail_digest bytea NOT NULL,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    PRIMARY KEY (group_id, mail_digest)
);

CREATE INDEX group_mails_of_account ON group_mails (account_id, group_id);
