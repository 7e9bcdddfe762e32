"""The tickets of a pool as rows of numbers that are kept up to date as people come and go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from engine.ids import AccountId, TicketId
from engine.matching import search as rows
from engine.matching.columns import column_of, quality_of
from engine.matching.search import ROWS, Numbers, Table
from engine.matching.slices import Slices
from engine.matching.ticket import Me, Ticket, Want
from engine.matching.words import Words
from engine.model.like import Intent
from engine.model.pool_policy import PoolPolicy

_SLOTS_AT_FIRST = 64
_NOBODY = -1
_INTENTS = {intent: number for number, intent in enumerate(Intent)}


class Places(Mapping[AccountId, int]):
    """Where people stand in a round; worked out for who is asked for only."""

    def __init__(self, slots: Numbers, slot_of: Mapping[AccountId, int], size: int) -> None:
        self._slot_of = slot_of
        self._slots = slots
        self._place = np.full(size, _NOBODY, np.int64)
        self._place[slots] = np.arange(len(slots))

    def __getitem__(self, account: AccountId) -> int:
        place = int(self._place[self._slot_of[account]])
        if place == _NOBODY:
            raise KeyError(account)
        return place

    def __iter__(self) -> Iterator[AccountId]:
        return (account for account in self._slot_of if account in self)

    def __len__(self) -> int:
        return len(self._slots)


class Roster:
    """Each ticket has a slot while it waits, and a number that says when it came."""

    def __init__(self, policy: PoolPolicy) -> None:
        self._policy = policy
        self._words = Words()
        self._tickets: list[Ticket | None] = []
        self._slot: dict[TicketId, int] = {}
        self._slot_by_account: dict[AccountId, int] = {}
        self._free: list[int] = []
        self._clock = 0  # counts changes
        self._arrivals = 0
        self.table: Table = np.zeros((ROWS, 0), np.int32)
        self.joined_ms: Numbers = np.zeros(0, np.int64)
        self.lead_ms: Numbers = np.zeros(0, np.int64)
        self.quality: Numbers = np.zeros(0, np.int64)
        self.stamps: Numbers = np.zeros(0, np.int64)  # of the newest change of a slot
        self._expires_ms: Numbers = np.zeros(0, np.int64)
        self._number: Numbers = np.zeros(0, np.int64)
        self._intent: Numbers = np.zeros(0, np.int64)
        self._grow(_SLOTS_AT_FIRST)

    def __len__(self) -> int:
        return len(self._slot)

    def __contains__(self, ticket: TicketId) -> bool:
        return ticket in self._slot

    def find(self, ticket: TicketId) -> Ticket | None:
        """Return a ticket that waits."""
        slot = self._slot.get(ticket)
        return None if slot is None else self._tickets[slot]

    def at(self, slot: int) -> Ticket:
        """Return the ticket of a slot that is taken."""
        ticket = self._tickets[slot]
        assert ticket is not None
        return ticket

    def name_at(self, slot: int) -> TicketId:
        """Return whose slot it is."""
        ticket = self._tickets[slot]
        assert ticket is not None
        return ticket.ticket

    def numbers_of(self, slots: Numbers) -> Numbers:
        """Return when those of some slots have come."""
        return self._number[slots]

    def slot_of(self, ticket: TicketId) -> int:
        """Return the slot of a ticket that waits."""
        return self._slot[ticket]

    def ticket_of(self, account: AccountId) -> Ticket | None:
        """Return the ticket of a person."""
        slot = self._slot_by_account.get(account)
        return None if slot is None else self._tickets[slot]

    def number_of(self, account: AccountId) -> int:
        """Return when somebody who waits has come: 1 was the first."""
        return int(self._number[self._slot_by_account[account]])

    def tickets(self) -> Sequence[Ticket]:
        """List who waits, in the order of joining."""
        slots = np.flatnonzero(self._intent != _NOBODY)
        return [self.at(slot) for slot in slots[np.argsort(self._number[slots])].tolist()]

    def slots_of(self, intent: Intent) -> Numbers:
        """List the slots of those of one intent, in the order of joining."""
        slots = np.flatnonzero(self._intent == _INTENTS[intent])
        return slots[np.argsort(self._number[slots])]

    def slots_of_people(self, people: Iterable[AccountId]) -> list[int]:
        """List the slots of some who wait."""
        return [self._slot_by_account[one] for one in people if one in self._slot_by_account]

    def places(self, slots: Numbers) -> Places:
        """Say where the people of some slots stand among them."""
        return Places(slots, self._slot_by_account, len(self._tickets))

    def expired(self, now_ms: int) -> Sequence[Ticket]:
        """List those whose time is over, in the order of joining."""
        over = np.flatnonzero((self._intent != _NOBODY) & (self._expires_ms <= now_ms))
        return [self.at(int(slot)) for slot in over[np.argsort(self._number[over])]]

    def oldest_ms(self) -> int | None:
        """Return when the first of those who wait has come."""
        waiting = self.joined_ms[self._intent != _NOBODY]
        return int(waiting.min()) if len(waiting) else None

    def add(self, ticket: Ticket) -> int:
        """Give a ticket a slot; return its number."""
        if not self._free:
            self._grow(2 * len(self._tickets))
        slot = self._free.pop()
        self._arrivals += 1
        self._slot[ticket.ticket] = self._slot_by_account[ticket.account] = slot
        self.joined_ms[slot], self._expires_ms[slot] = ticket.joined_ms, ticket.expires_ms
        lead_s = self._policy.premium_lead_s if ticket.person.premium else 0
        self.lead_ms[slot] = lead_s * 1_000
        self._number[slot] = self._arrivals
        self._words.add(ticket.me.interests)
        self._write(slot, ticket)
        return self._arrivals

    def change(self, ticket: TicketId, me: Me | None, want: Want | None) -> Ticket | None:
        """Change what a ticket says; None if it does not wait."""
        before = self.find(ticket)
        if before is None:
            return None
        after = replace(before, me=me or before.me, want=want or before.want)
        self._words.remove(before.me.interests)
        self._words.add(after.me.interests)
        self._write(self._slot[ticket], after)
        return after

    def remove(self, ticket: TicketId) -> None:
        """Free the slot of a ticket."""
        slot = self._slot.pop(ticket)
        gone = self.at(slot)
        del self._slot_by_account[gone.account]
        self._words.remove(gone.me.interests)
        self._tickets[slot] = None
        self._intent[slot] = _NOBODY
        self._stamp(slot)
        self._free.append(slot)

    def settling_words(self, slice_tickets: int) -> Slices[None]:
        """See which interests count, before a tick."""
        if self._words.settle():
            for done, slot in enumerate(self._slot.values(), start=1):
                interests = self._words.bits(self.at(slot).me.interests)
                self.table[rows.INTERESTS, slot] = interests
                if done % slice_tickets == 0:
                    yield

    def _write(self, slot: int, ticket: Ticket) -> None:
        self._tickets[slot] = ticket
        interests = self._words.bits(ticket.me.interests)
        self.table[:, slot] = column_of(ticket, interests, self._policy)
        self.quality[slot] = quality_of(ticket, self._policy)
        self._intent[slot] = _INTENTS[ticket.want.intent]
        self._stamp(slot)

    def _stamp(self, slot: int) -> None:
        self._clock += 1
        self.stamps[slot] = self._clock

    def _grow(self, slots: int) -> None:
        more = slots - len(self._tickets)
        self.table = np.concatenate([self.table, np.zeros((ROWS, more), np.int32)], axis=1)
        for name in ("joined_ms", "lead_ms", "quality", "stamps", "_expires_ms", "_number"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, np.int64)]))
        self._intent = np.concatenate([self._intent, np.full(more, _NOBODY, np.int64)])
        self._free += range(slots - 1, len(self._tickets) - 1, -1)
        self._tickets += [None] * more
