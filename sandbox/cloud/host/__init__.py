"""The background process that holds a sandbox together, and how to start, find and stop it."""

from __future__ import annotations

from sandbox.host.control import status
from sandbox.host.leftovers import find_marked
from sandbox.host.options import HostOptions, Ports
from sandbox.host.start import find, start
from sandbox.host.state import Host
from sandbox.host.stop import Stopped, stop
from sandbox.host.temporary import temporary

__all__ = [
    "Host",
    "HostOptions",
    "Ports",
    "Stopped",
    "find",
    "find_marked",
    "start",
    "status",
    "stop",
    "temporary",
]
