"""Calibration: data as people send them, known answers of every step, and what must not happen."""

from __future__ import annotations

import json
import sys
import tomllib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import typer

from experiments import recovery
from simulation import simulate
from simulation.commands.calibrate import calibrate as calibrate_command
from simulation.commands.calibrate import fitted_of
from simulation.core.outcomes import DAY_DTYPE
from simulation.core.randomness import analysis_rng
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.searches import calibration_output as figures
from simulation.searches.calibration import CalibrateRequest, calibrate
from simulation.searches.calibration_candidates import Candidates, prior_of
from simulation.searches.calibration_fitting import (
    _density,
    _Generation,
    _near,
    adjust,
    fit_abc,
    fit_point,
    quantiles,
)
from simulation.searches.calibration_observed import Observed, read_observed, weekly, weekly_counts
from simulation.searches.calibration_summaries import PENALTIES, _ridge, learn
from simulation.tools.errors import InputError
from simulation.tools.optional import EXTRAS, need
from tests import ROOT

TOWN = Scenario.load("classroom").replace(n_people=600, days_warm_up=10)
COMMUNITY = STRATEGIES["community_building"]
FITTED = {"p_optin": (0.02, 0.4), "p_join": (0.01, 0.15)}
SMALL = {"n_particles": 20, "generations": 2, "n_pilot": 60, "budget": 20, "worlds": 5}


@pytest.fixture(scope="module")
def data():
    """A funnel simulated in other worlds than any fit uses, with a gap."""
    run = simulate(TOWN.replace(p_optin=0.15, p_join=0.05), COMMUNITY, seed=715)
    table = weekly(run).astype(float)
    table.loc[4, "members"] = np.nan
    return Observed(table[["followers", "subscribers", "members"]])


@pytest.fixture(scope="module")
def fits(data):
    """A small fit of each kind."""
    return {
        method: calibrate(data, TOWN, COMMUNITY, FITTED, method=method, n_predictive=20, **SMALL)
        for method in ("abc", "point")
    }


# ---- the data ----------------------------------------------------------------------------------


def written(tmp_path, content):
    """Write a CSV file and return its path."""
    path = tmp_path / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        "week,followers,sales\n1,300,0\n3,,2\n",
        b"\xef\xbb\xbfweek,followers,sales\r\n1,300,0\r\n3,,2\r\n",
        "week;followers;sales\n1;300;0\n\n3;;2\n",
        "followers\tsales\tweek\n300.0\t0\t1\n\t2\t3\n",
        "sep=;\nweek;followers;sales\n1;300,0;0\n3;;2\n",
        '"","week","followers","sales"\n"1",1,3e+02,0\n"2",3,NA,2\n',
    ],
    ids=["plain", "byte order mark", "semicolons", "tabs, other order", "Excel", "R"],
)
def test_data_are_read_however_they_were_saved(tmp_path, content):
    """Separators, marks, the order of columns, gaps and weeks left out change nothing."""
    observed = read_observed(written(tmp_path, content))
    values = observed.on(4)
    expected = np.full((4, 4), np.nan)
    expected[0, 0], expected[0, 3], expected[2, 3] = 300, 0, 2
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"week,followers\n1,3\xe9\n", "line 2 is not UTF-8"),
        ("week,folowers\n1,3\n", 'line 1: unknown column "folowers"; did you mean "followers"'),
        ("followers\n3\n", "line 1: a column week is missing"),
        ("week\n1\n", "nothing beside week"),
        ("week,sales\n1,many\n", "line 2: sales = 'many' is not allowed: a number from 0 [copies]"),
        ("week,sales\n1,2\n2,-1\n", "line 3: sales = '-1' is not allowed"),
        ("week,sales\n1,nan\n", "line 2: sales = 'nan' is not allowed"),
        ("week,sales\n1,inf\n", "line 2: sales = 'inf' is not allowed"),
        ("week,sales\n1,1_0\n", "line 2: sales = '1_0' is not allowed"),
        ("week;sales\n1;1,200\n", "line 2: is 1,200 a decimal? (it could be thousands)"),
        ("week,sales\n1,2\n\n1,3\n", "line 4: week 1 is there twice (first in line 2)"),
        ("week,sales\n2,2\n1,3\n", "line 3: week 1 comes after week 2"),
        ("week,sales\n0,2\n", "line 2: week = '0' is not allowed: a whole number from 1"),
        ("week,sales\n1.5,2\n", "line 2: week = '1.5' is not allowed"),
        ("week,sales\n,2\n", "line 2: week = '' is not allowed"),
        ("week,sales\n1,2,3\n", "line 2 has 3 cells, the heading has 2"),
        ("week,sales,sales\n1,2,3\n", 'column "sales" is there twice'),
        ("week,sales\n1,\n", "every cell is empty"),
        ("week,sales\n", "no row"),
        ("", "is empty"),
    ],
)
def test_wrong_data_are_one_line(tmp_path, content, said):
    """Every way in which a table can be wrong names the file, the line, and what is allowed."""
    path = written(tmp_path, content)
    with pytest.raises(InputError) as error:
        read_observed(path)
    assert said in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_data_that_are_no_file(tmp_path):
    """A folder and a missing file."""
    with pytest.raises(InputError, match="is a folder"):
        read_observed(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_observed(tmp_path / "none.csv")


def test_data_must_fit_the_scenario(tmp_path):
    """Weeks after the horizon, and more people than there are, name their line."""
    late = read_observed(written(tmp_path, "week,sales\n1,0\n18,1\n"))
    with pytest.raises(InputError, match=r"line 3: week = 18 lies after.*whole weeks from 1 to 17"):
        late.check(TOWN)
    many = read_observed(written(tmp_path, "week,members\n1,601\n"))
    with pytest.raises(InputError, match=r"line 2: members = 601 is not allowed.*600 people"):
        many.check(TOWN)
    read_observed(written(tmp_path, "week,members,sales\n17,600,999\n")).check(TOWN)


def test_weeks_are_counted_as_declared():
    """Stocks on the last day of each week, sales summed over it; days left over are left out."""
    table = np.zeros(16, DAY_DTYPE)
    table["n"] = np.arange(16)[:, None] * 10 + np.arange(4)
    table["sales"] = 1
    table["sales"][13] = 5
    assert weekly_counts(table).tolist() == [[61, 62, 63, 7], [131, 132, 133, 11]]


def test_weekly_is_what_is_read_back(tmp_path):
    """A simulated funnel, written and read, is the same table."""
    table = weekly(simulate(TOWN, COMMUNITY))
    table.to_csv(tmp_path / "run.csv")
    back = read_observed(tmp_path / "run.csv")
    np.testing.assert_array_equal(back.on(17), table.to_numpy())
    assert len(back.lines) == 17


# ---- priors and candidates ---------------------------------------------------------------------


def test_priors_take_the_range_of_the_evidence():
    """likely, logarithms for wide ranges, bounds of a probability, the range given."""
    spreads = prior_of(["p_follow", "p_join", "p_curious_reply"]).spreads
    assert [s.kind for s in spreads] == ["uniform", "loguniform", "uniform"]
    assert spreads[0].numbers == {"low": 0.004, "high": 0.03}
    assert spreads[2].numbers == {"low": 0.0, "high": 1.0}
    wide = prior_of({"p_join": (0.001, 0.1)})
    assert wide.one([0.5])["p_join"] == pytest.approx(0.01)
    assert prior_of({"launch_day": (10, 13)}).one([0.99]) == {"launch_day": 13}


@pytest.mark.parametrize(
    ("fitted", "said"),
    [
        (["p_folow"], 'did you mean "p_follow"'),
        (["wear_after"], "no range in the evidence: give one, wear_after=LOW:HIGH"),
        (["n_days"], "n_days cannot be fitted"),
        (["graph"], "graph cannot be fitted"),
        (["posting"], "posting is a lever"),
        (["p_join", "p_join"], "p_join is to be fitted twice"),
        ({"p_join": (0.2, 0.1)}, "low = 0.2 must be below high = 0.1"),
        ({"p_join": (0.2, 1.1)}, "p_join = 1.1 is not allowed"),
        ({"p_join": (0.1, float("nan"))}, "p_join = nan is not allowed"),
        ([], "0 parameters"),
    ],
)
def test_wrong_priors_are_one_line(fitted, said):
    """A parameter that is none, has no range, or cannot be told from weeks."""
    with pytest.raises(InputError) as error:
        prior_of(fitted)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_prior_that_is_no_world_is_refused_before_anything_is_simulated(data, monkeypatch):
    """Corners of the prior are tried: 1 + .05 + .02 of the people cannot be there."""
    monkeypatch.setattr(Candidates, "in_worlds", None)
    with pytest.raises(InputError, match=r"the prior allows share_followers = 1: .*at most 1"):
        calibrate(data, TOWN, COMMUNITY, {"share_followers": (0.1, 1)})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "abd"}, 'unknown method "abd"; did you mean "abc"'),
        ({"n_particles": 3}, "n_particles = 3 is not allowed: a whole number from 20"),
        ({"confidence": 1}, "confidence = 1 is not allowed"),
        ({"seed": -1}, "seed = -1 is not allowed"),
        ({"worlds": 4, "method": "point"}, "worlds = 4 is not allowed: a whole number from 5"),
    ],
)
def test_wrong_settings_are_one_line(data, changes, said):
    """What `calibrate` is given is checked first."""
    with pytest.raises(InputError, match=said):
        CalibrateRequest(data, TOWN, COMMUNITY, FITTED, **changes)


def test_wrong_numbers_of_processes_are_one_line(data, monkeypatch):
    monkeypatch.setattr(Candidates, "in_worlds", None)
    for name in ("jobs", "n_jobs"):
        with pytest.raises(InputError, match="jobs = 0 is not allowed: a whole number from 1"):
            calibrate(data, TOWN, COMMUNITY, FITTED, **{name: 0})


def test_candidates_have_luck_of_their_own_unless_told():
    """The same candidate twice differs in new worlds, and not in the same one."""
    twice = [np.array([0.5, 0.5])] * 2
    fresh = Candidates(TOWN, COMMUNITY, prior_of(FITTED), 3)
    one, other = fresh.next(twice)
    assert (one != other).any()
    same = Candidates(TOWN, COMMUNITY, prior_of(FITTED), 3, same_world=True)
    np.testing.assert_array_equal(*same.next(twice))
    assert fresh.count == same.count == 2
    fresh.unused(1)
    np.testing.assert_array_equal(fresh.next(twice)[0], other)  # as if it had not been lived


# ---- summaries ---------------------------------------------------------------------------------


def test_leave_one_out_is_what_leaving_out_gives():
    """The short formula of the ridge's error is that of fitting without each row in turn.

    The mean of the columns is that of all rows in both, as `learn` centres once.
    """
    rng = analysis_rng(4)
    x = rng.normal(size=(12, 3))
    x -= x.mean(axis=0)
    y = x @ [1.0, -2.0, 0.5] + rng.normal(size=12)
    y -= y.mean()
    design = np.column_stack([np.ones(12), x])
    penalty = 0.7
    errors = []
    for i in range(12):
        keep = np.arange(12) != i
        normal = design[keep].T @ design[keep] + penalty * np.diag([0, 1, 1, 1])
        coefficients = np.linalg.solve(normal, design[keep].T @ y[keep])
        errors.append(y[i] - design[i] @ coefficients)
    left, singular, _ = np.linalg.svd(x, full_matrices=False)
    found, _ = _ridge(left, singular, y, penalty)
    assert found == pytest.approx(np.sqrt(np.mean(np.square(errors))))
    assert min(PENALTIES) > 0


def test_summaries_tell_what_the_data_tell_and_nothing_else():
    """One parameter moves a cell, with noise of known size; the other moves none."""
    rng = analysis_rng(8)
    units = rng.random((400, 2))
    counts = rng.normal(20, 1, (400, 5, 2))
    noise = 0.1
    counts[:, 2, 1] = 10 + units[:, 0] + noise * rng.normal(size=400)
    seen = np.ones((5, 2), bool)
    learned = learn(units, np.square(counts), seen)
    expected = 1 - noise**2 / (1 / 12 + noise**2)  # R squared of a regression on a noisy copy
    assert learned.explained[0] == pytest.approx(expected, abs=0.04)
    assert abs(learned.explained[1]) < 0.05
    seen[2, 1] = False  # the only cell that tells was not observed
    assert abs(learn(units, np.square(counts), seen).explained[0]) < 0.05


def test_gaps_take_no_part():
    """A value that was not observed changes no summary, whatever it is; a seen one does."""
    rng = analysis_rng(9)
    counts = rng.poisson(30, (80, 4, 4)).astype(float)
    counts[:, 0, 0] = 7  # a cell that never varies
    seen = np.ones((4, 4), bool)
    seen[1, 2] = False
    learned = learn(rng.random((80, 2)), counts, seen)
    one = counts[0].copy()
    gap, other = one.copy(), one.copy()
    gap[1, 2] = np.nan
    other[1, 1] += 10
    np.testing.assert_array_equal(learned.of(one), learned.of(gap))
    assert (learned.of(one) != learned.of(other)).all()
    assert np.isfinite(learned.of(counts)).all()


# ---- fits with known answers -------------------------------------------------------------------


class Normal:
    """Candidates whose summary is 10 u plus normal luck of sd 1: the posterior is known."""

    prior = SimpleNamespace(names=["a"])

    def __init__(self, luck=1.0, jobs=1):
        self.luck, self.jobs, self.count = luck, jobs, 0
        self.of_world = analysis_rng(22).normal(size=50_000)

    def next(self, places):
        worlds = range(self.count, self.count + len(places))
        self.count += len(places)
        return self.in_worlds(places, worlds)

    def unused(self, n):
        self.count -= n

    def in_worlds(self, places, replications):
        return 10 * np.stack(places) + self.luck * self.of_world[list(replications), None]

    def of(self, found):
        return np.asarray(found)


def spread_of_draws(fit):
    """Return weighted mean and sd of the only parameter."""
    values = fit.units[:, 0]
    mean = np.average(values, weights=fit.weights)
    return mean, np.sqrt(np.average((values - mean) ** 2, weights=fit.weights))


def abc_of(toy, **more):
    """Fit the toy to an observation of 5."""
    how = {"n_particles": 400, "generations": 3, "first_tolerance": 2.5, "seed": 3} | more
    return fit_abc(toy, toy, np.array([5.0]), **how)


def test_abc_has_the_posterior_that_is_known():
    """N(5; 10 u, 1) with a flat prior: u is normal around .5 with sd .1."""
    mean, sd = spread_of_draws(abc_of(Normal()))
    assert mean == pytest.approx(0.5, abs=0.02)
    assert sd == pytest.approx(0.1, rel=0.15)


def test_abc_without_luck_is_far_too_narrow():
    """The negative control: candidates without luck end in a spike that data do not justify."""
    _, sd = spread_of_draws(abc_of(Normal(luck=0.0)))
    assert sd < 0.01


def test_abc_is_the_same_with_the_same_seed_and_leaves_no_trace():
    """Same seed, same draws; another seed, others; NumPy's global luck as it was."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    how = {"n_particles": 30}
    first, again, other = (abc_of(Normal(), seed=seed, **how) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.units, again.units)
    np.testing.assert_array_equal(first.weights, again.weights)
    assert (first.units != other.units).any()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("jobs", [2, 7, 64])
def test_abc_does_not_depend_on_how_many_candidates_live_at_once(jobs):
    """What was lived beyond the last particle counts for nothing, not even its worlds."""
    one, many = Normal(), Normal(jobs=jobs)
    fit, same = (abc_of(toy, n_particles=60, generations=4) for toy in (one, many))
    np.testing.assert_array_equal(fit.units, same.units)
    np.testing.assert_array_equal(fit.weights, same.weights)
    assert (fit.distance, one.count) == (same.distance, many.count)
    assert fit.generations == 4


def test_abc_takes_the_first_that_come_near(monkeypatch):
    """Generation 0 is, by definition, the first candidates within the tolerance, equal weights."""
    monkeypatch.setattr("simulation.searches.calibration_fitting.adjust", lambda u, f, o, w: (u, w))
    fit = abc_of(Normal(), n_particles=50, generations=1, seed=9)
    drawn = analysis_rng(np.random.SeedSequence(9, spawn_key=(0,))).random((2_000, 1))
    found = Normal().in_worlds(drawn, range(2_000))
    near = np.flatnonzero(np.abs(found[:, 0] - 5) <= 2.5)[:50]
    np.testing.assert_array_equal(fit.units, drawn[near])
    assert set(fit.weights) == {1 / 50}


def test_intervals_by_abc_hold_the_truth_as_often_as_they_say():
    """Truths drawn from the prior, data made with them: 90 % of 90 % intervals, 50 % of 50 %."""
    luck, n = analysis_rng(77), 240
    held = {0.5: 0, 0.9: 0}
    for i in range(n):
        truth = luck.uniform(0, 1)
        seen = np.array([10 * truth + luck.normal()])
        toy = Normal()
        toy.of_world = analysis_rng(1_000 + i).normal(size=20_000)
        fit = fit_abc(toy, toy, seen, n_particles=100, generations=3, first_tolerance=2.5, seed=i)
        for level in held:
            tail = (1 - level) / 2
            low, high = quantiles(fit.units, fit.weights, [tail, 1 - tail])[:, 0]
            held[level] += low <= truth <= high
    for level, count in held.items():  # 3 sd of a share of 240
        assert count / n == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / n))


def test_the_weight_of_a_particle_is_the_prior_over_what_led_to_it():
    """Draws near particles, cut to the prior and weighted by 1 / density, are uniform again."""
    luck = analysis_rng(12)
    units, weights = luck.beta(2, 3, (40, 2)), luck.random(40)
    cloud = _Generation(0, 1.0, units, units, weights / weights.sum()).cloud
    draw = _near(*cloud)
    drawn = np.stack([draw(luck) for _ in range(20_000)])
    assert ((drawn >= 0) & (drawn <= 1)).all()
    middle = ((drawn > 0.2) & (drawn < 0.6)).all(axis=1)  # where there are particles enough
    back = 1 / _density(drawn[middle], *cloud)
    low = drawn[middle] < 0.4
    for j in range(2):
        assert back[low[:, j]].sum() / back.sum() == pytest.approx(0.5, abs=0.03)


def test_data_no_candidate_comes_near():
    """When nothing is accepted, one line says so."""
    with pytest.raises(InputError, match="fewer than 1 in 50 candidates"):
        fit_abc(Normal(), Normal(), np.array([500.0]), n_particles=20, generations=1,
                first_tolerance=1.0, seed=1)  # fmt: skip


def test_a_point_is_found_and_its_interval_is_that_of_theory():
    """The mean over R worlds is 10 u + their mean luck; u: t with R - 1 degrees of freedom."""
    toy, worlds = Normal(), 16
    fit = fit_point(toy, toy, np.array([5.0]), budget=40, worlds=worlds, seed=2)
    luck = toy.of_world[:worlds]
    assert fit.best[0] == pytest.approx((5 - luck.mean()) / 10, abs=0.003)
    mean, sd = spread_of_draws(fit)
    assert mean == pytest.approx(fit.best[0], abs=0.02)
    t_sd = np.sqrt((worlds - 1) / (worlds - 3))
    assert sd == pytest.approx(t_sd * np.sqrt((1 + 1 / worlds) * luck.var(ddof=1)) / 10, rel=0.1)


def test_a_point_the_data_do_not_tell_has_the_prior_for_its_interval():
    """With luck a hundred times the signal the draws fill the prior (sd .29)."""
    toy = Normal(luck=100.0)
    fit = fit_point(toy, toy, np.array([5.0]), budget=20, worlds=8, seed=2)
    assert spread_of_draws(fit)[1] > 0.26


def test_adjustment_takes_out_what_is_linear():
    """Places exactly linear in the distance all move to the same place; none leaves the prior."""
    off = analysis_rng(31).uniform(-1, 1, size=(60, 2))
    units = 0.4 + off @ [0.3, -0.1]
    moved, weights = adjust(units[:, None], off + 4, np.full(2, 4.0), np.ones(60))
    np.testing.assert_allclose(moved, 0.4, rtol=1e-9)
    assert weights.sum() == pytest.approx(1)
    assert weights.argmin() == np.linalg.norm(off, axis=1).argmax()
    same = np.zeros((3, 1))  # all particles at the data: nothing to adjust
    ends, _ = adjust(np.array([[0.0], [1.0], [0.5]]), same, np.zeros(1), np.ones(3) / 3)
    assert ends.tolist() == [[0.0], [1.0], [0.5]]
    steep, away = np.array([0.9, 0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 2.0, 2.0, 3.0])
    moved, _ = adjust(steep[:, None], away[:, None], np.zeros(1), np.ones(5))
    assert moved.max() == 1.0  # the line leads above 1 at the data


def test_weighted_quantiles():
    """A weight of two is the same value twice; equal weights give the middle."""
    values = np.array([[3.0], [1.0], [2.0]])
    assert quantiles(values, np.ones(3), [0.5])[0, 0] == 2
    once = quantiles(np.array([[1.0], [2.0], [2.0], [5.0]]), np.ones(4), [0.5])
    twice = quantiles(np.array([[1.0], [2.0], [5.0]]), np.array([1.0, 2.0, 1.0]), [0.5])
    assert once[0, 0] == twice[0, 0] == 2
    assert quantiles(values, np.array([1e-9, 1, 1e-9]), [0.4])[0, 0] < 1.5


@pytest.mark.parametrize("library", EXTRAS)
def test_a_missing_library_is_one_line(monkeypatch, library):
    """What is missing and how to get it; the extra is one of the project's."""
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    extra = EXTRAS[library]
    said = rf'it needs {library}: pip install "continuum-brand\[{extra}\]"'
    with pytest.raises(InputError, match=said):
        need(library, "it")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["optional-dependencies"][extra]
    package = {"sklift": "scikit-uplift"}.get(library, library.replace("_", "-"))
    assert any(line.startswith(package) for line in asked)


# ---- a whole calibration -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["abc", "point"])
def test_a_calibration_says_what_it_found(fits, method):
    """Table, draws and sentence are of one piece, inside the prior, and narrower than it."""
    found = fits[method]
    table, draws = found.table, found.posterior
    assert list(table.index) == list(draws.columns[:-1]) == list(FITTED)
    assert draws["weight"].sum() == pytest.approx(1)
    for name, (low, high) in FITTED.items():
        assert draws[name].between(low, high).all()
        row = table.loc[name]
        assert low <= row["low"] < row["high"] <= high
        assert row["low"] <= row["estimate"] <= row["high"]
    assert table.loc["p_join", "narrower"] > 0.2  # 17 weeks of members tell something of p_join
    assert found.fitted["p_join"] == table.loc["p_join", "estimate"]
    assert ("rough" in found.sentence) == (method == "point")
    assert f"of {found.observed.table.notna().sum().sum()} observed" in found.sentence
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("method", ["abc", "point"])
def test_on_all_cores_it_is_the_same_calibration(fits, data, method):
    """Bit for bit by the same seed, in any number of processes: draws, weights, bands, counts."""
    one = calibrate(data, TOWN, COMMUNITY, FITTED, method=method, n_predictive=20, jobs=1,
                    **SMALL)  # fmt: skip
    three = calibrate(data, TOWN, COMMUNITY, FITTED, method=method, n_predictive=20, jobs=3,
                      **SMALL)  # fmt: skip
    for same in (three, fits[method]):
        pd.testing.assert_frame_equal(one.posterior, same.posterior, check_exact=True)
        pd.testing.assert_frame_equal(one.predictive, same.predictive, check_exact=True)
        assert one.to_dict() == same.to_dict()
        assert one.n_simulations == same.n_simulations


def test_bands_have_all_weeks_and_series(fits):
    """17 weeks of four series, ordered bands, gaps where the data have them."""
    frame = fits["abc"].predictive
    assert len(frame) == 17 * 4
    assert (frame["low"] <= frame["median"]).all()
    assert (frame["median"] <= frame["high"]).all()
    assert frame["observed"].notna().sum() == 3 * 17 - 1
    assert frame.loc[frame["series"] == "sales", "observed"].isna().all()


def test_data_of_another_world_are_said_to_be_so():
    """Data the model cannot make (members without subscribers) are not passed over in silence."""
    odd = pd.DataFrame({"members": 580.0, "followers": 0.0}, index=pd.RangeIndex(1, 18))
    found = calibrate(Observed(odd), TOWN, COMMUNITY, FITTED, n_predictive=20, **SMALL)
    assert "the model does not look like these data" in found.sentence


def test_a_truth_beyond_the_prior_is_said_to_be_so(fits, data):
    """Data made with p_join = .05, a prior that ends at .011: no interval is praised."""
    found = calibrate(data, TOWN, COMMUNITY, ["p_join"], n_predictive=20, **SMALL)
    assert found.at_ends == ["p_join"]
    assert "at an end of its prior: it may lie beyond" in found.sentence
    assert "narrower" not in found.sentence
    assert "prior is too narrow" in figures.posterior(found).get_suptitle()
    assert fits["abc"].at_ends == fits["point"].at_ends == []


def test_data_that_say_nothing_leave_the_prior():
    """Followers of week 1 alone do not tell who will buy."""
    first = pd.DataFrame({"followers": [90.0]}, index=pd.Index([1], name="week"))
    found = calibrate(
        Observed(first), TOWN, COMMUNITY, ["p_buy"], n_predictive=20,
        n_particles=150, generations=2, n_pilot=100,
    )  # fmt: skip
    assert abs(found.table.loc["p_buy", "narrower"]) < 0.2
    assert found.table.loc["p_buy", "explained"] < 0.1


# ---- figures and the command -------------------------------------------------------------------


def test_figures_draw_the_data(fits):
    """Every observed value is a point, every pair of parameters a panel; gaps are gaps."""
    found = fits["abc"]
    figure = figures.predictive(found)
    shown = [np.size(ax.lines[1].get_xdata()) for ax in figure.axes if len(ax.lines) > 1]
    assert shown == [17, 17, 16]
    figure.draw_without_rendering()
    widths = [ax.get_position().width for ax in figure.axes]
    assert min(widths) > 0.35  # two panels a row, also when one series was not observed
    inside, n = found.inside
    assert figure.get_suptitle().replace("\n", " ").startswith(f"{inside} of {n} observed values")
    figure = figures.posterior(found, truth={"p_optin": 0.15, "p_join": 0.05})
    assert len([ax for ax in figure.axes if ax.axison]) == 3
    area = sum(patch.get_data().values.mean() for patch in figure.axes[0].patches)
    assert area == pytest.approx(1, abs=1e-6)  # a density over a range of length 1
    ax = figures.marginal(found, "p_join", truth=np.sqrt(0.01 * 0.15))
    assert ax.lines[-1].get_xdata()[0] == pytest.approx(0.5)


def command(*arguments):
    """Run the command as the command line does."""
    app = typer.Typer()
    app.command()(calibrate_command)
    return app(args=[str(a) for a in arguments], standalone_mode=False)


def test_the_command_fits_and_writes(tmp_path, data, capsys):
    """Table, sentence and five files."""
    data.table.to_csv(tmp_path / "data.csv")
    command(
        tmp_path / "data.csv", "--fit", "p_join=0.01:0.15", "--scenario", "classroom",
        "--people", 600, "--set", "days_warm_up=10", "--particles", 20, "--generations", 1,
        "--pilot", 50, "--out", tmp_path / "out",
    )  # fmt: skip
    said = capsys.readouterr().out
    assert "0.01 to 0.15 (log)" in said
    assert "p_join is 0." in said
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"posterior.parquet", "predictive.parquet", "calibration.json",
                     "posterior.png", "predictive.png"}  # fmt: skip
    told = json.loads((tmp_path / "out" / "calibration.json").read_text())
    assert told["data"] == "data.csv"
    assert told["sentence"] in said


def test_the_command_dry_and_wrong(tmp_path, data, capsys):
    """--dry-run simulates and writes nothing; a wrong --fit is one line."""
    data.table.to_csv(tmp_path / "data.csv")
    command(tmp_path / "data.csv", "--fit", "p_join", "--scenario", "classroom", "--dry-run",
            "--out", tmp_path / "out")  # fmt: skip
    assert "would fit p_join" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
    for wrong in ("p_join=0.1", "p_join=a:b", "p_join="):
        with pytest.raises(InputError, match="write it as NAME or NAME=LOW:HIGH"):
            fitted_of([wrong])
    with pytest.raises(InputError, match="given twice"):
        fitted_of(["p_join", "p_join=0:1"])


# ---- the recovery study ------------------------------------------------------------------------


def rows_of(half_90, half_50, n=400):
    """Return rows of a study whose truths lie uniformly and whose intervals are so wide."""
    truth = (np.arange(n) + 0.5) / n
    return pd.DataFrame({
        "set": np.arange(n), "way": recovery.ABC, "parameter": "p_join", "truth_unit": truth,
        "place": truth, "narrower": 0.5, "runs": 1, "seconds": 1.0,
        "low_50": 0.5 - half_50, "high_50": 0.5 + half_50,
        "low_90": 0.5 - half_90, "high_90": 0.5 + half_90,
    })  # fmt: skip


def test_coverage_is_counted_and_judged():
    """Intervals that hold 90 and 50 of 100 are right; half as wide they are too narrow."""
    right = recovery.coverage(rows_of(0.45, 0.25)).query("parameter == 'all'")
    assert right["rate"].tolist() == [0.5, 0.9]
    assert right["right"].all()
    narrow = rows_of(0.25, 0.1)
    assert not recovery.coverage(narrow).query("parameter == 'all'")["right"].any()
    said = "ranges meant to hold the truth in 90 % of all cases held it in"
    assert recovery.finding(narrow).answer == f"No, they are too narrow: {said} 50 %."
    assert recovery.finding(rows_of(0.45, 0.25)).answer == f"Yes: {said} 90 %."
