"""A sweep that is killed, starved of disk, damaged or started twice loses nothing."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time

import psutil
import pytest

from simulation.core.randomness import analysis_rng
from simulation.sweeps.parts import is_whole, parts_in, write_part
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import resume, sweep
from simulation.sweeps.store import open_store
from simulation.sweeps.writing import Writer
from simulation.tools.errors import InputError, Stopped
from tests.sweeps.common import DESIGN, assert_same_stores, continuum, write_design

KINDS = ("all", "writer", "worker")
KILLS = 12


def start(*words):
    """Start the command line in a session of its own, so that it can be killed as one."""
    return subprocess.Popen(
        [sys.executable, "-m", "simulation", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def kill_something(process, what, luck):
    """Kill the writer with its workers, the writer alone, or one worker."""
    children = psutil.Process(process.pid).children(recursive=True)
    if what == "worker" and children:
        with contextlib.suppress(psutil.NoSuchProcess):
            children[int(luck.integers(len(children)))].kill()
        return
    if what == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


@pytest.mark.long
def test_killed_again_and_again(tmp_path):
    """After 12 kills at random moments, of writer and workers, the store is as if undisturbed.

    One in four at any moment from before the first line of Python on; the others within a second
    of a part being written, where there is something to lose.
    """
    design = write_design(tmp_path, replications=80, keep=["series"])
    whole = sweep(design, tmp_path / "whole", jobs=2)
    store, luck = tmp_path / "store", analysis_rng(4)
    killed, seen = [], []
    while len(killed) < KILLS:
        process = start("sweep", design, "--out", store, "--jobs", 2)
        written = parts_in(store / "runs")
        while len(killed) % 4 and process.poll() is None and parts_in(store / "runs") == written:
            time.sleep(0.05)
        began, wait = time.monotonic(), luck.uniform(0.0, 1.0)
        while process.poll() is None and time.monotonic() - began < wait:
            time.sleep(0.01)
        if process.poll() is None:
            killed.append(KINDS[len(killed) % 3])
            kill_something(process, killed[-1], luck)
            if killed[-1] == "worker":  # the sweep goes on with a new one
                time.sleep(luck.uniform(0.0, 1.0))
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if (store / "manifest.json").exists():
            counts = open_store(store).counts()
            seen.append(counts["SUCCEEDED"])
            assert counts["FAILED"] == 0
        if seen and seen[-1] == whole.design.n_runs:  # it was done before it was killed enough
            for path in luck.permutation(parts_in(store / "runs"))[:-1]:
                path.unlink()
            seen.clear()
    assert seen == sorted(seen), "what was written stays"
    last = continuum("resume", store, "--jobs", 2)
    assert last.returncode == 0, last.stderr
    assert_same_stores(whole, store)
    for path in [*store.rglob("*.draft"), *store.rglob("*.part")]:
        raise AssertionError(f"left behind: {path}")


def test_ctrl_c_says_how_to_go_on(tmp_path):
    """Ctrl-C to the whole group, as from a terminal: exit 130, one line, a store to resume."""
    design = write_design(tmp_path, replications=2_000)
    process = start("sweep", design, "--out", tmp_path / "store", "--jobs", 2)
    while len(parts_in(tmp_path / "store" / "runs")) < 3 and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "Segmentation" not in said
    line = said.splitlines()[-1]
    assert "stopped" in line
    assert f"continuum resume {tmp_path / 'store'}" in line
    counts = open_store(tmp_path / "store").counts()
    assert f"{counts['SUCCEEDED']:,} of 24,000 runs are safe" in line


def test_ctrl_c_waits_for_compiled_code():
    """Signals in the middle of runs raise KeyboardInterrupt; they crashed the process."""
    code = (
        "import signal, threading, time, os\n"
        "from simulation import Scenario, STRATEGIES\n"
        "from simulation.engine.prepare import prepare\n"
        "from simulation.runs.run import run_prepared\n"
        "world = prepare(Scenario.load('classroom'))\n"
        "def strike():\n"
        "    while going: time.sleep(0.004); os.kill(os.getpid(), signal.SIGINT)\n"
        "going, caught = True, 0\n"
        "threading.Thread(target=strike).start()\n"
        "while caught < 40:\n"
        "    try:\n"
        "        while True:\n"
        "            run_prepared(world, STRATEGIES['balanced'])\n"
        "    except KeyboardInterrupt:\n"
        "        caught += 1\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "going = False\n"
        "print(caught)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):  # 1: it struck outside the try, as it may
        raise AssertionError(f"the process ended with {done.returncode}: {done.stderr[-500:]}")
    assert done.returncode == 0 or "KeyboardInterrupt" in done.stderr


# ---- disks and folders ---------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 600 kB, as root may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip("a file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk, tmp_path):
    """The sweep stops in one line with exit 3; with room again it goes on to the same rows."""
    design = write_design(tmp_path, replications=40, people=300, keep=["series"])
    ballast = small_disk / "ballast"
    store = small_disk / "store"
    ballast.write_bytes(b"x" * 250_000)
    done = continuum("sweep", design, "--out", store, "--jobs", 1)
    assert done.returncode == 3, done.stderr
    line = done.stderr.splitlines()[-1]
    assert "No space left on device" in line
    assert f"continuum resume {store}" in line
    assert "Traceback" not in done.stderr
    safe = open_store(store).counts()["SUCCEEDED"]
    assert f"{safe} of 480 runs are safe" in line
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=40m", str(small_disk)], check=True)
    assert continuum("resume", store, "--jobs", 1).returncode == 0
    assert_same_stores(sweep(design, tmp_path / "whole", jobs=1), store)


def test_no_disk_at_all(small_disk, tmp_path):
    """A disk with no room for the manifest: one line, and nothing left."""
    (small_disk / "ballast").write_bytes(b"x" * 399_000)
    done = continuum("sweep", write_design(tmp_path), "--out", small_disk / "store", "--jobs", 1)
    assert done.returncode in (2, 3)
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written"):
        sweep(DESIGN, folder / "store", jobs=1)


def test_a_folder_that_cannot_be_one(tmp_path):
    """A file where the folder should be, or below a file; and somebody else's folder."""
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(InputError, match="a folder for the results is wanted"):
            sweep(DESIGN, place, jobs=1)
    with pytest.raises(InputError, match=r"holds other files \(file\)"):
        sweep(DESIGN, tmp_path, jobs=1)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_read_only_file_system(tmp_path):
    """A folder on which not even root may write."""
    with pytest.raises(InputError, match="cannot be written"):
        sweep(DESIGN, "/proc/store", jobs=1)


def test_two_at_once(tmp_path):
    """The second sweep on a store refuses and names the first; afterwards the way is free."""
    design = read_design(DESIGN)
    with Writer(tmp_path / "store", design, command="the first"):
        done = continuum("sweep", write_design(tmp_path), "--out", tmp_path / "store", "--jobs", 1)
        assert done.returncode == 2
        assert f"is being written by process {os.getpid()}" in done.stderr
        assert "the first" in done.stderr
    assert sweep(DESIGN, tmp_path / "store", jobs=1).counts()["PENDING"] == 0


# ---- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["runs", "series"])
@pytest.mark.parametrize("how", ["flip", "cut", "empty", "garbage"])
def test_damage_is_found_named_and_mended(whole_with, copied, capsys, table, how):
    """A part that is not as it was written is named; its runs, and only they, are run again."""
    store = copied(whole_with("series"))
    whole = store.runs(), store.series()
    part = parts_in(store.folder / table)[1]
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    changed = {"flip": data, "cut": data[: len(data) // 2], "empty": b"", "garbage": b"x" * 99}[how]
    part.write_bytes(changed)
    with pytest.raises(InputError, match=f"damaged: {table}/{part.name}; continuum resume"):
        getattr(store, table)()
    others = set(parts_in(store.folder / "runs")) - {parts_in(store.folder / "runs")[1]}
    mended = resume(store.folder, jobs=1)
    assert f"damaged, set aside in {store.folder / 'damaged'}" in capsys.readouterr().err
    assert mended.damaged() == []
    assert (store.folder / "damaged" / table / part.name).read_bytes() == changed
    assert_same_stores(whole_with("series"), mended)
    assert len(mended.runs()) == len(whole[0])
    assert others < set(parts_in(store.folder / "runs")), "the others were left alone"


def test_a_lost_part_is_run_again(whole_with, copied):
    """A part that somebody deleted is work to do, no more."""
    store = copied(whole_with())
    parts_in(store.folder / "runs")[0].unlink()
    assert store.counts()["PENDING"] > 0
    assert resume(store.folder, jobs=1).counts()["PENDING"] == 0


def test_drafts_and_orphans_are_cleared(whole_with, copied):
    """What a killed writer left is neither read nor kept."""
    import pyarrow as pa

    store = copied(whole_with("series"))
    before = store.runs(), store.series()
    drafts = [
        store.folder / "runs" / ".part-000099-1.draft",
        store.folder / ".manifest.json.1.part",
    ]
    for draft in drafts:
        draft.write_bytes(b"half")
    orphan = write_part(store.folder / "series", 99, [pa.table({"x": [1]})])
    assert len(store.series()) == len(before[1])
    resume(store.folder, jobs=1)
    assert not any(draft.exists() for draft in drafts)
    assert not orphan.exists()
    assert store.runs().equals(before[0])


def test_killed_in_its_very_beginning(tmp_path):
    """A folder with no more than the drafts of a manifest is a new store."""
    (tmp_path / "store").mkdir()
    for name in (".lock", ".lock.json.77.part", ".manifest.json.77.part", "settings.parquet"):
        (tmp_path / "store" / name).write_bytes(b"half")
    assert sweep(DESIGN, tmp_path / "store", jobs=1).counts()["PENDING"] == 0
    assert not list((tmp_path / "store").glob(".*.part"))


def test_parts_are_whole_or_not_there(tmp_path):
    """An error half-way through a part leaves nothing of it."""
    import pyarrow as pa

    def tables():
        yield pa.table({"x": [1, 2]})
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_part(tmp_path / "runs", 1, tables())
    assert list((tmp_path / "runs").iterdir()) == []
    path = write_part(tmp_path / "runs", 2, [pa.table({"x": [1]}), pa.table({"x": [2]})])
    assert is_whole(path)
    assert parts_in(tmp_path / "runs") == [path]


# ---- merging -------------------------------------------------------------------------------------


def test_many_small_parts_become_one(tmp_path, monkeypatch):
    """Merging changes no row, survives being cut short, and keeps the folder small."""
    monkeypatch.setattr("simulation.sweeps.writing.SMALL_PARTS", 3)
    monkeypatch.setattr("simulation.sweeps.running.BATCH_SECONDS", 1e-9)
    keep = {**DESIGN, "keep": ["series"]}
    merged = sweep(keep, tmp_path / "merged", jobs=1)
    assert len(parts_in(merged.folder / "runs")) < len(merged.runs()) / 4
    monkeypatch.setattr("simulation.sweeps.writing.SMALL_PARTS", 10**6)
    apart = sweep(keep, tmp_path / "apart", jobs=1)
    assert len(parts_in(apart.folder / "runs")) == len(apart.runs()) / 2
    assert_same_stores(merged, apart)
    monkeypatch.setattr("simulation.sweeps.writing.SMALL_PARTS", 3)
    with Writer(apart.folder, apart.design) as writer, monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", _no_unlink)  # as if killed before the old ones went
        with pytest.raises(RuntimeError, match="killed"):
            writer._merge()
        patch.undo()
    assert_same_stores(merged, apart)
    resume(apart.folder, jobs=1)
    assert len(parts_in(apart.folder / "runs")) == 1
    assert_same_stores(merged, apart)


def _no_unlink(path, missing_ok=False):
    if path.name.endswith(".parquet"):
        raise RuntimeError("killed")


# ---- runs that fail ------------------------------------------------------------------------------


def broken_run(world, strategy, **options):
    """A run that fails in some worlds, always the same."""
    if world.replication == 1 and strategy.name == "posting_only":
        raise ZeroDivisionError("no such\nworld")
    from simulation.runs.run import run_prepared

    return run_prepared(world, strategy, **options)


def test_a_failed_run_is_a_row(tmp_path, monkeypatch, whole_with):
    """The sweep goes on; the row says what went wrong and where; again only when asked."""
    monkeypatch.setattr("simulation.runs.worlds.run_prepared", broken_run)
    store = sweep(DESIGN, tmp_path / "store", jobs=1)
    assert store.counts() == {"SUCCEEDED": 20, "FAILED": 4, "PENDING": 0}
    failures = store.failures()
    assert set(failures["error"]) == {"ZeroDivisionError: no such world"}
    assert failures["traceback"].str.contains("broken_run").all()
    assert store.runs()["sales"].isna().sum() == 4
    monkeypatch.undo()
    assert sweep(DESIGN, tmp_path / "store", jobs=1).counts()["FAILED"] == 4
    mended = resume(tmp_path / "store", jobs=1, retry_failed=True)
    assert mended.counts() == {"SUCCEEDED": 24, "FAILED": 0, "PENDING": 0}
    assert_same_stores(whole_with(), mended)


def little_memory():
    """Let this process have 3 GB of addresses."""
    resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, 3 * 10**9))


def test_failed_runs_end_in_exit_3(tmp_path):
    """A setting too large for the machine fails in its rows, not in the sweep."""
    store = tmp_path / "store"
    design = tmp_path / "design.toml"
    design.write_text(
        'scenario = "classroom"\nstrategies = ["posting_only", "balanced"]\n'
        '[parameters]\ngraph = "none"\nn_people = [500, 99_000_000]\nn_days = [20, 30]\n'
        "launch_day = 10\n"
    )
    done = continuum("sweep", design, "--out", store, "--jobs", 1, preexec_fn=little_memory)
    assert done.returncode == 3, done.stderr
    assert "4 failed with MemoryError" in done.stderr
    assert f"continuum resume {store} --retry-failed" in done.stderr
    again = continuum("resume", store, "--retry-failed", "--jobs", 1, preexec_fn=little_memory)
    assert again.returncode == 3
    assert open_store(store).counts() == {"SUCCEEDED": 4, "FAILED": 4, "PENDING": 0}


def test_a_run_that_kills_its_worker_is_a_row(tmp_path):
    """A worker that dies (out of memory) takes no other run along: tried alone, then FAILED."""
    store = sweep(DESIGN, tmp_path / "store", executor=DeadlyExecutor())
    assert store.counts() == {"SUCCEEDED": 22, "FAILED": 2, "PENDING": 0}
    failures = store.failures()
    assert set(failures["replication_id"]) == {2}
    assert set(failures["setting_id"]) == {1}
    assert failures["error"].str.contains("its worker process died 2 times").all()


class DeadlyExecutor:
    """Real processes; the world (setting 1, replication 2) ends the process it is lived in."""

    _max_workers = 2

    def submit(self, function, common, batch):
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            future = pool.submit(live_or_die, common, batch)
            with contextlib.suppress(Exception):
                future.result()
        return future


def live_or_die(common, batch):
    from simulation.sweeps.working import live_batch

    for task in batch:
        if (task.setting, task.replication) == (1, 2):
            os.kill(os.getpid(), signal.SIGKILL)
    return live_batch(common, batch)


def test_the_scheduler_or_disk_gone_is_one_line(tmp_path):
    """An executor that refuses half-way: what was written is safe, and said to be."""

    class Leaves:
        _max_workers = 1
        count = 0

        def submit(self, function, *arguments):
            from concurrent.futures import Future

            self.count += 1
            if self.count > 1:
                raise ConnectionError("the line is cut")
            future = Future()
            future.set_result(function(*arguments))
            return future

    with pytest.raises(
        Stopped,
        match=r"Leaves takes no work \(the line is cut\): 2 of 24 runs are safe in .*resume",
    ):
        sweep(DESIGN, tmp_path / "store", executor=Leaves())
    assert open_store(tmp_path / "store").counts()["SUCCEEDED"] > 0
    assert resume(tmp_path / "store", jobs=1).counts()["PENDING"] == 0
