"""The client that others build on, against a real server: sign in, join, page, like, read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import httpx
import pytest

from api.client import AsyncClient, Client, RefusedError
from api.client.account import MyChange, change_me, get_me
from api.client.auth import Leaving, RefreshProof, refresh_tokens, sign_out
from api.client.groups import Entry, NewGroup, create_group, get_group, join_group, list_groups
from api.client.likes import NewLike, list_matches, list_sent_likes, send_like
from api.client.members import list_members
from api.client.rooms import list_rooms, read_history
from api.client.system import get_config
from tests.e2e.rest import Person, sign_in
from tests.e2e.server import Server

NAME = "형 있는 사람들"
NICKNAMES = ("형태하나", "형태둘", "형태셋", "형태넷")


@pytest.fixture(scope="module")
def people(server: Server) -> Iterator[list[Person]]:
    """Four people in one group of the first one's, two of each side: so matching is open."""
    entered = [
        sign_in(server, f"010-3961-000{n}", name, ("female", "male")[n % 2])
        for n, name in enumerate(NICKNAMES)
    ]
    made = entered[0].client.send(create_group(NewGroup(type="created", name=NAME), key="typed-1"))
    for person in entered[1:]:
        place = person.client.send(join_group(made.group, Entry()))
        assert (place.state, place.role) == ("active", "member")
    yield entered
    for person in entered:
        person.http.close()


def own_group(client: Client) -> str:
    (group,) = client.items(list_groups(query=NAME, mine=True))
    return group.group


def test_a_list_is_the_same_in_pages_of_any_size(people: list[Person]) -> None:
    me = people[0].client
    group = own_group(me)
    whole = [person.nickname for person in me.items(list_members(group))]
    assert sorted(whole) == sorted(NICKNAMES)
    assert [person.nickname for person in me.items(list_members(group, limit=1))] == whole
    assert [p.nickname for p in me.items(list_members(group, nickname="형태둘"))] == ["형태둘"]


def test_a_call_under_a_key_is_made_once(people: list[Person]) -> None:
    me = people[0].client
    again = me.send(create_group(NewGroup(type="created", name=NAME), key="typed-1"))
    assert again.group == own_group(me)
    with pytest.raises(RefusedError) as refused:
        me.send(create_group(NewGroup(type="created", name="anders"), key="typed-1"))
    assert refused.value.code == "idempotency_conflict"


def test_what_is_sent_and_read_is_what_the_server_means(people: list[Person]) -> None:
    one, other = people[1].client, people[2].client
    group = own_group(one)
    place = other.send(get_group(group)).me
    assert place
    like = one.send(send_like(group, NewLike(member=place.member, intent="friend")))
    (sent,) = one.items(list_sent_likes(group))
    assert (sent.like, sent.member, sent.intent) == (like.like, place.member, "friend")
    assert list(one.items(list_matches())) == []
    assert one.send(change_me(MyChange(show_read_marks=False))).show_read_marks is False
    (room,) = one.items(list_rooms())
    assert (room.kind, room.group) == ("group", group)
    history = one.send(read_history(room.room, limit=10))
    assert (history.epoch, history.items[-1], history.more) == (room.epoch, room.last, False)
    assert {event["ev"] for event in history.items} == {"room.joined"}


def test_refusals_have_their_codes(people: list[Person]) -> None:
    nobody = Client(people[0].http)
    for client, code in ((nobody, "unauthenticated"), (nobody.signed_in("x"), "unauthenticated")):
        with pytest.raises(RefusedError) as refused:
            client.send(get_me())
        assert refused.value.code == code
    with pytest.raises(RefusedError, match="404 not_found"):
        people[0].client.send(get_group("../me"))


async def test_many_calls_at_once_and_tokens_that_rotate(server: Server) -> None:
    person = sign_in(server, "010-3961-0009", "형태다섯")
    person.http.close()
    async with httpx.AsyncClient(base_url=server.url) as http:
        config = await AsyncClient(http).send(get_config())
        assert config.ws_url == server.ws_url
        fresh = await AsyncClient(http).send(refresh_tokens(RefreshProof(refresh=person.refresh)))
        me = AsyncClient(http, fresh.access)
        assert (await me.send(get_me())).nickname == "형태다섯"
        assert [group async for group in me.items(list_groups(query=NAME, limit=1))] != []
        await me.send(sign_out(Leaving()))
        with pytest.raises(RefusedError):
            await me.send(get_me())


def test_people_of_a_group_do_not_share_an_id(people: list[Person]) -> None:
    group = own_group(people[0].client)
    seen = [{one.member for one in p.client.items(list_members(group))} for p in people]
    assert all(one == other for one, other in combinations(seen, 2))
    assert len(seen[0]) == len(NICKNAMES)
