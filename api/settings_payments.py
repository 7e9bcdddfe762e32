"""Settings of the providers that take money: one without a key is not offered; in dev, a double."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from api.setting_values import Secret, SettingsError, http_url, secret_text, text
from engine.payments.provider import ProviderName

_ADDRESSES = {
    ProviderName.STRIPE: "https://api.stripe.com",
    ProviderName.TOSS: "https://api.tosspayments.com",
    ProviderName.KAKAO: "https://open-api.kakaopay.com",
}

_CARD_SCRIPT = "https://js.tosspayments.com/v2/standard"


@dataclass(frozen=True, slots=True)
class KeptCards:
    """Who we are at Toss where cards are shown once and charged again."""

    client_key: str
    script: str
    key: Secret | None = None  # None: that of the shop


@dataclass(frozen=True, slots=True)
class WayToPay:
    """One provider, and who we are there."""

    url: str
    key: Secret
    webhook_secret: Secret | None = None  # Stripe's; None: its webhooks are not taken
    cid: str = ""  # KakaoPay's name of the shop
    renewal_cid: str = ""  # and of the shop whose payments renew
    cards: KeptCards | None = None  # Toss's; None: nothing renews there


def payment_settings(
    environ: Mapping[str, str], *, production: bool
) -> Mapping[ProviderName, WayToPay]:
    """Read which providers take money here."""
    ways = {}
    for name in ProviderName:
        way = _way(environ, name, production=production)
        if way is not None:
            ways[name] = way
    if production and ways and public_url(environ, production=True) is None:
        raise SettingsError("GLIMPSE_PUBLIC_URL is missing: where buyers come back to")
    return MappingProxyType(ways)


def public_url(environ: Mapping[str, str], *, production: bool) -> str | None:
    """Read where browsers reach us."""
    return _address(environ, "GLIMPSE_PUBLIC_URL", production=production)


def _way(environ: Mapping[str, str], name: ProviderName, *, production: bool) -> WayToPay | None:
    prefix = f"GLIMPSE_{name.upper()}"
    url = _address(environ, f"{prefix}_URL", production=production)
    key = secret_text(environ, f"{prefix}_KEY")
    cards = _cards(environ, prefix, production=production)
    webhook_secret = secret_text(environ, f"{prefix}_WEBHOOK_SECRET")
    cid = text(environ, f"{prefix}_CID", default="")
    renewal_cid = text(environ, f"{prefix}_RENEWAL_CID", default="")
    if key is None:
        if url or webhook_secret or cid or renewal_cid or cards:
            raise SettingsError(f"{prefix}_KEY is missing: who we are there")
        return None
    if name is ProviderName.KAKAO and not cid:
        raise SettingsError(f"{prefix}_CID is missing: KakaoPay's name of the shop")
    if name is ProviderName.STRIPE and production and webhook_secret is None:
        raise SettingsError(f"{prefix}_WEBHOOK_SECRET is missing; in production it is due")
    return WayToPay(url or _ADDRESSES[name], key, webhook_secret, cid, renewal_cid, cards)


def _cards(environ: Mapping[str, str], prefix: str, *, production: bool) -> KeptCards | None:
    client_key = text(environ, f"{prefix}_CLIENT_KEY", default="")
    script = _address(environ, f"{prefix}_SCRIPT_URL", production=production)
    key = secret_text(environ, f"{prefix}_RENEWAL_KEY")
    if client_key:
        return KeptCards(client_key, script or _CARD_SCRIPT, key)
    if script or key:
        raise SettingsError(f"{prefix}_CLIENT_KEY is missing: nothing renews without")
    return None


def _address(environ: Mapping[str, str], name: str, *, production: bool) -> str | None:
    url = http_url(environ, name)
    if url is not None and ("?" in url or "#" in url):
        raise SettingsError(f"{name} has nothing behind its path")
    if url is not None and production and not url.startswith("https://"):
        raise SettingsError(f"{name} starts with https:// in production")
    return None if url is None else url.rstrip("/")
