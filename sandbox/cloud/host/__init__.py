"""Starts, finds and stops a sandbox's background process, and composes its parts."""

from __future__ import annotations

from sandbox.cloud.host.control import order, status
from sandbox.cloud.host.leftovers import find_marked
from sandbox.cloud.host.options import HostOptions, HostPorts
from sandbox.cloud.host.start import find, find_any, start
from sandbox.cloud.host.state import Host, unreadable
from sandbox.cloud.host.stop import Stopped, stop
from sandbox.cloud.host.temporary import temporary

__all__ = [
    "Host",
    "HostOptions",
    "HostPorts",
    "Stopped",
    "find",
    "find_any",
    "find_marked",
    "order",
    "start",
    "status",
    "stop",
    "temporary",
    "unreadable",
]
