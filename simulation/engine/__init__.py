"""The phases of a day as loops over arrays: each reads the rules, draws its dice, writes the state.

Every function here is compiled into the engine. The equations are in `simulation/rules/`; what
stands here is who is looked at and in which order. People are handled in ascending order, so that
sums of floats have one order; nobody reads what another did in the same phase.

Common arguments: `key` (Philox key), `par` (the scenario's numbers), `day`, `today` (one row of the
plan), `row` (one row of outcomes), `state` (population.State), `friends` (CSR), `chances` (what the
day holds for everybody), `active` (who is looked at today: `n` persons, ascending) and `met`
(their contacts, one bit a channel), `log` (events, or an empty array).
"""
