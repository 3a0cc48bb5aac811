"""Processes of tasks: started, as forks where that fits, and ended with all that they leave behind."""
