"""Keys: one derived key for each purpose, so that nothing sealed for one opens as another."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet

from api.auth.cursors import Cursors
from api.auth.mails import MailCodes
from api.auth.phones import Phones
from api.auth.place_codes import PlaceCodes
from api.auth.tokens import Issuer, Verifier
from api.secrets import Secrets
from engine.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Auth:
    """Everything the edges do with keys."""

    issuer: Issuer
    verifier: Verifier
    phones: Phones
    mails: MailCodes
    places: PlaceCodes
    cursors: Cursors
    answers: MultiFernet  # seals kept answers: some of them carry tokens
    order_key: bytes  # everybody sees the members of a group in an order of their own
    meeting_key: bytes  # codes of meetings are found by a keyed hash
    invite_key: bytes  # and so are invites
    clerk_key: bytes  # ids of Clerk are kept as keyed hashes only
    peer_key: bytes  # an address is kept as a keyed hash only


def make_auth(secrets: Secrets, policy: Policy) -> Auth:
    """Derive every key from the secrets."""
    tokens = tuple(key.value for key in secrets.token_keys)
    phone = secrets.phone_key.value
    access = _box(tokens, "access token")
    return Auth(
        issuer=Issuer(access),
        verifier=Verifier(access, ttl_s=policy.sign_in.access_ttl_s),
        phones=Phones(
            digest_key=derive(phone, "phone digest"),
            code_key=derive(phone, "code digest"),
            box=_box((phone,), "phone"),
        ),
        mails=MailCodes(
            digest_key=derive(phone, "mail digest"), code_key=derive(phone, "mail code digest")
        ),
        places=PlaceCodes(derive(phone, "place code")),
        cursors=Cursors(_box(tokens, "cursor")),
        answers=_box(tokens, "answer"),
        order_key=derive(phone, "member order"),
        meeting_key=derive(phone, "meeting code"),
        invite_key=derive(phone, "invite code"),
        clerk_key=derive(phone, "clerk id"),
        peer_key=derive(phone, "peer address"),
    )


def derive(key: bytes, purpose: str) -> bytes:
    """Return the key for one purpose; from it neither `key` nor another one can be told."""
    return hmac.digest(key, f"glimpse.v1 {purpose}".encode(), sha256)


def _box(keys: tuple[bytes, ...], purpose: str) -> MultiFernet:
    """Seal with the first key, open with any."""
    return MultiFernet([Fernet(urlsafe_b64encode(derive(key, purpose))) for key in keys])
