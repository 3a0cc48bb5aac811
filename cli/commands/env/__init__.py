"""`myelin env`: the environments of a project."""
