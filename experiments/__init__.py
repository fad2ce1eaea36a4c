"""Experiments: one file a question, run by ``python -m experiments.run``; and the benchmark."""
