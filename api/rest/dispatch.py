"""From a request to a handler and back: guards, limits, reading, the handler, writing.

The order is part of the security: who may not know of a route learns nothing, who is not signed in
has no body read, and nothing is parsed before its size is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

import msgspec
import trio
from quart import Response, g, request

from api.rest.call import Call, Edge, Lines, Plain, SeeOther
from api.rest.etags import tagged
from api.rest.idempotency import check_key, run_once
from api.rest.rates import Budget, Limiter
from api.rest.reading import MEDIA_TYPE, check_media_type, read_body, read_query
from api.rest.route import Access, Route
from engine.errors import BadRequest, NotFound, Unauthenticated, Unavailable
from engine.ids import AccountId, is_id
from engine.limits import REQUEST_BODY_WITHIN_S, SIGN_INS_AT_ONCE_MAX
from engine.limits_files import UPLOAD_WITHIN_S
from engine.sessions.rates import Taken
from store.memory.rates import MemoryRates


class Dispatcher:
    """Answers the calls of all routes."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        services = edge.services
        self._limiter = Limiter(
            shared=services.store.rates,
            own=MemoryRates(),
            key=edge.auth.peer_key,
            policy=services.policy.rest,
            meter=services.meter,
        )
        self._signing_in = trio.CapacityLimiter(SIGN_INS_AT_ONCE_MAX)

    async def answer(self, route: Route, ids: Mapping[str, str]) -> Response:
        """Answer one call; raises Refused or Outage, which the application writes."""
        with trio.move_on_after(route.spec.within_s) as patience:
            call = await self._admit(route)
            arguments, content = await self._read(route, ids)
            async with self._turn(route):
                # A change is finished for a caller who has hung up: half of one helps nobody.
                with trio.CancelScope(shield=route.changes, deadline=patience.deadline):
                    return await _run(call, route, arguments, content)
        raise Unavailable("this took too long; trying again may help")

    def _turn(self, route: Route) -> AbstractAsyncContextManager[object]:
        """Let few sign in at once: in a storm, those who chat meet no more than these."""
        return self._signing_in if route.spec.rate_by_address else nullcontext()

    async def _admit(self, route: Route) -> Call:
        """Let the caller in, or raise what tells them no more than they may know."""
        edge, peer = self._edge, g.peer
        now_ms = edge.services.world.now_ms()
        limited = edge.services.policy.limited
        if limited and route.spec.rate_by_address:
            _spent(await self._limiter.sign_in(peer, now_ms=now_ms))
        caller = None
        if route.spec.access is Access.SIGNED_IN:
            headers = request.headers.getlist("Authorization")
            if len(headers) > 1:
                raise Unauthenticated
            caller = await edge.guard.caller(headers[0] if headers else None, now_ms=now_ms)
            if limited:
                await self._count(route, caller.account.account, now_ms)
        key = request.headers.get("Idempotency-Key") if route.takes_key else None
        return Call(
            edge=edge,
            now_ms=now_ms,
            peer=peer,
            scheme=g.scheme,
            host=request.host,
            header=_header,
            idempotency_key=check_key(key),
            signed_in=caller,
        )

    async def _count(self, route: Route, account: AccountId, now_ms: int) -> None:
        _spent(await self._limiter.call(account, Budget.CALLS, now_ms=now_ms))
        if route.spec.also is not None:
            _spent(await self._limiter.call(account, route.spec.also, now_ms=now_ms))

    async def _read(self, route: Route, ids: Mapping[str, str]) -> tuple[dict[str, object], bytes]:
        """Return the handler's arguments, and what makes another call of this one."""
        arguments: dict[str, object] = dict(ids)
        if not all(is_id(text) for text in ids.values()):
            raise NotFound
        query = read_query(list(request.args.items(multi=True)), route.query)
        if route.query is not None:
            arguments["query"] = query
        data = b""
        if route.takes_bytes:
            check_media_type(request.mimetype, route.spec.takes)
            data = await _body(UPLOAD_WITHIN_S if route.spec.takes else REQUEST_BODY_WITHIN_S)
            arguments["data"] = data
        if route.body is not None:
            data = await _body()
            arguments["body"] = read_body(
                data, request.mimetype, route.body, optional=route.body_optional
            )
        return arguments, f"{route.method} {request.path}\n".encode() + data


def _spent(taken: Taken) -> None:
    """Note what is left for the answer's headers, the scarcest of several; raises RateLimited."""
    scarcest: Taken | None = g.get("taken")
    if scarcest is None or taken.left <= scarcest.left:
        g.taken = taken
    taken.check()


def _header(name: str) -> str:
    return request.headers.get(name, "")


async def _body(within_s: float = REQUEST_BODY_WITHIN_S) -> bytes:
    """Read the body, up to the size that the application has set, and not for ever."""
    with trio.move_on_after(within_s):
        return await request.get_data(cache=False, as_text=False, parse_form_data=False)
    raise BadRequest("the body did not arrive in time")


async def _run(
    call: Call, route: Route, arguments: Mapping[str, object], content: bytes
) -> Response:
    if route.spec.media_type != MEDIA_TYPE:
        return _write(await route.handler(call, **arguments), route.spec.status)

    async def run() -> bytes:
        result = await route.handler(call, **arguments)
        return b"" if result is None else msgspec.json.encode(result)

    body = await run_once(call, route, content, run)
    if body and not route.changes:
        # No cache may keep it, but a client that has it already need not get it again.
        return tagged(body, MEDIA_TYPE, request.headers.get("If-None-Match", ""))
    return _json(body, route.spec.status)


def _json(body: bytes, status: int) -> Response:
    if not body:
        response = Response(b"", status=status)
        del response.headers["Content-Type"]
        del response.headers["Content-Length"]
        return response
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _write(result: object, status: int) -> Response:
    """Write what is not JSON of ours."""
    match result:
        case Plain(body, media_type, etag, policy):
            response = Response(body, status=status, content_type=media_type)
            if etag is not None:
                response.headers["ETag"] = etag
            if policy is not None:
                response.headers["Content-Security-Policy"] = policy
            return response
        case SeeOther(location):
            response = Response(b"", status=303, content_type="text/plain")
            response.headers["Location"] = location
            return response
        case Lines(lines, media_type):
            response = Response(lines, status=status, content_type=media_type)
            response.timeout = None  # a reader may take its time; the socket's own limits hold
            return response
        case _:
            raise TypeError(f"a handler answered with {type(result).__name__}")
