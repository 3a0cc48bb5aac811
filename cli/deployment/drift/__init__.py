"""What is not as declared, and how it is told."""
