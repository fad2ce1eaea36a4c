"""Phase 9: fans who meet a rival may leave for good (model 4.9)."""

from __future__ import annotations

import numpy as np

from simulation.core.compiled import loop
from simulation.core.randomness import uniform
from simulation.engine.common import E_SWITCH, MEMBER, RIVAL, STRANGER, D, felt, note, pushed
from simulation.engine.move import bonds_of, change_seats, recount
from simulation.people.population import SWITCHED, TOLD
from simulation.rules import attachment, rivalry


@loop
def switch(given, now, state, awake, log):
    """Let those who met the rival today decide; then friends learn which members are gone."""
    key, par, day, row = given.key, given.par, now.day, now.row
    active, _, met, n = awake
    people, brand = state.people, state.brand[0]
    left = np.empty(16, np.int64)
    n_left = 0
    for a in range(n):
        person = int(active[a])
        stage = int(people.stage[person]) & 3
        if int(met[a]) & RIVAL == 0 or stage == STRANGER:
            continue
        p, c = felt(people, given.fading, person, day)
        bonds = bonds_of(state.bonds, people.rare[person].seat, day)
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
            left = pushed(left, n_left, person)
            n_left += 1
    return change_seats(state.bonds, people, given.friends, left, n_left), log
