# SPDX-License-Identifier: MIT
"""Requests that two readers could take in two ways, and the exact answer."""

import ssl

import pytest

from support.wire import CLOSE_NOTIFY, client_context, connect

HOST = b"Host: localhost\r\n"
TWO = b"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(name="server")
def fixture_server(duet, site, identity):
    """A running server."""
    with duet.serve(
        site, "--cert", identity.chain_file, "--key", identity.key_file
    ) as served:
        yield served


def ask(server, ca, raw):
    """Send it raw; the status, the head, the body, how it ended."""
    with connect(server.port, client_context(ca.file)) as wire:
        wire.write(raw)
        head, body = wire.read_head()
        assert head.startswith(b"HTTP/1.1 "), head
        status = int(head.split(b" ")[1])
        closes = b"connection: close" in head.lower()
        if closes:
            body += wire.read_all()
        return status, head, body, wire.end


def get(*lines, target="/small.txt", version="1.1", host=True):
    """A GET with these lines."""
    head = f"GET {target} HTTP/{version}\r\n".encode()
    head += HOST if host else b""
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def post(*lines, body=b""):
    """A POST with these lines."""
    head = b"POST /small.txt HTTP/1.1\r\n" + HOST
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


LENGTH = b"Content-Length: 5"
CHUNKED = b"Transfer-Encoding: chunked"
LAST = b"0\r\n\r\n"

REFUSED = {
    # framing (RFC 9112 s6)
    "length and chunked": (400, post(LENGTH, CHUNKED, body=LAST)),
    "chunked and length": (400, post(CHUNKED, LENGTH, body=LAST)),
    "two lengths": (400, post(LENGTH, b"Content-Length: 6", body=b"hello")),
    "the same length twice": (400, post(LENGTH, LENGTH, body=b"hello")),
    "a list of lengths": (400, post(b"Content-Length: 5, 5", body=b"hello")),
    "a signed length": (400, post(b"Content-Length: +5", body=b"hello")),
    "a negative length": (400, post(b"Content-Length: -1")),
    "a hexadecimal length": (400, post(b"Content-Length: 0x5", body=b"hello")),
    "a length of two words": (400, post(b"Content-Length: 5 5", body=b"hell")),
    "an empty length": (400, post(b"Content-Length:")),
    "a length past 64 bits": (
        413,
        post(b"Content-Length: 99999999999999999999999"),
    ),
    "chunked not last": (
        400,
        post(b"Transfer-Encoding: chunked, gzip", body=LAST),
    ),
    "chunked twice": (
        400,
        post(b"Transfer-Encoding: chunked, chunked", body=LAST),
    ),
    "chunked in two fields": (400, post(CHUNKED, CHUNKED, body=LAST)),
    "an unknown coding": (
        501,
        post(b"Transfer-Encoding: brotli, chunked", body=LAST),
    ),
    "chunked with a tail": (
        400,
        post(b"Transfer-Encoding: chunked\x0b", body=LAST),
    ),
    "chunked in 1.0": (
        400,
        b"POST /small.txt HTTP/1.0\r\n" + CHUNKED + b"\r\n\r\n" + LAST,
    ),
    # the lines of a head (RFC 9112 s2.2, s5)
    "bare CR in a field": (400, get(b"X: a\rb")),
    "bare CR in the request line": (
        400,
        b"GET /small.txt\rHTTP/1.1\r\n" + HOST + b"\r\n",
    ),
    "NUL in a field": (400, get(b"X: a\0b")),
    "NUL in the target": (400, get(target="/small\0.txt")),
    "space before the colon": (400, get(b"X : a")),
    "space before the name": (400, get(b" X: a")),
    "obs-fold": (400, get(b"X: a", b" b")),
    "obs-fold by a tab": (400, get(b"X: a", b"\tb")),
    "no colon": (400, get(b"X")),
    "an empty name": (400, get(b": a")),
    "a name that is no token": (400, get(b"X(Y): a")),
    "eight bits in a name": (400, get(b"X\xe4: a")),
    # the request line (RFC 9112 s3)
    "two spaces": (400, b"GET  /small.txt HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no version": (400, b"GET /small.txt\r\n" + HOST + b"\r\n"),
    "a version in small letters": (
        400,
        b"GET /small.txt http/1.1\r\n" + HOST + b"\r\n",
    ),
    "version 2.0": (505, get(version="2.0")),
    "version 1.1.1": (400, get(version="1.1.1")),
    "a relative target": (400, get(target="small.txt")),
    "an asterisk": (400, get(target="*")),
    "a method that is no token": (
        400,
        b"G(T /small.txt HTTP/1.1\r\n" + HOST + b"\r\n",
    ),
    # the host (RFC 9112 s3.2)
    "no host": (400, get(host=False)),
    "two hosts": (400, get(b"Host: localhost")),
    "a host of two words": (400, get(b"Host: a b", host=False)),
    "a host with a path": (400, get(b"Host: localhost/x", host=False)),
    # limits
    "a long target": (414, get(target="/" + "a" * 9000)),
    "a long line": (431, get(b"X: " + b"a" * 9000)),
    "a long head": (431, get(*[b"X: " + b"a" * 4000] * 9)),
    "many lines": (431, get(*[b"X: a"] * 101)),
}

CHUNKS = {
    "a chunk size that is no number": b"x\r\nhello\r\n0\r\n\r\n",
    "no chunk size": b"\r\nhello\r\n0\r\n\r\n",
    "a signed chunk size": b"+5\r\nhello\r\n0\r\n\r\n",
    "a prefixed chunk size": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk size past 64 bits": b"10000000000000000\r\nhello\r\n0\r\n\r\n",
    "a chunk size with a space": b"5 \r\nhello\r\n0\r\n\r\n",
    "bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "bare LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "bare LF after the last chunk": b"5\r\nhello\r\n0\n\r\n",
    "bare CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "bare LF in an extension": b'5;a="\n"\r\nhello\r\n0\r\n\r\n',
    "a nameless extension": b"5;=b\r\nhello\r\n0\r\n\r\n",
    "more data than the chunk": b"5\r\nhello!\r\n0\r\n\r\n",
    "bare LF in the trailers": b"0\r\nX: a\n\r\n",
}

# What looks odd and is right all the same.
ACCEPTED = {
    "bare LF ends lines of a head": b"GET /small.txt HTTP/1.1\nHost: a\n\n",
    "an empty line before it": b"\r\n" + TWO,
    "absolute form": get(target="https://localhost/small.txt"),
    "a later minor version": get(version="1.7"),
    "HTTP/1.0 without a host": b"GET /small.txt HTTP/1.0\r\n\r\n",
    "eight bits in a value": get(b"X: \xe4"),
    "an empty value": get(b"X:"),
    "escapes in the target": get(target="/sm%61ll.txt?query"),
}

OUTSIDE = [
    "/../../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/dir/../../../../../../etc/passwd",
    "/dir/..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/..%5c..%5cetc/passwd",
    "//etc/passwd",
    "/link/passwd",
    "/.hidden",
    "/dir/.hidden",
    "/%2ehidden",
    "/small.txt%00.html",
    "/small.txt/",
]


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_and_closes(server, ca, name):
    status, raw = REFUSED[name]
    got, head, _, end = ask(server, ca, raw + TWO)
    assert got == status, head
    assert b"connection: close" in head.lower()
    assert end == CLOSE_NOTIFY


@pytest.mark.parametrize("name", REFUSED)
def test_never_answers_what_follows_a_refused_request(server, ca, name):
    _, raw = REFUSED[name]
    with connect(server.port, client_context(ca.file)) as wire:
        wire.write(raw + TWO)
        assert wire.read_all().count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("name", CHUNKS)
def test_never_answers_what_follows_a_bad_chunk(server, ca, name):
    with connect(server.port, client_context(ca.file)) as wire:
        wire.write(post(CHUNKED, body=CHUNKS[name]) + TWO)
        got = wire.read_all()
    assert got.count(b"HTTP/1.1 ") == 1
    assert got.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 405 "))


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts(server, ca, name):
    status, head, body, _ = ask(server, ca, ACCEPTED[name])
    assert (status, body) == (200, b"a small file\n"), head


@pytest.mark.parametrize("target", OUTSIDE)
def test_nothing_outside_and_nothing_hidden(server, site, ca, target):
    (site / ".hidden").write_text("secret\n")
    (site / "dir/.hidden").write_text("secret\n")
    (site / "link").symlink_to("/etc")
    status, _, body, _ = ask(server, ca, get(target=target))
    assert status in (400, 403, 404)
    assert b"root:" not in body and b"secret" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "X"])
def test_other_methods_are_named_not_allowed(server, ca, method):
    raw = f"{method} /small.txt HTTP/1.1\r\n".encode() + HOST
    status, head, _, _ = ask(server, ca, raw + LENGTH + b"\r\n\r\nhello")
    assert status == 405
    assert b"\r\nallow: get, head" in head.lower()


def test_an_early_answer_survives_a_large_body(server, ca):
    # The client sends it all before it reads: no RST may overtake the 405.
    size = 8 << 20
    raw = post(b"Content-Length: %d" % size, body=bytes(size))
    with connect(server.port, client_context(ca.file)) as wire:
        for at in range(0, len(raw), 1 << 16):
            wire.write(raw[at : at + (1 << 16)])
        assert wire.read_head()[0].startswith(b"HTTP/1.1 405 ")


def test_expect_gets_no_continue_before_a_refusal(server, ca):
    raw = post(LENGTH, b"Expect: 100-continue")
    status, head, _, _ = ask(server, ca, raw)
    assert status == 405, head


def test_plain_http_on_the_port_is_told_so(server):
    import socket

    address = ("127.0.0.1", server.port)
    with socket.create_connection(address, timeout=20) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = b"".join(iter(lambda: sock.recv(65536), b""))
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"https://" in said


def test_garbage_is_one_line_in_words(duet, server):
    import socket

    address = ("127.0.0.1", server.port)
    with socket.create_connection(address, timeout=20) as sock:
        sock.sendall(b"\x16\x03\x01\x00\x05hello")
        while sock.recv(65536):
            pass
    server.stop()
    lines = [
        line for line in duet.errors().splitlines() if "127.0.0.1" in line
    ]
    assert len(lines) == 1, duet.errors()


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_versions_are_refused(server, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion[version]
    with pytest.raises(ssl.SSLError, match="(?i)protocol.version"):
        connect(server.port, context)
