"""Split at its best, which kind of effort sells most: posts, a list, a community, ads or deals?

Fixed: every split spends the same effort in a world, launches by the plan of the presets, and saves
a quarter of what it spends on ads for the launch. Varies: the split. A kind is what it may spend
on: posting on posts and replies; a list on content besides; a community on hosting besides (5 % of
the hours at least); ads on posts besides; a mix on all; deals on posts, content and ads with 30 %
off every other day (some content in any case: ads carry no offer). Searched is a lattice of splits
in some worlds; the best few of every kind and what lies a step beside the best live in others,
where the best is chosen; what is reported is lived in a third set, in which nothing was chosen.
Worlds differ in the day of the launch (four, a quarter of a year apart) and in the brand's
calendar. Further places, each with a search of its own: one thing changed in a town of 20,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, STRATEGY_COLOURS, new_figure, styled
from experiments.kit.finding import Finding, clear, in_words, lead, plain, upper
from experiments.kit.tables import listed, means, paired, pick, stacked
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy, from_mapping, launch_plan

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OUTCOME = "expected_sales"
LIST, COMMUNITY, POSTS = "audience_building", "community_building", "posting_only"
#: What a kind may spend on, by the name of the preset that stands for it.
KINDS = {
    POSTS: ("posting", "replying"),
    LIST: ("posting", "replying", "content"),
    COMMUNITY: ("posting", "replying", "content", "hosting"),
    "advertising": ("posting", "advertising"),
    "balanced": ("posting", "replying", "content", "hosting", "advertising"),
    "deal_driven": ("posting", "content", "advertising"),
}
#: What a split must spend on to be of a kind.
MAKES = {
    LIST: {"content"},
    COMMUNITY: {"hosting"},
    "advertising": {"advertising"},
    "deal_driven": {"content"},  # ads carry no offer
}
#: Shares that host, of those that may.
HOSTING = (0.0, 0.05, 0.15, 0.35)
#: Into how many parts the search splits the effort; fewer in a smoke run.
PARTS = {False: 4, True: 2}
DEALS = {"offer_depth": 0.3, "days_between_offers": 2}
SPOKEN = {"balanced": "a mix of all", "advertising": "advertising with posts"}
#: Days that launches lie apart.
QUARTERS = (0, 91, 182, 273)
HERE = "launch_2025"
TOWN = "a town of 20,000"


class Stage(NamedTuple):
    """A set of worlds: its seed, and how many there are of every day of the launch."""

    name: str
    seed: int
    worlds: int


SEARCH, CHOOSE, REPORT = Stage("search", 11, 1), Stage("choose", 12, 3), Stage("report", 13, 15)
FEW = 3


def places(smoke: bool) -> dict[str, Scenario]:
    """Return the scenario of every place."""
    whole = Scenario.load(HERE)
    town = whole.replace(n_people=20_000)
    changed: dict[str, Mapping[str, Any]] = {
        TOWN: {},
        "launch in two months": {"n_days": 273, "launch_day": 60},
        "launch in three years": {"n_days": 1278, "launch_day": 1095},
        "nobody on the list": {"share_subscribers": 0.0, "share_members": 0.0},
        "a tenth on the list": {"share_subscribers": 0.1, "share_members": 0.01},
        "the reach of 2012": {"year": 2012.0},
        "a town of 2,000": {"n_people": 2_000},
        "two hours a week": {"hours_per_week": 2.0},
        "forty hours a week": {"hours_per_week": 40.0},
        "no purpose": {"purpose": 0.0},
        "all of a purpose": {"purpose": 1.0},
    }
    if smoke:
        small = whole.replace(n_people=2_000, n_days=200, launch_day=90)
        return {HERE: small, TOWN: small.replace(year=2012.0)}
    return {HERE: whole, **{name: town.replace(**changes) for name, changes in changed.items()}}


# ---- splits --------------------------------------------------------------------------------------


def split(kind: str, shares: Mapping[str, float]) -> Strategy:
    """Return the strategy of a split: its name holds the shares [1/10,000], and whether it deals.

    A split that several kinds may choose is one strategy.
    """
    deals = kind == "deal_driven"
    spent = {a: round(shares[a], 6) for a in KINDS["balanced"] if shares.get(a, 0.0) > 0}
    name = "_".join(f"{activity[0]}{round(10_000 * share)}" for activity, share in spent.items())
    plan = launch_plan(ads="advertising" in spent)
    more = DEALS if deals else {}
    return from_mapping({"name": f"{name}_deals" if deals else name, **plan, **spent, **more})


def lattice(kind: str, parts: int) -> list[Strategy]:
    """Return the splits of a kind that are tried: equal parts, beside a share that hosts."""
    rest = [activity for activity in KINDS[kind] if activity != "hosting"]
    hosts = [h for h in HOSTING if "hosting" in KINDS[kind] or not h]
    found = []
    for host, counts in product(hosts, product(range(parts + 1), repeat=len(rest))):
        if sum(counts) == parts:
            shares = {a: (1 - host) * n / parts for a, n in zip(rest, counts, strict=True)}
            found.append(split(kind, {**shares, "hosting": host}))
    return [strategy for strategy in found if may(kind, strategy)]


def beside(kind: str, chosen: Strategy) -> list[Strategy]:
    """Return the splits of a kind where one activity gives a step of its share to another."""
    shares = {activity: getattr(chosen.phases[0], activity) for activity in KINDS[kind]}
    found = []
    for giving, taking in product(shares, shares):
        step = 0.05 if "hosting" in (giving, taking) else 0.1
        if giving != taking and shares[giving] > step - 1e-9:
            moved = {giving: shares[giving] - step, taking: shares[taking] + step}
            found.append(split(kind, {a: max(0.0, s) for a, s in (shares | moved).items()}))
    return [strategy for strategy in found if may(kind, strategy)]


def may(kind: str, strategy: Strategy) -> bool:
    """Return whether a split is one that a kind may choose: it has what makes the kind."""
    phase = strategy.phases[0]
    spends = {a for a in KINDS["balanced"] if getattr(phase, a) > 0}
    return (
        MAKES.get(kind, set()) <= spends <= set(KINDS[kind])
        and bool(phase.days_between_offers) == (kind == "deal_driven")
    )  # fmt: skip


# ---- three sets of worlds ------------------------------------------------------------------------


def _cells(stage: Stage, place: str, town: Scenario, splits: list[Strategy]) -> list[Cell]:
    """Return the splits of a place in the worlds of a stage, on every day of the launch."""
    days, launch = town["n_days"], town["launch_day"]
    return [
        Cell(
            town.replace(n_days=days + later, launch_day=launch + later),
            strategy, {"stage": stage.name, "place": place, "later": later}, stage.seed,
        )
        for later in QUARTERS for strategy in splits
    ]  # fmt: skip


def design(smoke: bool = False) -> list[Cells]:
    """Return the search: every split of every kind on a lattice, in every place."""
    cells = []
    for place, town in places(smoke).items():
        splits = {s.name: s for kind in KINDS for s in lattice(kind, PARTS[smoke])}
        cells += _cells(SEARCH, place, town, list(splits.values()))
    return [Cells(cells, replications=1 if smoke else SEARCH.worlds)]


def follow_up(frame: pd.DataFrame, smoke: bool) -> list[Cells]:
    """Return the runs that choose, after the search; those that report, after the choice."""
    done = set(frame["stage"])
    if REPORT.name in done:
        return []
    stage = REPORT if CHOOSE.name in done else CHOOSE
    cells = []
    known = {s.name: s for kind in KINDS for s in lattice(kind, PARTS[smoke])}
    for place, town in places(smoke).items():
        splits: dict[str, Strategy] = {}
        for kind in KINDS:
            few = _best(frame, SEARCH, place, kind, known)[:FEW]
            near = {s.name: s for s in [*few, *beside(kind, few[0])]}
            if stage is REPORT:
                near = {s.name: s for s in _best(frame, CHOOSE, place, kind, near)[:1]}
            splits |= near
        cells += _cells(stage, place, town, list(splits.values()))
    return [Cells(cells, replications=1 if smoke else stage.worlds)]


def _best(
    frame: pd.DataFrame, stage: Stage, place: str, kind: str, known: Mapping[str, Strategy]
) -> list[Strategy]:
    """Return the splits that a kind may choose by what they sold in a stage, the best first."""
    rows = frame[(frame["stage"] == stage.name) & (frame["place"] == place)]
    sold = rows.groupby("strategy", sort=False)[OUTCOME].mean().sort_values(ascending=False)
    return [known[str(n)] for n in sold.index if str(n) in known and may(kind, known[str(n)])]


# ---- the table -----------------------------------------------------------------------------------


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the best split of every kind and place, its copies, and the leads between kinds."""
    import pandas as pd

    reported = frame[frame["stage"] == REPORT.name]
    splits = {name: _named(name) for name in dict.fromkeys(reported["strategy"].map(str))}
    best, leads = [], []
    for place, rows in reported.groupby("place", sort=False):
        chosen = {
            kind: _best(frame, CHOOSE, str(place), kind, splits)[0].name for kind in KINDS
        }  # fmt: skip
        worlds = _by_kind(rows, chosen)
        sold = means(worlds, OUTCOME)
        shares = {
            kind: {a: getattr(splits[name].phases[0], a) for a in KINDS["balanced"]}
            for kind, name in chosen.items()
        }
        best.append(sold.join(pd.DataFrame(shares).T, on="strategy").assign(place=place))
        for kind, other in _pairs(sold):
            gap = paired(worlds, OUTCOME, kind, other).iloc[0]
            leads.append({"place": place, **gap})
    return stacked({"best": pd.concat(best), "lead": pd.DataFrame(leads)})


def _pairs(sold: pd.DataFrame) -> list[tuple[str, str]]:
    """Return what is compared: list and community, both with posts, and the best with the rest."""
    first = str(sold.sort_values("value")["strategy"].iloc[-1])
    pairs = [(COMMUNITY, LIST), (COMMUNITY, POSTS), (LIST, POSTS)]
    return pairs + [(first, k) for k in KINDS if k != first and (first, k) not in pairs]


def _by_kind(rows: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of the chosen splits under the names of their kinds, the worlds numbered."""
    import pandas as pd

    parts = [rows[rows["strategy"] == name].assign(strategy=kind) for kind, name in chosen.items()]
    found = pd.concat(parts)
    day = found["later"].map({later: i for i, later in enumerate(QUARTERS)})
    return found.assign(replication_id=len(QUARTERS) * found["replication_id"] + day)


def _named(name: str) -> Strategy:
    """Return the split of a name: the other way round than `split`."""
    shares = {part[0]: int(part[1:]) / 10_000 for part in name.removesuffix("_deals").split("_")}
    kind = "deal_driven" if name.endswith("_deals") else "balanced"
    return split(kind, {a: shares.get(a[0], 0.0) for a in KINDS["balanced"]})


# ---- picture and words ---------------------------------------------------------------------------


def _spoken(kind: str) -> str:
    return SPOKEN.get(kind, plain(kind))


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw what every kind sells at its best, and the lead of a community over a list elsewhere."""
    figure, axes = new_figure(_headline(table), 1, 2, size=(12, 6.5), width_ratios=(1, 1.1))
    _sold(axes[0, 0], table)
    _leads(axes[0, 1], table)
    return figure


def _sold(ax: Axes, table: pd.DataFrame) -> None:
    rows = table[(table["what"] == "best") & (table["place"] == HERE)].sort_values("value")
    for y, row in enumerate(rows.to_dict("records")):
        ax.barh(y, row["value"], 0.7, color=STRATEGY_COLOURS[row["strategy"]])
        ax.plot([row["low"], row["high"]], [y, y], color=INK, lw=1.8)
        shares = sorted(((row[a], a) for a in KINDS["balanced"] if row[a] > 0), reverse=True)
        split_ = ", ".join(f"{100 * share:.0f} % {activity}" for share, activity in shares)
        ax.text(0, y + 0.42, split_, fontsize=9, va="bottom")
        ax.text(row["high"], y, f"  {row['value']:,.0f}", va="center")
    ax.set_yticks(range(len(rows)), [upper(_spoken(str(kind))) for kind in rows["strategy"]])
    ax.set(title="Each kind at its best", xlabel="copies sold (mean of fresh worlds)")
    ax.set_xlim(0, 1.15 * rows["high"].max())
    ax.set_ylim(-0.6, len(rows) - 0.2)


def _leads(ax: Axes, table: pd.DataFrame) -> None:
    rows = _gaps(table, COMMUNITY, LIST)[::-1]
    for y, row in enumerate(rows):
        sign = clear(row)
        colour = STRATEGY_COLOURS[COMMUNITY if sign > 0 else LIST] if sign else "#888888"
        ax.plot([row["low"], row["high"]], [y, y], color=colour, lw=2.4)
        ax.plot([row["value"]], [y], "o", color=colour, ms=8)
    ax.axvline(0, color=INK, lw=1.2)
    names = ["the main scenario" if row["place"] == HERE else str(row["place"]) for row in rows]
    ax.set_yticks(range(len(rows)), names)
    ax.set(title="The best community against the best list",
           xlabel="copies more than the list (95 % interval)")  # fmt: skip


def _gaps(table: pd.DataFrame, kind: str, other: str) -> list[dict[str, Any]]:
    rows = table[table["what"] == "lead"]
    rows = rows[(rows["strategy"] == kind) & (rows["baseline"] == other)]
    return [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]


def _first(table: pd.DataFrame, place: str) -> str:
    rows = table[(table["what"] == "best") & (table["place"] == place)]
    return str(rows.sort_values("value")["strategy"].iloc[-1])


def _most(table: pd.DataFrame, place: str) -> list[str]:
    """Return the kinds that sell most in a place: the first, and what it clearly leads not."""
    first = _first(table, place)
    gaps = table[(table["what"] == "lead") & (table["place"] == place)]
    gaps = gaps[gaps["strategy"] == first]
    return [first, *(g["baseline"] for g in gaps.to_dict("records") if not clear(g))]


def _headline(table: pd.DataFrame) -> str:
    """Say what sells most in the first place, and how community and list compare."""
    most, gap = _most(table, HERE), _gaps(table, COMMUNITY, LIST)[0]
    spoken = [_spoken(kind) for kind in most]
    if len(most) == 1:
        sells = f"{spoken[0]} sells most"
    elif len(most) == 2:
        sells = f"{listed(spoken)} sell most, and alike"
    else:
        sells = f"{in_words(len(most))} kinds sell most, and alike"
    if set(most) == {"balanced", "deal_driven"}:
        sells = f"{_spoken('balanced')}, with or without discounts, sells most"
    return f"Split at its best, {sells}; {lead(gap)}"


def _spent(table: pd.DataFrame, kind: str) -> str:
    """Return what the best split of a kind spends, the largest share first."""
    row = pick(table, what="best", place=HERE, strategy=kind)
    shares = sorted(((row[a], a) for a in KINDS["balanced"] if row[a] > 0), reverse=True)
    return listed([f"{100 * share:.0f} % {activity}" for share, activity in shares])


def _where(gaps: list[dict[str, Any]], sign: int) -> str:
    """Say in how many places a lead is clear with this sign, and where it is largest."""
    found = [gap for gap in gaps if clear(gap) == sign]
    if not found:
        return "nowhere"
    most = max(found, key=lambda gap: abs(gap["value"]))["place"]
    return f"in {len(found)} ({most})"


def finding(table: pd.DataFrame) -> Finding:
    """Say which kind sells most at its best, what it spends on, and where the order turns."""
    most, gaps = _most(table, HERE), _gaps(table, COMMUNITY, LIST)
    first = "balanced" if "balanced" in most else most[0]
    spends = f"{_spoken(first)} spends {_spent(table, first)}; "
    return Finding(
        f"{_headline(table)}.",
        f"{spends}the best community {_spent(table, COMMUNITY)}.",
        f"of {len(gaps)} places a community clearly beats a list {_where(gaps, 1)}, loses "
        f"{_where(gaps, -1)}.",
        "copies are counted, not what they earn against what the hours cost; nobody has measured "
        "this.",
    )
