"""What the tests of sweeps share: a small design, and how two stores are compared."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys

import pandas as pd

from simulation.commands.cli import main
from simulation.sweeps.store import open_store
from tests import ROOT

DESIGN = {
    "scenario": "classroom",
    "strategies": ["posting_only", "community_building"],
    "replications": 3,
    "seed": 5,
    "method": "grid",
    "parameters": {"n_people": 200, "n_days": 30, "launch_day": 10, "days_warm_up": 5,
                   "days_window": 10, "p_follow": [0.005, 0.01], "p_join": [0.002, 0.004]},
}  # fmt: skip

TOML = """\
scenario = "classroom"
strategies = ["posting_only", "community_building"]
replications = {replications}
seed = 5
method = "grid"
keep = {keep}
[parameters]
n_people = {people}
p_follow = [0.005, 0.01, 0.02]
p_join = [0.002, 0.004]
"""


def write_design(folder, replications=3, people=2000, keep=()):
    """Write a design file and return its path."""
    path = folder / "design.toml"
    text = TOML.format(replications=replications, people=people, keep=list(keep))
    path.write_text(text)
    return path


def continuum(*words, **options):
    """Run the command line as a process of its own and return it when it has ended."""
    return subprocess.run(
        [sys.executable, "-m", "simulation", *map(str, words)],
        capture_output=True, text=True, timeout=300, **options,
    )  # fmt: skip


def here(*words, cwd="."):
    """Run the command line in this process, where nothing about the process is tested."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(cwd):
        code = main([*map(str, words)])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def assert_same_stores(one, other):
    """Every table of two stores is the same, row for row and bit for bit, but for the seconds."""
    one, other = (s if hasattr(s, "runs") else open_store(s) for s in (one, other))
    a, b = (s.runs().drop(columns="seconds") for s in (one, other))
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    for table in one.manifest["design"]["keep"]:
        a, b = getattr(one, table)(), getattr(other, table)()
        pd.testing.assert_frame_equal(a, b, check_exact=True)


def changed_code(folder):
    """Copy the package and change a rule in the copy: posts reach half as many.

    Return the environment in which that copy is run.
    """
    shutil.copytree(ROOT / "simulation", folder / "simulation")
    file = folder / "simulation" / "rules" / "contact.py"
    text = file.read_text(encoding="utf-8")
    changed = text.replace(
        "return min(1.0, par.reach_2012 *", "return min(1.0, 0.5 * par.reach_2012 *"
    )
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    return os.environ | {"PYTHONPATH": str(folder), "CONTINUUM_CACHE_DIR": str(folder)}
