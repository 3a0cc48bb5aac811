"""What is recorded of a stack, and how it is kept on disk."""
