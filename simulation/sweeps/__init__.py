"""Sweeps: designs of many runs that cannot be lost, and what to do with them afterwards."""
