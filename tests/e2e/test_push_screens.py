"""What one is told of, on the screen: kinds and quiet hours are switched, and stay so."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser import PHONE, open_browser, visitor
from tests.e2e.server import Server

NUMBER = "010-5300-0001"


def test_kinds_and_quiet_hours_are_chosen_and_kept(server: Server) -> None:
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me,
    ):
        me.sign_in(NUMBER, "알림이", "female")
        me.at("nav-account").first.evaluate("link => link.click()")
        me.at("pushes-open").click()
        expect(me.at("push-likes")).to_be_checked()
        expect(me.at("push-quiet-start")).to_be_hidden()
        me.at("push-likes").click()
        me.at("push-quiet").click()
        expect(me.at("push-quiet-start")).to_have_value("23:00")
        me.at("push-quiet-end").fill("06:30")
        me.page.reload()
        me.at("pushes-open").click()
        expect(me.at("push-likes")).not_to_be_checked()
        expect(me.at("push-match")).to_be_checked()
        expect(me.at("push-quiet-end")).to_have_value("06:30")
