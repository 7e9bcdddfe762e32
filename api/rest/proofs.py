"""What somebody shows at the door of a group, read and checked."""

from __future__ import annotations

import hmac
from hashlib import sha256

from api.rest.call import Call
from engine.model.meeting import read_code
from engine.ports.groups import NO_PROOF, Proof

# What a call says; a plain text is a code.
Shown = str | dict[str, str | int | float | bool | None]


def read_proof(call: Call, shown: Shown | None) -> Proof:
    """Return what was shown; what cannot be a proof is as good as none."""
    code = shown.get("invite") if isinstance(shown, dict) else shown
    if isinstance(code, str) and (written := read_code(code)) is not None:
        return Proof(invite=invite_digest(call, written))
    return NO_PROOF


def invite_digest(call: Call, code: str) -> bytes:
    """Return the keyed hash by which an invite is found."""
    return hmac.digest(call.edge.auth.invite_key, code.encode(), sha256)
