"""Providers of text messages, against doubles on loopback that fail in every way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest

from api.dev_providers.door import Answer, Asked, Door, open_door
from engine.errors import Unavailable
from engine.limits import TEXT_ANSWER_BYTES_MAX
from store.providers.http_texts import open_http_texts
from store.providers.text_dialects import Dialect, PlainTexts, SolapiTexts, TwilioTexts
from tests.doubles.texts import (
    SOLAPI_KEY,
    SOLAPI_SECRET,
    TWILIO_ACCOUNT,
    TWILIO_TOKEN,
    Double,
    Solapi,
    Twilio,
)

PHONE, TEXT = "+821012345678", "[Glimpse] 인증번호 123456"
NOW_MS = 1_750_000_000_000


def solapi(url: str, secret: str = SOLAPI_SECRET) -> Dialect:
    salts = count()
    return SolapiTexts(
        url, SOLAPI_KEY, secret, "0212345678", lambda: NOW_MS, lambda n: next(salts).to_bytes(n)
    )


def twilio(url: str, token: str = TWILIO_TOKEN) -> Dialect:
    return TwilioTexts(url, TWILIO_ACCOUNT, token, "+15005550006")


@dataclass
class Way:
    """One provider's double, and how it is spoken to."""

    double: Double
    speak: type[Solapi | Twilio]

    def dialect(self, url: str) -> Dialect:
        return solapi(url) if self.speak is Solapi else twilio(url)


@pytest.fixture(params=[Solapi, Twilio])
def way(request: pytest.FixtureRequest) -> Way:
    """Each of the two providers."""
    return Way(request.param(), request.param)


async def send(door: Door, way: Way) -> None:
    async with open_http_texts(way.dialect(door.url)) as texts:
        await texts.send(PHONE, TEXT, code="123456")


async def test_solapi_takes_a_message_in_its_own_form() -> None:
    double = Solapi()
    with open_door(double) as door:
        async with open_http_texts(solapi(door.url + "/")) as texts:
            for _ in range(2):
                await texts.send(PHONE, TEXT, code="123456")
    assert double.taken == [("01012345678", "0212345678", TEXT)] * 2


async def test_twilio_takes_a_message_in_its_own_form() -> None:
    double = Twilio()
    with open_door(double) as door:
        async with open_http_texts(twilio(door.url)) as texts:
            await texts.send(PHONE, TEXT, code="123456")
    assert double.taken == [(PHONE, "+15005550006", TEXT)]


async def test_a_plain_gateway_takes_a_message() -> None:
    def take(_: Asked) -> Answer:
        return Answer(202, b"")

    with open_door(take) as door:
        async with open_http_texts(PlainTexts(door.url + "/send", "key")) as texts:
            await texts.send("+821012345678", "hi", code="1")
    (asked,) = door.asked
    assert (asked.path, asked.headers["Authorization"]) == ("/send", "Bearer key")
    assert asked.body == b'{"to":"+821012345678","text":"hi"}'


@pytest.mark.parametrize("dialect", [lambda url: solapi(url, "x"), lambda url: twilio(url, "x")])
@pytest.mark.parametrize("make", [Solapi, Twilio])
async def test_wrong_credentials_are_an_outage_at_once(
    make: type[Double], dialect: type[Dialect]
) -> None:
    with open_door(make()) as door:
        async with open_http_texts(dialect(door.url)) as texts:  # type: ignore[call-arg]  # a function
            with pytest.raises(Unavailable):
                await texts.send(PHONE, TEXT, code="123456")
        assert len(door.asked) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_who_asks_for_patience_is_asked_once_more(
    way: Way, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.providers.http_texts.TEXT_RETRY_AFTER_S", 0.0)
    way.double.faults = [Answer(status)]
    with open_door(way.double) as door:
        await send(door, way)
        way.double.faults = [Answer(status)] * 3
        with pytest.raises(Unavailable):
            await send(door, way)
        assert (len(door.asked), len(way.double.taken)) == (4, 1)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(302, headers=(("Location", "http://127.0.0.1:1/"),)),
        Answer(400, b'{"code":21211}'),
        Answer(500),
        Answer(200, b'{"statusCode":"3059","sid":"SM1","status":"failed"}'),
        Answer(200, b'{"statusCode":2000,"sid":1,"status":"queued"}'),
        Answer(200, b"<html>hello</html>"),
        Answer(200, b"[" * 60_000),
        Answer(200, b" " * (TEXT_ANSWER_BYTES_MAX + 1)),
        Answer(200, b"\xff"),
    ],
    ids=range(9),
)
async def test_what_was_perhaps_sent_is_not_sent_again(way: Way, answer: Answer) -> None:
    way.double.faults = [answer]
    with open_door(way.double) as door:
        with pytest.raises(Unavailable) as caught:
            await send(door, way)
        assert len(door.asked) == 1
    assert "821" not in str(caught.value)
    assert "123456" not in str(caught.value)


async def test_one_who_does_not_answer_holds_nobody(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.providers.http_texts.TEXT_CALL_S_MAX", 0.2)
    way.double.faults = [Answer(hang=True)]
    with open_door(way.double) as door:
        with pytest.raises(Unavailable):
            await send(door, way)
        assert len(door.asked) == 1


async def test_nobody_there_is_tried_twice_and_an_outage(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("store.providers.http_texts.trio.sleep", sleep)
    async with open_http_texts(way.dialect("http://127.0.0.1:1")) as texts:
        with pytest.raises(Unavailable):
            await texts.send(PHONE, TEXT, code="123456")
    assert len(waits) == 1
