# SPDX-License-Identifier: MIT
"""TLS with every record in our hands: what is sent at the end, and what came.

Python's SSLSocket decides about close_notify by itself; over two memory BIOs
nothing leaves that we did not send.
"""

import socket
import ssl
import struct

CLOSE_NOTIFY = "close_notify"  # the peer said goodbye
FIN = "fin"  # it did not, and TCP ended
RESET = "reset"

LIMIT_S = 20  # no wait of a test is longer


class Wire:
    """One TLS connection over a connected socket."""

    def __init__(self, sock, context, name=None, server=False):
        self.sock = sock
        self.sock.settimeout(LIMIT_S)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self.incoming,
            self.outgoing,
            server_side=server,
            server_hostname=name,
        )
        self.end = None  # how the peer's bytes ended: one of the above

    def handshake(self):
        """Raises ssl.SSLError, after the alert has left."""
        try:
            self.pump(self.tls.do_handshake)
        finally:
            self.flush()
        return self

    def pump(self, step):
        """Call step until it needs no more bytes of the peer."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.flush()
                self.receive()

    def receive(self):
        """Some bytes of the peer into the engine."""
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            self.end = RESET
            self.incoming.write_eof()
            return
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()

    def flush(self):
        """Send what the engine has made."""
        data = self.outgoing.read()
        if data:
            self.sock.sendall(data)

    def read(self, size=65536):
        """Some plain bytes; b"" at the end, and then .end says which."""
        if self.end is not None:
            return b""
        return self.decrypt(lambda: self.pump(lambda: self.tls.read(size)))

    def read_now(self, size=65536):
        """As read(), of what has been received; b"" when that is all."""
        try:
            return self.decrypt(lambda: self.tls.read(size))
        except ssl.SSLWantReadError:
            return b""

    def decrypt(self, step):
        """The bytes of step(); at the end none, and why."""
        try:
            data = step()
        except ssl.SSLZeroReturnError:
            self.end = CLOSE_NOTIFY
            return b""
        except (ssl.SSLEOFError, ssl.SSLSyscallError):
            self.end = self.end or FIN
            return b""
        except ssl.SSLError as error:
            if error.reason != "UNEXPECTED_EOF_WHILE_READING":
                raise
            self.end = self.end or FIN
            return b""
        if not data:
            self.end = self.end or CLOSE_NOTIFY
        return data

    def read_all(self):
        """Every plain byte until the end."""
        return b"".join(iter(self.read, b""))

    def read_head(self):
        """A head and the first bytes after it."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.read()
            if not more:
                break
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def write(self, data):
        """Send it now."""
        self.tls.write(data)
        self.flush()

    # The three ways of ending, and none of them does another's work.

    def close_notify(self):
        """Only the alert."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass  # wants the peer's, which comes with read() or not at all
        self.flush()

    def fin(self):
        """Only the end of our half of the TCP connection."""
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        """RST, whatever is under way."""
        self.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.sock.close()

    def tcp_end(self):
        """Read the socket, past any close_notify, to FIN or RESET."""
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionError:
            return RESET
        return FIN

    def close(self):
        """Let go of the socket."""
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def tell_fin_from_goodbye(context):
    """Python's default takes a bare FIN for close_notify."""
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def client_context(ca_file, alpn=("http/1.1",)):
    """One that verifies against ca_file."""
    context = ssl.create_default_context(cafile=str(ca_file))
    tell_fin_from_goodbye(context)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def server_context(identity):
    """One with these certificates and every version and cipher there is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tell_fin_from_goodbye(context)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(identity.chain_file, identity.key_file)
    return context


def connect(port, context, name="localhost", host="127.0.0.1"):
    """A client's connection, handshake done."""
    sock = socket.create_connection((host, port), timeout=LIMIT_S)
    try:
        return Wire(sock, context, name).handshake()
    except BaseException:
        sock.close()
        raise
