"""Keeps the desired number of tasks of each ECS service running, as ECS's scheduler does."""
