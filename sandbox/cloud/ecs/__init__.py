"""ECS services and task definitions as values, and moto's ECS, which is told here which tasks run."""
