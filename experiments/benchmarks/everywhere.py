"""The same worlds everywhere: ``python -m experiments.benchmarks.everywhere [--worlds 500]``

Draws random worlds, strategies and seeds, as the tests draw them, lives each in every way there is,
and compares what is left byte for byte: the days, the events, the people, bonds and brand.

native           machine code for this processor, fused multiply-add among its instructions
native, no FMA   machine code for the plainest processor of the kind, which has none, made anew
module           engine.wasm in wasmtime
node, Chromium   engine.wasm there, from the births to the last day
Mesa             the model of objects, compared with the engine on every evening

The last line is one sentence, and the exit code is 1, if anything differs anywhere. It takes half
an hour on two cores, and a checkout (worlds are drawn in tests/), node and Chromium.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from simulation import simulate
from simulation.core.ways import running
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from tests.agents.test_agreement import assert_days_agree, scenarios, split_efforts
from tests.engine.elsewhere import in_a_page, in_node, parts_of

World = tuple[Scenario, Strategy, int]
#: What a world left, by name: counts, hashes of bytes, or what went wrong.
Left = dict[str, Any]
COUNTS = ("people lived", "things happened", "copies were sold")

#: Every way, and what its process needs to be told; the first is what others are compared with.
PLAINEST = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
WAYS: dict[str, dict[str, str]] = {
    "module": {"CONTINUUM_ENGINE": "module"},
    "native": {"CONTINUUM_ENGINE": "native"},
    "native, no FMA": {"CONTINUUM_ENGINE": "native", **PLAINEST},
    "node": {},
    "Chromium": {},
    "Mesa": {"CONTINUUM_ENGINE": "module"},
}


def worlds(n: int, luck: int) -> list[World]:
    """Return n random worlds, the same for the same luck."""
    found: list[World] = []

    @seed(luck)
    @settings(
        max_examples=n,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(world=st.tuples(scenarios(), split_efforts(), st.integers(0, 2**64 - 1)))
    def draw(world: World) -> None:
        found.append(world)

    draw()
    return found


def of_an_engine(world: World) -> Left:
    """Live a world in the way of the process, or of the block."""
    scenario, strategy, luck = world
    run = simulate(scenario, strategy, seed=luck, events=True)
    parts = {name: hashlib.sha256(part).hexdigest() for name, part in parts_of(run).items()}
    counts = run.start_stage.size, np.asarray(run.log).shape[0], run.summary["sales"]
    return parts | {"events in order": in_order(run.log)} | dict(zip(COUNTS, counts, strict=True))


def of_mesa(world: World) -> Left:
    """Live a world as objects, beside the engine day by day; the calendar is the engine's own."""
    scenario, strategy, luck = world
    assert_days_agree(scenario, strategy, luck)
    run = simulate(scenario, strategy, seed=luck, engine="mesa", events=True)
    parts = parts_of(run)
    kept = {name: hashlib.sha256(parts[name]).hexdigest() for name in ("table", "brand", "stage")}
    kept["lives"] = hashlib.sha256(parts["lives"]).hexdigest()
    return kept | {"events in order": in_order(run.log)}


def in_order(log: Any) -> str:
    """Return a hash of the events without their order within a day, which is the engine's own."""
    rows = np.ascontiguousarray(log)[np.lexsort(np.asarray(log).T[::-1])]
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()


@contextmanager
def place_of(way: str) -> Iterator[None]:
    """Have kernels run where a way says; the environment has said it for those of Python."""
    if way not in ("node", "Chromium"):
        yield
        return
    with in_node() if way == "node" else in_a_page() as elsewhere, running(elsewhere):
        yield


def live(way: str, n: int, luck: int) -> None:
    """Print what each world left, one line each: a process of its own, one a way."""
    of = of_mesa if way == "Mesa" else of_an_engine
    with place_of(way):
        for world in worlds(n, luck):
            try:
                left = of(world)
            except Exception as error:  # whatever it is, this world is not the same
                left = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(left, default=float), flush=True)


def lived(way: str, n: int, luck: int) -> list[Left]:
    """Return what the worlds left in one way, machine code made anew."""
    words = [sys.executable, "-m", "experiments.benchmarks.everywhere", "--way", way]
    words += ["--worlds", str(n), "--seed", str(luck)]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"CONTINUUM_CACHE_DIR": cache} | WAYS[way]
        done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    taken = time.perf_counter() - began
    print(f"{way:15s} {len(found):5d} worlds, {taken:6.0f} s", file=sys.stderr, flush=True)
    return found


def differences(left: dict[str, list[Left]], n: int) -> list[str]:
    """Return a line for every world, of every way, that did not leave the same."""
    first, *others = left
    lines = [f"{way}: {len(found)} of {n} worlds" for way, found in left.items() if len(found) != n]
    for number, wanted in enumerate(left[first]):
        if "error" in wanted:
            lines.append(f"world {number}, {first}: {wanted['error']}")
        for way in others:
            found = left[way][number] if number < len(left[way]) else {}
            wrong = [name for name in found if found[name] != wanted.get(name)]
            if wrong:
                said = f" ({found['error']})" if "error" in found else ""
                lines.append(f"world {number}, {way}: {', '.join(wrong)}{said}")
    return lines


def main() -> None:
    """Live the worlds in all ways, two at a time, and say whether they left the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        live(asked.way, asked.worlds, asked.seed)
        return
    with ThreadPoolExecutor(2) as two:  # the longest first
        runs = {way: two.submit(lived, way, asked.worlds, asked.seed) for way in reversed(WAYS)}
        left = {way: runs[way].result() for way in WAYS}
    wrong = differences(left, asked.worlds)
    print(*wrong[:20], sep="\n", end="\n" if wrong else "")
    total = {name: sum(world.get(name, 0) for world in left["module"]) for name in COUNTS}
    said = ", ".join(f"{number:,.0f} {name}" for name, number in total.items())
    print(
        f"{asked.worlds} random worlds, in which {said}, in {len(WAYS)} ways ({'; '.join(WAYS)}): "
        + (f"{len(wrong)} differences." if wrong else "the same everywhere, byte for byte.")
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
