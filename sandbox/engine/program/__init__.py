"""Runs a Pulumi program and answers its calls."""
