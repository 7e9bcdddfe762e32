"""What is for sale, over HTTP."""

from __future__ import annotations

from typing import cast

from engine.payments.catalogue import on_sale
from tests.api.people import Fields, make_town


async def test_the_catalogue_has_prices_without_decimals_and_names_in_both_languages() -> None:
    reply = await (await make_town().newcomer()).call("GET", "/v1/catalogue")
    assert reply.status == 200
    assert reply.fields["version"] == on_sale().version
    items = {one["product"]: one for one in cast("list[Fields]", reply.fields["items"])}
    assert list(items) == [one.product for one in on_sale().products]
    assert items["credits_10"] == {
        "product": "credits_10",
        "price": {"amount": 4_500, "currency": "KRW", "digits": 0},
        "names": {"ko": "크레딧 10개", "en": "10 credits"},
        "credits": 10,
    }
    assert (items["premium_month"]["plan"], items["premium_month"]["days"]) == ("premium", 30)


async def test_the_catalogue_tells_where_a_plan_can_renew() -> None:
    fox = await make_town().newcomer()
    shown = await fox.get("/v1/catalogue")
    assert shown["renewing"] == shown["providers"] != []
    fox.town.edge.till.renews = False
    assert (await fox.get("/v1/catalogue"))["renewing"] == []


async def test_who_has_the_answer_already_is_sent_nothing() -> None:
    fox = await make_town().newcomer()
    edge, path = fox.town.edge, "/v1/catalogue"
    first = await edge.call("GET", path, token=fox.access)
    tag = first.headers["etag"]
    for asked in (tag, f'"other", W/{tag}', "*"):
        again = await edge.call("GET", path, token=fox.access, headers={"If-None-Match": asked})
        assert (again.status, again.data, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "no-store"
    other = await edge.call("GET", path, token=fox.access, headers={"If-None-Match": '"other"'})
    assert (other.status, other.data) == (200, first.data)
    refused = await edge.call("GET", path, headers={"If-None-Match": tag})
    assert refused.status == 401
