"""An application to call: time, chance and keys are fixed, the store is given."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from quart import Response
from quart.testing.utils import sentinel
from quart_trio import QuartTrio

from actors.paydesk import make_paydesk
from api.app import create_app
from api.auth.clerk import Clerk
from api.auth.keyring import Auth, make_auth
from api.observe.metrics import Metrics
from api.secrets import Secrets
from api.services import LikeDesk, Services, World
from api.setting_values import Secret
from api.settings import Environment, Settings, load_settings
from engine.ids import AccountId, DeviceId, RoomId
from engine.model.account import Account, Gender
from engine.model.policy import Policy
from engine.payments.provider import ProviderName
from engine.ports.codes import TextMessages
from engine.ports.payments import Orders
from engine.ports.subscriptions import Subscriptions
from store.bundle import StoreBundle as Store
from store.providers.dev_mails import DevMails
from tests.till import Till

START_MS = 1_750_000_000_000  # June 2025
LOOPBACK = "127.0.0.1"
STRANGER = "203.0.113.7"
ME = Account(AccountId("A" * 16), "fox", 1995, Gender.OTHER, True, False, 3)
DEVICE = DeviceId("D" * 16)

Headers = Mapping[str, str]


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now_ms: int = START_MS

    def __call__(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


@dataclass
class Chance:
    """Bytes that are the same in every run, and never twice."""

    count: int = 0

    def secret(self, size: int) -> bytes:
        self.count += 1
        return hashlib.shake_128(b"chance %d" % self.count).digest(size)

    def fresh_id(self) -> str:
        return base64.urlsafe_b64encode(self.secret(12)).decode()


@dataclass
class Texts:
    """A provider that keeps what it sent."""

    clock: Clock
    sent: deque[dict[str, object]] = field(default_factory=deque)

    async def send(self, phone: str, text: str, *, code: str) -> None:
        self.sent.appendleft({"phone": phone, "code": code, "text": text, "at": self.clock()})

    def recent(self, phone: str | None) -> Sequence[Mapping[str, object]]:
        return [item for item in self.sent if phone in {None, item["phone"]}]


def make_keys(policy: Policy | None = None) -> Auth:
    """Return keys that are the same in every run."""
    key = Secret(bytes(range(32)))
    return make_auth(Secrets(key, (key,), key), policy or Policy())


def make_settings(environment: Environment = Environment.TEST) -> Settings:
    """Return the settings of an environment, in which production may start too."""
    return replace(
        load_settings({"GLIMPSE_ENV": "test"}, Path("/srv/glimpse")), environment=environment
    )


@dataclass(frozen=True)
class Reply:
    """An answer as a client sees it."""

    status: int
    headers: Headers
    data: bytes

    @property
    def fields(self) -> dict[str, object]:
        fields = json.loads(self.data)
        assert isinstance(fields, dict)
        return fields

    @property
    def code(self) -> str:
        """The code of a problem document, whose form is checked on the way."""
        problem = self.fields
        assert self.headers["content-type"] == "application/problem+json", problem
        assert problem["type"] == "about:blank"
        assert problem["status"] == self.status
        assert isinstance(problem["title"], str)
        assert isinstance(problem["detail"], str)
        assert isinstance(problem["code"], str)
        return problem["code"]


@dataclass
class Edge:
    """A running application with everything a test turns."""

    app: QuartTrio
    clock: Clock
    texts: Texts
    mails: DevMails
    keys: Auth
    services: Services
    nudges: list[int]
    looks: list[RoomId]
    till: Till

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        data: bytes | None = None,
        token: str | None = None,
        key: str | None = None,
        headers: Headers | None = None,
        peer: str = LOOPBACK,
    ) -> Reply:
        """Call a route: `body` as JSON, or `data` as it is."""
        sent = dict(headers or {})
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        response = await self.app.test_client().open(
            path,
            method=method,
            data=data,
            headers=sent,
            json=sentinel,
            scope_base={"client": (peer, 4711)},
        )
        assert isinstance(response, Response)
        received = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, received, await response.get_data(as_text=False))

    def token(self, account: AccountId = ME.account, device: DeviceId = DEVICE) -> str:
        """Return an access token of a device."""
        return self.keys.issuer.issue(account, device, now_ms=self.clock())


def make_edge(
    store: object,
    *,
    desk: object = None,
    environment: Environment = Environment.TEST,
    policy: Policy | None = None,
    clock: Clock | None = None,
    chance: Chance | None = None,
    settings: Settings | None = None,
    spend: Callable[[AccountId], None] = lambda _: None,
    clerk: Clerk | None = None,
    till: Till | None = None,
) -> Edge:
    """Make an application over a store, or over as much of one as a test needs."""
    policy, clock, chance = policy or Policy(), clock or Clock(), chance or Chance()
    texts, keys, nudges = Texts(clock), make_keys(policy), list[int]()
    mails = DevMails(lambda _: None, now_ms=clock)
    looks = list[RoomId]()
    provider: TextMessages = texts
    metrics, shop = Metrics(), till or Till()
    orders = cast("Orders", getattr(store, "orders", None))
    subscriptions = cast("Subscriptions", getattr(store, "subscriptions", None))
    ways = dict.fromkeys(ProviderName, shop)
    paydesk = make_paydesk(orders, subscriptions, ways, clock, metrics)
    services = Services(
        store=cast("Store", store),
        desk=cast("LikeDesk", desk),
        texts=provider,
        mails=mails,
        paydesk=paydesk,
        policy=policy,
        meter=metrics,
        world=World(now_ms=clock, fresh_id=chance.fresh_id, secret=chance.secret),
        nudge=lambda: nudges.append(clock()),
        look_again=looks.append,
        spend=spend,
    )
    app = create_app(services, settings or make_settings(environment), keys, clerk)
    return Edge(app, clock, texts, mails, keys, services, nudges, looks, shop)
