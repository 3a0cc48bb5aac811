"""Keeps as many tasks of each ECS service running as it wants."""
