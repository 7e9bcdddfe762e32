-- compat: 30
-- What an order is to be paid by while it waits, sealed; from now on the mandates of subscriptions
-- are kept sealed, too, so a program that does not know that would charge by nonsense.

ALTER TABLE orders ADD COLUMN mandate text NOT NULL DEFAULT '';
