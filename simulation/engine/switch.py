"""Phase 9: fans who meet a rival may leave for good (model 4.9)."""

from __future__ import annotations

import numpy as np

from simulation.core.compiled import loop
from simulation.core.randomness import uniform
from simulation.engine.common import E_SWITCH, MEMBER, STRANGER, D, felt, note
from simulation.engine.move import bonds_of, change_seats, recount
from simulation.people.population import SWITCHED, TOLD
from simulation.rules import attachment, rivalry


@loop
def switch(given, now, state, rivals, log):
    """Let those who met the rival today decide; then friends learn which members are gone."""
    key, par, day, row = given.key, given.par, now.day, now.row
    people, brand = state.people, state.brand[0]
    left = np.empty(rivals.size, np.int64)
    n_left = 0
    for j in range(rivals.size):
        person = int(rivals[j])
        stage = int(people.stage[person]) & 3
        if stage == STRANGER:
            continue
        p, c = felt(people, given.fading, person, day)
        bonds = bonds_of(state.bonds.end, people.rare[person].seat, day)
        chance = rivalry.switch_chance(par, attachment.attachment(par, p, c), float(bonds))
        if uniform(key, person, day, D.SWITCH) >= chance:
            continue
        people.stage[person] &= TOLD  # a stranger, who may still be spoken to
        people.lives[person].marks |= SWITCHED
        recount(brand, stage, STRANGER, p, c)
        row.switched[stage] += 1
        row.switched_bonds += bonds
        log = note(log, day, person, E_SWITCH, stage, STRANGER, bonds)
        if stage == MEMBER:
            left[n_left] = person
            n_left += 1
    return change_seats(given, day, state.bonds, people, left, n_left), log
