"""The way to devices that a process opens: FCM of the settings, the dev console, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.pushes import open_pushes
from api.setting_values import SettingsError
from api.settings import Settings, load_settings
from engine.model.push import PUSH_TEXTS, Language, PushToken
from engine.ports.pushes import Fate
from tests.api.test_settings import PRODUCTION
from tests.doubles.fcm import open_double

TOKEN = PushToken("device:APA91b-one-that-is-long")
TEXT = PUSH_TEXTS[Language.ENGLISH]


def settings(**environ: str) -> Settings:
    return load_settings(environ, Path("/srv/glimpse"))


async def test_in_dev_a_push_is_shown_on_the_console_and_its_token_is_not() -> None:
    shown: list[str] = []
    with open_pushes(settings(), shown.append) as pushes:
        assert await pushes.send(TOKEN, TEXT) is Fate.SENT
    (line,) = shown
    assert TEXT.body in line
    assert TOKEN.value not in line


async def test_in_production_without_fcm_nobody_is_told() -> None:
    shown: list[str] = []
    with open_pushes(settings(**PRODUCTION), shown.append) as pushes:
        assert await pushes.send(TOKEN, TEXT) is Fate.REFUSED
    assert shown == []


@pytest.mark.parametrize("by_file", [True, False])
async def test_fcm_is_spoken_to_where_the_settings_say(tmp_path: Path, *, by_file: bool) -> None:
    with open_double() as fcm:
        account = json.dumps(fcm.account())
        given = {"GLIMPSE_FCM_ACCOUNT": account}
        if by_file:
            (tmp_path / "key.json").write_text(account, encoding="utf-8")
            given = {"GLIMPSE_FCM_ACCOUNT_FILE": str(tmp_path / "key.json")}
        with open_pushes(settings(**given, GLIMPSE_FCM_URL=f"{fcm.url}/"), print) as pushes:
            assert await pushes.send(TOKEN, TEXT) is Fate.SENT
        assert fcm.tokens() == [TOKEN.value]


@pytest.mark.parametrize("account", ["hunter2", "[]", "{}", '{"type": "user"}', '{"type": 1}'])
def test_what_is_no_account_is_refused_and_not_repeated(account: str) -> None:
    given = settings(GLIMPSE_FCM_ACCOUNT=account)
    with (
        pytest.raises(SettingsError, match=r"\AGLIMPSE_FCM_ACCOUNT") as refused,
        open_pushes(given, print),
    ):
        pass
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"GLIMPSE_FCM_URL": "https://fcm.example.org"}, "GLIMPSE_FCM_ACCOUNT"),
        ({"GLIMPSE_FCM_ACCOUNT": "{}", "GLIMPSE_FCM_ACCOUNT_FILE": "f"}, "GLIMPSE_FCM_ACCOUNT"),
        ({"GLIMPSE_FCM_ACCOUNT_FILE": "/nowhere"}, "GLIMPSE_FCM_ACCOUNT_FILE"),
        ({"GLIMPSE_FCM_ACCOUNT_FILE": "/dev/zero"}, "GLIMPSE_FCM_ACCOUNT_FILE"),
        (
            {**PRODUCTION, "GLIMPSE_FCM_ACCOUNT": "{}", "GLIMPSE_FCM_URL": "http://fcm.example"},
            "GLIMPSE_FCM_URL",
        ),
    ],
)
def test_a_refusal_names_the_variable(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=rf"\A{named}\b"):
        settings(**environ)
