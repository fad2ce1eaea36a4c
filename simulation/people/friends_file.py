"""The border where a real friendship graph comes in: a file, or a graph of networkx or igraph.

`with_friends` settles it: the scenario it returns names a file, so that whatever carries a scenario
(worker processes, stores, manifests) carries its friendships too. A graph in memory is written
once to a file of the user's cache that is named after what is in it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.inputs.scenario import Scenario
from simulation.people.friends import Friends
from simulation.tools.errors import InputError, shortened
from simulation.tools.files import cache_folder, hash_of

if TYPE_CHECKING:
    from simulation.people.edge_list import EdgeList


def with_friends(
    scenario: str | Path | Scenario, friends: Any = None, columns: str | Sequence[Any] = ""
) -> Scenario:
    """Return the scenario on a real friendship graph, with as many people as that has.

    Parameters
    ----------
    scenario : name, path of a .toml file, or object
    friends : path, networkx.Graph, igraph.Graph or None
        A path: a list of pairs (txt, csv, tsv, gz), GraphML, GML, GEXF, Pajek, Matrix Market or
        JSON. A graph: every node is a person, also without friends; whatever its kind, a
        friendship is mutual and counts once, and nobody is his own friend. People are numbered in
        order of their ids if these are whole numbers, else of their names (in igraph the
        attribute ``name``, where there is one). None: the scenario stays as it is.
    columns : str or two names or numbers
        Which columns of a table hold the friends, by heading or by number from 1 ("source,target",
        (2, 3)), where the file does not tell them.

    Raises
    ------
    InputError
        With one line that names what is wrong and what is allowed.
    """
    world = Scenario.load(scenario)
    columns = _columns(columns)
    if friends is None:
        if columns:
            raise InputError("columns of friends without a file of friends; give both or neither")
        return world
    if isinstance(friends, (str, os.PathLike)):
        path = Path(friends).resolve() if len(os.fspath(friends)) < 4000 else Path(friends)
        read = _read(os.fspath(friends), columns, _stamp(friends))
    elif columns:
        raise InputError("columns of friends are for files of columns; a graph has none")
    else:
        path = _written(friends)
        read = _read(str(path), "", _stamp(path))
    return world.replace(
        graph="file",
        friends_file=str(path),
        friends_columns=columns,
        n_people=read.n_people,
    )


def with_counted_people(scenario: Scenario) -> Scenario:
    """Return the scenario with as many people as its file of friendships has, if it has one."""
    if scenario.world.graph != "file":
        return scenario
    return scenario.replace(n_people=_edge_list(scenario).n_people)


def read_friends(scenario: Scenario) -> Friends:
    """Return the friendships of a scenario with a file of them (read once while unchanged)."""
    return _edge_list(scenario).friends


def friends_sentence(scenario: Scenario) -> str:
    """Return what was read from a scenario's file of friendships, and its first pair."""
    return _edge_list(scenario).sentence


def friends_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of the edge list a scenario lives on; "" where there is none."""
    path = scenario.world.friends_file
    return _file_hash(path, _stamp(path)) if scenario.world.graph == "file" else ""


@lru_cache(maxsize=2)
def _file_hash(path: str, stamp: int) -> str:
    try:
        return hash_of(Path(path))
    except OSError as error:
        raise InputError(f"{shortened(path)}: cannot be read ({error.strerror})") from None


def _edge_list(scenario: Scenario) -> EdgeList:
    world = scenario.world
    return _read(world.friends_file, world.friends_columns, _stamp(world.friends_file))


@lru_cache(maxsize=2)
def _read(path: str, columns: str, stamp: int) -> EdgeList:  # a changed file is new by its stamp
    from simulation.people.edge_list import read_edge_list

    try:
        return read_edge_list(path, columns)
    except OSError as error:
        raise InputError(f"{shortened(path)}: cannot be read ({error.strerror})") from None


def _stamp(path: str | os.PathLike[str]) -> int:
    """Return when a file was last changed, 0 if it cannot be told (the reader will say why)."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def _columns(columns: Any) -> str:
    """Return two columns as text."""
    if isinstance(columns, str):
        return columns
    if not isinstance(columns, Sequence):
        raise InputError(f"columns = {shortened(columns)}: two names or numbers are needed")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(columns)
    return line.getvalue()


# -- graphs in memory -----------------------------------------------------------------------------


def _written(graph: Any) -> Path:
    """Write a graph to a file named after its contents, once, and return its path."""
    from simulation.people.edge_ids import numbered

    people, links, directed = _parts(graph)
    pairs = _pairs(people, links)
    numbers, names, _ = numbered(pairs.ids)
    a, b = numbers[pairs.a], numbers[pairs.b]
    if not directed:
        a, b = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((b, a))  # the same graph is the same file, in whatever order it was built
    a, b = a[order], b[order]
    n_people = int(numbers.max()) + 1
    if isinstance(names, list):
        links = zip(a.tolist(), b.tolist(), strict=True)
        value = {"nodes": names, "links": [[names[one], names[other]] for one, other in links]}
        return _kept(json.dumps(value).encode(), ".json")
    alone = np.ones(n_people, bool)
    alone[a] = alone[b] = False
    ids = np.arange(n_people) if names is None else names
    a, b = (ids[np.append(ends, np.flatnonzero(alone))] for ends in (a, b))
    lines = zip(a.tolist(), b.tolist(), strict=True)
    return _kept("".join(f"{one} {other}\n" for one, other in lines).encode(), ".txt")


def _parts(graph: Any) -> tuple[list[Any], Any, bool]:
    """Return people, links and whether these have a direction, of networkx or igraph."""
    if all(hasattr(graph, name) for name in ("vs", "vcount", "get_edgelist", "is_directed")):
        people = list(range(graph.vcount()))
        if "name" in graph.vs.attributes():
            people = list(graph.vs["name"])
        links = ((people[one], people[other]) for one, other in graph.get_edgelist())
        return people, links, bool(graph.is_directed())
    if all(hasattr(graph, name) for name in ("nodes", "edges", "adj", "is_directed")):
        return list(graph.nodes), graph.edges(), bool(graph.is_directed())
    kind = f"{type(graph).__module__}.{type(graph).__name__}".removeprefix("builtins.")
    raise InputError(
        f"friends: {kind} given; the path of a file, a networkx Graph or an igraph Graph is needed"
    )


def _pairs(people: list[Any], links: Any) -> Any:
    """Return the pairs of a graph, or say what is wrong with it."""
    from simulation.people.edge_formats import pairs_from

    try:
        return pairs_from("a graph", people, links)
    except InputError as error:
        raise InputError(f"friends: {error}") from None


def _kept(data: bytes, ending: str) -> Path:
    """Return the path of a file in the cache with these contents."""
    folder = cache_folder("friends")
    path = folder / f"{hashlib.sha256(data).hexdigest()[:32]}{ending}"
    try:
        if path.exists() and path.read_bytes() == data:
            return path
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
            file.write(data)
        os.replace(file.name, path)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"friends: the graph cannot be kept in {folder} ({reason})") from None
    return path
