"""One's own profile in a group over REST."""

from __future__ import annotations

import pytest

from tests.api.people import Town, make_town


@pytest.fixture
def town() -> Town:
    return make_town()


async def test_a_profile_is_read_and_changed_and_stays_in_its_group(town: Town) -> None:
    group, people, _ = await town.group_of(2)
    me, path = people[1], f"/v1/groups/{group}/membership"
    assert await me.get(path) == {
        "nickname": "fox2",
        "bio": "",
        "interests": [],
        "rename_at": None,
    }
    body = {"nickname": "  \uff2f\uff57\uff4c  ", "bio": " tea ", "interests": ["go", "go", " "]}
    reply = await me.call("PATCH", path, body)
    week_ms = town.edge.services.policy.groups.nickname_keeps_s * 1000
    assert (reply.status, reply.fields) == (
        200,
        {
            "nickname": "Owl",
            "bio": "tea",
            "interests": ["go"],
            "rename_at": town.edge.clock() + week_ms,
        },
    )
    assert (await me.get("/v1/me"))["nickname"] == "fox2"
    again = await me.call("PATCH", path, {"nickname": "fox2"})
    assert (again.status, again.code) == (429, "rate_limited")
    assert again.headers["retry-after"] == str(week_ms // 1000)
    assert (await me.get(path))["nickname"] == "Owl"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"nickname": "admin"}, 400, "bad_request"),
        ({"nickname": "a b"}, 400, "bad_request"),
        ({"nickname": "foxl"}, 409, "conflict"),  # the other is called fox1
        ({"bio": "010-1234-5678"}, 409, "contact_too_soon"),
        ({"bio": "x" * 201}, 400, "bad_request"),
        ({"bio": "a\0b"}, 400, "bad_request"),
        ({"interests": ["tea"] * 21}, 400, "bad_request"),
        ({"role": "owner"}, 400, "bad_request"),
        ({"renamed_at": 0}, 400, "bad_request"),
        ({"bio": None}, 400, "bad_request"),
    ],
)
async def test_no_change_brings_in_what_joining_would_not(
    town: Town, body: object, status: int, code: str
) -> None:
    group, people, _ = await town.group_of(2)
    path = f"/v1/groups/{group}/membership"
    reply = await people[1].call("PATCH", path, body)
    assert (reply.status, reply.code) == (status, code)
    assert (await people[1].get(path))["nickname"] == "fox2"
