"""The page on which a buyer pays a double: what, how much, and two buttons."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs, urlencode

from api.dev_providers.door import Answer, Asked

_PAGE = """<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{provider} (dev)</title>
<style>
body {{ font: 17px/1.5 system-ui, sans-serif; max-width: 22rem; margin: 15vh auto; padding: 0 1rem;
color: #1c1b22; background: #f6f5fa; text-align: center; }}
button {{ font: inherit; width: 100%; padding: .8rem; margin-top: .6rem; border: 0;
border-radius: .8rem; background: #fff; color: inherit; }}
button[value=pay] {{ background: #1c1b22; color: #fff; }}
small {{ color: #6b6878; }}
</style>
<small>{provider} · 연습용 결제예요. 돈은 나가지 않아요.<br>A rehearsal: no money moves.</small>
<h1>{name}</h1>
<p><strong>₩{amount:,}</strong></p>
<form method="post">
<button name="choice" value="pay">결제하기 · Pay</button>
<button name="choice" value="decline">거절하기 · Decline</button>
</form>
</html>
"""


def page(provider: str, name: str, amount: int) -> Answer:
    """Show what is paid for."""
    shown = _PAGE.format(provider=escape(provider), name=escape(name), amount=amount)
    return Answer(200, shown.encode(), (("Content-Type", "text/html; charset=utf-8"),))


def paid(asked: Asked) -> bool:
    """Say which button was pressed."""
    return parse_qs(asked.body.decode()).get("choice") == ["pay"]


def back(url: str, **brought: str) -> Answer:
    """Send the browser back to the shop with what it brings."""
    joint = "&" if "?" in url else "?"
    target = url + (joint + urlencode(brought) if brought else "")
    return Answer(303, b"", (("Location", target),))
