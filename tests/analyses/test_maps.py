"""Maps of a sweep: tables with answers known by hand, negative controls, figures that say them."""

from __future__ import annotations

import itertools
from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulation import Scenario, simulate
from simulation.analyses.maps import (
    means,
    regret,
    say_behind,
    say_regret,
    say_winners,
    winners,
)
from simulation.analyses.maps_axes import axis_of, in_cells, is_grid, spread_by_factors, value_text
from simulation.analyses.maps_figure import heat_map, who_wins
from simulation.analyses.maps_slices import regret_bars, slice_table, slices
from simulation.analyses.maps_worlds import arranged_runs, varied
from simulation.analyses.report_overview import drawn, overview
from simulation.core.outcomes import MORE
from simulation.core.randomness import analysis_rng
from simulation.figures import STYLE, looks
from simulation.runs.statistics import mean_interval, minus, share_best, told
from simulation.tools.errors import InputError
from simulation.tools.files import save

A, B, C = "posting_only", "community_building", "advertising"


def runs_of(values, settings, strategies=(A, B), outcome="sales"):
    """Return a frame of runs from values[setting][replication][strategy]; None: the run failed."""
    rows = []
    for s, (setting, inside) in enumerate(zip(settings, values, strict=True)):
        for r, line in enumerate(inside):
            for name, value in zip(strategies, line, strict=True):
                failed = value is None
                rows.append({
                    "setting_id": s, "strategy": name, "replication_id": r, **setting,
                    "status": "FAILED" if failed else "SUCCEEDED",
                    "error": "ValueError: broken" if failed else None,
                    "traceback": "Traceback: broken" if failed else None,
                    outcome: np.nan if failed else float(value),
                })  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["strategy"] = pd.Categorical(frame["strategy"], list(strategies))
    return frame


PRICES = [{"price": 10.0}, {"price": 20.0}, {"price": 30.0}]
#: Setting 0: B leads by 3, 4, 5. Setting 1: A leads by 1, 2, 3. Setting 2: leads of 2, -2, 0.
KNOWN = [[(1, 4), (2, 6), (3, 8)], [(5, 4), (7, 5), (9, 6)], [(1, 3), (4, 2), (5, 5)]]


def drawing(figure, *args, **kwargs):
    """Return the axes of a figure drawn as the programs draw them."""
    with mpl.rc_context(STYLE):
        page = Figure(figsize=(9, 6), layout="constrained")
        ax = figure(*args, **kwargs, ax=page.subplots())
    page.draw_without_rendering()
    return ax


# ---- intervals -----------------------------------------------------------------------------------


def test_mean_interval_by_hand():
    """1, 2, 3: mean 2, sd 1, t(.975, 2) = 4.3027; nan does not count."""
    mean, low, high, n = mean_interval(np.array([1, np.nan, 2, 3.0]))
    assert (mean, n) == (2, 3)
    assert high - mean == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert mean - low == pytest.approx(high - mean)
    mean, low, high, n = mean_interval(np.array([[5.0, 5.0], [5.0, np.nan]]))
    assert (low[0], high[0]) == (5, 5)
    assert np.isnan(low[1])
    assert n.tolist() == [2, 1]


def test_the_same_difference_everywhere_needs_enough_worlds():
    """Of n worlds of one sign the sign test says 2 (1/2)^n: 5 are too few at 95 %, 6 are not."""
    for n, sure in ((2, False), (5, False), (6, True)):
        assert told(1.0, 1.0, n, 0.95) == sure
    assert not told(0.0, 0.0, 100, 0.95)
    assert told(0.5, 1.5, 2, 0.95)
    assert not told(np.nan, np.nan, 1, 0.95)


def test_rounding_is_no_difference():
    """0.1 + 0.2 and 0.3 differ by rounding only; 1 and 1.001 differ."""
    assert minus(np.array([0.1 + 0.2, 1.0]), np.array([0.3, 1.001])).tolist() == pytest.approx(
        [0.0, -0.001]
    )
    assert minus(np.array(0.1 + 0.2), np.array(0.3)) == 0


# ---- means ---------------------------------------------------------------------------------------


def test_means_by_hand():
    """Means and paired differences of the known worlds."""
    runs = runs_of(KNOWN, PRICES)
    table = means(runs, ["price"], "sales", B)
    assert table["mean"].tolist() == pytest.approx([6, 5, 10 / 3])
    assert table["price"].tolist() == [10, 20, 30]
    pairs = means(runs, ["price"], "sales", B, A)
    assert pairs["mean"].tolist() == pytest.approx([4, -2, 0])
    half = 4.302653 / 3**0.5
    assert pairs["low"].tolist()[:2] == pytest.approx([4 - half, -2 - half])
    assert pairs["told"].tolist() == [True, False, False]
    assert (pairs["n_worlds"] == 3).all()


def test_what_has_no_value_is_counted_by_reason():
    """A failed, a missing and an undefined run: each leaves its world out and is named."""
    values = [[(1, 4), (None, 6), (3, np.nan), (5, 9)]]
    runs = runs_of(values, PRICES[:1])
    runs = runs[~((runs["replication_id"] == 3) & (runs["strategy"] == B))]
    table = means(runs, ["price"], "sales", B, A)
    assert table.loc[0, "mean"] == 3
    assert table.loc[0, ["n_worlds", "undefined", "failed", "missing"]].tolist() == [1, 1, 1, 1]
    assert means(runs, ["price"], "sales", A).loc[0, "mean"] == 3  # 1, 3, 5


def test_pooling_averages_inside_each_replication():
    """Two settings at each x: a replication counts only where both of them have a value."""
    settings = [{"price": p, "n_days": d} for p, d in itertools.product((10.0, 20.0), (50, 60))]
    values = [[(0, 1), (0, 3)], [(0, 5), (0, 7)], [(0, 2), (0, 2)], [(0, 4), (0, None)]]
    table = means(runs_of(values, settings), ["price"], "sales", B, pool=True)
    assert table["mean"].tolist() == [4, 3]  # (1+5)/2, (3+7)/2; (2+4)/2 and nothing
    assert table["n_worlds"].tolist() == [2, 1]
    assert table["failed"].tolist() == [0, 1]
    assert table["n_settings"].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"outcome": "sails"}, 'unknown outcome "sails"; did you mean "sales"'),
        ({"strategy": "posting"}, '"posting" is not in this sweep; did you mean "posting_only"'),
        ({"strategy": None}, "say which: posting_only, community_building"),
        ({"strategy": A, "against": A}, "is the strategy itself"),
        ({"names": ["prize"]}, '"prize" is not in this sweep; did you mean "price"'),
    ],
)
def test_bad_input_is_one_line(arguments, said):
    """Every wrong word is named, with what is allowed."""
    with pytest.raises(InputError, match=said) as error:
        means(runs_of(KNOWN, PRICES), **{"names": ["price"], "strategy": A, **arguments})
    assert "\n" not in str(error.value)


def test_runs_given_twice_and_no_runs():
    """A run that is there twice would count twice."""
    runs = runs_of(KNOWN, PRICES)
    with pytest.raises(InputError, match="1 runs are there twice"):
        arranged_runs(pd.concat([runs, runs.iloc[[4]]]), ["price"])
    with pytest.raises(InputError, match="no runs"):
        arranged_runs(runs.iloc[:0], ["price"])


# ---- winners -------------------------------------------------------------------------------------


def test_winners_by_hand():
    """B wins setting 0; A leads in 1 but not for sure; nobody leads in 2."""
    table = winners(runs_of(KNOWN, PRICES), ["price"])
    assert table["best"].tolist() == [B, A, A]
    assert table["lead"].tolist() == pytest.approx([4, 2, 0])
    assert table["told"].tolist() == [True, False, False]
    assert table["not_told_from"].tolist() == ["", B, B]
    assert say_winners(table) == (
        f"copies sold, gifts included: {B} is best in 1 of 3 settings; in 2 the best cannot be told"
    )


def test_less_is_better():
    """Of cost per sale the lowest wins, and its lead is above 0."""
    table = winners(runs_of(KNOWN, PRICES, outcome="cost_per_sale"), ["price"], "cost_per_sale")
    assert table["best"].tolist() == [A, B, A]
    assert table["lead"].tolist() == pytest.approx([4, 2, 0])
    assert table["told"].tolist() == [True, False, False]


def test_a_strategy_behind_everywhere_is_named():
    """C is 100 behind in every world, though A and B cannot be told apart."""
    values = [[(10 + r % 2, 10 + (r + 1) % 2, r / 10 - 90) for r in range(6)]] * 3
    table = winners(runs_of(values, PRICES, (A, B, C)), ["price"])
    assert not table["told"].any()
    assert (table["not_told_from"] == B).all()
    assert say_behind(table) == [f"{C} is told to be behind the best in all of 3 settings"]
    assert say_behind(winners(runs_of(KNOWN, PRICES), ["price"])) == []


def test_a_world_that_lacks_one_strategy_is_left_out_for_all():
    """The best of an incomplete world is not known."""
    values = [[(1, 4), (100, None), (2, 6), (3, 8)], [(1, None)] * 4]
    table = winners(runs_of(values, PRICES[:2]), ["price"])
    assert table.loc[0, ["best", "lead", "n_worlds", "failed"]].tolist() == [B, 4, 3, 1]
    assert pd.isna(table.loc[1, "best"])
    assert table.loc[1, "n_worlds"] == 0
    assert not table.loc[1, "told"]
    assert "without a world to compare in: 1" in say_winners(table)


@pytest.mark.parametrize("n_strategies", [2, 5])
@pytest.mark.parametrize("n_worlds", [4, 12])
def test_alike_strategies_are_seldom_told_apart(n_strategies, n_worlds):
    """Where all are alike a winner is told in at most 5 of 100 settings, though it is chosen."""
    rng = analysis_rng(n_strategies * 100 + n_worlds)
    n = 1500
    names = tuple(f"s{k}" for k in range(n_strategies))
    luck = rng.normal(0, 3, (n, n_worlds, 1))  # shared by all in a world
    values = luck + rng.normal(0, 1, (n, n_worlds, n_strategies))
    settings = [{"price": float(i)} for i in range(n)]
    table = winners(runs_of(values, settings, names), ["price"])
    wrong = int(table["told"].sum())
    assert wrong <= 0.05 * n + 4 * (n * 0.05 * 0.95) ** 0.5
    # the negative control: judging the chosen best as if it had been named beforehand
    best = values.mean(axis=1).argmax(axis=1)
    chosen = np.take_along_axis(values, best[:, None, None], axis=2)[:, :, 0]
    other = np.take_along_axis(values, ((best + 1) % n_strategies)[:, None, None], axis=2)[:, :, 0]
    _, low, _, _ = mean_interval(chosen - other)
    if n_strategies == 5:
        assert (low > 0).mean() > 0.08


def test_a_true_winner_is_told():
    """Three units ahead of four others at sd 1 in 12 worlds: told nearly always, and rightly.

    A lead has sd 1.4, its mean .41; half a 98.75 % interval is t(.99375, 11) .41 = 1.2.
    """
    rng = analysis_rng(11)
    values = rng.normal(0, 1, (200, 12, 5))
    values[:, :, 3] += 3
    names = tuple(f"s{k}" for k in range(5))
    table = winners(runs_of(values, [{"price": float(i)} for i in range(200)], names), ["price"])
    assert table["told"].mean() > 0.98
    assert (table.loc[table["told"], "best"] == "s3").all()


# ---- regret --------------------------------------------------------------------------------------


def test_regret_by_hand():
    """Shortfalls of A: 3 4 5, 0 0 0, 2 0 0; of B: 0 0 0, 1 2 3, 0 2 0; a tie is shared."""
    result = regret(runs_of(KNOWN, PRICES), ["price"])
    table = result.overall
    assert table.index.tolist() == [B, A]
    assert table["mean_regret"].tolist() == pytest.approx([8 / 9, 14 / 9])
    assert table["worst_regret"].tolist() == [3, 5]
    assert table[["worst_setting", "worst_replication"]].to_numpy().tolist() == [[1, 2], [0, 2]]
    assert table["share_best"].tolist() == pytest.approx([4.5 / 9, 4.5 / 9])
    assert result.n_worlds == 9
    rows = result.settings.set_index(["setting_id", "strategy"])
    assert rows["mean_regret"].tolist() == pytest.approx([4, 0, 0, 2, 2 / 3, 2 / 3])
    assert rows["share_best"].tolist() == pytest.approx([0, 1, 1, 0, 0.5, 0.5])
    # replications have means of A: 5/3, 4/3, 5/3 over the settings; the interval is of these
    _, _, high, _ = mean_interval(np.array([5, 4, 5]) / 3)
    assert table.loc[A, "high"] == pytest.approx(high)
    said = f"{B} regrets least: on average 0.9 copies below the best strategy of each world"
    assert say_regret(result).startswith(said)


def test_regret_where_less_is_better():
    """The shortfall is then to the least."""
    result = regret(runs_of(KNOWN, PRICES, outcome="cost"), ["price"], "cost")
    assert result.overall.loc[A, "mean_regret"] == pytest.approx((1 + 2 + 3 + 2) / 9)
    assert result.overall.loc[B, "mean_regret"] == pytest.approx((3 + 4 + 5 + 2) / 9)
    assert "above the best" in say_regret(result)


def test_regret_of_one_choice_and_of_incomplete_worlds():
    """A strategy that is best everywhere regrets nothing; incomplete worlds are counted."""
    values = [[(1, 2), (1, 3), (9, None)], [(0, 5), (1, 5), (2, 5)]]
    result = regret(runs_of(values, PRICES[:2]), ["price"])
    assert result.overall.loc[B, ["mean_regret", "low", "high", "share_best"]].tolist() == [
        0, 0, 0, 1
    ]  # fmt: skip
    assert result.overall.loc[A, "mean_regret"] == pytest.approx((1 + 2 + 5 + 4 + 3) / 5)
    assert (result.n_worlds, result.left_out["failed"]) == (5, 1)
    with pytest.raises(InputError, match="no world has a value of sales under every strategy"):
        regret(runs_of([[(1, None), (None, 2)]], PRICES[:1]), ["price"])
    with pytest.raises(InputError, match="at least two strategies"):
        regret(runs_of([[(1,), (2,)]], PRICES[:1], (A,)), ["price"])


def test_shares_of_the_best_agree_with_those_of_comparisons():
    """The share of worlds best is that of `statistics.share_best`, ties included."""
    values = analysis_rng(5).integers(0, 4, (1, 60, 3))
    result = regret(runs_of(values, PRICES[:1], (A, B, C)), ["price"])
    wanted = share_best(pd.DataFrame(values[0], columns=[A, B, C]), MORE)
    assert result.overall["share_best"].to_dict() == pytest.approx(wanted.to_dict())


# ---- axes ----------------------------------------------------------------------------------------


def test_axes_are_found():
    """Factors make a logarithmic axis; true and false and texts are names, in order."""
    assert spread_by_factors([0.005, 0.01, 0.02, 0.04])
    assert not spread_by_factors([1, 2, 3, 4, 5])
    assert not spread_by_factors([0, 1, 10, 100])  # 0 has no logarithm
    table = pd.DataFrame({
        "p_follow": [0.01, 0.1, 1.0], "ask_reviews": [True, False, True], "graph": ["b", "a", "b"],
        "price": [1.0, 1.0, 1.0],
    })  # fmt: skip
    assert axis_of(table, "p_follow").log
    axis = axis_of(table, "ask_reviews")
    assert (axis.numeric, axis.texts()) == (False, ["false", "true"])
    assert axis.at(table["ask_reviews"]).tolist() == [1, 0, 1]
    assert axis_of(table, "graph").texts() == ["a", "b"]
    with pytest.raises(InputError, match="price has one value only"):
        axis_of(table, "price")
    assert [value_text(v) for v in (0.0033, 2000, True, "x" * 30)] == [
        "0.0033", "2,000", "true", "x" * 13 + "…"
    ]  # fmt: skip


def test_grids_are_told_from_scattered_settings():
    """All combinations are cells; a Latin square of as many values is not."""
    grid = pd.DataFrame(itertools.product((1.0, 2, 3), (4.0, 5)), columns=["price", "n_days"])
    x, y = axis_of(grid, "price"), axis_of(grid, "n_days")
    assert in_cells(grid, x, y)
    assert is_grid(grid, ["price", "n_days"])
    scattered = pd.DataFrame({"price": np.arange(6.0), "n_days": np.arange(6.0)[::-1]})
    x, y = axis_of(scattered, "price"), axis_of(scattered, "n_days")
    assert not in_cells(scattered, x, y)
    assert not is_grid(scattered, ["price", "n_days"])


# ---- figures -------------------------------------------------------------------------------------

CELLS = [{"price": p, "ask_reviews": a} for p, a in itertools.product((10.0, 20.0), (False, True))]
IN_CELLS = [KNOWN[0], KNOWN[1], KNOWN[2], [(2, 0), (4, 1), (5, 1)]]


def texts(ax):
    """Return what is written inside the axes."""
    return [text.get_text() for text in ax.texts]


def test_heat_map_in_cells_shows_exact_numbers():
    """Every cell carries its mean; the headline names the lowest and the highest."""
    ax = drawing(heat_map, runs_of(IN_CELLS, CELLS), "price", "ask_reviews", "sales", B)
    assert texts(ax) == ["6.00", "5.00", "3.33", "0.67"]
    assert "from 0.67 (price 20, ask_reviews true) to 6.00" in ax.get_title(loc="left").replace(
        "\n", " "
    )
    assert [t.get_text() for t in ax.get_yticklabels()] == ["false", "true"]
    assert "mean of 3 worlds a cell" in ax.get_xlabel()


def test_difference_map_is_white_at_zero_and_hatches_what_cannot_be_told():
    """Setting 2 has no difference on average, and its cell is white; three cells are hatched."""
    ax = drawing(heat_map, runs_of(IN_CELLS, CELLS), "price", "ask_reviews", "sales", B, A)
    image = np.asarray(ax.images[0].get_array())
    assert image[0, 1, :3] == pytest.approx([1, 1, 1], abs=0.04)  # price 20, false: mean 0
    assert image[0, 0, 2] > image[0, 0, 0]  # above 0: blue
    assert image[1, 0, 2] < image[1, 0, 0]  # below 0: red
    table = means(runs_of(IN_CELLS, CELLS), ["price", "ask_reviews"], "sales", B, A)
    assert len(ax.patches) == (~table["told"]).sum() > 0
    title = ax.get_title(loc="left").replace("\n", " ")
    assert f"{B} above {A} in 1 of 4 cells, below in 1, not told in 2" in title


def test_who_wins_has_the_colour_of_the_winner():
    """Cells told have the winner's colour and lead, the others are grey and carry none."""
    ax = drawing(who_wins, runs_of(IN_CELLS, CELLS), "price", "ask_reviews")
    image, styles = np.asarray(ax.images[0].get_array()), looks([A, B])
    assert image[0, 0, :3] == pytest.approx(mpl.colors.to_rgb(styles[B].colour))
    assert image[1, 1, :3] == pytest.approx(mpl.colors.to_rgb(styles[A].colour))
    assert image[1, 0, :3] == pytest.approx(mpl.colors.to_rgb("#D9D9D9"))
    assert texts(ax) == ["+4.00", "", "", "+3.00"]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [A, B, "cannot be told"]
    assert "is best in 1 of 4 cells" in ax.get_title(loc="left").replace("\n", " ")


def test_scattered_settings_are_dots_and_nothing_between():
    """As many dots as settings, where they are; no image, and no cell, is made up."""
    settings = [{"price": 10.0 + i, "n_days": 50 + 7 * (i * 5 % 12)} for i in range(12)]
    values = [[(i, i + 1 + r) for r in range(3)] for i in range(12)]
    runs = runs_of(values, settings)
    for ax in (
        drawing(heat_map, runs, "price", "n_days", "sales", B),
        drawing(who_wins, runs, "price", "n_days"),
    ):
        assert not ax.images
        dots = np.vstack([np.asarray(c.get_offsets()) for c in ax.collections])
        wanted = {(s["price"], s["n_days"]) for s in settings}
        assert {tuple(dot) for dot in dots.tolist()} == wanted
        assert len(dots) == 12


def test_failed_runs_are_said_on_the_figure_and_have_no_colour():
    """A cell without any value is white with a cross; the note counts the worlds."""
    values = [*IN_CELLS[:3], [(2, None), (4, None), (5, None)]]
    ax = drawing(heat_map, runs_of(values, CELLS), "price", "ask_reviews", "sales", B)
    assert np.asarray(ax.images[0].get_array())[1, 1].tolist() == [1, 1, 1, 1]
    crosses = [line for line in ax.lines if line.get_marker() == "x"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in crosses] == [(1, 1)]
    assert "3 worlds left out: 3 failed" in ax.get_xlabel().replace("\n", " ")
    ax = drawing(slices, runs_of(values, CELLS), "price")
    assert "left out: 3 failed" in ax.get_xlabel().replace("\n", " ")


def test_slices_of_a_grid_pool_inside_replications():
    """price 10: (4+4)/2, (6+5)/2, (8+6)/2 under B."""
    table = slice_table(runs_of(IN_CELLS, CELLS), "price").set_index(["strategy", "first"])
    assert table.loc[(B, 10.0), ["mean", "n", "n_settings"]].tolist() == [5.5, 3, 2]
    mean, low, high, _ = mean_interval(np.array([4, 5.5, 7]))
    assert table.loc[(B, 10.0), ["mean", "low", "high"]].tolist() == pytest.approx(
        [mean, low, high]
    )


def test_slices_of_scattered_settings_are_bins_of_as_many():
    """Along a straight line the bins lie on it, and every setting is in one bin."""
    n = 90
    settings = [{"price": float(i), "n_days": 50 + i * 31 % n} for i in range(n)]
    values = [[(2.0 * i, 0.0)] for i in range(n)]
    table = slice_table(runs_of(values, settings), "price", strategies=[A])
    assert table["n_settings"].tolist() == [15] * 6
    assert table["mean"].tolist() == pytest.approx((2 * table["x"]).tolist())
    assert (table["low"] < table["mean"]).all()
    ax = drawing(slices, runs_of(values, settings), "price")
    assert "goes" not in ax.get_title(loc="left")  # two strategies: one changes most
    assert f"{A} changes most, from 14 to 164" in ax.get_title(loc="left").replace("\n", " ")


def test_a_single_world_has_no_interval_and_no_winner():
    """One replication: means, but nothing is told."""
    values = [[line[0]] for line in IN_CELLS]
    runs = runs_of(values, CELLS)
    assert not winners(runs, ["price", "ask_reviews"])["told"].any()
    ax = drawing(who_wins, runs, "price", "ask_reviews")
    assert "in none of 4 cells can the best" in ax.get_title(loc="left")
    assert "no interval can be given" in drawing(slices, runs, "price").get_xlabel()


def test_regret_bars_say_what_the_table_says():
    """One bar a strategy, as long as its mean regret."""
    result = regret(runs_of(KNOWN, PRICES), ["price"])
    ax = drawing(regret_bars, result)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([8 / 9, 14 / 9])
    assert [t.get_text() for t in ax.get_yticklabels()] == [B, A]


# ---- a real little sweep -------------------------------------------------------------------------


@cache
def little_sweep():
    """Return 3 x 3 settings of `classroom` under 2 strategies in 4 worlds, as runs."""
    base, rows = Scenario.load("classroom"), []
    for i, (price, chance) in enumerate(itertools.product((10.0, 20, 40), (0.005, 0.02, 0.08))):
        world = base.replace(price=price, p_follow=chance)
        for name, r in itertools.product((A, B), range(4)):
            summary = simulate(world, name, seed=5, replication=r).summary
            rows.append({"setting_id": i, "strategy": name, "replication_id": r, "price": price,
                         "p_follow": chance, "status": "SUCCEEDED", "error": None,
                         "traceback": None, **summary})  # fmt: skip
    runs = pd.DataFrame(rows)
    runs["strategy"] = pd.Categorical(runs["strategy"], [A, B])
    return runs


def test_a_real_sweep():
    """The tables agree with the plain mean over the runs; a dearer book sells less."""
    runs = little_sweep()
    assert varied(runs) == ["price", "p_follow"]
    table = means(runs, ["price", "p_follow"], "sales", B, A)
    plain = runs.groupby(["setting_id", "strategy"], observed=True)["sales"].mean().unstack()
    assert table["mean"].to_numpy() == pytest.approx((plain[B] - plain[A]).to_numpy())
    means_b = slice_table(runs, "price", strategies=[B])["mean"].to_numpy()
    assert means_b[0] > means_b[1] > means_b[2]
    result = regret(runs, ["price", "p_follow"])
    assert result.n_worlds == 36
    mean = runs.groupby("strategy", observed=True)["sales"].mean()
    gap = result.overall["mean_regret"]
    assert gap[A] - gap[B] == pytest.approx(mean[B] - mean[A])


def test_an_overview_draws_and_writes_everything(tmp_path):
    """Every picture has a headline, and all files are there, or none."""
    found = overview(little_sweep(), ["price", "p_follow"])
    names = [picture.name for picture in found.pictures]
    assert names == [
        "who_wins", f"difference_{B}", f"map_{A}", "regret", "slices_price", "slices_p_follow"
    ]  # fmt: skip
    for picture in found.pictures[:1]:
        assert drawn(picture).axes[0].get_title(loc="left")
    files = save(found, tmp_path / "maps")
    assert {file.name for file in files} == {
        *(f"{name}.png" for name in names),
        "means.csv", "winners.csv", "regret.csv", "regret_by_setting.csv",
    }  # fmt: skip
    table = pd.read_csv(tmp_path / "maps" / "winners.csv")
    assert table["setting_id"].tolist() == list(range(9))


def test_an_overview_takes_its_axes_from_what_varied():
    """x and y are checked; with one thing varied there is no map but a slice."""
    runs = little_sweep()
    found = overview(runs, ["price", "p_follow"], x="p_follow")
    assert (found.x, found.y) == ("p_follow", "price")
    with pytest.raises(InputError, match=r'x: "prize" did not vary.*did you mean "price"'):
        overview(runs, ["price", "p_follow"], x="prize")
    with pytest.raises(InputError, match="x and y are both price"):
        overview(runs, ["price", "p_follow"], x="price", y="price")
    alone = overview(runs_of(KNOWN, PRICES), ["price"])
    assert [picture.name for picture in alone.pictures] == ["regret", "slices_price"]
