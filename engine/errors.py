"""What can go wrong, in three families that never mix.

Refused     the caller asked for something that may not be; `code` is part of the wire protocol
  BadFrame, BadRequest, Unauthenticated, Forbidden, NotFound, ...
Outage      the same call may succeed later; safe to repeat with the same cid
  Busy, Unavailable
anything else is a bug: the actor that met it dies and reloads
"""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """Base of all domain refusals; nothing was changed. `code` is frozen: clients depend on it."""

    code: ClassVar[str] = "bad_request"

    def __init__(self, message: str = "", *, retry_after_ms: int | None = None) -> None:
        super().__init__(message or type(self).__doc__ or self.code)
        self.retry_after_ms = retry_after_ms


class BadFrame(Refused):
    """This is not a well-formed frame."""

    code = "bad_frame"


class BadRequest(Refused):
    """The request is well-formed but says something that is not allowed here."""

    code = "bad_request"


class Unauthenticated(Refused):
    """Sign in first, or again."""

    code = "unauthenticated"


class Forbidden(Refused):
    """This is not yours to do."""

    code = "forbidden"


class NotFound(Refused):
    """There is nothing here for you."""

    code = "not_found"


class Conflict(Refused):
    """This contradicts what is already there."""

    code = "conflict"


class CidConflict(Conflict):
    """The same cid was used before with another content; the first is kept."""

    code = "cid_conflict"


class IdempotencyConflict(Conflict):
    """The same Idempotency-Key was used before with another body."""

    code = "idempotency_conflict"


class AlreadyMember(Conflict):
    """You are in this group already."""

    code = "already_member"


class GroupFull(Conflict):
    """This group has no free place."""

    code = "group_full"


class MatchingClosed(Conflict):
    """Matching opens when the group is large enough."""

    code = "matching_closed"


class RoomClosed(Conflict):
    """This room is closed."""

    code = "room_closed"


class CooldownActive(Conflict):
    """You liked this person not long ago."""

    code = "cooldown_active"


class TooLarge(Refused):
    """This is larger than the limit."""

    code = "too_large"


class RateLimited(Refused):
    """Too many in too short a time; `retry_after_ms` says when to come back."""

    code = "rate_limited"


class ProfileRequired(Refused):
    """The first sign-in needs a profile; the code stays good."""

    code = "profile_required"


class ConsentRequired(Refused):
    """This needs a consent that was not given."""

    code = "consent_required"


class VerificationRequired(Refused):
    """This group asks for a proof."""

    code = "verification_required"


class NotEnoughCredits(Refused):
    """The account cannot pay for this; nothing was taken."""

    code = "not_enough_credits"


class PremiumRequired(Refused):
    """This is part of premium."""

    code = "premium_required"


class TooSpecific(Refused):
    """This description fits too few people; `feature` names what is rare of it, if one thing is."""

    code = "too_specific"

    def __init__(self, message: str = "", *, feature: str | None = None) -> None:
        super().__init__(message)
        self.feature = feature


class ContactTooSoon(Refused):
    """Phone numbers, links and messenger ids are for the contact step of a reveal."""

    code = "contact_too_soon"


class WindowOver(Refused):
    """The time for this is over."""

    code = "window_over"


class Outage(Exception):
    """Base of all temporary failures; the outcome may be unknown, the retry is harmless."""

    code: ClassVar[str] = "unavailable"

    def __init__(self, message: str = "", *, retry_after_ms: int | None = None) -> None:
        super().__init__(message or type(self).__doc__ or self.code)
        self.retry_after_ms = retry_after_ms


class Busy(Outage):
    """Too much is waiting already; come back in a moment."""

    code = "busy"


class Unavailable(Outage):
    """A part this depends on does not answer now."""

    code = "unavailable"


class Fenced(Outage):
    """Another owner has taken this over; whoever sees this must reload before writing again."""

    code = "unavailable"
