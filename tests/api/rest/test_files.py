"""Files: the client and the docs are served with their types, and nothing else can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.rest.files import CLIENT_FOLDER, TYPES, file_view
from api.rest.system import DOCS_FOLDER
from tests.api.edge import STRANGER, Edge, make_edge
from tests.api.fakes import make_store


@pytest.fixture
def edge() -> Edge:
    return make_edge(make_store())


async def test_the_client_is_at_the_root(edge: Edge) -> None:
    page = await edge.call("GET", "/", peer=STRANGER)
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.data == (CLIENT_FOLDER / "index.html").read_bytes()
    assert (await edge.call("GET", "/index.html")).data == page.data


async def test_every_file_of_the_client_is_served_with_its_type(edge: Edge) -> None:
    files = [path for path in CLIENT_FOLDER.rglob("*") if path.suffix in TYPES]
    assert {path.suffix for path in files} >= {".html", ".js", ".css"}
    for path in files:
        reply = await edge.call("GET", f"/{path.relative_to(CLIENT_FOLDER).as_posix()}")
        assert reply.status == 200, path
        assert reply.headers["content-type"] == TYPES[path.suffix]
        assert reply.headers["cache-control"] == "no-cache"


async def test_the_docs_are_served_by_us_alone(edge: Edge) -> None:
    page = await edge.call("GET", "/v1/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for name, media_type in (("docs.js", "text/javascript"), ("docs.css", "text/css")):
        assert f"/v1/docs/{name}".encode() in page.data
        reply = await edge.call("GET", f"/v1/docs/{name}")
        assert reply.status == 200
        assert reply.headers["content-type"].startswith(media_type)
    text = "".join(path.read_text() for path in DOCS_FOLDER.iterdir())
    for outside in ("http://", "https://", "<style", "style=", "onclick", "innerHTML", "eval("):
        assert outside not in text


async def test_an_unchanged_file_is_not_sent_again(edge: Edge) -> None:
    first = await edge.call("GET", "/")
    etag = first.headers["etag"]
    for asked in (etag, f'"other", W/{etag}', "*"):
        again = await edge.call("GET", "/", headers={"If-None-Match": asked})
        assert (again.status, again.data) == (304, b"")
        assert again.headers["etag"] == etag
    assert (await edge.call("GET", "/", headers={"If-None-Match": '"x"'})).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../pyproject.toml",
        "/%2e%2e/%2e%2e/README.md",
        "/..%2f..%2fdocs%2fprotocol.md",
        "/....//index.html",
        "/.git/config.json",
        "/.hidden.js",
        "/index.html%00.js",
        "/nothing.js",
        "/lib/../../x.js",
        "/etc/passwd.html",
        "/index.html/",
        "/index.py",
        "/INDEX.HTML",
        "/v1/docs/system.py",
        "/v1/docs/..%2fsystem.py",
        "/v1/nothing.js",
        "/" + "a" * 5000 + ".js",
    ],
)
async def test_nothing_else_can_be_reached(edge: Edge, path: str) -> None:
    reply = await edge.call("GET", path)
    assert (reply.status, reply.code) == (404, "not_found")


async def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    root = tmp_path / "client"
    root.mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (root / "link.js").symlink_to(tmp_path / "secret.js")
    (root / "folder.js").mkdir()
    (root / "good.js").write_text("good")
    app = make_edge(make_store()).app
    app.add_url_rule("/there/<path:name>", "there", file_view(root))
    statuses = {
        name: (await app.test_client().get(f"/there/{name}")).status_code
        for name in ("link.js", "folder.js", "good.js")
    }
    assert statuses == {"link.js": 404, "folder.js": 404, "good.js": 200}
