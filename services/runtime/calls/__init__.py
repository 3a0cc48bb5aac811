"""Calls to other services: signed, within the deadline, retried, behind a breaker."""
