"""Settings: what is read, what is masked, and that a refusal is one line naming the variable."""

from __future__ import annotations

import base64
import os
import stat
import tomllib
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from api.secrets import SECRETS_FILE, load_secrets
from api.setting_values import Secret, SettingsError
from api.settings import POLICY_FILE, Environment, load_policy, load_settings
from api.settings_outside import SmsKind
from engine.model.policy import Policy

CWD = Path("/srv/glimpse")
KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(255, 223, -1))).decode()
PRODUCTION = {
    "GLIMPSE_ENV": "production",
    "GLIMPSE_MASTER_KEY": KEY,
    "GLIMPSE_TOKEN_KEYS": f"{KEY},{OTHER_KEY}",
    "GLIMPSE_PHONE_KEY": KEY,
    "DATABASE_URL": "postgresql://glimpse:hunter2@db/glimpse",
    "GLIMPSE_SMS_URL": "https://sms.example/send",
    "GLIMPSE_SMS_TOKEN": "hunter3",
    "GLIMPSE_SMTP_URL": "smtp://mail.example",
    "GLIMPSE_SMTP_FROM": "hello@glimpse.example",
    "GLIMPSE_S3_BUCKET": "glimpse-files",
    "GLIMPSE_S3_KEY_ID": "files",
    "GLIMPSE_S3_SECRET": "hunter4",
}


SMS = {"GLIMPSE_SMS_URL": "https://sms.example", "GLIMPSE_SMS_TOKEN": "hunter3"}
CLERK = {
    "GLIMPSE_CLERK_ISSUER": "https://c.example/",
    "GLIMPSE_CLERK_PARTIES": "https://a.example,https://b.example",
}


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in PRODUCTION.items() if key != name}


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = load_settings({"HOME": "/", "PATH": "/bin"}, CWD)
    assert settings.environment is Environment.DEV
    assert (settings.bind, settings.http_port, settings.ws_port) == ("127.0.0.1", 8080, 8081)
    assert settings.data_dir == CWD / ".glimpse"
    assert settings.policy_file == POLICY_FILE
    assert settings.database_url is None
    assert settings.demo
    assert not settings.metrics_open
    assert settings.allowed_origins == {"http://127.0.0.1:8080", "http://localhost:8080"}


def test_production_starts_when_everything_is_given() -> None:
    settings = load_settings(PRODUCTION, CWD)
    assert settings.sms is not None
    assert (settings.sms.kind, settings.sms.url) == (SmsKind.PLAIN, "https://sms.example/send")
    assert "hunter" not in repr(settings)


def test_a_way_in_by_clerk_is_given_whole() -> None:
    secret = {"GLIMPSE_CLERK_WEBHOOK_SECRET": "whsec_hunter"}
    given = load_settings({**PRODUCTION, **CLERK, **secret}, CWD).clerk
    assert given is not None
    assert (given.issuer, given.parties) == (
        "https://c.example",
        ("https://a.example", "https://b.example"),
    )
    assert "hunter" not in repr(given)


def test_everything_can_be_given() -> None:
    settings = load_settings(
        {
            "GLIMPSE_ENV": "bench",
            "GLIMPSE_HTTP_PORT": "9000",
            "GLIMPSE_WS_PORT": "0",
            "GLIMPSE_BIND": "::1",
            "GLIMPSE_DATA_DIR": "/var/lib/glimpse",
            "DATABASE_URL": "postgresql://x@y/z",
            "GLIMPSE_ALLOWED_ORIGINS": "https://a.example, http://b.example:81",
            "GLIMPSE_PUBLIC_WS_URL": "wss://ws.example/v1/ws",
            "GLIMPSE_POLICY": "my.toml",
            "GLIMPSE_DEMO": "on",
            "GLIMPSE_METRICS_OPEN": "on",
            "GLIMPSE_TOKEN_KEYS": f"{KEY},{OTHER_KEY}",
        },
        CWD,
    )
    assert settings.environment is Environment.BENCH
    assert (settings.bind, settings.http_port, settings.ws_port) == ("::1", 9000, 0)
    assert settings.data_dir == Path("/var/lib/glimpse")
    assert settings.database_url == Secret(b"postgresql://x@y/z")
    assert settings.allowed_origins == {"https://a.example", "http://b.example:81"}
    assert settings.public_ws_url == "wss://ws.example/v1/ws"
    assert settings.policy_file == CWD / "my.toml"
    assert settings.demo
    assert settings.metrics_open
    assert settings.secrets.token_keys is not None
    assert settings.secrets.token_keys[1].value == bytes(range(255, 223, -1))


@pytest.mark.parametrize("environment", ["test", "bench"])
def test_the_demo_is_for_dev_only(environment: str) -> None:
    assert not load_settings({"GLIMPSE_ENV": environment}, CWD).demo


def test_own_addresses_follow_the_ports() -> None:
    settings = replace(load_settings({"GLIMPSE_BIND": "::1"}, CWD), http_port=4711)
    assert "http://[::1]:4711" in settings.allowed_origins


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"GLIMPSE_COLOUR": "green"}, "GLIMPSE_COLOUR"),
        ({"GLIMPSE_ENV": "staging"}, "GLIMPSE_ENV"),
        ({"GLIMPSE_HTTP_PORT": "http"}, "GLIMPSE_HTTP_PORT"),
        ({"GLIMPSE_HTTP_PORT": "65536"}, "GLIMPSE_HTTP_PORT"),
        ({"GLIMPSE_HTTP_PORT": "-1"}, "GLIMPSE_HTTP_PORT"),
        ({"GLIMPSE_HTTP_PORT": "9" * 5000}, "GLIMPSE_HTTP_PORT"),
        ({"GLIMPSE_HTTP_PORT": "٣"}, "GLIMPSE_HTTP_PORT"),
        ({"GLIMPSE_WS_PORT": "8080"}, "GLIMPSE_WS_PORT"),
        ({"GLIMPSE_BIND": "not a host"}, "GLIMPSE_BIND"),
        ({"GLIMPSE_DATA_DIR": "a\nb"}, "GLIMPSE_DATA_DIR"),
        ({"DATABASE_URL": "mysql://root:hunter2@db"}, "DATABASE_URL"),
        ({"GLIMPSE_MASTER_KEY": "secret"}, "GLIMPSE_MASTER_KEY"),
        ({"GLIMPSE_MASTER_KEY": KEY[:-8]}, "GLIMPSE_MASTER_KEY"),
        ({"GLIMPSE_MASTER_KEY": f"{KEY},{KEY}"}, "GLIMPSE_MASTER_KEY"),
        ({"GLIMPSE_TOKEN_KEYS": f"{KEY},"}, "GLIMPSE_TOKEN_KEYS"),
        ({"GLIMPSE_PHONE_KEY": "ü"}, "GLIMPSE_PHONE_KEY"),
        ({"GLIMPSE_DEMO": "yes"}, "GLIMPSE_DEMO"),
        ({"GLIMPSE_METRICS_OPEN": "1"}, "GLIMPSE_METRICS_OPEN"),
        ({"GLIMPSE_ALLOWED_ORIGINS": "*"}, "GLIMPSE_ALLOWED_ORIGINS"),
        ({"GLIMPSE_ALLOWED_ORIGINS": "https://a.example/"}, "GLIMPSE_ALLOWED_ORIGINS"),
        ({"GLIMPSE_ALLOWED_ORIGINS": "https://a.example:x"}, "GLIMPSE_ALLOWED_ORIGINS"),
        ({"GLIMPSE_ALLOWED_ORIGINS": "null"}, "GLIMPSE_ALLOWED_ORIGINS"),
        ({"GLIMPSE_PUBLIC_WS_URL": "https://a.example"}, "GLIMPSE_PUBLIC_WS_URL"),
        (without("GLIMPSE_MASTER_KEY"), "GLIMPSE_MASTER_KEY"),
        (without("GLIMPSE_TOKEN_KEYS"), "GLIMPSE_TOKEN_KEYS"),
        (without("GLIMPSE_PHONE_KEY"), "GLIMPSE_PHONE_KEY"),
        (without("DATABASE_URL"), "DATABASE_URL"),
        (without("GLIMPSE_SMS_URL"), "GLIMPSE_SMS_URL"),
        (without("GLIMPSE_SMS_TOKEN"), "GLIMPSE_SMS_TOKEN"),
        ({"GLIMPSE_SMS_URL": "ftp://sms.example"}, "GLIMPSE_SMS_URL"),
        ({**SMS, "GLIMPSE_SMS_KIND": "pigeon"}, "GLIMPSE_SMS_KIND"),
        ({**SMS, "GLIMPSE_SMS_KIND": "solapi", "GLIMPSE_SMS_KEY": "k"}, "GLIMPSE_SMS_FROM"),
        ({**SMS, "GLIMPSE_SMS_KIND": "twilio", "GLIMPSE_SMS_FROM": "+1"}, "GLIMPSE_SMS_KEY"),
        ({"GLIMPSE_CLERK_ISSUER": "https://c.example"}, "GLIMPSE_CLERK_PARTIES"),
        ({"GLIMPSE_CLERK_ISSUER": "c.example"}, "GLIMPSE_CLERK_ISSUER"),
        ({**CLERK, "GLIMPSE_CLERK_PARTIES": "a.example"}, "GLIMPSE_CLERK_PARTIES"),
        ({**PRODUCTION, **CLERK}, "GLIMPSE_CLERK_WEBHOOK_SECRET"),
        (
            {**PRODUCTION, **CLERK, "GLIMPSE_CLERK_ISSUER": "http://c.example"},
            "GLIMPSE_CLERK_ISSUER",
        ),
        ({**PRODUCTION, "GLIMPSE_TOSS_KEY": "hunter2"}, "GLIMPSE_PUBLIC_URL"),
        ({**PRODUCTION, "GLIMPSE_STRIPE_KEY": "hunter2"}, "GLIMPSE_STRIPE_WEBHOOK_SECRET"),
        ({**PRODUCTION, "GLIMPSE_PUBLIC_URL": "http://a.example"}, "GLIMPSE_PUBLIC_URL"),
        ({**PRODUCTION, "GLIMPSE_TOSS_URL": "http://t.example"}, "GLIMPSE_TOSS_URL"),
        ({"GLIMPSE_TOSS_URL": "https://t.example"}, "GLIMPSE_TOSS_KEY"),
        ({"GLIMPSE_TOSS_URL": "https://t.example?x"}, "GLIMPSE_TOSS_URL"),
        ({"GLIMPSE_TOSS_RENEWAL_KEY": "hunter2"}, "GLIMPSE_TOSS_CLIENT_KEY"),
        ({"GLIMPSE_TOSS_CLIENT_KEY": "ck"}, "GLIMPSE_TOSS_KEY"),
        (
            {"GLIMPSE_TOSS_KEY": "k", "GLIMPSE_TOSS_SCRIPT_URL": "https://t.example"},
            "GLIMPSE_TOSS_CLIENT_KEY",
        ),
        ({"GLIMPSE_KAKAO_KEY": "hunter2"}, "GLIMPSE_KAKAO_CID"),
        ({"GLIMPSE_KAKAO_CID": "TC0ONETIME"}, "GLIMPSE_KAKAO_KEY"),
        ({"GLIMPSE_STRIPE_WEBHOOK_SECRET": "hunter2"}, "GLIMPSE_STRIPE_KEY"),
        ({"GLIMPSE_TOSS_WEBHOOK_SECRET": "x"}, "GLIMPSE_TOSS_WEBHOOK_SECRET"),
    ],
)
def test_a_refusal_is_one_line_that_names_the_variable(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(environ, CWD)
    message = str(refusal.value)
    assert named in message
    assert "\n" not in message
    assert "hunter2" not in message
    assert KEY not in message


def test_secrets_are_masked() -> None:
    environ = {**PRODUCTION, "GLIMPSE_ENV": "dev"}
    settings = load_settings(environ, CWD)
    secrets = load_secrets(settings, random=bytes)
    shown = f"{settings!r} {secrets!r} {settings} {secrets}"
    assert "hunter2" not in shown
    assert KEY not in shown
    assert str(bytes(range(32)))[2:-1] not in shown


# ------------------------------------------------------------------------------------- secrets


def test_missing_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    settings = load_settings({"GLIMPSE_DATA_DIR": "data"}, tmp_path)
    first = load_secrets(settings, random=os.urandom)
    path = tmp_path / "data" / SECRETS_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [SECRETS_FILE]
    assert load_secrets(settings, random=os.urandom) == first
    assert len({first.master_key.value, first.token_keys[0].value, first.phone_key.value}) == 3


def test_what_is_given_wins_over_what_is_kept(tmp_path: Path) -> None:
    kept = load_secrets(load_settings({}, tmp_path), random=os.urandom)
    given = load_secrets(load_settings({"GLIMPSE_PHONE_KEY": KEY}, tmp_path), random=os.urandom)
    assert given.phone_key.value == bytes(range(32))
    assert given.master_key == kept.master_key


def test_the_first_of_two_starts_at_once_decides(tmp_path: Path) -> None:
    settings = load_settings({"GLIMPSE_DATA_DIR": "."}, tmp_path)
    inner: list[bytes] = []

    def random_with_a_rival(size: int) -> bytes:
        if not inner:
            inner.append(b"running")
            inner.append(load_secrets(settings, os.urandom).master_key.value)
        return os.urandom(size)

    assert load_secrets(settings, random_with_a_rival).master_key.value == inner[1]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"master_key": "x", "token_key": "x", "phone_key": "x"}'],
)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / SECRETS_FILE
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=SECRETS_FILE):
        load_secrets(load_settings({"GLIMPSE_DATA_DIR": "."}, tmp_path), random=os.urandom)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    settings = load_settings({"GLIMPSE_DATA_DIR": "file/data"}, tmp_path)
    with pytest.raises(SettingsError, match="cannot be used"):
        load_secrets(settings, random=os.urandom)


# -------------------------------------------------------------------------------------- policy


def test_the_policy_file_holds_every_default() -> None:
    data = tomllib.loads(POLICY_FILE.read_text(encoding="utf-8"))
    assert data == msgspec.json.decode(msgspec.json.encode(Policy()))
    assert load_policy(load_settings({}, CWD)) == Policy()


def test_bench_lifts_the_rates_and_nothing_else() -> None:
    policy = load_policy(load_settings({"GLIMPSE_ENV": "bench"}, CWD))
    assert policy == replace(Policy(), limited=False)


def test_production_asks_for_the_consent_to_sensitive_data(tmp_path: Path) -> None:
    settings = replace(load_settings({}, CWD), environment=Environment.PRODUCTION)
    assert load_policy(settings) == replace(Policy(), asks_sensitive=True)
    (tmp_path / "mine.toml").write_text("asks_sensitive = true\n", encoding="utf-8")
    assert load_policy(load_settings({"GLIMPSE_POLICY": "mine.toml"}, tmp_path)).asks_sensitive


def test_a_policy_file_needs_only_what_differs(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[likes]\nfree_per_day = 3\n")
    policy = load_policy(load_settings({"GLIMPSE_POLICY": "mine.toml"}, tmp_path))
    assert policy.likes.free_per_day == 3
    assert policy.chat == Policy().chat


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"= 1", b"colour = 1", b"[likes]\nfree_per_day = 'x'", b"[sign_in]\ndevices_max = 0"],
)
def test_a_wrong_policy_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(SettingsError, match="GLIMPSE_POLICY") as refusal:
        load_policy(load_settings({"GLIMPSE_POLICY": "mine.toml"}, tmp_path))
    assert "\n" not in str(refusal.value)


def test_a_missing_policy_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_policy(load_settings({"GLIMPSE_POLICY": "none.toml"}, tmp_path))
