"""What the notebooks for students show by themselves: moving pictures, and answers that are folded.

Both are ordinary outputs of a cell, so that an export, GitHub and a page without a kernel show what
the author saw. They need IPython; `with_sliders` needs ipywidgets, too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes


def answer(text: str) -> Any:
    """Return an answer that is folded until somebody clicks on it.

    `text` is Markdown that begins with the number of the exercise in bold: ``**1.** 42 copies.``
    The browser folds it: no script, no setting of the notebook.
    """
    from IPython.display import Markdown

    number, _, said = text.partition(" ")
    number = number.strip("*.")
    return Markdown(
        f"<details><summary>Answer to exercise {number}</summary>\n\n{said}\n\n</details>"
    )


def with_sliders(**ranges: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Draw under sliders: at once, and again whenever one of them moves.

    ``@with_sliders(share=(0.0, 1.0, 0.1))`` above ``def draw(share=0.5)``. The ranges are those of
    ``ipywidgets.interact``; each slider begins at the default of the function, which returns what
    is to be seen: a figure or axes, a text (Markdown), or a tuple of these; it is returned with its
    `sliders` by name. What goes wrong when a slider moves is said in place of the picture.

    ``interact`` keeps its picture inside a widget: without a kernel the cell is empty, and programs
    that run notebooks may wait for it forever (nbclient issue 312). Here only the sliders are
    widgets; the picture is an output of the cell, which each move replaces.
    """

    def decorate(draw: Callable[..., Any]) -> Callable[..., Any]:
        from IPython.display import Markdown, display
        from ipywidgets import VBox, interactive

        given = inspect.signature(draw).parameters
        sliders = {
            name: interactive.widget_from_abbrev(span, given[name].default)
            for name, span in ranges.items()
        }
        for name, slider in sliders.items():
            slider.description = name
        bundle = VBox(list(sliders.values()))._repr_mimebundle_()
        # where no widget can be shown, this stands for them
        bundle["text/plain"] = f"Sliders ({', '.join(sliders)}): they move where a kernel runs."

        def seen() -> list[Any]:
            return _drawn(draw, {name: slider.value for name, slider in sliders.items()})

        first = seen()
        display(bundle, raw=True)
        handles = [display(thing, display_id=True) for thing in first]

        def moved(_: Any) -> None:
            try:
                things = seen()
            except Exception as error:  # nobody would see it: a callback has no cell
                things = [Markdown(f"**{type(error).__name__}:** {error}")]
            things += [Markdown("")] * (len(handles) - len(things))
            for handle, thing in zip(handles, things, strict=False):
                handle.update(thing)

        for slider in sliders.values():
            slider.observe(moved, "value")
        draw.sliders = sliders  # type: ignore[attr-defined]
        return draw

    return decorate


def _drawn(draw: Callable[..., Any], values: dict[str, Any]) -> list[Any]:
    """Return the things a drawing function returns, each as IPython shows it; no figure is left."""
    import matplotlib.pyplot as plt
    from IPython.display import Markdown

    open_before = plt.get_fignums()
    try:
        returned = draw(**values)
    finally:  # pyplot would show what is open once more, at the end of the cell
        for number in set(plt.get_fignums()).difference(open_before):
            plt.close(number)
    given = returned if isinstance(returned, tuple) else (returned,)
    things = [thing.figure if isinstance(thing, Axes) else thing for thing in given]
    return [Markdown(thing) if isinstance(thing, str) else thing for thing in things]
