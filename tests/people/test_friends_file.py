"""Friendships at the border: files and graphs in memory become a scenario that names a file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import igraph as ig
import networkx as nx
import numpy as np
import pytest

from simulation import (
    BrandModel,
    InputError,
    Scenario,
    compare,
    compare_arms,
    simulate,
    with_friends,
)
from simulation.people import friends_file
from simulation.people.edge_list import read_edge_list
from simulation.people.friends_file import friends_sentence, read_friends
from simulation.tools.files import cache_folder
from tests.people.test_edge_columns import called
from tests.people.test_friends import digest

SMALL = Scenario.load("classroom").replace(n_people=50, n_days=40, days_warm_up=5, launch_day=20)
TWO = ["posting_only", "community_building"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of our own for graphs (the engine's machine code stays where it is)."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(friends_file, "cache_folder", lambda name: folder)
    return folder


def read(scenario: Scenario):
    """Return what stands in the file of a scenario."""
    return read_edge_list(scenario.world.friends_file, scenario.world.friends_columns)


def test_a_graph_is_the_file_it_came_from(tmp_path):
    """networkx reads ids as words, and igraph by place: the people are numbered as in the file."""
    path = tmp_path / "edges.txt"
    path.write_text("10 9\n9 100\n100 10\n8 8\n10 8\n")
    file = with_friends(SMALL, path)
    assert (file.world.graph, file.world.friends_file) == ("file", str(path))
    assert file.world.n_people == 4
    theirs = [
        nx.read_edgelist(path),
        nx.read_edgelist(path, nodetype=int),
        nx.read_edgelist(path, nodetype=float),
        nx.read_edgelist(path, create_using=nx.DiGraph),
        ig.Graph.Read_Ncol(str(path), directed=False),
        ig.Graph.Read_Ncol(str(path), directed=True),
    ]
    for graph in theirs:
        world = with_friends(SMALL, graph)
        assert world.world.n_people == 4
        assert digest(read_friends(world)) == digest(read_friends(file))
        assert read(world).names.tolist() == [8, 9, 10, 100]


def test_graphs_of_names_and_other_nodes(tmp_path):
    graph = nx.Graph([("ann", 'Bob "B" Ek'), ('Bob "B" Ek', "source"), ("source", "#1\nx")])
    graph.add_node("solo")
    found = read(with_friends(SMALL, graph))
    assert called(found) == {frozenset(edge) for edge in graph.edges}
    assert list(found.names) == sorted(graph.nodes)
    grid = with_friends(SMALL, nx.grid_2d_graph(3, 4))
    assert read(grid).n_friendships == 17
    assert read(grid).names[0] == "(0, 0)"
    ring = ig.Graph.Ring(5)
    ring.vs["name"] = list("abcde")
    assert called(read(with_friends(SMALL, ring))) == {
        frozenset(pair) for pair in ("ab", "bc", "cd", "de", "ea")
    }


def test_directions_repetitions_loops_and_people_without_friends():
    """Every node is a person; a friendship is mutual and counts once; all of it is said."""
    graph = nx.MultiDiGraph([(1, 2), (2, 1), (2, 3), (2, 3), (3, 3)])
    graph.add_nodes_from([7, 9])
    world = with_friends(SMALL, graph)
    found = read(world)
    assert found.names.tolist() == [1, 2, 3, 7, 9]
    assert called(found) == {frozenset((1, 2)), frozenset((2, 3))}
    assert "5 people, 2 friendships" in friends_sentence(world)
    assert "1 friendship given in both directions" in friends_sentence(world)
    assert "1 duplicate," in friends_sentence(world)
    assert "2 people without friends" in friends_sentence(world)
    assert friends_sentence(world).endswith("first pair: 1 - 2")
    empty = with_friends(SMALL, nx.empty_graph(3))
    assert (empty.world.n_people, read(empty).n_alone) == (3, 3)
    names = nx.empty_graph(2)
    assert read(with_friends(SMALL, nx.relabel_nodes(names, {0: "a", 1: "b"}))).n_alone == 2


def test_a_graph_is_kept_once(cache):
    """The file is named after its contents, whatever the order the graph was built in."""
    edges = list(nx.karate_club_graph().edges)
    one = with_friends(SMALL, nx.Graph(edges))
    other = with_friends(SMALL, nx.Graph([edge[::-1] for edge in reversed(edges)]))
    assert one.world == other.world
    assert Path(one.world.friends_file).parent == cache
    assert len(list(cache.iterdir())) == 1
    written = os.stat(one.world.friends_file).st_mtime_ns
    with_friends(SMALL, nx.Graph(edges))
    assert os.stat(one.world.friends_file).st_mtime_ns == written
    Path(one.world.friends_file).write_text("0 1\n")  # whoever spoils it: written anew
    assert with_friends(SMALL, nx.Graph(edges)).world.n_people == 34
    threads = [
        threading.Thread(target=with_friends, args=(SMALL, nx.path_graph(9))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(cache.iterdir())) == 2


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CONTINUUM_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "file"))
    monkeypatch.setattr(friends_file, "cache_folder", cache_folder)
    with pytest.raises(InputError, match="cannot be kept in") as caught:
        with_friends(SMALL, nx.path_graph(3))
    assert "\n" not in str(caught.value)


WRONG = {
    "a list": ([(0, 1)], "list given; the path of a file, a networkx Graph or an igraph Graph"),
    "a matrix": (np.eye(3), "numpy.ndarray given"),
    "no people": (nx.Graph(), "without people"),
    "negative": (nx.Graph([(-1, 2)]), "negative id"),
    "nobody": (nx.Graph([(float("nan"), 2)]), "nan"),
    "twice": (nx.Graph([(1, "1")]), "two nodes are called '1'"),
    "one number": (nx.Graph([("7", "007")]), "two nodes have one number"),
    "halves": (nx.Graph([(0.5, 1)]), "decimals"),
    "a star": (nx.star_graph(65_536), "65,536 friends"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_graphs_are_refused_in_one_line(case, cache):
    graph, words = WRONG[case]
    with pytest.raises(InputError) as caught:
        with_friends(SMALL, graph)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_columns(tmp_path):
    """By name or number, as text or as two values; for files only; kept in the scenario."""
    path = tmp_path / "wer.csv"
    path.write_text("wer,seit,wen\nann,1,bob\ncid,2,dan\n")
    for columns in ("wer,wen", ("wer", "wen"), ["wer", "wen"], (1, 3), "1,3"):
        world = with_friends(SMALL, path, columns)
        assert world.world.n_people in (4, 6)  # by number, an unknown heading is a pair
    assert with_friends(SMALL, path, "wer,wen").world.friends_columns == "wer,wen"
    with pytest.raises(InputError, match="a graph has none"):
        with_friends(SMALL, nx.path_graph(3), "1,2")
    with pytest.raises(InputError, match="without a file"):
        with_friends(SMALL, None, "1,2")
    with pytest.raises(InputError, match="two names or numbers"):
        with_friends(SMALL, path, 3)
    with pytest.raises(InputError, match="friends_columns"):
        SMALL.replace(friends_columns="1,2")
    toml = tmp_path / "town.toml"
    toml.write_text('graph = "file"\nfriends_file = "wer.csv"\nfriends_columns = "wer,wen"\n')
    assert read_friends(Scenario.load(toml)).start.size == 5
    toml.write_text('graph = "file"\nfriends_file = "wer.csv"\n')
    with pytest.raises(InputError, match="--friends-columns wer,seit"):
        read_friends(Scenario.load(toml))


def test_every_door_takes_a_graph(tmp_path):
    """simulate, compare, compare_arms and BrandModel live on the graph, as on its file."""
    graph = nx.karate_club_graph()
    path = tmp_path / "karate.txt"
    nx.write_edgelist(graph, path, data=False)
    world = SMALL.replace(share_members=0.2)
    run = simulate(world, friends=graph, seed=3)
    assert run.scenario.world.n_people == 34
    assert run.table.tobytes() == simulate(world, friends=path, seed=3).table.tobytes()
    assert run.table.tobytes() == simulate(with_friends(world, path), seed=3).table.tobytes()
    assert run.table.tobytes() != simulate(world.replace(n_people=34), seed=3).table.tobytes()
    model = BrandModel(world, friends=graph, rng=3)
    degrees = [len(model.by_number[k].friends) for k in range(34)]
    assert degrees == [degree for _, degree in graph.degree]
    few = {"replications": 2, "n_jobs": 2, "progress": False}
    result = compare(world, TWO, friends=graph, **few)
    assert result.scenario.world.n_people == 34
    theirs = compare(world, TWO, friends=path, **few)
    ours = result.runs.drop(columns="seconds")
    assert ours.equals(theirs.runs.drop(columns="seconds"))
    arms = compare_arms(world, TWO, friends=graph, replications=2, n_jobs=1, progress=False)
    assert arms.scenario.world.n_people == 34
