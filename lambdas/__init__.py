"""The Lambda functions that ship with the platform."""
