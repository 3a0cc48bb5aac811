"""Decides what has to happen to each resource. Pure."""
