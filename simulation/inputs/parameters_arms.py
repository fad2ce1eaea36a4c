"""Switches: rival forms of the equations, and the arms that keep the answer honest."""

from __future__ import annotations

from simulation.inputs.declare import Group, parameter
from simulation.inputs.sources import Assumption


class Forms(Group):
    """Rival forms of the equations, to see whether an answer survives them."""

    threshold_joining: bool = parameter(
        False,
        "-",
        None,
        "nobody joins before join_threshold friends are members",
        Assumption("complex contagion (Centola 2010) against the rising curve"),
    )
    join_threshold: int = parameter(
        2, "friends", (1, 100), "who must be members first", Assumption("more than one signal")
    )
    geometric_attachment: bool = parameter(
        False, "-", None, "attachment is sqrt(P C), not (P + C) / 2", Assumption("both are needed")
    )
    power_forgetting: bool = parameter(
        False,
        "-",
        None,
        "forgetting by a power of time with the same half-life",
        Assumption("fast at first, slow later, since the last contact"),
    )


class Arms(Group):
    """Switches that keep the answer honest (nulls, ablations, randomised invitation)."""

    selection_only: bool = parameter(
        False,
        "-",
        None,
        "attachment moves nobody up and sells nothing (it still keeps)",
        Assumption("null"),
    )
    equal_impact: bool = parameter(
        False, "-", None, "every contact adds the same prominence", Assumption("null")
    )
    matched_list: bool = parameter(
        False, "-", None, "subscribers get a member's contacts, no ties", Assumption("null")
    )
    share_invited: float = parameter(
        1.0, "share", (0, 1), "of people who may ever join", Assumption("randomised invitation")
    )
    relationships: bool = parameter(
        True, "-", None, "members answer each other and bond", Assumption("ablation")
    )
    evolving: bool = parameter(
        True,
        "-",
        None,
        "events and messages renew the community's novelty",
        Assumption("ablation"),
    )
    joining_open: bool = parameter(
        False, "-", None, "subscribers may join though nobody hosts", Assumption("hollow forum")
    )
