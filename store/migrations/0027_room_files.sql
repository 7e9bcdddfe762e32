-- compat: 18
-- Pictures and voices of rooms. The bytes lie in the store of files, each sealed with the key of its
-- row. A row goes with its room, its sender, or the message that it was handed in for.

CREATE TABLE room_files (
    name text COLLATE "C" PRIMARY KEY,
    room_id text COLLATE "C" NOT NULL REFERENCES rooms ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    alias text COLLATE "C" NOT NULL,
    cid text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    key_wrapped bytea NOT NULL,
    unsent_at bigint,
    UNIQUE (room_id, alias, cid)
);

CREATE INDEX room_files_of_account ON room_files (account_id);
CREATE INDEX room_files_unsent ON room_files (unsent_at) WHERE unsent_at IS NOT NULL;

CREATE TRIGGER room_files_gone AFTER DELETE ON room_files
    FOR EACH ROW EXECUTE FUNCTION doom_file('chat');

-- Whoever takes a message back takes back what it shows, in the same transaction.
CREATE FUNCTION drop_room_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM room_files
    WHERE room_id = NEW.room_id AND alias = NEW.sender AND cid = NEW.cid;
    RETURN NULL;
END $$;

CREATE TRIGGER room_events_taken_back AFTER UPDATE OF deleted ON room_events
    FOR EACH ROW WHEN (NEW.deleted AND NOT OLD.deleted) EXECUTE FUNCTION drop_room_file();
