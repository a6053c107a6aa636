# SPDX-License-Identifier: MIT
"""A relay on the way to a server, which counts the connections."""

import contextlib
import socket
import threading

from support.listener import Listener


class Relay(Listener):
    """Bytes both ways; .accepted, and .most at a time."""

    def __init__(self, address):
        super().__init__(self.relay)
        self.address = address
        self.lock = threading.Lock()
        self.open = 0
        self.most = 0

    def relay(self, sock):
        """One connection."""
        with self.lock:
            self.open += 1
            self.most = max(self.most, self.open)
        with socket.create_connection(self.address) as other:
            back = threading.Thread(target=pump, args=(other, sock))
            back.start()
            pump(sock, other)
            back.join()
        with self.lock:
            self.open -= 1


def pump(source, target):
    """Until its end, which is handed on."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def counting(address):
    """A context: the Relay, running."""
    return Relay(address)
