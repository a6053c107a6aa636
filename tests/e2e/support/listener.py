# SPDX-License-Identifier: MIT
"""A server of threads on a port of the system's choice."""

import socket
import threading
import traceback


class Listener:
    """Calls serve(sock) for every connection, in a thread of its own.

    What a thread raises is kept in .errors: a test looks there, because a
    broken helper must not look like a broken program.
    """

    def __init__(self, serve, host="127.0.0.1", port=0):
        self.serve = serve
        self.errors = []
        self.accepted = 0
        self.threads = []
        self.sock = socket.create_server((host, port), backlog=64)
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)

    @property
    def url(self):
        """Of its root, by the name in the certificates."""
        return f"https://localhost:{self.port}/"

    def run(self):
        """Accept until closed."""
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            self.accepted += 1
            thread = threading.Thread(
                target=self.one, args=(sock,), daemon=True
            )
            self.threads.append(thread)
            thread.start()

    def one(self, sock):
        """One connection."""
        try:
            with sock:
                self.serve(sock)
        except Exception:  # pylint: disable=broad-except
            self.errors.append(traceback.format_exc())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # shutdown() wakes accept(); close() alone does not.
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        self.thread.join(timeout=10)
        for thread in self.threads:
            thread.join(timeout=10)
