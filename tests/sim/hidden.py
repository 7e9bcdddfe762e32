"""Checker beside the world: who is hidden from whom in which room, and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.ids import AccountId, Alias, RoomId
from engine.rooms.events import Append, Event, EventName, RoomKind
from engine.rooms.veils import blank
from engine.wire.frames import Fields, event_fields
from store.memory.state import Memory
from tests.sim.faults import Call

# A room, who looks, and whom they look at.
Sight = tuple[RoomId, Alias, Alias]


@dataclass
class Hidden:
    """Blocks, as the rooms of the two have to show them."""

    memory: Memory
    length: Callable[[RoomId], int]
    calm: Callable[[], bool] = lambda: False  # whether there is one process, and nothing has failed
    born_s: dict[str, float] = field(default_factory=dict)  # when each cid was said first
    # What is said after this may be hidden; it is, after the second, or in a calm world the third.
    after: dict[Sight, int] = field(default_factory=dict)
    parted: dict[Sight, int] = field(default_factory=dict)
    answered_s: dict[Sight, float] = field(default_factory=dict)

    def tap(self, call: Call) -> None:
        """See a call of the store at the moment it takes effect."""
        if call.name == "block":
            for room, row in self.memory.rooms.items():
                if row.kind is RoomKind.GROUP:
                    for sight in self._sights(room, call.args[0], call.args[1].blocked):
                        self.after.setdefault(sight, self.length(room))

    def _sights(self, room: RoomId, one: AccountId, other: AccountId) -> list[Sight]:
        row = self.memory.rooms.get(room)
        me, them = (row.member_of(who) if row else None for who in (one, other))
        if me is None or them is None:
            return []
        return [(room, me.alias, them.alias), (room, them.alias, me.alias)]

    def answered(self, room: RoomId, one: AccountId, other: AccountId, *, at_s: float) -> None:
        """Note that a block was answered: in a calm world it holds from then on."""
        for sight in self._sights(room, one, other):
            self.answered_s.setdefault(sight, at_s)

    def written(self, append: Append) -> None:
        """See what a room wrote."""
        for event in append.events:
            if event.name is EventName.PARTED and event.sender is not None:
                other = Alias(str(event.content["other"]))
                for me, them in ((event.sender, other), (other, event.sender)):
                    self.parted.setdefault((append.room, me, them), event.seq)

    def seen(
        self, room: RoomId, me: Alias | None, event: Event, log: Sequence[Event]
    ) -> tuple[Fields | None, bool]:
        """Return how a member may see an event other than it is, and whether they must."""
        empty = event_fields(room, 1, blank(event), own=False)
        if event.name is EventName.PARTED:
            return self._parting(empty, me, event), True
        if me is None or not self.after:
            return None, False
        if event.sender is not None and self._hides((room, me, event.sender), event.seq):
            return empty, self._surely((room, me, event.sender), event)
        target = event.content.get("target")
        if isinstance(target, int):
            sender = log[target - 1].sender
            if sender is not None and self._hides((room, me, sender), target):
                return empty, False
        return None, False

    def _parting(self, empty: Fields, me: Alias | None, event: Event) -> Fields:
        two = [event.sender, event.content["other"]]
        if me not in two:
            return empty
        two.remove(me)
        return {**empty, "ev": EventName.LEFT, "from": two[0]}

    def _hides(self, sight: Sight, seq: int) -> bool:
        return sight in self.after and seq > self.after[sight]

    def _surely(self, sight: Sight, event: Event) -> bool:
        if sight in self.parted and event.seq > self.parted[sight]:
            return True
        said_s = self.born_s.get(event.cid or "", 0.0)
        return self.calm() and said_s > self.answered_s.get(sight, said_s)

    def quiet(self, room: RoomId, me: Alias | None, other: Alias, *, held: int) -> bool:
        """Whether nothing that passes is shown any more of one to another, who holds so much."""
        parted = None if me is None else self.parted.get((room, me, other))
        return parted is not None and parted <= held
