"""Places: distances, what a phone is believed, and how fast people travel."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest
from engine.model.place import (
    Arrival,
    Place,
    Position,
    check_hours,
    could_travel,
    distance_m,
    is_there,
    make_place,
)
from engine.model.proof_policy import ProofPolicy

POLICY = ProofPolicy()
SEOUL, BUSAN = Place(37.5665, 126.9780, 100), Place(35.1796, 129.0756, 100)


def test_distances_are_those_of_the_map() -> None:
    assert distance_m(SEOUL, SEOUL) == 0
    assert distance_m(SEOUL, BUSAN) == pytest.approx(325_000, rel=0.01)
    assert distance_m(BUSAN, SEOUL) == pytest.approx(distance_m(SEOUL, BUSAN))


@pytest.mark.parametrize(
    ("position", "there"),
    [
        (Position(37.5665, 126.9780, 100), True),
        (Position(37.5665, 126.9780, 100.1), False),
        (Position(37.5674, 126.9780, 0), False),  # 100.1 m
        (Position(37.5665, 126.9780, 0, speed_mps=83), True),
        (Position(37.5665, 126.9780, 0, speed_mps=84), False),
        (Position(37.5665, 126.9780, 0, mocked=True), False),
        (Position(37.5665, float("nan"), 0), False),
        (Position(37.5665, 126.9780, float("nan")), False),
        (Position(37.5665, 126.9780, 0, speed_mps=float("nan")), False),
    ],
)
def test_a_phone_is_believed_so_far(position: Position, *, there: bool) -> None:
    assert is_there(position, SEOUL, POLICY) is there


def test_a_clock_that_goes_back_makes_nobody_fast() -> None:
    assert could_travel(None, SEOUL, POLICY, now_ms=0)
    assert could_travel(Arrival(SEOUL, 5), SEOUL, POLICY, now_ms=0)
    assert not could_travel(Arrival(BUSAN, 10**10), SEOUL, POLICY, now_ms=0)


@pytest.mark.parametrize(
    "place", [(0, 0, 100), (37.5, 126.9, 9), (37.5, 126.9, 1001), (float("nan"), 126.9, 100)]
)
def test_places_are_in_korea_and_not_too_wide(place: tuple[float, float, int]) -> None:
    with pytest.raises(BadRequest):
        make_place(*place, POLICY)


@pytest.mark.parametrize("hours", [0, 13, -1])
def test_places_are_for_some_hours(hours: int) -> None:
    with pytest.raises(BadRequest):
        check_hours(hours, POLICY)
