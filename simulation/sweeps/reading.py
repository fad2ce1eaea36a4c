"""Read a design from a TOML file, a dict or a table of settings; say what is wrong in one line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simulation.core.randomness import make_key
from simulation.engine.plan import check_equal_effort
from simulation.inputs.declare import NAME, value_from_text
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy
from simulation.people.friends_file import with_counted_people
from simulation.sweeps.design import (
    KEPT,
    MOST_SETTINGS,
    TRIED_SETTINGS,
    Design,
    changed_world,
    check_many,
)
from simulation.sweeps.sampling import lhs_units, morris_units, sobol_units
from simulation.sweeps.settings import LEVERS, Grid, Settings, Spread, Table, checked, spread_of
from simulation.tools.csv_table import read_csv
from simulation.tools.errors import InputError, check_whole, did_you_mean, shortened
from simulation.tools.toml_table import read_toml

METHODS = ("grid", "list", "lhs", "sobol", "morris")
KEYS = (
    "name", "scenario", "strategies", "replications", "seed", "method", "parameters", "settings",
    "n", "levels", "second_order", "keep", "unequal_effort",
)  # fmt: skip
#: What each method takes beside the parameters, with its default.
OPTIONS: dict[str, dict[str, Any]] = {
    "grid": {},
    "list": {},
    "lhs": {"n": 100},
    "sobol": {"n": 128, "second_order": False},
    "morris": {"n": 20, "levels": 4},
}


def read_design(
    source: str | Path | Mapping[str, Any] | Design,
    *,
    confirm: Callable[[str], bool] | None = None,
    **changes: Any,
) -> Design:
    """Return a checked design from a TOML file, a dict with the same names, or a Design.

    Parameters
    ----------
    source : path, mapping or Design
    confirm : callable, optional
        Asked when there are more than `design.MANY_RUNS` runs; without it they are refused.
    **changes
        Replace what stands in the file: replications=100, seed=7, keep=["series"] ...

    Raises
    ------
    InputError
        With one line that names what is wrong, where, and what is allowed.
    """
    if isinstance(source, Design):
        check_many(source.n_runs, confirm)
        return source
    table: dict[str, Any]
    if isinstance(source, Mapping):
        table, where, folder = dict(source), "design", Path()
    else:
        path = Path(source)
        if path.suffix == ".csv":
            table = {"method": "list", "settings": str(path.resolve())}
        else:
            table = read_toml(path)
        where, folder = str(path), path.parent
        table.setdefault("name", path.stem.lstrip("._-") or "sweep")
    table |= {key: value for key, value in changes.items() if value is not None}
    for key in table:
        if key not in KEYS:
            raise InputError(f'{where}: unknown name "{key}"{did_you_mean(key, KEYS)}')
    return _Reader(table, where, folder).design(confirm)


class _Reader:
    """One design being read: the table, the name for its errors, the folder of its paths."""

    def __init__(self, table: Mapping[str, Any], where: str, folder: Path):
        self.table, self.where, self.folder = table, where, folder

    def design(self, confirm: Callable[[str], bool] | None) -> Design:
        table, where = self.table, self.where
        if not {"parameters", "settings", "strategies"} & set(table):
            raise InputError(
                f"{where}: the design is empty: say what varies in [parameters], or settings"
            )
        replications = table.get("replications", 1)
        try:
            check_whole("replications", replications, 1, 2**32)
            make_key(table.get("seed", 1), replications - 1)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        method, options = self.method()
        fixed, varying = self.varying(method)
        names = list(varying)
        rows: list[dict[str, Any]] = []
        if method == "list":
            rows = self.rows()
        strategies = self.strategies(rows)
        width = 1 if rows and "strategy" in rows[0] else len(strategies)
        count = self.count(method, options, varying, rows)
        check_many(count * width * replications, confirm)
        if count > MOST_SETTINGS and method != "grid":
            raise InputError(f"{where}: {count:,} settings: at most {MOST_SETTINGS:,}")
        spreads = varying if method in ("lhs", "sobol", "morris") else {}
        places = {strategy.name: i for i, strategy in enumerate(strategies)}
        by_row = bool(rows) and "strategy" in rows[0]
        settings = self.settings(method, options, varying, rows, names)
        design = Design(
            scenario=self.world(fixed, settings.values(0)),
            strategies=strategies,
            settings=settings,
            replications=replications,
            seed=table.get("seed", 1),
            keep=self.keep(),
            name=self.name(),
            spreads=spreads,
            options=options,
            rows=tuple(places[row["strategy"]] for row in rows) if by_row else None,
        )
        self.try_settings(design)
        if not table.get("unequal_effort"):
            check_equal_effort(design.world(0), list(strategies))
        return design

    def world(self, fixed: Mapping[str, Any], first: Mapping[str, Any]) -> Scenario:
        """Return the world before a setting changes it; what is fixed may need a setting to fit."""
        base = Scenario.load(self.path(self.table.get("scenario", DEFAULT_SCENARIO), "scenario"))
        try:
            return with_counted_people(base.replace(**fixed))
        except InputError:
            return with_counted_people(changed_world(base, {**fixed, **first}))

    def name(self) -> str:
        name = self.table.get("name", "sweep")
        if not isinstance(name, str) or not re.fullmatch(NAME, name) or set(name) & set("/\\"):
            raise InputError(f"{self.where}: name = {shortened(name)} is not allowed: a short text")
        return name

    def path(self, value: Any, key: str) -> Any:
        """Return a scenario or strategy; a path is meant from the folder of the design."""
        if not isinstance(value, (str, Path)):
            if isinstance(value, (Scenario, Strategy)):
                return value
            raise InputError(f"{self.where}: {key} = {shortened(value)}: a name or a .toml file")
        text = str(value)
        beside = self.folder / text
        looks_like_path = text.endswith(".toml") or "/" in text
        return str(beside) if looks_like_path and beside.exists() else text

    def method(self) -> tuple[str, dict[str, Any]]:
        """Return the method and its options, checked."""
        table, where = self.table, self.where
        method = table.get("method", "list" if "settings" in table else "grid")
        if method not in METHODS:
            raise InputError(
                f"{where}: unknown method {shortened(method)}{did_you_mean(str(method), METHODS)}"
            )
        options = dict(OPTIONS[method])
        for key in ("n", "levels", "second_order"):
            if key in table and key not in options:
                raise InputError(f"{where}: {key} means nothing to the method {method}")
        options |= {key: table[key] for key in options if key in table}
        try:
            if "n" in options:
                check_whole("n", options["n"], 1, MOST_SETTINGS * 1_000)
            if "levels" in options:
                check_whole("levels", options["levels"], 2, 100)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if not isinstance(options.get("second_order", False), bool):
            raise InputError(f"{where}: second_order is true or false")
        return method, options

    def varying(self, method: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what is fixed for all settings, and what varies: axes of a grid, or spreads."""
        given = self.table.get("parameters", {})
        if isinstance(given, (list, tuple)) and all(isinstance(name, str) for name in given):
            given = dict.fromkeys(given, "bounds")
        if not isinstance(given, Mapping):
            raise InputError(
                f"{self.where}: parameters is a table of names and what they vary over"
            )
        fixed: dict[str, Any] = {}
        varying: dict[str, Any] = {}
        for name, value in given.items():
            alone = isinstance(value, (int, float, bool)) or (
                isinstance(value, str) and value not in ("bounds", "likely")
            )
            if alone and name not in LEVERS:
                fixed[name] = checked(name, value, self.where)
            elif method == "list":
                raise InputError(
                    f"{self.where}: {name} varies: the method list takes that from its settings"
                )
            elif method == "grid":
                varying[name] = self.axis(name, [value] if alone else value)
            else:
                varying[name] = spread_of(
                    name, {"distribution": "values", "values": [value]} if alone else value,
                    self.where,
                )  # fmt: skip
        if not varying and method in ("lhs", "sobol", "morris"):
            raise InputError(f"{self.where}: [parameters] is empty: name at least one that varies")
        return fixed, varying

    def axis(self, name: str, values: Any) -> tuple[Any, ...]:
        """Return the values of one name of a grid."""
        where = self.where
        if isinstance(values, Mapping) and set(values) == {"values"}:
            values = values["values"]
        if not isinstance(values, (list, tuple, np.ndarray)) or len(values) == 0:
            raise InputError(
                f"{where}: {name} = {shortened(values)}: a grid wants a list of values"
            )
        axis = tuple(checked(name, value, where) for value in values)
        for value in axis:
            if axis.count(value) > 1:
                raise InputError(f"{where}: {name}: {value!r} is there twice")
        return axis

    def rows(self) -> list[dict[str, Any]]:
        """Return the settings of a list: from [[settings]], a DataFrame or a CSV file."""
        given, where = self.table.get("settings"), self.where
        if isinstance(given, (str, Path)):
            path = self.folder / given
            return self.checked_rows(*_rows_of_csv(path))
        if given is not None and hasattr(given, "columns"):  # a DataFrame
            given = given.to_dict("records")
        if not isinstance(given, (list, tuple)) or not all(isinstance(r, Mapping) for r in given):
            raise InputError(f"{where}: settings is a list of tables, or the name of a .csv file")
        if not given:
            raise InputError(f"{where}: settings is empty: at least one setting is wanted")
        places = [f"{where}: setting {i}" for i in range(len(given))]
        return self.checked_rows([dict(row) for row in given], places)

    def checked_rows(self, rows: list[dict[str, Any]], places: list[str]) -> list[dict[str, Any]]:
        """Return the rows with every value checked; the same setting twice is refused."""
        seen: dict[Any, str] = {}
        names = list(rows[0])
        found = []
        for row, place in zip(rows, places, strict=True):
            if list(row) != names and set(row) != set(names):
                raise InputError(f"{place} has {', '.join(row) or 'nothing'}; the first has "
                                 f"{', '.join(names) or 'nothing'}: give all the same")  # fmt: skip
            values = {
                name: row[name] if name == "strategy" else checked(name, row[name], place)
                for name in names
            }
            same = tuple(values.values())
            if same in seen:
                raise InputError(f"{place} is the same as {seen[same].split(': ')[-1]}")
            seen[same] = place
            found.append(values)
        return found

    def strategies(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Strategy, ...]:
        """Return the strategies of the design, each name once."""
        given = self.table.get("strategies", self.table.get("strategy"))
        if rows and "strategy" in rows[0]:
            if given is not None:
                raise InputError(
                    f"{self.where}: strategies are given twice: by name and in every setting"
                )
            given = list(dict.fromkeys(row["strategy"] for row in rows))
        if given is None:
            given = ["posting_only", "community_building"]
        if isinstance(given, (str, Path, Strategy)):
            given = [given]
        if not isinstance(given, (list, tuple)) or not given:
            raise InputError(f"{self.where}: strategies is a list of at least one name or file: "
                             f"{', '.join(STRATEGIES)}")  # fmt: skip
        strategies = tuple(Strategy.load(self.path(value, "strategies")) for value in given)
        names = [strategy.name for strategy in strategies]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"{self.where}: strategies: {name} is there twice")
        return strategies

    def count(
        self, method: str, options: Mapping[str, Any], varying: Mapping[str, Any], rows: list[Any]
    ) -> int:
        """Return the number of settings, before any is made."""
        k = len(varying)
        if method == "grid":
            return math.prod(len(axis) for axis in varying.values())
        if method == "list":
            return len(rows)
        rows_each = {"lhs": 1, "morris": k + 1,
                     "sobol": 2 * k + 2 if options.get("second_order") else k + 2}  # fmt: skip
        return options["n"] * rows_each[method]

    def settings(
        self,
        method: str,
        options: Mapping[str, Any],
        varying: Mapping[str, Any],
        rows: list[dict[str, Any]],
        names: list[str],
    ) -> Settings:
        """Return the settings themselves."""
        if method == "grid":
            return Grid(varying)
        if method == "list":
            names = [name for name in rows[0] if name != "strategy"]
            return Table("list", {name: [row[name] for row in rows] for name in names} or
                         {"setting": list(range(len(rows)))})  # fmt: skip
        seed, k = self.table.get("seed", 1), len(names)
        try:
            if method == "lhs":
                units = lhs_units(k, options["n"], seed)
            elif method == "sobol":
                units = sobol_units(k, options["n"], options["second_order"], seed)
            else:
                units = morris_units(k, options["n"], options["levels"], seed)
        except InputError as error:
            raise InputError(f"{self.where}: {error}") from None
        spreads: Mapping[str, Spread] = varying
        columns = {name: spreads[name].at(units[:, j]) for j, name in enumerate(names)}
        return Table(method, columns, units)

    def keep(self) -> tuple[str, ...]:
        keep = self.table.get("keep", ())
        keep = (keep,) if isinstance(keep, str) else keep
        for name in keep:
            if name not in KEPT:
                raise InputError(f'{self.where}: keep: unknown table "{name}"'
                                 f"{did_you_mean(name, KEPT)}")  # fmt: skip
        return tuple(name for name in KEPT if name in keep)

    def try_settings(self, design: Design) -> None:
        """See that settings make a world and a strategy: all of them, or many evenly spread."""
        n = len(design.settings)
        for setting in {*range(0, n, max(1, n // TRIED_SETTINGS)), n - 1}:
            try:
                design.world(setting)
                for strategy in design.strategies_of(setting):
                    design.lever(setting, strategy)
            except InputError as error:
                shown = ", ".join(f"{k} = {v}" for k, v in design.settings.values(setting).items())
                reason = str(error).removeprefix("scenario: ")
                raise InputError(f"{self.where}: setting {setting} ({shown}): {reason}") from None


def _rows_of_csv(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the settings of a CSV file, and what to call each in an error."""
    from simulation.sweeps.settings import declared

    names, lines = read_csv(path)
    fields = {name: declared(name, str(path)) for name in names if name != "strategy"}
    rows, places = [], []
    for number, cells in lines:
        place = f"{path}: line {number}"
        row: dict[str, Any] = {}
        for name, text in zip(names, cells, strict=True):
            row[name] = (
                text if name == "strategy" else value_from_text(fields[name], name, text, place)
            )
        rows.append(row)
        places.append(place)
    return rows, places
