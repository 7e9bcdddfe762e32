"""A person at the reference client: Debian's chromium, real sockets, a screen of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
WAIT_MS = 15_000

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start chromium, headless."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "chromium is missing; `make test` installs it"
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """One person, one window."""

    context: BrowserContext
    page: Page
    nickname: str = ""

    def at(self, testid: str) -> Locator:
        """Find an element by its stable hook."""
        return self.page.get_by_test_id(testid)

    def sign_in(self, phone: str, nickname: str, gender: str) -> None:
        """Sign in by phone, with the code that the dev environment shows."""
        self.at("phone-input").fill(phone)
        self.at("phone-submit").click()
        code = self.at("dev-code").get_attribute("data-code")
        assert code is not None
        self.at("code-input").fill(code)
        if self.at("code-submit").is_visible():
            self.at("code-submit").click()
        self.nickname = nickname
        self.at("profile-nickname").fill(nickname)
        self.at("profile-birth-year").fill("1996")
        self.at("profile-gender").select_option(gender)
        self.at("profile-submit").click()
        expect(self.at("nav-groups").first).to_be_visible()

    def join(self, group: str) -> None:
        """Join a group and see who is in it."""
        self.at("nav-groups").first.click()
        self.at("group-card").filter(has_text=group).first.click()
        self.at("group-join").click()
        # A name that another test took in this group comes back with a number behind it.
        expect(self.page.get_by_text(self.nickname, exact=True)).to_be_visible()

    def like(self, nickname: str) -> None:
        """Like somebody of the group that is open."""
        self.page.reload()  # The list is as it was when it was opened.
        name = self.page.get_by_text(nickname, exact=True)
        card = self.at("person-card").filter(has=name)
        card.get_by_test_id("like-button").click()
        self.at("like-romantic").click()
        expect(card.get_by_test_id("liked-note")).to_be_visible()

    def message(self, text: str) -> Locator:
        """Find the message that says a text itself, not one that quotes it."""
        return self.at("message").filter(has=self.page.locator(".bubble", has_text=text))

    def act(self, text: str, action: str) -> None:
        """Open the menu of a message and choose from it."""
        self.message(text).hover()
        self.message(text).get_by_test_id("message-menu").click()
        self.at(action).click()

    def say(self, text: str) -> None:
        """Write a line and send it by the keyboard."""
        self.at("message-input").fill(text)
        self.at("message-input").press("Enter")

    def lines(self) -> list[str]:
        """Return what the conversation shows, top to bottom."""
        return [one.strip() for one in self.at("message").locator("p").all_inner_texts()]

    def shop(self) -> None:
        """Go to the shop, from wherever they are."""
        self.at("nav-account").first.evaluate("link => link.click()")
        self.at("shop-open").click()

    def shoot(self, path: Path) -> None:
        """Keep a picture of the screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)


@contextmanager
def visitor(
    browser: Browser, url: str, *, locale: str, screen: dict[str, int], dark: bool = False
) -> Iterator[Visitor]:
    """Open a window for one person."""
    context = browser.new_context(
        locale=locale,
        viewport={"width": screen["width"], "height": screen["height"]},
        color_scheme="dark" if dark else "light",
        has_touch=screen is PHONE,
    )
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    try:
        yield Visitor(context, page)
    finally:
        context.close()
    assert complaints == [], complaints
