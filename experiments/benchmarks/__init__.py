"""What is measured about speed: `python -m experiments.benchmarks.engine` and its neighbours."""
