"""Two processes with a bus: what one does the other hears of at once, and without it as before."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

import pytest
import trio

import actors.dispatcher
import actors.herald
import actors.rooms
from engine.errors import Unavailable
from engine.ids import Alias
from engine.limits import FENCE_LOOK_S, OUTBOX_POLL_S
from engine.limits_bus import BUS_AGAIN_S_MAX, BUS_BATCH_MAX, BUS_GATHER_S, BUS_STAGGER_S_MAX
from engine.ports.bus import Bus, MembersMoved, News, OutboxNudge, RoomMoved, Told
from engine.ports.outbox import NoticeKind
from engine.rooms.events import RoomKind
from store.memory.bus import MemorySwitchboard
from tests.actors.two_nodes import listening, open_two
from tests.actors.world import PEOPLE, ROOM, account, add_room, on_test_clock, settle

# A look at the outbox, or at a room, that was asked for: gathering, the other's turn, the store.
SOON_S = 0.1 + BUS_GATHER_S + BUS_STAGGER_S_MAX

MINE = account("fox")


class NoBus:
    """A bus that is down until it is mended; it notes what it was given."""

    def __init__(self) -> None:
        self.said: list[News] = []
        self.tried = 0

    async def publish(self, news: Sequence[News]) -> None:
        """Note it, and fail."""
        self.said += news
        raise Unavailable

    async def heard(self) -> Sequence[News]:
        """Fail."""
        self.tried += 1
        raise Unavailable


def pair() -> tuple[MemorySwitchboard, list[Bus]]:
    board = MemorySwitchboard()
    return board, [board.connect(), board.connect()]


@pytest.mark.parametrize("dispatch", [True, False])
@on_test_clock
async def test_a_notice_about_a_person_reaches_their_sessions_everywhere_each_once(
    *, dispatch: bool
) -> None:
    """Whether both read the outbox at the same moments, or only one of them does."""
    async with open_two(*pair()[1], dispatch=dispatch) as two:
        clients = [world.client("fox") for world in (two.here, two.there)]
        others = [world.client("owl") for world in (two.here, two.there)]
        for kind in ("match.new", "match.ended", "like.received", "group.matching"):
            content: dict[str, object] = {"match": f"m {kind}"}
            two.here.memory.tell(NoticeKind(kind), content, due_ms=0, account=MINE)
            await settle(OUTBOX_POLL_S + SOON_S)
        await settle(10)
        assert two.here.memory.outbox == {}
        for client in clients:
            assert [one["ev"] for one in client.events] == [
                "match.new",
                "match.ended",
                "like.received",
                "group.matching",
            ]
        assert [one.events for one in others] == [[], []]


@on_test_clock
async def test_two_that_read_the_same_notice_tell_it_once() -> None:
    """Both are woken for the same moment, and neither has confirmed when the other reads."""
    async with open_two(*pair()[1]) as two:
        for world in (two.here, two.there):
            world.node.dispatcher.stagger_s = 0.0
        clients = [world.client("fox") for world in (two.here, two.there)]
        two.here.memory.tell(NoticeKind.MATCH, {"match": "m"}, due_ms=0, account=MINE)
        for world in (two.here, two.there):
            world.node.nudge()
        await settle(10)
        assert [len(one.events) for one in clients] == [1, 1]


@on_test_clock
async def test_a_copy_that_comes_twice_or_late_is_told_once_and_to_who_came_since() -> None:
    board, (mine, yours) = pair()
    async with open_two(mine, yours) as two:
        stranger = board.connect()
        fox = two.here.client("fox")
        copy = Told(77, NoticeKind.MATCH, MINE, {"match": "m"})
        await stranger.publish([copy, copy])
        await settle(SOON_S)
        late = two.here.client("fox")
        await stranger.publish([copy])
        await settle(SOON_S)
        assert [len(one.events) for one in (fox, late)] == [1, 1]


@on_test_clock
async def test_no_more_notices_are_remembered_than_so_many() -> None:
    board, (mine, yours) = pair()
    async with open_two(mine, yours) as two:
        with patch.object(actors.dispatcher, "TOLD_NOTICES_MAX", 3):
            await board.connect().publish(
                [Told(number, NoticeKind.MATCH, MINE, {}) for number in range(9)]
            )
            await settle(SOON_S)
        assert len(two.here.node.dispatcher._told) == 3


@on_test_clock
async def test_a_copy_of_anything_else_is_passed_over() -> None:
    """Guards: nobody can have a room closed, or a socket ended, by a word on the bus."""
    board, (mine, yours) = pair()
    async with open_two(mine, yours) as two:
        fox = two.here.client("fox")
        kinds = [one for one in NoticeKind if one.value.startswith(("room.", "signed"))]
        await board.connect().publish([Told(n, kind, MINE, {}) for n, kind in enumerate(kinds)])
        await settle(SOON_S)
        assert fox.events == []
        assert fox.line.closed is None
        assert await two.here.node.people.next_doubted() == [MINE]


@on_test_clock
async def test_what_rest_writes_into_the_outbox_is_read_at_once() -> None:
    async with open_two(*pair()[1], dispatch=False) as two:
        fox = two.here.client("fox")
        await settle(OUTBOX_POLL_S / 2)
        with patch.object(actors.dispatcher, "OUTBOX_POLL_S", 100.0):
            await settle(OUTBOX_POLL_S)
            two.here.memory.tell(NoticeKind.MATCH, {"match": "m"}, due_ms=0, account=MINE)
            two.there.node.nudge()
            await settle(SOON_S)
        assert len(fox.events) == 1


@on_test_clock
async def test_what_rest_says_in_a_room_is_heard_at_once_and_the_next_is_not_refused() -> None:
    async with open_two(*pair()[1], dispatch=False) as two:
        (fox,) = await listening(two.here, "fox")
        for round_ in range(3):
            by_rest = two.there.client("owl")
            for word in ("one", "two"):  # the first takes the room, the second only writes
                by_rest.send(ROOM, f"rest {round_} {word}", word)
                await settle(SOON_S)
                assert fox.events[-1]["body"] == word
            ref = fox.send(ROOM, f"socket {round_}")
            await settle(SOON_S)
            assert fox.reply(ref)["ok"]
        assert fox.seqs == list(range(1, 10))


@on_test_clock
async def test_rooms_are_not_taken_from_each_other_for_ever() -> None:
    async with open_two(*pair()[1]) as two:
        await listening(two.here, "fox")
        await listening(two.there, "owl")
        claims = two.claims
        await settle(10 * FENCE_LOOK_S)
        assert two.claims == claims


@on_test_clock
async def test_who_was_hidden_by_another_process_is_hidden_here_at_once() -> None:
    async with open_two(*pair()[1], dispatch=False) as two:
        (fox,) = await listening(two.here, "fox")
        row = two.here.row(ROOM)
        del row.members[Alias("rat")]
        two.there.node.look_again(ROOM)
        await settle(SOON_S)
        ref = fox.say("room.open", room=ROOM)
        await settle(SOON_S)
        assert {one["alias"] for one in fox.reply(ref)["members"]} == {"fox", "owl"}


@on_test_clock
async def test_a_busy_room_is_said_once_in_a_while() -> None:
    bus = NoBus()
    async with open_two(bus, NoBus()) as two:
        (fox,) = await listening(two.here, "fox")
        bus.said.clear()
        two.here.log.append_s = 0.0
        for number in range(100):
            fox.send(ROOM, f"{number}")
            await settle(0.001)
        await settle(1)
        assert fox.seqs[-1] == 100
        assert set(map(type, bus.said)) == {RoomMoved}
        assert len(bus.said) <= 1 + 0.1 / BUS_GATHER_S + 1


@on_test_clock
async def test_without_a_bus_that_works_all_is_as_before() -> None:
    """It fails at once and always: each hears by its own looks, and nobody is ended."""
    mine, yours = NoBus(), NoBus()
    async with open_two(mine, yours) as two:
        (fox,) = await listening(two.here, "fox")
        (owl,) = await listening(two.there, "owl")
        await settle(FENCE_LOOK_S)
        owl.send(ROOM, "a")
        two.here.memory.tell(NoticeKind.MATCH, {"match": "m"}, due_ms=0, account=MINE)
        await settle(FENCE_LOOK_S + OUTBOX_POLL_S)
        assert fox.seqs == owl.seqs == [1]
        assert two.here.memory.outbox == {}
        tried = mine.tried
        await settle(100 * BUS_AGAIN_S_MAX)
        assert 100 <= mine.tried - tried <= 210


class LossyBus(NoBus):
    """A bus that says nothing but, when it is told to, that it may have lost something."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = trio.Event()

    async def heard(self) -> Sequence[News]:
        await self.lost.wait()
        self.lost = trio.Event()
        return ()


@on_test_clock
async def test_what_was_missed_is_looked_for_when_the_bus_is_there_again() -> None:
    mine = LossyBus()
    async with open_two(mine, NoBus()) as two:
        (fox,) = await listening(two.here, "fox")
        (owl,) = await listening(two.there, "owl")
        await settle(FENCE_LOOK_S)
        with (
            patch.object(actors.rooms, "FENCE_LOOK_S", 1_000.0),
            patch.object(actors.dispatcher, "OUTBOX_POLL_S", 1_000.0),
        ):
            await settle(FENCE_LOOK_S)
            owl.send(ROOM, "a")
            two.there.node.dispatcher.say = None
            two.here.memory.tell(NoticeKind.MATCH, {"match": "m"}, due_ms=0, account=MINE)
            await settle()
            assert fox.events == []
            mine.lost.set()
            await settle(SOON_S)
        assert sorted(one["ev"] for one in fox.events) == ["match.new", "msg.new"]


@on_test_clock
async def test_a_bus_that_comes_and_goes_costs_no_look_each_time() -> None:
    class Flapping(NoBus):
        async def heard(self) -> Sequence[News]:
            self.tried += 1
            if self.tried % 2:
                return ()
            raise Unavailable

    mine = Flapping()
    async with open_two(mine, NoBus()):
        await settle(100 * BUS_AGAIN_S_MAX)
        assert mine.tried <= 500


@on_test_clock
async def test_more_than_can_wait_loses_the_oldest() -> None:
    bus = NoBus()
    async with open_two(bus, NoBus()) as two:
        herald = two.here.node.herald
        assert herald is not None
        bus.said.clear()
        with patch.object(actors.herald, "BUS_WAITING_NEWS_MAX", 3):
            for number in range(9):
                herald.say(Told(number, NoticeKind.MATCH, MINE, {}))
            herald.say(OutboxNudge())
            herald.say(OutboxNudge())
        await settle()
        assert bus.said == [
            Told(7, NoticeKind.MATCH, MINE, {}),
            Told(8, NoticeKind.MATCH, MINE, {}),
            OutboxNudge(),
        ]


@on_test_clock
async def test_one_publication_has_so_many_news() -> None:
    sizes: list[int] = []

    class Noting(NoBus):
        async def publish(self, news: Sequence[News]) -> None:
            sizes.append(len(news))
            self.said += news

    async with open_two(Noting(), NoBus()) as two:
        herald = two.here.node.herald
        assert herald is not None
        for number in range(2 * BUS_BATCH_MAX + 1):
            herald.say(MembersMoved(ROOM))
            herald.say(Told(number, NoticeKind.MATCH, MINE, {}))
        await settle()
        assert sizes == [BUS_BATCH_MAX, BUS_BATCH_MAX, 2]


@on_test_clock
async def test_nothing_that_was_said_in_a_room_is_on_the_bus() -> None:
    """I6: whoever reads Redis along sees no word, and no name by which members know each other."""
    bus = NoBus()
    async with open_two(bus, NoBus()) as two:
        add_room(two.here.memory, 7, ("fox", "owl"), RoomKind.MATCH)
        (fox,) = await listening(two.here, "fox")
        fox.send(ROOM, "a", "a very secret word")
        await settle()
        said = repr(bus.said)
        assert "secret" not in said
        assert not any(f"'{name}'" in said for name in PEOPLE)
