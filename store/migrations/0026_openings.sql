-- compat: 18
-- Whether matching is open in a group is told to each member when it changes, as they see it.

ALTER TABLE memberships ADD COLUMN told_open smallint NOT NULL DEFAULT 0;

-- Groups whose numbers have changed since somebody looked; `marks` tells a change from the next one.
CREATE TABLE groups_changed (
    group_id text COLLATE "C" PRIMARY KEY REFERENCES groups ON DELETE CASCADE,
    marks bigint NOT NULL DEFAULT 1
);

CREATE FUNCTION mark_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO groups_changed AS held (group_id) VALUES (NEW.group_id)
    ON CONFLICT (group_id) DO UPDATE SET marks = held.marks + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER groups_counted AFTER UPDATE OF females, males, others ON groups
    FOR EACH ROW EXECUTE FUNCTION mark_group();
