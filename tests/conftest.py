"""Options and fixtures of the whole suite: one seed for all chance, rounds for what is repeated."""

from __future__ import annotations

import os
import random
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from xdist.workermanage import WorkerController

SEED = pytest.StashKey[int]()

# Enough to walk every path of a repeating test once; `make soak` takes many more.
ROUNDS_IN_THE_SUITE = 3


# A loaded machine is slow, not wrong: how long an example takes decides no test.
settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--seed`, `--rounds` and `--screenshots`."""
    parser.addoption("--seed", type=int, default=None, help="repeat a run with this seed")
    parser.addoption(
        "--rounds",
        type=int,
        default=ROUNDS_IN_THE_SUITE,
        help="how often a test that takes `rounds` repeats itself",
    )
    parser.addoption(
        "--screenshots", default=None, help="keep the browser's pictures in this folder"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Draw the seed of this run, unless one was given; workers take that of the run."""
    given = getattr(config, "workerinput", {}).get("seed", config.getoption("--seed"))
    config.stash[SEED] = int.from_bytes(os.urandom(4)) if given is None else int(given)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Hand the seed of this run to a worker: `make test` has two."""
    node.workerinput["seed"] = node.config.stash[SEED]


def pytest_report_header(config: pytest.Config) -> str:
    """Show the seed at the top."""
    return f"seed: {config.stash[SEED]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes `rounds`, so that `make soak` finds it."""
    for item in items:
        if "rounds" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.soak)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print, beside every failure, how to run it again with the same chance."""
    report = yield
    if report.failed:
        again = f"python -m pytest {item.nodeid!r} --seed {item.config.stash[SEED]}"
        report.sections.append(("run it again", again))
    return report


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Give the number that decides all chance of this run."""
    return request.config.stash[SEED]


@pytest.fixture
def rng(seed: int, request: pytest.FixtureRequest) -> random.Random:
    """Give a test its own chance: it does not depend on which tests ran before."""
    return random.Random(f"{seed} {request.node.nodeid}")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """Say how often a test repeats itself; what takes this is a part of `make soak`."""
    return int(request.config.getoption("--rounds"))
