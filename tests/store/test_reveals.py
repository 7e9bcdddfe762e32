"""Contract of reveals: what two people would show, and how far their room has come."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine.errors import NotFound
from engine.ids import AccountId, MatchId
from engine.limits import ROOM_TAIL_EVENTS
from engine.rooms.events import Append, Event, EventName
from tests.store.world import DAY_MS, World


async def change(world: World, account: AccountId, contact: str | None) -> str | None:
    """Set how one is reached."""
    changed = await world.store.accounts.change(
        account, nickname=None, show_read_marks=None, contact=contact
    )
    return changed.contact


async def test_a_contact_is_set_kept_and_cleared(world: World) -> None:
    one, *_ = await world.people(4)
    assert await change(world, one.account, None) is None
    assert await change(world, one.account, "카톡 fox") == "카톡 fox"
    assert await change(world, one.account, None) == "카톡 fox"
    seen = await world.store.accounts.account_of(one.device, one.account)
    assert seen.contact == "카톡 fox"
    assert "fox" not in repr(seen)
    assert await change(world, one.account, "") is None


async def test_both_sides_are_found_with_what_they_would_show(world: World) -> None:
    one, other, *_ = await world.people(4)
    ids = await world.match(one, other)
    await change(world, one.account, "one@example")
    claimed = await world.claim(ids.room)
    mine = next(m.alias for m in claimed.occupants if m.account == one.account)
    found = await world.store.room_log.revealable(
        ids.room, now_ms=world.now_ms, timezone="Asia/Seoul"
    )
    assert set(found) == {member.alias for member in claimed.occupants}
    assert found[mine].contact == "one@example"
    assert [side.contact for alias, side in found.items() if alias != mine] == [None]
    assert all(side.age_band for side in found.values())


async def test_the_room_of_a_match_is_found_once_it_is_told(world: World) -> None:
    one, other, *_ = await world.people(4)
    ids = await world.match(one, other)
    (match,) = await world.store.likes.matches(
        one.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert await world.store.likes.room_of(match.match, now_ms=world.now_ms) == ids.room
    for name, now_ms in (
        (MatchId("nowhere000000000"), world.now_ms),
        (match.match, world.now_ms - DAY_MS),
    ):
        with pytest.raises(NotFound):
            await world.store.likes.room_of(name, now_ms=now_ms)


@pytest.mark.parametrize("later", [0, 3, ROOM_TAIL_EVENTS + 5])
async def test_the_newest_event_of_a_reveal_is_found_however_old(world: World, later: int) -> None:
    room = await world.room()
    assert room.reveal is None
    alias = room.occupants[0].alias
    content = {"match": "m", "step": "profile"}
    offered = Event(1, world.now_ms, EventName.REVEAL_OFFERED, alias, None, content)
    withdrawn = replace(offered, seq=2, name=EventName.REVEAL_WITHDRAWN)
    await world.append(Append(room.room, room.fence, 0, (offered, withdrawn), {}))
    if later:
        await world.append(world.write(room, base=2, count=later))
    claimed = await world.claim(room.room)
    assert claimed.reveal == withdrawn
    assert len(claimed.tail) == min(later + 2, ROOM_TAIL_EVENTS)
