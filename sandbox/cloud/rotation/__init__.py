"""Secrets Manager's rotation, as AWS does it: in the background, four steps, by a schedule. SEC-2."""
