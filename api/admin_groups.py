"""What an operator does for official groups: make one, let somebody in."""

from __future__ import annotations

import argparse

from api.serve import Process
from engine.errors import NotFound
from engine.ids import AccountId, GroupId, MemberId, is_id
from engine.model.account import clean_nickname
from engine.model.group import MemberProfile, Role, Visibility, make_draft
from engine.model.mail import read_domain


def add_groups(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the verbs."""
    made = verbs.add_parser("official", help="make an official group")
    made.add_argument("--name", required=True, help="of the company or university")
    made.add_argument("--description", default="", help="what everybody reads of it")
    made.add_argument(
        "--domain", action="append", default=[], help="whose addresses belong; may be repeated"
    )
    let_in = verbs.add_parser("admit", help="let somebody into an official group, with a role")
    let_in.add_argument("group", type=GroupId, help="its name, from `official`")
    let_in.add_argument("--phone", required=True, help="whom: the number they signed in with")
    let_in.add_argument("--nickname", required=True, help="under which name")
    roles = [role.value for role in Role]
    let_in.add_argument("--role", choices=roles, default=Role.MEMBER.value, help="as what")


async def make_official(process: Process, chosen: argparse.Namespace) -> str:
    """Make an official group; return its name."""
    draft = make_draft(
        name=chosen.name,
        description=chosen.description,
        category="",
        tags=(),
        visibility=Visibility.PUBLIC,
        rules="",
        policy=process.policy.groups,
    )
    group = GroupId(process.world.fresh_id())
    domains = [read_domain(domain) for domain in chosen.domain]
    await process.store.official.make(group, draft, domains, now_ms=process.world.now_ms())
    return f"group {group}"


async def admit(process: Process, account: AccountId, chosen: argparse.Namespace) -> str:
    """Let somebody in, with a role."""
    if not is_id(chosen.group):
        raise NotFound("there is no such group")
    entered = await process.store.official.admit(
        chosen.group,
        MemberId(process.world.fresh_id()),
        account,
        MemberProfile(clean_nickname(chosen.nickname, process.policy.sign_in)),
        Role(chosen.role),
        process.policy.groups,
        now_ms=process.world.now_ms(),
    )
    return f"member {entered.member}: {entered.role}"
