"""`myelin release`: what was deployed when, and the way back, one command a file."""
