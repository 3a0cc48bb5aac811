"""What ECS says, as values; and what the emulated ECS is told of the tasks that run."""
