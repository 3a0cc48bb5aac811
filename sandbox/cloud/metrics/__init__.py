"""Metrics of the emulated CloudWatch: what is kept of them, statistics and math, what ECS publishes."""
