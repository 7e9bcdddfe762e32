"""Who is at a place, in PostgreSQL: judged at the door, on record, and forgotten."""

from __future__ import annotations

from engine.errors import VerificationRequired, WindowOver
from engine.ids import AccountId, GroupId
from engine.model.consent import Purpose
from engine.model.place import Arrival, Place, Position, could_travel, is_there, refuse_position
from engine.model.proof_policy import ProofPolicy
from engine.ports.groups import PlaceCode
from engine.ports.places import Source
from store.connection import Connection, Record
from store.postgres.agreeing import require_consent

PLACE = "SELECT latitude, longitude, radius_m, ends_at FROM group_places WHERE group_id = $1"

# Where they were let in last: of where people are nothing else is kept.
LAST = """
SELECT p.latitude, p.longitude, p.radius_m, m.joined_at
FROM memberships m JOIN group_places p USING (group_id)
WHERE m.account_id = $1 ORDER BY m.joined_at DESC LIMIT 1
"""

NOTE = """
INSERT INTO location_acts (account_id, source, service, recipient, at)
VALUES ($1, $2, 'group entry', 'nobody', $3)
"""

USE = """
INSERT INTO place_codes_used (group_id, nonce, account_id, used_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING true
"""


async def check_place(
    db: Connection,
    group: GroupId,
    account: AccountId,
    shown: Position | PlaceCode,
    policy: ProofPolicy,
    now_ms: int,
) -> VerificationRequired | None:
    """Judge what was shown; a refusal is returned, so that the look at a position is on record."""
    await require_consent(db, account, Purpose.LOCATION)
    row = await db.fetchrow(PLACE, group)
    if row is None or row["ends_at"] <= now_ms:
        raise WindowOver
    source = Source.GPS if isinstance(shown, Position) else Source.QR
    await db.execute(NOTE, account, source.value, now_ms)
    place = place_from(row)
    last = await db.fetchrow(LAST, account)
    before = None if last is None else Arrival(place_from(last), last["joined_at"])
    if not could_travel(before, place, policy, now_ms=now_ms):
        return refuse_position()
    if isinstance(shown, Position):
        return None if is_there(shown, place, policy) else refuse_position()
    fresh = await db.fetchval(USE, group, shown.nonce, account, now_ms)
    return None if fresh else VerificationRequired("this code of the place was used")


def place_from(row: Record) -> Place:
    """Read a place."""
    return Place(row["latitude"], row["longitude"], row["radius_m"])
