"""The everyday social graph: generators against networkx and against their definitions."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.core.compiled import loop
from simulation.core.randomness import make_key
from simulation.people import friends
from simulation.people.friends import (
    GRAPHS,
    Counts,
    Friends,
    TooManyFriendsError,
    block,
    complete,
    friends_from_pairs,
    generate,
    no_friends,
    random_graph,
    scale_free,
    small_world,
)
from tests import ROOT

OPTIONS = {"mean_degree": 6, "rewiring": 0.2, "n_blocks": 3, "share_within": 0.7}


def pairs_of(graph: Friends) -> list[tuple[int, int]]:
    """Every friendship once, lower person first."""
    person = np.repeat(np.arange(len(graph.start) - 1), np.diff(graph.start.astype(np.int64)))
    once = person < graph.ids
    return list(zip(person[once].tolist(), graph.ids[once].tolist(), strict=True))


def as_networkx(graph: Friends) -> nx.Graph:
    result = nx.empty_graph(len(graph.start) - 1)
    result.add_edges_from(pairs_of(graph))
    return result


def check_well_formed(graph: Friends, n_people: int) -> None:
    assert graph.start.dtype == np.uint32
    assert graph.ids.dtype == np.int32
    assert graph.start.shape == (n_people + 1,)
    for array in graph:
        assert array.flags.c_contiguous
        assert array.flags.writeable
    assert graph.start[0] == 0
    assert graph.start[-1] == len(graph.ids)
    rows = [graph.ids[graph.start[i] : graph.start[i + 1]].tolist() for i in range(n_people)]
    for person, row in enumerate(rows):
        assert person not in row
        assert row == sorted(set(row))
    directed = {(person, other) for person, row in enumerate(rows) for other in row}
    assert directed == {(other, person) for person, other in directed}


def digest(graph: Friends) -> str:
    return hashlib.sha256(graph.start.tobytes() + graph.ids.tobytes()).hexdigest()


# -- from pairs -----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=60),
        )
    )
)
def test_pairs_become_the_graph_networkx_makes_of_them(given_pairs):
    n, pairs = given_pairs
    a, b = [one for one, _ in pairs], [other for _, other in pairs]
    graph, counts = friends_from_pairs(n, np.array(a, np.int64), np.array(b, np.int64))
    check_well_formed(graph, n)
    expected = nx.empty_graph(n)
    expected.add_edges_from(pair for pair in pairs if pair[0] != pair[1])
    assert nx.utils.graphs_equal(as_networkx(graph), expected)
    seen = {(one, other) for one, other in pairs if one != other}
    both = sum((other, one) in seen for one, other in seen) // 2
    loops = sum(one == other for one, other in pairs)
    assert counts.friendships == expected.number_of_edges()
    assert counts.both_directions == both
    assert counts.self_loops == loops
    assert counts.duplicates == len(pairs) - loops - len(seen)
    assert sum(counts) == len(pairs)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.uint32, np.int64, np.uint64])
def test_any_whole_numbers_will_do(dtype):
    graph, counts = friends_from_pairs(4, np.array([3, 0], dtype), np.array([1, 2], dtype))
    assert pairs_of(graph) == [(0, 2), (1, 3)]
    assert counts == Counts(2, 0, 0, 0)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_no_pairs_at_all(n):
    graph, counts = friends_from_pairs(n, [], [])
    check_well_formed(graph, n)
    assert counts == Counts(0, 0, 0, 0)
    assert digest(graph) == digest(no_friends(n))


def test_a_hub_and_the_most_friends_a_person_may_have():
    leaves = np.arange(1, 65_537)
    graph, _ = friends_from_pairs(65_537, leaves[:-1], np.zeros(65_535, int))
    assert graph.start[1] == 65_535
    assert graph.ids[:65_535].tolist() == leaves[:-1].tolist()
    with pytest.raises(TooManyFriendsError, match=r"person 0 has 65,536 friends; at most 65,535"):
        friends_from_pairs(65_537, leaves, np.zeros(65_536, int))


@pytest.mark.parametrize(
    ("n", "a", "b", "message"),
    [
        (3, [0, 1], [1], r"shapes \(2,\) and \(1,\)"),
        (3, [0, 3], [1, 1], "a: not all persons are from 0 to n_people - 1 = 2"),
        (3, [0, 1], [1, -1], "b: not all persons"),
        (3, [0.5], [1], "a: float64 numbers; whole numbers are needed"),
        (-1, [], [], "n_people: -1 is not a whole number from 0 to 2,147,483,647"),
        (True, [], [], "n_people: True is not"),
    ],
)
def test_wrong_pairs_are_refused(n, a, b, message):
    with pytest.raises(ValueError, match=message):
        friends_from_pairs(n, a, b)


def test_compiled_code_takes_friends_as_they_are():
    @loop
    def degree(graph, person):
        return graph.start[person + 1] - graph.start[person]

    assert degree(complete(5), 3) == 4


# -- generators against networkx ------------------------------------------------------------------

N, REPLICATIONS = 400, 20


def block_in_networkx(seed: int, n_blocks: int = 4, degree: float = 12.5, share: float = 0.7):
    size = N // n_blocks
    within = share * degree / (size - 1)
    between = (1 - share) * degree / (N - size)
    chances = np.full((n_blocks, n_blocks), between) + np.eye(n_blocks) * (within - between)
    return nx.stochastic_block_model([size] * n_blocks, chances, seed=seed)


def small_world_by_definition(n: int, degree: int, rewiring: float, seed: int) -> nx.Graph:
    """Our small world as MODEL.md defines it, on a graph of networkx, with NumPy's luck.

    (How it stands to networkx's own: tests/people/test_small_world.py.)
    """
    rng = np.random.default_rng(seed)
    graph = nx.empty_graph(n)
    for distance in range(1, degree // 2 + 1):
        moved, shuffle = rng.random(n) < rewiring, rng.permutation(n)
        for person in range(n):
            elsewhere = moved[person] and shuffle[person] != person
            other = shuffle[person] if elsewhere else (person + distance) % n
            graph.add_edge(person, int(other))
    return graph


TWINS = {
    "small_world": (
        lambda key: small_world(key, N, 8, 0.1),
        lambda seed: small_world_by_definition(N, 8, 0.1, seed),
    ),
    "small_world, all moved": (
        lambda key: small_world(key, N, 6, 1.0),
        lambda seed: small_world_by_definition(N, 6, 1.0, seed),
    ),
    "small_world, dense": (
        lambda key: small_world(key, 40, 24, 0.5),
        lambda seed: small_world_by_definition(40, 24, 0.5, seed),
    ),
    "scale_free": (
        lambda key: scale_free(key, N, 8),
        lambda seed: nx.barabasi_albert_graph(N, 4, seed=seed),
    ),
    "scale_free, one friend each": (
        lambda key: scale_free(key, N, 2),
        lambda seed: nx.barabasi_albert_graph(N, 1, seed=seed),
    ),
    "block": (lambda key: block(key, N, 12.5, 4, 0.7), block_in_networkx),
    "random": (
        lambda key: random_graph(key, N, 9.3),
        lambda seed: nx.gnp_random_graph(N, 9.3 / (N - 1), seed=seed),
    ),
    "random, dense": (
        lambda key: random_graph(key, 60, 50),
        lambda seed: nx.gnp_random_graph(60, 50 / 59, seed=seed),
    ),
}


def measures(graph: nx.Graph) -> dict[str, float]:
    degrees = np.array([degree for _, degree in graph.degree()])
    block_of = np.arange(len(degrees)) * 4 // len(degrees)
    within = [block_of[one] == block_of[other] for one, other in graph.edges()]
    quantiles = np.quantile(degrees, [0.05, 0.25, 0.5, 0.75, 0.95])
    return {
        "mean degree": degrees.mean(),
        "variance of degree": degrees.var(),
        **{f"degree, quantile {k}": value for k, value in enumerate(quantiles)},
        "largest degree": degrees.max(),
        "log of degree": np.log1p(degrees).mean(),
        "clustering": nx.average_clustering(graph),
        "like befriends like in degree": sum(
            graph.degree(one) * graph.degree(other) for one, other in graph.edges()
        )
        / graph.number_of_edges(),
        "share within quarters": np.mean(within),
    }


def disagreements(ours: list[dict], theirs: list[dict]) -> dict[str, tuple[float, float, float]]:
    """Measures whose means over the replications are more than 5 standard errors apart."""
    found = {}
    for name in ours[0]:
        one = np.array([row[name] for row in ours])
        other = np.array([row[name] for row in theirs])
        error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        if abs(one.mean() - other.mean()) > 5 * error + 1e-9:
            found[name] = (one.mean(), other.mean(), error)
    return found


@pytest.mark.parametrize("name", TWINS)
def test_generators_have_the_law_of_networkx(name):
    """Or, for small worlds, of their definition written with networkx."""
    ours, theirs = TWINS[name]
    assert not disagreements(
        [measures(as_networkx(ours(make_key(0, r)))) for r in range(REPLICATIONS)],
        [measures(theirs(r)) for r in range(REPLICATIONS)],
    )


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda key: small_world(key, N, 8, 0.12), "small_world"),
        (lambda key: random_graph(key, N, 8), "scale_free"),
        (lambda key: block(key, N, 12.5, 4, 0.65), "block"),
        (lambda key: random_graph(key, N, 10), "random"),
    ],
)
def test_the_comparison_notices_another_graph(wrong, name):
    assert disagreements(
        [measures(as_networkx(wrong(make_key(0, r)))) for r in range(REPLICATIONS)],
        [measures(TWINS[name][1](r)) for r in range(REPLICATIONS)],
    )


@pytest.mark.parametrize(
    ("make", "within", "between"),
    [
        (lambda key: random_graph(key, 7, 2.4), 2.4 / 6, 2.4 / 6),
        (lambda key: block(key, 7, 2, 3, 0.4), 0.4 * 7 / 5, 0.6 * 7 / 16),  # 5 and 16 pairs
    ],
    ids=["random", "block"],
)
def test_every_pair_is_independent_and_has_its_chance(make, within, between):
    block_of = [0, 0, 1, 1, 2, 2, 2]
    pairs = list(combinations(range(7), 2))
    p = np.array([within if block_of[i] == block_of[j] else between for i, j in pairs])
    worlds = 4000
    present = np.zeros((worlds, len(pairs)))
    position = {pair: k for k, pair in enumerate(pairs)}
    for r in range(worlds):
        present[r, [position[pair] for pair in pairs_of(make(make_key(5, r)))]] = 1
    sigma = np.sqrt(p * (1 - p))
    assert np.all(abs(present.mean(axis=0) - p) < 5 * sigma / np.sqrt(worlds))
    standard = (present - p) / sigma
    correlation = standard.T @ standard / worlds - np.eye(len(pairs))
    np.fill_diagonal(correlation, 0)
    assert abs(correlation).max() < 5.5 / np.sqrt(worlds)  # 210 correlations


def test_a_small_world_without_rewiring_is_the_ring():
    ring = nx.watts_strogatz_graph(50, 6, 0)
    assert nx.utils.graphs_equal(as_networkx(small_world(make_key(1), 50, 6, 0)), ring)


@pytest.mark.parametrize(("degree", "even"), [(0, 2), (2.9, 2), (3, 4), (5, 6), (6.9, 6), (7, 8)])
def test_degrees_are_rounded_to_even_numbers(degree, even):
    key = make_key(3)
    assert len(small_world(key, 100, degree, 0.0).ids) == 100 * even
    assert len(scale_free(key, 100, degree).ids) == 2 * (even // 2) * (100 - even // 2)


def test_blocks_too_small_for_their_share_keep_the_mean_degree():
    worlds = [block(make_key(2, r), 200, 12, 20, 1.0) for r in range(20)]
    for graph in worlds:
        pairs = set(pairs_of(graph))
        assert all(
            (10 * b + i, 10 * b + j) in pairs for b in range(20) for i, j in [(0, 9), (3, 4)]
        )
    means = [len(graph.ids) / 200 for graph in worlds]
    assert abs(np.mean(means) - 12) < 5 * np.std(means) / np.sqrt(20)
    assert all(len(block(make_key(2, r), 10, 3, 1, 0.0).ids) for r in range(20))  # one block
    alone = block(make_key(2), 300, 10, 300, 0.5)  # blocks of one person
    assert 8 < len(alone.ids) / 300 < 12
    assert digest(block(make_key(2), 30, 4, 999, 0.5)) == digest(block(make_key(2), 30, 4, 30, 0.5))


def test_nobody_within_or_nobody_between():
    key = make_key(4)
    quarters = [(i * 4 // 100 == j * 4 // 100) for i, j in pairs_of(block(key, 100, 9, 4, 1.0))]
    assert quarters
    assert all(quarters)
    quarters = [(i * 4 // 100 == j * 4 // 100) for i, j in pairs_of(block(key, 100, 9, 4, 0.0))]
    assert quarters
    assert not any(quarters)


def test_room_that_is_too_small_changes_nothing(monkeypatch):
    key = make_key(6)
    expected = digest(block(key, 500, 8, 5, 0.6))
    monkeypatch.setattr(friends, "sqrt", lambda value: -value / 8)  # a quarter of the room needed
    assert digest(block(key, 500, 8, 5, 0.6)) == expected


# -- all generators -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 8, 9, 100])
def test_every_graph_is_well_formed_at_every_size(name, n):
    graph = generate(name, make_key(8), n, **OPTIONS)
    check_well_formed(graph, n)
    if n <= 7 and name != "none":
        assert digest(graph) == digest(complete(n))


@pytest.mark.parametrize("name", GRAPHS)
def test_the_key_decides_and_nothing_else(name):
    def make(seed, replication):
        return digest(generate(name, make_key(seed, replication), 300, **OPTIONS))

    assert make(0, 0) == make(0, 0)
    different = {make(0, 0), make(0, 1), make(1, 0), make(2**40, 0)}
    assert len(different) == (1 if name in ("complete", "none") else 4)


def test_complete_and_none():
    assert nx.utils.graphs_equal(as_networkx(complete(9)), nx.complete_graph(9))
    assert len(no_friends(9).ids) == 0
    with pytest.raises(ValueError, match="n_people: 65537 is not a whole number from 0 to 65,536"):
        complete(65_537)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("smallworld", {}, "no graph is called 'smallworld'; allowed: small_world, scale_free,"),
        ("small_world", {"rewiring": 1.1}, "rewiring: 1.1 is not a number from 0 to 1"),
        ("small_world", {"rewiring": float("nan")}, "rewiring: nan is not a number"),
        ("scale_free", {"mean_degree": -1}, "mean_degree: -1 is not a number from 0"),
        ("random", {"mean_degree": float("inf")}, "mean_degree: inf is not a number from 0"),
        ("block", {"n_blocks": 0}, "n_blocks: 0 is not a whole number from 1"),
        ("block", {"n_blocks": 2.0}, r"n_blocks: 2\.0 is not a whole number from 1"),
        ("block", {"share_within": -0.1}, "share_within: -0.1 is not a number from 0 to 1"),
        ("random", {"n_people": 2**30}, "3,221,225,472 friendships; at most 2,126,008,811"),
    ],
)
def test_wrong_parameters_are_refused(name, changes, message):
    given_options = {"n_people": 100, **OPTIONS, **changes}
    with pytest.raises(ValueError, match=message):
        generate(name, make_key(0), **given_options)


FINGERPRINTS = """
import hashlib, json, sys
if {absent}:
    sys.modules["numba"] = None
from simulation.core.compiler import HAVE_COMPILER
from simulation.people.friends import GRAPHS, friends_from_pairs, generate
from simulation.core.randomness import make_key
assert not HAVE_COMPILER
found = {{}}
for name in GRAPHS:
    for n in (3, 150):
        graph = generate(name, make_key(2**35 + 7, 3), n, **{options!r})
        data = graph.start.tobytes() + graph.ids.tobytes()
        found[name + str(n)] = hashlib.sha256(data).hexdigest()
graph, counts = friends_from_pairs(5, [0, 1, 1, 4, 2, 0], [1, 0, 0, 2, 2, 1])
found["pairs"] = [graph.ids.tolist(), list(counts)]
print(json.dumps(found))
"""


@pytest.mark.parametrize("absent", [False, True], ids=["NUMBA_DISABLE_JIT=1", "no numba"])
def test_the_same_numbers_without_compiler(absent):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FINGERPRINTS.format(absent=absent, options=OPTIONS)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = {
        name + str(n): digest(generate(name, make_key(2**35 + 7, 3), n, **OPTIONS))
        for name in GRAPHS
        for n in (3, 150)
    }
    expected["pairs"] = [[1, 0, 4, 2], [2, 2, 1, 1]]
    assert json.loads(done.stdout) == expected
