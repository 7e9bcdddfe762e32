-- compat: 6
-- Credits as a double-entry ledger, plans as terms. A program that takes credits away without
-- writing down where they went must not start any more.

-- Each person's accounts, on their own side: held, spent and the wallet (`credits`) are ours to
-- give, issued and owed are what stands against them.
ALTER TABLE accounts
    ADD COLUMN credits_held integer NOT NULL DEFAULT 0 CHECK (credits_held >= 0),
    ADD COLUMN credits_spent integer NOT NULL DEFAULT 0 CHECK (credits_spent >= 0),
    ADD COLUMN credits_issued integer NOT NULL DEFAULT 0 CHECK (credits_issued >= 0),
    ADD COLUMN credits_owed integer NOT NULL DEFAULT 0 CHECK (credits_owed >= 0);

UPDATE accounts SET credits_issued = credits WHERE credits > 0;

ALTER TABLE accounts ADD CONSTRAINT accounts_credits_balance
    CHECK (credits + credits_held + credits_spent = credits_issued + credits_owed);

-- One row is one move: a column for the entry on each account, positive for credit, negative for
-- debit. `number` only orders the moves of one person; it never leaves the server.
CREATE TABLE credit_moves (
    owner_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    cause text NOT NULL,
    amount integer NOT NULL CHECK (amount > 0),
    about text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    wallet integer NOT NULL,
    held integer NOT NULL,
    spent integer NOT NULL,
    issued integer NOT NULL,
    owed integer NOT NULL,
    PRIMARY KEY (owner_id, key),
    CHECK (wallet + held + spent + issued + owed = 0)
);

CREATE INDEX credit_moves_of_owner ON credit_moves (owner_id, number);

INSERT INTO credit_moves
    (owner_id, key, kind, cause, amount, about, at, wallet, held, spent, issued, owed)
SELECT account_id, 'make opening', 'give', 'opening', credits, '', created_at,
    credits, 0, 0, -credits, 0
FROM accounts WHERE credits > 0;

-- What somebody is entitled to and when; `accounts.premium_until` is the end of the unbroken time
-- with premium, written with every term.
CREATE TABLE plan_terms (
    owner_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    command text COLLATE "C" NOT NULL,
    plan text NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    granted_at bigint NOT NULL,
    PRIMARY KEY (owner_id, command),
    CHECK (starts_at < ends_at)
);

INSERT INTO plan_terms (owner_id, command, plan, starts_at, ends_at, granted_at)
SELECT account_id, 'opening', 'premium', created_at, premium_until, created_at
FROM accounts WHERE premium_until > created_at;
