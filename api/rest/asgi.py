"""The application class: Quart-Trio's, with answers sent as a whole where they are whole."""

from __future__ import annotations

from hypercorn.typing import ASGISendCallable
from quart import Response
from quart.utils import encode_headers
from quart.wrappers.response import DataBody
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from werkzeug.wrappers import Response as WerkzeugResponse


class WholeAnswers(TrioASGIHTTPConnection):
    """Sends an answer that is there as a whole without a second event for its end."""

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
