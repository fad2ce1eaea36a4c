"""Who is around a person: friends looked up where they are stored, computed where they are not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core.compiled import leaf
from simulation.core.randomness import Key, whole_below
from simulation.people.friends import (
    Friends,
    complete,
    friends_from_pairs,
    small_world_rule,
)
from simulation.people.small_world import HALF, N, computed_friends, held_friendships


class Around(NamedTuple):
    """A friendship graph as the engine reads it: rows of friends, or the rule of a small world."""

    start: np.ndarray  # uint32, (n_people + 1,), as in Friends; one zero where nothing is stored
    ids: np.ndarray  # int32, as in Friends
    ring: np.ndarray  # int64, (8,): see small_world.py; zeros where rows are stored
    salts: np.ndarray  # uint64, (half, SHUFFLE_ROUNDS)

    @property
    def n_people(self) -> int:
        """Number of people."""
        return int(self.ring[N]) or self.start.size - 1

    @property
    def most_friends(self) -> int:
        """No one has more friends than this."""
        if self.ring[N]:
            return 3 * int(self.ring[HALF])
        return int(np.diff(self.start).max(initial=0))

    def rows(self) -> Friends:
        """Return the friends of everybody, as a table."""
        if self.ring[N] == 0:
            return Friends(self.start, self.ids)
        ends = held_friendships(self.ring, self.salts)
        return friends_from_pairs(self.n_people, ends[0], ends[1])[0]


def stored(friends: Friends) -> Around:
    """Return a graph whose rows are stored."""
    return Around(*friends, np.zeros(8, np.int64), np.zeros((1, 1), np.uint64))


def small_world_around(key: Key, n_people: int, mean_degree: float, rewiring: float) -> Around:
    """Return a small world that is not stored (`friends.small_world`)."""
    rule = small_world_rule(key, n_people, mean_degree, rewiring)
    if rule is None:
        return stored(complete(n_people))
    return Around(np.zeros(1, np.uint32), np.empty(0, np.int32), *rule)


@leaf
def write_friends(around, person, room):
    """Write the friends of a person into `room`, ascending; return how many they are."""
    if around.ring[N] > 0:
        return computed_friends(around.ring, around.salts, person, room)
    first = np.int64(around.start[person])
    n = np.int64(around.start[person + 1]) - first
    for j in range(n):
        room[j] = around.ids[first + j]
    return n


@leaf
def a_friend(around, person, u, room):
    """Return one of the person's friends, all alike, or -1 if there is none."""
    if around.ring[N] > 0:
        n = computed_friends(around.ring, around.salts, person, room)
        return int(room[whole_below(u, n)])
    first = np.int64(around.start[person])
    n = np.int64(around.start[person + 1]) - first
    return int(around.ids[first + whole_below(u, n)]) if n > 0 else -1
