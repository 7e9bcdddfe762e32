"""The hot modules as machine code: built by `python -m api.native`, used where they fit.

mypyc compiles plain typed Python, so the sources stay what is read, tested and, without a build,
run. A build lies in a folder that is named by a digest of all that went into it: one of older
sources is not found, and so cannot run. docs/adr/0021 has the figures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]

# What every message passes through. All of it is compiled as one, with direct calls inside.
MODULES = (
    "actors.audience",
    "actors.begun",
    "actors.committer",
    "actors.line",
    "actors.opening",
    "actors.registry",
    "actors.room",
    "actors.rooms",
    "actors.runtime",
    "actors.session",
    "actors.signals",
    "actors.slots",
    "actors.targets",
    "actors.turns",
    "api.gateway.connection",
    "api.gateway.hub",
    "engine.model.contacts",
    "engine.model.reveal",
    "engine.rooms.message",
    "engine.rooms.reactions",
    "engine.rooms.room",
    "engine.rooms.search",
    "engine.rooms.veils",
    "engine.sessions.rates",
    "engine.sessions.replies",
    "engine.wire.codec",
    "engine.wire.event_frames",
    "engine.wire.websocket",
    "store.grams",
    "store.postgres.append",
    "store.postgres.changes",
    "store.postgres.literals",
    "store.postgres.room_rows",
    "store.vault",
)

# Where they and all that they import of ours lie: a change of any of it makes a build stale.
PARTS = ("engine", "actors", "store", "api/gateway", "api/observe", "api/native.py")

# Builds that are kept; each has some megabytes, and the older ones may be of other checkouts.
_KEPT = 4

_BUILD_S_MAX = 600.0
_SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))


class Unbuilt(Exception):
    """There is no build, for the reason that is given; the sources run."""


def use(root: Path = ROOT, builds: Path | None = None) -> bool:
    """Import machine code from now on, if there is a build of just these sources."""
    folder = _folder(root, builds)
    if in_use() or not folder.is_dir():
        return in_use()
    sys.meta_path.insert(0, _Finder(folder))
    return True


def built() -> bool:
    """Whether there is a build of the sources as they are."""
    return _folder(ROOT, None).is_dir()


def in_use() -> bool:
    """Whether this process runs machine code."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def build(root: Path = ROOT, builds: Path | None = None, modules: Sequence[str] = MODULES) -> Path:
    """Compile, unless there is a build of these sources, and return its folder; raises Unbuilt."""
    folder = _folder(root, builds)
    if folder.is_dir():
        return folder
    with tempfile.TemporaryDirectory(prefix="glimpse-native-") as made:
        copy = Path(made)
        for path in (*_sources(root), root / "pyproject.toml"):
            (copy / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy / path.relative_to(root))
        _compile(copy, modules)
        _keep(copy, folder)
    return folder


def _compile(copy: Path, modules: Sequence[str]) -> None:
    """Run mypyc in a copy of the sources: it writes beside them."""
    files = [f"{module.replace('.', '/')}.py" for module in modules]
    command = [sys.executable, "-m", "mypyc", "--config-file", "pyproject.toml", *files]
    environment = {**os.environ, "MYPYC_OPT_LEVEL": "3", "MYPYC_DEBUG_LEVEL": "0"}
    try:
        ran = subprocess.run(  # noqa: S603  # our own Python, our own files
            command,
            cwd=copy,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_BUILD_S_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Unbuilt(type(exc).__name__) from exc
    if ran.returncode != 0:
        raise Unbuilt("\n".join(ran.stdout.splitlines()[-5:]))


def _keep(copy: Path, folder: Path) -> None:
    """Put the machine code into its place in one step, so that nobody finds half of it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as fresh:
            place = Path(fresh) / "build"
            for path in copy.rglob(f"*{_SUFFIX}"):
                target = place / path.relative_to(copy)
                if "build" not in path.relative_to(copy).parts:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.move(path, target)
            if not folder.is_dir():
                place.rename(folder)
    except OSError as exc:
        raise Unbuilt(f"cannot write to {folder.parent}: {exc.strerror}") from exc
    kept = sorted(folder.parent.glob("[!.]*"), key=lambda one: one.stat().st_mtime)
    for old in kept[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _folder(root: Path, builds: Path | None) -> Path:
    """Return where a build of these sources lies, by this Python, if there is one."""
    digest = sha256(f"{sys.version} {_SUFFIX}".encode())
    for path in (*_sources(root), root / "requirements.lock"):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return (builds or Path(sys.prefix) / "native") / digest.hexdigest()[:32]


def _sources(root: Path) -> Iterator[Path]:
    for part in PARTS:
        path = root / part
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


class _Finder(MetaPathFinder):
    """Finds the modules that were compiled; all others are found as ever."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the machine code of a module is, if there is any."""
        file = self._folder / f"{fullname.replace('.', '/')}{_SUFFIX}"
        if not file.is_file():
            return None
        loader = ExtensionFileLoader(fullname, str(file))
        return spec_from_file_location(fullname, file, loader=loader)


def main() -> int:
    """Build, and say why there is no build where there is none: the sources run all the same."""
    if built():
        return 0
    sys.stderr.write("native: compiling the hot modules, once for these sources\n")
    try:
        build()
    except Unbuilt as why:
        sys.stderr.write(f"native: not compiled, the sources run as they are: {why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
