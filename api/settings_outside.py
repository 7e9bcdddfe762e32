"""Settings of what is not ours: providers, each None where it is not named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.setting_values import PORT_MAX, Secret, SettingsError, http_url, origins, secret_text, text
from engine.errors import BadRequest
from engine.model.mail import read_mail

# The port for handing in mail, with STARTTLS.
SMTP_PORT = 587

_SMTP = re.compile(
    r"smtp(?P<plain>\+plain)?://(?P<host>[A-Za-z0-9.-]{1,253})(:(?P<port>\d{1,5}))?\Z"
)


class SmsKind(StrEnum):
    """How the provider of text messages wants to be spoken to."""

    PLAIN = "plain"
    SOLAPI = "solapi"
    TWILIO = "twilio"


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The provider of text messages."""

    kind: SmsKind
    url: str
    token: Secret
    key: str  # Solapi's API key, Twilio's account
    sender: str


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The server that takes our mail."""

    host: str
    port: int
    sender: str
    user: str
    password: Secret | None
    secure: bool


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """The bucket of files."""

    bucket: str
    region: str
    endpoint: str | None  # None: AWS's own
    key_id: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class ClerkSettings:
    """Whose session tokens are taken, and what its webhooks are signed with."""

    issuer: str
    parties: tuple[str, ...]
    webhook_secret: Secret | None  # None: its webhooks are not taken


def sms_settings(environ: Mapping[str, str]) -> SmsSettings | None:
    url = http_url(environ, "GLIMPSE_SMS_URL")
    if url is None:
        return None
    try:
        kind = SmsKind(text(environ, "GLIMPSE_SMS_KIND", default=SmsKind.PLAIN))
    except ValueError:
        raise SettingsError(f"GLIMPSE_SMS_KIND is one of {', '.join(SmsKind)}") from None
    token = secret_text(environ, "GLIMPSE_SMS_TOKEN")
    if token is None:
        raise SettingsError("GLIMPSE_SMS_TOKEN is missing: the provider asks for it")
    key = text(environ, "GLIMPSE_SMS_KEY", default="")
    sender = text(environ, "GLIMPSE_SMS_FROM", default="")
    if kind is not SmsKind.PLAIN and not (key and sender):
        raise SettingsError(f"GLIMPSE_SMS_KEY and GLIMPSE_SMS_FROM are due for {kind}")
    return SmsSettings(kind, url, token, key, sender)


def clerk_settings(environ: Mapping[str, str], *, production: bool) -> ClerkSettings | None:
    issuer = http_url(environ, "GLIMPSE_CLERK_ISSUER")
    if issuer is None:
        return None
    if production and not issuer.startswith("https://"):
        raise SettingsError("GLIMPSE_CLERK_ISSUER starts with https:// in production")
    parties = origins(environ, "GLIMPSE_CLERK_PARTIES")
    if parties is None:
        raise SettingsError("GLIMPSE_CLERK_PARTIES is missing: whose pages may sign people in")
    secret = secret_text(environ, "GLIMPSE_CLERK_WEBHOOK_SECRET")
    if production and secret is None:
        raise SettingsError("GLIMPSE_CLERK_WEBHOOK_SECRET is missing; in production it is due")
    return ClerkSettings(issuer.rstrip("/"), parties, secret)


def bucket_settings(environ: Mapping[str, str]) -> BucketSettings | None:
    """Read which bucket keeps the files."""
    bucket = text(environ, "GLIMPSE_S3_BUCKET", default="")
    if not bucket:
        return None
    key_id = text(environ, "GLIMPSE_S3_KEY_ID", default="")
    secret = secret_text(environ, "GLIMPSE_S3_SECRET")
    if not key_id or secret is None:
        raise SettingsError("GLIMPSE_S3_KEY_ID and GLIMPSE_S3_SECRET are due with a bucket")
    region = text(environ, "GLIMPSE_S3_REGION", default="ap-northeast-2")
    return BucketSettings(bucket, region, http_url(environ, "GLIMPSE_S3_URL"), key_id, secret)


def mail_settings(environ: Mapping[str, str]) -> MailSettings | None:
    """Read who takes our mail."""
    url = text(environ, "GLIMPSE_SMTP_URL", default="")
    if not url:
        return None
    found = _SMTP.match(url)
    if found is None or int(found["port"] or SMTP_PORT) > PORT_MAX:
        raise SettingsError("GLIMPSE_SMTP_URL is smtp://host:port, or smtp+plain:// without TLS")
    sender = text(environ, "GLIMPSE_SMTP_FROM", default="")
    try:
        read_mail(sender)
    except BadRequest:
        raise SettingsError("GLIMPSE_SMTP_FROM is the address that mail comes from") from None
    return MailSettings(
        host=found["host"],
        port=int(found["port"] or SMTP_PORT),
        sender=sender,
        user=text(environ, "GLIMPSE_SMTP_USER", default=""),
        password=secret_text(environ, "GLIMPSE_SMTP_PASSWORD"),
        secure=found["plain"] is None,
    )
