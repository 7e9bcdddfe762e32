"""Guards of what a block hides in a room that its two are in."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_ROOM = "engine/rooms/room.py"
_VEILS = "engine/rooms/veils.py"
_AUDIENCE = "actors/audience.py"
_LIVE = "tests/actors/test_veils.py"
_PURE = "tests/engine/rooms/test_veils.py"
_AS_HEARD = f"{_LIVE}::test_what_is_read_later_is_what_was_heard"
_LEFT = f"{_LIVE}::test_each_of_the_two_hears_that_the_other_has_left_and_nothing_more"
_BLOCKED = f"{_PURE}::test_for_the_blocked_the_other_has_left_and_comes_back"

MUTANTS = (
    Mutant(
        name="a-block-is-answered-before-the-room-knows",
        promises=("rule",),
        file="api/rest/rooms.py",
        old="    services.look_again(room)  # so",
        new="    # so",
        tests=("tests/api/rest/test_blocks.py::test_the_room_is_told_before_the_answer",),
    ),
    Mutant(
        name="a-room-looks-again-behind-its-mail",
        promises=("rule",),
        file="actors/node.py",
        old="        self.rooms.look_again(room)\n",
        new="",
        tests=(
            f"{_LIVE}::test_what_is_said_after_the_answer_to_a_block_is_hidden_before_the_notice_comes",
        ),
    ),
    Mutant(
        name="what-is-hidden-can-be-answered",
        promises=("rule",),
        file=_ROOM,
        old="        return seen and not hides(self.veils.get(alias, ()), target)\n",
        new="        return seen\n",
        tests=(f"{_LIVE}::test_what_is_hidden_can_be_answered_no_more_than_what_is_no_message",),
    ),
    Mutant(
        name="what-was-said-before-one-came-can-be-answered",
        promises=("rule",),
        file=_ROOM,
        old="        seen = target.name is _MESSAGE and target.seq > self.since(alias)\n",
        new="        seen = target.name is _MESSAGE\n",
        tests=(
            "tests/engine/rooms/test_room.py::test_what_was_said_before_one_came_is_no_message_to_them",
        ),
    ),
    Mutant(
        name="typing-of-who-is-hidden-is-shown",
        promises=("rule",),
        file=_AUDIENCE,
        old="        return bool(self.apart) and sender in self.apart.get(alias, ())\n",
        new="        return False\n",
        tests=(
            f"{_LIVE}::test_nobody_who_is_hidden_is_listed_or_felt",
            f"{_LIVE}::test_presence_of_who_is_hidden_is_not_told",
        ),
    ),
    Mutant(
        name="everybody-is-shown-the-same",
        promises=("rule",),
        file=_AUDIENCE,
        old="                if some_see_otherwise and alias in views:\n",
        new="                if False:\n",
        tests=(_LEFT, _AS_HEARD),
    ),
    Mutant(
        name="what-is-hidden-is-shown",
        promises=("rule",),
        file=_VEILS,
        old="    if hides(veils, event):\n        return blank(event)\n",
        new="",
        tests=(_BLOCKED, _LEFT, f"{_PURE}::test_no_place_is_ever_missing"),
    ),
    Mutant(
        name="an-answer-names-what-is-hidden",
        promises=("rule",),
        file=_VEILS,
        old='        if "reply_to" in event.content and target_hidden(event):\n',
        new="        if False:\n",
        tests=(
            _BLOCKED,
            f"{_LIVE}::test_what_is_hidden_can_be_answered_no_more_than_what_is_no_message",
        ),
    ),
    Mutant(
        name="a-reaction-names-what-is-hidden",
        promises=("rule",),
        file=_VEILS,
        old='    return blank(event) if "target" in event.content and target_hidden(event) else event\n',
        new="    return event\n",
        tests=(
            _BLOCKED,
            f"{_LIVE}::test_what_is_hidden_can_be_answered_no_more_than_what_is_no_message",
        ),
    ),
    Mutant(
        name="what-is-older-is-not-looked-up",
        promises=("rule",),
        file=_VEILS,
        old="(at_hand.get(seq) or find(seq)) if isinstance(seq, int)",
        new="at_hand.get(seq) if isinstance(seq, int)",
        tests=(f"{_PURE}::test_what_is_older_than_what_is_at_hand_is_asked_for",),
    ),
    Mutant(
        name="everybody-learns-of-a-block",
        promises=("I8",),
        file=_VEILS,
        old="    if event.sender is None or me not in (event.sender, other):\n",
        new="    if event.sender is None:\n",
        tests=(f"{_PURE}::test_who_has_a_veil_of_their_own_learns_nothing_of_others",),
    ),
    Mutant(
        name="who-is-not-concerned-reads-of-a-block",
        promises=("I8",),
        file=_VEILS,
        old="    if not veils:\n        return in_public(events)\n",
        new="    if not veils:\n        return events\n",
        tests=(
            f"{_PURE}::test_the_others_see_a_blank_place_and_nothing_else",
            _AS_HEARD,
        ),
    ),
)
