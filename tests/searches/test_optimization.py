"""The best split of effort: known optima are found, luck is not, what is reported can be run."""

from __future__ import annotations

import json
import sys
import zlib

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulation.commands.optimize import optimize as command
from simulation.core.outcomes import SUMMARY
from simulation.core.randomness import analysis_rng
from simulation.engine.plan import plan
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Phase, Strategy
from simulation.inputs.toml_text import strategy_toml
from simulation.runs.run import simulate
from simulation.searches import optimization
from simulation.searches import optimization_output as optimization_figure
from simulation.searches.optimization import OptimizeRequest, TrialWorlds, optimize, seek
from simulation.searches.optimization_found import BEST, front_of
from simulation.searches.optimization_splits import (
    Splits,
    broken_stick,
    dominates,
    evenly,
    search,
    stick_units,
    whole_per_cent,
)
from simulation.tools.errors import InputError
from simulation.tools.files import save

mpl.use("Agg")
import matplotlib.pyplot as plt

WORLD = Scenario.load("classroom")
FOUR = ("posting", "replying", "content", "hosting")
NAMED = tuple(STRATEGIES[name] for name in ("posting_only", "audience_building"))
BY_NAME = {scalar.name: scalar for scalar in SUMMARY}
QUICK = {"budget": 10, "replications": 3, "fresh": 6, "seed": 5, "activities": FOUR, "phases": 2}


def shares_on(strategy, day=0):
    """Return the shares of FOUR on a day."""
    now = [phase for phase in strategy.phases if phase.from_day <= day][-1]
    return np.array([getattr(now, activity) for activity in FOUR])


def noise(strategy, replication, seed):
    """Return luck of its own for every split in every world."""
    text = f"{strategy.phases} {replication} {seed}".encode()
    return float(analysis_rng(zlib.crc32(text)).normal())


def landscape(truth, sd=0.0, seed=0):
    """Return a `live` whose mean is `truth(strategy)`, and the replications it was asked for."""
    asked = []

    def live(strategies, replications):
        asked.append(replications)
        values = [
            [np.atleast_1d(truth(s)) + (sd * noise(s, r, seed) if sd else 0) for r in replications]
            for s in strategies
        ]
        return np.array(values)

    return live, asked


def sought(live, seed=0, *, splits=None, named=NAMED, outcomes=("sales",), **changes):
    """Call `seek` with small numbers."""
    sizes = {"budget": 40, "replications": 5, "fresh": 20} | changes
    return seek(
        live, splits or Splits(FOUR), named, outcomes=[BY_NAME[o] for o in outcomes],
        scenario=WORLD, seed=seed, **sizes,
    )  # fmt: skip


# ---- splits as points of a box -----------------------------------------------------------------

units_lists = st.lists(st.floats(0, 1), min_size=1, max_size=6)


@given(units_lists)
@settings(max_examples=200, deadline=None)
def test_shares_sum_to_one_and_are_made_from_their_own_numbers(units):
    """A stick broken anywhere is whole, and its pieces say where it was broken."""
    shares = broken_stick(units)
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(broken_stick(stick_units(shares)), shares, atol=1e-9)


@given(units_lists)
@settings(max_examples=200, deadline=None)
def test_whole_per_cent_sum_to_a_hundred(units):
    """No share is moved by a per cent or more."""
    shares = broken_stick(units)
    cents = whole_per_cent(shares)
    assert sum(cents) == 100
    assert np.abs(np.array(cents) - 100 * shares).max() < 1 + 1e-6


def test_even_numbers_give_splits_spread_evenly():
    """Each share of k is then Beta(1, k - 1); normalised uniforms, the usual mistake, are not."""
    rng, k = analysis_rng(1), 5
    pieces = np.array([broken_stick(row) for row in rng.random((4000, k - 1))])
    law = stats.beta(1, k - 1).cdf
    for i in range(k):
        assert stats.kstest(pieces[:, i], law).pvalue > 1e-5
    wrong = rng.random((4000, k))
    wrong /= wrong.sum(axis=1, keepdims=True)
    assert stats.kstest(wrong[:, 0], law).pvalue < 1e-5


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_first_guesses_are_the_named_splits(strategy):
    """Where all its activities are searched; nobody's effort is no split."""
    for splits in (
        Splits(ACTIVITIES),
        Splits(ACTIVITIES, 3, (30, 90)),
        Splits(ACTIVITIES, 2, None),
    ):
        units = splits.units(strategy)
        if strategy.name == "do_nothing":
            assert units is None
            continue
        assert set(units) == set(splits.names)
        guess = splits.strategy(units)
        assert len(guess.phases) == 1  # the same split throughout is one phase
        wanted = {a: getattr(strategy.phases[0], a) for a in ACTIVITIES}
        assert {a: getattr(guess.phases[0], a) for a in ACTIVITIES} == wanted
    left_out = Splits(("posting", "replying"))
    assert (left_out.units(strategy) is None) == (strategy.name != "posting_only")


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.integers(4, 8))
@settings(max_examples=200, deadline=None)
def test_days_that_are_searched_come_in_order_and_inside_the_horizon(days, n_days):
    """Whatever the free numbers, even where the horizon has hardly room for the phases."""
    splits = Splits(("posting", "content"), 4, None, n_days)
    units = {f"posting_{p}": p % 2 for p in range(1, 5)}
    units |= {f"from_day_{p}": day for p, day in zip((2, 3, 4), days, strict=True)}
    found = [phase.from_day for phase in splits.strategy(units).phases]
    assert found == sorted(set(found))
    assert len(found) == 4
    assert found[0] == 0
    assert found[-1] < n_days


def test_every_day_can_be_found():
    """From the first to the last of the horizon."""
    splits = Splits(("posting", "content"), 2, None, 5)
    base = {"posting_1": 0.0, "posting_2": 1.0}
    days = [splits.strategy(base | {"from_day_2": u}).phases[1].from_day for u in (0, 0.3, 0.6, 1)]
    assert days == [1, 2, 3, 4]


@pytest.mark.parametrize("strategy", [
    *STRATEGIES.values(),
    Strategy(name="two", description='said "so"\n\\ é ü', announce=("ad",), ask_reviews=False,
             phases=(Phase(posting=0.07, content=0.93), Phase(from_day=9, hosting=1.0))),
], ids=lambda s: s.name)  # fmt: skip
def test_a_strategy_written_is_the_strategy_read(strategy, tmp_path):
    """strategy.toml gives back what was written, whatever it is called."""
    path = tmp_path / "s.toml"
    path.write_text(strategy_toml(strategy), "utf-8")
    assert Strategy.load(path) == strategy


# ---- the search, on landscapes whose truth is known --------------------------------------------


def test_a_known_optimum_is_found():
    """Concave with its top at a known split: found within five points, better than by drawing."""
    better = []
    for seed in range(6):
        top = broken_stick(analysis_rng(100 + seed).random(3))

        def truth(strategy, top=top):
            return -(np.abs(shares_on(strategy) - top) ** 2).sum()

        live, _ = landscape(truth, sd=0.002, seed=seed)
        result = sought(live, seed, budget=160)
        assert np.abs(shares_on(result.best) - top).max() < 0.05
        drawn = [broken_stick(row) for row in analysis_rng(seed).random((160, 3))]
        better.append(truth(result.best) > max(-((s - top) ** 2).sum() for s in drawn))
    assert np.mean(better) > 0.5


def test_phases_and_their_day_are_found():
    """Content first, posting from day 80 on: the landscape says so, the search finds it."""
    splits = Splits(("posting", "content"), 2, None, 120)

    def truth(strategy):
        content = np.array([shares_on(strategy, day)[2] for day in range(0, 120, 5)])
        return -np.abs(content - (np.arange(0, 120, 5) < 80)).mean()

    for seed in range(3):
        result = sought(landscape(truth)[0], seed, splits=splits, budget=150)
        early, late = (shares_on(result.best, day)[2] for day in (20, 110))
        assert early > 0.8
        assert late < 0.2
        assert abs(result.best.phases[-1].from_day - 80) <= 15


def test_less_is_sought_where_less_is_better():
    """Cost per sale: the cheap end is found, and called better."""
    live, _ = landscape(lambda s: 10 + 5 * shares_on(s)[0], sd=0.1)
    result = sought(live, outcomes=["cost_per_sale"], budget=60)
    assert shares_on(result.best)[0] < 0.1
    assert result.baseline == "audience_building"  # 0.3 of posting against 0.8
    assert result.verdict == "better"
    assert result.table.loc[BEST, "difference"] < 0
    assert "below audience_building" in result.sentence
    assert (result.trace["best_so_far"].diff().dropna() <= 0).all()


def test_the_winners_curse_is_removed():
    """All splits are equal, and all luck is their own: the search is fooled, the report is not.

    The truth is a difference of 0. The best of the search is above it far beyond its error; in the
    worlds of the report it is not, nor is a better split announced more often than chance has it.
    """
    seen, fresh, said, n = [], [], [], 80
    for seed in range(n):
        live, _ = landscape(lambda s: 100.0, sd=10.0, seed=seed)
        result = sought(live, seed, budget=24, fresh=100)
        base = len(result.finalists) + result.rival
        for values, means in ((result.searched, seen), (result.reported, fresh)):
            means.append((values[result.winner] - values[base]).mean())
        said.append(result.verdict)
    error = np.std(fresh, ddof=1) / np.sqrt(n)
    assert np.mean(seen) > 6 * error
    assert abs(np.mean(fresh)) < 4 * error
    # 2.5 % of 80 are 2; 10 or more come by chance once in 100,000
    assert said.count("better") < 10
    assert said.count("worse") < 10


def test_the_worlds_of_search_choice_and_report_are_different():
    """Nothing that is reported was looked at before."""
    live, asked = landscape(lambda s: 1.0, sd=1.0)
    result = sought(live, replications=5, fresh=20)
    assert set(asked) == {range(0, 5), range(5, 25), range(25, 45)}
    assert asked[-1] == result.worlds["report"]
    assert asked.count(range(25, 45)) == 1


def test_a_better_split_is_told_and_measured():
    """Where the top is 20 above the named ones, the interval has the truth and luck is told."""

    def truth(strategy):
        return 100 + 50 * shares_on(strategy)[3]

    covered = []
    for seed in range(12):
        result = sought(landscape(truth, sd=5.0, seed=seed)[0], seed)
        row = result.table.loc[BEST]
        assert result.verdict == "better"
        assert result.sentence.startswith(f"a better split was found: {BEST} sold ")
        covered.append(row["low"] <= truth(result.best) - 100 <= row["high"])
        assert row["optimism"] == pytest.approx(row["search_difference"] - row["difference"])
    assert sum(covered) >= 8  # 95 % of 12 are 11.4; fewer than 8 once in 5,000


def test_no_better_split_is_said_to_be_none():
    """Equal splits: no difference at all. A named one at the top: the others are worse."""
    result = sought(landscape(lambda s: 1.0)[0])
    assert result.verdict == "cannot be told"
    assert result.sentence.startswith("no split was found that can be told from ")
    assert "no difference at all" in result.sentence
    top = shares_on(NAMED[1])
    result = sought(landscape(lambda s: -np.abs(shares_on(s) - top).sum())[0])
    assert result.verdict == "worse"
    assert result.sentence.startswith("no split was found that does as well as audience_building")
    assert not any((shares_on(s) == top).all() for s in result.finalists)


def test_offers_of_a_named_strategy_are_said():
    """They are no part of a split: who is compared with them should know."""
    named = (STRATEGIES["deal_driven"], NAMED[0])
    for best in (0, 1):
        live, _ = landscape(lambda s, best=best: float(s.name == named[best].name))
        said = sought(live, named=named, splits=Splits(ACTIVITIES)).sentence
        assert ("deal_driven also makes offers (30 % off), splits do not" in said) == (best == 0)


def test_the_same_split_lives_once():
    """Two activities in whole per cent are 101 splits: many proposals, never one twice."""
    lived = []

    def live(strategies, replications):
        lived.extend((s.phases, replications) for s in strategies)
        return np.array([[[shares_on(s)[0]]] * len(replications) for s in strategies])

    pair = Splits(("posting", "content"))
    found = search(live, pair, directions=[1], budget=150, replications=range(2), starts=(), seed=1)
    assert len(lived) == len(set(lived)) == len(found.strategies) <= 101
    assert found.values.shape == (len(lived), 2, 1)


def test_an_outcome_without_values_is_said():
    """nan everywhere: one line. nan in some splits: these are never the best."""
    with pytest.raises(InputError, match="mean_stars has a value in every world under no new"):
        sought(landscape(lambda s: np.nan)[0], outcomes=["mean_stars"])
    live, _ = landscape(lambda s: np.nan if shares_on(s)[0] > 0.3 else shares_on(s)[0])
    result = sought(live)
    assert 0.2 < shares_on(result.best)[0] <= 0.3
    assert all(shares_on(s)[0] <= 0.3 for s in result.finalists)


# ---- the front of two outcomes -----------------------------------------------------------------


def test_who_dominates_whom():
    """As good in all and better in some; equals and trade-offs do not, nan never does."""
    table = dominates([[2, 2], [1, 2], [2, 2], [3, 0], [np.nan, 9]])
    expected = np.zeros((5, 5), bool)
    expected[0, 1] = expected[2, 1] = True
    np.testing.assert_array_equal(table, expected)


def test_the_front_knows_luck_from_difference():
    """Far apart: told. Two points that differ by less than luck: on the front or not, not told."""
    rng = analysis_rng(3)
    luck = rng.normal(size=(5, 60, 2))
    means = np.array([[0.0, 40], [40, 0], [20, 20], [20, 20.01], [-20, -20]])
    on_front, sure = front_of(means[:, None] + luck, 0.95)
    assert on_front[[0, 1]].all()
    assert not on_front[4]
    assert sure.tolist() == [True, True, False, False, True]
    exact = np.broadcast_to(means[:, None], (5, 60, 2))  # no luck at all: everything is told
    on_front, sure = front_of(exact, 0.95)
    assert on_front.tolist() == [True, True, False, True, False]
    assert sure.all()


def test_what_is_told_pays_for_how_often_it_was_asked():
    """One of two outcomes is enough on the front; one of three rivals is enough beside it."""
    wave = np.tile([-1.0, 1.0], 8)
    error = wave.std(ddof=1) / 4  # of a mean over 16 worlds
    for times, told in ((0.99, False), (1.01, True)):
        on = np.zeros((2, 16, 2))  # a trade-off; the second outcome is beyond doubt
        on[0, :, 0] = times * stats.t.ppf(1 - 0.05 / 4, 15) * error + wave
        on[1, :, 1] = 100
        assert front_of(on, 0.95)[1].tolist() == [told, True]
        beside = np.zeros((4, 16, 2))  # three rivals, all the same
        beside[:3] = (times * stats.t.ppf(1 - 0.05 / 6, 15) * error + wave)[:, None]
        on_front, sure = front_of(beside, 0.95)
        assert on_front.tolist() == [True, True, True, False]
        assert sure[3] == told


def test_the_front_of_a_known_trade_off_is_found():
    """Hosting for one outcome, posting for the other: the front mixes these and nothing else."""
    live, _ = landscape(lambda s: shares_on(s)[[0, 3]] * 100, sd=0.5)
    result = sought(live, outcomes=["sales", "n_member"], budget=80)
    front = result.front[result.front["on_front"]]
    assert front["n_member"].is_monotonic_increasing  # while sales fall: they are sorted by them
    assert (front[["sales", "n_member"]].sum(axis=1) > 75).all()
    assert not front.loc[front["kind"] == "found", "sales"].empty
    assert "strategies are on the front of sales and n_member" in result.sentence
    assert sought(landscape(lambda s: 1.0)[0]).front is None


def test_places_are_spread_evenly():
    """All where there are few; the ends and what lies evenly between where there are many."""
    assert evenly(3, 5) == [0, 1, 2]
    assert evenly(101, 5) == [0, 25, 50, 75, 100]


# ---- with the simulation -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny():
    """A search with a front in the classroom, far too short to be believed."""
    return optimize(WORLD, against="members", jobs=1, **QUICK)


def test_what_is_reported_are_runs_of_these_strategies(tiny, tmp_path):
    """Outcome, members and mean of best and named strategies are those of `simulate`, as written.

    At the same effort, over the activities asked for, in worlds that the search did not see.
    """
    save(tiny, tmp_path)
    written = Strategy.load(tmp_path / "strategy.toml")
    assert written == tiny.best
    worlds = tiny.worlds["report"]
    assert (worlds.start, worlds.stop) == (9, 15)
    for strategy in (written, *tiny.named):
        runs = [simulate(WORLD, strategy, seed=5, replication=r).summary for r in worlds]
        i = [s.name for s in tiny.strategies].index(strategy.name)
        for k, outcome in enumerate(("sales", "n_member")):
            assert tiny.reported[i, :, k].tolist() == [run[outcome] for run in runs]
        mean = np.mean([run["sales"] for run in runs])
        assert tiny.table.loc[strategy.name, "mean"] == pytest.approx(mean)
    hours = {round(plan(WORLD, s).hours.sum(), 6) for s in tiny.strategies}
    assert len(hours) == 1
    for strategy in tiny.finalists:
        assert all(p.advertising == 0 and p.supporting == 0 for p in strategy.phases)
        assert [p.from_day for p in strategy.phases] in ([0], [0, 30])  # 30 days before launch


def test_the_table_is_arithmetic_of_the_runs(tiny):
    """Differences are paired, to the named strategy chosen in other worlds; all rows are there."""
    table = tiny.table
    assert table.index[0] == BEST
    assert table.index.is_unique
    assert set(table.index[table["kind"] == "named"]) == {
        "posting_only", "community_building", "audience_building"
    }  # fmt: skip
    base = tiny.reported[len(tiny.finalists) + tiny.rival, :, 0]
    differences = tiny.reported[tiny.winner, :, 0] - base
    row = table.loc[BEST]
    assert row["difference"] == pytest.approx(differences.mean())
    assert row["low"] <= row["difference"] <= row["high"]
    assert row["share_better"] == (differences > 0).mean()
    assert np.isnan(table.loc[tiny.baseline, "difference"])
    for p in (1, 2):
        shares = table[[f"{a}_{p}" for a in ACTIVITIES]].dropna().sum(axis=1)
        assert (shares - 1).abs().max() < 1e-9
    assert len(tiny.trace) == len(tiny.found.strategies) <= QUICK["budget"]
    assert tiny.trace["best_so_far"].is_monotonic_increasing


def test_the_answer_does_not_depend_on_who_works(tiny, monkeypatch):
    """Two threads, or no memory to keep people in: every number is the same."""
    monkeypatch.setattr(optimization, "MEMORY", 0)
    again = optimize(WORLD, against="members", jobs=2, **QUICK)
    pd.testing.assert_frame_equal(tiny.table, again.table)
    pd.testing.assert_frame_equal(tiny.front, again.front)
    assert tiny.to_dict() == again.to_dict()
    other = optimize(WORLD, against="members", jobs=1, **QUICK | {"seed": 6})
    assert other.table.loc[BEST, "mean"] != tiny.table.loc[BEST, "mean"]


def test_people_of_the_search_are_made_once(monkeypatch):
    """Those of the search, which come again and again; never more than memory permits."""
    made = []
    real = optimization.prepare

    def counted(*args, **kwargs):
        made.append(kwargs["replication"])
        return real(*args, **kwargs)

    monkeypatch.setattr(optimization, "prepare", counted)
    live = TrialWorlds(WORLD, 1, ("sales",), jobs=1, kept_below=3)
    for replications in (range(3), range(3), range(3, 5), range(3, 5)):
        live(NAMED, replications)
    assert made == [0, 1, 2, 3, 4, 3, 4]
    monkeypatch.setattr(optimization, "MEMORY", 2 * 2000 * optimization.BYTES_A_PERSON)
    live = TrialWorlds(WORLD, 1, ("sales",), jobs=1, kept_below=3)
    live(NAMED, range(3))
    assert sorted(live.kept) == [0, 1]


def test_a_run_that_fails_is_named(monkeypatch):
    """Replication, strategy and its split."""

    def broken(world, strategy, **_):
        raise ZeroDivisionError("x")

    monkeypatch.setattr("simulation.runs.worlds.run_prepared", broken)
    with pytest.raises(RuntimeError, match=r"replication 0, posting .+, strategy .+ZeroDivision"):
        optimize(WORLD, jobs=1, **QUICK)


def test_supporting_is_searched_only_where_something_can_go_wrong():
    """Effort nobody needs is no lever."""
    asked = OptimizeRequest(WORLD)
    assert "supporting" not in asked.splits.activities
    assert "service_first" not in {s.name for s in asked.named}
    assert [o.name for o in asked.outcomes] == ["sales"]
    asked = OptimizeRequest(WORLD.replace(can_go_wrong=True), against="members")
    assert asked.splits.activities == ACTIVITIES
    assert "service_first" in {s.name for s in asked.named}


@pytest.mark.parametrize(("wrong", "said"), [
    ({"outcome": "sale"}, 'unknown outcome "sale"; did you mean "sales"'),
    ({"outcome": "cost"}, "cost is the same under every split of the same effort"),
    ({"against": "member"}, 'unknown outcome "member"'),
    ({"against": "sales"}, "is the outcome itself"),
    ({"activities": ["postin", "content"]}, 'unknown activity "postin"; did you mean "posting"'),
    ({"activities": ["content"]}, "at least two different ones"),
    ({"activities": ["content", "content"]}, "at least two different ones"),
    ({"phases": 0}, "phases = 0 is not allowed"),
    ({"phases": 4}, "say when 4 phases begin"),
    ({"phases": 2, "switch_days": [120]}, "day = 120 is not allowed: a whole number from 1 to 119"),
    ({"phases": 3, "switch_days": [50, 20]}, "3 phases need 2 later and later days"),
    ({"phases": 2, "switch_days": "seek"}, 'days, or "search"'),
    ({"budget": 1}, "budget = 1 is not allowed"),
    ({"fresh": 1}, "fresh = 1 is not allowed"),
    ({"replications": 1}, "replications = 1 is not allowed"),
    ({"confidence": 95}, "confidence = 95 is not allowed"),
    ({"start": ["do_nothing"]}, "do_nothing spends no effort"),
    ({"start": ["posting_onli"]}, 'did you mean "posting_only"'),
    ({"start": []}, "no strategy given"),
    ({"seed": -1}, "seed = -1 is not allowed"),
    ({"jobs": 0}, "jobs = 0 is not allowed"),
])  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_simulated(wrong, said, monkeypatch):
    """One line, that names what and what is allowed."""
    monkeypatch.setattr(optimization, "prepare", None)
    with pytest.raises(InputError) as raised:
        optimize(WORLD, **wrong)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_without_optuna_it_says_what_to_install(monkeypatch):
    """And leaves optuna's logging as it was, where it is there."""
    optuna = pytest.importorskip("optuna")
    before = optuna.logging.get_verbosity()
    sought(landscape(lambda s: 1.0)[0], budget=4)
    assert optuna.logging.get_verbosity() == before
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match=r"optimize needs optuna: pip install .+calibrate"):
        optimize(WORLD)


# ---- figures, files, command ---------------------------------------------------------------------


def test_the_figure_of_splits_shows_shares_and_outcomes(tiny):
    """Bars sum to 100 per cent, points stand at the means, the title says the verdict."""
    figure = optimization_figure.split(tiny)
    left, right = figure.axes
    bars = [patch for patch in left.patches if patch.get_width() > 0]
    for y in {round(bar.get_y() + bar.get_height() / 2) for bar in bars}:
        here = [bar.get_width() for bar in bars if round(bar.get_y() + 0.4) == y]
        assert sum(here) == pytest.approx(100)
    points = sorted(container.lines[0].get_xdata()[0] for container in right.containers)
    shown = [BEST, *(s.name for s in tiny.named)]
    assert points == pytest.approx(sorted(tiny.table.loc[shown, "mean"]))
    assert tiny.baseline in figure.get_suptitle().replace("\n", " ")


def test_the_other_figures_show_the_numbers(tiny):
    """The front has all points of the table, the convergence ends at the fresh difference."""
    ax = optimization_figure.front(tiny)
    points = sorted(float(c.lines[0].get_xdata()[0]) for c in ax.containers)
    assert points == pytest.approx(sorted(tiny.front["sales"]))
    hollow = sum(c.lines[0].get_markerfacecolor() == "white" for c in ax.containers)
    assert hollow == (~tiny.front["sure"]).sum()
    plt.close(ax.figure)
    ax = optimization_figure.convergence(tiny)
    (fresh,) = ax.containers
    assert fresh.lines[0].get_ydata()[0] == tiny.table.loc[BEST, "difference"]
    (tried,) = [line for line in ax.lines if line.get_label().startswith("split tried")]
    assert tried.get_ydata().tolist() == tiny.trace["difference"].tolist()
    plt.close(ax.figure)


def test_the_command_writes_what_it_says(tmp_path, capsys):
    """End to end: a table, a sentence, files; JSON has the same numbers as optimization.json."""
    options = {
        "scenario": "classroom", "budget": 10, "replications": 3, "fresh": 6, "seed": 5, "jobs": 1,
        "activities": "posting, replying,content,hosting", "phases": 2, "against": "members",
    }  # fmt: skip
    command(**options, out=tmp_path / "o", dry_run=True)
    assert capsys.readouterr().out.startswith("would try 10 splits over posting, replying, ")
    assert not (tmp_path / "o").exists()
    command(**options, out=tmp_path / "o")
    printed = capsys.readouterr().out
    for file in ("strategy.toml", "splits.csv", "search.csv", "optimization.json", "split.png",
                 "convergence.png", "front.csv", "front.png"):  # fmt: skip
        assert (tmp_path / "o" / file).stat().st_size > 0
        assert file in printed
    result = json.loads((tmp_path / "o" / "optimization.json").read_text("utf-8"))
    assert result["sentence"] in printed
    command(**options, out=None, json_=True)
    assert json.loads(capsys.readouterr().out) == result
    with pytest.raises(InputError, match=r"--switch-days soon: days between commas"):
        command(scenario="classroom", switch_days="soon", out=None)
