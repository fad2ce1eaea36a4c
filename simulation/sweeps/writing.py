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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import SUMMARY
from simulation.inputs.scenario import parameters
from simulation.sweeps.design import KEPT, Design
from simulation.sweeps.parts import clear_drafts, number_of, parts_in, write_part
from simulation.sweeps.settings import Table
from simulation.sweeps.store import (
    DAMAGED,
    FAILED,
    FORMAT,
    MANIFEST,
    SETTINGS,
    Store,
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


class Done:
    """Which runs need no more work: one bit a run, the index of a sweep."""

    def __init__(self, n_runs: int):
        self._bits = np.zeros((n_runs + 7) // 8, np.uint8)
        self.n_runs, self.count = n_runs, 0

    def __contains__(self, position: int) -> bool:
        return bool(self._bits[position >> 3] >> (position & 7) & 1)

    def add(self, position: int) -> None:
        """Mark a run."""
        if position not in self:
            self._bits[position >> 3] |= 1 << (position & 7)
            self.count += 1

    def discard(self, position: int) -> None:
        """Unmark a run."""
        if position in self:
            self._bits[position >> 3] &= ~np.uint8(1 << (position & 7))
            self.count -= 1


class Writer:
    """A store that this process alone may add to: a context manager."""

    def __init__(self, folder: str | Path, design: Design, *, command: str | None = None):
        self.folder = Path(folder).expanduser()
        self.design = design
        self.command = command or " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])

    def __enter__(self) -> Writer:
        from filelock import FileLock, Timeout

        check_out_folder(self.folder)
        self._refuse_strangers()
        self._lock = FileLock(self.folder / LOCK, timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise InputError(f"{self.folder}: {_holder(self.folder)}") from None
        except (OSError, NotImplementedError) as error:
            raise InputError(f"{self.folder}: cannot be locked ({error})") from None
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        (self.folder / HOLDER).unlink(missing_ok=True)
        self._lock.release()

    # ---- opening ---------------------------------------------------------------------------------

    def _refuse_strangers(self) -> None:
        """Raise InputError when the folder holds something that is not a store."""
        names = {path.name for path in self.folder.iterdir()}
        # hidden files are ours: the lock, and drafts of a writer that was killed in its beginning
        others = sorted(n for n in names if n != SETTINGS and not n.startswith("."))
        if MANIFEST not in names and others:
            raise InputError(
                f"{self.folder}: holds other files ({others[0]}): a sweep wants a new folder"
            )

    def _begin(self) -> None:
        me = {"process": os.getpid(), "host": socket.gethostname(), "command": self.command,
              "since": _now()}  # fmt: skip
        write_all({self.folder / HOLDER: lambda path: path.write_text(json.dumps(me))})
        if (self.folder / MANIFEST).exists():
            self.store = open_store(self.folder)
            self._agree()
        else:
            self._make()
        self._recover()
        self._note_session()

    def _make(self) -> None:
        design = self.design
        manifest = {
            "format": FORMAT,
            "made": _now(),
            "model": model_fingerprint(),
            "design": design.to_dict(),
            "runs_a_replication": len(design.settings) * design.width,
            "versions": versions(),
            "commit": commit(),
            "machine": machine(),
            "sessions": [],
        }
        writers: dict[Path, Any] = {}
        if isinstance(design.settings, Table):
            writers[self.folder / SETTINGS] = lambda path: _write_settings(path, design.settings)
        writers[self.folder / MANIFEST] = lambda path: _write_json(path, manifest)
        write_all(writers)
        self.store = Store(self.folder, json.loads(json.dumps(plain(manifest))))

    def _agree(self) -> None:
        """See that the store is of this design and this model; take the larger replications."""
        manifest, here = self.store.manifest, self.design.to_dict()
        there = manifest["design"]
        for key in ("scenario", "friends", "strategies", "method", "settings", "distributions",
                    "options", "rows", "seed", "keep", "ties"):  # fmt: skip
            if there.get(key) != here.get(key):
                raise InputError(
                    f"{self.folder}: is the store of another design: {_differs(key, there, here)}; "
                    "give another --out, or continue the old one with continuum resume"
                )
        if manifest["model"] != model_fingerprint():
            made = manifest.get("versions", {}).get("continuum-brand")
            raise InputError(
                f"{self.folder}: its runs were made by other code of the model ({made}, "
                f"{manifest['model']}; this is {versions()['continuum-brand']}, "
                f"{model_fingerprint()}): they can be read, but not added to: give another --out"
            )
        if there["replications"] > here["replications"]:
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
        design, done = self.design, Done(self.design.n_runs)
        places = {strategy.name: i for i, strategy in enumerate(design.strategies)}
        failed = Done(design.n_runs)
        columns = ["run_key", "setting_id", "strategy", "replication_id", "status"]
        for table in self.store.run_tables(columns):
            rows = [table[name].to_pylist() for name in columns]
            for key, setting, strategy, replication, status in zip(*rows, strict=True):
                place = places[strategy]
                if key != design.key(setting, place, replication):
                    continue
                position = design.position(setting, place, replication)
                done.add(position)
                (failed.add if status == FAILED else failed.discard)(position)
        self.done, self._failed = done, failed

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
        self._number += 1
        written: list[Path] = []
        try:
            for table, tables in kept.items():
                if tables:
                    written.append(write_part(self.folder / table, self._number, tables))
            about = _about({path.parent.name: [path.name] for path in written})
            table = self.rows_table(rows, about)
            path = write_part(self.folder / "runs", self._number, [table])
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise
        for row in rows:
            self.done.add(row["position"])
            mark = self._failed.add if row["status"] == FAILED else self._failed.discard
            mark(row["position"])
        self._small.append(self.store.batch(path, about))
        if len(self._small) >= SMALL_PARTS:
            self._merge()

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


def _differs(key: str, there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Say in which parameter, or in which part, two designs differ."""
    a: Any = there.get(key)
    b: Any = here.get(key)
    if key == "scenario" and isinstance(a, Mapping):
        if a["name"] != b["name"]:
            return f"scenario {a['name']} there, {b['name']} here"
        old, new = a["parameters"], b["parameters"]
        changed = [name for name in parameters() if old.get(name) != new.get(name)]
        if changed:
            first = changed[0]
            return f"{first} = {old.get(first)} there, {new.get(first)} here"
    if key == "ties":
        a, b = a or {}, b or {}
        first = next(name for name in {**a, **b} if a.get(name) != b.get(name))
        return f"{first} = {a.get(first, 'not tied')} there, {b.get(first, 'not tied')} here"
    if key == "settings" and isinstance(a, Mapping):
        if a["names"] != b["names"]:
            return f"{', '.join(a['names'])} vary there, {', '.join(b['names'])} here"
        return f"its {a['n']:,} settings of {', '.join(a['names'])} are not these {b['n']:,}"
    if key == "strategies" and isinstance(a, Sequence):
        names = [[s["name"] for s in side] for side in (a, b)]
        if names[0] != names[1]:
            return f"strategies {', '.join(names[0])} there, {', '.join(names[1])} here"
    if key == "seed" and isinstance(a, Mapping):
        return f"seed {a['entropy']} there, {b['entropy']} here"
    return f"another {key}"


def _holder(folder: Path) -> str:
    """Say who writes to a store."""
    try:
        me = json.loads((folder / HOLDER).read_text())
        who = f"process {me['process']} on {me['host']}, since {me['since']} ({me['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"is being written by {who}: wait for it, or give another --out"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
