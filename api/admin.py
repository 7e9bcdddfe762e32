"""What an operator does: `glimpse admin grant | reports | report | log | money | refund | ...`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial

import trio

from api.admin_groups import add_groups, admit, make_official
from api.admin_money import add_money, audit_money, refund
from api.admin_reports import add_reports, list_reports, show_log, show_report
from api.admin_reviews import add_reviews, decide_review, list_reviews
from api.serve import Process, open_process
from api.settings import Settings
from engine.credits.ledger import Ask, Cause, Kind
from engine.credits.plans import Plan
from engine.errors import NotFound, Outage, Refused
from engine.ids import AccountId
from engine.model.phone import normal_phone

_REFUSED = 1  # understood, and not done

Say = Callable[[str], None]


def add_admin(parser: argparse.ArgumentParser) -> None:
    """Declare what an operator can ask for."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    grant = verbs.add_parser("grant", help="give somebody credits, a plan, or both")
    grant.add_argument("--phone", required=True, help="whom: the number they signed in with")
    grant.add_argument("--credits", type=int, default=0, help="how many")
    plans = [plan.value for plan in Plan if plan is not Plan.FREE]
    grant.add_argument("--plan", choices=plans, help="which plan")
    grant.add_argument("--days", type=int, default=30, help="of the plan (default 30)")
    grant.add_argument(
        "--command", dest="once", help="a name for this grant: the same one takes effect once"
    )
    add_reports(verbs)
    add_groups(verbs)
    add_money(verbs)
    add_reviews(verbs)


def run_admin(chosen: argparse.Namespace, settings: Settings, *, say: Say) -> int:
    """Do it and say so; return 1 if it was refused, with the reason on stderr."""
    try:
        say(trio.run(partial(_do, chosen, settings)))
    except (Refused, Outage) as why:
        sys.stderr.write(f"glimpse: {why} ({why.code})\n")
        return _REFUSED
    return 0


async def _do(chosen: argparse.Namespace, settings: Settings) -> str:
    async with open_process(settings) as process:
        try:
            return await do(process, chosen)
        except (Refused, Outage) as why:
            refusal = why
    raise refusal


async def do(process: Process, chosen: argparse.Namespace) -> str:
    """Do what was asked for; return what is to be said of it."""
    match chosen.verb:
        case "reports":
            return await list_reports(process)
        case "report":
            return await show_report(process, chosen)
        case "official":
            return await make_official(process, chosen)
        case "admit":
            return await admit(process, await _find(process, chosen.phone), chosen)
        case "reviews":
            return await list_reviews(process)
        case "review":
            return await decide_review(process, chosen)
        case "log":
            return await show_log(process)
        case "money":
            return await audit_money(process, chosen)
        case "refund":
            return await refund(process, chosen)
        case _:
            return await grant(process, chosen)


async def grant(process: Process, chosen: argparse.Namespace) -> str:
    """Give what was asked for; both under one command, each once."""
    command = chosen.once or process.world.fresh_id()
    now_ms = process.world.now_ms()
    owner = await _find(process, chosen.phone)
    done = [f"command {command}"]
    if chosen.credits:
        ask = Ask(Kind.GIVE, Cause.OPERATOR, command, chosen.credits)
        _, balances = await process.store.credits.move(owner, ask, now_ms=now_ms)
        done.append(f"credits {balances.wallet}")
    if chosen.plan:
        term = await process.store.credits.grant(
            owner, command, Plan(chosen.plan), chosen.days, now_ms=now_ms
        )
        done.append(f"{term.plan.value} from {term.starts_at} to {term.ends_at}")
    return ", ".join(done)


async def _find(process: Process, phone: str) -> AccountId:
    key = process.auth.phones.key(normal_phone(phone))
    owner = await process.store.accounts.find(key)
    if owner is None:
        raise NotFound("nobody has signed in with this number")
    return owner
