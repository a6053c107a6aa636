# SPDX-License-Identifier: MIT
"""RFC 9113 s6: every kind of frame, well and badly made.

WINDOW_UPDATE (s6.9) is in test_h2_flow.py.
"""

import contextlib
import struct

import pytest

from support.frames import (
    ACK,
    CONTINUATION,
    DATA,
    ENABLE_PUSH,
    END_HEADERS,
    END_STREAM,
    FRAME,
    GOAWAY,
    HEADER_TABLE_SIZE,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    MAX_HEADER_LIST_SIZE,
    PADDED,
    PING,
    PRIORITY,
    PRIORITY_UPDATE,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WHOLE,
    WITH_PRIORITY,
    Code,
    answered,
    block,
    connection_error,
    data,
    each,
    either_error,
    fields,
    goaway,
    ignored,
    padded,
    priority_fields,
    raw,
    request,
    rst,
    settings,
    window_update,
)

GET = block(fields())
PROTOCOL = connection_error(Code.PROTOCOL_ERROR)
WRONG_SIZE = connection_error(Code.FRAME_SIZE_ERROR)
OPEN = request(1, end=False)

DATA_CASES = {
    "6.1 on no stream": (data(0, b"x"), PROTOCOL),
    "6.1 padded": (
        OPEN + raw(DATA, 1, padded(b"x", 9), PADDED | END_STREAM),
        answered(),
    ),
    "6.1 padded with the most": (
        OPEN + raw(DATA, 1, padded(b"x", 255), PADDED | END_STREAM),
        answered(),
    ),
    "6.1 padded with nothing": (
        OPEN + raw(DATA, 1, padded(b"x", 0), PADDED | END_STREAM),
        answered(),
    ),
    "6.1 nothing but padding": (
        OPEN + raw(DATA, 1, padded(b"", 9), PADDED | END_STREAM),
        answered(),
    ),
    "6.1 padding as long as the frame": (
        OPEN + raw(DATA, 1, padded(b"x", 0, claimed=2), PADDED | END_STREAM),
        PROTOCOL,
    ),
    "6.1 padding longer than the frame": (
        OPEN + raw(DATA, 1, padded(b"x", 3, claimed=255), PADDED),
        PROTOCOL,
    ),
}

HEADERS_CASES = {
    "6.2 on no stream": (raw(HEADERS, 0, GET, WHOLE), PROTOCOL),
    "6.2 padded": (
        raw(HEADERS, 1, padded(GET, 9), WHOLE | PADDED),
        answered(),
    ),
    "6.2 padded with the most": (
        raw(HEADERS, 1, padded(GET, 255), WHOLE | PADDED),
        answered(),
    ),
    "6.2 padding longer than the frame": (
        raw(HEADERS, 1, padded(GET, 0, claimed=255), WHOLE | PADDED),
        PROTOCOL,
    ),
    "6.2 padding as long as the frame": (
        raw(HEADERS, 1, b"\x01", WHOLE | PADDED),
        PROTOCOL,
    ),
    "6.2 with priority": (
        raw(HEADERS, 1, priority_fields() + GET, WHOLE | WITH_PRIORITY),
        answered(),
    ),
    "6.2 padded, with priority": (
        raw(
            HEADERS,
            1,
            padded(priority_fields() + GET, 5),
            WHOLE | PADDED | WITH_PRIORITY,
        ),
        answered(),
    ),
    "6.2 padding that eats the priority": (
        raw(
            HEADERS,
            1,
            padded(priority_fields(), 0, claimed=2),
            WHOLE | PADDED | WITH_PRIORITY,
        ),
        connection_error(Code.PROTOCOL_ERROR, Code.FRAME_SIZE_ERROR),
    ),
}

FIVE = either_error(Code.FRAME_SIZE_ERROR)
PRIORITY_CASES = {
    "6.3 on no stream": (raw(PRIORITY, 0, bytes(5)), PROTOCOL),
    "6.3 four octets": (raw(PRIORITY, 1, bytes(4)), FIVE),
    "6.3 six octets": (raw(PRIORITY, 1, bytes(6)), FIVE),
    "6.3 none": (raw(PRIORITY, 1), FIVE),
    "6.3 while the stream is open": (
        OPEN + raw(PRIORITY, 1, priority_fields()) + data(1, end=True),
        answered(),
    ),
}

RST_CASES = {
    "6.4 on no stream": (rst(0), PROTOCOL),
    "6.4 on an idle stream": (rst(5), PROTOCOL),
    "6.4 three octets": (OPEN + raw(RST_STREAM, 1, bytes(3)), WRONG_SIZE),
    "6.4 five octets": (OPEN + raw(RST_STREAM, 1, bytes(5)), WRONG_SIZE),
    "6.4 none": (OPEN + raw(RST_STREAM, 1), WRONG_SIZE),
    "6.4 of a stream that is open": (OPEN + rst(1), ignored),
    "6.4 with an unknown code": (OPEN + rst(1, 0xDEADBEEF), ignored),
}

LARGEST = 0xFFFFFFFF
SETTINGS_CASES = {
    "6.5 on a stream": (raw(SETTINGS, 1), PROTOCOL),
    "6.5 an acknowledgement on a stream": (
        raw(SETTINGS, 1, flags=ACK),
        PROTOCOL,
    ),
    "6.5 an acknowledgement with a setting": (
        raw(SETTINGS, 0, bytes(6), ACK),
        WRONG_SIZE,
    ),
    "6.5 an acknowledgement with an octet": (
        raw(SETTINGS, 0, bytes(1), ACK),
        WRONG_SIZE,
    ),
    "6.5 five octets": (raw(SETTINGS, 0, bytes(5)), WRONG_SIZE),
    "6.5 seven octets": (raw(SETTINGS, 0, bytes(7)), WRONG_SIZE),
    "6.5.2 push: 2": (settings((ENABLE_PUSH, 2)), PROTOCOL),
    "6.5.2 push: the largest": (settings((ENABLE_PUSH, LARGEST)), PROTOCOL),
    "6.5.2 window: 2^31": (
        settings((INITIAL_WINDOW_SIZE, 1 << 31)),
        connection_error(Code.FLOW_CONTROL_ERROR),
    ),
    "6.5.2 window: the largest": (
        settings((INITIAL_WINDOW_SIZE, LARGEST)),
        connection_error(Code.FLOW_CONTROL_ERROR),
    ),
    "6.5.2 frames: too small": (
        settings((MAX_FRAME_SIZE, FRAME - 1)),
        PROTOCOL,
    ),
    "6.5.2 frames: 0": (settings((MAX_FRAME_SIZE, 0)), PROTOCOL),
    "6.5.2 frames: too large": (
        settings((MAX_FRAME_SIZE, 1 << 24)),
        PROTOCOL,
    ),
}

# Each is acknowledged, and requests are answered as before.
GOOD_SETTINGS = {
    "6.5.2 table: 0": [(HEADER_TABLE_SIZE, 0)],
    "6.5.2 table: the largest": [(HEADER_TABLE_SIZE, LARGEST)],
    "6.5.2 push: 0": [(ENABLE_PUSH, 0)],
    "6.5.2 push: 1": [(ENABLE_PUSH, 1)],
    "6.5.2 streams: 0": [(MAX_CONCURRENT_STREAMS, 0)],
    "6.5.2 streams: the largest": [(MAX_CONCURRENT_STREAMS, LARGEST)],
    "6.5.2 window: the largest": [(INITIAL_WINDOW_SIZE, (1 << 31) - 1)],
    "6.5.2 frames: the smallest": [(MAX_FRAME_SIZE, FRAME)],
    "6.5.2 frames: the largest": [(MAX_FRAME_SIZE, (1 << 24) - 1)],
    "6.5.2 heads: the largest": [(MAX_HEADER_LIST_SIZE, LARGEST)],
    "6.5.2 an unknown one": [(0xBABA, 1)],
    "6.5.2 number 0": [(0, 1)],
    "6.5.2 number 65535": [(0xFFFF, LARGEST)],
    "6.5 none": [],
    "6.5 the same twice": [(HEADER_TABLE_SIZE, 0), (HEADER_TABLE_SIZE, 4096)],
    "6.5 many in a frame": [(0xBA00 + i, i) for i in range(30)],
}

PUSH_CASES = {
    "6.6 on a stream that is open": (
        OPEN + raw(PUSH_PROMISE, 1, b"\0\0\0\2" + GET, END_HEADERS),
        PROTOCOL,
    ),
    "6.6 on an idle stream": (
        raw(PUSH_PROMISE, 1, b"\0\0\0\2" + GET, END_HEADERS),
        PROTOCOL,
    ),
    "6.6 on no stream": (
        raw(PUSH_PROMISE, 0, b"\0\0\0\2" + GET, END_HEADERS),
        PROTOCOL,
    ),
    "6.6 too small": (
        OPEN + raw(PUSH_PROMISE, 1, bytes(3), END_HEADERS),
        connection_error(Code.PROTOCOL_ERROR, Code.FRAME_SIZE_ERROR),
    ),
}

PING_CASES = {
    "6.7 on a stream": (raw(PING, 1, bytes(8)), PROTOCOL),
    "6.7 an answer on a stream": (raw(PING, 1, bytes(8), ACK), PROTOCOL),
    "6.7 seven octets": (raw(PING, 0, bytes(7)), WRONG_SIZE),
    "6.7 nine octets": (raw(PING, 0, bytes(9)), WRONG_SIZE),
    "6.7 none": (raw(PING, 0), WRONG_SIZE),
}

GOAWAY_CASES = {
    "6.8 on a stream": (goaway(stream=1), PROTOCOL),
    "6.8 seven octets": (raw(GOAWAY, 0, bytes(7)), WRONG_SIZE),
}

CONTINUATION_CASES = {
    "6.10 on no stream": (
        raw(HEADERS, 1, GET[:3], END_STREAM)
        + raw(CONTINUATION, 0, GET[3:], END_HEADERS),
        PROTOCOL,
    ),
    "6.10 after a block that has ended": (
        request(1, end=False) + raw(CONTINUATION, 1, b"", END_HEADERS),
        PROTOCOL,
    ),
    "6.10 after a CONTINUATION that has ended it": (
        raw(HEADERS, 1, GET[:3])
        + raw(CONTINUATION, 1, GET[3:], END_HEADERS)
        + raw(CONTINUATION, 1, b"", END_HEADERS),
        PROTOCOL,
    ),
    "6.10 after DATA": (
        request(1, end=False)
        + data(1)
        + raw(CONTINUATION, 1, b"", END_HEADERS),
        PROTOCOL,
    ),
    "6.10 first on a connection": (
        raw(CONTINUATION, 1, GET, END_HEADERS),
        PROTOCOL,
    ),
    "6.10 one": (
        raw(HEADERS, 1, GET[:3], END_STREAM)
        + raw(CONTINUATION, 1, GET[3:], END_HEADERS),
        answered(),
    ),
    "6.10 three, one of them empty": (
        raw(HEADERS, 1, GET[:3], END_STREAM)
        + raw(CONTINUATION, 1, GET[3:5])
        + raw(CONTINUATION, 1)
        + raw(CONTINUATION, 1, GET[5:], END_HEADERS),
        answered(),
    ),
    "6.10 DATA after it": (
        raw(HEADERS, 1, GET[:3])
        + raw(CONTINUATION, 1, GET[3:], END_HEADERS)
        + data(1, b"x", end=True),
        answered(),
    ),
}


def priority_update(number, value=b"u=1", stream=0):
    """RFC 9218 s7.1."""
    return raw(PRIORITY_UPDATE, stream, struct.pack(">I", number) + value)


def taken_or(*codes):
    """s5.5: a server that does not know the frame leaves it aside; RFC 9218
    s7.1: one that does finds fault with it."""

    def check(conn):
        conn.send(request(7, method="HEAD"))
        stream = conn.stream(7)
        while not stream.ended and conn.step():
            pass
        if stream.ended:
            conn.expect_alive()
        else:
            conn.expect_goaway(*codes)

    return check


EXTENSIONS = {
    "RFC 9218 PRIORITY_UPDATE of a stream": (
        request(1) + priority_update(1),
        answered(),
    ),
    "RFC 9218 PRIORITY_UPDATE before its request": (
        priority_update(1, b"u=0, i") + request(1),
        answered(),
    ),
    "RFC 9218 PRIORITY_UPDATE of no value": (
        priority_update(1, b"") + request(1),
        answered(),
    ),
    "RFC 9218 PRIORITY_UPDATE that says nonsense": (
        priority_update(1, b"\xff=;;\0") + request(1),
        taken_or(Code.PROTOCOL_ERROR),
    ),
    "RFC 9218 PRIORITY_UPDATE on a stream": (
        priority_update(1, stream=1),
        taken_or(Code.PROTOCOL_ERROR),
    ),
    "RFC 9218 PRIORITY_UPDATE of stream 0": (
        priority_update(0),
        taken_or(Code.PROTOCOL_ERROR),
    ),
    "RFC 9218 PRIORITY_UPDATE of three octets": (
        raw(PRIORITY_UPDATE, 0, bytes(3)),
        taken_or(Code.FRAME_SIZE_ERROR, Code.PROTOCOL_ERROR),
    ),
    "RFC 9218 the field": (request(1, ("priority", "u=5, i")), answered()),
    "RFC 9218 the field says nonsense": (
        request(1, ("priority", "u=99;;,=")),
        answered(),
    ),
    "RFC 7838 ALTSVC": (raw(0x0A, 0, b"\0\0x"), ignored),
    "RFC 8336 ORIGIN": (raw(0x0C, 0, b"\0\x01x"), ignored),
}

CASES = {
    f"{kind} {name}": case
    for kind, table in {
        "DATA": DATA_CASES,
        "HEADERS": HEADERS_CASES,
        "PRIORITY": PRIORITY_CASES,
        "RST_STREAM": RST_CASES,
        "SETTINGS": SETTINGS_CASES,
        "PUSH_PROMISE": PUSH_CASES,
        "PING": PING_CASES,
        "GOAWAY": GOAWAY_CASES,
        "CONTINUATION": CONTINUATION_CASES,
    }.items()
    for name, case in table.items()
}


test_frame = each(CASES)
test_extension = each(EXTENSIONS)


@pytest.mark.parametrize("name", GOOD_SETTINGS)
def test_settings_are_acknowledged(h2, name):
    pairs = GOOD_SETTINGS[name]
    with h2.connect() as conn:
        conn.decoder.max_allowed_table_size = LARGEST
        conn.largest = dict(pairs).get(MAX_FRAME_SIZE, FRAME)
        conn.changes.append(([], 0))
        conn.send(settings(*pairs))
        conn.read_until(lambda: conn.acks == 2, "SETTINGS with ACK")
        conn.send(request(1))
        conn.stream(1).window = dict(pairs).get(INITIAL_WINDOW_SIZE, 65535)
        conn.expect_answer(1)
        conn.expect_alive()


def test_s6_5_3_every_frame_of_settings_is_acknowledged(h2):
    with h2.connect() as conn:
        conn.send(*(conn.setting(initial_window_size=i) for i in range(20)))
        conn.read_until(lambda: conn.acks == 21, "SETTINGS with ACK")
        conn.round_trip()
        assert conn.acks == 21, conn.told()


def test_s6_5_3_the_last_value_holds(h2):
    with h2.connect() as conn:
        conn.initial = 3
        conn.changes.append(([], 0))
        conn.send(
            settings((INITIAL_WINDOW_SIZE, 9), (INITIAL_WINDOW_SIZE, 3)),
            request(1),
        )
        stream = conn.stream(1)
        conn.read_until(lambda: len(stream.body) == 3, "DATA")
        conn.round_trip()
        assert len(stream.body) == 3, conn.told()


def test_s6_5_an_acknowledgement_nobody_waits_for_is_not_answered(h2):
    with h2.connect() as conn:
        conn.send(raw(SETTINGS, 0, flags=ACK))
        # RFC 9113 does not say whether it is an error.
        taken_or(Code.PROTOCOL_ERROR)(conn)
        assert conn.acks == 1


def test_s6_6_the_server_does_not_push(h2):
    # receive() refuses PUSH_PROMISE, whatever ENABLE_PUSH is.
    with h2.connect(enable_push=1) as conn:
        conn.send(request(1, path="/"))
        conn.expect_answer(1)


def test_s6_7_a_ping_comes_back_as_it_was(h2):
    with h2.connect() as conn:
        for word in (b"01234567", bytes(8), b"\xff" * 8):
            conn.send(raw(PING, 0, word))
            conn.read_until(lambda: conn.pongs, "PING with ACK")
            assert conn.pongs.pop() == word


def test_s6_7_pings_come_back_in_order(h2):
    with h2.connect() as conn:
        words = [b"word %03d" % i for i in range(10)]
        conn.send(*(raw(PING, 0, word) for word in words))
        conn.read_until(lambda: len(conn.pongs) == 10, "PING with ACK")
        assert conn.pongs == words


def test_s6_7_an_answer_is_not_answered(h2):
    with h2.connect() as conn:
        conn.send(raw(PING, 0, b"not ours", ACK))
        conn.expect_nothing()
        conn.round_trip()
        assert b"not ours" not in conn.pongs, conn.told()


def test_s6_7_a_ping_passes_a_waiting_answer(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1))
        conn.expect_head(1)
        conn.round_trip()
        assert not conn.stream(1).body


def test_s6_4_a_reset_in_the_middle_of_an_answer(h2):
    with h2.connect() as conn:
        conn.send(request(1, path="/big.bin"))
        conn.read_until(lambda: conn.stream(1).body, "DATA")
        conn.send(rst(1))
        conn.round_trip()
        had = len(conn.stream(1).body)
        conn.send(window_update(1, 1000))
        conn.round_trip()
        assert len(conn.stream(1).body) == had, conn.told()
        conn.expect_alive()


def test_s6_8_what_runs_is_finished_after_the_clients_goaway(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1))
        conn.expect_head(1)
        conn.send(goaway())
        conn.grant(1, 100)
        assert conn.expect_answer(1).body == b"a small file\n"


def test_s6_8_after_goaway_and_the_last_answer_the_server_may_go(h2):
    with h2.connect() as conn:
        conn.send(request(1), goaway(debug=b"bye"))
        assert conn.expect_answer(1).body == b"a small file\n"
        # It may wait for us as well; it says no more but that it goes.
        with contextlib.suppress(OSError):  # it may have gone before
            conn.wire.close_notify()
            conn.wire.fin()
        conn.read_to_end()
        codes = {frame.error_code for frame in conn.goaways}
        assert codes <= {Code.NO_ERROR}, conn.told()


def test_s6_8_the_clients_goaway_with_an_error_is_taken(h2):
    with h2.connect() as conn:
        conn.send(goaway(code=Code.INTERNAL_ERROR, debug=b"x" * 1000))
        conn.send(raw(PING, 0, b"are you?"))
        # It answers or it goes; it does not complain.
        while not conn.pongs and conn.step():
            pass
        codes = {frame.error_code for frame in conn.goaways}
        assert codes <= {Code.NO_ERROR}, conn.told()


def test_s6_8_the_server_says_goaway_when_it_stops(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1))
        conn.expect_head(1)
        h2.served.process.terminate()
        conn.read_until(lambda: conn.goaways, "GOAWAY")
        # What runs is finished.
        conn.grant(1, 100)
        assert conn.expect_answer(1).body == b"a small file\n"
        conn.expect_goaway(Code.NO_ERROR)
        assert conn.goaways[-1].last_stream_id >= 1
