"""The actor: a bounded mailbox and the one task that empties it.

A behaviour is made by an async `load`, so the first start, the restart after a crash and the
take-over from a dead node are one path: load from the log. A crash loses the state and never the
mail: what had no answer yet is tried again, one by one, so that the command that kills is found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, final

import trio

from actors.killers import Killers
from actors.replies import Reply
from actors.turns import Turns
from engine.errors import Busy, Outage, Refused, Unavailable
from engine.limits import (
    CONTROL_COMMANDS_MAX,
    CRASH_BACKOFF_S,
    CRASH_BACKOFF_S_MAX,
    CRASH_WINDOW_S,
    CRASHES_MAX,
    HANDLER_S_MAX,
    KILLS_MAX,
    MAIL_BATCH_MAX,
    RELOAD_PAUSE_S,
)
from engine.ports.meter import Meter


class Mail(Protocol):
    """A command: whatever it asks, it knows who waits for the answer."""

    @property
    def reply(self) -> Reply[Any]:
        """Where the answer goes."""


# What a behaviour has begun and still has to wait for.
Rest = Coroutine[Any, Any, None]

M = TypeVar("M", bound=Mail)
M_contra = TypeVar("M_contra", bound=Mail, contravariant=True)


class Behaviour(Protocol[M_contra]):
    """What an actor does with its mail."""

    @property
    def busy(self) -> bool:
        """Whether something else than mail keeps it awake (subscribers, a commit under way)."""

    def receive(self, batch: Sequence[M_contra]) -> Rest | None:
        """Act on commands, oldest first. It answers each of them, now or later.

        What has to wait is returned, to be awaited with a deadline; None is the cheap way out.
        """


class Crashed(Exception):
    """An actor failed too often; its key is set aside for a while."""


@dataclass(frozen=True, slots=True)
class ActorStatistics:
    """What an operator sees of one actor."""

    name: str
    mail: int
    mailbox_max: int
    crashes: int
    loaded: bool


@final
class Actor(Generic[M]):
    """One key's mailbox and task. `tell` never waits; full means Busy, gone means Unavailable."""

    def __init__(
        self,
        name: str,
        load: Callable[[], Awaitable[Behaviour[M]]],
        *,
        mailbox_max: int,
        meter: Meter,
        turns: Turns | None = None,
        sender: Callable[[M], object | None] = lambda _: None,
    ) -> None:
        self.name = name
        self._sender = sender
        self._killers: Killers | None = None  # whoever has crashed it lately; mostly nobody
        self._turns = turns
        self.idle_since = trio.current_time()
        self._load = load
        self._mailbox_max = mailbox_max
        self._meter = meter
        self._mail: deque[M] = deque()
        self._suspects: deque[M] = deque()  # had no answer when the state was lost; tried singly
        self._behaviour: Behaviour[M] | None = None
        self._parked: trio.lowlevel.Task | None = None
        self._begun: tuple[list[M], Rest] | None = None  # by a turn, to be ended by the task
        self._queued = False  # for a turn
        self._later = False  # for one after the commit that is under way
        self._held = False
        self._reload = False
        self._closing = False
        self._crashes: deque[float] = deque(maxlen=CRASHES_MAX + 1)

    # --- from outside --------------------------------------------------------------------

    def tell(self, message: M, *, control: bool = False) -> None:
        """Put a command into the mailbox; raises Busy when it is full, Unavailable when closed.

        A full mailbox still takes some commands of the engine itself (`control`).
        """
        if self._closing:
            raise Unavailable("this is closing")
        places = self._mailbox_max + (CONTROL_COMMANDS_MAX if control else 0)
        if len(self._mail) >= places:
            raise Busy(retry_after_ms=200)
        if self._killers is not None and self._is_shut_out(message):
            raise _shut_out()
        self._mail.append(message)
        if self._held or (self._queued and not self._later):
            return
        self._wake(later=self._turns is not None and self._turns.may_wait(message))

    def hold(self) -> None:
        """Take no more mail until `release`: something that was begun ends elsewhere."""
        self._held = True

    def release(self) -> None:
        """Go on with the mail."""
        self._held = False
        if self._mail or self._suspects or self._closing:
            self._wake(later=True)  # with all that waited for the commit, which has just ended

    def reset(self) -> None:
        """Forget the state, which may be wrong, and load it again; the mail stays."""
        self._behaviour = None
        self._held = False
        self._reload = True
        self._wake()

    def drain(self) -> None:
        """Take no new mail, finish the old, then end."""
        self._closing = True
        self._wake()

    @property
    def quiet(self) -> bool:
        """Whether nothing waits and nothing is under way, so that it may be put away."""
        idle = not (self._mail or self._suspects or self._held or self._reload or self._begun)
        return idle and self._parked is not None and not (self._behaviour and self._behaviour.busy)

    def statistics(self) -> ActorStatistics:
        """Return what an operator sees."""
        return ActorStatistics(
            self.name,
            len(self._mail) + len(self._suspects),
            self._mailbox_max,
            len(self._crashes),
            self._behaviour is not None,
        )

    # --- the turn ------------------------------------------------------------------------

    def turn(self) -> None:
        """Act on the mail without waking the task; what has to wait or went wrong, it ends."""
        self._queued = self._later = False
        if self._held or self._parked is None:
            return  # What is under way looks at the mail when it ends.
        if not self._can_turn or not self._mail:
            self._rouse()
            return
        assert self._turns is not None
        assert self._behaviour is not None
        self.idle_since = self._turns.now_s
        batch = self._take()
        try:
            rest = self._behaviour.receive(batch)
        except Exception as exc:  # noqa: BLE001  # a bug of a behaviour: supervision is for these
            rest = _raise(exc)
        if rest is not None:
            self._begun = batch, rest
            self._rouse()
        elif self._mail and not self._held:
            self._wake()

    @property
    def _can_turn(self) -> bool:
        if self._turns is None or self._behaviour is None:
            return False
        return not (self._closing or self._reload or self._suspects or self._begun)

    def _take(self) -> list[M]:
        mail = self._mail
        if len(mail) == 1:
            return [mail.popleft()]
        return [mail.popleft() for _ in range(min(len(mail), MAIL_BATCH_MAX))]

    # --- the task ------------------------------------------------------------------------

    async def run(self) -> None:
        """Empty the mailbox until drained; raises Crashed when it fails too often."""
        try:
            while True:
                batch, rest = await self._next_batch()
                if batch is None and not self._reload:
                    return
                await self._work(batch or [], rest)
        finally:
            self._closing = True
            begun, rest = self._begun or ((), None)
            if rest is not None:
                rest.close()
            for message in (*begun, *self._suspects, *self._mail):
                message.reply.fail(Unavailable("this is restarting"))
            self._suspects.clear()
            self._mail.clear()

    async def _next_batch(self) -> tuple[list[M] | None, Rest | None]:
        """Wait for mail; None when drained, or when only the state is to be loaded again."""
        while True:
            if self._begun is not None:
                begun, self._begun = self._begun, None
                return begun
            if not self._held:
                if self._suspects:
                    return [self._suspects.popleft()], None
                if self._mail:
                    return self._take(), None
                if self._reload or self._closing:
                    return None, None
            await self._park()

    async def _work(self, batch: list[M], rest: Rest | None) -> None:
        try:
            behaviour = self._behaviour
            if behaviour is None:
                with trio.fail_after(HANDLER_S_MAX):
                    behaviour = self._behaviour = await self._load()
                self._reload = False
            if rest is None and batch:
                rest = behaviour.receive(batch)
            if rest is not None:
                with trio.fail_after(HANDLER_S_MAX):
                    await rest
        except Refused as exc:  # there is nothing here to ask: whoever waits hears it, then the end
            self._closing = True  # before that: who hears an answer may have more to tell
            self._reload = False
            for message in (*batch, *self._suspects, *self._mail):
                message.reply.fail(exc)
            self._suspects.clear()
            self._mail.clear()
        except Outage as exc:
            self._behaviour = None
            for message in batch:
                message.reply.fail(exc)
            if self._closing:
                self._reload = False  # whoever listens here is told to move
            elif self._reload:  # those who listen here miss what was stored meanwhile
                await trio.sleep(RELOAD_PAUSE_S)
        except Exception as exc:  # noqa: BLE001  # a bug of a behaviour: supervision is for these
            await self._after_crash(batch, exc)

    async def _after_crash(self, batch: list[M], exc: Exception) -> None:
        """Forget the state; whoever has no answer is tried again, the killer is told no."""
        loaded = self._behaviour is not None
        if self._behaviour is not None and self._behaviour.busy:
            self._reload = True  # somebody listens: do not wait for the next mail
        self._behaviour = None
        self._held = False
        self._meter.count("actor_crashes_total", kind=self.name.partition(":")[0])
        waiting = [message for message in batch if not message.reply.settled]
        now = trio.current_time()
        if len(batch) == 1:
            for message in waiting:
                message.reply.fail(Unavailable("this could not be done"))
        else:
            self._suspects.extend(waiting)
        if loaded and len(batch) == 1 and (sender := self._sender(batch[0])) is not None:
            self._killers = self._killers or Killers()
            self._killers.note(sender, now)
            self._shut_out_mail()
        elif not loaded or len(batch) <= 1:  # else its killer crashes it once more, alone
            self._crashes.append(now)
        recent = sum(now - at <= CRASH_WINDOW_S for at in self._crashes)
        killed = self._killers.recent(now) if self._killers else 0
        if recent > CRASHES_MAX or killed > KILLS_MAX:
            raise Crashed(self.name) from exc
        await trio.sleep(min(CRASH_BACKOFF_S * 2 ** (recent + killed), CRASH_BACKOFF_S_MAX))

    def _is_shut_out(self, message: M) -> bool:
        killers, sender = self._killers, self._sender(message)
        if killers is None or sender is None:
            return False
        shut_out = killers.shut_out(sender, trio.current_time())
        if not killers:
            self._killers = None
        return shut_out

    def _shut_out_mail(self) -> None:
        """Refuse what is here already of senders that are not heard any more."""
        for box in (self._suspects, self._mail):
            mail = list(box)
            box.clear()
            for message in mail:
                if self._is_shut_out(message):
                    message.reply.fail(_shut_out())
                else:
                    box.append(message)

    # --- parking -------------------------------------------------------------------------

    def _wake(self, *, later: bool = False) -> None:
        if self._parked is None:
            return
        if not self._can_turn:
            self._rouse()
        elif self._turns is None or (self._queued and (later or not self._later)):
            return
        elif later:
            self._queued = self._later = True
            self._turns.add_later(self)
        else:
            self._queued, self._later = True, False
            self._turns.add(self)

    def _rouse(self) -> None:
        task = self._parked
        if task is not None:
            self._parked = None
            trio.lowlevel.reschedule(task)

    async def _park(self) -> None:
        """Sleep until somebody calls `_wake`; cheaper than a memory channel by half."""
        assert self._parked is None, "one task empties a mailbox"
        self._parked = trio.lowlevel.current_task()
        self.idle_since = trio.current_time()
        await trio.lowlevel.wait_task_rescheduled(self._unpark)

    def _unpark(self, _: object) -> trio.lowlevel.Abort:
        self._parked = None
        return trio.lowlevel.Abort.SUCCEEDED


def _shut_out() -> Unavailable:
    return Unavailable("this failed too often here", retry_after_ms=int(CRASH_WINDOW_S * 1_000))


async def _raise(exc: Exception) -> None:
    raise exc
