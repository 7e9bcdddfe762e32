"""Consents over REST: nothing optional is a condition, and a withdrawal is seen at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.model.consent import Purpose
from engine.model.policy import Policy
from tests.api.people import make_town


async def test_who_signs_up_has_agreed_to_nothing_optional() -> None:
    person = await make_town().newcomer()
    items = {item["purpose"]: item for item in await person.items("/v1/me/consents")}
    assert set(items) == set(Purpose)
    assert not any(item["granted"] for item in items.values())
    assert {name for name, item in items.items() if item["required"]} == {"terms", "privacy"}


async def test_a_consent_is_given_and_taken_back_at_once() -> None:
    town = make_town()
    person, other = await town.newcomer(), await town.newcomer()
    for granted in (True, False):
        body = {"purpose": "location", "version": 1, "granted": granted}
        assert (await person.call("POST", "/v1/me/consents", body)).status == 200
        (mine,) = [
            item for item in await person.items("/v1/me/consents") if item["purpose"] == "location"
        ]
        assert (mine["granted"], mine["said_at"]) == (granted, town.edge.clock())
        assert not any(item["granted"] for item in await other.items("/v1/me/consents"))
        town.edge.clock.sleep(1)


@pytest.mark.parametrize(
    "body",
    [
        {"purpose": "everything", "version": 1, "granted": True},
        {"purpose": "push", "version": 2, "granted": True},
        {"purpose": "push", "version": 0, "granted": True},
        {"purpose": "push", "version": 1, "granted": "yes"},
        {"purpose": "push", "version": 1},
        {"purpose": "push", "version": 1, "granted": True, "account": "A" * 16},
    ],
)
async def test_what_is_not_asked_cannot_be_agreed_to(body: dict[str, object]) -> None:
    person = await make_town().newcomer()
    reply = await person.call("POST", "/v1/me/consents", body)
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_where_it_is_asked_for_a_romantic_like_needs_its_own_consent() -> None:
    town = make_town(policy=replace(Policy(), asks_sensitive=True))
    group, (me, *_), members = await town.group_of(4)
    refused = await me.like(group, members[1], "romantic")
    assert (refused.status, refused.code) == (403, "consent_required")
    for purpose, status in (("location", 403), ("sensitive", 202)):
        said = {"purpose": purpose, "version": 1, "granted": True}
        assert (await me.call("POST", "/v1/me/consents", said)).status == 200
        assert (await me.like(group, members[1], "romantic")).status == status
    said = {"purpose": "sensitive", "version": 1, "granted": False}
    assert (await me.call("POST", "/v1/me/consents", said)).status == 200
    assert await me.items(f"/v1/groups/{group}/likes") == [], "what was wished has ended"
