"""Deploys an environment into the sandbox, from reading the declarations to the summary."""
