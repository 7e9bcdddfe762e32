"""Reply addresses: who hears what became of a command."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import outcome
import trio

from engine.errors import Outage, Refused, Unavailable

T_contra = TypeVar("T_contra", contravariant=True)
T = TypeVar("T")


class Reply(Protocol[T_contra]):
    """Where the answer to one command goes; it takes one answer and ignores later ones."""

    @property
    def settled(self) -> bool:
        """Whether it has its answer, or nobody waits for one any more."""

    def done(self, value: T_contra) -> None:
        """The command took effect."""

    def fail(self, why: Refused | Outage) -> None:
        """The command did not take effect, or it is not known whether it did (Outage)."""


class NoReply:
    """Nobody waits; a crash may drop the command."""

    settled = True

    def done(self, value: object) -> None:
        """Forget."""

    def fail(self, why: Refused | Outage) -> None:
        """Forget."""


NO_REPLY = NoReply()


class Waiter(Generic[T]):
    """The reply address of a task that waits."""

    __slots__ = ("_answer", "_event", "_gone")

    def __init__(self) -> None:
        self._event = trio.Event()
        self._answer: outcome.Outcome[T] | None = None
        self._gone = False

    @property
    def settled(self) -> bool:
        """Whether there is an answer, or the task has stopped waiting."""
        return self._gone or self._answer is not None

    def done(self, value: T) -> None:
        """Wake the task with a value."""
        self._settle(outcome.Value(value))

    def fail(self, why: Refused | Outage) -> None:
        """Wake the task with a refusal or an outage."""
        self._settle(outcome.Error(why))

    def _settle(self, answer: outcome.Outcome[T]) -> None:
        if self._answer is None:
            self._answer = answer
            self._event.set()

    async def wait(self, *, within_s: float) -> T:
        """Return the answer; raises what it says, or Unavailable when it does not come."""
        with trio.move_on_after(within_s):
            try:
                await self._event.wait()
            finally:
                self._gone = True  # Unread mail of a caller who has left is skipped.
        if self._answer is None:
            raise Unavailable("no answer in time; the same call may be repeated")
        return self._answer.unwrap()
