"""Small worlds that are computed, not stored: the keyed shuffle, and who is friends with whom."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse.csgraph import shortest_path

from simulation.core.randomness import (
    SHUFFLE_ROUNDS,
    U64,
    Decision,
    draw,
    make_key,
    mixed,
    shuffled,
    shuffled_back,
    wrapped,
)
from simulation.people.around import a_friend, small_world_around, stored, write_friends
from simulation.people.friends import small_world
from simulation.people.small_world import HALF, SIDE_A, SIDE_B, held_friendships, ring_of
from tests.native import native
from tests.people.test_friends import as_networkx

SMALLEST_P = 1e-6


# -- the shuffle ----------------------------------------------------------------------------------


@native
def shuffle_them(persons, salts, n, a, b, there, back):
    """Where a shuffle puts persons, and whom it puts where they are."""
    for j in range(persons.size):
        there[j] = shuffled(persons[j], salts, n, a, b)
        back[j] = shuffled_back(persons[j], salts, n, a, b)


@native
def shuffle_weakly(persons, salts, n, a, b, there):
    """The same with two rounds in place of six."""
    for j in range(persons.size):
        x = U64(persons[j])
        while True:
            left, right = x // U64(b), x % U64(b)
            left = wrapped(left + mixed(right, salts[0], a), a)
            right = wrapped(right + mixed(left, salts[1], b), b)
            x = left * U64(b) + right
            if x < U64(n):
                break
        there[j] = np.int64(x)


def shuffle_of(seed: int, n: int):
    """Return (salts, n, side, side) of a shuffle as a small world uses it."""
    ring, salts = ring_of(make_key(seed), n, 1, 0.5)
    return salts[0], n, int(ring[SIDE_A]), int(ring[SIDE_B])


def shuffle(seed: int, n: int, persons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the shuffle of a seed puts persons, and whom it puts where they are."""
    there, back = np.empty_like(persons), np.empty_like(persons)
    shuffle_them(persons, *shuffle_of(seed, n), there, back)
    return there, back


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 7, 12, 1000, 1024, 99_991])
def test_a_shuffle_is_one_to_one_and_can_be_turned_back(n):
    everybody = np.arange(n)
    for seed in range(3):
        there, back = shuffle(seed, n, everybody)
        np.testing.assert_array_equal(np.sort(there), everybody)
        np.testing.assert_array_equal(back[there], everybody)
        np.testing.assert_array_equal(there[back], everybody)


@pytest.mark.parametrize("n", [2**31 - 1, 2**31 - 2, 46_340**2, 46_340**2 + 1, 46_341**2 - 1])
def test_a_shuffle_of_the_most_people_can_be_turned_back(n):
    """Samples from both ends and in between, where sides of the square are a whole root or not."""
    n = min(n, 2**31 - 1)
    middle = np.random.default_rng(0).integers(0, n, 20_000)
    persons = np.unique(np.concatenate([np.arange(1000), n - 1 - np.arange(1000), middle]))
    there, _ = shuffle(1, n, persons)
    assert there.min() >= 0
    assert there.max() < n
    assert np.unique(there).size == persons.size
    np.testing.assert_array_equal(shuffle(1, n, there)[1], persons)
    np.testing.assert_array_equal(shuffle(1, n, shuffle(1, n, persons)[1])[0], persons)


def test_a_shuffle_in_plain_python_is_the_compiled_one():
    persons = np.arange(40)
    for n in (40, 99_991, 2**31 - 1):
        salts, *sizes = shuffle_of(2, n)
        words = [U64(int(salt)) for salt in salts]
        there, back = shuffle(2, n, persons)
        assert [int(shuffled(U64(int(p)), words, *sizes)) for p in persons] == there.tolist()
        assert [int(shuffled_back(U64(int(p)), words, *sizes)) for p in persons] == back.tolist()


def places_of_three(n: int, seeds: int, weakly: bool = False) -> np.ndarray:
    """Return where three people land (0-1) under many keys, shape (seeds, 3).

    They are neighbours in the two ways a square has: persons k, k + 1 and k + side.
    """
    found, side = np.empty((seeds, 3)), shuffle_of(0, n)[3]
    for seed in range(seeds):
        persons = seed * 7 % (n - side) + np.array([0, 1, side])
        there, back = np.empty(3, np.int64), np.empty(3, np.int64)
        if weakly:
            shuffle_weakly(persons, *shuffle_of(seed, n), there)
        else:
            shuffle_them(persons, *shuffle_of(seed, n), there, back)
        found[seed] = (there + 0.5) / n
    return found


def joint_p(one: np.ndarray, other: np.ndarray, bins: int = 16) -> float:
    """Return the p-value of two columns (0-1) against independent uniforms."""
    cells = (one * bins).astype(int) * bins + (other * bins).astype(int)
    return float(stats.chisquare(np.bincount(cells, minlength=bins * bins)).pvalue)


@pytest.mark.parametrize("n", [99_991, 1_000_000])
def test_neighbours_land_anywhere_and_independently(n):
    """20,000 keys: where three neighbours land, in pairs; and how far from each other."""
    found = places_of_three(n, 20_000)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert joint_p(found[:, one], found[:, other]) > SMALLEST_P
        apart = (found[:, other] - found[:, one]) % 1.0
        assert joint_p(found[:, one], apart) > SMALLEST_P


def test_two_rounds_would_be_too_few():
    """The same test, with less of a shuffle, sees it: k and k + side stay together."""
    found = places_of_three(99_991, 20_000, weakly=True)
    assert joint_p(found[:, 0], found[:, 2]) < SMALLEST_P
    assert joint_p(found[:, 0], (found[:, 2] - found[:, 0]) % 1.0) < SMALLEST_P


def test_one_shuffle_scatters_a_whole_town():
    """Within one shuffle of 99,991: neighbours, and people who stand below each other in it."""
    n = 99_991
    side = shuffle_of(3, n)[3]
    there, weak = shuffle(3, n, np.arange(n))[0] / n, np.empty(n, np.int64)
    shuffle_weakly(np.arange(n), *shuffle_of(3, n), weak)
    weak = weak / n
    for step in (1, 2, side, side + 1):
        apart = (there[step:] - there[:-step]) % 1.0
        assert joint_p(there[step:], there[:-step]) > SMALLEST_P, step
        assert stats.kstest(apart, "uniform").pvalue > SMALLEST_P, step
    assert any(
        stats.kstest((weak[step:] - weak[:-step]) % 1.0, "uniform").pvalue < SMALLEST_P
        for step in (1, 2, side, side + 1)
    )


def test_the_shuffles_of_two_distances_are_unrelated():
    _, salts = ring_of(make_key(4), 1000, 6, 0.1)
    assert salts.shape == (6, SHUFFLE_ROUNDS)
    assert np.unique(salts).size == salts.size
    ring, salts = ring_of(make_key(4), 99_991, 2, 0.1)
    both = []
    for slot in range(2):
        there, back = np.empty(99_991, np.int64), np.empty(99_991, np.int64)
        sizes = 99_991, int(ring[SIDE_A]), int(ring[SIDE_B])
        shuffle_them(np.arange(99_991), salts[slot], *sizes, there, back)
        both.append(there / 99_991)
    assert joint_p(*both) > SMALLEST_P
    assert joint_p(both[0], both[0]) < SMALLEST_P


# -- computed and stored --------------------------------------------------------------------------


@native
def rows_of(around, room, n_friends, rows):
    """The friends of everybody, one person after another, as the engine asks for them."""
    for person in range(n_friends.size):
        n_friends[person] = write_friends(around, person, room)
        for j in range(n_friends[person]):
            rows[person, j] = room[j]


@native
def friends_drawn(around, room, person, u, found):
    """One friend for each of many uniforms."""
    for j in range(u.size):
        found[j] = a_friend(around, person, u[j], room)


def room_in(around) -> np.ndarray:
    """Return room for the friends of one person, as the engine makes it."""
    return np.empty(around.most_friends + 1, np.int64)


def assert_computed_as_stored(around, table) -> None:
    """Compare computed friends with a table, row by row; nobody has more than the room made."""
    n = table.start.size - 1
    assert around.n_people == n
    n_friends, rows = np.empty(n, np.int64), np.full((n, around.most_friends + 1), -1)
    rows_of(around, room_in(around), n_friends, rows)
    np.testing.assert_array_equal(n_friends, np.diff(table.start.astype(np.int64)))
    assert n_friends.max(initial=0) <= around.most_friends
    np.testing.assert_array_equal(rows[rows >= 0], table.ids)  # rows begin at their left ends


@settings(max_examples=120, deadline=None)
@given(
    st.integers(1, 90), st.integers(0, 40), st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
    st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_computed_friends_are_those_of_the_table(n, degree, rewiring, seed, replication):
    key = make_key(seed, replication)
    around, table = (
        small_world_around(key, n, degree, rewiring),
        small_world(key, n, degree, rewiring),
    )
    assert_computed_as_stored(around, table)
    assert_computed_as_stored(stored(table), table)
    for one, other in zip(around.rows(), table, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("n", "degree", "rewiring"), [(50_000, 10, 0.1), (20_011, 34, 0.7)])
def test_computed_friends_of_a_town_are_those_of_the_table(n, degree, rewiring):
    key = make_key(6, 1)
    assert_computed_as_stored(small_world_around(key, n, degree, rewiring),
                              small_world(key, n, degree, rewiring))  # fmt: skip


def test_friendships_are_moved_by_their_own_draw_and_led_by_the_shuffle():
    """By hand: FRIEND_REWIRE says which (index and word by distance), the shuffle where to."""
    key, n, half, rewiring = make_key(7, 2), 211, 5, 0.35
    ring, salts = ring_of(key, n, half, rewiring)
    _, other = held_friendships(ring, salts).reshape(2, n, half)
    assert int(ring[HALF]) == half
    moved = 0
    for slot in range(half):
        there, back = np.empty(n, np.int64), np.empty(n, np.int64)
        shuffle_them(
            np.arange(n), salts[slot], n, int(ring[SIDE_A]), int(ring[SIDE_B]), there, back
        )
        for person in range(n):
            u = draw(key, person, 0, int(Decision.FRIEND_REWIRE) + slot % 4, slot // 4)
            elsewhere = u < rewiring and there[person] != person
            expected = there[person] if elsewhere else (person + slot + 1) % n
            assert other[person, slot] == expected
            moved += u < rewiring
    assert abs(moved - n * half * rewiring) < 5 * np.sqrt(n * half * rewiring * (1 - rewiring))


@pytest.mark.parametrize("rewiring", [0.0, 0.3])
def test_every_friend_is_drawn_alike(rewiring):
    key = make_key(8)
    around = small_world_around(key, 300, 8, rewiring)
    table = small_world(key, 300, 8, rewiring)
    u = (np.arange(4200) + 0.5) / 4200
    for graph in (around, stored(table)):
        for person in (0, 7, 299):
            found = np.empty(u.size, np.int64)
            friends_drawn(graph, room_in(graph), person, u, found)
            whom, how_often = np.unique(found, return_counts=True)
            mine = table.ids[table.start[person] : table.start[person + 1]]
            np.testing.assert_array_equal(whom, mine)
            assert np.ptp(how_often) <= 1
    alone = stored(small_world(key, 1, 8, 0.1))
    found = np.zeros(3, np.int64)
    friends_drawn(alone, room_in(alone), 0, np.array([0.1, 0.5, 0.9]), found)
    assert (found == -1).all()


# -- against networkx -----------------------------------------------------------------------------


def lengths(table) -> float:
    """Return the mean number of steps between people, from every tenth of them."""
    steps = shortest_path(table, unweighted=True, indices=np.arange(0, table.shape[0], 10))
    return float(steps[np.isfinite(steps) & (steps > 0)].mean())


def clustering(table) -> float:
    """Return how many pairs of a person's friends are friends, as networkx does, but faster."""
    degrees = table.sum(axis=1)
    pairs = degrees * (degrees - 1)
    return float(((table @ table * table).sum(axis=1) / np.maximum(pairs, 1)).mean())


def measured(make) -> dict[str, np.ndarray]:
    """Return measures of twelve graphs."""
    graphs = [nx.to_scipy_sparse_array(make(seed), format="csr") for seed in range(12)]
    degrees = [graph.sum(axis=1) for graph in graphs]
    return {
        "degree": np.array([d.mean() for d in degrees]),
        "variance": np.array([d.var() for d in degrees]),
        "largest": np.array([d.max() for d in degrees]),
        "clustering": np.array([clustering(graph) for graph in graphs]),
        "path": np.array([lengths(graph) for graph in graphs]),
    }


def sigmas(ours: np.ndarray, theirs: np.ndarray | float) -> float:
    """Return how many standard errors two means are apart."""
    error = ours.var(ddof=1) / ours.size
    if isinstance(theirs, np.ndarray):
        error += theirs.var(ddof=1) / theirs.size
    return float(abs(ours.mean() - np.mean(theirs)) / np.sqrt(error))


TOWN = 2000


@pytest.mark.parametrize(("degree", "rewiring"), [(8, 0.1), (10, 0.05), (12, 0.02)])
def test_small_worlds_are_those_of_watts_and_strogatz(degree, rewiring):
    """Clustering and paths as networkx's, and not those of a world rewired a third more.

    Where the definitions differ (`friends.small_world`) each has what its definition says: in ours
    friendships that meet are one, and degrees vary less.
    """
    d, r = degree, rewiring
    ours = measured(lambda seed: as_networkx(small_world(make_key(0, seed), TOWN, d, r)))
    theirs = measured(lambda seed: nx.watts_strogatz_graph(TOWN, d, r, seed=seed))
    for name in ("clustering", "path"):
        assert sigmas(ours[name], theirs[name]) < 5.0, name
    other = measured(lambda seed: as_networkx(small_world(make_key(0, seed), TOWN, d, 4 / 3 * r)))
    for name in ("clustering", "path"):
        assert sigmas(other[name], theirs[name]) > 5.0, name
    assert sigmas(ours["variance"], d * r * (1 - r)) < 5.0
    assert sigmas(theirs["variance"], d * r * (1 - r / 2)) < 5.0
    assert (theirs["degree"] == d).all()
    merged = d - ours["degree"].mean()
    assert 0.0 < merged < r * d * d / TOWN + 5 * ours["degree"].std() / np.sqrt(12)
    assert ours["largest"].max() <= 1.5 * d


def test_where_small_worlds_are_not_networkxs():
    """All moved: nearly equal degrees, not Poisson ones; in a dense class a fifth are merged."""
    ours = measured(lambda seed: as_networkx(small_world(make_key(0, seed), TOWN, 6, 1.0)))
    assert ours["variance"].max() < 0.05
    theirs = measured(lambda seed: nx.watts_strogatz_graph(TOWN, 6, 1.0, seed=seed))
    assert theirs["variance"].min() > 2.0
    dense = [small_world(make_key(0, seed), 40, 24, 0.5).ids.size / 40 for seed in range(12)]
    assert np.mean(dense) == pytest.approx(0.8 * 24, rel=0.05)
