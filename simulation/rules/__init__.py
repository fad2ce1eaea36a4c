"""The rulebook: every equation of the model, once, as a small pure function of numbers.

Rules know no arrays, no Mesa and no files; they import `math` and the decorator that lets compiled
code call them. `par` is always the scenario's numbers (`Scenario.numbers()`), by parameter name.
"""
