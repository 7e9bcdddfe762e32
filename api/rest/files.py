"""Files to look at: the reference client at `/`, and what the page of the docs needs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio
from quart import Response, request
from werkzeug.routing import BaseConverter

from api.rest.etags import tagged
from engine.errors import NotFound

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

CLIENT_FOLDER = Path(__file__).resolve().parents[2] / "web" / "client"

# Every part begins with a letter or a digit, so there is no way up and nothing hidden.
_PART = "[A-Za-z0-9][A-Za-z0-9_.-]*"
_NAME = re.compile(rf"{_PART}(/{_PART})*\Z")

# A file of a client is some 100 KB; a larger one was put there by mistake.
_FILE_BYTES_MAX = 4 * 1024 * 1024


class FileName(BaseConverter):
    """What a path of the client may be; nothing of the API looks like it, so no route is hidden."""

    part_isolating = False
    regex = rf"(?!v1/){_PART}(?:/{_PART})*(?:{'|'.join(map(re.escape, TYPES))})"


def file_view(folder: Path) -> Callable[[str], Awaitable[Response]]:
    """Return a view that gives the files below a folder."""
    root = folder.resolve()

    async def view(name: str = "index.html") -> Response:
        data, media_type = await trio.to_thread.run_sync(_read, root, name)
        # A client asks each time, and mostly hears 304.
        response = tagged(data, media_type, request.headers.get("If-None-Match", ""))
        response.headers["Cache-Control"] = "no-cache"
        return response

    return view


def _read(root: Path, name: str) -> tuple[bytes, str]:
    """Return a file and its type; raises NotFound for whatever is not a file of the folder."""
    path = root / name
    media_type = TYPES.get(path.suffix)
    if not _NAME.match(name) or media_type is None:
        raise NotFound
    try:
        path = path.resolve(strict=True)
        if not path.is_relative_to(root) or path.stat().st_size > _FILE_BYTES_MAX:
            raise NotFound
        return path.read_bytes(), media_type
    except OSError:
        raise NotFound from None
