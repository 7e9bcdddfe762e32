"""The pusher: sends what waits for devices, at least once, and leaves FCM alone when it fails."""

from __future__ import annotations

from collections.abc import Callable

import trio

from engine.errors import Outage, Unavailable
from engine.limits_pushes import PUSH_DEVICES_AT_ONCE, PUSH_LEASE_MS, PUSH_SEND_EVERY_S
from engine.model.breaker import Breaker
from engine.model.policy import Policy
from engine.model.push import PUSH_TEXTS, decide, retry_at
from engine.ports.meter import Meter
from engine.ports.pushes import DuePush, Fate, PushOutbox, PushProvider, Settled


class Pusher:
    """Sends the pushes of one process; any number of processes may have one."""

    def __init__(
        self,
        outbox: PushOutbox,
        provider: PushProvider,
        policy: Policy,
        *,
        now_ms: Callable[[], int],
        chance: Callable[[], float],
        meter: Meter,
    ) -> None:
        self._outbox = outbox
        self._provider = provider
        self._policy = policy.pushes
        self._now_ms = now_ms
        self._chance = chance  # from 0 to 1
        self._meter = meter
        self._breaker = Breaker()

    async def run(self) -> None:
        """Send for ever; an outage of the store only delays."""
        while True:
            try:
                while await self.send_due() == PUSH_DEVICES_AT_ONCE:
                    pass
            except Outage:
                self._count("store_down")
            await trio.sleep(PUSH_SEND_EVERY_S)

    async def send_due(self) -> int:
        """Send what is due, a bounded number; return for how many devices something was due.

        While the provider is left alone nothing is taken: it waits in the store, one row for a
        kind and device. After the rest one device is the trial for all.
        """
        now = trio.current_time()
        if self._breaker.rests_s(now=now):
            return 0
        on_trial = self._breaker.rests_until is not None
        due = await self._outbox.due(
            now_ms=self._now_ms(),
            limit=1 if on_trial else PUSH_DEVICES_AT_ONCE,
            lease_ms=PUSH_LEASE_MS,
        )
        async with trio.open_nursery() as nursery:
            for push in due:
                nursery.start_soon(self._handle, push)
        return len(due)

    async def _handle(self, push: DuePush) -> None:
        now_ms = self._now_ms()
        verdict = decide(push.waiting, push.settings, self._policy, now_ms)
        if not verdict.wanted:
            settled, what = Settled(), "not_wanted"
        elif verdict.until_ms > now_ms:
            settled, what = Settled(verdict.wanted, verdict.until_ms, push.tries), "held"
        else:
            settled, what = await self._send(push)
        self._count(what)
        try:
            await self._outbox.settle(push, settled, now_ms=self._now_ms())
        except Outage:  # its lease ends, and then it is sent again
            self._count("not_settled")

    async def _send(self, push: DuePush) -> tuple[Settled, str]:
        text = PUSH_TEXTS[push.settings.language]
        self._breaker = self._breaker.calling(now=trio.current_time())
        try:
            fate = await self._provider.send(push.token, text)
        except Unavailable:
            self._breaker = self._breaker.called(well=False, now=trio.current_time())
            return self._again(push)
        self._breaker = self._breaker.called(well=True, now=trio.current_time())
        match fate:
            case Fate.SENT:
                return Settled(sent_ms=self._now_ms()), "sent"
            case Fate.DEAD:
                return Settled(dead=True), "dead"
            case Fate.REFUSED:
                return Settled(), "refused"

    def _again(self, push: DuePush) -> tuple[Settled, str]:
        tries = push.tries + 1
        due_ms = retry_at(tries, self._now_ms(), self._chance())
        if due_ms is None:
            return Settled(), "given_up"
        return Settled(push.waiting.kinds, due_ms, tries), "failed"

    def _count(self, what: str) -> None:
        self._meter.count("pushes_total", what=what)
