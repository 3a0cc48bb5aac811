"""Kills a sandbox's background process, and looks at what that leaves of it."""

from __future__ import annotations

import os
import signal
import socket

import psutil

from sandbox.cloud import host as hosts
from tests.support.end_to_end.project import ProjectCopy, until


def ports(project: ProjectCopy) -> set[int]:
    """The ports that a sandbox listens on, as its processes have them."""
    return {
        connection.laddr.port
        for process in project.processes()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that run: one that nobody has collected yet does not."""
    return [
        process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def is_open(port: int) -> bool:
    """Whether anybody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def kill_host(project: ProjectCopy) -> tuple[list[psutil.Process], set[int]]:
    """Kill the background process alone; gives the processes and ports that there were before."""
    before = project.processes()
    listening = ports(project)
    os.kill(project.host.pid, signal.SIGKILL)
    until(lambda: hosts.find(project.sandbox) is None, "the sandbox is gone")
    return before, listening
