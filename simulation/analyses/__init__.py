"""Read a sweep, never simulate: maps, sensitivity, the report."""
