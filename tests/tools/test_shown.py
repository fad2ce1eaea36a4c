"""What a result shows of itself at the prompt and in notebooks: short, right, and only text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import STRATEGIES, Scenario, Strategy, compare, compare_arms, simulate, sweep
from simulation.analyses.maps import regret
from simulation.analyses.sensitivity import sensitivity
from simulation.checks.pattern_worlds import COLUMNS
from simulation.checks.validation import Validation
from simulation.engine.prepare import prepare
from simulation.inputs.parameters import World
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import ACTIVITIES, Phase
from simulation.people.edge_list import read_edge_list
from simulation.searches.calibration import calibrate
from simulation.searches.calibration_observed import Observed, weekly
from simulation.searches.optimization import optimize
from simulation.searches.precision_until import replicate_until
from simulation.sweeps.reproducing import reproduce
from simulation.sweeps.store import open_store
from simulation.tools.errors import InputError
from simulation.tools.shown import LONGEST, MOST_ROWS, Shown, as_html, some
from tests.inputs.test_world import ALL_LEVERS

TOWN = Scenario.load("classroom").replace(n_people=300, days_warm_up=5)
PAIR = ["posting_only", "community_building"]
DESIGN = {
    "name": "small", "scenario": "classroom", "strategies": PAIR, "seed": 1, "replications": 2,
    "method": "morris", "n": 2, "parameters": {"p_join": [0.01, 0.2], "n_people": [100, 300]},
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One of everything that somebody may hold, none large enough to be believed."""
    folder = tmp_path_factory.mktemp("stores")
    pairs = folder / "pairs.csv"
    pairs.write_text("".join(f"person{i},person{i + 1}\n" for i in range(5_000)))
    run = simulate(TOWN, PAIR[1], seed=1)
    store = sweep(DESIGN, folder / "small", jobs=1)
    runs = store.runs()
    series = Observed(weekly(run).astype(float)[["followers", "members"]])
    fitted = {"p_join": (0.01, 0.15)}
    worlds = pd.DataFrame({name: np.linspace(1, 2, 6) for name in COLUMNS})
    return {
        "Run": run,
        "State": run.end,
        "Prepared": prepare(TOWN, seed=1),
        "Friends": prepare(TOWN, seed=1).friends,
        "EdgeList": read_edge_list(pairs),
        "Comparison": compare(TOWN, PAIR, replications=8, seed=1, jobs=1),
        "Store": store,
        "Design": store.design,
        "Sensitivity": sensitivity(store.design, runs, strategy=PAIR[1], against=PAIR[0]),
        "Regret": regret(runs, ["p_join", "n_people"]),
        "Reproduction": reproduce(store, 2),
        "ArmsReport": compare_arms(TOWN, replications=2, jobs=1, progress=False),
        "Validation": Validation(TOWN, 1, worlds),
        "Precise": replicate_until(TOWN, PAIR, width=30.0, start=4, seed=1, jobs=1),
        "Optimization": optimize(TOWN, budget=6, replications=2, fresh=4, seed=1, jobs=1),
        "Calibration": calibrate(series, TOWN, PAIR[1], fitted, method="point", budget=20,
                                 worlds=4, n_pilot=50, n_predictive=20),
    }  # fmt: skip


def rows_of(result):
    """Return the table of a page as it is read: a dict a row."""
    page = ET.fromstring(result._repr_html_())
    heads = [head.text for head in page.iter("th")]
    return [
        dict(zip(heads, [cell.text for cell in row.findall("td")], strict=True))
        for row in page.findall(".//tbody/tr")
    ]


KINDS = [
    "Run", "State", "Prepared", "Friends", "EdgeList", "Comparison", "Store",
    "Design", "Sensitivity", "Regret",
    "Reproduction", "ArmsReport", "Validation", "Precise", "Optimization", "Calibration",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_at_the_prompt_three_lines_at_most(results, kind):
    shown = repr(results[kind])
    assert re.fullmatch(rf"<{kind} [^\n]+>", shown)
    assert 30 < len(shown) <= LONGEST + len(kind) + 3
    assert "object at 0x" not in shown
    assert str(results[kind]) == shown


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("State", "Friends")])
def test_in_a_notebook_the_sentence_and_a_small_table(results, kind):
    result = results[kind]
    page = ET.fromstring(result._repr_html_())  # well-formed: what is not escaped is not
    text = "".join(page.itertext())
    what, found = result._says()
    assert text.startswith(f"{kind} {what}{found}")
    assert len(page.findall(".//tr")) <= MOST_ROWS + 1
    tabled = result._tabled()
    assert (tabled is None) == (page.find(".//table") is None)
    if tabled is not None:
        assert [head.text for head in page.iter("th")] == list(tabled.columns)
    for element in page.iter():  # nothing that could be unreadable on a dark page
        assert set(element.attrib) <= {"style", "class", "border"}
        assert re.fullmatch(r"(overflow-x: auto|text-align: \w+;)?", element.get("style", ""))


def test_they_say_the_main_numbers(results):
    run, comparison, state = results["Run"], results["Comparison"], results["State"]
    sold, members = run.summary["sales"], run.summary["n_member"]
    assert f"{sold:.0f} cop" in repr(run)
    assert f"{members:.0f} members after 120 days" in repr(run)
    assert repr(run).startswith("<Run classroom, community_building, seed 1: ")
    other = simulate(TOWN, PAIR[0], seed=1, replication=3, engine="mesa")
    assert "posting_only, seed 1, replication 3, engine mesa: " in repr(other)
    table = rows_of(run)
    assert [row["stage"] for row in table] == ["stranger", "follower", "subscriber", "member"]
    assert table[-1]["at the end"] == f"{members:.0f}"
    assert sum(int(row["copies bought"]) for row in table) == sold
    assert f" {members:.0f} member" in repr(state)
    assert repr(comparison) == f"<Comparison classroom, 8 worlds, seed 1: {comparison.sentence}>"
    means = [float(row["mean"]) for row in rows_of(comparison)]
    assert means == pytest.approx(comparison.table["mean"].tolist(), rel=0.01)
    assert repr(results["Friends"]).startswith("<Friends of 300 people: 1,")
    assert "5,001 people, 5,000 friendships" in repr(results["EdgeList"])
    friendships = results["Prepared"].friends.ids.size // 2
    assert repr(results["Prepared"]).endswith(f": 300 people, {friendships:,} friendships>")


def test_a_store_says_how_far_it_is_even_when_it_is_damaged(results, tmp_path):
    store = results["Store"]
    n = store.design.n_runs
    assert repr(store).endswith(f": {n} of {n} runs succeeded>")
    begun = sweep({**DESIGN, "replications": 1}, tmp_path / "begun", jobs=1)
    begun.manifest["design"]["replications"] = 4
    assert repr(begun).endswith(f": {n // 2} of {2 * n} runs succeeded, {3 * n // 2} still to run>")
    for part in (begun.folder / "runs").glob("*.parquet"):
        part.write_bytes(b"not a table")
    damaged = open_store(begun.folder)
    assert "damaged" in repr(damaged)
    assert "damaged" in damaged._repr_html_()


# ---- what may be set -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", presets())
def test_a_scenario_is_its_preset_and_what_was_changed(name):
    preset = Scenario.load(name)
    assert repr(preset) == str(preset) == f"Scenario.load('{name}')"
    changed = preset.replace(year=2013.0, n_people=5_000)
    assert repr(changed) == f"Scenario.load('{name}').replace(n_people=5000, year=2013.0)"
    assert eval(repr(changed)) == changed


def test_a_scenario_of_ones_own_is_what_differs_from_the_defaults():
    assert repr(Scenario()) == "Scenario()"
    own = Scenario(name="mine").replace(n_people=300)
    assert repr(own) == "Scenario(name='mine', world=World(n_people=300))"
    assert eval(repr(own)) == own
    namesake = Scenario(name="classroom", description="another one")
    assert eval(repr(namesake), {"Scenario": Scenario, "World": World}) == namesake
    (row,) = rows_of(own)
    assert (row["parameter"], row["value"], row["default"]) == ("n_people", "300", "100000")
    assert "table" not in Scenario()._repr_html_()


@pytest.mark.parametrize("strategy", [*STRATEGIES.values(), ALL_LEVERS], ids=lambda s: s.name)
def test_a_strategy_is_what_makes_it_again(strategy):
    assert eval(repr(strategy), {"Strategy": Strategy, "Phase": Phase}) == strategy
    assert repr(strategy) == str(strategy)
    for row, phase in zip(rows_of(strategy), strategy.phases, strict=True):
        shown = {name: float(text) for name, text in row.items()}
        assert shown.items() <= phase.model_dump().items()
        assert sum(value for name, value in shown.items() if name in ACTIVITIES) == pytest.approx(
            1
        ) or not row.keys() - {"from_day"}


def test_they_are_of_use_in_an_error():
    """One line, cut where it is long, that says which one was given."""
    with pytest.raises(InputError, match=r"""^unknown scenario "Strategy\(name='balanced', .+$"""):
        Scenario.load(STRATEGIES["balanced"])


# ---- how it is drawn -----------------------------------------------------------------------------


class Thing(Shown):
    def __init__(self, what, found, table=None):
        self.said, self.table = (what, found), table

    def _says(self):
        return self.said

    def _tabled(self):
        return self.table


@given(st.text(), st.text())
def test_whatever_it_is_called_it_is_one_line_and_text(what, found):
    thing = Thing(f"a {what}", found)
    assert "\n" not in repr(thing)
    assert len(repr(thing)) <= LONGEST + len("<Thing >")
    assert "<" not in re.sub(r"</?(div|p|strong|br/)>", "", thing._repr_html_())


def test_a_long_table_is_cut_and_says_so():
    table = pd.DataFrame({"<i>n": range(1000, 1000 + MOST_ROWS + 2), "x": np.nan, "y": 12345.678})
    html = Thing("a", "b", table)._repr_html_()
    assert html.count("<tr") == MOST_ROWS + 1
    assert html.endswith("<p>and 2 more rows</p></div>")
    assert "&lt;i&gt;n" in html
    assert "<td>1,000</td>" in html
    assert "<td>-</td>" in html
    assert "<td>12,346</td>" in html
    assert "more" not in as_html("a", "b", table.head(MOST_ROWS))


def test_some_of_a_list():
    assert some(["a", "b"]) == "a, b"
    assert some(list("abc"), 2) == "a, b and 1 more"
