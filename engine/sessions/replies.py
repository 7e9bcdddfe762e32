"""Replies in the order of the ops, whatever order their work ends in (protocol.md 3)."""

from __future__ import annotations


class Slot:
    """The place of one op's reply; frames that must not overtake it queue up inside."""

    __slots__ = ("about", "frames")

    def __init__(self) -> None:
        self.about: str | None = None  # the room that has given the answer, if one has
        self.frames: list[bytes] | None = None


class Replies:
    """The ops of one session that wait for an answer, oldest first."""

    __slots__ = ("_slots", "waiting_bytes")

    def __init__(self) -> None:
        self.waiting_bytes = 0  # of answers and events that wait for an older answer
        self._slots: list[Slot] = []  # a bounded handful; an empty deque costs 600 bytes more

    def __len__(self) -> int:
        return len(self._slots)

    def open(self) -> Slot:
        """Take the next place."""
        slot = Slot()
        self._slots.append(slot)
        return slot

    def settle(self, slot: Slot, frame: bytes | None, about: str | None = None) -> list[bytes]:
        """Put the answer in its place (None: no reply is owed); return what may be sent now."""
        assert slot.frames is None, "an op is answered once"
        slots = self._slots
        if slots[0] is slot and (len(slots) == 1 or slots[1].frames is None):
            del slots[0]  # Its turn has come and nothing waits behind it: the usual case.
            slot.frames = []
            return slot.frames if frame is None else [frame]
        slot.about = about
        slot.frames = [] if frame is None else [frame]
        self.waiting_bytes += 0 if frame is None else len(frame)
        ready: list[bytes] = []
        while slots and (frames := slots[0].frames) is not None:
            slots.pop(0)
            ready += frames
        self.waiting_bytes -= sum(map(len, ready))
        return ready

    def hold(self, frame: bytes, about: str | None = None) -> bool:
        """Put an event behind the youngest answer of its room that waits; False if none does.

        Without this an event could overtake the reply that subscribed to it. Answers of other
        rooms, and those that no room gave, do not matter: behind one of these the event could fall
        behind a page of its own room that is asked for already and will hold it too, and the client
        would see it twice. An event of no room waits behind any answer.
        """
        for slot in reversed(self._slots):
            if slot.frames is not None and (about is None or slot.about == about):
                slot.frames.append(frame)
                self.waiting_bytes += len(frame)
                return True
        return False
