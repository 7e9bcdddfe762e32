"""The loops of live pools are compiled by set-up, and loaded by nobody before the first pool."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api import loops

COUNT = """
import sys
from engine.matching.warm import warm
warm()
from engine.matching import auction, graph, improve, search
made = [one for module in (auction, graph, improve, search) for one in vars(module).values()]
stats = [one.stats for one in made if hasattr(one, "stats")]
print(sum(sum(one.cache_hits.values()) for one in stats) > 0,
      sum(sum(one.cache_misses.values()) for one in stats))
"""
SERVE = """
import sys
import api.cli
import api.serve
import api.worker
print(sorted({"llvmlite", "numba", "rustworkx", "scipy"} & set(sys.modules)))
"""


def said_by(code: str) -> str:
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=loops.ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sources = tmp_path / "engine" / "matching"
    sources.mkdir(parents=True)
    (sources / "search.py").write_text("ONE = 1\n")
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


def test_after_set_up_a_process_loads_and_compiles_nothing() -> None:
    subprocess.run([sys.executable, "-m", "api.loops"], cwd=loops.ROOT, check=True)
    assert loops.kept()
    assert said_by(COUNT) == "True 0"


def test_a_server_in_which_nobody_waits_carries_none_of_it() -> None:
    assert said_by(SERVE) == "[]"


def test_the_mark_holds_for_the_sources_as_they_are(root: Path) -> None:
    source = root / "engine" / "matching" / "search.py"
    assert not loops.kept(root)
    loops.keep(root)
    assert loops.kept(root)
    loops.keep(root)
    assert len(list((source.parent / "__pycache__").iterdir())) == 1

    about = source.stat()
    os.utime(source, ns=(about.st_atime_ns, about.st_mtime_ns + 1))  # numba would compile anew
    assert not loops.kept(root)
    os.utime(source, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert loops.kept(root)
    (source.parent / "other.py").write_text("")
    assert not loops.kept(root)


def test_where_nothing_can_be_kept_set_up_says_so(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "engine" / "matching" / "__pycache__").write_text("a file")
    loops.keep(root)
    assert "cannot write" in capsys.readouterr().err
    assert not loops.kept(root)
