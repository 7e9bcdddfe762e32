"""Port: groups and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, GroupId, MemberId
from engine.model.code_caps import Cap
from engine.model.group import Group, GroupDraft, MemberProfile, Membership, Person
from engine.model.place import Position
from engine.model.policy import GroupPolicy


@dataclass(frozen=True, slots=True)
class MailProof:
    """The code that came to an address, both as keyed hashes."""

    mail: bytes
    code: bytes
    tries: Sequence[Cap] = ()  # what a wrong one counts against


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """A code that a place showed; its signature and its age are checked already."""

    nonce: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows at the door."""

    invite: bytes | None = None  # the keyed hash of a code
    mail: MailProof | None = None  # for official groups
    place: Position | PlaceCode | None = None  # for groups of a place


NO_PROOF = Proof()


class Groups(Protocol):
    """Circles: found, made, entered and left."""

    async def create(
        self,
        group: GroupId,
        member: MemberId,
        owner: AccountId,
        draft: GroupDraft,
        profile: MemberProfile,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> Group:
        """Make a group of type `created` and its room, its owner in both; raises RateLimited."""

    async def get(self, group: GroupId, viewer: AccountId) -> Group:
        """Return the group; raises NotFound, also for a hidden one to a stranger."""

    async def search(
        self, viewer: AccountId, *, query: str, mine: bool, after: GroupId | None, limit: int
    ) -> Sequence[Group]:
        """Public groups whose name contains `query` (or all of the viewer's own), by id."""

    async def join(
        self,
        group: GroupId,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        policy: GroupPolicy,
        *,
        now_ms: int,
        proof: Proof = NO_PROOF,
    ) -> Membership:
        """Enter a group, or ask to: `entry_state` says which.

        Raises NotFound, AlreadyMember, GroupFull (also when too many ask), Forbidden (banned, be
        it under an account that is gone), VerificationRequired for who shows too little (a wrong
        code counts), RateLimited, Conflict (the address has let in somebody else). A group of a
        place asks for the consent to location (ConsentRequired), notes that it looked, keeps no
        position, and is WindowOver after its hour. An invite
        that is good is used up by one, and opens hidden groups too.

        Who joins again keeps the ban but gets the new `member` id. A nickname that another
        member has (compared without case) gets a digit appended by the store. They are in the
        group's room from this transaction on, if it has a free place, under a fresh alias, and
        an outbox row of kind `room.joined` tells its owner. What was said before is theirs to
        see only with `history_before_joining`. A group without a room gets one.
        """

    async def leave(self, group: GroupId, account: AccountId, *, now_ms: int) -> None:
        """Leave; raises NotFound, Conflict for the owner while others are in.

        The leaver's open likes in the group end both ways in the same transaction (I13), and so
        do matches in it: their rooms are marked closing and outbox rows tell their owners. They
        are in no room of the group any more, and rows of kind `room.left` tell the owners; with
        the group itself its rooms are closed.
        """

    async def ban(self, group: GroupId, by: AccountId, member: MemberId, *, now_ms: int) -> None:
        """Ban a member: all that leaving does, and they cannot come back.

        It outlives their account: it holds for their number and their user at a provider.

        Raises NotFound for who is not in the group or bans nobody in it, Forbidden for whom
        `may_ban` refuses. Banning who is banned changes nothing.
        """

    async def people(self, group: GroupId, viewer: AccountId) -> Sequence[Person]:
        """All active members as the viewer sees them; raises NotFound for who is not in.

        At an instant meeting that is the viewer alone: age and side would point at people.
        """
