"""The report of a sweep: one file that is whole, true to its tables, safe and readable anywhere."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from simulation import Scenario, Strategy
from simulation.analyses.report import report, report_text
from simulation.analyses.report_page import SCRIPT, STYLE
from simulation.analyses.report_tables import MOST_ROWS, cell, cut, table
from simulation.analyses.sensitivity import sensitivity
from simulation.commands.maps import maps as maps_command
from simulation.commands.report import report as report_command
from simulation.core.randomness import analysis_rng
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import sweep
from simulation.sweeps.sampling import lhs_units, sobol_units
from simulation.sweeps.settings import Grid, Table
from simulation.tools.errors import InputError
from tests.analyses.test_maps import A, B, little_sweep, runs_of
from tests.sweeps.common import DESIGN

EVIL = "<script>alert(1)</script>"
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Reader(HTMLParser):
    """Reads a page: tags in balance, headings, texts, images, tables."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.headings, self.images, self.words = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """See that what closes is what was opened last."""
        assert self.open.pop() == tag
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_data(self, data):
        """Keep a text, unless it is style or script."""
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        """All that can be read, spaces made one."""
        return " ".join(" ".join(self.words).split())


def parts(runs, settings, strategies=(A, B), replications=3, manifest=None, **design):
    """Return what a report is made from, as plain objects."""
    made = {
        "scenario": Scenario.load("classroom"),
        "strategies": tuple(
            Strategy.load(s) if isinstance(s, str) else s for s in strategies
        ),
        "replications": replications, "seed": 5, "method": settings.method,
        "names": settings.names, "settings": settings, "options": {}, "name": "little",
    }  # fmt: skip
    return SimpleNamespace(
        design=SimpleNamespace(**{**made, **design}),
        manifest={"versions": {"continuum-brand": "0.1.0", "numpy": "2.0"}, "commit": "abc123"}
        if manifest is None
        else manifest,
        runs=lambda: runs,
        folder="somewhere/little",
    )


def little_parts():
    """Return the real little sweep of the maps as parts of a report."""
    grid = Grid({"price": (10.0, 20.0, 40.0), "p_follow": (0.005, 0.02, 0.08)})
    return parts(little_sweep(), grid, replications=4)


@pytest.fixture(scope="module")
def little_report():
    """Return the report of the real little sweep."""
    return report_text(little_parts())


def some_failed():
    """Return parts with 4 settings at 3 replications of which runs failed, and some are missing."""
    values = [[(1, 4), (2, 6), (3, 8)], [(5, 4), (None, 5), (9, 6)],
              [(1, 3), (4, 2), (5, 5)], [(2, 0), (4, None), (5, 1)]]  # fmt: skip
    grid = Grid({"price": (10.0, 20.0), "ask_reviews": (False, True)})
    settings = [grid.values(i) for i in range(4)]
    runs = runs_of(values, settings)
    gone = (runs["setting_id"] == 3) & (runs["replication_id"] == 2)
    runs = runs[~gone].reset_index(drop=True)
    runs.loc[runs["status"] == "FAILED", "error"] = f"ValueError: {EVIL}"
    return parts(runs, grid)


@pytest.fixture(scope="module")
def failed_report():
    """Return the report of runs of which some failed."""
    return report_text(some_failed())


# ---- the page ------------------------------------------------------------------------------------


def test_the_page_is_well_formed(little_report):
    """Doctype, language, title; tags in balance; headings in order, one h1."""
    assert little_report.startswith('<!DOCTYPE html>\n<html lang="en">')
    page = Reader(little_report)
    assert not page.open
    assert page.headings.count(1) == 1
    assert page.headings[0] == 1
    steps = np.diff(page.headings)
    assert (steps <= 1).all()
    heads = [attrs for tag, attrs in page.tags if tag == "th"]
    assert all(head["scope"] == "col" for head in heads)


def test_every_figure_says_in_words_what_it_shows(little_report):
    """Alternative texts are the computed headlines; the pictures are PNG inside the page."""
    page = Reader(little_report)
    assert len(page.images) == 7
    for image in page.images:
        assert len(image["alt"]) > 40
        head, data = image["src"].split(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
    assert "best" in page.images[0]["alt"]


def test_nothing_comes_from_outside(little_report):
    """No address but inline images; the page itself forbids any other; hashes are of its parts."""
    page = Reader(little_report)
    sources = [v for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "href")]
    assert all(source.startswith("data:image/png") for source in sources)
    assert not re.search(r"@import|url\(|https?://", re.sub(r"base64,[^\"]+", "", little_report))
    rule = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert "default-src 'none'" in rule
    for element, fixed in (("style", STYLE), ("script", SCRIPT)):
        inside = re.search(f"<{element}>(.*?)</{element}>", little_report, re.S).group(1)
        assert inside == fixed
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in rule
    assert not any("style" in attrs for _, attrs in page.tags)  # the rule would refuse them


def test_the_page_says_what_the_tables_say(little_report):
    """Means in the table of settings are those of the runs; the design is told."""
    text = Reader(little_report).text
    runs = little_sweep()
    first = runs[(runs["setting_id"] == 0) & (runs["strategy"] == B)]["sales"].mean()
    table = little_report[little_report.index("<caption>Every setting") :]
    shown = re.search(r"<tr><td[^>]*>0</td>(.*?)</tr>", table, re.S).group(1)
    values = [float(v) for v in re.findall(r'data-value="([^"]*)"', shown)]
    assert values[:2] == [10.0, 0.005]
    assert first in values
    assert "9 settings" in text
    assert "72 runs succeeded" in text
    assert "None failed." in text
    assert "a grid: every combination" in text
    assert "Seed 5" in text
    assert "git checkout abc123" in text
    assert "continuum reproduce little" in text
    assert "have not been run" not in text


def test_the_manifest_is_inside():
    """It can be read back from the page."""
    manifest = {"versions": {"numpy": "2.0"}, "machine": {"host": "a & b <c>"}, "n": float("nan")}
    text = report_text(SimpleNamespace(**{**vars(some_failed()), "manifest": manifest}))
    block = re.search(r"Manifest:.*?<pre><code>(.*?)</code></pre>", text, re.S).group(1)
    assert json.loads(html.unescape(block)) == {**manifest, "n": None}
    assert "commit not recorded" in Reader(text).text


# ---- what matters --------------------------------------------------------------------------------


def a_sample(strategies=(A, B), lead=8.0, replications=4):
    """Return parts of a Latin hypercube in which B leads by 8 where p_follow is above 0.05."""
    units, rng = lhs_units(2, 80, 1), analysis_rng(1)
    listed = Table("lhs", {"p_follow": (0.1 * units[:, 0]).tolist(),
                           "price": (10 + 20 * units[:, 1]).tolist()}, units)  # fmt: skip
    y = 20 + rng.standard_normal((80, replications, 1)) + np.zeros(len(strategies))
    y[:, :, -1] += np.where(units[:, :1] > 0.5, lead, -2.0) + rng.random((80, replications))
    settings = [listed.values(i) for i in range(80)]
    return parts(runs_of(y.tolist(), settings, strategies), listed, strategies, replications)


def test_the_report_says_what_matters_and_where():
    """Sentences, figures and the table of indices are those of the analysis itself."""
    found = a_sample()
    text = report_text(found)
    page = Reader(text)
    result = sensitivity(found.design, found.runs(), strategy=B, against=A)
    assert result.where.sentence.startswith(f"{B} leads where p_follow is above 0.05")
    assert page.text.count(result.where.sentence) >= 2  # among the findings, and below
    assert result.sentence in page.text
    assert result.done in page.text
    alts = " ".join(image["alt"] for image in page.images)
    assert result.headline in alts
    assert result.where.sentence in alts
    table = text[text.index(f"<caption>Sensitivity: {result.subject}") :]
    table = table[: table.index("</table>")]
    values = [float(v) for v in re.findall(r'data-value="([^"]*)"', table)[::2]]
    assert values == result.table["value"].tolist()
    assert table.count("<td>yes</td>") == result.table["clear"].sum()


def test_a_report_may_speak_of_one_difference_or_one_strategy():
    """--strategy and --against choose what is drawn and analysed."""
    found = a_sample()
    page = Reader(report_text(found, strategy=A, against=B))
    assert f"difference in sales, {A} minus {B}" in page.text
    page = Reader(report_text(found, strategy=A))
    assert f"sales under {A}: " in page.text
    assert "minus" not in " ".join(image["alt"] for image in page.images)
    page = Reader(report_text(a_sample((A,))))
    assert f"sales under {A}: " in page.text


def test_a_report_warns_of_a_design_that_is_too_small():
    """The warning stands above the indices, and no index is called told."""
    k, units = 2, sobol_units(2, 8, False, 1)
    listed = Table("sobol", {"p_follow": units[:, 0].tolist(),
                             "price": (10 + 20 * units[:, 1]).tolist()}, units)  # fmt: skip
    y = (units @ [5.0, 2.0])[:, None, None] + np.zeros((8 * (k + 2), 3, 1))
    runs = runs_of(y.tolist(), [listed.values(i) for i in range(len(units))], (A,))
    text = report_text(parts(runs, listed, (A,), 3, seed=1, options={"n": 8}))
    assert '<p class="warning">sales under posting_only: a Sobol design of n = 8' in text
    assert "beware: see above" in text
    assert "<td>yes</td>" not in text


def test_a_sweep_that_cannot_be_analysed_says_why(failed_report):
    """Too few settings have all their runs."""
    page = Reader(failed_report)
    assert f"{B} minus {A} was not analysed: 2 settings are too few" in page.text


# ---- what is wrong is said -----------------------------------------------------------------------


def test_failed_and_missing_runs_are_said(failed_report):
    """2 failed and 2 missing of 24: in the lead, a warning, a table, the notes of figures."""
    words = Reader(failed_report).text
    assert "20 runs succeeded, 2 failed, 2 not run." in words
    assert "2 runs failed and 2 runs of the design have not been run" in words
    assert "3 worlds left out: 2 failed, 1 missing" in words
    assert "Traceback: broken" in words


def test_texts_from_outside_are_only_texts():
    """Names, descriptions, errors and tracebacks with tags in them show as they are."""
    found = some_failed()
    design = found.design
    evil = Scenario.load("classroom").model_copy(update={"name": EVIL, "description": EVIL})
    other = Strategy.load(B).model_copy(update={"description": f"'\"{EVIL}"})
    design.scenario, design.name = evil, EVIL
    design.strategies = (design.strategies[0], other)
    found.manifest["sessions"] = [{"command": f"continuum sweep {EVIL}"}]
    text = report_text(found)
    assert text.count("<script") == 1  # our own
    assert EVIL not in text
    page = Reader(text)
    assert page.text.count(EVIL) >= 6
    assert not page.open


def test_a_sweep_in_which_everything_failed_still_has_a_report():
    """No figure and no table of outcomes, but the errors."""
    values = [[(None, None)] * 3] * 2
    grid = Grid({"price": (10.0, 20.0)})
    text = report_text(parts(runs_of(values, [grid.values(i) for i in range(2)]), grid))
    page = Reader(text)
    assert not page.images
    assert "no run has a value of copies sold, gifts included" in page.text
    assert "0 runs succeeded, 12 failed" in page.text
    assert "ValueError: broken" in page.text


def test_one_strategy_is_not_compared():
    """Nobody wins alone; the means are still there."""
    grid = Grid({"price": (10.0, 20.0)})
    runs = runs_of([[(1,), (2,)], [(3,), (5,)]], [grid.values(i) for i in range(2)], (A,))
    page = Reader(report_text(parts(runs, grid, (A,), 2)))
    assert f"only {A} was run: there is no other strategy to compare it with" in page.text
    assert "regret" not in page.text.lower()
    assert len(page.images) == 1


def test_a_list_in_which_each_setting_has_its_own_strategy():
    """Strategies that never share a world are not compared."""
    listed = Table("list", {"price": [10.0, 20.0]})
    runs = runs_of([[(1, 1)] * 3, [(3, 3)] * 3], [listed.values(i) for i in range(2)])
    own = (runs["setting_id"] == 0) == (runs["strategy"] == A)
    found = parts(runs[own].reset_index(drop=True), listed, rows=(0, 1))
    text = Reader(report_text(found)).text
    assert "strategies are not compared" in text
    assert "have not been run" not in text


def test_large_sweeps_show_the_first_rows_and_stay_small():
    """2,000 settings scattered over three parameters: the page stays below 10 MB."""
    n = 2000
    at = np.arange(n)
    listed = Table("list", {"price": (10 + at * 0.618 % 20).tolist(),
                            "p_follow": (0.001 * 100 ** (at * 0.414 % 1)).tolist(),
                            "n_days": (50 + at * 7 % 60).tolist()})  # fmt: skip
    values = np.stack([at % 13, at % 17], axis=1)[:, None, :] + np.arange(2)[None, :, None]
    runs = runs_of(values, [listed.values(i) for i in range(n)])
    text = report_text(parts(runs, listed, replications=2))
    assert len(text.encode()) < 10e6
    assert f"{n - MOST_ROWS:,} more settings are not shown" in text
    assert Reader(text).text.count("and 1,988 more") >= 1  # of the prices, 12 are listed


# ---- small parts ---------------------------------------------------------------------------------


def test_cells_carry_the_number_to_sort_by():
    """Numbers, pairs (number, text), texts, and no number at all."""
    assert cell(0.5) == {"number": True, "value": "0.5", "text": "0.5"}
    assert cell((2000.0, "2,000 copies"))["value"] == "2000.0"
    assert cell((float("nan"), "-")) == {"number": True, "value": "", "text": "-"}
    assert cell("a") == {"number": False, "value": "", "text": "a"}
    assert cell(True)["number"] is False
    assert len(table("t", [("a", True)], [[1], [2]])["rows"]) == 2
    assert cut("abcdef", 3) == "abc\n... (3 more characters: see manifest.json)"


def test_the_file_is_written_whole_or_not_at_all(tmp_path):
    """A folder in its place, a wrong outcome: one line, and nothing is left behind."""
    path = report(some_failed(), tmp_path / "new" / "report.html")
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    with pytest.raises(InputError, match="is a folder"):
        report(some_failed(), tmp_path)
    with pytest.raises(InputError, match="unknown outcome"):
        report(some_failed(), tmp_path / "other.html", outcome="sails")
    with pytest.raises(InputError, match="did not vary"):
        report(some_failed(), tmp_path / "other.html", x="n_days")
    assert [file.name for file in tmp_path.iterdir()] == ["new"]


# ---- the commands, on a real store ---------------------------------------------------------------


def test_the_commands_on_a_store(tmp_path, capsys):
    """From a store to its maps and its report; wrong words end in one line before anything."""
    store = tmp_path / "store"
    sweep(read_design(DESIGN), store, jobs=1, progress=False)
    maps_command(store)
    assert "copies sold, gifts included: " in capsys.readouterr().out
    assert {f.name for f in (store / "maps").iterdir()} >= {"who_wins.png", "winners.csv"}
    maps_command(store, strategy=B, against=A, out=tmp_path / "against")
    drawn = {file.name for file in (tmp_path / "against").iterdir()}
    assert {f"slices_minus_{A}_p_follow.png", f"difference_{B}.png"} <= drawn
    maps_command(store, strategy=B, out=tmp_path / "alone")
    drawn = {file.name for file in (tmp_path / "alone").iterdir()}
    assert f"map_{B}.png" in drawn
    assert not {f"difference_{B}.png", f"map_{A}.png"} & drawn
    capsys.readouterr()
    report_command(store, tmp_path / "r.html", "n_member")
    assert "r.html" in capsys.readouterr().out
    text = Reader((tmp_path / "r.html").read_text(encoding="utf-8")).text
    assert "members at the end in classroom" in text
    assert "24 runs succeeded." in text
    for wrong in ({"outcome": "sails"}, {"x": "p_folow"}, {"strategy": "posting"},
                  {"against": "nobody"}, {"strategy": A, "against": A}):  # fmt: skip
        with pytest.raises(InputError) as error:
            maps_command(store, out=tmp_path / "nothing", **wrong)
        assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="no such store"):
        report_command(tmp_path / "no_store")
    assert not (tmp_path / "nothing").exists()


def test_runs_have_the_columns_a_report_reads():
    """A frame without tracebacks (made by hand) is still read."""
    found = some_failed()
    runs = found.runs().drop(columns=["traceback"])
    assert isinstance(runs, pd.DataFrame)
    found.runs = lambda: runs
    assert "Runs that failed" in report_text(found)
