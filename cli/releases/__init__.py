"""Releases: what was deployed when, by whom, of which inputs, and how it ended."""
