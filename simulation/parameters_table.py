"""The table of parameters for the documents, made from the declarations."""

from __future__ import annotations

from simulation.declare import allowed
from simulation.parameters import GROUPS


def parameters_table() -> str:
    """Return every parameter as Markdown: default, allowed values, evidence, meaning, source."""
    lines = [
        "# Parameters",
        "",
        "Made from the declarations in `parameters.py` by `continuum list parameters --markdown`;",
        "a test compares. *Evidence* is the low-high range of what was measured or thought likely.",
    ]
    for name, group in GROUPS.items():
        about = (group.__doc__ or "").strip().rstrip(".")
        lines += ["", f"## {name}", "", f"{about}.", ""]
        lines += ["| parameter | default | allowed | evidence | meaning | source |"]
        lines += ["|---|---|---|---|---|---|"]
        for parameter, field in group.model_fields.items():
            extra: dict = field.json_schema_extra  # type: ignore[assignment]
            likely = "-" if extra["likely"] is None else "{:g} to {:g}".format(*extra["likely"])
            default = f'"{field.default}"' if isinstance(field.default, str) else f"{field.default}"
            cells = (parameter, default, allowed(field), likely, field.description, extra["source"])
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"
