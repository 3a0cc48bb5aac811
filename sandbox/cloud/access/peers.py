"""Finds out whose the other end of a connection on this machine is: which user's, and which process's.

Linux tells it for each socket (sock_diag(7), and as a list in /proc/net). Other systems do not tell one user
of another's connections; there every user of the machine is let in, as docs/sandbox.md says.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import psutil

Address = tuple[str, int]

_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY, _REQUEST = 4, 20, 1
_ANY_COOKIE = b"\xff" * 8
_HEADER = struct.Struct("=IHHII")
_ASKED = struct.Struct("=BBBxI")
_ANSWER_BYTES = 4096
_UID_AT = _HEADER.size + 4 + 48 + 12
_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The socket at the other end: its user's id, and the number by which processes hold it."""

    uid: int
    inode: int


class _Kernel:
    """One socket for all questions: there may be no descriptor left for another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def ask(self, message: bytes) -> bytes:
        """The kernel's answer; empty if there is none."""
        with self._lock:
            try:
                if self._socket is None:
                    self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG)
                    self._socket.settimeout(_SECONDS)
                self._socket.sendto(message, (0, 0))
                return self._socket.recv(_ANSWER_BYTES)
            except OSError:
                if self._socket is not None:
                    self._socket.close()  # a late answer would be taken for that to the next question
                    self._socket = None
                return b""


_kernel = _Kernel()


def is_own_user(connection: socket.socket) -> bool:
    """Whether a connection to a port of ours comes from a process of this user."""
    if not sys.platform.startswith("linux"):
        return True
    peer = peer_of(connection)
    return peer is not None and peer.uid == os.geteuid()


def is_own_client(own: Address, other: Address) -> bool:
    """The same of a connection from `other` to the port `own`, whose socket is somebody else's."""
    if not sys.platform.startswith("linux"):
        return True
    peer = _peer_at(own, other)
    return peer is not None and peer.uid == os.geteuid()


def is_of_process(connection: socket.socket, pid: int) -> bool:
    """Whether a connection to a port of ours comes from this very process."""
    if sys.platform.startswith("linux"):
        peer = peer_of(connection)
        return peer is not None and _holds(pid, peer.inode)
    with contextlib.suppress(psutil.Error, OSError):
        address = connection.getpeername()
        return any(each.laddr == address for each in psutil.Process(pid).net_connections("tcp4"))
    return False


def peer_of(connection: socket.socket) -> Peer | None:
    """The socket at the other end of an IPv4 connection; None if it is closed already."""
    try:
        own, other = connection.getsockname(), connection.getpeername()
    except OSError:
        return None
    return _peer_at(own, other)


def _peer_at(own: Address, other: Address) -> Peer | None:
    found = _ask_kernel(own, other)
    if found is None:
        found = next((peer for peer in _listed("tcp", other, own)), None)
    # a socket that its process has closed belongs to nobody any more, and is reported as root's
    return found if found is not None and found.inode else None


def is_own_sender(address: Address) -> bool:
    """Whether the UDP port that a datagram came from is held by this user."""
    if not sys.platform.startswith("linux"):
        return True
    return {peer.uid for peer in _listed("udp", address)} == {os.geteuid()}


def _ask_kernel(own: Address, other: Address) -> Peer | None:
    """Ask for the one socket; None if the kernel does not know it, or cannot be asked."""
    body = _ASKED.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF) + b"".join(
        [
            struct.pack("!HH", other[1], own[1]),
            ipaddress.IPv4Address(other[0]).packed.ljust(16, b"\0"),
            ipaddress.IPv4Address(own[0]).packed.ljust(16, b"\0"),
            struct.pack("=I", 0),
            _ANY_COOKIE,
        ]
    )
    message = _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST, 1, 0) + body
    answer = _kernel.ask(message)
    if len(answer) < _UID_AT + 8 or _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None
    uid, inode = struct.unpack_from("=II", answer, _UID_AT)
    return Peer(uid=uid, inode=inode)


def _listed(protocol: str, local: Address, remote: Address | None = None) -> list[Peer]:
    """The sockets in the kernel's list that are bound to an address, and connected to another, if given."""
    try:
        lines = Path(f"/proc/net/{protocol}").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []
    found = []
    for line in lines:
        fields = line.split()
        address = _address(fields[1])
        bound = address[1] == local[1] and address[0] in {local[0], "0.0.0.0"}
        if bound and (remote is None or _address(fields[2]) == remote):
            found.append(Peer(uid=int(fields[7]), inode=int(fields[9])))
    return found


def _address(text: str) -> Address:
    host, _, port = text.partition(":")
    return str(ipaddress.IPv4Address(int(host, 16).to_bytes(4, sys.byteorder))), int(port, 16)


def _holds(pid: int, inode: int) -> bool:
    """Whether a process has a socket open."""
    wanted = f"socket:[{inode}]"
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(descriptor.readlink()) == wanted:
                    return True
    return False
