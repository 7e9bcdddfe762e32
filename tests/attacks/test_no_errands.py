"""The server runs no errands: no address that a caller names is connected to or looked up.

faults.md 79 and 68. Every text that a body, a header, a token or an event can hold is given URLs of
this machine, of the inner network, of a cloud's metadata, and of doors that send on to these.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest

from api.auth.clerk import Clerk
from api.auth.jwks import KeySet
from api.dev_providers.door import Answer, Door, open_door
from engine.model.clerk import ClerkTerms
from engine.model.policy import Policy
from store.providers.http_keys import HttpKeys
from tests.actors.world import ROOM, on_test_clock, open_world, opened, settle
from tests.api.people import Fields, Person, Town, make_town
from tests.doubles import clerk as double
from tests.doubles.clerk import ISSUER, PARTY, WEBHOOK_KEY, event, svix

PROFILE = {"nickname": "fox", "birth_year": 1996, "gender": "female"}


def urls(port: int) -> list[str]:
    """Name a canary on this machine, and what else must not be reached, in all spellings."""
    return [
        f"http://127.0.0.1:{port}/",
        f"http://localhost:{port}/",
        f"http://LOCALHOST.:{port}/",
        f"http://127.1:{port}/",
        f"http://0:{port}/",
        f"http://0.0.0.0:{port}/",
        f"http://2130706433:{port}/",
        f"http://0x7f000001:{port}/",
        f"http://0177.0.0.1:{port}/",
        f"http://127.0.0.1.:{port}/",
        f"http://[::1]:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/",
        f"http://[0:0:0:0:0:ffff:7f00:1]:{port}/",
        f"http://[::]:{port}/",
        f"http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:{port}/",
        f"http://example.com@127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}#@example.com/",
        f"http://127.0.0.1:{port}\\@example.com/",
        f"http://rebind.invalid:{port}/",
        f"//127.0.0.1:{port}/",
        f"gopher://127.0.0.1:{port}/_GET%20/",
        f"ws://127.0.0.1:{port}/",
        f"ftp://127.0.0.1:{port}/",
        f"ldap://127.0.0.1:{port}/x",
        f"dict://127.0.0.1:{port}/x",
        f"http://127.0.0.1:{port}/redirect",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "file:///etc/passwd",
    ]


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note every address that anything here connects to or asks the name service for."""
    reached = list[str]()
    connect, connect_ex, look_up = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def noted_connect(self: socket.socket, address: object) -> None:
        reached.append(repr(address))
        return connect(self, address)  # type: ignore[arg-type]  # as it came

    def noted_connect_ex(self: socket.socket, address: object) -> int:
        reached.append(repr(address))
        return connect_ex(self, address)  # type: ignore[arg-type]  # as it came

    def noted_look_up(host: object, *more: object, **named: object) -> object:
        reached.append(repr(host))
        return look_up(host, *more, **named)  # type: ignore[arg-type]  # as it came

    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", noted_connect)
        patch.setattr(socket.socket, "connect_ex", noted_connect_ex)
        patch.setattr(socket, "getaddrinfo", noted_look_up)
        yield reached


@contextmanager
def open_canary() -> Iterator[Door]:
    """A door that sends on to the metadata of a cloud."""
    leads_on = Answer(302, headers=(("Location", "http://169.254.169.254/latest/meta-data/"),))
    with open_door(lambda _: leads_on) as door:
        yield door


async def say_everywhere(town: Town, me: Person, group: str, url: str) -> None:
    """Say a URL wherever REST takes a text of a person."""
    path = f"/v1/groups/{group}"
    new: Fields = {"type": "created", "name": url, "description": url, "category": url}
    calls: list[tuple[str, str, Fields]] = [
        ("PATCH", "/v1/me", {"nickname": url}),
        ("PATCH", "/v1/me", {"contact": url}),
        ("POST", "/v1/groups", {**new, "rules": url, "tags": [url[:20]]}),
        ("POST", "/v1/groups", {**new, "profile": {"bio": url, "interests": [url[:20]]}}),
        ("POST", f"{path}/join", {"proof": url}),
        ("POST", f"{path}/join", {"proof": {"place": url}}),
        ("POST", f"{path}/proofs/mail", {"mail": f"fox@[{url}]"}),
        ("POST", "/v1/meetings/join", {"code": url[:30]}),
        ("POST", "/v1/auth/otp", {"phone": url[:32]}),
        ("POST", "/v1/auth/refresh", {"refresh": url}),
        ("POST", "/v1/auth/clerk", {"token": url}),
    ]
    for method, where, body in calls:
        await me.call(method, where, body)
    names = ("Host", "Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded")
    plain = url.encode("ascii", "replace").decode()
    headers = dict.fromkeys((*names, "X-Original-URL", "Idempotency-Key"), plain)
    await town.edge.call("GET", "/v1/config", headers=headers)
    await me.call("GET", f"/v1/search/messages?query={quote(url[:50])}")


async def show_tokens(town: Town, clerk: double.Clerk, url: str) -> None:
    """Show tokens and events that name a place to read keys from."""
    now_ms = town.edge.clock()
    key = double.rsa_key("stranger")
    claims = json.dumps(clerk.claims(now_ms, iss=url)).encode()
    tokens = [clerk.token(now_ms, {name: url}) for name in ("jku", "x5u", "kid", "jwk", "iss")]
    tokens += [clerk.sign(claims, {"jku": url}, key), clerk.sign(claims)]
    for token in tokens:
        body = {"token": token, "profile": PROFILE}
        assert (await town.edge.call("POST", "/v1/auth/clerk", body)).status == 401
    said = event("user.updated", id="user_x", image_url=url, profile_image_url=url)
    headers = svix(said, now_ms=now_ms, key=WEBHOOK_KEY)
    await town.edge.call("POST", "/v1/webhooks/clerk", data=said, headers=headers)


async def test_no_address_of_a_caller_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = double.Clerk()
    with open_canary() as canary, open_door(lambda _: Answer(body=clerk.document())) as ours:
        keys = KeySet(HttpKeys(f"{ours.url}/.well-known/jwks.json"))
        terms = ClerkTerms(ISSUER, frozenset({PARTY}))
        door = Clerk(terms, keys, b"id key", WEBHOOK_KEY)
        town = make_town(policy=replace(Policy(), limited=False), clerk=door)
        group, (me,), _ = await town.group_of(1)
        with watched(monkeypatch) as reached:
            for url in urls(canary.server_address[1]):
                await say_everywhere(town, me, group, url)
                await show_tokens(town, clerk, url)
        home = {repr("127.0.0.1"), repr(ours.server_address)}
        assert len(reached) >= 1, "our own keys were read"
        assert set(reached) <= home
        assert canary.asked == []
        assert {one.path for one in ours.asked} == {"/.well-known/jwks.json"}


def test_no_address_in_a_message_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    @on_test_clock
    async def scene() -> None:
        async with open_world() as world:
            fox, *_ = opened(world, "fox", "owl")
            await settle()
            for number, url in enumerate(urls(9)):
                plain = url.encode("ascii", "replace").decode()
                for kind, body in (
                    ("text", url),
                    ("image", {"file": plain, "width": 1, "height": 1}),
                    ("sticker", {"sticker": plain}),
                    ("location", {"lat": 1, "lng": 2, "label": url}),
                ):
                    cid = f"{kind}-{number}"
                    fox.say("msg.send", room=ROOM, cid=cid, kind=kind, body=body)
                await settle()
            assert sum(bool(reply["ok"]) for reply in fox.replies) >= len(urls(9))

    with watched(monkeypatch) as reached:
        scene()
    assert reached == []


async def test_the_watch_sees_an_errand(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_canary() as canary, watched(monkeypatch) as reached:
        async with httpx.AsyncClient(follow_redirects=False) as http:
            await http.get(canary.url)
    assert len(canary.asked) == 1
    assert repr(canary.server_address) in reached
