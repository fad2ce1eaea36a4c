"""How fast is it, and how large? ``python -m experiments.benchmarks.engine [--quick]``

Prints, in one run on this machine: person-days per second and bytes per person of the engine, of
`BrandModel` and of a plain Mesa model of the same four stages (plain_mesa.py); how the engine's
time grows from 10^4 to 10^7 people; the time to import and to compile. Machines are shared and
noisy: trust the ratios of one run. Everything here runs on one core.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable

import mesa
import numba
import numpy as np

from experiments.benchmarks.plain_mesa import PlainModel
from simulation.agents.model import BrandModel
from simulation.core.compiled import compiled
from simulation.core.randomness import make_key, throw_waits
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Prepared, prepare

STRATEGY = STRATEGIES["community_building"]


def seconds_of(work: Callable[[], object], times: int) -> float:
    """Return the median time of a piece of work [s]."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def machine() -> str:
    """Return processor and versions, as GUIDE.md names them."""
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file if "model name" in line]
        name = names[0] if names else name
    return (
        f"{name}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, Mesa {mesa.__version__}"
    )


@compiled
def _throw_many(key, persons, nth, dice, times):
    """Throw a die for everybody, again and again (only to time it)."""
    for _ in range(times):
        throw_waits(key, persons, nth, persons.size, dice)


def dice_per_second() -> float:
    """Return how many dice one core throws a second, one a person and day, nothing behind them."""
    key, persons, nth, dice = make_key(1), np.arange(4096), np.ones(4096, np.int64), np.empty(4096)
    throw = _throw_many.native
    throw(key, persons, nth, dice, 1)
    return 4096 * 5000 / seconds_of(lambda: throw(key, persons, nth, dice, 5000), 3)


def engine_seconds(world: Prepared, times: int) -> float:
    """Return the median time of living the horizon once [s], people and friends already made."""
    taken = []
    for _ in range(times):
        state = world.start.copy()
        began = time.perf_counter()
        world.engine.run(state, STRATEGY)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def traced_bytes(make: Callable[[], object], n_people: int) -> float:
    """Return the bytes a person that an object takes, as Python's own tracer counts them."""
    gc.collect()
    tracemalloc.start()
    kept = make()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return used / n_people


def bytes_of(world: Prepared) -> tuple[float, float, float]:
    """Return bytes per person, of which the table of bonds, and per friendship, by the arrays.

    A small world is computed: its friendships take nothing.
    """
    n, around = world.start.people.stage.size, world.engine.around
    people = sum(array.nbytes for array in (*world.start.people, *world.start.waking))
    people += world.start.calendar.nbytes + around.start.nbytes  # where each one's friends begin
    bonds = sum(array.nbytes for array in world.start.bonds)
    friendships = max(1, around.ids.size // 2)
    return (people + bonds) / n, bonds / n, around.ids.nbytes / friendships


def plain_mesa_rate(n_people: int, n_days: int) -> float:
    """Return person-days per second of the plain Mesa model."""
    model = PlainModel(n_people)

    def live() -> None:
        for _ in range(n_days):
            model.step()

    return n_people * n_days / seconds_of(live, 3)


def small_world_of(n_people: int, n_days: int) -> Prepared:
    """Return the case study with fewer people and days, for the models made of objects."""
    changes = {"n_people": n_people, "n_days": n_days, "launch_day": 0, "days_warm_up": 30}
    return prepare(Scenario.load("case_study").replace(**changes))


def brand_model_rate(world: Prepared) -> float:
    """Return person-days per second of BrandModel."""
    taken = []
    for _ in range(3):
        model = BrandModel.of(world, STRATEGY)
        began = time.perf_counter()
        while model.running:
            model.step()
        taken.append(time.perf_counter() - began)
    return len(model.everyone) * model.plan.size / statistics.median(taken)


def fresh_python(code: str, **environment: str) -> float:
    """Return the time [s] a fresh interpreter measures for itself and prints."""
    done = subprocess.run(
        [sys.executable, "-c", f"import time; began = time.perf_counter(); {code}; "
         "print(time.perf_counter() - began)"],
        capture_output=True, text=True, check=True, env=os.environ | environment,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def peak_bytes() -> int:
    """Return the largest resident memory of this process so far [bytes]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def start_times() -> None:
    """Print import and compile times, each in a fresh interpreter."""
    run = "from simulation import simulate; simulate('classroom', 'balanced', seed=1)"
    print("\nStarting")
    print(f"  import simulation                   {fresh_python('import simulation'):8.2f} s")
    both = "from simulation import simulate, compare"
    print(f"  ... and simulate, compare           {fresh_python(both):8.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        for engine in ("module", "native"):
            how = {"CONTINUUM_CACHE_DIR": folder, "CONTINUUM_ENGINE": engine}
            cold, warm = fresh_python(run, **how), fresh_python(run, **how)
            print(f"  classroom, {engine}: the first run   {cold:10.2f} s, the next {warm:.2f} s")


def speed(quick: bool) -> None:
    """Print person-days per second of the three models, and the ratios."""
    scenario = Scenario.load("case_study")
    if quick:
        scenario = scenario.replace(n_people=200_000)
    module = engine_seconds(prepare(scenario, engine="module"), 1)
    began = time.perf_counter()
    world = prepare(scenario, engine="native")
    made = time.perf_counter() - began
    n, days = scenario.world.n_people, scenario.world.n_days
    taken = engine_seconds(world, 3)
    engine = n * days / taken
    dice = dice_per_second()
    plain = plain_mesa_rate(20_000, 20)
    small = small_world_of(20_000, 20)
    brand = brand_model_rate(small)
    print(f"\nSpeed: case_study, {n:,} people, {days} days, {STRATEGY.name}, one core")
    print("                          person-days/s    against plain Mesa")
    for name, rate in (("a die a day, alone", dice), ("engine", engine),
                       ("engine, as module", n * days / module),
                       ("BrandModel", brand), ("plain Mesa", plain)):  # fmt: skip
        print(f"  {name:22s} {rate:15,.0f}    {rate / plain:12,.1f}")
    print(f"  one year of the engine: {taken:.2f} s; people, friends and warm-up: {made:.2f} s")
    whole, bonds, friendship = bytes_of(world)
    brand_bytes = traced_bytes(lambda: BrandModel.of(small, STRATEGY), 20_000)
    plain_bytes = traced_bytes(lambda: PlainModel(20_000), 20_000)
    print("\nMemory, bytes a person")
    print(
        f"  engine      {whole:8,.1f}  (of which bonds {bonds:.2f}); a friendship {friendship:.1f}"
    )
    print(f"  BrandModel  {brand_bytes:8,.0f}  (friends included)")
    print(f"  plain Mesa  {plain_bytes:8,.0f}  (no friends)")


def growth(quick: bool) -> None:
    """Print how the engine's time grows with the number of people."""
    days = 60
    print(f"\nGrowth: case_study shares, {days} days, no friends, community_building")
    print("       people     seconds   person-days/s   peak memory")
    sizes = [10**k for k in range(4, 7 if quick else 8)]
    for n in sizes:
        scenario = Scenario.load("case_study").replace(
            n_people=n, n_days=days, launch_day=30, days_warm_up=30, graph="none"
        )
        taken = engine_seconds(prepare(scenario, engine="native"), 3)
        print(f"  {n:11,}  {taken:10.4f}  {n * days / taken:14,.0f}  {peak_bytes() / 1e6:9,.0f} MB")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller populations, a minute less")
    quick = parser.parse_args().quick
    print(machine())
    start_times()
    speed(quick)
    growth(quick)


if __name__ == "__main__":
    main()
