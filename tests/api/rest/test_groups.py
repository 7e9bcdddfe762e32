"""Groups: made, found, entered, left, and what a member sees of the others."""

from __future__ import annotations

import pytest

from tests.api.people import Fields, Person, Town, make_town

GROUP_FIELDS = {
    "group",
    "type",
    "name",
    "description",
    "category",
    "tags",
    "visibility",
    "rules",
    "entry",
    "members",
    "matching_open",
}
NEW = {"type": "created", "name": "Book club"}


@pytest.fixture
def town() -> Town:
    return make_town()


async def test_who_makes_a_group_owns_it(town: Town) -> None:
    owner, stranger = await town.newcomer(), await town.newcomer()
    body = {
        **NEW,
        "description": "매주 한 권",
        "category": "culture",
        "tags": ["books", "tea"],
        "rules": "be kind",
        "profile": {"nickname": "owl", "bio": "hi", "interests": ["tea"]},
    }
    reply = await owner.call("POST", "/v1/groups", body)
    assert reply.status == 201
    group = reply.fields
    assert group.keys() == GROUP_FIELDS | {"me"}
    me = group.pop("me")
    assert isinstance(me, dict)
    assert {**me, "member": "?"} == {
        "member": "?",
        "role": "owner",
        "state": "active",
        "nickname": "owl",
    }
    assert group == {
        "group": group["group"],
        "type": "created",
        "name": "Book club",
        "description": "매주 한 권",
        "category": "culture",
        "tags": ["books", "tea"],
        "visibility": "public",
        "rules": "be kind",
        "entry": "open",
        "members": 1,
        "matching_open": False,
    }
    assert await stranger.get(f"/v1/groups/{group['group']}") == group


@pytest.mark.parametrize(
    "change",
    [
        {"type": "official"},
        {"type": None},
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\u0007b"},
        {"name": "a\u0000b"},
        {"name": 1},
        {"description": "x" * 501},
        {"tags": ["x"] * 11},
        {"tags": "x"},
        {"visibility": "secret"},
        {"members": 500},
        {"group": "g" * 16},
        {"profile": {"nickname": "admin"}},
        {"profile": {"role": "admin"}},
        {"profile": {"bio": "x" * 201}},
        {"profile": None},
    ],
)
async def test_a_new_group_is_checked(town: Town, change: Fields) -> None:
    person = await town.newcomer()
    reply = await person.call("POST", "/v1/groups", {**NEW, **change})
    assert (reply.status, reply.code) == (400, "bad_request")
    assert await person.items("/v1/groups?mine=true") == []


async def test_a_hidden_group_is_there_for_its_members_only(town: Town) -> None:
    owner, stranger = await town.newcomer(), await town.newcomer()
    reply = await owner.call("POST", "/v1/groups", {**NEW, "visibility": "hidden"})
    group = f"/v1/groups/{reply.fields['group']}"
    assert (await owner.get(group))["visibility"] == "hidden"
    nowhere = await stranger.call("GET", "/v1/groups/" + "x" * 16)
    hidden = await stranger.call("GET", group)
    assert (hidden.status, hidden.data) == (404, nowhere.data)
    assert (await stranger.call("GET", f"{group}/members")).status == 404
    assert await stranger.items("/v1/groups?query=Book") == []


async def test_groups_are_found_by_their_name_and_paged(town: Town) -> None:
    owner, seeker = await town.newcomer(), await town.newcomer()
    for name in ("Book club", "Bookworms", "books 100%", "Chess"):
        await owner.call("POST", "/v1/groups", {"type": "created", "name": name})
    seen: list[str] = []
    cursor = ""
    while True:
        page = await seeker.get(f"/v1/groups?query=book&limit=2{cursor}")
        items = page["items"]
        assert isinstance(items, list)
        seen += [group["name"] for group in items]
        if page["cursor"] is None:
            break
        assert len(items) == 2
        cursor = f"&cursor={page['cursor']}"
    assert sorted(seen) == ["Book club", "Bookworms", "books 100%"]
    assert [g["name"] for g in await seeker.items("/v1/groups?query=100%25")] == ["books 100%"]
    assert [g["name"] for g in await seeker.items("/v1/groups?query=%25%25")] == []
    assert len(await seeker.items("/v1/groups?limit=5000")) == 4
    assert await seeker.items("/v1/groups?mine=true") == []
    assert len(await owner.items("/v1/groups?mine=true")) == 4


async def test_a_cursor_of_somebody_else_or_of_another_search_is_refused(town: Town) -> None:
    owner, other = await town.newcomer(), await town.newcomer()
    for name in "abc":
        await owner.call("POST", "/v1/groups", {"type": "created", "name": f"club {name}"})
    cursor = (await owner.get("/v1/groups?query=club&limit=1"))["cursor"]
    assert (await owner.call("GET", f"/v1/groups?query=club&cursor={cursor}")).status == 200
    for person, path in (
        (other, f"/v1/groups?query=club&cursor={cursor}"),
        (owner, f"/v1/groups?query=book&cursor={cursor}"),
        (owner, f"/v1/matches?cursor={cursor}"),
        (owner, f"/v1/rooms?cursor={cursor}"),
        (owner, f"/v1/groups?query=club&cursor={str(cursor)[:-4]}AAA="),
    ):
        reply = await person.call("GET", path)
        assert (reply.status, reply.code) == (400, "bad_request")


async def test_one_enters_and_leaves(town: Town) -> None:
    owner, guest = await town.newcomer(), await town.newcomer()
    group = f"/v1/groups/{(await owner.call('POST', '/v1/groups', NEW)).fields['group']}"
    reply = await guest.call("POST", f"{group}/join")
    assert reply.status == 200
    assert reply.fields.keys() == {"group", "member", "state", "role", "nickname"}
    assert (reply.fields["state"], reply.fields["role"]) == ("active", "member")
    assert reply.fields["nickname"] == "fox2"
    assert (await guest.get(group))["members"] == 2
    again = await guest.call("POST", f"{group}/join", {})
    assert (again.status, again.code) == (409, "already_member")

    nudges = len(town.edge.nudges)
    assert (await guest.call("DELETE", f"{group}/membership")).status == 204
    assert len(town.edge.nudges) == nudges + 1
    assert "me" not in await guest.get(group)
    gone = await guest.call("DELETE", f"{group}/membership")
    assert (gone.status, gone.code) == (404, "not_found")
    back = await guest.call("POST", f"{group}/join", {"proof": None})
    assert back.fields["member"] != reply.fields["member"]


async def test_an_owner_cannot_leave_the_others_alone(town: Town) -> None:
    group, (owner, _), _ = await town.group_of(2)
    reply = await owner.call("DELETE", f"/v1/groups/{group}/membership")
    assert (reply.status, reply.code) == (409, "conflict")


async def test_joining_again_by_the_same_key_is_one_joining(town: Town) -> None:
    owner, guest = await town.newcomer(), await town.newcomer()
    group = (await owner.call("POST", "/v1/groups", NEW)).fields["group"]
    first, again = [
        await guest.call("POST", f"/v1/groups/{group}/join", {}, key="k") for _ in range(2)
    ]
    assert (first.status, first.data) == (again.status, again.data) == (200, first.data)


# --------------------------------------------------------------------------------------- members


async def everybody(person: Person, group: str, limit: int) -> list[Fields]:
    seen: list[Fields] = []
    cursor = ""
    while True:
        page = await person.get(f"/v1/groups/{group}/members?limit={limit}{cursor}")
        items = page["items"]
        assert isinstance(items, list)
        seen += items
        if page["cursor"] is None:
            return seen
        assert len(items) == limit
        cursor = f"&cursor={page['cursor']}"


async def test_members_are_seen_as_aliases(town: Town) -> None:
    group, people, members = await town.group_of(3)
    seen = {str(one["member"]): one for one in await everybody(people[0], group, 50)}
    assert seen.keys() == set(members)
    fields = {"member", "nickname", "role", "age_band", "gender", "interests", "bio", "bot"}
    assert seen[members[0]].keys() == fields | {"me"}
    assert seen[members[1]].keys() == fields
    assert seen[members[0]]["me"] is True
    assert seen[members[1]] == {
        "member": members[1],
        "nickname": "fox2",
        "role": "member",
        "age_band": "25-29",
        "gender": "female",
        "interests": [],
        "bio": "",
        "bot": False,
    }


async def test_everybody_sees_the_members_in_an_order_of_their_own(town: Town) -> None:
    group, people, members = await town.group_of(7)
    orders = set()
    for person in people:
        whole = [str(one["member"]) for one in await everybody(person, group, 50)]
        paged = [str(one["member"]) for one in await everybody(person, group, 2)]
        assert whole == paged
        assert sorted(whole) == sorted(members)
        orders.add(tuple(whole))
    assert len(orders) > 3


async def test_a_list_goes_on_when_its_last_one_has_left(town: Town) -> None:
    group, people, members = await town.group_of(5)
    page = await people[0].get(f"/v1/groups/{group}/members?limit=2")
    items = page["items"]
    assert isinstance(items, list)
    last = items[-1]["member"]
    leaver = next(p for p, member in zip(people, members, strict=True) if member == last)
    if leaver is not people[0]:
        await leaver.call("DELETE", f"/v1/groups/{group}/membership")
    rest = await people[0].items(f"/v1/groups/{group}/members?limit=50&cursor={page['cursor']}")
    assert {one["member"] for one in rest} == set(members) - {one["member"] for one in items}


async def test_a_member_sees_their_own_like_and_nobody_elses(town: Town) -> None:
    group, people, members = await town.group_of(4)
    assert (await people[0].like(group, members[1])).status == 202
    mine = {one["member"]: one.get("liked") for one in await everybody(people[0], group, 50)}
    assert mine == {members[0]: None, members[1]: "friend", members[2]: None, members[3]: None}
    for person in people[1:]:
        assert all("liked" not in one for one in await everybody(person, group, 50))


async def test_strangers_and_leavers_see_no_members(town: Town) -> None:
    group, people, _ = await town.group_of(3)
    stranger = await town.newcomer()
    await people[1].call("DELETE", f"/v1/groups/{group}/membership")
    for person in (stranger, people[1]):
        reply = await person.call("GET", f"/v1/groups/{group}/members")
        assert (reply.status, reply.code) == (404, "not_found")


async def test_a_group_has_one_room_and_who_is_banned_loses_it_at_once(town: Town) -> None:
    group, (owner, member, other), ids = await town.group_of(3)
    rooms = [await person.items("/v1/rooms") for person in (owner, member, other)]
    assert len({room["room"] for (room,) in rooms}) == 1
    room = rooms[0][0]
    assert (room["kind"], room["group"], room["closed"]) == ("group", group, False)
    assert "match" not in room
    assert "revealed" not in room
    bans = f"/v1/groups/{group}/bans"
    assert (await member.call("POST", bans, {"member": ids[2]})).status == 403
    assert (await owner.call("POST", bans, {"member": "nobody"})).status == 404
    nudges = len(town.edge.nudges)
    assert (await owner.call("POST", bans, {"member": ids[1]})).status == 204
    assert len(town.edge.nudges) == nudges + 1
    assert await member.items("/v1/rooms") == []
    assert (await member.call("GET", f"/v1/rooms/{room['room']}/messages")).status == 404
    again = await member.call("POST", f"/v1/groups/{group}/join", {})
    assert (again.status, again.fields["code"]) == (403, "forbidden")
    seen = await other.items(f"/v1/groups/{group}/members")
    assert {one["member"] for one in seen} == {ids[0], ids[2]}


async def test_an_invite_leads_into_a_hidden_group_once(town: Town) -> None:
    door = {**NEW, "visibility": "hidden", "entry": "invite"}
    owner, guest, late = [await town.newcomer() for _ in range(3)]
    group = (await owner.call("POST", "/v1/groups", door)).fields["group"]
    path = f"/v1/groups/{group}"
    reply = await owner.call("POST", f"{path}/invites", {"uses": 1})
    assert reply.status == 201
    code = str(reply.fields["code"])
    assert len(code) == 8
    assert str(reply.fields["link"]).endswith(f"/#/invite/{group}/{code}")
    assert (await guest.call("GET", path)).status == 404
    spelled = f"{code[:4].lower()}-{code[4:]}"
    came = await guest.call("POST", f"{path}/join", {"proof": {"invite": spelled}})
    assert (came.status, came.fields["state"]) == (200, "active")
    assert (await guest.call("POST", f"{path}/invites", {})).status == 403
    for proof in ({"invite": code}, code, {"invite": None}, {"invite": 7}, {}, None):
        again = await late.call("POST", f"{path}/join", {"proof": proof})
        assert (again.status, again.code) == (404, "not_found")


async def test_a_group_by_invite_asks_for_one(town: Town) -> None:
    owner, guest = await town.newcomer(), await town.newcomer()
    group = (await owner.call("POST", "/v1/groups", {**NEW, "entry": "invite"})).fields["group"]
    assert (await guest.get(f"/v1/groups/{group}"))["entry"] == "invite"
    reply = await guest.call("POST", f"/v1/groups/{group}/join", {})
    assert (reply.status, reply.code) == (403, "verification_required")
    code = (await owner.call("POST", f"/v1/groups/{group}/invites", {})).fields["code"]
    assert (await guest.call("POST", f"/v1/groups/{group}/join", {"proof": code})).status == 200


async def test_who_asks_is_let_in_by_who_may(town: Town) -> None:
    owner, guest, other = [await town.newcomer() for _ in range(3)]
    made = await owner.call("POST", "/v1/groups", {**NEW, "entry": "approval"})
    path = f"/v1/groups/{made.fields['group']}"
    asked = [
        await one.call("POST", f"{path}/join", {"profile": {"bio": "hi"}}) for one in (guest, other)
    ]
    assert [one.fields["state"] for one in asked] == ["pending", "pending"]
    assert (await guest.call("GET", f"{path}/applicants")).status == 404
    waiting = await owner.items(f"{path}/applicants")
    assert {one["bio"] for one in waiting} == {"hi"}
    assert {one["member"] for one in waiting} == {one.fields["member"] for one in asked}
    for reply, admit in zip(asked, (True, False), strict=True):
        doors = f"{path}/applicants/{reply.fields['member']}"
        assert (await owner.call("POST", doors, {"admit": admit})).status == 204
    assert (await guest.get(path))["members"] == 2
    assert "me" not in await other.get(path)
    assert (await guest.call("GET", f"{path}/applicants")).status == 403


async def test_the_owner_hands_over(town: Town) -> None:
    group, (owner, heir), ids = await town.group_of(2)
    path = f"/v1/groups/{group}"
    leave = await owner.call("DELETE", f"{path}/membership")
    assert (leave.status, leave.code) == (409, "conflict")
    mine = await heir.call("PATCH", f"{path}/members/{ids[1]}", {"role": "owner"})
    assert mine.status == 403
    assert (await owner.call("PATCH", f"{path}/members/{ids[1]}", {"role": "owner"})).status == 204
    assert (await owner.call("DELETE", f"{path}/membership")).status == 204
    assert (await heir.get(path))["me"] == {
        "member": ids[1],
        "role": "owner",
        "state": "active",
        "nickname": "fox2",
    }


async def test_a_ban_is_seen_and_lifted_by_who_moderates(town: Town) -> None:
    owner, them = await town.newcomer(), await town.newcomer()
    made = await owner.call("POST", "/v1/groups", NEW)
    group = f"/v1/groups/{made.fields['group']}"
    place = (await them.call("POST", f"{group}/join", {})).fields
    await owner.call("POST", f"{group}/bans", {"member": place["member"]})
    assert (await them.call("GET", f"{group}/bans")).status == 404
    (banned,) = await owner.items(f"{group}/bans")
    assert banned == {"member": place["member"], "nickname": place["nickname"]}
    assert (await them.call("POST", f"{group}/join", {})).status == 403
    lift = f"{group}/bans/{banned['member']}"
    assert (await them.call("DELETE", lift)).status == 404
    assert (await owner.call("DELETE", lift)).status == 204
    assert (await owner.call("DELETE", lift)).status == 404
    assert (await them.call("POST", f"{group}/join", {})).status == 200
