"""MAIN FLOW of a sweep: the runs that are missing -> workers -> parts on disk.

``sweep`` begins or continues a store; ``resume`` continues one. What is there already is not run
again; whatever stops it, what was written stays, and at most the runs in flight are lost.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from simulation.core.ways import chosen
from simulation.engine.day import compile_engine
from simulation.runs.worlds import person_days
from simulation.sweeps.design import Design, Piece
from simulation.sweeps.executors import SchedulerGone, Workers, died, gone, workers
from simulation.sweeps.index import check_code
from simulation.sweeps.pieces import PieceStore, PieceWriter
from simulation.sweeps.reading import read_design
from simulation.sweeps.store import Store, no_store, open_store
from simulation.sweeps.working import Brought, Common, Task, failed_row, live_batch
from simulation.sweeps.writing import Writer
from simulation.tools.errors import InputError, Stopped
from simulation.tools.requests import understood
from simulation.tools.stamp import model_fingerprint

#: A batch is meant to take so long [s]: much longer than it takes to send, short enough to lose.
BATCH_SECONDS = 0.5
#: Batches waiting at the workers for each one being lived, so that no worker waits for us.
AHEAD = 2
#: A run that ends its worker so often, alone, has failed.
MOST_DEATHS = 2


@understood
def sweep(
    design: str | Path | Mapping[str, Any] | Design,
    out: str | Path,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    executor: Any = None,
    part: str | tuple[int, int] | None = None,
    retry_failed: bool = False,
    yes: bool = False,
    progress: bool | None = None,
    **changes: Any,
) -> Store:
    """Run a design into a store, or what is missing of it, and return the store.

    Parameters
    ----------
    design : path of a .toml or .csv file, dict with the same names, or Design
    out : path
        Folder of the store; a store of the same design is continued.
    jobs : int, optional
        Local processes (None: one per core; 1: this process). The rows do not depend on it.
        ``n_jobs`` is understood, too.
    cluster : str, optional
        Address of a Dask scheduler that lives the runs instead.
    executor : object with ``submit``, optional
        Lives the runs instead: of concurrent.futures, mpi4py, a Dask Client ...
    part : "3/100" or (3, 100), optional
        Run only this part of the runs, for arrays of jobs; what is returned is the part.
        `gather(design, out)` puts the parts together (`pieces`).
    retry_failed : bool
        Run the failed runs of an existing store again.
    yes : bool
        Begin even when there are more than a million runs.
    progress : bool, optional
        Show a bar on stderr; None: only where stderr is a terminal.
    **changes
        Replace what stands in the file, e.g. ``replications=100``.

    Raises
    ------
    InputError
        With one line that names what is wrong; nothing was begun.
    Stopped
        A full disk, or a scheduler that is gone: what was written is safe.
    """
    read = read_design(design, confirm=(lambda _: True) if yes else None, **changes)
    piece = None if part is None else Piece.read(part)
    asked = Writer(out, read) if piece is None else PieceWriter(out, read, piece)
    with workers(jobs, cluster, executor) as found, asked as writer:
        if retry_failed:
            writer.retry_failed()
        if writer.done.count < writer.n_runs:
            compile_engine(common_of(read).way)  # here, once, and not in every worker
        _Flow(writer, found, progress).run()
    return open_store(out) if piece is None else PieceStore(Path(out).expanduser(), read, piece)


@understood
def resume(
    folder: str | Path,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    executor: Any = None,
    retry_failed: bool = False,
    replications: int | None = None,
    yes: bool = False,
    progress: bool | None = None,
) -> Store:
    """Run what is missing in a store; the design is the one it was made with.

    `replications` may be raised. The rest is as in `sweep`.
    """
    store = open_store(folder)
    if "part" in store.manifest:
        raise InputError(f"{folder}: is {no_store(store.manifest)}")
    check_code(store.folder, store.manifest)  # before the design, which other code may not read
    design = store.design
    if replications is not None:
        design = design.with_replications(max(replications, design.replications))
    return sweep(
        design, folder, jobs=jobs, cluster=cluster, executor=executor, retry_failed=retry_failed,
        yes=yes or replications is None, progress=progress,
    )  # fmt: skip


def common_of(design: Design) -> Common:
    """Return what all runs of a design share."""
    model = model_fingerprint()
    way = chosen(person_days=person_days(design.scenario, design.n_runs))
    return Common(
        design.scenario, design.strategies, design.seed, design.keep, model, design.ties, way
    )


def tasks_of(design: Design, skip: Any = (), piece: Piece | None = None) -> Iterator[Task]:
    """Yield the worlds of a design, or of a part, with the runs not in `skip`, in order."""
    for setting, replication in design.worlds() if piece is None else piece.worlds(design):
        runs = tuple(
            (place, position)
            for place in design.strategies_of(setting)
            if (position := design.position(setting, place, replication)) not in skip
        )
        if runs:
            yield Task(setting, design.settings.values(setting), replication, runs)


class _Flow:
    """One sweep under way: what waits, what is at the workers, what has come back."""

    def __init__(self, writer: Writer, found: Workers, progress: bool | None):
        self.writer, self.workers = writer, found
        self.common = common_of(writer.design)
        self.waiting = tasks_of(writer.design, writer.done, writer.piece)
        self.arrived: SimpleQueue[tuple[list[Task], Any]] = SimpleQueue()
        self.in_flight = 0
        self.size = 1
        self.suspects: list[Task] = []  # of batches whose worker died: lived one at a time
        self.alone = False  # whether what is at the workers is a suspect
        self.deaths: dict[tuple[int, int], int] = {}
        self.progress = progress

    def run(self) -> None:
        from tqdm import tqdm

        done, total = self.writer.done, self.writer.n_runs
        hide = None if self.progress is None else not self.progress
        with tqdm(
            initial=done.count, total=total, unit="run", file=sys.stderr, disable=hide
        ) as bar:
            try:
                while self._submit() or self.in_flight:
                    self._write(self._wait())
                    bar.n = done.count
                    bar.refresh()
            except KeyboardInterrupt:
                self._rescue()
                raise KeyboardInterrupt(self._stopped("stopped")) from None
            except OSError as error:
                raise Stopped(self._stopped(_reason(error))) from error
            except SchedulerGone as error:
                self._rescue()
                raise Stopped(self._stopped(str(error))) from error

    def _rescue(self) -> None:
        """Write what has come back but was not written yet, before ending early."""
        with contextlib.suppress(OSError):
            while not self.arrived.empty():
                _, brought = self.arrived.get()
                if isinstance(brought, Brought):
                    self.writer.add(brought.rows, brought.kept)

    def _stopped(self, why: str) -> str:
        writer = self.writer
        return (
            f"{why}: {writer.done.count:,} of {writer.n_runs:,} runs are safe in {writer.folder}; "
            f"{writer.go_on}"
        )

    def _submit(self) -> bool:
        """Keep the workers busy; return whether anything was handed out."""
        room = self.workers.count() * AHEAD if self.workers.about != "this process" else 1
        if self.suspects or (self.alone and self.in_flight):
            room = 1  # so that it is known whose worker died
        handed = False
        while self.in_flight < room:
            batch = self._next_batch()
            if not batch:
                break
            self._hand_out(batch)
            handed = True
        return handed

    def _next_batch(self) -> list[Task]:
        self.alone = bool(self.suspects)
        if self.suspects:
            return [self.suspects.pop()]
        batch: list[Task] = []
        for task in self.waiting:
            batch.append(task)
            if len(batch) >= self.size:
                break
        return batch

    def _hand_out(self, batch: list[Task]) -> None:
        try:
            future = self._taken(batch)
        except Exception as error:  # nobody is there to work any more
            raise SchedulerGone(f"{self.workers.about} takes no work ({_words(error)})") from error
        self.in_flight += 1
        future.add_done_callback(lambda done: self.arrived.put((batch, _result(done))))

    def _taken(self, batch: list[Task]) -> Any:
        """Return the future of a batch; our own workers are renewed when one has just died."""
        try:
            return self.workers.submit(live_batch, self.common, batch)
        except Exception as error:
            if not died(error) or self.workers.again is None:
                raise
            self.workers.renew()
            return self.workers.submit(live_batch, self.common, batch)

    def _wait(self) -> list[tuple[list[Task], Any]]:
        """Return what has come back: at least one batch, and all others that are there."""
        while True:
            try:
                found = [self.arrived.get(timeout=1.0)]
                break
            except Empty:
                self.workers.alive()
        while not self.arrived.empty():
            found.append(self.arrived.get())
        self.in_flight -= len(found)
        return found

    def _write(self, found: list[tuple[list[Task], Any]]) -> None:
        """Write what came back as one part; see to the batches whose worker died."""
        rows: list[dict[str, Any]] = []
        kept: dict[str, list[Any]] = {}
        lost: list[tuple[list[Task], BaseException]] = []
        for batch, result in found:
            if isinstance(result, BaseException):
                lost.append((batch, result))
                continue
            self._learn(result, len(batch))
            rows += result.rows
            for table, tables in result.kept.items():
                kept.setdefault(table, []).extend(tables)
        for batch, error in lost:
            if not died(error):
                continue
            for task in batch:
                rows += self._after_death(task, len(batch), error)
        self.writer.add(rows, kept)
        for _, error in lost:
            if not died(error):
                self._give_up(error)
        if lost:
            self.workers.renew()

    def _after_death(
        self, task: Task, batch_size: int, error: BaseException
    ) -> list[dict[str, Any]]:
        """Return failed rows for a world that ended its worker, alone, once too often."""
        place = task.setting, task.replication
        alone = batch_size == 1 and self.alone
        self.deaths[place] = self.deaths.get(place, 0) + alone
        if self.deaths[place] < MOST_DEATHS:
            self.suspects.append(task)
            return []
        text = f"its worker process died {MOST_DEATHS} times (out of memory?): {error}"
        return [failed_row(position, RuntimeError(text)) for _, position in task.runs]

    def _give_up(self, error: BaseException) -> None:
        if isinstance(error, InputError):
            raise error
        if gone(error):
            raise SchedulerGone(f"{self.workers.about} is gone")
        if isinstance(error, ModuleNotFoundError):
            raise InputError(f"the workers of {self.workers.about} cannot load the project "
                             f"({error}): install it there") from error  # fmt: skip
        raise error

    def _learn(self, brought: Brought, n_tasks: int) -> None:
        """Set the size of a batch by how long the last one took."""
        each = max(brought.seconds / n_tasks, 1e-6)
        wished = BATCH_SECONDS / each
        self.size = max(1, min(1_000, round(min(wished, 4 * self.size))))


def _result(future: Any) -> Any:
    """Return what a finished future holds: its result, or the error instead."""
    try:
        return future.result()
    except BaseException as error:  # a cancelled future raises no Exception
        return error


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _reason(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


@dataclass(frozen=True)
class Estimate:
    """What a design would take: from a pilot of a few of its worlds."""

    design: Design
    seconds: float  # of one run, on one core
    size: float  # of one run, on disk [bytes]
    n_piloted: int

    def say(self, n_workers: int, piece: Piece | None = None) -> str:
        """Return the estimate in words, of all runs or of a part."""
        n_runs = self.design.n_runs if piece is None else piece.n_runs(self.design)
        total = self.seconds * n_runs / n_workers
        which = "" if piece is None else f", part {piece}: {n_runs:,} of them"
        return (
            f"{self.design.describe()}{which}; about {duration(total)} on {n_workers} "
            f"process{'es' if n_workers > 1 else ''} ({1000 * self.seconds:.3g} ms a run) and "
            f"{amount(self.size * n_runs)} on disk, from a pilot of "
            f"{self.n_piloted} runs"
        )


def estimate(design: Design, most_seconds: float = 10.0) -> Estimate:
    """Live a few worlds, spread over the design, and measure time and size; nothing is left."""
    n = len(design.settings)
    common, spent = common_of(design), 0.0
    compile_engine(common.way)
    rows: list[dict[str, Any]] = []
    kept: dict[str, list[Any]] = {}
    for warm in (True, False):  # the first world also loads what is compiled
        for setting in sorted({0, n // 2, n - 1, n // 3})[: 1 if warm else 4]:
            runs = tuple((k, design.position(setting, k, 0)) for k in design.strategies_of(setting))
            task = Task(setting, design.settings.values(setting), 0, runs)
            brought = live_batch(common, [task])
            if not warm:
                spent += brought.seconds
                rows += brought.rows
                for table, tables in brought.kept.items():
                    kept.setdefault(table, []).extend(tables)
                if spent > most_seconds:
                    break
    with tempfile.TemporaryDirectory() as folder, Writer(Path(folder) / "pilot", design) as writer:
        many = rows * max(1, 100 // len(rows))  # as many rows in a part as usual
        writer.add(many, kept)
        parts = {path: path.stat().st_size for path in writer.folder.rglob("part-*.parquet")}
        one = sum(s / len(many if p.parent.name == "runs" else rows) for p, s in parts.items())
    return Estimate(design, spent / len(rows), one, len(rows))


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.2g} seconds"


def amount(size: float) -> str:
    """Return an amount of bytes as people say it."""
    for factor, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} bytes"
