"""Written by `python -m api.sdk`, not by hand: the calls of search."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page


class SearchHit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that says it."""

    room: str
    event: dict[str, object]


def search_messages(
    *,
    limit: int | UnsetType = UNSET,
    cursor: str | UnsetType | None = UNSET,
    query: str,
    room: str | UnsetType | None = UNSET,
) -> Call[Page[SearchHit]]:
    """Find messages in one's own rooms, newest first."""
    return Call(
        "GET",
        "/v1/search/messages",
        Page[SearchHit],
        query={"limit": limit, "cursor": cursor, "query": query, "room": room},
    )
