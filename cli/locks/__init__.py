"""One change of an environment at a time, also where several machines may change it."""
