"""How many runs: Student's widths, stopping that still covers, and the same worlds as compare."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulation.core.randomness import analysis_rng
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.comparison import compare
from simulation.runs.statistics import interval_width
from simulation.searches.precision import MOST_WORLDS, precision_of, runs_needed
from simulation.searches.precision_figure import convergence, convergences, running
from simulation.searches.precision_until import MOST_RELATIVE, START, next_look, replicate_until
from simulation.sweeps.running import sweep
from simulation.tools.errors import InputError
from tests.sweeps.common import DESIGN, here

WORLD = Scenario.load("classroom").replace(n_people=300, n_days=40, launch_day=10, days_warm_up=5)
PAIR = ["posting_only", "community_building"]


def test_the_width_is_students():
    """Against SciPy's own interval."""
    values = analysis_rng(1).normal(3, 2, 17)
    low, high = stats.t.interval(0.9, 16, values.mean(), stats.sem(values))
    assert interval_width(values.std(ddof=1), 17, 0.9) == pytest.approx(high - low)


@pytest.mark.parametrize("width", [0.1, 0.5, 1.0, 3.0])
def test_just_enough_worlds(width):
    """With n worlds the interval is narrow enough, with one less it is not."""
    found = runs_needed(analysis_rng(2).normal(0, 1, 50), width=width)
    assert interval_width(found.sd, found.n, 0.95) <= width
    assert found.n == 2 or interval_width(found.sd, found.n - 1, 0.95) > width
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


def stopped(draw, narrow, start=START, most=10**9):
    """Add made-up differences by half until narrow(values, half the interval), or at most so many.

    Return the values, half Student's interval, and whether it was narrow.
    """
    values = draw(start)
    while True:
        half = interval_width(values.std(ddof=1), values.size, 0.95) / 2
        if (done := narrow(values, half)) or values.size >= most:
            return values, half, done
        values = np.concatenate([values, draw(min(most, next_look(values.size)) - values.size)])


def coverage(draw, truth, narrow, repeats=1_500, start=START):
    """How often the interval at the stop holds the truth."""
    ends = (stopped(draw, narrow, start) for _ in range(repeats))
    return sum(abs(values.mean() - truth) <= half for values, half, _ in ends) / repeats


def error(share, repeats=1_500):
    """Three standard errors of a share."""
    return 3 * math.sqrt(share * (1 - share) / repeats)


@pytest.mark.parametrize("worlds", [35, 100])
def test_stopping_at_a_width_still_covers(worlds):
    """As the docstring says: 94.1 to 95.3 % of normal differences, 91 to 94 % of exponential."""
    aim, rng = 1.96 / math.sqrt(worlds), analysis_rng(worlds)
    normal = coverage(lambda n: rng.normal(0, 1, n), 0, lambda _, half: half <= aim)
    assert 0.941 - error(0.941) <= normal <= 0.953 + error(0.953)
    skewed = coverage(lambda n: rng.exponential(1, n), 1, lambda _, half: half <= aim)
    assert 0.91 - error(0.91) <= skewed <= 0.94 + error(0.94)


def test_stopping_at_a_share_of_the_mean_covers_and_overstates():
    """As the docstring says: 94.3 to 95.2 % at .2; the mean is overstated by about 2 %."""
    rng = analysis_rng(5)
    ends = [
        stopped(lambda n: rng.normal(1, 1, n), lambda v, half: half <= 0.2 * abs(v.mean()))
        for _ in range(1_500)
    ]
    means = np.array([values.mean() for values, _, _ in ends])
    covered = np.mean([abs(m - 1) <= end[1] for m, end in zip(means, ends, strict=True)])
    assert 0.943 - error(0.943) <= covered <= 0.952 + error(0.952)
    assert 0 < means.mean() - 1 < 0.02 + 3 * means.std() / math.sqrt(1_500)


def test_from_two_worlds_the_interval_is_too_sure_of_itself():
    """Negative control of `start`: of skewed differences it covers less than 86 % from 2 on."""
    rng, aim = analysis_rng(9), 1.96 / math.sqrt(35)
    covered = coverage(lambda n: rng.exponential(1, n), 1, lambda _, half: half <= aim, start=2)
    assert covered < 0.86


def test_a_large_share_of_the_mean_finds_effects_that_are_not_there():
    """Why relative is at most MOST_RELATIVE: without an effect, 1 stops often and .5 does not."""
    found = {}
    for relative in (MOST_RELATIVE, 1.0):
        rng = analysis_rng(21)
        found[relative] = sum(
            stopped(lambda n: rng.normal(0, 1, n),  # noqa: B023 (used at once)
                    lambda v, half: half <= relative * abs(v.mean()), most=2_000)[2]  # noqa: B023
            for _ in range(300)
        )  # fmt: skip
    assert found[MOST_RELATIVE] <= stats.binom.ppf(0.999, 300, 0.005)
    assert found[1.0] > 60
    with pytest.raises(InputError, match=r"relative = 0\.6 is not allowed: at most 0\.5"):
        replicate_until(WORLD, PAIR, relative=0.6)


# ---- with the model ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    return replicate_until(WORLD, PAIR, width=1.2, outcome="n_follower", start=10, most=400,
                           seed=3, jobs=1)  # fmt: skip


def test_the_worlds_are_those_of_compare(found):
    """Added piece by piece, the runs are those of one comparison of as many worlds."""
    whole = compare(WORLD, PAIR, replications=found.n_worlds, seed=3, outcome="n_follower",
                    jobs=1, keep_series=False)  # fmt: skip
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
                 "from 10, until Student's 95 % interval",
                 "that its width, in people, is at most 1.2",
                 f"at look {len(found.history)}", "not adjusted for the looks"):  # fmt: skip
        assert part in found.sentence
    assert f"{last['difference']:.1f}"[:3] in found.sentence


def test_giving_up_is_said():
    found = replicate_until(WORLD, PAIR, relative=0.0001, start=4, most=7, jobs=1)
    assert not found.reached
    assert found.n_worlds == 7
    assert "was not reached within 7 replications (3 looks)" in found.sentence


def test_the_slowest_of_several_strategies_decides():
    names = [*PAIR, "audience_building"]
    found = replicate_until(WORLD, names, width=1.0, outcome="n_subscriber", start=10, most=500,
                            jobs=1)  # fmt: skip
    last = found.history[found.history["n_worlds"] == found.n_worlds]
    assert set(last["strategy"]) == set(names[1:])
    assert (last["width"] <= 1.0).all()
    before = found.history[found.history["n_worlds"] < found.n_worlds]
    assert all((rows["width"] > 1.0).any() for _, rows in before.groupby("n_worlds"))


def test_extending_takes_the_next_worlds_only(found):
    again = compare(WORLD, PAIR, replications=12, first=11, seed=3, jobs=1, keep_series=False)
    with pytest.raises(InputError, match="begin at 11, not at"):
        found.comparison.extended(again)
    arguments = {"replications": found.n_worlds + 1, "first": found.n_worlds, "jobs": 1,
                 "keep_series": False}  # fmt: skip
    for world, pair, seed in (
        (WORLD, PAIR, 4), (WORLD, PAIR[::-1], 3), (WORLD.replace(p_follow=0.02), PAIR, 3)
    ):  # fmt: skip
        other = compare(world, pair, seed=seed, **arguments)
        with pytest.raises(InputError, match="another scenario, strategies or seed"):
            found.comparison.extended(other)


def test_the_same_strategy_twice_is_said_to_leave_something_open():
    """No spread at all is narrow, but not proof: five equal worlds leave 1 - .05^(1/5) open."""
    twin = Strategy.load("posting_only").model_copy(update={"name": "twin"})
    for aim in ({"width": 1.0}, {"relative": 0.1}):
        found = replicate_until(WORLD, [PAIR[0], twin], start=5, jobs=1, **aim)
        assert found.reached
        assert "the same in all 5, which leaves open (95 %) that up to 45 % of" in found.sentence
        title = convergence(found).get_title(loc="left").strip()
        assert title == "After 5 worlds all 5 differences are the same"


def test_worlds_without_a_value_do_not_count():
    """Where nobody can buy there are no stars: never reached, said, and drawn as such."""
    found = replicate_until(WORLD.replace(p_buy=1e-9), PAIR, relative=0.1, outcome="mean_stars",
                            start=3, most=5, jobs=1)  # fmt: skip
    assert not found.reached
    assert list(found.history["n_pairs"]) == [0, 0]
    assert "no difference can be told: 0 of the worlds have a value" in found.sentence
    assert convergence(found).get_title(loc="left").strip() == "After 5 worlds there is no interval"


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


def made_up(**table):
    """Return runs of settings, a column of sales each: setting -> (baseline, other)."""
    rows = [
        {"setting_id": int(setting[1:]), "strategy": name, "replication_id": r,
         "status": "FAILED" if math.isnan(value) else "SUCCEEDED", "sales": value}
        for setting, columns in table.items()
        for name, values in zip("ab", columns, strict=True)
        for r, value in enumerate(values)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"strategy": pd.CategoricalDtype(["a", "b"])})


def test_settings_that_failed_are_told_and_the_baseline_stays():
    """A setting with no world left is a row; a baseline that always failed is not replaced."""
    nan = [math.nan] * 3
    runs = made_up(s0=([1, 2, 3], [2, 4, 9]), s1=(nan, [1, 2, 3]), s2=([1, 2, 3], [2, 3, 4]))
    table = precision_of(runs, width=1.0)
    assert list(table["n_worlds"]) == [3, 0, 3]
    low, high = stats.t.interval(0.95, 2, 3, stats.sem([1, 2, 6]))
    assert tuple(table.loc[0, ["low", "high"]]) == pytest.approx((low, high))
    assert table.loc[1, ["difference", "width", "needed"]].isna().all()
    assert list(table["enough"]) == [False, False, True]
    assert table.loc[2, "needed"] == 2
    assert list(precision_of(runs[runs["setting_id"] == 1])["strategy"]) == ["b"]
    assert "needed" not in precision_of(runs)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"outcome": "slaes"}, 'unknown outcome "slaes"; did you mean "sales"'),
        ({"baseline": "c"}, 'baseline "c": .* there are a, b'),
        ({"width": -1.0}, "width = -1.0 is not allowed"),
        ({"width": 1.0, "relative": 0.1}, "one of them"),
        ({"confidence": 95}, "confidence = 95"),
    ],
)
def test_questions_about_settings_that_are_none(arguments, said):
    with pytest.raises(InputError, match=said):
        precision_of(made_up(s0=([math.nan], [1.0])), **arguments)


def test_so_many_as_start_must_have_a_value():
    """Where few worlds have stars, any width is only believed from `start` of them on."""
    found = replicate_until(WORLD.replace(p_buy=0.1), PAIR, width=1e6, outcome="mean_stars",
                            start=4, most=400, jobs=1)  # fmt: skip
    pairs = list(found.history["n_pairs"])
    assert found.reached
    assert pairs[-1] >= 4
    assert pairs[0] < 4
    assert all(n < 4 for n in pairs[:-1])
    assert f"in the {pairs[-1]} worlds that have a value under both" in found.sentence
    convergence(found)


def test_the_picture(found):
    ax = convergence(found)
    last = found.history.iloc[-1]
    title = ax.get_title(loc="left")
    said = re.match(rf"After {found.n_worlds} worlds the interval is ([\d.]+) ", title).group(1)
    assert float(said) == pytest.approx(last["width"], abs=0.5 * 0.1 ** len(said.split(".")[1]))
    assert "people wide: narrow enough (1.2 asked)" in title
    rings = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(rings[0].get_xdata()) == len(found.history)
    line = ax.lines[0]
    assert list(line.get_xdata()) == list(range(2, found.n_worlds + 1))
    assert line.get_ydata()[-1] == pytest.approx(last["difference"])
    assert ax.get_xscale() == "log"
    with pytest.raises(InputError, match='unknown strategy "posting"'):
        convergence(found, strategy="posting")


def test_the_picture_of_several_strategies_has_a_panel_each():
    """And one that did not get there is said to be too wide."""
    names = [*PAIR, "advertising"]
    found = replicate_until(WORLD, names, relative=0.05, outcome="n_follower", start=5, most=8,
                            jobs=1)  # fmt: skip
    panels = convergences(found).axes
    for name, ax in zip(names[1:], panels, strict=True):
        row = found.last(name)
        ended = "narrow enough" if row["width"] <= row["aim"] else "still too wide"
        assert f"of the mean: {ended} (5 % asked)" in ax.get_title(loc="left")
    assert any("still too wide" in ax.get_title(loc="left") for ax in panels) != found.reached


def test_the_running_interval_keeps_its_digits():
    """Against SciPy's for every length, also where the mean is 1e9 times the spread."""
    values = 1e9 + analysis_rng(4).normal(0, 1, 40)
    mean, half = running(values, 0.9)
    for n in (2, 3, 17, 40):
        low, high = stats.t.interval(0.9, n - 1, values[:n].mean(), stats.sem(values[:n]))
        assert mean[n - 2] == pytest.approx(values[:n].mean(), abs=1e-5)
        assert 2 * half[n - 2] == pytest.approx(high - low, rel=1e-4)


def test_the_command(tmp_path):
    done = here("precision", "--scenario", "classroom", "--people", 200, "--width", 6,
                     "--start",
                     5, "--out", tmp_path, "--jobs", 1, "--set", "p_buy=0.9")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Strategies were compared by paired differences" in done.stdout
    saved = json.loads((tmp_path / "precision.json").read_text())
    assert saved["reached"]
    assert saved["width"] == 6
    assert saved["looks"][-1]["width"] <= 6
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
    for wrong in ([1.0, math.inf, 2.0], ["many", "few"]):
        with pytest.raises(InputError, match=r"^differences: "):
            runs_needed(wrong, width=1.0)
    with pytest.raises(InputError, match="the mean difference is 0"):
        runs_needed([-1.0, 1.0], relative=0.1)
    for wrong in ({"start": 1}, {"start": 50, "most": 20}, {"most": 0}):
        with pytest.raises(InputError):
            replicate_until(WORLD, PAIR, width=1.0, **wrong)


def test_a_wrong_command_leaves_no_folder(tmp_path):
    done = here("precision", "posting_onl", "advertising", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith('continuum: unknown strategy "posting_onl"; did you mean')
    assert not (tmp_path / "out").exists()
