"""What somebody shows at the door of a group in memory: checked first, used up once they are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import Conflict, Forbidden, VerificationRequired, WindowOver
from engine.ids import AccountId
from engine.model.consent import Purpose
from engine.model.entry import Standing
from engine.model.group import GroupType, MemberState
from engine.model.place import Arrival, Position, could_travel, is_there, refuse_position
from engine.model.proof_policy import ProofPolicy
from engine.ports.groups import MailProof, PlaceCode, Proof
from engine.ports.places import LocationAct, Source
from store.memory.agreeing import require_consent
from store.memory.official_rows import InviteRow
from store.memory.state import GroupRow, Memory

_HOLDS = (MemberState.ACTIVE, MemberState.PENDING, MemberState.BANNED)


@dataclass(frozen=True, slots=True)
class AtDoor:
    """What was shown is worth this; `use` uses it up."""

    standing: Standing
    use: Callable[[], None] = lambda: None


def shown_at_door(
    memory: Memory,
    row: GroupRow,
    account: AccountId,
    proof: Proof,
    policy: ProofPolicy,
    *,
    now_ms: int,
) -> AtDoor:
    """Check a proof; raises VerificationRequired, RateLimited, Forbidden, Conflict."""
    if proof.mail is not None and row.type is GroupType.OFFICIAL:
        return _by_mail(memory, row, account, proof.mail, policy, now_ms)
    if proof.place is not None and row.type is GroupType.LOCATION:
        return _by_place(memory, row, account, proof.place, policy, now_ms)
    invite = memory.invites.get(proof.invite) if proof.invite else None
    if invite is None or invite.group != row.group:
        return AtDoor(Standing.NOTHING)
    if invite.expires_at <= now_ms or invite.uses_left <= 0:
        return AtDoor(Standing.NOTHING)
    return AtDoor(Standing.INVITED, lambda: _use_invite(invite))


def _by_place(
    memory: Memory,
    row: GroupRow,
    account: AccountId,
    shown: Position | PlaceCode,
    policy: ProofPolicy,
    now_ms: int,
) -> AtDoor:
    require_consent(memory, account, Purpose.LOCATION)
    places = memory.places
    seen = places.seen.get(row.group)
    if seen is None or seen.ends_at <= now_ms:
        raise WindowOver
    source = Source.GPS if isinstance(shown, Position) else Source.QR
    places.acts.append(LocationAct(account, source, now_ms))
    if not could_travel(places.arrivals.get(account), seen.place, policy, now_ms=now_ms):
        raise refuse_position()

    def use() -> None:
        places.arrivals[account] = Arrival(seen.place, now_ms)
        if isinstance(shown, PlaceCode):
            places.used[row.group, shown.nonce, account] = now_ms

    if isinstance(shown, Position):
        if not is_there(shown, seen.place, policy):
            raise refuse_position()
    elif (row.group, shown.nonce, account) in places.used:
        raise VerificationRequired("this code of the place was used")
    return AtDoor(Standing.PROVEN, use)


def _use_invite(invite: InviteRow) -> None:
    invite.uses_left -= 1


def _by_mail(
    memory: Memory,
    row: GroupRow,
    account: AccountId,
    proof: MailProof,
    policy: ProofPolicy,
    now_ms: int,
) -> AtDoor:
    counts, official = memory.code_counts, memory.official
    counts.check(proof.tries, now_ms)
    if not official.fits(row.group, account, proof, policy, now_ms):
        for cap in proof.tries:
            counts.count(cap, now_ms)
        official.refuse(row.group, account)
    key = (row.group, proof.mail)
    if key in memory.kept_out:
        raise Forbidden("you are banned from this group")
    holder = official.mails.get(key, account)
    held = memory.members.get((row.group, holder))
    if holder != account and held is not None and held.state in _HOLDS:
        raise Conflict("somebody is in this group by this address already")

    def use() -> None:
        del official.codes[account, row.group]
        official.mails[key] = account

    return AtDoor(Standing.PROVEN, use)
