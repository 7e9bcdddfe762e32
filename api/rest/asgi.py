"""The application class: Quart-Trio's, with answers that are sent to their end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import trio
from hypercorn.typing import ASGISendCallable
from quart import Request, Response
from quart.utils import encode_headers
from quart.wrappers.response import DataBody
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from werkzeug.wrappers import Response as WerkzeugResponse

from api.rest.route import Route, path_pattern
from engine.limits import REQUEST_BYTES_MAX


class WholeAnswers(TrioASGIHTTPConnection):
    """Does not let the end of a call cancel the writing of its answer.

    hypercorn says `http.disconnect` from within the very call that writes the last bytes, and
    Quart-Trio then cancels that call before hypercorn has closed the connection or started its
    idle timer: sockets of `Connection: close` stayed open, idle ones for ever.
    """

    def _create_request_from_scope(self, send: ASGISendCallable) -> Request:
        """Give a call that hands a file in the room for it; all others have little."""
        request = super()._create_request_from_scope(send)
        app = cast("Application", self.app)
        bytes_max = app.bytes_max_of(request.method, request.path)
        if bytes_max is not None:
            request.body = request.body_class(request.content_length, bytes_max)
        return request

    async def _send_response(
        self, send: ASGISendCallable, response: Response | WerkzeugResponse
    ) -> None:
        patience_s = math.inf
        if not isinstance(response, Response) or response.timeout is not None:
            patience_s = cast("float", self.app.config["RESPONSE_TIMEOUT"])
        deadline = trio.current_time() + patience_s
        with trio.CancelScope(shield=True, deadline=deadline):
            if isinstance(response, Response) and isinstance(response.response, DataBody):
                await _send_at_once(send, response, await response.get_data(as_text=False))
            else:
                await super()._send_response(send, response)


async def _send_at_once(send: ASGISendCallable, response: Response, body: bytes) -> None:
    """Send an answer that is there as a whole, without a second event for its end."""
    headers = encode_headers(response.headers)
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Application(QuartTrio):
    """Quart-Trio for these edges."""

    asgi_http_class = WholeAnswers

    def __init__(self, name: str, table: Sequence[Route]) -> None:
        super().__init__(name, static_folder=None, template_folder=None)
        self.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES_MAX
        self._larger = [
            (route.method, path_pattern(route.path), route.spec.bytes_max)
            for route in table
            if route.spec.bytes_max > REQUEST_BYTES_MAX
        ]

    def bytes_max_of(self, method: str, path: str) -> int | None:
        """Return how much a call may bring along, where that is more than usual."""
        for taken, pattern, bytes_max in self._larger:
            if method == taken and pattern.fullmatch(path):
                return bytes_max
        return None
