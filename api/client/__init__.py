"""A typed client of the REST facade, for programs in Python (docs/client.md)."""

from __future__ import annotations

from api.client.call import Call, Page, RefusedError, StrangeError
from api.client.clients import AsyncClient, Client
from api.client.shared import Problem

__all__ = ["AsyncClient", "Call", "Client", "Page", "Problem", "RefusedError", "StrangeError"]
