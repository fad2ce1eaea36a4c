"""``continuum page``: what is written, where, and what is refused."""

from __future__ import annotations

import json
import re
import zipfile

import pytest

from simulation.commands.cli import main


def said(capsys, *words):
    """Run the command line in this process; return (exit code, stdout, stderr)."""
    code = main(["page", *(str(word) for word in words)])
    return code, *capsys.readouterr()


def options(html):
    """Return what a page was told of itself."""
    found = re.search(r'<script type="application/json" id="continuum">(.*?)</script>', html, re.S)
    return json.loads(found[1])["options"]


def test_it_writes_one_file_and_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = said(capsys)
    assert (code, err) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert not re.search(r'(?:src|href)="(?!data:|#|blob:)', html.split("<body", 1)[0])
    size = (tmp_path / "page.html").stat().st_size
    assert f"page.html: {size / 1e6:.2f} MB" in out
    assert (tmp_path / "page.html").as_uri() in out


def test_language_and_lesson_are_told_to_the_page(tmp_path, capsys):
    """--lang and --scorm; the lesson alone is written unless --out asks for the page, too."""
    lesson, page = tmp_path / "lesson.zip", tmp_path / "greek.html"
    code, out, _ = said(capsys, "--lang", "el", "--scorm", lesson)
    assert (code, out.count("\n")) == (0, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["lesson.zip"]
    with zipfile.ZipFile(lesson) as archive:
        told = options(archive.read("index.html").decode())
    assert told["scorm"] is True
    assert told["lang"] == "el"
    assert said(capsys, "--lang", "el", "--scorm", lesson, "--out", page)[0] == 0
    assert not options(page.read_text(encoding="utf-8")).get("scorm")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--out", "{}"], "is a folder; say a file"),
        (["--scorm", "{}"], "is a folder; say a file"),
        (["--out", "{}/none/page.html"], "there is no folder"),
        (["--out", "{}/file/page.html"], "there is no folder"),
        (["--out", "{}/x", "--scorm", "{}/x"], "two files are written"),
        (["--lang", "fr"], "--lang fr is not allowed: en or el"),
    ],
)
def test_what_cannot_be_written_is_one_line(tmp_path, capsys, words, line):
    (tmp_path / "file").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = said(capsys, *(word.format(tmp_path) for word in words))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert line in err
    assert sorted(tmp_path.rglob("*")) == before
