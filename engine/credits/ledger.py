"""The ledger: every credit comes from somewhere and goes somewhere, and no account is below zero.

Each person has five accounts. A move writes entries on them that sum to zero:

  issued   debit    what we have given and not taken back; the other side of everything
  wallet   credit   what may be spent
  held     credit   set aside for something that is not settled
  spent    credit   what was paid
  owed     debit    what was taken back after it had been spent: a debt

What comes in pays a debt first, and what is taken back comes out of the wallet first. So a wallet
is empty as long as there is a debt, which is how a debt blocks spending. Idempotence: a move is
known by its `key`; the same request again is the first move again, another one is a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from engine.errors import BadRequest, Conflict, NotEnoughCredits, NotFound
from engine.limits import COMMAND_CHARS_MAX, CREDITS_PER_MOVE_MAX


class Kind(StrEnum):
    """What a move does."""

    GIVE = "give"
    TAKE_BACK = "take_back"
    SPEND = "spend"
    RETURN = "return"  # of a spending
    HOLD = "hold"
    CAPTURE = "capture"  # of a hold: it is spent
    VOID = "void"  # of a hold: it may be spent again


class Cause(StrEnum):
    """Why credits moved."""

    OPENING = "opening"  # what somebody had before there was a ledger
    OPERATOR = "operator"
    ORDER = "order"
    REFUND = "refund"
    LIKE = "like"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Entries:
    """What a move changes, in credits: positive is credit, negative is debit. They sum to zero."""

    wallet: int = 0
    held: int = 0
    spent: int = 0
    issued: int = 0
    owed: int = 0

    def __post_init__(self) -> None:
        if self.wallet + self.held + self.spent + self.issued + self.owed != 0:
            raise ValueError("the entries of a move sum to zero")


@dataclass(frozen=True, slots=True)
class Balances:
    """A person's accounts, each on its own side and never below zero."""

    wallet: int = 0
    held: int = 0
    spent: int = 0
    issued: int = 0
    owed: int = 0

    def __post_init__(self) -> None:
        if min(self.wallet, self.held, self.spent, self.issued, self.owed) < 0:
            raise ValueError("no account is below zero")
        if self.wallet + self.held + self.spent != self.issued + self.owed:
            raise ValueError("debits and credits are equal")
        if self.wallet and self.owed:
            raise ValueError("a debt is paid before anything can be spent")

    def after(self, entries: Entries) -> Balances:
        """Return the balances with some entries written."""
        return Balances(
            wallet=self.wallet + entries.wallet,
            held=self.held + entries.held,
            spent=self.spent + entries.spent,
            issued=self.issued - entries.issued,
            owed=self.owed - entries.owed,
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish to move credits; valid by construction. `of` names the move that it settles."""

    kind: Kind
    cause: Cause
    command: str  # the caller's own name of it, unique for the person
    amount: int = 0  # 0 where it is that of the move it settles
    about: str = ""  # the like, the order: what it was for

    def __post_init__(self) -> None:
        if not 1 <= len(self.command) <= COMMAND_CHARS_MAX:
            raise BadRequest(f"a command has 1 to {COMMAND_CHARS_MAX} characters")
        if type(self.amount) is not int:
            raise BadRequest("credits are whole")
        if self.settles:
            if self.amount:
                raise BadRequest("what settles a move is of its amount")
        elif not 1 <= self.amount <= CREDITS_PER_MOVE_MAX:
            raise BadRequest(f"1 to {CREDITS_PER_MOVE_MAX} credits")

    @property
    def settles(self) -> bool:
        """Whether it is about the earlier move with the same command."""
        return self.kind in _SETTLED

    @property
    def key(self) -> str:
        """Under which it is kept once: what settles a move exists once, whatever it does."""
        return f"settle {self.command}" if self.settles else f"make {self.command}"

    @property
    def of_key(self) -> str | None:
        """The key of the move that it settles."""
        return f"make {self.command}" if self.settles else None


@dataclass(frozen=True, slots=True)
class Move:
    """A move that was made."""

    key: str
    kind: Kind
    cause: Cause
    amount: int
    about: str
    at: int  # ms since 1970
    entries: Entries


_SETTLED = {Kind.RETURN: Kind.SPEND, Kind.CAPTURE: Kind.HOLD, Kind.VOID: Kind.HOLD}


def repeated(ask: Ask, first: Move) -> Move:
    """Return the first move if it was asked for by the same request; raises Conflict."""
    same = (ask.kind, ask.cause, ask.about) == (first.kind, first.cause, first.about)
    if not same or (not ask.settles and ask.amount != first.amount):
        raise Conflict("this command was used for another move")
    return first


def decide_move(balances: Balances, ask: Ask, of: Move | None, *, now_ms: int) -> Move:
    """Decide a move that was not made yet; raises NotEnoughCredits, NotFound, Conflict.

    `of` is the move under `ask.of_key`, if there is one.
    """
    amount = ask.amount
    if ask.settles:
        if of is None:
            raise NotFound("there is no such move")
        if of.kind is not _SETTLED[ask.kind]:
            raise Conflict("this move cannot be settled so")
        amount = of.amount
    entries = _entries(balances, ask.kind, amount)
    return Move(ask.key, ask.kind, ask.cause, amount, ask.about, now_ms, entries)


def _entries(balances: Balances, kind: Kind, amount: int) -> Entries:
    paid = min(balances.owed, amount)  # of a debt, by what comes in
    match kind:
        case Kind.GIVE:
            return Entries(issued=-amount, owed=paid, wallet=amount - paid)
        case Kind.RETURN:
            return Entries(spent=-amount, owed=paid, wallet=amount - paid)
        case Kind.VOID:
            return Entries(held=-amount, owed=paid, wallet=amount - paid)
        case Kind.CAPTURE:
            return Entries(held=-amount, spent=amount)
        case Kind.TAKE_BACK:
            if amount > balances.issued:
                raise Conflict("more than was ever given")
            there = min(balances.wallet, amount)
            return Entries(wallet=-there, owed=there - amount, issued=amount)
        case _:
            if amount > balances.wallet:
                raise NotEnoughCredits
            if kind is Kind.HOLD:
                return Entries(wallet=-amount, held=amount)
            return Entries(wallet=-amount, spent=amount)


ACCOUNTS = tuple(field.name for field in fields(Balances))
