-- compat: 3
-- What a search looks at, beside each message: an encrypted filter of its pairs of characters.
--
-- NULL: the event says nothing, or says it no more. Empty: not known, the body has to be opened:
-- messages from before this migration, and those of a program that does not know the column. Such a
-- program must not start any more: it would take a message back and leave its filter behind.

ALTER TABLE room_events ADD COLUMN grams bytea DEFAULT '';
