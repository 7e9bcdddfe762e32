"""Settings: environment variables, read once into frozen values, refused with one line.

`load_settings` looks at nothing but its arguments; files are read by `load_policy` here and by
`api.secrets`. What the variables mean for an operator is in docs/settings.md.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from api.addresses import Proxies
from api.setting_values import (
    KEY_BYTES,
    PORT_MAX,
    Secret,
    SettingsError,
    host_in_url,
    origins,
    parse_key,
    text,
)
from api.settings_outside import (
    BucketSettings,
    ClerkSettings,
    MailSettings,
    SmsSettings,
    bucket_settings,
    clerk_settings,
    mail_settings,
    sms_settings,
)
from api.settings_payments import WayToPay, payment_settings, public_url
from api.settings_pushes import FcmSettings, fcm_settings
from engine.model.policy import Policy, policy_from
from engine.payments.provider import ProviderName

POLICY_FILE = Path(__file__).resolve().parent.parent / "engine" / "model" / "policy.toml"

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_KNOWN = frozenset(
    {
        "GLIMPSE_ENV",
        "GLIMPSE_HTTP_PORT",
        "GLIMPSE_WS_PORT",
        "GLIMPSE_BIND",
        "GLIMPSE_DATA_DIR",
        "DATABASE_URL",
        "REDIS_URL",
        "GLIMPSE_TRUSTED_PROXIES",
        "GLIMPSE_MASTER_KEY",
        "GLIMPSE_TOKEN_KEYS",
        "GLIMPSE_PHONE_KEY",
        "GLIMPSE_ALLOWED_ORIGINS",
        "GLIMPSE_PUBLIC_WS_URL",
        "GLIMPSE_POLICY",
        "GLIMPSE_DEMO",
        "GLIMPSE_METRICS_OPEN",
        "GLIMPSE_POOL_LOGS",
        "GLIMPSE_SMS_URL",
        "GLIMPSE_SMS_TOKEN",
        "GLIMPSE_SMS_KIND",
        "GLIMPSE_SMS_KEY",
        "GLIMPSE_SMS_FROM",
        "GLIMPSE_SMTP_URL",
        "GLIMPSE_SMTP_FROM",
        "GLIMPSE_SMTP_USER",
        "GLIMPSE_SMTP_PASSWORD",
        "GLIMPSE_S3_BUCKET",
        "GLIMPSE_S3_REGION",
        "GLIMPSE_S3_URL",
        "GLIMPSE_S3_KEY_ID",
        "GLIMPSE_S3_SECRET",
        "GLIMPSE_CLERK_ISSUER",
        "GLIMPSE_CLERK_PARTIES",
        "GLIMPSE_CLERK_WEBHOOK_SECRET",
        "GLIMPSE_PUBLIC_URL",
        "GLIMPSE_STRIPE_KEY",
        "GLIMPSE_STRIPE_WEBHOOK_SECRET",
        "GLIMPSE_STRIPE_URL",
        "GLIMPSE_TOSS_KEY",
        "GLIMPSE_TOSS_URL",
        "GLIMPSE_KAKAO_KEY",
        "GLIMPSE_KAKAO_CID",
        "GLIMPSE_KAKAO_RENEWAL_CID",
        "GLIMPSE_TOSS_CLIENT_KEY",
        "GLIMPSE_TOSS_RENEWAL_KEY",
        "GLIMPSE_TOSS_SCRIPT_URL",
        "GLIMPSE_KAKAO_URL",
        "GLIMPSE_FCM_ACCOUNT",
        "GLIMPSE_FCM_ACCOUNT_FILE",
        "GLIMPSE_FCM_URL",
    }
)


class Environment(StrEnum):
    """Where this process runs; `bench` is `dev` with the rates of the policy lifted."""

    DEV = "dev"
    TEST = "test"
    BENCH = "bench"
    PRODUCTION = "production"

    @property
    def production(self) -> bool:
        """Whether strangers use it: no dev routes, no keys made on the fly."""
        return self is Environment.PRODUCTION


@dataclass(frozen=True, slots=True)
class GivenSecrets:
    """The secrets as the environment gave them; None is made in dev (`api.secrets`)."""

    master_key: Secret | None = None
    token_keys: tuple[Secret, ...] | None = None  # newest first
    phone_key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the environment decides."""

    environment: Environment
    http_port: int
    ws_port: int
    bind: str
    data_dir: Path
    database_url: Secret | None
    redis_url: Secret | None  # None: this process decides for itself
    proxies: Proxies
    secrets: GivenSecrets
    given_origins: tuple[str, ...] | None
    public_ws_url: str | None
    policy_file: Path
    demo: bool
    metrics_open: bool
    pool_logs: Path | None
    sms: SmsSettings | None  # None: the dev console
    mail: MailSettings | None  # None: the dev console
    bucket: BucketSettings | None  # None: a folder beside the data
    clerk: ClerkSettings | None  # None: nobody comes in that way
    payments: Mapping[ProviderName, WayToPay]
    fcm: FcmSettings | None  # None: the dev console; in production no pushes
    given_public_url: str | None

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins that may use both edges; the server's own addresses outside production."""
        if self.given_origins is not None:
            return frozenset(self.given_origins)
        if self.environment.production:
            return frozenset()
        hosts = (host_in_url(self.bind), "localhost", "127.0.0.1")
        return frozenset(f"http://{host}:{self.http_port}" for host in hosts)

    @property
    def public_url(self) -> str:
        """Where browsers reach us; the server's own address if nothing else was given."""
        return self.given_public_url or f"http://{host_in_url(self.bind)}:{self.http_port}"


def load_settings(environ: Mapping[str, str], cwd: Path) -> Settings:
    """Read the settings; raises SettingsError with one line that names the variable."""
    unknown = sorted(name for name in environ if name.startswith("GLIMPSE_") and name not in _KNOWN)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting; docs/settings.md lists them all")
    environment = _environment(environ)
    production = environment.production
    settings = Settings(
        environment=environment,
        http_port=_port(environ, "GLIMPSE_HTTP_PORT", default=8080),
        ws_port=_port(environ, "GLIMPSE_WS_PORT", default=8081),
        # In production the door is the container's; its network decides who reaches it.
        bind=_bind(environ, default="0.0.0.0" if production else "127.0.0.1"),  # noqa: S104
        data_dir=cwd / text(environ, "GLIMPSE_DATA_DIR", default=".glimpse"),
        database_url=_address(environ, "DATABASE_URL", ("postgresql://", "postgres://")),
        redis_url=_address(environ, "REDIS_URL", ("redis://", "rediss://", "unix://")),
        proxies=_proxies(environ),
        secrets=GivenSecrets(
            master_key=_key(environ, "GLIMPSE_MASTER_KEY"),
            token_keys=_keys(environ, "GLIMPSE_TOKEN_KEYS"),
            phone_key=_key(environ, "GLIMPSE_PHONE_KEY"),
        ),
        given_origins=origins(environ, "GLIMPSE_ALLOWED_ORIGINS"),
        public_ws_url=_ws_url(environ),
        policy_file=cwd / text(environ, "GLIMPSE_POLICY", default=str(POLICY_FILE)),
        demo=_switch(environ, "GLIMPSE_DEMO", default=environment is Environment.DEV),
        metrics_open=_switch(environ, "GLIMPSE_METRICS_OPEN", default=False),
        pool_logs=cwd / environ["GLIMPSE_POOL_LOGS"] if environ.get("GLIMPSE_POOL_LOGS") else None,
        sms=sms_settings(environ),
        mail=mail_settings(environ),
        bucket=bucket_settings(environ),
        clerk=clerk_settings(environ, production=production),
        payments=payment_settings(environ, production=production),
        fcm=fcm_settings(environ, production=production),
        given_public_url=public_url(environ, production=production),
    )
    if settings.http_port == settings.ws_port != 0:
        raise SettingsError("GLIMPSE_HTTP_PORT and GLIMPSE_WS_PORT must differ")
    if production:
        _refuse_unready(settings)
    return settings


def load_policy(settings: Settings) -> Policy:
    """Read the policy file; `bench` lifts its rates, production asks for every consent.

    Raises SettingsError.
    """
    name = f"GLIMPSE_POLICY ({settings.policy_file})"
    try:
        data = tomllib.loads(settings.policy_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{name} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise SettingsError(f"{name} is not a TOML file") from None
    try:
        policy = policy_from(data)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None
    if settings.environment is Environment.BENCH:
        return replace(policy, limited=False)
    return replace(policy, asks_sensitive=True) if settings.environment.production else policy


def _refuse_unready(settings: Settings) -> None:
    # A container's disk goes with it, so an embedded database there would lose every message.
    wanted = {
        "GLIMPSE_MASTER_KEY": settings.secrets.master_key,
        "GLIMPSE_TOKEN_KEYS": settings.secrets.token_keys,
        "GLIMPSE_PHONE_KEY": settings.secrets.phone_key,
        "DATABASE_URL": settings.database_url,
        "GLIMPSE_SMS_URL": settings.sms,
        "GLIMPSE_SMTP_URL": settings.mail,
        "GLIMPSE_S3_BUCKET": settings.bucket,
    }
    for name, value in wanted.items():
        if value is None:
            raise SettingsError(f"{name} is missing; in production it must be given")


def _environment(environ: Mapping[str, str]) -> Environment:
    value = text(environ, "GLIMPSE_ENV", default=Environment.DEV)
    try:
        return Environment(value)
    except ValueError:
        choices = ", ".join(Environment)
        raise SettingsError(f"GLIMPSE_ENV is one of {choices}, not {value!r}") from None


def _port(environ: Mapping[str, str], name: str, *, default: int) -> int:
    value = text(environ, name, default=str(default))
    if not (value.isascii() and value.isdigit()) or len(value) > len(str(PORT_MAX)):
        raise SettingsError(f"{name} is a port, a number from 0 to {PORT_MAX}, not {value!r}")
    if int(value) > PORT_MAX:
        raise SettingsError(f"{name} is a port, a number from 0 to {PORT_MAX}, not {value!r}")
    return int(value)


def _bind(environ: Mapping[str, str], *, default: str) -> str:
    value = text(environ, "GLIMPSE_BIND", default=default)
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        if _HOST.match(value):
            return value
    raise SettingsError(f"GLIMPSE_BIND is an address or a host name, not {value!r}") from None


def _address(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> Secret | None:
    value = text(environ, name, default="")
    if not value:
        return None
    # The value holds a password, so the refusal does not repeat it.
    if not value.startswith(schemes):
        raise SettingsError(f"{name} starts with {schemes[0]}")
    return Secret(value.encode())


def _proxies(environ: Mapping[str, str]) -> Proxies:
    value = text(environ, "GLIMPSE_TRUSTED_PROXIES", default="")
    try:
        return Proxies(
            tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part)
        )
    except ValueError as error:
        raise SettingsError(f"GLIMPSE_TRUSTED_PROXIES: {error}") from None


def _key(environ: Mapping[str, str], name: str) -> Secret | None:
    keys = _keys(environ, name)
    if keys is None:
        return None
    if len(keys) > 1:
        raise SettingsError(f"{name} is one key, not a list")
    return keys[0]


def _keys(environ: Mapping[str, str], name: str) -> tuple[Secret, ...] | None:
    value = text(environ, name, default="")
    if not value:
        return None
    try:
        return tuple(Secret(parse_key(part)) for part in value.split(","))
    except ValueError as error:
        raise SettingsError(f"{name} is base64 of {KEY_BYTES} bytes: {error}") from None


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = text(environ, name, default="on" if default else "off")
    if value not in {"on", "off"}:
        raise SettingsError(f"{name} is on or off, not {value!r}")
    return value == "on"


def _ws_url(environ: Mapping[str, str]) -> str | None:
    value = text(environ, "GLIMPSE_PUBLIC_WS_URL", default="")
    if value and not re.match(r"wss?://[^\s/]+(/\S*)?\Z", value):
        raise SettingsError(f"GLIMPSE_PUBLIC_WS_URL starts with ws:// or wss://, not {value!r}")
    return value or None
