"""`python -m api COMMAND`: the command line, on machine code where there is some."""

from __future__ import annotations

import sys

from api import native


def main() -> int:
    """Choose how to run before anything else is imported, then run the command."""
    native.use()
    from api import cli  # noqa: PLC0415  # only now: what is imported stays as it is

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
