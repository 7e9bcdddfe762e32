"""Port: the tickets of live pools, which outlive sockets and restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, GroupId, TicketId
from engine.matching.ticket import Me, Ticket, Want
from engine.model.policy import Policy
from engine.ports.likes import FreshIds


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """Somebody's wish to wait in the pool of a group; `cid` makes the retry harmless."""

    ticket: TicketId
    group: GroupId
    account: AccountId
    cid: str
    me: Me
    want: Want


@dataclass(frozen=True, slots=True)
class Joined:
    """A ticket and whom its person may not meet; `waits` is False for a retry of one that ended."""

    ticket: Ticket
    apart: frozenset[AccountId]
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Waiting:
    """All of a pool, in the order of joining."""

    tickets: Sequence[Ticket]
    apart: Sequence[tuple[AccountId, AccountId]]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two tickets to be brought together, and names for all that this makes."""

    one: TicketId
    other: TicketId
    ids: FreshIds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a meeting: made, or why not."""

    gone: frozenset[TicketId] = frozenset()  # these do not wait any more
    apart: bool = False  # the two may not meet

    @property
    def made(self) -> bool:
        """Whether the two have met."""
        return not (self.gone or self.apart)


class Tickets(Protocol):
    """Each call is one transaction that holds the accounts of everybody it is about."""

    async def join(self, draft: TicketDraft, policy: Policy, *, now_ms: int) -> Joined:
        """Store a ticket, in place of the one its person had in this pool.

        Side, age and premium come from the account. The same `cid` answers with the first ticket;
        raises NotFound for who is not in the group, MatchingClosed, CidConflict.
        """

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

    async def leave(self, ticket: TicketId, account: AccountId, *, now_ms: int) -> None:
        """End an own ticket: no match comes of it from then on. Repeatable.

        Raises NotFound for who never had it, Conflict where it has met somebody before.
        """

    async def pool_of(self, ticket: TicketId, account: AccountId) -> GroupId:
        """Return the group of an own ticket; raises NotFound."""

    async def pools(self, *, now_ms: int) -> Sequence[GroupId]:
        """List the groups in which somebody waits."""

    async def waiting(self, group: GroupId, policy: Policy, *, now_ms: int) -> Waiting:
        """Read a pool: those who may still be introduced, and who may not meet whom.

        Apart are people with a block either way, with an open match in this group, or with a
        match that is younger than `again_after_s` wherever it was.
        """

    async def introduce(
        self, group: GroupId, meetings: Sequence[Meeting], policy: Policy, *, now_ms: int
    ) -> Sequence[Outcome]:
        """Bring pairs together, each with its match, room and both notices, in one transaction.

        Whoever does not wait any more, has left the group, is banned, blocked or apart by now is
        not introduced: the answer says so, and the others are not held up.
        """

    async def purge(self, *, before_ms: int) -> int:
        """Forget tickets whose time was over by then; return how many."""
