"""Who is connected to this node: sessions by account, and each person's rates over all of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol

import trio

from engine.ids import AccountId, DeviceId
from engine.limits import SESSIONS_PER_ACCOUNT_MAX
from engine.model.policy import ChatPolicy
from engine.model.pool_policy import PoolPolicy
from engine.sessions.rates import Bucket
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec
from engine.wire.event_frames import EventFrames
from engine.wire.frames import Fields

# People whose rates are remembered after they have gone: reconnecting must not refill a bucket.
# A bucket is full again after two minutes; this many people come and go in that time in a storm.
RATES_REMEMBERED_MAX = 20_000


# The device of who speaks to a session from inside the process, as the bots of the demo do: nobody
# signed it in, so nobody can sign it out.
NO_DEVICE = DeviceId("")


class Connected(Protocol):
    """A session, as its account sees it."""

    @property
    def codec(self) -> Codec:
        """What it reads."""

    @property
    def device(self) -> DeviceId:
        """Where it signed in."""

    def show(self, frame: bytes) -> None:
        """Take an event."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End."""


class Rates:
    """What one person may do, over all their sessions and over REST."""

    __slots__ = ("_policy", "_premium", "changes", "messages", "ops", "pools", "refusals", "typing")

    def __init__(self, policy: ChatPolicy, pools: PoolPolicy) -> None:
        self._policy = policy
        self._premium = False
        self.pools = Bucket(per_second=pools.ops_per_minute_max / 60, burst=pools.ops_burst_max)
        self.ops = Bucket(per_second=policy.ops_per_second_max, burst=policy.ops_burst_max)
        self.messages = Bucket(
            per_second=policy.messages_per_minute_max / 60, burst=policy.messages_burst_max
        )
        self.changes = Bucket(
            per_second=policy.changes_per_minute_max / 60, burst=policy.changes_burst_max
        )
        self.typing = Bucket(
            per_second=policy.typing_max / policy.typing_window_s, burst=policy.typing_max
        )
        self.refusals = Bucket(
            per_second=policy.refusals_per_minute_max / 60, burst=policy.refusals_per_minute_max
        )

    def rank(self, *, premium: bool) -> None:
        """Say whether the person is premium, as a new session has found it: they may say more."""
        if premium is not self._premium:
            self._premium, policy = premium, self._policy
            per_minute = policy.messages_per_minute_max
            if premium:
                per_minute = policy.premium_messages_per_minute_max
            self.messages = Bucket(per_second=per_minute / 60, burst=policy.messages_burst_max)


class People:
    """The sessions of this node. The sixth of an account replaces its oldest."""

    def __init__(self, policy: ChatPolicy, pools: PoolPolicy) -> None:
        self._policy = policy
        self._pools = pools
        self._sessions: dict[AccountId, list[Connected]] = {}
        self._rates: OrderedDict[AccountId, Rates] = OrderedDict()
        self._count = 0
        self.entered = 0  # sessions that have ever said hello here
        self._places: dict[Connected, int] = {}  # which of them each is
        self._doubted: dict[AccountId, None] = {}
        self._doubt = trio.Event()

    def __len__(self) -> int:
        return self._count

    def enter(self, account: AccountId, session: Connected) -> None:
        """A session has said hello."""
        sessions = self._sessions.setdefault(account, [])
        sessions.append(session)
        self._count += 1
        self.entered += 1
        self._places[session] = self.entered
        if len(sessions) > SESSIONS_PER_ACCOUNT_MAX:
            sessions[0].close(CloseCode.REPLACED, "replaced by a newer session")

    def leave(self, account: AccountId, session: Connected) -> None:
        """A session has ended; once is enough, twice is harmless."""
        sessions = self._sessions.get(account, [])
        if session in sessions:
            sessions.remove(session)
            self._count -= 1
            del self._places[session]
            if not sessions:
                del self._sessions[account]

    def rates(self, account: AccountId, *, premium: bool | None = None) -> Rates:
        """Return the person's rates, remembered a while after they have gone."""
        rates = self._rates.get(account)
        if rates is None:
            rates = self._rates[account] = Rates(self._policy, self._pools)
            if len(self._rates) > RATES_REMEMBERED_MAX:
                self._rates.popitem(last=False)
        else:
            self._rates.move_to_end(account)
        if premium is not None:
            rates.rank(premium=premium)
        return rates

    def tell(self, account: AccountId, fields: Fields, *, after: int = 0) -> None:
        """Show an event to the sessions of an account, without the first `after` of this node."""
        frames = EventFrames(fields)
        for session in list(self._sessions.get(account, ())):
            if self._places.get(session, 0) > after:
                session.show(frames.frame(session.codec))

    def end(self, account: AccountId, device: DeviceId | None) -> None:
        """End the sessions of one device, or all of the account: its token is void."""
        for session in list(self._sessions.get(account, ())):
            if device is None or session.device == device:
                session.close(CloseCode.BAD_TOKEN, "signed out")

    def devices(self, whose: Iterable[AccountId] | None = None) -> list[tuple[AccountId, DeviceId]]:
        """Return whose device each session is on that has one, of all or of some people."""
        return [
            (account, one.device)
            for account in list(self._sessions if whose is None else whose)
            for one in self._sessions.get(account, ())
            if one.device != NO_DEVICE
        ]

    def doubt(self, account: AccountId) -> None:
        """Another process says that devices of somebody were signed out: it has to be looked."""
        if account in self._sessions:
            self._doubted[account] = None
            self._doubt.set()

    async def next_doubted(self) -> list[AccountId]:
        """Wait for people of whom it was said."""
        await self._doubt.wait()
        self._doubt = trio.Event()
        doubted, self._doubted = list(self._doubted), {}
        return doubted

    def everybody(self) -> list[Connected]:
        """Return all sessions."""
        return [session for sessions in self._sessions.values() for session in sessions]
