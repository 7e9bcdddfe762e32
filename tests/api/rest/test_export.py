"""The export over REST: whole lines in order, for whoever it is about, and not without end."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

from api.auth.guards import Caller
from api.rest.call import Call, Edge
from api.rest.export import export_me
from engine.errors import Unavailable
from engine.ids import AccountId
from engine.ports.holdings import HeldPage, Section
from tests.api.circle import make_circle
from tests.api.edge import DEVICE, ME
from tests.api.people import Fields, Person, make_town


async def export(person: Person) -> dict[str, list[Fields]]:
    """Read somebody's archive by section, and check that it is whole."""
    reply = await person.call("GET", "/v1/me/export")
    assert reply.status == 200, reply.data
    assert reply.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in reply.data.splitlines()]
    assert lines[0] == {"section": "export", "format": 1, "at": person.town.edge.clock()}
    assert lines[-1] == {"section": "end", "items": len(lines) - 2}
    order = [str(section) for section in Section]
    places = [order.index(line["section"]) for line in lines[1:-1]]
    assert places == sorted(places)
    found = defaultdict(list)
    for line in lines[1:-1]:
        found[line.pop("section")].append(line)
    return found


async def test_it_is_what_somebody_said_and_did_over_pages() -> None:
    circle = await make_circle("hidden")
    owner = circle.people["owner"]
    for name in ("owner", "target"):
        (room,) = await circle.people[name].match_rooms()
        said = [f"{name} {n}" for n in range(130)]
        await circle.town.say(str(room["room"]), str(room["me"]), *said)
    found = await export(owner)
    (account,) = found["account"]
    assert (account["phone"], account["nickname"]) == ("+821010000001", "fox1")
    (place,) = found["memberships"]
    assert (place["role"], place["member"]) == ("owner", circle.members["owner"])
    assert len(found["messages"]) == 130
    told = json.dumps(found)
    assert "target 7" not in told
    assert circle.members["member"] not in told
    assert circle.ids["like"] not in told, "who likes whom"


async def test_it_is_for_who_is_signed_in_and_not_without_end() -> None:
    town = make_town()
    me, other = await town.newcomer(), await town.newcomer()
    assert (await town.edge.call("GET", "/v1/me/export")).status == 401
    statuses = [(await me.call("GET", "/v1/me/export")).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert (await other.call("GET", "/v1/me/export")).status == 200
    town.edge.clock.sleep(60)
    assert (await me.call("GET", "/v1/me/export")).status == 200


async def test_an_outage_on_the_way_cuts_it_off_and_says_so() -> None:
    town = make_town()

    class Failing:
        async def page(self, account: AccountId, section: Section, **_: object) -> HeldPage:
            if section is Section.MATCHES:
                raise Unavailable("the database is away")
            return HeldPage([{"n": 1}], None)

    services = replace(town.edge.services, store=replace(town.store, holdings=Failing()))
    call = Call(
        edge=cast("Edge", SimpleNamespace(services=services)),
        now_ms=town.edge.clock(),
        peer="",
        scheme="",
        host="",
        header=lambda _: "",
        idempotency_key=None,
        signed_in=Caller(ME, DEVICE),
    )
    answer = await export_me(call)
    told = b"".join([piece async for piece in answer.lines]).splitlines()
    lines = [json.loads(line) for line in told]
    assert lines[-1] == {"section": "cut", "code": "unavailable"}
    assert "end" not in [line["section"] for line in lines]
