"""The command line: `glimpse dev | serve | worker | migrate | check | admin`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import trio

from api import serve
from api.admin import add_admin, run_admin
from api.observe.logging import configure_logging
from api.roles import Role
from api.setting_values import SettingsError
from api.settings import Settings, load_settings
from store.errors import StartRefused

_REFUSED = 2  # like argparse: the caller has to change something


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a start that is refused says why in one line and returns 2."""
    if not __debug__:
        sys.stderr.write("glimpse: never run it with python -O: assertions are part of it\n")
        return _REFUSED
    chosen = _parser().parse_args(arguments)
    try:
        settings = load_settings(os.environ, Path.cwd())
        configure_logging(sys.stderr)
        return _run(chosen, settings)
    except (SettingsError, StartRefused) as refused:
        sys.stderr.write(f"glimpse: {refused}\n")
        return _REFUSED
    except BaseExceptionGroup as group:
        refused_start = _refusal(group)
        if refused_start is None:
            raise
        sys.stderr.write(f"glimpse: {refused_start}\n")
        return _REFUSED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="glimpse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("dev", help="everything in one process, with demo data")
    one = commands.add_parser("serve", help="one role of a deployment")
    one.add_argument("--role", type=Role, choices=list(Role), default=Role.ALL)
    commands.add_parser("worker", help="expiries and other work without a client")
    commands.add_parser("migrate", help="bring the database to this version's schema")
    commands.add_parser("check", help="say whether settings and database are fit for a start")
    add_admin(commands.add_parser("admin", help="what an operator does"))
    return parser


def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    match chosen.command:
        case "dev":
            trio.run(partial(serve.run, settings, Role.ALL, announce=_announce, worker=True))
        case "serve":
            trio.run(partial(serve.run, settings, chosen.role, announce=_announce, worker=False))
        case "worker":
            trio.run(partial(serve.run_worker, settings, announce=_announce))
        case "migrate":
            trio.run(serve.migrate, settings)
        case "admin":
            return run_admin(chosen, settings, say=_announce)
        case _:
            sys.stdout.write(trio.run(serve.check, settings) + "\n")
    return 0


def _announce(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _refusal(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """Find the refusal of a start inside what the nurseries wrapped around it."""
    for error in group.exceptions:
        found = _refusal(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, SettingsError | StartRefused):
            return found
    return None
