# SPDX-License-Identifier: MIT
"""A well-behaved little server that answers as a test wants it to.

Its function gets a request and returns the answer: bytes, or pieces one after
the other, and a piece may be a function that gets the Wire.
"""

import ssl
from dataclasses import dataclass, field

from support.listener import Listener
from support.wire import LIMIT_S, Wire


@dataclass
class Request:
    """What a client asked for."""

    method: str
    target: str
    fields: dict = field(default_factory=dict)  # names in lower case
    body: bytes = b""


def answer(body=b"", *lines, status="200 OK", length=None):
    """The bytes of one."""
    size = len(body) if length is None else length
    head = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def redirect(where, status="302 Found"):
    """Somewhere else."""
    return answer(b"", f"Location: {where}", status=status)


class Answers:
    """Requests seen, and the Listener that answers them with function."""

    def __init__(self, context, function):
        self.context = context
        self.function = function
        self.requests = []
        self.refused = 0  # handshakes that the client did not like
        self.listener = Listener(self.serve)

    def wire(self, sock):
        """Of a connection."""
        return Wire(sock, self.context, server=True)

    def serve(self, sock):
        """One connection, kept alive for as long as the client likes."""
        wire = self.wire(sock)
        try:
            wire.handshake()
        except ssl.SSLError:
            self.refused += 1
            return
        while True:
            head, rest = wire.read_head()
            if not head:
                return
            request = parse(head)
            size = int(request.fields.get("content-length", 0))
            while len(rest) < size:
                rest += wire.read()
            request.body = rest
            self.requests.append(request)
            send(wire, self.function(request))

    @property
    def url(self):
        """Of its root."""
        return self.listener.url

    @property
    def last(self):
        """The request that was seen last."""
        return self.requests[-1]

    def __enter__(self):
        self.listener.__enter__()
        return self

    def __exit__(self, *what):
        self.listener.__exit__(*what)
        assert not self.listener.errors, self.listener.errors


class PlainWire(Wire):
    """The same without TLS."""

    def __init__(self, sock):  # pylint: disable=super-init-not-called
        self.sock = sock
        self.sock.settimeout(LIMIT_S)

    def handshake(self):
        return self

    def read(self, size=65536):
        try:
            return self.sock.recv(size)
        except ConnectionError:
            return b""

    def write(self, data):
        self.sock.sendall(data)


class PlainAnswers(Answers):
    """Answers without TLS, as CAs serve their lists."""

    def __init__(self, function):
        super().__init__(None, function)

    def wire(self, sock):
        return PlainWire(sock)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.listener.port}/"


def fin(wire):
    """A piece: TCP ends, and TLS has not said so."""
    wire.fin()


def send(wire, pieces):
    """All of an answer."""
    for piece in [pieces] if isinstance(pieces, bytes) else pieces:
        if callable(piece):
            piece(wire)
        else:
            wire.write(piece)


def parse(head):
    """A head without its empty line."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return Request(method, target, fields)
