"""The commands of `continuum`, one file each; cli.py puts them together."""
