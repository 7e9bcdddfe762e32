"""The providers that take money."""

from __future__ import annotations

from enum import StrEnum


class ProviderName(StrEnum):
    """A provider, as clients and the store name it."""

    STRIPE = "stripe"
    TOSS = "toss"
    KAKAO = "kakao"
