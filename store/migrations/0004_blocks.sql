-- compat: 4
-- Who has blocked whom: both are hidden from each other in every group. A program that does not know
-- the table would show them and let them meet.

CREATE TABLE blocks (
    blocker_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    blocked_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    at bigint NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);

CREATE INDEX blocks_of_blocked ON blocks (blocked_id, blocker_id);

-- Whom each person does not see, whoever of the two has blocked.
CREATE VIEW hidden_people AS
SELECT blocker_id AS viewer_id, blocked_id AS account_id FROM blocks
UNION SELECT blocked_id, blocker_id FROM blocks;

-- How many members of a group a person does not see, by side: a block must not show as one more in
-- the count of a list than there are in it.
CREATE VIEW hidden_sides AS
SELECT h.viewer_id, m.group_id,
    count(*) FILTER (WHERE a.gender = 'female') AS hidden_females,
    count(*) FILTER (WHERE a.gender = 'male') AS hidden_males,
    count(*) FILTER (WHERE a.gender = 'other') AS hidden_others
FROM hidden_people h
JOIN accounts a ON a.account_id = h.account_id AND a.state = 'active'
JOIN memberships m ON m.account_id = h.account_id AND m.state = 'active'
GROUP BY h.viewer_id, m.group_id;
