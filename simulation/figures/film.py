"""The pictures of the crowd's film, one after the other: dots in four areas, and who flies between.

`Flock` knows where every dot is at any time, `Film` draws it; `animation` makes a file of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from simulation.core.outcomes import EVENT, PERSON, TIME, Event
from simulation.core.stages import STAGES
from simulation.figures.crowd import events_of, sample_of_people, seats, stages_by_day
from simulation.figures.style import INK, STAGE_COLOURS, darker, shown, styled
from simulation.runs.run import Run

#: Stars drawn at most; a star stands for as many buyers as it takes to have no more than these.
MOST_STARS = 300
#: Frames a person takes to fly from one stage to another.
FLIGHT = 8
#: Where somebody is who is not to be seen yet.
NOWHERE = len(STAGES)

#: The picture is laid out on 960 x 540 units: left, bottom, width and height of the four areas.
WIDE, HIGH = 960, 540
AREAS = np.array([(20 + 233 * i, 134, 221, 312) for i in range(len(STAGES))], float)
GOLD = "#FFD21F"


class Flock:
    """Dots (or stars) in the four areas: each has a seat in its own, or is on its way there."""

    def __init__(
        self, stages: np.ndarray, days_of_flight: float, margin: float, mirrored: bool = False
    ) -> None:
        """Seat everybody as row 0 of `stages` says: (days + 1, dots), 0-3, or NOWHERE.

        Mirrored seats are the same sequence counted backwards: they lie between the others.
        """
        self.stages, self.days_of_flight = stages, days_of_flight
        most = [int((stages == s).sum(axis=1).max(initial=0)) for s in range(NOWHERE)]
        inner = AREAS + np.array([margin, margin, -2 * margin, -2 * margin])
        places = [1 - seats(n) if mirrored else seats(n) for n in most]
        self._seats = [inner[s, :2] + inner[s, 2:] * places[s] for s in range(NOWHERE)]
        self._free = [list(range(n)) for n in most]
        self._seat = np.full(stages.shape[1], -1)
        self.stage = np.full(stages.shape[1], NOWHERE, np.uint8)
        self._from, self._to = np.zeros((2, stages.shape[1], 2))
        self._left_at = np.full(stages.shape[1], -np.inf)
        self.lived = -1
        self._seat_them(stages[0], 0.0)
        self._left_at[:] = -np.inf  # whoever is there at the start has not just come

    def live_until(self, days: int) -> None:
        """Let the moves of the first so many days begin; those of day d begin at time d + 1."""
        while self.lived < days:
            self._seat_them(self.stages[self.lived + 1], float(self.lived + 1))

    def _seat_them(self, stage: np.ndarray, time: float) -> None:
        """Free the seats of all who move now, then give each the lowest free seat."""
        places = self.places(time)
        moved = np.flatnonzero(stage != self.stage)
        for dot in moved:
            if self._seat[dot] >= 0:
                heapq.heappush(self._free[self.stage[dot]], self._seat[dot])
        for dot in moved:
            old, new = self.stage[dot], stage[dot]
            self.stage[dot], self._left_at[dot] = new, time
            self._seat[dot] = heapq.heappop(self._free[new]) if new < NOWHERE else -1
            if new < NOWHERE:
                self._to[dot] = self._seats[new][self._seat[dot]]
            self._from[dot] = places[dot] if old < NOWHERE else self._to[dot]
        self.lived += 1

    def places(self, time: float) -> np.ndarray:
        """Return where every dot is at a time in days: x and y, in units of the picture."""
        done = self.progress(time)[:, None]
        eased = done * done * (3 - 2 * done)
        places = self._from + eased * (self._to - self._from)
        rising = np.sign(self._to[:, :1] - self._from[:, :1])  # over the heads, or under the feet
        places[:, 1:] += 60 * rising * np.sin(np.pi * eased)
        return places

    def progress(self, time: float) -> np.ndarray:
        """Return how much of its last flight each has behind it, 0-1."""
        return np.clip((time - self._left_at) / self.days_of_flight, 0.0, 1.0)

    def moving(self, time: float) -> np.ndarray:
        """Return who is on the way, or has just appeared."""
        return self.progress(time) < 1 - 1e-6


def buyers(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return the persons who bought and the days on which they did, in order of person."""
    log = events_of(run)
    bought = log[log[:, EVENT] == Event.BUY]
    bought = bought[np.argsort(bought[:, PERSON], kind="stable")]
    return bought[:, PERSON], bought[:, TIME]


class Film:
    """All pictures of a run, `n_frames` of them, each `width` pixels wide.

    `people_a_dot` and `buyers_a_star` say for how many a dot and a star stand.
    """

    def __init__(self, run: Run, n_frames: int, most_dots: int, width: int) -> None:
        self.run, self.n_frames = run, n_frames
        self.n_days = run.table.size
        self.step = self.n_days / max(1, n_frames - 1 - FLIGHT)  # days a frame
        n_people = run.start_stage.size
        self.people_a_dot = -(-n_people // most_dots)
        chosen = sample_of_people(run, max(1, n_people // self.people_a_dot))
        start = np.bincount(run.start_stage, minlength=len(STAGES))
        self.counts = np.vstack([start, run.table.n])
        self.sold = np.concatenate([[0], np.cumsum(run.table.sales)])
        stages = stages_by_day(run, chosen)
        self.sizes = dot_sizes(stages)
        self.dots = Flock(stages, FLIGHT * self.step, max(self.sizes))
        self.stars = Flock(self._star_stages(), FLIGHT * self.step, 9.0, mirrored=True)
        self.pixel = width / WIDE  # pixels a unit
        self._draw_still()

    def _star_stages(self) -> np.ndarray:
        """Return the stages of the buyers who are drawn, NOWHERE until they have bought."""
        who, day = buyers(self.run)
        self.buyers_a_star = max(1, -(-who.size // MOST_STARS))
        who, day = who[:: self.buyers_a_star], day[:: self.buyers_a_star]
        stages = stages_by_day(self.run, who)
        stages[np.arange(self.n_days + 1)[:, None] <= day] = NOWHERE
        return stages

    def pictures(self) -> Iterator[np.ndarray]:
        """Yield every picture as an array of bytes: (height, width, 3)."""
        for frame in range(self.n_frames):
            self.show(frame * self.step)
            yield np.asarray(self._canvas.buffer_rgba())[..., :3].copy()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a picture [pixels]; both are even."""
        wide, high = self._canvas.get_width_height()
        return high, wide

    def palette(self) -> list[int]:
        """Return the colours of the film for a GIF: red, green, blue of at most 255."""
        plain = [*STAGE_COLOURS.values(), INK, GOLD, "#000000", "#999999"]
        colours = [np.array(mpl.colors.to_rgb(c)) for c in plain]
        colours += [np.array(darker(c)) for c in STAGE_COLOURS.values()]
        shades = [1 - a * (1 - c) for c in colours for a in np.linspace(1, 0.08, 16)]
        shades += [tint(c) for c in STAGE_COLOURS.values()]
        shades += [a * np.array(mpl.colors.to_rgb(GOLD)) for a in np.linspace(0.1, 0.9, 8)]
        return [255, 255, 255, *np.round(255 * np.array(shades)).astype(int).ravel().tolist()]

    # ---- drawing ---------------------------------------------------------------------------------

    @styled
    def _draw_still(self) -> None:
        """Draw what does not change, and make the artists that do."""
        wide, high = (2 * round(side * self.pixel / 2) for side in (WIDE, HIGH))  # even, for ffmpeg
        figure = Figure(figsize=(wide / 100 + 1e-6, high / 100 + 1e-6), dpi=100)
        self._canvas = FigureCanvasAgg(figure)
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDE), ylim=(0, HIGH))
        ax.axis("off")
        self._ax = ax
        self._moving: list[Any] = []
        name = f"{shown(self.run.strategy.name)} in {shown(self.run.scenario.name)}"
        self._text(20, 508, name, 24, fontweight="bold")
        for (x, y, w, h), colour in zip(AREAS, STAGE_COLOURS.values(), strict=True):
            ax.add_patch(Rectangle((x, y), w, h, fc=tint(colour), ec="none"))
        self._text(20, 112, "no connection", 15, fontstyle="italic")
        self._text(940, 112, "it would hurt to leave", 15, ha="right", fontstyle="italic")
        self._text(480, 112, self.legend(), 15, ha="center")
        self._draw_timeline()
        colours = list(STAGE_COLOURS.values())
        self._seated = [self._marks("o", d, c) for c, d in zip(colours, self.sizes, strict=True)]
        self._flying = [self._marks("o", max(self.sizes) + 4, c) for c in colours]
        self._bought = self._marks("*", 15, GOLD, mec="black", mew=0.8 * self.pixel * 0.72)
        self._buying = self._marks("*", 22, GOLD, mec="black", mew=1.2 * self.pixel * 0.72)
        self._heads = [
            self._text(x + w / 2, 463, "", 20, ha="center", color=darker(c), fontweight="bold")
            for (x, _, w, _), c in zip(AREAS, colours, strict=True)
        ]
        self._day = self._text(940, 508, "", 24, ha="right", fontweight="bold")
        self._sales = self._text(940, 57, "", 20, ha="right", va="center", fontweight="bold")
        self._moving += [*self._heads, self._day, self._sales]
        for artist in self._moving:
            artist.set_visible(False)
        self._canvas.draw()
        for artist in self._moving:
            artist.set_visible(True)
        self._still = self._canvas.copy_from_bbox(figure.bbox)

    def legend(self) -> str:
        """Return what a dot and a star stand for."""
        people, sold = self.people_a_dot, self.buyers_a_star
        dot = f"a dot, small or large: {people:,} people" if people > 1 else "a dot: one person"
        return f"{dot}; a star: {f'{sold:,} buyers' if sold > 1 else 'a buyer'}"

    def _draw_timeline(self) -> None:
        """Draw the days as a line under the areas, every launch marked on it."""
        self._time0, self._time1, self._base = 20.0, 740.0, 38.0
        launches = self.run.scenario.launch_days
        x = self._x_of(launches[0])
        line: dict[str, Any] = {"color": "#999999", "lw": 1.5 * self.pixel * 0.72}
        self._ax.plot([self._time0, self._time1], [self._base] * 2, **line)
        for at in map(self._x_of, launches):
            self._ax.plot([at, at], [self._base - 5, self._base + 50], ls=(0, (4, 3)), **line)
        side = "right" if x > 200 else "left"
        nudge = -6 if x > 200 else 6
        self._text(x + nudge, 76, f"launch, day {launches[0]}", 15, ha=side)
        self._text(self._time0, 14, "day 0", 15)
        self._text(self._time1, 14, f"day {self.n_days - 1}", 15, ha="right")
        self._curve = Line2D([], [], color=INK, lw=2.5 * self.pixel * 0.72)
        self._today = self._marks("o", 11, INK)
        self._ax.add_line(self._curve)
        self._moving.append(self._curve)

    def _x_of(self, day: Any) -> Any:
        return self._time0 + (self._time1 - self._time0) * day / max(1, self.n_days - 1)

    def _marks(self, marker: str, size: float, colour: str, **more: Any) -> Line2D:
        """Return empty marks of a size in units of the picture; they will move."""
        style: dict[str, Any] = {"mec": "none"} | more
        marks = Line2D([], [], ls="none", marker=marker, ms=size * self.pixel * 0.72, mfc=colour,
                       **style)  # fmt: skip
        self._ax.add_line(marks)
        self._moving.append(marks)
        return marks

    def _text(self, x: float, y: float, words: str, size: float, **more: Any) -> Any:
        """Write words of a size in units of the picture."""
        style: dict[str, Any] = {"color": INK, "fontsize": size * self.pixel * 0.72} | more
        return self._ax.text(x, y, words, **style)

    def show(self, time: float) -> None:
        """Draw the picture of a time in days; times must not go back."""
        lived = min(int(time + 1e-9), self.n_days)
        for flock in (self.dots, self.stars):
            flock.live_until(lived)
        places, flies = self.dots.places(time), self.dots.moving(time)
        for s in range(NOWHERE):
            here = self.dots.stage == s
            self._seated[s].set_data(*places[here & ~flies].T)
            self._flying[s].set_data(*places[here & flies].T)
            self._heads[s].set_text(f"{STAGES[s]} {self.counts[lived, s]:,}")
        places, seen = self.stars.places(time), self.stars.stage != NOWHERE
        new = seen & self.stars.moving(time)
        self._bought.set_data(*places[seen & ~new].T)
        self._buying.set_data(*places[new].T)
        self._day.set_text(f"day {lived - 1}" if lived else "before day 0")
        self._sales.set_text(f"{self.sold[lived]:,} copies sold")
        self._show_timeline(lived)
        self._canvas.restore_region(self._still)
        renderer = self._canvas.get_renderer()
        for artist in self._moving:
            artist.draw(renderer)

    def _show_timeline(self, lived: int) -> None:
        """Draw the copies sold so far as a curve over the days lived."""
        x = self._x_of(np.maximum(np.arange(lived + 1) - 1, 0))
        y = self._base + 46 * self.sold[: lived + 1] / max(1, self.sold[-1])
        self._curve.set_data(x, y)
        self._today.set_data(x[-1:], y[-1:])


def dot_sizes(stages: np.ndarray) -> list[float]:
    """Return the width of a dot in each area, in units of the picture.

    As wide as the fullest area has room for; where there is more room, up to 1.7 times that.
    """
    most = np.array([(stages == s).sum(axis=1).max() for s in range(NOWHERE)])
    room = 0.68 * np.sqrt(AREAS[:, 2] * AREAS[:, 3] / np.maximum(1, most))
    least = np.clip(room.min(), 2.2, 8.0)
    return [float(size) for size in np.clip(room, least, 1.7 * least)]


def tint(colour: str) -> np.ndarray:
    """Return a light tint of a colour, for the ground people stand on."""
    return 1 - 0.1 * (1 - np.array(mpl.colors.to_rgb(colour)))
