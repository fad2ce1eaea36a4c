"""The film of the crowd: dots are where the people are, and a file appears whole or not at all."""

from __future__ import annotations

import itertools
import re
import shutil
import stat
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from simulation.commands.cli import main
from simulation.figures import animation
from simulation.figures.animation import HOLD, animate
from simulation.figures.crowd import sample_of_people, stages_by_day
from simulation.figures.film import AREAS, NOWHERE, Film, Flock, buyers
from simulation.runs.run import Run, simulate
from simulation.tools.errors import InputError
from tests.inputs.test_world import ALL_LEVERS, LIVELY


@pytest.fixture(scope="module")
def run() -> Run:
    """A world in which people move, lapse, buy and leave for the rival."""
    world = LIVELY.replace(p_rival=0.05, p_switch=0.3, n_days=60)
    return simulate(world, ALL_LEVERS, seed=3, events=True)


@pytest.fixture(scope="module")
def film(run) -> Film:
    return Film(run, 100, 250, 480)


def area_of(places: np.ndarray) -> np.ndarray:
    """The area in which each place lies, NOWHERE between and beside them."""
    x, y = places.T
    inside = [
        (x >= left) & (x <= left + w) & (y >= low) & (y <= low + h) for left, low, w, h in AREAS
    ]
    return np.select(inside, range(NOWHERE), NOWHERE)


def drawn(marks: list) -> list[int]:
    """How many marks each of some artists has."""
    return [len(mark.get_xdata()) for mark in marks]


# --- who is where --------------------------------------------------------------------------------


def test_everybody_sits_in_their_own_area(run):
    stages = stages_by_day(run)
    flock = Flock(stages, 0.5, 3.0)
    for day in range(len(stages)):
        flock.live_until(day)
        places = flock.places(day + 0.5)  # a flight takes half a day here
        np.testing.assert_array_equal(area_of(places), stages[day])
        assert len(np.unique(places, axis=0)) == len(places)  # nobody sits on another


def test_nobody_jumps(run):
    """From one picture to the next nobody goes further than a flight does, and most stand still."""
    flock = Flock(stages_by_day(run), 2.0, 3.0)
    before, steps = flock.places(0.0), []
    for time in np.arange(0.05, 60, 0.05):
        flock.live_until(int(time))
        after = flock.places(time)
        steps.append(np.linalg.norm(after - before, axis=1))
        before = after
    assert np.max(steps) < 0.1 * (AREAS[3, 0] - AREAS[0, 0])
    assert np.median(steps) == 0
    assert (np.array(steps) > 0).any(axis=1).mean() > 0.5  # and it does move


def test_flights_begin_when_the_day_is_over(run):
    stages = stages_by_day(run)
    flock = Flock(stages, 1.0, 3.0)
    day = int(np.flatnonzero((stages[1:] != stages[:-1]).any(axis=1))[3])
    flock.live_until(day + 1)
    moved = stages[day + 1] != stages[day]
    np.testing.assert_array_equal(area_of(flock.places(day + 1.0))[moved], stages[day][moved])
    np.testing.assert_array_equal(flock.moving(day + 1.2), moved)
    np.testing.assert_array_equal(area_of(flock.places(day + 2.0))[moved], stages[day + 1][moved])


def test_a_picture_shows_the_numbers_of_its_day(run, film):
    """At the end: dots, stars, heads and copies are what the run says."""
    assert film.people_a_dot == 3  # 600 people, 250 dots at most
    chosen = sample_of_people(run, 200)
    stages = stages_by_day(run, chosen)
    for frame in range(film.n_frames):
        time = frame * film.step
        film.show(time)
        lived = min(int(time + 1e-9), 60)
        counts = [int((stages[lived] == s).sum()) for s in range(NOWHERE)]
        assert np.add(drawn(film._seated), drawn(film._flying)).tolist() == counts
        of_all = run.table.n[lived - 1] if lived else np.bincount(run.start_stage)
        heads = [text.get_text().split()[-1] for text in film._heads]
        assert heads == [f"{n:,}" for n in of_all]
        who, day = buyers(run)
        assert sum(drawn([film._bought, film._buying])) == (day < lived).sum()
        assert film._sales.get_text() == f"{run.table.sales[:lived].sum():,} copies sold"
        assert film._day.get_text() == (f"day {lived - 1}" if lived else "before day 0")
    assert lived == 60
    assert sum(drawn(film._flying)) == 0  # the last flight has landed
    assert who.size == len(set(who.tolist())) > 20


def test_it_says_what_a_dot_and_a_star_stand_for(run, film, monkeypatch):
    assert film.legend() == "a dot, small or large: 3 people; a star: a buyer"
    assert "one person" in Film(run, 20, 600, 480).legend()
    assert "2 people" in Film(run, 20, 599, 480).legend()
    monkeypatch.setattr("simulation.figures.film.MOST_STARS", 20)
    n = buyers(run)[0].size
    few = Film(run, 20, 600, 480)
    each = -(-n // 20)
    assert few.legend().endswith(f"{each} buyers")
    assert few.stars.stages.shape[1] == -(-n // each) <= 20


def test_the_colours_of_the_film_fit_a_gif(run):
    film = Film(run, 20, 250, 1280)
    colours = np.array(film.palette()).reshape(-1, 3)
    assert 50 < len(colours) <= 255
    assert ((colours >= 0) & (colours <= 255)).all()
    film.show(60.0)
    last = np.asarray(film._canvas.buffer_rgba())[..., :3].reshape(-1, 3).astype(int)
    _, first, pixels = np.unique(last @ [1, 256, 65536], return_index=True, return_counts=True)
    shades = last[first]
    off = np.abs(shades[:, None] - colours[None]).sum(axis=2).min(axis=1)
    assert (off * pixels).sum() / pixels.sum() < 3  # of 765: on the edges of letters and dots
    assert pixels[off > 60].sum() / pixels.sum() < 0.002  # hardly one of a colour it has not


# --- files ---------------------------------------------------------------------------------------


def test_a_gif_is_as_long_as_it_was_asked_to_be(run, tmp_path):
    path = animate(run, tmp_path / "new" / "crowd.gif", seconds=3, fps=12, width=480)
    assert path == tmp_path / "new" / "crowd.gif"
    with Image.open(path) as image:
        assert image.size == (480, 270)
        assert image.info["loop"] == 0
        lasts = []
        for frame in range(image.n_frames):
            image.seek(frame)
            lasts.append(image.info["duration"])
        assert sum(lasts) == pytest.approx(1000 * (3 + HOLD), abs=10)
        assert lasts[-1] >= 1000 * HOLD
        assert image.n_frames > 25  # pictures that are alike are one
        shown = np.asarray(image.convert("RGB")).astype(int)
    wanted = list(Film(run, 36, animation.MOST_DOTS, 480).pictures())[-1].astype(int)
    assert np.abs(shown - wanted).mean() < 1  # the last picture, but for the rounding of colours
    assert [file.name for file in path.parent.iterdir()] == ["crowd.gif"]


def fake_ffmpeg(folder: Path, monkeypatch, code: str) -> None:
    """Put a program named ffmpeg on the PATH, alone."""
    tool = folder / "ffmpeg"
    tool.write_text(f"#!{sys.executable}\nimport sys\n{code}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


def test_ffmpeg_is_given_every_picture(run, tmp_path, monkeypatch):
    counted = (
        "open(sys.argv[-1], 'w').write(' '.join([*sys.argv, str(len(sys.stdin.buffer.read()))]))"
    )
    (tmp_path / "bin").mkdir()
    fake_ffmpeg(tmp_path / "bin", monkeypatch, counted)
    path = animate(run, tmp_path / "crowd.mp4", seconds=2, fps=10, width=482)
    words = path.read_text().split()
    wide, high = map(int, re.search(r"-s (\d+)x(\d+)", path.read_text()).groups())
    assert (wide % 2, high % 2) == (0, 0)
    assert abs(wide - 482) + abs(high - 271) <= 2
    assert int(words[-1]) == (20 + 10 * HOLD) * wide * high * 3


@pytest.mark.parametrize(
    "code", ["sys.exit('no such encoder')", "sys.stdin.read(9); sys.exit('no such encoder')"]
)
def test_what_ffmpeg_complains_of_is_said(run, tmp_path, monkeypatch, code):
    (tmp_path / "bin").mkdir()
    fake_ffmpeg(tmp_path / "bin", monkeypatch, code)
    with pytest.raises(InputError, match="ffmpeg made no film: no such encoder"):
        animate(run, tmp_path / "crowd.mp4", seconds=2, width=480)
    assert [file.name for file in tmp_path.iterdir()] == ["bin"]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_real_mp4(run, tmp_path):
    path = animate(run, tmp_path / "crowd.mp4", seconds=2, width=480)
    assert path.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_a_film_that_was_stopped_leaves_the_old_one(run, tmp_path, monkeypatch, error, kind):
    (tmp_path / "bin").mkdir()
    fake_ffmpeg(tmp_path / "bin", monkeypatch, "sys.stdin.read()")
    pictures = Film.pictures

    def stopped(self):
        yield from itertools.islice(pictures(self), 5)
        raise error

    monkeypatch.setattr(Film, "pictures", stopped)
    (tmp_path / f"crowd.{kind}").write_text("old")
    with pytest.raises((KeyboardInterrupt, InputError)):
        animate(run, tmp_path / f"crowd.{kind}", seconds=2, width=480)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bin", f"crowd.{kind}"]
    assert (tmp_path / f"crowd.{kind}").read_text() == "old"


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"fps": 0}, "fps"),
        ({"fps": 2.5}, "fps"),
        ({"seconds": 0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"seconds": 1e9}, "seconds"),
        ({"seconds": True}, "seconds"),
        ({"dots": 0}, "dots"),
        ({"width": 10}, "width"),
    ],
)
def test_wrong_wishes_are_refused(run, tmp_path, more, named):
    with pytest.raises(InputError, match=named):
        animate(run, tmp_path / "crowd.gif", **more)
    assert not list(tmp_path.iterdir())


def test_a_run_without_events_has_no_film(tmp_path):
    bare = simulate(LIVELY.replace(n_days=31), ALL_LEVERS)
    with pytest.raises(InputError, match="events=True"):
        animate(bare, tmp_path / "crowd.gif")


@pytest.mark.parametrize("changes", [
    {"n_people": 1, "n_days": 1, "launch_day": 0, "graph": "none"},
    {"n_people": 40, "n_days": 3, "launch_day": 2, "share_followers": 0.0, "share_members": 0.0,
     "share_subscribers": 0.0, "p_buy": 0.0},
])  # fmt: skip
def test_worlds_in_which_nothing_happens(tmp_path, changes):
    quiet = simulate(LIVELY.replace(**changes), "do_nothing", events=True)
    path = animate(quiet, tmp_path / "quiet.gif", seconds=2, width=480)
    with Image.open(path) as image:
        assert image.size == (480, 270)


# --- the command ---------------------------------------------------------------------------------

SMALL = ["run", "--scenario", "classroom", "--people", "120", "--set", "days_warm_up=10"]


def test_the_command_makes_a_film_beside_the_files(tmp_path, capsys, monkeypatch):
    for name, small in {"seconds": 2.0, "width": 480}.items():  # the length is not in question
        monkeypatch.setitem(animate.__kwdefaults__, name, small)
    out = tmp_path / "out"
    words = [*SMALL, "--animate", str(out / "crowd.gif"), "--out", str(out)]
    assert main(words) == 0
    assert f"film in {out / 'crowd.gif'} (" in capsys.readouterr().out
    found = {file.name for file in out.iterdir()}
    assert found == {"crowd.gif", "summary.json", "series.parquet", "people.parquet", "run.png"}
    assert main([*SMALL, "--events", "--animate", str(tmp_path / "a.gif"), "--out", str(out)]) == 0
    assert (out / "events.parquet").exists()
    capsys.readouterr()
    assert main([*SMALL, "--animate", str(tmp_path / "b.gif"), "--json"]) == 0
    assert capsys.readouterr().out.startswith("{")


def test_a_dry_run_makes_nothing(tmp_path):
    assert main([*SMALL, "--animate", str(tmp_path / "new" / "b.gif"), "--dry-run"]) == 0
    assert not list(tmp_path.iterdir())


def test_no_ffmpeg_is_said_before_anything_is_lived(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))

    def never(*_, **__):
        raise AssertionError("simulated")

    monkeypatch.setattr("simulation.runs.run.simulate", never)
    assert main([*SMALL, "--animate", str(tmp_path / "new" / "b.mp4")]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert "needs ffmpeg" in err
    assert not list(tmp_path.iterdir())


def test_the_worlds_of_a_lecture_are_small_files(tmp_path):
    """Less than 5 MB with nothing set, as a chair's mail server wants it."""
    for world in ("classroom", "launch_2025"):
        lived = simulate(world, "community_building", events=True)
        assert animate(lived, tmp_path / f"{world}.gif").stat().st_size < 5e6
