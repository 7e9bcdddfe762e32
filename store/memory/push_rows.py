"""Tokens, settings and pushes that wait, as the memory twin has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.ids import AccountId, DeviceId, RoomId
from engine.model.push import PushKind, PushSettings, PushToken


@dataclass(slots=True)
class TokenRow:
    """The token of a device."""

    device: DeviceId
    account: AccountId
    token: PushToken
    registered_at: int
    sent_at: int | None = None
    told_until: int | None = None  # the end of premium that it was told of


@dataclass(slots=True)
class PushRow:
    """A push that waits for a device."""

    due_at: int
    since_at: int
    causes: int = 1
    tries: int = 0


@dataclass(slots=True)
class WaveRow:
    """How far a device was told of a room, and when."""

    seq: int
    at: int


@dataclass(slots=True)
class PushRows:
    """All of it."""

    tokens: dict[DeviceId, TokenRow] = field(default_factory=dict)
    settings: dict[AccountId, PushSettings] = field(default_factory=dict)
    waiting: dict[tuple[DeviceId, PushKind], PushRow] = field(default_factory=dict)
    waves: dict[tuple[DeviceId, RoomId], WaveRow] = field(default_factory=dict)
    looked_at: int | None = None

    def of(self, account: AccountId) -> list[TokenRow]:
        """List the tokens of a person."""
        return [row for row in self.tokens.values() if row.account == account]

    def note(self, kind: PushKind, accounts: Iterable[AccountId], *, now_ms: int) -> None:
        """Have something told to all devices of these people."""
        for account in set(accounts):
            for token in self.of(account):
                self.note_one(kind, token.device, now_ms=now_ms)

    def note_one(self, kind: PushKind, device: DeviceId, *, now_ms: int) -> None:
        """Have something told to one device."""
        row = self.waiting.get((device, kind))
        if row is None:
            self.waiting[device, kind] = PushRow(now_ms, now_ms)
        else:
            row.causes += 1

    def drop(self, device: DeviceId) -> None:
        """Drop a token and what hangs on it."""
        self.tokens.pop(device, None)
        self.waiting = {key: row for key, row in self.waiting.items() if key[0] != device}
        self.waves = {key: row for key, row in self.waves.items() if key[0] != device}

    def drop_all(self, account: AccountId) -> None:
        """Drop all tokens of a person."""
        for row in self.of(account):
            self.drop(row.device)

    def forget(self, account: AccountId) -> None:
        """Take out all that is about somebody."""
        self.drop_all(account)
        self.settings.pop(account, None)
