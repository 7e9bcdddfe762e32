"""Contract of official groups: who proves to belong, by a code that came by mail."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import trio

from engine.errors import (
    AlreadyMember,
    BadRequest,
    Conflict,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
    Refused,
    VerificationRequired,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.code_caps import HOUR_S, Cap
from engine.model.group import (
    EntryRule,
    GroupDraft,
    MemberProfile,
    Membership,
    MemberState,
    Role,
    Visibility,
)
from engine.model.policy import GroupPolicy
from engine.ports.groups import NO_PROOF, MailProof, Proof
from engine.ports.official import MailKey
from tests.store.test_admissions import invite, make, people
from tests.store.world import POLICY, SECOND_MS, World

PROOFS = POLICY.groups.proofs
TTL_MS = PROOFS.mail_code_ttl_s * SECOND_MS


@dataclass
class Campus:
    """An official group of one domain."""

    world: World
    group: GroupId
    domain: str = "snu.ac.kr"

    def mail(self) -> MailKey:
        """Make an address nobody has."""
        return MailKey(self.world.chance.secret(32), self.domain)

    async def ask(
        self, who: AccountId, mail: MailKey, code: bytes = b"code", caps: tuple[Cap, ...] = ()
    ) -> None:
        """Have a code sent."""
        await self.world.store.official.open_mail_code(
            self.group, who, mail, code, PROOFS, now_ms=self.world.now_ms, caps=caps
        )

    async def show(
        self,
        who: AccountId,
        mail: MailKey | None = None,
        code: bytes = b"code",
        tries: tuple[Cap, ...] = (),
        policy: GroupPolicy = POLICY.groups,
    ) -> Membership:
        """Try to come in."""
        proof = NO_PROOF if mail is None else Proof(mail=MailProof(mail.digest, code, tries))
        return await self.world.store.groups.join(
            self.group,
            MemberId(self.world.chance.fresh_id()),
            who,
            MemberProfile("nick"),
            policy,
            now_ms=self.world.now_ms,
            proof=proof,
        )

    async def enter(self, who: AccountId, mail: MailKey) -> Membership:
        """Prove to belong."""
        await self.ask(who, mail)
        return await self.show(who, mail)


async def campus_of(world: World, visibility: Visibility = Visibility.PUBLIC) -> Campus:
    """Make an official group."""
    group = GroupId(world.chance.fresh_id())
    draft = GroupDraft("campus", "", "", (), visibility, "")
    await world.store.official.make(group, draft, ["snu.ac.kr", "x.kr"], now_ms=world.now_ms)
    return Campus(world, group)


async def test_a_code_by_mail_lets_in_and_nothing_less(world: World) -> None:
    campus = await campus_of(world)
    me, other, *_ = await people(world)
    mail = campus.mail()
    with pytest.raises(VerificationRequired):
        await campus.show(me)
    with pytest.raises(VerificationRequired):
        await campus.show(me, mail)
    await campus.ask(me, mail)
    with pytest.raises(VerificationRequired):  # it is not everybody's
        await campus.show(other, mail)
    with pytest.raises(VerificationRequired):  # nor that of another address
        await campus.show(me, campus.mail())
    entered = await campus.show(me, mail)
    assert (entered.state, entered.role) == (MemberState.ACTIVE, Role.MEMBER)
    with pytest.raises(AlreadyMember):
        await campus.ask(me, mail)


async def test_a_code_is_good_once_and_for_its_time(world: World) -> None:
    campus = await campus_of(world)
    me, late, *_ = await people(world)
    mail = campus.mail()
    await campus.enter(me, mail)
    await world.store.groups.leave(campus.group, me, now_ms=world.now_ms)
    with pytest.raises(VerificationRequired):
        await campus.show(me, mail)
    other = campus.mail()
    await campus.ask(late, other)
    world.clock.now_ms += TTL_MS
    with pytest.raises(VerificationRequired):
        await campus.show(late, other)


async def test_three_wrong_codes_end_a_code(world: World) -> None:
    campus = await campus_of(world)
    me, *_ = await people(world)
    mail = campus.mail()
    await campus.ask(me, mail)
    for _ in range(PROOFS.mail_code_tries_max):
        with pytest.raises(VerificationRequired):
            await campus.show(me, mail, b"wrong")
    with pytest.raises(VerificationRequired):
        await campus.show(me, mail)
    await campus.enter(me, mail)


async def test_many_guesses_at_once_are_three(world: World) -> None:
    campus = await campus_of(world)
    me, *_ = await people(world)
    mail = campus.mail()
    await campus.ask(me, mail)
    refused: list[Refused] = []

    async def guess(number: int) -> None:
        try:
            await campus.show(me, mail, b"%d" % number)
        except Refused as why:
            refused.append(why)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(guess, number)
    assert {type(why) for why in refused} == {VerificationRequired}
    with pytest.raises(VerificationRequired):
        await campus.show(me, mail)


async def test_wrong_codes_and_codes_have_caps(world: World) -> None:
    campus = await campus_of(world)
    me, other, *_ = await people(world)
    mail, cap = campus.mail(), Cap(world.chance.secret(32), HOUR_S, 2)
    await campus.ask(me, mail)
    for _ in range(2):
        with pytest.raises(VerificationRequired):
            await campus.show(me, mail, b"wrong", (cap,))
    with pytest.raises(RateLimited):
        await campus.show(me, mail, b"code", (cap,))
    asked = Cap(world.chance.secret(32), HOUR_S, 1)
    await campus.ask(other, campus.mail(), caps=(asked,))
    with pytest.raises(RateLimited):
        await campus.ask(other, campus.mail(), caps=(asked,))


async def test_an_address_lets_in_one_account_until_it_leaves(world: World) -> None:
    campus = await campus_of(world)
    me, other, *_ = await people(world)
    mail = campus.mail()
    await campus.enter(me, mail)
    await campus.ask(other, mail)  # as if nobody had it
    with pytest.raises(Conflict):
        await campus.show(other, mail)
    await world.store.groups.leave(campus.group, me, now_ms=world.now_ms)
    assert (await campus.show(other, mail)).state is MemberState.ACTIVE


async def test_a_ban_reaches_the_address(world: World) -> None:
    campus = await campus_of(world)
    me, other, boss, *_ = await people(world)
    mail = campus.mail()
    entered = await campus.enter(me, mail)
    await admit(campus, boss, Role.OWNER)
    await world.store.groups.ban(campus.group, boss, entered.member, now_ms=world.now_ms)
    with pytest.raises(Forbidden):
        await campus.ask(me, campus.mail())
    await campus.ask(other, mail)
    with pytest.raises(Forbidden):
        await campus.show(other, mail)


async def test_a_lifted_ban_lets_the_address_in_again(world: World) -> None:
    campus = await campus_of(world)
    me, boss, *_ = await people(world)
    mail = campus.mail()
    entered = await campus.enter(me, mail)
    await admit(campus, boss, Role.OWNER)
    await world.store.groups.ban(campus.group, boss, entered.member, now_ms=world.now_ms)
    await world.store.admissions.lift_ban(campus.group, boss, entered.member)
    assert (await campus.enter(me, mail)).state is MemberState.ACTIVE


async def test_only_addresses_of_the_groups_domains_get_a_code(world: World) -> None:
    campus = await campus_of(world)
    me, *_ = await people(world)
    for domain in ("evil-snu.ac.kr", "snu.ac.kr.evil.kr", "mail.snu.ac.kr"):
        with pytest.raises(BadRequest):
            await campus.ask(me, MailKey(b"mail", domain))
    await campus.ask(me, MailKey(b"mail", "x.kr"))


async def test_codes_are_for_official_groups_that_one_sees(world: World) -> None:
    hidden = await campus_of(world, Visibility.HIDDEN)
    me, owner, *_ = await people(world)
    with pytest.raises(NotFound):
        await hidden.ask(me, hidden.mail())
    created = Campus(world, await make(world, owner, EntryRule.INVITE))
    with pytest.raises(NotFound):
        await created.ask(me, created.mail())
    with pytest.raises(VerificationRequired):
        await created.show(me, created.mail())


async def test_a_full_group_leaves_the_code_good(world: World) -> None:
    campus = await campus_of(world)
    me, other, *_ = await people(world)
    await campus.enter(other, campus.mail())
    mail = campus.mail()
    await campus.ask(me, mail)
    with pytest.raises(GroupFull):
        await campus.show(me, mail, policy=GroupPolicy(official_members_max=1))
    assert (await campus.show(me, mail)).state is MemberState.ACTIVE


async def test_verified_members_invite(world: World) -> None:
    campus = await campus_of(world)
    me, friend, *_ = await people(world)
    await campus.enter(me, campus.mail())
    digest = await invite(world, campus.group, me)
    entered = await world.store.groups.join(
        campus.group,
        MemberId(world.chance.fresh_id()),
        friend,
        MemberProfile("friend"),
        POLICY.groups,
        now_ms=world.now_ms,
        proof=Proof(invite=digest),
    )
    assert entered.state is MemberState.ACTIVE


async def admit(campus: Campus, who: AccountId, role: Role) -> Membership:
    """Let somebody in as an operator does."""
    return await campus.world.store.official.admit(
        campus.group,
        MemberId(campus.world.chance.fresh_id()),
        who,
        MemberProfile("boss"),
        role,
        POLICY.groups,
        now_ms=campus.world.now_ms,
    )


async def test_an_operator_lets_in_with_a_role_and_one_owner_only(world: World) -> None:
    campus = await campus_of(world)
    me, other, *_ = await people(world)
    assert (await admit(campus, me, Role.OWNER)).role is Role.OWNER
    seen = await world.store.groups.get(campus.group, me)
    assert seen.me is not None
    assert seen.me.role is Role.OWNER
    with pytest.raises(Conflict):
        await admit(campus, other, Role.OWNER)
    assert (await admit(campus, other, Role.ADMIN)).role is Role.ADMIN
    created = Campus(world, await make(world, me, EntryRule.OPEN))
    with pytest.raises(NotFound):
        await admit(created, other, Role.MEMBER)
