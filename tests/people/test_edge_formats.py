"""Graphs that are no table: what others write is read, and is the same graph."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import igraph as ig
import networkx as nx
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from simulation.people.edge_list import EdgeList, read_edge_list
from tests.people.test_edge_columns import called

#: What writes a graph of networkx, by the ending of the file.
NETWORKX = {
    "graphml": nx.write_graphml,
    "gml": nx.write_gml,
    "gexf": nx.write_gexf,
    "net": nx.write_pajek,
    "edgelist": nx.write_edgelist,
    "csv": lambda graph, path: nx.write_edgelist(graph, path, delimiter=",", data=False),
    "json": lambda graph, path: Path(path).write_text(
        json.dumps(nx.node_link_data(graph, edges="links"))
    ),
    "edges.json": lambda graph, path: Path(path).write_text(
        json.dumps(nx.node_link_data(graph, edges="edges"))
    ),
    "cyjs": lambda graph, path: Path(path).write_text(json.dumps(nx.cytoscape_data(graph))),
}
LONELY = {"graphml", "gml", "gexf", "net", "json", "edges.json", "cyjs"}  # formats with nodes


def town(kind: type) -> nx.Graph:
    """A few people with names, one of them alone, one with himself; weights and labels."""
    graph = kind()
    graph.add_nodes_from(["ann", "bob", "cid d'Or", "Zoë", "solo"])
    graph.add_edge("ann", "bob", weight=2.5)
    graph.add_edge("bob", "ann", weight=1.0)
    graph.add_edge("bob", "cid d'Or", weight=1.0)
    graph.add_edge("cid d'Or", "Zoë", weight=1.0)
    graph.add_edge("ann", "ann", weight=1.0)
    return graph


def read(tmp_path, name: str, text: str | bytes) -> EdgeList:
    """Write a file and read it."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_edge_list(path)


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
@pytest.mark.parametrize("ending", NETWORKX)
def test_what_networkx_writes(tmp_path, ending, kind):
    graph = town(kind)
    if ending in ("edgelist", "csv"):  # people without friends cannot be said there, nor spaces
        graph = nx.relabel_nodes(graph, {"cid d'Or": "cid"})
        graph.remove_node("solo")
    path = tmp_path / f"town.{ending}"
    NETWORKX[ending](graph, path)
    found = read_edge_list(path)
    assert called(found) == {frozenset(edge[:2]) for edge in graph.edges if edge[0] != edge[1]}
    assert list(found.names) == sorted(graph.nodes)
    assert found.n_alone == (ending in LONELY)
    assert found.n_self_loops == 1
    repeated = graph.number_of_edges() - 1 - found.n_friendships
    assert found.n_duplicates + found.n_both_directions == repeated
    both = "1 friendship given in both directions" in found.sentence
    assert both == (kind in (nx.DiGraph, nx.MultiDiGraph))


@pytest.mark.parametrize("ending", NETWORKX)
def test_numbers_stay_numbers(tmp_path, ending):
    """Karate club: people are numbered by their ids, not by these as words (10 before 2)."""
    graph = nx.karate_club_graph()
    path = tmp_path / f"karate.{ending}"
    NETWORKX[ending](nx.convert_node_labels_to_integers(graph), path)
    found = read_edge_list(path)
    assert found.names is None
    assert called(found) == {frozenset(edge) for edge in graph.edges}


def test_what_igraph_writes(tmp_path):
    """GraphML, GML, Pajek and pairs of igraph, with names and without."""
    graph = ig.Graph([(0, 1), (1, 2), (2, 3), (3, 0)])
    graph.vs["name"] = list("abcd")
    expected = [{0, 1}, {1, 2}, {2, 3}, {3, 0}]
    for ending in ("graphml", "gml", "pajek", "edgelist", "ncol"):
        path = tmp_path / f"ring.{ending}"
        graph.write(str(path), format=ending, **({"weights": None} if ending == "ncol" else {}))
        found = read_edge_list(path)
        names = [0, 1, 2, 3] if found.names is None else list(found.names)
        places = [{names.index(name) for name in pair} for pair in called(found)]
        assert sorted(map(sorted, places)) == sorted(map(sorted, expected)), ending


def test_pajek_as_pajek_writes_it(tmp_path):
    """Lists of arcs, relations, a matrix, people without labels: networkx misreads these."""
    text = (
        '*Network town\n*Vertices 5\n1 "ann" 0.1 0.2 0.5\n2 "bob"\n3 "cid d\'Or"\n4 "dan"\n'
        '*Arcs :1 "knows"\n1 2 1\n\n*Edgeslist\n2 3 4\n*Partition sex\n*Vertices 5\n1\n2\n'
    )
    found = read(tmp_path, "town.net", text)
    assert called(found) == {
        frozenset(pair) for pair in [("ann", "bob"), ("bob", "cid d'Or"), ("bob", "dan")]
    }
    assert list(found.names) == ["5", "ann", "bob", "cid d'Or", "dan"]
    found = read(tmp_path, "two.net", '*Vertices 3\n1 "Jo"\n2 "Jo"\n3 "Al"\n*Arcs\n1 2\n2 3\n')
    assert called(found) == {frozenset((1, 2)), frozenset((2, 3))}  # two of one name are two
    found = read(tmp_path, "matrix.net", "*vertices 3\n*matrix\n0 1 0\n1 0 0\n0 0 0\n")
    assert called(found) == {frozenset((1, 2))}
    assert found.n_people == 3


@pytest.mark.parametrize("symmetry", ["general", "symmetric"])
def test_matrix_market(tmp_path, symmetry):
    """The line of sizes is no friendship; people are called 1, 2, ... as in the file."""
    full = np.zeros((5, 5))
    for one, other in [(0, 1), (1, 2), (0, 3)]:
        full[one, other] = full[other, one] = 2.0
    path = tmp_path / "town.mtx"
    scipy.io.mmwrite(path, scipy.sparse.coo_array(full), symmetry=symmetry)
    found = read_edge_list(path)
    assert found.names.tolist() == [1, 2, 3, 4, 5]
    assert called(found) == {frozenset(pair) for pair in [(1, 2), (2, 3), (1, 4)]}
    assert found.n_alone == 1
    assert found.n_both_directions == (3 if symmetry == "general" else 0)


ANN_BOB = {frozenset(("ann", "bob")), frozenset(("bob", "cid"))}
JSON = {
    "a list of pairs": '[["ann","bob"],["bob","cid"]]',
    "with a heading": '[["source","target"],["ann","bob"],["bob","cid"]]',
    "records": '[{"id":1,"source":"ann","target":"bob"},{"id":2,"source":"bob","target":"cid"}]',
    "a record a line": '{"from":"ann","to":"bob"}\n{"from":"bob","to":"cid"}\n',
    "a pair a line": '["ann","bob"]\n["bob","cid"]\n',
    "links alone": '{"links":[{"source":"ann","target":"bob"},{"source":"bob","target":"cid"}]}',
    "vis.js": '{"nodes":[{"id":"ann"},{"id":"bob"},{"id":"cid"}],'
    '"edges":[{"from":"ann","to":"bob"},{"from":"bob","to":"cid"}]}',
    "graphology": '{"nodes":[{"key":"ann"},{"key":"bob"},{"key":"cid"}],'
    '"edges":[{"source":"ann","target":"bob"},{"source":"bob","target":"cid"}]}',
    "JSON Graph Format": '{"graph":{"nodes":{"ann":{},"bob":{},"cid":{}},'
    '"edges":[{"source":"ann","target":"bob"},{"source":"bob","target":"cid"}]}}',
    "pairs beside nodes": '{"nodes":["ann","bob","cid"],"edges":[["ann","bob"],["bob","cid"]]}',
}


@pytest.mark.parametrize("case", JSON)
def test_json(tmp_path, case):
    found = read(tmp_path, "town.json", JSON[case])
    assert called(found) == ANN_BOB
    assert found.first_pair == ("ann", "bob")
    assert "JSON" in found.sentence


def test_d3_links_by_place(tmp_path):
    text = '{"nodes":[{"name":"x"},{"name":"y"},{"name":"z"}],"links":[{"source":0,"target":2}]}'
    assert called(read(tmp_path, "d3.json", text)) == {frozenset((0, 2))}


REFUSED = {
    "neighbours": ('{"ann":["bob"],"bob":["cid"]}', ["JSON", "ann, bob", "nodes and links"]),
    "a number": ("[1, 2, 3]", ["JSON", "a list of pairs"]),
    "nothing": ("[]", ["JSON", "a list of pairs"]),
    "broken JSON": ('[["ann","bob"],', ["JSON"]),
    "a link to nobody": ('{"nodes":[{"id":"x"}],"links":[["x","y"]]}', ["link 1", "'y'"]),
    "a link without end": ('{"nodes":[{"id":"x"}],"links":[{"source":"x"}]}', ["link 1"]),
    "an adjacency list in JSON": ("[[0,1,2],[1,2],[2,3]]", ["row 2", "adjacency"]),
    "no names": ('{"nodes":[{"id":null}],"links":[]}', ["None"]),
    "one name twice": ('{"nodes":[{"id":1},{"id":"1"}],"links":[]}', ["two nodes", "'1'"]),
    "no people": ('{"nodes":[],"links":[]}', ["without people"]),
    "broken GraphML": ("<?xml version='1.0'?><graphml><graph>", ["broken GraphML"]),
    "two graphs": (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed"/>'
        '<graph edgedefault="directed"/></graphml>', ["several graphs"]),
    "broken GML": ("graph [\n node [ id \n", ["broken GML"]),
    "broken GEXF": ("<gexf></gexf>", ["broken GEXF"]),
    "broken Pajek": ("*Vertices 2\n*Arcs\n1 b\n", ["line 3", "broken Pajek"]),
    "Pajek without people": ("*Arcs\n1 2\n", ["*Vertices"]),
    "two kinds of people": ("*Vertices 3 2\n*Arcs\n1 2\n", ["line 1", "one kind of people"]),
    "an arc to nobody": ("*Vertices 2\n*Arcs\n1 3\n", ["link 1", "3"]),
    "a matrix of people and things": (
        "%%MatrixMarket matrix coordinate pattern general\n2 3 1\n1 3\n", ["square"]),
    "broken Matrix Market": ("%%MatrixMarket matrix nonsense\n", ["broken Matrix Market"]),
    "another XML": ("<svg></svg>", ["this is XML", "GraphML"]),
    "DOT": ('digraph "G" {\n a -> b;\n}\n', ["this is DOT", "GraphML"]),
    "UCINET": ("dl n = 3 format = edgelist1\ndata:\n1 2\n", ["this is UCINET DL"]),
    "GDF": ("nodedef>name VARCHAR\na\n", ["this is GDF"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_the_rest_is_refused_by_its_name(tmp_path, case):
    text, words = REFUSED[case]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (its words are looked at)
        read(tmp_path, "graph", text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400 + len(str(tmp_path))
    for word in words:
        assert word in message


def test_columns_are_those_of_tables(tmp_path):
    path = tmp_path / "x.net"
    path.write_text("*Vertices 2\n*Arcs\n1 2\n")
    with pytest.raises(ValueError, match="Pajek has no columns"):
        read_edge_list(path, "1,2")
    path.write_text('{"nodes":["a","b"],"links":[["a","b"]]}')
    with pytest.raises(ValueError, match="no columns"):
        read_edge_list(path, "1,2")
    path.write_text('[{"who":"ann","whom":"bob","n":1},{"who":"cid","whom":"dan","n":2}]')
    assert read_edge_list(path, "who,whom").n_people == 4


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    path = tmp_path / "x.graphml"
    nx.write_graphml(nx.path_graph(3), path)
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ValueError, match=r'GraphML needs networkx: pip install "[\w-]+\[graphs\]"'):
        read_edge_list(path)
