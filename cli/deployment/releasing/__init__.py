"""Releases as a part of deployments: what is written of each, and the hold after a rollback."""
