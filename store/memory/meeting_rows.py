"""What the memory twin holds of meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.ids import AccountId, DescriptionId, GroupId
from engine.model.meeting import Description, MeetingCode, MeetingMode, OwnLook
from engine.model.meeting_guard import Answered, Verdict


@dataclass(slots=True)
class AttendeeRow:
    """Somebody who has been at a meeting."""

    seat: int
    came_at: int
    looks: list[OwnLook] = field(default_factory=list)


@dataclass(slots=True)
class DescriptionRow:
    """A description with its answer."""

    name: DescriptionId
    group: GroupId
    account: AccountId
    description: Description
    at: int
    verdict: Verdict | None
    left: int
    open: bool


@dataclass(slots=True)
class MeetingRow:
    """A meeting."""

    group: GroupId
    mode: MeetingMode
    ends_at: int
    code: MeetingCode | None
    round_at: int
    erases_at: int
    erased: bool = False
    people: dict[AccountId, AttendeeRow] = field(default_factory=dict)
    answered: Sequence[Answered] = ()


@dataclass(slots=True)
class Meetings:
    """All meetings of a store."""

    rows: dict[GroupId, MeetingRow] = field(default_factory=dict)
    descriptions: dict[tuple[AccountId, str], DescriptionRow] = field(default_factory=dict)
    tries: dict[AccountId, list[int]] = field(default_factory=dict)

    def forget(self, account: AccountId) -> None:
        """Take out all that is about somebody."""
        self.descriptions = {k: v for k, v in self.descriptions.items() if v.account != account}
        self.tries.pop(account, None)
        for row in self.rows.values():
            row.people.pop(account, None)
