"""Strategies given as what a file would hold: a mapping, wherever strategies are taken."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import STRATEGIES, InputError, Scenario, Strategy, compare, simulate

HALF = {"name": "half", "posting": 0.5, "content": 0.5}
TOWN = Scenario.load("classroom").replace(n_people=100, n_days=20, launch_day=5)


def test_a_mapping_is_what_a_file_holds(tmp_path):
    path = tmp_path / "half.toml"
    path.write_text("posting = 0.5\ncontent = 0.5\n")
    assert Strategy.load(HALF) == Strategy.load(path)
    later = {"name": "later", "phases": ({"posting": 1}, {"from_day": 9.0, "content": np.int64(1)})}
    assert [phase.from_day for phase in Strategy.load(later).phases] == [0, 9]
    assert (
        Strategy.load({**HALF, "announce": ("mail",), "ask_reviews": np.True_}).ask_reviews is True
    )


def test_a_name_alone_is_a_registered_strategy():
    """It is not a strategy of that name which does nothing."""
    assert Strategy.load({"name": "balanced"}) is STRATEGIES["balanced"]
    with pytest.raises(InputError, match=r'"balanced"') as error:
        Strategy.load({"name": "balancd"})
    assert "splits no effort" in str(error.value)


def test_mappings_wherever_strategies_are_taken():
    run = simulate(TOWN, HALF, seed=2)
    assert run.strategy.name == "half"
    found = compare(TOWN, [HALF, "balanced"], replications=2.0, n_jobs=1.0, seed=2.0)
    assert found.names == ["half", "balanced"]
    assert found.runs["n_follower"][0] == run.summary["n_follower"]
    assert found.replications == 2


@pytest.mark.parametrize(
    ("table", "said"),
    [({**HALF, "postng": 0.1}, 'strategy half: unknown name "postng"; did you mean "posting"'),
     ({**HALF, "content": 0.6}, "strategy half: the shares of effort sum to 1.1"),
     ({**HALF, "content": "1 - posting"}, "content = '1 - posting' is not allowed: a number from"),
     ({**HALF, "phases": [HALF]}, "stand beside [[phases]]"),
     ({"phases": "posting"}, "phases must be a list"), ({}, None)],
)  # fmt: skip
def test_wrong_mappings_are_one_line(table, said):
    if said is None:
        assert Strategy.load(table).phases[0].posting == 0, "an empty table does nothing, unnamed"
        return
    with pytest.raises(InputError) as error:
        Strategy.load(table)
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


def test_a_mapping_is_one_strategy_not_several():
    with pytest.raises(InputError, match="needs at least two"):
        compare(TOWN, HALF)
