"""Tags of answers: whoever has the same already is sent nothing (RFC 9110, section 13)."""

from __future__ import annotations

from hashlib import blake2b
from http import HTTPStatus

from quart import Response

_DIGEST_BYTES = 12


def tagged(data: bytes, media_type: str, asked: str) -> Response:
    """Answer with data, or with 304 where one of the tags in If-None-Match is that of the data."""
    tag = f'"{blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()}"'
    known = {one.strip().removeprefix("W/") for one in asked.split(",")}
    same = tag in known or "*" in known
    response = Response(b"" if same else data, status=HTTPStatus.NOT_MODIFIED if same else 200)
    response.headers["Content-Type"] = media_type
    response.headers["ETag"] = tag
    if same:
        del response.headers["Content-Length"]
    return response
