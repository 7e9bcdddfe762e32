"""What people type never gets into logs, metrics or errors: canaries in all inputs, at debug level.

The log is also looked at when things break, for an exception's text may quote what broke it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast
from unittest.mock import patch
from urllib.parse import quote

import pytest
import structlog

from api.observe.logging import configure_logging, get_logger
from api.observe.metrics import Metrics
from engine.errors import Unavailable
from engine.rooms.room import Room
from store.memory.rooms import MemoryRoomDirectory
from tests.actors.world import ROOM, account, fail_times, on_test_clock, open_world, opened, settle
from tests.api.circle import make_circle
from tests.api.edge import Reply
from tests.api.people import Fields, Person, make_town

PHONE = "010-8642-9753"
LOCAL = "kanarienmail"
WORDS = "canarywords"
NAME = "canary"
PLACE = 37.512345


@dataclass
class Watch:
    """All that the process tells to those who run it, and the errors it tells to callers."""

    log: io.StringIO
    told: list[bytes] = field(default_factory=list)

    def note(self, reply: Reply) -> Reply:
        """Keep what a caller is told where it went wrong."""
        if reply.status >= 400:
            self.told.append(reply.data)
        return reply

    def found(self, *canaries: str) -> set[str]:
        """Say which of these was told, in whatever spelling of letters."""
        said = self.log.getvalue() + "".join(data.decode() for data in self.told)
        plain = json.dumps([said], ensure_ascii=False) + said.encode().decode("unicode_escape")
        assert all(len(canary) >= 4 for canary in canaries)
        return {canary for canary in canaries if canary in plain}


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Listen at debug level."""
    log = io.StringIO()
    configure_logging(log, level="debug")
    yield Watch(log)
    structlog.reset_defaults()


def secrets_of(person: Person) -> list[str]:
    """List what belongs to somebody alone."""
    tokens = person.tokens
    return [person.phone.replace("-", "")[3:], str(tokens["access"]), str(tokens["refresh"])]


async def test_what_is_typed_is_told_to_nobody_who_runs_it(watch: Watch) -> None:
    town = make_town()
    code = await town.code_for(PHONE)
    profile: Fields = {"nickname": NAME, "birth_year": 1997, "gender": "female"}
    wrong = f"{(int(code) + 1) % 10**6:06}"
    watch.note(await town.verify(PHONE, wrong, profile))
    reply = await town.verify(PHONE, code, profile)
    me = Person(town, PHONE, reply.fields)
    await me.call("PATCH", "/v1/me", {"contact": f"{LOCAL}@example.com"})
    body = {"type": "created", "name": WORDS, "description": WORDS, "rules": WORDS}
    group = (await me.call("POST", "/v1/groups", body)).fields["group"]
    mail = {"mail": f"{LOCAL}@snu.ac.kr"}
    answers = [
        await me.call("POST", f"/v1/groups/{group}/proofs/mail", mail),
        await me.call("GET", f"/v1/search/messages?query={WORDS}"),
        await me.call("GET", f"/v1/search/messages?query={WORDS}&limit={WORDS}"),
        await me.call("POST", f"/v1/groups/{group}/join", {"proof": WORDS}),
        await me.call("POST", f"/v1/groups/{group}/join", {"proof": {"latitude": PLACE}}),
        await me.call("POST", "/v1/meetings/join", {"code": WORDS}),
        await me.call("POST", "/v1/auth/otp", {"phone": f"+1{WORDS}"}),
        await me.call("POST", "/v1/auth/otp", {"phone": [PHONE]}),
        await me.call("POST", "/v1/auth/refresh", {"refresh": WORDS}),
        await me.call("PATCH", "/v1/me", {"nickname": f"{WORDS}{WORDS}"}),
        await me.call("PATCH", "/v1/me", {"nickname": {WORDS: WORDS}}),
        await me.call("GET", f"/v1/groups/{WORDS}"),
        await me.call("GET", f"/{WORDS}"),
        await town.edge.call("GET", "/v1/me", token=WORDS),
        await town.edge.call("GET", "/v1/me", token=f"{me.access}x"),
        await town.edge.call(WORDS, "/v1/me", headers={"User-Agent": f"{WORDS}\x1b[31m{WORDS}"}),
        await town.edge.call("POST", "/v1/auth/otp", data=WORDS.encode()),
        await town.edge.call("POST", "/v1/auth/clerk", {"token": WORDS}),
        await town.edge.call("POST", "/v1/webhooks/clerk", {WORDS: WORDS}),
    ]
    for answer in answers:
        watch.note(answer)
    assert len(watch.told) >= 15, "most of this is refused"
    canaries = [PHONE, LOCAL, WORDS, NAME, str(PLACE), f'"{code}"', str(group), *secrets_of(me)]
    assert watch.found(*canaries) == set()
    assert '"answered"' in watch.log.getvalue()
    assert isinstance(town.edge.services.meter, Metrics)
    metrics = town.edge.services.meter.text().decode()
    assert [canary for canary in canaries if canary in metrics] == []


async def test_what_pays_is_told_to_nobody_who_runs_it(watch: Watch) -> None:
    """faults.md 84: names of orders and payments, and what a provider signs with."""
    town = make_town()
    fox, till = await town.newcomer(), town.edge.till
    body = {"product": "credits_10", "provider": "toss"}
    placed = cast("Fields", (await fox.call("POST", "/v1/orders", body)).fields["order"])
    order, names = str(placed["order"]), f"paymentKey={WORDS}&session_id={WORDS}&pg_token={WORDS}"
    signed = {"Stripe-Signature": f"t=1,v1={WORDS}"}
    till.down = True
    for way in ("toss", "kakao", "stripe"):
        for name in (order, WORDS):
            path = f"/v1/orders/back/{way}?order={name}&{names}"
            watch.note(await town.edge.call("GET", path))
            data = f"{WORDS} {name}".encode()
            path = f"/v1/webhooks/{way}"
            watch.note(await town.edge.call("POST", path, data=data, headers=signed))
        data = f"forged {order} {WORDS}".encode()
        watch.note(await town.edge.call("POST", path, data=data, headers=signed))
    watch.note(await fox.call("POST", "/v1/orders", body))
    till.down = False
    error = ZeroDivisionError(f"{WORDS} {order}")
    with patch.object(till, "confirm", side_effect=error):
        path = f"/v1/orders/back/toss?order={order}&{names}"
        town.edge.clock.sleep(5)
        assert watch.note(await town.edge.call("GET", path)).status == 500
    assert len(watch.told) >= 10, "most of this is refused"
    assert watch.found(WORDS, order, *secrets_of(fox)) == set()
    assert isinstance(town.edge.services.meter, Metrics)
    metrics = town.edge.services.meter.text().decode()
    assert "payments_total" in metrics
    assert [canary for canary in (WORDS, order) if canary in metrics] == []


async def test_a_bug_does_not_quote_what_broke_it(watch: Watch) -> None:
    circle = await make_circle("hidden")
    owner, room = circle.people["owner"], circle.ids["room"]
    await circle.town.say(room, (await owner.match_rooms())[0]["me"], WORDS)  # type: ignore[arg-type]
    for error in (ZeroDivisionError(f"{PHONE} {WORDS}"), KeyError(WORDS), Unavailable()):
        with patch.object(MemoryRoomDirectory, "history", side_effect=error):
            reply = watch.note(await owner.call("GET", f"/v1/rooms/{room}/messages"))
            assert reply.status >= 500
    assert '"ZeroDivisionError"' in watch.log.getvalue()
    everybody = [secret for person in circle.people.values() for secret in secrets_of(person)]
    ids = [*circle.ids.values(), *circle.members.values()]
    assert watch.found(PHONE, WORDS, *everybody, *ids) == set()


def test_a_room_that_breaks_does_not_quote_what_broke_it(watch: Watch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError(WORDS)

    @on_test_clock
    async def scene() -> None:
        async with open_world() as world:
            fox, *_ = opened(world, "fox", "owl")
            await settle()
            fox.send(ROOM, "canarycid", WORDS)
            fox.say("msg.send", room=WORDS, cid=WORDS, kind=WORDS, body=WORDS)
            fox.say(WORDS, room=ROOM)
            await settle()
            world.log.before_append = fail_times(1, lambda: KeyError(WORDS))
            fox.send(ROOM, "canary-2", WORDS)
            await settle(30)
            with patch.object(Room, "post", explode):
                fox.send(ROOM, "canary-3", WORDS)
                await settle(30)
            watch.told += [json.dumps(r).encode() for r in fox.replies if not r["ok"]]

    scene()
    assert len(watch.told) >= 3
    assert b"could not be done" in watch.told[-1], "the room broke"
    assert watch.found(WORDS, "canary-", account("fox"), account("owl"), str(ROOM)) == set()


async def test_a_line_of_the_log_is_one_object_whatever_is_sent(watch: Watch) -> None:
    town = make_town()
    me = await town.newcomer()
    for text in ('\r\n{"event":"forged"}', "\x1b[31mred", "\u2028forged", "\x9bforged", '"}\n{"'):
        await me.call("GET", f"/v1/groups/{quote(text)}")
        await me.call("PATCH", "/v1/me", {"nickname": text, "contact": text})
        await town.edge.call("POST", "/v1/auth/otp", data=text.encode())
        get_logger("rest").warning("said", text=text)
    lines = watch.log.getvalue().removesuffix("\n").split("\n")
    assert len(lines) >= 20
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
        assert json.loads(line).keys() >= {"event", "level", "at"}
    assert "forged" not in {json.loads(line)["event"] for line in lines}
