-- compat: 18
-- Subscriptions that begin with free days, once for each person, and whose provider is asked too.

ALTER TABLE orders ADD COLUMN trial boolean NOT NULL DEFAULT false;

ALTER TABLE subscriptions ADD COLUMN trial boolean NOT NULL DEFAULT false;
ALTER TABLE subscriptions ADD COLUMN turn integer NOT NULL DEFAULT 0;

-- Who had free days, by the keyed hash of a way in: kept like the records of payments.
CREATE TABLE trials (
    way_in bytea PRIMARY KEY,
    at bigint NOT NULL
);

CREATE INDEX trials_by_age ON trials (at);
