"""Comparisons: pairing, statistics with known answers, refusals, and files written whole."""

from __future__ import annotations

import inspect
import json
import math
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simulation.runs.comparison as compare_module
import simulation.runs.worlds as worlds_module
from simulation.core.outcomes import MORE, SUMMARY
from simulation.core.randomness import analysis_rng
from simulation.figures.saving import save
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Phase, Strategy
from simulation.runs.comparison import CompareRequest, Comparison, compare
from simulation.runs.run import simulate
from simulation.runs.statistics import (
    bootstrap_interval,
    effect_size,
    interval,
    lead_day,
    share_best,
    variance_ratio,
)
from simulation.tools import files
from simulation.tools.errors import InputError
from simulation.tools.files import check_out_folder, write_all

WORLD = Scenario.load("classroom").replace(n_people=600)
PAIR = ("posting_only", "community_building")
TWIN = STRATEGIES["community_building"].model_copy(update={"name": "twin"})


@pytest.fixture(scope="module")
def pair() -> Comparison:
    return compare(WORLD, PAIR, replications=8, seed=3, jobs=1)


def made_up(
    outcome: str = "sales",
    confidence: float = 0.95,
    daily: dict[str, list[list[float]]] | None = None,
    **values: list[float],
) -> Comparison:
    """A comparison of invented numbers: the outcome, and cumulative sales of every day."""
    columns = {scalar.name: 0.0 for scalar in SUMMARY}
    runs = [
        {"strategy": name, "replication_id": r, **columns, "cost": 60.0, outcome: value}
        for name, numbers in values.items()
        for r, value in enumerate(numbers)
    ]
    days = [
        {"strategy": name, "replication_id": r, "time": t, "cumulative_sales": sold}
        for name, worlds in (daily or {}).items()
        for r, world in enumerate(worlds)
        for t, sold in enumerate(world)
    ]
    return Comparison(
        scenario=WORLD,
        strategies=tuple(Strategy(name=name) for name in values),
        seed=0,
        replications=len(next(iter(values.values()))),
        outcome=outcome,
        confidence=confidence,
        runs=pd.DataFrame(runs),
        series=pd.DataFrame(days) if days else None,
    )


# --- pairing -------------------------------------------------------------------------------------


def test_every_run_is_the_run_of_simulate(pair):
    assert list(pair.runs.columns[:6]) == [
        "scenario_id", "strategy", "replication_id", "seed", "status", "seconds",
    ]  # fmt: skip
    assert list(pair.runs.columns[6:]) == [scalar.name for scalar in SUMMARY]
    assert len(pair.runs) == 16
    assert set(pair.runs["status"]) == {"SUCCEEDED"}
    for strategy in PAIR:
        for r in (0, 7):
            run = simulate(WORLD, strategy, seed=3, replication=r)
            where = (pair.runs["strategy"] == strategy) & (pair.runs["replication_id"] == r)
            row = pair.runs[where].iloc[0]
            assert row[list(run.summary)].to_dict() == pytest.approx(run.summary, nan_ok=True)
            where = (pair.series["strategy"] == strategy) & (pair.series["replication_id"] == r)
            days = pair.series[where].drop(columns=["strategy", "replication_id"])
            pd.testing.assert_frame_equal(days.reset_index(drop=True), run.series)


def test_differences_are_taken_within_a_world(pair):
    sold = pair.wide("sales")
    expected = sold["community_building"] - sold["posting_only"]
    assert pair.differences["community_building"].tolist() == expected.tolist()
    assert pair.differences.columns.tolist() == ["community_building"]
    row = pair.table.loc["community_building"]
    assert row["difference"] == pytest.approx(expected.mean())
    assert row["low"] < expected.mean() < row["high"]


def test_series_end_in_the_summary(pair):
    last = pair.series[pair.series["time"] == WORLD.world.n_days - 1]
    assert last["cumulative_sales"].tolist() == pair.runs["sales"].tolist()


def test_a_strategy_under_another_name_differs_nowhere():
    same = compare(WORLD, ["community_building", TWIN], replications=4, seed=1, jobs=1)
    outcomes = [scalar.name for scalar in SUMMARY]
    one, other = (same.runs[same.runs["strategy"] == name] for name in same.names)
    np.testing.assert_array_equal(one[outcomes].to_numpy(), other[outcomes].to_numpy())
    one, other = (
        same.series[same.series["strategy"] == name].iloc[:, 2:].to_numpy() for name in same.names
    )
    np.testing.assert_array_equal(one, other)
    row = same.table.iloc[1]
    assert (row["difference"], row["low"], row["high"]) == (0, 0, 0)
    assert row["share_best"] == 0.5
    assert row["share_better"] == 0
    assert row["variance_ratio"] == math.inf
    assert math.isnan(row["effect_size"])
    assert math.isnan(row["leads_from_day"])
    assert same.sentence == ("no difference at all between twin and community_building in 4 worlds")


def test_the_number_of_processes_changes_nothing(pair):
    shared = compare(WORLD, PAIR, replications=8, seed=3, jobs=2)
    pd.testing.assert_frame_equal(
        pair.runs.drop(columns="seconds"), shared.runs.drop(columns="seconds")
    )
    pd.testing.assert_frame_equal(pair.series, shared.series)
    pd.testing.assert_frame_equal(pair.table, shared.table)


def test_another_strategy_or_more_worlds_change_no_run(pair):
    wider = compare(
        WORLD, ["do_nothing", *reversed(PAIR)], replications=9, seed=3, jobs=1, keep_series=False
    )
    assert wider.series is None
    for name in PAIR:
        assert wider.wide()[name][:8].tolist() == pair.wide()[name].tolist()
    other = compare(WORLD, PAIR, replications=8, seed=4, jobs=1, keep_series=False)
    assert other.wide()["community_building"].tolist() != pair.wide()["community_building"].tolist()


def test_the_same_luck_shrinks_the_variance_between_near_strategies():
    near = STRATEGIES["community_building"].model_copy(
        update={
            "name": "near",
            "phases": (Phase(posting=0.21, replying=0.09, content=0.4, hosting=0.3),),
        }
    )
    # by expected sales: of copies, six a world, most of the luck is the last throw of each buyer
    both = compare(
        WORLD, ["community_building", near], replications=20, seed=0, jobs=1,
        outcome="expected_sales", keep_series=False,
    )  # fmt: skip
    assert both.table["variance_ratio"].iloc[1] > 1.5


def test_seed_sequence_and_zero_are_seeds(pair):
    zero = compare(WORLD, PAIR, replications=2, seed=0, jobs=1)
    sequence = np.random.SeedSequence(12)
    spawned = compare(WORLD, PAIR, replications=2, seed=sequence, jobs=1)
    assert set(zero.runs["seed"]) == {"0"}
    assert "entropy=12" in spawned.to_dict()["seed"]
    assert zero.runs["sales"].tolist() != spawned.runs["sales"].tolist()


# --- statistics with known answers ---------------------------------------------------------------


def test_table_of_invented_worlds():
    c = made_up(base=[10.0, 12, 14, 16], up=[13.0, 14, 17, 20], down=[9.0, 12, 14, 10])
    table = c.table
    assert table["mean"].tolist() == [13, 16, 11.25]
    assert table.loc["up", "sd"] == pytest.approx(np.std([13, 14, 17, 20], ddof=1))
    assert table.loc["up", "difference"] == 3
    assert table.loc["up", "effect_size"] == pytest.approx(3 / np.std([3, 2, 3, 4], ddof=1))
    assert table["share_best"].tolist() == [0, 1, 0]
    assert table.loc["down", "share_better"] == 0
    assert table["cost_per_sale"].tolist() == pytest.approx([60 / 13, 60 / 16, 60 / 11.25])
    assert table.loc["up", "low"] <= 3 <= table.loc["up", "high"]
    assert table["leads_from_day"].isna().all()
    assert np.isnan(table.loc["base", ["difference", "low", "effect_size"]].tolist()).all()


def test_missing_values_leave_their_world_out():
    c = made_up("mean_stars", base=[4.0, math.nan, 3.0, 4.0], other=[5.0, 5.0, math.nan, 3.5])
    row = c.table.iloc[1]
    assert row["n_worlds"] == 2
    assert row["difference"] == 0.25
    assert row["share_better"] == 0.5
    assert c.table["share_best"].tolist() == [0.5, 0.5]
    none = made_up("cost_per_sale", base=[math.nan] * 3, other=[5.0, 4.0, 6.0])
    assert "too few values" in none.sentence
    assert none.to_dict()["table"][1]["difference"] is None
    assert math.isnan(none.table["cost_per_sale"].iloc[0])  # nothing sold


def test_less_cost_is_better():
    c = made_up("cost_per_sale", base=[10.0, 12, 14], cheap=[5.0, 7, 8], dear=[15.0, 18, 15])
    table = c.table
    assert table["share_best"].tolist() == [0, 1, 0]
    assert table.loc["cheap", "share_better"] == 1
    assert c.sentences[0].startswith("cost over copies sold: cheap is")
    assert "USD below base" in c.sentences[0]


@pytest.mark.parametrize(
    ("daily", "expected"),
    [
        ([1, 2, 3], 0),
        ([0, 0, 1, 2], 2),
        ([1, -1, 0, 4, 5], 3),
        ([1, 2, 3, 0], None),
        ([0, 0, 0], None),
        ([-1, -2], None),
        ([0, 0, 1], 2),
    ],
)
def test_lead_day(daily, expected):
    assert lead_day(np.array(daily)) == expected


def test_lead_day_is_that_of_the_mean_over_worlds():
    c = made_up(
        base=[2.0, 2.0],
        late=[3.0, 3.0],
        daily={"base": [[0, 1, 2, 2], [0, 1, 2, 2]], "late": [[0, 0, 2, 3], [0, 2, 1, 3]]},
    )
    assert c.cumulative_differences("late").tolist() == [[0, -1, 0, 1], [0, 1, -1, 1]]
    assert c.table["leads_from_day"].iloc[1] == 3


def test_ties_for_the_best_are_shared():
    wide = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 1, 3, 5], "c": [1.0, 0, 0, 0]})
    assert share_best(wide, MORE).tolist() == pytest.approx([0.25 * (1 / 3 + 1 + 0.5), *(
        0.25 * (1 / 3 + 0.5 + 1), 0.25 / 3,
    )])  # fmt: skip
    assert share_best(wide, MORE).sum() == pytest.approx(1)


counts = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=12)


@given(counts)
@settings(max_examples=60, deadline=None)
def test_variance_ratio_is_that_of_all_pairings(pairs):
    a, b = np.array(pairs, float).T
    n = a.size
    pairings = [np.var(a - np.roll(b, -k), ddof=1) for k in range(1, n)]
    same = np.var(a - b, ddof=1)
    found = variance_ratio(a, b)
    if same > 1e-12:
        assert found == pytest.approx(np.mean(pairings) / same)
    elif np.mean(pairings) > 1e-12:
        assert found == math.inf
    else:
        assert math.isnan(found)


def test_variance_ratio_of_independent_and_of_common_luck():
    rng = analysis_rng(5)
    a, b, common = rng.normal(size=(3, 20_000))
    assert variance_ratio(a, b) == pytest.approx(1, abs=0.05)
    # var(a - b) = 2 with fresh luck for the common part added: (1 + 9) * 2 against 2
    assert variance_ratio(a + 3 * common, b + 3 * common) == pytest.approx(10, rel=0.05)


def test_interval_covers_the_truth_as_often_as_it_says():
    rng = analysis_rng(1)
    hits = [low <= 2.0 <= high for low, high in (interval(rng.exponential(2.0, 60))
                                                 for _ in range(150))]  # fmt: skip
    assert 0.87 <= np.mean(hits) <= 0.99
    wrong = [low <= 3.0 <= high for low, high in (interval(rng.exponential(2.0, 60))
                                                  for _ in range(30))]  # fmt: skip
    assert np.mean(wrong) < 0.5  # a wrong truth is mostly left outside


def test_interval_on_the_edges():
    assert interval([4, 4, 4]) == (4, 4)
    assert np.isnan(interval([4])).all()
    assert np.isnan(interval([])).all()
    low, high = interval([0] * 49 + [1])
    assert low < 0.02 < high < 0.4
    low, high = interval([1.0, 2.0])  # two worlds still give numbers, and hardly tell
    assert low < 1
    assert high > 2
    wide, narrow = (interval(np.arange(30.0), confidence) for confidence in (0.99, 0.8))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize("worlds", [3, 8, 20])
def test_few_worlds_are_covered_too(worlds):
    """With few worlds the bootstrap is too sure of itself; what `interval` gives is not."""
    rng = analysis_rng(worlds)
    samples = [rng.normal(1, 1, worlds) for _ in range(400)]
    covered = np.mean([low <= 1 <= high for low, high in map(interval, samples)])
    assert 0.95 - 3.5 * 0.011 <= covered <= 0.95 + 3.5 * 0.011
    if worlds == 3:  # the control
        boot = [bootstrap_interval([sample], np.mean) for sample in samples[:150]]
        assert np.mean([low <= 1 <= high for low, high in boot]) < 0.85


def test_interval_of_very_many_worlds_agrees_with_the_bootstrap():
    values = analysis_rng(3).exponential(2.0, 2000)
    assert interval(values) == pytest.approx(bootstrap_interval([values], np.mean), abs=0.02)


def test_effect_size():
    assert effect_size([1, 2, 3]) == 2
    assert effect_size([2, 2]) == math.inf
    assert effect_size([-2, -2]) == -math.inf
    assert math.isnan(effect_size([0, 0]))
    assert math.isnan(effect_size([1]))


# --- words ---------------------------------------------------------------------------------------


def test_sentence_for_more_fewer_and_no_difference():
    base = [10.0, 11, 12, 13, 14, 15, 16, 17, 18, 19]
    more = made_up(base=base, other=[v + 30 + (i % 3) for i, v in enumerate(base)])
    assert more.sentence == (
        "other sold 30.9 more copies than base, 95 % interval 30.3 to 31.5, "
        "better in 10 of 10 worlds"
    )
    fewer = made_up(base=base, other=[v - 30 - 4 * (i % 3) for i, v in enumerate(base)])
    assert fewer.sentence.startswith("other sold 34 fewer copies than base, 95 % interval 3")
    assert fewer.sentence.endswith("fewer, better in 0 of 10 worlds")
    equal = made_up(base=base, other=[v + (-1) ** i for i, v in enumerate(base)])
    assert equal.sentence.startswith(
        "no difference can be told between other and base: 0.0 copies, 95 % interval -"
    )
    assert equal.sentence.endswith("better in 5 of 10 worlds")
    sure = made_up(base=base, other=[v + 1 for v in base])
    assert sure.sentence.startswith("other sold 1 more copy than base, 95 % interval 1 to 1,")


def test_sentence_about_other_outcomes_and_levels():
    c = made_up("n_member", 0.9, base=[100.0, 110, 120], other=[300.0, 330, 310])
    assert c.sentence.startswith(
        "members at the end: other is 203 people above base, 90 % interval"
    )
    c = made_up("attachment_member", base=[0.31, 0.32, 0.30], other=[0.41, 0.44, 0.42])
    assert c.sentence.startswith("mean attachment of members at the end: other is 0.11 above base")


def test_the_best_strategy_comes_first():
    c = made_up(base=[1.0, 2, 3], good=[4.0, 6, 6], best=[8.0, 10, 9])
    assert [sentence.split()[0] for sentence in c.sentences] == ["best", "good"]
    assert c.sentence == "; ".join(c.sentences)


def test_an_interval_that_leaves_out_zero_never_reads_as_if_it_touched_it():
    values = [0.3 + 40 * (i / 20) ** 6 for i in range(20)]
    c = made_up(base=[5.0] * 20, other=[5 + value for value in values])
    assert c.table["low"].iloc[1] > 0
    assert "interval 0 to" not in c.sentence


def test_with_outcome(pair):
    members = pair.with_outcome("n_member")
    assert members.sentence.startswith("members at the end: community_building is")
    assert members.runs is pair.runs
    with pytest.raises(InputError, match='did you mean "n_member"'):
        pair.with_outcome("n_memebr")


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strategies": ["posting_only", "posting_only"]}, "posting_only given twice"),
        ({"strategies": ["posting_only"]}, "at least two"),
        ({"strategies": "posting_only"}, "at least two"),
        ({"strategies": []}, "at least two"),
        ({"strategies": ["posting_only", "comunity_building"]}, 'did you mean "community'),
        ({"strategies": ["posting_only", Strategy(name="idle"), Strategy(
            name="half", phases=(Phase(posting=1.0), Phase(from_day=60)))]}, "same effort"),
        ({"scenario": "clasroom"}, 'did you mean "classroom"'),
        ({"replications": 1}, "replications = 1 is not allowed: a whole number from 2"),
        ({"replications": 2.5}, "replications"),
        ({"replications": True}, "replications"),
        ({"replications": 10**7}, "replications"),
        ({"outcome": "sale"}, 'did you mean "sales"'),
        ({"confidence": 1}, "confidence"),
        ({"confidence": 95}, "confidence"),
        ({"confidence": 0.0}, "confidence"),
        ({"confidence": math.nan}, "confidence"),
        ({"confidence": "high"}, "confidence"),
        ({"jobs": 0}, "jobs"),
        ({"jobs": -1}, "jobs"),
        ({"jobs": 1.5}, "jobs"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(changes, words):
    given = {"scenario": WORLD, "strategies": PAIR, **changes}
    where = given.pop("scenario"), given.pop("strategies")
    with pytest.raises(InputError) as error:
        compare(*where, **given)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    if "jobs" not in given:  # how it is run is no part of what is asked
        with pytest.raises(InputError) as error:
            CompareRequest(*where, **given)
        assert words in str(error.value)


def test_jobs_have_one_name_and_the_other_is_understood():
    asked = {"replications": 2, "keep_series": False, "progress": False}
    assert compare(WORLD, PAIR, n_jobs=1, **asked).sentence
    with pytest.raises(InputError, match="n_jobs is jobs: give one of them"):
        compare(WORLD, PAIR, jobs=1, n_jobs=1, **asked)
    with pytest.raises(InputError, match='unknown argument "replicatons"; did you mean'):
        compare(WORLD, PAIR, replicatons=2)
    names = list(inspect.signature(compare).parameters)
    assert names == ["scenario", "strategies", "replications", "seed", "outcome", "confidence",
                     "friends", "jobs", "progress", "keep_series", "first"]  # fmt: skip


def test_a_request_runs_nothing_and_holds_what_was_settled(monkeypatch):
    monkeypatch.setattr(compare_module, "prepare", None)
    asked = CompareRequest("classroom", [*PAIR, TWIN], replications=3)
    assert asked.scenario == Scenario.load("classroom")
    assert [strategy.name for strategy in asked.strategies] == [*PAIR, "twin"]
    with pytest.raises(AttributeError):
        asked.replications = 5


def test_a_missing_friends_file_is_told_before_any_run(tmp_path):
    lost = WORLD.replace(graph="file", friends_file=str(tmp_path / "none.txt"))
    with pytest.raises(InputError, match=r"none\.txt"):
        compare(lost, PAIR, replications=2)


def test_a_failing_run_says_where(monkeypatch):
    def fail(world, strategy, **_):
        if (strategy.name, world.replication) == ("community_building", 1):
            raise ZeroDivisionError("by zero")
        return real(world, strategy)

    real = worlds_module.run_prepared
    monkeypatch.setattr(worlds_module, "run_prepared", fail)
    words = "replication 1, strategy community_building: ZeroDivisionError: by zero"
    with pytest.raises(RuntimeError, match=words):
        compare(WORLD, PAIR, replications=3, jobs=1)


def test_the_bar_is_silent_unless_asked(capsys):
    compare(WORLD, PAIR, replications=2, jobs=1, keep_series=False)
    assert "world" not in capsys.readouterr().err
    compare(WORLD, PAIR, replications=2, jobs=1, keep_series=False, progress=True)
    captured = capsys.readouterr()
    assert "2/2" in captured.err
    assert captured.out == ""


def test_days_that_were_not_kept_are_asked_for():
    c = made_up(base=[1.0, 2], other=[2.0, 3])
    with pytest.raises(InputError, match="keep_series=True"):
        c.cumulative_differences("other")


# --- files ---------------------------------------------------------------------------------------


def strict_json(text: str):
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_save_writes_everything_and_it_reads_back(pair, tmp_path):
    paths = save(pair, tmp_path / "deep" / "results")
    names = {"runs.parquet", "series.parquet", "summary.csv", "comparison.json", "comparison.png"}
    assert {path.name for path in paths} == names
    assert {path.name for path in (tmp_path / "deep" / "results").iterdir()} == names
    read = {path.name: path for path in paths}
    pd.testing.assert_frame_equal(pd.read_parquet(read["runs.parquet"]), pair.runs)
    pd.testing.assert_frame_equal(pd.read_parquet(read["series.parquet"]), pair.series)
    table = pd.read_csv(read["summary.csv"])
    assert table["strategy"].tolist() == list(PAIR)
    np.testing.assert_allclose(table["mean"], pair.table["mean"])
    record = strict_json(read["comparison.json"].read_text(encoding="utf-8"))
    assert record["sentence"] == pair.sentence
    assert record["parameters"]["n_people"] == 600
    assert record["seed"] == "3"
    assert record["baseline"] == "posting_only"
    assert record["table"][0]["strategy"] == "posting_only"
    assert record["table"][0]["difference"] is None
    assert record["table"][1]["difference"] == pytest.approx(pair.table["difference"].iloc[1])
    assert record["strategies"][1]["name"] == "community_building"
    assert set(record["versions"]) >= {"python", "numpy", "numba", "mesa", "continuum-brand"}
    assert None not in (record["versions"]["numpy"], record["versions"]["continuum-brand"])
    head = read["comparison.png"].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (1600, 1000)


def test_a_failed_write_leaves_old_files_and_no_rest(pair, tmp_path, monkeypatch):
    save(pair, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        save(pair, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupted(path):
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_all({tmp_path / "results.csv": interrupted})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="is a file"):
        check_out_folder(file)
    with pytest.raises(InputError, match="is a file"):
        check_out_folder(file / "below")
    assert check_out_folder(tmp_path / "a" / "b").is_dir()

    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.tempfile, "NamedTemporaryFile", refused)
    with pytest.raises(InputError, match="cannot be written") as error:
        check_out_folder(tmp_path / "c")
    assert "\n" not in str(error.value)
