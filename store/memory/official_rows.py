"""What the memory twin holds of invites and of official groups, and how a code is used up."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import NoReturn

from engine.errors import VerificationRequired
from engine.ids import AccountId, GroupId
from engine.model.proof_policy import ProofPolicy
from engine.ports.groups import MailProof


@dataclass(slots=True)
class InviteRow:
    """An invite."""

    group: GroupId
    inviter: AccountId
    uses_left: int
    expires_at: int


@dataclass(slots=True)
class MailCodeRow:
    """A code that was sent."""

    mail_digest: bytes
    code_digest: bytes
    expires_at: int
    tries: int = 0


@dataclass(slots=True)
class OfficialRows:
    """Domains, codes, and which box has proved whom."""

    domains: set[tuple[GroupId, str]] = field(default_factory=set)
    codes: dict[tuple[AccountId, GroupId], MailCodeRow] = field(default_factory=dict)
    mails: dict[tuple[GroupId, bytes], AccountId] = field(default_factory=dict)

    def fits(
        self,
        group: GroupId,
        account: AccountId,
        proof: MailProof,
        policy: ProofPolicy,
        now_ms: int,
    ) -> bool:
        """Say whether this is the code that was sent, to this address, and is still good."""
        row = self.codes.get((account, group))
        if row is None or row.expires_at <= now_ms or row.tries >= policy.mail_code_tries_max:
            return False
        shown = proof.mail + proof.code
        return hmac.compare_digest(row.mail_digest + row.code_digest, shown)

    def refuse(self, group: GroupId, account: AccountId) -> NoReturn:
        """Count a wrong code and raise VerificationRequired."""
        row = self.codes.get((account, group))
        if row is not None:
            row.tries += 1
        raise VerificationRequired("this code is wrong, used or too old")

    def boxes_of(self, group: GroupId, account: AccountId) -> set[tuple[GroupId, bytes]]:
        """List what has proved somebody in a group."""
        return {key for key, held in self.mails.items() if key[0] == group and held == account}

    def forget(self, account: AccountId) -> None:
        """Erase a person."""
        self.codes = {key: row for key, row in self.codes.items() if key[0] != account}
        self.mails = {key: held for key, held in self.mails.items() if held != account}
