"""The command `myelin-check`: judges what Pulumi wrote about a stack, whoever's program made it."""
