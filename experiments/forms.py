"""Does the answer survive another friendship graph and rival forms of the equations?

Fixed: the parameters and the start of launch_2025, ten hours a week, the number of people (that of
the ego-Facebook graph), three strategies. Varies: who is friends with whom (a small world, the same
with as many friends as ego-Facebook, a scale-free graph, the ego-Facebook graph itself) and three
equations, each alone and all together: nobody joins before two friends are members (threshold),
attachment needs prominence and self-connection both (geometric), forgetting is fast at first and
slow later (power). The ego-Facebook graph (SNAP, facebook_combined.txt.gz, which is read as it is)
does not come with the project: it is read from the path in CONTINUUM_EGO_FACEBOOK or from
shared/data beside the checkout, and left out where there is none.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import INK, Look, looks, new_figure, styled
from experiments.kit.tables import leaders, listed, means, paired, say_paired, stacked
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.people.friends_file import with_friends

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POSTING, AUDIENCE, COMMUNITY = "posting_only", "audience_building", "community_building"
RACES = ((COMMUNITY, POSTING), (COMMUNITY, AUDIENCE), (AUDIENCE, POSTING))
BESIDE = Path(__file__).parents[2] / "shared" / "data" / "ego-facebook.txt.gz"
EGO = "ego-Facebook"
#: People and friends a person of the ego-Facebook graph.
N_PEOPLE, N_FRIENDS = 4_039, 43.7
SWITCHES = {
    "threshold joining": "threshold_joining",
    "geometric attachment": "geometric_attachment",
    "power forgetting": "power_forgetting",
}
FORMS: dict[str, dict[str, bool]] = {
    "as declared": {},
    **{name: {switch: True} for name, switch in SWITCHES.items()},
    "all three": dict.fromkeys(SWITCHES.values(), True),
}


def graphs() -> dict[str, Scenario]:
    """Return the town on every graph there is."""
    town = Scenario.load("launch_2025").replace(n_people=N_PEOPLE)
    found = {
        "small world": town,
        "small world, 44 friends": town.replace(mean_degree=N_FRIENDS),
        "scale-free": town.replace(graph="scale_free"),
    }
    path = Path(os.environ.get("CONTINUUM_EGO_FACEBOOK", BESIDE))
    if path.exists():
        found[EGO] = with_friends(town, path)
    return found


def design(smoke: bool = False) -> Cells:
    """Return three strategies in 50 worlds of every graph and form."""
    forms = {name: FORMS[name] for name in ("as declared", "all three")} if smoke else FORMS
    worlds = [
        ({"graph": graph, "form": form}, town.replace(**switches))
        for graph, town in graphs().items()
        for form, switches in forms.items()
    ]
    cells = grid(worlds, [STRATEGIES[name] for name in (POSTING, AUDIENCE, COMMUNITY)])
    return Cells(cells, replications=2 if smoke else 50)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return sales, who leads, and the differences of every two strategies, by graph and form."""
    by = ["graph", "form"]
    tables = {"sales": means(frame, "sales", [*by, "strategy"])}
    tables["lead"] = leaders(frame, "sales", by)
    for strategy, baseline in RACES:
        tables[f"{strategy} against {baseline}"] = paired(frame, "sales", strategy, baseline, by=by)
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw copies by strategy, and below the leads of community_building, by graph and form."""
    names = list(dict.fromkeys(table["graph"]))
    clear = [
        int((_race(table, COMMUNITY, rival)["low"] > 0).sum()) for rival in (POSTING, AUDIENCE)
    ]
    n = len(_race(table, COMMUNITY, POSTING))
    figure, axes = new_figure(
        f"{COMMUNITY} clearly outsells {POSTING} in {clear[0]} of {n} combinations of graph and"
        f" equations, {AUDIENCE} in {clear[1]}",
        2, len(names), sharex="row", sharey=True,
    )  # fmt: skip
    style = looks([POSTING, AUDIENCE, COMMUNITY])
    for graph, (top, bottom) in zip(names, axes.T, strict=True):
        here = table[table["graph"] == graph]
        sales = here[here["what"] == "sales"]
        lines = {f"copies: {name}": (sales[sales["strategy"] == name], look)
                 for name, look in style.items()}  # fmt: skip
        _across(top, lines)
        leads = {f"lead over {rival}": (_race(here, COMMUNITY, rival), style[rival])
                 for rival in (POSTING, AUDIENCE)}  # fmt: skip
        _across(bottom, leads)
        bottom.axvline(0, color=INK, lw=1.2)
        top.set_title(graph.replace(", ", ",\n"), fontsize=12)
        top.set_xlabel("copies sold", fontsize=11)
        bottom.set_xlabel("copies community\nis ahead", fontsize=11)
    most = float(np.nanmax(table.loc[table["what"] == "sales", ["value", "high"]].to_numpy(float)))
    axes[0, 0].set_xlim(0, 1.05 * max(most, 1.0))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, [label.removeprefix("copies: ") for label in labels],
                  loc="outside lower center", ncols=3,
                  title="strategy (above); community_building against it (below)")  # fmt: skip
    return figure


def _across(ax: Axes, lines: dict[str, tuple[pd.DataFrame, Look]]) -> None:
    """Draw points with intervals along x, a row for every form."""
    for i, (label, (rows, look)) in enumerate(lines.items()):
        value = rows["value"].to_numpy(float)
        reach = np.nan_to_num(np.abs(rows[["low", "high"]].to_numpy(float).T - value))
        y = np.arange(len(rows)) + 0.2 * (i - (len(lines) - 1) / 2)
        ax.errorbar(value, y, xerr=reach, ls="none", marker=look.marker, ms=7, lw=1.6, capsize=3,
                    color=look.colour, label=label)  # fmt: skip
        ax.set_yticks(range(len(rows)), list(rows["form"]))
        ax.set_ylim(len(rows) - 0.5, -0.5)


def _race(table: pd.DataFrame, strategy: str, baseline: str) -> pd.DataFrame:
    return table[table["what"] == f"{strategy} against {baseline}"]


def finding(table: pd.DataFrame) -> str:
    """Say who leads where, where the answer as declared does not survive, and the least lead."""
    lead = table[table["what"] == "lead"]
    first = dict(lead.iloc[0])
    sentences = [f"On the {first['graph']}, equations {first['form']}: {say_paired(first)}."]
    for rival in (POSTING, AUDIENCE):
        rows = _race(table, COMMUNITY, rival)
        said = [f"{COMMUNITY} outsold {rival} clearly in {int((rows['low'] > 0).sum())} "
                f"of {len(rows)} combinations"]  # fmt: skip
        behind, open_ = rows[rows["high"] < 0], rows[(rows["low"] <= 0) & (rows["high"] >= 0)]
        if len(behind):
            said.append(f"clearly behind it: {_where(behind, table)}")
        if len(open_):
            said.append(f"not to be told: {_where(open_, table)}")
        least = dict(rows.sort_values("value", kind="stable").iloc[0])
        said.append(f"least with {least['form']} on {least['graph']}, {say_paired(least)}")
        sentences.append(f"{'; '.join(said)}.")
    n = len(lead)
    changed = lead[lead["strategy"] != first["strategy"]]
    where = f" but for {_where(changed, table)}" if len(changed) else ""
    sentences.append(f"{first['strategy']} had the highest mean in {n - len(changed)} of {n}{where}"
                     "; of 20 such intervals one misses the truth by chance.")  # fmt: skip
    if EGO not in set(table["graph"]):
        sentences.append(f"The {EGO} graph was not found, and not tried.")
    return " ".join(sentences)


def _where(rows: pd.DataFrame, table: pd.DataFrame) -> str:
    """Return the combinations of some rows in words, form by form."""
    every = set(table["graph"])
    parts = []
    for form, part in rows.groupby("form", sort=False):
        on = list(dict.fromkeys(part["graph"]))
        parts.append(f"{form} on {'every graph' if set(on) == every else listed(on)}")
    return ", ".join(parts)
