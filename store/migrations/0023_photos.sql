-- compat: 18
-- Photos of members. The bytes lie in the store of files, each sealed with the key of its row: who
-- drops the row has destroyed the photo. A trigger notes the bytes that are left, for a worker.

CREATE TABLE doomed_files (
    shelf text NOT NULL,
    name text COLLATE "C" NOT NULL,
    due_at bigint NOT NULL,
    PRIMARY KEY (shelf, name)
);

CREATE INDEX doomed_files_due ON doomed_files (due_at);

CREATE TABLE member_photos (
    group_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    key_wrapped bytea NOT NULL,
    PRIMARY KEY (group_id, account_id),
    FOREIGN KEY (group_id, account_id) REFERENCES memberships (group_id, account_id)
        ON DELETE CASCADE
);

CREATE INDEX member_photos_of_account ON member_photos (account_id);

-- Its argument is the shelf. A file is doomed once: it has one owner, and its name is never used again.
CREATE FUNCTION doom_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO doomed_files (shelf, name, due_at) VALUES (TG_ARGV[0], OLD.name, 0);
    RETURN NULL;
END $$;

CREATE TRIGGER member_photos_gone AFTER DELETE ON member_photos
    FOR EACH ROW EXECUTE FUNCTION doom_file('photos');
