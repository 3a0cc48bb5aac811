"""Axon: reasons. The only service in the isolated subnets; answers signed requests of its declared callers
with a heartbeat.
"""
