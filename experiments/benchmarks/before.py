"""How much faster than before? ``python -m experiments.benchmarks.before CHECKOUT [--rounds 3]``

CHECKOUT is a folder with an older version of the project (``git worktree add ../older 7c15dbd``).
Each piece of work is timed there and here in turn, in fresh interpreters of one run, because
machines are shared and noisy: what is printed are the medians of the rounds and their ratios.
Where a run has contacts, so many nanoseconds a contact follow: the revised science makes more of
them, and cost follows contacts.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from experiments.benchmarks.engine import machine
from simulation.tools import PACKAGE

WORLD = """
import os, sys, time
from simulation import STRATEGIES, Scenario, compare
from simulation.runs.run import prepare, run_prepared
PAIR = ['posting_only', 'community_building']
def least(work, times):
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)
"""
#: In a version before the folders.
OLDER = WORLD.replace("simulation.runs.run", "simulation.run")

LIVE = (
    "world = prepare(Scenario.load('launch_2025'))\n"
    "live = lambda: run_prepared(world, STRATEGIES['{}'])\n"
    "contacts = int(live().table.contacts.sum())\nprint(contacts, least(live, 7))"
)

#: What is timed: the name, and code that prints seconds at the end, and contacts before it.
WORK = {
    "launch_2025, posting_only": LIVE.format("posting_only"),
    "launch_2025, community_building": LIVE.format("community_building"),
    "people of launch_2025": (
        "make = lambda: prepare(Scenario.load('launch_2025'))\nmake()\nprint(least(make, 7))"
    ),
    "compare, 100 worlds x 2, launch_2025": (
        "compare('launch_2025', PAIR, replications=2)\n"
        "print(least(lambda: compare('launch_2025', PAIR, replications=100), 1))"
    ),
    "BrandModel, 20,000 people, 20 days": (
        "from simulation import BrandModel\n"
        "model = BrandModel('case_study', 'community_building', rng=1, n_people=20_000, n_days=20,"
        " launch_day=0, days_warm_up=30)\n"
        "began = time.perf_counter()\n"
        "while model.running:\n    model.step()\n"
        "print(time.perf_counter() - began)"
    ),
}
SENTENCE = "from install to the first sentence"


def timed(folder: Path, code: str, engine: str) -> tuple[float, float]:
    """Return the seconds that code prints, run in a version of the project, and ns a contact."""
    older = not (folder / "simulation" / "runs").is_dir()
    environment = os.environ | {"PYTHONPATH": str(folder), "CONTINUUM_ENGINE": engine}
    done = subprocess.run(
        [sys.executable, "-c", (OLDER if older else WORLD) + code],
        env=environment, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    *contacts, seconds = (float(word) for word in done.stdout.split()[-2:])
    return seconds, 1e9 * seconds / contacts[0] if contacts else math.nan


def first_sentence(folder: Path) -> float:
    """Return the seconds until compare says its sentence, nothing kept of any run before."""
    code = (
        "import subprocess, sys, time\nbegan = time.perf_counter()\n"
        "words = [sys.executable, '-u', '-m', 'simulation', 'compare', '--scenario', 'classroom']\n"
        "process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)\n"
        "for line in process.stdout:\n"
        "    if 'more copies' in line or 'fewer copies' in line or 'copies' in line and 'interval'"
        " in line:\n"
        "        print(time.perf_counter() - began, flush=True)\n        break\n"
        "process.stdout.read()\n"
    )
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"PYTHONPATH": str(folder), "CONTINUUM_CACHE_DIR": cache}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=cache, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
    return float(done.stdout.split()[0])


def main() -> None:
    """Print every piece of work: before, machine code and module now, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="a folder with an older version")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    before, now = asked.checkout.resolve(), PACKAGE.parent
    print(machine())
    print(f"{'':38s}  before   native   module   (seconds; how many times as fast)")
    for name, code in WORK.items():
        taken: dict[str, list[tuple[float, float]]] = {"before": [], "native": [], "module": []}
        for _ in range(asked.rounds):
            taken["before"].append(timed(before, code, "auto"))
            for engine in ("native", "module"):
                taken[engine].append(timed(now, code, engine))
        for what, number in ((name, 0), ("  nanoseconds a contact", 1)):
            medians = [statistics.median(one[number] for one in times) for times in taken.values()]
            if not math.isnan(medians[0]):
                _print(what, *medians)
    then, here = (
        statistics.median(first_sentence(folder) for _ in range(asked.rounds))
        for folder in (before, now)
    )
    print(f"{SENTENCE:38s} {then:7.2f}           {here:7.2f} ({then / here:.1f})")


def _print(name: str, then: float, native: float, module: float) -> None:
    print(
        f"{name:38s} {then:7.3f}  {native:7.3f} ({then / native:.1f})"
        f"  {module:7.3f} ({then / module:.1f})",
        flush=True,
    )


if __name__ == "__main__":
    main()
