"""Figures: they draw real runs, show the run's own numbers, and can be read."""

from __future__ import annotations

import itertools

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from simulation import figures
from simulation.core.stages import STAGES, TOUCHPOINTS
from simulation.figures import numbers
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy
from simulation.runs.comparison import Comparison, compare
from simulation.runs.run import Run, simulate
from simulation.runs.statistics import mean_interval
from simulation.tools.errors import InputError

mpl.use("Agg")
import matplotlib.pyplot as plt

WORLD = Scenario.load("classroom").replace(n_people=1200)
OF_A_RUN = ("stages_over_time", "funnel", "attachment_by_stage", "continuum")
OF_BOTH = ("sales_by_touchpoint", "sales_by_stage")
OF_A_COMPARISON = ("paired_difference", "cumulative_difference")
LONG = STRATEGIES["balanced"].model_copy(update={"name": "a_name_that_somebody_made_very_long"})


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(WORLD, "community_building", seed=2)


@pytest.fixture(scope="module")
def empty_run() -> Run:
    """A world in which the upper stages are empty and nothing is sold."""
    nobody = WORLD.replace(
        n_people=300, share_subscribers=0, share_members=0, share_followers=0, p_buy=0.0
    )
    return simulate(nobody, "do_nothing", seed=2)


@pytest.fixture(scope="module")
def comparisons() -> dict[str, Comparison]:
    pair = ["posting_only", "community_building"]
    given = {
        "two": pair,
        "three": [*pair, "audience_building"],
        "six": [*pair, "audience_building", "advertising", "balanced", "do_nothing"],
        "long": [LONG, Strategy(name="another_long_name_for_a_strategy"), *pair],
    }
    return {
        name: compare(WORLD, names, replications=6, seed=2, jobs=1) for name, names in given.items()
    }


def texts(figure: Figure) -> list[tuple[str, object]]:
    """Every text that can be seen in a figure, with its box in pixels."""
    figure.draw_without_rendering()
    found = [text for text in figure.texts if text.get_text()]
    found += [figure._suptitle] if figure._suptitle and figure._suptitle not in found else []
    legends = list(figure.legends)
    for ax in figure.axes:
        found += [ax._left_title, ax.title, ax._right_title, *ax.texts]
        legends += [ax.get_legend()] if ax.get_legend() else []
        if not ax.axison:
            continue
        found += [ax.xaxis.label, ax.yaxis.label]
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [t for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
            found += [tick.label1 for tick in ticks]
    for legend in legends:
        found += [*legend.get_texts(), legend.get_title()]
    unique = {id(text): text for text in found if text.get_visible() and text.get_text().strip()}
    # of the words alone: the box of an annotation also holds its leader line
    return [(text, Text.get_window_extent(text)) for text in unique.values()]


def assert_readable(figure: Figure, smallest: float = 11) -> None:
    """All texts lie within the figure, none on another, none smaller than so many points."""
    boxes = texts(figure)
    assert len(boxes) > 5
    width, height = figure.canvas.get_width_height(physical=True)
    for text, box in boxes:
        what = text.get_text()
        assert text.get_fontsize() >= smallest, what
        assert box.x0 >= -1, what
        assert box.y0 >= -1, what
        assert box.x1 <= width + 1, what
        assert box.y1 <= height + 1, what
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        slack = 0.25 * min(a.height, b.height)  # boxes hold the room of ascenders and descenders
        assert across <= 1 or along <= slack, (one.get_text(), other.get_text())


# --- drawing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*OF_A_RUN, *OF_BOTH])
def test_figures_of_a_run(name, run):
    before = dict(mpl.rcParams)
    ax = getattr(figures, name)(run)
    assert isinstance(ax, Axes)
    assert {k: v for k, v in mpl.rcParams.items() if k != "backend"} == {
        k: v for k, v in before.items() if k != "backend"
    }
    assert_readable(ax.figure)
    title = ax.get_title(loc="left")
    assert "community_building" in title


@pytest.mark.parametrize("worlds", ["two", "three", "six", "long"])
@pytest.mark.parametrize("name", [*OF_BOTH, *OF_A_COMPARISON])
def test_figures_of_a_comparison(name, worlds, comparisons):
    ax = getattr(figures, name)(comparisons[worlds])
    assert isinstance(ax, Axes)
    assert_readable(ax.figure)


@pytest.mark.parametrize("name", [*OF_A_RUN, *OF_BOTH, *OF_A_COMPARISON])
def test_the_given_axes_are_drawn_on(name, run, comparisons):
    figure, (left, right) = plt.subplots(1, 2)
    result = comparisons["two"] if name in OF_A_COMPARISON else run
    assert getattr(figures, name)(result, ax=right) is right
    assert right.has_data() or right.patches
    assert not left.has_data()
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("worlds", ["two", "three", "six", "long"])
def test_the_picture_of_a_comparison_can_be_read(worlds, comparisons):
    before = dict(mpl.rcParams)
    figure = figures.comparison(comparisons[worlds])
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []  # it asks for no window
    assert figure.canvas.get_width_height(physical=True) == (1600, 1000)
    assert len(figure.axes) == 4
    assert_readable(figure)
    assert figure.get_suptitle().replace("\n", " ") == comparisons[worlds].sentences[0]
    legend = figure.legends[0].get_window_extent()
    assert not any(ax.get_window_extent().overlaps(legend) for ax in figure.axes)


@pytest.mark.parametrize(
    "outcome", ["n_member", "cost_per_sale", "mean_stars", "attachment_member"]
)
def test_the_picture_of_another_outcome(outcome, comparisons):
    for worlds in ("two", "six"):
        assert_readable(figures.comparison(comparisons[worlds].with_outcome(outcome)))


def test_the_picture_without_days(comparisons):
    from dataclasses import replace

    short = replace(comparisons["two"], series=None)
    figure = figures.comparison(short)
    assert len(figure.axes) == 2
    assert_readable(figure)
    with pytest.raises(InputError, match="keep_series=True"):
        figures.cumulative_difference(short)
    with pytest.raises(InputError, match="keep_series=True"):
        figures.sales_by_touchpoint(short)


@pytest.mark.parametrize("name", [*OF_A_RUN, *OF_BOTH])
def test_empty_stages_and_no_sales_can_be_drawn(name, empty_run):
    ax = getattr(figures, name)(empty_run)
    ax.figure.draw_without_rendering()
    if name in OF_BOTH:
        assert "no sales" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("name", [*OF_A_RUN, *OF_A_COMPARISON, "comparison"])
def test_the_wrong_kind_of_result_is_refused(name, run, comparisons):
    result = comparisons["two"] if name in OF_A_RUN else run
    with pytest.raises(InputError, match="this figure is drawn from a"):
        figures.data(name, result)
    with pytest.raises(InputError, match="not from a DataFrame"):
        figures.data(name, pd.DataFrame())


# --- numbers -------------------------------------------------------------------------------------


def test_every_figure_has_its_numbers_under_the_same_name(run):
    for name in figures.FIGURES:
        assert callable(getattr(figures, name))
        assert callable(getattr(numbers, name))
    by_name = figures.data("funnel", run)
    pd.testing.assert_frame_equal(by_name, figures.data(figures.funnel, run))
    with pytest.raises(InputError, match='did you mean "funnel"'):
        figures.data("funel", run)


def test_numbers_of_a_run(run):
    stages = figures.data("stages_over_time", run)
    assert (stages[list(STAGES)].sum(axis=1) == WORLD.world.n_people).all()
    assert stages["member"].iloc[-1] == run.summary["n_member"]

    moved = figures.data("funnel", run)
    assert len(moved) == 16
    assert moved["people"].sum() == WORLD.world.n_people
    ends = moved.groupby("stage")["people"].sum()
    assert [ends[s] for s in STAGES] == [run.summary[f"n_{s}"] for s in STAGES]
    starts = moved.groupby("start_stage")["people"].sum()
    expected = run.people["start_stage"].value_counts()
    assert [starts[s] for s in STAGES] == [expected[s] for s in STAGES]

    carried = figures.data("sales_by_touchpoint", run)
    assert carried["touchpoint"].tolist() == list(TOUCHPOINTS)
    assert carried["copies"].sum() == run.summary["sales"] > 0
    bought = figures.data("sales_by_stage", run).set_index("stage")["copies"]
    assert [bought[s] for s in STAGES] == [run.summary[f"sales_to_{s}"] for s in STAGES]

    ridges = figures.data("attachment_by_stage", run)
    assert ridges.groupby("stage")["share"].sum().tolist() == pytest.approx([1, 1, 1, 1])
    middle = (ridges["low"] + ridges["high"]) / 2 * ridges["share"]
    means = middle.groupby(ridges["stage"]).sum()
    assert means["member"] == pytest.approx(run.summary["attachment_member"], abs=0.02)


def test_numbers_of_a_comparison(comparisons):
    c = comparisons["three"]
    table = c.table
    for name in ("sales_by_touchpoint", "sales_by_stage"):
        frame = figures.data(name, c)
        assert frame.groupby("strategy")["copies"].sum().to_dict() == pytest.approx(
            table["mean"].to_dict()
        )
        assert (frame["low"] <= frame["copies"]).all()
        assert (frame["copies"] <= frame["high"]).all()
        assert (frame["low"] >= 0).all()
    dots = figures.data("paired_difference", c)
    assert dots.groupby("strategy")["difference"].mean().to_dict() == pytest.approx(
        table["difference"].drop("posting_only").to_dict()
    )
    lead = figures.data("cumulative_difference", c)
    last = lead[lead["time"] == WORLD.world.n_days - 1].set_index("strategy")
    assert last["difference"].to_dict() == pytest.approx(
        table["difference"].drop("posting_only").to_dict()
    )
    assert (lead["low"] <= lead["high"]).all()
    pd.testing.assert_frame_equal(figures.data("comparison", c), c.table)


def test_interval_of_a_mean_is_students():
    mean, low, high, n = mean_interval(np.array([[1.0, 2.0, 3.0]]), 0.95)
    assert n.tolist() == [3]
    assert (mean[0], low[0], high[0]) == pytest.approx((2, 2 - 2.484, 2 + 2.484), abs=1e-3)


def test_bars_are_as_long_as_the_numbers(run):
    ax = figures.sales_by_stage(run)
    drawn = [patch.get_width() for patch in ax.patches]
    assert drawn == figures.data("sales_by_stage", run)["copies"].tolist()


def test_ribbons_are_as_wide_as_their_people_are_many(run):
    frame = figures.data("funnel", run)
    idle = (frame["start_stage"] == "stranger") & (frame["stage"] == "stranger")
    people = frame.loc[~idle & (frame["people"] > 0), "people"]
    ax = figures.funnel(run)
    ribbons = [patch for patch in ax.patches if isinstance(patch, mpl.patches.PathPatch)]
    widths = [
        patch.get_path().vertices[7, 1] - patch.get_path().vertices[0, 1] for patch in ribbons
    ]
    np.testing.assert_allclose(widths, people / people.sum())
    left_out = f"{int(frame.loc[idle, 'people'].sum()):,} strangers who stayed strangers"
    assert any(left_out in text.get_text() for text in ax.texts)


# --- colours and places --------------------------------------------------------------------------

#: Machado, Oliveira and Fernandes (2009), severity 1: how the colour-blind see linear RGB.
BLIND = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


def seen(colour: str, kind: str) -> np.ndarray:
    linear = np.array(mpl.colors.to_rgb(colour)) ** 2.2
    return np.clip(np.array(BLIND[kind]) @ linear, 0, 1) ** (1 / 2.2)


@pytest.mark.parametrize("kind", BLIND)
def test_colours_can_be_told_apart(kind):
    for colours in (figures.STAGE_COLOURS, figures.STRATEGY_COLOURS):
        for one, other in itertools.combinations(colours, 2):
            apart = np.linalg.norm(seen(colours[one], kind) - seen(colours[other], kind))
            assert apart > 0.1, (one, other)


def test_stages_darken_on_the_way_up():
    light = [np.array(mpl.colors.to_rgb(figures.STAGE_COLOURS[s])) @ [0.3, 0.59, 0.11]
             for s in STAGES]  # fmt: skip
    assert (np.diff(light) < -0.07).all()


def test_looks_are_fixed_and_differ():
    every = figures.looks([*STRATEGIES, "mine", "yours"])
    assert len({(look.colour, look.marker) for look in every.values()}) == len(every)
    assert len({look.colour for look in every.values()}) == len(every)
    assert figures.looks(["yours", "balanced"])["balanced"] == every["balanced"]
    assert (
        figures.looks(["mine", "balanced"])["mine"] == figures.looks(["balanced", "mine"])["mine"]
    )


@given(st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=12), st.floats(0.01, 0.2))
@settings(max_examples=60, deadline=None)
def test_spread_keeps_order_room_and_gaps(wished, gap):
    places = numbers.spread(wished, gap, 0.0, 1.0)
    ordered = sorted(places)
    room = min(gap, 1 / max(1, len(wished) - 1))
    assert min(np.diff(ordered), default=1) >= room - 1e-3
    assert ordered[0] >= -1e-9
    assert ordered[-1] <= 1 + 1e-9
    order = np.argsort(wished, kind="stable")
    assert (np.diff(np.array(places)[order]) >= 0).all()


def test_spread_leaves_what_has_room():
    assert numbers.spread([0.9, 0.1, 0.5], 0.1, 0, 1) == pytest.approx([0.9, 0.1, 0.5])
    assert numbers.spread([0.5, 0.5], 0.1, 0, 1) == pytest.approx([0.45, 0.55], abs=1e-3)


def test_every_launch_is_marked():
    """Three books: three dashed lines, and the axis says how many."""
    career = Scenario.load("author_career").replace(n_people=300, days_warm_up=0)
    ax = figures.stages_over_time(simulate(career, "posting_only"))
    dashed = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1]
    assert dashed == career.launch_days == [540, 1270, 2000]
    assert "3 launches (dashed)" in ax.get_xlabel()
