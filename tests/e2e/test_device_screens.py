"""One's devices on the screen: one is signed out from another, then all at once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e import rest
from tests.e2e.browser import PHONE, open_browser, visitor
from tests.e2e.server import Server

NUMBER = "010-5200-0001"


def test_a_lost_device_is_signed_out_and_then_all(server: Server) -> None:
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me,
    ):
        me.sign_in(NUMBER, "기기하나", "female")
        lost = rest.sign_in(server, NUMBER, "기기하나")
        me.at("nav-account").first.evaluate("link => link.click()")
        me.at("devices-open").click()
        expect(me.at("device")).to_have_count(2)
        expect(me.at("device-out")).to_have_count(1)
        expect(me.page.get_by_text("지금 이 기기예요")).to_be_visible()
        me.at("device-out").click()
        expect(me.at("device")).to_have_count(1)
        answer = lost.http.post("/v1/auth/refresh", json={"refresh": lost.refresh})
        lost.http.close()
        assert answer.status_code == 401
        me.at("devices-all-out").click()
        me.at("devices-all-confirm-yes").click()
        expect(me.at("phone-input")).to_be_visible()
