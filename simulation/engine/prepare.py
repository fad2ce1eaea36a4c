"""One replication before any strategy: its people, their friends, and the warm-up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulation.core.randomness import Key, make_key
from simulation.core.ways import chosen, running
from simulation.engine.day import Engine
from simulation.inputs.scenario import Scenario
from simulation.people.around import Around, small_world_around, stored
from simulation.people.friends import Friends, generate
from simulation.people.friends_file import read_friends, with_counted_people, with_friends
from simulation.people.population import State
from simulation.tools.errors import InputError
from simulation.tools.interrupts import interrupts_held
from simulation.tools.shown import Shown
from simulation.tools.stamp import seed_text


@dataclass(frozen=True, repr=False)
class Prepared(Shown):
    """One replication of a scenario before any strategy: shared by all that are compared."""

    scenario: Scenario
    seed: Any
    replication: int
    engine: Engine
    start: State

    @property
    def friends(self) -> Friends:
        """Who is friends with whom, as a table."""
        return self.engine.friends

    def _says(self) -> tuple[str, str]:
        what = f"{self.scenario.name}, seed {seed_text(self.seed)}, replication {self.replication}"
        friendships = f"{self.friends.ids.size // 2:,} friendships"
        return what, f"{self.start.people.stage.size:,} people, {friendships}"


def settled(scenario: str | Path | Scenario, friends: Any = None) -> Scenario:
    """Return a scenario that is ready to be lived: loaded, and its people counted.

    The one place at which a world enters: a name, a path or an object, and the friendships it is
    to live on, if they are given (`with_friends`). Below it only checked objects travel.
    """
    return with_counted_people(with_friends(scenario, friends))


def prepare(
    scenario: Scenario,
    *,
    seed: int | np.random.SeedSequence = 1,
    replication: int = 0,
    engine: str = "auto",
) -> Prepared:
    """Make the people and friends of one replication of a `settled` scenario and warm them up.

    `engine` says how it is all computed (`simulation.core.ways`); it changes no number.
    """
    world = scenario.world
    n_days = float(world.days_warm_up + world.n_days)
    way = chosen(engine, world.n_people * n_days, world.n_people)
    with interrupts_held(), running(way):
        return _prepared(scenario, seed, replication, way)


def _prepared(scenario: Scenario, seed: Any, replication: int, way: Any) -> Prepared:
    key = make_key(seed, replication)
    world = scenario.world
    if world.graph == "file":
        friends = read_friends(scenario)
        if friends.start.size - 1 != world.n_people:
            raise InputError(
                f"{world.friends_file} holds {friends.start.size - 1:,} people, the scenario says "
                f"{world.n_people:,}: settle the scenario first"
            )
        around = stored(friends)
    else:
        around = generated(key, world)
    engine = Engine(scenario, key, around, way)
    return Prepared(scenario, seed, replication, engine, engine.start())


def generated(key: Key, world: Any) -> Around:
    """Return the friendship graph a scenario's world asks for; a small world is not stored."""
    if world.graph == "small_world":
        return small_world_around(key, world.n_people, world.mean_degree, world.rewiring)
    friends = generate(
        world.graph,
        key,
        world.n_people,
        mean_degree=world.mean_degree,
        rewiring=world.rewiring,
        n_blocks=world.n_blocks,
        share_within=world.share_within,
    )
    return stored(friends)
