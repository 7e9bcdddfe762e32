"""How the bench fails: it could not measure, or it measured something that must not be."""

from __future__ import annotations

# Exit codes of `python -m bench`; argparse uses 2 for wrong arguments as well.
EXIT_OK = 0
EXIT_BROKEN_PROMISE = 1
EXIT_UNUSABLE = 2


class UnusableError(Exception):
    """Nothing was measured: no server, a refusal, a missing tool. Its text is one clear line."""


class StuckError(UnusableError):
    """The other side stopped answering within its deadline."""
