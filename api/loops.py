"""The loops of live pools as machine code: compiled by `python -m api.loops`, loaded by servers.

numba keeps what it compiles beside the sources, and looks at their place, size and time. So does
the mark that spares set-up the second look; it lies with what it speaks of, and goes with it.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_LOOPS = "engine/matching"
_MARK = "loops-"


def kept(root: Path = ROOT) -> bool:
    """Whether the loops of the sources as they are were compiled here."""
    return _mark(root).is_file()


def keep(root: Path = ROOT) -> None:
    """Compile all that a tick may need, and mark it as kept."""
    import_module("engine.matching.warm").warm()
    mark = _mark(root)
    try:
        mark.parent.mkdir(exist_ok=True)
        for old in mark.parent.glob(f"{_MARK}*"):
            old.unlink()
        mark.touch()
    except OSError as exc:  # each server compiles for itself
        sys.stderr.write(f"loops: cannot write to {mark.parent}: {exc.strerror}\n")


def _mark(root: Path) -> Path:
    """Return the mark of these sources, of this Python, and of where numba keeps things."""
    digest = sha256(f"{sys.version} {os.environ.get('NUMBA_CACHE_DIR')}".encode())
    digest.update((root / "requirements.lock").read_bytes())
    for path in sorted((root / _LOOPS).glob("*.py")):
        about = path.stat()
        digest.update(f"\n{path} {about.st_size} {about.st_mtime_ns}".encode())
    return root / _LOOPS / "__pycache__" / f"{_MARK}{digest.hexdigest()[:32]}"


def main() -> int:
    """Compile what is not kept yet."""
    if not kept():
        sys.stderr.write("loops: compiling the loops of live pools, once for these sources\n")
        # Without bytecode, loading takes twice as long and holds an event loop for up to 90 ms.
        sys.dont_write_bytecode = False
        keep()
    return 0


if __name__ == "__main__":
    sys.exit(main())
