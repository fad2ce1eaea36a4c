"""Results on disk: every file appears whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from simulation import figures
from simulation.comparison import Comparison
from simulation.declare import shortened
from simulation.errors import InputError
from simulation.run import Run
from simulation.stamp import plain

if TYPE_CHECKING:
    import pandas as pd


def save(
    result: Run | Comparison, folder: str | Path, *, poster: Sequence[Run] | None = None
) -> list[Path]:
    """Write a result into a folder (made if need be) and return the paths.

    A Comparison: runs.parquet, series.parquet (if kept), summary.csv, comparison.json and .png.
    A Run: summary.json, series.parquet, people.parquet, events.parquet (if recorded), run.png.
    With `poster` (the runs for `figures.poster`; an empty list: without funnels), also poster.pdf
    and poster.png of a Comparison. Raises InputError when the folder cannot be written.
    """
    folder = check_out_folder(folder)
    writers = _of_comparison(result) if isinstance(result, Comparison) else _of_run(result)
    if poster is not None:
        writers |= _of_poster(result, poster)
    return write_all({folder / name: writer for name, writer in writers.items()})


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


def _of_poster(result: Run | Comparison, runs: Sequence[Run]) -> Writers:
    """Return the writers of a poster: its page for the printer, and for a screen at 150 dpi."""
    page = figures.poster(result, runs)  # type: ignore[arg-type]
    about = {"Title": page.get_suptitle().replace("\n", " "), "CreationDate": None}

    def to_pdf(path: Path) -> None:
        with mpl.rc_context({"pdf.fonttype": 42}):  # whole fonts inside, which printers want
            page.savefig(path, format="pdf", metadata=about)

    return {
        "poster.pdf": to_pdf,
        "poster.png": lambda path: page.savefig(path, format="png", dpi=150),
    }


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
    folder = there = Path(path)
    try:
        folder = there = folder.expanduser()
        while not there.exists() and there != there.parent:
            there = there.parent
        if not there.is_dir():
            raise InputError(f"{there}: is a file; a folder for the results is wanted")
        if make:
            folder.mkdir(parents=True, exist_ok=True)
            there = folder
        with tempfile.NamedTemporaryFile(dir=there, prefix=".continuum-"):
            pass
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{shortened(str(folder))}: cannot be written ({reason})") from None
    return folder


def write_all(writers: dict[Path, Callable[[Path], Any]]) -> list[Path]:
    """Write files that belong together: first all beside their places, then all into place.

    When anything goes wrong, even Ctrl-C, none of the new files is left and the old ones stay.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in writers}
    try:
        for path, part in parts.items():
            writers[path](part)
            with part.open("rb") as file:
                os.fsync(file.fileno())  # so that a new name never stands for an empty file
        for path, part in parts.items():
            os.replace(part, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return list(parts)


def _to_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False, engine="pyarrow", compression="zstd")


def _to_json(value: dict[str, Any], path: Path) -> None:
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")
