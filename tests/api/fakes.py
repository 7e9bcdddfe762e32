"""As much of a store as the edge's own mechanisms need; rules are tried over the memory twin."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

from engine.errors import Busy, IdempotencyConflict, Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.model.account import Account
from engine.ports.idempotency import Answer
from store.memory.rates import MemoryRates
from tests.api.edge import DEVICE, ME


class OneAccount:
    """One person on one device."""

    async def account_of(self, device: DeviceId, account: AccountId) -> Account:
        if (device, account) != (DEVICE, ME.account):
            raise Unauthenticated
        return ME


@dataclass
class KeptAnswers:
    """Answers by key, for ever."""

    kept: dict[tuple[str, str], tuple[bytes, Answer | None]] = field(default_factory=dict)

    async def begin(
        self, scope: str, key: str, request_digest: bytes, *, now_ms: int
    ) -> Answer | None:
        if (scope, key) not in self.kept:
            self.kept[scope, key] = (request_digest, None)
            return None
        digest, answer = self.kept[scope, key]
        if digest != request_digest:
            raise IdempotencyConflict
        if answer is None:
            raise Busy
        return answer

    async def finish(self, scope: str, key: str, answer: Answer) -> None:
        self.kept[scope, key] = (self.kept[scope, key][0], answer)

    async def forget(self, scope: str, key: str) -> None:
        del self.kept[scope, key]


def make_store(**ports: object) -> object:
    """Put ports together; the others are not there."""
    return SimpleNamespace(
        **{
            "accounts": OneAccount(),
            "answers": KeptAnswers(),
            "health": None,
            "rates": MemoryRates(),
        }
        | ports
    )
