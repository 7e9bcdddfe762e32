"""Tickets of live pools in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import trio

from engine.errors import CidConflict, Conflict, NotFound
from engine.ids import AccountId, GroupId, TicketId
from engine.matching.admission import Applicant, admit, person_of
from engine.matching.ticket import Me, Person, Ticket, Want
from engine.model.policy import Policy
from engine.ports.tickets import Joined, Meeting, Outcome, TicketDraft, Waiting
from store.days import year_of
from store.memory.agreeing import require_sensitive
from store.memory.matches import open_match
from store.memory.state import AccountRow, MemberRow, Memory, RoomMemberRow
from store.memory.ticket_rows import TicketRow


class MemoryTickets:
    """Who waits; engine.ports.tickets.Tickets."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def join(self, draft: TicketDraft, policy: Policy, *, now_ms: int) -> Joined:
        """Store a ticket, in place of the one its person had in this pool."""
        await trio.lowlevel.checkpoint()
        rows = self._memory.tickets
        mine = [row for row in rows.values() if row.draft.account == draft.account]
        first = next((row for row in mine if row.draft.cid == draft.cid), None)
        if first is not None:
            if replace(first.draft, ticket=draft.ticket) != draft:
                raise CidConflict
            waits = first.waits(now_ms=now_ms)
            apart = self._apart_from(draft, policy, now_ms) if waits else frozenset[AccountId]()
            return Joined(self._ticket(first, policy, now_ms), apart, waits)
        self._admit(draft, policy, now_ms)
        for row in mine:
            if row.draft.group == draft.group and row.state == "waiting":
                row.state = "left"
        row = TicketRow(draft, now_ms, now_ms + policy.pools.ticket_s * 1_000)
        rows[draft.ticket] = row
        ticket = self._ticket(row, policy, now_ms)
        return Joined(ticket, self._apart_from(draft, policy, now_ms))

    async def update(
        self,
        ticket: TicketId,
        account: AccountId,
        me: Me | None,
        want: Want | None,
        policy: Policy,
        *,
        now_ms: int,
    ) -> None:
        """Change what an own ticket says; raises NotFound if it does not wait, ConsentRequired."""
        await trio.lowlevel.checkpoint()
        row = self._own(ticket, account)
        if not row.waits(now_ms=now_ms):
            raise NotFound("there is no such ticket")
        if want is not None:
            require_sensitive(self._memory, account, want.intent, policy)
        row.draft = replace(row.draft, me=me or row.draft.me, want=want or row.draft.want)

    async def leave(self, ticket: TicketId, account: AccountId, *, now_ms: int) -> None:
        """End an own ticket: no match comes of it from then on."""
        await trio.lowlevel.checkpoint()
        row = self._own(ticket, account)
        if row.state == "matched":
            raise Conflict("this ticket has met somebody")
        row.state = "left"

    async def pool_of(self, ticket: TicketId, account: AccountId) -> GroupId:
        """Return the group of an own ticket; raises NotFound."""
        await trio.lowlevel.checkpoint()
        return self._own(ticket, account).draft.group

    async def pools(self, *, now_ms: int) -> Sequence[GroupId]:
        """List the groups in which somebody waits."""
        await trio.lowlevel.checkpoint()
        rows = self._memory.tickets.values()
        return sorted({row.draft.group for row in rows if row.waits(now_ms=now_ms)})

    async def waiting(self, group: GroupId, policy: Policy, *, now_ms: int) -> Waiting:
        """Read a pool: those who may still be introduced, and who may not meet whom."""
        await trio.lowlevel.checkpoint()
        rows = sorted(
            self._waiting(group, now_ms).values(), key=lambda row: (row.joined_at, row.draft.ticket)
        )
        people = [row.draft.account for row in rows]
        apart = [
            (one, other)
            for one in people
            for other in people
            if one < other and self._is_apart(group, one, other, policy, now_ms)
        ]
        return Waiting([self._ticket(row, policy, now_ms) for row in rows], apart)

    async def introduce(
        self, group: GroupId, meetings: Sequence[Meeting], policy: Policy, *, now_ms: int
    ) -> Sequence[Outcome]:
        """Bring pairs together, each with its match, room and both notices."""
        await trio.lowlevel.checkpoint()
        return [self._introduce(group, one, policy, now_ms) for one in meetings]

    async def purge(self, *, before_ms: int) -> int:
        """Forget tickets whose time was over by then; return how many."""
        await trio.lowlevel.checkpoint()
        rows = self._memory.tickets
        over = [name for name, row in rows.items() if row.expires_at <= before_ms]
        for name in over:
            del rows[name]
        return len(over)

    def _introduce(self, group: GroupId, meeting: Meeting, policy: Policy, now_ms: int) -> Outcome:
        both = (meeting.one, meeting.other)
        waiting = self._waiting(group, now_ms)
        gone = frozenset(ticket for ticket in both if ticket not in waiting)
        if gone:
            return Outcome(gone)
        one, other = (waiting[ticket].draft.account for ticket in both)
        if self._is_apart(group, one, other, policy, now_ms):
            return Outcome(apart=True)
        ids = meeting.ids
        aliases = (ids.sender_alias, ids.target_alias)
        sides = [
            RoomMemberRow(alias, who, self._memory.members[group, who].profile.nickname)
            for alias, who in zip(aliases, (one, other), strict=True)
        ]
        open_match(self._memory, group, ids.match, ids.room, sides, at=now_ms, pool=True)
        for ticket in both:
            waiting[ticket].state = "matched"
        return Outcome()

    def _own(self, ticket: TicketId, account: AccountId) -> TicketRow:
        row = self._memory.tickets.get(ticket)
        if row is None or row.draft.account != account:
            raise NotFound("there is no such ticket")
        return row

    def _admit(self, draft: TicketDraft, policy: Policy, now_ms: int) -> None:
        people = {row.account: pair for pair in self._people(draft.group) for row in pair[:1]}
        mine = people.get(draft.account)
        if mine is None:
            raise NotFound("there is no such pool")
        account = mine[1]
        require_sensitive(self._memory, draft.account, draft.want.intent, policy)
        sides = self._memory.sides_of(draft.group, draft.account)
        premium = account.premium_until > now_ms
        applicant = Applicant(account.gender, account.birth_year, premium, sides)
        admit(applicant, draft.want.intent, policy, year=year_of(now_ms, policy.timezone))

    def _people(self, group: GroupId) -> list[tuple[MemberRow, AccountRow]]:
        found = self._memory.groups.get(group)
        return [] if found is None or found.ended else self._memory.people_of(group)

    def _waiting(self, group: GroupId, now_ms: int) -> dict[TicketId, TicketRow]:
        here = {row.account for row, _ in self._people(group)}
        return {
            name: row
            for name, row in self._memory.tickets.items()
            if row.draft.group == group and row.waits(now_ms=now_ms) and row.draft.account in here
        }

    def _apart_from(self, draft: TicketDraft, policy: Policy, now_ms: int) -> frozenset[AccountId]:
        return frozenset(
            row.draft.account
            for row in self._memory.tickets.values()
            if row.draft.group == draft.group
            and row.state == "waiting"
            and row.draft.account != draft.account
            and self._is_apart(draft.group, draft.account, row.draft.account, policy, now_ms)
        )

    def _is_apart(
        self, group: GroupId, one: AccountId, other: AccountId, policy: Policy, now_ms: int
    ) -> bool:
        long_ago_ms = now_ms - policy.pools.again_after_s * 1_000
        return self._memory.hidden(one, other) or any(
            row.sides == {one, other}
            and ((not row.ended and row.group == group) or row.visible_at > long_ago_ms)
            for row in self._memory.matches.values()
        )

    def _ticket(self, row: TicketRow, policy: Policy, now_ms: int) -> Ticket:
        draft = row.draft
        account = self._memory.accounts[draft.account]
        person: Person = person_of(
            account.gender,
            account.birth_year,
            premium=account.premium_until > now_ms,
            year=year_of(now_ms, policy.timezone),
        )
        said = (draft.ticket, draft.account, person, draft.me, draft.want)
        return Ticket(*said, row.joined_at, row.expires_at)
