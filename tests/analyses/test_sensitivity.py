"""Sensitivity: known indices, noise of known size, parameters without any effect."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from SALib.analyze import morris, sobol
from SALib.test_functions import Ishigami
from scipy import stats

from simulation.analyses import sensitivity_figure as figures
from simulation.analyses.sensitivity import MissingRuns, sensitivity
from simulation.analyses.sensitivity_indices import (
    components,
    elementary_effects,
    error,
    morris_indices,
    products,
    quantile,
    sobol_indices,
    sobol_tables,
    split,
)
from simulation.commands.sensitivity import sensitivity as command
from simulation.core.randomness import analysis_rng
from simulation.sweeps.running import sweep
from simulation.sweeps.sampling import morris_units, salib_problem, sobol_units
from simulation.sweeps.settings import Table
from simulation.sweeps.store import Store
from simulation.tools.errors import InputError

PI = np.pi
#: Variance of Ishigami's function (A = 7, B = .1) and its parts (Ishigami and Homma 1990).
ALONE_1, ALONE_2 = (1 + 0.1 * PI**4 / 5) ** 2 / 2, 49 / 8
TOGETHER_13 = 0.01 * PI**8 * 8 / 225
VARIANCE = ALONE_1 + ALONE_2 + TOGETHER_13
ISHIGAMI = {
    ("first", 0): ALONE_1 / VARIANCE,
    ("first", 1): ALONE_2 / VARIANCE,
    ("first", 2): 0.0,
    ("total", 0): (ALONE_1 + TOGETHER_13) / VARIANCE,
    ("total", 1): ALONE_2 / VARIANCE,
    ("total", 2): TOGETHER_13 / VARIANCE,
    ("second", 0, 1): 0.0,
    ("second", 0, 2): TOGETHER_13 / VARIANCE,
    ("second", 1, 2): 0.0,
}
TRIALS = 150


def ishigami(seed, n, n_worlds, *, rough=0.0, smooth=0.0, everywhere=0.0):
    """Return outcomes (n, 8, worlds): Ishigami's function and luck of three kinds, sd as given."""
    rng = analysis_rng(seed)
    units = sobol_units(3, n, True, seed)
    luck = everywhere * rng.standard_normal(n_worlds)
    luck = luck + smooth * 12**0.5 * (units[:, :1] - 0.5) * rng.standard_normal(n_worlds)
    luck = luck + rough * rng.standard_normal((len(units), n_worlds))
    value = Ishigami.evaluate(PI * (2 * units - 1))
    return (value[:, None] + luck).reshape(n, 8, n_worlds)


def a_design(method, names, units, replications, strategies=("a",), **options):
    """Return what `sensitivity` needs of a design."""
    settings = Table(method, {n: units[:, j].tolist() for j, n in enumerate(names)}, units)
    return SimpleNamespace(
        method=method, names=names, settings=settings, replications=replications, options=options,
        seed=1, rows=None, strategies=tuple(SimpleNamespace(name=name) for name in strategies),
    )  # fmt: skip


def some_runs(outcomes, name="sales"):
    """Return runs from arrays of shape (settings, replications), one a strategy."""
    rows = [
        {"setting_id": i, "strategy": strategy, "replication_id": r, "status": "SUCCEEDED",
         name: value}
        for strategy, table in outcomes.items()
        for (i, r), value in np.ndenumerate(table)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["strategy"] = pd.Categorical(frame["strategy"], list(outcomes))
    return frame


def share_within(hits, chance):
    """Say whether so many hits are what a chance gives, in all but 1 of 10,000 test runs."""
    low, high = stats.binom.ppf([5e-5, 1 - 5e-5], len(hits), chance)
    return low <= sum(hits) <= high


def at_most(hits, chance):
    """Say whether hits are no more than a chance gives, in all but 1 of 10,000 test runs."""
    return sum(hits) <= stats.binom.ppf(1 - 1e-4, len(hits), chance)


# ---- the arithmetic ------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [True, False])
def test_without_luck_sobol_is_salib_exactly(second):
    """In identical worlds every index is SALib's of the same outcomes."""
    units = sobol_units(3, 64, second, 5)
    y = Ishigami.evaluate(PI * (2 * units - 1))
    found = sobol_indices(np.repeat(y[:, None], 4, 1).reshape(64, -1, 4), 3, 0.95)
    theirs = sobol.analyze(salib_problem(["x", "y", "z"]), y, second, num_resamples=2, seed=1)
    for (index, *j), one in found.items():
        named = {"first": "S1", "total": "ST", "second": "S2"}[index]
        assert one.value == pytest.approx(theirs[named][tuple(j)], abs=1e-12)
        assert one.noise == pytest.approx(0, abs=1e-12)
    assert len(found) == (9 if second else 6)


def test_morris_is_salib_exactly():
    """mu, mu_star are SALib's of the mean over worlds; sigma too, where there is no luck."""
    units = morris_units(4, 12, 6, 3)
    rng = analysis_rng(8)
    y = (units[:, 0] * units[:, 1] + 3 * units[:, 2] ** 2)[:, None] + 0 * rng.random((60, 5))
    for luck in (0.0, 1.0):
        outcomes = y + luck * rng.standard_normal(y.shape)
        found = morris_indices(elementary_effects(units, outcomes), 0.95, rng)
        theirs = morris.analyze(
            salib_problem(list("abcd")), units, outcomes.mean(axis=1), num_levels=6,
            num_resamples=2, seed=rng,
        )  # fmt: skip
        for j in range(4):
            for index in ("mu_star", "mu"):
                assert found[index, j].value == pytest.approx(theirs[index][j], abs=1e-12)
            if not luck:
                assert found["sigma", j].value == pytest.approx(theirs["sigma"][j], abs=1e-7)
            elif theirs["sigma"][j] < 2:  # of luck nearly alone
                assert found["sigma", j].value < theirs["sigma"][j]


def test_morris_of_a_linear_function_is_exact():
    """Slopes are mu; their size is mu_star; sigma is 0; a parameter without effect shows 0."""
    slopes = np.array([3.0, -2.0, 0.5, 0.0])
    units = morris_units(4, 6, 4, 1)
    y = (units @ slopes)[:, None] + 10 * analysis_rng(2).standard_normal(5)  # lucky worlds
    found = morris_indices(elementary_effects(units, y), 0.95, analysis_rng(3))
    for j, slope in enumerate(slopes):
        assert found["mu", j].value == pytest.approx(slope, abs=1e-12)
        assert found["mu_star", j].value == pytest.approx(abs(slope), abs=1e-12)
        assert found["sigma", j].value == pytest.approx(0, abs=1e-6)
        assert found["mu_star", j].low == pytest.approx(abs(slope), abs=1e-9)


def test_products_are_of_different_worlds_only():
    """The mean of the table is the mean over all pairs of two different worlds."""
    rng = analysis_rng(4)
    for n_worlds in (2, 3, 7):
        u, v = rng.standard_normal((2, 5, n_worlds))
        pairs = [
            u[:, r] * v[:, s] for r in range(n_worlds) for s in range(n_worlds) if r != s
        ]  # fmt: skip
        table = products(u, v)
        assert table.mean(axis=1) == pytest.approx(np.mean(pairs, axis=0), abs=1e-12)
    assert products(u[:, :1], v[:, :1]) == pytest.approx(u[:, :1] * v[:, :1])


# ---- truth, luck and intervals over many seeds ---------------------------------------------------


@pytest.mark.parametrize(
    ("n", "n_worlds", "luck"),
    [
        (128, 3, {}),
        (128, 8, {"rough": 3.0, "everywhere": 5.0}),
        (64, 20, {"rough": 1.0, "smooth": 1.5}),
    ],
)
def test_intervals_hold_the_indices_of_ishigami(n, n_worlds, luck):
    """Over many seeds 95 % intervals hold the analytic indices, and luck shifts no index.

    The worst single index of small samples is held a little less often (.89 in long trials), so
    each must be held at least as often as a 90 % interval would, and all together at 95 %.
    """
    held, values = {name: [] for name in ISHIGAMI}, {name: [] for name in ISHIGAMI}
    for seed in range(TRIALS):
        y = ishigami(seed, n, n_worlds, **luck)
        for name, one in sobol_indices(y, 3, 0.95).items():
            held[name].append(one.low <= ISHIGAMI[name] <= one.high)
            values[name].append(one.value)
    for name, truth in ISHIGAMI.items():
        assert np.mean(held[name]) >= stats.binom.ppf(1e-3, TRIALS, 0.9) / TRIALS, name
        middle, spread = np.mean(values[name]), np.std(values[name], ddof=1) / TRIALS**0.5
        assert abs(middle - truth) < 4 * spread + 0.02, name  # a ratio is off by about 1 / n
    assert np.mean(list(held.values())) > 0.93


def test_salib_alone_would_mistake_luck_for_parameters():
    """Negative control: luck lifts SALib's total indices as reckoned by hand; ours it does not."""
    part = VARIANCE / (VARIANCE + 100 / 8)  # of the variance of the means over 8 worlds
    theirs, ours = [], []
    for seed in range(60):
        y = ishigami(seed, 128, 8, rough=10.0)
        mean = y.mean(axis=2).ravel()
        found = sobol.analyze(salib_problem(list("abc")), mean, num_resamples=2, seed=1)
        theirs.append(found["ST"])
        found = sobol_indices(y, 3, 0.95)
        ours.append([found["total", j].value for j in range(3)])
    truth = np.array([ISHIGAMI["total", j] for j in range(3)])
    error = [np.nanstd(x, axis=0, ddof=1) / 60**0.5 for x in (theirs, ours)]
    off = np.mean(theirs, axis=0) - (part * truth + 1 - part)
    assert (np.abs(off) < 4 * error[0] + 0.01).all()
    assert (np.abs(np.nanmean(ours, axis=0) - truth) < 4 * error[1] + 0.01).all()
    assert (np.mean(theirs, axis=0) - truth > 8 * error[0]).any()


@pytest.mark.parametrize("smooth", [0.0, 3.0])
def test_pure_luck_is_not_marked_clear(smooth):
    """Outcomes of luck alone: at most the promised share of Sobol's indices is marked."""
    marked = []
    for seed in range(TRIALS):
        rng = analysis_rng(seed)
        units = sobol_units(3, 32, True, seed)
        y = rng.standard_normal((len(units), 6)) + 2 * rng.standard_normal(6)
        y = y + smooth * (units[:, :1] - 0.5) * rng.standard_normal(6)
        found = sobol_indices(y.reshape(32, 8, 6), 3, 0.95)
        marked.append(any(one.clear for one in found.values()))
    assert at_most(marked, 0.05)


@pytest.mark.parametrize("kind", ["rough", "smooth", "skewed"])
def test_dummies_among_real_parameters_are_not_marked(kind):
    """Morris: real effects are clear, parameters that only luck moves are not, in 95 of 100."""
    marked, real = [], []
    for seed in range(TRIALS):
        rng = analysis_rng(seed)
        units = morris_units(4, 10, 4, seed)
        shape = (len(units), 8)
        luck = {
            "rough": rng.standard_normal(shape),
            "smooth": units @ rng.standard_normal((4, 8)),
            "skewed": rng.exponential(1.0, shape),
        }[kind]
        found = morris_indices(elementary_effects(units, 4 * units[:, :1] + luck), 0.95, rng)
        real.append(found["mu_star", 0].clear)
        marked.append(found["mu_star", 3].clear)
        for j in (1, 2, 3):  # what luck shows is what it was said to show
            assert found["mu_star", j].noise > 0
    assert at_most(marked, 0.05)
    assert np.mean(real) > 0.95
    if kind == "smooth":  # here the promise is kept exactly, not only on the safe side
        assert share_within(marked, 0.05)


def test_three_worlds_know_their_luck_badly():
    """With few worlds sharing luck the limit is Student's: not more than 5 % are marked."""
    marked = []
    for seed in range(2 * TRIALS):
        rng = analysis_rng(seed)
        units = morris_units(2, 6, 4, seed)
        effects = elementary_effects(units, units @ rng.standard_normal((2, 3)))
        marked.append(morris_indices(effects, 0.95, rng)["mu_star", 0].clear)
    assert share_within(marked, 0.05)


def test_intervals_hold_when_worlds_differ_more_than_settings():
    """Luck that is the same along all settings: the worlds make the interval, not the rows."""
    names = [("first", 0), ("first", 1), ("total", 1), ("total", 2)]
    held, rows_only = [], []
    for seed in range(TRIALS):
        y = ishigami(seed, 256, 15, smooth=3.0)
        found = sobol_indices(y, 3, 0.95)
        held.append([found[n].low <= ISHIGAMI[n] <= found[n].high for n in names])
        whole, tables = sobol_tables(y.mean(axis=2, keepdims=True), 3)  # as one world: rows alone
        rows_only.append([])
        for n in names:
            index = tables[n].mean() / whole.mean()
            se, df, _ = error((tables[n] - index * whole) / whole.mean())
            rows_only[-1].append(abs(index - ISHIGAMI[n]) <= quantile(0.95, df) * se)
    limit = stats.binom.ppf(1e-3, TRIALS, 0.9) / TRIALS  # as for the intervals above
    assert (np.mean(held, axis=0) >= limit).all()
    assert (np.mean(rows_only, axis=0) < limit).any()  # negative control


def test_too_few_worlds_have_no_interval():
    """One world, and for indices of variance two: the value stands, its interval is not known."""
    for n_worlds in (1, 2, 3):
        found = sobol_indices(ishigami(1, 64, n_worlds, rough=0.1), 3, 0.95)
        assert len(found) == 9
        for one in found.values():
            assert np.isfinite(one.value)
            assert np.isfinite([one.low, one.high]).all() == (n_worlds == 3)
            assert not (one.clear and n_worlds < 3)
    units, rng = morris_units(3, 10, 4, 1), analysis_rng(1)
    y = (units**2) @ [3.0, 2.0, 0.0]
    for n_worlds in (1, 2, 3):
        luck = rng.normal(0, 0.1, (len(units), n_worlds))
        found = morris_indices(elementary_effects(units, y[:, None] + luck), 0.95, rng)
        for (index, _), one in found.items():
            fewest = 3 if index == "sigma" else 2
            assert np.isfinite([one.low, one.high]).all() == (n_worlds >= fewest)
            assert not (one.clear and n_worlds < fewest)


@pytest.mark.parametrize("n_worlds", [2, 5, 20])
def test_mark_and_interval_of_mu_star_agree(n_worlds):
    """Luck that differs from setting to setting: what is not told from it may be 0."""
    marked, held = [], []
    for seed in range(40):
        rng, units = analysis_rng(seed), morris_units(3, 15, 4, seed)
        y = 9 * units[:, :1] + rng.standard_normal((len(units), n_worlds))
        found = morris_indices(elementary_effects(units, y), 0.95, rng)
        for j in range(3):
            one = found["mu_star", j]
            assert one.clear or one.low == 0
            assert one.low <= one.value <= one.high
        marked += [found["mu_star", j].clear for j in (1, 2)]
        held += [found["mu_star", j].low == 0 for j in (1, 2)]
    assert at_most(marked, 0.05)
    assert np.mean(held) >= stats.binom.ppf(1e-3, len(held), 0.95) / len(held)


def test_noise_is_what_a_dummy_shows():
    """The expected mu_star of pure luck is the mean of what parameters without effect show."""
    shown, said = [], []
    for seed in range(60):
        rng = analysis_rng(seed)
        units = morris_units(3, 10, 4, seed)
        effects = elementary_effects(units, rng.standard_normal((len(units), 10)))
        found = morris_indices(effects, 0.95, rng)
        shown += [found["mu_star", j].value for j in range(3)]
        said += [found["mu_star", j].noise for j in range(3)]
    spread = np.std(np.subtract(shown, said), ddof=1) / len(shown) ** 0.5
    # means of 10 worlds, 1.5 apart: |N(0, 2 / 10)| * 1.5; estimated sds are 3 % short
    assert np.mean(shown) == pytest.approx(1.5 * (2 / 10 * 2 / PI) ** 0.5, rel=0.05)
    assert np.mean(said) == pytest.approx(np.mean(shown), abs=4 * spread + 0.03 * np.mean(shown))


def test_the_split_recovers_variances_of_known_size():
    """Parameters, lucky worlds, luck that differs by setting: unbiased, and within intervals."""
    truth = np.array([VARIANCE, 9.0, 4.0 + 2.25])
    sizes, held = [], []
    for seed in range(TRIALS):
        y = ishigami(seed, 32, 12, rough=2.0, smooth=1.5, everywhere=3.0)[:, [0, -1]]
        found = split(y, 0.95)
        sizes.append([part["variance"] for part in found.values()])
        shares = zip(found.values(), truth / truth.sum(), strict=True)
        held.append([part["low"] <= share <= part["high"] for part, share in shares])
        assert sum(part["share"] for part in found.values()) == pytest.approx(1)
    error = np.std(sizes, axis=0, ddof=1) / TRIALS**0.5
    assert (np.abs(np.mean(sizes, axis=0) - truth) < 4 * error).all()
    assert (np.mean(held, axis=0) > 0.85).all()


def test_the_split_of_a_table_worked_by_hand():
    """Two settings in two worlds: rows 0 2 / 4 10, worked by hand."""
    parts = components(np.array([[0.0, 2.0], [4.0, 10.0]]))
    # means 1, 7 and 2, 6; the rest: 0 - 1 - 2 + 4 = 1 in every cell, so 4 / 1
    assert parts == pytest.approx([18 - 4 / 2, 8 - 4 / 2, 4])
    assert components(np.array([[1.0], [3.0]]))[0] == 2
    assert np.isnan(components(np.array([[1.0], [3.0]]))[1:]).all()


# ---- from runs to a result -----------------------------------------------------------------------

NAMES = ["p_buy", "p_follow", "p_talk"]


def a_sweep(n=64, n_worlds=5, seed=3):
    """Return a design and runs of two strategies; b lacks what the first parameter does to a."""
    units = sobol_units(3, n, True, seed)
    rng = analysis_rng(seed)
    shared = 20 * units[:, 1:2] + 9 * rng.standard_normal((len(units), n_worlds))
    design = a_design("sobol", NAMES, units, n_worlds, ("a", "b"), second_order=True, n=n)
    return design, some_runs({"a": 10 * units[:, :1] + shared, "b": shared})


@pytest.mark.parametrize("n_worlds", [1, 2, 3])
def test_no_interval_is_said_that_is_not_known(n_worlds):
    """With too few worlds the largest index is named, and neither text nor picture has a range."""
    design, runs = a_sweep(n_worlds=n_worlds)
    result = sensitivity(design, runs, strategy="a", against="b")
    assert result.leading["parameter"].iloc[0] == "p_buy"
    assert "largest total index: p_buy 1" in result.sentence
    assert ("% interval" in result.sentence) == (n_worlds == 3)
    ax = figures.sobol_bars(result)
    assert ("% interval" in ax.get_xlabel()) == (n_worlds == 3)
    assert "nan" not in result.sentence + ax.get_xlabel()


def test_a_bound_above_0_is_not_said_to_be_0():
    """What is told from noise does not read as an interval that begins at 0."""
    design, runs = a_sweep()
    result = sensitivity(design, runs, strategy="a", against="b")
    top = result.leading.index[0]
    result.table.loc[top, ["value", "low", "high"]] = [0.8, 0.031, 1.5]
    assert "p_buy 0.80 (95 % interval 0.03 to 1.50)" in result.sentence


def test_paired_differences_lose_what_both_share():
    """Against b only the first parameter of a is left, with no luck; alone both and luck count."""
    design, runs = a_sweep()
    paired = sensitivity(design, runs, strategy="a", against="b")
    first = paired.of("first").set_index("parameter")
    # luck and the second parameter cancel to rounding
    assert first["value"].tolist() == pytest.approx([1, 0, 0], abs=0.15)
    assert paired.variance["share"].tolist() == pytest.approx([1, 0, 0], abs=1e-6)
    assert paired.variance.loc["parameters", "variance"] == pytest.approx(100 / 12, rel=0.05)
    assert paired.sentence.startswith("difference in sales, a minus b: 100 %")
    assert paired.leading["parameter"].iloc[0] == "p_buy"
    assert paired.headline == "1 of 3 parameters told from noise, the largest: p_buy"
    alone = sensitivity(design, runs, strategy="a")
    assert alone.leading["parameter"].iloc[0] == "p_follow"
    truth = np.array([500 / 12, 0, 81.0])
    row = alone.variance.loc["parameters"]
    assert row["low"] <= truth[0] / truth.sum() <= row["high"]


def test_the_order_of_the_runs_does_not_matter():
    """Runs are placed by their ids: neither shuffled rows nor further replications matter."""
    design, runs = a_sweep()
    wanted = sensitivity(design, runs, strategy="a").table
    mixed = runs.sample(frac=1, random_state=1)
    more = runs.assign(replication_id=runs["replication_id"] + 5, status="FAILED")
    found = sensitivity(design, pd.concat([mixed, more]), strategy="a").table
    pd.testing.assert_frame_equal(found, wanted)
    assert list(wanted.columns) == [
        "parameter", "other", "index", "value", "low", "high", "noise", "clear", "n_worlds",
        "with_luck",
    ]  # fmt: skip
    assert wanted["index"].value_counts().to_dict() == {"first": 3, "total": 3, "second": 3}


def test_missing_and_failed_runs_are_refused_with_their_list():
    """One line names how many and the first ones; `retry` has all; others do not matter."""
    design, runs = a_sweep()
    here = (runs["strategy"] == "a") & (runs["replication_id"] == 2)
    runs.loc[here & (runs["setting_id"] == 7), ["status", "sales"]] = ["FAILED", np.nan]
    runs = runs[~(here & runs["setting_id"].between(9, 15))]
    with pytest.raises(MissingRuns) as caught:
        sensitivity(design, runs, strategy="a", against="b")
    text = str(caught.value)
    assert text.startswith("8 of 5,120 runs failed or are missing (setting 7, a, replication 2 F")
    assert "setting 9, a, replication 2 MISSING" in text
    assert "and 3 more" in text
    assert "continuum resume STORE --retry-failed" in text
    assert "\n" not in text
    retry = caught.value.retry
    assert retry["setting_id"].tolist() == [7, *range(9, 16)]
    assert retry["status"].tolist() == ["FAILED"] + ["MISSING"] * 7
    assert sensitivity(design, runs, strategy="b").n_worlds == 5  # needs none of them
    with pytest.raises(MissingRuns, match="2,560 of 2,560 runs failed or are missing"):
        sensitivity(design, runs.head(0)[["setting_id", "strategy", "replication_id", "status"]],
                    strategy="b")  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "sale"}, 'unknown outcome "sale"; did you mean "sales"'),
        ({"strategy": "c"}, 'the sweep has no strategy "c"'),
        ({"strategy": None}, "strategy: say which of a, b"),
        ({"strategy": "a", "against": "a"}, "two different ones"),
        ({"confidence": 1.0}, "confidence = 1.0 is not allowed"),
        ({"confidence": "high"}, "confidence = 'high' is not allowed"),
        ({"seed": -1}, "seed = -1 is not allowed"),
    ],
)
def test_wrong_input_is_one_line(changes, message):
    """Every wrong argument says what is allowed."""
    design, runs = a_sweep(n=4)
    with pytest.raises(InputError, match=message) as caught:
        sensitivity(design, runs, **{"strategy": "a", **changes})
    assert "\n" not in str(caught.value)


def test_what_cannot_be_analysed_is_refused():
    """An outcome without a value, a run twice, a single trajectory."""
    design, runs = a_sweep(n=4)
    with pytest.raises(InputError, match="5 rows are of a run that is there already"):
        sensitivity(design, pd.concat([runs, runs.head(5)]), strategy="a")
    runs.loc[3, "sales"] = np.nan
    with pytest.raises(
        InputError, match=r"sales has no value in 1 of 160 runs \(first: setting 0, a"
    ):
        sensitivity(design, runs, strategy="a")
    units = morris_units(3, 1, 4, 1)
    alone = some_runs({"a": analysis_rng(0).random((4, 3))})
    with pytest.raises(InputError, match="at least 2 trajectories"):
        sensitivity(a_design("morris", NAMES, units, 3, levels=4), alone)


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_an_outcome_that_never_varies_has_no_indices(method):
    """No division by 0, no warning: nothing is clear, and the sentence says it."""
    units = sobol_units(3, 8, False, 1) if method == "sobol" else morris_units(3, 5, 4, 1)
    design = a_design(method, NAMES, units, 4, levels=4)
    found = sensitivity(design, some_runs({"a": np.full((len(units), 4), 0.1)}))
    assert not found.table["clear"].any()
    assert (found.table["value"].fillna(0) == 0).all()
    assert "the same in all settings and worlds" in found.sentence
    assert "no parameter can be told from noise" in found.sentence


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_one_world_cannot_tell_luck(method):
    """With one replication indices are SALib's, nothing is clear, luck's share is not known."""
    units = sobol_units(3, 32, False, 1) if method == "sobol" else morris_units(3, 9, 4, 1)
    design = a_design(method, NAMES, units, 1, levels=4)
    found = sensitivity(design, some_runs({"a": 5 * units[:, :1] ** 2 + units[:, 1:2]}))
    assert found.table["value"].tolist() == pytest.approx(found.table["with_luck"].tolist())
    assert not found.table["clear"].any()
    assert found.table["noise"].isna().all()
    assert found.variance["low"].isna().all()
    assert "1 world cannot tell parameters from luck" in found.sentence


def test_an_outcome_of_luck_alone_gets_no_sobol_index():
    """Where the parameters' variance is none, a share of it is not reported (most of the time)."""
    none = []
    for seed in range(40):
        units = sobol_units(3, 16, False, seed)
        outcomes = {"a": analysis_rng(seed).standard_normal((len(units), 5))}
        found = sensitivity(a_design("sobol", NAMES, units, 5), some_runs(outcomes))
        none.append(found.table["value"].isna().all())
        assert found.table["with_luck"].notna().all()
    assert np.mean(none) > 0.9


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_what_never_changes_the_outcome_is_told_from_what_seldom_does(method):
    """One world in which a parameter once does something is no "never"."""
    units = sobol_units(3, 16, True, 1) if method == "sobol" else morris_units(3, 10, 4, 1)
    y = 50 * units[:, :1] + analysis_rng(1).standard_normal(6)
    y[:, 3] += (units[:, 1] == units[:, 1].max()).astype(float)
    design = a_design(method, NAMES, units, 6, levels=4, second_order=True)
    found = sensitivity(design, some_runs({"a": y}))
    assert found.unmoved == ["p_talk"]
    assert "in 6 worlds: p_follow; it never changes with p_talk" in found.sentence
    assert f"largest {found.leading['index'].iloc[0]}" in found.sentence


def test_equal_seeds_give_equal_results():
    """Seed 0 is a seed like any other."""
    units = morris_units(3, 6, 4, 1)
    runs = some_runs({"a": units[:, :1] + analysis_rng(1).standard_normal((len(units), 5))})
    design = a_design("morris", NAMES, units, 5, levels=4)
    one, same, other = (sensitivity(design, runs, seed=s).table for s in (0, 0, 1))
    pd.testing.assert_frame_equal(one, same)
    assert (one["noise"] != other["noise"]).any()
    pd.testing.assert_series_equal(one["value"], other["value"])


# ---- figures and the command ---------------------------------------------------------------------


def a_result(method, k=5, n_worlds=6):
    """Return an analysis of k parameters, the first half of them real."""
    names = [f"parameter_{j}" for j in range(k)]
    units = sobol_units(k, 64, True, 2) if method == "sobol" else morris_units(k, 10, 4, 2)
    y = units[:, : k // 2] @ np.linspace(4, 8, k // 2)
    luck = 0.5 * analysis_rng(5).standard_normal((len(units), n_worlds))
    design = a_design(method, names, units, n_worlds, second_order=True, levels=4)
    return sensitivity(design, some_runs({"a": y[:, None] + luck}))


def boxes(figure, texts):
    """Return where texts stand, in pixels."""
    figure.draw_without_rendering()
    return [Text.get_window_extent(text) for text in texts if text.get_text()]  # without arrows


@pytest.mark.parametrize(
    ("method", "k"), [("sobol", 4), ("sobol", 7), ("morris", 4), ("morris", 24)]
)
def test_labels_of_the_figures_do_not_overlap(method, k):
    """Names, marks and titles stand clear of each other and inside the picture."""
    result = a_result(method, k)
    figure = figures.sensitivity_figure(result)
    texts = [text for ax in figure.axes for text in [*ax.texts, ax._left_title, ax.xaxis.label]]
    for ax in figure.axes:  # Matplotlib keeps labels beyond the ends, and does not draw them
        low, high = sorted(ax.get_ylim())
        texts += [text for text in ax.get_yticklabels() if low <= text.get_position()[1] <= high]
    found = boxes(figure, [*texts, figure._suptitle])
    for i, box in enumerate(found):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in found[:i])


def test_bars_are_pale_where_nothing_is_told():
    """Every bar has the height of its index; only those told from noise are full."""
    result = a_result("sobol")
    ax = figures.sobol_bars(result)
    names = result.leading["parameter"].tolist()
    bars = iter(ax.patches)
    for index in ("total", "first"):
        rows = result.of(index).set_index("parameter").loc[names]
        for value, clear in zip(rows["value"], rows["clear"], strict=True):
            bar = next(bars)
            assert bar.get_width() == pytest.approx(value)
            assert bar.get_alpha() == (1 if clear else figures.PALE)
    assert ax.get_title(loc="left") == result.headline
    marks = [text.get_text() for text in ax.texts]
    assert len(marks) == (~result.of("total")["clear"] | ~result.of("first")["clear"]).sum()


def test_figures_refuse_what_they_cannot_draw():
    """Of the other method, or without a second order; an analysis of nothing is drawn as such."""
    with pytest.raises(InputError, match="not of morris"):
        figures.sobol_bars(a_result("morris"))
    with pytest.raises(InputError, match="not of sobol"):
        figures.morris_plane(a_result("sobol"))
    with pytest.raises(InputError, match="second_order = true"):
        figures.second_order(a_result("morris"))
    for method, units in (
        ("sobol", sobol_units(3, 8, True, 1)),
        ("morris", morris_units(3, 5, 4, 1)),
    ):
        design = a_design(method, NAMES, units, 4, levels=4, second_order=True)
        result = sensitivity(design, some_runs({"a": np.zeros((len(units), 4))}))
        figure = figures.sensitivity_figure(result)
        assert "no parameter is told from noise" in figure.axes[0].get_title(loc="left")
        figure.draw_without_rendering()


def test_the_command_from_sweep_to_files(tmp_path, capsys, monkeypatch):
    """A small sweep, its analysis on paper and in files; a lost run is refused with the store."""
    design = {
        "name": "small", "scenario": "classroom", "strategies": ["posting_only", "advertising"],
        "method": "morris", "n": 3, "replications": 3, "seed": 1,
        "parameters": {"p_buy": "likely", "p_follow": "likely"},
    }  # fmt: skip
    folder = tmp_path / "store"
    store = sweep(design, folder, jobs=1)
    command(folder, strategy="posting_only", against="advertising", out=tmp_path / "out")
    text = capsys.readouterr().out
    result = sensitivity(store.design, store.runs(), strategy="posting_only", against="advertising")
    assert result.sentence in text
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "sensitivity.csv", "sensitivity.json", "sensitivity.png",
    }  # fmt: skip
    table = pd.read_csv(tmp_path / "out" / "sensitivity.csv", keep_default_na=False)
    assert table["parameter"].tolist() == result.table["parameter"].tolist()
    saved = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert saved["sentence"] == result.sentence
    command(folder, strategy="posting_only", json_=True)
    assert json.loads(capsys.readouterr().out)["against"] is None
    more = store.design.with_replications(4)
    with pytest.raises(MissingRuns, match="9 of 36 runs failed or are missing"):
        sensitivity(more, store.runs(), strategy="posting_only")
    some = store.runs().iloc[1:]
    monkeypatch.setattr(Store, "runs", lambda _: some)
    with pytest.raises(MissingRuns, match=f"continuum resume {folder} --retry-failed"):
        command(folder, strategy=store.design.strategies[0].name, out=tmp_path / "none")
    assert not list((tmp_path / "none").iterdir())
