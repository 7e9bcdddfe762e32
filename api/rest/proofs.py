"""What somebody shows at the door of a group, read and checked."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.rest.call import Call
from engine.errors import BadRequest
from engine.ids import GroupId
from engine.model.mail import read_mail
from engine.model.meeting import read_code
from engine.model.place import Position
from engine.ports.groups import NO_PROOF, MailProof, PlaceCode, Proof

CODE_CHARS_MAX = 16  # as typed


class PositionShown(Struct, forbid_unknown_fields=True, frozen=True):
    """Where a phone says it is; browsers know their speed only while they move."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, Meta(ge=0)]
    speed_mps: Annotated[float, Meta(ge=0)] | None = None
    mocked: bool = False

    @property
    def position(self) -> Position:
        """Return it as the rules take it."""
        speed = 0.0 if self.speed_mps is None else self.speed_mps
        return Position(self.latitude, self.longitude, self.accuracy_m, speed, self.mocked)


# What a call says; a plain text is a code.
Shown = str | dict[str, str | int | float | bool | None]

# What each kind says, by the word that it is known by.
_KINDS = {
    "mail": frozenset({"mail", "code"}),
    "latitude": frozenset(PositionShown.__struct_fields__),
    "place": frozenset({"place"}),
    "invite": frozenset({"invite"}),
}


def read_proof(call: Call, group: GroupId, shown: Shown | None) -> Proof:
    """Return what was shown; a code that cannot be one is as good as none. Raises BadRequest."""
    code: object = shown
    if isinstance(shown, dict) and shown:
        kind = _kind_of(shown)
        if kind == "mail":
            return Proof(mail=_mail_proof(call, group, shown))
        if kind == "latitude":
            return Proof(place=_position(shown))
        if kind == "place":
            return Proof(place=_place_code(call, group, shown["place"]))
        code = shown["invite"]
    if isinstance(code, str) and (written := read_code(code)) is not None:
        return Proof(invite=invite_digest(call, written))
    return NO_PROOF


def _kind_of(shown: Mapping[str, object]) -> str:
    """Name the one kind of proof that this is; what says more than that is none."""
    for kind, words in _KINDS.items():
        if kind in shown and shown.keys() <= words:
            return kind
    raise BadRequest("a proof is an invite, a mail and its code, a place's code, or a position")


def _position(shown: Mapping[str, object]) -> Position:
    """Return what a phone says; what is no number is refused, NaN too."""
    try:
        return msgspec.convert(shown, PositionShown).position
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)) from None


def _place_code(call: Call, group: GroupId, code: object) -> PlaceCode | None:
    good_s = call.edge.services.policy.groups.proofs.place_code_s
    places = call.edge.auth.places
    if not isinstance(code, str):
        return None
    nonce = places.read(group, code, now_ms=call.now_ms, within_s=good_s)
    return None if nonce is None else PlaceCode(nonce)


def _mail_proof(call: Call, group: GroupId, shown: Mapping[str, object]) -> MailProof:
    mail, code = shown.get("mail"), shown.get("code")
    if not isinstance(mail, str) or not isinstance(code, str) or len(code) > CODE_CHARS_MAX:
        raise BadRequest("a proof by mail is an address and the code that came")
    policy = call.edge.services.policy.groups.proofs
    return call.edge.auth.mails.proof(group, call.account, read_mail(mail), code.strip(), policy)


def invite_digest(call: Call, code: str) -> bytes:
    """Return the keyed hash by which an invite is found."""
    return hmac.digest(call.edge.auth.invite_key, code.encode(), sha256)
