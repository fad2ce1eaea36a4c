"""The same rows, bit for bit, wherever they are lived: here, in processes, on a Dask cluster."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from simulation.sweeps.executors import workers
from simulation.sweeps.running import sweep
from simulation.sweeps.store import open_store
from simulation.tools.errors import InputError
from tests.sweeps.common import DESIGN, assert_same_stores, continuum, write_design

KEEP_ALL = {**DESIGN, "keep": ["series", "events", "people"]}


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    """The sweep lived in this process."""
    return sweep(KEEP_ALL, tmp_path_factory.mktemp("serial") / "store", jobs=1)


@pytest.mark.parametrize("jobs", [2, 3])
def test_local_processes(tmp_path, serial, jobs):
    assert_same_stores(serial, sweep(KEEP_ALL, tmp_path / "store", jobs=jobs))


def test_spawned_processes(tmp_path, serial):
    """By spawn, as on Windows and macOS, with the executor of the standard library."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        assert_same_stores(serial, sweep(KEEP_ALL, tmp_path / "store", executor=pool))


def test_threads(tmp_path, serial):
    """Compiled days let other threads run; the rows are the same."""
    with ThreadPoolExecutor(3) as pool:
        assert_same_stores(serial, sweep(KEEP_ALL, tmp_path / "store", executor=pool))


def test_a_script_without_a_guard(tmp_path, serial):
    """Nothing is defined in __main__: a script needs no ``if __name__ == "__main__"``."""
    script = tmp_path / "script.py"
    script.write_text(
        "from simulation import sweep\n"
        f"store = sweep({KEEP_ALL!r}, {str(tmp_path / 'store')!r}, jobs=2)\n"
        "print(len(store.runs()))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "24", done.stderr
    assert_same_stores(serial, tmp_path / "store")


def test_a_notebook_cell(tmp_path, serial):
    """A cell sweeps with two processes and returns; such cells used to hang in other tools."""
    import nbformat
    from nbclient import NotebookClient

    cell = (
        "from simulation import sweep\n"
        f"store = sweep({KEEP_ALL!r}, {str(tmp_path / 'store')!r}, jobs=2)\n"
        "print(store.counts())"
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    said = "".join(o.get("text", "") for o in book.cells[0].outputs)
    assert "'SUCCEEDED': 24, 'FAILED': 0" in said
    assert_same_stores(serial, tmp_path / "store")


# ---- a Dask cluster ------------------------------------------------------------------------------


def start_dask(what, *words):
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{what}", *map(str, words)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def cluster(tmp_path):
    """A real scheduler and two worker processes on loopback: (address, scheduler, workers)."""
    file = tmp_path / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file)
    scheduler = start_dask("scheduler", *words)
    for _ in range(600):
        with contextlib.suppress(OSError, ValueError):
            address = json.loads(file.read_text())["address"]
            break
        time.sleep(0.1)
    hands = [
        start_dask("worker", address, "--nthreads", 1, "--no-nanny", "--no-dashboard",
                   "--host", "127.0.0.1", "--local-directory", tmp_path)
        for _ in range(2)
    ]  # fmt: skip
    yield address, scheduler, hands
    for process in (*hands, scheduler):
        process.kill()
        process.wait()


def after(store, n_parts, deed):
    """Do something once a sweep has written so many parts; return the thread."""

    def wait() -> None:
        for _ in range(3_000):
            if len(list((store / "runs").glob("part-*"))) >= n_parts:
                deed()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_cluster_that_loses_a_worker(tmp_path, cluster):
    """Two Dask workers, one killed in mid-sweep: the same rows as here, none failed."""
    address, _, hands = cluster
    design = write_design(tmp_path, replications=100)
    store = tmp_path / "store"
    killer = after(store, 3, hands[0].kill)
    done = continuum("sweep", design, "--out", store, "--cluster", address)
    killer.join()
    assert hands[0].wait(timeout=10) == -9, "a worker was killed"
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert_same_stores(sweep(design, tmp_path / "here", jobs=2), store)


def test_a_scheduler_that_goes_away(tmp_path, cluster):
    """One line and exit 3; what was written is safe, and goes on without the cluster."""
    address, scheduler, _ = cluster
    design = write_design(tmp_path, replications=150)
    store = tmp_path / "store"
    killer = after(store, 3, scheduler.kill)
    done = continuum("sweep", design, "--out", store, "--cluster", address)
    killer.join()
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    line = done.stderr.splitlines()[-1]
    safe = open_store(store).counts()["SUCCEEDED"]
    assert f"the Dask cluster at {address} is gone: {safe:,} of 1,800 runs are safe" in line
    assert continuum("resume", store).returncode == 0
    assert_same_stores(sweep(design, tmp_path / "here", jobs=2), store)


def test_a_dask_client_is_an_executor(tmp_path, cluster, serial):
    from distributed import Client

    with Client(cluster[0], set_as_default=False) as client:
        assert_same_stores(serial, sweep(KEEP_ALL, tmp_path / "store", executor=client))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense", "smoke://127.0.0.1:1"])
def test_a_scheduler_that_is_not_there(tmp_path, monkeypatch, address):
    """One line that says how to start one; no folder is made."""
    monkeypatch.setattr("simulation.sweeps.executors.PATIENCE", 2.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = address.format(port=port)
    with pytest.raises(InputError, match="no Dask scheduler answers") as error:
        sweep(DESIGN, tmp_path / "store", cluster=address)
    assert "\n" not in str(error.value)
    assert address in str(error.value)
    assert not (tmp_path / "store").exists()


def test_other_code_at_a_worker_is_refused(tmp_path, monkeypatch):
    """A worker with another version of the model would give other numbers: it says so."""
    monkeypatch.setattr("simulation.sweeps.running.model_fingerprint", lambda: "0123456789abcdef")
    monkeypatch.setattr("simulation.sweeps.design.model_fingerprint", lambda: "0123456789abcdef")
    with pytest.raises(InputError, match="a worker has other code of the model"):
        sweep(DESIGN, tmp_path / "store", jobs=2)


@pytest.mark.parametrize(
    ("choice", "what"),
    [
        ({"jobs": 0}, "jobs = 0"),
        ({"jobs": 2.5}, "jobs = 2.5"),
        ({"jobs": 2, "cluster": "tcp://x"}, "give one of them"),
        ({"executor": "four cores"}, "has no submit"),
    ],
)
def test_wrong_workers(choice, what):
    with pytest.raises(InputError, match=what), workers(**choice):
        pass


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a process keeps its late parent's number")
def test_workers_end_with_their_parent(tmp_path):
    """A killed writer leaves no process behind."""
    import psutil

    design = write_design(tmp_path, replications=3_000)
    words = ["sweep", design, "--out", tmp_path / "store", "--jobs", 2]
    process = subprocess.Popen([sys.executable, "-m", "simulation", *map(str, words)],
                               stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    while not list((tmp_path / "store" / "runs").glob("part-*")):
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive


def test_workers_that_die_between_batches_are_renewed(tmp_path, serial, monkeypatch):
    """A pool that breaks while a batch is handed out is replaced, and no run is lost or failed."""
    from concurrent.futures.process import BrokenProcessPool

    from simulation.sweeps.executors import Workers

    broken = iter([False, True, False, False, True] + [False] * 99)

    def submit(self, function, *arguments):
        if next(broken):
            raise BrokenProcessPool("a worker died just now")
        return self.executor.submit(function, *arguments)

    monkeypatch.setattr(Workers, "submit", submit)
    assert_same_stores(serial, sweep(KEEP_ALL, tmp_path / "store", jobs=2))
