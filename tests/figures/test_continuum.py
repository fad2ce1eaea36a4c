"""The emotional continuum: its numbers are the run's, its arrows and dots are its numbers."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from simulation import figures
from simulation.core.stages import STAGES
from simulation.figures.continuum_panel import MOST_DOTS
from simulation.runs.run import Run, simulate
from tests.figures.test_figures import assert_readable
from tests.inputs.test_world import ALL_LEVERS, LIVELY

mpl.use("Agg")


@pytest.fixture(scope="module")
def run() -> Run:
    """A world in which people move, lapse and leave for the rival."""
    return simulate(LIVELY.replace(p_rival=0.1, p_switch=0.3, n_people=1500), ALL_LEVERS, seed=3)


def test_numbers_are_those_of_the_run(run):
    frame = figures.data("continuum", run).set_index("stage")
    assert list(frame.index) == list(STAGES)
    assert [frame.loc[s, "people"] for s in STAGES] == [run.summary[f"n_{s}"] for s in STAGES]
    assert frame["switched"].sum() == run.summary["switched"] > 0
    flows = run.series[list(run.to_xarray()["move"].values)].sum()
    up, down = frame["moved_up"], frame["lapsed"]
    assert up.tolist() == [*(flows[f"moves_to_{s}"] for s in STAGES[1:]), 0]
    assert down.tolist() == [0, *(flows[f"lapses_to_{s}"] for s in STAGES[:-1])]
    for i, stage in enumerate(STAGES):  # who came less who went is who is more
        change = frame["people"].iloc[i] - (run.people["start_stage"] == stage).sum()
        came = (up.iloc[i - 1] if i else frame["switched"].sum()) + down.iloc[i + 1 : i + 2].sum()
        assert change == came - up.iloc[i] - down.iloc[i] - frame["switched"].iloc[i]
    for stage, values in run.people.groupby("stage", observed=True)["attachment"]:
        assert frame.loc[stage, "median"] == np.median(values)
        assert frame.loc[stage, "low"] <= frame.loc[stage, "median"] <= frame.loc[stage, "high"]


def test_arrows_are_as_wide_as_the_square_root_of_their_people(run):
    frame = figures.data("continuum", run)
    ax = figures.continuum(run)
    arrows = [patch for patch in ax.patches if isinstance(patch, mpl.patches.Polygon)]
    assert len(arrows) == 6
    for arrow in arrows:
        corners = arrow.get_xy()
        start, tip = corners[0, 0], corners[3, 0]
        where = int(min(start, tip))
        row = frame.iloc[where] if tip > start else frame.iloc[where + 1]
        people = row["moved_up"] if tip > start else row["lapsed"]
        width = corners[6, 1] - corners[0, 1]
        widest = 0.1 * np.sqrt(people / frame[["moved_up", "lapsed"]].to_numpy().max())
        assert width == pytest.approx(widest)


def test_dots_are_people_and_the_lines_their_medians(run):
    ax = figures.continuum(run)
    frame = figures.data("continuum", run)
    for i, dots in enumerate(ax.collections):
        heights = dots.get_offsets()[:, 1]
        people = run.people.loc[run.people["stage"] == STAGES[i], "attachment"]
        assert len(heights) == min(MOST_DOTS, len(people))
        assert set(heights) <= set(people)
    medians = [line.get_ydata()[0] for line in ax.lines if line.get_color() == "black"]
    assert medians == frame["median"].tolist()


def test_it_says_what_it_leaves_out(run):
    ax = figures.continuum(run)
    assert_readable(ax.figure)
    assert f"{int(run.summary['switched']):,} who left for the rival" in ax.get_xlabel()
    assert f"up to {MOST_DOTS}" in ax.get_xlabel()
    quiet = simulate(LIVELY.replace(p_rival=0.0), ALL_LEVERS, seed=3)
    assert "rival" not in figures.continuum(quiet).get_xlabel()
