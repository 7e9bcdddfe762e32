"""Consents over REST: nothing optional is a condition, and a withdrawal is seen at once."""

from __future__ import annotations

import pytest

from engine.model.consent import Purpose
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
