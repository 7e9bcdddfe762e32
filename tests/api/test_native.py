"""Machine code runs where it fits the sources, and nowhere else; both say the same."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from api import native
from tests.e2e.server import Server

# Two modules, of which only one is compiled; what it says depends on both.
TINY = """
from engine.word import WORD


def said() -> str:
    return f"{WORD}!"
"""
ASK = """
import sys
from pathlib import Path
from api import native
used = native.use(Path(sys.argv[1]), Path(sys.argv[2]))
sys.path.insert(0, sys.argv[1])
from engine import tiny
print(used, Path(tiny.__file__).suffix, tiny.said())
"""

# The tests of the modules that are compiled; `api` and `engine` are imported in a process of their
# own. Tests that replace our functions, or inherit from our classes, are for the sources.
SUITES = (
    *("tests/engine/rooms", "tests/engine/wire", "tests/engine/sessions"),
    "tests/engine/model/test_contacts.py",
    *(f"tests/gateway/test_{name}.py" for name in ("flood", "handshake", "input", "trouble")),
    *(
        f"tests/actors/test_{name}.py"
        for name in (
            *("committer", "group_rooms", "reveals", "room", "room_changes", "room_open"),
            *("room_trouble", "runtime", "session", "signals", "simulation", "take_over", "turns"),
        )
    ),
    *(f"tests/store/test_{name}.py" for name in ("vault", "grams", "search", "room_log")),
)
_EVENTS = "tests/engine/wire/test_event_frames.py"
REPLACING = f"{_EVENTS}::test_an_event_is_framed_once_for_each_codec_and_form"
RUN_SUITES = """
import sys
from api import native
assert native.use()
import pytest
code = pytest.main(sys.argv[1:])
import actors.room
assert actors.room.__file__.endswith(".so")
sys.exit(code)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    engine = tmp_path / "tree" / "engine"
    engine.mkdir(parents=True)
    for name, text in {"__init__": "", "word": 'WORD = "yes"\n', "tiny": TINY}.items():
        (engine / f"{name}.py").write_text(text)
    (engine.parent / "pyproject.toml").write_text("")
    (engine.parent / "requirements.lock").write_text("")
    return engine.parent


def ask(root: Path, builds: Path) -> str:
    # No bytecode is kept: its time has whole seconds, and a tree changes twice within one.
    command = [sys.executable, "-B", "-c", ASK, str(root), str(builds)]
    ran = subprocess.run(command, cwd=native.ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_a_build_runs_only_for_the_sources_it_was_made_of(root: Path, tmp_path: Path) -> None:
    builds = tmp_path / "builds"
    assert ask(root, builds) == "False .py yes!"
    folder = native.build(root, builds, ["engine.tiny"])
    assert native.build(root, builds, ["engine.tiny"]) == folder
    assert ask(root, builds) == "True .so yes!"

    tiny = root / "engine" / "tiny.py"
    tiny.write_text(TINY.replace("!", "?"))
    assert ask(root, builds) == "False .py yes?"
    tiny.write_text(TINY)
    assert ask(root, builds) == "True .so yes!"

    (root / "engine" / "word.py").write_text('WORD = "no"\n')  # not compiled, but imported
    assert ask(root, builds) == "False .py no!"
    (root / "engine" / "word.py").write_text('WORD = "yes"\n')
    (root / "engine" / "new.py").write_text("")
    assert ask(root, builds) == "False .py yes!"
    (root / "engine" / "new.py").unlink()
    (root / "requirements.lock").write_text("other==1")
    assert ask(root, builds) == "False .py yes!"


@pytest.mark.parametrize("trouble", ["types", "compiler", "place"])
def test_what_cannot_be_built_leaves_nothing_behind(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    builds = tmp_path / "builds"
    if trouble == "types":
        (root / "engine" / "tiny.py").write_text(TINY.replace("str:", "int:"))
    elif trouble == "compiler":
        monkeypatch.setenv("CC", str(tmp_path / "no-compiler"))
    else:
        builds.write_text("a file")
    with pytest.raises(native.Unbuilt):
        native.build(root, builds, ["engine.tiny"])
    assert not builds.is_dir() or not list(builds.iterdir())
    assert ask(root, builds) == "False .py yes!"


def test_all_that_machine_code_imports_of_ours_is_looked_at() -> None:
    """A build is stale when anything changes that it was made with."""
    open_, seen = list(native.MODULES), set[str]()
    while open_:
        module = open_.pop()
        path = native.ROOT / f"{module.replace('.', '/')}.py"
        if module in seen or not path.is_file():
            continue
        seen.add(module)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                open_ += [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    looked_at = tuple(part.replace("/", ".") for part in native.PARTS)
    assert {one for one in seen if not one.startswith(looked_at)} == set()
    assert set(native.MODULES) <= seen


def test_machine_code_passes_the_tests_of_its_sources() -> None:
    native.build()
    command = [sys.executable, "-c", RUN_SUITES, "-q", "-p", "no:cacheprovider", *SUITES]
    command.append(f"--deselect={REPLACING}")
    ran = subprocess.run(command, cwd=native.ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert " skipped" not in ran.stdout


def test_a_server_runs_machine_code_and_says_so(tmp_path: Path) -> None:
    native.build()
    server = Server(tmp_path / "data")
    server.start()
    try:
        assert any('"native": true' in line for line in server.lines)
    finally:
        server.stop()
