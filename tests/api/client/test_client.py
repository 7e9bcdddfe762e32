"""The client by itself: pages, refusals, ids in paths, and answers that are none of ours."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from api.client import AsyncClient, Client, RefusedError, StrangeError
from api.client.account import MyChange, change_me
from api.client.auth import Leaving, sign_out
from api.client.groups import get_group, list_groups
from api.client.likes import NewLike, list_matches, send_like, undo_like
from api.client.official import send_mail_code
from api.client.system import get_metrics

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, access: str | None = None) -> Client:
    """Return a client of a server that is a function."""
    http = httpx.Client(base_url="http://server", transport=httpx.MockTransport(answer))
    return Client(http, access)


def match(number: int) -> dict[str, object]:
    return {
        **dict.fromkeys(("room", "group"), "x"),
        "match": f"m{number}",
        "peer": {"alias": "a", "nickname": "n"},
        "at": number,
        "state": "of a newer server",
        "new_field": True,
    }


def pages(request: httpx.Request) -> httpx.Response:
    """Answer two pages of two."""
    number = int(request.url.params.get("cursor", 0))
    assert request.url.params["limit"] == "2"
    items = [match(2 * number), match(2 * number + 1)]
    return httpx.Response(200, json={"items": items, "cursor": None if number else "1"})


def test_a_list_goes_on_to_its_last_page() -> None:
    found = list(client(pages).items(list_matches(limit=2)))
    assert [one.match for one in found] == ["m0", "m1", "m2", "m3"]
    assert found[0].peer.nickname == "n"


async def test_the_other_client_does_the_same() -> None:
    transport = httpx.MockTransport(pages)
    async with httpx.AsyncClient(base_url="http://server", transport=transport) as http:
        someone = AsyncClient(http).signed_in("token")
        found = [one.match async for one in someone.items(list_matches(limit=2))]
        page = await someone.send(list_matches(limit=2, cursor="1"))
    assert found == ["m0", "m1", "m2", "m3"]
    assert (len(page.items), page.cursor) == (2, None)


def test_what_is_not_given_is_not_sent() -> None:
    sent: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(204)

    someone = client(keep, "token")
    with pytest.raises(StrangeError):  # 204 is not how these are answered
        someone.send(list_groups(mine=True))
    with pytest.raises(StrangeError):
        someone.send(change_me(MyChange(contact=None)))
    someone.send(sign_out(Leaving()))
    assert sent[0].url.raw_path == b"/v1/groups?mine=true"
    assert "content-type" not in sent[0].headers
    assert [json.loads(one.content) for one in sent[1:]] == [{"contact": None}, {}]
    assert {one.headers["authorization"] for one in sent} == {"Bearer token"}


def test_an_id_stays_one_segment_of_its_path() -> None:
    assert get_group("../me?x=#").target == "/v1/groups/..%2Fme%3Fx%3D%23"


def test_a_key_goes_with_its_call() -> None:
    like = send_like("g", NewLike(member="m", intent="friend"), key="one")
    assert like.headers("token")["Idempotency-Key"] == "one"
    assert undo_like("l").keyed("two").headers(None) == {"Idempotency-Key": "two"}


def test_a_refusal_says_its_code_and_when_to_come_back() -> None:
    problem = {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "later",
        "code": "rate_limited",
        "retry_after_ms": 1_500,
    }

    def refuse(_: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": "application/problem+json"}
        return httpx.Response(429, json=problem, headers=headers)

    with pytest.raises(RefusedError, match="429 rate_limited: later") as refused:
        client(refuse).send(get_group("g"))
    assert (refused.value.code, refused.value.retry_after_s) == ("rate_limited", 1.5)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, text="<html>a proxy</html>"),
        httpx.Response(200, text="not json"),
        httpx.Response(200, json={"group": "without the rest"}),
        httpx.Response(400, json={"code": 1}, headers={"Content-Type": "application/problem+json"}),
    ],
)
def test_what_is_none_of_ours_is_not_taken_for_an_answer(answer: httpx.Response) -> None:
    with pytest.raises(StrangeError, match="GET /v1/groups/g"):
        client(lambda _: answer).send(get_group("g"))


def test_an_answer_that_is_not_json_is_given_as_it_is() -> None:
    assert client(lambda _: httpx.Response(200, content=b"# HELP")).send(get_metrics()) == b"# HELP"


def test_calls_are_values() -> None:
    assert get_group("g") == get_group("g")
    assert send_mail_code.__doc__
