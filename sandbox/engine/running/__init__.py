"""Carries out a run, step by step: a preview, an update, the deletions."""
