-- compat: 18
-- Pushes. A token belongs to a signed-in device and ends with it; what waits for a device and the
-- waves of messages that it was told of hang on the token, so that nothing of one person is told to
-- a phone that has become another's.

CREATE TABLE push_tokens (
    device_id text COLLATE "C" PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    digest bytea NOT NULL UNIQUE,
    sealed bytea NOT NULL,
    registered_at bigint NOT NULL,
    sent_at bigint,
    told_until bigint
);

CREATE INDEX push_tokens_of_account ON push_tokens (account_id);

CREATE TABLE push_settings (
    account_id text COLLATE "C" PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    muted text[] NOT NULL,
    quiet_from smallint CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to smallint CHECK (quiet_to BETWEEN 0 AND 1439),
    offset_minutes smallint NOT NULL CHECK (offset_minutes BETWEEN -720 AND 840),
    language text NOT NULL CHECK (language IN ('ko', 'en')),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

CREATE TABLE pushes (
    device_id text COLLATE "C" NOT NULL REFERENCES push_tokens ON DELETE CASCADE,
    kind text NOT NULL,
    due_at bigint NOT NULL,
    since_at bigint NOT NULL,
    causes integer NOT NULL DEFAULT 1,
    tries integer NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, kind)
);

CREATE INDEX pushes_due ON pushes (due_at);

-- No reference to rooms: it would lock rows that the log of rooms writes. Old ones are purged.
CREATE TABLE push_waves (
    device_id text COLLATE "C" NOT NULL REFERENCES push_tokens ON DELETE CASCADE,
    room_id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (device_id, room_id)
);

CREATE INDEX push_waves_by_age ON push_waves (at);

CREATE TABLE push_looks (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    looked_at bigint NOT NULL
);

-- Whoever is signed out, by whatever way, gets nothing more on that device.
CREATE FUNCTION drop_push_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM push_tokens WHERE device_id = NEW.device_id;
    RETURN NULL;
END $$;

CREATE TRIGGER devices_signed_out AFTER UPDATE OF revoked_at ON devices
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL)
    EXECUTE FUNCTION drop_push_token();
