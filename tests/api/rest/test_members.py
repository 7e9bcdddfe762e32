"""Members searched by what their cards show, and what they have in common."""

from __future__ import annotations

import pytest

from tests.api.people import Person, Town, make_town


@pytest.fixture
def town() -> Town:
    return make_town()


async def circle(town: Town, interests: list[list[str]]) -> tuple[str, list[Person]]:
    """A group of people with interests, all of one age and side."""
    people = [await town.newcomer() for _ in interests]
    made = await people[0].call(
        "POST",
        "/v1/groups",
        {"type": "created", "name": "x", "profile": {"interests": interests[0]}},
    )
    group = f"/v1/groups/{made.fields['group']}"
    for person, words in zip(people[1:], interests[1:], strict=True):
        reply = await person.call("POST", f"{group}/join", {"profile": {"interests": words}})
        assert reply.status == 200
    return group, people


async def test_members_are_found_by_what_their_cards_show(town: Town) -> None:
    group, people = await circle(town, [["Tea"], ["tea", "go"], ["go"], []])
    me = people[0]
    everybody = await me.items(f"{group}/members")
    assert len(everybody) == 4
    tea = await me.items(f"{group}/members?interest=TEA")
    assert len(tea) == 2
    assert await me.items(f"{group}/members?interest=te") == []
    one = everybody[0]
    assert await me.items(f"{group}/members?nickname={one['nickname']}") == [one]
    same = f"age_band={one['age_band']}&gender={one['gender']}"
    assert one in await me.items(f"{group}/members?{same}")
    assert await me.items(f"{group}/members?age_band=60%2B") == []
    assert await me.items(f"{group}/members?nickname=%25") == []


async def test_a_search_is_paged_by_a_cursor_of_its_own(town: Town) -> None:
    group, people = await circle(town, [["tea"]] * 3)
    me = people[0]
    first = await me.get(f"{group}/members?interest=tea&limit=2")
    cursor = first["cursor"]
    rest = await me.get(f"{group}/members?interest=tea&limit=2&cursor={cursor}")
    assert rest["cursor"] is None
    items = [*first["items"], *rest["items"]]  # type: ignore[misc]  # lists of JSON
    assert len({one["member"] for one in items}) == 3
    other = await me.call("GET", f"{group}/members?interest=go&cursor={cursor}")
    assert (other.status, other.code) == (400, "bad_request")


@pytest.mark.parametrize(
    "query", ["age_band=young", "gender=x", "nickname=" + "a" * 11, "bio=x", "liked=friend"]
)
async def test_a_search_has_its_form(town: Town, query: str) -> None:
    group, people = await circle(town, [[]])
    reply = await people[0].call("GET", f"{group}/members?{query}")
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_a_group_tells_what_three_have_in_common(town: Town) -> None:
    group, people = await circle(town, [["tea"], ["tea"], ["tea", "go"], ["go"]])
    told = await people[3].get(f"{group}/statistics")
    assert told["interests"] == [{"name": "tea", "people": 3}]
    genders = told["genders"]
    assert isinstance(genders, list)
    assert all(cell["people"] >= 3 for cell in genders)
    stranger = await town.newcomer()
    assert (await stranger.call("GET", f"{group}/statistics")).status == 404


async def test_a_meeting_tells_nothing(town: Town) -> None:
    owner = await town.newcomer()
    made = await owner.call(
        "POST", "/v1/groups", {"type": "instance", "name": "x", "mode": "auto", "hours": 1}
    )
    told = await owner.get(f"/v1/groups/{made.fields['group']}/statistics")
    assert told == {"genders": [], "age_bands": [], "interests": []}
