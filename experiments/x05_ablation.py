"""Which of the three things a community adds matters: relationships, purpose, evolving engagement?

Fixed: the town of launch_2025 with one in a hundred a member at the start, community_building, ten
hours a week. Varies: every combination of the three switches, with the same luck (a 2 x 2 x 2
factorial). The effect of a factor is the mean of the runs that have it minus the mean of those that
do not; an interaction is half of what one factor's effect changes by when the other is there. The
factor purpose is all that a shared purpose does: self-connection built by visits, visits drawn by
it, and the drift of members towards their mean; how well the brand suits a person counts in all
eight combinations.
"""

from __future__ import annotations

import textwrap
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.tables import CONFIDENCE, in_worlds, pick, say
from simulation.core.stages import STAGES
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run
from simulation.runs.statistics import interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FACTORS = ("relationships", "purpose", "evolving")
EFFECTS = tuple(
    " x ".join(names) for size in (1, 2, 3) for names in combinations(FACTORS, size)
)  # fmt: skip
#: Outcome -> (its name, its unit); all are of the end but copies and lapses.
OUTCOMES = {
    "sales": ("copies sold", "copies"),
    "n_member": ("members at the end", "people"),
    "lapses_per_member_year": ("lapses of a member a year", ""),
    "self_connection_member": ("self-connection of members", ""),
    "visits_per_member_day": ("visits of a member a day", ""),
}
MEMBER = STAGES.index("member")


def measure(run: Run) -> dict[str, float]:
    """Measure lapses and visits by member and time, and self-connection at the end."""
    days, people = run.table, run.people
    member_days = float(days["n"][:, MEMBER].sum())
    visits = float(run.series["contacts_visit"].sum())
    here = people["stage"] == "member"
    return {
        "lapses_per_member_year": 365
        * _over(run.series["lapses_to_subscriber"].sum(), member_days),
        "visits_per_member_day": _over(visits, member_days),
        "self_connection_member": float(people.loc[here, "self_connection"].mean()),
    }


def _over(above: float, below: float) -> float:
    return float(above) / below if below else float("nan")


def switched(town: Scenario, place: tuple[int, ...]) -> dict[str, Any]:
    """Return what a combination changes in the town; purpose is a number, 0 for none."""
    on = dict(zip(FACTORS, map(bool, place), strict=True))
    return on | {"purpose": town["purpose"] * on["purpose"]}


def design(smoke: bool = False) -> Cells:
    """Return community_building under every combination of the three switches."""
    town = Scenario.load("launch_2025").replace(share_members=0.01)
    if smoke:
        town = town.replace(n_people=4_000)
    cells = [
        Cell(
            town.replace(**switched(town, place)),
            STRATEGIES["community_building"],
            dict(zip(FACTORS, place, strict=True)),
        )
        for place in product((1, 0), repeat=len(FACTORS))
    ]
    return Cells(cells, replications=4 if smoke else 30, measure=measure)


def contrast(effect: str, places: np.ndarray) -> np.ndarray:
    """Return the weight of every combination in an effect, shape (combinations,).

    `places` 0 or 1 by combination and factor. With x = +-1 for there or not, the weight is the
    product of the x of the factors of the effect over half the number of combinations.
    """
    signs = np.prod(
        [2 * places[:, FACTORS.index(name)] - 1 for name in effect.split(" x ")], axis=0
    )
    return signs / (len(places) / 2)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every factorial effect on every outcome, and the means of the combinations."""
    import pandas as pd

    rows = []
    for outcome in OUTCOMES:
        wide = in_worlds(frame, outcome, FACTORS)
        places = np.array(wide.columns.to_list(), int)
        effects = {name: wide.to_numpy() @ contrast(name, places) for name in EFFECTS}
        rows += [_row("effect", outcome, name, values) for name, values in effects.items()]
        for place, values in zip(places, wide.to_numpy().T, strict=True):
            on = [name for name, there in zip(FACTORS, place, strict=True) if there]
            rows.append(_row("mean", outcome, " + ".join(on) or "none", values))
    return pd.DataFrame(rows)


def _row(what: str, outcome: str, name: str, values: np.ndarray) -> dict:
    low, high = interval(values, CONFIDENCE)
    found = {"value": values.mean() if values.size else np.nan, "low": low, "high": high}
    return {"what": what, "outcome": outcome, "name": name, **found, "n_worlds": values.size}


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw every effect on every outcome with its interval."""
    figure, axes = new_figure(_headline(table), 1, len(OUTCOMES), sharey=True, size=(13, 6.25))
    for ax, (outcome, (name, unit)) in zip(axes[0], OUTCOMES.items(), strict=True):
        rows = table[(table["what"] == "effect") & (table["outcome"] == outcome)]
        _draw(ax, rows.set_index("name").loc[list(EFFECTS)])
        ax.set_title(textwrap.fill(name, 16), fontsize=11.5)
        ax.set_xlabel(f"effect [{unit}]" if unit else "effect", fontsize=11)
        ax.tick_params(labelsize=10)
        ax.locator_params(axis="x", nbins=4)
    axes[0, 0].set_yticks(range(len(EFFECTS)), [e.replace(" x ", "\nx ") for e in EFFECTS])
    axes[0, 0].set_ylim(len(EFFECTS) - 0.5, -0.5)
    figure.supxlabel("Bars: 95 % intervals. Grey cross: the interval includes 0.", fontsize=11)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame) -> None:
    ax.axvline(0, color=INK, lw=0.8)
    for y, (value, low, high) in enumerate(rows[["value", "low", "high"]].to_numpy(float)):
        clear = low > 0 or high < 0
        look = Look("#0072B2" if clear else "#999999", "-", "o" if clear else "x")
        ax.plot([low, high], [y, y], color=look.colour, lw=2.2)
        ax.plot([value], [y], look.marker, color=look.colour, ms=7)


def _clear(table: pd.DataFrame, outcome: str) -> list[str]:
    rows = table[(table["what"] == "effect") & (table["outcome"] == outcome)]
    return [r["name"] for r in rows.to_dict("records") if r["low"] > 0 or r["high"] < 0]


def _headline(table: pd.DataFrame) -> str:
    """Say what each factor adds to the sales, the most first, and whether it is clear."""
    rows = [pick(table, what="effect", outcome="sales", name=name) for name in FACTORS]
    rows.sort(key=lambda row: -abs(row["value"]))
    clear = _clear(table, "sales")
    parts = [
        f"{row['name']} {say(row).split(' (')[0]}"
        + ("" if row["name"] in clear else " (not clear)")
        for row in rows
    ]
    return f"What each adds to the copies sold: {', '.join(parts)}"


def finding(table: pd.DataFrame) -> str:
    """Say the three main effects on every outcome, and which interactions are clear."""
    sentences = []
    for outcome, (name, unit) in OUTCOMES.items():
        parts = []
        for factor in FACTORS:
            row = pick(table, what="effect", outcome=outcome, name=factor)
            shown = row["low"] > 0 or row["high"] < 0
            parts.append(f"{factor} {say(row, unit)}" + ("" if shown else ", no difference shown"))
        sentences.append(f"{name}: {'; '.join(parts)}")
    return (
        f"What each factor adds, {'. '.join(sentences)}. {_combinations(table)} Purpose is "
        "here only that members grow alike in it; how well it fits a person counts in every "
        "combination."
    )


def _combinations(table: pd.DataFrame) -> str:
    """Say how large interactions are beside the main effects, and the largest on sales."""
    effects = table[table["what"] == "effect"].assign(size=lambda rows: rows["value"].abs())
    crossed = effects["name"].str.contains(" x ")
    single, several = (effects[rows].groupby("outcome")["size"] for rows in (~crossed, crossed))
    share = float((several.max() / single.max()).replace(np.inf, np.nan).max())
    beside = (
        f"; on any outcome they are at most about {100 * share:.0f} % of the largest main effect"
        if np.isfinite(share)
        else ""
    )
    here = effects[crossed & (effects["outcome"] == "sales")]
    row = dict(here.sort_values("size").iloc[-1])
    clear = "" if row["name"] in _clear(table, "sales") else ", no difference shown"
    return (
        f"The largest interaction on sales is {row['name']}, "
        f"{say(row, OUTCOMES['sales'][1])}{clear}{beside}."
    )
