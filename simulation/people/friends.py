"""The everyday social graph: who is friends with whom, outside the brand's community.

The graph is generated here (small world, scale-free, blocks, random, complete, none) or read from
a file (`simulation.people.edge_list`), and kept as the engine reads it: for every person the sorted
numbers of the friends, one person after another, eight bytes a friendship.

Building it takes three passes, each linear in people and friendships, and nothing is ever sorted:

1. every pair is filed under its higher person (`_lower_friends`);
2. going through the people upwards, each is filed under his lower friends, whose lists so come
   out sorted, a pair met again standing beside its first copy (`_higher_friends`);
3. going through the people upwards once more, each pair is written at both ends
   (`_both_ends`): a person has met all lower friends before his own turn comes.

Randomness is keyed by person, friendship and attempt: the same key gives the same graph anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf, isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np

from simulation.core.compiled import compiled, loop
from simulation.core.elementary import log, log1p
from simulation.core.randomness import Decision, Key, uniform, whole_below
from simulation.people.small_world import held_friendships, ring_of
from simulation.tools.errors import InputError
from simulation.tools.shown import in_short

#: Most people a graph can have, and most friends a person can have (the engine counts in 16 bits).
MOST_PEOPLE = 2**31 - 1
MOST_FRIENDS = 2**16 - 1
#: Most pairs: both ends of each must be numbered in 32 bits.
MOST_PAIRS = 2**31 - 1


class Friends(NamedTuple):
    """Who is friends with whom (compressed sparse rows, symmetric).

    Attributes
    ----------
    start : uint32, shape (n_people + 1,)
        The friends of person i are ``ids[start[i]:start[i + 1]]``.
    ids : int32, shape (2 * n_friendships,)
        Person numbers, ascending within a person; every friendship stands at both its ends.
    """

    start: np.ndarray
    ids: np.ndarray

    def __repr__(self) -> str:
        found = f"{self.ids.size // 2:,} friendships"
        return in_short("Friends", f"of {self.start.size - 1:,} people", found)


class Counts(NamedTuple):
    """What became of the pairs: their number is the sum of these four."""

    friendships: int
    duplicates: int  # the same pair in the same order, once more
    both_directions: int  # friendships given as a-b and as b-a
    self_loops: int


class TooManyFriendsError(InputError):
    """A person has more friends than the engine can count."""

    def __init__(self, person: int, n_friends: int) -> None:
        self.person, self.n_friends = person, n_friends
        super().__init__(
            f"person {person} has {n_friends:,} friends; at most {MOST_FRIENDS:,} are allowed"
        )


# -- from pairs to rows ---------------------------------------------------------------------------


@loop
def _lower_friends(n, a, b):
    """File every pair under its higher person.

    Returns start (int64, shape (n + 1,)) and lower (uint32): twice the lower person, plus one if
    the pair was given with the higher person first.
    """
    start = np.zeros(n + 2, np.int64)  # one further on: filling moves each entry to its place
    for pair in range(len(a)):
        if a[pair] != b[pair]:
            start[max(a[pair], b[pair]) + 2] += 1
    for person in range(n):
        start[person + 2] += start[person + 1]
    lower = np.empty(start[n + 1], np.uint32)
    for pair in range(len(a)):
        one, other = int(a[pair]), int(b[pair])
        if one < other:
            lower[start[other + 1]] = one << 1
            start[other + 1] += 1
        elif other < one:
            lower[start[one + 1]] = other << 1 | 1
            start[one + 1] += 1
    return start[: n + 1], lower


@loop
def _higher_friends(n, lower_start, lower):
    """File every person under his lower friends, upwards, each pair once.

    Returns rows (int64, shape (n, 2): where a person's list begins and ends), higher (uint32,
    sorted within each list; there may be gaps between lists) and the number of pairs that were
    given in both directions.
    """
    rows = np.zeros((n, 2), np.int64)
    for k in range(len(lower)):
        rows[lower[k] >> 1, 1] += 1
    used = 0
    for person in range(n):
        rows[person, 0] = used
        used += rows[person, 1]
        rows[person, 1] = rows[person, 0]
    higher = np.empty(used, np.uint32)
    both_directions = 0
    for person in range(n):
        for turned in range(2):  # first the pairs given upwards, then those given downwards
            for k in range(lower_start[person], lower_start[person + 1]):
                if lower[k] & 1 != turned:
                    continue
                friend = lower[k] >> 1
                end = rows[friend, 1]
                if end > rows[friend, 0] and higher[end - 1] >> 1 == person:
                    if turned > higher[end - 1] & 1:
                        higher[end - 1] |= 1
                        both_directions += 1
                    continue
                higher[end] = person << 1 | turned
                rows[friend, 1] = end + 1
    for k in range(used):
        higher[k] >>= 1
    return rows, higher, both_directions


@loop
def _both_ends(n, rows, higher):
    """Write every pair at both its ends: the start and ids of `Friends`."""
    start = np.zeros(n + 1, np.uint32)
    cursor = np.zeros(n, np.int64)
    for person in range(n):
        cursor[person] += rows[person, 1] - rows[person, 0]
        for k in range(rows[person, 0], rows[person, 1]):
            cursor[higher[k]] += 1
    used = 0
    for person in range(n):
        size = cursor[person]
        cursor[person] = used
        used += size
        start[person + 1] = used
    ids = np.empty(used, np.int32)
    for person in range(n):
        own = cursor[person]
        for k in range(rows[person, 0], rows[person, 1]):
            friend = higher[k]
            ids[own] = friend
            own += 1
            ids[cursor[friend]] = person
            cursor[friend] += 1
    return start, ids


@compiled
def _from_pairs(n, a, b):
    """The three passes: start, ids and the number of pairs given in both directions."""
    lower_start, lower = _lower_friends(n, a, b)
    rows, higher, both_directions = _higher_friends(n, lower_start, lower)
    start, ids = _both_ends(n, rows, higher)
    return start, ids, both_directions


def friends_from_pairs(n_people: int, a: np.ndarray, b: np.ndarray) -> tuple[Friends, Counts]:
    """Return the graph in which a[k] and b[k] are friends, and what was dropped on the way.

    Parameters
    ----------
    n_people : int
        Persons are numbered 0 .. n_people - 1.
    a, b : int, shape (n_pairs,)
        Pairs in any order; a pair may come again, also turned round, and a person may be paired
        with himself: such pairs are dropped and counted.

    Raises
    ------
    ValueError
        If a number is not a person, the lengths differ, or someone has over 65,535 friends.
    """
    n_people = _whole("n_people", n_people, 0, MOST_PEOPLE)
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(f"a, b: shapes {a.shape} and {b.shape}; one length is needed")
    if len(a) > MOST_PAIRS:
        raise InputError(f"{len(a):,} pairs; at most {MOST_PAIRS:,} are allowed")
    for name, ends in (("a", a), ("b", b)):
        if len(ends) and ends.dtype.kind not in "iu":
            raise InputError(f"{name}: {ends.dtype} numbers; whole numbers are needed")
        if len(ends) and not 0 <= int(ends.min()) <= int(ends.max()) < n_people:
            raise InputError(f"{name}: not all persons are from 0 to n_people - 1 = {n_people - 1}")
    a, b = np.ascontiguousarray(a, np.int32), np.ascontiguousarray(b, np.int32)
    start, ids, both_directions = _from_pairs(n_people, a, b)
    friendships, self_loops = len(ids) // 2, int(np.count_nonzero(a == b))
    duplicates = len(a) - self_loops - friendships - both_directions
    counts = Counts(friendships, duplicates, int(both_directions), self_loops)
    return _countable(Friends(start, ids)), counts


# -- generators -----------------------------------------------------------------------------------
#
# key          seed and replication (`randomness.make_key`)
# n_people     number of people
# mean_degree  friends of a person on average; n_people - 1 or more: everyone is everyone's friend


def no_friends(n_people: int) -> Friends:
    """Return the graph in which nobody has a friend."""
    n_people = _whole("n_people", n_people, 0, MOST_PEOPLE)
    return Friends(np.zeros(n_people + 1, np.uint32), np.empty(0, np.int32))


def complete(n_people: int) -> Friends:
    """Return the graph in which everyone is friends with everyone (at most 65,536 people)."""
    return Friends(*_complete(_whole("n_people", n_people, 0, MOST_FRIENDS + 1)))


@loop
def complete_rows(n):
    """Return start and ids of the graph in which everyone is friends with everyone."""
    start, ids = np.zeros(n + 1, np.uint32), np.empty(n * max(n - 1, 0), np.int32)
    for person in range(n):
        first = person * (n - 1)
        for j in range(n - 1):
            ids[first + j] = j if j < person else j + 1
        start[person + 1] = first + n - 1
    return start, ids


@compiled
def _complete(n):
    """`complete_rows`, to be called from Python."""
    return complete_rows(n)


def small_world(key: Key, n_people: int, mean_degree: float, rewiring: float) -> Friends:
    """Return a small world: neighbours on a ring, a share of the friendships led elsewhere.

    Everyone holds `mean_degree` / 2 friendships, with the next people on a ring. Every friendship
    is moved with chance `rewiring`: its holder keeps it, the other end becomes anyone, by a keyed
    shuffle of all people for each distance. The engine computes these friends when it asks for
    them (small_world.py); here they are written down.

    Parameters
    ----------
    mean_degree : float
        Rounded to the nearest **even number from 2 up** (5 becomes 6).
    rewiring : float
        Chance that a friendship is moved: 0 is the ring; at 1 whom one knows is anyone's guess, but
        nearly everybody has equally many friends.

    Notes
    -----
    Where it differs from networkx.watts_strogatz_graph: a friendship that is moved to a friend is
    one with the one there is (networkx draws again), so the mean degree is lower, by about
    `rewiring` times its square over `n_people`: a hair in a town, a fifth in a dense class of 40.
    No two friendships of one distance are moved to the same person, so degrees vary less: by
    d r (1 - r), not d r (1 - r / 2), and never beyond 3 d / 2 (d mean degree, r rewiring). Who is
    given to themselves keeps the neighbour.

    Decisions FRIEND_REWIRE (which friendship of the person: index and word) and FRIEND_TARGET
    (the shuffles). Source: Watts and Strogatz (1998), Collective dynamics of 'small-world'
    networks, Nature 393, 440-442.
    """
    n, degree, rewiring = small_world_sizes(n_people, mean_degree, rewiring)
    half = half_of_even(degree)
    if 2 * half >= n - 1:
        return complete(n)
    ends = held_friendships(*ring_of(key, n, half, rewiring))
    return friends_from_pairs(n, ends[0], ends[1])[0]


def small_world_sizes(
    n_people: int, mean_degree: float, rewiring: float
) -> tuple[int, float, float]:
    """Return what makes a small world, checked."""
    return *_sizes(n_people, mean_degree), _number("rewiring", rewiring, 0, 1)


@loop
def half_of_even(degree):
    """Return half of the even number nearest to degree, at least 1."""
    return max(floor(degree / 2 + 0.5), 1)


@loop
def scale_free_rows(key, n, half):
    """A star of half + 1 people, then everyone else in turn, each with `half` older friends."""
    lower_start = np.empty(n + 1, np.int64)
    for person in range(n + 1):
        lower_start[person] = max(person - 1, 0) if person <= half else (person - half) * half
    lower = np.empty(lower_start[n], np.uint32)  # twice the lower person, as in _lower_friends
    lower[:half] = 0
    newest = np.full(n, -1, np.int32)  # the latest newcomer to choose this person
    for person in range(half + 1, n):
        found = lower_start[person]
        n_ends = 2 * found
        attempt = 0
        while found < lower_start[person + 1]:
            u = uniform(key, person, 0, Decision.FRIEND_ATTACH, attempt)
            attempt += 1
            end = whole_below(u, n_ends)  # of all friendships so far, one end: popular people more
            pair = end >> 1
            if end & 1:
                friend = np.int64(lower[pair] >> 1)
            else:
                friend = pair + 1 if pair < half else pair // half + half
            if newest[friend] != person:
                newest[friend] = person
                lower[found] = friend << 1
                found += 1
    rows, higher, _ = _higher_friends(n, lower_start, lower)
    return _both_ends(n, rows, higher)


@compiled
def _scale_free(key, n, half):
    """`scale_free_rows`, to be called from Python."""
    return scale_free_rows(key, n, half)


def scale_free(key: Key, n_people: int, mean_degree: float) -> Friends:
    """Return a scale-free graph: newcomers befriend those who already have many friends.

    m = mean_degree / 2. A star of m + 1 people comes first; every further person befriends m
    different people, each drawn with a chance in proportion to the friends they have so far. That
    makes m (n_people - m) friendships: a mean degree a little below 2 m. The degrees follow a
    power law of exponent 3, and some people are friends with very many. `mean_degree` is rounded
    to the nearest **even number from 2 up** (5 becomes 6).

    Notes
    -----
    Decision FRIEND_ATTACH (index: the attempt). Source: Barabasi and Albert (1999), Emergence of
    scaling in random networks, Science 286, 509-512.
    """
    n, degree = _sizes(n_people, mean_degree)
    half = half_of_even(degree)
    if 2 * half >= n - 1:
        return complete(n)
    return _countable(Friends(*_scale_free(key, n, half)))


@loop
def _next_friends(key, person, decision, first, beyond, log_stay, higher, used):
    """Befriend those from `first` to `beyond` - 1 independently, jumping from one to the next."""
    candidate = first
    draws = 0
    while candidate < beyond:
        u = uniform(key, person, 0, decision, draws)
        draws += 1
        jump = log(u) / log_stay
        if jump >= beyond - candidate:
            break
        candidate += int(jump)
        if used < len(higher):
            higher[used] = candidate
        used += 1
        candidate += 1
    return used


@compiled
def _independent(key, n, n_blocks, log_in, log_out, higher):
    """Fill `higher` with everyone's higher friends; return where each list begins and ends.

    Shape (n, 2), int64. What has no room in `higher` is counted, not written.
    """
    rows = np.empty((n, 2), np.int64)
    used = 0
    for block in range(n_blocks):
        beyond = (block + 1) * n // n_blocks
        for person in range(block * n // n_blocks, beyond):
            rows[person, 0] = used
            if log_in < 0.0:
                used = _next_friends(
                    key, person, Decision.FRIEND_SOURCE, person + 1, beyond, log_in, higher, used
                )
            if log_out < 0.0:
                used = _next_friends(
                    key, person, Decision.FRIEND_BLOCK, beyond, n, log_out, higher, used
                )
            rows[person, 1] = used
    return rows


@compiled
def _mirrored(n, rows, higher):
    """`_both_ends`, to be called from Python."""
    return _both_ends(n, rows, higher)


def block(
    key: Key, n_people: int, mean_degree: float, n_blocks: int, share_within: float
) -> Friends:
    """Return a graph of equal blocks, a given share of the friendships inside them.

    Every two people of one block are friends with one chance, every two people of different
    blocks with another, all independently. The chances are set so that people have `mean_degree`
    friends on average and `share_within` of all friendships are inside a block. Where the blocks
    are too small for their share they are complete, and the rest is made between them (and the
    other way round): the mean degree is kept.

    Parameters
    ----------
    mean_degree : float
        Any number from 0 up.
    n_blocks : int
        Number of blocks, from 1 up; their sizes differ by one at most. Block k is persons
        k n_people // n_blocks to (k + 1) n_people // n_blocks - 1.
    share_within : float
        Share of the friendships inside a block, 0 to 1.

    Notes
    -----
    From one friend to the next a person jumps over a geometric number of people, which is equal
    in law to one draw for every pair (Batagelj and Brandes 2005, Physical Review E 71, 036113).
    Decisions FRIEND_SOURCE inside the block, FRIEND_BLOCK outside (index: the number of the jump).
    Source: Holland, Laskey and Leinhardt (1983), Stochastic blockmodels: first steps, Social
    Networks 5, 109-137.
    """
    n, degree = _sizes(n_people, mean_degree)
    n_blocks = min(_whole("n_blocks", n_blocks, 1, MOST_PEOPLE), max(n, 1))
    share_within = _number("share_within", share_within, 0, 1)
    if degree >= n - 1:
        return complete(n)
    small, n_larger = divmod(n, n_blocks)
    possible_within = (n_blocks * small * (small - 1)) // 2 + n_larger * small
    possible_between = n * (n - 1) // 2 - possible_within
    wanted = n * degree / 2
    between = min(wanted - min(wanted * share_within, possible_within), possible_between)
    chances = (wanted - between, possible_within), (between, possible_between)
    log_in, log_out = (_log_stay(mean, possible) for mean, possible in chances)
    higher = np.empty(int(wanted + 6 * sqrt(wanted)) + 16, np.uint32)
    rows = _independent(key, n, n_blocks, log_in, log_out, higher)
    if rows[n - 1, 1] > len(higher):  # hardly ever: the same again, with room enough
        higher = np.empty(rows[n - 1, 1], np.uint32)
        rows = _independent(key, n, n_blocks, log_in, log_out, higher)
    return _countable(Friends(*_mirrored(n, rows, higher)))


def random_graph(key: Key, n_people: int, mean_degree: float) -> Friends:
    """Return a random graph: every two people are friends with the same chance.

    The chance is mean_degree / (n_people - 1), independently for every pair; `mean_degree` may be
    any number from 0 up. It is a `block` graph of one block, with the same decisions. Source:
    Erdos and Renyi (1959), On random graphs I, Publicationes Mathematicae 6, 290-297; independent
    pairs as in Gilbert (1959), Random graphs, Annals of Mathematical Statistics 30, 1141-1144.
    """
    return block(key, n_people, mean_degree, 1, 1.0)


#: The graphs by name: the function, and what it takes.
GRAPHS: dict[str, tuple[Callable[..., Friends], tuple[str, ...]]] = {
    "small_world": (small_world, ("key", "n_people", "mean_degree", "rewiring")),
    "scale_free": (scale_free, ("key", "n_people", "mean_degree")),
    "block": (block, ("key", "n_people", "mean_degree", "n_blocks", "share_within")),
    "random": (random_graph, ("key", "n_people", "mean_degree")),
    "complete": (complete, ("n_people",)),
    "none": (no_friends, ("n_people",)),
}


def generate(
    name: str,
    key: Key,
    n_people: int,
    *,
    mean_degree: float,
    rewiring: float,
    n_blocks: int,
    share_within: float,
) -> Friends:
    """Return the graph called `name`, one of GRAPHS; what it has no use for is not looked at."""
    if name not in GRAPHS:
        raise InputError(f"friends: no graph is called {name!r}; allowed: {', '.join(GRAPHS)}")
    given: dict[str, Any] = {
        "key": key,
        "n_people": n_people,
        "mean_degree": mean_degree,
        "rewiring": rewiring,
        "n_blocks": n_blocks,
        "share_within": share_within,
    }
    function, takes = GRAPHS[name]
    return function(*(given[argument] for argument in takes))


# -- checks ---------------------------------------------------------------------------------------


def _whole(name: str, value: Any, low: int, high: int) -> int:
    """Return value as an int, or say what is wrong with it."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))
    if not whole or not low <= value <= high:
        raise InputError(f"{name}: {value!r} is not a whole number from {low:,} to {high:,}")
    return int(value)


def _number(name: str, value: Any, low: float, high: float) -> float:
    """Return value as a float, or say what is wrong with it."""
    if not isfinite(value) or not low <= value <= high:
        raise InputError(f"{name}: {value!r} is not a number from {low:g} to {high:g}")
    return float(value)


def _sizes(n_people: Any, mean_degree: Any) -> tuple[int, float]:
    """Return number of people and mean degree, checked: nobody has more friends than others."""
    n = _whole("n_people", n_people, 0, MOST_PEOPLE)
    degree = min(_number("mean_degree", mean_degree, 0, inf), float(max(n - 1, 0)))
    if n * degree / 2 > 0.99 * MOST_PAIRS:
        raise InputError(
            f"n_people, mean_degree: {n:,} people with {degree:g} friends make "
            f"{n * degree / 2:,.0f} friendships; at most {0.99 * MOST_PAIRS:,.0f} are allowed"
        )
    return n, degree


def _log_stay(mean: float, possible: int) -> float:
    """Return the log of the chance that a possible pair is not friends (0: none is)."""
    if mean <= 0 or possible == 0:
        return 0.0
    return -inf if mean >= possible else log1p(-mean / possible)


def _countable(friends: Friends) -> Friends:
    """Return friends, unless someone has more of them than the engine can count."""
    n_friends = np.diff(friends.start)
    if len(n_friends) and n_friends.max() > MOST_FRIENDS:
        person = int(n_friends.argmax())
        raise TooManyFriendsError(person, int(n_friends[person]))
    return friends
