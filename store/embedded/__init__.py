"""An own PostgreSQL in the data folder: nothing to install, nothing to configure."""

from __future__ import annotations

from store.embedded.server import EmbeddedPostgres, open_embedded

__all__ = ["EmbeddedPostgres", "open_embedded"]
