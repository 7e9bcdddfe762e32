"""Signing in: tokens, codes, cursors, and who may call."""
