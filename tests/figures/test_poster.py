"""The poster: everything on one page that can be read, every number of it the comparison's."""

from __future__ import annotations

import itertools
import re
import zlib
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from simulation import figures, save
from simulation.commands.cli import main
from simulation.commands.list_ import parameters_table
from simulation.core.outcomes import outcome_named
from simulation.figures.poster_page import SIZE, best_of, note, question, shares_of_effort
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, from_table
from simulation.runs.run import simulate
from simulation.tools.errors import InputError
from simulation.tools.stamp import versions
from tests.figures.test_figures import WORLD, assert_readable, comparisons, texts  # noqa: F401

mpl.use("Agg")


@pytest.fixture(scope="module")
def runs():
    """One world under the two strategies of the comparison."""
    return [simulate(WORLD, s, seed=2) for s in ("posting_only", "community_building")]


def words(figure) -> str:
    return "\n".join(text.get_text() for text, _ in texts(figure))


@pytest.mark.parametrize(
    ("worlds", "days", "funnels"),
    # with fewer panels there is more room for each: only where there is most to write
    [
        ("two", True, True),
        ("three", True, True),
        *itertools.product(["six", "long"], *[[True, False]] * 2),
    ],
)
def test_the_poster_can_be_read(comparisons, runs, worlds, days, funnels):  # noqa: F811
    c = comparisons[worlds] if days else replace(comparisons[worlds], series=None)
    figure = figures.poster(c, runs if funnels else None)
    assert tuple(figure.get_size_inches()) == SIZE
    assert_readable(figure, smallest=14)
    assert len(figure.axes) == 5 + 2 * days + 2 * funnels
    assert figure.get_suptitle().replace("\n", " ") == c.sentences[0]
    boxes = [ax.get_window_extent() for ax in figure.axes if ax.axison]
    assert all(box.width > 200 and box.height > 100 for box in boxes)
    legend = figure.legends[0].get_window_extent()
    assert not any(box.overlaps(legend) for box in boxes)


def test_it_asks_for_no_window_and_leaves_the_style_alone(comparisons):  # noqa: F811
    import matplotlib.pyplot as plt

    before = dict(mpl.rcParams)
    figures.poster(comparisons["two"])
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


def test_what_is_written_is_what_was_run(comparisons, runs):  # noqa: F811
    c = comparisons["two"]
    said = " ".join(words(figures.poster(c, runs)).split())
    start = [round(s * 1200) for s in (WORLD.world.share_followers, WORLD.world.share_members)]
    ends = c.runs[c.runs["strategy"] == "community_building"]["n_member"].mean()
    for number in (*start, ends):
        assert f" {number:,.0f} " in said
    assert f"6 worlds of classroom (year {WORLD.world.year:g}), seed 2" in said
    for name in ("python", "numpy", "numba"):
        assert f"{name} {versions()[name]}" in said
    assert f"launch_day {WORLD.product.launch_day}" in said
    assert "Who moved under community_building" in said
    assert "Student's t" in said  # 6 worlds are few


def test_assumptions_are_counted(comparisons):  # noqa: F811
    text = dict(note(comparisons["two"]))["What is assumption"]
    total, assumed, measured = map(int, re.findall(r"\d+", text))
    table = parameters_table()
    rows = [line for line in table.splitlines() if re.match(r"\| \w+ \|", line)]
    rows = [row for row in rows if not row.startswith("| parameter")]
    assert total == len(rows) == assumed + measured
    assert assumed == sum("| assumption: " in row for row in rows) > 0
    assert measured == sum("(grade " in row for row in rows) > 0


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=lambda s: s.name)
def test_shares_of_effort_are_those_of_the_phases(strategy):
    shares = shares_of_effort(strategy, Scenario())
    assert sum(shares.values()) == pytest.approx(0 if strategy.name == "do_nothing" else 1)
    assert shares == {name: getattr(strategy.phases[0], name) for name in ACTIVITIES}


def test_phases_weigh_by_their_days():
    both = from_table({"name": "both", "phases": [
        {"from_day": 0, "posting": 1.0}, {"from_day": 30, "content": 1.0},
        {"from_day": 500, "hosting": 1.0}]})  # fmt: skip
    shares = shares_of_effort(both, WORLD)  # of 120 days
    assert (shares["posting"], shares["content"], shares["hosting"]) == (0.25, 0.75, 0)


def test_the_question_is_the_one_that_was_asked(comparisons):  # noqa: F811
    two, six = (question(comparisons[name]) for name in ("two", "six"))
    assert two.startswith(f"With the same {WORLD.world.hours_per_week:g} hours a week for 120 days")
    assert "does community_building lead to more than posting_only" in two
    assert all(name in six for name in comparisons["six"].names)
    assert "members at the end" in question(comparisons["two"].with_outcome("n_member"))


@pytest.mark.parametrize("outcome", ["sales", "n_stranger", "n_member"])
def test_the_best_is_the_one_of_the_first_sentence(comparisons, outcome):  # noqa: F811
    c = comparisons["six"].with_outcome(outcome)
    assert best_of(c) in c.sentences[0].split()
    differences = c.table["difference"].iloc[1:]
    assert differences[best_of(c)] * outcome_named(outcome).better == max(
        differences * outcome_named(outcome).better
    )


def test_runs_of_another_world_are_refused(comparisons, runs):  # noqa: F811
    c = comparisons["two"]
    other_seed = simulate(WORLD, "community_building", seed=3)
    other_world = simulate("classroom", "community_building", seed=2, replication=1)
    stranger = simulate(WORLD, "advertising", seed=2)
    for given, why in [
        (runs[:1], "two are wanted"),
        ([*runs, stranger], "two are wanted"),
        ([runs[0], runs[0]], "two are wanted"),
        ([runs[0], other_seed], "not of one world"),
        ([runs[0], other_world], "not of one world"),
        ([runs[0], stranger], "not all among"),
        ([runs[0], c], "not from a Comparison"),
    ]:
        with pytest.raises(InputError, match=why):
            figures.poster(c, given)
    with pytest.raises(InputError, match="not from a Run"):
        figures.poster(runs[0])


# --- files ---------------------------------------------------------------------------------------


def fonts_of(pdf: bytes) -> tuple[int, int]:
    """How many fonts a PDF names, and how many it carries inside."""
    found = pdf
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            found += zlib.decompress(stream)
        except zlib.error:
            continue
    return len(re.findall(rb"/FontDescriptor\b", found)), len(re.findall(rb"/FontFile2\b", found))


def test_the_command_writes_page_and_picture(tmp_path, capsys):
    base = ["compare", "--scenario", "classroom", "--people", "300", "--replications", "3"]
    out = tmp_path / "out"
    assert main([*base, "--jobs", "1", "--poster", "--out", str(out)]) == 0
    assert "poster.pdf, poster.png" in capsys.readouterr().out
    with Image.open(out / "poster.png") as image:
        assert np.abs(np.array(image.size) - 150 * np.array(SIZE)).max() <= 1
    pdf = (out / "poster.pdf").read_bytes()
    named, inside = fonts_of(pdf)
    assert named > 0
    assert inside >= 1
    assert b"/Type3" not in pdf
    page = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [float(side) / 72 for side in page.groups()] == pytest.approx(SIZE)


def test_a_run_has_no_poster(tmp_path, runs):
    with pytest.raises(InputError, match="not from a Run"):
        save(runs[0], tmp_path / "out", poster=[])
    assert not (tmp_path / "out").exists()
