"""A balance of ten is ten likes, however many are sent at once and through which process."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx

from engine.model.policy import Policy
from tests.e2e.rest import Json, Person, seeded, sign_in
from tests.e2e.server import Two

PHONE = "+821066600043"
CREDITS, LIKES = 10, 100
FREE = Policy().likes.free_per_day


def test_a_hundred_likes_at_once_through_two_processes_cost_ten(two: Two) -> None:
    """faults.md 43."""
    others = seeded(two[0], users=LIKES, groups=2)  # one group has no room for so many
    fox = sign_in(two[0], PHONE, "열여우")
    with ExitStack() as stack:
        doors = [
            stack.enter_context(httpx.Client(base_url=one.url, timeout=30)) for one in (*two, *two)
        ]
        stack.callback(fox.http.close)
        for group in {one["group"] for one in others}:
            fox.call("POST", f"/v1/groups/{group}/join", {"profile": {}})
        two[1].grant("--phone", PHONE, "--credits", str(CREDITS))
        with ThreadPoolExecutor(20) as at_once:
            found = at_once.map(
                lambda work: like(doors[work[0] % len(doors)], fox, work[1]), enumerate(others)
            )
            outcomes = Counter(found)
        assert outcomes == {
            "": FREE + CREDITS,
            "not_enough_credits": LIKES - FREE - CREDITS,
        }
        assert fox.call("GET", "/v1/credits")["credits"] == 0
        moves = [one["wallet"] for one in fox.items("/v1/credits/moves?limit=100")]
    assert moves == [-1] * CREDITS + [CREDITS]


def like(door: httpx.Client, fox: Person, other: Json) -> str:
    """Like somebody; return the code of the refusal, or nothing."""
    answer = door.post(
        f"/v1/groups/{other['group']}/likes",
        json={"member": other["member"], "intent": "friend"},
        headers={"Authorization": f"Bearer {fox.access}"},
    )
    if answer.status_code == 202:
        return ""
    refusal: Json = answer.json()
    return str(refusal["code"])
