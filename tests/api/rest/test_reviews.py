"""Papers over REST: handed in by who asks, and read by nobody over HTTP, not even by them."""

from __future__ import annotations

import pytest

from api.app import all_routes
from api.settings import Environment
from engine.ids import GroupId
from engine.limits_files import DOCUMENT_BYTES_MAX
from engine.model.group import GroupDraft, Visibility
from engine.model.look import Look
from tests.api.people import Town, make_town
from tests.engine.model.test_review import PDF
from tests.pictures import PIXEL

GROUP = GroupId("O" * 16)
PATH = f"/v1/groups/{GROUP}/proofs/document"
DAY_MS = 86_400_000


@pytest.fixture
async def town() -> Town:
    made = make_town()
    draft = GroupDraft("SNU", "", "", (), Visibility.PUBLIC, "")
    await made.edge.services.store.official.make(GROUP, draft, [], now_ms=made.edge.clock())
    return made


async def test_who_hands_a_paper_in_follows_it_and_nobody_else_does(town: Town) -> None:
    me, other = await town.newcomer(), await town.newcomer()
    reply = await me.hand_in(PATH, PDF, "application/pdf")
    assert (reply.status, reply.fields["state"], reply.fields["nickname"]) == (
        202,
        "pending",
        "fox1",
    )
    now_ms = town.edge.clock()
    wanted = {"state": "open", "at": now_ms, "expires_at": now_ms + 14 * DAY_MS}
    assert await me.get(PATH) == wanted
    assert (await other.call("GET", PATH)).status == 404
    assert (await me.get(f"/v1/groups/{GROUP}"))["me"] == {
        "member": reply.fields["member"],
        "role": "member",
        "state": "pending",
        "nickname": "fox1",
    }
    # Being asked is not being in.
    assert (await me.call("GET", f"/v1/groups/{GROUP}/members")).status == 404
    store = town.edge.services.store
    (head,) = await store.reviews.waiting(after=None, limit=9)
    look = Look("kim", "here", "asked")
    await store.reviews.decide(
        head.review, None, look, town.edge.services.policy.groups, now_ms=now_ms
    )
    assert (await me.get(PATH))["state"] == "admitted"
    again = await me.hand_in(PATH, PDF, "application/pdf")
    assert (again.status, again.code) == (409, "already_member")


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", "application/pdf", 400),
        (b"%PDF-1.7 no end", "application/pdf", 400),
        (b"<html>", "application/pdf", 400),
        (PDF, "text/html", 400),
        (PDF, "application/x-msdownload", 400),
        (PIXEL, "image/svg+xml", 400),
        (b"../../etc/passwd", "image/png", 400),
        (PDF + bytes(DOCUMENT_BYTES_MAX), "application/pdf", 413),
    ],
)
async def test_nothing_else_is_a_paper(town: Town, data: bytes, kind: str, status: int) -> None:
    me = await town.newcomer()
    assert (await me.hand_in(PATH, data, kind)).status == status
    assert (await me.call("GET", PATH)).status == 404
    assert "me" not in await me.get(f"/v1/groups/{GROUP}")


async def test_a_way_through_folders_is_no_group(town: Town) -> None:
    me = await town.newcomer()
    for name in ("..", "%2e%2e", "..%2f..%2fdocuments", f"{GROUP}%00", f"{GROUP}/../{GROUP}"):
        reply = await me.hand_in(f"/v1/groups/{name}/proofs/document", PDF, "application/pdf")
        assert reply.status in {404, 405, 413}, name


async def test_papers_again_and_again_are_counted(town: Town) -> None:
    me = await town.newcomer()
    most = town.edge.services.policy.rest.uploads_burst_max
    answers = [(await me.hand_in(PATH, PIXEL)).status for _ in range(most + 1)]
    assert answers == [202] * most + [429]
    # However often: one waits, and one file lies there.
    assert len(await town.edge.services.store.reviews.waiting(after=None, limit=99)) == 1


def test_no_route_gives_a_paper() -> None:
    given = {
        f"{route.method} {route.path}": route.spec.media_type
        for route in all_routes(Environment.DEV)
        if "document" in route.path
    }
    assert given == {
        f"{verb} {PATH.replace(GROUP, '{group}')}": "application/json" for verb in ("POST", "GET")
    }
