"""Who may import whom: the contracts of pyproject.toml hold, and each of them can fail."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, ROOT, sources

# One planted line for each contract: the file it goes to, the line, and the contract it breaks.
VIOLATIONS = [
    ("engine/limits.py", "import trio", "The engine is sans-IO"),
    ("engine/errors.py", "import time", "The engine is sans-IO"),
    ("engine/ids.py", "import engine.wire", "Inside the engine"),
    ("engine/model/policy.py", "import engine.rooms", "Inside the engine"),
    ("engine/rooms/__init__.py", "import engine.ports", "Inside the engine"),
    ("engine/strange.py", "", "Inside the engine"),
    ("actors/__init__.py", "import asyncio", "asyncio lives in one module"),
    ("store/__init__.py", "import uvloop", "asyncio lives in one module"),
    ("actors/__init__.py", "import store", "Edges depend inwards"),
    ("store/__init__.py", "import actors", "Edges depend inwards"),
    ("store/__init__.py", "import api", "Edges depend inwards"),
    ("engine/ids.py", "import store", "Edges depend inwards"),
    ("api/__init__.py", "import bench", "Edges depend inwards"),
    ("api/client/call.py", "import engine.ids", "The client of REST stands alone"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter of imports over the packages in a folder."""
    tool = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [tool, "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )


def broken(report: str) -> list[str]:
    """Name the contracts that a report calls broken."""
    return re.findall(r"^(.+?) BROKEN\b", report, flags=re.MULTILINE)


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    """Copy what the contracts speak of, so that a violation can be planted."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for source in sources(PACKAGES):
        target = tmp_path / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return tmp_path


def test_every_arrow_points_inwards() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "warning" not in result.stdout.lower(), result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"), VIOLATIONS, ids=lambda text: text.removeprefix("import ")
)
def test_a_planted_violation_turns_its_contract_red(
    copy_of_the_tree: Path, file: str, line: str, contract: str
) -> None:
    with (copy_of_the_tree / file).open("a") as module:
        module.write(f"\n{line}\n")
    result = lint_imports(copy_of_the_tree)
    assert result.returncode != 0
    assert contract in " ".join(broken(result.stdout)), result.stdout + result.stderr
