"""Actors: Trio tasks with bounded mailboxes that act on what the engine decides."""
