"""Runs the ECS services of the emulated AWS as processes of this machine."""
