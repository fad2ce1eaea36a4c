"""Do other friendships or other equations change which strategy sells most?

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
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.finding import Finding, clear, in_words, plain, some_of
from experiments.kit.tables import leaders, listed, means, paired, stacked
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.people.friends_file import with_friends

if TYPE_CHECKING:
    import pandas as pd
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
BEFORE = (
    "a list was clearly first in every combination. A community now brings its members back by "
    "answers and bonds, and is closer to it."
)
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


#: The equations as one speaks of them.
SPOKEN = {
    "as declared": "equations\nas they are",
    "threshold joining": "joining after\ntwo friends",
    "geometric attachment": "attachment\nneeds both parts",
    "power forgetting": "forgetting\nslows down",
}
LOOKS = (
    Look("#0072B2", "-", "o"),
    Look("#B87400", "-", "s"),
    Look("#CC79A7", "-", "^"),
    Look("#4A4A4A", "-", "D"),
)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the leads of a community over both others, by equations and graph."""
    figure, (axes,) = new_figure(finding(table).answer.rstrip("."), 1, 2, sharey=True)
    forms, names = _forms(table), list(dict.fromkeys(table["graph"]))
    for ax, rival in zip(axes, (AUDIENCE, POSTING), strict=True):
        rows = _race(table, COMMUNITY, rival)
        for i, (graph, look) in enumerate(zip(names, LOOKS, strict=False)):
            here = rows[rows["graph"] == graph].set_index("form").loc[forms]
            value = here["value"].to_numpy(float)
            reach = np.nan_to_num(np.abs(here[["low", "high"]].to_numpy(float).T - value))
            y = np.arange(len(forms)) + 0.17 * (i - 1.5)
            ax.errorbar(value, y, xerr=reach, ls="none", marker=look.marker, ms=7, lw=1.6,
                        capsize=3, color=look.colour, label=graph)  # fmt: skip
        ax.axvline(0, color=INK, lw=1.2)
        ax.set(title=f"A community against {plain(rival)}", xlabel="copies more (left of 0: fewer)")
        ax.set_yticks(range(len(forms)), [SPOKEN.get(form, form) for form in forms])
    axes[0].set_ylim(len(forms) - 0.5, -0.5)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4,
                  title="who is friends with whom")  # fmt: skip
    return figure


def _forms(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table["form"]))


def _race(table: pd.DataFrame, strategy: str, baseline: str) -> pd.DataFrame:
    return table[table["what"] == f"{strategy} against {baseline}"]


def _against(table: pd.DataFrame, rival: str) -> str:
    """Say in how many combinations a community is clearly ahead of, or behind, another."""
    signs = [clear(row) for row in _race(table, COMMUNITY, rival).to_dict("records")]
    if signs.count(0) == len(signs):
        return f"no difference to {plain(rival)} can be told anywhere"
    ahead, behind = (some_of(signs.count(sign), len(signs)) for sign in (1, -1))
    if 1 not in signs:
        return f"clearly behind {plain(rival)} in {behind}"
    beside = f" and behind it in {behind}" if -1 in signs else ""
    return f"clearly ahead of {plain(rival)} in {ahead}{beside}"


def finding(table: pd.DataFrame) -> Finding:
    """Say who sells most, in how many combinations, and where it is another."""
    lead = table[table["what"] == "lead"]
    first = dict(lead.iloc[0])
    same = lead[lead["strategy"] == first["strategy"]]
    n_clear = int(same["clear"].astype(bool).sum())
    other = lead[lead["strategy"] != first["strategy"]]
    yes, where = "No", "nowhere that was tried"
    if len(other):
        names = listed([plain(name) for name in dict.fromkeys(other["strategy"])])
        k = int(other["clear"].astype(bool).sum())
        yes = "Yes, somewhere" if k else "Not clearly"
        where = (
            f"in {some_of(len(other), len(lead))} of the combinations the first is {names}, "
            f"clearly in {some_of(k, len(lead))}"
        )
    missing = "" if EGO in set(table["graph"]) else f"; the friendships of {EGO} were not there"
    return Finding(
        f"{yes}: {plain(first['strategy'])} sells most in {len(same)} of {len(lead)} combinations "
        f"of friendships and equations, clearly in {some_of(n_clear, len(lead))}.",
        f"over all combinations a community is {_against(table, AUDIENCE)}; "
        f"{_against(table, POSTING)}.",
        f"{where}.",
        f"a small town in which few copies sell; {in_words(len(set(lead['graph'])))} ways to be "
        f"friends, three other equations{missing}.",
    )
