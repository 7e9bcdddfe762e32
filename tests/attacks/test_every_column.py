"""Nobody sets by a body what is not theirs to set: the name of every column is tried.

faults.md 66. Whatever a body does not have is refused, and nothing of the same body is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import get_args

import pytest
from msgspec import inspect

from api.app import all_routes
from api.settings import Environment
from engine.model.policy import Policy
from engine.wire.frames import ClientFrame
from store.data_map import load_data_map
from tests.api.people import Fields, Person, make_town

COLUMNS = {column for table in load_data_map().values() for column in table.columns}
BODIES = {
    f"{route.method} {route.path}": route.body
    for route in all_routes(Environment.DEV)
    if route.body is not None
}
OPS = {str(kind.__struct_config__.tag): kind for kind in get_args(ClientFrame)}

# What only the server says of anybody, in its own words and in those that somebody would try.
OURS = {
    *("account", "account_id", "owner_id", "sender_id", "user_id", "device_id", "member_id"),
    *("credits", "premium", "premium_until", "wallet", "amount", "state", "status", "verified"),
    *("bot", "admin", "is_admin", "erases_at", "by_operator", "phone_digest"),
}


def structs_in(kind: object) -> Iterator[inspect.StructType]:
    """Walk through everything that a body may hold."""
    if isinstance(kind, inspect.StructType):
        yield kind
        for field in kind.fields:
            yield from structs_in(field.type)
    one = (getattr(kind, name, None) for name in ("item_type", "key_type", "value_type"))
    several = (getattr(kind, name, ()) for name in ("types", "item_types"))
    for inner in (*one, *chain.from_iterable(several)):
        if inner is not None:
            yield from structs_in(inner)


@pytest.mark.parametrize("name", [*BODIES, *OPS])
def test_no_part_of_a_body_takes_what_it_does_not_know(name: str) -> None:
    parts = list(structs_in(inspect.type_info({**BODIES, **OPS}[name])))
    assert parts
    for part in parts:
        assert part.cls.__struct_config__.forbid_unknown_fields, part.cls
        assert OURS & {field.encode_name for field in part.fields} == set(), part.cls


async def seen_of(person: Person, group: str) -> list[Fields]:
    """Read all that somebody could have changed."""
    paths = ("/v1/me", "/v1/credits", f"/v1/groups/{group}", f"/v1/groups/{group}/members")
    return [await person.get(path) for path in paths]


async def test_the_name_of_no_column_is_taken_from_a_body() -> None:
    town = make_town(policy=replace(Policy(), limited=False))
    group, (owner, member), ids = await town.group_of(2)
    bodies: list[tuple[str, str, Fields, str]] = [
        ("PATCH", "/v1/me", {"nickname": "other"}, ""),
        ("POST", "/v1/groups", {"type": "created", "name": "mine"}, ""),
        ("POST", "/v1/groups", {"type": "created", "name": "mine"}, "profile"),
        ("PATCH", f"/v1/groups/{group}/members/{ids[1]}", {"role": "moderator"}, ""),
    ]
    before = [await seen_of(person, group) for person in (owner, member)]
    known = {field for kind in BODIES.values() for field in kind.__struct_fields__}
    for column in sorted((COLUMNS | OURS) - known):
        for method, path, body, inside in bodies:
            tried = {**body, inside: {column: 1}} if inside else {**body, column: 1}
            reply = await owner.call(method, path, tried)
            assert (reply.status, reply.code) == (400, "bad_request"), (method, path, column)
    assert [await seen_of(person, group) for person in (owner, member)] == before
    assert len(await owner.items("/v1/groups?mine=true")) == 1


@pytest.mark.parametrize(
    "proof",
    [
        {"invite": "AAAAAAAA", "role": "owner"},
        {"mail": "kim@snu.ac.kr", "code": "123456", "verified": True},
        {"place": "A" * 44, "state": "active"},
        {"latitude": 37.5, "longitude": 127.0, "accuracy_m": 5.0, "verified": True},
        {"verified": True},
    ],
)
async def test_a_proof_says_what_it_is_and_nothing_else(proof: Fields) -> None:
    town = make_town()
    group, *_ = await town.group_of(1)
    reply = await (await town.newcomer()).call("POST", f"/v1/groups/{group}/join", {"proof": proof})
    assert (reply.status, reply.code) == (400, "bad_request")
