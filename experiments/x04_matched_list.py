"""How much of what a community sells is contact, and how much is ties and belonging?

Fixed: launch_2025, ten hours a week split as community_building does. Varies: what the hours meet.
With a closed community nobody new joins, and those on the list get no more than the mails. With the
matched list nobody joins either, but all on the list get the contacts a member gets, visits
included: what that sells more is contact. In the community without ties people do join, but nobody
answers or bonds: what that sells more than the matched list is membership (rituals, what members
recommend, how members stay; and less contact, where fewer join or novelty fades). The full model
has ties as well. In the town as it is some of the list join, while the matched list gives all of
it a member's contacts. The second town makes the comparison fair: who would start on the list
starts as a member, so that the same people meet the same. Beside them audience_building and
posting_only at the same effort, with that list and no community.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import SUCCEEDED, Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.tables import listed, means, of_sums, paired, pick, ratios, say, stacked
from simulation.core.stages import Stage
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COMMUNITY, AUDIENCE, POSTING = "community_building", "audience_building", "posting_only"
CLOSED, MATCHED, UNTIED, FULL = "closed community", "matched list", "no ties", "full model"
ARMS: dict[str, dict[str, float | bool]] = {
    CLOSED: {"share_invited": 0.0},
    MATCHED: {"share_invited": 0.0, "matched_list": True},
    UNTIED: {"relationships": False},
    FULL: {},
}
#: Every step from one arm to the next, and what it is; together they are FULL - CLOSED.
STEPS = {"contact": (MATCHED, CLOSED), "membership": (UNTIED, MATCHED), "ties": (FULL, UNTIED)}
WHOLE, SHARE = "joining", "contact of joining"
SOME, ALL = "some of the list join", "all of the list have joined"
LABELS = {
    (FULL, COMMUNITY): "community,\nfull model",
    (UNTIED, COMMUNITY): "community,\nno ties",
    (MATCHED, COMMUNITY): "list, a member's\ncontacts",
    (CLOSED, COMMUNITY): "list, closed\ncommunity",
    (FULL, AUDIENCE): "audience\nbuilding",
    (FULL, POSTING): "posting\nonly",
}
LOOKS = {SOME: Look("#56B4E9", "-", "o"), ALL: Look("#004C7A", "-", "s")}
DAYS = 30  # visits are told per head and so many days


def measure(run: Run) -> dict[str, float]:
    """Count visits, and the months lived by those who may visit: members, with MATCHED the list."""
    heads = run.table["n"][:, Stage.MEMBER].sum()
    if run.scenario["matched_list"]:
        heads += run.table["n"][:, Stage.SUBSCRIBER].sum()
    return {"visits": run.series["contacts_visit"].sum(), "months": heads / DAYS}


def town(base: Scenario, label: str, arm: str, strategy: str) -> Scenario:
    """Return the world of a cell; in ALL, where nobody can be a member, all are on the list."""
    world = base.replace(**ARMS[arm])
    if label == SOME:
        return world
    listed = base["share_subscribers"] + base["share_members"]
    joined = listed if strategy == COMMUNITY and arm in (UNTIED, FULL) else 0.0
    return world.replace(share_subscribers=listed - joined, share_members=joined)


def design(smoke: bool = False) -> Cells:
    """Return community_building in every arm, and the other strategies, in 36 worlds each."""
    base = Scenario.load("launch_2025")
    if smoke:
        base = base.replace(n_people=4_000)
    cells = [
        Cell(town(base, label, arm, name), STRATEGIES[name], {"town": label, "arm": arm})
        for label in (SOME, ALL)
        for arm, name in LABELS
    ]
    return Cells(cells, replications=3 if smoke else 36, measure=measure)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies and visits in every arm, and the paired differences of arms and strategies."""
    import pandas as pd

    by = ["town", "arm", "strategy"]
    arms = frame[frame["strategy"] == COMMUNITY]
    tables = {"mean sales": means(frame, "sales", by)}
    tables["visits a month"] = ratios(arms[arms["months"] > 0], "visits", "months", by)
    for step, (arm, before) in {**STEPS, WHOLE: (FULL, CLOSED)}.items():
        tables[step] = paired(arms, "sales", arm, before, by=["town"], column="arm")
    full = frame[frame["arm"] == FULL]
    for name in (AUDIENCE, POSTING):
        tables[f"against {name}"] = paired(full, "sales", COMMUNITY, name, by=["town"])
    shares = [
        {"town": label, "outcome": "sales", **_contact(part, pick(tables[WHOLE], town=label))}
        for label, part in arms.groupby("town", sort=False)
    ]
    return stacked(tables | {SHARE: pd.DataFrame(shares)})


def _contact(frame: pd.DataFrame, whole: dict[str, Any]) -> dict[str, Any]:
    """Return which share of what joining adds contact adds; none where joining adds nothing."""
    wide = frame[frame["status"] == SUCCEEDED].pivot(
        index="replication_id", columns="arm", values="sales"
    )
    sold = wide[[CLOSED, MATCHED, FULL]].dropna().to_numpy(float).T
    found = of_sums(sold, lambda closed, matched, full: (matched - closed) / (full - closed))
    clear = whole["low"] > 0
    return found if clear else found | dict.fromkeys(("value", "low", "high"), np.nan)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw copies and visits in every arm and strategy, and what each step adds, in both towns."""
    figure, axes = new_figure(_headline(table), 1, 3, width_ratios=(1.3, 0.8, 1.2))
    sold, visits, steps = axes[0]
    places, names = list(LABELS), [*STEPS, WHOLE]
    for k, (label, look) in enumerate(LOOKS.items()):
        here = table[table["town"] == label]
        for ax, what in ((sold, "mean sales"), (visits, "visits a month")):
            rows = here[here["what"] == what].set_index(["arm", "strategy"])
            _draw(ax, rows.reindex(places), look, label, 0.28 * (k - 0.5))
        rows = here[here["what"].isin(names if label == ALL else [WHOLE])].set_index("what")
        _draw(steps, rows.reindex(names), look, label, 0.28 * (k - 0.5))
    for ax in (sold, visits):
        ax.set_xlim(left=0)
    sold.set_yticks(range(len(places)), list(LABELS.values()), fontsize=11)
    visits.set_yticks(range(len(places)), [])
    steps.set_yticks(range(len(names)), [*STEPS, "all of it"], fontsize=11)
    sold.set(title="Copies sold", xlabel="copies a world\n(95 % interval)")
    visits.set(title="Visits", xlabel=f"by those who may visit,\na head in {DAYS} days")
    steps.set(title="What each step adds", xlabel="copies\n(95 % interval)")
    figure.legend(*sold.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, look: Look, label: str, shift: float) -> None:
    """Draw values with intervals, one under the other, each with its number beside it."""
    value = rows["value"].to_numpy(float)
    ends = rows[["low", "high"]].to_numpy(float).T
    at = np.arange(len(rows)) + shift
    ax.errorbar(
        value, at, xerr=np.nan_to_num(np.abs(ends - value)), ls="none", marker=look.marker, ms=8,
        color=look.colour, lw=1.8, capsize=3, label=label,
    )  # fmt: skip
    digits = 0 if np.nanmax(np.abs(value), initial=0) >= 10 else 1
    for y, x, high in zip(at.tolist(), value, np.fmax(ends[1], value), strict=True):
        if np.isfinite(x):
            ax.annotate(f"{x:,.{digits}f}", (high, y), (7, 0), textcoords="offset points",
                        va="center", fontsize=11)  # fmt: skip
    ax.axvline(0, color=INK, lw=0.8)
    ax.margins(x=0.2)
    ax.set_ylim(len(rows) - 0.5, -0.5)


def _headline(table: pd.DataFrame) -> str:
    contact, whole = (pick(table, what=what, town=ALL)["value"] for what in ("contact", WHOLE))
    return (
        f"With all of the list in the community {whole:+,.0f} copies; with the same list given a "
        f"member's contacts, and no community, {contact:+,.0f}"
    )


def finding(table: pd.DataFrame) -> str:
    """Say what joining adds, step by step where all joined; and how the strategies compare."""
    steps = [f"{step} {_added(pick(table, what=step, town=ALL))}" for step in STEPS]
    share = pick(table, what=SHARE, town=ALL)
    part = "" if np.isnan(share["value"]) else f" (contact alone {say(share, percent=True)} of it)"
    visits = [
        f"{say(pick(table, what='visits a month', town=ALL, arm=arm))} {who}"
        for arm, who in ((MATCHED, "on the matched list"), (FULL, "in the community"))
    ]
    others = [
        f"from {name} by "
        + listed(
            [f"{_added(pick(table, what=f'against {name}', town=t))} where {t}" for t in LOOKS]
        )
        for name in (AUDIENCE, POSTING)
    ]
    return (
        f"Where {ALL}, the community adds {_added(pick(table, what=WHOLE, town=ALL))} to the list "
        f"alone{part}: {', '.join(steps)}; visits a head in {DAYS} days were {listed(visits)}. "
        f"Where {SOME}, it adds {_added(pick(table, what=WHOLE, town=SOME))}, and a member's "
        f"contacts for all of the list {_added(pick(table, what='contact', town=SOME))}. At the "
        f"same effort {COMMUNITY} differs {', and '.join(others)}."
    )


def _added(row: dict[str, Any]) -> str:
    shown = row["low"] > 0 or row["high"] < 0
    return say(row, "copies") + ("" if shown else ", no difference shown")
