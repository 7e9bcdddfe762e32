-- compat: 15
-- Nicknames of a group differ in what they look like, not in their letters alone. A program that does
-- not know this would let two of them look the same. Who looks like another already stays as they are.

DROP INDEX memberships_nicknames;

WITH looks AS (
    SELECT member_id, group_id,
        replace(replace(translate(nickname_key, 'i10', 'llo'), 'm', 'rn'), 'w', 'vv') AS look
    FROM memberships WHERE nickname <> ''
), places AS (
    SELECT member_id, look,
        row_number() OVER (PARTITION BY group_id, look ORDER BY member_id) AS place
    FROM looks
)
UPDATE memberships m
SET nickname_key = p.look || CASE WHEN p.place > 1 THEN ' ' || m.member_id ELSE '' END
FROM places p WHERE p.member_id = m.member_id;

CREATE UNIQUE INDEX memberships_nicknames ON memberships (group_id, nickname_key)
    WHERE state = 'active';
