"""Make and describe a cluster: initdb, who may connect, and the settings it runs with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from store.embedded.owner import Owner
from store.embedded.programs import Programs
from store.errors import StartRefused

ROLE = "glimpse"
DATABASE = "glimpse"
ADMIN_ROLE = "postgres"
ADMIN_DATABASE = "postgres"

# A child is started with the cluster as its working folder and names it by this magic link, which
# needs no right to any folder above. So the data may lie below a folder of mode 700 of somebody
# else (root's home), and nothing there has to be opened for the owner of the cluster.
HERE = "/proc/self/cwd"

# Nothing here trades durability for speed. The first lines say so even if a default changes.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Only the socket inside the cluster's own folder (mode 700): nobody else can even reach it.
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "max_connections": "100",
    "shared_buffers": "128MB",
    # Rare checkpoints: each is followed by full pages in the log, which cost CPU and disk.
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # The log must not quote rows or statements: they are about people.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}

_INITDB_S_MAX = 120.0


def version_of(cluster: Path) -> int | None:
    """Return the major version that made the cluster, or None if there is none yet."""
    try:
        return int((cluster / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise StartRefused(f"{cluster} is not a database that can be read") from None


def tag_of(cluster: Path) -> str:
    """Return a name that every process of this cluster shows in its title, and no other's."""
    held = cluster.stat()
    return f"glimpse_{held.st_dev:x}_{held.st_ino:x}"


def command(programs: Programs, cluster: Path) -> list[str]:
    """Return the server's command line; the same settings give the same line."""
    line = [str(programs.path("postgres")), "-D", HERE]
    for name, value in {**SETTINGS, "cluster_name": tag_of(cluster)}.items():
        line += ["-c", f"{name}={value}"]
    return line


def make_cluster(cluster: Path, owner: Owner, programs: Programs) -> None:
    """Make a cluster with our role and database; a crash on the way leaves no half of one."""
    staging = cluster.with_name(cluster.name + ".new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    if owner.lent:
        os.chown(staging, owner.uid, owner.gid)
    line = [
        "-D", HERE, "--username", ADMIN_ROLE, "--auth", "peer", "--encoding", "UTF8",
        "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        "--no-instructions",
    ]  # fmt: skip
    _run([str(programs.path("initdb")), *line], staging, owner, said="")
    sql = f"CREATE ROLE {ROLE} LOGIN;\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n"
    single = [str(programs.path("postgres")), "--single", "-D", HERE, ADMIN_DATABASE]
    _run(single, staging, owner, said=sql)
    staging.rename(cluster)
    folder = os.open(cluster.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _run(line: list[str], folder: Path, owner: Owner, *, said: str) -> None:
    done = subprocess.run(  # noqa: S603  # our own PostgreSQL, no shell
        line, cwd=folder, env=environment(), input=said, capture_output=True, check=False,
        text=True, timeout=_INITDB_S_MAX, umask=0o077, **owner.lent,
    )  # fmt: skip
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["no reason"]
        raise StartRefused(f"PostgreSQL could not make its database: {words[0]}")


def environment() -> dict[str, str]:
    """Return what PostgreSQL's programs see of our environment: nothing of ours."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def let_in(cluster: Path, owner: Owner) -> None:
    """Write who may connect: by the socket only, and only root and the owner (the kernel says)."""
    roles = [f"glimpse {name} {role}\n" for name in owner.names for role in (ROLE, ADMIN_ROLE)]
    _write(cluster / "pg_hba.conf", "local all all peer map=glimpse\n", owner)
    _write(cluster / "pg_ident.conf", "".join(roles), owner)


def _write(path: Path, text: str, owner: Owner) -> None:
    if path.exists() and path.read_text() == text:
        return
    path.write_text(text)
    path.chmod(0o600)
    if owner.lent:
        os.chown(path, owner.uid, owner.gid)
