"""`web` and two `realtime` over one PostgreSQL and one Redis: whoever is where, all hear it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.e2e.rest import Person, sign_in
from tests.e2e.server import Server
from tests.e2e.talk import ask, end_of, event
from tests.postgres import databases_of
from tests.redis import PrivateRedis, private_redis

# A loaded machine is slow, not wrong.
S_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """Who answers, and what is between them."""

    web: Server
    first: Server
    second: Server
    redis: PrivateRedis

    def counted(self, name: str) -> float:
        """Return a number of `web`."""
        lines = httpx.get(f"{self.web.url}/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f"glimpse_{name}"))


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Deployment]:
    """Run all of it."""
    folder, database = tmp_path_factory.mktemp("bus") / "data", databases_of(pytestconfig).empty()
    with ExitStack() as stack:
        redis = stack.enter_context(private_redis())
        servers: list[Server] = []
        for role in ("web", "realtime", "realtime"):
            server = Server(
                folder,
                words=("serve", "--role", role),
                database=database,
                settings={"REDIS_URL": redis.url},
            )
            stack.callback(server.stop)
            server.start()
            servers.append(server)
        web, first, second = servers
        yield Deployment(web, first, second, redis)


def _people(deployment: Deployment, number: int) -> tuple[object, list[Person]]:
    """Sign four people in who share a group; return the group and them."""
    people = [
        sign_in(deployment.web, f"010-31{number:02d}-000{one}", f"버스{number}{one}", gender)
        for one, gender in enumerate(("female", "male", "female", "male"))
    ]
    named: dict[str, object] = {"type": "created", "name": f"버스 {number}"}
    group = people[0].call("POST", "/v1/groups", named, status=201)["group"]
    for person in people[1:]:
        person.call("POST", f"/v1/groups/{group}/join", {})
    return group, people


def _like(one: Person, group: object, nickname: str) -> None:
    members = one.items(f"/v1/groups/{group}/members")
    member = next(row["member"] for row in members if row["nickname"] == nickname)
    wanted = {"member": member, "intent": "romantic"}
    one.call("POST", f"/v1/groups/{group}/likes", wanted, status=202)


@pytest.mark.parametrize("redis", ["there", "gone"])
def test_two_that_match_talk_from_two_processes(deployment: Deployment, redis: str) -> None:
    """With Redis every device hears of the match, wherever it is; without it talk goes on."""
    number = int(redis == "gone")
    group, people = _people(deployment, number)
    first, second = people[:2]
    if redis == "gone":
        deployment.redis.stop()
    ends = (deployment.first.ws_url, deployment.second.ws_url)
    with ExitStack() as stack:
        sockets = [
            [stack.enter_context(connect(url)) for url in ends] for _person in (first, second)
        ]
        for theirs, person in zip(sockets, (first, second), strict=True):
            for ws in theirs:
                assert ask(ws, op="hello", id=1, token=person.access)["ok"] is True
        _like(first, group, f"버스{number}1")
        _like(second, group, f"버스{number}0")
        if redis == "there":
            told = [event(ws, "match.new") for theirs in sockets for ws in theirs]
            assert len({(one["match"], one["room"]) for one in told}) == 1
            match, room = told[0]["match"], told[0]["room"]
        else:
            match, room = _match_of(first)
        talking = sockets[0][0], sockets[1][1]
        for ws in talking:
            assert ask(ws, op="room.open", id=2, room=room)["ok"] is True
        for turn in range(4 if redis == "there" else 2):
            speaker, listener = talking[turn % 2], talking[1 - turn % 2]
            _say(speaker, room, turn)
            while event(listener, "msg.new")["body"] != f"말 {turn}":
                pass  # what one has said oneself
        second.call("DELETE", f"/v1/matches/{match}", status=204)
        for ws in talking:
            assert event(ws, "room.closed")["room"] == room
        if redis == "there":  # else the other process looks within a minute: test_roles.py
            first.call("POST", "/v1/auth/logout", status=204)
            assert [end_of(ws) for ws in sockets[0]] == [4501, 4501]
    assert httpx.get(f"{deployment.web.url}/health/ready").status_code == 200
    if redis == "there":
        assert deployment.counted("bus_published_total") > 0
        assert deployment.counted("bus_received_total") > 0
    for person in people:
        person.http.close()


def _match_of(person: Person) -> tuple[object, object]:
    give_up = time.monotonic() + S_MAX
    while not (matches := person.items("/v1/matches")):
        assert time.monotonic() < give_up
        time.sleep(0.1)
    return matches[0]["match"], matches[0]["room"]


def _say(ws: ClientConnection, room: object, turn: int) -> None:
    """Say it until it is stored: an owner that was robbed just now refuses it once."""
    said = {"op": "msg.send", "room": room, "cid": f"t{turn}", "kind": "text", "body": f"말 {turn}"}
    give_up = time.monotonic() + S_MAX
    while not (answer := ask(ws, id=10 + turn, **said))["ok"]:
        assert answer["code"] == "unavailable"
        assert time.monotonic() < give_up
        time.sleep(0.1)
