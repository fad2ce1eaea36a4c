"""The pictures of README and GUIDE: one command makes them all, and no other is shown."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiments import pictures
from simulation import figures, simulate
from tests import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "simulation" / "GUIDE.md").read_text(encoding="utf-8").replace("](../", "](")
SHOWN = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README + GUIDE)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder of the pictures of a small world."""
    folder = tmp_path_factory.mktemp("pictures") / "new"
    assert pictures.main(["--smoke", "--out", str(folder)]) == 0
    return folder


def test_the_readme_shows_what_the_command_makes(made):
    folder = pictures.FOLDER.relative_to(ROOT).as_posix()
    shown = [path for _, path in SHOWN]
    assert sorted(shown) == sorted(f"{folder}/{file.name}" for file in made.iterdir())
    assert len(shown) == 3
    assert "python -m experiments.pictures" in GUIDE
    assert {file.name for file in pictures.FOLDER.iterdir()} == {Path(p).name for p in shown}


def test_every_picture_is_told_to_those_who_cannot_see_it():
    for words, path in SHOWN:
        assert len(words) > 60, path


def test_the_pictures_are_of_the_size_they_are_shown_in(made):
    for file in made.iterdir():
        with Image.open(file) as small, Image.open(pictures.FOLDER / file.name) as kept:
            assert small.size == kept.size
            assert np.ptp(np.asarray(kept.convert("L"))) > 200
    assert (pictures.FOLDER / "crowd.gif").stat().st_size < 2e6


def test_the_number_in_words_is_the_one_of_the_picture():
    told = next(words for words, path in SHOWN if path.endswith("continuum.png"))
    run = simulate("launch_2025", "community_building", seed=pictures.SEED)
    medians = figures.data("continuum", run).set_index("stage")["median"]
    assert f"median of {medians['member']:.2f} among members" in told
    assert f"from {medians['stranger']:.0f} among strangers" in told


def test_a_folder_that_cannot_be_one_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert pictures.main(["--smoke", "--out", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
