"""The bench: puts load on the server and on its peers, and reports what that cost."""

from __future__ import annotations
