"""Runs the command with `python -m`."""

from .command.main import main

main()
