"""The claims of the essay: how each is read in the model, what the evidence says, what may flip it.

The evidence is that of the project's review of sources, with its grades: A experiment, B
correlation or meta-analysis, C industry, D one case, S assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.kit.cells import Measure
from experiments.kit.tables import heads_at_launch
from simulation.checks.arms import ARMS
from simulation.checks.invitation import COUNTS, effect_of_sums, invitation_counts
from simulation.checks.pattern_worlds import one_post_world
from simulation.core.stages import STAGES
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.run import Run

DEFAULT = "defaults"


@dataclass(frozen=True)
class Claim:
    """One claim, the number that decides it, and what could overturn it.

    Attributes
    ----------
    columns : outcomes or measures, added over worlds (of a comparison: their paired differences)
    statistic : the deciding number of these sums and, last, the number of worlds
    threshold, at_most : the number must lie above it, or (at_most) not above it
    against : (changes of the world, strategy or None for the same), or None
    variants : label -> changes of the world
    """

    key: str
    text: str
    number: str
    unit: str
    threshold: float
    evidence: str
    grade: str
    strategy: str | Strategy
    columns: tuple[str, ...]
    statistic: Callable[..., Any]
    variants: Mapping[str, Mapping[str, Any]]
    at_most: bool = False
    against: tuple[Mapping[str, Any], str | None] | None = None
    world: Mapping[str, Any] = field(default_factory=dict)
    measure: Measure | None = None
    events: bool = False
    worlds: int = 12


def variants(claim: Claim) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the defaults and every variant of a claim with its changes."""
    yield DEFAULT, {}
    yield from claim.variants.items()


# ---- what is measured in a run -------------------------------------------------------------------


def owners(run: Run) -> dict[str, float]:
    """Count the members at the end, and those who own a copy, bought or given."""
    members = run.people["stage"] == "member"
    return {"members": members.sum(), "members_owning": (members & run.people["owns"]).sum()}


def advocacy(run: Run) -> dict[str, float]:
    """Count buyers, and what they reviewed, recommended and gave, by stage."""
    events, found = run.events, dict[str, float]()
    for stage in ("follower", "member"):
        here = events.loc[events["from_stage"] == stage, "event"]
        found[f"buyers_{stage}"] = (here == "buy").sum()
        found[f"acts_{stage}"] = here.isin(["review", "recommend", "gift"]).sum()
    return found


def leavers(run: Run) -> dict[str, float]:
    """Count who left for the rival, and the days people spent meeting it, by stage."""
    since = run.scenario.rivalry.rival_day
    found = {}
    for s, stage in enumerate(STAGES):
        found[f"left_{stage}"] = run.table["switched"][since:, s].sum()
        found[f"days_{stage}"] = run.table["n"][since:, s].sum()
    return found


# ---- the statistics ------------------------------------------------------------------------------


def mean(total, n):
    """Return a mean over worlds."""
    return total / n


def share(part, whole, n):
    """Return one sum over another."""
    return part / whole


def ratio_of_rates(a, over_a, b, over_b, n):
    """Return how many times one rate is another."""
    return (a / over_a) / (b / over_b)


def gap_of_rates(a, over_a, b, over_b, n):
    """Return one rate minus another."""
    return a / over_a - b / over_b


def gap_per_thousand(a, over_a, b, over_b, n):
    """Return one rate minus another, per thousand."""
    return 1000.0 * gap_of_rates(a, over_a, b, over_b, n)


def joining_causes(*sums):
    """Return the complier effect of the invitation, buyers a head."""
    return effect_of_sums("complier_effect")(*sums[:-1])


# ---- the claims ----------------------------------------------------------------------------------

_ONE_POST, _POST = one_post_world(Scenario.load("launch_2025"))
_ARM = {name: changes for name, (changes, _) in ARMS.items()}
_THREE = _ARM["none of the three"]
_NULLS = {name: _ARM[name] for name in ("selection only", "equal impact")}
_LONGER = {"share_subscribers": 0.1}

CLAIMS = (
    Claim(
        "a post sells almost nothing",
        "A post to 500,000 followers sells almost nothing.",
        "copies of one post in 2025", "copies", 80.0,
        "Supported in magnitude: 160,000 followers, fewer than 400 sales in a campaign; one post "
        "at the reach of 2025 about 2 copies", "D, S",
        _POST, ("sales",), mean,
        {"reach of 2012": {"year": 2012.0}, "click_post .03 (high)": {"click_post": 0.03},
         "p_buy .10 (high)": {"p_buy": 0.1}, "buy_attachment 7 (high)": {"buy_attachment": 7.0},
         "reach_decay .10 (low)": {"reach_decay": 0.1},
         "2012 and p_buy .10": {"year": 2012.0, "p_buy": 0.1}},
        at_most=True, world=_ONE_POST,
    ),
    Claim(
        "the list buys a lot",
        "Subscribers buy a lot: five times what a follower buys, or more.",
        "sales a head, subscriber over follower", "times", 5.0,
        "Supported a head: a ratio of 16.6 in 2013; not in absolute share", "D",
        "audience_building",
        ("sales_to_subscriber", "heads_subscriber", "sales_to_follower", "heads_follower"),
        ratio_of_rates,
        {**_NULLS, "click_mail .10 (low)": {"click_mail": 0.1},
         "p_open .17 (low)": {"p_open": 0.17}, "click_post .03 (high)": {"click_post": 0.03},
         "reach of 2012": {"year": 2012.0},
         "no selection at the start": {"selection": 0.0}},
        measure=heads_at_launch,
    ),
    Claim(
        "everyone in the community buys",
        "In the community everyone buys: at least half of the members.",
        "share of members who own a copy", "", 0.5,
        "Not supported: no source measures it; joining changed spending by -10 to +23 %", "A",
        "community_building", ("members_owning", "members"), share,
        {"click_visit .8 (high)": {"click_visit": 0.8}, "p_buy .10 (high)": {"p_buy": 0.1},
         "buy_attachment 7 (high)": {"buy_attachment": 7.0},
         "click_visit .8, p_buy .10 and buy_attachment 7": {
             "click_visit": 0.8, "p_buy": 0.1, "buy_attachment": 7.0}},
        measure=owners,
    ),
    Claim(
        "members advocate",
        "Members who bought review, promote and give more than followers who bought.",
        "reviews, recommendations and gifts a buyer, member minus follower", "", 0.0,
        "Direction supported, size not: fans recommend more, but chose to be fans", "B",
        "community_building", ("acts_member", "buyers_member", "acts_follower", "buyers_follower"),
        gap_of_rates,
        {"speak_attachment 0": {"speak_attachment": 0.0},
         "members asked and speaking as anyone": {"p_review_asked": 0.015,
                                                  "p_recommend_member": 0.29},
         "speaking as anyone, speak_attachment 0": {
             "speak_attachment": 0.0, "p_review_asked": 0.015, "p_recommend_member": 0.29}},
        measure=advocacy, events=True, world=_LONGER,
    ),
    Claim(
        "the three build attachment",
        "Relationships, purpose and evolving engagement build attachment.",
        "attachment of members at the end, with minus without the three", "", 0.0,
        "Partly: identity doubled visits in a field experiment, bonds less", "A",
        "community_building", ("attachment_member",), mean,
        {"relationships alone": {"purpose": 0.0, "evolving": False},
         "purpose alone": {"relationships": False, "evolving": False},
         "evolving alone": {"relationships": False, "purpose": 0.0},
         "k_tie .01 and k_ritual .02 (low)": {"k_tie": 0.01, "k_ritual": 0.02}},
        against=(_THREE, None),
    ),
    Claim(
        "leaving would hurt",
        "Leaving the community would hurt: a rival takes members less than followers.",
        "left for the rival, follower minus member", "per 1,000 person-days", 0.0,
        "Qualitative support: community ties become exit barriers", "B",
        "community_building", ("left_follower", "days_follower", "left_member", "days_member"),
        gap_per_thousand,
        {"switch_attachment 0": {"switch_attachment": 0.0}, "switch_bonds 0": {"switch_bonds": 0.0},
         "switch_attachment and switch_bonds 0": {"switch_attachment": 0.0, "switch_bonds": 0.0},
         **_NULLS},
        world={"p_rival": 0.02, "rival_day": 180}, measure=leavers,
    ),
    Claim(
        "posting worked then",
        "Around 2010 posting worked: it sold more than building a community.",
        "copies in 2010 in a town of 20,000, posting_only minus community_building", "copies", 0.0,
        "Reach fell from 16 % (2012) to 1.65 % (2025); nobody compared the two", "C",
        "posting_only", ("sales",), mean,
        {"year 2012": {"year": 2012.0}, "year 2015": {"year": 2015.0},
         "nobody on the list": {"share_subscribers": 0.0, "share_members": 0.0},
         "click_post .005 (low)": {"click_post": 0.005}, **_NULLS},
        against=({}, "community_building"), world={"year": 2010.0, "n_people": 20_000},
    ),
    Claim(
        "community beats posting",
        "At the same effort, building a community sells more than only posting.",
        "copies in 2025, community_building minus posting_only", "copies", 0.0,
        "Nobody measured it", "S",
        "community_building", ("sales",), mean,
        {"reach of 2012": {"year": 2012.0}, **_NULLS, "none of the three": _THREE,
         "nobody on the list": {"share_subscribers": 0.0, "share_members": 0.0},
         "launch on day 30": {"launch_day": 30, "n_days": 122},
         "nobody on the list, launch on day 30": {
             "share_subscribers": 0.0, "share_members": 0.0, "launch_day": 30, "n_days": 122},
         "p_join .0009 (low)": {"p_join": 0.0009}, "buy_attachment 0": {"buy_attachment": 0.0}},
        against=({}, "posting_only"),
    ),
    Claim(
        "community beats a list",
        "A community sells more than a list alone at the same effort.",
        "copies in 2025, community_building minus audience_building", "copies", 0.0,
        "Nobody measured it", "S",
        "community_building", ("sales",), mean,
        {"click_visit .8 (high)": {"click_visit": 0.8}, "p_join .011 (high)": {"p_join": 0.011},
         "buy_attachment 7 (high)": {"buy_attachment": 7.0},
         "5 % members at the start": {"share_members": 0.05}, **_NULLS},
        against=({}, "audience_building"),
    ),
    Claim(
        "the community causes it",
        "It is the community that sells, not who joins it.",
        "complier effect of a randomised invitation, buyers a head", "", 0.0,
        "Mixed: zero or negative by lot (eBay), +23 % in matched data", "A",
        "community_building", COUNTS, joining_causes,
        {**_NULLS, "buy_attachment 7 (high)": {"buy_attachment": 7.0},
         "click_visit .01": {"click_visit": 0.01}, "none of the three": _THREE},
        world={"share_invited": 0.5, **_LONGER}, measure=invitation_counts, worlds=24,
    ),
)  # fmt: skip
