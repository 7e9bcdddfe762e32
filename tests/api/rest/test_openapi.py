"""The document and the running table are one: paths, methods, types, and nothing beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import cast

import msgspec
import pytest

from api.app import all_routes
from api.errors import STATUS
from api.rest.openapi import make_document
from api.rest.route import Access, Routes, Spec
from api.settings import Environment
from engine import errors
from engine.errors import Outage, Refused
from tests.api.edge import make_edge
from tests.api.fakes import make_store

PROTOCOL = Path(__file__).parents[3] / "docs" / "protocol.md"

# Files for people and their browsers; no client is written against them.
FILES = {"/", "/{file:name}", "/v1/docs/{name}"}

Json = dict[str, "Json"]


class Loose(msgspec.Struct):
    """A body that lets unknown fields pass."""

    name: str


async def document_of(environment: Environment) -> Json:
    edge = make_edge(make_store(), environment=environment)
    reply = await edge.call("GET", "/v1/openapi.json")
    assert reply.status == 200
    return cast("Json", reply.fields)


@pytest.mark.parametrize("environment", list(Environment))
async def test_the_running_routes_are_those_of_the_document(environment: Environment) -> None:
    app = make_edge(make_store(), environment=environment).app
    running = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    document = await document_of(environment)
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert {(method, path) for method, path in running if path not in FILES} == described


def test_the_routes_are_those_of_the_protocol() -> None:
    """Every call that protocol.md describes for part 1 is there."""
    wanted = """
        GET /v1/config | POST /v1/auth/otp | POST /v1/auth/otp/verify | POST /v1/auth/refresh
        POST /v1/auth/logout | POST /v1/auth/clerk | POST /v1/webhooks/clerk
        GET /v1/me/consents | POST /v1/me/consents
        GET /v1/me/push | PATCH /v1/me/push | POST /v1/me/push/token | DELETE /v1/me/push/token
        GET /v1/devices | DELETE /v1/devices/{device}
        GET /v1/me/export
        GET /v1/me | PATCH /v1/me | DELETE /v1/me | GET /v1/groups
        POST /v1/groups | GET /v1/groups/{group} | POST /v1/groups/{group}/join
        GET /v1/groups/{group}/membership | PATCH /v1/groups/{group}/membership
        GET /v1/groups/{group}/membership/photo | POST /v1/groups/{group}/membership/photo
        DELETE /v1/groups/{group}/membership/photo | GET /v1/matches/{match}/photo
        DELETE /v1/groups/{group}/membership | GET /v1/groups/{group}/members
        POST /v1/groups/{group}/likes | GET /v1/groups/{group}/likes
            GET /v1/groups/{group}/likes/received | GET /v1/groups/{group}/likes/shown
            POST /v1/meetings/join | GET /v1/groups/{group}/meeting
            GET /v1/groups/{group}/meeting/qr | POST /v1/groups/{group}/meeting/look
            POST /v1/groups/{group}/meeting/descriptions
            DELETE /v1/groups/{group}/meeting/descriptions/{description}
            POST /v1/groups/{group}/meeting/end
            POST /v1/likes/{like}/undo | DELETE /v1/likes/{like}
            GET /v1/credits | GET /v1/credits/moves | GET /v1/matches | DELETE /v1/matches/{match}
        GET /v1/catalogue | POST /v1/orders | GET /v1/orders | GET /v1/orders/{order}
        GET /v1/orders/card/toss
        GET /v1/orders/back/stripe | GET /v1/orders/back/toss | GET /v1/orders/back/kakao
        POST /v1/webhooks/stripe | POST /v1/webhooks/toss
        GET /v1/subscription | POST /v1/subscription | POST /v1/subscription/portal
        POST /v1/groups/{group}/invites | POST /v1/groups/{group}/proofs/mail
        GET /v1/dev/mails
        POST /v1/groups/{group}/proofs/document | GET /v1/groups/{group}/proofs/document
        GET /v1/groups/{group}/bans | DELETE /v1/groups/{group}/bans/{member}
        GET /v1/groups/{group}/statistics | GET /v1/groups/{group}/place
        GET /v1/groups/{group}/place/code
        GET /v1/groups/{group}/applicants
        POST /v1/groups/{group}/applicants/{member} | PATCH /v1/groups/{group}/members/{member}
        POST /v1/groups/{group}/bans | POST /v1/rooms/{room}/blocks
        POST /v1/rooms/{room}/reports | POST /v1/matches/{match}/extend
        POST /v1/groups/{group}/blocks
        GET /v1/blocks | DELETE /v1/blocks/{block}
        GET /v1/rooms | GET /v1/rooms/{room}/messages | GET /v1/search/messages
        POST /v1/rooms/{room}/files | GET /v1/rooms/{room}/files/{file}
        GET /v1/dev/outbox | POST /v1/dev/seed
        GET /health/live | GET /health/ready | GET /metrics | GET /v1/openapi.json | GET /v1/docs
    """
    table = {f"{route.method} {route.path}" for route in all_routes(Environment.DEV)}
    assert table == {call.strip() for call in re.split(r"[|\n]", wanted) if call.strip()}


async def test_the_document_is_whole() -> None:
    document = await document_of(Environment.DEV)
    assert str(document["openapi"]) == "3.1.0"
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    operations = [call for item in document["paths"].values() for call in item.values()]
    names = [str(call["operationId"]) for call in operations]
    assert len(names) == len(set(names))
    assert all(call["summary"] for call in operations)


async def test_what_holds_everywhere_is_in_the_document() -> None:
    document = await document_of(Environment.DEV)
    for route in all_routes(Environment.DEV):
        call = document["paths"][route.path][route.method.lower()]
        assert str(route.spec.status) in call["responses"]
        assert ("security" in call) == (route.spec.access is Access.SIGNED_IN)
        assert ("401" in call["responses"]) >= ("security" in call)
        names = {str(one["name"]) for one in cast("list[Json]", call["parameters"])}
        assert ("Idempotency-Key" in names) == route.takes_key
        assert set(route.ids) <= names


async def test_bodies_refuse_unknown_fields() -> None:
    for route in all_routes(Environment.DEV):
        if route.body is not None:
            schema = msgspec.json.schema_components((route.body,))[1][route.body.__name__]
            assert schema["additionalProperties"] is False, route.path


def test_every_code_has_a_status() -> None:
    codes = {
        kind.code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, Refused | Outage)
    }
    assert codes == set(STATUS)


def test_the_table_of_the_protocol_is_the_table_of_the_code() -> None:
    text = PROTOCOL.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \| (\d{3}) \| \| (`[^|]+`) \| (\d{3}) \|", text, re.MULTILINE)
    assert len(rows) == 5
    for left, left_status, right, right_status in rows:
        for cell, status in ((left, left_status), (right, right_status)):
            for code in re.findall(r"`(\w+)`", cell):
                assert STATUS[code] == int(status)


def test_a_route_that_lets_unknown_fields_pass_cannot_be_entered() -> None:
    routes = Routes("test")
    with pytest.raises(AssertionError, match="unknown fields"):

        @routes.add("POST", "/x", Spec())
        async def loose(call: object, body: Loose) -> None:
            raise NotImplementedError

    assert make_document(())["paths"] == {}


async def test_links_lead_where_an_id_of_the_answer_is_asked_for() -> None:
    document = await document_of(Environment.DEV)
    calls = {
        str(call["operationId"]): (path, call)
        for path, item in document["paths"].items()
        for call in item.values()
    }
    found: set[tuple[str, str]] = set()
    for name, (_, call) in calls.items():
        for answer in call["responses"].values():
            for link in answer.get("links", {}).values():
                path, _ = calls[str(link["operationId"])]
                given = {key.partition(".")[2] for key in link["parameters"]}
                assert set(re.findall(r"\{(\w+)\}", path)) <= given, link
                found.add((name, str(link["operationId"])))
    assert ("list_rooms", "read_history") in found
    assert ("create_group", "join_group") in found
    assert ("list_members", "list_members") in found, "to the next page"
    assert ("list_groups", "withdraw_description") not in found, "a group's text is no id"
