"""`myelin policy`: the rules by which governance decides, one command a file."""
