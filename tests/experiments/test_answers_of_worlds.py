"""Answers follow what stands in the table: a lead put in is said, and turned, and not told."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import run

RESULTS = run.FOLDER / "results"


def said(name, *changes):
    """Return the finding of a table in results/ in which rows were given other values.

    A change is ({column: label}, (value, low, high)).
    """
    table = run.read_table(RESULTS / f"{name}.csv")
    for labels, ends in changes:
        here = table["what"].notna() if "what" in table else table["claim"].notna()
        for column, label in labels.items():
            here &= table[column] == label
        assert here.any(), labels
        table.loc[here, ["value", "low", "high"]] = [float(end) for end in ends]
    found = run.load(name).finding(table)
    assert found.beyond() == []
    return found


UP, NO, DOWN = (20, 15, 25), (2, -3, 7), (-20, -25, -15)


def test_who_buys_when_told_alone():
    def told(name, ends):
        return {"what": f"told_{name} against none"}, ends

    few = [told("list", UP), told("community", NO)]
    found = said("x12_case_study", told("followers", (900, 800, 1000)), *few)
    assert found.answer.startswith("The followers, told alone by posts, bought 900 more copies")
    assert found.answer.endswith("the list, told alone by mail, 20 more.")
    found = said("x12_case_study", told("followers", (22, 17, 27)), *few)
    assert found.answer.startswith("The followers or the list, which cannot be told apart")
    found = said("x12_case_study", told("followers", NO), told("list", NO), told("community", DOWN))
    assert found.answer.startswith("Nobody that can be told")
    mail, visits = (
        {"what": "members who bought", "strategy": arm} for arm in ("told_list", "told_community")
    )
    found = said("x12_case_study", (mail, (0.1, 0.09, 0.11)), (visits, (0.3, 0.2, 0.4)))
    assert "the room more than who is told" in found.carries
    found = said("x12_case_study", (mail, (0.3, 0.2, 0.4)), (visits, (0.3, 0.2, 0.4)))
    assert "members bought alike" in found.carries


@pytest.mark.parametrize(
    ("ends", "text"),
    [(DOWN, "costs 20 copies"), (NO, "costs nothing that can be told"), (UP, "gains 20 copies")],
)
def test_what_ignoring_costs(ends, text):
    found = said("x14_complaints", ({"what": "sales in 10 times as often", "share": 0.0}, ends))
    assert f"ignoring it {text};" in found.answer
    hours = {"what": "sales at 0.2", "world": "nothing goes wrong"}
    assert said("x14_complaints", (hours, ends)).answer.endswith(f"for answers {text}.")


def test_when_answers_pay():
    from experiments.x14_complaints import OFTEN, SHARES

    never = [({"what": f"sales at {share:g}", "world": OFTEN}, NO) for share in SHARES[1:]]
    found = said("x14_complaints", *never)
    assert "wrong, no answers clearly pay;" in found.flips
    found = said("x14_complaints", *never, ({"what": "sales at 0.05", "world": OFTEN}, UP))
    assert "5 % of the hours on answers sell 20 copies more" in found.flips


def test_what_offers_cost_later():
    stopped = {"what": "sales after offers every 2 days", "learning": 0.1}
    deals = {"what": "revenue of deals"}
    found = said("x13_offers", (stopped, UP), (deals, UP))
    assert "the full price sells 20 copies more; who goes on" in found.answer
    assert "earns 20 dollars more" in found.answer
    found = said("x13_offers", (stopped, NO), (deals, DOWN))
    assert "sells not clearly more or fewer;" in found.answer
    assert "earns 20 dollars less" in found.answer


def test_who_needs_posts():
    nothing = {"what": "sales: no posts", "base": "community_building"}
    empty = nothing | {"world": "reach of 2025, no list"}
    found = said("x09_feeder", (nothing, UP), (empty, NO))
    assert "a community that starts from nothing sells not clearly more or less;" in found.answer
    assert found.answer.endswith("one that starts with a list sells 20 more copies.")
    assert said("x09_feeder", (nothing, DOWN)).answer.endswith("% of its copies.")


def test_where_building_wins():
    from experiments import x10_break_even as x10

    table = run.read_table(RESULTS / "x10_break_even.csv")
    lead = table["what"] == "lead"
    table.loc[lead, "strategy"] = "advertising"
    table.loc[lead, ["value", "low", "high"]] = [20.0, 15.0, 25.0]
    none = x10.finding(table)
    assert none.answer == "Today, building clearly wins nowhere, in a large town or a small one."
    assert "of 120 cases ads clearly beat building in 120, posts in 0;" in none.carries
    built = lead & (table["list"] == 0.02) & (table["horizon"] <= 180)
    table.loc[built, "strategy"] = "audience_building"
    some = x10.finding(table)
    assert "only with at least 2 % on the list and a launch within 180 days;" in some.answer
    assert some.answer.endswith("in a small one in few cases.")
    assert some.beyond() == []
    table.loc[built, "low"] = -1.0
    assert x10.finding(table).answer == none.answer


def test_a_list_and_a_community_that_sell_alike_win_together():
    """The lead is over the other side: that two builders cannot be told apart takes none away."""
    from experiments import x10_break_even as x10

    sold = {"posting_only": 5.0, "advertising": 20.0, "audience_building": 50.0,
            "community_building": 50.5}  # fmt: skip
    rows = [
        {"world": x10.LARGE, "list": 0.05, "horizon": 365, "strategy": name, "status": "SUCCEEDED",
         "replication_id": world, "sales": mean + world + (world % 2) * (name == "advertising")}
        for name, mean in sold.items() for world in range(10)
    ]  # fmt: skip
    table = x10.table(pd.DataFrame(rows))
    (lead,) = table[table["what"] == "lead"].to_dict("records")
    assert lead["strategy"] == "community_building"
    assert lead["baseline"] == "advertising"
    assert lead["value"] == pytest.approx(30.0)
    assert lead["clear"]
    assert "at least 5 % on the list and a launch within 365 days" in x10.finding(table).answer


def test_who_keeps_what_when_a_rival_comes():
    from experiments import x11_rival as x11

    kept = {"what": "sales held, compared", "rival": x11.TIED}
    bonds = {"what": f"members leaving, against {x11.FEELING}", "community": x11.ORDINARY}
    found = said("x11_rival", (kept, UP), (bonds, DOWN))
    assert "more than only posting and building a list; its" in found.answer
    assert found.answer.endswith("its bonds hold 20 members.")
    found = said("x11_rival", (kept, NO), (kept | {"baseline": "posting_only"}, DOWN), (bonds, NO))
    assert "less than only posting, no clear difference from building a list;" in found.answer
    assert found.answer.endswith("hold nobody that can be told.")


def test_how_many_claims_hold():
    from experiments import x15_claims as x15

    table = run.read_table(RESULTS / "x15_claims.csv")
    table["verdict"] = x15.HOLDS
    found = x15.finding(table)
    assert found.answer == "Ten of ten claims hold in the model; none fails."
    assert "ten of ten keep their verdict" in found.carries
    first = table["claim"] == x15.CLAIMS[0].key
    table.loc[first, "verdict"] = x15.FAILS
    table.loc[table["claim"] == x15.CLAIMS[1].key, "verdict"] = x15.OPEN
    table.loc[first & (table["variant"] == "reach of 2012"), "verdict"] = x15.OPEN
    found = x15.finding(table)
    assert (
        found.answer == "Eight of ten claims hold in the model; one fails and one cannot be told."
    )
    assert found.flips.startswith("one of ten claims gets another verdict")
    assert found.beyond() == []
    shown = x15.extra(table)
    assert f"| {x15.CLAIMS[0].text} | **fails** (" in shown
    assert "| reach of 2012 (open) |" in shown
    table["verdict"] = x15.FAILS
    assert x15.finding(table).beyond() == []
    assert "and eight more" in x15.finding(table).carries


def test_in_how_many_settings_a_community_leads():
    ahead = {"what": "share", "part": "sampled", "strategy": "community_building"}
    ahead |= {"outcome": "ahead", "baseline": "posting_only"}
    fresh = {"what": "community_building against posting_only, fresh"}
    worst = fresh | {"adversary": "posting_only"}
    found = said("robustness", (ahead, (0.41, 0.3, 0.5)), (fresh, UP), (worst, DOWN))
    assert "more than only posting in 41 % of the settings" in found.answer
    assert "the lead over posting is reversed;" in found.flips
