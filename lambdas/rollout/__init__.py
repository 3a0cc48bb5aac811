"""The `rollout` function: asks a new release whether it works, before it gets any traffic."""
