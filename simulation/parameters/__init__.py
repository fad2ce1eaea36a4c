"""Every parameter of the world, declared once: unit, bounds, meaning, source, likely range.

The groups follow the phases of a day. `scenario.py` puts them together.
"""

from __future__ import annotations

from simulation.declare import Group
from simulation.parameters.arms import Arms, Forms
from simulation.parameters.continuum import Attachment, Community, Ladder
from simulation.parameters.market import Advocacy, Offers, Purchase, Rivalry, Service
from simulation.parameters.world import Contact, Product, World

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
