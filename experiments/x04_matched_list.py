"""How much of what a community sells is contact, how much is belonging, and how much is ties?

Fixed: launch_2025, ten hours a week split as community_building does. Varies: what the hours meet.
With a closed community nobody new joins, and those on the list get no more than the mails. With the
matched list nobody joins either, but all on the list may visit, as often as members do: their visit
rates are raised until visits a head are those of the full model, in three rounds of the same
worlds. What that sells more is contact. In the community without ties people do join, but nobody
answers or bonds: what that sells more than the matched list is belonging (attachment, what members
recommend, how members stay), less the visits that ties bring. The full model has ties as well. In
the town as it is some of the list join, while the matched list gives all of it a member's contacts.
The second town compares the same people: who would start on the list starts as a member. Beside
them audience_building and posting_only at the same effort, with that list and no community.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import SUCCEEDED, Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.finding import Finding, clear, plain, short
from experiments.kit.tables import listed, means, of_sums, paired, pick, ratios, stacked
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
#: The matched list on its way: from the visits that nothing draws, round by round.
ROUNDS = ("visiting list", "visiting list, raised once", MATCHED)
VISITS = ("visit_rate_median", "rate_visit_event")
ARMS: dict[str, dict[str, float | bool]] = {
    CLOSED: {"share_invited": 0.0},
    **{name: {"share_invited": 0.0, "matched_list": True} for name in ROUNDS},
    UNTIED: {"relationships": False},
    FULL: {},
}
#: Every step from one arm to the next, and what it is; together they are FULL - CLOSED.
STEPS = {"contact": (MATCHED, CLOSED), "membership": (UNTIED, MATCHED), "ties": (FULL, UNTIED)}
WHOLE, SHARE = "joining", "contact of joining"
SOME, ALL = "some of the list join", "all of the list have joined"
CELLS = (*((arm, COMMUNITY) for arm in (FULL, UNTIED, CLOSED, ROUNDS[0])),
         (FULL, AUDIENCE), (FULL, POSTING))  # fmt: skip
#: Steps and arms as one speaks of them.
WORDS = {"contact": "contact", "membership": "belonging", "ties": "ties", WHOLE: "all of it"}
WHO = {MATCHED: "list with a\nmember's contacts", UNTIED: "members\nwithout ties", FULL: "members"}
DAYS = 30  # visits are told per head and so many days


def measure(run: Run) -> dict[str, float]:
    """Count visits, the months lived by those who may visit, and how far rates were raised.

    Who may visit: members, with MATCHED the list.
    """
    heads = run.table["n"][:, Stage.MEMBER].sum()
    if run.scenario["matched_list"]:
        heads += run.table["n"][:, Stage.SUBSCRIBER].sum()
    usual = Scenario.load("launch_2025")[VISITS[0]]
    raised = run.scenario[VISITS[0]] / usual
    return {"visits": run.series["contacts_visit"].sum(), "months": heads / DAYS, "raised": raised}


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
        for arm, name in CELLS
    ]
    return Cells(cells, replications=3 if smoke else 36, measure=measure)


def follow_up(frame: pd.DataFrame, smoke: bool) -> list[Cells]:
    """Return the next round of the matched list, its visits raised to those of the full model."""
    left = [name for name in ROUNDS if name not in set(frame["arm"])]
    if not left:
        return []
    before, base = ROUNDS[-len(left) - 1], Scenario.load("launch_2025")
    base = base.replace(n_people=4_000) if smoke else base
    cells = []
    for label in (SOME, ALL):
        here = frame[(frame["town"] == label) & (frame["strategy"] == COMMUNITY)]
        sums = here.groupby("arm")[["visits", "months", "raised"]].sum()
        a_head = sums["visits"] / sums["months"]
        raised = here.loc[here["arm"] == before, "raised"].mean() * a_head[FULL] / a_head[before]
        world = town(base, label, left[0], COMMUNITY)
        world = world.replace(**{name: float(raised * world[name]) for name in VISITS})
        labels = {"town": label, "arm": left[0]}
        cells.append(Cell(world, STRATEGIES[COMMUNITY], labels))
    return [Cells(cells, replications=3 if smoke else 36, measure=measure)]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies and visits in every arm, and the paired differences of arms and strategies."""
    import pandas as pd

    by = ["town", "arm", "strategy"]
    frame = frame[~frame["arm"].isin(ROUNDS[:-1])]
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
    """Draw what each step adds where all have joined, and how often who may visit does."""
    figure, axes = new_figure(_adds(table), 1, 2, width_ratios=(1.5, 1))
    steps, visits = axes[0]
    here = table[table["town"] == ALL]
    _draw(steps, here.set_index("what").loc[list(WORDS)], list(WORDS.values()), signed=True)
    rows = here[(here["what"] == "visits a month")].set_index("arm")
    _draw(visits, rows.loc[list(WHO)], list(WHO.values()), signed=False)
    steps.set(title="More copies than the list alone", xlabel="copies (whisker: luck)")
    visits.set(title="Visits", xlabel=f"a head in {DAYS} days")
    visits.set_xlim(left=0)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, names: list[str], *, signed: bool) -> None:
    """Draw values with intervals and numbers; differences that are not clear are grey."""
    for y, row in enumerate(rows.to_dict("records")):
        sure = clear(row) or not signed
        look = Look("#004C7A" if sure else "#999999", "-", "o" if sure else "x")
        reach = np.abs([[row["value"] - row["low"]], [row["high"] - row["value"]]])
        ax.errorbar([row["value"]], [y], xerr=np.nan_to_num(reach), marker=look.marker, ms=9,
                    color=look.colour, lw=2.2, capsize=4)  # fmt: skip
        text = (
            (short(row, signed=True) if signed else f"{row['value']:.1f}") if sure else "not clear"
        )
        ax.annotate(text, (row["value"], y), (0, 10), textcoords="offset points", ha="center")
    ax.axvline(0, color=INK, lw=0.8)
    ax.margins(x=0.2)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)


def _adds(table: pd.DataFrame) -> str:
    """Say how much more the community sells where all have joined, and which step adds it."""
    whole = pick(table, what=WHOLE, town=ALL)
    rows = {WORDS[step]: pick(table, what=step, town=ALL) for step in STEPS}
    if not clear(whole):
        return "Where all of a list joined, it is not clear that the community sells more or fewer"
    more = "more" if clear(whole) > 0 else "fewer"
    same = {name: row for name, row in rows.items() if clear(row) == clear(whole)}
    other = [name for name, row in rows.items() if clear(row) == -clear(whole)]
    unclear = [name for name, row in rows.items() if not clear(row)]
    parts = []
    if same:
        most = max(same, key=lambda name: abs(same[name]["value"]))
        adds = "adds" if more == "more" else "costs"
        parts.append(f"{most} {adds} {short(same[most])}")
        parts += [f"{listed([name for name in same if name != most])} some"] * (len(same) > 1)
    parts += [f"{listed(other)} {'cost' if more == 'more' else 'add'} some"] * bool(other)
    parts += [f"{listed(unclear)} nothing clear"] * bool(unclear)
    return (
        f"Where all of a list joined, the community sells {short(whole)} {more} copies: "
        f"{', '.join(parts)}"
    )


def finding(table: pd.DataFrame) -> Finding:
    """Say what joining adds step by step where all joined; and how the strategies compare."""
    listed_, joined = (
        pick(table, what="visits a month", town=ALL, arm=arm) for arm in (MATCHED, FULL)
    )
    less = "" if listed_["high"] >= joined["low"] else (
        "contact was not fully matched, so that belonging includes more visits; "
    )  # fmt: skip
    some, all_ = (
        _beside(pick(table, what=f"against {AUDIENCE}", town=town)) for town in (SOME, ALL)
    )
    return Finding(
        f"{_adds(table)}.",
        f"visits: members came {joined['value']:.1f} times in {DAYS} days, a list with a member's "
        f"contacts {listed_['value']:.1f} times.",
        f"{plain(AUDIENCE)} sells {some} where some of the list join, {all_} where all have.",
        f"{less}nobody has measured this split; one town, one book.",
    )


def _beside(row: dict[str, Any]) -> str:
    return {1: "fewer", 0: "not clearly more or fewer", -1: "more"}[clear(row)]
