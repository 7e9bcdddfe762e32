"""What somebody shows at the door of a group, read and checked."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

from api.rest.call import Call
from engine.errors import BadRequest
from engine.ids import GroupId
from engine.model.mail import read_mail
from engine.model.meeting import read_code
from engine.ports.groups import NO_PROOF, MailProof, Proof

CODE_CHARS_MAX = 16  # as typed

# What a call says; a plain text is a code.
Shown = str | dict[str, str | int | float | bool | None]


def read_proof(call: Call, group: GroupId, shown: Shown | None) -> Proof:
    """Return what was shown; what cannot be a proof is as good as none."""
    if isinstance(shown, dict) and "mail" in shown:
        return Proof(mail=_mail_proof(call, group, shown))
    code = shown.get("invite") if isinstance(shown, dict) else shown
    if isinstance(code, str) and (written := read_code(code)) is not None:
        return Proof(invite=invite_digest(call, written))
    return NO_PROOF


def _mail_proof(call: Call, group: GroupId, shown: Mapping[str, object]) -> MailProof:
    mail, code = shown.get("mail"), shown.get("code")
    if not isinstance(mail, str) or not isinstance(code, str) or len(code) > CODE_CHARS_MAX:
        raise BadRequest("a proof by mail is an address and the code that came")
    policy = call.edge.services.policy.groups.proofs
    return call.edge.auth.mails.proof(group, call.account, read_mail(mail), code.strip(), policy)


def invite_digest(call: Call, code: str) -> bytes:
    """Return the keyed hash by which an invite is found."""
    return hmac.digest(call.edge.auth.invite_key, code.encode(), sha256)
