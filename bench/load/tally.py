"""What arrived, what did not, what came twice or out of order, and how late it was.

The hot loop counts the good case itself; everything unusual comes here.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from bench.limits import LATENCY_SLOT_SHIFT, LATENCY_SLOTS, MESSAGES_MAX

NS_PER_MS = 1e6
# The text of the first few troubles is enough to find the cause; the rest is only counted.
TROUBLES_TOLD_MAX = 5


class Message:
    """One message on its way: when it left, and how many readers it still has to reach."""

    __slots__ = ("acked", "left", "number", "room", "sender", "sent_ns", "seq")

    def __init__(self, number: int, *, room: int, sender: int, readers: int) -> None:
        self.number = number
        self.room = room
        self.sender = sender
        self.left = readers
        self.sent_ns = 0
        self.seq = -1
        self.acked = False


class Latencies:
    """A histogram of fixed size: adding is one increment, a percentile one walk."""

    def __init__(self) -> None:
        self.slots = array("L", bytes(array("L").itemsize * LATENCY_SLOTS))

    def percentile_ms(self, share: float) -> float:
        """Return the latency that `share` of all deliveries did not exceed (0 without any)."""
        assert 0 < share <= 1
        due = share * sum(self.slots)
        seen = 0
        for slot, count in enumerate(self.slots):
            seen += count
            if count and seen >= due:
                return ((slot + 0.5) * (1 << LATENCY_SLOT_SHIFT)) / NS_PER_MS
        return 0.0


@dataclass(slots=True)
class Tally:
    """The faults of one run; all zero is the only good answer."""

    doubled: int = 0
    reordered: int = 0
    troubles: int = 0
    told: list[str] = field(default_factory=list)
    missing: dict[int, set[int]] = field(default_factory=dict)

    def trouble(self, text: str) -> None:
        """Count a fault that is none of the others."""
        self.troubles += 1
        if len(self.told) < TROUBLES_TOLD_MAX:
            self.told.append(text)

    def off_sequence(self, client: int, seq: int, *, expected: int) -> bool:
        """Judge a seq that is not the next one; True if it counts as arrived, though late."""
        assert seq != expected
        missing = self.missing.setdefault(client, set())
        if seq - expected > MESSAGES_MAX:
            self.trouble(f"client {client} got seq {seq} instead of {expected}")
            return False
        if seq > expected:
            missing.update(range(expected, seq))
            return True
        if seq in missing:
            missing.remove(seq)
            self.reordered += 1
            return True
        self.doubled += 1
        return False
