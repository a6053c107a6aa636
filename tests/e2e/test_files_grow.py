# SPDX-License-Identifier: MIT
"""Logs, which grow while they are served, and are begun anew (copytruncate).

What was appended meanwhile is no change of what was there. A log that was cut
to nothing and has become longer than it was is another one.
"""

import contextlib
import os
import signal
import threading

import pytest

from support.process import children
from support.wire import RESET, client_context, connect

SIZE = 40 << 20  # more than sockets hold
LINE = 1 << 20


class Log:
    """A file that a thread appends to, until it is told to stop."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND)
        self.stopped = threading.Event()
        self.write(b"A", SIZE)
        self.thread = threading.Thread(target=self.grow)
        self.thread.start()

    def write(self, letter, size):
        """So many bytes of it, in lines."""
        for _ in range(size // LINE):
            os.write(self.fd, letter * (LINE - 1) + b"\n")

    def grow(self):
        """Small lines, with pauses between them."""
        while not self.stopped.wait(0.002):
            os.write(self.fd, b"A" * 99 + b"\n")

    def stop(self):
        """Again is fine."""
        self.stopped.set()
        self.thread.join()

    def close(self):
        """Nobody writes any more."""
        self.stop()
        os.close(self.fd)


@pytest.fixture(name="log")
def fixture_log(site):
    """It grows."""
    log = Log(site / "big.log")
    yield log
    log.close()


@contextlib.contextmanager
def stopped(served):
    """Its workers see what was done meanwhile as if done at once."""
    pids = children(served.process.pid)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


class Reply:
    """Its head has come, and not much more."""

    def __init__(self, served, ca):
        self.served = served
        self.wire = connect(served.port, client_context(ca.file))
        self.wire.write(b"GET /big.log HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head, self.rest = self.wire.read_head()
        assert head.startswith(b"HTTP/1.1 200 ")
        said = head.lower().split(b"content-length: ")[1]
        self.length = int(said.split()[0])

    def body(self):
        """Until there is no more."""
        body = bytearray(self.rest)
        while len(body) < self.length and (piece := self.wire.read()):
            body += piece
        return body


@pytest.fixture(name="reply")
def fixture_reply(duet, site, identity, ca, log):
    """One that has begun."""
    del log
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with duet.serve(site, "--workers", 1, *words) as served:
        reply = Reply(served, ca)
        yield reply
        reply.wire.close()


def test_what_was_there_is_whole(reply):
    body = reply.body()
    assert len(body) == reply.length
    assert set(body) <= set(b"A\n")


def test_one_that_is_begun_anew_is_cut(reply, log):
    log.stop()
    size = os.fstat(log.fd).st_size
    with stopped(reply.served):
        os.ftruncate(log.fd, 0)
        log.write(b"B", size + 8 * LINE)
    body = reply.body()
    assert len(body) < reply.length
    assert reply.wire.end == RESET
