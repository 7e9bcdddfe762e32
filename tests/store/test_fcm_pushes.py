"""Pushes by firebase-admin, against a double of FCM: what it says, what it costs, what leaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import trio

from api.dev_providers.door import Answer
from engine.errors import Unavailable
from engine.limits_pushes import PUSH_ANSWER_BYTES_MAX, PUSH_THREADS_MAX
from engine.model.push import PUSH_TEXTS, Language, PushToken
from engine.ports.pushes import Fate
from store.providers.fcm_pushes import FcmPlace, FcmPushes, open_fcm
from tests.doubles.fcm import Fcm, open_double, refusal

TEXT = PUSH_TEXTS[Language.KOREAN]
TOKEN = PushToken("device:APA91b-one")

# Well-formed, and nothing that FCM would say.
STRANGE = (
    b"null",
    b'"x"',
    b'{"error": "x"}',
    b'{"error": {"details": "x"}}',
    b'{"error": {"details": [1, null, {"@type": 7}]}}',
    b'{"error": {"status": []}}',
    b"[" * 40_000,
    b"\xff\xfe{}",
)


@pytest.fixture(scope="module")
def double() -> Iterator[Fcm]:
    with open_double() as opened:
        yield opened


@pytest.fixture(scope="module")
def pushes(double: Fcm) -> Iterator[FcmPushes]:
    with open_fcm(FcmPlace(double.url, double.account())) as opened:
        yield opened


@pytest.fixture
def fcm(double: Fcm) -> Fcm:
    double.forget()
    return double


async def test_a_push_is_sent_once(fcm: Fcm, pushes: FcmPushes) -> None:
    assert await pushes.send(TOKEN, TEXT) is Fate.SENT
    (asked,) = fcm.asked
    message = json.loads(asked.body)["message"]
    assert message["token"] == TOKEN.value
    assert message["notification"] == {"title": TEXT.title, "body": TEXT.body}


async def test_nothing_in_it_differs_but_the_device(fcm: Fcm, pushes: FcmPushes) -> None:
    tokens = [PushToken(f"device:APA91b-{n:03}") for n in range(3)]
    for token in tokens:
        await pushes.send(token, TEXT)
    bodies = {
        asked.body.replace(token.value.encode(), b"")
        for asked, token in zip(fcm.asked, tokens, strict=True)
    }
    headers = {tuple(sorted(asked.headers.items())) for asked in fcm.asked}
    assert (len(bodies), len(headers)) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (refusal(404, "UNREGISTERED"), Fate.DEAD),
        (refusal(403, "SENDER_ID_MISMATCH"), Fate.DEAD),
        (refusal(400, "INVALID_ARGUMENT"), Fate.REFUSED),
    ],
)
async def test_it_is_known_which_tokens_are_dead(
    fcm: Fcm, pushes: FcmPushes, answer: Answer, fate: Fate
) -> None:
    fcm.trouble[TOKEN.value] = answer
    assert await pushes.send(TOKEN, TEXT) is fate


@pytest.mark.parametrize(
    "answer",
    [
        refusal(404),  # no such project: that is us, and not the device
        refusal(429, "QUOTA_EXCEEDED"),
        refusal(500, "INTERNAL"),
        refusal(503, "UNAVAILABLE"),
        Answer(200, b"<html>"),
        Answer(200, b"{}"),
        Answer(200, b"[]"),
        Answer(200, b'{"name": "' + b"x" * PUSH_ANSWER_BYTES_MAX + b'"}'),
        Answer(200, b'{"name": "x"}' + b" " * PUSH_ANSWER_BYTES_MAX),
        Answer(404, b"not json"),
        *(Answer(status, body) for status in (200, 404, 500) for body in STRANGE),
        Answer(302, b"", (("Location", "http://127.0.0.1:9/elsewhere"),)),
    ],
)
async def test_any_other_answer_is_an_outage_and_asked_for_once(
    fcm: Fcm, pushes: FcmPushes, answer: Answer
) -> None:
    fcm.trouble[TOKEN.value] = answer
    with pytest.raises(Unavailable) as refused:
        await pushes.send(TOKEN, TEXT)
    assert TOKEN.value not in repr(refused.value)
    assert len(fcm.asked) == 1
    del fcm.trouble[TOKEN.value]
    assert await pushes.send(TOKEN, TEXT) is Fate.SENT


async def test_one_that_gives_no_access_in_time_is_an_outage_that_ends(
    fcm: Fcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.providers.fcm_pushes.PUSH_SOCKET_S_MAX", 0.3)
    with open_fcm(FcmPlace(fcm.url, fcm.account())) as pushes:
        fcm.for_all = replace(refusal(500), hang=True)
        with pytest.raises(Unavailable):
            await pushes.send(TOKEN, TEXT)
        fcm.for_all = None
        assert await pushes.send(TOKEN, TEXT) is Fate.SENT


async def test_one_that_gives_no_access_is_an_outage(fcm: Fcm) -> None:
    fcm.for_all = Answer(401, b'{"error": "invalid_grant"}')
    with open_fcm(FcmPlace(fcm.url, fcm.account())) as pushes, pytest.raises(Unavailable):
        await pushes.send(TOKEN, TEXT)


async def test_one_that_hangs_costs_its_own_threads_and_a_bounded_time(
    fcm: Fcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.providers.fcm_pushes.PUSH_CALL_S_MAX", 0.5)
    monkeypatch.setattr("store.providers.fcm_pushes.PUSH_SOCKET_S_MAX", 1.0)
    with open_fcm(FcmPlace(fcm.url, fcm.account())) as pushes:
        assert await pushes.send(TOKEN, TEXT) is Fate.SENT
        fcm.trouble[TOKEN.value] = replace(refusal(500), hang=True)
        failed = []

        async def send() -> None:
            with pytest.raises(Unavailable):
                await pushes.send(TOKEN, TEXT)
            failed.append(True)

        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                for _ in range(3 * PUSH_THREADS_MAX):
                    nursery.start_soon(send)
                await trio.to_thread.run_sync(str)  # other threads are free meanwhile
        assert len(failed) == 3 * PUSH_THREADS_MAX
        assert len(fcm.asked) <= 1 + PUSH_THREADS_MAX


def test_what_is_no_service_account_is_refused(fcm: Fcm) -> None:
    for missing in ("type", "private_key", "client_email", "token_uri", "project_id"):
        account = {name: value for name, value in fcm.account().items() if name != missing}
        with pytest.raises(ValueError, match=r".") as refused:
            FcmPlace(fcm.url, account)
        assert "BEGIN" not in str(refused.value)
