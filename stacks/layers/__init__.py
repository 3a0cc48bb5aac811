"""The three layers of an environment, each a function from settings to outputs."""
