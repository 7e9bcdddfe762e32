"""All that is held about oneself on the screen: a file that can be saved, and is whole."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.e2e.browser import PHONE, open_browser, visitor
from tests.e2e.server import Server

NUMBER = "010-5210-0001"


def test_one_saves_what_is_held_about_oneself(server: Server) -> None:
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me,
    ):
        me.sign_in(NUMBER, "내보내기", "female")
        me.at("nav-account").first.evaluate("link => link.click()")
        with me.page.expect_download() as saving:
            me.at("export-save").click()
        expect(me.page.get_by_text("파일로 저장했어요.")).to_be_visible()
        assert saving.value.suggested_filename == "glimpse-export.jsonl"
        lines = [json.loads(line) for line in saving.value.path().read_text().splitlines()]
        assert [line["section"] for line in lines[:2]] == ["export", "account"]
        assert (lines[1]["nickname"], lines[1]["phone"]) == ("내보내기", "+821052100001")
        assert lines[-1] == {"section": "end", "items": len(lines) - 2}
