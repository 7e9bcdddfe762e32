"""How a process lets others of its machine go first."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from engine.limits import NICENESS_BEHIND_CHAT

# Linux shares the processors between sessions first, then by niceness within each of them.
_SESSION = Path("/proc/self/autogroup")


def step_aside() -> None:
    """Let those who chat go first on this machine, by niceness and by that of our own session.

    A session that somebody else leads has others in it, maybe those who should go first.
    """
    os.nice(NICENESS_BEHIND_CHAT)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # another kernel, or one without groups of sessions
            _SESSION.write_text(str(NICENESS_BEHIND_CHAT))
