"""Experiments and benchmarks: one file a question."""
