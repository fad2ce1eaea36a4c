"""The README.md of a panel: a head that data hubs read, and words that fit design and tables."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import yaml

from simulation import panel
from simulation.panels.card import HOLDS, _size, card
from simulation.panels.columns import TABLES
from simulation.panels.design import read_panel
from simulation.tools.stamp import versions
from tests.panels.common import whole


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small panel of all three parts, and the folder it was written into."""
    folder = tmp_path_factory.mktemp("panel") / "small"
    return panel(whole(), out=folder, jobs=1, progress=False), folder


def head_of(text):
    """Return the head of a card as data hubs read it, and the text below."""
    _, head, body = re.split(r"^---\n", text, maxsplit=2, flags=re.M)
    return yaml.safe_load(head), body


def test_the_head_is_what_data_hubs_read(made):
    """Licence, name, size and tags; every table is a configuration, and its file there."""
    found, folder = made
    head, _ = head_of((folder / "README.md").read_text(encoding="utf-8"))
    rows = sum(len(frame) for frame in found.tables.values())
    assert head["license"] == "cc0-1.0"
    assert head["pretty_name"] == "small"
    assert 1000 < rows < 10_000
    assert head["size_categories"] == ["1K<n<10K"]
    assert {"synthetic", "uplift modeling", "customer lifetime value"} <= set(head["tags"])
    files = {each["config_name"]: each["data_files"] for each in head["configs"]}
    assert len(files) == len(TABLES)
    for name, frame in found.tables.items():
        file = folder / files[name.replace("/", "_")]
        assert len(pd.read_parquet(file)) == len(frame)


def test_every_table_has_its_line(made):
    """With the numbers of rows and columns that it has; every link leads to a file."""
    found, folder = made
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert set(HOLDS) == set(TABLES)
    for name, frame in found.tables.items():
        line = re.search(rf"^\| `{name}` \|.*$", text, re.M).group()
        assert f"| {len(frame):,} | {frame.shape[1]} |" in line
    for file in ("dictionary.csv", "manifest.json"):
        assert f"`{file}`" in text
        assert (folder / file).exists()


def test_it_says_how_it_was_made(made):
    """Numbers and names of the design, the version and the seed."""
    text = made[0].design and (made[1] / "README.md").read_text(encoding="utf-8")
    for said in (
        f"Continuum {versions()['continuum-brand']}", "seed 3", "1,000 people of the scenario",
        "classroom", "`discount`: a mail that carries an offer", "by lot", "3 people drawn by lot",
        "3 towns of 1,000 people live 12 weeks", "until day 110", "next 40 days", "in 4 worlds",
    ):  # fmt: skip
        assert said in text, said
    assert "cannot be identified" not in text


def test_another_design_has_other_words():
    """A part that was not asked for is not told; what was asked otherwise is told otherwise."""
    parts = whole()
    parts.pop("customers")
    parts["people"] |= {"assignment": "choice", "treatment": "ad", "sample": 0}
    parts["places"] |= {"budgets": "as_spent"}
    empty = {"data/people": pd.DataFrame({"person": []})}
    text = card(read_panel(parts | {"name": 'a "b": #c'}), empty)
    head, body = head_of(text)
    assert head["pretty_name"] == 'a "b": #c'
    assert head["size_categories"] == ["n<1K"]
    assert "customer lifetime value" not in head["tags"]
    assert "Customers:" not in body
    for said in ("by choice", "`ad`: an ad that the treated meet", "cannot be identified"):
        assert said in body
    assert "truth/effects" not in body


@pytest.mark.parametrize(
    ("rows", "size"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**10, "n>1B")],
)
def test_sizes(rows, size):
    assert _size(rows) == size


def test_nothing_of_python_is_left_in_the_words(made):
    """No None, no braces, no double spaces."""
    for line in head_of((made[1] / "README.md").read_text(encoding="utf-8"))[1].splitlines():
        assert not re.search(r"None|[{}]|  |\s$", line), line
