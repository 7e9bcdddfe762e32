"""Official groups: a code by mail that proves who belongs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.auth.phones import CODE_BYTES, make_code
from api.rest.call import Call
from api.rest.route import Routes, Spec
from engine.errors import AlreadyMember, Forbidden, NotFound, RateLimited, Unavailable
from engine.ids import GroupId
from engine.model.mail import read_mail

routes = Routes("groups")


class MailRequest(Struct, forbid_unknown_fields=True, frozen=True):
    """Where to send a code."""

    mail: Annotated[str, Meta(max_length=320, examples=["kim@snu.ac.kr"])]


class MailSent(Struct, frozen=True):
    """How long the code is good, in seconds: the same whoever has the address already."""

    expires_in: int


@routes.add(
    "POST",
    "/v1/groups/{group}/proofs/mail",
    Spec(
        status=202,
        idempotent=False,
        refusals=(NotFound, Forbidden, AlreadyMember, RateLimited, Unavailable),
    ),
)
async def send_mail_code(call: Call, group: GroupId, body: MailRequest) -> MailSent:
    """Send a code to an address of the group's domain; joining with it proves that it is one's."""
    services, mails = call.edge.services, call.edge.auth.mails
    policy = services.policy.groups.proofs
    mail = read_mail(body.mail)
    key, code = mails.key(mail), make_code(services.world.secret(CODE_BYTES))
    caps = mails.code_caps(call.account, mail, policy) if services.policy.limited else ()
    await services.store.official.open_mail_code(
        group,
        call.account,
        key,
        mails.code_digest(group, key, code),
        policy,
        now_ms=call.now_ms,
        caps=caps,
    )
    minutes = policy.mail_code_ttl_s // 60
    text = (
        f"Glimpse 인증번호: {code}\n{minutes}분 안에 입력해 주세요. "
        "요청하지 않았다면 무시하세요.\n\n"
        f"Your Glimpse code: {code}\nEnter it within {minutes} minutes. "
        "If you did not ask for it, ignore this mail.\n"
    )
    await services.mails.send(mail.written, "[Glimpse] 인증번호 / Your code", text, code=code)
    return MailSent(policy.mail_code_ttl_s)
