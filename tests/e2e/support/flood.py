# SPDX-License-Identifier: MIT
"""A server that is flooded, and what becomes of everybody else meanwhile."""

from support import process
from support.frames import Server
from support.https import Client

# The sanitizer holds what is freed back, to find uses of it: up to 256 MB.
NOTHING_HELD = ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"


class Neighbour:
    """Another client, on a connection of its own."""

    def __init__(self, port, ca):
        self.client = Client(port, ca.file)

    def asks(self, times=1):
        """Each request is answered, and whole."""
        for _ in range(times):
            reply = self.client.ask("/small.txt")
            assert (reply.status, reply.body) == (200, b"a small file\n")

    def comes(self, times=1):
        """The same on a new connection: of a server with short limits the
        last one may have been idle for too long itself."""
        self.close()
        self.asks(times)

    def close(self):
        """Leave."""
        self.client.connection.close()


class Flooded(Server):
    """One worker, its memory, and a neighbour."""

    def __init__(self, served, ca):
        super().__init__(served, ca)
        (self.worker,) = process.children(served.pid)
        self.neighbour = Neighbour(served.port, ca)

    def pour(self, conn, pieces):
        """Send one after the other until the server has had enough, or there
        are no more of them; how many were sent."""
        sent = 0
        for piece in pieces:
            if conn.goaways or not conn.send(piece):
                break
            sent += 1
            self.neighbour.asks()
        return sent

    def memory_kb(self):
        """In RAM now."""
        return int(process.status(self.worker, "VmRSS"))

    def peak_kb(self):
        """The most it has ever had in RAM."""
        return int(process.status(self.worker, "VmHWM"))

    def ticks(self):
        """Hundredths of a second that the worker has run."""
        return process.ticks(self.worker)
