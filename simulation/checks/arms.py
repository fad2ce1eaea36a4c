"""Run every arm of the model side by side: ``compare_arms()``, ``continuum arms``.

Every arm is a change of the scenario (``--set selection_only=true``); `ARMS` names them all. The
same strategies, the same worlds and the same luck under each; beside them
what average people would do (no_agents.py), and what a randomised invitation to the community
causes, against what a comparison of members with non-members would make believe.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from simulation.checks.invitation import (
    COUNTS,
    effect_of_sums,
    invitation_counts,
    pooled_interval,
)
from simulation.checks.no_agents import predict_without_agents
from simulation.core.outcomes import SUMMARY
from simulation.engine.prepare import prepare, settled
from simulation.figures import INK, looks, styled
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.comparison import CompareRequest
from simulation.runs.statistics import say_difference
from simulation.runs.worlds import each, live_world, person_days
from simulation.tools.errors import InputError
from simulation.tools.files import Writers, files_of, to_csv, to_png, to_text
from simulation.tools.requests import Settled, carried_out, face_of, settle, settle_numbers
from simulation.tools.shown import Shown
from simulation.tools.stamp import seed_text

if TYPE_CHECKING:
    import pandas as pd

#: Every arm: what it changes in the scenario, and what it asks.
ARMS: dict[str, tuple[dict[str, Any], str]] = {
    "full model": ({}, "nothing is switched off"),
    "selection only": ({"selection_only": True}, "attachment moves nobody up and sells nothing"),
    "equal impact": ({"equal_impact": True}, "every contact adds the same prominence"),
    "matched list": (
        {"matched_list": True, "share_invited": 0.0},
        "subscribers get a member's contacts, but nobody new joins and bonds",
    ),
    "randomised invitation": ({"share_invited": 0.5}, "half may never join, by lot"),
    "no relationships": ({"relationships": False}, "members do not answer each other, nor bond"),
    "no purpose": ({"purpose": 0.0}, "the brand stands for nothing its fans share"),
    "not evolving": ({"evolving": False}, "neither events nor messages renew the community"),
    "none of the three": (
        {"relationships": False, "purpose": 0.0, "evolving": False},
        "a community without ties, purpose and news",
    ),
}

CONFIDENCE = 0.95
SALES = next(scalar for scalar in SUMMARY if scalar.name == "sales")
#: What the invitation report says of each effect: meaning, and the same relative to its base.
EFFECTS = {
    "intention_to_treat": ("intention to treat: what inviting causes", "itt_relative"),
    "complier_effect": (
        "complier effect: what joining causes in those who join if invited", "effect_relative",
    ),
    "naive_gap": ("naive gap: joined minus stayed, selection included", "naive_relative"),
}  # fmt: skip


@dataclass(frozen=True)
class ArmsRequest:
    """What `compare_arms` is asked, checked under every arm: frozen, and ready to `run`.

    Raises InputError with one line when it is made; nothing is simulated.
    """

    scenario: Settled = DEFAULT_SCENARIO
    strategies: Settled = ("posting_only", "community_building")
    _: KW_ONLY
    replications: int = 30
    seed: int | np.random.SeedSequence = 1
    friends: Settled = None  # in the scenario, once it is settled

    def __post_init__(self) -> None:
        settle_numbers(self)
        settle(self, scenario=settled(self.scenario, self.friends), friends=None)
        first = next(iter(self.arms.values()))
        if len(first.strategies) != 2:
            raise InputError(
                f"arms: {len(first.strategies)} strategies given; two are compared under every arm"
            )
        settle(self, strategies=first.strategies)

    @cached_property
    def arms(self) -> dict[str, CompareRequest]:
        """What is compared under each arm, by its name."""
        return {
            arm: CompareRequest(
                self.scenario.replace(**changes), self.strategies,
                replications=self.replications, seed=self.seed,
            )
            for arm, (changes, _) in ARMS.items()
        }  # fmt: skip

    def run(self, *, jobs: int | None = None, progress: bool | None = None) -> ArmsReport:
        """Live every arm; see `compare_arms`."""
        rows = []
        for arm, asked in self.arms.items():
            found = asked.run(jobs=jobs, progress=progress, keep_series=False).table
            row: dict[str, Any] = {"arm": arm, "asks": ARMS[arm][1]}
            for lever in self.strategies:
                row[f"mean_{lever.name}"] = found.loc[lever.name, "mean"]
            for name in ("difference", "low", "high", "share_better", "n_worlds"):
                row[name] = found.loc[self.strategies[1].name, name]
            for lever in self.strategies:
                row[f"no_agents_{lever.name}"] = _predicted(asked.scenario, lever)
            rows.append(row)
        counts = self._invited(jobs, progress)
        return ArmsReport(
            self.scenario, self.strategies, self.seed, self.replications, rows, counts
        )

    def _invited(self, jobs: int | None, progress: bool | None) -> pd.DataFrame:
        """Return the counts of the randomised invitation under the second, one row a world."""
        import pandas as pd

        world = self.arms["randomised invitation"].scenario
        counts = each(
            partial(_counts, world, self.strategies[1], self.seed), range(self.replications),
            jobs=jobs, progress=progress, person_days=person_days(world, self.replications),
        )  # fmt: skip
        return pd.DataFrame(counts, pd.RangeIndex(self.replications, name="replication_id"))


@face_of(ArmsRequest)
def compare_arms(*args: Any, **asked: Any) -> ArmsReport:
    """Compare two strategies under every arm, in the same worlds.

    Parameters
    ----------
    scenario : name, path of a .toml file, or object
        Taken as the full model; every arm changes it.
    strategies : two names, paths or objects
        The first is the baseline; the invitation is read under the second.
    replications, seed, friends, jobs, progress : as in `compare`

    Raises
    ------
    InputError
        With one line that names what is wrong and what is allowed.
    """
    return carried_out(ArmsRequest, *args, **asked)


def _predicted(world: Scenario, strategy: Strategy) -> float:
    """Return the copies that average people would buy; nan where that is not defined."""
    try:
        return float(predict_without_agents(world, strategy).sales.sum())
    except InputError:
        return math.nan


def _counts(world: Scenario, strategy: Strategy, seed: Any, replication: int) -> dict[str, float]:
    people = partial(prepare, world, seed=seed, replication=replication)
    (lived,) = live_world(people, [strategy])
    return invitation_counts(lived.result(f"replication {replication}"))


@dataclass(frozen=True, eq=False, repr=False)
class ArmsReport(Shown):
    """Two strategies under every arm.

    Attributes
    ----------
    rows : one dict an arm, see `table`
    counts : DataFrame
        One row a world: heads and buyers by invitation and by joining (`invitation_counts`).
    """

    scenario: Scenario
    strategies: tuple[Strategy, ...]
    seed: Any
    replications: int
    rows: list[dict[str, Any]]
    counts: pd.DataFrame

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an arm: mean copies under each strategy, their paired difference with its 95 %
        interval, the share of worlds in which the second sells more, and the copies that average
        people would buy (no_agents_...)."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    @cached_property
    def invitation(self) -> pd.DataFrame:
        """One row an effect of the invitation on buying: value, low, high [buyers a head], and the
        same relative to its base; the counts of all worlds are added first."""
        import pandas as pd

        rows = []
        for name, (meaning, relative) in EFFECTS.items():
            row: dict[str, Any] = {"effect": name, "meaning": meaning}
            for prefix, key in (("", name), ("relative_", relative)):
                value, low, high = _with_interval(self.counts, key)
                row |= {f"{prefix}value": value, f"{prefix}low": low, f"{prefix}high": high}
            rows.append(row)
        return pd.DataFrame(rows)

    @property
    def sentences(self) -> list[str]:
        """What the arms and the invitation say, in plain words."""
        full = self.rows[0]
        baseline, strategy = (lever.name for lever in self.strategies)
        said = [f"Full model: {say_difference(SALES, strategy, baseline, full, CONFIDENCE)}."]
        flips = [
            row["arm"]
            for row in self.rows[1:]
            if full["low"] * full["high"] > 0 and not _same_side(row, full)
        ]
        if flips:
            said.append(f"That does not hold under: {', '.join(flips)}.")
        elif full["low"] * full["high"] > 0:
            said.append("That holds under every arm.")
        no_agents = full[f"no_agents_{strategy}"] - full[f"no_agents_{baseline}"]
        if math.isfinite(no_agents):
            said.append(
                "Average people, who differ in nothing and have no luck, would make it "
                f"{no_agents:+,.1f} copies; the simulation {full['difference']:+,.1f}."
            )
        _, joined, gap = self.invitation.to_dict("records")
        said.append(
            f"Invited by lot, joining changes buying by {_share(joined)}; members against "
            f"non-members would suggest {_share(gap)}."
        )
        return said

    def _says(self) -> tuple[str, str]:
        worlds = f"{self.replications:,} worlds, seed {seed_text(self.seed)}"
        return f"{self.scenario.name}, {worlds}", " ".join(self.sentences)

    def _tabled(self) -> pd.DataFrame:
        return self.table[["arm", "difference", "low", "high", "share_better"]]

    def to_markdown(self) -> str:
        """Return the page: sentences, arms, invitation."""
        names = [lever.name for lever in self.strategies]
        heads = ["arm", *names, "difference", "95 % interval", "better in",
                 *(f"average people: {name}" for name in names), "asks"]  # fmt: skip
        lines = [f"# {names[1]} against {names[0]} under every arm", "", " ".join(self.sentences)]
        lines += ["", f"{self.scenario.name}, {self.replications} worlds.", ""]
        lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        for row in self.rows:
            cells = [row["arm"], *(f"{row[f'mean_{name}']:,.1f}" for name in names),
                     f"{row['difference']:+,.1f}", f"{row['low']:,.1f} to {row['high']:,.1f}",
                     f"{100 * row['share_better']:.0f} %",
                     *(f"{row[f'no_agents_{n}']:,.1f}" for n in names), row["asks"]]  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
        lines += [
            "",
            "| invitation by lot | buyers a head | 95 % interval | relative |",
            "|---" * 4 + "|",
        ]
        for r in self.invitation.to_dict("records"):
            lines.append(f"| {r['meaning']} | {r['value']:+.4f} | {r['low']:+.4f} to "
                         f"{r['high']:+.4f} | {100 * r['relative_value']:+.0f} % |")  # fmt: skip
        return "\n".join(lines) + "\n"


def _with_interval(counts: pd.DataFrame, effect: str) -> tuple[float, float, float]:
    """Return an effect of the summed counts and its bootstrap interval over worlds."""
    return pooled_interval([counts[name] for name in COUNTS], effect_of_sums(effect), CONFIDENCE)


def _same_side(row: Mapping[str, Any], full: Mapping[str, Any]) -> bool:
    """Whether a difference lies clearly on the same side of zero as that of the full model."""
    return row["low"] > 0 if full["difference"] > 0 else row["high"] < 0


def _share(row: Mapping[Any, Any]) -> str:
    value, low, high = (100 * row[f"relative_{name}"] for name in ("value", "low", "high"))
    return f"{value:+.0f} % (95 % interval {low:+.0f} to {high:+.0f} %)"


@styled
def figure(report: ArmsReport) -> Figure:
    """Draw the paired difference under every arm, and what average people would make it."""
    drawn = Figure(figsize=(10, 6.25), dpi=120, layout="constrained")
    ax = drawn.subplots()
    baseline, strategy = (lever.name for lever in report.strategies)
    table = report.table
    y, look = np.arange(len(table)), looks([strategy])[strategy]
    ax.axvline(0, color=INK, lw=1)
    reach = np.abs(table[["low", "high"]].to_numpy(float).T - table["difference"].to_numpy(float))
    ax.errorbar(table["difference"], y, xerr=np.nan_to_num(reach), fmt=look.marker, ms=8, capsize=3,
                color=look.colour, label="simulated (mean, 95 % interval)")  # fmt: skip
    predicted = table[f"no_agents_{strategy}"] - table[f"no_agents_{baseline}"]
    ax.plot(predicted, y, "|", ms=16, mew=2.5, color="#D55E00", label="average people (no agents)")
    ax.set_yticks(y, table["arm"])
    ax.invert_yaxis()
    ax.set(xlabel=f"copies: {strategy} minus {baseline}",
           title=f"What remains of the difference under every arm ({report.scenario.name}, "
           f"{report.replications} worlds)")  # fmt: skip
    drawn.legend(loc="outside lower center", ncols=2)
    return drawn


@files_of.register
def _files(report: ArmsReport) -> Writers:
    return {
        "arms.md": to_text(report.to_markdown()),
        "arms.csv": to_csv(report.table),
        "invitation.csv": to_csv(report.invitation),
        "arms.png": to_png(lambda: figure(report)),
    }
