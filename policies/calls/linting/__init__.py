"""Warns of policies that are valid, and yet hardly what was meant."""
