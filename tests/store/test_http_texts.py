"""The provider of text messages, against a double on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from engine.errors import Unavailable
from store.providers.http_texts import open_http_texts


class Provider(ThreadingHTTPServer):
    """Takes messages, or answers with another status."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[tuple[str | None, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/send"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = msgspec.json.decode(body, type=dict[str, str])
        self.server.taken.append((self.headers["Authorization"], message))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider on a free port."""
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_a_message_reaches_the_provider(provider: Provider) -> None:
    async with open_http_texts(provider.url, "key") as texts:
        await texts.send("+821012345678", "Glimpse 123456", code="123456")
    assert provider.taken == [("Bearer key", {"to": "+821012345678", "text": "Glimpse 123456"})]


@pytest.mark.parametrize("status", [302, 401, 500])
async def test_a_refusal_is_an_outage_that_names_nobody(provider: Provider, status: int) -> None:
    provider.status = status
    async with open_http_texts(provider.url, "key") as texts:
        with pytest.raises(Unavailable) as caught:
            await texts.send("+821012345678", "Glimpse 123456", code="123456")
    assert "821" not in str(caught.value)
    assert "123456" not in str(caught.value)


async def test_a_provider_that_is_not_there_is_an_outage() -> None:
    async with open_http_texts("http://127.0.0.1:1/send", "key") as texts:
        with pytest.raises(Unavailable):
            await texts.send("+821012345678", "Glimpse 123456", code="123456")
