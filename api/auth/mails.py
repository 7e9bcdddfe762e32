"""Mail addresses and the codes that are sent to them, as they are stored: hashed under keys."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from engine.ids import AccountId, GroupId
from engine.model.code_caps import HOUR_S, Cap
from engine.model.mail import MailAddress
from engine.model.proof_policy import ProofPolicy
from engine.ports.groups import MailProof
from engine.ports.official import MailKey


class MailCodes:
    """Addresses of a company can be tried out, so every hash of them takes a key."""

    def __init__(self, *, digest_key: bytes, code_key: bytes) -> None:
        self._digest_key = digest_key
        self._code_key = code_key

    def key(self, mail: MailAddress) -> MailKey:
        """Return the stored form of an address."""
        return MailKey(hmac.digest(self._digest_key, mail.box.encode(), sha256), mail.domain)

    def code_digest(self, group: GroupId, mail: MailKey, code: str) -> bytes:
        """Return what is stored of a code; the same code for another group or box differs."""
        return hmac.digest(
            self._code_key, f"{group} ".encode() + mail.digest + code.encode(), sha256
        )

    def code_caps(
        self, account: AccountId, mail: MailAddress, policy: ProofPolicy
    ) -> Sequence[Cap]:
        """Name what a code counts against, the narrow before the wide."""
        each = policy.mail_codes_per_hour_max
        return [
            self._cap(f"mails of {account}", each),
            self._cap(f"mails to {mail.box}", each),
            self._cap(f"mails to all of {mail.domain}", policy.mail_codes_per_domain_hour_max),
            self._cap("mails", policy.mail_codes_per_hour_total_max),
        ]

    def proof(
        self, group: GroupId, account: AccountId, mail: MailAddress, code: str, policy: ProofPolicy
    ) -> MailProof:
        """Return what is shown at the door, and what a wrong code counts against."""
        key, most = self.key(mail), policy.wrong_mail_codes_per_hour_max
        tries = (
            self._cap(f"wrong mail codes of {account}", most),
            self._cap(f"wrong mail codes at {mail.box}", most),
        )
        return MailProof(key.digest, self.code_digest(group, key, code), tries)

    def _cap(self, what: str, most: int) -> Cap:
        return Cap(hmac.digest(self._code_key, f"cap {what}".encode(), sha256), HOUR_S, most)
