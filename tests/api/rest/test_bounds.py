"""Bounds of what REST reads and remembers (I10)."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from engine.ids import Alias
from engine.limits import (
    LIST_PAGE_MAX,
    PAGE_EVENTS_MAX,
    SIGN_INS_AT_ONCE_MAX,
)
from engine.limits_outside import (
    DEV_OUTBOX_MAX,
)
from engine.model.code_caps import Conversion
from engine.rooms.events import History, Page
from engine.sessions.rates import Rate
from store.memory.rates import MemoryRates
from store.providers.dev_texts import DevTexts
from tests.api.edge import make_edge
from tests.api.fakes import make_store


class Asked:
    """A store that only remembers how much it was asked for."""

    def __init__(self) -> None:
        self.limits: list[int] = []

    async def search(self, *_: object, limit: int, **__: object) -> list[object]:
        self.limits.append(limit)
        return []

    async def history(self, *_: object, limit: int, **__: object) -> History:
        self.limits.append(limit)
        return History(Alias("me"), Page(1, (), more=False))


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/v1/groups?limit=", LIST_PAGE_MAX + 1),  # one more tells whether there is a next page
        ("/v1/rooms/aaaaaaaaaaaaaaaa/messages?limit=", PAGE_EVENTS_MAX),
    ],
)
async def test_a_page_is_no_longer_than_the_server_allows(path: str, limit: int) -> None:
    store = Asked()
    edge = make_edge(make_store(groups=store, directory=store))
    for wanted in (limit, 10 * limit, 10**9):
        assert (await edge.call("GET", f"{path}{wanted}", token=edge.token())).status == 200
    assert store.limits == [limit] * 3


async def test_so_many_callers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.memory.rates.RATE_BUCKETS_MAX", 2)
    rates, rate = MemoryRates(), Rate(1, 1)
    for name in "abc":
        await rates.take(name, rate, now_ms=0)
    # The oldest one was forgotten.
    assert (await rates.take("a", rate, now_ms=0)).wait_ms == 0
    assert (await rates.take("c", rate, now_ms=0)).wait_ms > 0


async def test_the_console_keeps_so_many_codes() -> None:
    texts = DevTexts(lambda _: None, now_ms=lambda: 0)
    for n in range(DEV_OUTBOX_MAX + 5):
        await texts.send("+821000000000", "text", code=f"{n:06}")
    kept = [one["code"] for one in texts.recent(None)]
    assert kept == [f"{n:06}" for n in range(DEV_OUTBOX_MAX + 4, 4, -1)]


class Slow:
    """A store whose codes wait until it goes on."""

    def __init__(self) -> None:
        self.go_on = trio.Event()
        self.inside = 0

    async def open_code(self, *_: object, **__: object) -> Conversion:
        self.inside += 1
        await self.go_on.wait()
        self.inside -= 1
        return Conversion(1, 1)


async def test_few_of_a_storm_sign_in_at_once_and_nobody_else_waits_for_them() -> None:
    store, statuses = Slow(), list[int]()
    edge = make_edge(make_store(accounts=store))

    async def come(n: int) -> None:
        body, peer = {"phone": f"010-1234-50{n:02}"}, f"203.0.113.{n}"
        statuses.append((await edge.call("POST", "/v1/auth/otp", body, peer=peer)).status)

    async with trio.open_nursery() as storm:
        for n in range(3 * SIGN_INS_AT_ONCE_MAX):
            storm.start_soon(come, n)
        await wait_all_tasks_blocked()
        assert store.inside == SIGN_INS_AT_ONCE_MAX
        assert (await edge.call("GET", "/v1/config")).status == 200
        store.go_on.set()
    assert statuses == [202] * 3 * SIGN_INS_AT_ONCE_MAX
