"""Sessions: one connected client, its replies in order and its bounded outbox."""
