"""Hold the model against the patterns: ``validate()`` lives the worlds and says what is met.

A pattern is met when every one of its checks with a range is: when the median over worlds lies in
it, or what all worlds together give. A pattern that is not met stays so, with a sentence why. What
has no range is reported; what the model has not yet cannot be measured. Nothing is tuned here.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from simulation.checks.community_worlds import POOLED
from simulation.checks.pattern_worlds import COLUMNS, measure_world
from simulation.checks.patterns import CHECKS, SET_ASIDE, SET_TO_MEET, Check
from simulation.core.randomness import make_key
from simulation.figures import INK, styled
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario, parameters
from simulation.runs.worlds import each, person_days
from simulation.tools.errors import InputError, check_whole
from simulation.tools.files import Writers, files_of, to_csv, to_png, to_text
from simulation.tools.requests import Settled, carried_out, face_of, settle, settle_numbers
from simulation.tools.shown import Shown
from simulation.tools.stamp import seed_text, versions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: What may be said of a check, and of a pattern.
MET, MISSED, REPORTED, NOT_YET = "met", "not met", "reported", "not measurable yet"

#: The median over fewer worlds than this says little; `validate` still runs, the command warns.
ENOUGH_WORLDS = 50


@dataclass(frozen=True)
class ValidateRequest:
    """What `validate` is asked, checked: frozen, and ready to `run`.

    Raises InputError with one line when it is made; nothing is simulated.
    """

    scenario: Settled = DEFAULT_SCENARIO
    _: KW_ONLY
    replications: int = ENOUGH_WORLDS
    seed: int | np.random.SeedSequence = 1

    def __post_init__(self) -> None:
        settle_numbers(self)
        base = Scenario.load(self.scenario)
        if base.world.graph == "file":
            raise InputError(
                "validate: the test beds have audiences of their own; graph cannot be file"
            )
        check_whole("replications", self.replications, 2, 100_000)
        make_key(self.seed, self.replications - 1)
        settle(self, scenario=base)

    def run(self, *, jobs: int | None = None, progress: bool | None = None) -> Validation:
        """Measure every pattern in every world; see `validate`."""
        import pandas as pd

        work = partial(measure_world, self.scenario, self.seed)
        size = person_days(self.scenario, len(CHECKS) * self.replications)
        found = each(work, range(self.replications), jobs=jobs, progress=progress, person_days=size)
        worlds = pd.DataFrame(found, pd.RangeIndex(self.replications, name="replication_id"))
        return Validation(self.scenario, self.seed, worlds[COLUMNS])


@face_of(ValidateRequest)
def validate(*args: Any, **asked: Any) -> Validation:
    """Measure every pattern in so many worlds.

    Parameters
    ----------
    scenario : name, path of a .toml file, or object
        The parameters that are validated. Each pattern changes the people, the year and the launch
        as its test bed needs (pattern_worlds.py).
    replications : int
        Number of worlds, 2 to 100,000; each costs about eight seconds of one core.
    seed, jobs, progress : as in `compare`

    Raises
    ------
    InputError
        With one line that names what is wrong and what is allowed.
    """
    return carried_out(ValidateRequest, *args, **asked)


@dataclass(frozen=True, eq=False, repr=False)
class Validation(Shown):
    """What was measured, and what of it is met.

    Attributes
    ----------
    worlds : DataFrame
        One row a replication, one column a measurement (``pattern_worlds.COLUMNS``); nan: undefined
        in that world, such as a ratio to no sales. Of checks that are pooled the counts.
    """

    scenario: Scenario
    seed: Any
    worlds: pd.DataFrame

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a check: pattern, what, range, source, grade, value (the median over worlds, or
        of all worlds together where `pooled`), low and high (5-95 % of worlds; of a pooled one, of
        bootstrapped worlds), n_worlds (with a value), origin, set_with, held_out, set_aside,
        verdict, why_not."""
        import pandas as pd

        return pd.DataFrame([self._row(check) for check in CHECKS])

    def _measured(self, check: Check) -> tuple[float, float, float, int]:
        """Return the number of a check, its 5 and 95 %, and the worlds that have it."""
        if check.pooled:
            return (*POOLED[check.name].read(self.worlds), len(self.worlds))
        values = self.worlds[check.name].dropna()
        low, value, high = (float(values.quantile(q)) for q in (0.05, 0.5, 0.95))
        return value, low, high, int(values.size)

    def _row(self, check: Check) -> dict[str, Any]:
        value, low, high, n_worlds = self._measured(check)
        verdict = verdict_of(check, value)
        why = check.why_not or "no reason is known yet."
        return {
            "pattern": check.pattern,
            "name": check.name,
            "what": check.text,
            "range": check.range_text,
            "source": check.source,
            "grade": check.grade,
            "value": value,
            "low": low,
            "high": high,
            "n_worlds": n_worlds,
            "pooled": check.pooled,
            "origin": check.origin,
            "set_with": ", ".join(check.set_with),
            "held_out": not check.set_with,
            "set_aside": check.set_aside,
            "verdict": verdict,
            "why_not": why if verdict in (MISSED, NOT_YET) else "",
        }

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """What is said of each pattern: missed if one of its checks is, else not measurable yet if
        one of them is, else met, or reported if no check has a range."""
        found: dict[str, str] = {}
        for name, checks in self.table.groupby("pattern", sort=False)["verdict"]:
            found[str(name)] = next(v for v in (MISSED, NOT_YET, MET, REPORTED) if v in set(checks))
        return found

    @property
    def met(self) -> dict[str, bool]:
        """Whether each pattern that can be judged is met: all of its checks with a range."""
        judged = (MET, MISSED)
        return {name: said == MET for name, said in self.verdicts.items() if said in judged}

    @property
    def sentence(self) -> str:
        """How many patterns are met, which are not, and which cannot be measured yet."""
        missed = [name + self._aside(name) for name, met in self.met.items() if not met]
        later = [name + self._aside(name) for name, v in self.verdicts.items() if v == NOT_YET]
        tail = f"; not met: {', '.join(missed)}" if missed else ""
        tail += f"; {NOT_YET}: {', '.join(later)}" if later else ""
        return f"{sum(self.met.values())} of {len(self.met)} patterns are met{tail}"

    @staticmethod
    def _aside(pattern: str) -> str:
        return " (set aside)" if pattern in SET_ASIDE else ""

    def _says(self) -> tuple[str, str]:
        worlds = f"{len(self.worlds):,} worlds, seed {seed_text(self.seed)}"
        return f"{self.scenario.name}, {worlds}", self.sentence

    def _tabled(self) -> pd.DataFrame:
        shown = self.table[["pattern", "what", "range", "value", "verdict"]]
        first = (MISSED, NOT_YET, REPORTED, MET)  # what is not met is not cut off
        return shown.sort_values("verdict", key=lambda v: v.map(first.index), kind="stable")

    def to_markdown(self) -> str:
        """Return the page: sentence, table, why not, and which parameters were set with what."""
        lines = [
            "# The model against the patterns",
            "",
            f"Made by `continuum validate`: scenario {self.scenario.name}, {len(self.worlds)} "
            f"worlds, seed {seed_text(self.seed)}, version {versions()['continuum-brand']}. "
            "A check is met when the median over worlds lies in the range; a pattern when all its "
            "checks are. An invitation by lot (P12) is read from all worlds together, with 5-95 % "
            "of bootstrapped worlds. Grades: A experiment to S assumed. Set aside: nothing may be "
            "fitted to it.",
            "",
            f"**{self.sentence}.**",
            "",
            "| | measured | range | source (grade) | value | 5-95 % of worlds "
            "| emerges or imposed | set with it in view | |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for row in self.table.to_dict("records"):
            seen = row["set_with"].replace(", ", "`, `")
            held = "set aside" if row["set_aside"] else "held out"
            bold = "**" if row["verdict"] == MISSED else ""
            lines.append(
                f"| {row['pattern']} | {row['what']} | {row['range']} | {row['source']} "
                f"({row['grade']}) | {number(row['value'])} | {interval(row)} | "
                f"{row['origin']} | {f'`{seen}`' if seen else held} | "
                f"{bold}{row['verdict']}{bold} |"
            )
        missed = self.table[self.table["why_not"] != ""]
        if len(missed):
            lines += ["", "## Not met or not measurable, and why", ""]
            lines += [f"- {r['pattern']}{self._aside(r['pattern'])}, {r['what']}: {r['verdict']}; "
                      f"{r['why_not']}" for r in missed.to_dict("records")]  # fmt: skip
        lines += ["", "## What was set to what", ""]
        lines += ["| parameter | value | default | with these in view | why |",
                  "|---|---|---|---|---|"]  # fmt: skip
        for name, (seen, why) in SET_TO_MEET.items():
            default = parameters()[name].default
            lines.append(f"| `{name}` | {self.scenario[name]:g} | {default:g} | {seen} | {why} |")
        return "\n".join(lines) + "\n"


def verdict_of(check: Check, value: float) -> str:
    """Return what is said of a number: no number is a miss, unless there can be none yet."""
    if not check.ranged:
        return REPORTED
    if check.not_yet and math.isnan(value):
        return NOT_YET
    return MET if check.met(value) else MISSED


def number(value: float) -> str:
    """Return a number as the table shows it; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.3g}"


def interval(row: Mapping[Any, Any]) -> str:
    """Return the 5 and 95 % of a row of the table."""
    low, high = number(row["low"]), number(row["high"])
    return f"{low} to {high}" if row["n_worlds"] else low


@files_of.register
def _files(result: Validation) -> Writers:
    return {
        "validation.md": to_text(result.to_markdown()),
        "validation.csv": to_csv(result.table),
        "validation_worlds.csv": to_csv(result.worlds, index=True),
        "validation.png": to_png(
            lambda: draw_patterns(result.table, result.worlds, result.sentence)
        ),
    }


WIDE = 4  # panels side by side
RANGE = "#CFE8DF"
COLOURS = {MET: "#00664B", MISSED: "#C43D00", REPORTED: INK, NOT_YET: "#767676"}


@styled
def draw_patterns(table: pd.DataFrame, worlds: pd.DataFrame, sentence: str) -> Figure:
    """Draw one small panel a check: the range as a band, a dot a world, the value as a line.

    A pooled check has no dots, but an interval.
    """
    rows = math.ceil(len(CHECKS) / WIDE)
    figure = Figure(figsize=(16, 1.95 * rows + 1.0), dpi=110, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.06, w_pad=0.06)  # type: ignore[union-attr,call-arg]
    figure.suptitle(
        f"{sentence.split(';')[0]} in {len(worlds)} worlds: band = range of the evidence, dot = "
        "world, line = median (bar: all worlds together)",
        fontsize=15, fontweight="bold", x=0.01, ha="left",
    )  # fmt: skip
    axes = figure.subplots(rows, WIDE, squeeze=False).ravel()
    for ax, check, row in zip(axes, CHECKS, table.to_dict("records"), strict=False):
        values = np.empty(0) if check.pooled else worlds[check.name].to_numpy(float)
        _panel(ax, check, row, values[np.isfinite(values)])
        aside = "  set aside" if check.set_aside else ""
        word = {MISSED: "NOT MET"}.get(row["verdict"], row["verdict"])
        limits = f" ({check.range_text})" if check.ranged else ""
        title = textwrap.fill(f"{check.pattern}{aside}  {check.text}{limits}: {word}", 48)
        ax.set_title(title, fontsize=10.5, color=COLOURS[row["verdict"]])
    for ax in axes[len(CHECKS) :]:
        ax.axis("off")
    return figure


def _panel(ax: Axes, check: Check, row: Mapping[Any, Any], values: np.ndarray) -> None:
    """Draw the worlds of one check; the axis shows all of them and the finite ends of the range."""
    ends = [end for end in (check.low, check.high) if math.isfinite(end)]
    interval = [row[name] for name in ("low", "value", "high") if math.isfinite(row[name])]
    shown = np.concatenate([values, ends, interval])
    lowest, highest = float(shown.min(initial=math.inf)), float(shown.max(initial=-math.inf))
    if not shown.size:
        lowest = highest = 0.0
    room = 0.08 * (highest - lowest) or 1.0
    ax.set_xlim(lowest - room, highest + room)
    if check.ranged:
        low, high = max(check.low, lowest - room), min(check.high, highest + room)
        ax.axvspan(low, high, color=RANGE, lw=0)
    for end in ends:
        ax.axvline(end, color="#7FB8A4", lw=1)
    height = np.arange(values.size) * 0.618 % 1.0  # spread; the height means nothing
    colour = COLOURS[row["verdict"]]
    ax.plot(values, 0.1 + 0.8 * height, ".", ms=4, color=INK, alpha=0.55)
    if check.pooled and len(interval) == 3:
        ax.plot([row["low"], row["high"]], [0.5, 0.5], lw=5, color=INK, alpha=0.55)
    if math.isfinite(row["value"]):
        ax.axvline(row["value"], color=colour, lw=2.5)
    else:
        ax.text(0.5, 0.5, row["verdict"], transform=ax.transAxes, ha="center", va="center")
    ax.set(ylim=(0, 1), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=9.5)
    ax.locator_params(axis="x", nbins=5)
