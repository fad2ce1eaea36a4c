"""Experiments: every one runs and says what it found; the framework gives known answers."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from experiments import run
from experiments.kit import tables as common
from experiments.kit.cells import Cell, Cells, grid, run_cells
from experiments.kit.finding import Finding, lead
from simulation import STRATEGIES, Scenario, Strategy
from simulation.core.outcomes import SUMMARY
from simulation.inputs.strategy import Phase
from simulation.tools.errors import InputError

FOLDER = Path(run.__file__).parent
NAMES = run.experiments()
TOWN = Scenario.load("classroom").replace(n_people=400, n_days=90, launch_day=40, days_warm_up=30)
POSTING, COMMUNITY = STRATEGIES["posting_only"], STRATEGIES["community_building"]


# ---- every experiment ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_runs_and_says_what_it_found(name, tmp_path, capsys):
    if run.lacking(name):
        pytest.skip(f"{name} needs {run.lacking(name)}: make test-tools runs it")
    assert run.main([name, "--smoke", "--jobs", "1", "--out", str(tmp_path)]) == 0
    written = {path.name for path in tmp_path.iterdir()}
    ends = (".png", ".csv", ".md", ".parquet")
    assert written == {f"{name}{end}" for end in ends} | {"README.md"}
    table = pd.read_csv(tmp_path / f"{name}.csv")
    assert len(table) > 0
    assert table.notna().any().all(), "a column of the table is empty"
    picture = imread(tmp_path / f"{name}.png")
    assert picture.shape[0] >= 900
    assert picture.shape[1] >= 1500
    assert colours_in(picture) > 1, "nothing but grey"
    page = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
    finding = run.load(name).finding(run.read_table(tmp_path / f"{name}.csv"))
    assert finding.beyond() == []
    assert f"**{finding.answer}**" in page
    assert finding.answer in capsys.readouterr().out
    runs = pd.read_parquet(tmp_path / f"{name}.parquet")
    if not hasattr(run.load(name), "design"):
        return
    assert (runs["status"] == "SUCCEEDED").all()
    assert {scalar.name for scalar in SUMMARY} <= set(runs)


def colours_in(picture):
    """Return how many colours a picture has that are no grey."""
    coloured = picture[np.ptp(picture[:, :, :3], axis=2) > 0.2]
    bytes_ = np.rint(coloured[:, :3] * 255).astype(int)
    return len(np.unique(bytes_ @ [1, 256, 65536]))  # ten times as fast as by rows


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_begins_with_its_question(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    first, _, about = ast.get_docstring(tree).partition("\n")
    assert first.endswith("?")
    assert "ixed" in about, "say what is held fixed"
    assert "aries" in about, "say what varies"


def test_no_figure_of_an_experiment_simulates_and_no_luck_is_made_here():
    for file in FOLDER.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"np\.random|default_rng|import random", text), file.name
        assert "pyplot" not in text, file.name
        if file.stem in NAMES and hasattr(run.load(file.stem), "design"):
            assert not re.search(r"\b(simulate|prepare|run_prepared|run_cells)\(", text), file.name


def test_files_and_functions_of_experiments_stay_small():
    for file in FOLDER.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, file.name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 70, f"{file.name}: {node.name}"


# ---- the command line ----------------------------------------------------------------------------


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "experiments.run", *words],
        capture_output=True, text=True, cwd=FOLDER.parent, check=False,
    )  # fmt: skip


def test_the_real_command_line_lists_and_refuses():
    done = command("--list")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == len(NAMES)
    done = command("x01_equal_efort")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert 'did you mean "x01_equal_effort"?' in done.stderr


@pytest.mark.parametrize(
    "words", [[], ["--jobs", "x", "x01"], ["--no-such"], ["x01", "--jobs", "0"]]
)
def test_wrong_usage_is_one_line(words, capsys, tmp_path):
    assert run.main([*words, *(["--out", str(tmp_path)] if words else [])]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_number_is_a_name():
    assert run.named("x01", list(NAMES)) == "x01_equal_effort"
    assert run.named("X01_equal_effort", list(NAMES)) == "x01_equal_effort"


class Toy:
    """An experiment of two strategies whose measure fails where it is told to."""

    __doc__ = "Does a toy run?\n\nFixed: all. Varies: nothing."

    def __init__(self, measure):
        self.measure = measure

    def design(self, smoke):
        return Cells(grid([({}, TOWN)], [POSTING, COMMUNITY]), 3, measure=self.measure)

    def table(self, frame):
        return common.paired(frame, "sales", "community_building", "posting_only")

    def figure(self, table):
        from matplotlib.figure import Figure

        return Figure()

    def finding(self, table):
        return Finding(f"{lead(dict(table.iloc[0]))}.", "luck.", "nowhere.", "all.")


def as_experiment(monkeypatch, measure):
    monkeypatch.setattr(run, "experiments", lambda: {"toy": "Does a toy run?"})
    monkeypatch.setattr(run, "load", lambda name: Toy(measure))


def fails_in_world_1(found):
    if found.replication == 1 and found.strategy.name == "posting_only":
        raise RuntimeError("no such day")
    return {"one": 1.0}


def fails_always(found):
    raise RuntimeError("no such day")


def test_a_failed_run_is_a_row_and_exit_code_3(monkeypatch, tmp_path, capsys):
    as_experiment(monkeypatch, fails_in_world_1)
    assert run.main(["toy", "--jobs", "1", "--out", str(tmp_path)]) == 3
    said = "1 of 6 runs failed, the first with RuntimeError: no such day"
    assert said in capsys.readouterr().err
    assert said in (tmp_path / "toy.md").read_text()
    runs = pd.read_parquet(tmp_path / "toy.parquet")
    failed = runs[runs["status"] == "FAILED"]
    assert failed[["strategy", "replication_id"]].to_numpy().tolist() == [["posting_only", 1]]
    assert failed[["sales", "one"]].isna().all(axis=None)
    assert runs["one"].sum() == 5
    assert pd.read_csv(tmp_path / "toy.csv")["n_worlds"].tolist() == [2]  # the pair is gone


def test_when_nothing_is_left_the_files_say_so(monkeypatch, tmp_path, capsys):
    as_experiment(monkeypatch, fails_always)
    assert run.main(["all", "--jobs", "1", "--out", str(tmp_path)]) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"toy.md", "toy.parquet", "README.md"}
    assert "6 of 6 runs failed" in (tmp_path / "toy.md").read_text()
    assert "Nothing can be said" in capsys.readouterr().out


def test_an_analysis_that_fails_does_not_stop_the_others(monkeypatch, tmp_path, capsys):
    class Broken(Toy):
        def table(self, frame):
            raise KeyError("salse")

    monkeypatch.setattr(run, "experiments", lambda: {"broken": "?", "toy": "Does a toy run?"})
    monkeypatch.setattr(run, "load", lambda name: (Broken if name == "broken" else Toy)(None))
    assert run.main(["all", "--jobs", "1", "--out", str(tmp_path)]) == 3
    assert "broken could not be analysed" in capsys.readouterr().err
    assert (tmp_path / "toy.png").exists()
    assert not (tmp_path / "broken.md").exists()


def test_all_lists_every_experiment(monkeypatch, tmp_path):
    as_experiment(monkeypatch, None)
    assert run.main(["all", "--jobs", "1", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "README.md").read_text()
    answer = lead(dict(pd.read_csv(tmp_path / "toy.csv").iloc[0]))
    assert f"| Does a toy run? | {answer}. |" in page
    assert 'src="toy.png"' in page


def test_a_table_is_shown_anew_without_a_run(monkeypatch, tmp_path):
    as_experiment(monkeypatch, None)
    folder = ["--out", str(tmp_path)]
    assert run.main(["toy", "--redraw", *folder]) == 2  # nothing lies there
    assert run.main(["toy", "--jobs", "1", *folder]) == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(Toy, "design", None)
    assert run.main(["toy", "--redraw", *folder]) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    table = tmp_path / "toy.csv"
    table.write_text(table.read_text().replace("posting_only", "do_nothing"))
    assert run.main(["toy", "--redraw", *folder]) == 0
    assert "doing nothing" in (tmp_path / "toy.md").read_text()


# ---- designs -------------------------------------------------------------------------------------


def count_members(found):
    return {"members_on_day_10": found.series["n_member"][10]}


def test_the_number_of_processes_changes_nothing():
    worlds = [({"year": year}, TOWN.replace(year=year)) for year in (2012, 2025)]
    design = Cells(grid(worlds, [POSTING, COMMUNITY]), 2, measure=count_members)
    one, two = (run_cells(design, jobs).drop(columns="seconds") for jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == design.n_runs == 8
    assert one[["year", "strategy", "replication_id"]].to_numpy().tolist()[:3] == [
        [2012, "posting_only", 0], [2012, "posting_only", 1], [2012, "community_building", 0],
    ]  # fmt: skip


def test_equal_cells_have_the_same_luck_and_differ_nowhere():
    same = TOWN.replace(p_buy=0.5, p_open=0.9)
    other = same.replace(price=same["price"] / 2)
    cells = [Cell(world, COMMUNITY, {"arm": arm}) for arm, world in zip("abc", (same, same, other),
                                                                       strict=True)]  # fmt: skip
    frame = run_cells(Cells(cells, 3), jobs=1)
    nothing = common.paired(frame, "sales", "b", "a", column="arm").iloc[0]
    assert frame["sales"].min() > 0
    assert (nothing["value"], nothing["low"], nothing["high"]) == (0, 0, 0)
    cheaper = common.differences(frame, "sales", "c", "a", column="arm")
    assert (cheaper["difference"] != 0).any()
    arms = [frame[frame["arm"] == arm].drop(columns=["arm", "seconds"]) for arm in "ab"]
    pd.testing.assert_frame_equal(*(arm.reset_index(drop=True) for arm in arms))


def test_a_run_is_what_simulate_gives():
    from simulation import simulate

    frame = run_cells(Cells([Cell(TOWN, COMMUNITY)], 2, seed=5), jobs=1)
    summary = simulate(TOWN, COMMUNITY, seed=5, replication=1).summary
    assert frame.iloc[1][list(summary)].to_dict() == pytest.approx(summary, nan_ok=True)


def test_events_reach_the_measure():
    def n_events(found):
        return {"n_events": len(found.events)}

    frame = run_cells(Cells([Cell(TOWN, COMMUNITY)], 1, measure=n_events, events=True), jobs=1)
    assert frame["n_events"][0] > 0
    frame = run_cells(Cells([Cell(TOWN, COMMUNITY)], 1, measure=n_events), jobs=1)
    assert frame["error"][0].startswith("InputError: events were not recorded")


def test_a_measure_may_not_hide_an_outcome():
    frame = run_cells(Cells([Cell(TOWN, COMMUNITY)], 1, measure=lambda _: {"sales": 1}), jobs=1)
    assert "already a column sales" in frame["error"][0]


LAZY = Strategy(name="lazy", phases=(Phase(posting=1.0), Phase(from_day=30)))


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ([], "at least one"),
        ([Cell(TOWN, POSTING), Cell(TOWN, POSTING)], "two cells"),
        ([Cell(TOWN, POSTING, {"a": 1}), Cell(TOWN, COMMUNITY, {"b": 1})], "labels"),
        ([Cell(TOWN, POSTING, {"sales": 1})], "such a column"),
        ([Cell(TOWN, POSTING), Cell(TOWN, LAZY)], "same effort"),
        ([Cell(TOWN, LAZY, {"a": 1}), Cell(TOWN, LAZY.model_copy(update={"ask_reviews": False}),
                                           {"a": 2})], "two different strategies"),
    ],
)  # fmt: skip
def test_a_design_refuses(cells, what):
    with pytest.raises(InputError, match=what):
        Cells(cells, 2)


def test_unequal_effort_needs_a_reason():
    design = Cells([Cell(TOWN, POSTING), Cell(TOWN, LAZY)], 2, unequal_effort="half the year")
    assert "effort not equal: half the year" in design.describe()


# ---- tables: known answers -----------------------------------------------------------------------


def runs_of(**sales):
    """Return runs of two strategies in the worlds given."""
    rows = [
        {"strategy": name, "replication_id": r, "status": "SUCCEEDED", "arm": arm, "sales": value}
        for name, values in sales.items()
        for arm in (0, 1)
        for r, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_paired_differences_by_hand():
    frame = runs_of(a=[1.0, 2.0, 3.0, 4.0], b=[3.0, 4.0, 5.0, 2.0])
    table = common.paired(frame, "sales", "b", "a", by=["arm"])
    assert table["arm"].tolist() == [0, 1]
    assert table["value"].tolist() == [1.0, 1.0]
    assert table["share_better"].tolist() == [0.75, 0.75]
    assert table["n_worlds"].tolist() == [4, 4]
    assert (table["low"] < 1).all()
    assert (table["high"] > 1).all()


def test_pairing_takes_the_luck_of_a_world_out():
    world = np.arange(20.0) * 100
    sure = common.paired(runs_of(a=world, b=world + 7)[lambda f: f["arm"] == 0], "sales", "b", "a")
    assert sure[["value", "low", "high"]].to_numpy().tolist() == [[7, 7, 7]]


def test_less_is_better_where_it_is():
    frame = runs_of(a=[5.0, 5.0], b=[4.0, 6.0]).rename(columns={"sales": "cost_per_sale"})
    table = common.paired(frame, "cost_per_sale", "b", "a", by=["arm"])
    assert table["share_better"].tolist() == [0.5, 0.5]
    frame.loc[frame["strategy"] == "b", "cost_per_sale"] = 1.0
    assert common.paired(frame, "cost_per_sale", "b", "a", by=["arm"])["share_better"].min() == 1


def test_a_world_that_lacks_one_of_the_two_is_left_out():
    frame = runs_of(a=[1.0, 2.0, 3.0], b=[2.0, np.nan, 4.0])
    frame.loc[frame["replication_id"] == 2, "status"] = "FAILED"
    table = common.paired(frame, "sales", "b", "a", by=["arm"])
    assert table["n_worlds"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="say more in `by`"):
        common.paired(frame, "sales", "b", "a")
    with pytest.raises(ValueError, match="no run has strategy = 'c'"):
        common.paired(frame, "sales", "c", "a")


def test_a_difference_of_differences():
    frame = runs_of(a=[1.0, 2.0, 3.0], b=[2.0, 4.0, 6.0])
    frame.loc[(frame["arm"] == 1) & (frame["strategy"] == "b"), "sales"] += 10
    gaps = common.differences(frame, "sales", "b", "a", by=["arm"])
    both = common.paired(gaps, "difference", 1, 0, column="arm")
    assert both[["value", "low", "high"]].to_numpy().tolist() == [[10, 10, 10]]


def test_a_ratio_of_sums_is_not_a_mean_of_ratios():
    frame = pd.DataFrame({"strategy": "a", "above": [1.0, 9.0], "below": [1.0, 19.0]})
    found = common.ratios(frame, "above", "below").iloc[0]
    assert found["value"] == pytest.approx(10 / 20)
    always = pd.DataFrame({"strategy": "a", "above": [1.0, 3.0, 5.0], "below": [2.0, 6.0, 10.0]})
    found = common.ratios(always, "above", "below").iloc[0]
    assert found[["value", "low", "high"]].tolist() == pytest.approx([0.5, 0.5, 0.5])
    empty = pd.DataFrame({"strategy": "a", "above": [0.0, 0.0], "below": [0.0, 0.0]})
    assert np.isnan(common.ratios(empty, "above", "below").iloc[0]["value"])


def test_intervals_of_means_and_ratios_cover():
    """Of 200 experiments about 19 in 20 intervals hold the true value; a broken one would not."""
    from simulation.core.randomness import analysis_rng

    rng, held = analysis_rng(7), np.zeros(2)
    for _ in range(200):
        below = rng.poisson(20, 40).astype(float)
        frame = pd.DataFrame({"strategy": "a", "above": rng.poisson(below / 4), "below": below})
        held += [
            row["low"] <= true <= row["high"]
            for row, true in (
                (common.means(frame, "above").iloc[0], 5.0),
                (common.ratios(frame, "above", "below").iloc[0], 0.25),
            )
        ]
    assert (held / 200 > 0.88).all()  # 5 sd of a binomial below .95
    assert (held / 200 < 1).any()


def test_leaders_know_when_the_lead_is_clear():
    frame = runs_of(a=[1.0, 2.0, 3.0, 2.0], b=[5.0, 6.0, 7.0, 9.0], c=[5.1, 6.1, 6.8, 8.9])
    frame.loc[(frame["arm"] == 1) & (frame["strategy"] == "c"), "sales"] = 0.0
    table = common.leaders(frame, "sales", by=["arm"])
    assert table["strategy"].tolist() == ["b", "b"]
    assert table["baseline"].tolist() == ["c", "a"]
    assert table["clear"].tolist() == [False, True]


def test_resampled_means_spread_like_the_standard_error():
    values = np.arange(50.0)
    wide = common.in_worlds(runs_of(a=values, b=values)[lambda f: f["arm"] == 0], "sales",
                            ["strategy"])  # fmt: skip
    means = common.resampled_means(wide, 4000)
    assert means.shape == (4000, 2)
    assert means.std() == pytest.approx(values.std() / np.sqrt(50), rel=0.06)
    assert np.abs(means[:, 0] - means[:, 1]).max() < 1e-9  # the columns share the drawn worlds


def test_where_lines_cross():
    x = [10, 20, 40]
    lead = [[-1, 1, 5], [1, -1, 3], [-1, -3, 0], [1, 2, 3], [1, 2, -1], [0, 1, 2]]
    found = common.crossings(x, lead)
    assert found.tolist() == [15, 25, np.inf, -np.inf, np.inf, 10]
    resampled = [[-1, 1, 5]] * 90 + [[-1, -1, 1]] * 10
    row = common.crossing(x, [-1, 1, 5], resampled)
    assert row == {"value": 15, "low": 15, "high": 30}
    never = common.crossing(x, [-1, -1, -1], [[-1, 1, 1]] * 50 + [[-1, -1, -1]] * 50)
    assert never == {"value": np.inf, "low": 15, "high": np.inf}
    assert common.crossing(x, [1, 1, 1], [[1, 1, 1]] * 20)["value"] == -np.inf


def test_a_share_is_changed_at_equal_effort():
    split = {"posting": 0.2, "replying": 0.1, "content": 0.4, "hosting": 0.3}
    whole = Strategy.load({"name": "whole", **split})
    half = common.with_share(whole, "posting", 0.1, "half")
    phase = half.phases[0]
    assert half.name == "half"
    assert [phase.posting, phase.replying, phase.content, phase.hosting] == pytest.approx(
        [0.1, 0.1125, 0.45, 0.3375]
    )
    Cells([Cell(TOWN, whole), Cell(TOWN, half)], 2)  # the effort is equal
    with pytest.raises(ValueError, match="no activity but advertising"):
        common.with_share(STRATEGIES["advertising"], "advertising", 0.5, "half")
