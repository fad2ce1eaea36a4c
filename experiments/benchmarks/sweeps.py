"""What does a sweep cost beyond its runs? ``python -m experiments.benchmarks.sweeps [--quick]``

Prints, in one run on this machine: the overhead of a sweep whose runs take about 20 ms (all that is
not a run: making batches, sending them, writing parts), in this process and with two; how many runs
of the classroom a second a sweep lives, against Mesa's ``batch_run`` on `BrandModel` and on a plain
Mesa model (plain_mesa.py); and how long a store takes to open and to continue. Machines are shared
and noisy: trust the ratios of one run.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from mesa import DataCollector

from experiments.benchmarks.engine import machine
from experiments.benchmarks.plain_mesa import PlainModel
from simulation.agents.model import BrandModel
from simulation.sweeps.executors import workers
from simulation.sweeps.running import sweep
from simulation.sweeps.store import Store, open_store

#: A town whose runs, people made and warmed up, take about 20 ms on the reference machine.
TOWN = {"n_people": 6_000, "n_days": 365, "launch_day": 180}


class CollectedModel(PlainModel):
    """The plain model with the collector that batch_run asks for."""

    def __init__(self, n_people: int, rng: int = 1) -> None:
        super().__init__(n_people, rng)
        self.datacollector = DataCollector({"sales": "sales"})

    def step(self) -> None:
        """Live a day and note the sales."""
        super().step()
        self.datacollector.collect(self)


def design(replications: int, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a sweep of the classroom over p_join under two strategies."""
    return {
        "scenario": "classroom",
        "strategies": ["posting_only", "community_building"],
        "replications": replications,
        "parameters": {**parameters, "p_join": [0.001, 0.002, 0.004, 0.008, 0.016]},
    }


def timed(what: dict[str, Any], folder: Path, **where: Any) -> tuple[Store, float]:
    """Sweep and return the store and the time taken [s]; workers are started before."""
    with workers(where.get("jobs", 1)) as found:
        if where.get("jobs", 1) > 1:  # the time to start processes is not one of the runs
            sweep(design(2, {"n_people": 50}), folder.with_name("warm"), **where)
        began = time.perf_counter()
        store = sweep(what, folder, **where)
        taken = time.perf_counter() - began
        del found
    return store, taken


def overhead(quick: bool, folder: Path) -> None:
    """Print what a sweep of runs of 20 ms costs beyond them."""
    n = 10 if quick else 60
    print("\nOverhead of a sweep (asked: under 10 % for runs of 20 ms)")
    for jobs in (1, 2):
        store, taken = timed(design(n, TOWN), folder / f"overhead{jobs}", jobs=jobs)
        runs = store.runs()
        lived = runs["seconds"].sum()
        print(
            f"  {jobs} process{'es' if jobs > 1 else '  '}  {len(runs):,} runs of "
            f"{1000 * lived / len(runs):.1f} ms: {taken:.2f} s, "
            f"overhead {100 * (taken * jobs / lived - 1):.1f} %"
        )


def throughput(quick: bool, folder: Path) -> None:
    """Print runs a second of the classroom: a sweep, and Mesa's batch_run on two models."""
    from mesa import batch_run

    n = 20 if quick else 100
    store, taken = timed(design(n, {}), folder / "throughput", jobs=1)
    scenario = store.design.scenario.world
    rates = {"sweep": len(store.runs()) / taken}
    few = 2 if quick else 4
    quiet = {"display_progress": False, "number_processes": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # batch_run seeds its models in an old way
        began = time.perf_counter()
        rows = batch_run(
            BrandModel, {"scenario": "classroom", "strategy": "community_building",
                         "p_join": [0.002, 0.004]},
            iterations=few, max_steps=scenario.n_days, data_collection_period=-1, **quiet,
        )  # fmt: skip
        rates["batch_run on BrandModel"] = 2 * few / (time.perf_counter() - began)
        assert rows
        began = time.perf_counter()
        batch_run(CollectedModel, {"n_people": [scenario.n_people]}, iterations=few,
                  max_steps=scenario.n_days, data_collection_period=-1, **quiet)  # fmt: skip
        rates["batch_run on a plain model"] = few / (time.perf_counter() - began)
    print(
        f"\nThroughput, one core: classroom, {scenario.n_people:,} people, {scenario.n_days} days"
    )
    print("                                 runs/s   sweep is faster by")
    for name, rate in rates.items():
        print(f"  {name:28s} {rate:8.1f}   {rates['sweep'] / rate:8.1f}")


def opening(folder: Path) -> None:
    """Print how long a store takes to open, and to be found complete."""
    path = folder / "throughput"
    began = time.perf_counter()
    runs = open_store(path).runs()
    opened = time.perf_counter() - began
    began = time.perf_counter()
    sweep(open_store(path).design, path, jobs=1)
    again = time.perf_counter() - began
    print(f"\nOpening {len(runs):,} runs: {opened:.2f} s; the same command again: {again:.2f} s")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    quick = parser.parse_args().quick
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        overhead(quick, Path(folder))
        throughput(quick, Path(folder))
        opening(Path(folder))


if __name__ == "__main__":
    main()
