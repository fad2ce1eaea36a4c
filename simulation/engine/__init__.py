"""The phases of a day as loops over arrays: each reads the rules, draws its dice, writes the state.

Every function here is compiled into the engine. The equations are in `simulation/rules/`; what
stands here is who is looked at and in which order. People are handled in ascending order, so that
sums of floats have one order; nobody reads what another did in the same phase.

Common arguments: `given` (what holds for a whole run: key, numbers, friends), `now` (one day: what
the brand does, the row of outcomes, the chances), `state` (population.State), `awake` (who is
looked at today, ascending, each with a die), `met` (one person's contacts, one bit a channel),
`log` (events, or an empty array).
"""
