"""REST against its own OpenAPI document, by a fuzzer that nobody here wrote.

Every check of schemathesis is on, and the links of the document are followed. What the document
cannot say is listed here, each with its reason, and so is what only an account of its own may do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROUNDS_IN_THE_SUITE
from tests.e2e.rest import Json, Person, sign_in
from tests.e2e.server import ROOT, Server, serving

EXAMPLES = 5  # of each operation; the coverage phase walks every bound of every field besides
RUN_S_MAX = 240.0

# Rules about what a valid form says; breaking one is `bad_request` too.
BEYOND_THE_FORM = {
    "send_code": "a number is judged by its country's plan",
    "verify_code": "a number is judged by its country's plan, a nickname by its letters",
    "send_mail_code": "an address is judged by its letters and by the domains of a group",
    "read_outbox": "a number is judged by its country's plan",
    "change_me": "a nickname is judged by its letters, not by its length alone",
    "create_group": "a name, tags and a nickname are judged by their letters",
    "invite_people": "how many uses an invite may have is policy",
    "join_group": "a nickname is judged by its letters",
    "put_photo": "a picture is judged by its bytes",
    "hand_in_document": "a paper is judged by its bytes",
    "put_room_file": "a picture and a voice are judged by their bytes",
    "change_profile": "a nickname is judged by its letters",
    "change_push": "quiet hours that begin as they end are none",
    "join_meeting": "a code is judged by its letters, a nickname too",
    "show_look": "of a line the visible characters count",
    "describe_person": "at least one thing has to be said",
    "say_consent": "the version is that of words that were shown",
    "sign_in_by_clerk": "a token is judged by its signature",
    "hear_stripe": "an event is judged by its signature",
    "hear_toss": "an event is judged by what it is about",
    "search_messages": "of a query the letters count",
}

# What is there depends on what a group is: nothing was lost between the two calls.
ONLY_SOME_GROUPS = (
    "send_mail_code",
    "get_place",
    "get_place_code",
    "get_meeting",
    "get_qr",
    "show_look",
    "describe_person",
    "end_meeting",
    "get_own_photo",
    "get_peer_photo",
    "hand_in_document",
    "get_document_review",
    "get_room_file",
)

# These end the account or the session they are called with, or make thousands of people.
APART = ("sign_out", "delete_me", "seed")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without rates of its own, with the demo group."""
    data = tmp_path_factory.mktemp("fuzzed") / "data"
    with serving(Server(data, environment="bench", demo=True)) as running:
        yield running


@contextmanager
def _signed_in(server: Server, phone: str, nickname: str, gender: str) -> Iterator[Person]:
    person = sign_in(server, phone, nickname, gender)
    with closing(person.http):
        yield person


def _a_conversation(fox: Person, owl: Person) -> dict[str, str]:
    """Let two people match, and return the ids of what they have."""
    group = str(fox.items("/v1/groups")[0]["group"])
    for person in (fox, owl):
        person.call("POST", f"/v1/groups/{group}/join", {})
    for person, nickname in ((fox, "부엉"), (owl, "여우비")):
        members = person.items(f"/v1/groups/{group}/members?limit=100")
        member = next(str(one["member"]) for one in members if one["nickname"] == nickname)
        like: Json = {"member": member, "intent": "friend"}
        person.call("POST", f"/v1/groups/{group}/likes", like, status=202)
    return {"path.group": group}


def _settings(known: dict[str, str]) -> str:
    lines = ['hooks = "tests.e2e.fuzz_hooks"', "continue-on-failure = true"]
    for number, value in enumerate(known.values()):
        lines += [f"[dictionaries.known{number}]", f"values = {json.dumps([value])}"]
    lines.append("[parameters]")
    lines += [f'"{name}" = {{ dictionary = "known{n}" }}' for n, name in enumerate(known)]
    lines += ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(_statuses())}"]
    for name in BEYOND_THE_FORM:
        lines += ["[[operations]]", f'include-operation-id = "{name}"']
        wanted = json.dumps(_statuses("400"))
        lines.append(f"checks.positive_data_acceptance.expected-statuses = {wanted}")
        if name in ONLY_SOME_GROUPS:
            lines.append("checks.ensure_resource_availability.enabled = false")
    for name in set(ONLY_SOME_GROUPS) - set(BEYOND_THE_FORM):
        lines += ["[[operations]]", f'include-operation-id = "{name}"']
        lines.append("checks.ensure_resource_availability.enabled = false")
    return "\n".join(lines)


def _statuses(*more: str) -> list[str]:
    return ["2xx", "303", "401", "402", "403", "404", "409", "410", "429", "503", *more]


def _fuzz(server: Server, person: Person, folder: Path, settings: str, *words: str) -> None:
    config = folder / "schemathesis.toml"
    config.write_text(settings, encoding="utf-8")
    run = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config)),
            "run",
            *("--header", f"Authorization: Bearer {person.access}", "--no-color"),
            *("--generation-database", "none", "--warnings", "off", "--request-timeout", "10"),
            # A NUL is refused in every text; no pattern of each field says so.
            *("--generation-allow-x00", "false"),
            *words,
            f"{server.url}/v1/openapi.json",
        ],
        cwd=folder,
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=RUN_S_MAX,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "generated" in run.stdout, run.stdout


def test_every_answer_is_one_that_the_document_names(
    town: Server, tmp_path: Path, rounds: int
) -> None:
    """What a fuzzer finds does not come and go in the suite: its seeds are the numbers from 0."""
    apart = [word for name in APART for word in ("--exclude-operation-id", name)]
    words = [*apart, "-n", str(EXAMPLES)]
    with (
        _signed_in(town, "010-8100-0001", "여우비", "female") as fox,
        _signed_in(town, "010-8100-0002", "부엉", "male") as owl,
    ):
        settings = _settings(_a_conversation(fox, owl))
        for seed in range(rounds // ROUNDS_IN_THE_SUITE):
            _fuzz(town, fox, tmp_path, settings, *words, "--seed", str(seed))


@pytest.mark.parametrize("name", ["sign_out", "delete_me"])
def test_what_ends_a_session_answers_as_the_document_says(
    town: Server, tmp_path: Path, name: str
) -> None:
    phone = {"sign_out": "010-8100-0011", "delete_me": "010-8100-0012"}[name]
    words = ("--include-operation-id", name, "--phases", "coverage,fuzzing", "-n", "1")
    with _signed_in(town, phone, "나그네", "other") as leaver:
        _fuzz(town, leaver, tmp_path, _settings({}), *words, "--seed", "0")
