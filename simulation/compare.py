"""Compare strategies: the same people with the same luck live under each, and we subtract.

``compare`` runs every strategy in every replication (world); the effect of a strategy is the paired
difference to the first strategy given, the baseline. Difference first, then mean and interval.
"""

from __future__ import annotations

import inspect
import json
import math
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.errors import InputError, did_you_mean
from simulation.outcomes import SUMMARY, Scalar
from simulation.prepare import prepare, read_friends
from simulation.randomness import analysis_rng, make_key
from simulation.run import run_prepared, series_frame
from simulation.scenario import Scenario
from simulation.strategy import Strategy, check_equal_effort

if TYPE_CHECKING:
    import pandas as pd

#: Outcomes of which less is better; of all others more is better.
LESS_IS_BETTER = frozenset({"n_stranger", "hours", "cost", "cost_per_sale"})

N_RESAMPLES = 9999
#: Above so many worlds the bootstrap interval of a mean and Student's are the same.
MANY_WORLDS = 5000


def compare(
    scenario: str | Path | Scenario,
    strategies: Sequence[str | Path | Strategy],
    *,
    replications: int = 100,
    seed: int | np.random.SeedSequence = 0,
    outcome: str = "sales",
    n_jobs: int | None = None,
    confidence: float = 0.95,
    progress: bool | None = None,
    keep_series: bool = True,
) -> Comparison:
    """Run every strategy in the same worlds and return their paired differences.

    Parameters
    ----------
    scenario : name, path of a .toml file, or object
    strategies : at least two names, paths or objects
        The first is the baseline. All spend the same effort (``do_nothing`` is exempt).
    replications : int
        Number of worlds, 2 to 1,000,000.
    seed : int or numpy SeedSequence
        The luck of the experiment; replication 0 .. replications - 1 are its worlds.
    outcome : str
        The outcome of ``outcomes.SUMMARY`` that is compared.
    n_jobs : int, optional
        Processes that share the replications (None: one per core; 1: this process). The results
        do not depend on it.
    confidence : float
        Of the intervals, between 0 and 1.
    progress : bool, optional
        Show a bar on stderr; None: only where stderr is a terminal.
    keep_series : bool
        Keep the days of every run (about 300 kB a run over two years), not only the summaries.

    Raises
    ------
    InputError
        With one line that names what is wrong and what is allowed.
    RuntimeError
        When a run fails; the message names the replication and the strategy.
    """
    from joblib import Parallel, cpu_count, delayed
    from tqdm import tqdm

    world = _with_counted_people(Scenario.load(scenario))
    levers = check_comparison(
        world,
        strategies,
        replications=replications,
        seed=seed,
        outcome=outcome,
        n_jobs=n_jobs,
        confidence=confidence,
    )
    workers = Parallel(
        n_jobs=min(n_jobs or cpu_count(), replications), return_as="generator_unordered"
    )
    results = workers(
        delayed(_live_one_world)(world, levers, seed, r, keep_series) for r in range(replications)
    )
    hide = None if progress is None else not progress
    bar = tqdm(results, "worlds", replications, file=sys.stderr, disable=hide, unit="world")
    runs, series = _gathered(world, levers, dict(bar), keep_series)
    return Comparison(world, levers, seed, replications, outcome, confidence, runs, series)


def _gathered(
    scenario: Scenario, strategies: Sequence[Strategy], results: dict[int, Any], keep: bool
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return runs and series in order of replication and strategy; `results` is emptied."""
    import pandas as pd

    rows, frames = [], []
    for r in range(len(results)):
        for row, table in results.pop(r):
            rows.append({"scenario_id": scenario.name, **row})
            if keep:
                frames.append(_labelled(series_frame(table), row["strategy"], r))
    runs = pd.DataFrame(rows)
    runs["strategy"] = _categories(runs["strategy"], strategies)
    runs.attrs["units"] = {"seconds": "s", **{scalar.name: scalar.unit for scalar in SUMMARY}}
    if not keep:
        return runs, None
    series = pd.concat(frames, ignore_index=True)
    series["strategy"] = _categories(series["strategy"], strategies)
    series.attrs["units"] = frames[0].attrs["units"]
    return runs, series


def check_comparison(
    scenario: str | Path | Scenario,
    strategies: Sequence[str | Path | Strategy],
    *,
    replications: int = 100,
    seed: int | np.random.SeedSequence = 0,
    outcome: str = "sales",
    n_jobs: int | None = None,
    confidence: float = 0.95,
) -> tuple[Strategy, ...]:
    """Check everything `compare` is given and return the strategies; nothing is simulated.

    Raises InputError with one line.
    """
    levers = _checked_strategies(strategies)
    _check_whole("replications", replications, 2, 1_000_000)
    if n_jobs is not None:
        _check_whole("n_jobs", n_jobs, 1, 1024)
    _check_outcome(outcome)
    number = isinstance(confidence, (int, float)) and not isinstance(confidence, bool)
    if not number or not 0 < confidence < 1:
        raise InputError(
            f"confidence = {confidence!r} is not allowed: a number above 0 and below 1"
        )
    make_key(seed, replications - 1)
    check_equal_effort(_with_counted_people(Scenario.load(scenario)), list(levers))
    return levers


def _with_counted_people(scenario: Scenario) -> Scenario:
    """Return the scenario with as many people as its file of friendships has, if it has one."""
    if scenario.world.graph != "file":
        return scenario
    friends = read_friends(scenario.world.friends_file)
    return scenario.replace(n_people=int(friends.start.size - 1))


def _live_one_world(
    scenario: Scenario, strategies: Sequence[Strategy], seed: Any, replication: int, keep: bool
) -> tuple[int, list[tuple[dict[str, Any], np.ndarray | None]]]:
    """Make the people of one replication and let them live under every strategy in turn."""
    doing = "making the people"
    results: list[tuple[dict[str, Any], np.ndarray | None]] = []
    try:
        world = prepare(scenario, seed=seed, replication=replication)
        for strategy in strategies:
            doing = f"strategy {strategy.name}"
            run = run_prepared(world, strategy)
            row = {
                "strategy": strategy.name,
                "replication_id": replication,
                "seed": _seed_text(seed),
                "status": "SUCCEEDED",
                "seconds": run.seconds,
                **run.summary,
            }
            results.append((row, np.asarray(run.table) if keep else None))
    except InputError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise RuntimeError(f"replication {replication}, {doing}: {what}") from error
    return replication, results


def _labelled(frame: pd.DataFrame, strategy: str, replication: int) -> pd.DataFrame:
    frame.insert(0, "strategy", strategy)
    frame.insert(1, "replication_id", replication)
    return frame


def _categories(column: pd.Series, strategies: Iterable[Strategy]) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical(column, [strategy.name for strategy in strategies])


def _seed_text(seed: Any) -> str:
    """Return the seed as text: whole numbers up to 2**64 fit no column of every reader."""
    if isinstance(seed, np.random.SeedSequence):
        return f"SeedSequence(entropy={seed.entropy}, spawn_key={tuple(seed.spawn_key)})"
    return str(int(seed))


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise InputError(
            f"{name} = {value!r} is not allowed: a whole number from {low} to {high:,}"
        )


def _check_outcome(outcome: str) -> Scalar:
    by_name = {scalar.name: scalar for scalar in SUMMARY}
    if outcome not in by_name:
        raise InputError(
            f'unknown outcome "{outcome}"{did_you_mean(outcome, by_name)} '
            f"(outcomes: {', '.join(by_name)})"
        )
    return by_name[outcome]


def _checked_strategies(strategies: Any) -> tuple[Strategy, ...]:
    if isinstance(strategies, (str, Path, Strategy)) or not isinstance(strategies, Iterable):
        strategies = (strategies,)
    levers = tuple(Strategy.load(strategy) for strategy in strategies)
    names = [strategy.name for strategy in levers]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"strategies: {name} given twice; every strategy needs its own name")
    if len(levers) < 2:
        raise InputError(f"strategies: only {names} given; a comparison needs at least two")
    return levers


@dataclass(frozen=True, eq=False)
class Comparison:
    """Strategies in the same worlds.

    Attributes
    ----------
    runs : DataFrame
        One row a run: scenario_id, strategy, replication_id, seed, status, seconds [s], then every
        outcome of ``outcomes.SUMMARY``; units in ``attrs["units"]``.
    series : DataFrame or None
        One row a run and day: strategy, replication_id, time [days], then every daily outcome.
        None when they were not kept.
    outcome : str
        The outcome that `differences`, `table` and `sentence` speak of; `with_outcome` changes it.
    confidence : float
        Of the intervals.
    """

    scenario: Scenario
    strategies: tuple[Strategy, ...]
    seed: Any
    replications: int
    outcome: str
    confidence: float
    runs: pd.DataFrame
    series: pd.DataFrame | None = None

    def with_outcome(self, outcome: str) -> Comparison:
        """Return the same runs, compared by another outcome."""
        return replace(self, outcome=_check_outcome(outcome).name)

    @property
    def names(self) -> list[str]:
        """Names of the strategies, the baseline first."""
        return [strategy.name for strategy in self.strategies]

    @property
    def scalar(self) -> Scalar:
        """Name, unit, kind and label of the outcome compared."""
        return _check_outcome(self.outcome)

    def wide(self, outcome: str | None = None) -> pd.DataFrame:
        """Return an outcome with one row a replication and one column a strategy."""
        frame = self.runs.astype({"strategy": "str"})
        frame = frame.pivot(
            index="replication_id", columns="strategy", values=outcome or self.outcome
        )
        return frame[self.names].rename_axis(columns=None)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired differences to the baseline: one row a replication, one column a strategy.

        In the unit of the outcome; nan where either run has no value.
        """
        wide = self.wide()
        return wide[self.names[1:]].sub(wide[self.names[0]], axis=0)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a strategy (the index); differences are paired, strategy minus baseline.

        Columns: mean and sd over worlds; n_worlds that have a value under both;
        difference, its interval low .. high (bootstrap, BCa); effect_size (mean difference over
        the sd of differences: Cohen's d for pairs); share_best (worlds in which it is the best of
        all, ties shared equally); share_better (worlds better than under the baseline);
        cost_per_sale [USD] (mean cost over mean sales); leads_from_day (from this day on its mean
        cumulative sales stay above the baseline's; nan: never); variance_ratio (`variance_ratio`).
        """
        import pandas as pd

        wide = self.wide()
        best = share_best(-wide if self.outcome in LESS_IS_BETTER else wide)
        cost, sales = self.wide("cost").mean(), self.wide("sales").mean()
        rows = []
        for name in self.names:
            row = {"mean": wide[name].mean(), "sd": wide[name].std()}
            row |= self._against_baseline(name, wide)
            row["share_best"] = best[name]
            row["cost_per_sale"] = cost[name] / sales[name] if sales[name] else math.nan
            rows.append(row)
        order = ["mean", "sd", "n_worlds", "difference", "low", "high", "effect_size"]
        order += ["share_best", "share_better", "cost_per_sale", "leads_from_day", "variance_ratio"]
        return pd.DataFrame(rows, pd.Index(self.names, name="strategy"))[order]

    def _against_baseline(self, name: str, wide: pd.DataFrame) -> dict[str, Any]:
        base = wide[self.names[0]]
        pairs = wide[name].notna() & base.notna()
        row: dict[str, Any] = {"n_worlds": int(pairs.sum()), "leads_from_day": math.nan}
        if name == self.names[0]:
            columns = ("difference", "low", "high", "effect_size", "share_better", "variance_ratio")
            return row | dict.fromkeys(columns, math.nan)
        values = self.differences[name].dropna().to_numpy()
        row["difference"] = values.mean() if values.size else math.nan
        row["low"], row["high"] = interval(values, self.confidence, self.seed)
        row["effect_size"] = effect_size(values)
        better = values < 0 if self.outcome in LESS_IS_BETTER else values > 0
        row["share_better"] = better.mean() if values.size else math.nan
        row["variance_ratio"] = variance_ratio(wide[name][pairs], base[pairs])
        if self.series is not None:
            first = lead_day(self.cumulative_differences(name).mean(axis=0))
            row["leads_from_day"] = math.nan if first is None else first
        return row

    def cumulative_differences(self, strategy: str) -> np.ndarray:
        """Return copies sold since day 0, strategy minus baseline; shape (replications, days)."""
        if self.series is None:
            raise InputError("the days were not kept: call compare(..., keep_series=True)")
        sold = {
            name: self.series[self.series["strategy"] == name]
            .pivot(index="replication_id", columns="time", values="cumulative_sales")
            .to_numpy()
            for name in (strategy, self.names[0])
        }
        return sold[strategy] - sold[self.names[0]]

    @cached_property
    def sentences(self) -> list[str]:
        """One plain sentence for every strategy but the baseline, the best first."""
        rows = self.table.iloc[1:]
        order = rows["difference"].sort_values(
            ascending=self.outcome in LESS_IS_BETTER, kind="stable", na_position="last"
        )
        return [
            say_difference(
                self.scalar, name, self.names[0], rows.loc[name].to_dict(), self.confidence
            )
            for name in order.index
        ]

    @property
    def sentence(self) -> str:
        """The comparison in one plain sentence."""
        return "; ".join(self.sentences)

    def to_dict(self) -> dict[str, Any]:
        """Return what was run and what came out, ready for JSON (nan becomes None)."""
        return _plain(
            {
                "sentence": self.sentence,
                "scenario": self.scenario.name,
                "strategies": [s.model_dump() for s in self.strategies],
                "baseline": self.names[0],
                "seed": _seed_text(self.seed),
                "replications": self.replications,
                "outcome": self.scalar._asdict(),
                "confidence": self.confidence,
                "table": self.table.reset_index().to_dict("records"),
                "parameters": self.scenario.flat(),
                "versions": _versions(),
            }
        )

    def save(self, folder: str | Path) -> list[Path]:
        """Write runs.parquet, series.parquet (if kept), summary.csv, comparison.json and .png.

        Each file is written whole or not at all. Returns the paths; raises InputError when the
        folder cannot be written.
        """
        from simulation.figures import comparison as draw

        folder = check_out_folder(folder)
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        writers: dict[str, Callable[[Path], Any]] = {
            "runs.parquet": lambda path: _to_parquet(self.runs, path),
            "summary.csv": lambda path: self.table.to_csv(path),
            "comparison.json": lambda path: path.write_text(text, encoding="utf-8"),
            "comparison.png": lambda path: draw(self).savefig(path, format="png"),
        }
        if (series := self.series) is not None:
            writers["series.parquet"] = lambda path: _to_parquet(series, path)
        return [write_whole(folder / name, writer) for name, writer in writers.items()]


def interval(
    differences: Any, confidence: float = 0.95, seed: int | np.random.SeedSequence = 0
) -> tuple[float, float]:
    """Return the confidence interval (low, high) of the mean of paired differences.

    Bootstrap, bias-corrected and accelerated (Efron 1987); percentile where that is not defined;
    Student's t above MANY_WORLDS values. When all differences are equal the interval is that
    value; with fewer than two it is nan.
    """
    from scipy import stats

    values = np.asarray(differences, float)
    if values.size < 2:
        return math.nan, math.nan
    if values.min() == values.max():
        return float(values[0]), float(values[0])
    if values.size > MANY_WORLDS:
        half = stats.sem(values) * stats.t.ppf(0.5 + confidence / 2, values.size - 1)
        return float(values.mean() - half), float(values.mean() + half)
    known = inspect.signature(stats.bootstrap).parameters
    generator = "rng" if "rng" in known else "random_state"  # renamed in SciPy 1.15
    low = high = math.nan
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SciPy warns where BCa is not defined
            found = stats.bootstrap(
                (values,),
                np.mean,
                n_resamples=N_RESAMPLES,
                batch=max(1, 4_000_000 // values.size),
                confidence_level=confidence,
                method=method,
                **{generator: analysis_rng(seed)},
            ).confidence_interval
        low, high = float(found.low), float(found.high)
        if math.isfinite(low) and math.isfinite(high):
            break
    return low, high


def effect_size(differences: Any) -> float:
    """Return mean over sd of paired differences (Cohen's d for pairs); infinite for a sure one."""
    values = np.asarray(differences, float)
    if values.size < 2:
        return math.nan
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    if values.min() == values.max():
        return math.copysign(math.inf, mean) if mean else math.nan
    return mean / sd


def variance_ratio(strategy: Any, baseline: Any) -> float:
    """Return how many times fresh luck would have widened the variance of the difference.

    Above: the variance of strategy[r] - baseline[r'], averaged over all ways of pairing every
    world r with another world r' = r + k, k = 1 .. R - 1. Below: the variance of the paired
    differences, r' = r. Over all k the covariances sum to zero, so that the average is
    ``var(a) + var(b) + 2 cov(a, b) / (R - 1)``, exactly. Infinite when the paired differences are
    all equal; nan when nothing varies.
    """
    a, b = np.asarray(strategy, float), np.asarray(baseline, float)
    if a.size < 2:
        return math.nan
    covariance = np.cov(a, b)
    fresh = covariance[0, 0] + covariance[1, 1] + 2 * covariance[0, 1] / (a.size - 1)
    same = float(np.var(a - b, ddof=1))
    if same == 0:
        return math.inf if fresh > 0 else math.nan
    return float(fresh / same)


def share_best(wide: pd.DataFrame) -> pd.Series:
    """Return for every column the share of rows in which it is the highest; ties are shared."""
    wide = wide.dropna(how="all")
    highest = wide.eq(wide.max(axis=1), axis=0)
    return highest.div(highest.sum(axis=1), axis=0).mean()


def lead_day(mean_difference: Any) -> int | None:
    """Return the first day from which a daily difference stays above 0; None if it never does."""
    behind = np.flatnonzero(~(np.asarray(mean_difference) > 0))
    first = int(behind[-1]) + 1 if behind.size else 0
    return first if first < len(mean_difference) else None


def say_difference(
    scalar: Scalar, name: str, baseline: str, row: dict[str, Any], confidence: float
) -> str:
    """Return the plain sentence about one strategy and the baseline (`row` of the table)."""
    n, mean, low, high = int(row["n_worlds"]), row["difference"], row["low"], row["high"]
    unit = "" if scalar.unit == "0-1" else f" {scalar.unit}"
    about = "" if scalar.name == "sales" else f"{scalar.label}: "
    if n < 2:
        return f"{about}no difference can be told between {name} and {baseline}: too few values"
    if mean == low == high == 0:
        return f"{about}no difference at all between {name} and {baseline} in {n} worlds"
    digits = _digits(high - low, min(abs(low), abs(high)))
    level = f"{100 * confidence:g} % interval"
    better = f"better in {round(row['share_better'] * n)} of {n} worlds"
    if low <= 0 <= high:
        between = f"{_number(low, digits)} to {_number(high, digits)}"
        return (
            f"{about}no difference can be told between {name} and {baseline}: "
            f"{_number(mean, digits)}{unit}, {level} {between}, {better}"
        )
    small, large = sorted((abs(low), abs(high)))
    between = f"{_number(small, digits)} to {_number(large, digits)}"
    size = _number(abs(mean), digits)
    if scalar.name == "sales":
        more = "more" if mean > 0 else "fewer"
        copies = "copy" if size == "1" else "copies"
        text = f"{name} sold {size} {more} {copies} than {baseline}, {level} {between}"
        return f"{text}{'' if mean > 0 else ' fewer'}, {better}"
    where = "above" if mean > 0 else "below"
    text = f"{about}{name} is {size}{unit} {where} {baseline}, {level} {between}"
    return f"{text}{'' if mean > 0 else ' below'}, {better}"


def _digits(width: float, bound: float) -> int:
    """Return the decimals that show a third of a width, and a bound as other than 0."""
    if width == 0:
        width = 0 if bound == round(bound) else bound
    digits = max(0, -math.floor(math.log10(width / 3))) if width else 0
    while bound and round(bound, digits) == 0 and digits < 9:
        digits += 1
    return digits


def _number(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def check_out_folder(path: str | Path) -> Path:
    """Make the folder for results if need be and see that it can be written.

    Raises InputError in one line; call it before anything is simulated.
    """
    folder = Path(path).expanduser()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; a folder for the results is wanted")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".continuum-"):
            pass
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from None
    return folder


def write_whole(path: Path, write: Callable[[Path], Any]) -> Path:
    """Call `write` with a temporary file beside `path`, then put it in place in one step."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(part)
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _to_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False, engine="pyarrow", compression="zstd")


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it: no NumPy, no nan."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _versions() -> dict[str, str | None]:
    """Return the versions of everything the numbers depend on."""
    found: dict[str, str | None] = {"python": sys.version.split()[0]}
    for package in ("continuum-brand", "mesa", "numba", "numpy", "scipy", "pandas"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    if found["continuum-brand"] is None:  # run from a folder, not installed
        from simulation import __version__

        found["continuum-brand"] = __version__
    return found
