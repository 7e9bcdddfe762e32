"""Guards of what processes tell each other: heard once, believed never, and lost without harm."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_HERALD = "tests/actors/test_herald.py"
_FOLLOWING = "tests/actors/test_following.py"
_BUS = "tests/store/test_bus.py"

MUTANTS = (
    Mutant(
        name="a-copy-is-told-whoever-has-heard-it",
        promises=("rule",),
        file="actors/dispatcher.py",
        old="        after = self._told.pop(number, 0)\n",
        new="        after = 0\n",
        tests=(
            f"{_HERALD}::test_two_that_read_the_same_notice_tell_it_once",
            f"{_HERALD}::test_a_copy_that_comes_twice_or_late_is_told_once_and_to_who_came_since",
        ),
    ),
    Mutant(
        name="a-notice-stays-with-its-reader",
        promises=("rule",),
        file="actors/dispatcher.py",
        old="                self._copy(notice)\n",
        new="",
        tests=(
            f"{_HERALD}::test_a_notice_about_a_person_reaches_their_sessions_everywhere_each_once[False]",
        ),
    ),
    Mutant(
        name="a-word-on-the-bus-ends-a-session",
        promises=("row 70",),
        file="actors/dispatcher.py",
        old="            self._people.doubt(copy.account)\n",
        new="            self._people.end(copy.account, None)\n",
        tests=(f"{_HERALD}::test_a_copy_of_anything_else_is_passed_over",),
    ),
    Mutant(
        name="who-is-doubted-waits-for-the-minute",
        promises=("row 70",),
        file="actors/people.py",
        old="            self._doubt.set()\n",
        new="            pass\n",
        tests=(
            "tests/gateway/test_recheck.py::test_of_whom_another_process_says_so_it_looks_at_once_and_at_nobody_else",
        ),
    ),
    Mutant(
        name="a-room-that-was-taken-is-taken-back",
        promises=("row 18",),
        file="actors/room.py",
        old="                if fence == self._room.fence:\n                    await self._follow()\n",
        new="                self._history.stale |= fence == self._room.fence\n",
        tests=(f"{_FOLLOWING}::test_who_only_listens_does_not_take_the_room",),
    ),
    Mutant(
        name="who-follows-writes-under-the-old-fence",
        promises=("row 18",),
        file="actors/room.py",
        old="        if self._room.followed and any(map(writes, batch)):\n",
        new="        if False:\n",
        tests=(f"{_FOLLOWING}::test_who_follows_and_speaks_takes_the_room_and_is_not_refused",),
    ),
    Mutant(
        name="who-has-left-elsewhere-goes-on-listening",
        promises=("I6",),
        file="actors/room.py",
        old="            self._set_occupants(await self._log.occupants(room.room))\n",
        new="",
        tests=(f"{_FOLLOWING}::test_who_has_left_by_another_process_hears_no_more_here",),
    ),
    Mutant(
        name="who-has-left-hears-a-room-that-is-loaded-again",
        promises=("I6",),
        file="actors/room.py",
        old="            self._expelled[gone] = audience.expel(gone)\n",
        new="            pass\n",
        tests=(f"{_FOLLOWING}::test_who_has_left_is_not_heard_by_who_loads_the_room_again",),
    ),
    Mutant(
        name="what-is-followed-keeps-what-was-taken-back",
        promises=("I6",),
        file="engine/rooms/room.py",
        old="        self._deleting.update(one.target for",
        new="        list(one.target for",
        tests=(f"{_FOLLOWING}::test_what_is_taken_back_elsewhere_is_read_here_without_its_words",),
    ),
    Mutant(
        name="a-commit-is-not-said",
        promises=("rule",),
        file="actors/node.py",
        old="            self.committer.wrote = self.herald.moved\n",
        new="",
        tests=(
            f"{_HERALD}::test_what_rest_says_in_a_room_is_heard_at_once_and_the_next_is_not_refused",
        ),
    ),
    Mutant(
        name="who-is-hidden-elsewhere-stays-here",
        promises=("I6",),
        file="actors/herald.py",
        old="                self._rooms.look_again(room)\n",
        new="                pass\n",
        tests=(f"{_HERALD}::test_who_was_hidden_by_another_process_is_hidden_here_at_once",),
    ),
    Mutant(
        name="what-waits-to-be-said-has-no-bound",
        promises=("I10",),
        file="actors/herald.py",
        old="        if len(self._waiting) > BUS_WAITING_NEWS_MAX:\n",
        new="        if False:\n",
        tests=(f"{_HERALD}::test_more_than_can_wait_loses_the_oldest",),
    ),
    Mutant(
        name="told-notices-are-remembered-for-ever",
        promises=("I10",),
        file="actors/dispatcher.py",
        old="        if len(self._told) > TOLD_NOTICES_MAX:\n",
        new="        if False:\n",
        tests=(f"{_HERALD}::test_no_more_notices_are_remembered_than_so_many",),
    ),
    Mutant(
        name="nobody-looks-for-what-was-lost",
        promises=("rule",),
        file="actors/herald.py",
        old="            if not news:  # something may be lost\n",
        new="            if False:\n",
        tests=(f"{_HERALD}::test_what_was_missed_is_looked_for_when_the_bus_is_there_again",),
    ),
    Mutant(
        name="a-frame-of-yesterday-is-believed",
        promises=("rule",),
        file="store/redis/frames.py",
        old="        if abs(self._chance.now_ms() - batch.at_ms) > BUS_AGE_S_MAX * 1000:\n",
        new="        if False:\n",
        tests=(f"{_BUS}::test_what_others_put_on_the_channel_is_dropped_and_counted",),
    ),
    Mutant(
        name="one-hears-oneself",
        promises=("rule",),
        file="store/redis/frames.py",
        old="        return () if batch.by == self._me else batch.news\n",
        new="        return batch.news\n",
        tests=(f"{_BUS}::test_nobody_hears_oneself[redis]",),
    ),
)
