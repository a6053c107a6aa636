# SPDX-License-Identifier: MIT
"""HTTP/2 as a client speaks it that accounts for every frame that comes.

The grammar is python3-h2's, which refuses what RFC 9113 calls malformed:
names in upper case, fields of a connection, DATA that is not as long as the
Content-Length. It also takes the blanks off both ends of the values it sends,
which RFC 9113 s8.2.1 forbids there. What comes after the end of a stream it
answers with a reset and does not tell, so that is looked for here.
"""

from collections import deque

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
from hyperframe.frame import DataFrame, Frame, HeadersFrame

from support.reply import Misframed, Reply, has_body, told_length
from support.wire import CLOSE_NOTIFY

OF_NO_MESSAGE = (
    h2.events.RemoteSettingsChanged,
    h2.events.SettingsAcknowledged,
    h2.events.WindowUpdated,
    h2.events.PingReceived,
    h2.events.PingAckReceived,
)


def is_goodbye(event):
    """GOAWAY, and nothing went wrong (RFC 9113 s6.8)."""
    return (
        isinstance(event, h2.events.ConnectionTerminated)
        and event.error_code == h2.errors.ErrorCodes.NO_ERROR
    )


class Http2:
    """One connection, one request after the other."""

    ALPN = "h2"

    def __init__(self, wire):
        self.wire = wire
        self.authority = "localhost"  # of the next requests
        self.came = deque()  # events that have not been taken yet
        self.raw = b""  # of a frame that has not come whole
        self.ended = set()  # streams
        self.engine = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, header_encoding=None)
        )
        self.engine.initiate_connection()
        self.flush()

    def ask(self, method, target, fields):
        """One request of (name, value) pairs, and the Reply to it."""
        stream = self.engine.get_next_available_stream_id()
        head = [
            (":method", method),
            (":scheme", "https"),
            (":authority", self.authority),
            (":path", target),
            *((name.lower(), value) for name, value in fields),
        ]
        head = [(n.encode(), v.encode("latin-1")) for n, v in head]
        self.engine.send_headers(stream, head, end_stream=True)
        self.flush()
        reply = self.take_reply()
        length = told_length(reply.fields)
        if not has_body(method, reply.status):
            if reply.body:
                raise Misframed(f"{reply.status} with a body: {reply.body}")
        elif length is not None and length != len(reply.body):
            raise Misframed(f"{len(reply.body)} of {length} bytes")
        return reply

    def take_reply(self):
        """From its head to its END_STREAM."""
        status, fields, body = None, [], b""
        while True:
            event = self.take()
            if isinstance(event, h2.events.ResponseReceived):
                fields = [
                    (n.decode("latin-1"), v.decode("latin-1"))
                    for n, v in event.headers
                ]
                status = int(fields.pop(0)[1])
            elif isinstance(event, h2.events.DataReceived):
                body += event.data
                self.engine.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id
                )
                self.flush()
            elif isinstance(event, h2.events.StreamEnded):
                return Reply(status, fields, body)
            elif not isinstance(event, OF_NO_MESSAGE):
                raise Misframed(f"in an answer: {event}")

    def finish(self):
        """Say goodbye; what comes now belongs to no answer.

        All that was sent before the answer to a PING comes before it.
        """
        self.engine.ping(b"anything")
        self.flush()
        event = None
        while not isinstance(event, h2.events.PingAckReceived):
            event = self.take()
            if not isinstance(event, OF_NO_MESSAGE):
                raise Misframed(f"after the answer: {event}")
        self.wire.close_notify()
        while data := self.wire.read():
            self.understand(data)
        for event in self.came:
            if not isinstance(event, OF_NO_MESSAGE) and not is_goodbye(event):
                raise Misframed(f"at the end: {event}")
        if self.raw:
            raise Misframed(f"{len(self.raw)} bytes of no frame")
        if self.wire.end != CLOSE_NOTIFY:
            raise Misframed(f"it ended by {self.wire.end}")

    def take(self):
        """The next event."""
        while not self.came:
            data = self.wire.read()
            if not data:
                raise Misframed(f"something is missing, then {self.wire.end}")
            self.understand(data)
            self.flush()
        return self.came.popleft()

    def understand(self, data):
        """Bytes as events."""
        self.look(data)
        try:
            self.came += self.engine.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            raise Misframed(f"{type(error).__name__}: {error}") from error

    def look(self, data):
        """At the heads of the frames alone (RFC 9113 s4.1, s5.1)."""
        self.raw += data
        while len(self.raw) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(self.raw[:9]))
            if len(self.raw) < 9 + length:
                break
            self.raw = self.raw[9 + length :]
            content = isinstance(frame, (DataFrame, HeadersFrame))
            if content and frame.stream_id in self.ended:
                raise Misframed(f"after the end of its stream: {frame}")
            if content and "END_STREAM" in frame.flags:
                self.ended.add(frame.stream_id)

    def flush(self):
        """Send what the engine has made."""
        data = self.engine.data_to_send()
        if data:
            self.wire.write(data)
