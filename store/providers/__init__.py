"""Providers: how what the engine says leaves the machine."""
