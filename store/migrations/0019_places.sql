-- compat: 18
-- Groups of a place, and the record of looks at where people are. No position of a person is kept.

CREATE TABLE group_places (
    group_id text COLLATE "C" PRIMARY KEY REFERENCES groups ON DELETE CASCADE,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    radius_m integer NOT NULL CHECK (radius_m > 0),
    ends_at bigint NOT NULL,
    open boolean NOT NULL DEFAULT true
);

CREATE INDEX group_places_due ON group_places (ends_at) WHERE open;

-- Who has used which of the codes that a place shows: each is good once for each person.
CREATE TABLE place_codes_used (
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    nonce bytea NOT NULL,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    used_at bigint NOT NULL,
    PRIMARY KEY (group_id, nonce, account_id)
);

CREATE INDEX place_codes_used_of_account ON place_codes_used (account_id);
CREATE INDEX place_codes_used_at ON place_codes_used (used_at);

-- That a location was looked at, by which means and for what; the law asks for it, for six months.
CREATE TABLE location_acts (
    act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    source text NOT NULL CHECK (source IN ('gps', 'qr')),
    service text NOT NULL,
    recipient text NOT NULL,
    at bigint NOT NULL
);

CREATE INDEX location_acts_of_account ON location_acts (account_id);
CREATE INDEX location_acts_at ON location_acts (at);
