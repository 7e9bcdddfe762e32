-- compat: 18
-- Bans of operators: nobody in the group lifts them.

ALTER TABLE group_bans ADD COLUMN by_operator boolean NOT NULL DEFAULT false;
