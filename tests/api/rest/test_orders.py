"""Orders over HTTP: ours is the price, the provider's is the word, the buyer's own is shown."""

from __future__ import annotations

from typing import cast

import pytest

from tests.api.people import Fields, Person, make_town


async def buyer() -> Person:
    return await make_town().newcomer()


async def order(person: Person, product: str = "credits_10", **more: object) -> tuple[str, str]:
    """Order something; return its name and where it is paid."""
    reply = await person.call(
        "POST", "/v1/orders", {"product": product, "provider": "toss", **more}
    )
    assert reply.status == 201, reply.data
    placed = cast("Fields", reply.fields["order"])
    return str(placed["order"]), str(reply.fields["pay_url"])


async def come_back(person: Person, name: str, **query: str) -> str:
    """Come back from the page of the provider; return where the browser is sent on to."""
    town = person.town.edge
    town.till.approve(next(one.order for one in town.till.payments.values() if one.order == name))
    parts = "".join(f"&{key}={value}" for key, value in query.items())
    reply = await town.call("GET", f"/v1/orders/back/toss?order={name}{parts}")
    assert (reply.status, reply.data) == (303, b"")
    return reply.headers["location"]


async def test_what_is_ordered_and_paid_is_shown_with_its_price() -> None:
    fox = await buyer()
    name, url = await order(fox, language="en")
    assert url.endswith(name)
    assert (await fox.get(f"/v1/orders/{name}"))["state"] == "awaiting"
    assert await come_back(fox, name, paymentKey="k", paymentType="NORMAL") == f"/#shop/{name}"
    shown = await fox.get(f"/v1/orders/{name}")
    created = shown.pop("created_at")
    assert shown == {
        "order": name,
        "product": "credits_10",
        "names": {"ko": "크레딧 10개", "en": "10 credits"},
        "price": {"amount": 4_500, "currency": "KRW", "digits": 0},
        "provider": "toss",
        "state": "applied",
        "receipt": f"https://till.example/receipt/{name}",
    }
    assert created == fox.town.edge.clock()
    before = (await buyer_credits(fox))["credits"]
    assert before == 10
    assert await come_back(fox, name) == f"/#shop/{name}"
    assert (await buyer_credits(fox))["credits"] == before


async def buyer_credits(person: Person) -> Fields:
    return await person.get("/v1/credits")


async def test_premium_is_bought_and_seen_at_once() -> None:
    fox = await buyer()
    name, _ = await order(fox, "premium_month")
    await come_back(fox, name)
    assert (await buyer_credits(fox))["plan"] == "premium"


async def test_who_did_not_pay_is_sent_on_too_and_has_nothing() -> None:
    fox = await buyer()
    name, _ = await order(fox)
    reply = await fox.town.edge.call("GET", f"/v1/orders/back/toss?order={name}&failed=1&code=X")
    assert (reply.status, reply.headers["location"]) == (303, f"/#shop/{name}")
    assert (await buyer_credits(fox))["credits"] == 0
    assert (await fox.get(f"/v1/orders/{name}"))["state"] == "cancelled"


@pytest.mark.parametrize(
    "query", ["order=nothing", "order=AAAAAAAAAAAAAAAA", "order=%2F%2Fevil.example", ""]
)
async def test_nobody_is_sent_anywhere_for_an_order_that_is_not_there(query: str) -> None:
    reply = await make_town().edge.call("GET", f"/v1/orders/back/toss?{query}")
    assert reply.status in {400, 404}
    assert "location" not in reply.headers


async def test_ones_own_orders_are_listed_in_pages_newest_first() -> None:
    town = make_town()
    fox, owl = await town.newcomer(), await town.newcomer()
    names = []
    for _ in range(3):
        names.append((await order(fox))[0])
        town.edge.clock.now_ms += 1
    first = await fox.get("/v1/orders?limit=2")
    second = await fox.get(f"/v1/orders?limit=2&cursor={first['cursor']}")
    items = [*cast("list[Fields]", first["items"]), *cast("list[Fields]", second["items"])]
    assert [one["order"] for one in items] == names[::-1]
    assert await owl.items("/v1/orders") == []
    assert (await owl.call("GET", f"/v1/orders/{names[0]}")).status == 404
    stolen = await owl.call("GET", f"/v1/orders?cursor={first['cursor']}")
    assert stolen.status == 400


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"product": "credits_10", "provider": "toss", "amount": 1}, 400, "bad_request"),
        ({"product": "credits_10", "provider": "bank"}, 400, "bad_request"),
        ({"product": "credits_10", "provider": "toss", "language": "fr"}, 400, "bad_request"),
        ({"product": "credits_11", "provider": "toss"}, 404, "not_found"),
        ({"product": "credits_10", "provider": "toss", "version": 0}, 409, "conflict"),
        ({"product": "credits_10", "provider": "toss", "version": 1e400}, 400, "bad_request"),
    ],
)
async def test_what_is_no_order_is_refused(body: Fields, status: int, code: str) -> None:
    fox = await buyer()
    reply = await fox.call("POST", "/v1/orders", body)
    assert (reply.status, reply.code) == (status, code)
    assert await fox.items("/v1/orders") == []


@pytest.mark.parametrize(
    "number", ["-1", "1.5", "1e400", "-1e400", "NaN", "Infinity", "1" * 400, '"1"', "true", "[1]"]
)
async def test_numbers_that_are_none_order_nothing(number: str) -> None:
    """faults.md 45: no amount is read from a client, and no other number is taken for one."""
    fox = await buyer()
    for name in ("version", "amount", "price"):
        text = f'{{"product":"credits_10","provider":"toss","{name}":{number}}}'
        reply = await fox.town.edge.call("POST", "/v1/orders", data=text.encode(), token=fox.access)
        is_version = (name, number) == ("version", "-1")  # a whole number, of no catalogue
        assert reply.status == (409 if is_version else 400), (text, reply.data)
    assert await fox.items("/v1/orders") == []


async def test_an_order_is_placed_once_for_its_key() -> None:
    fox = await buyer()
    body = {"product": "credits_10", "provider": "toss"}
    first, again = [await fox.call("POST", "/v1/orders", body, key="k1") for _ in range(2)]
    assert (first.status, first.fields) == (again.status, again.fields)
    assert len(await fox.items("/v1/orders")) == 1
    other = await fox.call("POST", "/v1/orders", {**body, "product": "credits_5"}, key="k1")
    assert (other.status, other.code) == (409, "idempotency_conflict")


async def test_a_provider_that_is_down_is_told_and_leaves_no_order_open() -> None:
    fox = await buyer()
    fox.town.edge.till.down = True
    reply = await fox.call("POST", "/v1/orders", {"product": "credits_10", "provider": "toss"})
    assert (reply.status, reply.code) == (503, "unavailable")
    assert [one["state"] for one in await fox.items("/v1/orders")] == ["cancelled"]


@pytest.mark.parametrize("path", ["/v1/webhooks/toss", "/v1/webhooks/stripe"])
async def test_a_forged_webhook_says_nothing_of_why_and_does_nothing(path: str) -> None:
    fox = await buyer()
    name, _ = await order(fox, provider="stripe" if "stripe" in path else "toss")
    edge = fox.town.edge
    edge.till.of(next(iter(edge.till.payments.values())).order).charged = 4_500
    reply = await edge.call("POST", path, data=f"forged {name}".encode())
    assert (reply.status, reply.code) == (400, "bad_request")
    assert (await buyer_credits(fox))["credits"] == 0
    for _ in range(2):
        reply = await edge.call("POST", path, data=f"event {name}".encode())
        assert (reply.status, reply.data) == (204, b"")
        assert (await buyer_credits(fox))["credits"] == 10
    assert (await edge.call("POST", path, data=b"other")).status == 204
    assert (await edge.call("POST", path, data=b"event AAAAAAAAAAAAAAAA")).status == 404
