"""How many runs: Student's widths, stopping that still covers, and the same worlds as compare."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulation.comparison import compare
from simulation.errors import InputError
from simulation.randomness import analysis_rng
from simulation.scenario import Scenario
from simulation.sweeps.precision import (
    MOST_WORLDS,
    START,
    next_look,
    precision_of,
    replicate_until,
    runs_needed,
    student_width,
)
from simulation.sweeps.precision_figure import convergence
from simulation.sweeps.running import sweep
from tests.sweep_common import DESIGN, continuum

WORLD = Scenario.load("classroom").replace(n_people=300, n_days=40, launch_day=10, days_warm_up=5)
PAIR = ["posting_only", "community_building"]


def test_the_width_is_students():
    """Against SciPy's own interval."""
    values = analysis_rng(1).normal(3, 2, 17)
    low, high = stats.t.interval(0.9, 16, values.mean(), stats.sem(values))
    assert student_width(values.std(ddof=1), 17, 0.9) == pytest.approx(high - low)


@pytest.mark.parametrize("width", [0.1, 0.5, 1.0, 3.0])
def test_just_enough_worlds(width):
    """With n worlds the interval is narrow enough, with one less it is not."""
    found = runs_needed(analysis_rng(2).normal(0, 1, 50), width=width)
    assert student_width(found.sd, found.n, 0.95) <= width
    assert found.n == 2 or student_width(found.sd, found.n - 1, 0.95) > width
    assert found.low <= found.n <= found.high


def test_half_as_wide_takes_four_times_as_many():
    pilot = analysis_rng(3).normal(5, 1, 100)
    assert runs_needed(pilot, width=0.05).n / runs_needed(pilot, width=0.1).n == pytest.approx(
        4, rel=0.01
    )
    one, other = runs_needed(pilot, relative=0.1), runs_needed(pilot, width=0.2 * pilot.mean())
    assert one.n == other.n


def test_the_pilot_leaves_a_range_open():
    """The true number lies in low .. high at the stated rate."""
    truth = runs_needed(np.tile([-1.0, 1.0], 50_000), width=0.4).n
    covered = 0
    for seed in range(400):
        found = runs_needed(analysis_rng(seed).normal(0, 1, 15), width=0.4)
        covered += found.low <= truth <= found.high
    assert stats.binom.ppf(0.001, 400, 0.95) <= covered <= stats.binom.ppf(0.999, 400, 0.95)


def test_pilots_without_spread_and_without_end():
    assert runs_needed([2.0, 2.0, 2.0], width=0.1).n == 2
    assert "gave the same difference" in str(runs_needed([2.0, 2.0], width=0.1))
    found = runs_needed([0.0, 1.0], width=1e-9)
    assert found.n == MOST_WORLDS
    assert f"{MOST_WORLDS:,} or more worlds" in str(found)
    assert runs_needed([1.0, math.nan, 3.0, 2.0], width=1.0).n_pilot == 3


def coverage(draw, truth, aim, repeats=2_000):
    """How often the interval at the stop holds the truth, for made-up differences."""
    hits = 0
    for _ in range(repeats):
        values = draw(START)
        while student_width(values.std(ddof=1), values.size, 0.95) > aim:
            values = np.concatenate([values, draw(next_look(values.size) - values.size)])
        half = student_width(values.std(ddof=1), values.size, 0.95) / 2
        hits += abs(values.mean() - truth) <= half
    return hits / repeats


@pytest.mark.parametrize("worlds", [35, 100])
def test_stopping_still_covers(worlds):
    """As the docstring says: 94.5 to 95 % of normal differences, 91 to 94 % of exponential ones."""
    aim, rng = 2 * 1.96 / math.sqrt(worlds), analysis_rng(worlds)
    error = math.sqrt(0.95 * 0.05 / 2_000)
    normal = coverage(lambda n: rng.normal(0, 1, n), 0, aim)
    assert 0.945 - 3 * error <= normal <= 0.95 + 3 * error
    skewed = coverage(lambda n: rng.exponential(1, n), 1, aim)
    assert 0.91 - 3 * error <= skewed <= 0.94 + 3 * error


def test_stopping_at_every_look_from_two_would_not_cover():
    """Negative control: without a start and without steps the interval is too sure of itself."""
    rng, aim, hits = analysis_rng(9), 2 * 1.96 / math.sqrt(10), 0
    for _ in range(1_000):
        values = rng.normal(0, 1, 2)
        while student_width(values.std(ddof=1), values.size, 0.95) > aim:
            values = np.append(values, rng.normal())
        half = student_width(values.std(ddof=1), values.size, 0.95) / 2
        hits += abs(values.mean()) <= half
    assert hits / 1_000 < 0.92


# ---- with the model ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    return replicate_until(WORLD, PAIR, width=1.2, outcome="n_follower", start=10, most=400,
                           seed=3, n_jobs=1)  # fmt: skip


def test_the_worlds_are_those_of_compare(found):
    """Added piece by piece, the runs are those of one comparison of as many worlds."""
    whole = compare(WORLD, PAIR, replications=found.n_worlds, seed=3, outcome="n_follower",
                    n_jobs=1, keep_series=False)  # fmt: skip
    a, b = (c.runs.drop(columns="seconds") for c in (found.comparison, whole))
    pd.testing.assert_frame_equal(a, b)
    assert found.comparison.runs.attrs == whole.runs.attrs
    assert found.comparison.table.equals(whole.table)


def test_it_stops_at_the_first_look_that_is_narrow_enough(found):
    widths = found.history["width"].to_numpy()
    assert found.reached
    assert len(widths) > 1
    assert (widths[:-1] > 1.2).all()
    assert widths[-1] <= 1.2
    worlds = list(found.history["n_worlds"])
    assert worlds == [10] + [next_look(n) for n in worlds[:-1]]


def test_the_sentence_says_how(found):
    last = found.history.iloc[-1]
    for part in (f"over {found.n_worlds} replications (seed 3, replications 0 to",
                 "from 10, until Student's 95 % interval", "at most 1.2 people wide",
                 f"at look {len(found.history)}"):  # fmt: skip
        assert part in found.sentence
    assert f"{last['difference']:.1f}"[:3] in found.sentence


def test_giving_up_is_said():
    found = replicate_until(WORLD, PAIR, relative=0.0001, start=4, most=7, n_jobs=1)
    assert not found.reached
    assert found.n_worlds == 7
    assert "was not reached within 7 worlds" in found.sentence


def test_the_slowest_of_several_strategies_decides():
    names = [*PAIR, "audience_building"]
    found = replicate_until(WORLD, names, width=1.0, outcome="n_subscriber", start=10, most=500,
                            n_jobs=1)  # fmt: skip
    last = found.history[found.history["n_worlds"] == found.n_worlds]
    assert set(last["strategy"]) == set(names[1:])
    assert (last["width"] <= 1.0).all()
    before = found.history[found.history["n_worlds"] < found.n_worlds]
    assert all((rows["width"] > 1.0).any() for _, rows in before.groupby("n_worlds"))


def test_extending_takes_the_next_worlds_only(found):
    again = compare(WORLD, PAIR, replications=12, first=11, seed=3, n_jobs=1, keep_series=False)
    with pytest.raises(InputError, match="begin at 11, not at"):
        found.comparison.extended(again)


def test_what_settings_of_a_sweep_still_need(tmp_path):
    """For every setting: its interval, and the worlds for the width asked, as runs_needed says."""
    store = sweep({**DESIGN, "replications": 6}, tmp_path / "store", jobs=1)
    table = precision_of(store.runs(), "n_follower", width=2.0)
    assert list(table["setting_id"]) == [0, 1, 2, 3]
    assert set(table["strategy"]) == {"community_building"}
    runs = store.runs()
    two = runs[runs["setting_id"] == 2].pivot(index="replication_id", columns="strategy",
                                               values="n_follower")  # fmt: skip
    values = (two["community_building"] - two["posting_only"]).to_numpy()
    row = table.iloc[2]
    assert row["difference"] == pytest.approx(values.mean())
    assert row["needed"] == runs_needed(values, width=2.0).n
    assert row["enough"] == (row["needed"] <= 6)


def test_the_picture(found):
    ax = convergence(found)
    assert ax.get_title(loc="left") == f"{found.n_worlds} worlds are enough"
    rings = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(rings[0].get_xdata()) == len(found.history)


def test_the_command(tmp_path):
    done = continuum("precision", "--scenario", "classroom", "--people", 200, "--width", 6,
                     "--start",
                     5, "--out", tmp_path, "--jobs", 1, "--set", "p_buy=0.9")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Strategies were compared by paired differences" in done.stdout
    saved = json.loads((tmp_path / "precision.json").read_text())
    assert saved["reached"]
    assert {p.name for p in tmp_path.iterdir()} == {
        "precision.json", "runs.parquet", "convergence.png",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "say width or relative"),
        ({"width": 1.0, "relative": 0.1}, "one of them"),
        ({"width": 0}, "width = 0 is not allowed"),
        ({"width": -1.0}, "width = -1.0"),
        ({"width": math.nan}, "width = nan"),
        ({"relative": math.inf}, "relative = inf"),
        ({"width": "narrow"}, "width = 'narrow'"),
        ({"width": 1.0, "confidence": 95}, "confidence = 95"),
    ],
)
def test_aims_that_are_none(arguments, said):
    with pytest.raises(InputError) as error:
        runs_needed([1.0, 2.0, 3.0], **arguments)
    assert said in str(error.value)


def test_pilots_that_are_none():
    with pytest.raises(InputError, match="a pilot of 1 worlds"):
        runs_needed([1.0], width=1.0)
    with pytest.raises(InputError, match="the mean difference is 0"):
        runs_needed([-1.0, 1.0], relative=0.1)
    for wrong in ({"start": 1}, {"start": 50, "most": 20}, {"most": 0}):
        with pytest.raises(InputError):
            replicate_until(WORLD, PAIR, width=1.0, **wrong)
