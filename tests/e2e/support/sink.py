# SPDX-License-Identifier: MIT
"""A server that says exactly what it was sent, over HTTP/1.1 or HTTP/2.

HTTP/1.1 is taken apart here, byte by byte; HTTP/2 by Python's h2. What has
been read of a body, its trailers and whether it was whole is in .requests
when the request is over, however that ended.
"""

import hashlib
import ssl
import threading
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from support.answers import parse
from support.listener import Listener
from support.wire import LIMIT_S, Wire, server_context

KEPT = 4 << 20  # a longer body is only counted and summed up


@dataclass
class Sent:
    """One request."""

    method: str
    target: str
    fields: dict  # names in lower case
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    pieces: int = 0
    trailers: dict = field(default_factory=dict)
    whole: bool = False
    digest: object = field(default_factory=hashlib.sha256)

    def take(self, data):
        """Some of its body."""
        self.size += len(data)
        self.pieces += 1
        self.digest.update(data)
        if self.size <= KEPT:
            self.body += data

    @property
    def sha256(self):
        """Of what came of its body."""
        return self.digest.hexdigest()


@dataclass
class Reply:
    """What is answered; at_once: before any of the body has been read."""

    status: int = 200
    fields: tuple = ()  # of (name, value)
    body: bytes = b"thanks"
    at_once: bool = False
    after: int = None  # or when so many bytes of it have come
    leaves: str = ""  # and then: "fin" or "reset", without reading on


THANKS = Reply()


class Sink:
    """reply(Sent) gives the Reply; says_continue: whether it answers 100;
    taken(Sent): called, before more is read, when some of a body came."""

    # pylint: disable-next=too-many-arguments
    def __init__(
        self, identity, version, reply=None, says_continue=True, taken=None
    ):
        self.context = server_context(identity)
        self.context.set_alpn_protocols(
            ["h2"] if version == "h2" else ["http/1.1"]
        )
        self.reply = reply or (lambda sent: THANKS)
        self.says_continue = says_continue
        self.taken = taken or (lambda sent: None)
        self.requests = []
        self.over = threading.Condition()
        self.listener = Listener(self.serve)

    @property
    def url(self):
        """Of its root."""
        return self.listener.url

    @property
    def last(self):
        """The request that was over last."""
        return self.requests[-1]

    def wait(self, count=1):
        """The first so many requests, when all of them are over."""
        with self.over:
            assert self.over.wait_for(
                lambda: len(self.requests) >= count, LIMIT_S
            )
            return self.requests[:count]

    def is_over(self, sent):
        """To be seen by the test."""
        with self.over:
            self.requests.append(sent)
            self.over.notify_all()

    def __enter__(self):
        self.listener.__enter__()
        return self

    def __exit__(self, *what):
        self.listener.__exit__(*what)
        assert not self.listener.errors, self.listener.errors

    def serve(self, sock):
        """One connection."""
        wire = Wire(sock, self.context, server=True)
        try:
            wire.handshake()
        except ssl.SSLError:
            return
        try:
            if wire.tls.selected_alpn_protocol() == "h2":
                Http2Side(self, wire).run()
            else:
                Http1Side(self, wire).run()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass  # what came before it is what tests look at


class Cut(Exception):
    """The client left in the middle."""


class Http1Side:
    """One connection of HTTP/1.1."""

    def __init__(self, sink, wire):
        self.sink = sink
        self.wire = wire
        self.ahead = b""

    def run(self):
        """Request after request."""
        while True:
            head = self.read_until(b"\r\n\r\n", at_start=True)
            if head is None:
                return
            if not self.one(head):
                return

    def one(self, head):
        """False: that was the last."""
        asked = parse(head)
        sent = Sent(asked.method, asked.target, asked.fields)
        reply = self.sink.reply(sent)
        if reply.at_once:
            self.answer(reply)
            if reply.leaves:
                self.sink.is_over(sent)
                return self.leave(reply)
        elif "expect" in sent.fields and self.sink.says_continue:
            self.wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            for piece in self.body(sent):
                sent.take(piece)
                self.sink.taken(sent)
                if reply.after is not None and sent.size >= reply.after:
                    self.answer(reply)
                    self.sink.is_over(sent)
                    return self.leave(reply)
            sent.whole = True
        except (Cut, ConnectionError):
            pass
        self.sink.is_over(sent)
        if not sent.whole:
            return False
        if not reply.at_once:
            self.answer(self.sink.reply(sent))
        return True

    def leave(self, reply):
        """In the way that was asked for."""
        if reply.leaves == "reset":
            self.wire.reset()
            return False
        if reply.leaves == "fin":
            self.wire.fin()
        self.wire.tcp_end()
        return False

    def answer(self, reply):
        """With its length."""
        lines = [f"HTTP/1.1 {reply.status} X"]
        lines += [f"{name}: {value}" for name, value in reply.fields]
        lines += [f"Content-Length: {len(reply.body)}", "", ""]
        self.wire.write("\r\n".join(lines).encode("latin-1") + reply.body)

    def body(self, sent):
        """Its pieces; raises Cut."""
        if sent.fields.get("transfer-encoding") == "chunked":
            assert "content-length" not in sent.fields
            yield from self.chunks(sent)
            return
        left = int(sent.fields.get("content-length", 0))
        while left:
            data = self.read(left)
            left -= len(data)
            yield data

    def chunks(self, sent):
        """A chunk each, and then the trailers."""
        while True:
            size = int(self.read_until(b"\r\n"), 16)
            if not size:
                break
            data = b""
            while len(data) < size:
                data += self.read(size - len(data))
            assert self.read_until(b"\r\n") == b""
            yield data
        while True:
            line = self.read_until(b"\r\n").decode("latin-1")
            if not line:
                return
            name, _, value = line.partition(": ")
            sent.trailers[name.lower()] = value

    def read(self, most):
        """Some bytes."""
        data = self.ahead or self.wire.read()
        if not data:
            raise Cut
        self.ahead = data[most:]
        return data[:most]

    def read_until(self, mark, at_start=False):
        """Up to the mark, which is left out."""
        data = self.ahead
        while mark not in data:
            more = self.wire.read()
            if not more:
                if at_start and not data:
                    return None
                raise Cut
            data += more
        found, _, self.ahead = data.partition(mark)
        return found


class Http2Side:
    """One connection of HTTP/2."""

    def __init__(self, sink, wire):
        self.sink = sink
        self.wire = wire
        self.conn = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=False, header_encoding="latin-1"
            )
        )
        self.streams = {}
        self.answered = set()

    def run(self):
        """Until the client leaves."""
        try:
            self.conn.initiate_connection()
            self.flush()
            while data := self.wire.read():
                for event in self.conn.receive_data(data):
                    self.handle(event)
                self.flush()
        finally:
            for stream in list(self.streams):
                self.is_over(stream)

    def flush(self):
        """Send what the engine has made."""
        data = self.conn.data_to_send()
        if data:
            self.wire.write(data)

    def handle(self, event):
        """Everything that matters here."""
        if isinstance(event, h2.events.RequestReceived):
            self.begin(event)
        elif isinstance(event, h2.events.DataReceived):
            if event.flow_controlled_length:
                self.conn.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id
                )
            self.take(event)
        elif isinstance(event, h2.events.TrailersReceived):
            sent = self.streams[event.stream_id]
            sent.trailers = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            sent = self.streams[event.stream_id]
            sent.whole = True
            if event.stream_id not in self.answered:
                self.answer(event.stream_id, self.sink.reply(sent))
            self.is_over(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.is_over(event.stream_id)

    def begin(self, event):
        """A head."""
        fields = dict(event.headers)
        sent = Sent(fields[":method"], fields[":path"], fields)
        self.streams[event.stream_id] = sent
        reply = self.sink.reply(sent)
        if reply.at_once:
            self.answer(event.stream_id, reply)
        elif "expect" in fields and self.sink.says_continue:
            self.conn.send_headers(event.stream_id, [(":status", "100")])

    def take(self, event):
        """Some of a body."""
        sent = self.streams.get(event.stream_id)
        if sent is None or not event.data:
            return
        sent.take(event.data)
        self.sink.taken(sent)
        reply = self.sink.reply(sent)
        if reply.after is not None and sent.size >= reply.after:
            if event.stream_id not in self.answered:
                self.answer(event.stream_id, reply)

    def answer(self, stream, reply):
        """All of it; what is short needs no window."""
        self.answered.add(stream)
        fields = [(":status", str(reply.status))]
        fields += [(name.lower(), value) for name, value in reply.fields]
        self.conn.send_headers(stream, fields)
        self.conn.send_data(stream, reply.body, end_stream=True)

    def is_over(self, stream):
        """Whole or not."""
        self.sink.is_over(self.streams.pop(stream))
