"""Hold the model against the patterns: ``validate()`` lives the worlds and says what is met.

A pattern is met when every one of its checks is: when the median over worlds lies in the range. A
pattern that is not met stays so, with a sentence why. Nothing is tuned here.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import KW_ONLY, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from simulation.checks.pattern_worlds import measure_world
from simulation.checks.patterns import CHECKS, SET_TO_MEET, Check
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
        return Validation(self.scenario, self.seed, worlds.reindex(columns=[c.name for c in CHECKS]))


@face_of(ValidateRequest)
def validate(*args: Any, **asked: Any) -> Validation:
    """Measure every pattern in so many worlds.

    Parameters
    ----------
    scenario : name, path of a .toml file, or object
        The parameters that are validated. Each pattern changes the people, the year and the launch
        as its test bed needs (pattern_worlds.py).
    replications : int
        Number of worlds, 2 to 100,000; each costs about four seconds of one core.
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
        One row a replication, one column a measurement (``patterns.CHECKS``); nan: undefined in
        that world, such as a ratio to no sales.
    """

    scenario: Scenario
    seed: Any
    worlds: pd.DataFrame

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a check: pattern, what, range, source, grade, median, low and high (5-95 % of
        worlds), n_worlds (with a value), origin, set_with, held_out, met, why_not."""
        import pandas as pd

        return pd.DataFrame([self._row(check) for check in CHECKS])

    def _row(self, check: Check) -> dict[str, Any]:
        values = self.worlds[check.name].dropna()
        median = float(values.median())
        met = check.met(median)
        why = check.why_not or "no reason is known yet."
        return {
            "pattern": check.pattern,
            "name": check.name,
            "what": check.text,
            "range": check.range_text,
            "source": check.source,
            "grade": check.grade,
            "median": median,
            "low": float(values.quantile(0.05)),
            "high": float(values.quantile(0.95)),
            "n_worlds": int(values.size),
            "origin": check.origin,
            "set_with": ", ".join(check.set_with),
            "held_out": not check.set_with,
            "met": met,
            "why_not": "" if met else why,
        }

    @cached_property
    def met(self) -> dict[str, bool]:
        """Whether each pattern is met: all of its checks."""
        return {str(name): bool(met) for name, met in
                self.table.groupby("pattern", sort=False)["met"].all().items()}  # fmt: skip

    @property
    def sentence(self) -> str:
        """How many patterns are met, and which are not."""
        missed = [name for name, met in self.met.items() if not met]
        tail = f"; not met: {', '.join(missed)}" if missed else ""
        return f"{sum(self.met.values())} of {len(self.met)} patterns are met{tail}"

    def _says(self) -> tuple[str, str]:
        worlds = f"{len(self.worlds):,} worlds, seed {seed_text(self.seed)}"
        return f"{self.scenario.name}, {worlds}", self.sentence

    def _tabled(self) -> pd.DataFrame:
        shown = self.table[["pattern", "what", "range", "median", "met"]]
        return shown.sort_values("met", kind="stable")  # what is not met is not cut off

    def to_markdown(self) -> str:
        """Return the page: sentence, table, why not, and which parameters were set with what."""
        lines = [
            "# The model against the patterns",
            "",
            f"Made by `continuum validate`: scenario {self.scenario.name}, {len(self.worlds)} "
            f"worlds, seed {seed_text(self.seed)}, version {versions()['continuum-brand']}. "
            "A check is met when the median over worlds lies in the range; a pattern when all its "
            "checks are. Grades: A experiment to S assumed.",
            "",
            f"**{self.sentence}.**",
            "",
            "| | measured | range | source (grade) | median | 5-95 % of worlds "
            "| emerges or imposed | set with it in view | |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for row in self.table.to_dict("records"):
            seen = row["set_with"].replace(", ", "`, `")
            lines.append(
                f"| {row['pattern']} | {row['what']} | {row['range']} | {row['source']} "
                f"({row['grade']}) | {row['median']:.3g} | {row['low']:.3g} to {row['high']:.3g} | "
                f"{row['origin']} | {f'`{seen}`' if seen else 'held out'} | "
                f"{'met' if row['met'] else '**not met**'} |"
            )
        missed = self.table[~self.table["met"]]
        if len(missed):
            lines += ["", "## Not met, and why", ""]
            lines += [f"- {r['pattern']}, {r['what']}: {r['why_not']}"
                      for r in missed.to_dict("records")]  # fmt: skip
        lines += ["", "## What was set to what", ""]
        lines += ["| parameter | value | default | with these in view | why |",
                  "|---|---|---|---|---|"]  # fmt: skip
        for name, (seen, why) in SET_TO_MEET.items():
            default = parameters()[name].default
            lines.append(f"| `{name}` | {self.scenario[name]:g} | {default:g} | {seen} | {why} |")
        return "\n".join(lines) + "\n"


@files_of.register
def _files(result: Validation) -> Writers:
    return {
        "validation.md": to_text(result.to_markdown()),
        "validation.csv": to_csv(result.table),
        "validation_worlds.csv": to_csv(result.worlds, index=True),
        "validation.png": to_png(lambda: draw_patterns(result.table, result.worlds)),
    }


COLUMNS = 4
RANGE, MET, MISSED = "#CFE8DF", "#00664B", "#C43D00"


@styled
def draw_patterns(table: pd.DataFrame, worlds: pd.DataFrame) -> Figure:
    """Draw one small panel a check: the range as a band, a dot a world, the median as a line."""
    rows = math.ceil(len(CHECKS) / COLUMNS)
    figure = Figure(figsize=(16, 1.95 * rows + 1.0), dpi=110, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.06, w_pad=0.06)  # type: ignore[union-attr,call-arg]
    met = table.groupby("pattern", sort=False)["met"].all()
    figure.suptitle(
        f"{int(met.sum())} of {met.size} patterns met in {len(worlds)} worlds: band = range of the "
        "evidence, dot = world, line = median",
        fontsize=15, fontweight="bold", x=0.01, ha="left",
    )  # fmt: skip
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for ax, check, row in zip(axes, CHECKS, table.to_dict("records"), strict=False):
        values = worlds[check.name].to_numpy(float)
        values = values[np.isfinite(values)]
        _panel(ax, values, check.low, check.high, row["median"], row["met"])
        word = "met" if row["met"] else "NOT MET"
        title = textwrap.fill(f"{check.pattern}  {check.text} ({check.range_text}): {word}", 48)
        ax.set_title(title, fontsize=10.5, color=MET if row["met"] else MISSED)
    for ax in axes[len(CHECKS) :]:
        ax.axis("off")
    return figure


def _panel(ax: Axes, values: np.ndarray, low: float, high: float, median: float, met: bool) -> None:
    """Draw the worlds of one check; the axis shows all of them and the finite ends of the range."""
    ends = [end for end in (low, high) if math.isfinite(end)]
    shown = np.concatenate([values, ends])
    lowest, highest = float(shown.min()), float(shown.max())
    room = 0.08 * (highest - lowest) or 1.0
    ax.set_xlim(lowest - room, highest + room)
    ax.axvspan(max(low, lowest - room), min(high, highest + room), color=RANGE, lw=0)
    for end in ends:
        ax.axvline(end, color="#7FB8A4", lw=1)
    height = np.arange(values.size) * 0.618 % 1.0  # spread; the height means nothing
    colour = MET if met else MISSED
    ax.plot(values, 0.1 + 0.8 * height, ".", ms=4, color=INK, alpha=0.55)
    ax.axvline(median, color=colour, lw=2.5)
    ax.set(ylim=(0, 1), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=9.5)
    ax.locator_params(axis="x", nbins=5)
