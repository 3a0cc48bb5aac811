"""Connects moto's Lambda to the executor: moto keeps the functions, the executor runs them."""
