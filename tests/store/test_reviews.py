"""Contract of papers: seen by operators alone, and gone with what they decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from engine.errors import (
    AlreadyMember,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
)
from engine.ids import AccountId, GroupId, MemberId, ReviewId
from engine.model.blob import Shelf
from engine.model.group import MemberProfile, Membership, MemberState, Role, Visibility
from engine.model.look import Look
from engine.model.policy import GroupPolicy
from engine.model.profile_change import ProfileChange
from engine.model.review import Paper, RefusalReason, Review, ReviewState, check_paper
from engine.ports.outbox import NoticeKind
from engine.ports.reviews import NewReview
from store.memory.blobs import MemoryBlobs
from tests.engine.model.test_review import PDF
from tests.pictures import png
from tests.store.test_admissions import people
from tests.store.test_erasure import leave_for_good
from tests.store.test_official import Campus, campus_of
from tests.store.world import DAY_MS, POLICY, SECOND_MS, World

ID_CARD, LETTER = check_paper(png(9, 9)), check_paper(PDF)
LOOK = Look("kim", "seoul-1", "asked to come in")
PROOFS = POLICY.groups.proofs


@dataclass
class Desk:
    """An official group, and an operator who looks at its papers."""

    world: World
    campus: Campus

    async def hand_in(
        self,
        who: AccountId,
        paper: Paper = ID_CARD,
        *,
        group: GroupId | None = None,
        policy: GroupPolicy = POLICY.groups,
    ) -> Membership:
        """Hand a paper in."""
        fresh = self.world.chance.fresh_id
        new = NewReview(ReviewId(fresh()), MemberId(fresh()), MemberProfile("nick"))
        return await self.world.store.reviews.hand_in(
            group or self.campus.group, who, new, paper, policy, now_ms=self.world.now_ms
        )

    async def open(self) -> list[ReviewId]:
        """List the open reviews of this group."""
        found = await self.world.store.reviews.waiting(after=None, limit=1_000)
        return [one.review for one in found if one.group == self.campus.group]

    async def decide(
        self,
        review: ReviewId,
        refusal: RefusalReason | None = None,
        policy: GroupPolicy = POLICY.groups,
    ) -> None:
        """Decide."""
        await self.world.store.reviews.decide(
            review, refusal, LOOK, policy, now_ms=self.world.now_ms
        )

    async def mine(self, who: AccountId) -> Review:
        """Read how one's own paper stands."""
        return await self.world.store.reviews.mine(self.campus.group, who)

    async def files(self) -> list[bytes]:
        """Return the papers that lie there once the due ones are destroyed."""
        while await self.world.store.doomed_files.destroy_due(now_ms=self.world.now_ms):
            pass
        held = cast("MemoryBlobs", self.world.store.blobs).held
        return [data for key, data in held.items() if key.shelf is Shelf.DOCUMENTS]


@pytest.fixture
async def desk(world: World) -> Desk:
    """A desk without papers."""
    return Desk(world, await campus_of(world))


async def test_a_paper_that_is_good_lets_its_owner_in(desk: Desk) -> None:
    me, *_ = await people(desk.world)
    asked = await desk.hand_in(me)
    assert (asked.state, asked.role) == (MemberState.PENDING, Role.MEMBER)
    assert (await desk.mine(me)).state is ReviewState.OPEN
    change = ProfileChange(nickname="여우", bio="hello")
    await desk.world.store.profiles.change(
        desk.campus.group, me, change, POLICY.groups, now_ms=desk.world.now_ms
    )
    (review,) = await desk.open()
    case = await desk.world.store.reviews.read(review, LOOK, now_ms=desk.world.now_ms)
    assert (case.nickname, case.paper) == ("여우", ID_CARD)
    await desk.decide(review)
    assert await desk.mine(me) == Review(ReviewState.ADMITTED, None, desk.world.now_ms)
    seen = await desk.world.store.groups.people(desk.campus.group, me)
    assert [(one.nickname, one.bio, one.me) for one in seen] == [("여우", "hello", True)]
    assert await desk.open() == []
    assert await desk.files() == []
    (told,) = await desk.world.notices(me)
    assert (told.kind, told.content) == (
        NoticeKind.REVIEWED,
        {"group": desk.campus.group, "outcome": "admitted"},
    )
    with pytest.raises(AlreadyMember):
        await desk.hand_in(me)


async def test_a_refusal_is_told_with_its_reason_and_another_paper_waits(desk: Desk) -> None:
    me, *_ = await people(desk.world)
    await desk.hand_in(me)
    (review,) = await desk.open()
    await desk.decide(review, RefusalReason.OUTDATED)
    (told,) = await desk.world.notices(me)
    assert told.content == {
        "group": desk.campus.group,
        "outcome": "refused",
        "reason": "outdated",
    }
    assert (await desk.mine(me)).reason is RefusalReason.OUTDATED
    assert await desk.files() == []
    with pytest.raises(NotFound):
        await desk.world.store.groups.people(desk.campus.group, me)
    for late in (desk.decide(review), desk.decide(review, RefusalReason.UNPROVEN)):
        with pytest.raises(NotFound):
            await late
    with pytest.raises(RateLimited):
        await desk.hand_in(me, LETTER)
    desk.world.clock.now_ms += PROOFS.paper_again_s * SECOND_MS
    await desk.hand_in(me, LETTER)
    (again,) = await desk.open()
    assert again != review


async def test_another_paper_replaces_the_first(desk: Desk) -> None:
    me, *_ = await people(desk.world)
    first = await desk.hand_in(me)
    assert await desk.hand_in(me, LETTER) == first
    (review,) = await desk.open()
    case = await desk.world.store.reviews.read(review, LOOK, now_ms=desk.world.now_ms)
    assert case.paper == LETTER
    assert len(await desk.files()) == 1


async def test_every_look_is_a_link_of_the_chain(desk: Desk) -> None:
    me, *_ = await people(desk.world)
    await desk.hand_in(me)
    (review,) = await desk.open()
    log = desk.world.store.operator_log
    before = len(await log.page(after=0, limit=10_000))
    await desk.world.store.reviews.read(review, LOOK, now_ms=desk.world.now_ms)
    await desk.decide(review, RefusalReason.OTHER_PERSON)
    links = (await log.page(after=0, limit=10_000))[before:]
    assert [one.deed for one in links] == ["paper read", "paper other_person"]
    assert {(one.look, one.subject) for one in links} == {(LOOK, f"{review} {me}")}
    with pytest.raises(NotFound):
        await desk.world.store.reviews.read(
            ReviewId("nowhere000000000"), LOOK, now_ms=desk.world.now_ms
        )


async def test_only_official_groups_take_papers_and_only_where_they_are_seen(desk: Desk) -> None:
    me, other, *_ = await people(desk.world)
    hidden = await campus_of(desk.world, Visibility.HIDDEN)
    open_group = await desk.world.make_group(other)
    for group in (hidden.group, open_group, GroupId("nowhere000000000")):
        with pytest.raises(NotFound):
            await desk.hand_in(me, group=group)
    with pytest.raises(NotFound):
        await desk.mine(me)
    assert await desk.files() == []


async def test_who_is_banned_hands_nothing_in(desk: Desk) -> None:
    me, *_ = await people(desk.world)
    await desk.hand_in(me)
    (review,) = await desk.open()
    await desk.decide(review)
    await desk.world.store.groups.leave(desk.campus.group, me, now_ms=desk.world.now_ms)
    await desk.world.hands.ban_member(desk.campus.group, me)
    with pytest.raises(Forbidden):
        await desk.hand_in(me)


async def test_nobody_waits_in_too_many_groups(desk: Desk) -> None:
    me, *_ = await people(desk.world)
    for _ in range(PROOFS.papers_open_max):
        await desk.hand_in(me, group=(await campus_of(desk.world)).group)
    with pytest.raises(RateLimited):
        await desk.hand_in(me)


async def test_a_full_group_admits_nobody_and_the_paper_waits_on(desk: Desk) -> None:
    me, other, *_ = await people(desk.world)
    await desk.hand_in(me)
    await desk.hand_in(other)
    one, more = await desk.open()
    small = GroupPolicy(official_members_max=1)
    await desk.decide(one, policy=small)
    with pytest.raises(GroupFull):
        await desk.decide(more, policy=small)
    assert await desk.open() == [more]
    assert len(await desk.files()) == 1


@pytest.mark.parametrize("how", ["leave", "erase", "expire"])
async def test_a_paper_goes_with_its_applicant_and_with_time(desk: Desk, how: str) -> None:
    me, *_ = await people(desk.world)
    await desk.hand_in(me)
    reviews, days = desk.world.store.reviews, PROOFS.paper_days
    match how:
        case "leave":
            await desk.world.store.groups.leave(desk.campus.group, me, now_ms=desk.world.now_ms)
            with pytest.raises(NotFound):
                await desk.mine(me)
        case "erase":
            await leave_for_good(desk.world, me)
        case _:
            desk.world.clock.now_ms += days * DAY_MS - 1
            while await reviews.expire_due(POLICY.groups, now_ms=desk.world.now_ms):
                pass
            assert (await desk.mine(me)).state is ReviewState.OPEN
            desk.world.clock.now_ms += 1
            assert await reviews.expire_due(POLICY.groups, now_ms=desk.world.now_ms)
            assert (await desk.mine(me)).state is ReviewState.EXPIRED
            (told,) = await desk.world.notices(me)
            assert told.content["outcome"] == "expired"
            await desk.hand_in(me)
            await desk.world.store.groups.leave(desk.campus.group, me, now_ms=desk.world.now_ms)
    assert await desk.open() == []
    assert await desk.files() == []


async def test_an_admin_of_the_group_decides_without_seeing_the_paper(desk: Desk) -> None:
    admin, me, *_ = await people(desk.world)
    group, official = desk.campus.group, desk.world.store.official
    await official.admit(
        group,
        MemberId(desk.world.chance.fresh_id()),
        admin,
        MemberProfile("주인"),
        Role.ADMIN,
        POLICY.groups,
        now_ms=desk.world.now_ms,
    )
    asked = await desk.hand_in(me)
    admissions = desk.world.store.admissions
    await admissions.decide(
        group, admin, asked.member, POLICY.groups, admit=True, now_ms=desk.world.now_ms
    )
    assert await desk.open() == []
    assert await desk.files() == []
    assert len(await desk.world.store.groups.people(group, me)) == 2


async def test_a_moderator_of_an_official_group_admits_nobody(desk: Desk) -> None:
    moderator, me, *_ = await people(desk.world)
    group = desk.campus.group
    await desk.world.store.official.admit(
        group,
        MemberId(desk.world.chance.fresh_id()),
        moderator,
        MemberProfile("주인"),
        Role.MODERATOR,
        POLICY.groups,
        now_ms=desk.world.now_ms,
    )
    asked = await desk.hand_in(me)
    admissions = desk.world.store.admissions
    for admit in (True, False):
        with pytest.raises(Forbidden):
            await admissions.decide(
                group, moderator, asked.member, POLICY.groups, admit=admit, now_ms=0
            )
    with pytest.raises(Forbidden):
        await admissions.applicants(group, moderator)
    assert len(await desk.open()) == 1


async def test_what_lies_in_the_store_of_files_says_nothing(place: str | None, desk: Desk) -> None:
    me, *_ = await people(desk.world)
    await desk.hand_in(me, LETTER)
    (kept,) = await desk.files()
    # The memory twin seals nothing: its files are as short-lived as it is.
    assert (PDF in kept) is (place is None)
