"""The load generator: many WebSocket clients in one lean epoll loop, which check what they get."""

from __future__ import annotations
