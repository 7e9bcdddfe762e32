"""An event in the browser: opened with a QR, entered by its link and its code, matched, chatted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.rest import sign_in
from tests.e2e.server import Server, serving

NAME = "유리 공방 첫날"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def quick_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose meetings have a round every second, for a test that waits for one."""
    folder = tmp_path_factory.mktemp("meeting")
    policy = folder / "policy.toml"
    policy.write_text("[meetings]\nround_s = 1\n", encoding="utf-8")
    with serving(Server(folder / "data", policy=policy)) as running:
        yield running


def test_an_event_from_its_qr_to_a_conversation(
    browser: Browser, quick_server: Server, album: Path
) -> None:
    url = quick_server.url
    with (
        visitor(browser, url, locale="ko-KR", screen=PHONE) as sora,
        visitor(browser, url, locale="en-US", screen=DESK, dark=True) as liam,
    ):
        sora.sign_in("010-4000-0001", "소라", "female")
        code = _open_event(sora, album)
        for number, gender in enumerate(("female", "male")):
            guest = sign_in(quick_server, f"010-4000-001{number}", f"손님{number}", gender)
            guest.call("POST", "/v1/meetings/join", {"code": code})
            guest.http.close()
        _enter_by_link(liam, url, code, album)
        _describe_themselves(sora, liam, album)
        _look_for_each_other(sora, liam, album)
        _meet(sora, liam, album)
        _end(sora, liam)


def _open_event(sora: Visitor, album: Path) -> str:
    sora.at("nav-groups").first.click()
    sora.shoot(album / "30-events-phone-ko.png")
    sora.at("meeting-create").click()
    sora.at("meeting-name").fill(NAME)
    sora.at("meeting-mode-auto").check()
    sora.shoot(album / "31-event-create-phone-ko.png")
    sora.at("meeting-create-dialog-submit").click()
    expect(sora.at("meeting-qr").locator("svg path").first).to_be_attached()
    sora.shoot(album / "32-event-qr-phone-ko.png")
    sora.at("meeting-qr-open").click()
    expect(sora.at("meeting-qr-dialog").locator("svg path").first).to_be_attached()
    sora.page.keyboard.press("Escape")
    expect(sora.at("meeting-qr-dialog")).to_have_count(0)
    code = sora.at("meeting-code-shown").get_attribute("data-code")
    assert code is not None
    return code


def _enter_by_link(liam: Visitor, url: str, code: str, album: Path) -> None:
    """The link leads in from the sign-in on; a wrong code says so."""
    liam.page.goto(f"{url}/#/meet/{code}")
    liam.sign_in("010-4000-0002", "Liam", "male")
    expect(liam.at("meeting-code")).to_have_value(code)
    liam.at("meeting-code").fill("22222222")
    liam.at("meeting-join-dialog-submit").click()
    expect(liam.at("meeting-join-dialog-problem")).to_have_text(
        "No event has this code. Have another look."
    )
    liam.shoot(album / "33-event-code-desk-en-dark.png")
    liam.at("meeting-code").fill(f"{code[:4].lower()} {code[4:]}")
    liam.at("meeting-join-dialog-submit").click()
    expect(liam.at("meeting-look")).to_be_visible()
    expect(liam.at("meeting-host")).to_have_count(0)
    expect(liam.at("meeting-describe")).to_be_disabled()


def _describe_themselves(sora: Visitor, liam: Visitor, album: Path) -> None:
    sora.at("meeting-look-open").click()
    sora.at("look-upper").select_option("knit")
    sora.at("look-upper_colour").select_option("red")
    sora.at("look-hair").select_option("long")
    sora.at("look-scarf").check(force=True)
    sora.shoot(album / "34-event-look-phone-ko.png")
    sora.at("look-line").fill("창가에서 유리를 불고 있어요")
    sora.at("meeting-look-dialog-submit").click()
    expect(_chips(sora, "meeting-look")).to_have_text(["빨간색 니트", "긴 머리", "목도리"])
    liam.at("meeting-look-open").click()
    liam.at("look-upper").select_option("shirt")
    liam.at("look-upper_colour").select_option("blue")
    liam.at("look-glasses").select_option("true")
    liam.at("meeting-look-dialog-submit").click()
    expect(_chips(liam, "meeting-look")).to_have_text(["blue shirt", "glasses"])


def _look_for_each_other(sora: Visitor, liam: Visitor, album: Path) -> None:
    liam.at("meeting-describe").click()
    liam.at("meeting-describe-dialog-submit").click()
    expect(liam.at("meeting-describe-dialog-problem")).to_have_text("Pick at least one thing.")
    liam.at("look-upper_colour").select_option("wine")
    liam.at("describe-friend").check()
    liam.shoot(album / "35-event-describe-desk-en-dark.png")
    liam.at("meeting-describe-dialog-submit").click()
    expect(_chips(liam, "meeting-description")).to_have_text(["wine red"])
    liam.shoot(album / "36-event-desk-en-dark.png")
    sora.at("meeting-describe").click()
    sora.at("look-glasses").select_option("true")
    sora.at("describe-friend").check()
    sora.at("meeting-describe-dialog-submit").click()


def _meet(sora: Visitor, liam: Visitor, album: Path) -> None:
    """Both are told together; what one wrote of oneself is for whom one has met."""
    for person in (sora, liam):
        expect(person.at("match-open-chat")).to_be_visible()
    liam.at("match-open-chat").click()
    liam.say("Hello by the window")
    sora.page.keyboard.press("Escape")
    expect(sora.at("meeting-match")).to_contain_text("Liam")
    sora.at("meeting-match").hover()
    sora.shoot(album / "37-event-met-phone-ko.png")
    sora.at("meeting-match").click()
    expect(sora.message("Hello by the window")).to_be_visible()
    liam.at("nav-groups").first.click()
    liam.at("group-card").filter(has_text=NAME).click()
    expect(liam.at("meeting-match")).to_contain_text("창가에서 유리를 불고 있어요")


def _end(sora: Visitor, liam: Visitor) -> None:
    sora.at("nav-groups").first.evaluate("link => link.click()")
    sora.at("group-card").filter(has_text=NAME).click()
    sora.at("meeting-end").click()
    sora.at("meeting-end-confirm-yes").click()
    expect(sora.page.get_by_text("끝난 행사예요")).to_be_visible()
    liam.at("nav-matches").first.click()
    liam.page.locator('[data-testid="room-item"][data-kind="match"]').click()
    liam.say("See you")
    expect(liam.message("See you")).to_be_visible()


def _chips(person: Visitor, testid: str) -> Locator:
    return person.at(testid).locator(".look-words li")
