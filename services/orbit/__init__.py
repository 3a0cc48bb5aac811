"""Orbit: dispatches work. Asks governance, and calls the service that does the work only when that allowed
it.
"""
