"""What makes a community sell more than a list: its purpose, its host, or its size?

Fixed: a town of 20,000 of launch_2025 with one in ten on the list, ten hours a week. Varies: how
distinct and shared the brand's purpose is, from none to all; how many are members on day 0, from a
room of 60 to a forum of 2,000; and the share of hours that hosts the community (the rest goes to
posts, replies and content as in audience_building, which hosts nothing). The purpose of a brand is
that of its members, whatever the strategy: it acts where there is a community to visit. Nobody has
measured this; it is what the equations say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.finding import Finding, clear, some_of
from experiments.kit.tables import means, paired, pick, stacked, with_share
from simulation.core.stages import STAGES, Channel
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LIST = "audience_building"
PURPOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Members on day 0, of 20,000 people.
ROOMS = (60, 300, 2_000)
HOSTING = (0.05, 0.3)
LOOKS = {0.05: Look("#E69F00", "--", "s"), 0.3: Look("#0072B2", "-", "o")}


def hosted(share: float) -> Strategy:
    """Return audience_building with this share of all its hours spent on hosting."""
    return with_share(STRATEGIES[LIST], "hosting", share, f"hosting_{share:g}")


def measure(run: Run) -> dict[str, float]:
    """Measure visits a member and day, and the share of members with a bond at the end."""
    members = run.table["n"][:, STAGES.index("member")]
    visits = float(run.table["contacts"][:, Channel.VISIT].sum())
    return {
        "visits_per_member_day": visits / max(1.0, float(members.sum())),
        "bonded": float(run.table["n_bonded"][-1]) / max(1.0, float(members[-1])),
    }


def design(smoke: bool = False) -> Cells:
    """Return purposes x rooms x the list and two shares of hosting, in 20 worlds each."""
    town = Scenario.load("launch_2025").replace(n_people=20_000, share_subscribers=0.1)
    purposes, rooms = (PURPOSES[::4], ROOMS[::2]) if smoke else (PURPOSES, ROOMS)
    if smoke:
        town = town.replace(n_people=4_000)
    worlds = [
        ({"purpose": purpose, "room": room},
         town.replace(purpose=purpose, share_members=room / 20_000))
        for purpose in purposes for room in rooms
    ]  # fmt: skip
    strategies = [STRATEGIES[LIST], *map(hosted, HOSTING)]
    return Cells(grid(worlds, strategies), replications=3 if smoke else 20, measure=measure)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the lead over the list by purpose, room and hosting, with visits and bonds."""
    by = ["purpose", "room"]
    tables = {"sales": means(frame, "expected_sales", [*by, "strategy"])}
    for share in HOSTING:
        gap = paired(frame, "expected_sales", hosted(share).name, LIST, by=by)
        tables[f"lead {share:g}"] = gap
    for name in ("visits_per_member_day", "bonded"):
        tables[name] = means(frame, name, [*by, "strategy"])
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the lead over the list against purpose: a panel a room, a line a share of hosting."""
    rooms = sorted(set(table["room"]))
    figure, axes = new_figure(_headline(table), 1, len(rooms), sharey=True, size=(12, 6))
    for ax, room in zip(axes[0], rooms, strict=True):
        for share, look in LOOKS.items():
            rows = table[(table["what"] == f"lead {share:g}") & (table["room"] == room)]
            style = {"color": look.colour, "ls": look.line, "lw": 2.5}
            label = f"{share:.0%} of the hours host"
            ax.plot(rows["purpose"], rows["value"], marker=look.marker, ms=7, label=label, **style)
            band = rows["purpose"], rows["low"], rows["high"]
            ax.fill_between(*band, color=look.colour, alpha=0.25)
        ax.axhline(0, color=INK, lw=1.2)
        ax.set_title(f"{room:,.0f} members on day 0")
        ax.set_xlabel("purpose: how distinct and shared")
    axes[0, 0].set_ylabel("copies more than a list")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _clear(table: pd.DataFrame, share: float, sign: int) -> tuple[int, int]:
    """Return in how many rooms the lead is clear with this sign, and how many rooms there are."""
    leads = table[table["what"] == f"lead {share:g}"].to_dict("records")
    return sum(clear(row) == sign for row in leads), len(leads)


def _headline(table: pd.DataFrame) -> str:
    light, heavy = HOSTING
    (ahead, n), (also, _) = (_clear(table, share, 1) for share in (light, heavy))
    if not ahead + also:
        where = f"none of {n} rooms"
        return f"Hosted lightly or heavily, a community is clearly ahead of a list in {where}"
    return (
        f"Lightly hosted, a community is clearly ahead of a list in {ahead or 'none'} of {n} "
        f"rooms; heavily hosted in {some_of(also, n)} of them"
    )


def finding(table: pd.DataFrame) -> Finding:
    """Say what hosting, purpose and size do to the lead over the list."""
    purposes, rooms = sorted(set(table["purpose"])), sorted(set(table["room"]))
    visits = table[table["what"] == "visits_per_member_day"]
    visits = visits[visits["strategy"] == hosted(HOSTING[-1]).name]
    middle = rooms[len(rooms) // 2]
    ends = [pick(visits, purpose=p, room=middle)["value"] for p in (purposes[0], purposes[-1])]
    light = table[table["what"] == f"lead {HOSTING[0]:g}"]
    gained = light.groupby("purpose", sort=True)["value"].mean()
    moved = round(abs(gained.iloc[-1] - gained.iloc[0]))
    copies = "copy" if moved == 1 else "copies"
    behind, n = _clear(table, HOSTING[1], -1)
    best = {room: light.loc[light["room"] == room, "value"].mean() for room in rooms}
    return Finding(
        f"{_headline(table)}.",
        f"the host's hours rather than the purpose: all of it multiplies visits by "
        f"{ends[1] / ends[0]:.1f} and moves the lead by {moved} {copies}.",
        f"a heavy host is clearly behind the list in {behind} of {n} rooms; the best room has "
        f"{max(best, key=best.__getitem__):,} members.",
        "nobody has measured rooms against lists at equal effort; one list, one town, one launch.",
    )
