"""Rooms: the state machine of one conversation and its ordered log."""
