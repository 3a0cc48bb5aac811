"""Runs one ECS task as a process: its image, environment, health, logs and end."""
