"""Adapters: PostgreSQL and its embedded server, their in-memory twins, and outside providers."""
