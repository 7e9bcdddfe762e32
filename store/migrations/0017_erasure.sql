-- compat: 15
-- Whose grace has passed is found every minute.

CREATE INDEX accounts_by_erasure ON accounts (erases_at) WHERE erases_at IS NOT NULL;
