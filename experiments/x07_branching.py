"""Does word of mouth change which strategy wins, with .01 to .95 of a buyer caused per buyer?

Fixed: the town of launch_2025 with its list and community, friends as many as the evidence allows,
ten hours a week. Varies: the strategy, and how well recommendations travel: who recommends
(p_recommend_public, p_recommend_member), to how many friends (more_friends), who looks at what is
recommended (p_consider_friend, p_consider_member) and what a friend's word is worth (odds_friend),
all moved together. Strength -1 is the low end of their likely ranges, 0 the default, 1 the high
end. Beyond 1 the world is hypothetical: at 2 every buyer would recommend to as many friends as the
model allows, every friend would look, and a friend's word would multiply the odds of buying by
twelve. The branching ratio is measured, not set: buyers brought by a friend over all buyers (givers
of gifts count once, receivers not), over the half year from the launch to the horizon, summed over
worlds; so it stays below 1 even where a cascade fills the town. As buyers are by definition those
whom no friend brought / (1 - branching), what can be found is whether either differs by strategy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import INK, looks, new_figure, plain_log, styled
from experiments.kit.tables import (
    in_worlds,
    leaders,
    listed,
    means,
    of_sums,
    pick,
    ratios,
    say,
    say_paired,
    stacked,
)
from simulation.core.stages import Touchpoint
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASELINE = "posting_only"
BUILDERS = ("audience_building", "community_building")
PAIRS = ((BUILDERS[0], BASELINE), (BUILDERS[1], BASELINE), BUILDERS[::-1])
STRENGTHS: tuple[float, ...] = (-1.0, 0.0, 0.5, 1.0, 1.15, 1.25, 1.35, 1.45)
#: The end of what the evidence holds possible; beyond it the world is hypothetical.
LIKELY = 1.0
#: What moves between the ends of its likely range; p_recommend_member follows the public.
MOVED = (
    "p_recommend_public", "more_friends", "p_consider_friend", "p_consider_member", "odds_friend",
)  # fmt: skip
#: odds_friend at strength 2: three times the 4 of its likely range, far inside its bounds.
HYPOTHETICAL_ODDS = 12.0
#: The range of branching that the evidence leaves open (evidence.md, branching ratio R).
WANTED = 0.01, 0.95


def measure(run: Run) -> dict[str, float]:
    """Count the buyers, those a friend's recommendation brought, and those no friend brought."""
    days = run.table
    buyers = float(days["sales"].sum() - days["gifts"].sum())
    referred = float(days["sales_by_touchpoint"][:, Touchpoint.FRIEND].sum())
    return {"buyers": buyers, "referred": referred, "seeds": buyers - referred}


def likely(name: str) -> tuple[float, float]:
    """Return the low and high end of the likely range that a parameter declares."""
    extra: Any = parameters()[name].json_schema_extra
    low, high = extra["likely"]
    return low, high


def spreading(town: Scenario, strength: float) -> dict[str, float]:
    """Return what makes recommendations travel at a strength from -1 to 2 (see the module).

    Linear between the low end, the value of `town`, the high end and the hypothetical end.
    """
    moved = {}
    for name in MOVED:
        bounds = field_bounds(parameters()[name])
        assert bounds is not None
        end = HYPOTHETICAL_ODDS if name == "odds_friend" else bounds[1]
        low, high = likely(name)
        known = (min(low, town[name]), town[name], max(high, town[name]), end)
        moved[name] = float(np.interp(strength, (-1, 0, LIKELY, 2), known))
    # no range is known for members: their odds change as many times as those of the public
    shift = logit(moved["p_recommend_public"]) - logit(town["p_recommend_public"])
    moved["p_recommend_member"] = float(expit(logit(town["p_recommend_member"]) + shift))
    return moved


def design(smoke: bool = False) -> Cells:
    """Return three strategies in 22 worlds of every strength."""
    town = Scenario.load("launch_2025").replace(mean_degree=likely("mean_degree")[1])
    strengths = STRENGTHS
    if smoke:
        town, strengths = town.replace(n_people=10_000), (-1.0, LIKELY, STRENGTHS[-1])
    worlds = [({"strength": s}, town.replace(**spreading(town, s))) for s in strengths]
    cells = grid(worlds, [STRATEGIES[name] for name in (BASELINE, *BUILDERS)])
    return Cells(cells, replications=3 if smoke else 22, measure=measure)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return branching, copies, buyers whom nobody brought, leads, and how the leads change."""
    import pandas as pd

    by = ["strength", "strategy"]
    wide = in_worlds(frame, "sales", by)
    strengths = sorted(set(frame["strength"]))
    times, change = [], []
    for one, other in PAIRS:
        names = {"strategy": one, "baseline": other}
        sold = {s: (wide[s, one], wide[s, other]) for s in strengths}
        times += [
            {"strength": s, **names, "outcome": "copies of one over the other"}
            | of_sums(sold[s], lambda a, b: a / b)
            for s in strengths
        ]
        columns = (*sold[strengths[0]], *sold[strengths[-1]])
        found = of_sums(columns, lambda a, b, c, d: (c / d) / (a / b))
        change.append({**names, "outcome": "that at the highest over the lowest strength"} | found)
    worlds = frame.groupby(["strength", "replication_id"], sort=False)  # three runs share a world
    together = worlds[["referred", "buyers"]].sum().reset_index()
    return stacked(
        {
            "branching": ratios(frame, "referred", "buyers", by),
            "branching of all": ratios(together, "referred", "buyers", ["strength"]),
            "sales": means(frame, "sales", by),
            "seeds": means(frame, "seeds", by),
            "lead": leaders(frame, "sales", ["strength"]),
            "times": pd.DataFrame(times),
            "change": pd.DataFrame(change),
        }
    )


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw copies against measured branching, and how many times one strategy sells another."""
    figure, axes = new_figure(_headline(table), 1, 2, width_ratios=(1.15, 1))
    left, right = axes[0]
    _copies(left, table)
    _times(right, table)
    for ax in (left, right):
        ax.set_xlim(-0.03, 1.03)
        ax.set_xticks(np.arange(0, 1.01, 0.2))
    handles, labels = left.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: labels[i] not in (BASELINE, *BUILDERS))
    figure.legend([handles[i] for i in order], [labels[i] for i in order],
                  loc="outside lower center", ncols=3)  # fmt: skip
    return figure


def _copies(ax: Axes, table: pd.DataFrame) -> None:
    """Draw copies (whole line) and buyers whom no friend brought (thin) by own branching."""
    for name, look in looks([BASELINE, *BUILDERS]).items():
        branching, sales, seeds = (
            _rows(table, what, strategy=name) for what in ("branching", "sales", "seeds")
        )
        x = branching["value"].to_numpy(float)
        _marked(ax, x, sales, _sideways(branching), look, name)
        ax.plot(x, seeds["value"], color=look.colour, lw=1.2, ls=":")
    ax.plot([], [], color=INK, lw=1.2, ls=":", label="buyers brought by no friend")
    ax.plot([], [], "o", color=INK, mfc="white", label="hypothetical worlds")
    some = table[table["what"].isin(["sales", "seeds"]) & (table["value"] > 0)]["value"]
    plain_log(ax.yaxis, *((some.min(), some.max()) if len(some) else (1, 10)))
    ax.set(title="Copies sold", ylabel="copies a world (mean, log scale)",
           xlabel="buyers brought by a friend per buyer,\nunder this strategy")  # fmt: skip


def _times(ax: Axes, table: pd.DataFrame) -> None:
    """Draw how many times the copies of a builder another strategy sells, by branching of all."""
    x = _rows(table, "branching of all")["value"].to_numpy(float)
    for name, look in looks(BUILDERS).items():
        rows = _rows(table, "times", strategy=name, baseline=BASELINE)
        _marked(ax, x, rows, np.zeros((2, len(x))), look, name)
    ax.axhline(1, color=INK, lw=1)
    ax.text(1, 1.1, BASELINE, ha="right", va="bottom", fontsize=11)
    ax.set_ylim(bottom=0)
    ax.set(title=f"Times the copies of {BASELINE}", ylabel="ratio of copies (95 % interval)",
           xlabel="buyers brought by a friend per buyer,\nunder all three strategies")  # fmt: skip


def _marked(ax: Axes, x: np.ndarray, rows: pd.DataFrame, sideways: Any, look: Any, label: str):
    """Draw a line with intervals; worlds beyond the likely ranges have hollow markers."""
    value = rows["value"].to_numpy(float)
    ends = np.abs(rows[["low", "high"]].to_numpy(float).T - value)
    reach = np.nan_to_num(ends, posinf=0.0)  # where an end is not known, no bar
    reach[0] = np.minimum(reach[0], 0.999 * value)  # 0 has no place on a log axis
    ax.errorbar(x, value, yerr=reach, xerr=sideways, color=look.colour, ls=look.line, lw=2,
                elinewidth=1.3, capsize=3, label=label)  # fmt: skip
    likely = rows["strength"].to_numpy(float) <= LIKELY
    for part, face in ((likely, look.colour), (~likely, "white")):
        ax.plot(x[part], value[part], look.marker, ms=8, color=look.colour, mfc=face, mew=1.8,
                zorder=5)  # fmt: skip


def _sideways(rows: pd.DataFrame) -> np.ndarray:
    return np.nan_to_num(
        np.abs(rows[["low", "high"]].to_numpy(float).T - rows["value"].to_numpy(float))
    )


def _rows(table: pd.DataFrame, what: str, **labels: str) -> pd.DataFrame:
    """Return the rows of one thing in order of strength."""
    rows = table[table["what"] == what]
    for name, value in labels.items():
        rows = rows[rows[name] == value]
    return rows.sort_values("strength")


def _ends(table: pd.DataFrame) -> str:
    values = _rows(table, "branching of all")["value"]
    return f"{values.min():.2f} to {values.max():.2f}"


def _headline(table: pd.DataFrame) -> str:
    lead = _rows(table, "lead")
    clear = lead[lead["clear"].astype(bool)]
    sure = list(dict.fromkeys(clear["strategy"]))
    says = {
        0: "no strategy is clearly ahead",
        1: f"only {sure[0]} is ever clearly ahead" if sure else "",
    }.get(len(sure), f"the lead passes from {' to '.join(sure)}")
    return f"Friends bring {_ends(table)} of a buyer per buyer: {says}"


def finding(table: pd.DataFrame) -> str:
    """Say how far branching reached, who wins at what strength, and how the leads change."""
    all_ = _rows(table, "branching of all")
    default = pick(all_, strength=0.0) if (all_["strength"] == 0).any() else dict(all_.iloc[0])
    highest = {
        name: dict(_rows(table, "branching", strategy=name).iloc[-1])
        for name in (BASELINE, *BUILDERS)
    }
    reached = [name for name, row in highest.items() if row["value"] >= WANTED[1]]
    within = dict(all_[all_["strength"] <= LIKELY].iloc[-1])
    what = f"{WANTED[1]:g} was reached" if reached else f"{WANTED[1]:g} was not reached by any"
    sentences = [
        f"Of all buyers friends brought {say(default)} at strength {default['strength']:g} and "
        f"{say(within)} at the high end of every likely range; beyond, in hypothetical worlds, "
        f"{what}{f' under {listed(reached)}' if reached else ''} (at the highest strength "
        f"{'; '.join(f'{name} {say(row)}' for name, row in highest.items())})."
    ]
    lead = _rows(table, "lead")
    for name in dict.fromkeys(lead["strategy"]):
        rows = lead[lead["strategy"] == name]
        clear = [f"{s:g}" for s in rows.loc[rows["clear"].astype(bool), "strength"]]
        sure = f"clearly at {listed(clear)}" if clear else "nowhere clearly"
        sentences.append(
            f"{name} sold most at strength {listed([f'{s:g}' for s in rows['strength']])}, {sure}."
        )
    sentences.append(f"At strength {lead['strength'].iloc[0]:g} {say_paired(dict(lead.iloc[0]))}; "
                     f"at {lead['strength'].iloc[-1]:g} {say_paired(dict(lead.iloc[-1]))}."
                     )  # fmt: skip
    sentences.append(
        "From the lowest to the highest strength the ratio of copies changed: "
        + "; ".join(_changed(row) for row in table[table["what"] == "change"].to_dict("records"))
        + "."
    )
    return " ".join(sentences)


def _changed(row: dict[Any, Any]) -> str:
    """Say how a ratio changed: "a over b 1.4 times (95 % interval 1.1 to 1.8)"."""
    unclear = ", no clear change" if row["low"] <= 1 <= row["high"] else ""
    return f"{row['strategy']} over {row['baseline']} {say(row, 'times')}{unclear}"
