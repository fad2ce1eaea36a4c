"""Files of results: every one appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.tools.errors import InputError, shortened
from simulation.tools.stamp import plain

if TYPE_CHECKING:
    import pandas as pd

#: The files of a result: what writes each, by its name.
Writers = dict[str, Callable[[Path], Any]]


@singledispatch
def files_of(result: Any, **options: Any) -> Writers:
    """Return what writes each file of a result.

    Every kind of result that can be saved registers here, where its files are made:
    ``@files_of.register``.
    """
    raise InputError(f"a {type(result).__name__} cannot be saved")


def save(result: Any, folder: str | Path, **options: Any) -> list[Path]:
    """Write the files of a result into a folder (made if need be), all or none; return the paths.

    A Run: summary.json, series.parquet, people.parquet, events.parquet (if recorded), run.png. A
    Comparison: runs.parquet, series.parquet (if kept), summary.csv, comparison.json and .png; with
    ``poster=`` (the runs for `figures.poster`; an empty list: without funnels) also poster.pdf and
    poster.png. Whatever else has tables and figures (arms, validation, maps, sensitivity,
    precision, calibration, optimization) is saved in the same way. Raises InputError when the
    folder cannot be written, and for what cannot be saved.
    """
    writers = files_of(result, **options)
    folder = check_out_folder(folder)
    return write_all({folder / name: writer for name, writer in writers.items()})


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


def check_new_folder(path: str | Path, what: str) -> Path:
    """Return a folder that can be made, or is empty; raise InputError for another.

    Nothing is left behind. `what` wants the folder ("a panel"); call it before any work is done.
    """
    folder = check_out_folder(path, make=False)
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: holds other files: {what} wants a new folder")
    if folder.resolve() == Path.cwd():  # it is replaced, and whoever works in it would be nowhere
        raise InputError(f"{folder}: is the working directory: {what} wants a new folder in it")
    return folder


@contextmanager
def made_beside(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, which takes the place of `folder` at the end, or is gone.

    `folder` is one that `check_new_folder` returned.
    """
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        yield part
        if folder.exists():
            folder.rmdir()  # it is empty
        part.rename(folder)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{folder}: cannot be written ({reason})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def hash_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cache_folder(*inside: str) -> Path:
    """Return a folder of our own in the user's cache, else in the system's temporary folder.

    Made if need be: the first of the two that can be written. CONTINUUM_CACHE_DIR and
    XDG_CACHE_HOME say where the cache is.
    """
    base = os.environ.get("CONTINUUM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    wished = Path(base).expanduser() if base else Path.home() / ".cache"
    fallback = Path(tempfile.gettempdir()) / f"continuum-cache-{os.environ.get('USER', 'user')}"
    for root in (wished / "continuum", fallback):
        folder = root.joinpath(*inside)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return fallback


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


def to_parquet(frame: pd.DataFrame) -> Callable[[Path], Any]:
    """Return what writes a frame as Parquet, without its index."""
    return lambda path: frame.to_parquet(path, index=False, engine="pyarrow", compression="zstd")


def to_csv(frame: pd.DataFrame, *, index: bool = False) -> Callable[[Path], Any]:
    """Return what writes a frame as CSV."""
    return lambda path: frame.to_csv(path, index=index)


def to_json(value: Any) -> Callable[[Path], Any]:
    """Return what writes a value as JSON; nan becomes null."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return to_text(text)


def to_text(text: str) -> Callable[[Path], Any]:
    """Return what writes a text as UTF-8."""
    return lambda path: path.write_text(text, encoding="utf-8")


def to_png(draw: Callable[[], Any]) -> Callable[[Path], Any]:
    """Return what draws a figure (or axes) and writes it as PNG."""

    def write(path: Path) -> None:
        drawn = draw()
        figure = getattr(drawn, "figure", drawn)
        figure.savefig(path, format="png")

    return write
