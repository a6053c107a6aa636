# SPDX-License-Identifier: MIT
"""Where servers listen, and ports for those that cannot be told "any port, and
say which".

Below the range from which the kernel takes ports by itself, so that neither
an outgoing connection nor a bind to port 0 can come between; a lock on a file
keeps other runs of these tests away for as long as this process lives.
"""

import contextlib
import fcntl
import os
import random
import socket
import tempfile
import time

from support.wire import LIMIT_S

LOWEST = 12000
HELD = []  # descriptors: their locks end with the process


def kernel_takes_from():
    """The first port the kernel would choose by itself."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        return int(f.read().split()[0])


def is_free(port):
    """Nobody listens there now."""
    with contextlib.closing(socket.socket()) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def reserve():
    """A port of 127.0.0.1 that is ours until this process ends."""
    directory = os.path.join(tempfile.gettempdir(), "duet-test-ports")
    os.makedirs(directory, mode=0o777, exist_ok=True)
    candidates = list(range(LOWEST, kernel_takes_from()))
    random.shuffle(candidates)
    for port in candidates:
        lock = os.open(
            os.path.join(directory, str(port)), os.O_RDWR | os.O_CREAT
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        if is_free(port):
            HELD.append(lock)
            return port
        os.close(lock)
    raise RuntimeError("there is no free port")


def wait_until_nobody_listens(address):
    """At an address as the ready line has it: then a signal has been heard,
    and a successor may come."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            touch(address)
        except (
            ConnectionRefusedError,
            ConnectionResetError,
            FileNotFoundError,
        ):
            return
    raise AssertionError(f"{address}: it still accepts connections")


def touch(address):
    """Connect to it, no more."""
    if address.startswith("unix:"):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(address.removeprefix("unix:"))
        return
    host, _, port = address.rpartition("//")[2].rpartition(":")
    place = (host.strip("[]"), int(port))
    socket.create_connection(place, LIMIT_S).close()
