"""Unpacks code archives, and gives functions the runtime and packages that this machine needs."""
