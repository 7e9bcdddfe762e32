-- compat: 18
-- When a member last changed their nickname: it stays for a while before it can be changed again.

ALTER TABLE memberships ADD COLUMN renamed_at bigint;
