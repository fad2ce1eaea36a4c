"""A store read back in other ways: labelled arrays, SQL, CSV and XLSX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from simulation.core.outcomes import DIMS, OUTCOMES, SUMMARY, columns_of
from simulation.sweeps.settings import Grid, fields
from simulation.tools.errors import InputError
from simulation.tools.files import check_out_folder, write_all
from simulation.tools.optional import need

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class Store(Protocol):
    """What is read of a store here; `store.Store` is one."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def design(self) -> Any:
        """Return the design."""

    def runs(self) -> pd.DataFrame:
        """Return one row a run."""

    def series(self) -> pd.DataFrame:
        """Return one row a run and day."""

    def batches(self) -> list[Any]:
        """Return the batches that count."""

    def check_whole(self, paths: list[Path]) -> None:
        """Raise InputError when a part was damaged."""

    def paths(self, table: str) -> list[Path]:
        """Return the parts of a table."""


#: What a sheet of XLSX holds.
MOST_ROWS = 1_048_575


def to_dataset(store: Store, table: str = "runs") -> xr.Dataset:
    """Return a table of a store as labelled arrays.

    Dimensions: strategy; every varied parameter of a grid, or setting; replication; for `series`
    also time and stage, channel, touchpoint or move. A run that failed or is missing is nan.
    `status` (runs only) is text, "" where there is no run.
    """
    import xarray as xr

    if table not in ("runs", "series"):
        raise InputError(f'{table}: labelled arrays are made of "runs" or "series"')
    design = store.design
    frame = store.runs() if table == "runs" else store.series()
    dims, coords, shape = _axes(store)
    place = _places(store, frame, shape)
    data: dict[str, Any] = {}
    if table == "runs":
        for scalar in SUMMARY:
            attrs = {"units": scalar.unit, "kind": scalar.kind, "long_name": scalar.label}
            data[scalar.name] = (dims, _filled(frame[scalar.name], place, shape), attrs)
        data["seconds"] = (dims, _filled(frame["seconds"], place, shape), {"units": "s"})
        data["status"] = (dims, _filled(frame["status"].to_numpy(str), place, shape, ""))
    else:
        n_days = int(frame["time"].max()) + 1 if len(frame) else 0
        coords["time"] = np.arange(n_days)
        coords |= {dim: list(labels) for dim, labels in DIMS.items()}
        place = (*place, frame["time"].to_numpy())
        for outcome in OUTCOMES:
            names = columns_of(outcome)
            arrays = [_filled(_column(frame, name), place, (*shape, n_days)) for name in names]
            attrs = {"units": outcome.unit, "kind": outcome.kind, "long_name": outcome.label}
            whole = arrays[0] if outcome.dim is None else np.stack(arrays, axis=-1)
            more = ("time",) if outcome.dim is None else ("time", outcome.dim)
            data[outcome.name] = ((*dims, *more), whole, attrs)
    if not isinstance(design.settings, Grid):
        for name, values in design.settings.columns.items():
            coords[name] = ("setting", list(values))
    labels = {"scenario": design.scenario.name, "method": design.method, "sweep": design.name}
    return xr.Dataset(data, coords, labels)


def _column(frame: pd.DataFrame, name: str) -> Any:
    """Return a column; nan throughout where a store is older than what is counted in it."""
    return frame[name] if name in frame else np.full(len(frame), np.nan)


def _axes(store: Store) -> tuple[tuple[str, ...], dict[str, Any], tuple[int, ...]]:
    """Return dimensions, coordinates and shape of a run among the runs."""
    design = store.design
    names = [strategy.name for strategy in design.strategies]
    coords: dict[str, Any] = {"strategy": names}
    if isinstance(design.settings, Grid):
        coords |= {name: list(axis) for name, axis in design.settings.axes.items()}
        dims = ("strategy", *design.settings.axes, "replication")
    else:
        coords["setting"] = np.arange(len(design.settings))
        dims = ("strategy", "setting", "replication")
    coords["replication"] = np.arange(design.replications)
    return dims, coords, tuple(len(coords[dim]) for dim in dims)


def _places(store: Store, frame: pd.DataFrame, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Return the indices of every row along the dimensions of `_axes`."""
    setting = frame["setting_id"].to_numpy()
    along = np.unravel_index(setting, shape[1:-1]) if len(shape) > 2 else ()
    return (frame["strategy"].cat.codes.to_numpy(), *along, frame["replication_id"].to_numpy())


def _filled(
    values: Any, place: tuple[Any, ...], shape: tuple[int, ...], empty: Any = np.nan
) -> Any:
    values = np.asarray(values)
    whole = np.full(shape, empty, values.dtype if values.dtype.kind == "U" else float)
    whole[place] = values
    return whole


def query(store: Store, sql: str) -> pd.DataFrame:
    """Return what duckdb answers to a question about the tables runs, series, events, people.

    The tables are views of the Parquet parts, which duckdb reads piece by piece; of two rows of one
    run the later counts, as in `Store.runs`.
    """
    duckdb = need("duckdb", "query")
    with duckdb.connect() as base:
        parts = [batch.path for batch in store.batches()]
        if not parts:
            raise InputError(f"{store.folder}: holds no runs yet")
        store.check_whole(parts)
        runs = _listed(parts)
        base.execute(
            "create view runs as select * exclude (filename) from "
            f"read_parquet({runs}, filename = true, union_by_name = true) "
            "qualify row_number() over (partition by run_key order by filename desc) = 1"
        )
        for table in store.manifest["design"]["keep"]:
            if paths := store.paths(table):
                base.execute(f"create view {table} as from read_parquet({_listed(paths)})")
        try:
            return base.execute(sql).df()
        except duckdb.Error as error:
            raise InputError(f"query: {' '.join(str(error).split())[:300]}") from None


def _listed(paths: list[Path]) -> str:
    quoted = (str(path).replace("'", "''") for path in paths)
    return "[" + ", ".join(f"'{path}'" for path in quoted) + "]"


def export(store: Store, folder: str | Path, kind: str = "csv") -> list[Path]:
    """Write runs, settings and manifest as CSV files, or as one XLSX workbook; return the paths."""
    if kind not in ("csv", "xlsx"):
        raise InputError(f'unknown format "{kind}": csv or xlsx')
    runs, settings = store.runs(), _settings(store)
    folder = check_out_folder(folder)
    if kind == "csv":
        return write_all(
            {
                folder / "runs.csv": lambda path: runs.to_csv(path, index=False),
                folder / "settings.csv": lambda path: settings.to_csv(path, index=False),
                folder / "manifest.json": lambda path: path.write_text(_text(store.manifest)),
            }
        )
    if max(len(runs), len(settings)) > MOST_ROWS:
        raise InputError(f"{len(runs):,} runs: a sheet holds {MOST_ROWS:,}; export CSV instead")
    return write_all({folder / "runs.xlsx": lambda path: _workbook(path, store, runs, settings)})


def _settings(store: Store) -> pd.DataFrame:
    """Return the settings as a design reads them again: numbered, with what each row sets."""
    design = store.design
    frame = design.settings.frame()
    frame = frame[[name for name in frame.columns if name in fields()]]
    if design.rows is not None:
        names = [strategy.name for strategy in design.strategies]
        frame.insert(0, "strategy", [names[place] for place in design.rows])
    return frame.reset_index()


def _workbook(path: Path, store: Store, runs: pd.DataFrame, settings: pd.DataFrame) -> None:
    import pandas as pd

    lines = pd.DataFrame({"manifest": _text(store.manifest).splitlines()})
    outcomes = pd.DataFrame(
        [(s.name, s.unit, s.kind, s.label) for s in SUMMARY],
        columns=["outcome", "unit", "kind", "what it is"],
    )
    sheets = {
        "runs": _plain_text(runs),
        "settings": settings,
        "outcomes": outcomes,
        "manifest": lines,
    }
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False)


def _plain_text(runs: pd.DataFrame) -> pd.DataFrame:
    """Return runs with texts that a cell takes: no control characters, not too long."""

    def cell(text: Any) -> Any:
        if not isinstance(text, str):
            return None
        return "".join(c for c in text if c >= " " or c == "\n")[:32_000]

    frame = runs.copy()
    for name in ("error", "traceback"):
        frame[name] = [cell(text) for text in frame[name]]
    return frame


def _text(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
