"""The table, the data and the plots of a comparison, and what the README shows of them."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.machine import describe
from bench.peers.start import PEERS
from bench.plot import ACCENT, Bar, bars
from bench.results import FOLDER, OURS, Comparison, write
from bench.rounds import Load, Round

ROOT = Path(__file__).resolve().parents[2]
LOAD = Load(clients=4, room_size=4, messages=10, in_flight=1, body_chars=64, runs=3)
ROUND = Round(
    deliveries=40,
    seconds=0.5,
    cpu_us_per_delivery=8.0,
    store_cpu_us_per_delivery=0.0,
    p50_ms=1.0,
    p95_ms=2.0,
    p99_ms=3.0,
    rss_mb=50.0,
    store_rss_mb=0.0,
    generator_share=0.25,
    lost=0,
    doubled=0,
    faults=0,
    told=(),
)


def comparison() -> Comparison:
    """Three runs on each server; ours costs 6, 8 and 10, and PostgreSQL 2 on top."""
    ours = [
        replace(ROUND, cpu_us_per_delivery=one, store_cpu_us_per_delivery=2.0)
        for one in (10.0, 6.0, 8.0)
    ]
    peers = {
        name: [replace(ROUND, cpu_us_per_delivery=16.0 * number)] * 3
        for number, name in enumerate(PEERS, start=1)
    }
    return Comparison("fanout", "What is <it>?", "One room.", LOAD, {OURS: ours, **peers})


def test_a_comparison_is_written_as_table_data_and_picture(tmp_path: Path) -> None:
    machine = describe()
    written = write(tmp_path / "results", machine, [comparison()], {"ws": "8.0.0"})
    texts = {path.name: path.read_text(encoding="utf-8") for path in written}
    assert set(texts) == {"compare.md", "compare.json", "fanout.svg"}
    table = texts["compare.md"].splitlines()
    ours = next(line for line in table if line.startswith("| **Glimpse**"))
    assert "| 8.00 | 6.00 to 10.00 | 2.00 |  |" in ours
    assert any(line.startswith("| Socket.IO | 16.00 |") and "| 0.50 |" in line for line in table)
    assert "![What is <it>?](fanout.svg)" in table
    servers = json.loads(texts["compare.json"])["scenarios"]["fanout"]["servers"]
    assert list(servers) == [OURS, *PEERS]
    assert servers[OURS]["cpu_us_per_delivery_runs"] == [10.0, 6.0, 8.0]
    assert servers["ws"]["ratio"] == 0.25
    for text in texts.values():
        assert machine.date in text
        assert machine.cpu in text
        assert socket.gethostname() not in text


def test_a_plot_has_our_bar_in_the_accent_and_every_figure_on_it() -> None:
    rows = [Bar("other & more", 12.0), Bar("ours", 8.0, on_top=2.0, ours=True), Bar("low", 0.0)]
    drawn = ET.fromstring(bars("How much?", "µs", rows, under="a machine, a day"))
    rects = [one for one in drawn.iter() if one.tag.endswith("rect")][1:]
    texts = [one.text or "" for one in drawn.iter() if one.tag.endswith("text")]
    assert [float(one.attrib["width"]) > 0 for one in rects] == [False, True, True, True]
    assert [one.attrib["fill"] for one in rects].count(ACCENT) == 1
    assert abs(float(rects[1].attrib["width"]) / float(rects[3].attrib["width"]) - 8 / 12) < 0.01
    for told in ("How much?", "ours", "8.0 + 2.0 PostgreSQL", "other & more", "a machine, a day"):
        assert told in texts
    right = float(rects[3].attrib["x"]) + float(rects[3].attrib["width"])
    assert right < float(drawn.attrib["width"]) - 100


def test_the_readme_shows_results_that_are_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"bench/results/[\w.-]+", readme))
    assert {Path(name).suffix for name in named} >= {".md", ".svg"}
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_kept_results_are_of_one_run() -> None:
    kept = json.loads((FOLDER / "compare.json").read_text(encoding="utf-8"))
    date = kept["machine"]["date"]
    assert set(kept["scenarios"]) == {"fanout", "pairs"}
    for name, scenario in kept["scenarios"].items():
        assert set(scenario["servers"]) == {OURS, *PEERS}
        assert date in (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        for server in scenario["servers"].values():
            assert (server["lost"], server["doubled"], server["faults"]) == (0, 0, 0)
    assert date in (FOLDER / "compare.md").read_text(encoding="utf-8")
