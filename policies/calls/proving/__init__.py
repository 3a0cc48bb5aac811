"""Proves what policies decide for every request there may be, with the solver z3; every finding is asked."""
