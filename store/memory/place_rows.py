"""What the memory twin holds of places."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ids import AccountId, GroupId
from engine.model.place import Arrival, PlaceSeen
from engine.ports.places import LocationAct


@dataclass(slots=True)
class PlaceRows:
    """Places of groups, used codes, arrivals, and the record of looks."""

    seen: dict[GroupId, PlaceSeen] = field(default_factory=dict)
    used: dict[tuple[GroupId, bytes, AccountId], int] = field(default_factory=dict)
    arrivals: dict[AccountId, Arrival] = field(default_factory=dict)
    acts: list[LocationAct] = field(default_factory=list)

    def forget(self, account: AccountId) -> None:
        """Erase a person."""
        self.arrivals.pop(account, None)
        self.used = {key: at for key, at in self.used.items() if key[2] != account}
        self.acts = [
            LocationAct(None, one.source, one.at) if one.account == account else one
            for one in self.acts
        ]
