"""Groups of a place in memory: made, ended, and the record of looks at positions."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import NotFound
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import member_role
from engine.model.consent import Purpose
from engine.model.group import GroupDraft, GroupType, MemberProfile, Role
from engine.model.place import Arrival, PlaceSeen
from engine.model.policy import GroupPolicy
from engine.ports.places import LocationAct
from store.memory.agreeing import require_consent
from store.memory.groups import MemoryGroups
from store.memory.leaving import end_group
from store.memory.state import Memory


class MemoryPlaces:
    """Groups of places; engine.ports.places.Places."""

    def __init__(self, memory: Memory, groups: MemoryGroups) -> None:
        self._memory = memory
        self._groups = groups

    async def create(
        self,
        group: GroupId,
        member: MemberId,
        owner: AccountId,
        draft: GroupDraft,
        profile: MemberProfile,
        seen: PlaceSeen,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> None:
        """Make a group of a place, its owner in it; raises RateLimited, ConsentRequired."""
        await trio.lowlevel.checkpoint()
        require_consent(self._memory, owner, Purpose.LOCATION)
        self._groups.make(
            GroupType.LOCATION, group, member, owner, draft, profile, policy, now_ms=now_ms
        )
        self._memory.places.seen[group] = seen
        self._memory.places.arrivals[owner] = Arrival(seen.place, now_ms)

    async def get(self, group: GroupId, viewer: AccountId) -> PlaceSeen:
        """Return where a group is; raises NotFound."""
        await trio.lowlevel.checkpoint()
        seen, row = self._memory.places.seen.get(group), self._memory.groups.get(group)
        if seen is None or row is None or not self._groups.sees(row, viewer):
            raise NotFound
        return seen

    async def role(self, group: GroupId, viewer: AccountId) -> Role:
        """Return the role of a member; raises NotFound for others."""
        await trio.lowlevel.checkpoint()
        row = self._memory.groups.get(group)
        gone = row is None or row.ended or row.type is not GroupType.LOCATION
        return member_role(self._memory.footing_of(group, viewer), ended=gone)

    async def end_due(self, *, now_ms: int) -> int:
        """End groups whose hour has come; return how many."""
        await trio.lowlevel.checkpoint()
        seen = self._memory.places.seen.items()
        due = [group for group, one in seen if one.ends_at <= now_ms]
        due = [group for group in due if not self._memory.groups[group].ended]
        for group in due:
            end_group(self._memory, group, now_ms=now_ms)
        return len(due)

    async def acts(self, account: AccountId) -> Sequence[LocationAct]:
        """Return when somebody's location was looked at, the oldest first."""
        await trio.lowlevel.checkpoint()
        return [one for one in self._memory.places.acts if one.account == account]

    async def purge(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """Forget looks that are old enough, and used codes that are too old anyway."""
        await trio.lowlevel.checkpoint()
        places, proofs = self._memory.places, policy.proofs
        before = len(places.acts) + len(places.used)
        acts_from = now_ms - proofs.location_acts_kept_s * 1000
        codes_from = now_ms - 2 * proofs.place_code_s * 1000
        places.acts = [one for one in places.acts if one.at >= acts_from]
        places.used = {key: at for key, at in places.used.items() if at >= codes_from}
        return before - len(places.acts) - len(places.used)
