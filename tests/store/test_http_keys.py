"""Clerk's keys over HTTP, against a double on loopback."""

from __future__ import annotations

import pytest

from api.dev_providers.door import Answer, open_door
from engine.errors import Unavailable
from engine.limits_outside import (
    CLERK_KEYS_BYTES_MAX,
)
from store.providers.http_keys import HttpKeys
from tests.doubles import clerk as double

PATH = "/.well-known/jwks.json"


async def test_the_document_is_read_where_the_settings_say() -> None:
    document = double.Clerk().document()
    with open_door(lambda _: Answer(body=document)) as door:
        assert await HttpKeys(door.url + PATH).fetch() == document
    assert [(one.method, one.path) for one in door.asked] == [("GET", PATH)]


async def test_a_redirect_is_not_followed() -> None:
    with (
        open_door(lambda _: Answer()) as evil,
        open_door(lambda _: Answer(302, headers=(("Location", evil.url),))) as door,
    ):
        with pytest.raises(Unavailable):
            await HttpKeys(door.url + PATH).fetch()
        assert evil.asked == []


@pytest.mark.parametrize(
    "answer",
    [Answer(500), Answer(404), Answer(204), Answer(body=b"x" * (CLERK_KEYS_BYTES_MAX + 1))],
)
async def test_any_other_answer_is_an_outage(answer: Answer) -> None:
    with open_door(lambda _: answer) as door, pytest.raises(Unavailable):
        await HttpKeys(door.url + PATH).fetch()


async def test_one_who_does_not_answer_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.providers.http_keys.CLERK_CALL_S_MAX", 0.2)
    with open_door(lambda _: Answer(hang=True)) as door:
        with pytest.raises(Unavailable):
            await HttpKeys(door.url + PATH).fetch()
        assert len(door.asked) == 1


async def test_nobody_there_is_an_outage() -> None:
    with pytest.raises(Unavailable):
        await HttpKeys("http://127.0.0.1:1/jwks").fetch()
