"""Tests, in families: unit, property, agreement, known answers, the house, baseline."""
