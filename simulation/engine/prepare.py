"""One replication before any strategy: its people, their friends, and the warm-up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from simulation.core.compiled import interrupts_held
from simulation.core.randomness import make_key
from simulation.engine.day import Engine
from simulation.inputs.scenario import Scenario
from simulation.people.friends import Friends, generate
from simulation.people.population import State
from simulation.tools.errors import InputError, shortened
from simulation.tools.shown import Shown
from simulation.tools.stamp import seed_text


@dataclass(frozen=True, repr=False)
class Prepared(Shown):
    """One replication of a scenario before any strategy: shared by all that are compared."""

    scenario: Scenario
    seed: Any
    replication: int
    friends: Friends
    engine: Engine
    start: State

    def _says(self) -> tuple[str, str]:
        what = f"{self.scenario.name}, seed {seed_text(self.seed)}, replication {self.replication}"
        friendships = f"{self.friends.ids.size // 2:,} friendships"
        return what, f"{self.start.people.stage.size:,} people, {friendships}"


def settled(scenario: str | Path | Scenario) -> Scenario:
    """Return a scenario that is ready to be lived: loaded, and its people counted.

    The one place at which a world enters: a name, a path or an object. Below it only checked
    objects travel.
    """
    return with_counted_people(Scenario.load(scenario))


def prepare(
    scenario: Scenario,
    *,
    seed: int | np.random.SeedSequence = 1,
    replication: int = 0,
    threads: int = 1,
) -> Prepared:
    """Make the people and friends of one replication of a `settled` scenario and warm them up."""
    with interrupts_held():
        return _prepared(scenario, seed, replication, threads)


def _prepared(scenario: Scenario, seed: Any, replication: int, threads: int) -> Prepared:
    key = make_key(seed, replication)
    world = scenario.world
    if world.graph == "file":
        friends = read_friends(world.friends_file)
        if friends.start.size - 1 != world.n_people:
            raise InputError(
                f"{world.friends_file} holds {friends.start.size - 1:,} people, the scenario says "
                f"{world.n_people:,}: settle the scenario first"
            )
    else:
        friends = generate(
            world.graph,
            key,
            world.n_people,
            mean_degree=world.mean_degree,
            rewiring=world.rewiring,
            n_blocks=world.n_blocks,
            share_within=world.share_within,
        )
    engine = Engine(scenario, key, friends, threads)
    return Prepared(scenario, seed, replication, friends, engine, engine.start())


def read_friends(path: str | Path) -> Friends:
    """Read an edge list (once: the same unchanged file is kept); errors are one line."""
    return _edge_list(str(path), _stamp(path)).friends


def friends_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of the edge list a scenario lives on; "" where there is none."""
    path = scenario.world.friends_file
    return _file_hash(path, _stamp(path)) if scenario.world.graph == "file" else ""


@lru_cache(maxsize=2)
def _file_hash(path: str, stamp: int) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{shortened(path)}: cannot be read ({error.strerror})") from None


def with_counted_people(scenario: Scenario) -> Scenario:
    """Return the scenario with as many people as its file of friendships has, if it has one."""
    if scenario.world.graph != "file":
        return scenario
    friends = read_friends(scenario.world.friends_file)
    return scenario.replace(n_people=int(friends.start.size - 1))


def _stamp(path: str | Path) -> int:
    """Return when a file was last changed, 0 if it cannot be told (the reader will say why)."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


@lru_cache(maxsize=2)
def _edge_list(path: str, stamp: int):  # the stamp is read by the cache: a changed file is new
    from simulation.people.edge_list import read_edge_list

    try:
        return read_edge_list(path)
    except OSError as error:
        raise InputError(f"{shortened(path)}: cannot be read ({error.strerror})") from None


def with_friends(scenario: Scenario, path: str | Path) -> tuple[Scenario, str]:
    """Return the scenario on a real friendship graph, and the sentence that says what was read."""
    friends = read_friends(path)
    changed = scenario.replace(
        graph="file",
        friends_file=str(Path(path).resolve()),
        n_people=int(friends.start.size - 1),
    )
    return changed, _edge_list(str(path), _stamp(path)).sentence
