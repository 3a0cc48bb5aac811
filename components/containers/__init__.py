"""The ECS cluster, image repositories, task definitions and services."""
