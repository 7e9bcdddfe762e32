"""Consents on the screen: asked for by themselves where they are needed, and taken back."""

from __future__ import annotations

import json

from playwright.sync_api import Route, expect

from tests.e2e import rest
from tests.e2e.browser import PHONE, open_browser, visitor
from tests.e2e.server import Server

GROUP = "유리 온실"
NUMBER = "010-5220-0001"
ASKED = {"type": "about:blank", "status": 403, "code": "consent_required", "title": "consent"}


def agreed(me: rest.Person) -> dict[str, bool]:
    """Say what somebody agrees to now, as the server has it."""
    return {str(one["purpose"]): bool(one["granted"]) for one in me.items("/v1/me/consents")}


def test_a_romantic_like_asks_for_the_consent_and_it_is_taken_back(server: Server) -> None:
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me,
    ):
        me.sign_in(NUMBER, "동의하나", "female")
        person = rest.sign_in(server, NUMBER, "동의하나")

        def as_in_production(route: Route) -> None:
            if agreed(person)["sensitive"] or route.request.method != "POST":
                route.continue_()
            else:
                kind = "application/problem+json"
                route.fulfill(status=403, content_type=kind, body=json.dumps(ASKED))

        me.page.route("**/v1/groups/*/likes", as_in_production)
        me.join(GROUP)
        me.at("like-button").first.click()
        me.at("like-romantic").click()
        expect(me.at("agree-dialog")).to_be_visible()
        assert not agreed(person)["sensitive"], "nothing is agreed to by asking"
        me.at("agree-yes").click()
        expect(me.at("liked-note").first).to_be_visible()
        assert agreed(person)["sensitive"]
        assert not agreed(person)["location"], "one consent never stands for another"

        me.at("nav-account").first.evaluate("link => link.click()")
        me.at("consents-open").click()
        expect(me.at("consent-sensitive")).to_be_checked()
        with me.page.expect_response("**/v1/me/consents"):
            me.at("consent-sensitive").click()
        assert not agreed(person)["sensitive"]
        person.http.close()
