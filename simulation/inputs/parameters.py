"""Every parameter of the world, declared once: unit, bounds, meaning, source, likely range.

The groups follow the phases of a day. `scenario.py` puts them together.
"""

from __future__ import annotations

from simulation.inputs.declare import Group
from simulation.inputs.parameters_arms import Arms, Forms
from simulation.inputs.parameters_continuum import Attachment, Community, Ladder
from simulation.inputs.parameters_market import Advocacy, Offers, Purchase, Rivalry, Service
from simulation.inputs.parameters_world import Contact, Product, World

__all__ = [
    "GROUPS", "Advocacy", "Arms", "Attachment", "Community", "Contact", "Forms", "Ladder", "Offers",
    "Product", "Purchase", "Rivalry", "Service", "World",
]  # fmt: skip

GROUPS: dict[str, type[Group]] = {
    "world": World,
    "product": Product,
    "contact": Contact,
    "attachment": Attachment,
    "ladder": Ladder,
    "community": Community,
    "purchase": Purchase,
    "advocacy": Advocacy,
    "rivalry": Rivalry,
    "service": Service,
    "offers": Offers,
    "forms": Forms,
    "arms": Arms,
}
