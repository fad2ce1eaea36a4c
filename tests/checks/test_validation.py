"""The patterns: measured in worlds, judged by the median, reported whatever is found."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from simulation import Scenario, Strategy, simulate
from simulation.checks import pattern_worlds
from simulation.checks.pattern_worlds import measure_world
from simulation.checks.patterns import CHECKS, SET_TO_MEET, Check
from simulation.checks.validation import ValidateRequest, Validation
from simulation.commands.cli import main
from simulation.engine.plan import plan
from simulation.inputs.scenario import parameters
from simulation.tools.errors import InputError
from tests import ROOT

RESULTS = ROOT / "experiments" / "results"
BASE = Scenario.load("launch_2025")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the command writes, from two worlds."""
    folder = tmp_path_factory.mktemp("validation")
    words = ["validate", "--replications", "2", "--jobs", "1", "--out", str(folder)]
    assert main(words) == 0
    return folder


# ---- judging -------------------------------------------------------------------------------------


def check(low, high):
    return Check("P0", "x", "something", low, high, "somebody", "D", "emerges")


@pytest.mark.parametrize(
    ("low", "high", "value", "met"),
    [
        (1.0, 2.0, 1.0, True), (1.0, 2.0, 2.0, True), (1.0, 2.0, 2.1, False),
        (1.0, math.inf, 1.0, False), (1.0, math.inf, 1.1, True),
        (-math.inf, 1.0, 1.0, False), (-math.inf, 1.0, 0.0, True),
        (0.0, 0.0, 0.0, True), (0.0, 0.0, 1e-12, False), (1.0, 2.0, math.nan, False),
    ],
)  # fmt: skip
def test_a_range_open_to_one_side_leaves_out_its_end(low, high, value, met):
    assert check(low, high).met(value) is met


def judged(**columns):
    """Return a validation whose worlds have these values, and central ones elsewhere."""
    worlds = {}
    for c in CHECKS:
        ends = [end for end in (c.low, c.high) if math.isfinite(end)]
        middle = sum(ends) / len(ends) + (
            0 if len(ends) == 2 else 0.5 if c.low == ends[0] else -0.5
        )
        worlds[c.name] = np.full(5, middle)
    return Validation(BASE, 1, pd.DataFrame(worlds | columns))


def test_the_median_decides_and_a_pattern_needs_all_of_its_checks():
    good = judged()
    assert all(good.met.values())
    assert len(good.met) == 13
    assert good.sentence == "13 of 13 patterns are met"
    one_off = judged(p8_day_7=[0.9, 0.9, 0.6, 0.6, 0.6])
    assert one_off.met["P8"]
    three_off = judged(p8_day_7=[0.9, 0.9, 0.9, 0.6, 0.6])
    assert not three_off.met["P8"]
    assert three_off.sentence == "12 of 13 patterns are met; not met: P8"
    assert "not met" in three_off.to_markdown()


def test_a_pattern_that_is_not_met_has_a_sentence_and_worlds_without_a_value_are_left_out():
    found = judged(p12_effect=[1.0, 2.0, 3.0, np.nan, np.nan], p9_skewness=[-1.0] * 5)
    rows = found.table.set_index("name")
    assert rows.loc["p12_effect", "n_worlds"] == 3
    assert rows.loc["p12_effect", "median"] == 2.0
    assert rows.loc["p12_effect", "why_not"].endswith(".")
    assert rows.loc["p9_skewness", "why_not"] == "no reason is known yet."
    assert rows.loc["p3_list", "why_not"] == ""


def test_what_was_set_is_a_parameter_within_its_range_and_the_rest_is_held_out():
    patterns = {c.pattern for c in CHECKS}
    for name, (seen, why) in SET_TO_MEET.items():
        assert name in parameters()
        assert set(seen.split()) <= patterns
        assert why
    table = judged().table.set_index("name")
    assert table.loc["p9_skewness", "held_out"]
    assert table.loc["p13_following", "held_out"]
    assert "click_post" in table.loc["p1_large", "set_with"]


# ---- measuring -----------------------------------------------------------------------------------


def test_the_command_writes_the_table_the_page_the_figure_and_the_worlds(folder):
    table = pd.read_csv(folder / "validation.csv")
    worlds = pd.read_csv(folder / "validation_worlds.csv", index_col="replication_id")
    assert table["name"].tolist() == [c.name for c in CHECKS] == list(worlds)
    assert len(worlds) == 2
    np.testing.assert_allclose(table["median"], worlds.median())
    assert (table["met"] == [c.met(m) for c, m in zip(CHECKS, table["median"], strict=True)]).all()
    page = (folder / "validation.md").read_text(encoding="utf-8")
    for c in CHECKS:
        assert c.text in page
        assert c.source in page
    for row in table[~table["met"]].to_dict("records"):
        assert row["why_not"] in page
    picture = imread(folder / "validation.png")
    assert picture.shape[1] >= 1500


def test_a_world_is_the_same_whoever_measures_it(folder):
    worlds = pd.read_csv(folder / "validation_worlds.csv", index_col="replication_id")
    again = measure_world(BASE, 1, 1)
    np.testing.assert_allclose(worlds.loc[1], [again[c.name] for c in CHECKS])


def test_the_shares_of_the_lag_are_those_of_the_events():
    """By hand, from the events of a run: days from the last click to the purchase."""
    run = simulate("classroom", "community_building", seed=3, events=True)
    events = run.events
    days = []
    for buyer in events[events["event"] == "buy"].itertuples():
        clicks = events[(events["event"] == "consider") & (events["person"] == buyer.person)]
        days.append(buyer.time - clicks["time"].max())
    found = pattern_worlds.lags(run)
    assert len(days) > 3
    for n in (1, 7, 30):
        assert found[f"p8_day_{n}"] == pytest.approx(np.mean(np.array(days) < n))


def test_the_steps_of_word_of_mouth_by_hand():
    """A recommends to B, B to C: two referred buyers, one of them one step from the seed."""

    class Told:
        events = pd.DataFrame(
            [
                (1, 0, "consider", 1), (1, 0, "buy", 1), (1, 0, "recommend", 1),
                (2, 1, "consider", 6), (4, 1, "buy", 6), (4, 1, "recommend", 2),
                (5, 2, "consider", 6), (5, 2, "buy", 6),
            ],
            columns=["time", "person", "event", "cause"],
        )  # fmt: skip

    found = pattern_worlds.word_of_mouth(Told)
    assert found == {"p7_one_step": 0.5, "p7_branching": pytest.approx(2 / 3)}


def test_a_campaign_makes_its_posts():
    strategy = pattern_worlds._posts("twenty", 20, 30)
    hours = pattern_worlds._hours_for(20, 30, BASE["hours_post"])
    town = BASE.replace(n_people=50, n_days=60, launch_day=0, days_warm_up=0, hours_per_week=hours)
    assert plan(town, strategy)["posts"].sum() == 20


def test_following_makes_a_difference_where_an_equation_mentions_it(monkeypatch):
    """The test bed of P13 would notice: those who follow are given content to meet."""
    quiet = pattern_worlds.from_table

    def noisy(table):
        return quiet({**table, "phases": [{"advertising": 1.0}, {"from_day": 1, "posting": 1.0}]})

    monkeypatch.setattr(pattern_worlds, "from_table", noisy)
    assert pattern_worlds.following(BASE, 1, 0)["p13_following"] > 0


def test_wrong_input_is_one_line(tmp_path, capsys):
    for words, what in (
        (["--replications", "1"], "replications"),
        (["--jobs", "0"], "jobs"),
        (["--seed", "-1"], "seed"),
        (["--scenario", "lunch"], '"lunch"'),
        (["--set", "p_buy=2"], "p_buy"),
    ):
        assert main(["validate", *words, "--out", str(tmp_path / "new")]) == 2
        err = capsys.readouterr().err
        assert what in err
        assert err.count("\n") == 1
        assert not (tmp_path / "new").exists()
    with pytest.raises(InputError, match="graph"):
        ValidateRequest(BASE.replace(graph="file", friends_file="x.txt"))


# ---- what is committed ---------------------------------------------------------------------------


def test_the_committed_validation_is_of_this_model(folder):
    """The first world of the committed results is what the model gives today."""
    worlds = pd.read_csv(RESULTS / "validation_worlds.csv", index_col=0)
    assert len(worlds) >= 50
    today = pd.read_csv(folder / "validation_worlds.csv", index_col="replication_id")
    names = [c.name for c in CHECKS]
    np.testing.assert_allclose(worlds.loc[0, names], today.loc[0, names], rtol=1e-9)
    committed = Validation(BASE, 1, worlds)
    assert (ROOT / "simulation" / "VALIDATION.md").read_text() == committed.to_markdown()
    n_met = sum(committed.met.values())
    assert n_met >= 10
    assert f"[{n_met} of {len(committed.met)} patterns]" in (ROOT / "README.md").read_text()


def test_strategies_of_the_test_beds_exist():
    text = Path(pattern_worlds.__file__).read_text()
    for name in re.findall(r'Strategy\.load\("(\w+)"\)', text):
        Strategy.load(name)
