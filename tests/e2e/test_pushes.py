"""A message to somebody who is not there becomes a push; an FCM that hangs stops nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from engine.limits_pushes import PUSH_LOOK_S
from tests.doubles.fcm import Fcm, open_double, refusal
from tests.e2e.phone import Phone, calling
from tests.e2e.probe import until
from tests.e2e.rest import Json, person_of, seeded
from tests.e2e.server import Server, serving

# A look, a second of the worker, the call, and a busy machine.
PUSH_S_MAX = PUSH_LOOK_S + 25.0


@pytest.fixture(scope="module")
def fcm() -> Iterator[Fcm]:
    with open_double() as double:
        yield double


@pytest.fixture(scope="module")
def pushing(fcm: Fcm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"GLIMPSE_FCM_ACCOUNT": json.dumps(fcm.account()), "GLIMPSE_FCM_URL": fcm.url}
    data = tmp_path_factory.mktemp("pushing") / "data"
    with serving(Server(data, environment="bench", settings=settings)) as running:
        yield running


def reachable(server: Server, name: str) -> list[Json]:
    """Make three people of one room, each with a device that FCM knows."""
    people = seeded(server, users=3, groups=1, room_size=3)
    for number, one in enumerate(people):
        person = person_of(server, one)
        for purpose in ("push", "overseas"):
            said: Json = {"purpose": purpose, "version": 1, "granted": True}
            person.call("POST", "/v1/me/consents", said)
        token: Json = {"token": token_of(name, number)}
        person.call("POST", "/v1/me/push/token", token, status=204)
        person.http.close()
    return people


def token_of(name: str, number: int) -> str:
    return f"device:APA91b-{name}-{number}"


@contextmanager
def rooms_open(server: Server, people: list[Json]) -> Iterator[list[Phone]]:
    """Let people come and open their room."""
    with ExitStack() as stack:
        phones = [stack.enter_context(calling(server.ws_url, str(p["access"]))) for p in people]
        for phone, person in zip(phones, people, strict=True):
            assert phone.ask("room.open", room=person["room"])["ok"]
        yield phones


def say(phone: Phone, person: Json, cid: str) -> None:
    said = phone.ask("msg.send", room=person["room"], cid=cid, kind="text", body="a secret")
    assert said["ok"], said


def sent_to(fcm: Fcm, name: str) -> list[str]:
    return [token for token in fcm.tokens() if f"-{name}-" in token]


def test_who_is_not_there_gets_one_push_and_who_has_the_room_open_none(
    pushing: Server, fcm: Fcm
) -> None:
    people = reachable(pushing, "away")
    with rooms_open(pushing, people[:2]) as (speaker, _):
        for number in range(3):
            say(speaker, people[0], f"m{number}")
        until(lambda: bool(sent_to(fcm, "away")), within_s=PUSH_S_MAX)
        # Whoever else the look had found would have been sent to by the same sending.
        assert sent_to(fcm, "away") == [token_of("away", 2)]
    (body,) = [one for one in fcm.sent if b"-away-" in one]
    for word in (b"secret", str(people[0]["room"]).encode(), b"nick"):
        assert word not in body


def test_an_fcm_that_hangs_keeps_no_message_waiting_and_no_token_it_calls_dead(
    pushing: Server, fcm: Fcm
) -> None:
    people = reachable(pushing, "hang")
    absent, dead = token_of("hang", 1), token_of("hang", 2)
    fcm.trouble[absent] = replace(refusal(500), hang=True)
    fcm.trouble[dead] = refusal(404, "UNREGISTERED")
    with rooms_open(pushing, people[:1]) as (speaker,):
        say(speaker, people[0], "one")
        until(lambda: any(absent.encode() in one.body for one in fcm.asked), within_s=PUSH_S_MAX)
        for number in range(20):
            say(speaker, people[0], f"meanwhile {number}")
    forgotten = person_of(pushing, people[2])
    until(lambda: forgotten.call("GET", "/v1/me/push")["here"] is False, within_s=PUSH_S_MAX)
    forgotten.http.close()
    assert sent_to(fcm, "hang") == []
