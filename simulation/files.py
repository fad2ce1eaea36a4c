"""Results on disk: every file appears whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation import figures
from simulation.comparison import Comparison
from simulation.errors import InputError
from simulation.run import Run
from simulation.stamp import plain

if TYPE_CHECKING:
    import pandas as pd


def save(result: Run | Comparison, folder: str | Path) -> list[Path]:
    """Write a result into a folder (made if need be) and return the paths.

    A Comparison: runs.parquet, series.parquet (if kept), summary.csv, comparison.json and .png.
    A Run: summary.json, series.parquet, people.parquet, events.parquet (if recorded), run.png.
    Raises InputError when the folder cannot be written.
    """
    folder = check_out_folder(folder)
    writers = _of_comparison(result) if isinstance(result, Comparison) else _of_run(result)
    return [write_whole(folder / name, writer) for name, writer in writers.items()]


Writers = dict[str, Callable[[Path], Any]]


def _of_comparison(result: Comparison) -> Writers:
    writers: Writers = {
        "runs.parquet": lambda path: _to_parquet(result.runs, path),
        "summary.csv": lambda path: result.table.to_csv(path),
        "comparison.json": lambda path: _to_json(result.to_dict(), path),
        "comparison.png": lambda path: figures.comparison(result).savefig(path, format="png"),
    }
    if (series := result.series) is not None:
        writers["series.parquet"] = lambda path: _to_parquet(series, path)
    return writers


def _of_run(run: Run) -> Writers:
    writers: Writers = {
        "summary.json": lambda path: _to_json(run.to_dict(), path),
        "series.parquet": lambda path: _to_parquet(run.series, path),
        "people.parquet": lambda path: _to_parquet(run.people, path),
        "run.png": lambda path: figures.run(run).savefig(path, format="png"),
    }
    if run.log is not None:
        writers["events.parquet"] = lambda path: _to_parquet(run.events, path)
    return writers


def check_out_folder(path: str | Path, *, make: bool = True) -> Path:
    """See that a folder for results can be written, and make it unless `make` is False.

    Raises InputError in one line; call it before anything is simulated.
    """
    folder = Path(path).expanduser()
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise InputError(f"{there}: is a file; a folder for the results is wanted")
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
            there = folder
        with tempfile.NamedTemporaryFile(dir=there, prefix=".continuum-"):
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


def _to_json(value: dict[str, Any], path: Path) -> None:
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")
