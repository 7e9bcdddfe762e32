"""The application class: Quart-Trio's, with answers sent as a whole where they are whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

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
    """Sends an answer that is there as a whole without a second event for its end."""

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
        if not (isinstance(response, Response) and isinstance(response.response, DataBody)):
            await super()._send_response(send, response)
            return
        headers = encode_headers(response.headers)
        body = await response.get_data(as_text=False)
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": headers}
        )
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
