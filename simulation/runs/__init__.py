"""One run, many worlds, the paired comparison and its statistics."""
