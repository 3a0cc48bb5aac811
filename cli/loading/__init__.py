"""Load on an environment's entry: many clients at once, and what became of their requests."""
