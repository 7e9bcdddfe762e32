"""What is promised in words: codes, settings and decisions are written down, and nothing odd is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, ROOT, files, name, sources, syntax, text

PROTOCOL = ROOT / "docs" / "protocol.md"
SETTINGS = ROOT / "docs" / "settings.md"
LOCKS = ("requirements.lock", "requirements-test.lock")
SETTING = re.compile(r"GLIMPSE_[A-Z0-9_]+|DATABASE_URL")

# Each pattern is written so that it does not match itself.
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org"
    r"|index\.crates\.io|--(?:extra-)?index-url|\"resolved\": *\"http|source *= *\{ *registry"
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|farm|Users)/|(?<![\w.])/home/[a-z]")
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
WITH_ISSUE = re.compile(UNFINISHED.pattern + r"[^\n]*#\d+")


def class_codes(path: Path) -> set[str]:
    """List the `code = "..."` of every class in a module."""
    found = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                target, value = assigned(statement)
                if target == "code" and isinstance(value, ast.Constant):
                    found.add(str(value.value))
    return found


def close_codes(path: Path) -> set[int]:
    """List the numbers that the registry of close codes gives to its members."""
    found = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.ClassDef) and node.name == "CloseCode":
            for statement in node.body:
                target, value = assigned(statement)
                if target and isinstance(value, ast.Constant) and isinstance(value.value, int):
                    found.add(value.value)
    return found


def assigned(statement: ast.stmt) -> tuple[str | None, ast.expr | None]:
    """Give the name and the value of a simple assignment."""
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id, statement.value
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id, statement.value
    return None, None


def settings_read() -> set[str]:
    """List the settings that the code names, by looking at its string constants."""
    return {
        node.value
        for node in ast.walk(syntax(ROOT / "api" / "settings.py"))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SETTING.fullmatch(node.value)
    }


def found(pattern: re.Pattern[str], where: list[Path]) -> list[str]:
    """List every line of the files that matches, as `file:line`."""
    return [
        f"{name(path)}:{number} {line.strip()[:80]}"
        for path in where
        for number, line in enumerate(text(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_every_refusal_is_in_the_protocol() -> None:
    codes = class_codes(ROOT / "engine" / "errors.py")
    assert codes
    words = set(re.findall(r"[a-z_]+", PROTOCOL.read_text(encoding="utf-8")))
    assert codes - words == set()


def test_every_close_code_is_in_the_protocol() -> None:
    codes = close_codes(ROOT / "engine" / "wire" / "close_codes.py")
    assert codes
    numbers = {int(digits) for digits in re.findall(r"\b\d{4}\b", PROTOCOL.read_text("utf-8"))}
    ours = {code for code in codes if code >= 4000}  # Below are those of RFC 6455.
    assert ours - numbers == set()


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    documented = set(re.findall(rf"^\| `({SETTING.pattern})`", text(SETTINGS), re.MULTILINE))
    assert documented == settings_read()


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    index = text(folder / "README.md")
    decisions = [path.name for path in folder.glob("[0-9]*.md")]
    assert decisions
    assert [decision for decision in decisions if f"({decision})" not in index] == []


def test_links_between_the_documents_lead_somewhere() -> None:
    broken = [
        f"{name(path)} -> {target}"
        for path in files()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text(path))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def test_nothing_is_left_to_do_without_an_issue() -> None:
    left = found(UNFINISHED, sources((*PACKAGES, "tests", "web")))
    assert [line for line in left if not WITH_ISSUE.search(line)] == []


def test_no_test_can_be_passed_over() -> None:
    skips = re.compile(r"pytest\.(?:mark\.)?(?:skip|xfail)|importor[s]kip|\bski[p]if\b")
    assert found(skips, sources(("tests",))) == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    where = [path for path in files() if path.suffix != ".svg" and path != Path(__file__)]
    assert found(REGISTRY_HOST, where) == []
    assert found(MACHINE_PATH, where) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_host(lock: str) -> None:
    lines = [line.rstrip(" \\") for line in (ROOT / lock).read_text("utf-8").splitlines()]
    shape = re.compile(r"[a-z0-9-]+==[\w.+!-]+|    --hash=sha256:[0-9a-f]{64}")
    assert lines
    assert [line for line in lines if not shape.fullmatch(line)] == []


def test_both_locks_agree() -> None:
    runtime, everything = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))
        for lock in LOCKS
    )
    assert runtime
    assert {key: everything.get(key) for key in runtime} == runtime
