"""What matters most in a community: friendship, a shared purpose, or news?

Fixed: the town of launch_2025 with one in a hundred a member at the start, community_building, ten
hours a week. Varies: every combination of the three switches, with the same luck (a 2 x 2 x 2
factorial). The effect of a factor is the mean of the runs that have it minus the mean of those that
do not; an interaction is half of what one factor's effect changes by when the other is there. The
factor purpose is all that a shared purpose does: self-connection built by visits, visits drawn by
it, and the drift of members towards their mean; how well the brand suits a person counts in all
eight combinations.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.finding import Finding, clear, short, upper
from experiments.kit.tables import CONFIDENCE, in_worlds, listed, pick
from simulation.core.stages import STAGES
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run
from simulation.runs.statistics import interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE = (
    "news added 25 copies and a shared purpose nothing. Now habit brings members without news, "
    "and a purpose does more than make them alike: it draws visits and builds attachment."
)
#: What a community adds, and how one speaks of it.
WORDS = {"relationships": "friendship", "purpose": "a shared purpose", "evolving": "news"}
FACTORS = tuple(WORDS)
EFFECTS = tuple(
    " x ".join(names) for size in (1, 2, 3) for names in combinations(FACTORS, size)
)  # fmt: skip
#: All are of the end but copies, lapses and visits.
OUTCOMES = (
    "sales",
    "n_member",
    "lapses_per_member_year",
    "self_connection_member",
    "visits_per_member_day",
)
VISITS, LAPSES = "visits_per_member_day", "lapses_per_member_year"
#: What the picture shows -> times what, with how many decimals, and its name; more is better.
SHOWN = {
    VISITS: (30, 1, "more visits per\nmember and month"),
    LAPSES: (-100, 1, "fewer leave, of 100\nmembers a year"),
    "sales": (1, 0, "more copies sold"),
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
    """Draw what each factor adds to visits, to staying and to copies."""
    order = sorted(FACTORS, key=lambda name: -_effect(table, VISITS, name)["value"])
    figure, axes = new_figure(_matters(table), 1, len(SHOWN), sharey=True, size=(10, 5.7))
    for ax, (outcome, (times, digits, title)) in zip(axes[0], SHOWN.items(), strict=True):
        ax.axvline(0, color=INK, lw=0.8)
        for y, factor in enumerate(order):
            _draw(ax, y, _effect(table, outcome, factor), times, digits)
        ax.set_title(title)
        ax.margins(x=0.25)
        ax.locator_params(axis="x", nbins=4)
    axes[0, 0].set_yticks(range(len(FACTORS)), [upper(WORDS[name]) for name in order])
    axes[0, 0].set_ylim(len(FACTORS) - 0.5, -0.5)
    figure.supxlabel("what each adds; whiskers: what luck leaves open", fontsize=12)
    return figure


def _draw(ax: Axes, y: float, row: dict[str, Any], times: float, digits: int) -> None:
    """Draw one effect with its number, grey where it is not clear."""
    row = {end: times * row[end] for end in ("value", "low", "high")}
    if times < 0:
        row["low"], row["high"] = row["high"], row["low"]
    look = Look("#0072B2" if clear(row) else "#999999", "-", "o" if clear(row) else "x")
    reach = [[row["value"] - row["low"]], [row["high"] - row["value"]]]
    ax.errorbar([row["value"]], [y], xerr=np.nan_to_num(np.abs(reach)), marker=look.marker, ms=9,
                color=look.colour, lw=2.2, capsize=4)  # fmt: skip
    text = f"{row['value']:.{digits}f}" if clear(row) else "not clear"
    ax.annotate(text, (row["value"], y), (0, 9), textcoords="offset points", ha="center")


def _effect(table: pd.DataFrame, outcome: str, name: str) -> dict[str, Any]:
    return pick(table, what="effect", outcome=outcome, name=name)


def _told(table: pd.DataFrame, outcome: str, sign: int) -> list[str]:
    """Return the factors that clearly add to an outcome (sign 1) or take from it (-1), in words."""
    return [w for name, w in WORDS.items() if clear(_effect(table, outcome, name)) == sign]


def _changed(table: pd.DataFrame, outcome: str, factor: str) -> float:
    """Return how many times an outcome is what it is without a factor, over all combinations."""
    means = table[(table["what"] == "mean") & (table["outcome"] == outcome)]["value"]
    half = _effect(table, outcome, factor)["value"] / 2
    return float((means.mean() + half) / (means.mean() - half))


def _matters(table: pd.DataFrame) -> str:
    """Say which factor adds most visits, and how much; or that none can be told to."""
    rows = {name: _effect(table, VISITS, name) for name in FACTORS}
    first, second, _ = sorted(rows, key=lambda name: rows[name]["value"], reverse=True)
    if clear(rows[first]) < 1:
        return "None of the three clearly brings members to visit more often"
    times = f"{_changed(table, VISITS, first):.1f}"
    if rows[first]["low"] > rows[second]["high"]:
        return f"{upper(WORDS[first])} matters most: members visit {times} times as often with it"
    return (
        f"{upper(WORDS[first])} matters, not clearly more than {WORDS[second]}: "
        f"members visit {times} times as often"
    )


def finding(table: pd.DataFrame) -> Finding:
    """Say what brings members to visit, what sells and what keeps them, and what works together."""
    sell, cost = _told(table, "sales", 1), _told(table, "sales", -1)
    if len(sell) == 1:
        name = next(name for name, words in WORDS.items() if words == sell[0])
        sold = f"only {sell[0]} clearly adds copies: {short(_effect(table, 'sales', name))}"
    else:
        sold = f"{listed(sell)} clearly add copies" if sell else "none clearly adds copies"
    left = [f"{upper(cost[0])} costs copies"] if cost else []
    harmed = left + [f"{upper(words)} makes members leave" for words in _told(table, LAPSES, 1)]
    return Finding(
        f"{_matters(table)}; {sold}.",
        _kept(table),
        f"{'; '.join(harmed) or 'nowhere: none of the three clearly harms'}. {_together(table)}",
        "how strongly each works is assumed within what evidence allows; one town, one book, "
        "one in a hundred a member at first.",
    )


def _kept(table: pd.DataFrame) -> str:
    """Say by how much each factor clearly lowers the rate at which members leave."""
    fewer = {
        words: 100 * (1 - _changed(table, LAPSES, name))
        for name, words in WORDS.items()
        if clear(_effect(table, LAPSES, name)) < 0
    }
    if not fewer:
        return "visits alone; none of the three clearly keeps members from leaving."
    parts = [f"{size:.0f} % with {w}" for w, size in sorted(fewer.items(), key=lambda i: -i[1])]
    return f"members also leave less often: by {listed(parts)}."


def _together(table: pd.DataFrame) -> str:
    """Say which two factors change each other's effect on visits most, if any do."""
    pairs = {name: _effect(table, VISITS, name) for name in EFFECTS if name.count(" x ") == 1}
    pairs = {name: row for name, row in pairs.items() if clear(row)}
    if not pairs:
        return "No two clearly help or hinder each other."
    most = max(pairs, key=lambda name: abs(pairs[name]["value"]))
    both = listed([WORDS[name] for name in most.split(" x ")])
    return f"{upper(both)} bring {'more' if clear(pairs[most]) > 0 else 'fewer'} visits together."
