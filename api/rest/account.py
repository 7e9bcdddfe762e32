"""One's own account."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import Me, Millis, me_view
from engine.errors import ContactTooSoon
from engine.model.account import clean_contact, clean_nickname

routes = Routes("me")


class MyChange(Struct, forbid_unknown_fields=True, frozen=True):
    """What may be changed; what is not named stays."""

    nickname: str | UnsetType = UNSET
    show_read_marks: bool | UnsetType = UNSET
    contact: str | UnsetType | None = UNSET


class Erasure(Struct, frozen=True):
    """When everything will be erased; until then it can be taken back."""

    erases_at: Millis


@routes.add("GET", "/v1/me")
async def get_me(call: Call) -> Me:
    """Read one's own account."""
    # The guard's account may be some seconds old, and credits are read here.
    accounts = call.edge.services.store.accounts
    return me_view(await accounts.account_of(call.caller.device, call.account))


@routes.add("PATCH", "/v1/me", Spec(refusals=(ContactTooSoon,)))
async def change_me(call: Call, body: MyChange) -> Me:
    """Change one's own account."""
    services = call.edge.services
    nickname = body.nickname
    account = await services.store.accounts.change(
        call.account,
        nickname=None if nickname is UNSET else clean_nickname(nickname, services.policy.sign_in),
        show_read_marks=None if body.show_read_marks is UNSET else body.show_read_marks,
        contact=None if body.contact is UNSET else clean_contact(body.contact or ""),
    )
    call.edge.guard.forget(call.account)
    services.nudge()
    return me_view(account)


@routes.add("DELETE", "/v1/me", Spec(status=202))
async def delete_me(call: Call) -> Erasure:
    """Stop the account and all its devices at once; it is erased later."""
    services = call.edge.services
    grace_ms = services.policy.sign_in.deletion_grace_s * 1000
    erases_at_ms = await services.store.accounts.ask_deletion(
        call.account, now_ms=call.now_ms, erases_at_ms=call.now_ms + grace_ms
    )
    call.edge.guard.forget(call.account)
    services.nudge()
    return Erasure(erases_at_ms)
