"""What a command shows on a terminal, and how it is interrupted."""
