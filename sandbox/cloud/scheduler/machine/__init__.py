"""Service deployments as ECS runs them, as a pure state machine: stages, hooks, traffic, the way back."""
