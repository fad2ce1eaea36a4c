"""The experiment on graphs and rival forms: what it says of tables made by hand."""

from __future__ import annotations

import pandas as pd

from experiments import forms

GRAPHS = ("small world", forms.EGO)
HIGH = {"posting_only": 0.0, "audience_building": 10.0, "community_building": 20.0}


def runs(**changes):
    """Return runs in which community leads by 10 everywhere; `changes` by form and graph."""
    rows = [
        {"graph": graph, "form": form, "strategy": name, "replication_id": r, "sales": high + r % 2}
        for graph in GRAPHS
        for form in ("as declared", "all three")
        for name, high in HIGH.items()
        for r in range(8)
    ]
    frame = pd.DataFrame(rows).assign(status="SUCCEEDED")
    low = (frame["form"] == "all three") & (frame["strategy"] == "community_building")
    for graph, sales in changes.items():
        frame.loc[low & (frame["graph"] == graph.replace("_", " ")), "sales"] = sales
    return frame


def test_an_answer_that_survives_is_said_to():
    table = forms.table(runs())
    assert table.loc[table["what"] == "lead", "strategy"].tolist() == ["community_building"] * 4
    found = forms.finding(table)
    assert found.answer == (
        "No: building a community sells most in 4 of 4 combinations of friendships and equations, "
        "clearly in all."
    )
    assert found.flips == "nowhere that was tried."
    assert "were not there" not in found.limits
    assert found.beyond() == []


def test_where_it_does_not_survive_is_named():
    both = forms.finding(forms.table(runs(**{"small_world": 5.0, "ego-Facebook": 6.0})))
    assert both.answer.startswith("Yes, somewhere: building a community sells most in 2 of 4")
    assert both.flips.startswith("in about half of the combinations the first is building a list")
    assert "ahead of building a list in about half and behind it in about half" in both.carries
    luck = forms.finding(forms.table(runs(small_world=[5.0, 14.0] * 4)))
    assert luck.answer.startswith("Not clearly: building a community sells most in 3 of 4")
    assert luck.flips.endswith("the first is building a list, clearly in none.")
    one = forms.finding(forms.table(runs(small_world=[10.0, 11.0] * 3 + [9.0, 12.0])))
    assert "ahead of building a list in most;" in one.carries


def test_the_graph_that_is_not_there_is_left_out_and_said(monkeypatch, tmp_path):
    path = tmp_path / "friends.txt"
    monkeypatch.setenv("CONTINUUM_EGO_FACEBOOK", str(path))
    assert forms.EGO not in forms.graphs()
    table = forms.table(runs())
    there = table[table["graph"] != forms.EGO]
    assert "the friendships of ego-Facebook were not there" in forms.finding(there).limits
    path.write_text("0 1\n1 2\n2 0\n")
    town = forms.graphs()[forms.EGO]
    assert (town["graph"], town["friends_file"], town["n_people"]) == ("file", str(path), 3)


def test_every_form_switches_what_its_name_says():
    town = forms.graphs()["small world"]
    for form, switches in forms.FORMS.items():
        on = [name for name in forms.SWITCHES.values() if town.replace(**switches)[name]]
        assert len(on) == {"as declared": 0, "all three": 3}.get(form, 1)
