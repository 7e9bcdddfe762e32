-- compat: 14
-- How one comes into a group, invites, and bans that outlive an account. A program that does not know
-- them would let in whom a group keeps out.

ALTER TABLE groups ADD COLUMN entry text NOT NULL DEFAULT 'open'
    CHECK (entry IN ('open', 'approval', 'invite'));

-- Codes as keyed hashes; a row that is spent or late is as good as none.
CREATE TABLE group_invites (
    code_digest bytea PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    inviter_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    uses_left integer NOT NULL CHECK (uses_left >= 0),
    expires_at bigint NOT NULL
);

CREATE INDEX group_invites_of_inviter ON group_invites (inviter_id, group_id);
CREATE INDEX group_invites_of_group ON group_invites (group_id);

-- Who is banned by the keyed hash of their number or of their user at a provider: the account may be
-- gone and made anew. Nothing here leads back to a person.
CREATE TABLE group_bans (
    group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
    identity bytea NOT NULL,
    PRIMARY KEY (group_id, identity)
);

INSERT INTO group_bans
SELECT m.group_id, i.identity FROM memberships m JOIN accounts a USING (account_id)
CROSS JOIN LATERAL (VALUES (a.phone_digest), (a.clerk_digest)) AS i (identity)
WHERE m.state = 'banned' AND i.identity IS NOT NULL
ON CONFLICT DO NOTHING;
