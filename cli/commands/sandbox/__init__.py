"""Commands about the sandbox itself."""
