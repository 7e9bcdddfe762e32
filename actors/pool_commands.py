"""What can be asked of a pool; each command has its reply address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from actors.replies import NO_REPLY, NoReply, Reply
from engine.ids import AccountId, GroupId, TicketId
from engine.matching.ticket import Me, Want
from engine.matching.waits import WaitBand

if TYPE_CHECKING:
    from collections.abc import Sequence

    import outcome

    from engine.matching.explain import Explained
    from engine.matching.pool import Round
    from engine.matching.problem import Pairing


@dataclass(frozen=True, slots=True)
class Waits:
    """The answer to joining: a ticket, how long it lives, and how long one waits here."""

    ticket: TicketId
    expires_in_ms: int
    wait: WaitBand


class Join(msgspec.Struct, frozen=True):
    """Wait in a pool."""

    group: GroupId
    account: AccountId
    cid: str
    me: Me
    want: Want
    reply: Reply[Waits]


class Update(msgspec.Struct, frozen=True):
    """Say something else."""

    account: AccountId
    ticket: TicketId
    me: Me | None
    want: Want | None
    reply: Reply[Waits]


class Leave(msgspec.Struct, frozen=True):
    """Wait no longer."""

    account: AccountId
    ticket: TicketId
    reply: Reply[None]


class Explain(msgspec.Struct, frozen=True):
    """Say why it takes so long."""

    account: AccountId
    ticket: TicketId
    reply: Reply[Explained]


class Tick(msgspec.Struct, frozen=True):
    """It is time to introduce people."""

    reply: NoReply = NO_REPLY


class Solved(msgspec.Struct, frozen=True):
    """What was worked out beside the loop, for the state that asked for it."""

    asked_by: object
    rounds: Sequence[Round]
    results: outcome.Outcome[Sequence[Pairing]]
    reply: NoReply = NO_REPLY


AboutTicket = Update | Leave | Explain
PoolCommand = Join | AboutTicket | Tick | Solved
