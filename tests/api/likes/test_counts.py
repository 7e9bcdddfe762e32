"""How many like somebody, by both doors: in bands, late, of three at least; who lets it be seen."""

from __future__ import annotations

import pytest
import trio

from engine.model.like_count import next_release_ms
from engine.model.policy import LikePolicy
from tests.api.likes.street import Neighbour, Street
from tests.api.people import Fields
from tests.postgres import databases_of

RULES = LikePolicy()


@pytest.fixture
def likes_dsn(pytestconfig: pytest.Config) -> str:
    """A database for each test: a release is for all people of one."""
    return databases_of(pytestconfig).fresh()


async def release(street: Street) -> None:
    """Let the next moment come, and the worker do its work."""
    street.edge.clock.now_ms = next_release_ms(street.edge.clock(), RULES)
    likes, policy, released = street.store.likes, street.edge.services.policy, trio.Event()
    with pytest.MonkeyPatch.context() as patch:

        async def release_and_say(*_: object, now_ms: int) -> int:
            told = await type(likes).release(likes, policy, now_ms=now_ms)
            released.set()
            return told

        patch.setattr(likes, "release", release_and_say)
        await street.worked(released)
    street.node.nudge()


async def band(street: Street, one: Neighbour) -> Fields:
    return await one.get(f"/v1/groups/{street.group}/likes/received")


def counts_told(one: Neighbour) -> list[Fields]:
    """What they heard of counts; that matching has opened comes when it comes."""
    return [event for event in one.client.events if event["ev"] == "like.received"]


async def test_counts_come_in_bands_of_three_and_more_at_fixed_moments(street: Street) -> None:
    few, pair, several, *likers = await street.circle(12)
    for liker in likers:
        await liker.is_given("--plan", "premium")
    for liked, number in ((0, 3), (1, 2), (2, 5)):
        for liker in likers[:number]:
            await liker.love(street.ids[liked])
    first_ms = next_release_ms(street.edge.clock(), RULES)
    assert await band(street, few) == {"count_band": None, "next_at": first_ms}
    assert counts_told(few) == []
    await release(street)
    await release(street)  # no like was younger than an hour
    bands = [(await band(street, one))["count_band"] for one in (few, pair, several)]
    assert bands == ["a_few", None, "several"]
    (told,) = await few.hears("like.received")
    assert told == {"ev": "like.received", "group": street.group, "count_band": "a_few"}
    await several.hears("like.received")
    assert counts_told(pair) == []
    await likers[0].call("DELETE", f"/v1/groups/{street.group}/membership")
    await release(street)
    assert (await band(street, few))["count_band"] == "a_few", "nobody's leaving shows"
    assert len(counts_told(few)) == 1, "told when it has risen, and not again"


async def test_no_count_in_a_small_group_nor_for_strangers(street: Street) -> None:
    fox, *likers = await street.circle(6)
    for liker in likers:
        await liker.love(street.ids[0])
    for _ in range(2):
        await release(street)
    assert (await band(street, fox))["count_band"] is None
    stranger = await street.neighbour("female")
    reply = await stranger.call("GET", f"/v1/groups/{street.group}/likes/received")
    assert reply.code == "not_found"


async def test_who_lets_it_be_seen_is_seen_by_premium_members_and_late(street: Street) -> None:
    fox, owl, elk, *_ = await street.circle(4)
    path = f"/v1/groups/{street.group}/likes/shown"
    await owl.love(street.ids[0], shown=True)
    await elk.love(street.ids[0])
    assert (await fox.call("GET", path)).code == "premium_required"
    await fox.is_given("--plan", "premium")
    assert await fox.items(path) == []
    for _ in range(2):
        await release(street)
    (seen,) = await fox.items(path)
    assert seen == {
        "member": street.ids[1],
        "nickname": seen["nickname"],
        "intent": "friend",
        "super": False,
    }
    assert await owl.items(f"/v1/groups/{street.group}/likes") != []
    await owl.is_given("--plan", "premium")
    assert await owl.items(path) == []
