"""The crowd as a film: everybody a dot that flies from stage to stage as the days go by.

``animate(run, "crowd.gif")`` (Pillow) or ``"crowd.mp4"`` (ffmpeg, where it is installed). Drawn
from a run with its events; nothing is simulated.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
from tqdm import tqdm

from simulation.figures.crowd import events_of
from simulation.figures.film import FLIGHT, Film
from simulation.runs.run import Run
from simulation.tools.errors import InputError, check_whole
from simulation.tools.files import check_out_folder, write_all

#: Dots drawn at most; a dot stands for as many people as it takes to have no more than these.
MOST_DOTS = 4000
#: Seconds the film stands still at its end, before a GIF begins again.
HOLD = 3.0
#: Pictures of a film at most.
MOST_FRAMES = 1000
FORMATS = (".gif", ".mp4")


def check_animation(path: str | Path, *, make: bool = True) -> Path:
    """See that a film can be written to this path; make its folder unless `make` is False.

    Raises InputError in one line; call it before anything is simulated.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise InputError(f'{path}: a film is a .gif or a .mp4, not "{kind or path.name}"')
    if kind == ".mp4" and shutil.which("ffmpeg") is None:
        raise InputError(f"{path}: a .mp4 needs ffmpeg, and there is none on the PATH; try a .gif")
    path = check_out_folder(path.parent, make=make) / path.name
    if path.is_dir():
        raise InputError(f"{path}: is a folder; the name of a file is wanted")
    return path


def animate(
    run: Run,
    path: str | Path,
    *,
    fps: int = 12,
    seconds: float = 20.0,
    dots: int = MOST_DOTS,
    width: int = 1280,
    progress: bool | None = None,
) -> Path:
    """Draw the crowd of a run day by day as a GIF or an MP4, and return the path.

    The four stages stand side by side; people are dots who fly between them as they move, buyers
    are stars, and a line of the days below shows the launch and the copies sold so far.

    Parameters
    ----------
    run : Run
        With its events: ``simulate(..., events=True)``.
    path : file ending in .gif (Pillow) or .mp4 (needs ffmpeg on the PATH)
        It appears whole or not at all.
    fps : int
        Pictures a second, 1 to 50.
    seconds : float
        How long the days take, above 0; at most `MOST_FRAMES` pictures in all. The last one stands
        for `HOLD` seconds more.
    dots : int
        At most so many people are drawn, 1 to 20,000, evenly spaced (`crowd.sample_of_people`);
        the picture says for how many people a dot stands.
    width : int
        Of the picture [pixels], 480 to 1920; its height is 9/16 of that.
    progress : bool, optional
        Show a bar on stderr; None: only where stderr is a terminal.

    Raises
    ------
    InputError
        With one line that names what is wrong and what is allowed.
    """
    path = check_animation(path)
    fps = check_whole("fps", fps, 1, 50)
    dots = check_whole("dots", dots, 1, 20_000)
    width = check_whole("width", width, 480, 1920)
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    fewest, most = (FLIGHT + 2) / fps, MOST_FRAMES / fps
    if not number or not fewest <= seconds <= most:
        allowed = f"a number from {fewest:.3g} to {most:.3g}, at {fps} pictures a second"
        raise InputError(f"seconds = {seconds!r} is not allowed: {allowed}")
    events_of(run)  # or say that there are none
    film = Film(run, round(fps * seconds), dots, width)
    hide = None if progress is None else not progress
    pictures = tqdm(film.pictures(), "pictures", film.n_frames, disable=hide, unit="picture")
    write = _write_mp4 if path.suffix.lower() == ".mp4" else _write_gif
    return write_all({path: lambda part: write(pictures, film, part, fps)})[0]


def _write_gif(pictures: Iterable[np.ndarray], film: Film, path: Path, fps: int) -> None:
    """Write a GIF in the film's own colours; it begins again after the last picture."""
    from PIL import Image

    colours = Image.new("P", (1, 1))
    colours.putpalette(film.palette())
    frames = (
        Image.fromarray(picture).quantize(palette=colours, dither=Image.Dither.NONE)
        for picture in pictures
    )
    # by hundredths of a second, so that the film is as long as it was asked to be
    times = np.round(100 * np.arange(film.n_frames + 1) / fps)
    lasts = [10 * int(t) for t in np.diff(times)]
    lasts[-1] += int(1000 * HOLD)
    with path.open("wb") as file:  # which Pillow would leave open when it is stopped
        next(frames).save(
            file, format="GIF", save_all=True, append_images=frames, duration=lasts, loop=0
        )


def _write_mp4(pictures: Iterable[np.ndarray], film: Film, path: Path, fps: int) -> None:
    """Write an MP4 that every player plays, by ffmpeg."""
    high, wide = film.shape
    words = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    words += ["-s", f"{wide}x{high}", "-r", str(fps), "-i", "-", "-pix_fmt", "yuv420p"]
    words += ["-movflags", "+faststart", "-f", "mp4", str(path)]
    with tempfile.TemporaryFile() as complaints:
        tool = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=complaints)
        assert tool.stdin is not None
        try:
            for picture in pictures:
                tool.stdin.write(picture.tobytes())
            for _ in range(round(HOLD * fps)):
                tool.stdin.write(picture.tobytes())
        except BrokenPipeError:
            pass  # it stopped by itself, and says why
        except BaseException:
            tool.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                tool.stdin.close()
            tool.wait()
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip().splitlines()
    if tool.returncode:
        raise InputError(f"ffmpeg made no film: {said[-1] if said else 'it did not say why'}")
