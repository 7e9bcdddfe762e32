"""Who may call what: every route for every standing, and a route that is not classed fails.

The rows are what is promised; the routes come from the table that the server itself is made of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from api.app import all_routes
from api.rest.route import Access
from api.settings import Environment
from tests.api.circle import LOOK, POSITION, STANDINGS, Circle, make_circle
from tests.api.edge import STRANGER, Reply
from tests.api.people import make_town
from tests.pictures import PIXEL

ROUTES = {f"{route.method} {route.path}": route for route in all_routes(Environment.DEV)}
VERBS = ("GET", "POST", "PATCH", "DELETE", "PUT")
NOBODY = "N" * 16

# Everybody has the same of these, or only their own: nothing of another can be named in them.
NAMES_NOBODY = {
    "GET /v1/config",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /v1/openapi.json",
    "GET /v1/docs",
    "POST /v1/auth/otp",
    "POST /v1/auth/otp/verify",
    "POST /v1/auth/refresh",
    "POST /v1/auth/logout",
    "POST /v1/auth/clerk",
    "POST /v1/webhooks/clerk",
    "GET /v1/me",
    "PATCH /v1/me",
    "DELETE /v1/me",
    "GET /v1/me/export",
    "GET /v1/me/consents",
    "POST /v1/me/consents",
    "GET /v1/me/push",
    "PATCH /v1/me/push",
    "POST /v1/me/push/token",
    "DELETE /v1/me/push/token",
    "GET /v1/devices",
    "GET /v1/groups",
    "POST /v1/groups",
    "POST /v1/meetings/join",
    "GET /v1/matches",
    "GET /v1/credits",
    "GET /v1/credits/moves",
    "GET /v1/catalogue",
    "POST /v1/orders",
    "GET /v1/orders",
    "GET /v1/subscription",
    "POST /v1/subscription",
    "POST /v1/subscription/portal",
    "GET /v1/orders/card/toss",
    "GET /v1/orders/back/stripe",
    "GET /v1/orders/back/toss",
    "GET /v1/orders/back/kakao",
    "POST /v1/webhooks/stripe",
    "POST /v1/webhooks/toss",
    "GET /v1/rooms",
    "GET /v1/blocks",
    "GET /v1/search/messages",
    "GET /v1/dev/outbox",
    "GET /v1/dev/mails",
    "POST /v1/dev/seed",
}
OPEN = (
    "GET /health",
    "GET /v1/config",
    "GET /v1/docs",
    "GET /v1/openapi",
    "GET /v1/orders/back/",
    "GET /v1/orders/card/",
    "POST /v1/auth/",
    "POST /v1/webhooks/",
)
ANYBODY = {name for name in NAMES_NOBODY if name.startswith(OPEN)} - {"POST /v1/auth/logout"}
MACHINE = {"GET /metrics", "GET /v1/dev/outbox", "GET /v1/dev/mails", "POST /v1/dev/seed"}


@dataclass(frozen=True)
class Row:
    """What a route answers, in the order of STANDINGS; `@name` in a body is that member's id."""

    statuses: str
    kind: str = "hidden"
    body: object = None
    ids: Mapping[str, str] = field(default_factory=dict)  # beside those of the circle
    query: str = ""


TARGET = {"member": "@target"}
GROUP = "/v1/groups/{group}"
ROWS = {
    f"GET {GROUP}": Row("404 404 200 200 200"),
    f"GET {GROUP}/members": Row("404 404 200 200 200"),
    f"POST {GROUP}/join": Row("404 404 409 409 409", body={}),
    f"DELETE {GROUP}/membership": Row("404 404 204 204 409"),
    f"GET {GROUP}/membership": Row("404 404 200 200 200"),
    f"PATCH {GROUP}/membership": Row("404 404 200 200 200", body={"bio": "tea"}),
    f"GET {GROUP}/membership/photo": Row("404 404 404 404 404"),
    f"POST {GROUP}/membership/photo": Row("404 404 201 201 201", body=PIXEL),
    f"DELETE {GROUP}/membership/photo": Row("404 404 204 204 204"),
    f"POST {GROUP}/blocks": Row("404 404 204 204 204", body=TARGET),
    f"POST {GROUP}/bans": Row("404 404 403 204 204", body=TARGET),
    f"GET {GROUP}/bans": Row("404 404 403 200 200"),
    f"DELETE {GROUP}/bans/{{member}}": Row("404 404 403 204 204", ids=TARGET),
    f"GET {GROUP}/statistics": Row("404 404 200 200 200"),
    f"POST {GROUP}/invites": Row("404 404 403 201 201", body={}),
    f"GET {GROUP}/applicants": Row("404 404 403 200 200", "asking"),
    f"POST {GROUP}/applicants/{{member}}": Row(
        "404 404 403 204 204", "asking", {"admit": True}, {"member": "@applicant"}
    ),
    f"PATCH {GROUP}/members/{{member}}": Row(
        "404 404 403 403 204", body={"role": "moderator"}, ids=TARGET
    ),
    f"POST {GROUP}/proofs/mail": Row("404 404 404 404 404", body={"mail": "kim@snu.ac.kr"}),
    f"POST {GROUP}/proofs/document": Row("404 404 404 404 404", body=PIXEL),
    f"GET {GROUP}/proofs/document": Row("404 404 404 404 404"),
    f"GET {GROUP}/place": Row("404 404 200 200 200", "place"),
    f"GET {GROUP}/place/code": Row("404 404 403 200 200", "place"),
    f"POST {GROUP}/likes": Row(
        "404 404 202 202 202", "asking", {"intent": "friend", "member": "@target"}
    ),
    f"GET {GROUP}/likes": Row("200 200 200 200 200"),  # one's own, of whatever group
    f"GET {GROUP}/likes/received": Row("404 404 200 200 200"),
    f"GET {GROUP}/likes/shown": Row("403 403 403 403 403"),
    "POST /v1/likes/{like}/undo": Row("404 404 403 404 404"),
    "DELETE /v1/likes/{like}": Row("404 404 204 404 404"),
    "DELETE /v1/matches/{match}": Row("404 404 404 404 204"),
    "POST /v1/matches/{match}/extend": Row("404 404 404 404 403"),
    "GET /v1/matches/{match}/photo": Row("404 404 404 404 404"),  # nothing was revealed
    "DELETE /v1/devices/{device}": Row("404 404 404 404 204"),
    f"GET {GROUP}/meeting": Row("404 404 200 200 200", "meeting"),
    f"GET {GROUP}/meeting/qr": Row("404 404 404 404 200", "meeting"),
    f"POST {GROUP}/meeting/look": Row("404 404 200 200 200", "meeting", LOOK),
    f"POST {GROUP}/meeting/descriptions": Row(
        "404 404 202 202 202", "meeting", {"wanted": LOOK["look"], "intent": "friend"}
    ),
    f"DELETE {GROUP}/meeting/descriptions/{{description}}": Row("404 404 204 404 404", "meeting"),
    f"POST {GROUP}/meeting/end": Row("404 404 403 403 204", "meeting"),
    "GET /v1/rooms/{room}/messages": Row("404 404 404 404 200"),
    "POST /v1/rooms/{room}/files": Row("404 404 404 404 201", body=PIXEL, query="?cid=c"),
    "GET /v1/rooms/{room}/files/{file}": Row("404 404 404 404 200"),
    "POST /v1/rooms/{room}/blocks": Row("404 404 404 404 204", body={"member": "@alias"}),
    "POST /v1/rooms/{room}/reports": Row(
        "404 404 404 404 201", body={"member": "@alias", "category": "spam"}
    ),
    "GET /v1/orders/{order}": Row("404 404 404 404 200"),
    "DELETE /v1/blocks/{block}": Row("204 204 204 204 204"),  # as if it were there, see below
}


async def prepared(name: str, row: Row) -> Circle:
    """Make the circle that a row is about."""
    circle = await make_circle(row.kind)
    if "/descriptions" in name:
        for who in ("member", "moderator", "owner"):
            await circle.do(who, "POST", f"{circle.group}/meeting/look", LOOK)
    if "{description}" in name:
        path = f"{circle.group}/meeting/descriptions"
        body = {"wanted": LOOK["look"], "intent": "friend"}
        made = await circle.do("member", "POST", path, body)
        circle.ids["description"] = str(made["description"])
    if "/bans/{member}" in name:
        await circle.do("owner", "POST", f"{circle.group}/bans", circle.filled(TARGET))
    if "{file}" in name:
        path = f"/v1/rooms/{circle.ids['room']}/files?cid=c"
        handed = await circle.people["owner"].hand_in(path, PIXEL)
        circle.ids["file"] = str(handed.fields["file"])
    if "{block}" in name:
        await circle.block()
    if "{order}" in name:
        await circle.order()
    return circle


async def knock(circle: Circle, standing: str, name: str, row: Row) -> Reply:
    """Call the route with everything in order but the standing."""
    method, _, path = name.partition(" ")
    ids = circle.ids | {key: circle.named(value) for key, value in row.ids.items()}
    path = re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], path)
    if isinstance(row.body, bytes):
        return await circle.people[standing].hand_in(path + row.query, row.body)
    return await circle.people[standing].call(method, path, circle.filled(row.body))


def test_every_route_is_classed_and_every_class_has_its_route() -> None:
    named = {name for name, route in ROUTES.items() if route.ids}
    assert named == ROWS.keys()
    assert ROUTES.keys() - named == NAMES_NOBODY
    opened = {name: route.spec.access for name, route in ROUTES.items()}
    assert {name for name, access in opened.items() if access is Access.ANYBODY} == ANYBODY
    assert {name for name, access in opened.items() if access is Access.LOOPBACK} == MACHINE


@pytest.mark.parametrize("name", ROWS)
async def test_a_standing_opens_what_it_should_and_nothing_else(name: str) -> None:
    row = ROWS[name]
    circle, answers, bodies = await prepared(name, row), [], []
    for standing in STANDINGS:
        reply = await knock(circle, standing, name, row)
        answers.append(str(reply.status))
        bodies.append(reply.data)
        if reply.status < 400 and ROUTES[name].changes:
            circle = await prepared(name, row)
    assert " ".join(answers) == row.statuses
    # Who left learns no more than who never was in: not by a word.
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("name", ROWS)
async def test_what_is_not_ones_own_looks_like_what_is_not_there(name: str) -> None:
    row = ROWS[name]
    circle = await prepared(name, row)
    real = await knock(circle, "stranger", name, row)
    circle.ids |= dict.fromkeys(ROUTES[name].ids, NOBODY)
    none = await knock(circle, "stranger", name, row)
    assert (real.status, real.data) == (none.status, none.data)


async def test_nobody_gets_in_unknown() -> None:
    edge = make_town().edge
    for name in ROUTES.keys() - ANYBODY - MACHINE:
        method, _, path = name.partition(" ")
        for token in (None, "", "x", edge.token()):
            reply = await edge.call(method, _filled(path), data=b"{", token=token)
            assert (reply.status, reply.code) == (401, "unauthenticated"), name


async def test_what_is_for_the_machine_itself_is_not_there_for_others() -> None:
    town = make_town()
    person = await town.newcomer()
    for name in MACHINE:
        for verb in (*VERBS, "OPTIONS", "HEAD"):
            path = name.partition(" ")[2]
            reply = await town.edge.call(verb, path, token=person.access, peer=STRANGER)
            assert reply.status == 404, (verb, path)


async def test_no_verb_does_what_no_route_says() -> None:
    edge = make_town().edge
    there: dict[str, set[str]] = {}
    for route in all_routes(Environment.TEST):
        there.setdefault(route.path, set()).add(route.method)
    for path, verbs in there.items():
        for verb in set(VERBS) - verbs:
            reply = await edge.call(verb, _filled(path))
            assert reply.status == 405, (verb, path)


def _filled(path: str) -> str:
    return re.sub(r"\{\w+\}", NOBODY, path)


async def test_nobody_lifts_the_block_of_another() -> None:
    name = "DELETE /v1/blocks/{block}"
    circle = await prepared(name, ROWS[name])
    for standing in STANDINGS[:-1]:
        await knock(circle, standing, name, ROWS[name])
    assert [one["block"] for one in await circle.people["owner"].items("/v1/blocks")] == [
        circle.ids["block"]
    ]


async def test_who_has_left_a_place_comes_back_by_its_door_alone() -> None:
    circle = await make_circle("place")
    join = f"{circle.group}/join"
    assert (await circle.people["ex"].call("POST", join, {})).status == 404
    assert (await circle.people["ex"].call("POST", join, {"proof": POSITION})).status == 200
