"""The yardstick of the benchmark: the same four stages as a Mesa model written the usual way.

One agent a person, Mesa's own ``model.random``, one ``step`` method. It leaves out friends,
community and purchase mechanics that the real models have, so it does less work a day, not more.
"""

from __future__ import annotations

import mesa

STRANGER, FOLLOWER, SUBSCRIBER, MEMBER = range(4)


class PlainPerson(mesa.Agent):
    """A person who may meet the brand today, feel it, move, lapse and buy."""

    def __init__(self, model: PlainModel, stage: int) -> None:
        super().__init__(model)
        self.stage = stage
        self.prominence = 0.0
        self.self_connection = 0.0
        self.owns = False

    def step(self) -> None:
        """Live one day."""
        model, random = self.model, self.model.random.random
        self.prominence *= 1 - 0.028
        self.self_connection *= 1 - 0.0026
        if random() < model.contact_chance[self.stage]:
            self.prominence += (1 - self.prominence) * 0.2
            self.self_connection += (1 - self.self_connection) * 0.004
            attachment = (self.prominence + self.self_connection) / 2
            if self.stage < MEMBER and random() < model.move_chance[self.stage] * (1 + attachment):
                self.stage += 1
            if model.launched and not self.owns and random() < 0.004 * (1 + 5 * attachment):
                self.owns = True
                model.sales += 1
        elif self.stage > STRANGER and random() < model.lapse_chance[self.stage]:
            self.stage -= 1


class PlainModel(mesa.Model):
    """The brand: chances by stage, and a list of agents that step in random order."""

    contact_chance = (0.0005, 0.02, 0.07, 0.15)
    move_chance = (0.01, 0.002, 0.003, 0.0)
    lapse_chance = (0.0, 5e-4, 6.8e-4, 1.7e-3)

    def __init__(self, n_people: int, rng: int = 1) -> None:
        super().__init__(rng=rng)
        self.sales = 0
        self.launched = True
        for number in range(n_people):
            rank = number / n_people
            stage = FOLLOWER if rank < 0.25 else SUBSCRIBER if rank < 0.26 else STRANGER
            PlainPerson(self, MEMBER if rank < 0.00025 else stage)

    def step(self) -> None:
        """Everyone lives one day, in random order."""
        self.agents.shuffle_do("step")
