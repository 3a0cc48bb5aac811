"""`myelin graph`: what the declarations make of the network."""
