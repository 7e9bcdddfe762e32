"""What only wants to be written waits for the commit under way, and is then one append."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio
import trio.testing

from actors.replies import NO_REPLY, NoReply
from actors.runtime import Actor
from actors.turns import _TURNS_PER_PASS_MAX, Turns
from engine.ports.meter import NoMeter
from tests.actors.test_turns import Noted


@dataclass
class Word:
    """A command: a word that is to be written may wait, a look may not."""

    text: str
    reply: NoReply = field(default=NO_REPLY)


class Room:
    """Notes what it is handed together."""

    busy = False

    def __init__(self, handed: list[list[str]]) -> None:
        self._handed = handed

    def receive(self, batch: Sequence[Word]) -> None:
        """Note one turn."""
        self._handed.append([word.text for word in batch])


class Place:
    """One actor that has been loaded, and the turns it takes."""

    def __init__(self) -> None:
        self.turns = Turns(lambda word: isinstance(word, Word) and word.text != "look")
        self.handed: list[list[str]] = []
        self.actor: Actor[Word] = Actor(
            "room:1",
            self._load,
            mailbox_max=8,
            meter=NoMeter(),
            turns=self.turns,
        )

    async def _load(self) -> Room:
        return Room(self.handed)

    async def say(self, text: str) -> None:
        """Tell it a word, and let everything happen that can."""
        self.actor.tell(Word(text))
        await trio.testing.wait_all_tasks_blocked()


@asynccontextmanager
async def running() -> AsyncIterator[Place]:
    """Run the actor and its turns."""
    async with trio.open_nursery() as nursery:
        place = Place()
        nursery.start_soon(place.turns.run)
        nursery.start_soon(place.actor.run)
        await place.say("first")  # it loads
        place.handed.clear()
        yield place
        nursery.cancel_scope.cancel()


async def test_without_a_commit_nobody_waits() -> None:
    async with running() as place:
        await place.say("a")
        assert place.handed == [["a"]]


async def test_words_wait_for_the_commit_and_are_then_one_turn() -> None:
    async with running() as place:
        place.turns.hold_back()
        await place.say("a")
        await place.say("b")
        assert not place.handed
        await place.turns.go_on()
        assert place.handed == [["a", "b"]]
        await place.say("c")  # the next commit is under way
        assert place.handed == [["a", "b"]]
        await place.turns.go_on()
        place.turns.let_go()
        assert place.handed == [["a", "b"], ["c"]]
        await place.say("d")
        assert place.handed[2:] == [["d"]]


async def test_what_may_not_wait_takes_along_what_was_said_before() -> None:
    async with running() as place:
        place.turns.hold_back()
        await place.say("a")
        await place.say("look")
        assert place.handed == [["a", "look"]]
        await place.say("b")
        assert place.handed == [["a", "look"]]
        await place.turns.go_on()
        assert place.handed == [["a", "look"], ["b"]]


async def test_one_that_ends_does_not_wait() -> None:
    async with running() as place:
        place.turns.hold_back()
        await place.say("a")
        place.actor.drain()
        await trio.testing.wait_all_tasks_blocked()
        assert place.handed == [["a"]]


async def test_who_comes_while_many_have_their_turns_is_not_forgotten() -> None:
    async with trio.open_nursery() as nursery:
        turns, taken = Turns(), list[Noted]()
        nursery.start_soon(turns.run)
        turns.hold_back()
        many = [Noted(taken) for _ in range(_TURNS_PER_PASS_MAX + 1)]
        for one in many:
            turns.add_later(one)
        late = Noted(taken)
        nursery.start_soon(turns.go_on)
        while not taken:
            await trio.lowlevel.checkpoint()
        turns.add_later(late)
        await trio.testing.wait_all_tasks_blocked()
        assert taken == many
        turns.let_go()
        await trio.testing.wait_all_tasks_blocked()
        assert taken == [*many, late]
        nursery.cancel_scope.cancel()
