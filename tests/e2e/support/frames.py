# SPDX-License-Identifier: MIT
"""HTTP/2 by hand: the bytes of frames, and a client that breaks rules.

What is sent are bytes that a test has put together, because a proper library
would refuse to send most of them. What comes is parsed by hyperframe and
hpack, and every rule that holds for whatever a server sends (RFC 9113) is
checked for every frame of every test: see Connection.receive().
"""

import contextlib
import enum
import select
import struct
from collections import Counter, deque
from dataclasses import dataclass, field

import hpack
import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from support.wire import LIMIT_S, client_context, connect

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# Kinds of frames
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = range(5)
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(5, 10)
PRIORITY_UPDATE = 0x10  # RFC 9218
UNKNOWN = 0xBA  # nobody's

# Flags
ACK = END_STREAM = 0x01
END_HEADERS = 0x04
PADDED = 0x08
WITH_PRIORITY = 0x20
WHOLE = END_STREAM | END_HEADERS

# Settings
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS = 1, 2, 3
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = 4, 5, 6
ENABLE_CONNECT_PROTOCOL = 8

WINDOW = 65535  # of a connection, and of a stream unless a setting says more
FRAME = 16384  # the largest that everybody takes
LARGEST_WINDOW = (1 << 31) - 1

ANSWERABLE = 1001  # the first of fresh(); what cases name stays below


class Code(enum.IntEnum):
    """Why a stream or a connection ended (RFC 9113 s7)."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


# ---- what is sent --------------------------------------------------------


def raw(kind, stream, payload=b"", flags=0, length=None):
    """One frame; length: the one it claims to have."""
    length = len(payload) if length is None else length
    head = struct.pack(">I", length)[1:]
    return head + struct.pack(">BBI", kind, flags, stream) + payload


def padded(payload, padding, claimed=None):
    """The payload of a frame with PADDED set; claimed: as it says."""
    claimed = padding if claimed is None else claimed
    return bytes([claimed]) + payload + bytes(padding)


def settings(*pairs):
    """SETTINGS of (identifier, value)."""
    body = b"".join(struct.pack(">HI", *pair) for pair in pairs)
    return raw(SETTINGS, 0, body)


def data(stream, payload=b"", end=False):
    """DATA without padding."""
    return raw(DATA, stream, payload, END_STREAM if end else 0)


def rst(stream, code=Code.CANCEL):
    """RST_STREAM."""
    return raw(RST_STREAM, stream, struct.pack(">I", code))


def window_update(stream, increment):
    """WINDOW_UPDATE; its first bit is reserved and part of increment."""
    return raw(WINDOW_UPDATE, stream, struct.pack(">I", increment))


def priority(stream, on=0, weight=15, exclusive=False):
    """PRIORITY."""
    return raw(PRIORITY, stream, priority_fields(on, weight, exclusive))


def priority_fields(on=0, weight=15, exclusive=False):
    """What PRIORITY carries, and HEADERS with that flag in front."""
    return struct.pack(">IB", on | (exclusive << 31), weight)


def goaway(last=0, code=Code.NO_ERROR, debug=b"", stream=0):
    """GOAWAY."""
    return raw(GOAWAY, stream, struct.pack(">II", last, code) + debug)


def fields(*more, method="GET", path="/small.txt", **others):
    """A request's fields; None leaves a pseudo-header field out."""
    head = [
        (":method", method),
        (":scheme", others.get("scheme", "https")),
        (":authority", others.get("authority", "localhost")),
        (":path", path),
    ]
    return [pair for pair in head if pair[1] is not None] + list(more)


def block(pairs, huffman=False):
    """A field block that neither needs nor changes a dynamic table."""
    never_indexed = [(name, value, True) for name, value in pairs]
    return hpack.Encoder().encode(never_indexed, huffman)


def headers(stream, pairs, flags=WHOLE):
    """HEADERS with these fields."""
    return raw(HEADERS, stream, block(pairs), flags)


def request(stream, *more, end=True, **others):
    """HEADERS of a request: GET /small.txt, unless it is said otherwise."""
    flags = WHOLE if end else END_HEADERS
    return headers(stream, fields(*more, **others), flags)


def split(stream, payload, size=FRAME, flags=END_STREAM):
    """A field block over HEADERS and CONTINUATION of so many bytes each."""
    pieces = [payload[i : i + size] for i in range(0, len(payload), size)]
    out = raw(HEADERS, stream, pieces.pop(0), flags)
    last = pieces.pop()
    for piece in pieces:
        out += raw(CONTINUATION, stream, piece)
    return out + raw(CONTINUATION, stream, last, END_HEADERS)


# ---- what comes ----------------------------------------------------------

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
}


@dataclass
class Stream:
    """What has come on one of them."""

    window: int  # how much DATA may still come
    heads: list = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: Code = None

    @property
    def interim(self):
        """Status codes before the final one."""
        codes = [int(head[0][1]) for head in self.heads]
        return [code for code in codes if 100 <= code < 200]

    @property
    def head(self):
        """Of the final response; None before it has come."""
        for head in self.heads:
            if not head[0][1].startswith("1"):
                return dict(head)
        return None

    @property
    def status(self):
        """Of the final response; None before it has come."""
        return int(self.head[":status"]) if self.head else None

    def is_refused(self):
        """A whole answer that finds fault with the request."""
        return self.ended and 400 <= self.status < 500


class Connection:
    """A client that sends anything and checks what comes.

    Nothing here sleeps: a wait is a read of frames, LIMIT_S at most.
    """

    def __init__(self, wire):
        self.wire = wire
        self.unsent = b""  # encrypted, and the peer took no more
        self.owed = b""  # answers to SETTINGS and PING, not sent yet
        self.gone = False  # sending has failed
        self.answers = True  # acknowledge SETTINGS and PING
        self.unread = bytearray()
        self.story = deque(maxlen=40)
        self.settings = None  # the server's
        self.streams = {}
        self.block = None  # a field block that has not ended
        self.last_block = b""
        self.decoder = hpack.Decoder()
        self.window = WINDOW  # of the connection: what may still come
        self.initial = WINDOW  # of streams
        self.largest = FRAME
        self.changes = deque()  # SETTINGS of ours, not acknowledged
        self.acks = 0  # of our SETTINGS
        self.pongs = []
        self.goaways = []
        self.credit = Counter()  # WINDOW_UPDATE of the server
        self.sent = Counter()  # flow-controlled bytes of ours
        self.next_stream = ANSWERABLE

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()

    # Sending

    def send(self, *parts, reads=True):
        """Write it all, and take in what comes meanwhile.

        False: the peer is gone. TimeoutError: it takes no more, which is
        only to be expected of one that is not read (reads=False).
        """
        plain = b"".join(parts)
        self.story.append(f"-> {plain[:48].hex()} [{len(plain)}]")
        if plain and not self.gone:
            self.wire.tls.write(plain)
        self.unsent += self.wire.outgoing.read()
        while self.unsent and not self.gone:
            self.move(reads)
        if self.owed:
            owed, self.owed = self.owed, b""
            self.send(owed, reads=reads)
        return not self.gone

    def move(self, reads):
        """Some bytes, in whichever direction they can go."""
        sock = self.wire.sock
        wanted = [sock] if reads and self.wire.end is None else []
        can_read, can_write, _ = select.select(wanted, [sock], [], LIMIT_S)
        if not can_read and not can_write:
            raise TimeoutError(f"nothing moves; {self.told()}")
        if can_read:
            self.wire.receive()
            self.take_all()
        if can_write:
            try:
                self.unsent = self.unsent[sock.send(self.unsent) :]
            except ConnectionError:
                self.gone = True  # what it said before is still to be read

    def take_all(self):
        """Every frame among the bytes that have come."""
        for plain in iter(self.wire.read_now, b""):
            self.take(plain)

    def start(self, **pairs):
        """The preface and SETTINGS of ours; until both are agreed upon."""
        self.send(PREFACE, self.setting(**pairs))
        self.read_until(lambda: self.settings and self.acks, "SETTINGS")

    def setting(self, **pairs):
        """SETTINGS that this end keeps itself, by name in small letters."""
        known = {name.upper(): value for name, value in pairs.items()}
        window = known.get("INITIAL_WINDOW_SIZE", self.initial)
        change = window - self.initial
        # A larger window holds at once, a smaller one once it is agreed.
        for stream in self.streams.values():
            stream.window += max(change, 0)
        self.changes.append((list(self.streams.values()), min(change, 0)))
        self.initial = window
        self.largest = known.get("MAX_FRAME_SIZE", self.largest)
        return settings(*((globals()[k], v) for k, v in known.items()))

    def change(self, **pairs):
        """Send such SETTINGS and wait for their acknowledgement."""
        wanted = self.acks + 1
        self.send(self.setting(**pairs))
        self.read_until(lambda: self.acks == wanted, "SETTINGS with ACK")

    def grant(self, stream, increment):
        """A larger window for what the server sends."""
        if stream:
            self.stream(stream).window += increment
        else:
            self.window += increment
        self.send(window_update(stream, increment))

    def upload(self, stream, payload):
        """DATA within the server's windows, END_STREAM with the last; until
        all is sent, or the server wants no more of it."""
        state = self.stream(stream)
        while payload and state.reset is None:
            size = min(self.room(stream), len(payload), FRAME)
            if size == 0:
                assert self.step(), self.told()
                continue
            piece, payload = payload[:size], payload[size:]
            self.sent.update({0: size, stream: size})
            self.send(data(stream, piece, end=not payload))

    def room(self, stream):
        """How much DATA the server lets us send there."""
        initial = self.settings.get(INITIAL_WINDOW_SIZE, WINDOW)
        return min(
            WINDOW + self.credit[0] - self.sent[0],
            initial + self.credit[stream] - self.sent[stream],
        )

    # Reading

    def step(self):
        """Wait for some bytes. False: there will be none."""
        try:
            plain = self.wire.read()
        except TimeoutError as error:
            raise AssertionError(f"nothing came; {self.told()}") from error
        if not plain:
            return False
        self.take(plain)
        if self.owed:
            self.send()
        return True

    def read_until(self, done, what):
        """Frames until done() or the end of the connection."""
        while not done() and self.step():
            pass
        assert done(), f"no {what}; {self.told()}"

    def read_to_end(self):
        """Frames until the end of the connection."""
        while self.step():
            pass

    def told(self):
        """What went both ways, for a failed assertion."""
        lines = "\n  ".join(self.story)
        return f"end: {self.wire.end}, frames:\n  {lines}"

    def take(self, plain):
        """Every whole frame in there."""
        self.unread += plain
        while len(self.unread) >= 9:
            head = memoryview(bytes(self.unread[:9]))
            frame, length = Frame.parse_frame_header(head)
            if len(self.unread) < 9 + length:
                return
            body = bytes(self.unread[9 : 9 + length])
            del self.unread[: 9 + length]
            frame.parse_body(memoryview(body))
            self.story.append(f"<- {frame}"[:200])
            assert length <= self.largest, f"too large; {self.told()}"
            self.receive(frame)

    def receive(self, frame):
        """One frame, by the rules for every server."""
        if self.settings is None:
            assert isinstance(frame, SettingsFrame), "s3.4: not SETTINGS"
        if self.block:
            same = frame.stream_id == self.block[0].stream_id
            assert isinstance(frame, ContinuationFrame) and same, self.told()
        assert not isinstance(frame, PushPromiseFrame), self.told()
        step = {
            DataFrame: self.on_data,
            HeadersFrame: self.on_headers,
            ContinuationFrame: self.on_continuation,
            RstStreamFrame: self.on_rst,
            SettingsFrame: self.on_settings,
            PingFrame: self.on_ping,
            GoAwayFrame: self.on_goaway,
            WindowUpdateFrame: self.on_window_update,
        }.get(type(frame))
        if step:
            step(frame)

    def stream(self, number):
        """That stream, from now on if not before."""
        return self.streams.setdefault(number, Stream(self.initial))

    def open_stream(self, number):
        """One on which the server may still say something."""
        assert number % 2 == 1, f"s5.1.1: stream {number}; {self.told()}"
        stream = self.stream(number)
        assert not stream.ended, f"s5.1: {number} has ended; {self.told()}"
        assert stream.reset is None, f"s5.1: was reset; {self.told()}"
        return stream

    def on_data(self, frame):
        """RFC 9113 s6.1, s6.9.1: after a head, within both windows."""
        stream = self.open_stream(frame.stream_id)
        assert stream.head, f"s8.1: DATA before the head; {self.told()}"
        size = frame.flow_controlled_length
        self.window -= size
        stream.window -= size
        if size:
            assert self.window >= 0, f"s6.9.1: connection; {self.told()}"
            assert stream.window >= 0, f"s6.9.1: stream; {self.told()}"
        stream.body += frame.data
        if "END_STREAM" in frame.flags:
            self.end(stream)

    def on_headers(self, frame):
        """The beginning of a field block."""
        self.open_stream(frame.stream_id)
        self.block = (frame, bytearray(frame.data))
        self.end_block(frame)

    def on_continuation(self, frame):
        """More of it."""
        assert self.block, f"s6.10: continues nothing; {self.told()}"
        self.block[1].extend(frame.data)
        self.end_block(frame)

    def end_block(self, frame):
        """A whole field block: RFC 9113 s8.2, s8.3.2."""
        if "END_HEADERS" not in frame.flags:
            return
        first, self.last_block = self.block[0], bytes(self.block[1])
        self.block = None
        head = self.decoder.decode(self.last_block)
        stream = self.stream(first.stream_id)
        names = [name for name, _ in head]
        pseudo = [name for name in names if name.startswith(":")]
        assert pseudo == ([] if stream.head else [":status"]), head
        assert names[: len(pseudo)] == pseudo, head
        assert all(name == name.lower() for name in names), head
        assert not HOP_BY_HOP.intersection(names), head
        ends = "END_STREAM" in first.flags
        if stream.head:
            assert ends, f"s8.1: trailers without END_STREAM; {self.told()}"
        else:
            stream.heads.append(head)
        if ends:
            assert stream.head, f"s8.1: 1xx with END_STREAM; {self.told()}"
            self.end(stream)

    def end(self, stream):
        """RFC 9113 s8.1.1: a body has the length that was said."""
        stream.ended = True
        length = stream.head.get("content-length")
        if length is not None and stream.body:
            assert int(length) == len(stream.body), self.told()

    def on_rst(self, frame):
        """The server gives a stream up."""
        number = frame.stream_id
        assert number in self.streams or number % 2 == 1, self.told()
        stream = self.stream(number)
        if stream.reset is None:
            stream.reset = Code(frame.error_code)

    def on_settings(self, frame):
        """RFC 9113 s6.5."""
        if "ACK" in frame.flags:
            assert self.changes, f"s6.5.3: nothing to agree to; {self.told()}"
            streams, change = self.changes.popleft()
            for stream in streams:
                stream.window += change
            self.acks += 1
            return
        assert frame.settings.get(ENABLE_PUSH, 0) == 0, frame
        size = frame.settings.get(MAX_FRAME_SIZE, FRAME)
        assert FRAME <= size < 1 << 24, frame
        window = frame.settings.get(INITIAL_WINDOW_SIZE, WINDOW)
        assert window <= LARGEST_WINDOW, frame
        self.settings = {**(self.settings or {}), **frame.settings}
        if self.answers:
            self.owed += raw(SETTINGS, 0, flags=ACK)

    def on_ping(self, frame):
        """RFC 9113 s6.7."""
        if "ACK" in frame.flags:
            self.pongs.append(frame.opaque_data)
        elif self.answers:
            self.owed += raw(PING, 0, frame.opaque_data, ACK)

    def on_goaway(self, frame):
        """RFC 9113 s6.8: the last stream never becomes a later one."""
        if self.goaways:
            before = self.goaways[-1].last_stream_id
            assert frame.last_stream_id <= before, self.told()
        self.goaways.append(frame)

    def on_window_update(self, frame):
        """RFC 9113 s6.9.1."""
        assert frame.window_increment > 0, self.told()
        self.credit[frame.stream_id] += frame.window_increment
        assert self.credit[frame.stream_id] <= LARGEST_WINDOW, self.told()

    # What has to come

    def round_trip(self):
        """Everything the server had to say to what was sent has come: a
        PING goes ahead of other frames, so it takes two."""
        for word in (b"there-1.", b"there-2."):
            wanted = len(self.pongs) + 1
            self.send(raw(PING, 0, word))
            self.read_until(lambda: len(self.pongs) >= wanted, "PING, ACK")
            assert self.pongs[-1] == word, self.told()

    def expect_head(self, number):
        """A final head there."""
        stream = self.stream(number)
        self.read_until(lambda: stream.head, f"head on {number}")
        return stream

    def expect_answer(self, number, status=200):
        """A whole response there, with its END_STREAM."""
        stream = self.stream(number)
        self.read_until(
            lambda: stream.ended or stream.reset is not None,
            f"answer on {number}",
        )
        assert stream.ended, f"reset by {stream.reset!r}; {self.told()}"
        assert stream.status == status, f"{stream.head}; {self.told()}"
        return stream

    def fresh(self):
        """A stream that has not been used."""
        number, self.next_stream = self.next_stream, self.next_stream + 2
        return number

    def expect_alive(self):
        """Another request on this connection is answered."""
        number = self.fresh()
        # HEAD: whatever a test has made of the windows.
        self.send(request(number, method="HEAD"))
        self.expect_answer(number)
        assert not self.goaways, self.told()

    def expect_rst(self, number, *codes):
        """A stream error there, and the connection goes on."""
        stream = self.stream(number)
        self.read_until(lambda: stream.reset is not None, "RST_STREAM")
        assert stream.reset in codes, f"{stream.reset!r}; {self.told()}"
        self.expect_alive()

    def expect_refusal(self, number):
        """RFC 9113 s8.1.1: malformed. RST_STREAM, or a 4xx before it."""
        stream = self.stream(number)
        self.read_until(
            lambda: stream.reset is not None or stream.is_refused(),
            "refusal",
        )
        if not stream.is_refused():
            self.expect_rst(number, Code.PROTOCOL_ERROR)
        self.expect_alive()

    def expect_error(self, number, *codes):
        """A stream error there, or the connection's (RFC 9113 s5.4.1)."""
        stream = self.stream(number)
        while stream.reset is None and self.step():
            pass
        if stream.reset is None:
            self.expect_goaway(*codes)
        else:
            self.expect_rst(number, *codes)

    def expect_goaway(self, *codes):
        """A connection error: GOAWAY that says so, then the end."""
        self.read_to_end()
        assert self.goaways, f"no GOAWAY; {self.told()}"
        code = Code(self.goaways[-1].error_code)
        assert code in codes, f"{code!r}; {self.told()}"

    def expect_goaway_soon(self, *codes):
        """The same, without waiting for what does not come: an answer to a
        PING says so. For whole frames only; it would end up in others."""
        for word in (b"soon---1", b"soon---2"):  # as in round_trip()
            self.send(raw(PING, 0, word))
            while not self.goaways and word not in self.pongs:
                if not self.step():
                    break
        assert self.goaways, f"no GOAWAY; {self.told()}"
        self.expect_goaway(*codes)

    def expect_nothing(self):
        """No answer, no error: as if it had not been sent."""
        self.expect_alive()
        assert not self.goaways, self.told()
        others = {n: s for n, s in self.streams.items() if n < ANSWERABLE}
        assert all(s.reset is None for s in others.values()), self.told()


# ---- cases of tables -----------------------------------------------------


def connection_error(*codes):
    """What was sent ends the connection."""
    return lambda conn: conn.expect_goaway(*codes)


def stream_error(*codes, stream=1):
    """What was sent ends a stream and nothing else."""
    return lambda conn: conn.expect_rst(stream, *codes)


def either_error(*codes, stream=1):
    """What was sent ends a stream or, as s5.4.1 allows, the connection."""
    return lambda conn: conn.expect_error(stream, *codes)


def malformed(conn):
    """What was sent is no proper request (RFC 9113 s8.1.1)."""
    conn.expect_refusal(1)


def ignored(conn):
    """What was sent makes no difference."""
    conn.expect_nothing()


def answered(status=200, stream=1):
    """What was sent is answered, and the connection goes on."""

    def check(conn):
        conn.expect_answer(stream, status)
        conn.expect_nothing()

    return check


def each(table, check=None):
    """A test of every case of a table; with a check that is theirs all, they
    are only what to send."""

    @pytest.mark.parametrize("name", table)
    def test(h2, name):
        h2.run((table[name], check) if check else table[name])

    return test


class Server:
    """Where connections are made to."""

    def __init__(self, served, ca):
        self.served = served
        self.context = client_context(ca.file, alpn=("h2",))

    def dial(self):
        """TLS only; the preface is not sent."""
        wire = connect(self.served.port, self.context)
        assert wire.tls.selected_alpn_protocol() == "h2"
        return Connection(wire)

    @contextlib.contextmanager
    def connect(self, **pairs):
        """A connection on which these SETTINGS of ours are agreed."""
        with self.dial() as conn:
            conn.start(**pairs)
            yield conn

    def run(self, case):
        """Send the first of case, and check by the second of it."""
        sent, check = case
        with self.connect() as conn:
            conn.send(sent(conn) if callable(sent) else sent)
            check(conn)
