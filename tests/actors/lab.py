"""One actor on a bench: commands that are words, and a behaviour that answers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import trio

from actors.replies import NoReply, Waiter
from actors.runtime import Actor
from actors.turns import Turns
from engine.errors import NotFound, Unavailable
from engine.ports.meter import NoMeter


@dataclass
class Ask:
    """A command of these tests."""

    word: str
    reply: Waiter[str] | NoReply = field(default_factory=Waiter)


class Echo:
    """Answers with how often it was loaded; some words are special."""

    busy = False

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._seen = 0

    async def receive(self, batch: Sequence[Ask]) -> None:
        """Act on words."""
        self._lab.batches.append([one.word for one in batch])
        for one in batch:
            self._seen += 1
            match one.word:
                case "poison":
                    raise RuntimeError("a bug")
                case "sleep":
                    await trio.sleep(3)
                case "stuck":
                    await trio.sleep_forever()
                case "hold":
                    self._lab.actor.hold()
            one.reply.done(f"{one.word} {self._lab.loads} {self._seen}")


class Mode:
    """How mail is handled: by a wake of the actor's own task, or by a turn."""

    turns = False


MODE = Mode()


class Lab:
    """One actor, and switches for its load."""

    def __init__(self, mailbox_max: int = 8) -> None:
        self.loads = 0
        self.batches: list[list[str]] = []
        self.fail: Callable[[], BaseException | None] = lambda: None
        self.turns = Turns() if MODE.turns else None
        self.actor: Actor[Any] = Actor(
            "lab:1", self.load, mailbox_max=mailbox_max, meter=NoMeter(), turns=self.turns
        )

    async def load(self) -> Echo:
        """Load, or fail."""
        await trio.sleep(0.001)
        error = self.fail()
        if error is not None:
            raise error
        self.loads += 1
        return Echo(self)

    def ask(self, *words: str) -> list[Waiter[str]]:
        """Tell words; return who waits for them."""
        asks = [Ask(word) for word in words]
        for one in asks:
            self.actor.tell(one)
        return [one.reply for one in asks if isinstance(one.reply, Waiter)]

    async def hear(self, *words: str) -> list[str]:
        """Tell words and wait; a failure is its type's name."""
        return [await outcome(waiter) for waiter in self.ask(*words)]


async def outcome(waiter: Waiter[str]) -> str:
    """Wait for one answer."""
    try:
        return await waiter.wait(within_s=200)
    except (Unavailable, NotFound) as why:
        return type(why).__name__
