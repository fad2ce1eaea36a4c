"""Who is around a person: friends looked up where they are stored, computed where they are not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core.compiled import compiled, leaf, loop
from simulation.core.randomness import Key, whole_below
from simulation.people.friends import (
    Friends,
    complete_rows,
    friends_from_pairs,
    half_of_even,
    scale_free_rows,
    small_world_sizes,
)
from simulation.people.small_world import (
    HALF,
    N,
    computed_friends,
    held_friendships,
    ring_of,
)


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
        return room_around(self).size - 1

    def rows(self) -> Friends:
        """Return the friends of everybody, as a table."""
        if self.ring[N] == 0:
            return Friends(self.start, self.ids)
        ends = held_friendships(self.ring, self.salts)
        return friends_from_pairs(self.n_people, ends[0], ends[1])[0]


def stored(friends: Friends) -> Around:
    """Return a graph whose rows are stored."""
    return in_rows(*friends)


@loop
def in_rows(start, ids):
    """Return a graph of these rows."""
    return Around(start, ids, np.zeros(8, np.int64), np.zeros((1, 1), np.uint64))


#: The graphs `around_of` makes, by number.
MADE = ("small_world", "scale_free", "complete", "none")
SMALL_WORLD, SCALE_FREE, COMPLETE, NONE = range(4)


@compiled
def around_of(key, graph, n, mean_degree, rewiring):
    """Return the graph of this number; a small world is not stored (see friends.py)."""
    if graph == NONE:
        return in_rows(np.zeros(n + 1, np.uint32), np.empty(0, np.int32))
    half = half_of_even(min(mean_degree, max(n - 1.0, 0.0)))
    if graph == COMPLETE or 2 * half >= n - 1:
        start, ids = complete_rows(n)
        return in_rows(start, ids)
    if graph == SCALE_FREE:
        start, ids = scale_free_rows(key, n, half)
        return in_rows(start, ids)
    ring, salts = ring_of(key, n, half, rewiring)
    return Around(np.zeros(1, np.uint32), np.empty(0, np.int32), ring, salts)


def small_world_around(key: Key, n_people: int, mean_degree: float, rewiring: float) -> Around:
    """Return a small world that is not stored (`friends.small_world`)."""
    n, degree, rewiring = small_world_sizes(n_people, mean_degree, rewiring)
    return around_of(key, SMALL_WORLD, n, degree, rewiring)


@loop
def room_around(around):
    """Return room for the friends of one person."""
    most = 3 * around.ring[HALF]
    for person in range(around.start.size - 1):
        most = max(most, np.int64(around.start[person + 1]) - np.int64(around.start[person]))
    return np.empty(most + 1, np.int64)


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
