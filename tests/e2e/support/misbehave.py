# SPDX-License-Identifier: MIT
"""A server that ends its replies in every way there is.

A case is what is sent, how the connection ends, and what a client that looks
at the evidence must make of it (design: "the end of a message is a fact").
"""

import array
import errno
import fcntl
import termios
from dataclasses import dataclass

from support.listener import Listener
from support.wire import CLOSE_NOTIFY, FIN, RESET, Wire

BODY = b"".join(b"line %04d of the body\n" % i for i in range(200))
HALF = BODY[: len(BODY) // 2]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
LENGTH = OK + b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSE = OK + b"Connection: close\r\n\r\n"


def chunk(data):
    """One chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """One way to behave."""

    name: str
    sent: bytes
    ending: str  # CLOSE_NOTIFY (and FIN), FIN or RESET
    whole: bool  # is it a whole message?
    body: bytes  # the part of the body that arrives


CASES = [
    Case("length cut, close_notify", LENGTH + HALF, CLOSE_NOTIFY, False, HALF),
    Case("length cut, FIN", LENGTH + HALF, FIN, False, HALF),
    Case("length cut, RST", LENGTH + HALF, RESET, False, HALF),
    Case(
        "no length, close_notify", UNTIL_CLOSE + BODY, CLOSE_NOTIFY, True, BODY
    ),
    Case("no length, FIN", UNTIL_CLOSE + BODY, FIN, False, BODY),
    Case("no length, RST", UNTIL_CLOSE + BODY, RESET, False, BODY),
    Case(
        "last chunk missing, close_notify",
        CHUNKED + chunk(BODY),
        CLOSE_NOTIFY,
        False,
        BODY,
    ),
    Case("last chunk missing, FIN", CHUNKED + chunk(BODY), FIN, False, BODY),
    Case("cut inside the head", OK + b"Content-Le", FIN, False, b""),
    # Beyond the nine: what must not be called cut, and the corners.
    Case("whole length, FIN", LENGTH + BODY, FIN, True, BODY),
    Case("whole length, RST", LENGTH + BODY, RESET, True, BODY),
    Case(
        "whole chunks, FIN",
        CHUNKED + chunk(BODY) + LAST_CHUNK,
        FIN,
        True,
        BODY,
    ),
    Case("last chunk missing, RST", CHUNKED + chunk(BODY), RESET, False, BODY),
    Case(
        "cut inside a chunk, close_notify",
        CHUNKED + chunk(BODY)[: -len(HALF)],
        CLOSE_NOTIFY,
        False,
        BODY[: 2 - len(HALF)],
    ),
    Case(
        "cut inside the trailers, FIN",
        CHUNKED + chunk(BODY) + b"0\r\nDigest: a",
        FIN,
        False,
        BODY,
    ),
    Case("head cut, close_notify", OK + b"Con", CLOSE_NOTIFY, False, b""),
    Case("nothing, close_notify", b"", CLOSE_NOTIFY, False, b""),
    Case("nothing, FIN", b"", FIN, False, b""),
]


def serve(context, case):
    """A Listener that behaves like that."""

    def one(sock):
        wire = Wire(sock, context, server=True).handshake()
        head, _ = wire.read_head()
        if not head:
            return
        if case.sent:
            wire.write(case.sent)
        if case.ending == RESET:
            wait_until_taken(sock)
            wire.reset()
            return
        if case.ending == CLOSE_NOTIFY:
            wire.close_notify()
            fin_unless_reset(wire)
        else:
            wire.fin()
        wire.tcp_end()  # so that no RST of ours overtakes what was sent

    return Listener(one)


def fin_unless_reset(wire):
    """FIN, behind a close_notify.

    A client knows the end by that alone, and resets at once where the message
    is not whole. Behind nothing the FIN is the end: whoever has gone before it
    has not looked at it, which is an error.
    """
    try:
        wire.fin()
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


def wait_until_taken(sock):
    """Until the peer's kernel has it all: an RST drops what is still here.

    What has arrived there stays readable before the error (Linux).
    """
    left = array.array("i", [1])
    while left[0]:
        fcntl.ioctl(sock, termios.TIOCOUTQ, left)
