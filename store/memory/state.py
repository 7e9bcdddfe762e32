"""What the memory twin holds: rows in dictionaries, changed only between two checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.credits.ledger import Balances, Move
from engine.credits.plans import Term
from engine.ids import (
    AccountId,
    Alias,
    DeviceId,
    GroupId,
    MatchId,
    MemberId,
    ReportId,
    RoomId,
    TicketId,
)
from engine.limits import ROOM_MEMBERS_MAX
from engine.model.access import NOWHERE, Footing
from engine.model.account import Account, Gender
from engine.model.consent import Consent
from engine.model.group import (
    GroupDraft,
    GroupType,
    Matching,
    MemberProfile,
    MemberState,
    Role,
)
from engine.model.like_count import CountBand
from engine.model.like_undo import LikeState
from engine.model.look import LoggedLook, Look, link
from engine.ports.accounts import PhoneKey
from engine.ports.outbox import AT_ONCE_MS, Notice, NoticeKind
from engine.rooms.events import Event, RoomKind, Veil
from store.memory.apart import BlockRow, ReportRow, Veils
from store.memory.file_rows import FileRows
from store.memory.like_rows import LikeRow, MatchRow
from store.memory.meeting_rows import Meetings
from store.memory.official_rows import InviteRow, OfficialRows
from store.memory.order_rows import OrderRows
from store.memory.outbox_rows import AnswerRow, NoticeRow
from store.memory.place_rows import PlaceRows
from store.memory.push_rows import PushRows
from store.memory.sign_in_rows import ClerkRows, CodeCounts, CodeRow, DeviceRow
from store.memory.ticket_rows import TicketRow


@dataclass(slots=True)
class AccountRow:
    """A person."""

    account: AccountId
    phone: PhoneKey | None
    nickname: str
    birth_year: int
    gender: Gender
    show_read_marks: bool = True
    premium_until: int = 0
    balances: Balances = field(default_factory=Balances)
    moves: dict[str, Move] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    state: str = "active"  # active, banned, deleting
    erases_at: int | None = None
    bot: bool = False
    contact: str | None = None
    clerk: bytes | None = None
    created_at: int = 0

    def seen(self, *, now_ms: int) -> Account:
        """Return the account as its person sees it."""
        return Account(
            self.account,
            self.nickname,
            self.birth_year,
            self.gender,
            self.show_read_marks,
            self.premium_until > now_ms,
            self.balances.wallet,
            self.contact,
        )


@dataclass(slots=True)
class GroupRow:
    """A group."""

    group: GroupId
    type: GroupType
    draft: GroupDraft
    creator: AccountId | None
    created_at: int
    ended: bool = False


@dataclass(slots=True)
class MemberRow:
    """A membership."""

    member: MemberId
    group: GroupId
    account: AccountId
    state: MemberState
    role: Role
    profile: MemberProfile
    joined_at: int = 0
    renamed_at: int | None = None
    told_open: Matching = Matching.CLOSED

    @property
    def footing(self) -> Footing:
        """Where they stand in the group."""
        return Footing(self.state, self.role)


@dataclass(slots=True)
class RoomMemberRow:
    """A person in a room."""

    alias: Alias
    account: AccountId
    nickname: str
    read: int = 0
    since: int = 0


@dataclass(slots=True)
class RoomRow:
    """A room and its log."""

    room: RoomId
    kind: RoomKind
    group: GroupId | None
    visible_at: int
    last_at: int
    members: dict[Alias, RoomMemberRow]
    fence: int = 0
    epoch: int = 1
    closing: bool = False
    closed: bool = False
    key_erased: bool = False
    events: list[Event] = field(default_factory=list)
    veils: Veils = field(default_factory=Veils)
    gone: dict[Alias, RoomMemberRow] = field(default_factory=dict)  # under the aliases they had
    by_cid: dict[tuple[Alias, str], Event] = field(default_factory=dict)
    reactions: dict[tuple[int, Alias], tuple[str, ...]] = field(default_factory=dict)

    def member_of(self, account: AccountId) -> RoomMemberRow | None:
        """Find a person in the room."""
        return next((one for one in self.members.values() if one.account == account), None)

    def ever(self, alias: Alias) -> RoomMemberRow | None:
        """Find whoever has or had an alias."""
        return self.members.get(alias) or self.gone.get(alias)

    def leave(self, alias: Alias) -> None:
        """Take a person out of the room."""
        self.gone[alias] = self.members.pop(alias)

    def veils_of(self, account: AccountId) -> tuple[Veil, ...]:
        """Return whom somebody does not see in here."""
        everybody = [*self.members.values(), *self.gone.values()]
        return self.veils.of(account, [(one.alias, one.account) for one in everybody])


class Memory:
    """All of one store."""

    def __init__(self) -> None:
        self.accounts: dict[AccountId, AccountRow] = {}
        self.devices: dict[DeviceId, DeviceRow] = {}
        self.clerk = ClerkRows()
        self.consents: dict[AccountId, list[Consent]] = {}
        self.code_counts = CodeCounts()
        self.used_refresh: dict[bytes, DeviceId] = {}
        self.codes: dict[bytes, CodeRow] = {}
        self.groups: dict[GroupId, GroupRow] = {}
        self.members: dict[tuple[GroupId, AccountId], MemberRow] = {}
        self.invites: dict[bytes, InviteRow] = {}
        self.official = OfficialRows()
        self.places = PlaceRows()
        self.orders = OrderRows()
        self.files = FileRows()
        self.pushes = PushRows()
        self.kept_out: dict[tuple[GroupId, bytes], bool] = {}  # by identity; by an operator?
        self.likes: dict[tuple[AccountId, str], LikeRow] = {}
        self.matches: dict[MatchId, MatchRow] = {}
        self.like_counts: dict[tuple[GroupId, AccountId], CountBand] = {}
        self.likes_released_at = 0
        self.blocks: dict[tuple[AccountId, AccountId], BlockRow] = {}  # by blocker and blocked
        self.rooms: dict[RoomId, RoomRow] = {}
        self.outbox: dict[int, NoticeRow] = {}
        self.answers: dict[tuple[str, str], AnswerRow] = {}
        self.reports: dict[ReportId, ReportRow] = {}
        self.operator_log: list[LoggedLook] = []
        self.meetings = Meetings()
        self.tickets: dict[TicketId, TicketRow] = {}
        self._notices = 0

    def tell(
        self,
        kind: NoticeKind,
        content: dict[str, object],
        *,
        due_ms: int,
        account: AccountId | None = None,
        room: RoomId | None = None,
    ) -> None:
        """Put a notice into the outbox."""
        self._notices += 1
        notice = Notice(self._notices, kind, account, room, content)
        self.outbox[self._notices] = NoticeRow(due_ms, notice)

    def log_look(self, look: Look, subject: str, deed: str, *, now_ms: int) -> None:
        """Add a link to the log of operators."""
        newest = self.operator_log[-1] if self.operator_log else None
        self.operator_log.append(link(newest, look, subject, deed, at=now_ms))

    def footing_of(self, group: GroupId, account: AccountId) -> Footing:
        """Say where somebody stands in a group."""
        held = self.members.get((group, account))
        return NOWHERE if held is None else held.footing

    def people_of(self, group: GroupId) -> list[tuple[MemberRow, AccountRow]]:
        """List the active members of a group whose account is active, by member id."""
        found = [
            (row, self.accounts[row.account])
            for row in self.members.values()
            if row.group == group
            and row.state is MemberState.ACTIVE
            and self.accounts[row.account].state == "active"
        ]
        return sorted(found, key=lambda pair: pair[0].member)

    def sides_of(self, group: GroupId, viewer: AccountId) -> dict[Gender, int]:
        """Count the people of a group by side, as a viewer sees them."""
        sides = dict.fromkeys(Gender, 0)
        for _, account in self.people_of(group):
            sides[account.gender] += not self.hidden(viewer, account.account)
        return sides

    def hidden(self, one: AccountId, other: AccountId) -> bool:
        """Say whether two people are hidden from each other."""
        return (one, other) in self.blocks or (other, one) in self.blocks

    def rooms_of(self, group: GroupId) -> list[RoomRow]:
        """List the chat rooms of a group that are open, by id."""
        found = [
            room
            for room in self.rooms.values()
            if room.group == group and room.kind is RoomKind.GROUP and not room.closing
        ]
        return sorted(found, key=lambda room: room.room)

    def open_room(
        self, group: GroupId, room: RoomId, fresh_id: Callable[[], str], *, now_ms: int
    ) -> None:
        """Make the room of a group that has none; all its members are in it."""
        members = [
            RoomMemberRow(Alias(fresh_id()), row.account, row.profile.nickname)
            for row, _ in self.people_of(group)[:ROOM_MEMBERS_MAX]
        ]
        self.rooms[room] = RoomRow(
            room, RoomKind.GROUP, group, now_ms, now_ms, {one.alias: one for one in members}
        )
        for one in members:
            self._enter_veiled(self.rooms[room], one.account)

    def enter_room(
        self,
        group: GroupId,
        account: AccountId,
        alias: Alias,
        nickname: str,
        *,
        history: bool,
        now_ms: int,
    ) -> None:
        """Enter the group's room, if it has a free place; `history`: see what was said before."""
        for room in self.rooms_of(group):
            if len(room.members) < ROOM_MEMBERS_MAX:
                said = len(room.events)
                since = 0 if history else said
                room.members[alias] = RoomMemberRow(alias, account, nickname, said, since)
                self._enter_veiled(room, account)
                content: dict[str, object] = {"alias": alias, "nickname": nickname}
                self.tell(NoticeKind.ROOM_JOINED, content, due_ms=now_ms, room=room.room)
                return

    def _enter_veiled(self, room: RoomRow, account: AccountId) -> None:
        """Hide those from each other who are in a room together now, by blocks of before."""
        for one in room.members.values():
            if self.hidden(account, one.account):
                room.veils.let_down(frozenset((account, one.account)), after=len(room.events))

    def leave_rooms(self, group: GroupId, account: AccountId, *, now_ms: int) -> None:
        """Leave all rooms of the group."""
        for room in self.rooms_of(group):
            me = room.member_of(account)
            if me is not None:
                room.leave(me.alias)
                self.tell(NoticeKind.ROOM_LEFT, {"alias": me.alias}, due_ms=now_ms, room=room.room)

    def close_rooms(self, group: GroupId, *, now_ms: int) -> None:
        """The group has ended, and its rooms and photos with it."""
        self.files.drop_group(group)
        for room in self.rooms_of(group):
            room.closing = True
            self.tell(NoticeKind.ROOM_CLOSE, {"room": room.room}, due_ms=now_ms, room=room.room)

    def end_match(self, match: MatchRow, *, now_ms: int) -> None:
        """End a match that was told."""
        match.ended = True
        room = self.rooms[match.room]
        room.closing = True
        self.tell(NoticeKind.ROOM_CLOSE, {"room": room.room}, due_ms=AT_ONCE_MS, room=room.room)
        for alias in sorted(room.members):
            content: dict[str, object] = {"match": match.match, "room": room.room}
            account = room.members[alias].account
            self.tell(NoticeKind.MATCH_ENDED, content, due_ms=now_ms, account=account)

    def end_between(self, pair: frozenset[AccountId], *, now_ms: int) -> None:
        """End all that two people have with each other."""
        for like in self.likes.values():
            if like.state is LikeState.OPEN and pair == {like.request.sender, like.target}:
                like.state = LikeState.ENDED
        self.end_matches([row for row in self.matches.values() if row.sides == pair], now_ms=now_ms)

    def end_everywhere(self, account: AccountId, *, now_ms: int) -> None:
        """End all that a person has in all groups."""
        for like in self.likes.values():
            if like.state is LikeState.OPEN and account in {like.request.sender, like.target}:
                like.state = LikeState.ENDED
        theirs = [row for row in self.matches.values() if account in row.sides]
        self.end_matches(theirs, now_ms=now_ms)

    def end_matches(self, matches: Sequence[MatchRow], *, now_ms: int) -> None:
        """End those of the matches that are open; one that was not told vanishes."""
        for match in matches:
            if match.visible_at > now_ms:
                self.forget_match(match)
            elif not match.ended:
                self.end_match(match, now_ms=now_ms)

    def forget_match(self, match: MatchRow, likes: LikeState = LikeState.ENDED) -> None:
        """Undo a match that nobody was told of; its likes are in state `likes` then."""
        for like in self.likes.values():
            if like.match == match.match:
                like.state, like.match, like.told_at = likes, None, None
        del self.matches[match.match]
        del self.rooms[match.room]
        untold = [
            number
            for number, row in self.outbox.items()
            if row.notice.content.get("match") == match.match
        ]
        for number in untold:
            del self.outbox[number]
