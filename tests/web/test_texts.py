"""The words of the page: the same keys and placeholders in both languages, and none missing."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest

from simulation.core.outcomes import SUMMARY, Event
from simulation.core.stages import CHANNELS, STAGES, TOUCHPOINTS, Channel
from simulation.figures import diary as of_python
from simulation.inputs.scenario import parameters, presets
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES
from simulation.web.controls import GROUPS, NAMES
from simulation.web.texts import FOLDER, LANGUAGES, flat, placeholders, problems, texts

PAGE = FOLDER.parent / "page"

#: For each section, the keys the page asks it for, in both languages.
WANTED = {
    "stages": STAGES,
    "stages_one": STAGES,
    "stages_told": STAGES,
    "activities": ACTIVITIES,
    "touchpoints": TOUCHPOINTS,
    "strategies": STRATEGIES,
    "scenarios": presets(),
    "groups": GROUPS,
    "controls": NAMES,
    "meanings": [*NAMES, *ACTIVITIES],
}
#: Greek only: English says what is declared.
WANTED_IN_GREEK = {
    "outcomes": [scalar.name for scalar in SUMMARY],
}


def test_the_languages_agree():
    """The same keys, the same placeholders, no empty text."""
    assert problems(texts()) == []
    assert sorted(file.stem for file in FOLDER.glob("*.toml")) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_and_nothing_is_too_much(language):
    """Every preset, strategy, stage, activity, control has its words; no word is of nothing."""
    wanted = WANTED | (WANTED_IN_GREEK if language == "el" else {})
    for section, keys in wanted.items():
        assert set(texts()[language][section]) == set(keys), section
    assert not (set(WANTED_IN_GREEK) - set(wanted)) & set(texts()[language])
    for section in ("strategies", "scenarios"):
        for name, table in texts()[language][section].items():
            assert set(table) == {"name", "told"}, name


#: Sections of whole tables: held by the tests above, and by those of the story.
TABLES = {*WANTED, "story", "examples", "parts"}
#: A whole key in the page's sources; the beginning of one that is completed there; a wrong part.
WHOLE = re.compile(r'["`]([a-z]+(?:\.[a-z_0-9]+)+)["`]')
BEGUN = re.compile(r"`([a-z]+\.[a-z_0-9.]*)\$\{")
WRONG = re.compile(r'(?:new Wrong|wrongly)\("(\w+)"')


def test_every_word_is_asked_for_and_every_one_asked_for_is_there():
    """The sources name each key, or how it begins; nothing is translated for nobody."""
    sources = "".join(file.read_text(encoding="utf-8") for file in sorted(PAGE.glob("*.js*")))
    there = dict(flat(texts()["en"]))
    whole = {key for key in WHOLE.findall(sources) if key.split(".")[0] in texts()["en"]}
    whole |= {f"errors.{name}" for name in WRONG.findall(sources)}
    assert whole - set(there) == set()
    begun = tuple(set(BEGUN.findall(sources)))
    asked = {key for key in there if key in whole or key.startswith(begun)}
    asked |= {"page.language_name"} | {f"axes.contacts_{channel}" for channel in CHANNELS}
    idle = {key for key in set(there) - asked if key.split(".")[0] not in TABLES}
    assert idle == set()


def mutations():
    """Yield what somebody may do to a file, and the line that says so."""
    yield "one text less", lambda t: t["page"].pop("next"), "el: page.next is missing"
    yield "one more", lambda t: t["page"].update(new="x"), "el: page.new is not in en"
    yield "a section less", lambda t: t.pop("axes"), "el: axes.day is missing"
    yield (
        "a placeholder less",
        lambda t: t["page"].update(counting="Μέτρηση: {n}"),
        ("el: page.counting has {n}, en {n}, {of}"),
    )
    yield (
        "another placeholder",
        lambda t: t["page"].update(world_n="Κόσμος {m}"),
        ("el: page.world_n has {m}, en {n}"),
    )
    yield "an empty text", lambda t: t["page"].update(next=" "), "el: page.next is no text"
    yield "a number", lambda t: t["page"].update(next="3", back=3), "el: page.back is no text"


@pytest.mark.parametrize(
    ("change", "said"), [pytest.param(c, said, id=name) for name, c, said in mutations()]
)
def test_a_changed_file_is_found(change, said):
    """The test above can fail: whatever one file has and the other has not is named."""
    changed = copy.deepcopy(texts())
    change(changed["el"])
    assert said in problems(changed)


def test_placeholders_of_worlds_are_parameters():
    """A world is told with its own numbers, as they are on the page."""
    for language in LANGUAGES:
        for name, table in texts()[language]["scenarios"].items():
            assert placeholders(table["told"]) <= {*parameters()}, name
            assert not re.search(r"\d", table["told"]), name
            assert not placeholders(table["name"]), name


def test_what_is_of_one_and_of_many_comes_in_pairs():
    """Every ..._one has its ..._many, with the same number in it."""
    for language in LANGUAGES:
        found = dict(flat(texts()[language]))
        paired = ("units.", "class.", "diary.")
        ones = [key for key in found if key.endswith("_one") and key.startswith(paired)]
        assert len(ones) > 20
        for key in ones:
            many = f"{key.removesuffix('_one')}_many"
            assert "{n}" in found[many], many


def test_the_diary_speaks_as_in_python():
    """English: the words of figures.diary, once and many times."""
    said = texts()["en"]["diary"]
    often = {channel.name.lower(): words for channel, words in of_python._CONTACTS.items()}
    often |= {event.name.lower(): words for event, words in of_python._TALK.items()}
    often["host"] = of_python._BY_HOST
    pairs = [(f"{name}_one", f"{name}_many") for name in often]
    assert said["often"] == {
        key: text
        for keys, words in zip(pairs, often.values(), strict=True)
        for key, text in zip(keys, words, strict=True)
    }
    assert said["after"] == {c.name.lower(): text for c, text in of_python._AFTER.items()}
    assert said["sent"] == {e.name.lower(): text for e, text in of_python._SENT.items()}
    assert said["received"] == {e.name.lower(): text for e, text in of_python.RECEIVED.items()}
    for event, text in of_python._ALONE.items():
        assert said[event.name.lower()] == text
    rows = {
        "moved_follower": (0, 7, Event.MOVE, 0, 1, -1),
        "moved_subscriber": (0, 7, Event.MOVE, 1, 2, -1),
        "moved_member": (0, 7, Event.MOVE, 2, 3, -1),
        "lapsed": (0, 7, Event.LAPSE, 2, 1, -1),
        "switched": (0, 7, Event.SWITCH, 2, 0, 0),
        "switched_bonds_many": (0, 7, Event.SWITCH, 3, 0, 4),
        "bond": (0, 7, Event.BOND, 3, 3, 8),
        "review_one": (0, 7, Event.REVIEW, 3, 3, 1),
        "review_many": (0, 7, Event.REVIEW, 3, 3, 4),
        "considered": (0, 7, Event.CONSIDER, 3, 3, Channel.MAIL),
        "bought": (0, 7, Event.BUY, 3, 3, Channel.MAIL),
    }
    for key, row in rows.items():
        filled = {"n": row[-1], "person": row[-1], "before": STAGES[row[3]],
                  "after": STAGES[row[4]]}  # fmt: skip
        if key in ("considered", "bought"):
            filled["after"] = said["after"]["mail"]
        assert said[key].format(**filled) == of_python._words(np.array(row), 7), key


def test_english_is_short_and_plain():
    """No words of programmers, no dashes; buttons are short."""
    avoided = r"\b(user|customer|tick|epoch|config|policy|metric|server|websocket|json|null)s?\b"
    for key, text in flat(texts()["en"]):
        assert not re.search(avoided, text, re.I), f"{key}: {text}"
        assert "—" not in text, key
        assert "  " not in text, key
        assert text == text.strip(), key
