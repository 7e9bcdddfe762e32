-- compat: 18
-- Papers that show who belongs to an official group. What lies in the store of files is sealed with the
-- key of its row, which goes with the decision, with the membership, and with the person.

CREATE TABLE group_reviews (
    review_id text COLLATE "C" PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'admitted', 'refused', 'expired')),
    reason text,
    at bigint NOT NULL,
    decided_at bigint,
    UNIQUE (group_id, account_id),
    FOREIGN KEY (group_id, account_id) REFERENCES memberships (group_id, account_id)
        ON DELETE CASCADE
);

CREATE INDEX group_reviews_of_account ON group_reviews (account_id);
CREATE INDEX group_reviews_open ON group_reviews (at, review_id) WHERE state = 'open';

CREATE TABLE review_papers (
    review_id text COLLATE "C" PRIMARY KEY REFERENCES group_reviews ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    key_wrapped bytea NOT NULL
);

CREATE TRIGGER review_papers_gone AFTER DELETE ON review_papers
    FOR EACH ROW EXECUTE FUNCTION doom_file('documents');
