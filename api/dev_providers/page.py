"""The page on which a buyer pays a double: what, how much, and two buttons."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs, urlencode

from api.dev_providers.door import Answer, Asked

_STYLE = """<style>
body { font: 17px/1.5 system-ui, sans-serif; max-width: 22rem; margin: 15vh auto; padding: 0 1rem;
color: #1c1b22; background: #f6f5fa; text-align: center; }
button { font: inherit; width: 100%; padding: .8rem; margin-top: .6rem; border: 0;
border-radius: .8rem; background: #fff; color: inherit; }
button[value=pay] { background: #1c1b22; color: #fff; }
small { color: #6b6878; }
</style>
"""

_PAGE = """<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{provider} (dev)</title>
{style}
<small>{provider} · 연습용 결제예요. 돈은 나가지 않아요.<br>A rehearsal: no money moves.</small>
<h1>{name}</h1>
{price}
<form method="post">
<button name="choice" value="pay">결제하기 · Pay</button>
<button name="choice" value="decline">거절하기 · Decline</button>
</form>
</html>
"""


_PORTAL = """<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{provider} (dev)</title>
{style}
<small>{provider} · 연습용이에요.<br>A rehearsal.</small>
<h1>{name}</h1>
<form method="post">
<button name="choice" value="{wish}">{words}</button>
<button name="choice" value="card">카드 바꾸기 · Change the card</button>
</form>
<p><a href="{back}">돌아가기 · Back</a></p>
</html>
"""


def page(provider: str, name: str, amount: int | None) -> Answer:
    """Show what is paid for; None: nothing yet."""
    price = "" if amount is None else f"<p><strong>₩{amount:,}</strong></p>"
    words = {"provider": escape(provider), "name": escape(name), "style": _STYLE}
    return _html(_PAGE.format(price=price, **words))


def portal_page(provider: str, name: str, back: str, *, ends: bool) -> Answer:
    """Show what renews, and what one can do about it."""
    words = {"provider": escape(provider), "name": escape(name), "style": _STYLE}
    wish, label = ("resume", "계속하기 · Renew") if ends else ("cancel", "그만하기 · Cancel")
    return _html(_PORTAL.format(back=escape(back), wish=wish, words=label, **words))


def _html(shown: str) -> Answer:
    return Answer(200, shown.encode(), (("Content-Type", "text/html; charset=utf-8"),))


def paid(asked: Asked) -> bool:
    """Say which button was pressed."""
    return _choice(asked) == "pay"


def portal_wish(asked: Asked) -> str:
    """Say which button of the portal was pressed."""
    return _choice(asked)


def _choice(asked: Asked) -> str:
    return parse_qs(asked.body.decode()).get("choice", [""])[0]


def back(url: str, **brought: str) -> Answer:
    """Send the browser back to the shop with what it brings."""
    joint = "&" if "?" in url else "?"
    target = url + (joint + urlencode(brought) if brought else "")
    return Answer(303, b"", (("Location", target),))
