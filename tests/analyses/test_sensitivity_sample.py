"""Sensitivity of any sample: known indices, dummies, lists, grids, Latin hypercubes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import pawn as salib_pawn
from SALib.test_functions import Ishigami
from scipy.stats import ks_2samp

from simulation.analyses import sensitivity_figure as figures
from simulation.analyses.sensitivity import sensitivity
from simulation.analyses.sensitivity_figure_sampled import PALE, rank_points, sampled_bars
from simulation.analyses.sensitivity_pawn import (
    Sample,
    coefficients,
    partial_correlation,
    pawn,
    sampled_indices,
    slices_of,
)
from simulation.commands.sensitivity import sensitivity as command
from simulation.core.randomness import analysis_rng
from simulation.sweeps.running import sweep
from simulation.sweeps.sampling import lhs_units, salib_problem
from simulation.sweeps.settings import Grid, Table
from simulation.tools.errors import InputError
from tests.analyses.test_sensitivity import PI, a_design, at_most, boxes, some_runs

NAMES = ["p_follow", "p_join", "p_buy"]
ORDERED = np.ones(3, bool)


def a_sample(y, units, **changes):
    """Return a sample of three parameters."""
    return Sample(NAMES, units, ORDERED, y, False)._replace(**changes)


def a_grid(*axes):
    """Return a grid and its settings as numbers."""
    grid = Grid(dict(zip(NAMES, axes, strict=False)))
    return grid, grid.frame().to_numpy(float)


# ---- known answers -------------------------------------------------------------------------------


def test_pawn_is_the_mean_distance_of_scipy():
    """With ties and without, slices of any size, also in resamples of their own."""
    rng = analysis_rng(1)
    for digits in (1, 9):
        y = np.round(rng.random((6, 70)), digits)
        slices = rng.integers(0, 5, (6, 70))
        wanted = [
            np.mean([ks_2samp(a[s == i], a).statistic for i in np.unique(s)])
            for a, s in zip(y, slices, strict=True)
        ]
        assert pawn(y, slices) == pytest.approx(wanted, abs=1e-12)


def test_pawn_is_salib_s_where_values_are_many():
    """Of Ishigami's function, but for the one setting that SALib leaves out at the upper end."""
    units = lhs_units(3, 1000, 2)
    y = Ishigami.evaluate(PI * (2 * units - 1))
    theirs = salib_pawn.analyze(salib_problem(NAMES), units, y, S=10)["mean"]
    ours = [pawn(y[None], slices_of(units[:, j]))[0] for j in range(3)]
    assert ours == pytest.approx(theirs, abs=0.005)
    assert ours[1] > ours[0] > ours[2]  # as Pianosi and Wagener found it


def test_pawn_sees_the_highest_value_of_a_grid():
    """An effect at the end of a grid is found; SALib's would leave that slice out."""
    column = np.repeat([1.0, 2.0, 3.0], 20)
    y = (column == 3.0).astype(float)
    slices = slices_of(column)
    assert np.bincount(slices).tolist() == [20, 20, 20]
    assert pawn(y[None], slices)[0] == pytest.approx((1 / 3 + 1 / 3 + 2 / 3) / 3)


def test_slices_hold_what_is_equal_together():
    """Few values are a slice each, many are cut at quantiles, names never."""
    assert slices_of(np.array([5, 5, 5, 2, 2, 2])).tolist() == [1, 1, 1, 0, 0, 0]
    many = np.arange(300.0) // 2
    slices = slices_of(many)
    assert np.bincount(slices).tolist() == [30] * 10
    assert (slices[::2] == slices[1::2]).all()
    assert slices_of(np.arange(20.0) // 5, ordered=False).max() == 3


def test_rank_correlations_of_a_linear_function():
    """Of a + b with uniform a, b: Spearman 0.70 both (by SciPy on a million); partial above 0.9.

    Intervals hold the truth in 95 of 100 samples, to what luck of 100 samples allows.
    """
    truth, held = [0.6987, 0.6987, 0.0], []
    for seed in range(100):
        units = lhs_units(3, 60, seed)
        y = np.repeat(units[:, :1] + units[:, 1:2], 4, axis=1)
        found = sampled_indices(a_sample(y, units), 0.95, analysis_rng(seed))
        held.append([
            found["spearman", j].low <= truth[j] <= found["spearman", j].high for j in range(3)
        ])  # fmt: skip
        assert found["partial", 0].value > 0.9
        assert found["partial", 1].clear
    assert (np.sum(held, axis=0) >= 88).all()  # 1 in 1,000 of a 95 % interval


def test_partial_correlation_is_the_textbook_one():
    """The correlation of what regressions on the others leave over."""
    rng = analysis_rng(3)
    x = rng.standard_normal((80, 3)) @ rng.standard_normal((3, 3))
    y = x @ [1.0, -2.0, 0.5] + rng.standard_normal(80)
    whole = np.corrcoef(np.column_stack([x, y]).T)
    found = partial_correlation(*coefficients(whole[:3, :3], whole[:3, 3]))
    for j in range(3):
        others = np.column_stack([np.ones(80), np.delete(x, j, axis=1)])
        left = [v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (x[:, j], y)]
        assert found[j] == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-9)


# ---- parameters that do nothing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "worlds", "kind", "most"),
    [(40, 1, "rough", 0.05), (40, 5, "rough", 0.05), (80, 3, "everywhere", 0.05),
     (80, 10, "slopes", 0.08), (80, 3, "slopes", 0.12)],
)  # fmt: skip
def test_what_does_nothing_is_told_as_noise(n, worlds, kind, most):
    """Beside parameters with an effect, at most the promised share is marked; the real one is.

    Luck that is a slope of its own in each world is the hardest: see the head of the module.
    """
    marked, real = {"pawn": [], "spearman": [], "partial": []}, []
    for seed in range(100):
        rng, units = analysis_rng(seed), lhs_units(3, n, seed)
        luck = {
            "rough": lambda r, u: r.standard_normal((n, worlds)),
            "everywhere": lambda r, u: 5 * r.standard_normal(worlds) + r.random((n, worlds)),
            "slopes": lambda r, u: 1.5 * (u - 0.5) @ r.standard_normal((3, worlds)),
        }[kind](rng, units)
        y = (units @ [6.0, 1.0, 0.0])[:, None] + luck
        found = sampled_indices(a_sample(y, units), 0.95, rng)
        for index, seen in marked.items():
            seen.append(found[index, 2].clear)
            assert found[index, 2].noise > 0
        real.append(found["pawn", 0].clear and found["spearman", 0].clear)
    for index, seen in marked.items():
        assert at_most(seen, most), index
    assert np.mean(real) > (0.9 if most < 0.1 else 0.6)


def test_noise_is_what_a_parameter_without_effect_shows():
    """The expected index of chance is the mean of what such parameters show."""
    shown, said = [], []
    for seed in range(60):
        rng, units = analysis_rng(seed), lhs_units(3, 50, seed)
        y = rng.standard_normal((50, 6)) + units[:, :1]
        found = sampled_indices(a_sample(y, units), 0.95, rng)
        shown.append([found["pawn", 2].value, abs(found["spearman", 2].value)])
        said.append([found["pawn", 2].noise, found["spearman", 2].noise])
    assert np.mean(shown, axis=0) == pytest.approx(np.mean(said, axis=0), rel=0.15)


def test_a_grid_has_no_chance_but_luck():
    """Without luck every effect in a grid is clear; with luck few that are none are marked."""
    grid, settings = a_grid((1.0, 2.0, 3.0), (1.0, 2.0), (1.0, 2.0, 3.0))
    design = a_design("grid", NAMES, settings, 4)
    design.settings = grid
    exact = sensitivity(design, some_runs({"a": np.repeat(settings[:, :1] ** 2, 4, axis=1)}))
    assert exact.unmoved == NAMES[1:]
    assert exact.leading["clear"].tolist() == [True, False, False]
    assert exact.of("spearman")["low"].tolist() == pytest.approx([1.0, 0, 0], abs=1e-9)
    assert "it never changes with p_join, p_buy" in exact.sentence
    marked, real = [], []
    for seed in range(60):
        rng = analysis_rng(seed)
        y = settings[:, :1] + 1.5 * rng.standard_normal((18, 8))
        found = sampled_indices(a_sample(y, settings, grid=True), 0.95, rng)
        marked += [found["pawn", j].clear for j in (1, 2)]
        real.append(found["pawn", 0].clear)
    assert at_most(marked, 0.05)
    assert np.mean(real) > 0.9


# ---- from runs to a result -----------------------------------------------------------------------


def a_sweep(n=60, worlds=5, seed=1):
    """Return a Latin hypercube under two strategies: a leads by 10 p_follow, both share p_buy."""
    units, rng = lhs_units(3, n, seed), analysis_rng(seed)
    shared = 20 * units[:, 2:] + 3 * rng.standard_normal((n, worlds))
    design = a_design("lhs", NAMES, units, worlds, ("a", "b"))
    return design, some_runs({"a": shared + 10 * units[:, :1], "b": shared})


def test_a_hypercube_is_analysed_alone_and_against():
    """The method follows from the sample, and the result says what was done."""
    design, runs = a_sweep()
    paired = sensitivity(design, runs, strategy="a", against="b")
    assert paired.method == "lhs"
    assert paired.done.startswith("a Latin hypercube: PAWN, rank and partial rank correlation")
    assert paired.leading["parameter"].iloc[0] == "p_follow"
    assert paired.of("spearman")["value"].iloc[0] == pytest.approx(1, abs=1e-9)
    assert "largest PAWN index: p_follow" in paired.sentence
    assert "rank correlation +1.00" in paired.sentence
    alone = sensitivity(design, runs, strategy="b")
    assert alone.leading["parameter"].iloc[0] == "p_buy"
    assert set(alone.table["index"]) == {"pawn", "spearman", "partial"}
    assert alone.table["with_luck"].isna().all()
    again = sensitivity(design, runs.sample(frac=1, random_state=3), strategy="b")
    pd.testing.assert_frame_equal(alone.table, again.table)


def test_settings_without_all_worlds_are_left_out_and_counted():
    """Failed and missing runs take their setting out; a replication under way does not count."""
    design, runs = a_sweep(worlds=6)
    runs.loc[(runs["setting_id"] == 7) & (runs["replication_id"] == 2), "status"] = "FAILED"
    runs = runs[~((runs["setting_id"] == 9) & (runs["replication_id"] == 1))]
    runs = runs[(runs["replication_id"] != 5) | (runs["setting_id"] < 10)]
    found = sensitivity(design, runs, strategy="a", against="b")
    assert (found.n_settings, found.n_worlds) == (58, 5)
    assert found.left_out == (
        "2 settings left out: 1 failed, 1 missing; 1 of 6 replications are incomplete"
    )
    assert found.sentence.endswith(found.left_out)
    with pytest.raises(InputError, match="no run has a value of sales"):
        sensitivity(design, runs.assign(status="FAILED"), strategy="a")


def test_a_list_may_name_a_strategy_in_each_row():
    """Then each strategy has settings of its own, and differences cannot be taken."""
    design, runs = a_sweep()
    design.settings = Table("list", design.settings.columns)
    design.method = "list"
    design.rows = tuple([0, 1] * 30)
    mine = np.where(runs["setting_id"] % 2 == 0, "a", "b")
    runs = runs[runs["strategy"] == mine]
    found = sensitivity(design, runs, strategy="a")
    assert (found.n_settings, found.left_out) == (30, "")
    with pytest.raises(InputError, match="under one strategy of its own: no differences"):
        sensitivity(design, runs, strategy="a", against="b")


def test_names_and_truths_are_parameters_too():
    """Names have a PAWN index and no correlation; true and false are 0 and 1."""
    rng = analysis_rng(2)
    n = 60
    graph = rng.choice(["small_world", "random"], n)
    ask = rng.random(n) < 0.5
    design = a_design("list", ["graph", "ask_reviews"], np.zeros((n, 2)), 4)
    design.settings = Table("list", {"graph": graph.tolist(), "ask_reviews": ask.tolist()})
    y = np.where(graph == "random", 5.0, 0.0)[:, None] - 2 * ask[:, None] + rng.random((n, 4))
    found = sensitivity(design, some_runs({"a": y}))
    table = found.table.set_index(["index", "parameter"])
    assert table.loc[("pawn", "graph"), "clear"]
    assert np.isnan(table.loc[("spearman", "graph"), "value"])
    assert table.loc[("spearman", "ask_reviews"), "value"] < 0
    assert found.where.sentence.startswith("sales under a is highest where graph is random")
    json.dumps(found.to_dict(), allow_nan=False)


def test_parameters_that_vary_together_are_told():
    """A list in which two go hand in hand says so, first of all."""
    design, runs = a_sweep()
    columns = dict(design.settings.columns)
    columns["p_join"] = [x + 0.02 * (i % 3) for i, x in enumerate(columns["p_follow"])]
    design.settings, design.method = Table("list", columns), "list"
    found = sensitivity(design, runs, strategy="a")
    assert found.warning.startswith("p_follow and p_join vary together in these settings")
    assert f"beware: {found.warning}" in found.sentence
    assert not sensitivity(*a_sweep(), strategy="a").warning


def test_too_little_to_analyse_is_one_line():
    """Few settings, nothing that varies, strategies without a world in common."""
    design, runs = a_sweep(n=9)
    with pytest.raises(InputError, match="9 settings are too few for a sensitivity analysis"):
        sensitivity(design, runs, strategy="a")
    design, runs = a_sweep()
    design.settings = Table("list", {name: [1.0] * 60 for name in NAMES})
    with pytest.raises(InputError, match="nothing differs between these settings"):
        sensitivity(design, runs, strategy="a")


def test_few_worlds_are_said():
    """One world has intervals over settings only, and the sentence says what is not known."""
    design, runs = a_sweep(worlds=1)
    found = sensitivity(design, runs, strategy="a")
    assert found.of("spearman")["low"].notna().all()
    assert "luck that all settings share is not known from 1 world" in found.sentence
    grid, settings = a_grid((1.0, 2.0, 3.0), (1.0, 2.0), (1.0, 2.0))
    design = a_design("grid", NAMES, settings, 1)
    design.settings = grid
    y = settings[:, :1] + analysis_rng(1).random((12, 1))
    assert sensitivity(design, some_runs({"a": y})).table["low"].isna().all()


def test_an_outcome_that_never_varies_has_no_indices():
    """Nothing is clear, nothing is divided by 0, and the figure can be drawn."""
    design, runs = a_sweep()
    found = sensitivity(design, runs.assign(sales=3.0), strategy="a")
    assert found.table["value"].isna().all()
    assert "the same in all settings and worlds" in found.sentence
    figures.sensitivity_figure(found).draw_without_rendering()


# ---- figures and the command ---------------------------------------------------------------------


def test_bars_and_points_show_the_indices():
    """Pale where not told from noise, a tick at what chance shows, a point a correlation."""
    found = sensitivity(*a_sweep(), strategy="a", against="b")
    ax = sampled_bars(found)
    rows = found.leading
    for bar, value, clear in zip(ax.patches, rows["value"], rows["clear"], strict=True):
        assert bar.get_width() == pytest.approx(value)
        assert bar.get_alpha() == (1 if clear else PALE)
    ticks = [line for line in ax.lines if line.get_marker() == "|" and line.get_markersize() == 20]
    assert ticks[0].get_xdata() == pytest.approx(rows["noise"])
    shown = [
        line.get_xdata()[0]
        for container in rank_points(found).containers for line in [container.lines[0]]
    ]  # fmt: skip
    wanted = [
        found.of(index).set_index("parameter")["value"][name]
        for index in ("spearman", "partial") for name in rows["parameter"]
    ]  # fmt: skip
    assert shown == pytest.approx(wanted)


@pytest.mark.parametrize("k", [2, 8])
def test_labels_of_the_figure_do_not_overlap(k):
    """Names, marks and titles stand clear of each other and inside the picture."""
    units = lhs_units(k, 80, 1)
    names = [f"parameter_{j}" for j in range(k)]
    y = 5 * units[:, :1] + analysis_rng(1).standard_normal((80, 5))
    found = sensitivity(a_design("lhs", names, units, 5), some_runs({"a": y}))
    figure = figures.sensitivity_figure(found)
    texts = [t for ax in figure.axes for t in [*ax.texts, ax._left_title, ax.xaxis.label]]
    texts += [t for ax in figure.axes if (legend := ax.get_legend()) for t in legend.get_texts()]
    texts += [*figure.axes[0].get_yticklabels(), figure._suptitle]
    found = boxes(figure, texts)
    for i, box in enumerate(found):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in found[:i])


def test_the_command_works_for_every_store(tmp_path, capsys):
    """A hypercube, a grid and a list, from sweep to files; a lost run does not stop it."""
    shared = {"scenario": "classroom", "strategies": ["posting_only", "advertising"],
              "replications": 2, "seed": 1}  # fmt: skip
    varied = {"p_follow": [0.005, 0.02], "price": [5.0, 40.0]}
    rows = [{"p_follow": 0.01 + 0.001 * i, "price": 5.0 + (7 * i) % 12} for i in range(12)]
    for method, given in {
        "lhs": {"method": "lhs", "n": 12, "parameters": varied},
        "grid": {"method": "grid", "parameters": {**varied, "p_join": [0.001, 0.002, 0.01]}},
        "list": {"method": "list", "settings": rows},
    }.items():
        store = sweep({"name": method, **shared, **given}, tmp_path / method, jobs=1)
        command(tmp_path / method, strategy="advertising", against="posting_only",
                out=tmp_path / "out" / method)  # fmt: skip
        printed = capsys.readouterr().out
        result = sensitivity(
            store.design, store.runs(), strategy="advertising", against="posting_only"
        )
        for said in (result.done, result.sentence, f"where: {result.where.sentence}"):
            assert said in printed
        saved = json.loads((tmp_path / "out" / method / "sensitivity.json").read_text())
        assert saved["sentence"] == result.sentence
        assert saved["where"]["sentence"] == result.where.sentence
        assert (tmp_path / "out" / method / "sensitivity.png").stat().st_size > 10_000
