"""Notices that wait and answers that are kept, as the memory twin has them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.ports.idempotency import Answer
from engine.ports.outbox import Notice


@dataclass(slots=True)
class NoticeRow:
    """A notice and when it is due."""

    due_at: int
    notice: Notice


@dataclass(slots=True)
class AnswerRow:
    """A reserved key, later with its answer."""

    request_digest: bytes
    reserved_at: int
    answer: Answer | None = None
