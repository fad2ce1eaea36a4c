"""Parquet files that are written whole or not at all, and that show when they were damaged.

A part is named ``part-000012-<16 hexadecimal digits>.parquet``: its number in the order of writing,
and the beginning of the SHA-256 of its bytes. It is written under another name, flushed to the
disk, and then renamed; it is never changed afterwards.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.tools.files import hash_of

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = re.compile(r"part-(\d{6,})-([0-9a-f]{16})\.parquet")


def number_of(path: Path) -> int:
    """Return the number of a part in the order of writing; -1 for another file."""
    found = _NAME.fullmatch(path.name)
    return int(found.group(1)) if found else -1


def parts_in(folder: Path) -> list[Path]:
    """Return the parts in a folder in the order they were written."""
    if not folder.is_dir():
        return []
    return sorted((p for p in folder.iterdir() if number_of(p) >= 0), key=lambda p: p.name)


def is_whole(path: Path) -> bool:
    """Return whether the bytes of a part are those that were written."""
    found = _NAME.fullmatch(path.name)
    try:
        return bool(found) and hash_of(path)[:16] == found.group(2)  # type: ignore[union-attr]
    except OSError:
        return False


def write_part(folder: Path, number: int, tables: Iterable[pa.Table]) -> Path:
    """Write tables of one schema as one part and return its path; nothing is left on an error."""
    import pyarrow.parquet as pq

    folder.mkdir(exist_ok=True)
    draft = folder / f".part-{number:06d}-{os.getpid()}.draft"
    try:
        with draft.open("wb") as file:
            writer = None
            try:
                for table in tables:
                    if writer is None:
                        writer = pq.ParquetWriter(file, table.schema, compression="zstd")
                    writer.write_table(table)
            except BaseException:
                with contextlib.suppress(Exception):  # its last words go nowhere
                    if writer is not None:
                        writer.close()
                raise
            if writer is not None:
                writer.close()
            file.flush()
            os.fsync(file.fileno())
        path = folder / f"part-{number:06d}-{hash_of(draft)[:16]}.parquet"
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def clear_drafts(folder: Path) -> None:
    """Remove what a writer that was killed left half-written."""
    for pattern in (".part-*.draft", ".*.part", ".continuum-*"):
        for draft in folder.glob(pattern):
            draft.unlink(missing_ok=True)
