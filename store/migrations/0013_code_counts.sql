-- compat: 10
-- Codes and wrong guesses by window of time: what caps of addresses, prefixes and all count in.

CREATE TABLE code_counts (
    name bytea NOT NULL,
    window_at bigint NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (name, window_at)
);

CREATE INDEX code_counts_by_window ON code_counts (window_at);
