"""What goes out with the project: codemeta.json, and the Containerfile."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from simulation.tools import VERSION
from simulation.tools.project import FOUNDERS, LICENCE, TITLE
from tests import ROOT
from tests.container import copied, lines

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def found_in(folder):
    """Return what rs-metadata finds wrong, offline, as {(code, property)}; no advice."""
    if importlib.util.find_spec("rs_metadata") is None:
        pytest.skip("rs-metadata is not installed: pip install -e '.[test]'")
    words = [sys.executable, "-m", "rs_metadata", "validate", str(folder), "--format", "json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    found = [
        each for each in json.loads(done.stdout)["diagnostics"]
        if each["severity"] != "info" and each["code"] != "recommendation.missing"
    ]  # fmt: skip
    return {(each["code"], each.get("property")) for each in found}


#: The project stands in no public repository yet; CodeMeta itself asks for none.
KNOWN = {("profile.required-field", "codeRepository")}
#: The package is called otherwise than the title, in pyproject.toml.
NAMED = {("consistency.mismatch", "name")}


def test_codemeta_is_valid_and_says_what_the_citation_says(tmp_path):
    """Words and types are those of CodeMeta 3.1; nothing differs from CITATION.cff."""
    for name in ("codemeta.json", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    assert found_in(tmp_path) == KNOWN
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert found_in(tmp_path) == KNOWN | NAMED


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("version", "0.2.0", ("consistency.mismatch", "version")),
        ("license", "MIT", ("profile.invalid-type", "license")),
        ("titel", "Continuum", ("profile.unknown-property", "titel")),
    ],
)
def test_what_is_wrong_in_codemeta_is_found(tmp_path, name, value, wrong):
    """The test above can fail."""
    told = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    (tmp_path / "codemeta.json").write_text(json.dumps(told | {name: value}), encoding="utf-8")
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    assert wrong in found_in(tmp_path)


def test_the_project_says_one_thing_of_itself():
    """Title, version, authors, licence, abstract, keywords: everywhere the same."""
    told = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert told["name"] == TITLE
    assert f'title: "{TITLE}"' in cited
    assert told["version"] == VERSION == PROJECT["version"]
    assert f"\nversion: {VERSION}\n" in cited
    assert told["datePublished"] == re.search(r"^date-released: (.+)$", cited, re.M)[1]
    assert [who["name"] for who in told["author"]] == [FOUNDERS]
    assert [who["name"] for who in PROJECT["authors"]] == [FOUNDERS]
    assert re.findall(r"^  - name: \"(.+)\"$", cited, re.M) == [FOUNDERS]
    assert told["license"] == f"https://spdx.org/licenses/{PROJECT['license']}"
    assert f"\nlicense: {PROJECT['license']}\n" in cited
    abstract = re.search(r"^abstract: >-\n((?:  .+\n)+)", cited, re.M)[1]
    assert told["description"] == " ".join(abstract.split())
    assert told["keywords"] == re.findall(r"^  - ([^:\n]+)$", cited, re.M)
    assert told["runtimePlatform"] == f"Python {PROJECT['requires-python']}"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8") == LICENCE


def test_the_container_is_made_of_what_is_here():
    """What it copies exists (that it is enough, the wheel of test_teaching.py shows), on a Python
    that the project is made for, and whoever runs it runs the command."""
    assert all((ROOT / name).exists() for name in copied())
    assert len(copied()) == len(set(copied())) >= 8
    image, version = re.fullmatch(
        r"docker\.io/library/(python):(3\.\d+)-slim", *lines("FROM")
    ).groups()
    assert image == "python"
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]
    # Mesa 3.5, which Python 3.12 and newer get, does not load without networkx
    assert any(need.startswith("mesa[network]") for need in PROJECT["dependencies"])
    assert lines("ENTRYPOINT") == ['["continuum"]']
    assert "continuum" in PROJECT["scripts"]
    assert "**/node_modules" in (ROOT / ".dockerignore").read_text().splitlines()
    guide = (ROOT / "simulation" / "GUIDE.md").read_text(encoding="utf-8")
    assert "podman build -t continuum ." in guide
