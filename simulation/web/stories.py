"""Scenario cards: presets and teaching stories, each a choice with a question to ask first.

A card promises no result: it says what to look at. What comes out is computed, and may surprise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from simulation.inputs.scenario import Scenario, presets
from simulation.web.controls import PAGE_SIZES
from simulation.web.query import from_query, to_query


class Story(NamedTuple):
    """A card: its name, one sentence of story, what to look at, and the address of its choice."""

    name: str
    told: str
    ask: str
    query: str


STORIES: tuple[Story, ...] = (
    Story(
        "viral but empty",
        "Half the town follows the brand, but nobody gave permission to be written to, and there "
        "is no community. A goes on posting; B turns followers into a list.",
        "How many copies do so many followers buy? What carries the sales of B?",
        "share_followers=0.5&share_subscribers=0.0&share_members=0.0&b=audience_building",
    ),
    Story(
        "small warm room",
        "Hardly anybody knows the brand, but one person in fifty is in its community. A only "
        "posts; B keeps the community going.",
        "Which world sells more, this one or the one with 10,000 followers (viral but empty)?",
        "share_followers=0.01&share_subscribers=0.005&share_members=0.02",
    ),
    Story(
        "bought followers",
        "Four people in ten follow, but following says nothing about who cares: the followers "
        "were bought. A posts to them; B builds a community from them.",
        "Now move “Those further along care more” to 0.9: the same counts, real followers.",
        "share_followers=0.4&selection=0.0",
    ),
    Story(
        "bargain hunters",
        "A gives 30 % off every other day, in posts and mails, and buys ads; B posts a little and "
        "mails content to those who asked for it.",
        "Who sells more, and what carries it? Under “All numbers”: how many copies of A went at a "
        "discount, and what did that take off the revenue?",
        "a=deal_driven&b=audience_building",
    ),
    Story(
        "the silent founder",
        "Both build a community. After half a year A's founder has no more time for it: no "
        "events, no mails, only posts. B's goes on.",
        "What happens to the members of A, how soon, and what is left at the launch?",
        "a=community_building&a_then=posting_only&a_then_day=180",
    ),
    Story(
        "2012 again",
        "A post still reaches many of those who follow. A only posts; B builds a community.",
        "Move the year towards today: from when on can no difference be told, and from when does "
        "B lead?",
        "year=2012.0",
    ),
)


def cards() -> list[dict[str, Any]]:
    """Return all cards ready for JSON, the presets first; `query` is as the page writes it."""
    rows = []
    for name in presets():
        told = Scenario.load(name).description
        if name in PAGE_SIZES:
            told += f". On the page with {PAGE_SIZES[name]:,} people"
        query = to_query(from_query(f"scenario={name}")[0])
        rows.append({"name": name, "kind": "preset", "told": told + ".", "ask": "", "query": query})
    for story in STORIES:
        query = to_query(from_query(story.query)[0])
        rows.append({**story._asdict(), "kind": "story", "query": query})
    return rows
