"""No pool of processes is left behind: any parallel call works after any other, wherever it is."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from itertools import pairwise

import pytest

#: What a person writes: every call of ours that shares work among processes, and joblib itself.
CALLS = """
import tempfile
import pandas as pd
from joblib import Parallel, delayed
from simulation import Scenario, compare, compare_arms, sweep, validate
from simulation.searches.calibration import calibrate
from simulation.searches.calibration_observed import Observed
from simulation.searches.optimization import optimize
from simulation.searches.precision_until import replicate_until

SMALL = dict(n_people=60, n_days=20, launch_day=5, days_warm_up=2, days_window=10)
TOWN, PAIR = Scenario.load("classroom").replace(**SMALL), ["posting_only", "balanced"]
SEEN = Observed(pd.DataFrame({"followers": [9.0]}, pd.RangeIndex(1, 2, name="week")))
LITTLE = dict(n_particles=20, generations=1, n_pilot=50, n_predictive=20)
CALLS = {
    "sweep": lambda: len(sweep(
        {"scenario": "classroom", "strategies": PAIR, "replications": 4, "parameters": SMALL},
        tempfile.mkdtemp(dir="."), jobs=2,
    ).runs()),
    "compare": lambda: compare(TOWN, PAIR, replications=4, jobs=2).replications,
    "arms": lambda: len(compare_arms(TOWN, PAIR, replications=2, jobs=2, progress=False).table),
    "validate": lambda: len(validate(TOWN, replications=2, jobs=2).table),
    "optimize": lambda: len(optimize(TOWN, budget=10, replications=3, fresh=6, jobs=2).to_dict()),
    "calibrate": lambda: len(
        calibrate(SEEN, TOWN, "balanced", ["p_follow"], jobs=2, **LITTLE).table
    ),
    "until": lambda: replicate_until(TOWN, PAIR, relative=0.5, start=3, most=4, jobs=2).n_worlds,
    "joblib": lambda: len(Parallel(n_jobs=2)(delayed(abs)(i) for i in range(4))),
}
"""
#: compare, arms and until share `each` with calibrate, which calls it again and again.
NAMES = ["sweep", "compare", "optimize", "calibrate", "joblib"]
OTHERS = ["arms", "until", "sweep"]
#: It lives every pattern of the evidence, which takes a while: once.
WITH_VALIDATE = ["sweep", "validate", "sweep"]


def every_pair(names):
    """Return a walk through names in which each stands right before each, itself included."""
    left = {name: list(names) for name in names}
    walk, stack = [], [names[0]]
    while stack:  # Hierholzer: a circle through all arrows of the complete graph
        if left[stack[-1]]:
            stack.append(left[stack[-1]].pop())
        else:
            walk.append(stack.pop())
    return walk[::-1]


def script(walk, *, thread=False):
    """Return a script that calls one after the other and says each name when it is done."""
    lines = (
        f"for name in {walk!r}:\n    assert CALLS[name]() > 0, name\n    print(name, flush=True)\n"
    )
    if thread:
        lines = (
            "import threading\ndef walk():\n" + textwrap.indent(lines, "    ")
            + "them = threading.Thread(target=walk)\nthem.start()\nthem.join()\n"
        )  # fmt: skip
    return CALLS + lines + "print('done', flush=True)\n"


def run(text, folder):
    """Run a script without a guard, every warning shown; return what it said, errors, code."""
    (folder / "script.py").write_text(text)
    words = [sys.executable, "-W", "default::ResourceWarning", "script.py"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=600)
    return done.stdout.splitlines(), done.stderr, done.returncode


def test_every_pair_is_in_the_walk():
    walk = every_pair(NAMES)
    assert set(pairwise(walk)) == {(a, b) for a in NAMES for b in NAMES}


@pytest.mark.long
@pytest.mark.parametrize("thread", [False, True], ids=["main", "thread"])
def test_any_call_after_any_other_in_a_script(tmp_path, thread):
    """Each right after each; at the end the interpreter ends without a word."""
    walk = every_pair(["sweep", "joblib"] if thread else [*NAMES]) + ([] if thread else OTHERS)
    said, errors, code = run(script(walk, thread=thread), tmp_path)
    assert said == [*walk, "done"], errors
    assert (code, errors.replace(COMPILING, "")) == (0, "")


def test_nothing_of_a_sweep_is_left(tmp_path):
    """No process that would live on or slow the exit, no thread that minds one."""
    text = CALLS + (
        "import threading, psutil\nCALLS['sweep']()\n"
        "left = [p.cmdline() for p in psutil.Process().children(recursive=True)]\n"
        "print([words for words in left if 'resource_tracker' not in ' '.join(words)])\n"
        "print([t.name for t in threading.enumerate() if not t.daemon])\n"
    )
    said, errors, code = run(text, tmp_path)
    assert (said, code) == (["[]", "['MainThread']"], 0), errors


COMPILING = "continuum: compiling the engine for this machine, once (about 15 seconds) ...\n"


def test_validate_after_and_before_the_others(tmp_path):
    said, errors, code = run(script(WITH_VALIDATE), tmp_path)
    assert (said, code) == ([*WITH_VALIDATE, "done"], 0), errors


def test_any_call_after_any_other_in_a_notebook(tmp_path):
    """One cell a call, in a kernel."""
    import nbformat
    from nbclient import NotebookClient

    walk = every_pair(["sweep", "compare"])
    cells = [CALLS, *(f"print({name!r}, CALLS[{name!r}]() > 0)" for name in walk)]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(book, timeout=300, kernel_name="python3", resources=resources).execute()
    said = [cell.outputs[-1].text.strip() for cell in book.cells[1:]]
    assert said == [f"{name} True" for name in walk]


def test_a_sweep_while_another_thread_compares(tmp_path):
    """They share no pool: neither ends the workers of the other."""
    text = CALLS + (
        "import threading\nfound = {}\ndef many(name):\n"
        "    found[name] = [CALLS[name]() for _ in range(2)]\n"
        "threads = [threading.Thread(target=many, args=[n]) for n in ('sweep', 'compare')]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "print(found['sweep'], found['compare'])\nprint('done')\n"
    )
    said, errors, code = run(text, tmp_path)
    assert (said, code) == (["[8, 8] [4, 4]", "done"], 0), errors
