"""The pusher: at least once, within its bounds, and only to whom it should."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import trio

from actors.pusher import Pusher
from engine.errors import Unavailable
from engine.ids import AccountId, DeviceId
from engine.limits_outside import PROVIDER_FAILURES_MAX, PROVIDER_REST_S
from engine.limits_pushes import (
    PUSH_DEVICES_AT_ONCE,
    PUSH_LEASE_MS,
    PUSH_RETRY_FIRST_MS,
    PUSH_RETRY_MOST_MS,
    PUSH_TRIES_MAX,
)
from engine.model.account import Gender
from engine.model.policy import Policy
from engine.model.push import (
    PUSH_TEXTS,
    Language,
    PushKind,
    PushSettings,
    PushText,
    PushToken,
    QuietHours,
)
from engine.ports.meter import NoMeter
from engine.ports.pushes import DuePush, Fate, Settled
from store.memory.push_outbox import MemoryPushOutbox
from store.memory.push_rows import TokenRow
from store.memory.state import AccountRow, Memory
from tests.actors.world import fail_times, on_test_clock

NOON_MS = 1_790_000_000_000 // 86_400_000 * 86_400_000 + 3 * 3_600_000  # in Seoul
HOUR_S = 3_600.0


class FakeFcm:
    """Takes pushes, or answers what it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, PushText]] = []
        self.asked = 0
        self.answer: Callable[[], Fate] = lambda: Fate.SENT

    async def send(self, token: PushToken, text: PushText) -> Fate:
        """Send one."""
        self.asked += 1
        await trio.sleep(0.1)
        fate = self.answer()
        if fate is Fate.SENT:
            self.sent.append((token.value, text))
        return fate


@dataclass
class Post:
    """A pusher and what it stands on."""

    memory: Memory = field(default_factory=Memory)
    fcm: FakeFcm = field(default_factory=FakeFcm)

    def __post_init__(self) -> None:
        self.outbox = MemoryPushOutbox(self.memory)
        self.pusher = Pusher(
            self.outbox,
            self.fcm,
            Policy(),
            now_ms=self.now_ms,
            chance=lambda: 0.5,
            meter=NoMeter(),
        )

    def now_ms(self) -> int:
        """What time it is."""
        return NOON_MS + int(trio.current_time() * 1000)

    def person(self, name: str) -> AccountId:
        """Make somebody with a device."""
        who, device = AccountId(name), DeviceId(f"phone of {name}")
        self.memory.accounts[who] = AccountRow(who, None, name, 1995, Gender.OTHER)
        self.memory.pushes.tokens[device] = TokenRow(device, who, PushToken(name), 0)
        return who

    def note(self, *names: str, kind: PushKind = PushKind.MATCH) -> None:
        """Have something told."""
        self.memory.pushes.note(kind, [AccountId(name) for name in names], now_ms=self.now_ms())

    @property
    def told(self) -> list[str]:
        """To which devices something was sent."""
        return [token for token, _ in self.fcm.sent]


@asynccontextmanager
async def open_post() -> AsyncIterator[Post]:
    post = Post()
    post.person("fox")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(post.pusher.run)
        yield post
        nursery.cancel_scope.cancel()


def fails() -> Fate:
    raise Unavailable


@on_test_clock
async def test_all_that_waits_for_a_device_is_one_push() -> None:
    async with open_post() as post:
        for kind in PushKind:
            if kind is not PushKind.MESSAGE:
                post.note("fox", kind=kind)
        await trio.sleep(5)
        assert post.fcm.sent == [("fox", PUSH_TEXTS[Language.KOREAN])]
        assert not post.memory.pushes.waiting


@on_test_clock
async def test_everybody_reads_their_own_language() -> None:
    async with open_post() as post:
        owl = post.person("owl")
        post.memory.pushes.settings[owl] = PushSettings(language=Language.ENGLISH)
        post.note("fox", "owl")
        await trio.sleep(5)
        assert dict(post.fcm.sent) == {
            "fox": PUSH_TEXTS[Language.KOREAN],
            "owl": PUSH_TEXTS[Language.ENGLISH],
        }


@on_test_clock
async def test_what_is_switched_off_or_of_a_suspended_account_is_dropped() -> None:
    async with open_post() as post:
        fox, owl = AccountId("fox"), post.person("owl")
        post.memory.pushes.settings[fox] = PushSettings(frozenset({PushKind.MATCH}))
        post.memory.accounts[owl].state = "banned"
        post.note("fox", "owl")
        await trio.sleep(5)
        assert (post.fcm.asked, post.memory.pushes.waiting) == (0, {})


@on_test_clock
async def test_quiet_hours_hold_it_until_they_end() -> None:
    async with open_post() as post:
        quiet = QuietHours(11 * 60, 15 * 60)
        post.memory.pushes.settings[AccountId("fox")] = PushSettings(quiet=quiet)
        post.note("fox")
        await trio.sleep(3 * HOUR_S - 5)
        assert post.fcm.asked == 0
        await trio.sleep(10)
        assert post.told == ["fox"]


@on_test_clock
async def test_pushes_to_a_device_are_apart() -> None:
    async with open_post() as post:
        for _ in range(30):
            post.note("fox")
            await trio.sleep(10)
        assert len(post.told) == 5, "one a minute"
        await trio.sleep(60)
        assert not post.memory.pushes.waiting, "and the last is not lost"


@on_test_clock
async def test_a_dead_token_is_dropped_and_a_refused_push_forgotten() -> None:
    async with open_post() as post:
        post.fcm.answer = lambda: Fate.REFUSED
        post.note("fox")
        await trio.sleep(5)
        assert (len(post.memory.pushes.tokens), post.memory.pushes.waiting) == (1, {})
        post.fcm.answer = lambda: Fate.DEAD
        post.note("fox")
        await trio.sleep(5)
        assert (post.memory.pushes.tokens, post.memory.pushes.waiting) == ({}, {})
        assert post.fcm.asked == 2


@on_test_clock
async def test_what_failed_is_tried_again_after_growing_waits_and_given_up_at_last() -> None:
    post, asked_s = Post(), []
    post.person("fox")
    post.fcm.answer = fails
    post.note("fox")
    while post.memory.pushes.waiting:
        before = post.fcm.asked
        await post.pusher.send_due()
        asked_s += [trio.current_time()] * (post.fcm.asked - before)
        await trio.sleep(10)
    assert len(asked_s) == PUSH_TRIES_MAX
    waits = [round(after - before) for before, after in pairwise(asked_s)]
    assert min(waits) >= PUSH_RETRY_FIRST_MS / 1000
    assert waits == sorted(waits)
    assert max(waits) <= 2 * PUSH_RETRY_MOST_MS / 1000


@on_test_clock
async def test_one_that_comes_back_gets_what_waited() -> None:
    async with open_post() as post:
        hook = fail_times(3)

        def answer() -> Fate:
            hook()
            return Fate.SENT

        post.fcm.answer = answer
        post.note("fox")
        await trio.sleep(HOUR_S)
        assert (post.told, post.fcm.asked) == (["fox"], 4)


@on_test_clock
async def test_a_provider_that_is_down_is_left_alone_and_the_rest_waits() -> None:
    async with open_post() as post:
        names = [f"person-{number}" for number in range(2 * PUSH_DEVICES_AT_ONCE)]
        for name in names:
            post.person(name)
        post.fcm.answer = fails
        post.note(*names)
        await trio.sleep(1)
        first = post.fcm.asked
        assert PROVIDER_FAILURES_MAX <= first <= PUSH_DEVICES_AT_ONCE
        await trio.sleep(6 * PROVIDER_REST_S)
        assert post.fcm.asked <= first + 6, "one trial for each rest"
        assert len(post.memory.pushes.waiting) == len(names), "nothing is lost, and nothing grows"
        post.fcm.answer = lambda: Fate.SENT
        await trio.sleep(HOUR_S)
        assert sorted(post.told) == sorted(names)


@on_test_clock
async def test_who_dies_before_it_is_noted_sends_again() -> None:
    async with open_post() as post:
        settle, hook = post.outbox.settle, fail_times(1)

        async def failing(push: DuePush, settled: Settled, *, now_ms: int) -> None:
            hook()
            await settle(push, settled, now_ms=now_ms)

        post.outbox.settle = failing  # type: ignore[method-assign]  # the twin, failing
        post.note("fox")
        await trio.sleep(5)
        assert post.told == ["fox"]
        await trio.sleep(PUSH_LEASE_MS / 1000)
        assert post.told == ["fox", "fox"]


@on_test_clock
async def test_an_outage_of_the_store_only_delays() -> None:
    async with open_post() as post:
        due, hook = post.outbox.due, fail_times(3)

        async def failing(*, now_ms: int, limit: int, lease_ms: int) -> object:
            hook()
            return await due(now_ms=now_ms, limit=limit, lease_ms=lease_ms)

        post.outbox.due = failing  # type: ignore[method-assign,assignment]  # the twin, failing
        post.note("fox")
        await trio.sleep(10)
        assert post.told == ["fox"]


@on_test_clock
async def test_two_processes_send_it_once() -> None:
    async with open_post() as post:
        other = Post(post.memory, post.fcm)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other.pusher.run)
            names = [f"person-{number}" for number in range(20)]
            for name in names:
                post.person(name)
            post.note(*names)
            await trio.sleep(5)
            nursery.cancel_scope.cancel()
        assert sorted(post.told) == sorted(names)
