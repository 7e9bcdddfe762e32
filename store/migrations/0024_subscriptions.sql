-- compat: 18
-- Subscriptions: what renews, until when it is paid, and by which mandate of the provider.

ALTER TABLE orders ADD COLUMN renews boolean NOT NULL DEFAULT false;

CREATE TABLE subscriptions (
    subscription_id text COLLATE "C" PRIMARY KEY,
    owner_id text COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    began_by text COLLATE "C" NOT NULL UNIQUE,
    product text NOT NULL,
    version integer NOT NULL,
    provider text NOT NULL,
    language text NOT NULL,
    mandate text NOT NULL,
    paid_until bigint NOT NULL,
    cancelled boolean NOT NULL DEFAULT false,
    paused boolean NOT NULL DEFAULT false,
    ended boolean NOT NULL DEFAULT false,
    renewal text COLLATE "C",
    look_at bigint
);

CREATE UNIQUE INDEX subscriptions_of_owner ON subscriptions (owner_id) WHERE NOT ended;
CREATE INDEX subscriptions_all_of_owner ON subscriptions (owner_id);
CREATE INDEX subscriptions_to_look_at ON subscriptions (look_at) WHERE look_at IS NOT NULL;
