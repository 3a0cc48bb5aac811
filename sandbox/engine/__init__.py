"""Runs a Pulumi program in process and keeps its state."""
