"""A double of KakaoPay: ready, the phone of the buyer, approve, order, cancel, subscriptions.

After https://developers.kakaopay.com/docs/payment/online (single-payment, subscription, cancel,
retrieve-order), read in November 2026. It sends no webhooks: neither does KakaoPay. The phone is a
page with two buttons, so that a browser can buy in dev.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from api.dev_providers.door import Answer, Asked
from api.dev_providers.page import back, page, paid
from api.dev_providers.trouble import Json, Troubles, reply

KEY = "DEV_glimpse"
ONCE, AGAIN = "TC0ONETIME", "TCSUBSCRIP"
STAMP = "2026-11-26T12:00:00"

BROKEN = reply(500, error_code=-9999, error_message="internal server error")
_KOREA = timezone(timedelta(hours=9))
PLACE = "/online/v1/payment/"
PHONE = "/mockup/v1/"


def refused(code: int, message: str) -> Answer:
    """Refuse as KakaoPay does."""
    return reply(400, error_code=code, error_message=message)


@dataclass
class Deal:
    """One payment as KakaoPay keeps it."""

    tid: str
    cid: str
    order: str
    user: str
    amount: int
    name: str = "Glimpse"
    back: str = ""  # where the buyer's browser goes after the phone
    fail_url: str = ""
    token: str = ""
    sid: str = ""
    status: str = "READY"
    cancelled: int = 0
    acts: list[Json] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """What was taken and not given back, in won."""
        paid = self.status in ("SUCCESS_PAYMENT", "PART_CANCEL_PAYMENT", "CANCEL_PAYMENT")
        return self.amount - self.cancelled if paid else 0

    def common(self) -> Json:
        """Write the fields that all answers share."""
        return {
            "tid": self.tid,
            "cid": self.cid,
            "partner_order_id": self.order,
            "partner_user_id": self.user,
            "amount": {
                "total": self.amount,
                "tax_free": 0,
                "vat": self.amount // 11,
                "point": 0,
                "discount": 0,
                "green_deposit": 0,
            },
            "payment_method_type": "MONEY",
            "item_name": self.name,
            "quantity": 1,
            "created_at": STAMP,
            "approved_at": STAMP,
        }

    def cancels(self) -> Json:
        """Write what was given back and what can be."""

        def money(total: int) -> Json:
            return {"total": total, "tax_free": 0, "vat": total // 11, "point": 0, "discount": 0}

        return {
            "status": self.status,
            "canceled_amount": money(self.cancelled),
            "cancel_available_amount": money(self.balance),
            "payment_action_details": self.acts,
        }


@dataclass
class Kakao:
    """KakaoPay; `sids` are the subscriptions and whether they are active."""

    deals: dict[str, Deal] = field(default_factory=dict)
    sids: dict[str, bool] = field(default_factory=dict)
    charged_at: dict[str, str] = field(default_factory=dict)  # when last, by SID
    troubles: Troubles = field(default_factory=Troubles)
    contradicts: dict[str, str] = field(default_factory=dict)  # status told once, by order

    # ------------------------------------------------------------------ what a buyer does
    def phone(self, tid: str) -> str:
        """Agree on the phone; gives the pg_token that comes back in the address."""
        deal = self.deals[tid]
        deal.status, deal.token = "AUTH_PASSWORD", f"pg{len(self.deals):018d}"
        return deal.token

    def walk_away(self, tid: str) -> None:
        """Close the page without paying."""
        self.deals[tid].status = "QUIT_PAYMENT"

    def taken(self, order: str) -> int:
        """Say what was taken for an order and not given back, in won."""
        return sum(deal.balance for deal in self.deals.values() if deal.order == order)

    # ------------------------------------------------------------------ what a shop asks
    def __call__(self, asked: Asked) -> Answer:
        """Answer one request: of a shop, or of a buyer's browser."""
        if asked.path.startswith(PHONE):
            return self._page(asked)
        if asked.headers.get("Authorization") != f"SECRET_KEY {KEY}":
            return reply(401, error_code=-401, error_message="secret key is not valid")
        step = asked.path.removeprefix(PLACE)
        steps = {
            "ready": self._ready,
            "approve": self._approve,
            "order": self._order,
            "cancel": self._cancel,
            "subscription": self._charge,
            "manage/subscription/inactive": self._end,
            "manage/subscription/status": self._status,
        }
        if asked.method != "POST" or step not in steps:
            return reply(404, error_code=-404, error_message="not found")
        body: Json = json.loads(asked.body) | {"site": asked.site}
        return self.troubles.around(step, lambda: steps[step](body), BROKEN)

    def _page(self, asked: Asked) -> Answer:
        deal = self.deals.get(asked.path.removeprefix(PHONE))
        if deal is None or deal.status not in ("READY", "AUTH_PASSWORD"):
            return refused(-721, "invalid tid")
        if asked.method == "GET":
            return page("KakaoPay", deal.name, deal.amount)
        if not paid(asked):
            self.walk_away(deal.tid)
            return back(deal.fail_url)
        return back(deal.back, pg_token=self.phone(deal.tid))

    def _new(self, body: Json) -> Deal:
        amount = body["total_amount"]
        assert isinstance(amount, int)
        tid = f"T{len(self.deals):019d}"
        order, user = str(body["partner_order_id"]), str(body["partner_user_id"])
        self.deals[tid] = Deal(tid, str(body["cid"]), order, user, amount)
        return self.deals[tid]

    def _ready(self, body: Json) -> Answer:
        wanted = {"cid", "partner_order_id", "partner_user_id", "item_name", "quantity"}
        wanted |= {"total_amount", "tax_free_amount", "approval_url", "cancel_url", "fail_url"}
        if missing := wanted - body.keys():
            return refused(-2, f"required parameters are missing: {sorted(missing)}")
        deal = self._new(body)
        deal.name = str(body["item_name"])
        deal.back, deal.fail_url = str(body["approval_url"]), str(body["fail_url"])
        url = f"{body['site']}{PHONE}{deal.tid}"
        pages = {f"next_redirect_{kind}_url": url for kind in ("app", "mobile", "pc")}
        return reply(200, tid=deal.tid, created_at=STAMP, **pages)

    def _approve(self, body: Json) -> Answer:
        deal = self.deals.get(str(body.get("tid")))
        if deal is None or deal.cid != body.get("cid"):
            return refused(-721, "invalid tid")
        if deal.status == "SUCCESS_PAYMENT":
            return refused(-702, "payment is already done!")
        if (body.get("partner_order_id"), body.get("partner_user_id")) != (deal.order, deal.user):
            return refused(-780, "approval failure!")
        if deal.status != "AUTH_PASSWORD" or body.get("pg_token") != deal.token:
            return refused(-780, "approval failure!")
        if body.get("total_amount", deal.amount) != deal.amount:
            return refused(-780, "approval failure!")
        deal.status = "SUCCESS_PAYMENT"
        deal.acts.append({"payment_action_type": "PAYMENT", "amount": deal.amount, "payload": ""})
        more: Json = {}
        if deal.cid == AGAIN:
            deal.sid = f"S{deal.tid[1:]}"
            self.sids[deal.sid] = True
            more["sid"] = deal.sid
        return reply(200, aid=f"A{deal.tid[1:]}", **deal.common(), **more)

    def _order(self, body: Json) -> Answer:
        deal = self.deals.get(str(body.get("tid")))
        if deal is None or deal.cid != body.get("cid"):
            return refused(-721, "invalid tid")
        told = self.contradicts.pop(deal.order, None)
        fields = deal.common() | deal.cancels() | ({"status": told} if told else {})
        return reply(200, **fields)

    def _cancel(self, body: Json) -> Answer:
        deal = self.deals.get(str(body.get("tid")))
        amount = body.get("cancel_amount")
        if deal is None or deal.cid != body.get("cid"):
            return refused(-721, "invalid tid")
        if not isinstance(amount, int) or not 0 < amount <= deal.balance:
            return refused(-761, "cancel amount is larger than what can be cancelled")
        if body.get("cancel_available_amount", deal.balance) != deal.balance:
            return refused(-782, "cancel available amount does not match")
        deal.cancelled += amount
        payload = str(body.get("payload", ""))
        deal.acts.append({"payment_action_type": "CANCEL", "amount": amount, "payload": payload})
        deal.status = "PART_CANCEL_PAYMENT" if deal.balance else "CANCEL_PAYMENT"
        aid = f"A{deal.cancelled:019d}"
        return reply(200, aid=aid, **deal.common(), **deal.cancels())

    def _charge(self, body: Json) -> Answer:
        sid = str(body.get("sid"))
        if not self.sids.get(sid):
            return refused(-753, "inactive sid")
        deal = self._new(body)
        deal.sid, deal.status = sid, "SUCCESS_PAYMENT"
        self.charged_at[sid] = datetime.now(_KOREA).strftime("%Y-%m-%dT%H:%M:%S")
        return reply(200, aid=f"A{deal.tid[1:]}", sid=sid, **deal.common())

    def _end(self, body: Json) -> Answer:
        sid = str(body.get("sid"))
        if sid not in self.sids:
            return refused(-752, "invalid sid")
        self.sids[sid] = False
        return reply(200, cid=body["cid"], sid=sid, status="INACTIVE", inactivated_at=STAMP)

    def _status(self, body: Json) -> Answer:
        sid = str(body.get("sid"))
        if sid not in self.sids:
            return refused(-752, "invalid sid")
        told = "ACTIVE" if self.sids[sid] else "INACTIVE"
        held: Json = {"available": self.sids[sid], "cid": body["cid"], "sid": sid, "status": told}
        return reply(200, last_approved_at=self.charged_at.get(sid), **held)
