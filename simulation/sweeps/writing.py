"""The one writer of a store: makes or continues it, and adds what the workers bring.

A writer holds a lock; the system lets go of it when the process ends, however it ends. On opening,
the writer clears away what a killed one left: drafts, and parts that no part of `runs` names.
"""

from __future__ import annotations

import datetime
import json
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from simulation.core.outcomes import SUMMARY
from simulation.sweeps.carried import engine_hash, to_carry
from simulation.sweeps.crate import METADATA
from simulation.sweeps.design import KEPT, Design, Piece
from simulation.sweeps.index import check_agrees, marked
from simulation.sweeps.parts import clear_drafts, number_of, parts_in, write_part
from simulation.sweeps.settings import Table
from simulation.sweeps.store import (
    DAMAGED,
    FAILED,
    FORMAT,
    MANIFEST,
    PIECES,
    SETTINGS,
    Store,
    no_store,
    not_gathered,
    open_store,
    runs_schema,
)
from simulation.tools.errors import InputError
from simulation.tools.files import check_out_folder, write_all
from simulation.tools.stamp import commit, machine, model_fingerprint, plain, seed_parts, versions

if TYPE_CHECKING:
    import pyarrow as pa

LOCK, HOLDER = ".lock", ".lock.json"
#: So many small parts are made into one, so that a long sweep does not fill a folder with files.
SMALL_PARTS = 100


class Writer:
    """A store that this process alone may add to: a context manager.

    `beside`: what may stand in the folder of a new store beside it.
    """

    def __init__(
        self,
        folder: str | Path,
        design: Design,
        *,
        command: str | None = None,
        beside: tuple[str, ...] = (),
    ):
        self.folder = Path(folder).expanduser()
        self.design = design
        self.command = command or " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
        self.beside = beside

    def __enter__(self) -> Self:
        check_out_folder(self.folder)
        self._refuse_strangers()
        self._take_lock()
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _take_lock(self) -> None:
        from filelock import FileLock, Timeout

        self._lock = FileLock(self.folder / LOCK, timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise InputError(f"{self.folder}: {holder(self.folder)}") from None
        except (OSError, NotImplementedError) as error:
            raise InputError(f"{self.folder}: cannot be locked ({error})") from None

    def __exit__(self, *_: object) -> None:
        (self.folder / HOLDER).unlink(missing_ok=True)
        self._lock.release()

    @property
    def n_runs(self) -> int:
        """How many runs there are to do, done ones included."""
        return self.design.n_runs

    @property
    def piece(self) -> Piece | None:
        """The part of the runs that is to be done; None: all."""
        return None

    @property
    def go_on(self) -> str:
        """How to go on when this was stopped."""
        return f"continue with: continuum resume {self.folder}"

    # ---- opening ---------------------------------------------------------------------------------

    def _refuse_strangers(self) -> None:
        """Raise InputError when the folder holds something that is not a store."""
        names = {path.name for path in self.folder.iterdir()} - set(self.beside)
        if MANIFEST not in names and PIECES in names:
            raise InputError(f"{self.folder}: {not_gathered(self.folder)}")
        if METADATA in names:
            raise InputError(
                f"{self.folder}: is a crate, published as it is: go on in the store it was made of"
            )
        # hidden files are ours: the lock, and drafts of a writer that was killed in its beginning
        others = sorted(n for n in names if n != SETTINGS and not n.startswith("."))
        if MANIFEST not in names and others:
            raise InputError(
                f"{self.folder}: holds other files ({others[0]}): a sweep wants a new folder"
            )

    def _note_holder(self) -> None:
        me = {"process": os.getpid(), "host": socket.gethostname(), "command": self.command,
              "since": _now()}  # fmt: skip
        write_all({self.folder / HOLDER: lambda path: path.write_text(json.dumps(me))})

    def _begin(self) -> None:
        self._note_holder()
        if (self.folder / MANIFEST).exists():
            self.store = open_store(self.folder)
            self._agree()
        else:
            self._make()
        self._recover()
        self._note_session()

    def _make(self, more: Mapping[str, Any] | None = None) -> None:
        """Make the store; `more` stands in its manifest, too."""
        design = self.design
        manifest = {
            "format": FORMAT,
            "made": _now(),
            "model": model_fingerprint(),
            "design": design.to_dict(),
            "runs_a_replication": len(design.settings) * design.width,
            "engine": engine_hash(),
            "versions": versions(),
            "commit": commit(),
            "machine": machine(),
            "sessions": [],
            **(more or {}),
        }
        writers: dict[Path, Any] = {**to_carry(self.folder)}
        if isinstance(design.settings, Table):
            writers[self.folder / SETTINGS] = lambda path: _write_settings(path, design.settings)
        writers[self.folder / MANIFEST] = lambda path: _write_json(path, manifest)
        write_all(writers)
        self.store = Store(self.folder, json.loads(json.dumps(plain(manifest))))

    def _agree(self) -> None:
        """See that the store is of this design and this model; take the larger replications."""
        manifest = self.store.manifest
        if "part" in manifest:
            raise InputError(f"{self.folder}: is {no_store(manifest)}")
        check_agrees(self.folder, manifest, self.design)
        there = manifest["design"]
        if there["replications"] > self.design.replications:
            self.design = self.design.with_replications(there["replications"])
        there["replications"] = self.design.replications

    def _recover(self) -> None:
        """Clear away what a killed writer left, set damaged parts aside, and mark what is done."""
        for table in ("", "runs", *KEPT):
            clear_drafts(self.folder / table)
        broken = set(self.store.damaged())
        unreadable = [path for path in broken if path.parent.name == "runs"]
        for batch in self.store.batches():
            if broken & set(batch.files()):
                self.store.set_aside(batch)
        for path in unreadable:
            if path.exists():
                (self.folder / DAMAGED / "runs").mkdir(parents=True, exist_ok=True)
                path.rename(self.folder / DAMAGED / "runs" / path.name)
        if broken:
            names = ", ".join(sorted(str(path.relative_to(self.folder)) for path in broken))
            said = f"continuum: damaged, set aside in {self.folder / DAMAGED}: {names}"
            print(f"{said}; their runs are run again", file=sys.stderr)
        named = {path for batch in self.store.batches() for path in batch.files()}
        for table in ("runs", *KEPT):
            for path in parts_in(self.folder / table):
                if path not in named:
                    path.unlink()
        everywhere = [*parts_in(self.folder / "runs"), *parts_in(self.folder / DAMAGED / "runs")]
        self._number = max([0, *(number_of(path) for path in everywhere)])
        self._small = [
            batch for batch in self.store.batches() if _n_rows(batch.path) < SMALL_PARTS * 10
        ]
        self._index()

    def _index(self) -> None:
        """Mark the runs that are there; a row whose key is not that of its run does not count."""
        self.done, self._failed = marked(self.design, self.store)

    def retry_failed(self) -> int:
        """Unmark the runs that failed, so that they are run again; return how many."""
        found = self._failed.count
        for position in range(self.done.n_runs if found else 0):
            if position in self._failed:
                self.done.discard(position)
        return found

    def _note_session(self) -> None:
        """Note in the manifest when, where and with what the sweep went on."""
        sessions = self.store.manifest.setdefault("sessions", [])
        sessions.append({"began": _now(), "machine": machine(), "versions": versions(),
                         "commit": commit(), "command": self.command})  # fmt: skip
        manifest = self.store.manifest
        write_all({self.folder / MANIFEST: lambda path: _write_json(path, manifest)})

    # ---- adding ----------------------------------------------------------------------------------

    def add(self, rows: Sequence[Mapping[str, Any]], kept: Mapping[str, list[pa.Table]]) -> None:
        """Write rows of runs (`position`, status, seconds, error, traceback, outcomes) and tables.

        The other tables first, the runs last: what is not named by a part of `runs` never was.
        Raises OSError when the disk is full; then nothing of this batch is there.
        """
        if not rows:
            return
        there = {table: tables for table, tables in kept.items() if tables}
        self._add(there, lambda about: [self.rows_table(rows, about)])
        self._mark((row["position"], row["status"] == FAILED) for row in rows)

    def adopt(
        self,
        runs: Iterable[pa.Table],
        kept: Mapping[str, Iterable[pa.Table]],
        marks: Iterable[tuple[int, bool]],
    ) -> None:
        """Add rows of another store, as they are: `marks` are (position, failed) of these runs."""
        self._add(
            kept, lambda about: (table.cast(runs_schema(self.design, about)) for table in runs)
        )
        self._mark(marks)

    def needs(self, position: int, good: bool) -> bool:
        """Return whether a run is not there yet, or failed and now there is a good one."""
        return position not in self.done or (good and position in self._failed)

    def _add(
        self,
        kept: Mapping[str, Iterable[pa.Table]],
        runs: Callable[[dict[str, Any]], Iterable[pa.Table]],
    ) -> None:
        """Write a batch: all of it or nothing."""
        self._number += 1
        written: list[Path] = []
        try:
            for table, tables in kept.items():
                written.append(write_part(self.folder / table, self._number, tables))
            about = _about({path.parent.name: [path.name] for path in written})
            path = write_part(self.folder / "runs", self._number, runs(about))
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise
        self._small.append(self.store.batch(path, about))
        if len(self._small) >= SMALL_PARTS:
            self._merge()

    def _mark(self, marks: Iterable[tuple[int, bool]]) -> None:
        for position, failed in marks:
            self.done.add(position)
            (self._failed.add if failed else self._failed.discard)(position)

    def rows_table(self, rows: Sequence[Mapping[str, Any]], about: dict[str, Any]) -> pa.Table:
        """Return the rows as a table of `runs`, ids and parameters filled in."""
        import pyarrow as pa

        design, schema = self.design, runs_schema(self.design, about)
        seed = seed_parts(design.seed)
        entropy = seed["entropy"]
        columns: dict[str, list[Any]] = {name: [] for name in schema.names}
        for row in rows:
            setting, strategy, replication = design.at(row["position"])
            found = {
                "run_key": design.key(setting, strategy, replication),
                "setting_id": setting,
                "scenario_id": design.scenario.name,
                "strategy": design.strategies[strategy].name,
                "replication_id": replication,
                "entropy": entropy if isinstance(entropy, str) else json.dumps(entropy),
                "spawn_key": json.dumps(seed["spawn_key"]),
                **design.shown(setting, strategy),
                **{name: row[name] for name in ("status", "seconds", "error", "traceback")},
                **dict(zip((s.name for s in SUMMARY), row["outcomes"], strict=True)),
            }
            for name, column in columns.items():
                column.append(found[name])
        return pa.table(columns, schema)

    def _merge(self) -> None:
        """Make the small parts into one, reading and writing one at a time."""
        small, companions = self._small, {}
        self._number += 1
        for table in self.design.keep:
            paths = [path for batch in small for path in batch.companions.get(table, [])]
            if paths:
                written = write_part(self.folder / table, self._number, _tables(paths))
                companions[table] = [written.name]
        about = _about(companions, [batch.path.name for batch in small])
        schema = runs_schema(self.design, about)
        runs = (table.cast(schema) for table in _tables([batch.path for batch in small]))
        write_part(self.folder / "runs", self._number, runs)
        for batch in small:
            for path in batch.files():
                path.unlink(missing_ok=True)
        self._small = []


def _tables(paths: Iterable[Path]) -> Iterator[pa.Table]:
    import pyarrow.parquet as pq

    for path in paths:
        yield pq.read_table(path)


def _about(companions: dict[str, list[str]], replaces: list[str] | None = None) -> dict[str, Any]:
    return {"companions": companions, "replaces": replaces or []}


def _n_rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return pq.read_metadata(path).num_rows


def _write_settings(path: Path, settings: Any) -> None:
    """Write the table of settings, and where each value lies in its distribution."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: list(values) for name, values in settings.columns.items()}
    if settings.units is not None:
        for j, name in enumerate(settings.names):
            columns[f"unit {name}"] = settings.units[:, j]
    about = {b"continuum": json.dumps({"method": settings.method}).encode()}
    pq.write_table(pa.table(columns).replace_schema_metadata(about), path, compression="zstd")


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")


def holder(folder: Path) -> str:
    """Say who writes to a store."""
    try:
        me = json.loads((folder / HOLDER).read_text())
        who = f"process {me['process']} on {me['host']}, since {me['since']} ({me['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"is being written by {who}: wait for it, or give another --out"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
