"""Structured logs: one JSON object a line, with words and numbers of ours only.

Never logged: bodies, phone numbers, tokens, ids of people, paths with ids in them. What a call was
about is said by the template of its route.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import TextIO

import structlog

Logger = structlog.typing.FilteringBoundLogger

# Notes of a bug: where it happened, but not the values, since an exception's text may quote them.
_FRAMES_MAX = 6


def configure_logging(stream: TextIO | None = None, *, level: str = "info") -> None:
    """Set the process's logging up; called once at the start, before anything logs."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(part: str) -> Logger:
    """Return the logger of one part of the process."""
    logger: Logger = structlog.get_logger(part=part)
    return logger


def where(error: BaseException) -> list[str]:
    """Say where an exception came from, innermost last, without any value it carries."""
    trace, frames = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-_FRAMES_MAX:]


def where_now(frame: FrameType) -> list[str]:
    """Say what a thread is doing, innermost last, without any value it holds."""
    frames: list[str] = []
    inner: FrameType | None = frame
    while inner is not None and len(frames) < _FRAMES_MAX:
        frames.append(f"{inner.f_code.co_qualname}:{inner.f_lineno}")
        inner = inner.f_back
    return frames[::-1]
