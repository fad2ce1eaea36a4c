"""What happens to a community when its host stops, and how large must it be to live on?

Fixed: a town of 20,000 of launch_2025 with one in ten on the list, ten hours a week, three years, a
book launched near their end. Varies: how many are members on day 0, from 20 to 2,000; whether
nobody new may join (closed), or everybody may, with or without a host (open); and the host, who
works throughout (community_building), stops after a year (its hours then go to posts and content,
as in audience_building), or is not there from day 0 on. Every room was lightly hosted in the year
before day 0, as all brands live the common routine. A room lives on when, in the last year, its
members visit at least half as often as those of the same room with a host throughout. Sales are the
chances to buy, summed. A member kept was one on day 0 and is one at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import INK, Look, new_figure, points, styled
from experiments.kit.finding import Finding, clear, short
from experiments.kit.tables import (
    crossing,
    in_worlds,
    kept_by_stage,
    means,
    of_sums,
    paired,
    pick,
    ratios,
    resampled_means,
    stacked,
)
from simulation.core.stages import STAGES, Channel
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_PEOPLE, N_DAYS, LAUNCH_DAY, STOP = 20_000, 1_095, 1_000, 365
ROOMS = (20, 60, 200, 600, 2_000)
CLOSED, OPEN = "closed", "open"
DOORS: dict[str, dict[str, Any]] = {CLOSED: {"share_invited": 0.0}, OPEN: {"joining_open": True}}
#: The last quarter with a host, and those after the stop.
QUARTER, QUARTERS = 91, range(0, 9)
LAST_YEAR = QUARTERS[-4:]
#: Of the visits under a host, to live on.
HALF = 0.5
HOSTED, NONE = STRATEGIES["community_building"], STRATEGIES["audience_building"]
STOPS = HOSTED.model_copy(
    update={
        "name": "host_stops",
        "description": "hosts for a year, then posts and content instead",
        "phases": (*HOSTED.phases, NONE.phases[0].model_copy(update={"from_day": STOP})),
    }
)
LOOKS = {CLOSED: Look("#0072B2", "-", "o"), OPEN: Look("#E69F00", "--", "s")}
ROOM_COLOURS = ("#A8203A", "#D9772B", "#8C8C8C", "#3F8FBF", "#1B3A6B")


def days_of(quarter: int) -> slice:
    """Return the days of a quarter; 1 begins with the stop."""
    return slice(STOP + (quarter - 1) * QUARTER, STOP + quarter * QUARTER)


def measure(run: Run) -> dict[str, float]:
    """Measure visits and months of members by quarter; the last year, and who is kept."""
    days = run.table
    members = days["n"][:, STAGES.index("member")].astype(float)
    found = kept_by_stage(run) | {"bonded": float(days["n_bonded"][-1])}
    for quarter in QUARTERS:
        here = days_of(quarter)
        found[f"visits_{quarter}"] = float(days["contacts"][here, Channel.VISIT].sum())
        found[f"member_months_{quarter}"] = float(members[here].sum()) / 30
    last = slice(days_of(LAST_YEAR[0]).start, days_of(LAST_YEAR[-1]).stop)
    found["novelty_last_year"] = float(days["novelty"][last].mean())
    found["answers_last_year"] = float(days["answers"][last].sum())
    for name in ("visits", "member_months"):
        found[f"{name}_last_year"] = sum(found[f"{name}_{quarter}"] for quarter in LAST_YEAR)
    return found


def design(smoke: bool = False) -> Cells:
    """Return rooms x doors x three hosts, in 20 worlds each."""
    town = Scenario.load("launch_2025").replace(
        n_people=N_PEOPLE, share_subscribers=0.1, n_days=N_DAYS, launch_day=LAUNCH_DAY
    )
    worlds = [
        ({"door": door, "room": room}, town.replace(share_members=room / N_PEOPLE, **changes))
        for door, changes in DOORS.items() for room in (ROOMS[::2] if smoke else ROOMS)
    ]  # fmt: skip
    return Cells(
        grid(worlds, [HOSTED, STOPS, NONE]), replications=3 if smoke else 20, measure=measure
    )


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return visits by quarter, beside those under a host; members kept, bonds, sales, the mass."""
    import pandas as pd

    by = ["door", "room"]
    tables: dict[str, pd.DataFrame] = {}
    tables["critical mass"] = pd.DataFrame(
        [{"door": door, **critical_mass(part)} for door, part in frame.groupby("door", sort=False)]
    )
    for name in (STOPS.name, NONE.name):
        tables[f"beside hosted, {name}"] = _beside(frame, name, ["last_year"])
    tables["sales"] = paired(frame, "expected_sales", STOPS.name, HOSTED.name, by=by)
    tables["sales without a host"] = paired(frame, "expected_sales", NONE.name, HOSTED.name, by=by)
    kept = frame.assign(kept_share=frame["kept_member"] / frame["began_member"])
    tables["kept"] = ratios(frame, "kept_member", "began_member", [*by, "strategy"])
    tables["kept beside hosted"] = paired(kept, "kept_share", STOPS.name, HOSTED.name, by=by)
    tables["bonded"] = ratios(frame, "bonded", "n_member", [*by, "strategy"])
    months = "member_months_last_year"
    tables["answers a member a month"] = ratios(
        frame, "answers_last_year", months, [*by, "strategy"]
    )
    tables["novelty"] = means(frame, "novelty_last_year", [*by, "strategy"])
    tables["by quarter"] = _beside(frame, STOPS.name, [*map(str, QUARTERS)])
    for quarter in QUARTERS:
        found = ratios(frame, f"visits_{quarter}", f"member_months_{quarter}", [*by, "strategy"])
        tables[f"visits a member a month, quarter {quarter}"] = found
    return stacked(tables)


def _beside(frame: pd.DataFrame, name: str, times: Sequence[str]) -> pd.DataFrame:
    """Return visits a member over those with a host throughout, at some times (`measure`)."""
    import pandas as pd

    rows = []
    for (door, room), part in frame.groupby(["door", "room"], sort=False):
        arms = [
            part[part["strategy"] == s].set_index("replication_id").sort_index()
            for s in (name, HOSTED.name)
        ]
        for when in times:
            sums = [arm[f"{what}_{when}"] for arm in arms for what in ("visits", "member_months")]
            found = of_sums(sums, lambda v, m, w, n: (v / m) / (w / n))
            rows.append({"door": door, "room": room, "when": when, **found})
    return pd.DataFrame(rows)


def critical_mass(frame: pd.DataFrame) -> dict[str, float]:
    """Return from how many members on a room lives on: value, low, high.

    Linear in the logarithm between the rooms tried; 0 where all live on, infinite where the largest
    does not.
    """
    rooms = sorted(set(frame["room"]))
    sums = {}
    for name in ("visits_last_year", "member_months_last_year"):
        wide = in_worlds(frame, name, ["strategy", "room"])
        order = wide[[(s, room) for s in (STOPS.name, HOSTED.name) for room in rooms]]
        drawn = np.vstack([order.to_numpy(float).mean(axis=0), resampled_means(order)])
        sums[name] = drawn.reshape(-1, 2, len(rooms))
    with np.errstate(divide="ignore", invalid="ignore"):
        often = sums["visits_last_year"] / sums["member_months_last_year"]
        lead = often[:, 0] / often[:, 1] - HALF
    found = crossing(np.log(rooms), lead[0], lead[1:])
    return {key: float(np.exp(value)) for key, value in found.items()}


# ---- picture and words ---------------------------------------------------------------------------


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw visits beside those under a host: by quarter in closed rooms, and by size at the end."""
    figure, axes = new_figure(_headline(table), 1, 2, size=(12, 6.25), sharey=True)
    beside = table[table["what"] == f"beside hosted, {STOPS.name}"]
    after, size = axes[0]
    _by_quarter(after, table[(table["what"] == "by quarter") & (table["door"] == CLOSED)])
    for door, look in LOOKS.items():
        rows = beside[beside["door"] == door]
        percent = rows.assign(**{key: 100 * rows[key] for key in ("value", "low", "high")})
        points(size, rows["room"], percent, look, ls=look.line, lw=2.5)
        label = "new members may join" if door == OPEN else "nobody new may join"
        up = 22 if door == OPEN else -34
        size.annotate(
            label, (rows["room"].iloc[0], percent["value"].iloc[0]), xytext=(14, up),
            textcoords="offset points", va="center", color=look.colour, fontsize=13,
        )  # fmt: skip
    size.set(xscale="log", xlabel="members on day 0", title="Two years later, by size of the room")
    rooms = sorted(set(table["room"].dropna()))
    size.set_xticks(rooms, [f"{room:,.0f}" for room in rooms])
    size.minorticks_off()
    for ax in axes[0]:
        ax.axhline(100 * HALF, color=INK, lw=1, ls=":")
        ax.set_ylim(0, 108)
    size.annotate("lives on: at least half", (rooms[-1], 100 * HALF), xytext=(0, -12),
                  textcoords="offset points", fontsize=11, color=INK, ha="right")  # fmt: skip
    after.set_ylabel("visits a member, % of those under a host")
    return figure


def _by_quarter(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw a line for each closed room, named at its end."""
    rooms = sorted(set(rows["room"]))
    ends = []
    for room, colour in zip(rooms, ROOM_COLOURS, strict=False):
        line = rows[rows["room"] == room]
        months = 3 * line["when"].astype(int)
        ax.plot(months, 100 * line["value"], color=colour, lw=2.5)
        ends.append((100 * float(line["value"].iloc[-1]), f"{room:,.0f} members", colour))
    last = -math.inf
    for height, text, colour in sorted(ends):
        last = max(height, last + 6)  # names do not lie on each other
        ax.text(24.6, last, text, color=colour, va="center", fontsize=12)
    ax.axhline(100, color=INK, lw=1)
    ax.set(xlabel="months after the host stopped", xlim=(0, 32), xticks=range(0, 25, 6))
    ax.set_title("Closed rooms")


def _about(row: Mapping[str, Any]) -> str:
    """Return a size with one digit where its interval is wide, else with two."""
    digits = 1 if row["high"] - row["low"] > 0.5 * row["value"] else 2
    return f"{float(format(row['value'], f'.{digits}g')):,.0f}"


def _headline(table: pd.DataFrame) -> str:
    found = {door: pick(table, what="critical mass", door=door) for door in DOORS}
    closed, opened = found[CLOSED]["value"], found[OPEN]["value"]
    if closed == 0 == opened:
        return (
            "There is no critical mass: when the host stops, rooms of every size keep at least "
            "half of the visits a host would draw"
        )
    if closed == 0:
        first = "Without its host a closed room of any size keeps half of its visits"
    elif math.isinf(closed):
        first = "Without its host no closed room keeps half of its visits"
    else:
        first = (
            "Without its host a closed room keeps half of its visits only from about "
            f"{_about(found[CLOSED])} members on"
        )
    if opened == 0:
        return f"{first}; with new members every room does"
    if math.isinf(opened):
        return f"{first}; with new members none does"
    return f"{first}, one that takes in new members from {_about(found[OPEN])}"


def finding(table: pd.DataFrame) -> Finding:
    """Say from what size on a room lives without its host, and what it sells."""
    rooms = sorted(set(table["room"].dropna()))
    novel = [
        pick(table, what="novelty", door=CLOSED, room=room, strategy=STOPS.name)["value"]
        for room in (rooms[0], rooms[-1])
    ]
    sales = table[table["what"] == "sales"].to_dict("records")
    ahead, behind = (sum(clear(row) == sign for row in sales) for sign in (1, -1))
    kept = pick(table, what="kept beside hosted", door=CLOSED, room=rooms[0])
    lost = (
        f"members kept change by {short(kept, scale=100, signed=True)} points"
        if clear(kept)
        else "no difference in members kept can be told"
    )
    return Finding(
        f"{_headline(table)}.",
        f"what members write is the news: two years later novelty is {novel[0]:.2f} in the "
        f"smallest closed room, {novel[1]:.2f} in the largest.",
        f"in sales, the host's hours spent on posts and content sell clearly more in {ahead}, "
        f"clearly less in {behind} of {len(sales)} rooms.",
        f"nobody measured how rooms fade; in the smallest {lost}; half is our line.",
    )
