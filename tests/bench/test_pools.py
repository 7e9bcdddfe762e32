"""The verbs of the bench about pools: a log that comes out again, and a pool under siege."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import main


def test_a_day_is_recorded_and_comes_out_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, policy = tmp_path / "pool.log", tmp_path / "policy.toml"
    policy.write_text("[pools]\npremium_lead_s = 0\n")
    assert main(["replay", str(log), "--record", "--policy", str(policy), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["same"] is True
    assert figures["joined"] == figures["what_if_joined"] == 720
    assert figures["what_if_met"] > 0


def test_a_log_that_was_changed_does_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "pool.log"
    assert main(["replay", str(log), "--record"]) == 0
    lines = log.read_bytes().splitlines(keepends=True)
    ends = [n for n, line in enumerate(lines) if line.startswith(b'["end"') and b"[[" in line]
    lines[ends[-1]] = lines[ends[-1]].replace(b"[[", b"[[9", 1)
    log.write_bytes(b"".join(lines))
    assert main(["replay", str(log)]) == 1
    log.write_bytes(b"nothing")
    assert main(["replay", str(log)]) == 2
    assert "not the log of a pool" in capsys.readouterr().err


def test_the_besieged_waits_no_longer_than_proved(capsys: pytest.CaptureFixture[str]) -> None:
    main(["arrivals", "--tickets", "200", "--changes", "10", "--ticks", "2", "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert figures["pairs"] > 0
    assert figures["starved_ticks"] <= figures["starved_ticks_bound"]
