"""Plays the load balancers and the service mesh of the emulated AWS on loopback ports."""
