"""Read graphs that are no table: GraphML, GML, GEXF (networkx), Pajek, JSON, Matrix Market.

Nodes without friends are people too. Directions are dropped, repetitions counted, as everywhere.
What is recognised but not read (DOT, UCINET DL, GDF, other XML) is refused by its name.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Iterable
from inspect import signature
from typing import Any

import numpy as np

from simulation.people.edge_ids import Pairs, check_id, numbered
from simulation.people.edge_table import read_rows
from simulation.tools.errors import InputError
from simulation.tools.optional import need

READABLE = (
    "a list of pairs (txt, csv, tsv), GraphML, GML, GEXF, Pajek, Matrix Market and JSON can be read"
)
_PAJEK = ("*network", "*vertices", "*arcs", "*edges", "*arcslist", "*edgeslist", "*matrix")
_TOKEN = re.compile(r'"([^"]*)"|(\S+)')


def kind_of(data: bytes) -> str:
    """Return the name of the format if the text is no table, else ""."""
    head = data[:4096].lstrip()
    text = re.sub(rb"(?m)^\s*%.*\n?", b"", head).lstrip().lower()
    signs = {
        "Matrix Market": head.lower().startswith(b"%%matrixmarket"),
        "GraphML": head.startswith(b"<") and b"<graphml" in head,
        "GEXF": head.startswith(b"<") and b"<gexf" in head,
        "XML": head.startswith(b"<"),
        "JSON": head[:1] in (b"{", b"["),
        "Pajek": re.match(rb"\*(network|vertices|arcs|edges|matrix)\b", text),
        "GML": re.search(rb"(?m)^[ \t]*graph\s*\[", text),
        "DOT": re.match(rb"(strict\s+)?(di)?graph\b[^\n\[,;]*\{", text),
        "UCINET DL": re.match(rb"dl\b.*\bn\s*=", text),
        "GDF": text.startswith(b"nodedef>"),
    }
    return next((kind for kind, found in signs.items() if found), "")


def read_format(data: bytes, kind: str, columns: str = "") -> Pairs:
    """Read the pairs of a text in one of the formats of `kind_of`."""
    if kind == "JSON":
        return _json(data, columns)
    if columns:
        raise InputError(f"{kind} has no columns: leave --friends-columns away")
    if kind in ("GraphML", "GML", "GEXF"):
        return _by_networkx(data, kind)
    if kind == "Pajek":
        return _pajek(data.decode())
    if kind == "Matrix Market":
        return _matrix_market(data)
    raise InputError(f"this is {kind}; {READABLE}")


def pairs_from(
    kind: str, people: Iterable[Any], links: Iterable[tuple[Any, Any]], *, closed: bool = True
) -> Pairs:
    """Return the pairs of a graph: all its people, and who is linked with whom.

    Parameters
    ----------
    people : iterable
        Every person once: a whole number, or anything with a text of its own.
    links : iterable of pairs of people
    closed : bool
        Refuse a link to somebody who is not among the people; otherwise they become one.
    """
    index: dict[str, int] = {}
    for person in people:
        name = _name(person)
        if name in index:
            raise InputError(
                f"two nodes are called {name!r}; every person needs an id of their own"
            )
        index[name] = len(index)
    flat: list[int] = []
    for number, link in enumerate(links, 1):
        for end in map(str, link):
            position = index.get(end := end.strip())
            if position is None:
                if closed:
                    raise InputError(f"link {number} names {end!r}, which is no node")
                position = index[_name(end)] = len(index)
            flat.append(position)
    if not index:
        raise InputError(f"{kind} without people; at least one is needed")
    ids = list(index)
    if int(numbered(ids)[0].max()) + 1 < len(ids):
        raise InputError(
            "two nodes have one number (as 7 and 007 are); every person needs their own"
        )
    a, b = np.array(flat, np.int64).reshape(-1, 2).T
    return Pairs(a, b, ids, kind)


def _name(person: Any) -> str:
    """Return what a node is called, or say what is wrong with it."""
    if person is None or isinstance(person, (bool, list, dict)) or person != person:
        raise InputError(f"a node called {person!r}; whole numbers or names are needed")
    name = str(person).strip()
    check_id(name, f"node {name[:30]!r}")
    return name


# -- networkx -------------------------------------------------------------------------------------


def _by_networkx(data: bytes, kind: str) -> Pairs:
    """Read GraphML, GML or GEXF."""
    nx = need("networkx", kind)
    if kind == "GraphML" and len(re.findall(rb"<graph[\s>]", data)) > 1:
        raise InputError("several graphs in one GraphML file; one is needed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # attributes it does not know
            if kind == "GraphML":
                graph = nx.read_graphml(io.BytesIO(data))
            elif kind == "GEXF":
                old = re.sub(rb"http://(www\.)?gexf\.net/1\.\d+(draft)?", _GEXF, data)
                graph = nx.read_gexf(io.BytesIO(old))
            else:
                graph = _gml(nx, data.decode())
    except (KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:  # whatever a parser says of a broken file
        what = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"broken {kind} ({what})") from None
    return pairs_from(kind, graph.nodes, graph.edges())


_GEXF = b"http://www.gexf.net/1.2draft"  # networkx 3.2 knows no later version


def _gml(nx: Any, text: str) -> Any:
    """Return the graph of a GML text: people by their labels, else by their ids."""
    lines = text.split("\n")
    try:
        return nx.parse_gml(lines)
    except nx.NetworkXError as error:
        if "label" not in str(error):
            raise
        return nx.parse_gml(lines, label="id")


# -- Pajek, Matrix Market -------------------------------------------------------------------------


def _pajek(text: str) -> Pairs:
    """Read a Pajek network: people by their labels if these differ, else by their numbers.

    (networkx takes a line of \\*Arcslist for one arc, and merges people of the same label.)
    """
    labels: dict[int, str] = {}
    links: list[tuple[int, int]] = []
    section, n, n_rows = "", 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        words = [quoted or bare for quoted, bare in _TOKEN.findall(line)]
        if not words or words[0].startswith(("%", "/*")):
            continue
        try:
            if words[0].startswith("*"):
                section, n_rows = words[0].lower(), 0
                if section not in _PAJEK:
                    break  # partitions, vectors: no networks
                if section == "*vertices":
                    if n or len(words) > 2:
                        raise InputError(
                            f"line {number}: one kind of people and one network needed"
                        )
                    n = int(words[1])
            elif section == "*vertices":
                labels[int(words[0])] = words[1] if len(words) > 1 else words[0]
            elif section in ("*arcs", "*edges"):
                links.append((int(words[0]), int(words[1])))
            elif section in ("*arcslist", "*edgeslist"):
                links += [(int(words[0]), int(word)) for word in words[1:]]
            elif section == "*matrix":
                n_rows += 1
                links += [(n_rows, k) for k, word in enumerate(words, 1) if float(word)]
        except InputError:
            raise
        except (ValueError, IndexError):
            raise InputError(f"line {number}: broken Pajek, in {section}") from None
    if not n or not 1 <= min(labels, default=1) <= max(labels, default=n) <= n:
        raise InputError("broken Pajek: *Vertices with the number of people is needed")
    for link, ends in enumerate(links, 1):
        if not 1 <= min(ends) <= max(ends) <= n:
            raise InputError(f"link {link} of Pajek names {ends}; people are 1 to {n}")
    numbers = [str(k) for k in range(1, n + 1)]
    people = [labels.get(k, str(k)) for k in range(1, n + 1)]
    people = people if len(set(people)) == n else numbers
    return pairs_from("Pajek", people, ((people[a - 1], people[b - 1]) for a, b in links))


def _matrix_market(data: bytes) -> Pairs:
    """Read a Matrix Market file: people are called 1 .. n, as in the file."""
    from scipy.io import mmread
    from scipy.sparse import issparse

    # SciPy 1.18 warns of a default that will change; older ones do not know the word
    new: dict[str, Any] = {"spmatrix": False} if "spmatrix" in signature(mmread).parameters else {}
    try:
        matrix = mmread(io.BytesIO(data), **new)
    except Exception as error:  # whatever a parser says of a broken file
        raise InputError(f"broken Matrix Market ({' '.join(str(error).split())[:120]})") from None
    if not issparse(matrix) or matrix.shape[0] != matrix.shape[1]:
        raise InputError(
            "a Matrix Market file of a square matrix of coordinates is needed: as many lines as "
            "columns, one person each"
        )
    there = matrix.data != 0
    rows, columns = matrix.row[there].astype(np.int64), matrix.col[there].astype(np.int64)
    if b"general" not in data[: data.find(b"\n")].lower():  # both halves come, one was written
        lower = rows >= columns
        rows, columns = rows[lower], columns[lower]
    return Pairs(rows, columns, np.arange(1, matrix.shape[0] + 1), "Matrix Market")


# -- JSON -----------------------------------------------------------------------------------------


def _json(data: bytes, columns: str) -> Pairs:
    """Read node-link JSON, or a list of pairs or of records (in one, or one a line)."""
    text = data.decode()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        try:
            value = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            what = str(error)[:80]
            raise InputError(f"begins as JSON does, but is none ({what}); {READABLE}") from None
    rows = _rows(value) if isinstance(value, list) else None
    if rows:
        return read_rows(rows, columns)._replace(kind="JSON")
    if columns:
        raise InputError("JSON of nodes and links has no columns: leave --friends-columns away")
    return _node_link(value)


def _rows(value: list[Any]) -> list[list[str]] | None:
    """Return a list of lists, or of records, as rows of cells; None if it is neither."""
    if all(isinstance(row, list) for row in value):
        rows = value
    elif all(isinstance(row, dict) for row in value):
        keys = list(value[0])
        rows = [keys, *([row.get(key) for key in keys] for row in value)]
    else:
        return None
    if any(isinstance(cell, (list, dict)) for row in rows for cell in row[:2]):
        return None
    if any(len(row) < 2 for row in rows):
        raise InputError("JSON with a row of fewer than two; a list of pairs is needed")
    return [["" if cell is None else str(cell).strip() for cell in row] for row in rows]


def _node_link(value: Any) -> Pairs:
    """Read nodes and links, as networkx, d3, Cytoscape, vis.js and others write them."""
    for inner in ("graph", "elements"):
        if isinstance(value, dict) and isinstance(value.get(inner), dict) and "nodes" not in value:
            value = value[inner]
    keys = list(value) if isinstance(value, dict) else []
    name = next((key for key in ("links", "edges") if key in keys), "")
    links = value[name] if name else None
    if not isinstance(links, list) or not isinstance(value.get("nodes", []), (list, dict)):
        seen = f"an object of {', '.join(map(str, keys[:8]))}" if keys else "neither"
        raise InputError(
            f"JSON, but {seen}; nodes and links (networkx node-link) or a list of pairs are needed"
        )
    nodes = value.get("nodes", [])
    people = [_node(node, place) for place, node in enumerate(nodes)]
    pairs = [_link(link, place) for place, link in enumerate(links, 1)]
    return pairs_from("JSON", people, pairs, closed="nodes" in value)


def _node(node: Any, place: int) -> Any:
    """Return what a node of JSON is called: its id or key, else its place, as links then do."""
    if isinstance(node, dict):
        node = node.get("data", node)
        node = next((node[key] for key in ("id", "key") if key in node), place)
    return _scalar(node)


def _link(link: Any, number: int) -> tuple[Any, Any]:
    """Return the two ends of a link of JSON."""
    if isinstance(link, dict):
        link = link.get("data", link)
        for one, other in (("source", "target"), ("from", "to")):
            if one in link and other in link:
                return _scalar(link[one]), _scalar(link[other])
    elif isinstance(link, list) and len(link) >= 2:
        return _scalar(link[0]), _scalar(link[1])
    raise InputError(f"link {number} of JSON has no source and target")


def _scalar(value: Any) -> Any:
    """Return an id of JSON; a list, as networkx writes a tuple, as a tuple."""
    if isinstance(value, list):
        return tuple(map(_scalar, value))
    if isinstance(value, dict):
        raise InputError("JSON with objects for ids; whole numbers or names are needed")
    return value
