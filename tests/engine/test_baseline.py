"""The baseline: today's numbers, readable. It proves sameness, never correctness.

When a change moves a number on purpose: ``python -m tests.engine.test_baseline`` writes the file
anew, the difference is read line by line, and CHANGELOG.md says why under "Numbers changed".
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulation import simulate
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import STRATEGIES

FILE = Path(__file__).parent / "baseline.json"
SMALL = {"n_people": 3000, "days_warm_up": 100}


def measured() -> dict[str, dict[str, float | None]]:
    """Return the summary of every preset, smaller, under every strategy, to six digits."""
    from simulation import Scenario

    found = {}
    for name in presets():
        world = Scenario.load(name).replace(**SMALL)
        for strategy in STRATEGIES:
            summary = simulate(world, strategy, seed=1).summary
            found[f"{name}, {strategy}"] = {
                key: None if value != value else float(f"{value:.6g}")
                for key, value in summary.items()
            }
    return found


def test_the_numbers_are_what_they_were():
    before, now = json.loads(FILE.read_text(encoding="utf-8")), measured()
    assert set(before) == set(now)
    for case, numbers in now.items():
        for name, value in numbers.items():
            was = before[case][name]
            assert value == (was if was is None else pytest.approx(was, rel=1e-5)), (case, name)


if __name__ == "__main__":
    FILE.write_text(json.dumps(measured(), indent=1) + "\n", encoding="utf-8")
    print(f"written: {FILE.name}")
