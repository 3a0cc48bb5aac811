"""The command line: `myelin`."""
