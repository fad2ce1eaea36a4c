"""Read a design from a TOML file, a dict or a table of settings; say what is wrong in one line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from simulation.core.randomness import make_key
from simulation.engine.plan import check_equal_effort
from simulation.inputs.declare import NAME
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy, from_mapping
from simulation.inputs.ties import is_tie
from simulation.people.friends_file import with_counted_people
from simulation.sweeps.design import (
    KEPT,
    MOST_SETTINGS,
    TRIED_SETTINGS,
    Design,
    changed_world,
    check_many,
)
from simulation.sweeps.rows import Rows, settings_of
from simulation.sweeps.sampling import lhs_units, morris_units, sobol_units
from simulation.sweeps.settings import (
    LEVERS,
    Grid,
    Settings,
    Spread,
    Table,
    checked,
    checked_tie,
    declared,
    spread_of,
)
from simulation.tools.errors import InputError, check_whole, did_you_mean, shortened
from simulation.tools.toml_table import beside, is_file, read_toml
from simulation.tools.values import bare, listed, whole

#: How a table of settings is named, and not a design.
TABLES = (".csv", ".tsv", ".txt")
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

    Notes
    -----
    Paths in a file are meant from the folder of that file; in a dict, and in `changes`, from the
    working directory.
    """
    if isinstance(source, Design):
        check_many(source.n_runs, confirm)
        return source
    table: dict[str, Any]
    if isinstance(source, Mapping):
        table, where, folder = dict(source), "design", Path()
    else:
        path = Path(source)
        if path.suffix.lower() in TABLES:
            table = {"method": "list", "settings": str(path.resolve())}
        else:
            table = read_toml(path)
        where, folder = str(path), path.parent
        table.setdefault("name", path.stem.lstrip("._-") or "sweep")
    changes = {key: value for key, value in changes.items() if value is not None}
    table |= changes
    for key in table:
        if key not in KEYS:
            raise InputError(f'{where}: unknown name "{key}"{did_you_mean(key, KEYS)}')
    return _Reader(
        table, where, dict.fromkeys(KEYS, folder) | dict.fromkeys(changes, Path())
    ).design(confirm)


class _Reader:
    """One design being read: the table, the name for its errors, the folder of each key's paths."""

    def __init__(self, table: Mapping[str, Any], where: str, folders: Mapping[str, Path]):
        self.table, self.where, self.folders = table, where, folders

    def design(self, confirm: Callable[[str], bool] | None) -> Design:
        table, where = self.table, self.where
        if not {"parameters", "settings", "strategies"} & set(table):
            raise InputError(
                f"{where}: the design is empty: say what varies in [parameters], or settings"
            )
        replications, seed = self.luck()
        method, options = self.method()
        fixed, ties, varying = self.varying(method)
        rows = self.rows(fixed) if method == "list" else Rows([], [])
        strategies, places = self.strategies(rows)
        width = len(strategies) if places is None else 1
        count = self.count(method, options, varying, len(rows.values))
        check_many(count * width * replications, confirm)
        if count > MOST_SETTINGS and method != "grid":
            raise InputError(f"{where}: {count:,} settings: at most {MOST_SETTINGS:,}")
        settings = self.settings(method, options, varying, rows, seed)
        design = Design(
            scenario=self.world(fixed, settings.values(0)),
            strategies=strategies,
            settings=settings,
            replications=replications,
            seed=seed,
            keep=self.keep(),
            name=self.name(),
            spreads=varying if method in ("lhs", "sobol", "morris") else {},
            options=options,
            rows=places,
            ties=ties,
        )
        self.try_settings(design)
        if not table.get("unequal_effort"):
            check_equal_effort(design.world(0), list(strategies))
        return design

    def luck(self) -> tuple[int, Any]:
        """Return replications and seed, checked."""
        seed = self.table.get("seed", 1)
        try:
            replications = check_whole("replications", self.table.get("replications", 1), 1, 2**32)
            make_key(seed, replications - 1)
        except InputError as error:
            raise InputError(f"{self.where}: {error}") from None
        number = whole(seed)
        return replications, seed if number is None else number

    @cached_property
    def base(self) -> Scenario:
        """The scenario before anything is fixed."""
        return Scenario.load(self.path(self.table.get("scenario", DEFAULT_SCENARIO), "scenario"))

    def world(self, fixed: Mapping[str, Any], first: Mapping[str, Any]) -> Scenario:
        """Return the world before a setting changes it; what is fixed may need a setting to fit."""
        try:
            return with_counted_people(self.base.replace(**fixed))
        except InputError:
            try:
                return with_counted_people(changed_world(self.base, {**fixed, **first}))
            except InputError as error:
                raise InputError(f"{self.where}: {str(error).removeprefix('scenario: ')}") from None

    def name(self) -> str:
        name = self.table.get("name", "sweep")
        if not isinstance(name, str) or not re.fullmatch(NAME, name) or set(name) & set("/\\"):
            raise InputError(f"{self.where}: name = {shortened(name)} is not allowed: a short text")
        return name

    def path(self, value: Any, key: str, folder: Path | None = None) -> Any:
        """Return a scenario or strategy; a path is meant from the folder of its file."""
        if isinstance(value, (Scenario, Strategy)):
            return value
        if not isinstance(value, (str, Path)):
            raise InputError(f"{self.where}: {key} = {shortened(value)}: a name or a .toml file")
        text = str(value)
        return beside(folder or self.folders[key], text) if is_file(text) else text

    def placed(self, name: str, value: Any) -> Any:
        """Return what [parameters] says of a name, paths meant from the folder of the file."""
        if name != "friends_file":
            return value
        if isinstance(value, (str, Path)):
            return beside(self.folders["parameters"], str(value))
        if isinstance(value, Mapping) and "values" in value:
            return {**value, "values": self.placed(name, value["values"])}
        values = listed(value)
        return value if values is None else [self.placed(name, one) for one in values]

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
            for key, least, most in (("n", 1, MOST_SETTINGS * 1_000), ("levels", 2, 100)):
                if key in options:
                    options[key] = check_whole(key, options[key], least, most)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if not isinstance(options.get("second_order", False), bool):
            raise InputError(f"{where}: second_order is true or false")
        return method, options

    def varying(self, method: str) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
        """Return what [parameters] fixes for all, the levers it ties, and what varies.

        What is fixed may be a tie of a parameter; what varies is an axis of a grid, or a spread.
        """
        given = self.table.get("parameters", {})
        names = listed(given)
        if names is not None and all(isinstance(name, str) for name in names):
            given = dict.fromkeys(names, "bounds")
        if not isinstance(given, Mapping):
            raise InputError(
                f"{self.where}: parameters is a table of names and what they vary over"
            )
        fixed: dict[str, Any] = {}
        ties: dict[str, str] = {}
        varying: dict[str, Any] = {}
        for name, value in given.items():
            value = self.placed(name, bare(value))
            text = isinstance(value, str) and value not in ("bounds", "likely")
            alone = text or isinstance(value, (int, float, bool))
            if text and name in LEVERS and is_tie(declared(name, self.where), value):
                ties[name] = checked_tie(name, value, self.where)
            elif alone and name not in LEVERS:
                fixed[name] = checked(name, value, self.where, ties=True)
            elif method == "list":
                raise InputError(
                    f"{self.where}: {name} varies: the method list takes that from its settings"
                )
            elif method == "grid":
                varying[name] = self.axis(name, [value] if alone else value)
            else:
                one = {"distribution": "values", "values": [value]}
                varying[name] = spread_of(name, one if alone else value, self.where)
        if not varying and method in ("lhs", "sobol", "morris"):
            raise InputError(f"{self.where}: [parameters] is empty: name at least one that varies")
        return fixed, ties, varying

    def axis(self, name: str, values: Any) -> tuple[Any, ...]:
        """Return the values of one name of a grid."""
        where = self.where
        if isinstance(values, Mapping) and set(values) == {"values"}:
            values = values["values"]
        found = listed(values)
        if not found:
            raise InputError(
                f"{where}: {name} = {shortened(values)}: a grid wants a list of values"
            )
        axis = tuple(checked(name, value, where) for value in found)
        for value in axis:
            if axis.count(value) > 1:
                raise InputError(f"{where}: {name}: {value!r} is there twice")
        return axis

    def rows(self, fixed: Mapping[str, Any]) -> Rows:
        """Return the settings of a list: from [[settings]], a DataFrame or a CSV file."""
        given, folder = self.table.get("settings"), self.folders["settings"]
        return settings_of(given, self.where, folder, self.base, fixed)

    def strategies(self, rows: Rows) -> tuple[tuple[Strategy, ...], tuple[int, ...] | None]:
        """Return the strategies of the design, each name once; and that of each row, by place.

        The rows of a list may name one each: of `strategies`, where these are given, or any.
        """
        given, by_row = self.table.get("strategies"), rows.strategies
        if given is None:
            given = ["posting_only", "community_building"]
            if by_row is not None:
                folder = rows.folder or self.folders["settings"]
                given = [self.path(v, "strategy", folder) for v in dict.fromkeys(by_row)]
        given = [given] if isinstance(given, (str, Path, Mapping, Strategy)) else listed(given)
        if not given:
            raise InputError(f"{self.where}: strategies is a list of at least one name or file: "
                             f"{', '.join(STRATEGIES)}")  # fmt: skip
        found = tuple(self.strategy(value, place) for place, value in enumerate(given, 1))
        names = [strategy.name for strategy in found]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"{self.where}: strategies: {name} is there twice")
        if by_row is None:
            return found, None
        if "strategies" not in self.table:  # as written in the rows: names, or files
            names = list(dict.fromkeys(by_row))
        for name, place in zip(by_row, rows.places, strict=True):
            if name not in names:
                raise InputError(f'{place}: strategy "{name}" is not among strategies'
                                 f"{did_you_mean(str(name), names)}")  # fmt: skip
        if unused := [name for name in names if name not in by_row]:
            raise InputError(f"{self.where}: {unused[0]} stands in strategies and in no setting: "
                             "each setting is lived by the strategy it names")  # fmt: skip
        return found, tuple(names.index(name) for name in by_row)

    def strategy(self, value: Any, place: int) -> Strategy:
        """Return one strategy: a name, a file, an object, or a table with a name."""
        if not isinstance(value, Mapping):
            return Strategy.load(self.path(value, "strategies"))
        if "name" not in value:
            raise InputError(f"{self.where}: strategies: table {place} has no name")
        return from_mapping(value, f"{self.where}: strategies:")

    def count(
        self, method: str, options: Mapping[str, Any], varying: Mapping[str, Any], n_rows: int
    ) -> int:
        """Return the number of settings, before any is made."""
        k = len(varying)
        if method == "grid":
            return math.prod(len(axis) for axis in varying.values())
        if method == "list":
            return n_rows
        rows_each = {"lhs": 1, "morris": k + 1,
                     "sobol": 2 * k + 2 if options.get("second_order") else k + 2}  # fmt: skip
        return options["n"] * rows_each[method]

    def settings(
        self,
        method: str,
        options: Mapping[str, Any],
        varying: Mapping[str, Any],
        rows: Rows,
        seed: Any,
    ) -> Settings:
        """Return the settings themselves."""
        if method == "grid":
            return Grid(varying)
        if method == "list":
            return rows.table()
        names = list(varying)
        k = len(names)
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
        keep = [keep] if isinstance(keep, str) else listed(keep) or ()
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
                world = design.world(setting)
                for strategy in design.strategies_of(setting):
                    design.lever(setting, strategy, world)
            except InputError as error:
                shown = ", ".join(f"{k} = {v}" for k, v in design.settings.values(setting).items())
                reason = str(error).removeprefix("scenario: ")
                raise InputError(f"{self.where}: setting {setting} ({shown}): {reason}") from None
