"""Which figures and tables a sweep gets: `continuum maps` writes them, a report shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.analyses.maps import (
    Regret,
    means,
    regret,
    say_behind,
    say_regret,
    say_winners,
    winners,
)
from simulation.analyses.maps_worlds import arranged_runs, say_left_out
from simulation.core.outcomes import NEITHER, Scalar, outcome_named
from simulation.sweeps.store import PLACE, Store
from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.files import Writers, files_of, to_csv, to_png

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: So many strategies are mapped against the first; so many parameters are sliced.
MOST_MAPS, MOST_SLICES = 3, 6
WIDTH, DPI = 9.0, 130


class Picture(NamedTuple):
    """One figure that will be drawn: what it is called, how to read it, how it is drawn."""

    name: str
    reading: str
    height: float
    draw: Callable[..., Axes]


@dataclass(frozen=True, eq=False)
class Overview:
    """What there is to see in the runs of a sweep. `overview` makes one and checks it.

    Attributes
    ----------
    runs : DataFrame
    names : list of str
        What varied, with at least two values in the runs.
    x, y : str or None
        The axes of the maps; y is None where only one thing varied.
    strategy, against : str or None
        Draw this strategy, and of paired differences those to this one.
    """

    runs: pd.DataFrame
    names: list[str]
    scalar: Scalar
    x: str | None
    y: str | None
    confidence: float
    strategy: str | None = None
    against: str | None = None

    @property
    def outcome(self) -> str:
        """Name of the outcome."""
        return self.scalar.name

    @cached_property
    def strategies(self) -> list[str]:
        """Strategies that have a value somewhere, in the order of the design."""
        found = arranged_runs(self.runs, [], self.outcome)
        there = (found.why == 0).any(axis=(0, 1))
        return [name for name, any_ in zip(found.strategies, there, strict=True) if any_]

    @cached_property
    def comparable(self) -> bool:
        """Whether strategies can be compared: some world has a value under each of them."""
        return self.paired and self.scalar.better != NEITHER

    @cached_property
    def paired(self) -> bool:
        """Whether some world has a value under each of several strategies."""
        found = arranged_runs(self.runs, [], self.outcome)
        return found.values.shape[2] > 1 and bool((found.why == 0).all(axis=2).any())

    @property
    def base(self) -> str:
        """The strategy that others are held against."""
        return self.against or self.strategies[0]

    @property
    def others(self) -> list[str]:
        """The strategies that are held against it."""
        rest = [name for name in self.strategies if name != self.base]
        return [self.strategy] if self.strategy is not None else rest

    @cached_property
    def winners(self) -> pd.DataFrame:
        """The table of who wins, a row a setting."""
        return winners(self.runs, self.names, self.outcome, confidence=self.confidence)

    @cached_property
    def regret(self) -> Regret:
        """The regret of every strategy."""
        return regret(self.runs, self.names, self.outcome, confidence=self.confidence)

    @cached_property
    def means(self) -> pd.DataFrame:
        """Means of every setting and strategy, one below the other; differences to `base`."""
        import pandas as pd

        parts = []
        for name in self.strategies:
            table = self._table(name)
            if self.paired and name != self.base:
                other = self._table(name, self.base)
                table = table.assign(difference=other["mean"], difference_low=other["low"],
                                     difference_high=other["high"], told=other["told"])  # fmt: skip
            table.insert(len(self.names), "strategy", name)
            parts.append(table)
        return pd.concat(parts).reset_index()

    def _table(self, strategy: str, against: str | None = None) -> pd.DataFrame:
        return means(self.runs, self.names, self.outcome, strategy, against,
                     confidence=self.confidence)  # fmt: skip

    @cached_property
    def sentences(self) -> list[str]:
        """What was found, in plain sentences."""
        if not self.strategies:
            return [f"no run has a value of {self.scalar.label}"]
        if self.paired and not self.comparable:
            return [f"{self.scalar.label}: neither more nor less is better, so no strategy wins"]
        if not self.comparable:
            return []
        said = [say_winners(self.winners), *say_behind(self.winners), say_regret(self.regret)]
        if gone := say_left_out(self.regret.left_out):
            said.append(f"{gone} (a world counts when every strategy has a value in it)")
        return said

    # ---- figures ---------------------------------------------------------------------------------

    @cached_property
    def pictures(self) -> list[Picture]:
        """The figures, in the order they are read."""
        if not self.strategies:
            return []
        found = self._maps() if self.y is not None else []
        if self.comparable:
            from simulation.analyses.maps_slices import regret_bars

            text = "Bars: how far a strategy falls short of the best of each world, on average."
            height = 2.6 + 0.6 * len(self.regret.overall)
            found.append(Picture("regret", text, height, partial(regret_bars, self.regret)))
        return found + self._slices()

    def _maps(self) -> list[Picture]:
        from simulation.analyses import maps_figure as figures

        place: Any = (self.runs, self.x, self.y, self.outcome)
        level: Any = {"confidence": self.confidence}
        heat_map: Any = figures.heat_map
        found, first = [], self.base
        differences = self.paired and (self.strategy is None or self.against is not None)
        if self.comparable:
            text = (
                "Colour: the strategy with the highest mean (lowest, where less is better), "
                "where its lead over every other strategy can be told from luck."
            )
            draw: Any = partial(figures.who_wins, *place, **level)
            found.append(Picture("who_wins", text, 6.0, draw))
        if differences:
            for name in self.others[:MOST_MAPS]:
                draw = partial(heat_map, *place, name, first, **level)
                text = f"Colour: {name} minus {first} in the same worlds; white is no difference."
                found.append(Picture(f"difference_{name}", text, 6.0, draw))
        several = [first] if differences else self.others if self.strategy else self.strategies
        for name in several[:MOST_MAPS]:
            draw = partial(heat_map, *place, name, **level)
            found.append(Picture(f"map_{name}", f"Colour: the mean under {name}.", 6.0, draw))
        return found

    def _slices(self) -> list[Picture]:
        from simulation.analyses.maps_slices import slices

        text, stem = "Line and band: mean and interval of each strategy.", "slices"
        if self.against is not None:
            text = f"Line and band: mean and interval of the difference to {self.against}."
            stem = f"slices_minus_{self.against}"
        return [
            Picture(
                f"{stem}_{name}", text, 5.0,
                partial(slices, self.runs, name, self.outcome, *self._lines,
                        confidence=self.confidence),
            )
            for name in self.sliced
        ]  # fmt: skip

    @property
    def _lines(self) -> tuple[list[str], str | None]:
        """The strategies that are drawn as slices, and the one they are held against, if any."""
        alone = self.strategy is None and self.against is None
        return (self.strategies if alone else self.others), self.against

    @cached_property
    def sliced(self) -> list[str]:
        """What varied and is drawn as slices: of many, those along which the outcome changes most.

        In the order of the design.
        """
        if len(self.names) <= MOST_SLICES:
            return self.names
        from simulation.analyses.maps_slices import slice_table

        def change(name: str) -> float:
            table = slice_table(self.runs, name, self.outcome, *self._lines)
            return float(table.groupby("strategy")["mean"].agg(np.ptp).max())

        most = sorted(self.names, key=change, reverse=True)[:MOST_SLICES]
        return [name for name in self.names if name in most]


def overview(
    runs: pd.DataFrame,
    names: Sequence[str],
    outcome: str = "sales",
    x: str | None = None,
    y: str | None = None,
    strategy: str | None = None,
    against: str | None = None,
    *,
    confidence: float = 0.95,
) -> Overview:
    """Return what there is to see in the runs of a sweep; everything asked for is checked.

    `x` and `y` are taken from what varied unless given; with `strategy` maps and slices are of it
    alone, with `against` of the paired difference to that strategy. Raises InputError.
    """
    arranged = arranged_runs(runs, list(names), outcome)
    for what, name in (("strategy", strategy), ("against", against)):
        if name is not None:
            arranged.place(name, what)
    if against is not None:
        for name in [strategy] if strategy else [n for n in arranged.strategies if n != against]:
            if not (arranged.single(name, against)[1] == 0).any():
                raise InputError(f"no world has a value under both {name} and {against}")
    settings = runs.drop_duplicates("setting_id")
    several = [name for name in names if settings[name].nunique() > 1]
    for which, name in (("x", x), ("y", y)):
        if name is not None and name not in several:
            known = did_you_mean(name, several) if several else ": nothing varied in this sweep"
            raise InputError(f'{which}: "{name}" did not vary in this sweep{known}')
    if x is not None and x == y:
        raise InputError(f"x and y are both {x}: a map wants two things that varied")
    rest = [name for name in several if name not in (x, y)]
    x = x or (rest.pop(0) if rest else None)
    y = y or (rest.pop(0) if rest else None)
    return Overview(runs, several, arranged.scalar, x, y, confidence, strategy, against)


def runs_to_show(store: Any, outcome: str = "sales") -> pd.DataFrame:
    """Return the runs of a store, of a `Store` only the columns that are looked at.

    Raises InputError when no run has ended yet, and for an unknown outcome.
    """
    scalar = outcome_named(outcome)
    if not isinstance(store, Store):
        return store.runs()
    if not store.batches():
        raise InputError(f"{store.folder}: no run has ended yet: there is nothing to look at")
    names = store.design.names
    return store.runs([*PLACE, *names, "status", "error", "traceback", scalar.name])


def drawn(picture: Picture) -> Figure:
    """Return a picture as a figure of its own, which no session keeps."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from simulation.figures import STYLE

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, picture.height), dpi=DPI, layout="constrained")
        picture.draw(ax=figure.subplots())
    return figure


@files_of.register
def _files(found: Overview) -> Writers:
    """Every figure, and the tables: means (a row a setting and strategy), winners and regret."""
    if not found.strategies:
        raise InputError(f"{found.sentences[0]}: there is nothing to draw")
    writers: Writers = {}
    for i, picture in enumerate(found.pictures):
        name = re.sub(r"[^\w.-]+", "_", picture.name)  # names of strategies may have any sign
        name = f"{name}_{i}" if f"{name}.png" in writers else name
        writers[f"{name}.png"] = to_png(partial(drawn, picture))
    tables = {"means": found.means}
    if found.comparable:
        tables["winners"] = found.winners.reset_index()
        tables["regret"] = found.regret.overall.reset_index()
        tables["regret_by_setting"] = found.regret.settings
    return writers | {f"{name}.csv": to_csv(table) for name, table in tables.items()}
