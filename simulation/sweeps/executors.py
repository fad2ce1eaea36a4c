"""Where the runs of a sweep are lived: this process, local processes, or a Dask cluster.

Anything with ``submit(function, *arguments)`` that returns a future will do, such as the executors
of concurrent.futures and of mpi4py, or a Dask Client.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass
from typing import Any

from simulation.tools.errors import InputError, check_whole
from simulation.tools.optional import need, quiet

#: How long a scheduler may take to answer, and to come back when it is gone [s].
PATIENCE = 20.0


class SchedulerGone(RuntimeError):
    """The scheduler of a cluster no longer answers."""


class Serial:
    """An executor that lives each batch at once, in this process."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future:
        """Call the function now; return a future that is done."""
        future: Future = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass
class Workers:
    """An executor, how many workers it has, and what to do when they die.

    `count` returns the number of workers now; `again` returns a working executor after a worker
    died and took the executor along; `alive` raises SchedulerGone when nobody will answer.
    """

    executor: Any
    count: Callable[[], int]
    about: str
    again: Callable[[], Any] | None = None
    alive: Callable[[], None] = lambda: None

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Hand a call to a worker; return its future."""
        return self.executor.submit(function, *arguments)

    def renew(self) -> None:
        """Replace an executor whose worker died, where we made it ourselves."""
        if self.again is not None:
            self.executor = self.again()


@contextlib.contextmanager
def workers(
    jobs: int | None = None, cluster: str | None = None, executor: Any = None
) -> Iterator[Workers]:
    """Yield the workers asked for: an executor given, a cluster by address, or local processes.

    Parameters
    ----------
    jobs : int, optional
        Local processes (None: one per core; 1: this process).
    cluster : str, optional
        Address of a Dask scheduler, e.g. "tcp://10.0.0.1:8786".
    executor : object with submit, optional

    Raises
    ------
    InputError
        When the scheduler cannot be reached, or what was given is none of these.
    """
    if sum(choice is not None for choice in (jobs, cluster, executor)) > 1:
        raise InputError("jobs, cluster and executor: give one of them")
    if executor is not None:
        yield _given(executor)
    elif cluster is not None:
        with _dask(cluster) as found:
            yield found
    else:
        count = check_whole("jobs", cores() if jobs is None else jobs, 1, 1024)
        if count == 1:
            yield Workers(Serial(), lambda: 1, "this process")
        else:
            yield from _local(count)


def cores() -> int:
    """Return how many cores this process may use: a job of a cluster rarely has the whole node."""
    from joblib import cpu_count

    return cpu_count()


def _local(count: int) -> Iterator[Workers]:
    """Yield local processes, started afresh (never forked), and end them, whatever happens.

    They are a pool of their own: loky's reusable one belongs to the whole Python process, and what
    one call puts into it the next finds there (`joblib.Parallel` cannot work with a pool it did not
    make, and two threads would end each other's workers).
    """
    from joblib.externals.loky import ProcessPoolExecutor

    def fresh() -> Any:
        return ProcessPoolExecutor(
            max_workers=count, initializer=_mind_the_parent, initargs=(os.getpid(),)
        )

    def again() -> Any:
        try:
            found.executor.submit(os.getpid)
        except BrokenExecutor:
            found.executor.shutdown(wait=True, kill_workers=True)  # what is left of it
            return fresh()
        return found.executor  # renewed when the first run of those that were lost came back

    found = Workers(fresh(), lambda: count, f"{count} processes", again=again)
    failed = True
    try:
        yield found
        failed = False
    finally:
        found.executor.shutdown(wait=True, kill_workers=failed)


def _mind_the_parent(parent: int) -> None:
    """In a worker: leave Ctrl-C to the parent, and end when the parent is no more.

    A killed parent tells its workers nothing; they would sit idle, and hold what they hold.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    if os.name == "posix":  # elsewhere a process keeps the number of its late parent
        threading.Thread(target=watch, daemon=True).start()


def _given(executor: Any) -> Workers:
    """Return the workers of an executor that somebody made."""
    if hasattr(executor, "get_executor"):  # a Dask Client
        return _of_client(executor)
    if not hasattr(executor, "submit"):
        raise InputError(f"executor = {executor!r}: it has no submit(function, *arguments)")
    count = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    return Workers(executor, lambda: int(count), type(executor).__name__)


@contextlib.contextmanager
def _dask(address: str) -> Iterator[Workers]:
    """Yield the workers of the Dask cluster at an address; errors are one line."""
    distributed = need("distributed", "--cluster")
    asyncio = logging.getLogger("asyncio")
    asyncio.addFilter(_not_of_a_lost_line)
    # what goes wrong is said by us, in one line
    with quiet("distributed", "tornado", level=logging.CRITICAL, stay=True):
        client, reason = None, ""
        try:
            client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:  # a TimeoutError is an OSError
            reason = " ".join(str(error).split())[:120] or type(error).__name__
        if client is None:
            # Now, and not whenever: a client that failed closes itself when it is collected, and
            # in the middle of the next one's start it would wait for itself, for ever.
            gc.collect()
            raise InputError(
                f"--cluster {address}: no Dask scheduler answers ({reason}); "
                "start one with: dask scheduler"
            )
        try:
            yield _of_client(client)
        finally:
            with contextlib.suppress(Exception):  # a scheduler that is gone cannot say goodbye
                client.close(timeout=5)
    asyncio.removeFilter(_not_of_a_lost_line)  # only here, as `quiet` does


def _not_of_a_lost_line(record: logging.LogRecord) -> bool:
    """Return whether a message of asyncio is not about a connection that nobody waits for now."""
    lost = "exception was never retrieved" in record.getMessage()
    kind = record.exc_info[0] if record.exc_info else None
    return not (lost and kind is not None and _lost_line(kind))


def _of_client(client: Any) -> Workers:
    """Return the workers of a Dask Client."""
    address = client.scheduler.addr
    about = f"the Dask cluster at {address}"

    def alive() -> None:
        if client.status != "running":
            raise SchedulerGone(f"{about} is gone")

    def count() -> int:
        alive()
        try:
            return max(1, sum(client.nthreads().values()))
        except OSError:  # it went just now
            raise SchedulerGone(f"{about} is gone") from None

    executor = client.get_executor(pure=False)
    return Workers(executor, count, about, lambda: executor, alive)


def died(error: BaseException) -> bool:
    """Return whether an error says that the worker died, and not that the work went wrong."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


def gone(error: BaseException) -> bool:
    """Return whether an error says that nobody is there to work any more."""
    return _lost_line(type(error))


def _lost_line(kind: type[BaseException]) -> bool:
    return issubclass(kind, (CancelledError, OSError)) or kind.__name__ in (
        "FutureCancelledError", "FuturesCancelledError", "CommClosedError", "SchedulerGone",
        "CancelledError",
    )  # fmt: skip
