"""Places: who is there, judged by what a phone says and by how fast people travel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import BadRequest, VerificationRequired
from engine.model.proof_policy import ProofPolicy

HOUR_MS = 3_600_000

_EARTH_M = 6_371_000

# Where this service is: the law and the sign-in by +82 numbers are Korea's.
_KOREA = (33.0, 124.0, 39.0, 132.0)


@dataclass(frozen=True, slots=True)
class Place:
    """A circle on the map."""

    latitude: float
    longitude: float
    radius_m: int


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """The place of a group, and until when it is one."""

    place: Place
    ends_at: int  # ms


@dataclass(frozen=True, slots=True)
class Position:
    """What a phone says of itself; it is judged and not kept."""

    latitude: float
    longitude: float
    accuracy_m: float
    speed_mps: float = 0.0
    mocked: bool = False  # the phone itself says that an app makes it up


@dataclass(frozen=True, slots=True)
class Arrival:
    """When somebody was let in at another place: all that is known of where they were."""

    place: Place
    at: int  # ms


def make_place(latitude: float, longitude: float, radius_m: int, policy: ProofPolicy) -> Place:
    """Check a new place; raises BadRequest."""
    south, west, north, east = _KOREA
    if not (south <= latitude <= north and west <= longitude <= east):
        raise BadRequest("a place is in Korea")
    if not policy.radius_m_min <= radius_m <= policy.radius_m_max:
        raise BadRequest(f"the radius is {policy.radius_m_min} to {policy.radius_m_max} m")
    return Place(latitude, longitude, radius_m)


def check_hours(hours: int, policy: ProofPolicy) -> int:
    """Return how long a place is one, in ms; raises BadRequest."""
    if not 1 <= hours <= policy.place_hours_max:
        raise BadRequest(f"a place is one for 1 to {policy.place_hours_max} hours")
    return hours * HOUR_MS


def is_there(position: Position, place: Place, policy: ProofPolicy) -> bool:
    """Say whether a phone is at a place, as far as it can be believed."""
    # NaN compares as false: each of these has to be true.
    exact = 0 <= position.accuracy_m <= policy.accuracy_m_max
    slow = 0 <= position.speed_mps * 3.6 <= policy.speed_kmh_max
    near = distance_m(position, place) <= place.radius_m
    return exact and slow and near and not position.mocked


def could_travel(last: Arrival | None, place: Place, policy: ProofPolicy, *, now_ms: int) -> bool:
    """Say whether somebody can have come here from where they were let in last."""
    if last is None:
        return True
    apart_m = distance_m(last.place, place) - last.place.radius_m - place.radius_m
    hours = max(0, now_ms - last.at) / HOUR_MS
    return apart_m <= policy.speed_kmh_max * 1000 * hours


def refuse_position() -> VerificationRequired:
    """Return the one refusal: which of its parts was not believed helps only who makes them up."""
    return VerificationRequired("you have to be at this place")


def distance_m(one: Place | Position, other: Place | Position) -> float:
    """Return the distance over the ground."""
    low, high = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    half = math.sin((high - low) / 2) ** 2
    half += math.cos(low) * math.cos(high) * math.sin(across / 2) ** 2
    return 2 * _EARTH_M * math.asin(math.sqrt(min(1.0, half)))
