"""A group with one person of every standing, and an object of every kind that a route can name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from tests.api.people import Fields, Person, Town, make_town

PLACE = {"latitude": 37.5665, "longitude": 126.978, "radius_m": 100}
POSITION = {"latitude": 37.5665, "longitude": 126.978, "accuracy_m": 20}
CONSENT = {"purpose": "location", "version": 1, "granted": True}
LOOK = {"look": {"upper": "knit", "upper_colour": "red"}}

# Who can knock, from least to most; "applicant" and "target" are those to whom things are done.
STANDINGS = ("stranger", "ex", "member", "moderator", "owner")
KINDS: dict[str, Fields] = {
    "hidden": {"type": "created", "visibility": "hidden"},
    "asking": {"type": "created", "entry": "approval"},
    "place": {"type": "location", "visibility": "hidden", "place": PLACE, "hours": 2},
    "meeting": {"type": "instance", "mode": "auto", "hours": 2},
}


@dataclass
class Circle:
    """One group, its people by standing, and the ids that a path may name."""

    town: Town
    people: dict[str, Person]
    members: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return f"/v1/groups/{self.ids['group']}"

    async def do(self, who: str, method: str, path: str, body: object = None) -> Fields:
        """Do what has to work."""
        reply = await self.people[who].call(method, path, body)
        assert reply.status < 300, (who, method, path, reply.data)
        return reply.fields if reply.data else {}

    def named(self, text: str) -> str:
        """Return the member id that `@name` stands for, and any other text as it is."""
        return self.members[text[1:]] if text.startswith("@") else text

    def filled(self, body: object) -> object:
        """Return a body with its names filled in."""
        if not isinstance(body, dict):
            return body
        return {k: self.named(v) if isinstance(v, str) else v for k, v in body.items()}

    async def block(self) -> None:
        """Let the owner block the target."""
        path = f"/v1/rooms/{self.ids['room']}/blocks"
        await self.do("owner", "POST", path, {"member": self.members["alias"]})
        (block,) = await self.people["owner"].items("/v1/blocks")
        self.ids["block"] = str(block["block"])

    async def order(self) -> None:
        """Let the owner order something."""
        body = {"product": "credits_5", "provider": "toss"}
        made = await self.do("owner", "POST", "/v1/orders", body)
        self.ids["order"] = str(cast("dict[str, object]", made["order"])["order"])


async def make_circle(kind: str) -> Circle:
    """Make a group of a kind with everybody in their place."""
    town = make_town()
    names = ("owner", "moderator", "member", "target", "ex", "applicant", "stranger")
    circle = Circle(
        town,
        {
            name: await town.newcomer("female" if number % 2 else "male")
            for number, name in enumerate(names)
        },
    )
    if kind == "place":
        for name in names:
            await circle.do(name, "POST", "/v1/me/consents", CONSENT)
    made = await circle.do("owner", "POST", "/v1/groups", {"name": "circle", **KINDS[kind]})
    circle.ids["group"] = str(made["group"])
    circle.members["owner"] = str(cast("Fields", made["me"])["member"])
    await _let_in(circle, kind)
    appoint = f"{circle.group}/members/{circle.members['moderator']}"
    await circle.do("owner", "PATCH", appoint, {"role": "moderator"})
    await circle.do("ex", "DELETE", f"{circle.group}/membership")
    if kind == "hidden":
        await _meet(circle)
    return circle


async def _let_in(circle: Circle, kind: str) -> None:
    """Let everybody in by the door that the group has."""
    proof: object = None
    if kind == "hidden":
        proof = (await circle.do("owner", "POST", f"{circle.group}/invites", {"uses": 9}))["code"]
    if kind == "place":
        proof = POSITION
    if kind == "meeting":
        proof = (await circle.do("owner", "GET", f"{circle.group}/meeting"))["code"]
    guests = ["moderator", "member", "target", "ex", *(["applicant"] if kind == "asking" else [])]
    for name in guests:
        place = await circle.do(name, "POST", f"{circle.group}/join", {"proof": proof})
        circle.members[name] = str(place["member"])
        if kind == "asking" and name != "applicant":
            decide = f"{circle.group}/applicants/{circle.members[name]}"
            await circle.do("owner", "POST", decide, {"admit": True})


async def _meet(circle: Circle) -> None:
    """Let the owner and the target match, and the member like the target."""
    town, people = circle.town, circle.people
    pair = [circle.members["owner"], circle.members["target"]]
    match = await town.match(circle.ids["group"], people["owner"], people["target"], pair)
    circle.ids |= {"match": str(match["match"]), "room": str(match["room"])}
    (room,) = await people["owner"].match_rooms()
    aliases = {str(one["alias"]) for one in cast("list[Fields]", room["members"])}
    (circle.members["alias"],) = aliases - {str(room["me"])}
    body = {"member": circle.members["target"], "intent": "friend"}
    like = await circle.do("member", "POST", f"{circle.group}/likes", body)
    circle.ids["like"] = str(like["like"])
    (device,) = await people["owner"].items("/v1/devices")
    circle.ids["device"] = str(device["device"])
