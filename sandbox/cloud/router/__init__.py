"""Emulates load balancers and the service mesh on loopback ports."""
