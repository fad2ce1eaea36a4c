"""What can be taken away from the page: pictures, data, and the files ``continuum run`` takes."""

from __future__ import annotations

import io
import textwrap
import threading
from collections.abc import Callable
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from simulation import figures
from simulation.core.outcomes import SUMMARY
from simulation.inputs.toml_text import scenario_toml, strategy_toml
from simulation.tools import VERSION
from simulation.tools.errors import InputError
from simulation.tools.stamp import versions
from simulation.web.choice import preset
from simulation.web.pair import Pair
from simulation.web.query import to_query

#: matplotlib keeps its style for the whole process: one window draws at a time.
_DRAWING = threading.Lock()


class Export(NamedTuple):
    """One file that can be taken away."""

    kind: str
    label: str
    title: str
    name: str
    mime: str
    write: Callable[[Pair, str], bytes]


def world_named(pair: Pair) -> str:
    """Return the world in words: the preset, and what was changed of it."""
    usual = preset(pair.choice.scenario)
    changes = [f"{name} {value} (not {usual[name]})" for name, value in pair.choice.changes]
    more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
    name = pair.a.scenario.name
    return f"{name} with {', '.join(changes[:3])}{more}" if changes else name


def side_by_side(pair: Pair, said: str = "") -> Figure:
    """Return the picture of both runs: stages, funnels and what carried the sales (2000 x 1700).

    said : what is to be said of all worlds beside this one
    """
    with mpl.rc_context(figures.STYLE):
        figure = Figure(figsize=(16, 13.6), dpi=125, layout="constrained")
        panels = figure.subplots(3, 2, height_ratios=(1, 1.15, 0.7))
        for column, (letter, run) in enumerate(zip("AB", pair.runs, strict=True)):
            figures.stages_over_time(run, ax=panels[0, column])
            figures.funnel(run, ax=panels[1, column])
            figures.sales_by_touchpoint(run, ax=panels[2, column])
            sold = f"{run.summary['sales']:,.0f} copies"
            panels[0, column].set_title(f"{letter}: {run.strategy.name}, {sold}", weight="bold")
            panels[1, column].set_title("From day 0 to the end")
            panels[2, column].set_title("What carried the sales")
        most = max(ax.get_xlim()[1] for ax in panels[2])
        for ax in panels[2]:
            ax.set_xlim(0, most)
        luck = f"seed {pair.choice.seed}, world {pair.choice.world}"
        people = f"{pair.a.scenario.world.n_people:,} people"
        title = f"One world of {world_named(pair)}: the same {people}, the same luck ({luck})"
        figure.suptitle(
            "\n".join([*textwrap.wrap(title, 110), *textwrap.wrap(said, 110)]),
            x=0.01, ha="left", fontsize=14, fontweight="bold",
        )  # fmt: skip
        address = to_query(pair.choice) or "the page as it opens"
        foot = f"Continuum {VERSION}, continuum serve: {address}"
        figure.supxlabel(textwrap.fill(foot, 160), x=0.01, ha="left", fontsize=10)
    return figure


def _picture(form: str) -> Callable[[Pair, str], bytes]:
    def write(pair: Pair, said: str) -> bytes:
        with _DRAWING:
            buffer = io.BytesIO()
            with mpl.rc_context({"svg.fonttype": "none"}):
                side_by_side(pair, said).savefig(buffer, format=form)
            return buffer.getvalue()

    return write


def days(pair: Pair) -> pd.DataFrame:
    """Return the days of both runs: side, strategy, time [days], then every outcome."""
    frames = []
    for side, run in zip("AB", pair.runs, strict=True):
        frame = run.series.copy()
        frame.insert(0, "side", side)
        frame.insert(1, "strategy", run.strategy.name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _csv(pair: Pair, said: str) -> bytes:
    return days(pair).to_csv(index=False).encode()


def _xlsx(pair: Pair, said: str) -> bytes:
    summary = pd.DataFrame(
        {
            "outcome": [scalar.name for scalar in SUMMARY],
            "A": [pair.a.summary[scalar.name] for scalar in SUMMARY],
            "B": [pair.b.summary[scalar.name] for scalar in SUMMARY],
            "unit": [scalar.unit for scalar in SUMMARY],
            "meaning": [scalar.label for scalar in SUMMARY],
        }
    )
    parameters = pd.DataFrame(pair.a.scenario.flat().items(), columns=["parameter", "value"])
    about = {
        "scenario": pair.a.scenario.name,
        "A": pair.a.strategy.name,
        "B": pair.b.strategy.name,
        "seed": pair.choice.seed,
        "replication": pair.choice.world,
        "all worlds": said,
        **versions(),
    }
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="openpyxl") as book:
        summary.to_excel(book, sheet_name="summary", index=False)
        days(pair).to_excel(book, sheet_name="days", index=False)
        parameters.to_excel(book, sheet_name="parameters", index=False)
        pd.DataFrame(about.items()).to_excel(book, sheet_name="about", index=False, header=False)
    return buffer.getvalue()


def _toml(which: str) -> Callable[[Pair, str], bytes]:
    def write(pair: Pair, said: str) -> bytes:
        luck = f"--seed {pair.choice.seed} --replication {pair.choice.world}"
        if which == "scenario":
            text = scenario_toml(pair.a.scenario)
        else:
            text = strategy_toml((pair.a if which == "a" else pair.b).strategy)
        files = "strategy_a.toml (or strategy_b.toml) --scenario scenario.toml"
        return f"# continuum run {files} {luck}\n{text}".encode()

    return write


EXPORTS: tuple[Export, ...] = (
    Export("png", "PNG", "the picture of both", "continuum.png", "image/png", _picture("png")),
    Export("svg", "SVG", "the picture of both", "continuum.svg", "image/svg+xml", _picture("svg")),
    Export("csv", "CSV", "every outcome on every day", "days.csv", "text/csv", _csv),
    Export("xlsx", "XLSX", "summary, days and parameters", "continuum.xlsx",
           "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
    Export("scenario", "scenario.toml", "the world, for continuum run --scenario",
           "scenario.toml", "application/toml", _toml("scenario")),
    Export("a", "strategy_a.toml", "A, for continuum run", "strategy_a.toml",
           "application/toml", _toml("a")),
    Export("b", "strategy_b.toml", "B, for continuum run", "strategy_b.toml",
           "application/toml", _toml("b")),
)  # fmt: skip


def export_named(kind: str) -> Export:
    """Return the export of that kind, or raise InputError."""
    for export in EXPORTS:
        if export.kind == kind:
            return export
    raise InputError(f"unknown export: one of {', '.join(e.kind for e in EXPORTS)}")
