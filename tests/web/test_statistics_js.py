"""statistics.js against runs/statistics.py: paired means and Student's intervals, the same bits."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulation.runs.statistics import mean_interval, minus, told
from simulation.tools import PACKAGE
from simulation.web.declared import MOST_WORLDS, declared
from tests.web.node import node

STATISTICS = PACKAGE / "web" / "statistics.js"
PAIRED = Path(__file__).with_name("paired.js")


@pytest.fixture(scope="module")
def ask(tmp_path_factory) -> Iterator[Any]:
    """Node with the statistics loaded once for all pairs."""
    said = tmp_path_factory.mktemp("student") / "student.json"
    said.write_text(json.dumps(declared()["student"]), encoding="utf-8")
    with node(PAIRED, STATISTICS, said) as asked:
        yield lambda a, b: asked({"a": in_bits(a), "b": in_bits(b)})


def in_bits(values: Any) -> list[str]:
    """Return floats as texts of their bits."""
    return [struct.pack(">d", x).hex() for x in values]


def assert_said_alike(ask: Any, a: np.ndarray, b: np.ndarray) -> None:
    """Compare mean, low and high to the last bit, the number of worlds, and what can be told."""
    *wanted, n = mean_interval(minus(a, b))
    found = ask(a, b)
    numbers = [struct.unpack(">d", bytes.fromhex(text))[0] for text in found["numbers"]]
    np.testing.assert_array_equal(numbers, np.array(wanted, float))
    assert found["n"] == n
    assert found["told"] == bool(told(wanted[1], wanted[2], n, 0.95))


SIZES = st.integers(0, 20) | st.integers(100, 300) | st.integers(2, MOST_WORLDS)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    n=SIZES,
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1e-300, 1e-6, 1.0, 1e3, 1e150]),
    missing=st.sampled_from([0.0, 0.0, 0.1, 0.9, 1.0]),
    kind=st.sampled_from(["floats", "counts", "equal", "shifted", "rounding"]),
)
@example(n=1000, seed=0, scale=1.0, missing=0.0, kind="floats")
@example(n=0, seed=0, scale=1.0, missing=0.0, kind="floats")
def test_any_worlds(ask, n, seed, scale, missing, kind):
    """Floats and counts, equal and shifted worlds, differences of rounding, values that lack."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=n) * scale, rng.normal(size=n) * scale
    if kind == "counts":
        a, b = (rng.poisson(30, n).astype(float) for _ in range(2))
    elif kind == "equal":
        b = a.copy()
    elif kind == "shifted":
        b = a + scale
    elif kind == "rounding":
        b = a * (1 + 1e-12)
    a[rng.random(n) < missing] = np.nan
    assert_said_alike(ask, a, b)


def test_more_worlds_than_declared_are_refused(ask):
    worlds = np.arange(MOST_WORLDS + 1.0)
    assert ask(worlds, worlds * 2)["refused"] == "1001 worlds are not allowed: at most 1000"
