"""Everything that people write for a deployment, looked at before one: what is wrong, each with its place."""
