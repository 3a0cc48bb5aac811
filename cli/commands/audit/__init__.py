"""`myelin audit`: who changed the policies, and the proof that the record of it is whole."""
