-- compat: 10
-- A person tells their devices apart by what kind they are and when they signed in; no more is kept.

ALTER TABLE devices ADD COLUMN platform text NOT NULL DEFAULT 'other'
    CHECK (platform IN ('android', 'ios', 'windows', 'mac', 'linux', 'other'));
