"""Where a lead is won and lost: a small regression tree over the settings, honest about luck.

One half of the settings (and, with four worlds or more, of the worlds) grows the tree: at most
three splits deep, each the one that takes most of the variance (Breiman et al. 1984). The other
half, which had no say in it, judges (Athey and Imbens 2016): a split stands only if there the two
sides differ as the growing half said, with an interval that leaves 0 out, and the means that are
told are those of the judging half. Splits are judged from the top; where one does not stand, what
is below it is not looked at. Intervals take settings and worlds for samples, as in
`sensitivity_indices`. In samples of luck alone a first split is therefore told in at most 2.5 of
100, whatever the number of parameters; deeper ones are judged more strictly, half as often each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.analyses.maps import with_unit
from simulation.analyses.sensitivity_indices import Found, error, quantile
from simulation.core.outcomes import LESS, NEITHER, Scalar
from simulation.runs.statistics import digits_for, number_text
from simulation.tools.stamp import plain

if TYPE_CHECKING:
    import pandas as pd

#: Splits, one below the other.
DEPTH = 3
#: Fewer independent settings than this cannot be halved.
FEWEST = 20
#: Of a half, at least so many settings lie on each side of a split, and at least this share.
LEAST, SHARE = 4, 0.08


class Split(NamedTuple):
    """A question to a setting: is the parameter below `cut` (a number), or is it `cut` (a name)?

    `other` is the only other name there is, if there is but one.
    """

    name: str
    cut: Any
    numeric: bool
    other: Any = None

    def below(self, column: np.ndarray) -> np.ndarray:
        """Return where the answer is yes."""
        return column < self.cut if self.numeric else column == self.cut


class Box(NamedTuple):
    """A part of the settings: the answers that lead there, and which settings they are."""

    answers: tuple[tuple[Split, bool], ...]
    inside: np.ndarray

    @property
    def words(self) -> str:
        """The part in words: "p_join is above 0.004 and n_people below 3,000"."""
        names = dict.fromkeys(split.name for split, _ in self.answers)
        return " and ".join(
            _limits(name, [(s, yes) for s, yes in self.answers if s.name == name]) for name in names
        )


def _limits(name: str, answers: list[tuple[Split, bool]]) -> str:
    """Return what all answers of one parameter come to."""
    if not answers[0][0].numeric:
        return _named(name, answers)
    low = max((s.cut for s, yes in answers if not yes), default=-math.inf)
    high = min((s.cut for s, yes in answers if yes), default=math.inf)
    if math.isfinite(low) and math.isfinite(high):
        return f"{name} is from {_plain(low)} to {_plain(high)}"
    return (
        f"{name} is above {_plain(low)}"
        if math.isfinite(low)
        else (f"{name} is below {_plain(high)}")
    )


def _named(name: str, answers: list[tuple[Split, bool]]) -> str:
    for split, yes in answers:
        if isinstance(split.cut, (bool, np.bool_)):
            return f"{name} is {'true' if bool(split.cut) == yes else 'false'}"
        if yes or split.other is not None:
            return f"{name} is {split.cut if yes else split.other}"
    return f"{name} is not " + " or ".join(str(split.cut) for split, _ in answers)


def _plain(cut: float) -> str:
    return f"{int(cut):,}" if cut == int(cut) else f"{cut:,.6g}"


@dataclass(frozen=True, eq=False)
class Where:
    """Where an outcome, or a lead, is high and low.

    Attributes
    ----------
    table : DataFrame
        One row a part (a leaf of the tree), the best first: where (words), mean with low, high (of
        the judging settings, in the unit of the outcome), told (the interval leaves 0 out),
        n_settings (that judged it). One row "everywhere" where no split stood; none where there
        were too few settings.
    outcome, strategy, against
        What was looked at.
    elsewhere : tuple
        mean, low, high of all that lies outside the best part; nan without splits.
    n_worlds : int
        Worlds that judged.
    """

    table: pd.DataFrame
    outcome: Scalar
    strategy: str
    against: str | None
    elsewhere: tuple[float, float, float]
    n_worlds: int
    confidence: float
    n_settings: int

    @property
    def told(self) -> bool:
        """Whether any split stood."""
        return len(self.table) > 1

    @property
    def sentence(self) -> str:
        """Say in words where the lead is won and lost."""
        if self.table.empty:
            return (
                f"{self.n_settings:,} settings are too few to say where: at least {FEWEST} "
                "that were drawn independently are wanted"
            )
        first, last = self.table.iloc[0], self.table.iloc[-1]
        there = self._amount(first["mean"], first["low"], first["high"], unit=True)
        if not self.told:
            return f"no part of the settings can be told from the rest: {there} on average"
        rest = self._amount(*self.elsewhere)
        said = f"{self._verb(first)} where {first['where']}: {there} there, {rest} elsewhere"
        sign = self.outcome.better or 1
        turned = sign * last["mean"] < 0 < sign * first["mean"] and last["told"]
        turned = turned and not last["low"] <= self.elsewhere[0] <= last["high"]
        if self.against is not None and len(self.table) > 2 and turned:
            words = "it is lowest" if self.outcome.better == NEITHER else "it is behind most"
            amount = self._amount(last["mean"], last["low"], last["high"])
            said += f"; {words} where {last['where']}: {amount}"
        return said

    def _verb(self, row: Any) -> str:
        """Return who does what: "community_building leads", "sales under a is highest"."""
        better = self.outcome.better
        if self.against is None:
            end = "lowest" if better == LESS else "highest"
            return f"{self.outcome.name} under {self.strategy} is {end}"
        if better == NEITHER:
            return (
                f"the difference in {self.outcome.name}, {self.strategy} minus {self.against}, "
                "is highest"
            )
        if better * row["mean"] <= 0:
            return f"{self.strategy} is least behind"
        if not row["told"]:
            return f"{self.strategy} does best"
        _, low, high = self.elsewhere
        everywhere = low > 0 if better > 0 else high < 0
        return f"{self.strategy} leads" + (" most" if everywhere else "")

    def _amount(self, mean: float, low: float, high: float, *, unit: bool = False) -> str:
        """Return a mean with its interval; the first also with the unit and what interval it is."""
        first = self.table.iloc[0]
        size = max(abs(first["mean"]), abs(self.elsewhere[0]) if self.told else 0.0)
        width = first["high"] - first["low"]
        digits = digits_for(width if width > 0 else size, size)
        sign = "+" if self.against is not None and round(mean, digits) > 0 else ""
        text = sign + (with_unit(mean, digits, self.outcome) if unit else number_text(mean, digits))
        if not np.isfinite(low):
            return text
        level = f"{100 * self.confidence:g} % interval " if unit else ""
        return f"{text} ({level}{number_text(low, digits)} to {number_text(high, digits)})"

    def to_dict(self) -> dict[str, Any]:
        """Return the parts and the sentence, ready for JSON."""
        return plain(
            {
                "sentence": self.sentence,
                "parts": self.table.to_dict("records"),
                "elsewhere": dict(zip(("mean", "low", "high"), self.elsewhere, strict=True)),
                "n_settings": self.n_settings,
                "n_worlds": self.n_worlds,
                "depth": DEPTH,
            }
        )


def where(
    columns: dict[str, np.ndarray],
    y: np.ndarray,
    groups: np.ndarray,
    *,
    outcome: Scalar,
    strategy: str,
    against: str | None,
    confidence: float,
    rng: Any,
) -> Where:
    """Return where an outcome (or a lead) is high and low.

    Parameters
    ----------
    columns : dict of arrays (settings)
        What varied: numbers, truths, names.
    y : array (settings, worlds)
        The outcome, or the paired difference.
    groups : array of int (settings)
        Settings of one number were not drawn independently (the points of one row of a Sobol
        design, a trajectory): they stay in one half.
    rng : Generator
        Halves the settings.
    """
    import pandas as pd

    members = rng.permutation(np.unique(groups))
    about: Any = {"outcome": outcome, "strategy": strategy, "against": against,
                  "confidence": confidence, "n_settings": len(members)}  # fmt: skip
    nothing = (math.nan,) * 3
    names = ["where", "mean", "low", "high", "told", "n_settings"]
    if len(members) < FEWEST:
        return Where(pd.DataFrame(columns=names), elsewhere=nothing, n_worlds=y.shape[1], **about)
    growing = np.isin(groups, members[: len(members) // 2])
    worlds = y.shape[1]
    grown, judged = (slice(0, worlds // 2), slice(worlds // 2, None)) if worlds > 3 else (
        slice(None),) * 2  # fmt: skip
    judges = _Judge(y[~growing][:, judged], groups[~growing])
    kept = {name: column[~growing] for name, column in columns.items()}
    seen = {name: column[growing] for name, column in columns.items()}
    once = worlds in (2, 3)  # the same worlds grow and judge: the choice of a parameter is paid for
    strict = len(columns) if once else 1
    everywhere = Box((), np.ones(judges.n, bool))
    boxes = _told(everywhere, seen, y[growing][:, grown].mean(axis=1), kept, judges,
                  (1 - confidence) / strict, DEPTH)  # fmt: skip
    sign = outcome.better or 1
    rows = []
    for box in boxes:
        one = judges.mean(box.inside, confidence)
        told = one.low > 0 or one.high < 0
        rows.append((box.words or "everywhere", one.value, one.low, one.high, told,
                     int(box.inside.sum())))  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    best = int((sign * table["mean"]).argmax())
    elsewhere = nothing
    if len(boxes) > 1:
        elsewhere = judges.mean(~boxes[best].inside, confidence)[:3]
    table = table.sort_values("mean", ascending=sign < 0, kind="stable", ignore_index=True)
    return Where(table, elsewhere=elsewhere, n_worlds=judges.y.shape[1], **about)


class _Judge:
    """The half of the settings that judges: means over parts of it, with their intervals."""

    def __init__(self, y: np.ndarray, groups: np.ndarray):
        self.y = y
        self.n = len(y)
        self.groups = np.unique(groups, return_inverse=True)[1]
        self.n_groups = int(self.groups.max()) + 1

    def count(self, inside: np.ndarray) -> int:
        """Return how many independent groups of settings have a part of themselves inside."""
        return np.unique(self.groups[inside]).size

    def mean(self, inside: np.ndarray, confidence: float) -> Found:
        """Return the mean over settings inside, with its interval."""
        return self._interval(inside / inside.sum(), confidence)

    def apart(self, one: np.ndarray, other: np.ndarray, confidence: float) -> Found:
        """Return the mean over `one` less the mean over `other`, with its interval."""
        return self._interval(one / one.sum() - other / other.sum(), confidence)

    def _interval(self, weights: np.ndarray, confidence: float) -> Found:
        """Return the sum of weights x outcomes; every group of settings adds a part to it.

        The parts are deviations from the mean of their side, so that the sides themselves add no
        spread; groups outside the part add nothing.
        """
        value = float((weights @ self.y).mean())
        left = np.empty_like(self.y)
        for side in (weights > 0, weights < 0):
            if side.any():
                left[side] = self.y[side] - self.y[side].mean()
        left[weights == 0] = 0.0
        parts = np.zeros((self.n_groups, self.y.shape[1]))
        np.add.at(parts, self.groups, weights[:, None] * left)
        parts = parts[np.unique(self.groups[weights != 0])]
        reach = math.nan
        if len(parts) > 1:
            se, df, _ = error(value + len(parts) * parts)
            reach = quantile(confidence, df) * se
        return Found(value, value - reach, value + reach, math.nan, False)


def _told(
    box: Box,
    seen: dict[str, np.ndarray],
    y: np.ndarray,
    kept: dict[str, np.ndarray],
    judges: _Judge,
    chance: float,
    depth: int,
) -> list[Box]:
    """Return the parts into which a part falls by the splits that stand.

    seen, y : the growing settings inside it, and their means; kept : all that judge.
    """
    found = best_split(seen, y) if depth else None
    if found is None:
        return [box]
    split, rises = found
    yes = split.below(kept[split.name]) & box.inside
    no = box.inside & ~yes
    if min(judges.count(yes), judges.count(no)) < LEAST:
        return [box]
    one = judges.apart(no, yes, 1 - chance)
    if not (one.low > 0 if rises else one.high < 0):
        return [box]
    boxes = []
    for inside, answer in ((yes, True), (no, False)):
        here = split.below(seen[split.name]) == answer
        boxes += _told(
            Box((*box.answers, (split, answer)), inside),
            {name: column[here] for name, column in seen.items()}, y[here], kept, judges,
            chance / 2, depth - 1,
        )  # fmt: skip
    return boxes


def best_split(columns: dict[str, np.ndarray], y: np.ndarray) -> tuple[Split, bool] | None:
    """Return the split that takes most of the variance, and whether the outcome is higher beyond.

    columns : the parameters of the settings; y : their outcomes. None where nothing can be split.
    "Beyond" is not below the cut, or not the name.
    """
    n = y.size
    least = max(LEAST, math.ceil(SHARE * n))
    z = y - y.mean() if n else y
    best: tuple[float, Split, bool] | None = None
    for name, column in columns.items():
        for split, gain, rises in _splits(name, column, z, least):
            if best is None or gain > best[0] * (1 + 1e-9):
                best = gain, split, rises
    if best is None or best[0] <= 1e-20 * max(1.0, float(np.abs(y).max()) ** 2):
        return None
    return best[1], best[2]


def _splits(
    name: str, column: np.ndarray, z: np.ndarray, least: int
) -> Sequence[tuple[Split, float, bool]]:
    """Return the best split of a number, or one for each name, with what it takes."""
    n = z.size
    if column.dtype.kind not in "if":
        found = []
        names = sorted(set(column.tolist()))
        for i, value in enumerate(names):
            other = names[1 - i] if len(names) == 2 else None
            here = column == value
            size = int(here.sum())
            if least <= size <= n - least:
                total = float(z[here].sum())
                found.append((Split(name, value, False, other), total**2 * n / (size * (n - size)),
                              total < 0))  # fmt: skip
        return found
    order = np.argsort(column, kind="stable")
    values, sums = column[order].astype(float), z[order].cumsum()
    sizes = np.arange(1, n)
    good = (values[1:] > values[:-1]) & (sizes >= least) & (sizes <= n - least)
    if not good.any():
        return []
    gain = np.where(good, sums[:-1] ** 2 * n / (sizes * (n - sizes)), -1.0)
    at = int(gain.argmax())
    cut = between(values[at], values[at + 1])
    return [(Split(name, cut, True), float(gain[at]), bool(sums[at] < 0))]


def between(low: float, high: float) -> float:
    """Return the roundest number between two others, so that words can say the cut exactly."""
    middle = (low + high) / 2
    for digits in range(1, 16):
        cut = float(f"{middle:.{digits}g}")
        if low < cut < high:
            return cut
    return high
