"""Contract of the outbox: told at least once, when due, oldest first."""

from __future__ import annotations

from tests.store.world import World


async def empty(world: World) -> None:
    """Confirm what other tests of this database have left."""
    while due := await world.store.outbox.due(now_ms=2**53, limit=1_000):
        await world.store.outbox.confirm([notice.number for notice in due], now_ms=world.now_ms)


async def test_notices_wait_until_they_are_due_and_until_they_are_confirmed(world: World) -> None:
    await empty(world)
    outbox = world.store.outbox
    assert await outbox.next_due_ms() is None
    one, other, *_ = await world.people(4)
    await world.like(one, other)
    await world.like(other, one)
    due_ms = await outbox.next_due_ms()
    assert due_ms is not None
    assert due_ms > world.now_ms
    assert await outbox.due(now_ms=due_ms - 1, limit=9) == []
    for _ in range(2):
        both = await outbox.due(now_ms=due_ms, limit=9)
        assert {notice.account for notice in both} == {one.account, other.account}
    (first,) = await outbox.due(now_ms=due_ms, limit=1)
    assert first == both[0]
    await outbox.confirm([first.number], now_ms=world.now_ms)
    assert await outbox.due(now_ms=due_ms, limit=9) == both[1:]
    await outbox.confirm([first.number, both[1].number, 10**9], now_ms=world.now_ms)
    await outbox.confirm([], now_ms=world.now_ms)
    assert await outbox.next_due_ms() is None


async def test_what_is_for_now_waits_for_no_clock_and_comes_in_its_order(world: World) -> None:
    """A wall clock that was ahead, and was set back, must not keep a lost device connected."""
    await empty(world)
    first, second, *_ = [await world.enter(world.phone()) for _ in range(3)]
    accounts = world.store.accounts
    await accounts.sign_out(first.device, now_ms=world.now_ms + 600_000)
    await accounts.sign_out(second.device, now_ms=world.now_ms)
    due = await world.store.outbox.due(now_ms=world.now_ms, limit=9)
    assert [notice.account for notice in due] == [first.account, second.account]
