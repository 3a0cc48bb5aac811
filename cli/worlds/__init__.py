"""Where an environment lives, and how a command reaches it."""
