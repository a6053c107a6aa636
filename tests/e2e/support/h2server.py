# SPDX-License-Identifier: MIT
"""HTTP/2 as a server speaks it that does what it is told, connection by
connection: python3-h2 makes the frames, a test says which.

    def serve(peer):
        for stream, path in peer.requests(): ...
"""

import socket
import ssl
import struct

import h2.config
import h2.connection
import h2.events
import h2.settings

from support.listener import Listener


class Peer:
    """One connection, from the server's side."""

    def __init__(self, sock, number):
        self.sock = sock
        self.number = number  # 0, 1, 2 ... in order of arrival
        self.paths = {}  # of streams
        self.names = {}  # that they ask for
        self.resets = {}  # stream: code
        self.sent = {}  # stream: bytes of its body so far
        self.ended = []  # streams whose request is whole
        self.stuck = set()  # streams whose window stays closed
        self.engine = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding=None)
        )

    def begin(self, **settings):
        """Our preface; settings: by the names of h2.settings."""
        codes = h2.settings.SettingCodes
        self.engine.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                getattr(codes, name.upper()): value
                for name, value in settings.items()
            },
        )
        self.engine.initiate_connection()
        self.flush()

    def flush(self):
        """Send what the engine has made."""
        data = self.engine.data_to_send()
        if data:
            self.sock.sendall(data)

    def understand(self, data):
        """What came, as streams that ask, and are reset."""
        asked = []
        for event in self.engine.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                fields = dict(event.headers)
                self.paths[event.stream_id] = fields[b":path"].decode()
                authority = fields[b":authority"].decode()
                self.names[event.stream_id] = authority.rpartition(":")[0]
                asked.append(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.resets[event.stream_id] = event.error_code
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.append(event.stream_id)
            elif isinstance(event, h2.events.DataReceived):
                before = self.sent.get(event.stream_id, 0)
                self.sent[event.stream_id] = before + len(event.data)
                self.take_in(event)
        self.flush()
        return asked

    def take_in(self, event):
        """Windows open again, but for that of a stream that is stuck."""
        size = event.flow_controlled_length
        if event.stream_id in self.stuck:
            self.engine.increment_flow_control_window(size)
        else:
            self.engine.acknowledge_received_data(size, event.stream_id)

    def requests(self):
        """Streams, as they ask, until the client leaves."""
        while data := self.read():
            yield from self.understand(data)

    def read(self):
        """Bytes; none: it has left."""
        try:
            return self.sock.recv(65536)
        except (ssl.SSLError, OSError):
            return b""

    def take(self, count):
        """So many requests, whichever come first."""
        taken = []
        while len(taken) < count:
            data = self.read()
            assert data, f"left after {len(taken)} of {count} requests"
            taken += self.understand(data)
        return taken

    def head(self, stream, *fields, status=200, end=False):
        """The head of an answer."""
        lines = [(b":status", b"%d" % status), *fields]
        self.engine.send_headers(stream, lines, end_stream=end)
        self.flush()

    def data(self, stream, body=b"", end=False):
        """Some of its body, as far as the window is known to allow."""
        self.engine.send_data(stream, body, end_stream=end)
        self.flush()

    def answer(self, stream, body=b"hello\n"):
        """All of it."""
        self.head(stream)
        self.data(stream, body, end=True)

    def refuse(self, stream, code):
        """RST_STREAM."""
        self.engine.reset_stream(stream, code)
        self.flush()

    def goaway(self, last, code=0):
        """GOAWAY, after which h2 would answer nothing more: by hand."""
        self.flush()
        body = struct.pack(">II", last, code)
        head = struct.pack(">I", len(body))[1:] + b"\x07\x00" + bytes(4)
        self.sock.sendall(head + body)

    def reset(self):
        """The connection, not in good form."""
        with socket.socket(fileno=self.sock.detach()) as sock:
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )


def listener(identity, serve, alpn=("h2",), **place):
    """A Listener that calls serve(peer) for each connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.chain_file, identity.key_file)
    context.set_alpn_protocols(list(alpn))
    count = iter(range(1 << 30))

    def one(sock):
        number = next(count)
        with context.wrap_socket(sock, server_side=True) as tls:
            serve(Peer(tls, number))

    return Listener(one, **place)
