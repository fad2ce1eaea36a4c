"""The story of the page: its worlds are what they say, its words hold, a wrong file is one line."""

from __future__ import annotations

import json
import re

import pytest

from simulation import InputError, Scenario, Strategy, compare, simulate
from simulation.checks.pattern_worlds import one_post_world
from simulation.core.stages import STAGES
from simulation.engine.plan import plan
from simulation.inputs.strategy import STRATEGIES, from_table
from simulation.web.controls import at_page_size
from simulation.web.declared import levers_of, settings_of
from simulation.web.story import (
    CONTACTS,
    MOST_STEPS,
    MOST_WORDS,
    STORY_FILE,
    read_story,
)
from simulation.web.story_steps import EXAMPLE_SAYS, KINDS
from simulation.web.texts import LANGUAGES, placeholders, texts
from tests import ROOT

STEPS = {step["name"]: step for step in read_story()}
TOLD_ONCE = ("posts", "list", "community")


def world(name):
    """Return the world of a step as a scenario."""
    step = STEPS[name]
    return at_page_size(step["scenario"]).replace(**step["changes"])


def played(side):
    """Return the strategy of a side, from its levers as the page has them."""
    levers = {k: v for k, v in side["levers"].items() if k not in ("announce", "offer_ends")}
    announced = [channel for channel, on in side["levers"]["announce"].items() if on]
    return from_table({"name": side["strategy"], "announce": announced, **levers})


# ---- the page's own story ------------------------------------------------------------------------


def test_the_story_in_seven_steps():
    """In this order; the sandbox is the last."""
    assert list(STEPS) == [*TOLD_ONCE, "duel", "parts", "flip", "sandbox"]
    kinds = ["guess", "guess", "guess", "duel", "parts", "flip", "sandbox"]
    assert [step["kind"] for step in STEPS.values()] == kinds
    assert json.loads(json.dumps(list(STEPS.values()), allow_nan=False)) == list(STEPS.values())


@pytest.mark.parametrize("name", STEPS)
def test_settings_and_levers_are_those_of_the_model(name):
    """What engine.js is given is what the scenario and the strategies say."""
    step = STEPS[name]
    assert step["settings"] == settings_of(world(name))
    for side in ("a", "b"):
        if side in step:
            strategy = played(step[side])
            assert step[side]["levers"] == levers_of(strategy)
            assert set(step[side]["name"]) == set(LANGUAGES)
            if step[side]["strategy"] in STRATEGIES:
                assert step[side]["levers"] == levers_of(STRATEGIES[step[side]["strategy"]])


def test_one_post_is_the_world_of_the_pattern():
    """Step 1 is P1b: one post to 500,000 followers, as continuum validate lives it."""
    base = Scenario.load("launch_2025")
    changes, post = one_post_world(base)
    assert STEPS["posts"]["settings"] == settings_of(base.replace(**changes))
    assert STEPS["posts"]["a"]["levers"] == levers_of(post)


@pytest.mark.parametrize(
    ("name", "stage", "people", "once"),
    [
        ("posts", "follower", 500_000, "posts"),
        ("list", "subscriber", 20_000, "pieces"),
        ("community", "member", 500, "events"),
    ],
)
def test_the_book_is_told_once(name, stage, people, once):
    """The same town and the same luck; one post, one mail or one evening, and nothing else."""
    step, scenario = STEPS[name], world(name)
    assert step["heads"] == stage
    fans = [scenario[f"share_{s}s"] * scenario["n_people"] for s in STAGES[1:]]
    assert sum(fans) == pytest.approx(500_000)
    assert fans[STAGES.index(stage) - 1] == pytest.approx(people)
    others = ("share_followers", "share_subscribers", "share_members", "share_host_answers")
    first = world("posts")
    for key, value in scenario.flat().items():
        assert value == first[key] or key in others, key
    assert step["seed"] == STEPS["posts"]["seed"]
    done = plan(scenario, played(step["a"]))
    made = {kind: float(done[kind].sum()) for kind in ("posts", "pieces", "events")}
    assert made == {kind: float(kind == once) for kind in made}
    assert [channel for channel, on in step["a"]["levers"]["announce"].items() if on] == [
        {"posts": "post", "pieces": "mail", "events": "visit"}[once]
    ]


def test_sizes_are_those_of_the_case_study():
    """500,000 followers, a list of 20,000, a community of 500: the same heads as the preset."""
    case = Scenario.load("case_study")
    for stage, name in (("subscriber", "list"), ("member", "community")):
        share = f"share_{stage}s"
        here = world(name)
        assert here[share] * here["n_people"] == pytest.approx(case[share] * case["n_people"])


def test_one_mail_takes_as_long_as_eight_posts():
    """What the list step says of its effort is what the world has."""
    assert world("list")["hours_piece"] / world("list")["hours_post"] == 8
    assert "eight posts" in STEPS["list"]["words"]["en"]["text"]


@pytest.mark.parametrize("name", TOLD_ONCE)
def test_numbers_in_a_text_are_those_of_its_world(name):
    """What is typed in a text is a setting: followers, list, community."""
    for language, mark in (("en", ","), ("el", ".")):
        text = STEPS[name]["words"][language]["text"]
        typed = {int(n.replace(mark, "")) for n in re.findall(r"\d[\d.,]*\d", text)}
        people = {round(world(name)[f"share_{s}s"] * 625_000) for s in STAGES[1:]}
        assert typed - {500_000} <= people
        assert 500_000 in typed


def test_no_result_is_typed():
    """What is said afterwards has no digit: every number is lived."""
    for step in STEPS.values():
        for language, words in step["words"].items():
            for key, text in words.items():
                if key != "text":
                    assert not re.search(r"\d", text), (step["name"], language, key)


def test_the_typical_world_is_typical():
    """The seed of the first three steps is near the mean: so says story.toml."""
    for name, tolerance in (("posts", 1), ("list", 10), ("community", 1)):
        once = played(STEPS[name]["a"])
        sold = [simulate(world(name), once, seed=s).summary["sales"] for s in range(1, 9)]
        mean = sum(sold) / len(sold)
        assert abs(sold[STEPS[name]["seed"] - 1] - mean) <= tolerance, (name, sold)


def test_what_comes_out_is_what_the_words_were_written_for():
    """The list sells many times what the post does; the duel ends in one of its three verdicts."""
    sold = {
        name: simulate(world(name), played(STEPS[name]["a"]), seed=2).summary["sales"]
        for name in TOLD_ONCE
    }
    assert sold["list"] > 10 * max(sold["posts"], sold["community"])
    heads = {"posts": 500_000, "list": 20_000, "community": 500}
    assert sold["posts"] / heads["posts"] < sold["list"] / heads["list"]
    duel = STEPS["duel"]
    found = compare(world("duel"), ["posting_only", "community_building"], replications=8, seed=1)
    assert list(found.names) == [duel["a"]["strategy"], duel["b"]["strategy"]]
    assert abs(found.differences["community_building"].mean()) < duel["most"]


def test_parts_are_switched_off_one_by_one():
    """Each part changes what it names, and visits fall without it."""
    step, scenario = STEPS["parts"], world("parts")
    assert [part["name"] for part in step["parts"]] == ["relationships", "purpose", "evolving"]
    strategy = Strategy.load(step["a"]["strategy"])
    visits = simulate(scenario, strategy, seed=1).series["contacts_visit"].sum()
    for part in step["parts"]:
        assert part["settings"] == {part["name"]: 0.0}
        kind = type(scenario[part["name"]])
        without = scenario.replace(**{part["name"]: kind(0)})
        assert settings_of(without) == {**step["settings"], **part["settings"]}
        assert simulate(without, strategy, seed=1).series["contacts_visit"].sum() < visits
        assert part["label"] == {
            language: texts()[language]["parts"][part["name"]] for language in LANGUAGES
        }
    assert step["outcome"] == "contacts_visit"


def test_the_year_is_dragged():
    """From 2008 to 2030, against posting and a list; nothing but the year changes."""
    step = STEPS["flip"]
    assert [place["place"] for place in step["places"]][:1] == [2008]
    assert step["places"][-1]["place"] == 2030
    assert all(place["settings"] in ({"year": place["place"]}, {}) for place in step["places"])
    assert [side["strategy"] for side in step["against"]] == ["posting_only", "audience_building"]
    assert step["b"]["strategy"] == "community_building"


def test_examples_open_the_sandbox():
    """Each is a choice as the address has it, with its words in both languages."""
    examples = STEPS["sandbox"]["examples"]
    assert {one["name"] for one in examples} == set(texts()["en"]["examples"])
    for one in examples:
        choice = one["choice"]
        assert set(choice) == {"scenario", "changes", "a", "b", "seed", "world"}
        assert all(set(choice[s]) == {"strategy", "shares", "then", "thenDay"} for s in "ab")
        at_page_size(choice["scenario"]).replace(**choice["changes"])
        for language in LANGUAGES:
            assert set(one["words"][language]) == {"name", "told", "ask"}
    silent = next(one["choice"]["a"] for one in examples if one["name"] == "silent_founder")
    assert (silent["then"], silent["thenDay"]) == ("posting_only", 180)
    assert STEPS["duel"]["choice"]["b"]["strategy"] == "community_building"
    assert STEPS["posts"]["choice"] is None  # larger than what a hand can move


def test_every_word_is_used():
    """The texts have no step, part or word that the story does not say, and both speak alike."""
    for language in LANGUAGES:
        assert set(texts()[language]["story"]) == set(STEPS)
        for name, step in STEPS.items():
            assert texts()[language]["story"][name] == step["words"][language], name
            kind = KINDS[step["kind"]]
            known = {**kind.said, **kind.may_say}
            for key, text in step["words"][language].items():
                assert placeholders(text) <= set(known[key]), (name, key)
                assert len(text.split()) <= MOST_WORDS.get(key, 60)


def test_contacts_have_a_name_in_the_texts():
    """They are no outcomes of the summary, so that no declaration names them."""
    for language in LANGUAGES:
        assert set(CONTACTS) <= set(texts()[language]["axes"])


# ---- a story of a teacher ------------------------------------------------------------------------

WORDS = 'title = "T"\ntext = "x"\nquestion = "q"\n'
GUESS = (
    '[[steps]]\nname = "g"\nkind = "guess"\na = "posting_only"\nmost = 10\n'
    + WORDS
    + 'near = "{guess}"\nabove = "a"\nbelow = "b"\n'
)
DUEL = (
    '[[steps]]\nname = "d"\nkind = "duel"\nmost = 10\n'
    + WORDS
    + 'ahead_a = "x"\nahead_b = "{more}"\nuntold = "u"\n'
)
PARTS = (
    '[[steps]]\nname = "p"\nkind = "parts"\n'
    + WORDS
    + 'right = "x"\nwrong = "y"\nuntold = "u"\nparts = [{name = "relationships", '
    "changes = {relationships = false}}, {name = 'purpose', changes = {purpose = 0.0}}]\n"
)
FLIP = (
    '[[steps]]\nname = "f"\nkind = "flip"\nagainst = ["posting_only"]\nparameter = "year"\n'
    "places = [2010, 2020]\n"
    + WORDS
    + 'right = "x"\nwrong = "y"\nflips = "f"\nnever = "n"\nalways = "a"\nuntold = "u"\n'
)
SANDBOX = '[[steps]]\nname = "s"\nkind = "sandbox"\ntitle = "t"\ntext = "x"\n'


def read(tmp_path, text):
    """Read a story of this text."""
    file = tmp_path / "my_story.toml"
    file.write_text(text, encoding="utf-8")
    return read_story(file)


def test_a_story_of_each_kind(tmp_path):
    """The files the bad ones below are made of are good."""
    steps = read(tmp_path, GUESS + DUEL + PARTS + FLIP + SANDBOX)
    assert [step["kind"] for step in steps] == list(KINDS)
    assert steps[0]["words"] == {
        language: {"title": "T", "text": "x", "question": "q", "near": "{guess}", "above": "a",
                   "below": "b"}
        for language in LANGUAGES
    }  # fmt: skip


BAD = {
    "nothing": ("", "my_story.toml: 0 steps: from 1 to 12"),
    "no list": ("steps = 3", "0 steps"),
    "no table": ("steps = [3]", "step 1 is no table: each step is begun by [[steps]]"),
    "another name": (GUESS.replace("[[steps]]", "[[step]]"), 'unknown name "step"; known: steps'),
    "not TOML": ("[[steps", "not a valid TOML file"),
    "too many": (GUESS * 13, "13 steps: from 1 to 12"),
    "twice": (GUESS + GUESS, 'step "g" is there twice'),
    "sandbox first": (SANDBOX + GUESS, 'step "s": the sandbox is the last step'),
    "kind": (GUESS.replace('"guess"', '"gues"'), "unknown kind 'gues'; did you mean \"guess\"?"),
    "no kind": (GUESS.replace('kind = "guess"', ""), "needs a kind; known: guess, duel"),
    "name": (GUESS.replace('name = "g"', 'name = "G g"'), "small letters, digits and _"),
    "no name": (GUESS.replace('name = "g"', ""), "step 1: name is missing"),
    "most": (GUESS.replace("most = 10", "most = 0"), "most = 0 is not allowed: at least 1"),
    "most, a text": (GUESS.replace("most = 10", 'most = "x"'), "not allowed: a whole number"),
    "no most": (GUESS.replace("most = 10", ""), "most is missing"),
    "misspelt": (GUESS.replace("most = 10", "mots = 10"), 'name "mots"; did you mean "most"?'),
    "log": (GUESS + "log = 1", "log = 1 is not allowed: true or false"),
    "heads": (GUESS + 'heads = "fan"', "heads = 'fan' is not allowed: 'stranger', 'follower'"),
    "heads of nobody": (
        GUESS + 'heads = "member"\nchanges = {share_members = 0.0}', "nobody is one at the start"
    ),
    "scenario": (
        GUESS + 'scenario = "launch_2052"', 'scenario "launch_2052"; did you mean "launch_2025"?'
    ),
    "scenario, a file": (GUESS + 'scenario = "my.toml"', 'unknown scenario "my.toml"'),
    "parameter": (
        GUESS + "changes = {p_byu = 1}", 'unknown parameter "p_byu"; did you mean "p_buy"?'
    ),
    "bounds": (GUESS + "changes = {p_buy = 7}", "p_buy = 7.0 is not allowed: a number from 0 to 1"),
    "not fitting": (
        GUESS + "changes = {share_followers = 0.9, share_subscribers = 0.5}", "at most 1"
    ),
    "not here": (GUESS + 'changes = {graph = "none"}', "graph cannot be chosen on the page"),
    "changes": (GUESS + "changes = 3", "changes = 3 is not allowed: a table"),
    "large": (GUESS + "changes = {n_people = 1000000}", "at most 150 million person-days"),
    "outcome": (GUESS + 'outcome = "slaes"', 'unknown outcome "slaes"; did you mean "sales"?'),
    "strategy": (
        GUESS.replace('"posting_only"', '"post_only"'),
        'a: unknown strategy "post_only"; did you mean "posting_only"?',
    ),
    "shares": (GUESS.replace('"posting_only"', "{posting = 0.5}"), "they must sum to 1"),
    "lever": (GUESS.replace('"posting_only"', "{postng = 1.0}"), 'did you mean "posting"?'),
    "no strategy": (GUESS.replace('"posting_only"', "3"), "a = 3 is not allowed: the name of"),
    "braces": (
        GUESS.replace("{guess}", "{gess}"), "near: {gess} in en is not known: {guess}, {lived}"
    ),
    "per head without heads": (GUESS.replace("{guess}", "{per_thousand}"), "is not known"),
    "braces in the text": (GUESS.replace('"x"', '"{guess}"'), "in en is not known: no braces"),
    "long": (GUESS.replace('"x"', f'"{"x " * 41}"'), "text has 41 words in en: at most 40"),
    "text": (GUESS.replace('"x"', "3"), "text = 3 is not allowed: a text, or one by language"),
    "language": (GUESS.replace('"x"', '{fr = "x"}'), "a text, or one by language"),
    "empty": (GUESS.replace('"x"', '" "'), "text is missing: a text, here or in the texts"),
    "one language in some": (
        GUESS.replace('"x"', '{en = "x", el = "y"}').replace('"T"', '{en = "T"}'),
        "title has no el, others have",
    ),
    "no word": (GUESS.replace('near = "{guess}"', ""), "near is missing"),
    "worlds": (DUEL + "worlds = 201", "worlds = 201 is not allowed: at most 200"),
    "one world": (DUEL + "worlds = 1", "worlds = 1 is not allowed: at least 2"),
    "less is better": (DUEL + 'outcome = "cost"', "take one of which more is better"),
    "effort": (
        DUEL + 'a = {name = "x", phases = [{posting = 1.0}, {from_day = 5}]}', "the same effort"
    ),
    "long to wait for": (
        DUEL + "worlds = 200\nchanges = {n_people = 200000}", "too many to wait for: at most 136"
    ),
    "part": (
        PARTS.replace("purpose = 0.0", "purpose = 0.5"), 'part "purpose" changes nothing'
    ),
    "one part": (
        PARTS.replace(", {name = 'purpose', changes = {purpose = 0.0}}", ""), "at least 2 of them"
    ),
    "part without a label": (
        PARTS.replace("name = 'purpose'", "name = 'meaning'"), 'part "meaning": label is missing'
    ),
    "part twice": (
        PARTS.replace("name = 'purpose'", "name = 'relationships'"), "is there twice"
    ),
    "part, misspelt": (
        PARTS.replace("name = 'purpose'", "nmae = 'purpose'"),
        'unknown name "parts.1.nmae"; did you mean "name"?',
    ),
    "places down": (FLIP.replace("2010, 2020", "2020, 2010"), "places: ascending, each once"),
    "places out": (FLIP.replace("2010, 2020", "1900, 2010"), "year = 1900.0 is not allowed"),
    "one place": (FLIP.replace("2010, 2020", "2010"), "at least 2 of them"),
    "unknown parameter": (FLIP.replace('"year"', '"yaer"'), 'parameter "yaer"; did you mean'),
    "against": (FLIP.replace('["posting_only"]', '["posting"]'), 'unknown strategy "posting"'),
    "a of a flip": (FLIP + 'a = "posting_only"', 'unknown name "a"'),
    "sandbox's strategy": (SANDBOX + 'a = "x"', 'a: unknown strategy "x"'),
    "sandbox too large": (SANDBOX + "changes = {n_people = 1000000}", "at most 200,000"),
    "example without words": (
        SANDBOX + 'examples = [{name = "e"}]', 'example "e": label is missing'
    ),
    "example twice": (
        SANDBOX + 'examples = [{name = "in_2012"}, {name = "in_2012"}]', "is there twice"
    ),
    "example too large": (
        SANDBOX + 'examples = [{name = "in_2012", changes = {n_people = 500000}}]',
        "n_people = 500000 is not allowed: at most 200,000 on the page",
    ),
    "then": (
        SANDBOX + 'examples = [{name = "in_2012", a = {strategy = "posting_only", '
        'then = "advertising"}}]',
        "then and then_day go together",
    ),
    "then late": (
        SANDBOX + 'examples = [{name = "in_2012", a = {strategy = "posting_only", '
        'then = "advertising", then_day = 5000}}]',
        "then_day = 5000 is not allowed: a day from 1 to 729",
    ),
    "then nothing": (
        SANDBOX + 'examples = [{name = "in_2012", a = {strategy = "posting_only", '
        'then = "do_nothing", then_day = 50}}]',
        "the same effort",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_line(tmp_path, case):
    """It names the file, the step, what is wrong and what is allowed."""
    text, said = BAD[case]
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert said in message
    assert message.startswith(str(tmp_path / "my_story.toml"))
    assert "\n" not in message


def test_a_file_that_is_not_there():
    """One line, too."""
    with pytest.raises(InputError, match="no such file"):
        read_story("/nowhere/my_story.toml")


def test_one_language_stands_for_the_other(tmp_path):
    """A story in Greek only is read; the page says it in Greek whatever it speaks."""
    greek = GUESS.replace('"T"', '{el = "Τίτλος"}').replace('"x"', '{el = "χ"}')
    words = read(tmp_path, greek)[0]["words"]
    assert words["en"]["title"] == words["el"]["title"] == "Τίτλος"


def test_a_tied_parameter_is_worked_out(tmp_path):
    """A text for a number ties it to others; the page gets the number."""
    step = read(tmp_path, GUESS + 'changes = {launch_day = "n_days - 60"}')[0]
    assert step["settings"]["launch_day"] == 670
    assert step["changes"]["launch_day"] == 670


def test_switches_are_numbers_in_a_choice(tmp_path):
    """The address has 1 and 0 for them, as the engine does."""
    step = read(tmp_path, GUESS + "changes = {evolving = false}")[0]
    assert step["choice"]["changes"] == {"evolving": 0}
    assert type(step["choice"]["changes"]["evolving"]) is int


def test_a_strategy_that_is_only_named_like_another_is_not_it(tmp_path):
    """The sandbox does not open with a registered strategy of the same name."""
    step = read(tmp_path, GUESS.replace('"posting_only"', '{name = "balanced", posting = 1.0}'))[0]
    assert step["a"]["name"] == {"en": "balanced", "el": "balanced"}
    assert step["choice"] is None


# ---- the document --------------------------------------------------------------------------------

DOCUMENT = (ROOT / "simulation" / "web" / "STORY.md").read_text(encoding="utf-8")


def test_the_example_of_the_document_is_read_and_lived(tmp_path):
    """The two steps of STORY.md work as they stand."""
    (text,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.S)
    first, second = read(tmp_path, text)
    assert (first["kind"], second["kind"]) == ("guess", "duel")
    assert second["words"]["el"]["title"] == "Αναρτήσεις ή email;"
    assert second["b"]["name"] == {"en": "Only mails", "el": "Μόνο email"}
    scenario = Scenario.load("classroom").replace(**first["changes"])
    assert scenario["share_followers"] * scenario["n_people"] == 600
    found = compare("classroom", ["posting_only", played(second["b"])], replications=4, seed=1)
    assert abs(found.differences["mails only"].mean()) < second["most"]


def test_the_document_names_everything():
    """Every kind, every name of a step, every word and every name in braces stands in STORY.md."""
    spans = set(re.findall(r"`([^`\n]+)`", DOCUMENT))
    named = set(re.findall(r"\w+", " ".join(spans)))
    for kind, model in KINDS.items():
        assert kind in named
        assert set(model.model_fields) <= named | {"title", "text"}, kind
        for words in (*model.said.values(), *model.may_say.values()):
            assert {f"{{{word}}}" for word in words} <= spans
    assert set(EXAMPLE_SAYS) <= named
    assert f"1 to {MOST_STEPS} steps" in DOCUMENT
    assert STORY_FILE.exists()
