-- compat: 18
-- Orders: what people buy, what providers have said of the money, and what was given for it.

-- The records of payments outlive the person by law: without the owner they name nobody.
CREATE TABLE orders (
    order_id text COLLATE "C" PRIMARY KEY,
    owner_id text COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    product text NOT NULL,
    version integer NOT NULL,
    provider text NOT NULL,
    language text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    sent boolean NOT NULL DEFAULT false,
    charged bigint NOT NULL DEFAULT 0,
    refunded bigint NOT NULL DEFAULT 0,
    dispute smallint NOT NULL DEFAULT 0,
    ending smallint NOT NULL DEFAULT 0,
    back bigint NOT NULL DEFAULT 0,
    given integer NOT NULL DEFAULT 0,
    steps integer NOT NULL DEFAULT 0,
    reference text NOT NULL DEFAULT '',
    receipt text NOT NULL DEFAULT '',
    created_at bigint NOT NULL,
    ask_at bigint,
    asked integer NOT NULL DEFAULT 0,
    CHECK (refunded BETWEEN 0 AND charged),
    CHECK (back BETWEEN 0 AND amount),
    CHECK (given >= 0)
);

CREATE INDEX orders_of_owner ON orders (owner_id, created_at DESC, order_id DESC);
CREATE INDEX orders_to_ask ON orders (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX orders_by_age ON orders (created_at);

-- Events of providers that were applied; each name is theirs.
CREATE TABLE order_events (
    provider text NOT NULL,
    event text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (provider, event)
);

CREATE INDEX order_events_by_age ON order_events (at);
