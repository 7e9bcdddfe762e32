"""As whom the embedded PostgreSQL runs: it refuses to be root, so root lends it another user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from store.errors import StartRefused

SYSTEM_USER = "glimpse"


class Lent(TypedDict, total=False):
    """The arguments of `subprocess` that make a child run as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Owner:
    """The user whom the cluster belongs to."""

    uid: int
    gid: int

    @property
    def lent(self) -> Lent:
        """Arguments for `subprocess`: nothing where we are that user already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    @property
    def names(self) -> tuple[str, ...]:
        """System users who may connect: the owner, and root, who could become it anyway."""
        found = []
        for uid in dict.fromkeys((0, self.uid)):
            try:
                found.append(pwd.getpwuid(uid).pw_name)
            except KeyError:
                continue
        return tuple(found)

    def can_run(self, program: Path) -> bool:
        """Say whether the owner reaches the program through all folders above it."""
        try:
            tried = subprocess.run(  # noqa: S603  # our own PostgreSQL, no shell
                [program, "--version"], cwd="/", capture_output=True, check=False, **self.lent
            )
        except OSError:
            return False
        return tried.returncode == 0


def find_owner(cluster: Path) -> Owner:
    """Choose the owner: who has the cluster already, else ourselves, else the system user."""
    us = Owner(os.geteuid(), os.getegid())
    if cluster.exists():
        held = cluster.stat()
        if held.st_uid not in (us.uid, 0) and us.uid != 0:
            raise StartRefused(f"{cluster} belongs to another user of this machine")
        if held.st_uid != 0:
            return Owner(held.st_uid, held.st_gid)
    if us.uid != 0:
        return us
    return _system_user()


def _system_user() -> Owner:
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_system_user()
        entry = pwd.getpwnam(SYSTEM_USER)
    if entry.pw_uid == 0:
        raise StartRefused(f"the system user {SYSTEM_USER} is root; PostgreSQL refuses to run so")
    return Owner(entry.pw_uid, entry.pw_gid)


def _make_system_user() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    advice = f"make a system user `{SYSTEM_USER}`, do not run as root, or set DATABASE_URL"
    if useradd is None:
        raise StartRefused(f"PostgreSQL does not run as root and there is no useradd: {advice}")
    made = subprocess.run(  # noqa: S603  # a fixed command
        [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    # Two starts may race for it: who comes second finds the name taken (9), and that is enough.
    if made.returncode not in (0, 9):
        raise StartRefused(f"PostgreSQL does not run as root and useradd failed: {advice}")
