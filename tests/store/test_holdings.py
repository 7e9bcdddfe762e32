"""Contract of the export: all that the data map says is held about somebody, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from engine.ids import AccountId
from engine.ports.holdings import Section
from store.data_map import load_data_map
from tests.postgres import Databases
from tests.store.life import THEIRS, Life, live
from tests.store.world import PROFILE, SECOND_MS, World

Items = list[Mapping[str, object]]


@pytest.fixture
def module_dsn(databases: Databases) -> str:
    """A database for each test: the counts of likers are released once for everybody in it."""
    return databases.fresh()


async def export(world: World, who: AccountId, *, limit: int = 100) -> dict[Section, Items]:
    """Read all sections of somebody, page by page."""
    found: dict[Section, Items] = {}
    for section in Section:
        found[section] = []
        after: str | None = ""
        while after is not None:
            page = await world.store.holdings.page(
                who, section, after=after, limit=limit, now_ms=world.now_ms
            )
            assert len(page.items) <= limit
            found[section] += page.items
            after = page.after
    return found


async def test_every_column_that_the_map_exports_is_there(world: World) -> None:
    life = await live(world)
    found = await export(world, life.account)
    shown = {
        Section(table.exported): set(table.shown.values())
        for table in load_data_map().values()
        if table.shown
    }
    assert shown.keys() == set(Section), "every section is that of a table"
    for section, items in found.items():
        assert items, f"this life has nothing of {section}"
        for item in items:
            assert item.keys() == shown[section], f"{section} differs from store/data_map.toml"


async def test_it_says_what_somebody_is_and_did(world: World) -> None:
    life = await live(world)
    found = await export(world, life.account)
    (account,) = found[Section.ACCOUNT]
    assert isinstance(account["phone"], bytes)
    assert account["nickname"] == "나그네"
    assert (account["birth_year"], account["gender"]) == (PROFILE.birth_year, PROFILE.gender)
    assert (account["contact"], account["show_read_marks"]) == ("fox@example.org", False)
    assert isinstance(account["created_at"], int)
    assert account["created_at"] > 0
    said = [one["granted"] for one in found[Section.CONSENTS]]
    assert said == [True] * 4, "marketing, pushes, transfers overseas and location"
    here = next(one for one in found[Section.MEMBERSHIPS] if one["member"] == life.me.member)
    assert (here["nickname"], here["bio"], here["interests"]) == ("발자국", "차를 마셔요", ["tea"])
    assert (here["state"], here["role"]) == ("active", "member")
    assert [one["band"] for one in found[Section.LIKE_COUNTS]] == ["a_few"]
    supers = [one for one in found[Section.LIKES] if one["super"]]
    assert [(one["line"], one["shown"], one["state"]) for one in supers] == [
        ("반가워요", True, "open")
    ]
    (match,) = found[Section.MATCHES]
    assert (match["room"], match["ended"]) == (life.room, False)
    texts = sorted(str(content(one)["body"]) for one in found[Section.MESSAGES])
    assert texts == sorted(["하나", "둘", "셋"])
    assert [(one["seq"], one["emojis"]) for one in found[Section.REACTIONS]] == [(2, ["🌿"])]
    (room,) = [one for one in found[Section.ROOMS] if one["room"] == life.room]
    assert (room["nickname"], room["read"], room["left"]) == ("발자국", 2, False)
    (report,) = found[Section.REPORTS]
    assert (report["text"], report["category"]) == ("광고예요", "spam")
    (ticket,) = found[Section.TICKETS]
    assert ticket["me"] == {"interests": ["tea"], "area": [3, 4], "features": []}
    (moved,) = [one for one in found[Section.CREDIT_MOVES] if one["cause"] == "operator"]
    assert (moved["kind"], moved["amount"], moved["wallet"]) == ("give", 2, 2)
    assert [one["plan"] for one in found[Section.PLAN_TERMS]] == ["premium"]
    orders = {(one["product"], one["provider"], one["charged"]) for one in found[Section.ORDERS]}
    assert orders == {("credits_10", "toss", 0), ("premium_month", "toss", 0)}
    (renewed,) = found[Section.SUBSCRIPTIONS]
    assert (renewed["product"], renewed["cancelled"]) == ("premium_month", False)
    (act,) = found[Section.LOCATION_ACTS]
    assert (act["source"], act["service"], act["recipient"]) == ("gps", "group entry", "nobody")
    (meeting,) = found[Section.MEETINGS]
    assert "안녕" in str(meeting["looks"])
    assert "blue" in str(found[Section.DESCRIPTIONS][0]["said"])


def content(item: Mapping[str, object]) -> dict[str, object]:
    """Return what a message says."""
    found = item["content"]
    assert isinstance(found, dict)
    return found


async def test_nothing_in_it_is_of_others(world: World) -> None:
    life = await live(world)
    told = str(await export(world, life.account))
    assert THEIRS not in told
    assert "내 줄" not in told
    assert life.account not in told, "no id of an account leaves the server"
    for other in life.others:
        assert other not in told
    theirs = (await export(world, life.met.account))[Section.LIKES]
    assert [one["member"] for one in theirs] == [life.me.member], "only what one did oneself"


async def test_a_match_that_was_not_told_is_not_in_it(world: World) -> None:
    life = await live(world)
    before = await export(world, life.account)
    like = next(one for one in before[Section.LIKES] if one["member"] == life.untold.member)
    assert like["state"] == "open"
    assert len(before[Section.MATCHES]) == 1
    world.clock.now_ms += 3 * SECOND_MS
    after = await export(world, life.account)
    like = next(one for one in after[Section.LIKES] if one["member"] == life.untold.member)
    assert like["state"] == "matched"
    assert len(after[Section.MATCHES]) == 2
    assert len(after[Section.ROOMS]) == len(before[Section.ROOMS]) + 1


async def test_pages_of_one_are_the_same_items(world: World) -> None:
    life = await live(world)
    whole = await export(world, life.account)
    assert await export(world, life.account, limit=1) == whole


async def test_all_of_it_can_be_written_as_json(world: World) -> None:
    life: Life = await live(world)
    for items in (await export(world, life.account)).values():
        for item in items:
            msgspec.json.encode({**item, "phone": None})


async def test_what_was_taken_back_and_what_was_left_is_told_so(world: World) -> None:
    life = await live(world)
    await world.store.groups.leave(life.me.group, life.account, now_ms=world.now_ms)
    found = await export(world, life.account)
    here = next(one for one in found[Section.MEMBERSHIPS] if one["member"] == life.me.member)
    assert here["state"] == "left"
    (match,) = found[Section.MATCHES]
    assert match["ended"] is True
    assert len(found[Section.MESSAGES]) == 3, "what one said is one's own, also afterwards"
