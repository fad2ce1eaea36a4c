"""A sweep that is killed, starved of disk, damaged or started twice loses nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from simulation.errors import InputError, Stopped
from simulation.randomness import analysis_rng
from simulation.sweeps.parts import is_whole, parts_in, write_part
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import resume, sweep
from simulation.sweeps.store import open_store
from simulation.sweeps.writing import Writer
from tests.sweep_common import DESIGN, assert_same_stores, continuum, write_design

KILLS = 20


def start(*words):
    """Start the command line in a session of its own, so that it can be killed as one."""
    return subprocess.Popen(
        [sys.executable, "-m", "simulation", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def kill_something(process, luck):
    """Kill the writer with its workers, the writer alone, or one worker; say which."""
    children = psutil.Process(process.pid).children(recursive=True)
    what = luck.choice(["all", "writer", "worker"])
    if what == "worker" and children:
        with contextlib.suppress(psutil.NoSuchProcess):
            children[int(luck.integers(len(children)))].kill()
        return what
    if what == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    return what


def test_killed_again_and_again(tmp_path):
    """After 20 kills at random moments, of writer and workers, the store is as if undisturbed."""
    design = write_design(tmp_path, replications=120, keep=["series"])
    whole = sweep(design, tmp_path / "whole", jobs=2)
    store, luck = tmp_path / "store", analysis_rng(4)
    killed, seen = [], []
    while len(killed) < KILLS:
        process = start("sweep", design, "--out", store, "--jobs", 2)
        began = time.monotonic()
        # from before the first line of Python to well into the runs
        wait = luck.uniform(0.0, 4.0)
        while process.poll() is None and time.monotonic() - began < wait:
            time.sleep(0.01)
        if process.poll() is None:
            killed.append(kill_something(process, luck))
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
    assert {"all", "writer", "worker"} <= set(killed)
    last = continuum("resume", store, "--jobs", 2)
    assert last.returncode == 0, last.stderr
    assert_same_stores(whole, store)
    for path in [*store.rglob("*.draft"), *store.rglob("*.part")]:
        raise AssertionError(f"left behind: {path}")
