"""What may be set: parameters with their sources, the scenario, the strategy."""
