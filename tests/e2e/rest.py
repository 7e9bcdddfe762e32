"""A person at the REST edge: signs in by phone, joins, likes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

import httpx

from tests.e2e.server import Server

Json = dict[str, object]


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    http: httpx.Client
    access: str
    refresh: str

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


def sign_in(server: Server, phone: str, nickname: str, gender: str = "female") -> Person:
    """Sign a person in with the code of the dev outbox."""
    http = httpx.Client(base_url=server.url, timeout=10)
    assert http.post("/v1/auth/otp", json={"phone": phone}).status_code == 202
    sent = http.get("/v1/dev/outbox", params={"phone": phone}).json()["items"]
    profile = {"nickname": nickname, "birth_year": 1996, "gender": gender}
    answer = http.post(
        "/v1/auth/otp/verify",
        json={"phone": phone, "code": sent[0]["code"], "profile": profile},
    )
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    return Person(http, tokens["access"], tokens["refresh"])


def seeded(server: Server, **plan: object) -> list[Json]:
    """Make people in bulk by `/v1/dev/seed`."""
    answer = httpx.post(f"{server.url}/v1/dev/seed", json=plan, timeout=60)
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if line]
    return [cast("Json", json.loads(line)) for line in lines]
