"""The log lines of services and functions, and the ids that they are found by."""
