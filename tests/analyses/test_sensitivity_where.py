"""Where a lead is won and lost: planted boxes are found and said, luck alone is not."""

from __future__ import annotations

import re

import numpy as np
import pytest

from simulation.analyses.sensitivity import sensitivity
from simulation.analyses.sensitivity_figure import where_figure
from simulation.analyses.sensitivity_where import (
    Box,
    Split,
    _Judge,
    best_split,
    between,
    where,
)
from simulation.core.outcomes import outcome_named
from simulation.core.randomness import analysis_rng
from simulation.sweeps.sampling import lhs_units, sobol_units
from simulation.tools.files import save
from tests.analyses.test_sensitivity import a_design, at_most, boxes, some_runs

SALES = outcome_named("sales")


def found_where(columns, y, *, outcome=SALES, against="b", groups=None, seed=1):
    """Return where strategy a leads b, of differences (settings, worlds)."""
    groups = np.arange(len(y)) if groups is None else groups
    return where(columns, y, groups, outcome=outcome, strategy="a", against=against,
                 confidence=0.95, rng=analysis_rng(seed))  # fmt: skip


def planted(seed=1, n=200, worlds=8, sign=1):
    """Return columns and differences: 12 in a box of p_join and n_people, -3 elsewhere, luck."""
    units, rng = lhs_units(3, n, seed), analysis_rng(seed)
    columns = {
        "p_join": 0.01 * units[:, 0], "n_people": (500 + 5000 * units[:, 1]).astype(int),
        "p_buy": units[:, 2],
    }  # fmt: skip
    inside = (columns["p_join"] > 0.004) & (columns["n_people"] < 3000)
    y = np.where(inside, 12.0, -3.0)[:, None] + 3 * rng.standard_normal((n, worlds))
    return columns, sign * (y + rng.standard_normal(worlds)), inside


def test_a_planted_box_is_found_and_said():
    """In most samples with its two limits, and in none with a wrong parameter on top."""
    exact = []
    for seed in range(30):
        columns, y, _ = planted(seed)
        said = found_where(columns, y).sentence
        box = re.match(
            r"a leads where (?:p_join is above (\S+) and n_people is below (\S+)|"
            r"n_people is below (\S+) and p_join is above (\S+)): \+(\d+)[.\d]* copies \(",
            said,
        )
        exact.append(box is not None)
        if box:
            join, people = float(box[1] or box[4]), (box[2] or box[3]).replace(",", "")
            assert 0.0034 < join < 0.0048
            assert 2400 < float(people) < 3400
            assert 9 < int(box[5]) < 15
    assert np.mean(exact) > 0.9


def test_the_means_are_those_of_the_settings_that_had_no_say():
    """Their intervals hold what was planted in 95 of 100 samples, inside and elsewhere."""
    held = []
    for seed in range(60):
        columns, y, _ = planted(seed)
        found = found_where(columns, y)
        first = found.table.iloc[0]
        mean, low, high = found.elsewhere
        held += [first["low"] <= 12 <= first["high"], low <= -3 <= high]
        assert low < mean < high
        assert found.table["n_settings"].sum() == 100
    assert np.mean(held) > 0.85  # limits are found to within a setting or two, which shifts means


@pytest.mark.parametrize(
    ("worlds", "kind"),
    [(1, "rough"), (3, "rough"), (8, "rough"), (1, "skewed"), (8, "skewed"),
     (2, "slopes"), (3, "slopes"), (8, "slopes")],  # of one world a slope is a parameter's
)  # fmt: skip
def test_luck_alone_has_no_place(worlds, kind):
    """Pure luck, also as slopes that all settings of a world share: at most 5 % see a part."""
    told = []
    for seed in range(150):
        rng, units = analysis_rng(seed), lhs_units(5, 60, seed)
        y = {
            "rough": lambda r, u: r.standard_normal((60, worlds)),
            "slopes": lambda r, u: (u - 0.5) @ r.standard_normal((5, worlds)),
            "skewed": lambda r, u: r.exponential(1.0, (60, worlds)),
        }[kind](rng, units) + 2 * rng.standard_normal(worlds)
        columns = {f"x{j}": units[:, j] for j in range(5)}
        told.append(found_where(columns, y, seed=seed).told)
    assert at_most(told, 0.05)


def test_less_is_better_where_the_outcome_says_so():
    """Fewer complaints are a lead; of an outcome without direction only more and less is said."""
    columns, y, _ = planted(sign=-1)
    said = found_where(columns, y, outcome=outcome_named("complaints_ignored")).sentence
    assert re.match(r"a leads where .*p_join is above .*: -1\d[.\d]* people \(95 % interval", said)
    columns, y, _ = planted()
    said = found_where(columns, y, outcome=outcome_named("complaints_ignored")).sentence
    assert said.startswith("a leads where p_join is below") or "n_people is above" in said
    said = found_where(columns, y, outcome=outcome_named("complaints_answered")).sentence
    assert said.startswith("the difference in complaints_answered, a minus b, is highest where")
    assert "lead" not in said
    said = found_where(columns, 20 + y, against=None).sentence
    assert re.match(r"sales under a is highest where .*: 3\d[.\d]* copies .* there, 1\d", said)
    said = found_where(columns, 20 - y, outcome=outcome_named("switched"), against=None).sentence
    assert said.startswith("switched under a is lowest where")


def test_a_lead_that_is_won_and_lost_says_both():
    """Three parts: where it leads, elsewhere, and where it is behind most."""
    units, rng = lhs_units(2, 200, 3), analysis_rng(3)
    columns = {"p_join": units[:, 0], "p_buy": units[:, 1]}
    middle = np.where(units[:, 1] < 0.5, 0.0, -20.0)
    y = np.where(units[:, 0] > 0.5, 10.0, middle)[:, None] + rng.standard_normal((200, 6))
    said = found_where(columns, y).sentence
    assert re.match(r"a leads where p_join is above 0\.[45]\S*: \+10", said)
    assert re.search(r"it is behind most where p_join is below \S+ and p_buy is above \S+: -", said)
    said = found_where(columns, y + 50).sentence
    assert said.startswith("a leads most where")
    said = found_where(columns, y - 50).sentence
    assert said.startswith("a is least behind where")


def test_settings_that_belong_together_stay_in_one_half():
    """Copies of the same settings do not judge what they have grown themselves."""
    told = []
    for seed in range(100):
        units = np.repeat(lhs_units(3, 24, seed), 10, axis=0)
        y = np.repeat(analysis_rng(seed).standard_normal((24, 1)), 10, axis=0)
        y = y + 0.1 * analysis_rng(seed + 1).standard_normal((240, 4))
        columns = {f"x{j}": units[:, j] for j in range(3)}
        told.append(found_where(columns, y, groups=np.repeat(np.arange(24), 10), seed=seed).told)
    assert at_most(told, 0.05)


def test_the_judge_weighs_settings_and_worlds():
    """The mean is plain; its interval holds the truth when worlds differ more than settings."""
    held = []
    for seed in range(200):
        rng = analysis_rng(seed)
        y = 5 + rng.standard_normal((40, 6)) + 2 * rng.standard_normal(6)
        judge = _Judge(y, np.arange(40))
        half = np.arange(40) < 15
        one = judge.mean(half, 0.95)
        assert one.value == pytest.approx(y[half].mean())
        held.append(one.low <= 5 <= one.high)
        apart = judge.apart(half, ~half, 0.95)
        assert apart.value == pytest.approx(y[half].mean() - y[~half].mean())
    assert 0.89 < np.mean(held) < 0.99


def test_cuts_are_round_and_lie_between():
    """The number that is said is the number that was used."""
    assert between(0.00391, 0.00405) == 0.004
    assert between(2990, 3040) == 3000
    assert between(2, 3) == 2.5
    assert between(1.0, np.nextafter(1.0, 2)) > 1.0
    x = np.arange(40.0)
    split, rises = best_split({"x": x}, (x > 20).astype(float))
    assert (split.cut, rises) == (20.5, True)
    assert best_split({"x": x}, np.ones(40)) is None
    assert best_split({"x": np.ones(40)}, x) is None


def test_parts_in_words():
    """Limits from both sides become one; names and truths are said as they are."""
    number = Split("n_people", 3000.0, True)
    low = Split("n_people", 500.0, True)
    name = Split("graph", "random", False)
    truth = Split("ask_reviews", True, False)
    whole = np.ones(1, bool)
    assert Box(((number, True), (low, False)), whole).words == "n_people is from 500 to 3,000"
    assert Box(((name, True), (number, False)), whole).words == (
        "graph is random and n_people is above 3,000"
    )
    assert Box(((name, False),), whole).words == "graph is not random"
    assert Box(((truth, False),), whole).words == "ask_reviews is false"


def test_too_few_settings_say_so():
    """Below 20 there is nothing to halve."""
    columns, y, _ = planted(n=200)
    few = found_where({name: c[:19] for name, c in columns.items()}, y[:19])
    assert few.sentence.startswith("19 settings are too few to say where")
    assert not few.told
    assert few.to_dict()["parts"] == []


def test_every_method_has_it_and_it_is_drawn_and_saved(tmp_path):
    """Sobol designs too; a picture of the parts, with their words, and a table."""
    names = ["p_join", "p_buy", "p_follow"]
    units = sobol_units(3, 64, False, 1)
    lead = np.where(units[:, 0] > 0.6, 8.0, -4.0)[:, None]
    lead = lead + analysis_rng(2).standard_normal((len(units), 6))
    two = "community_building", "posting_only"
    design = a_design("sobol", names, units, 6, two)
    runs = some_runs({two[0]: 20 + lead, two[1]: np.full_like(lead, 20.0)})
    result = sensitivity(design, runs, strategy=two[0], against=two[1])
    said = result.where.sentence
    assert re.match(r"community_building leads where p_join is above 0\.(59|6)\S*: \+[78]", said)
    figure = where_figure(result)
    ax = figure.axes[0]
    labels = [" ".join(text.get_text().split()) for text in ax.get_yticklabels()]
    for label, row in zip(labels, result.where.table.to_dict("records"), strict=True):
        assert label == f"{row['where']} ({row['n_settings']:,} settings)"
    for bar, mean in zip(ax.patches, result.where.table["mean"], strict=True):
        assert bar.get_width() == pytest.approx(mean)
    texts = [*ax.get_yticklabels(), ax._left_title, ax.xaxis.label, figure._suptitle]
    found = boxes(figure, texts)
    for i, box in enumerate(found):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert not any(box.overlaps(other) for other in found[:i])
    files = {path.name for path in save(result, tmp_path)}
    assert {"where.csv", "where.png"} <= files
