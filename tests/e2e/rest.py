"""A person at the REST edge: signs in by phone, joins, likes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

import httpx

from api.client import Client
from api.client.auth import CodeProof, CodeRequest, send_code, verify_code
from api.client.dev import SeedRequest, read_outbox, seed
from api.client.shared import FirstProfile, Gender
from tests.e2e.server import Server

Json = dict[str, object]


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    http: httpx.Client
    access: str
    refresh: str

    @property
    def client(self) -> Client:
        """The typed client that calls as this person."""
        return Client(self.http, self.access)

    def call(self, method: str, path: str, body: Json | None = None, *, status: int = 200) -> Json:
        """Call one route and check its status."""
        answer = self.http.request(
            method, path, json=body, headers={"Authorization": f"Bearer {self.access}"}
        )
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return cast("Json", answer.json()) if answer.content else {}

    def items(self, path: str) -> list[Json]:
        """Return the items of a list."""
        return cast("list[Json]", self.call("GET", path)["items"])


def person_of(server: Server, seeded: Json) -> Person:
    """Return one of those whom `/v1/dev/seed` has made; they have no refresh token."""
    return Person(httpx.Client(base_url=server.url, timeout=10), str(seeded["access"]), "")


def sign_in(server: Server, phone: str, nickname: str, gender: str = "female") -> Person:
    """Sign a person in with the code of the dev outbox."""
    http = httpx.Client(base_url=server.url, timeout=10)
    anybody = Client(http)
    anybody.send(send_code(CodeRequest(phone=phone)))
    code = anybody.send(read_outbox(phone=phone)).items[0].code
    profile = FirstProfile(nickname=nickname, birth_year=1996, gender=cast("Gender", gender))
    tokens = anybody.send(verify_code(CodeProof(phone=phone, code=code, profile=profile)))
    return Person(http, tokens.access, tokens.refresh)


def seeded(
    server: Server, *, users: int, groups: int, pairs: bool = False, room_size: int = 0
) -> list[Json]:
    """Make people in bulk by `/v1/dev/seed`."""
    wanted = SeedRequest(users=users, groups=groups, pairs=pairs, room_size=room_size)
    with httpx.Client(base_url=server.url, timeout=60) as http:
        lines = Client(http).send(seed(wanted))
    return [cast("Json", json.loads(line)) for line in lines.splitlines()]
