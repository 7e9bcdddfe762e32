"""Signing in by Clerk over REST, and its webhooks, against a double with keys of its own."""

from __future__ import annotations

import pytest

from api.auth.clerk import Clerk
from api.auth.jwks import KeySet
from engine.model.clerk import ClerkTerms
from tests.api.edge import Reply
from tests.api.people import Person, Town, make_town
from tests.doubles import clerk as double
from tests.doubles.clerk import ISSUER, PARTY, WEBHOOK_KEY, event, svix

PROFILE = {"nickname": "여우", "birth_year": 1996, "gender": "female"}
YEAR = 2025
USER, SESSION = "user_2dDeEfF", "sess_2aAbBcC"


class House:
    """A town whose people come by Clerk."""

    def __init__(self, *, webhook_key: bytes | None = WEBHOOK_KEY) -> None:
        self.clerk = double.Clerk()
        terms = ClerkTerms(ISSUER, frozenset({PARTY}))
        self.town: Town = make_town(clerk=Clerk(terms, KeySet(self.clerk), b"id key", webhook_key))

    @property
    def now_ms(self) -> int:
        return self.town.edge.clock()

    async def come(self, profile: object = None, **claims: object) -> Reply:
        body: dict[str, object] = {"token": self.clerk.token(self.now_ms, None, **claims)}
        if profile is not None:
            body["profile"] = profile
        return await self.town.edge.call("POST", "/v1/auth/clerk", body)

    async def person(self, **claims: object) -> Person:
        reply = await self.come(PROFILE, **claims)
        assert reply.status == 200, reply.data
        return Person(self.town, "", reply.fields)

    async def hear(
        self, body: bytes, *, now_ms: int | None = None, key: bytes = WEBHOOK_KEY
    ) -> Reply:
        headers = svix(body, now_ms=now_ms or self.now_ms, key=key)
        return await self.town.edge.call("POST", "/v1/webhooks/clerk", data=body, headers=headers)


@pytest.fixture
def house() -> House:
    return House()


async def is_in(person: Person) -> bool:
    person.town.edge.clock.sleep(5)  # what the guard remembers
    return (await person.call("GET", "/v1/me")).status == 200


async def test_the_first_time_a_profile_is_needed(house: House) -> None:
    asked = await house.come()
    assert (asked.status, asked.code) == (409, "profile_required")
    young = await house.come({**PROFILE, "birth_year": YEAR - 18})
    assert (young.status, young.code) == (403, "forbidden")
    first = await house.come(PROFILE)
    assert first.status == 200
    assert first.fields.keys() == {"access", "expires_in", "new"}
    assert (first.fields["new"], first.fields["expires_in"]) == (True, 3600)
    again = await house.come()
    assert again.fields["new"] is False
    me = await Person(house.town, "", again.fields).get("/v1/me")
    assert me["nickname"] == "여우"


async def test_a_bad_token_says_nothing_of_why(house: House) -> None:
    evil = "https://evil.example"
    bad: list[dict[str, object]] = [{"iss": evil}, {"azp": evil}, {"exp": 1}]
    answers = [await house.come(PROFILE, **claims) for claims in bad]
    assert {(a.status, a.code) for a in answers} == {(401, "unauthenticated")}
    assert len({a.data for a in answers}) == 1


async def test_an_outage_is_an_outage(house: House) -> None:
    house.clerk.down = True
    reply = await house.come(PROFILE)
    assert (reply.status, reply.code) == (503, "unavailable")


async def test_a_revoked_session_is_out_and_tells_its_sockets(house: House) -> None:
    person, other = await house.person(), await house.person(sid="sess_other")
    nudges = len(house.town.edge.nudges)
    body = event("session.revoked", id=SESSION, user_id=USER, status="revoked")
    reply = await house.hear(body)
    assert (reply.status, reply.data) == (204, b"")
    assert len(house.town.edge.nudges) > nudges
    assert not await is_in(person)
    assert await is_in(other)
    assert (await house.come()).code == "unauthenticated"


async def test_the_same_event_again_is_taken_and_does_nothing(house: House) -> None:
    await house.person()
    body = event("user.updated", id=USER, banned=True)
    assert (await house.hear(body)).status == 204
    person = await house.person(sid="sess_new")
    assert (await house.hear(body)).status == 204
    assert await is_in(person)


async def test_a_user_deleted_there_is_deleted_here(house: House) -> None:
    person = await house.person()
    assert (await house.hear(event("user.deleted", id=USER, deleted=True))).status == 204
    assert not await is_in(person)
    assert (await house.come()).code == "unauthenticated"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("user.updated", {"id": USER, "banned": False, "locked": False}),
        ("user.created", {"id": USER}),
        ("session.created", {"id": SESSION, "user_id": USER}),
        ("what.is.this", {}),
    ],
)
async def test_other_events_are_taken_and_end_nothing(
    house: House, kind: str, data: dict[str, object]
) -> None:
    person = await house.person()
    assert (await house.hear(event(kind, **data))).status == 204
    assert await is_in(person)


@pytest.mark.parametrize("offset_s", [-301, 301])
async def test_an_event_of_another_time_is_refused_and_can_come_again(
    house: House, offset_s: int
) -> None:
    person = await house.person()
    body = event("session.revoked", id=SESSION, user_id=USER)
    stale = await house.hear(body, now_ms=house.now_ms + offset_s * 1000)
    assert (stale.status, stale.code) == (401, "unauthenticated")
    assert await is_in(person)
    assert (await house.hear(body)).status == 204
    assert not await is_in(person)


async def test_an_event_that_others_signed_is_refused(house: House) -> None:
    person = await house.person()
    body = event("user.deleted", id=USER)
    forged = await house.hear(body, key=b"the key of somebody else")
    unsigned = await house.town.edge.call("POST", "/v1/webhooks/clerk", data=body)
    assert [forged.code, unsigned.code] == ["unauthenticated"] * 2
    assert await is_in(person)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{", b'{"type":"user.deleted"}', b'{"type":1,"data":{}}', b"\xff"),
        b'{"type":"user.deleted","data":{"id":""}}',
        b'{"type":"x","type":"y","data":{}}',
        b'{"type":"session.revoked","data":{"id":"sess_x"}}',
        b'{"type":"user.deleted","data":[]}',
    ],
)
async def test_what_is_signed_and_no_event_is_refused(house: House, body: bytes) -> None:
    reply = await house.hear(body)
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_where_clerk_is_not_set_up_there_is_nothing() -> None:
    town = make_town()
    clerk = double.Clerk()
    body = {"token": clerk.token(town.edge.clock())}
    assert (await town.edge.call("POST", "/v1/auth/clerk", body)).code == "not_found"
    assert (await town.edge.call("POST", "/v1/webhooks/clerk", data=b"{}")).code == "not_found"
    assert (await House(webhook_key=None).hear(b"{}")).code == "not_found"
