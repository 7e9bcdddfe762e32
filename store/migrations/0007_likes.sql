-- compat: 7
-- All rules of likes: super-likes with a line, likes that premium members may see, taking back,
-- counts of likers that change at few moments. A program that does not know them would tell more.

ALTER TABLE likes
    -- For a premium receiver to see; the line of a super-like, sealed, is read after the match.
    ADD COLUMN shown boolean NOT NULL DEFAULT false,
    ADD COLUMN line_sealed bytea,
    ADD COLUMN spent integer NOT NULL DEFAULT 0 CHECK (spent >= 0),
    -- Of a like that is matched: the match, and the moment at which both are told.
    ADD COLUMN match_id text COLLATE "C",
    ADD COLUMN told_at bigint,
    DROP CONSTRAINT likes_state_check,
    ADD CONSTRAINT likes_state_check
        CHECK (state IN ('open', 'matched', 'ended', 'undone', 'cancelled'));

UPDATE likes l SET match_id = m.match_id, told_at = m.visible_at
FROM matches m
WHERE l.state = 'matched' AND m.ended_at IS NULL AND m.group_id = l.group_id
    AND m.low_id = least(l.sender_id, l.target_id) AND m.high_id = greatest(l.sender_id, l.target_id);
UPDATE likes SET told_at = at WHERE state = 'matched' AND told_at IS NULL;

-- A release reads the likes of two weeks at once; likes come in the order of their time.
CREATE INDEX likes_by_time ON likes USING brin (at);

-- What members are told of how many like them, until the next release.
CREATE TABLE like_counts (
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    band text NOT NULL,
    PRIMARY KEY (account_id, group_id)
);

CREATE INDEX like_counts_of_group ON like_counts (group_id);

-- The newest release. Its row is the lock: whoever is second finds nothing to do.
CREATE TABLE like_releases (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    released_at bigint NOT NULL
);

INSERT INTO like_releases (released_at) VALUES (0);
