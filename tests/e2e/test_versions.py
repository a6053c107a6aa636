# SPDX-License-Identifier: MIT
"""The clients of support/versions.py notice what does not add up.

What they believe is what test_conditions.py and test_ranges.py prove.
"""

import contextlib

import h2.config
import h2.connection
import h2.events
import pytest
from hyperframe.frame import DataFrame, RstStreamFrame

from support.answers import answer, fin, send
from support.http1 import Http1
from support.http2 import Http2
from support.known import numbered, rows
from support.listener import Listener
from support.reply import Misframed
from support.versions import ask
from support.wire import Wire, server_context


@contextlib.contextmanager
def serving(identity, version, serve):
    """A server that calls serve(wire) for each connection."""
    context = server_context(identity)
    context.set_alpn_protocols([version])

    def one(sock):
        serve(Wire(sock, context, server=True).handshake())

    with Listener(one) as listener:
        yield listener
    assert not listener.errors, listener.errors


class TestHttp1:
    """Bytes, to the last."""

    @staticmethod
    def ask(identity, ca, said, method):
        """What becomes of an answer: bytes, and functions of the Wire."""

        def serve(wire):
            wire.read_head()
            send(wire, said)
            wire.read_all()  # until the client has said goodbye
            wire.close_notify()

        with serving(identity, Http1.ALPN, serve) as server:
            return ask(server.port, ca, "h1", "/", method=method)

    CHUNKED = "Transfer-Encoding: chunked"

    @pytest.mark.parametrize(
        "said, method, status, body",
        **rows(
            ("length", answer(b"hello"), "GET", 200, b"hello"),
            ("of-no-length", answer(), "GET", 200, b""),
            (
                "chunks",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
                "GET",
                200,
                b"hello!",
            ),
            ("head", answer(length=5), "HEAD", 200, b""),
            (
                "not-modified",
                answer(length=5, status="304 Not Modified"),
                "GET",
                304,
                b"",
            ),
        ),
    )
    def test_believes(self, identity, ca, said, method, status, body):
        reply = self.ask(identity, ca, said, method)
        assert (reply.status, reply.body) == (status, body)

    @pytest.mark.parametrize(
        "said, method, why",
        **rows(
            ("too-long", answer(b"hello!", length=5), "GET", "1 bytes of no"),
            (
                "too-short",
                answer(b"hell", length=5),
                "GET",
                "4 of 5 bytes, then fin",
            ),
            ("body-of-head", answer(b"hello"), "HEAD", "5 bytes of no"),
            (
                "body-of-304",
                answer(b"hello", status="304 Not Modified"),
                "GET",
                "5 bytes of no",
            ),
            ("answer-of-no-request", answer() * 2, "GET", "bytes of no"),
            (
                "interim-of-no-request",
                b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(),
                "GET",
                "no status line",
            ),
            ("http-1.0", b"HTTP/1.0 200 OK\r\n\r\n", "GET", "no status line"),
            ("no-length", b"HTTP/1.1 200 OK\r\n\r\n", "GET", "without a len"),
            (
                "two-lengths",
                answer(b"hello", "Content-Length: 5"),
                "GET",
                "Content-Length: ",
            ),
            (
                "signed-length",
                b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
                "GET",
                "Content-Length: ",
            ),
            (
                "length-and-chunks",
                answer(b"0\r\n\r\n", CHUNKED),
                "GET",
                "Transfer-Encoding: ",
            ),
            (
                "no-last-chunk",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"5\r\nhello\r\n",
                "GET",
                "then fin",
            ),
            (
                "chunk-too-long",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"5\r\nhello!\r\n0\r\n\r\n",
                "GET",
                "past its size",
            ),
            (
                "bare-lf",
                b"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n",
                "GET",
                "is no field",
            ),
            (
                "space-before-the-colon",
                b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
                "GET",
                "is no field",
            ),
            ("no-goodbye", answer(b"hello"), "GET", "it ended by fin"),
        ),
    )
    def test_notices(self, identity, ca, said, method, why):
        pieces = [said, fin] if "fin" in why else [said]
        with pytest.raises(Misframed, match=why):
            self.ask(identity, ca, pieces, method)


def frames(*, status="200", head=(), data=(), end=True, raw=b""):
    """An answer of HTTP/2: a function that sends it."""

    def say(engine, stream, wire):
        fields = [(":status", status), *head]
        engine.send_headers(stream, fields, end_stream=end and not data)
        for i, piece in enumerate(data, 1):
            last = i == len(data)
            engine.send_data(stream, piece, end_stream=end and last)
        wire.write(engine.data_to_send() + raw)

    return say


def new_engine():
    """That of a server, which says whatever it is told to."""
    config = h2.config.H2Configuration(
        client_side=False,
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
    )
    engine = h2.connection.H2Connection(config)
    engine.initiate_connection()
    return engine


class TestHttp2:
    """Frames, to the last."""

    @staticmethod
    def ask(identity, ca, say, method, then=None):
        """What becomes of an answer, and of what is done to the Wire then."""

        def serve(wire):
            engine = new_engine()
            while came := wire.read():
                for event in engine.receive_data(came):
                    if isinstance(event, h2.events.RequestReceived):
                        say(engine, event.stream_id, wire)
                        if then:
                            then(wire)
                            wire.read_all()
                            return
                wire.write(engine.data_to_send())
            wire.close_notify()

        with serving(identity, Http2.ALPN, serve) as server:
            return ask(server.port, ca, "h2", "/", method=method)

    FIVE = ("content-length", "5")

    @pytest.mark.parametrize(
        "say, method, status, body",
        **rows(
            (
                "length",
                frames(head=[FIVE], data=[b"he", b"llo"]),
                "GET",
                200,
                b"hello",
            ),
            ("no-length", frames(data=[b"hello"]), "GET", 200, b"hello"),
            (
                "end-in-a-frame-of-nothing",
                frames(head=[FIVE], data=[b"hello", b""]),
                "GET",
                200,
                b"hello",
            ),
            ("head", frames(head=[FIVE]), "HEAD", 200, b""),
            ("not-modified", frames(status="304"), "GET", 304, b""),
        ),
    )
    def test_believes(self, identity, ca, say, method, status, body):
        reply = self.ask(identity, ca, say, method)
        assert (reply.status, reply.body) == (status, body)

    def test_lets_more_come_than_one_window(self, identity, ca):
        body = numbered(200000)

        def serve(wire):
            engine = new_engine()
            left = b""
            while came := wire.read():
                for event in engine.receive_data(came):
                    if isinstance(event, h2.events.RequestReceived):
                        engine.send_headers(1, [(":status", "200")])
                        left = body
                while left and (n := engine.local_flow_control_window(1)):
                    piece = left[: min(n, engine.max_outbound_frame_size)]
                    left = left[len(piece) :]
                    engine.send_data(1, piece, end_stream=not left)
                wire.write(engine.data_to_send())
            wire.close_notify()

        with serving(identity, Http2.ALPN, serve) as server:
            assert ask(server.port, ca, "h2", "/").body == body

    @pytest.mark.parametrize(
        "say, method, why",
        **rows(
            (
                "too-long",
                frames(head=[FIVE], data=[b"hello!"]),
                "GET",
                "InvalidBodyLength",
            ),
            (
                "too-short",
                frames(head=[FIVE], data=[b"hell"]),
                "GET",
                "InvalidBodyLength",
            ),
            (
                "length-without-a-body",
                frames(head=[FIVE]),
                "GET",
                "0 of 5 bytes",
            ),
            (
                "body-of-head",
                frames(data=[b"hello"]),
                "HEAD",
                "InvalidBodyLength",
            ),
            (
                "body-of-304",
                frames(status="304", data=[b"hello"]),
                "GET",
                "304 with a body",
            ),
            (
                "data-after-the-end",
                frames(data=[b"hello"], raw=DataFrame(1, b"!").serialize()),
                "GET",
                "after the end of its stream",
            ),
            (
                "reset-before-the-end",
                frames(
                    data=[b"hello"],
                    end=False,
                    raw=RstStreamFrame(1, 8).serialize(),
                ),
                "GET",
                "StreamReset",
            ),
            (
                "no-end",
                frames(data=[b"hello"], end=False),
                "GET",
                "something is missing, then fin",
            ),
            (
                "two-lengths",
                frames(head=[FIVE, FIVE], data=[b"hello"]),
                "GET",
                "Content-Length: ",
            ),
            (
                "name-in-upper-case",
                frames(head=[("ETag", '"x"')]),
                "GET",
                "ProtocolError",
            ),
            (
                "field-of-a-connection",
                frames(head=[("connection", "close")]),
                "GET",
                "ProtocolError",
            ),
            (
                "interim-of-no-request",
                frames(status="103", end=False),
                "GET",
                "InformationalResponse",
            ),
            ("no-goodbye", frames(data=[b"hello"]), "GET", "then fin"),
        ),
    )
    def test_notices(self, identity, ca, say, method, why):
        then = fin if "fin" in why else None
        with pytest.raises(Misframed, match=why):
            self.ask(identity, ca, say, method, then)
