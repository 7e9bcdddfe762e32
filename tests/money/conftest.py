"""Databases for the proofs of money."""

from __future__ import annotations

import pytest

from tests.postgres import databases_of


@pytest.fixture
def dsn(pytestconfig: pytest.Config) -> str:
    """A migrated database of a test's own."""
    return databases_of(pytestconfig).fresh()
