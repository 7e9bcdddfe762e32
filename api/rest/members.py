"""The people of a group: listed, searched, and what they have in common."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import ListQuery, Page, PersonView, calendar_year, person_view
from engine.errors import BadRequest, NotFound
from engine.ids import GroupId, is_id
from engine.model.account import Gender, age_band
from engine.model.group import INTEREST_CHARS_MAX, GroupType, Person
from engine.model.group_statistics import Cell, statistics_of

routes = Routes("groups")

NICKNAME_CHARS_MAX = 10


class MembersQuery(ListQuery, forbid_unknown_fields=True, frozen=True):
    """Which members: all that is given has to fit. It is of what each card shows anyway."""

    nickname: Annotated[str, Meta(max_length=NICKNAME_CHARS_MAX)] = ""
    interest: Annotated[str, Meta(max_length=INTEREST_CHARS_MAX)] = ""
    age_band: Annotated[str, Meta(pattern=r"^([0-9]{2}(-[0-9]{2}|\+)?)?$")] = ""
    gender: Gender | UnsetType = UNSET

    def fits(self, person: Person, *, year: int) -> bool:
        """Say whether somebody is looked for."""
        interests = {word.casefold() for word in person.interests}
        return (
            self.nickname.casefold() in person.nickname.casefold()
            and (not self.interest or self.interest.strip().casefold() in interests)
            and self.age_band in ("", age_band(person.birth_year, year=year))
            and self.gender in (UNSET, person.gender)
        )


class CellView(Struct, frozen=True):
    """So many people have this in common."""

    name: str
    people: int


class StatisticsView(Struct, frozen=True):
    """What the people of a group have in common; what fewer than three have is left out."""

    genders: list[CellView]
    age_bands: list[CellView]
    interests: list[CellView]


@routes.add("GET", "/v1/groups/{group}/members", Spec(refusals=(NotFound,)))
async def list_members(call: Call, group: GroupId, query: MembersQuery) -> Page[PersonView]:
    """List or search the active members, in an order of the caller's own."""
    services, cursors = call.edge.services, call.edge.auth.cursors
    wanted = f"{query.nickname}\0{query.interest}\0{query.age_band}\0{query.gender}"
    # The list of all has the name that its cursors had before there were searches.
    name = f"members {group}" + (f" {wanted}" if wanted != f"\0\0\0{UNSET}" else "")
    after = cursors.open(call.account, name, query.cursor)
    if after is not None and not is_id(after):
        raise BadRequest("this cursor is not of this list")
    year = calendar_year(call.now_ms, services.policy.timezone)
    people = await services.store.groups.people(group, call.account)
    # Two people who compare their lists, or one who looks twice, learn nothing of who came when.
    order: list[tuple[bytes, Person]] = sorted(
        (
            (_rank(call, person.member), person)
            for person in people
            if query.fits(person, year=year)
        ),
        key=lambda row: row[0],
    )
    if after is not None:
        behind = _rank(call, after)
        order = [row for row in order if row[0] > behind]
    items = [person_view(person, year=year) for _, person in order[: query.rows]]
    more = len(order) > query.rows
    return Page(items, cursors.seal(call.account, name, items[-1].member) if more else None)


@routes.add("GET", "/v1/groups/{group}/statistics", Spec(refusals=(NotFound,)))
async def get_statistics(call: Call, group: GroupId) -> StatisticsView:
    """Tell members what the people of their group have in common; of a meeting nothing."""
    services = call.edge.services
    found = await services.store.groups.get(group, call.account)
    people = await services.store.groups.people(group, call.account)
    if found.type is GroupType.INSTANCE:
        people = ()
    year = calendar_year(call.now_ms, services.policy.timezone)
    told = statistics_of(people, year=year, k=services.policy.likes.count_likers_min)
    return StatisticsView(_cells(told.sides), _cells(told.ages), _cells(told.interests))


def _cells(cells: tuple[Cell, ...]) -> list[CellView]:
    return [CellView(cell.name, cell.people) for cell in cells]


def _rank(call: Call, member: str) -> bytes:
    return hmac.digest(call.edge.auth.order_key, f"{call.account} {member}".encode(), sha256)
