"""Sensitivity: SALib's own answers, Ishigami's known ones, luck told apart, and what is refused."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from simulation.errors import InputError
from simulation.outcomes import SUMMARY
from simulation.randomness import analysis_rng
from simulation.sweeps.responses import MissingRuns, responses
from simulation.sweeps.running import sweep
from simulation.sweeps.sampling import morris_units, salib_problem, sobol_units
from simulation.sweeps.sensitivity import elementary_effects, indices, sensitivity, variance_split
from simulation.sweeps.sensitivity_figure import sensitivity as picture
from tests.sweep_common import DESIGN, continuum

#: Ishigami and Homma 1990 with a = 7, b = 0.1: variance, first-order and total indices.
A, B = 7.0, 0.1
VARIANCE = A**2 / 8 + B * math.pi**4 / 5 + B**2 * math.pi**8 / 18 + 0.5
FIRST = np.array([0.5 * (1 + B * math.pi**4 / 5) ** 2, A**2 / 8, 0.0]) / VARIANCE
BOTH = 8 * B**2 * math.pi**8 / 225 / VARIANCE  # of the first and the third together
TOTAL = FIRST + np.array([BOTH, 0, BOTH])
NAMES = ["x1", "x2", "x3"]


def ishigami(units):
    from SALib.test_functions import Ishigami

    return Ishigami.evaluate(-np.pi + 2 * np.pi * units)


def values(table, index, column="value"):
    return table[table["index"] == index][column].to_numpy()


@pytest.mark.parametrize("second", [False, True])
def test_without_luck_the_indices_are_salibs(second):
    """One world, or many equal ones: first and total, and second order, as SALib gives them."""
    from SALib.analyze import sobol

    units = sobol_units(3, 64, second, 1)
    y = ishigami(units)
    salib = sobol.analyze(salib_problem(NAMES), y, calc_second_order=second, seed=1)
    for worlds in (1, 3):
        table, _ = indices("sobol", NAMES, units, np.repeat(y[:, None], worlds, 1),
                           second_order=second)  # fmt: skip
        for index, key in (("first", "S1"), ("total", "ST")):
            np.testing.assert_allclose(values(table, index, "salib"), salib[key])
        # SALib centres on all rows, we on those of a and b: the estimators differ by that
        np.testing.assert_allclose(values(table, "total"), salib["ST"], rtol=1e-9)
        np.testing.assert_allclose(values(table, "first"), salib["S1"], atol=0.02)
        if second:
            pairs = [salib["S2"][0, 1], salib["S2"][0, 2], salib["S2"][1, 2]]
            np.testing.assert_allclose(values(table, "second"), pairs, atol=0.03)


def test_ishigami_with_luck():
    """Intervals cover the analytic indices at their rate; SALib on the means does not."""
    hits, ours, theirs = [], [], []
    for seed in range(40):
        units, rng = sobol_units(3, 128, False, seed), analysis_rng(seed + 1000)
        f = ishigami(units)
        luck = rng.normal(0, 1, 6) + rng.normal(0, 4, (len(f), 6))
        table, split = indices("sobol", NAMES, units, f[:, None] + luck, seed=seed)
        truth = np.concatenate([FIRST, TOTAL])
        hits.append(table["low"].to_numpy() <= truth)
        hits[-1] &= truth <= table["high"].to_numpy()
        ours.append(values(table, "total") - TOTAL)
        theirs.append(values(table, "total", "salib") - TOTAL)
        # luck of variance 16; in the means of six worlds it looks like a total effect
        assert split["luck"] == pytest.approx(16, rel=0.15)
        assert values(table, "total", "noise")[0] == pytest.approx(
            16 / 6 / (VARIANCE + 16 / 6), rel=0.3
        )
    covered = np.array(hits).sum(axis=0)
    assert (covered >= binom.ppf(0.001, 40, 0.95)).all(), covered
    error = np.std(ours, axis=0) / math.sqrt(40)
    assert (np.abs(np.mean(ours, axis=0)) < 4 * error).all(), "unbiased"
    assert (np.mean(theirs, axis=0) > 0.05).all(), "and the means alone are not"


def test_a_world_may_change_what_a_parameter_does():
    """Worlds that differ in a slope: the interval holds the mean response's index."""
    covered = 0
    for seed in range(40):
        units, rng = sobol_units(2, 64, False, seed), analysis_rng(seed + 2000)
        slopes = 1 + rng.normal(0, 0.5, 12)
        y = units[:, :1] * slopes + 0.7 * units[:, 1:]
        table, _ = indices("sobol", NAMES[:2], units, y, seed=seed)
        truth = 1 / (1 + 0.7**2)
        row = table[(table["index"] == "total") & (table["parameter"] == "x1")].iloc[0]
        covered += row["low"] <= truth <= row["high"]
    assert covered >= binom.ppf(0.001, 40, 0.95)


def test_the_variance_is_split():
    """Known variances of setting, world and luck come back, over many tables."""
    found = []
    for seed in range(200):
        rng = analysis_rng(seed)
        y = rng.normal(0, 2, (30, 1)) + rng.normal(0, 3, 8) + rng.normal(0, 1.5, (30, 8))
        found.append(list(variance_split(y).values()))
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / math.sqrt(200)
    np.testing.assert_array_less(np.abs(mean - [4, 9, 2.25]), 4 * error)
    assert all(math.isnan(v) for v in variance_split(np.ones((3, 1))).values())


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_pure_luck_is_marked(method):
    """Where nothing matters, hardly any parameter is called clear; a real one is."""
    clear = real = 0
    for seed in range(60):
        rng = analysis_rng(seed)
        units = (
            sobol_units(3, 32, False, seed) if method == "sobol" else morris_units(3, 15, 4, seed)
        )
        luck = rng.normal(0, 1, (len(units), 5))
        index = "total" if method == "sobol" else "mu_star"
        table, _ = indices(method, NAMES, units, luck, seed=seed)
        clear += values(table, index, "clear").astype(bool).sum()
        table, _ = indices(method, NAMES, units, 6 * units[:, :1] + luck, seed=seed)
        marks = values(table, index, "clear").astype(bool)
        real += marks[0]
        clear += marks[1:].sum()
    assert clear <= binom.ppf(0.999, 300, 0.05), clear
    assert real >= 57


def test_a_parameter_that_does_nothing_at_all():
    """With the same luck, a dummy changes no run: its index is 0, and not clear."""
    units, rng = sobol_units(2, 32, False, 3), analysis_rng(3)
    shared = {tuple(u[:1]): rng.normal(0, 1, 4) for u in units}
    y = np.array([5 * u[0] + shared[tuple(u[:1])] for u in units])
    table, _ = indices("sobol", NAMES[:2], units, y)
    total = table[table["index"] == "total"].set_index("parameter")
    assert total.loc["x2", "value"] == 0
    assert not total.loc["x2", "clear"]
    assert total.loc["x1", "clear"]


def test_morris_of_a_line_is_exact():
    """Effects of a linear response are its slopes, without spread; SALib agrees."""
    units = morris_units(3, 12, 4, 2)
    y = units @ np.array([[2.0], [-3.0], [0.0]])
    effects = elementary_effects(units, y)
    np.testing.assert_allclose(effects[:, :, 0], np.tile([2, -3, 0], (12, 1)), atol=1e-12)
    table, _ = indices("morris", NAMES, units, y)
    np.testing.assert_allclose(values(table, "mu_star"), [2, 3, 0], atol=1e-12)
    np.testing.assert_allclose(values(table, "mu"), [2, -3, 0], atol=1e-12)
    np.testing.assert_allclose(values(table, "sigma"), 0, atol=1e-12)
    for kind in ("mu_star", "mu", "sigma"):
        np.testing.assert_allclose(values(table, kind, "salib"), values(table, kind), atol=1e-9)
    assert list(values(table, "mu_star", "clear")) == [None] * 3, "one world tells no luck"


def test_morris_agrees_with_salib():
    units = morris_units(3, 30, 4, 5)
    table, _ = indices("morris", NAMES, units, ishigami(units)[:, None])
    for kind in ("mu_star", "mu", "sigma"):
        np.testing.assert_allclose(values(table, kind, "salib"), values(table, kind), rtol=1e-9)


def test_nothing_varies():
    table, split = indices("sobol", NAMES, sobol_units(3, 8, False, 1), np.full((40, 3), 7.0))
    assert table["value"].isna().all()
    assert not table["clear"].any()
    assert split == {"parameters": 0, "worlds": 0, "luck": 0}
    by_world = np.tile([1.0, 2.0, 4.0], (40, 1))  # worlds differ, settings do not
    table, split = indices("sobol", NAMES, sobol_units(3, 8, False, 1), by_world)
    assert table["value"].isna().all()
    assert split["worlds"] == pytest.approx(by_world[0].var(ddof=1))


# ---- on a sweep ----------------------------------------------------------------------------------

SOBOL = {**DESIGN, "method": "sobol", "n": 8, "replications": 4,
         "parameters": {**DESIGN["parameters"], "share_followers": [0.1, 0.6], "p_join": 0.01,
                        "p_follow": 0.01,
                        "eta_ad": "bounds"}}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return sweep(SOBOL, tmp_path_factory.mktemp("sobol") / "store", jobs=1)


def test_the_matrix_is_the_paired_difference(store):
    runs = store.runs()
    y = responses(store.design, runs, "n_follower", "community_building", "posting_only")
    assert y.shape == (32, 4)
    one = runs[(runs["setting_id"] == 7) & (runs["replication_id"] == 2)].set_index("strategy")
    difference = one["n_follower"]["community_building"] - one["n_follower"]["posting_only"]
    assert y[7, 2] == difference


def test_a_sweep_finds_what_matters(store):
    """Followers depend on who followed at the start, and not on ads that nobody shows."""
    result = sensitivity(store.design, store.runs(), outcome="n_follower", strategy="posting_only")
    total = result.table[result.table["index"] == "total"].set_index("parameter")
    assert total.loc["share_followers", "clear"]
    assert total.loc["eta_ad", "value"] == 0
    assert "depends on share_followers (total index" in result.sentence
    assert "not told from luck: eta_ad" in result.sentence
    assert result.main["parameter"].iloc[0] == "share_followers"


def test_missing_and_failed_runs_are_listed(store):
    """One line with how many and the first; the whole list to retry travels along."""
    runs = store.runs()
    runs.loc[runs.index[3], "status"] = "FAILED"
    runs = runs.drop(runs.index[10])
    for who in ("posting_only", "community_building"):
        gone = {3: "posting_only", 10: "posting_only"}
        if who not in gone.values():
            continue
        with pytest.raises(MissingRuns) as error:
            sensitivity(store.design, runs, strategy=who)
        assert "2 of 128 runs of posting_only are missing or failed" in str(error.value)
        assert "--retry-failed" in str(error.value)
        assert list(error.value.retry.columns) == ["setting_id", "strategy", "replication_id"]
        assert len(error.value.retry) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome": "sale"}, 'unknown outcome "sale"; did you mean "sales"'),
        ({"strategy": None}, "say which: posting_only, community_building"),
        ({"strategy": "posting"}, 'unknown "posting"'),
        ({"against": "posting_only"}, "is the strategy itself"),
        ({"confidence": 1.0}, "confidence = 1.0"),
        ({"outcome": "cost_per_sale"}, "has no value in"),
    ],
)
def test_wrong_questions(store, changes, said):
    with pytest.raises(InputError) as error:
        sensitivity(store.design, store.runs(), **{"strategy": "posting_only", **changes})
    assert said in str(error.value)


def test_another_design_is_refused():
    design = SimpleNamespace(method="grid")
    with pytest.raises(InputError, match='method "sobol" or "morris", this is "grid"'):
        sensitivity(design, pd.DataFrame())


def test_the_command(tmp_path, store):
    done = continuum("sensitivity", store.folder, "--outcome", "n_follower", "--against", "-",
                     "--out", tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {
        "sensitivity.csv", "sensitivity.json", "sensitivity.png",
    }  # fmt: skip
    assert "people, followers at the end" in done.stdout or "followers at the end" in done.stdout
    assert len(pd.read_csv(tmp_path / "sensitivity.csv")) == 4
    assert continuum("sensitivity", tmp_path).returncode == 2


def test_pictures_show_what_is_told(store):
    """A bar for every parameter; the unclear one pale; the headline names the first."""
    runs = store.runs()
    result = sensitivity(store.design, runs, outcome="n_follower", strategy="posting_only")
    figure = picture(result)
    ax = figure.axes[0]
    assert ax.get_title(loc="left") == "share_followers matters most"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["eta_ad", "share_followers"]
    assert {scalar.name for scalar in SUMMARY} >= {result.scalar.name}
