"""What is kept of a client program's own name: the kind of device, never the name."""

from __future__ import annotations

import pytest

from engine.model.device import Platform, platform_of


@pytest.mark.parametrize(
    ("agent", "platform"),
    [
        ("Mozilla/5.0 (Linux; Android 15; SM-S921N) Chrome/140.0 Mobile", Platform.ANDROID),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", Platform.IOS),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0", Platform.WINDOWS),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1", Platform.MAC),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0", Platform.LINUX),
        ("", Platform.OTHER),
        ("'; DROP TABLE devices; --", Platform.OTHER),
    ],
)
def test_a_header_speaks_of_a_platform(agent: str, platform: Platform) -> None:
    assert platform_of(agent) is platform
