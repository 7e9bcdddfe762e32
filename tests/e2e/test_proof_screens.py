"""Proofs in the browser: a code by mail, where one is, and the code that a place shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server, serving
from tests.engine.model.test_review import PDF
from tests.pictures import PIXEL
from tests.postgres import databases_of

CAMPUS = "한빛대학교 사람들"
ARCHIVE = "기록원 사람들"
OFFICE = "한빛상사 사람들"
HOST = "010-3910-0001"
HERE = "광장 온실"
MAIL = "orla@hanbit.ac.kr"
Three = tuple[Visitor, Visitor, Visitor]
SQUARE = {"latitude": 37.5665, "longitude": 126.978, "accuracy": 15}


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Server]:
    """A server over a database that an operator's command reaches too."""
    database = databases_of(pytestconfig).empty()
    data = tmp_path_factory.mktemp("proofs") / "data"
    with serving(Server(data, database=database)) as running:
        yield running


@pytest.fixture(scope="module")
def three(place: Server) -> Iterator[Three]:
    """Somebody in the square, and two newcomers."""
    with (
        open_browser() as browser,
        visitor(browser, place.url, locale="ko-KR", screen=PHONE) as host,
        visitor(browser, place.url, locale="en-US", screen=DESK, dark=True) as guest,
        visitor(browser, place.url, locale="ko-KR", screen=PHONE) as late,
    ):
        late.sign_in("010-3910-0003", "늦은이", "male")
        host.sign_in(HOST, "광장지기", "female")
        guest.sign_in("010-3910-0002", "Orla", "female")
        yield host, guest, late


def _open(person: Visitor, name: str) -> None:
    person.page.goto(f"{person.page.url.split('#')[0]}#/groups")
    person.page.reload()
    person.at("group-search").fill(name)
    person.at("group-card").filter(has_text=name).click()


def test_a_newcomer_comes_into_an_official_group_by_mail(
    place: Server, three: Three, album: Path
) -> None:
    _, guest, late = three
    place.admin("official", "--name", CAMPUS, "--domain", "hanbit.ac.kr")
    _open(guest, CAMPUS)
    guest.at("group-join").click()
    guest.at("proof-mail").fill("orla@other.ac.kr")
    guest.at("proof-mail-dialog-submit").click()
    expect(guest.at("proof-mail-dialog-problem")).to_contain_text("isn’t an address")
    guest.shoot(album / "63-mail-wrong-desk-en.png")
    guest.at("proof-mail").fill(MAIL)
    guest.at("proof-mail-dialog-submit").click()
    expect(guest.at("proof-code-dialog")).to_contain_text(MAIL)
    sent = httpx.get(f"{place.url}/v1/dev/mails", params={"mail": MAIL}).json()["items"]
    code = sent[0]["code"]
    guest.at("proof-code").fill(f"{(int(code) + 1) % 10**6:06}")
    guest.at("proof-code-dialog-submit").click()
    expect(guest.at("proof-code-dialog-problem")).to_contain_text("wrong or too old")
    guest.at("proof-code").fill(code)
    guest.at("proof-code-dialog-submit").click()
    expect(guest.at("person-card")).to_have_count(1)
    # Whoever is verified invites, and that is a proof too.
    guest.at("invite-make").click()
    guest.at("invite-make-dialog-submit").click()
    link = guest.at("invite-made-link").input_value()
    _open(late, CAMPUS)
    late.at("group-join-invited").click()
    expect(late.at("invite-code")).to_have_value("")
    late.at("invite-code").fill(link.rsplit("/", 1)[1])
    late.at("invite-dialog-submit").click()
    expect(late.at("person-card")).to_have_count(2)


def test_an_operator_lets_somebody_into_an_official_group(place: Server, three: Three) -> None:
    host, guest, _ = three
    place.admin("official", "--name", OFFICE)
    _open(host, OFFICE)
    group = host.page.url.rsplit("/", 1)[1]
    expect(host.at("group-join")).to_be_visible()
    place.admin("admit", group, "--phone", HOST, "--nickname", "광장지기", "--role", "moderator")
    host.page.reload()
    expect(host.at("person-card")).to_have_count(1)
    expect(host.at("role")).to_have_text("운영진")
    # Nobody else is let in by it.
    _open(guest, OFFICE)
    expect(guest.at("group-join")).to_be_visible()


def _decide(place: Server, group: str, *words: str) -> None:
    """Let an operator do something about the one paper of a group."""
    (line,) = (one for one in place.admin("reviews").splitlines() if group in one)
    place.admin("review", line.split()[0], "--operator", "kim", "--why", "they asked", *words)


def test_a_newcomer_comes_in_by_a_paper_that_an_operator_has_seen(
    place: Server, three: Three, album: Path, tmp_path: Path
) -> None:
    _, guest, late = three
    place.admin("official", "--name", ARCHIVE)
    for person in (late, guest):
        _open(person, ARCHIVE)
        person.at("paper-open").click()
    late.at("paper-file").set_input_files(
        {"name": "card.txt", "mimeType": "text/plain", "buffer": b"no paper"}
    )
    late.at("paper-dialog-submit").click()
    expect(late.at("paper-dialog-problem")).to_contain_text("열 수 없는")
    late.shoot(album / "69-paper-phone-ko.png")
    late.at("paper-file").set_input_files(
        {"name": "card.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    late.at("paper-dialog-submit").click()
    expect(late.at("paper-note")).to_have_attribute("data-state", "open")
    _decide(place, ARCHIVE, "--refuse", "outdated")
    # They are told at once, by the socket.
    expect(late.at("paper-note")).to_contain_text("기간이 지난")
    guest.at("paper-file").set_input_files(
        {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    guest.at("paper-dialog-submit").click()
    expect(guest.at("paper-note")).to_contain_text("looking at your paper")
    _decide(place, ARCHIVE, "--out", str(tmp_path))
    (paper,) = tmp_path.glob("*.pdf")
    assert (paper.read_bytes(), paper.stat().st_mode & 0o077) == (PDF, 0)
    _decide(place, ARCHIVE, "--admit")
    expect(guest.at("person-card")).to_have_count(1)
    assert "paper outdated" in place.admin("log")


def test_people_in_a_square_meet_by_being_there(three: Three, album: Path) -> None:
    host, guest, _ = three
    for person, position in ((host, SQUARE), (guest, {**SQUARE, "latitude": 37.6})):
        person.context.grant_permissions(["geolocation"])
        person.context.set_geolocation(position)  # type: ignore[arg-type]  # a dict of numbers
    host.page.goto(f"{host.page.url.split('#')[0]}#/groups")
    host.at("group-create").click()
    host.at("group-name").fill(HERE)
    host.at("group-entry").select_option("place")
    host.at("group-create-submit").click()
    host.at("place-new-dialog-submit").click()
    expect(host.at("place-new-dialog-problem")).to_contain_text("동의해야")
    host.shoot(album / "64-place-consent-phone-ko.png")
    host.at("place-new-dialog-agree").check()
    host.at("place-new-dialog-submit").click()
    expect(host.at("place-show")).to_be_visible()
    _open(guest, HERE)
    guest.at("group-join").click()
    guest.at("place-dialog-agree").check()
    guest.at("place-dialog-submit").click()
    expect(guest.at("place-dialog-problem")).to_contain_text("Come closer")
    guest.context.set_geolocation(SQUARE)  # type: ignore[arg-type]  # as above
    guest.at("place-dialog-submit").click()
    expect(guest.at("person-card")).to_have_count(2)


def test_whoever_scans_the_code_of_a_place_is_in(three: Three, album: Path) -> None:
    host, _, late = three
    host.page.reload()
    host.at("place-show").click()
    expect(host.at("place-link")).to_have_value(re.compile("#/place/"))
    host.shoot(album / "65-place-code-phone-ko.png")
    drawn = host.at("place-qr").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert drawn > 0
    late.page.goto(host.at("place-link").input_value())
    late.at("place-dialog-agree").check()
    late.at("place-dialog-submit").click()
    expect(late.at("person-card")).to_have_count(3)
