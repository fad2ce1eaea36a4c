"""A sweep in parts that know nothing of each other: arrays of jobs, and how they are gathered.

::

    parts/of-100/007/<host, process, time>/    a store: what one process lived of part 7

A process writes in a folder of its own, which nobody else ever writes to, so that nothing depends
on the locks of a shared file system: a part that is begun again counts what the folders beside its
own hold, and lives what is missing. Where locks work, a second process with the same part refuses;
where they do not, both live it, and each run counts once when the parts are gathered.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.sweeps.design import Design, Piece
from simulation.sweeps.index import check_agrees, marked
from simulation.sweeps.parts import is_whole
from simulation.sweeps.reading import read_design
from simulation.sweeps.store import MANIFEST, PIECES, PLACE, SUCCEEDED, Batch, Store, open_store
from simulation.sweeps.writing import LOCK, Writer, holder
from simulation.tools.errors import InputError, Stopped
from simulation.tools.files import check_out_folder
from simulation.tools.stamp import model_fingerprint

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class PieceStore(Store):
    """One part of a sweep, to read: all that was lived of it, in however many attempts.

    `runs()`, `series()` and the rest are those of the part; `counts()` is of the part, too.
    """

    def __init__(self, out: Path, design: Design, piece: Piece):
        self.piece, self._design = piece, design
        about = {"design": design.to_dict(), "model": model_fingerprint()}  # as all attempts have
        super().__init__(folder_of(out, piece), about)

    @cached_property
    def attempts(self) -> list[Store]:
        """The stores of all attempts at the part; one killed before its first rows has none.

        Raises InputError when one is of another design, or of other code of the model.
        """
        found = []
        for folder in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if (folder / MANIFEST).exists():
                store = open_store(folder)
                _check_attempt(store, self._design, self.piece)
                found.append(store)
        return found

    @property
    def design(self) -> Design:
        """The design of the whole sweep, with the most replications an attempt was made with."""
        most = [store.manifest["design"]["replications"] for store in self.attempts]
        return self._design.with_replications(max([self._design.replications, *most]))

    def batches(self) -> list[Batch]:
        """Return the batches that are whole: what was damaged, or is just being merged, is not."""
        return [
            batch
            for store in self.attempts
            for batch in store.batches()
            if all(is_whole(path) for path in batch.files())
        ]

    def damaged(self) -> list[Path]:
        """Return the damaged parts of all attempts."""
        return [path for store in self.attempts for path in store.damaged()]

    def check_whole(self, paths: list[Path]) -> None:
        """Do nothing: batches that are not whole count as not lived."""

    def counts(self) -> dict[str, int]:
        """Return how many runs of the part there are, by status: SUCCEEDED, FAILED, PENDING."""
        design = self.design
        done, failed = marked(design, self)
        return {"SUCCEEDED": done.count - failed.count, "FAILED": failed.count,
                "PENDING": self.piece.n_runs(design) - done.count}  # fmt: skip

    def _kept(self, table: str, by: list[str]) -> pd.DataFrame:
        frame = super()._kept(table, by)  # two attempts may hold the same run
        return frame.drop_duplicates(ignore_index=True) if len(self.attempts) > 1 else frame


class PieceWriter(Writer):
    """One attempt at a part of a sweep; the folder it writes in is made with the first rows."""

    def __init__(
        self, out: str | Path, design: Design, piece: Piece, *, command: str | None = None
    ):
        self.out = Path(out).expanduser()
        super().__init__(folder_of(self.out, piece), design, command=command)
        self._piece, self._begun = piece, False

    @property
    def n_runs(self) -> int:
        """How many runs the part has."""
        return self._piece.n_runs(self.design)

    @property
    def piece(self) -> Piece:
        """The part."""
        return self._piece

    @property
    def go_on(self) -> str:
        """How to go on when this was stopped."""
        return f"continue with the same --part {self._piece}"

    def _refuse_strangers(self) -> None:
        others = [n for n in numbers_of_parts(self.out) if n != self._piece.of]
        if others:
            raise InputError(
                f"{self.out / PIECES}: holds a sweep in {others[0]} parts, not {self._piece.of}: "
                f"take --part {min(self._piece.number, others[0])}/{others[0]}, or another --out"
            )

    def _take_lock(self) -> None:
        from filelock import FileLock, Timeout

        # A lock of the system or none: one that is a file would outlive a killed process.
        self._lock = FileLock(self.folder / LOCK, timeout=0, fallback_to_soft=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise InputError(f"--part {self._piece}: {holder(self.folder)}") from None
        except (OSError, NotImplementedError):
            pass  # a file system without locks: nothing depends on them

    def _begin(self) -> None:
        self._note_holder()
        self.store = PieceStore(self.out, self.design, self._piece)
        self.design = self.store.design
        self._index()

    def add(self, rows: Sequence[Mapping[str, Any]], kept: Mapping[str, list[pa.Table]]) -> None:
        """Write rows and tables into the folder of this attempt."""
        if rows and not self._begun:
            self._begin_attempt()
        super().add(rows, kept)

    def __exit__(self, *_: object) -> None:
        self.folder = folder_of(self.out, self._piece)
        super().__exit__()

    def _begin_attempt(self) -> None:
        name = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        self.folder = self.folder / name
        self.folder.mkdir()
        self._make({"part": str(self._piece)})
        self._note_session()
        self._number, self._small, self._begun = 0, [], True


def folder_of(out: Path, piece: Piece) -> Path:
    """Return where a part lies."""
    return out / PIECES / f"of-{piece.of}" / f"{piece.number:0{len(str(piece.of))}d}"


def numbers_of_parts(out: Path) -> list[int]:
    """Return into how many parts the sweep in a folder was cut; several: more than once."""
    found = (p.name.removeprefix("of-") for p in (out / PIECES).glob("of-*"))
    return sorted(int(name) for name in found if name.isdigit())


def _check_attempt(store: Store, design: Design, piece: Piece) -> None:
    """Raise InputError unless an attempt is one at this part of this design, by this code."""
    check_agrees(store.folder, store.manifest, design)
    if store.manifest.get("part") != str(piece):
        raise InputError(f"{store.folder}: is part {store.manifest.get('part')}, not {piece}")


# ---- gathering -----------------------------------------------------------------------------------


def gather(
    design: str | Path | Mapping[str, Any] | Design, out: str | Path, **changes: Any
) -> Store:
    """Put the parts of an array of jobs together, and return the store.

    Its rows are, bit for bit, those of `sweep(design, out)`. Parts that are finished are gathered
    even when others are not; gathering again adds what has come since. The parts are only read.

    Parameters
    ----------
    design, **changes : as in `sweep`, and as the parts had them
    out : path
        The folder that was given to the parts.

    Raises
    ------
    InputError
        No parts, or parts of another design, another number or other code of the model; nothing
        was written.
    Stopped
        Parts are missing or not finished: which, and what to do. What was gathered is safe.
    """
    chosen = read_design(design, confirm=lambda _: True, **changes)
    folder = Path(out).expanduser()
    numbers = numbers_of_parts(folder)
    if not numbers:
        if (folder / MANIFEST).exists():  # gathered before, and the parts removed
            store = open_store(folder)
            check_agrees(folder, store.manifest, chosen)
            if not store.counts()["PENDING"]:
                return store
        raise InputError(
            f"{folder}: there are no parts to be gathered: "
            "run them first: continuum sweep DESIGN --part 1/N ... N/N"
        )
    if len(numbers) > 1:
        raise InputError(
            f"{folder / PIECES}: holds a sweep in {numbers[0]} parts and one in {numbers[1]}: "
            "remove the folder of one of them"
        )
    pieces = [PieceStore(folder, chosen, Piece(k + 1, numbers[0])) for k in range(numbers[0])]
    chosen = chosen.with_replications(max(piece.design.replications for piece in pieces))
    open_ones = [p for p in pieces if marked(chosen, p)[0].count < p.piece.n_runs(chosen)]
    ready = [piece for piece in pieces if piece not in open_ones and piece.attempts]
    if ready:
        check_out_folder(folder)
        with Writer(folder, chosen, beside=(PIECES,)) as writer:
            open_ones += [piece for piece in ready if not _adopted(writer, piece)]
            have, chosen = writer.done.count, writer.design
    if open_ones:
        safe = f"{have:,} of {chosen.n_runs:,} runs are gathered in {folder}; " if ready else ""
        raise Stopped(safe + _what_to_do(folder, open_ones, bool(ready)))
    return open_store(folder)


def _what_to_do(folder: Path, unfinished: list[PieceStore], begun: bool) -> str:
    """Say which parts are missing and which are not finished, and how to go on."""
    of = unfinished[0].piece.of
    missing = [p.piece.number for p in unfinished if not p.attempts]
    others = [p.piece.number for p in unfinished if p.attempts]
    said = [f"missing: {ranges(missing)}"] if missing else []
    said += [f"unfinished or still running: {ranges(others)}"] if others else []
    rest = f"; or live the rest here: continuum resume {folder}" if begun else ""
    return (
        f"of {of} parts {'; '.join(said)}; run these again "
        f"(--array={ranges(sorted(missing + others))}, or --part {(missing + others)[0]}/{of}), "
        f"then --gather again{rest}"
    )


def ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as arrays of jobs take them: "3-5,9"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def _adopted(writer: Writer, piece: PieceStore) -> bool:
    """Add to a store what it lacks of a part; return False when files vanished under our eyes."""
    try:
        if chosen := _lacking(writer, piece):
            kept = {
                table: _kept_rows(writer.design, chosen, table)
                for table in writer.design.keep
                if any(batch.companions.get(table) for batch, _, _ in chosen)
            }
            marks = [mark for _, rows, _ in chosen for mark in rows]
            writer.adopt(_run_rows(chosen), kept, marks)
    except FileNotFoundError:  # it is still written to, and was merged just now
        return False
    return True


#: A batch, (position, failed) of the runs that are taken from it, and their places in its table.
_Chosen = tuple[Batch, list[tuple[int, bool]], list[int]]


def _lacking(writer: Writer, piece: PieceStore) -> list[_Chosen]:
    """Return what a store lacks of a part: every run once, and rather one that succeeded."""
    import pyarrow.parquet as pq

    batches = piece.batches()
    best: dict[int, tuple[bool, int, int]] = {}
    for i, batch in enumerate(batches):
        table = pq.read_table(batch.path, columns=[*PLACE, "status"])
        good = [status == SUCCEEDED for status in table["status"].to_pylist()]
        for row, position in enumerate(_positions(writer.design, table).tolist()):
            if writer.needs(position, good[row]) and (
                position not in best or (good[row] and not best[position][0])
            ):
                best[position] = good[row], i, row
    found: dict[int, _Chosen] = {}
    for position, (good_one, i, row) in best.items():
        _, marks, rows = found.setdefault(i, (batches[i], [], []))
        marks.append((position, not good_one))
        rows.append(row)
    return [found[i] for i in sorted(found)]


def _positions(design: Design, table: pa.Table) -> np.ndarray:
    """Return the numbers of the runs that the rows of a table belong to."""
    places = {strategy.name: i for i, strategy in enumerate(design.strategies)}
    setting, replication = (table[n].to_numpy() for n in ("setting_id", "replication_id"))
    names = table["strategy"].combine_chunks().dictionary_encode()
    place = np.array([places[name] for name in names.dictionary.to_pylist()], np.int64)
    strategy: Any = place[names.indices.to_numpy()]
    return np.asarray(design.position(setting, strategy, replication))


def _run_rows(chosen: list[_Chosen]) -> Iterator[pa.Table]:
    import pyarrow.parquet as pq

    for batch, _, rows in chosen:
        yield pq.read_table(batch.path).take(sorted(rows))


def _kept_rows(design: Design, chosen: list[_Chosen], table: str) -> Iterator[pa.Table]:
    """Yield the rows of another table that belong to the runs that are taken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for batch, marks, _ in chosen:
        taken = np.array([position for position, _ in marks])
        for path in batch.companions.get(table, []):
            rows = pq.read_table(path)
            yield rows.filter(pa.array(np.isin(_positions(design, rows), taken)))
