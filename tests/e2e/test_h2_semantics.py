# SPDX-License-Identifier: MIT
"""RFC 9113 s8: requests and answers."""

import pytest

from support import accesslog
from support.frames import (
    DATA,
    ENABLE_CONNECT_PROTOCOL,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PADDED,
    WHOLE,
    Code,
    Server,
    answered,
    block,
    data,
    each,
    fields,
    headers,
    malformed,
    padded,
    raw,
    request,
    rst,
)

TEXT = b"a small file\n"
POST = {"method": "POST", "end": False}


def pseudo(*pairs):
    """A request of exactly these fields."""
    return headers(1, list(pairs))


METHOD = (":method", "GET")
SCHEME = (":scheme", "https")
AUTHORITY = (":authority", "localhost")
PATH = (":path", "/small.txt")

FIELD_NAMES = {
    "8.2.1 an upper-case name": ("X-Upper", "a"),
    "8.2.1 one upper-case letter at the end": ("x-uppeR", "a"),
    "8.2.1 a name with a space": ("x y", "a"),
    "8.2.1 a name that begins with a space": (" x", "a"),
    "8.2.1 a name with a colon": ("x:y", "a"),
    "8.2.1 a name that ends in a colon": ("x:", "a"),
    "8.2.1 a name with NUL": ("x\0y", "a"),
    "8.2.1 a name with CR": ("x\ry", "a"),
    "8.2.1 a name with LF": ("x\ny", "a"),
    "8.2.1 a name with DEL": ("x\x7f", "a"),
    "8.2.1 a name with eight bits": (b"x\xe4", "a"),
    "8.2.1 an empty name": ("", "a"),
    "8.2.1 a name that is no token": ("x(y)", "a"),
}

FIELD_VALUES = {
    "8.2.1 a value with NUL": ("x", "a\0b"),
    "8.2.1 a value that ends in NUL": ("x", "a\0"),
    "8.2.1 a value with CR": ("x", "a\rb"),
    "8.2.1 a value with LF": ("x", "a\nb"),
    "8.2.1 a value with a line of its own": ("x", "a\r\ny: b"),
    "8.2.1 a value that begins with a space": ("x", " a"),
    "8.2.1 a value that ends in a space": ("x", "a "),
    "8.2.1 a value that begins with a tab": ("x", "\ta"),
    "8.2.1 a value that ends in a tab": ("x", "a\t"),
    "8.2.1 a value of a space": ("x", " "),
    "8.2.1 NUL in user-agent": ("user-agent", "a\0b"),
    "8.2.1 LF in cookie": ("cookie", "a=b\nc"),
}

CONNECTION_FIELDS = {
    "8.2.2 connection": ("connection", "close"),
    "8.2.2 connection: keep-alive": ("connection", "keep-alive"),
    "8.2.2 keep-alive": ("keep-alive", "timeout=5"),
    "8.2.2 proxy-connection": ("proxy-connection", "keep-alive"),
    "8.2.2 transfer-encoding": ("transfer-encoding", "chunked"),
    "8.2.2 upgrade": ("upgrade", "websocket"),
    "8.2.2 te: gzip": ("te", "gzip"),
    "8.2.2 te: trailers and gzip": ("te", "trailers, gzip"),
}

PSEUDO = {
    "8.3 after a regular field": pseudo(
        METHOD, SCHEME, ("x", "a"), AUTHORITY, PATH
    ),
    "8.3 :path last of all": pseudo(
        METHOD, SCHEME, AUTHORITY, ("x", "a"), PATH
    ),
    "8.3 an unknown one": pseudo(
        METHOD, SCHEME, AUTHORITY, PATH, (":unknown", "a")
    ),
    "8.3 one of responses": pseudo(
        METHOD, SCHEME, AUTHORITY, PATH, (":status", "200")
    ),
    "8.3 nothing but a colon": pseudo(
        METHOD, SCHEME, AUTHORITY, PATH, (":", "a")
    ),
    "8.3 in upper case": pseudo((":METHOD", "GET"), SCHEME, AUTHORITY, PATH),
    "8.3 :method twice": pseudo(METHOD, METHOD, SCHEME, AUTHORITY, PATH),
    "8.3 :scheme twice": pseudo(METHOD, SCHEME, SCHEME, AUTHORITY, PATH),
    "8.3 :path twice": pseudo(METHOD, SCHEME, AUTHORITY, PATH, PATH),
    "8.3 :path twice and different": pseudo(
        METHOD, SCHEME, AUTHORITY, PATH, (":path", "/")
    ),
    "8.3 :authority twice": pseudo(METHOD, SCHEME, AUTHORITY, AUTHORITY, PATH),
    "8.3.1 no :method": pseudo(SCHEME, AUTHORITY, PATH),
    "8.3.1 no :scheme": pseudo(METHOD, AUTHORITY, PATH),
    "8.3.1 no :path": pseudo(METHOD, SCHEME, AUTHORITY),
    "8.3.1 none at all": pseudo(("x", "a")),
    "8.3.1 an empty :path": request(1, path=""),
    "8.3.1 a :path without a slash": request(1, path="small.txt"),
    "8.3.1 a :path that is a whole URL": request(
        1, path="https://localhost/small.txt"
    ),
    "8.3.1 a :path with a fragment": request(1, path="/small.txt#a"),
    "8.3.1 a :path with a space": request(1, path="/small.txt HTTP/1.1"),
    "8.3.1 a :path with NUL": request(1, path="/small.txt\0"),
    "8.3.1 a :path with CR and LF": request(1, path="/small.txt\r\nx: y"),
    "8.3.1 a :path that begins with a space": request(1, path=" /small.txt"),
    "8.3.1 a :path that ends in a space": request(1, path="/small.txt "),
    "8.3.1 * with GET": request(1, path="*"),
    "8.3.1 an empty :method": request(1, method=""),
    "8.3.1 a :method that is no token": request(1, method="G(T"),
    "8.3.1 a :method with a space": request(1, method="GET /"),
    "8.3.1 a :method with LF": request(1, method="GET\n"),
    "8.3.1 an empty :scheme": request(1, scheme=""),
    "8.3.1 a :scheme that is none": request(1, scheme="ht tp"),
    "8.3.1 a :scheme with a colon": request(1, scheme="https://localhost"),
    "8.3.1 an :authority with userinfo": request(
        1, authority="user:word@localhost"
    ),
    "8.3.1 an :authority with an empty userinfo": request(
        1, authority="@localhost"
    ),
    "8.3.1 an :authority with a space": request(1, authority="local host"),
    "8.3.1 an :authority with a path": request(1, authority="localhost/a"),
    "8.3.1 an :authority with NUL": request(1, authority="localhost\0"),
    "8.3.1 an :authority with LF": request(1, authority="localhost\nx: y"),
    "8.3.1 an :authority with a bad port": request(1, authority="localhost:x"),
    "8.3.1 an empty :authority": request(1, authority=""),
    "8.3.1 no :authority and no host": request(1, authority=None),
    "8.3.1 a host that is another": request(1, ("host", "elsewhere.test")),
    "8.3.1 two hosts": request(
        1, ("host", "localhost"), ("host", "localhost"), authority=None
    ),
    "8.3.1 a host with userinfo": request(
        1, ("host", "user@localhost"), authority=None
    ),
}

CONNECT = {
    "8.5 with a :path": pseudo(
        (":method", "CONNECT"), (":authority", "localhost:1"), PATH
    ),
    "8.5 with a :scheme": pseudo(
        (":method", "CONNECT"), SCHEME, (":authority", "localhost:1")
    ),
    "8.5 without :authority": pseudo((":method", "CONNECT")),
    "8.5 as other requests are": request(1, method="CONNECT"),
    "RFC 8441 :protocol that was not offered": pseudo(
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        SCHEME,
        AUTHORITY,
        PATH,
    ),
    "RFC 8441 :protocol with GET": pseudo(
        METHOD, (":protocol", "websocket"), SCHEME, AUTHORITY, PATH
    ),
}

LENGTHS = {
    "8.1.1 content-length of a request without content": request(
        1, ("content-length", "5")
    ),
    "8.1.1 less than content-length": request(
        1, ("content-length", "5"), end=False
    )
    + data(1, b"1234", end=True),
    "8.1.1 more than content-length": request(
        1, ("content-length", "5"), end=False
    )
    + data(1, b"123456", end=True),
    "8.1.1 more than content-length, in two": request(
        1, ("content-length", "5"), end=False
    )
    + data(1, b"12345")
    + data(1, b"6"),
    "8.1.1 padding is no content": request(
        1, ("content-length", "5"), end=False
    )
    + raw(DATA, 1, b"\x01" + b"1234" + b"\0", END_STREAM | 0x08),
    "8.1.1 trailers before content-length is reached": request(
        1, ("content-length", "5"), end=False
    )
    + data(1, b"1234")
    + headers(1, [("x-trailer", "a")]),
    "8.1.1 content of content-length 0": request(
        1, ("content-length", "0"), end=False
    )
    + data(1, b"1", end=True),
    "8.1.1 two content-lengths": request(
        1, ("content-length", "5"), ("content-length", "6"), end=False
    )
    + data(1, b"12345", end=True),
    "8.1.1 a content-length of letters": request(
        1, ("content-length", "five"), end=False
    )
    + data(1, b"12345", end=True),
    "8.1.1 a negative content-length": request(
        1, ("content-length", "-5"), end=False
    )
    + data(1, b"12345", end=True),
    "8.1.1 a content-length with a plus": request(
        1, ("content-length", "+5"), end=False
    )
    + data(1, b"12345", end=True),
    "8.1.1 an empty content-length": request(
        1, ("content-length", ""), end=False
    )
    + data(1, end=True),
    "8.1.1 a list of content-lengths": request(
        1, ("content-length", "5, 5"), end=False
    )
    + data(1, b"12345", end=True),
    "8.1.1 a content-length past 64 bits": request(
        1, ("content-length", "18446744073709551621"), end=False
    )
    + data(1, b"12345", end=True),
}

OPEN = request(1, end=False)
TRAILERS = {
    "8.1 a pseudo-header field": OPEN + headers(1, [(":path", "/")]),
    "8.1 :method": OPEN + headers(1, [(":method", "GET")]),
    "8.1 a second request": OPEN + request(1),
    "8.1 without END_STREAM": OPEN
    + headers(1, [("x-trailer", "a")], END_HEADERS),
    "8.1 without END_STREAM, after DATA": OPEN
    + data(1, b"x")
    + headers(1, [("x-trailer", "a")], END_HEADERS),
    "8.1 without END_STREAM, and DATA after them": OPEN
    + headers(1, [("x-trailer", "a")], END_HEADERS)
    + data(1, b"x", end=True),
    "8.2.1 an upper-case name": OPEN + headers(1, [("X-Trailer", "a")]),
    "8.2.1 a value with LF": OPEN + headers(1, [("x-trailer", "a\nb")]),
    "8.2.2 a field of connections": OPEN
    + headers(1, [("connection", "close")]),
}

MALFORMED = {
    **{name: request(1, pair) for name, pair in FIELD_NAMES.items()},
    **{name: request(1, pair) for name, pair in FIELD_VALUES.items()},
    **{name: request(1, pair) for name, pair in CONNECTION_FIELDS.items()},
    **PSEUDO,
    **{f"CONNECT {name}": sent for name, sent in CONNECT.items()},
    **LENGTHS,
    **{f"trailers {name}": sent for name, sent in TRAILERS.items()},
}

GOOD = {
    "8.1 trailers": OPEN + data(1, b"x") + headers(1, [("x-trailer", "a")]),
    "8.1 trailers and no content": OPEN + headers(1, [("x-trailer", "a")]),
    "8.1 empty trailers": OPEN + raw(HEADERS, 1, b"", WHOLE),
    "8.1 content that nobody asked for": OPEN + data(1, b"x" * 99, end=True),
    "8.1 empty content": OPEN + data(1, end=True),
    "8.1.1 content-length that is right": request(
        1, ("content-length", "5"), end=False
    )
    + data(1, b"12")
    + data(1, b"345", end=True),
    "8.1.1 content-length with trailers": request(
        1, ("content-length", "5"), end=False
    )
    + data(1, b"12345")
    + headers(1, [("x-trailer", "a")]),
    "8.1.1 content-length 0": request(1, ("content-length", "0")),
    "8.2.1 an empty value": request(1, ("x", "")),
    "8.2.1 a value with eight bits": request(1, ("x", b"\xe4")),
    "8.2.1 a value with a tab inside": request(1, ("x", "a\tb")),
    "8.2.1 a name of odd signs": request(1, ("!#$%&'*+-.^_`|~0a", "a")),
    "8.2.2 te: trailers": request(1, ("te", "trailers")),
    "8.2.3 a cookie": request(1, ("cookie", "a=b; c=d")),
    "8.2.3 cookies in many fields": request(
        1, ("cookie", "a=b"), ("cookie", "c=d"), ("cookie", "e=f")
    ),
    "8.3.1 a host that is the same": request(1, ("host", "localhost")),
    "8.3.1 a host in other letters": request(1, ("host", "LOCALHOST")),
    "8.3.1 only a host": request(1, ("host", "localhost"), authority=None),
    "8.3.1 an :authority in other letters": request(1, authority="LocalHost"),
    "8.3.1 an :authority with a port": request(1, authority="localhost:443"),
    "8.3.1 pseudo-header fields in another order": pseudo(
        PATH, AUTHORITY, SCHEME, METHOD
    ),
    "8.3.1 a :path with a query": request(1, path="/small.txt?a=b&c"),
    "8.3.1 a :path with escapes": request(1, path="/sm%61ll.txt"),
    "RFC 9218 priority": request(1, ("priority", "u=0")),
}


test_malformed = each(MALFORMED, malformed)
test_good = each(GOOD, answered())


def test_s8_1_1_a_malformed_request_is_no_harm_to_its_neighbours(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1), request(3, ("Bad", "a")), request(5))
        conn.expect_refusal(3)
        for number in (1, 5):
            conn.grant(number, 100)
            assert conn.expect_answer(number).body == TEXT


def test_s8_1_1_many_malformed_requests_are_each_refused(h2):
    with h2.connect() as conn:
        for _ in range(10):
            number = conn.fresh()
            conn.send(request(number, ("x", "a\nb")))
            conn.expect_refusal(number)


# Answers


@pytest.fixture(name="conn")
def fixture_conn(h2):
    """A connection."""
    with h2.connect() as conn:
        yield conn


def test_get(conn):
    conn.send(request(1))
    stream = conn.expect_answer(1)
    assert stream.body == TEXT
    assert stream.head["content-length"] == "13"
    assert stream.head["content-type"].startswith("text/plain")
    assert "date" in stream.head


def test_head(conn):
    conn.send(request(1, method="HEAD"))
    stream = conn.expect_answer(1)
    assert stream.body == b""
    assert stream.head["content-length"] == "13"


def test_a_file_that_is_empty(conn):
    conn.send(request(1, path="/empty"))
    stream = conn.expect_answer(1)
    assert stream.body == b""
    assert stream.head.get("content-length", "0") == "0"


def test_a_file_that_is_not_there(conn):
    conn.send(request(1, path="/nothing"))
    assert conn.expect_answer(1, 404).body
    conn.send(request(3, path="/nothing", method="HEAD"))
    assert conn.expect_answer(3, 404).body == b""
    conn.expect_alive()


def test_a_directory(conn):
    conn.send(request(1, path="/dir"), request(3, path="/dir/"))
    stream = conn.expect_answer(1, 301)
    assert stream.head["location"].endswith("/dir/")
    assert b"<title>dir</title>" in conn.expect_answer(3).body


def test_not_modified(conn):
    conn.send(request(1))
    tag = conn.expect_answer(1).head["etag"]
    conn.send(request(3, ("if-none-match", tag)))
    stream = conn.expect_answer(3, 304)
    assert stream.body == b""
    assert stream.head["etag"] == tag


def test_a_range(conn):
    conn.send(request(1, ("range", "bytes=2-6")))
    stream = conn.expect_answer(1, 206)
    assert stream.body == b"small"
    assert stream.head["content-range"] == "bytes 2-6/13"


def test_a_range_outside(conn):
    conn.send(request(1, ("range", "bytes=99-")))
    stream = conn.expect_answer(1, 416)
    assert stream.head["content-range"] == "bytes */13"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "X"])
def test_methods_that_are_not_allowed(conn, method):
    conn.send(request(1, method=method))
    stream = conn.expect_answer(1, 405)
    assert "GET" in stream.head["allow"]
    conn.expect_alive()


@pytest.fixture(name="logged")
def fixture_logged(duet, site, identity, ca):
    """The log of what a POST is answered with that goes wrong like that."""
    words = ["--cert", identity.chain_file, "--key", identity.key_file]

    def why(*frames, at_once=False):
        head = request(1, ("content-length", "150"), end=False, method="POST")
        with duet.serve(site, *words) as served:
            with Server(served, ca).connect() as conn:
                if at_once:
                    conn.send(head + b"".join(frames))
                else:
                    conn.send(head)
                    conn.expect_answer(1, 405)
                    conn.send(*frames)
                conn.expect_rst(1, Code.PROTOCOL_ERROR)
            entries = accesslog.parse(served.stop()[1])
        entry = next(e for e in entries if e.fields["method"] == "POST")
        assert entry.fields["cut_by"] == "peer"
        return entry.fields["why"]

    return why


SHORT = "the body is not as long as its Content-Length says (150 bytes, of "
LONG = "the body is longer than its Content-Length says (150 bytes, its DATA "
TRAILERS = headers(1, [("x-a", "b")])


@pytest.mark.parametrize("at_once", [False, True], ids=["later", "at once"])
@pytest.mark.parametrize(
    "frames, said",
    [
        ([data(1, end=True)], SHORT + "which 0 had come)"),
        ([data(1, bytes(100), end=True)], SHORT + "which 100 had come)"),
        ([data(1, bytes(100)), TRAILERS], SHORT + "which 100 had come)"),
        (
            [raw(DATA, 1, padded(bytes(100), 9), PADDED | END_STREAM)],
            SHORT + "which 100 had come)",
        ),
        ([data(1, bytes(200), end=True)], LONG + "at least 200)"),
        (
            [data(1, bytes(100)), data(1, bytes(51))],
            LONG + "at least 151)",
        ),
    ],
    ids=["none", "few", "trailers", "padded", "many", "more"],
)
def test_a_body_of_another_length_is_told_so(logged, frames, said, at_once):
    # At once, the reply is not there before the mistake.
    after = "" if at_once else "; it had been answered before"
    assert logged(*frames, at_once=at_once) == said + after


@pytest.mark.parametrize("at_once", [False, True], ids=["later", "at once"])
def test_another_mistake_is_not_told_as_one_of_length(logged, at_once):
    trailers = headers(1, [(":path", "/x")])
    assert logged(data(1, bytes(100)), trailers, at_once=at_once) == (
        "the peer broke HTTP/2 on this stream (PROTOCOL_ERROR)"
    )


def test_connect_is_refused(conn):
    conn.send(pseudo((":method", "CONNECT"), (":authority", "localhost:1")))
    stream = conn.stream(1)
    conn.read_until(lambda: stream.head or stream.reset is not None, "answer")
    if stream.head:
        assert stream.status in (400, 403, 405, 501), conn.told()
    else:
        assert stream.reset in (Code.CONNECT_ERROR, Code.REFUSED_STREAM)
    assert conn.settings.get(ENABLE_CONNECT_PROTOCOL, 0) == 0
    conn.expect_alive()


def test_options_of_the_server(conn):
    conn.send(request(1, method="OPTIONS", path="*"))
    stream = conn.stream(1)
    conn.read_until(lambda: stream.ended or stream.reset is not None, "answer")
    # Well formed (s8.3.1): it is answered, with what the site allows.
    assert stream.ended, conn.told()
    assert stream.status in (200, 204, 405), conn.told()
    conn.expect_alive()


def test_expect_gets_no_continue_before_a_refusal(conn):
    conn.send(
        request(1, ("expect", "100-continue"), ("content-length", "5"), **POST)
    )
    stream = conn.stream(1)
    conn.read_until(lambda: stream.ended, "answer")
    assert (stream.interim, stream.status) == ([], 405), conn.told()
    conn.expect_alive()


def test_expect_of_what_nobody_does_is_refused_or_ignored(conn):
    conn.send(request(1, ("expect", "miracles")))
    stream = conn.stream(1)
    conn.read_until(lambda: stream.ended, "answer")
    assert stream.status in (200, 417), conn.told()
    conn.expect_alive()


def test_another_host_is_answered_or_misdirected(conn):
    conn.send(request(1, authority="elsewhere.test"))
    stream = conn.stream(1)
    conn.read_until(lambda: stream.ended, "answer")
    assert stream.status in (200, 421), conn.told()
    conn.expect_alive()


def test_an_answer_before_the_request_has_ended(conn):
    conn.send(request(1, **POST), data(1, b"x" * 100))
    conn.read_until(lambda: conn.stream(1).ended, "answer")
    # s8.1: the rest may be refused without error, or be read.
    conn.send(data(1, b"x" * 100, end=True))
    conn.expect_alive()
    assert conn.stream(1).status == 405
    assert conn.stream(1).reset in (None, Code.NO_ERROR), conn.told()


def test_a_refused_upload_that_is_never_ended(conn):
    conn.send(request(1, **POST))
    stream = conn.stream(1)
    conn.read_until(lambda: stream.ended, "answer")
    conn.send(rst(1))
    conn.expect_alive()


def test_a_large_head(conn):
    more = [(f"x-{i}", "v" * 1000) for i in range(12)]
    conn.send(headers(1, fields(*more)))
    assert conn.expect_answer(1).body == TEXT


def test_a_head_of_too_many_fields_is_refused(conn):
    payload = block(fields(*[("x", "a")] * 2000))
    conn.send(raw(HEADERS, 1, payload, WHOLE))
    stream = conn.stream(1)
    while not stream.ended and stream.reset is None and conn.step():
        pass
    if stream.ended:
        assert stream.status in (400, 431), conn.told()
        conn.expect_alive()
    else:
        conn.expect_error(1, Code.ENHANCE_YOUR_CALM, Code.PROTOCOL_ERROR)


def test_the_log_says_http_2(h2):
    with h2.connect() as conn:
        conn.send(request(1, path="/small.txt?for-the-log"))
        conn.expect_answer(1)
    status, lines = h2.served.stop()
    assert status == 0
    lines = [line for line in lines if "for-the-log" in line]
    assert len(lines) == 1 and "HTTP/2" in lines[0], lines
