"""The small sweep, undisturbed: lived once, and copied where it is to be changed."""

from __future__ import annotations

import functools
import shutil

import pytest

from simulation.sweeps.running import sweep
from simulation.sweeps.store import open_store
from tests.sweeps.common import DESIGN


@pytest.fixture(scope="session")
def whole_with(tmp_path_factory):
    """The sweep that keeps such tables; not to be changed."""

    @functools.cache
    def whole(*keep):
        folder = tmp_path_factory.mktemp("whole") / "store"
        return sweep({**DESIGN, "keep": [*keep]}, folder, jobs=1)

    return whole


@pytest.fixture
def copied(tmp_path):
    """A copy of a store, to be changed."""
    return lambda store: open_store(shutil.copytree(store.folder, tmp_path / "store"))
