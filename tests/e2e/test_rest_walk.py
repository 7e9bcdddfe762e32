"""A client written from the page walks the REST calls of the contract's first section."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import cast

import httpx
import pytest

from tests.e2e.rest import Json
from tests.e2e.server import Server
from tests.e2e.walker import code_of, hello

PHONE = "010-3960-000{}"
PROFILE = {"nickname": "걷는이", "birth_year": 1994, "gender": "female"}
GROUP_FIELDS = {"group", "type", "name", "description", "members", "matching_open", "me"}


class Caller:
    """One person with a pair of tokens, who expects a status of each call."""

    def __init__(self, http: httpx.Client, tokens: Json | None = None) -> None:
        self._http = http
        self.tokens = tokens or {}

    def call(
        self, method: str, path: str, status: int, body: object = None, **headers: str
    ) -> Json:
        """Call and check status and, of a refusal, its form."""
        if "access" in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access']}"
        answer = self._http.request(method, path, json=body, headers=headers)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        if status >= 400:
            assert answer.headers["content-type"].startswith("application/problem+json")
        return cast("Json", answer.json()) if answer.content else {}

    def code(self, method: str, path: str, status: int, body: object = None) -> object:
        """Return the code of a refusal."""
        return self.call(method, path, status, body)["code"]

    def items(self, path: str) -> list[Json]:
        """Return a list; it says where it goes on."""
        page = self.call("GET", path, 200)
        assert "cursor" in page
        return cast("list[Json]", page["items"])


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def _sms(http: httpx.Client, phone: str) -> Json:
    assert http.post("/v1/auth/otp", json={"phone": phone}).status_code == 202
    sent = http.get("/v1/dev/outbox", params={"phone": phone}).json()["items"]
    return {"phone": phone, "code": sent[0]["code"]}


def _enter(http: httpx.Client, n: int) -> Caller:
    """Sign in: the code stays good until there is a profile with it."""
    anybody, proof = Caller(http), _sms(http, PHONE.format(n))
    verify = "/v1/auth/otp/verify"
    assert anybody.code("POST", verify, 409, proof) == "profile_required"
    profile = {**PROFILE, "nickname": f"걷는이{n}", "gender": ["female", "male"][n % 2]}
    tokens = anybody.call("POST", verify, 200, {**proof, "profile": profile})
    assert tokens.keys() >= {"access", "refresh", "expires_in", "new"}
    assert tokens["new"] is True
    return Caller(http, tokens)


@pytest.fixture(scope="module")
def walkers(http: httpx.Client) -> list[Caller]:
    """Four people in one group of the first one's, two of each side."""
    people = [_enter(http, n) for n in range(4)]
    made = people[0].call("POST", "/v1/groups", 201, {"type": "created", "name": "걷는 사람들"})
    for person in people[1:]:
        joined = person.call("POST", f"/v1/groups/{made['group']}/join", 200, {})
        assert (joined["state"], joined["role"]) == ("active", "member")
    return people


def test_a_client_finds_its_way_in(http: httpx.Client) -> None:
    anybody = Caller(http)
    config = anybody.call("GET", "/v1/config", 200)
    assert config.keys() >= {"ws_url", "protocol", "min_client", "limits"}
    assert str(config["ws_url"]).endswith("/v1/ws")
    assert anybody.call("GET", "/v1/openapi.json", 200)["openapi"] == "3.1.0"
    assert "http" not in http.get("/v1/docs").text.replace(str(http.base_url), "")
    assert anybody.code("GET", "/v1/me", 401) == "unauthenticated"
    assert anybody.code("GET", "/v1/nowhere", 404) == "not_found"
    assert anybody.code("POST", "/v1/auth/otp", 400, {"phone": "1", "extra": 1}) == "bad_request"


def test_tokens_rotate_and_a_stolen_one_ends_the_family(http: httpx.Client) -> None:
    person = _enter(http, 8)
    first = person.tokens
    person.tokens = person.call("POST", "/v1/auth/refresh", 200, {"refresh": first["refresh"]})
    assert person.tokens["refresh"] != first["refresh"]
    assert person.call("GET", "/v1/me", 200)["nickname"] == "걷는이8"
    stale = Caller(http).code("POST", "/v1/auth/refresh", 401, {"refresh": first["refresh"]})
    assert stale == "unauthenticated"
    assert person.code("GET", "/v1/me", 401) == "unauthenticated"


def test_an_account_is_changed_and_erased(http: httpx.Client) -> None:
    person = _enter(http, 9)
    changed = person.call("PATCH", "/v1/me", 200, {"nickname": "새이름"})
    assert (changed["nickname"], "account" in changed) == ("새이름", False)
    assert person.call("DELETE", "/v1/me", 202).keys() >= {"erases_at"}
    assert person.code("GET", "/v1/me", 401) == "unauthenticated"


def test_groups_are_found_seen_and_left(walkers: list[Caller]) -> None:
    owner, other = walkers[0], walkers[1]
    (found,) = other.items("/v1/groups?query=걷는 사람들&mine=true")
    assert found.keys() >= GROUP_FIELDS
    assert (found["members"], found["type"]) == (4, "created")
    path = f"/v1/groups/{found['group']}"
    assert other.call("GET", path, 200) == found
    members = owner.items(f"{path}/members")
    assert len(members) == 4
    assert members[0].keys() >= {"member", "nickname", "age_band", "interests"}
    assert other.code("POST", f"{path}/join", 409, {}) == "already_member"
    assert owner.code("DELETE", f"{path}/membership", 409) == "conflict"
    assert other.code("GET", "/v1/groups/nowhere", 404) == "not_found"
    assert owner.code("POST", "/v1/groups", 400, {"type": "created"}) == "bad_request"


def test_a_key_makes_two_calls_one(walkers: list[Caller]) -> None:
    owner = walkers[0]
    body = {"type": "created", "name": "한 번만"}
    key = {"Idempotency-Key": "walk-1"}
    made = owner.call("POST", "/v1/groups", 201, body, **key)
    assert owner.call("POST", "/v1/groups", 201, body, **key) == made
    assert len(owner.items("/v1/groups?query=한 번만&mine=true")) == 1
    other = {**body, "name": "두 번은"}
    refused = owner.call("POST", "/v1/groups", 409, other, **key)
    assert refused["code"] == "idempotency_conflict"
    owner.call("DELETE", f"/v1/groups/{made['group']}/membership", 204)
    assert owner.code("GET", f"/v1/groups/{made['group']}", 404) == "not_found"


def test_likes_look_the_same(walkers: list[Caller]) -> None:
    one, other = walkers[2], walkers[3]
    (group,) = one.items("/v1/groups?query=걷는 사람들&mine=true")
    path = f"/v1/groups/{group['group']}"

    def own(person: Caller) -> object:
        place = cast("Json", person.call("GET", path, 200)["me"])
        return place["member"]

    answers = [
        me.call("POST", f"{path}/likes", 202, {"member": own(them), "intent": "friend"})
        for me, them in ((one, other), (other, one))
    ]
    assert answers[0].keys() == answers[1].keys() == {"like", "left_today", "credits"}
    oneself = one.code("POST", f"{path}/likes", 400, {"member": own(one), "intent": "friend"})
    assert oneself == "bad_request"
    credits_ = one.call("GET", "/v1/credits", 200)
    assert credits_.keys() >= {"credits", "plan", "left_today"}


@pytest.mark.parametrize(("codec", "walker"), [("json", 0), ("msgpack", 1)])
def test_beyond_a_rate_it_says_when_to_come_back(
    server: Server, walkers: list[Caller], codec: str, walker: int
) -> None:
    person = walkers[walker]
    (room,) = [room["room"] for room in person.items("/v1/rooms") if room["kind"] == "group"]
    with ExitStack() as stack:
        one = hello(stack, server.ws_url, codec, person.tokens)
        replies = [one.ask("typing", room=room, on=True) for _ in range(12)]
        assert [code_of(reply) for reply in replies[:10]] == ["ok"] * 10
        assert code_of(replies[-1]) == "rate_limited"
        assert cast("int", replies[-1]["retry_after_ms"]) > 0
        assert code_of(one.ask("read", room=room, seq=1)) == "ok", "one rate is not another"


def test_http_2_opens_nothing(server: Server) -> None:
    with httpx.Client(base_url=server.url, http1=False, http2=True) as http:
        answer = http.get("/v1/config")
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 400)
    assert answer.json()["code"] == "bad_request"
