"""Pulumi components: a pure plan beside thin wiring, one folder a concern."""
