"""`myelin audit`: who changed the policies, and the proof that nobody changed the record of it."""
