"""The settings of a list, row by row: from tables, a DataFrame or a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.engine.prepare import with_counted_people
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.ties import is_tie, value_or_tie, worked_out
from simulation.sweeps.settings import LEVERS, Table, checked, declared, fields
from simulation.tools.csv_table import read_csv
from simulation.tools.errors import InputError, shortened
from simulation.tools.toml_table import beside

#: Columns that say which row it is and set nothing: `continuum export` writes them.
NUMBERS = ("setting_id",)
#: A column that only a table of runs has.
RUN = "run_key"


@dataclass(frozen=True)
class Rows:
    """Checked settings, and where each stands.

    `strategies` names the strategy of each row, None where the rows name none; `folder` is that of
    the file they stand in, where they have one of their own.
    """

    values: list[dict[str, Any]]
    places: list[str]
    strategies: list[Any] | None = None
    folder: Path | None = None

    def table(self) -> Table:
        """Return the settings as a table, a column for everything that varies."""
        names = list(self.values[0])
        columns = {name: [row[name] for row in self.values] for name in names}
        return Table("list", columns or {"setting": list(range(len(self.values)))})


def settings_of(
    given: Any, where: str, folder: Path, base: Scenario, fixed: Mapping[str, Any]
) -> Rows:
    """Return the settings of a list: tables, a DataFrame, or the name of a .csv file in `folder`.

    Paths are meant from the folder of the file they stand in. A number may be a tie to others of
    its row, or of the world beneath (`base` with what is `fixed`); the row holds what comes out.
    Raises InputError.
    """
    own: Path | None = None
    if isinstance(given, (str, Path)):
        path = folder / given
        rows, places = _of_csv(path)
        folder = own = path.parent
    else:
        if given is not None and hasattr(given, "columns"):  # a DataFrame
            given = given.to_dict("records")
        if not isinstance(given, (list, tuple)) or not all(isinstance(r, Mapping) for r in given):
            raise InputError(f"{where}: settings is a list of tables, or the name of a .csv file")
        if not given:
            raise InputError(f"{where}: settings is empty: at least one setting is wanted")
        rows = [dict(row) for row in given]
        places = [f"{where}: setting {i}" for i in range(len(rows))]
    if RUN in rows[0]:
        raise InputError(f"{where}: {own or 'settings'} holds runs ({RUN}), not settings: "
                         "continuum export writes the settings beside them (settings.csv)"
                         )  # fmt: skip
    rows = [{str(n): v for n, v in row.items() if n not in NUMBERS} for row in rows]
    return _checked(rows, places, folder, own, lambda row: base.replace(**{**fixed, **row}))


def _checked(
    rows: Sequence[dict[str, Any]],
    places: list[str],
    folder: Path,
    own: Path | None,
    world: Callable[[Mapping[str, Any]], Scenario],
) -> Rows:
    """Return the rows with every value checked; the same setting twice is refused."""
    seen: dict[Any, str] = {}
    names = list(rows[0])
    found, strategies = [], []
    for row, place in zip(rows, places, strict=True):
        if set(row) != set(names):
            raise InputError(f"{place} has {', '.join(row) or 'nothing'}; the first has "
                             f"{', '.join(names) or 'nothing'}: give all the same")  # fmt: skip
        if not isinstance(row.get("strategy", ""), (str, Path)):
            raise InputError(f"{place}: strategy = {shortened(row['strategy'])}: a name or a file")
        values = {n: checked(n, row[n], place, ties=True) for n in names if n != "strategy"}
        if isinstance(values.get("friends_file"), str):
            values["friends_file"] = beside(folder, values["friends_file"])
        values = _worked_out(values, place, world)
        same = (str(row.get("strategy")), *values.values())
        if same in seen:
            raise InputError(f"{place} is the same as {seen[same].split(': ')[-1]}")
        seen[same] = place
        found.append(values)
        strategies.append(row.get("strategy"))
    return Rows(found, places, strategies if "strategy" in names else None, own)


def _worked_out(
    values: dict[str, Any], place: str, world: Callable[[Mapping[str, Any]], Scenario]
) -> dict[str, Any]:
    """Return the values of a row with its ties worked out: what is stored is the number."""
    known = fields()
    ties = {name: value for name, value in values.items() if is_tie(known[name], value)}
    if not ties:
        return values
    try:
        changed = world({n: v for n, v in values.items() if n in parameters()})
        if "friends_file" in values:
            changed = with_counted_people(changed)
    except InputError as error:
        raise InputError(f"{place}: {str(error).removeprefix('scenario: ')}") from None
    levers = {name: value for name, value in values.items() if name in LEVERS}
    tied = {name: tie for name, tie in ties.items() if name in LEVERS}
    whole = worked_out({**changed.flat(), **levers}, tied, known, place)
    return {name: whole[name] if name in ties else value for name, value in values.items()}


def _of_csv(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the settings of a CSV file, and what to call each in an error."""
    names, lines = read_csv(path)
    if RUN in names:
        return [{RUN: ""}], [str(path)]
    known = fields()
    readers: dict[str, Callable[[str, str], Any]] = {
        name: _reader(name, str(path), known) for name in names if name not in NUMBERS
    }
    rows, places = [], []
    for number, cells in lines:
        place = f"{path}: line {number}"
        row = dict(zip(names, cells, strict=True))
        rows.append({name: read(row[name], place) for name, read in readers.items()})
        places.append(place)
    return rows, places


def _reader(name: str, where: str, known: Mapping[str, Any]) -> Callable[[str, str], Any]:
    """Return what reads the cells of a column."""
    if name == "strategy":
        return lambda text, place: text
    declared(name, where)
    return lambda text, place: value_or_tie(name, text, known, place)
