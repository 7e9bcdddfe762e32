"""The REST application: the table of routes, on Quart-Trio."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import cache

import msgspec
import trio
from quart import Response, g, request
from werkzeug.exceptions import HTTPException

from api.addresses import Proxies, is_loopback
from api.auth.clerk import Clerk
from api.auth.guards import Guard
from api.auth.keyring import Auth
from api.errors import MEDIA_TYPE, problem_of
from api.observe.logging import get_logger, where
from api.rest import (
    account,
    admissions,
    auth,
    cards,
    clerk,
    consents,
    dev,
    devices,
    export,
    groups,
    likes,
    meetings,
    members,
    official,
    orders,
    photos,
    places,
    profiles,
    purse,
    pushes,
    reports,
    reviews,
    room_files,
    rooms,
    search,
    shop,
    subscriptions,
    system,
)
from api.rest.asgi import Application
from api.rest.call import Edge
from api.rest.dispatch import Dispatcher
from api.rest.files import CLIENT_FOLDER, FileName, file_view
from api.rest.headers import finish, show_rate
from api.rest.openapi import make_document
from api.rest.route import Access, Route
from api.services import Services
from api.settings import Environment, Settings
from engine.errors import BadRequest, NotFound, Outage, Refused, Unauthenticated

MODULES = (
    system,
    auth,
    clerk,
    consents,
    devices,
    pushes,
    account,
    export,
    groups,
    admissions,
    members,
    official,
    places,
    profiles,
    photos,
    reviews,
    likes,
    meetings,
    purse,
    shop,
    orders,
    cards,
    subscriptions,
    room_files,
    rooms,
    reports,
    search,
    dev,
)

View = Callable[..., Awaitable[Response]]


def all_routes(environment: Environment) -> tuple[Route, ...]:
    """List the routes that exist in an environment."""
    return tuple(
        route
        for module in MODULES
        for route in module.routes.routes
        if environment in route.spec.environments
    )


def create_app(
    services: Services, settings: Settings, auth_keys: Auth, clerk_door: Clerk | None = None
) -> Application:
    """Make the application; it is served by hypercorn's trio worker or called by a test client."""
    table = all_routes(settings.environment)
    app = Application(__name__, table)
    # `//v1/me` is not `/v1/me`: a limit or a proxy's rule on one would not hold for the other.
    app.url_map.merge_slashes = False
    edge = Edge(
        services=services,
        settings=settings,
        auth=auth_keys,
        guard=Guard(auth_keys.verifier, services.store.accounts, services.policy),
        clerk=clerk_door,
        document=cache(lambda: msgspec.Raw(msgspec.json.encode(make_document(table)))),
    )
    dispatcher = Dispatcher(edge)
    for route in table:
        app.add_url_rule(
            route.path.replace("{", "<").replace("}", ">"),
            f"{route.method} {route.path}",
            _view(dispatcher, route),
            methods=[route.method],
        )
    _add_files(app)
    _add_hooks(app, services, settings, table)
    return app


def _view(dispatcher: Dispatcher, route: Route) -> View:
    async def view(**ids: str) -> Response:
        return await dispatcher.answer(route, ids)

    return view


def _add_files(app: Application) -> None:
    client = file_view(CLIENT_FOLDER)
    app.add_url_rule("/", "index", client, methods=["GET"])
    app.url_map.converters["file"] = FileName
    app.add_url_rule("/<file:name>", "client", client, methods=["GET"])
    docs = file_view(system.DOCS_FOLDER)
    app.add_url_rule("/v1/docs/<name>", "docs", docs, methods=["GET"])


def _add_hooks(
    app: Application, services: Services, settings: Settings, table: tuple[Route, ...]
) -> None:
    log, meter = get_logger("rest"), services.meter
    hidden = {r.path for r in table if r.spec.access is Access.LOOPBACK}
    if settings.metrics_open:
        hidden.discard(system.METRICS)
    origins = settings.allowed_origins

    async def before() -> None:
        g.started_s = trio.current_time()
        g.request = services.world.fresh_id()
        g.peer, g.scheme = _whence(settings.proxies)
        # A proxy that lets an upgrade to HTTP/2 pass looks at nothing behind it any more, and what
        # a caller says of where it came from would be taken for the proxy's own word.
        if request.http_version not in _VERSIONS:
            raise BadRequest("this is spoken over HTTP/1.1")
        # By the path: no route of the table sees OPTIONS and wrong methods.
        if request.path in hidden and not is_loopback(g.peer):
            raise NotFound

    async def after(response: Response) -> Response:
        finish(request, response, origins=origins)
        response.headers.add("X-Request-Id", g.request)
        show_rate(response, g.get("taken"))
        seconds = trio.current_time() - g.started_s
        route, status = _template(), str(response.status_code)
        method = request.method if request.method in _METHODS else "other"
        meter.count("http_requests_total", method=method, route=route, status=status)
        meter.observe("http_request_seconds", seconds, route=route)
        log.info(
            "answered",
            method=method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            request=g.request,
        )
        return response

    async def failed(error: Exception) -> Response:
        if not isinstance(error, Refused | Outage | HTTPException):
            log.error("failed", error=type(error).__name__, where=where(error), request=g.request)
        return _problem(error)

    app.before_request(before)
    app.after_request(after)
    app.register_error_handler(Exception, failed)


_VERSIONS = frozenset({"1.0", "1.1"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"})


def _whence(proxies: Proxies) -> tuple[str, str]:
    """Return the caller's address and scheme, by our own proxy's word where there is one."""
    peer = request.remote_addr or ""
    forwarded = request.headers.getlist("X-Forwarded-Proto")
    scheme: str = request.scheme
    if forwarded and proxies.trusts(peer):
        scheme = "https" if forwarded[-1].rpartition(",")[2].strip() == "https" else "http"
    return proxies.caller(peer, request.headers.getlist("X-Forwarded-For")), scheme


def _template() -> str:
    """Name the route without the ids in its path."""
    rule = request.url_rule
    return "none" if rule is None else str(rule.rule).replace("<", "{").replace(">", "}")


def _problem(error: Exception) -> Response:
    problem = problem_of(error)
    response = Response(
        msgspec.json.encode(problem), status=problem.status, content_type=MEDIA_TYPE
    )
    if isinstance(error, HTTPException):
        # The list of allowed methods, say.
        for name, value in error.get_headers():
            if name != "Content-Type":
                response.headers[name] = value
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem.retry_after_ms, int):
        response.headers["Retry-After"] = str(math.ceil(problem.retry_after_ms / 1000))
    return response
