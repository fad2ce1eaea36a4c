"""The notebooks for students: they run in a fresh kernel, and their answer keys are right.

Every number of an answer key is computed here once more, from the same seed in another way: by the
other engine, from events or people instead of summaries, with plain NumPy, or in closed form.
"""

from __future__ import annotations

import functools
import json
import math
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import stats

from simulation import STRATEGIES, BrandModel, Person, Scenario, Stage, Strategy, simulate
from simulation.outcomes import Event
from simulation.population import OWNS
from simulation.prepare import prepare
from simulation.randomness import Decision
from simulation.run import run_prepared
from simulation.scenario import parameters
from simulation.stages import Channel, Touchpoint
from simulation.strategy import plan
from simulation.sweeps.reading import read_design

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
NAMES = [
    "01_one_persons_life",
    "02_leaky_funnel",
    "03_posting_or_community",
    "04_one_lucky_run",
    "05_what_matters",
    "06_launch_day",
]
HEADS = [
    "Aim",
    "What is needed",
    "50 minutes",
    "Questions to ask",
    "What students usually get wrong",
    "Where to go on",
]
each = pytest.mark.parametrize("name", NAMES)


@functools.cache
def book(name):
    """Return a notebook as it is stored."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_there_are_six_and_no_others():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES
    assert sorted(path.stem for path in (FOLDER / "lesson_plans").iterdir()) == NAMES


# ---- how they are made ---------------------------------------------------------------------------


@each
def test_stored_bare(name):
    """No outputs, no counts, no metadata of somebody's machine; ids that mean something."""
    stored = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    nbformat.validate(stored)
    assert stored["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    ids = [cell["id"] for cell in stored["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in stored["cells"]:
        assert re.fullmatch(r"[a-z][a-z0-9-]*", cell["id"]), "a name, not what an editor drew"
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@each
def test_question_prediction_exercises_key(name):
    """Each opens with a question and a prediction, and closes with exercises and their key."""
    cells = book(name).cells
    first, second = cells[0].source, cells[1].source
    assert re.match(rf"# {int(name[:2])} · .+\n\n\*\*Question\.\*\* .+\?", first, re.S)
    assert second.startswith("## Write your prediction first")
    asked = re.findall(r"^(\d)\. ", second, re.M)
    assert re.findall(r"^> (\d) · …$", second, re.M) == asked
    assert len(asked) >= 2
    ids = [cell.id for cell in cells]
    exercises, key = ids.index("exercises"), ids.index("key")
    assert cells[exercises].source.startswith("## Exercises")
    assert cells[key].source.startswith("## Answer key")
    assert key == exercises + 1
    tasks = set(re.findall(r"^(\d)\. ", cells[exercises].source, re.M))
    told = {match for cell in cells[key:] for match in re.findall(r"\*\*(\d)\.\*\*", cell.source)}
    assert tasks == told, "exercises without an answer, or answers without an exercise"
    assert all(id_.startswith("key-") for id_ in ids[key + 1 :])
    assert 3 <= len(tasks) <= 6


@each
def test_cells_are_short_and_pictures_come_early(name):
    codes = [cell for cell in book(name).cells if cell.cell_type == "code"]
    for cell in codes:
        assert cell.source.count("\n") < 12, cell.id
    assert np.median([cell.source.count("\n") + 1 for cell in codes]) <= 9
    assert any("figures." in cell.source or "plt." in cell.source for cell in codes[:3])


@each
def test_prose_promises_no_results(name):
    """What stands between the cells has no numbers with decimals, percent or thousands."""
    for cell in book(name).cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"`[^`]*`", "", cell.source)
            assert not re.search(r"\d\.\d|\d,\d|\d ?%|\d{3,}", text.replace("500,000", "")), cell.id


@each
def test_the_lesson_plan_is_one_page(name):
    text = (FOLDER / "lesson_plans" / f"{name}.md").read_text(encoding="utf-8")
    assert 300 <= len(text.split()) <= 520
    title = book(name).cells[0].source.splitlines()[0]
    assert text.startswith(title + "\n")
    heads = re.findall(r"^## (.+)$", text, re.M)
    assert heads == HEADS
    spans = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+) to (\d+) \|", text, re.M)]
    assert spans[0][0] == 0
    assert spans[-1][1] == 50
    assert all(a[1] == b[0] for a, b in pairwise(spans))


def test_every_link_leads_somewhere():
    for path in FOLDER.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_claims_that_fail_are_told():
    """Notebooks 3 and 6 name claims as failing: the table of claims says the same."""
    said = (ROOT / "experiments/results/x15_claims.md").read_text(encoding="utf-8")
    fail = re.search(r"Fail at the defaults: (.*?)\. \d", said, re.S).group(1)
    for name in ("03_posting_or_community", "06_launch_day"):
        text = " ".join(cell.source for cell in book(name).cells)
        named = re.findall(r"\*(community beats a list|everyone in the community buys)\*", text)
        assert named, name
        assert all(claim in fail for claim in named)


# ---- they run, and the keys are right ------------------------------------------------------------

#: Warnings about what we wrote are errors; those of other people's libraries, which a kernel and
#: its widgets give in numbers as they age, are not ours to mend.
STRICT = r"import warnings; warnings.filterwarnings('error', module=r'simulation|__main__')"


@pytest.fixture(scope="session")
def executed(tmp_path_factory):
    """Return a function that runs a notebook in a fresh kernel of this Python, once."""
    from ipykernel.kernelspec import write_kernel_spec
    from nbclient import NotebookClient

    jupyter = tmp_path_factory.mktemp("jupyter")
    write_kernel_spec(jupyter / "kernels" / "of-these-tests")  # none the machine happens to have

    @functools.cache
    def run(name):
        nb = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
        new = nbformat.v4.new_code_cell
        nb.cells = [new(STRICT), *nb.cells, new("import json; print(json.dumps(answers))")]
        folder = tmp_path_factory.mktemp(name)
        where = {"metadata": {"path": str(folder)}}
        client = NotebookClient(nb, kernel_name="of-these-tests", timeout=120, resources=where)
        # It would play the browser to widgets that show output, and tell them so on the socket on
        # which it waits for the reply, which it may then miss for the whole timeout (nbclient
        # issue 312).
        client.comm_open_handlers = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JUPYTER_PATH", str(jupyter))
            client.execute()
        assert not list(folder.iterdir()), "a notebook left files where it was opened"
        return nb, json.loads(nb.cells[-1].outputs[0]["text"])

    return run


@each
def test_it_runs_and_shows_pictures(executed, name):
    nb, answers = executed(name)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert not [o for o in outputs if o.get("name") == "stderr"]
    assert sum("image/png" in o.get("data", {}) for o in outputs) >= 3
    assert all(isinstance(v, (int, float)) and math.isfinite(v) for v in answers.values())
    sliders = [cell for cell in nb.cells if "@interact" in cell.source]
    for cell in sliders:  # both the slider and, before anybody touches it, its picture
        assert any("widget-view" in str(output.get("data")) for output in cell.outputs)
        assert any("image/png" in output.get("data", {}) for output in cell.outputs)
    assert len(sliders) == (name in (NAMES[1], NAMES[2], NAMES[5]))


def copies(world, strategy):
    """Return the copies sold, counted as the people who own one at the end."""
    end = run_prepared(world, Strategy.load(strategy)).end
    return int((end.people.lives.marks & OWNS != 0).sum())


def worlds_of(scenario, replications):
    """Yield the prepared worlds of seed 1."""
    for replication in range(replications):
        yield prepare(scenario, seed=1, replication=replication)


def ended(run, stage):
    """Return who is at a stage at the end, as an array of true and false."""
    return run.end.people.stage & 3 == stage


def test_key_1(executed):
    """From the log of the Mesa model and in closed form."""
    _, answers = executed(NAMES[0])
    run = simulate("classroom", "community_building", seed=1, engine="mesa", events=True)
    _, person, event, _, _, cause = run.log.T
    n_people = run.start.people.stage.size
    assert answers["no_contact"] == n_people - np.unique(person[event == Event.CONTACT]).size
    mailed = (event == Event.BUY) & (cause == Touchpoint.MAIL)
    assert answers["after_a_mail"] == mailed.sum()
    odds = 0.03 / 0.97 * 2.5  # p_follow of the classroom, odds_friend
    assert run.scenario["p_follow"] == 0.03
    assert answers["friend_chance"] == pytest.approx(odds / (1 + odds), rel=1e-12)
    totals = {name: int(run.table[name].sum()) for name in ("messages", "answers", "bonds_formed")}
    assert totals["messages"] == answers["messages"]
    assert totals["answers"] == answers["answered"]
    assert totals["bonds_formed"] == answers["bonds"]
    ups = (event == Event.MOVE).sum()
    for key, deaf_to in (
        ("lost_by_loners", {Channel.FRIEND}),
        ("lost_without_posts", {Channel.POST, Channel.DISCOVERY}),
    ):
        assert answers[key] == ups - moves_up_when_deaf(deaf_to)


def moves_up_when_deaf(channels):
    """Return how many moves up are left when none is by these channels, from the log."""

    class Deaf(Person):
        def first_of(self, decision, chance_of):
            found = super().first_of(decision, chance_of)
            return None if decision == Decision.MOVE and found in channels else found

    model = BrandModel("classroom", "community_building", rng=1, person_class=Deaf)
    model.log = []
    while model.running:
        model.step()
    return sum(event == Event.MOVE for _, _, event, *_ in model.log)


def test_key_2(executed):
    """From the states of the Mesa model, its log, and in closed form."""
    _, answers = executed(NAMES[1])
    town = Scenario.load("launch_2025").replace(n_people=20_000)
    run = simulate(town, "community_building", seed=1, engine="mesa", events=True)
    before, after = (state.people.stage & 3 for state in (run.start, run.end))
    followed = before == Stage.FOLLOWER
    for key, stage in (("members", Stage.MEMBER), ("strangers", Stage.STRANGER)):
        share = (after[followed] == stage).mean()
        assert answers[f"followers_to_{key}"] == pytest.approx(share, rel=1e-12)
    lapsed = run.log[run.log[:, 2] == Event.LAPSE]
    for stage in (Stage.FOLLOWER, Stage.SUBSCRIBER, Stage.MEMBER):
        leak = 1000 * (lapsed[:, 3] == stage).sum() / run.table.n[:, stage].sum()
        assert answers[f"leak_{stage.name.lower()}"] == pytest.approx(leak, rel=1e-12)
    rates = [parameters()[f"rate_lapse_{name}"].default for name in ("follower", "member")]
    assert answers["days_half"] == math.ceil(math.log(0.5) / math.log1p(-rates[0]))
    assert answers["member_over_follower"] == pytest.approx(rates[1] / rates[0])

    def members(**changes):
        world = town.replace(**changes)
        runs = [simulate(world, "community_building", seed=1, replication=r) for r in range(5)]
        return np.mean([ended(one, Stage.MEMBER).sum() for one in runs])

    as_it_is = members()
    more = members(p_join=2 * town["p_join"]) - as_it_is
    assert answers["more_by_joining"] == pytest.approx(more)
    names = [f"rate_lapse_{name}" for name in ("follower", "subscriber", "member")]
    held = members(**{name: town[name] / 2 for name in names}) - as_it_is
    assert answers["more_by_holding"] == pytest.approx(held)


def test_key_3(executed):
    """From who owns a copy, the hours of the plan, and attachment made powerless by hand."""
    _, answers = executed(NAMES[2])
    names = ["posting_only", "community_building", "audience_building"]
    classroom = Scenario.load("classroom")
    worlds = list(worlds_of(classroom, 100))
    owned = np.array([[copies(world, name) for name in names] for world in worlds])
    gap = owned[:, 1] - owned[:, 0]
    assert answers["worlds_posting_as_good"] == (gap <= 0).sum()
    assert answers["list_over_community"] == pytest.approx((owned[:, 2] - owned[:, 1]).mean())
    for j, name in enumerate(names):
        hours = plan(classroom, STRATEGIES[name]).hours.sum()
        cost = hours * classroom["usd_per_hour"] / owned[:, j].mean()
        assert answers[f"cost_{name}"] == pytest.approx(cost)
    follow = [
        [ended(run_prepared(world, STRATEGIES[name]), Stage.FOLLOWER).sum() for name in names[:2]]
        for world in worlds
    ]
    assert answers["more_followers"] == pytest.approx(-np.diff(follow).mean())
    null = classroom.replace(b_attachment=0.0, buy_attachment=0.0)
    left = [[copies(world, name) for name in names[:2]] for world in worlds_of(null, 100)]
    assert answers["share_left"] == pytest.approx(np.diff(left).mean() / gap.mean())


def test_key_4(executed):
    """With plain NumPy on who owns a copy; the number of worlds by trying one after the other."""
    _, answers = executed(NAMES[3])
    names = ("posting_only", "community_building")
    worlds = worlds_of("classroom", 200)
    owned = np.array([[copies(world, name) for name in names] for world in worlds], float)
    gap = owned[:, 1] - owned[:, 0]
    assert answers["posting_as_good"] == np.count_nonzero(owned[:, 0] >= owned[:, 1])
    fresh = np.array([owned[r, 1] - owned[(r + 1) % 200, 0] for r in range(200)])
    ratio = ((fresh - fresh.mean()) ** 2).sum() / ((gap - gap.mean()) ** 2).sum()
    assert answers["fresh_luck"] == pytest.approx(ratio)
    n = np.arange(2, 5000)
    width = 2 * stats.t.ppf(0.975, n - 1) * gap.std(ddof=1) / np.sqrt(n)
    assert answers["worlds_for_one_copy"] == n[width <= 1.0][0]
    assert answers["worlds_for_half_a_copy"] == n[width <= 0.5][0]
    assert answers["luckiest"] == pytest.approx(gap.max() / gap.mean())
    tens = [gap[first : first + 10] for first in range(0, 200, 10)]
    told = [stats.ttest_1samp(ten, 0).pvalue < 0.05 for ten in tens]
    assert answers["tens_that_tell"] == pytest.approx(np.mean(told))


def test_key_5(executed):
    """Every setting lived again, one by one; elementary effects and variances by hand."""
    _, answers = executed(NAMES[4])
    names = ["posting_only", "audience_building", "community_building"]
    classroom = Scenario.load("classroom")
    none_told, leads = 0, {}
    for p_join in (0.0125, 0.05, 0.2):
        for visit in (0.05, 0.1, 0.2, 0.4, 0.8):
            world = classroom.replace(p_join=p_join, click_visit=visit)
            owned = np.array([[copies(w, s) for s in names] for w in worlds_of(world, 20)])
            best = owned.mean(axis=0).argmax()
            others = [owned[:, best] - owned[:, j] for j in range(3) if j != best]
            # one chance in 40 for each of the two that it leads: 1 - 0.05 / 2, two-sided
            sure = [stats.ttest_1samp(other, 0).pvalue < 0.025 for other in others]
            none_told += not all(sure)
            leads.setdefault(visit, []).append((owned[:, 2] - owned[:, 0]).mean())
    assert answers["no_winner_told"] == none_told
    assert answers["won_by_visits"] == pytest.approx(np.mean(leads[0.8]) - np.mean(leads[0.05]))
    guesses = ["p_join", "p_buy", "click_mail", "click_post", "buy_attachment", "k_ritual"]
    design = read_design(
        {
            "scenario": "classroom",
            "strategies": ["posting_only", "community_building"],
            "seed": 1,
            "replications": 8,
            "method": "morris",
            "n": 12,
            "parameters": dict.fromkeys(guesses, "likely") | {"p_switch": [0.0, 0.2]},
        }
    )
    settings = range(len(design.settings))
    lead = np.array(
        [
            [copies(w, names[2]) - copies(w, names[0]) for w in worlds_of(design.world(i), 8)]
            for i in settings
        ],
        float,
    )
    effects = {name: [] for name in design.names}
    for i in settings[1:]:
        if i % 8:  # not the first of a trajectory of seven steps
            step = design.settings.units[i] - design.settings.units[i - 1]
            (j,) = np.flatnonzero(step)
            effects[design.names[j]].append((lead[i] - lead[i - 1]).mean() / step[j])
    star = {name: np.abs(values).mean() for name, values in effects.items()}
    assert answers["largest_mu_star"] == pytest.approx(max(star.values()))
    assert answers["lead_made_smaller"] == sum(np.mean(v) < 0 for v in effects.values())
    assert answers["unmoved"] == sum(not np.any(values) for values in effects.values()) == 1
    assert answers["luck"] == pytest.approx(luck_of(lead))


def luck_of(y):
    """Return the share of luck in the variance of y (settings, worlds), by sums of squares."""
    s, r = y.shape
    whole = ((y - y.mean()) ** 2).sum()
    between = r * ((y.mean(axis=1) - y.mean()) ** 2).sum()
    across = s * ((y.mean(axis=0) - y.mean()) ** 2).sum()
    rest = (whole - between - across) / ((s - 1) * (r - 1))
    settings, worlds = (between / (s - 1) - rest) / r, (across / (r - 1) - rest) / s
    return (worlds + rest) / (settings + worlds + rest)


def test_key_6(executed):
    """From the log of every run: who bought, at which stage, and who was given a copy."""
    _, answers = executed(NAMES[5])
    town = Scenario.load("case_study").replace(launch_day=30, n_days=121)
    ways = {"nobody": (), "followers": ("post",), "list": ("mail",), "community": ("visit",),
            "everybody": ("post", "mail", "visit")}  # fmt: skip
    arms = {name: STRATEGIES["balanced"].model_copy(update={"announce": way})
            for name, way in ways.items()}  # fmt: skip
    sold = np.zeros((5, 4, len(Stage)))
    heads = np.zeros((4, len(Stage)))
    for r, world in enumerate(worlds_of(town, 4)):
        for i, arm in enumerate(arms.values()):
            run = run_prepared(world, arm, events=True)
            carried = np.isin(run.log[:, 2], [Event.BUY, Event.GIFT])
            sold[i, r] = np.bincount(run.log[carried, 3], minlength=len(Stage))
            if i == 0:
                heads[r] = run.table.n[30]
        if r == 0:  # the last arm tells everybody
            bought, given = run.log[:, 2] == Event.BUY, run.log[:, 2] == Event.GIFT
            owners = np.union1d(run.log[bought, 1], run.log[given, 5])
            owning = np.isin(np.flatnonzero(ended(run, Stage.MEMBER)), owners).mean()
    nobody, followers, mails, community, everybody = sold.sum(axis=2)
    heads = heads.mean(axis=0)
    assert answers["by_posts"] == pytest.approx((followers - nobody).mean())
    per_subscriber = sold[2, :, Stage.SUBSCRIBER].mean() / heads[Stage.SUBSCRIBER]
    per_follower = sold[1, :, Stage.FOLLOWER].mean() / heads[Stage.FOLLOWER]
    assert answers["subscriber_over_follower"] == pytest.approx(per_subscriber / per_follower)
    needed = (mails - nobody).mean() / (followers - nobody).mean() * heads[Stage.FOLLOWER]
    assert answers["followers_needed"] == pytest.approx(needed)
    assert answers["then_over_now"] == pytest.approx(math.exp(0.17 * 13))
    together = everybody + 2 * nobody - followers - mails - community
    assert answers["together"] == pytest.approx(together.mean())
    assert answers["members_owning"] == pytest.approx(owning)
