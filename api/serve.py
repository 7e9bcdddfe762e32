"""The composition root: the only place that knows every layer. Read it from top to bottom."""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as serve_http

from actors.node import Node, NodeParts, open_node
from actors.paydesk import Paydesk, make_paydesk
from actors.pusher import Pusher
from actors.solving import SolvingBeside
from api import native
from api.app import create_app
from api.auth.clerk import Clerk, parse_webhook_secret
from api.auth.jwks import KeySet
from api.auth.keyring import Auth, make_auth
from api.demo.bots import run_demo
from api.doors import Doors, open_doors
from api.gateway.echo import ECHO_PATH
from api.gateway.gateway import Gateway, GatewayParts
from api.gateway.handshake import WEBSOCKET_PATH, Doorman
from api.gateway.recheck import end_void_sessions
from api.gateway.visitors import Visitors
from api.observe.gauges import register_gauges
from api.observe.logging import get_logger
from api.observe.metrics import Metrics
from api.observe.pool_logs import PoolLogs
from api.observe.watchdog import watched_loop
from api.payments import open_payments
from api.politeness import step_aside
from api.pushes import open_pushes
from api.roles import Role
from api.secrets import load_secrets
from api.services import Services, World
from api.setting_values import SettingsError
from api.settings import Environment, Settings, load_policy
from api.settings_outside import SmsKind, SmsSettings
from api.storage import open_store
from api.worker import work
from api.world import real_world
from engine.limits import DRAIN_S
from engine.model.clerk import ClerkTerms
from engine.model.policy import Policy
from engine.ports.codes import TextMessages
from engine.ports.mails import Mails
from store.bundle import StoreBundle
from store.providers.dev_mails import DevMails
from store.providers.dev_texts import DevTexts
from store.providers.http_keys import HttpKeys
from store.providers.http_texts import open_http_texts
from store.providers.smtp_mails import MailServer, SmtpMails
from store.providers.text_dialects import Dialect, PlainTexts, SolapiTexts, TwilioTexts

Announce = Callable[[str], None]

# Connections, PostgreSQL and logs: the promise of 10,000 people needs more than the usual 1,024.
_FILES_WANTED = 65_536

# A signal to a process group reaches us twice when our parent passes it on too.
_SAME_SIGNAL_S = 1.0

# New objects between two looks at the youngest, and how many of these make an older look: a look
# every few hundred messages costs nothing, and a full one comes once in some minutes of load.
_GARBAGE_THRESHOLDS = (50_000, 20, 50)

# What is still being answered when the door closes; REST calls are bounded by the same.
_HTTP_GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Process:
    """What every role of a process has."""

    settings: Settings
    policy: Policy
    auth: Auth
    store: StoreBundle
    world: World
    metrics: Metrics
    solving: SolvingBeside = field(default_factory=SolvingBeside)

    def node_parts(self) -> NodeParts:
        """What the actors of this process need."""
        folder = self.settings.pool_logs
        return NodeParts(
            log=self.store.room_log,
            likes=self.store.likes,
            outbox=self.store.outbox,
            push_looks=self.store.push_looks,
            tickets=self.store.tickets,
            solving=self.solving,
            policy=self.policy,
            meter=self.metrics,
            now_ms=self.world.now_ms,
            fresh_id=self.world.fresh_id,
            bus=self.store.bus,
            pool_log=None if folder is None else PoolLogs(folder, self.world.fresh_id),
        )


@asynccontextmanager
async def open_process(settings: Settings) -> AsyncIterator[Process]:
    """Read the policy and the keys, then open the store; raises SettingsError, StartRefused."""
    world, metrics = real_world(), Metrics()
    policy = load_policy(settings)
    secrets = load_secrets(settings, world.secret)
    async with open_store(settings, secrets, world, metrics) as store:
        yield Process(
            settings, policy, make_auth(secrets, policy), store, world, metrics, SolvingBeside()
        )


async def run(settings: Settings, role: Role, *, announce: Announce, worker: bool) -> None:
    """Serve one role until SIGTERM or SIGINT, then drain; a later second signal ends it at once."""
    _allow_files()
    if not role.realtime:
        step_aside()
    async with trio.open_nursery() as watch:
        stop = trio.Event()
        await watch.start(_stop_on_signal, stop, watch.cancel_scope)
        with open_doors(settings, role) as doors:
            settings = doors.name_ports(settings)
            async with (
                open_process(settings) as process,
                open_node(process.node_parts(), dispatch=role.realtime) as node,
            ):
                await _serve(process, node, doors, stop, announce=announce, worker=worker)
        watch.cancel_scope.cancel()


async def _serve(
    process: Process,
    node: Node,
    doors: Doors,
    stop: trio.Event,
    *,
    announce: Announce,
    worker: bool,
) -> None:
    gateway = make_gateway(process, node)
    register_gauges(process.metrics, node, gateway)
    mails = open_mails(process, announce)
    async with (
        open_texts(process, announce) as texts,
        open_paydesk(process) as paydesk,
        open_pusher(process, announce) as pusher,
        trio.open_nursery() as edges,
    ):
        services = make_services(process, node, texts, mails, paydesk)
        if doors.ws is not None:
            await edges.start(gateway.serve, doors.ws)
            people, devices = node.people, process.store.devices
            edges.start_soon(end_void_sessions, people, devices, process.metrics)
        if worker:
            edges.start_soon(work, process.store, process.world, process.policy)
            edges.start_soon(paydesk.run)
            edges.start_soon(pusher.run)
        if process.settings.demo and doors.ws is not None:
            edges.start_soon(run_demo, node, services)
        async with trio.open_nursery() as rest:  # ends by itself once `stop` is set
            if doors.http is not None:
                clerk = open_clerk(process.settings, process.auth)
                app = create_app(services, process.settings, process.auth, clerk)
                config = _http_config(doors.http)
                await rest.start(partial(serve_http, app, config, shutdown_trigger=stop.wait))
            calm_garbage_collector()
            with watched_loop(process.metrics):
                get_logger("start").info("code", native=native.in_use())
                announce(f"ready {doors.address}")
                await stop.wait()
                # Door, sessions, mail; REST finishes its calls beside it.
                with trio.move_on_after(DRAIN_S):
                    await gateway.drain(node.drain)
            rest.cancel_scope.deadline = trio.current_time() + _HTTP_GRACE_S
        edges.cancel_scope.cancel()


@asynccontextmanager
async def open_texts(process: Process, announce: Announce) -> AsyncIterator[TextMessages]:
    """Open the way to phones: the provider of the settings, else the dev console."""
    given = process.settings.sms
    if given is None:
        yield DevTexts(announce, now_ms=process.world.now_ms)
        return
    async with open_http_texts(_dialect(given, process.world)) as texts:
        yield texts


def open_mails(process: Process, announce: Announce) -> Mails:
    """Return the way to boxes of mail: the server of the settings, else the dev console."""
    given = process.settings.mail
    if given is None:
        return DevMails(announce, now_ms=process.world.now_ms)
    password = "" if given.password is None else given.password.value.decode()
    return SmtpMails(
        MailServer(given.host, given.port, given.sender, given.user, password, given.secure)
    )


@asynccontextmanager
async def open_paydesk(process: Process) -> AsyncIterator[Paydesk]:
    """Open the ways to pay that the settings name."""
    async with open_payments(process.settings) as ways:
        store = process.store
        yield make_paydesk(
            store.orders, store.subscriptions, ways, process.world.now_ms, process.metrics
        )


@asynccontextmanager
async def open_pusher(process: Process, announce: Announce) -> AsyncIterator[Pusher]:
    """Open the way to devices: FCM where the settings name it, else the dev console."""
    world = process.world
    with open_pushes(process.settings, announce) as provider:
        yield Pusher(
            process.store.push_outbox,
            provider,
            process.policy,
            now_ms=world.now_ms,
            chance=lambda: int.from_bytes(world.secret(4)) / 2**32,
            meter=process.metrics,
        )


def _dialect(given: SmsSettings, world: World) -> Dialect:
    token = given.token.value.decode()
    match given.kind:
        case SmsKind.PLAIN:
            return PlainTexts(given.url, token)
        case SmsKind.SOLAPI:
            return SolapiTexts(
                given.url, given.key, token, given.sender, world.now_ms, world.secret
            )
        case SmsKind.TWILIO:
            return TwilioTexts(given.url, given.key, token, given.sender)


def open_clerk(settings: Settings, auth: Auth) -> Clerk | None:
    """Make what lets people in by Clerk, if the settings name one; raises SettingsError."""
    given = settings.clerk
    if given is None:
        return None
    try:
        secret = given.webhook_secret
        key = None if secret is None else parse_webhook_secret(secret.value.decode())
    except ValueError as error:
        raise SettingsError(f"GLIMPSE_CLERK_WEBHOOK_SECRET: {error}") from None
    return Clerk(
        terms=ClerkTerms(given.issuer, frozenset(given.parties)),
        keys=KeySet(HttpKeys(f"{given.issuer}/.well-known/jwks.json")),
        id_key=auth.clerk_key,
        webhook_key=key,
    )


def make_services(
    process: Process, node: Node, texts: TextMessages, mails: Mails, paydesk: Paydesk
) -> Services:
    """Gather what the edges may use."""
    return Services(
        store=process.store,
        desk=node.likes,
        texts=texts,
        mails=mails,
        paydesk=paydesk,
        policy=process.policy,
        meter=process.metrics,
        world=process.world,
        nudge=node.nudge,
        look_again=node.look_again,
        spend=node.spend,
    )


def make_gateway(process: Process, node: Node) -> Gateway:
    """Build the gateway of a process."""
    doorman = Doorman(process.settings.allowed_origins, websocket_paths(process.settings))
    return Gateway(
        GatewayParts(
            node=node,
            accounts=process.store.accounts,
            directory=process.store.directory,
            verifier=process.auth.verifier,
            doorman=doorman,
            # A bench puts all of its clients on this machine.
            visitors=Visitors(
                trust_loopback=not process.policy.limited, proxies=process.settings.proxies
            ),
            meter=process.metrics,
            now_ms=process.world.now_ms,
            fresh_id=process.world.fresh_id,
        )
    )


def websocket_paths(settings: Settings) -> frozenset[str]:
    """Say which paths the gateway serves: the echo for conformance suites in `test` only."""
    if settings.environment is Environment.TEST:
        return frozenset({WEBSOCKET_PATH, ECHO_PATH})
    return frozenset({WEBSOCKET_PATH})


async def _stop_on_signal(
    stop: trio.Event,
    scope: trio.CancelScope,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """The first signal drains, a later one ends; what `make` passes on as well is the same one."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        asked_s = None
        async for _ in signals:
            if asked_s is None:
                asked_s = trio.current_time()
                stop.set()
            elif trio.current_time() - asked_s > _SAME_SIGNAL_S:
                scope.cancel()


def _http_config(listener: socket.socket) -> Config:
    config = Config()
    # Hypercorn closes what it is given; the door stays its opener's.
    config.bind = [f"fd://{os.dup(listener.fileno())}"]
    config.graceful_timeout = _HTTP_GRACE_S
    config.accesslog = None
    config.errorlog = None
    config.include_server_header = False
    return config


def calm_garbage_collector() -> None:
    """Look for cycles rarely: messages make none, and a look at 10,000 sessions stops the loop.

    Sessions end in cycles (a line knows its session and back), so looks stay on; by default a
    tenth of the CPU of busy pairs went into them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


def _allow_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_WANTED if hard == resource.RLIM_INFINITY else min(_FILES_WANTED, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def run_worker(settings: Settings, *, announce: Announce) -> None:
    """Run the work without clients until SIGTERM or SIGINT."""
    step_aside()
    async with trio.open_nursery() as watch:
        stop = trio.Event()
        await watch.start(_stop_on_signal, stop, watch.cancel_scope)
        async with (
            open_process(settings) as process,
            open_paydesk(process) as paydesk,
            open_pusher(process, announce) as pusher,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(work, process.store, process.world, process.policy)
            nursery.start_soon(paydesk.run)
            nursery.start_soon(pusher.run)
            announce("ready worker")
            await stop.wait()
            nursery.cancel_scope.cancel()
        watch.cancel_scope.cancel()


async def migrate(settings: Settings) -> None:
    """Bring the schema up: opening the store does it, under a lock."""
    async with open_process(settings):
        return


async def check(settings: Settings) -> str:
    """Say in one line whether this process could start."""
    async with open_process(settings) as process:
        problem = await process.store.health.check()
    return problem or "all is well"
