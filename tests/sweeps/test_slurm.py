"""The scripts of SWEEPS.md, run as they stand there, on a real SLURM (``make test-slurm``).

Not part of ``make test``: it wants root, Debian's slurm-wlm and munge, and the cores for itself.
CONTINUUM_SLURM=must (as in CI) makes a failure of what would be a skip.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulation.sweeps.running import sweep
from simulation.sweeps.store import open_store
from tests import ROOT
from tests.sweeps.common import assert_same_stores, write_design
from tests.sweeps.slurm import Slurm, missing

ASKED = os.environ.get("CONTINUUM_SLURM", "")
TEXT = (ROOT / "simulation" / "SWEEPS.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A SLURM of one node that is idle."""
    if not ASKED:
        pytest.skip("SLURM is started by make test-slurm only")
    if (reason := missing()) is not None:
        (pytest.fail if ASKED == "must" else pytest.skip)(reason)
    with Slurm(tmp_path_factory.mktemp("slurm")) as running:
        bin_ = Path(sys.executable).parent
        running.environment["PATH"] = os.pathsep.join([str(bin_), running.environment["PATH"]])
        yield running


def block(kind, holds):
    """Return the block of code in SWEEPS.md that holds a word."""
    (found,) = [b for b in re.findall(rf"```{kind}\n(.*?)```", TEXT, re.S) if holds in b]
    return found


def jobs_of(slurm, name):
    """Return what SLURM says of the jobs of that name, ended ones too."""
    said = slurm.said("scontrol", "show", "jobs", "--oneliner")
    return [line for line in said.splitlines() if f"JobName={name} " in line]


def test_dask_workers_that_slurm_starts(tmp_path, slurm):
    """The dask-jobqueue script: worker jobs, 120 rows equal to the local ones."""
    design = write_design(tmp_path, replications=10, people=500)
    (tmp_path / "script.py").write_text(block("python", "SLURMCluster("))
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=slurm.environment, capture_output=True,
        text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + slurm.logs()
    assert jobs_of(slurm, "dask-worker"), "SLURM was asked for workers"
    store = open_store(tmp_path / "out" / "design")
    assert len(store.runs()) == 120
    assert_same_stores(sweep(design, tmp_path / "here", jobs=1), store)


def gathered(slurm, folder):
    words = ["continuum", "sweep", "design.toml", "--out", "out/design", "--gather"]
    return subprocess.run(
        words, cwd=folder, env=slurm.environment, capture_output=True, text=True, timeout=120
    )


def test_an_array_of_jobs(tmp_path, slurm):
    """The sbatch script, a job of it cancelled half-way and run again: the same rows."""
    design = write_design(tmp_path, replications=30, keep=["series"])
    script = block("bash", "#SBATCH --array").replace("1-100", "1-4").replace("/100", "/4")
    assert "--part $SLURM_ARRAY_TASK_ID/4" in script
    (tmp_path / "array.sh").write_text(script)
    job = slurm.said("sbatch", "--parsable", "--chdir", str(tmp_path), str(tmp_path / "array.sh"))
    part = tmp_path / "out" / "design" / "parts" / "of-4" / "2"
    end = time.monotonic() + 240
    while not list(part.glob("*/runs/part-*")) and time.monotonic() < end:
        time.sleep(0.05)
    slurm.said("scancel", f"{job.strip()}_2")
    slurm.wait(job.strip())
    said = gathered(slurm, tmp_path)
    logs = "".join(log.read_text() for log in sorted(tmp_path.glob("sweep-*.log")))
    assert said.returncode == 3, said.stderr + logs
    assert "of 4 parts unfinished or still running: 2; run these again (--array=2" in said.stderr
    words = ("--array=2", "--chdir", str(tmp_path), str(tmp_path / "array.sh"))
    again = slurm.said("sbatch", "--parsable", *words)
    slurm.wait(again.strip())
    said = gathered(slurm, tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert_same_stores(sweep(design, tmp_path / "here", jobs=1), tmp_path / "out" / "design")
