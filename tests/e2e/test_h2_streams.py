# SPDX-License-Identifier: MIT
"""RFC 9113 s5: the states of streams, their numbers, priorities, errors."""

import pytest

from support.frames import (
    CONTINUATION,
    END_HEADERS,
    HEADERS,
    MAX_CONCURRENT_STREAMS,
    UNKNOWN,
    WHOLE,
    WITH_PRIORITY,
    Code,
    answered,
    block,
    connection_error,
    data,
    each,
    fields,
    headers,
    ignored,
    priority,
    priority_fields,
    raw,
    request,
    rst,
    window_update,
)

GET = block(fields())
TRAILERS = headers(1, [("x-trailer", "a")])
PROTOCOL = connection_error(Code.PROTOCOL_ERROR)

IDLE = {
    "5.1 idle: DATA": (data(1, b"x"), PROTOCOL),
    "5.1 idle: DATA that ends it": (data(1, end=True), PROTOCOL),
    "5.1 idle: RST_STREAM": (rst(1), PROTOCOL),
    "5.1 idle: WINDOW_UPDATE": (window_update(1, 1), PROTOCOL),
    "5.1 idle: CONTINUATION": (
        raw(CONTINUATION, 1, GET, END_HEADERS),
        PROTOCOL,
    ),
    "5.1 idle: above the last one": (request(1) + data(3, b"x"), PROTOCOL),
    "5.1 idle: one of the server's, DATA": (data(2, b"x"), PROTOCOL),
    "5.1 idle: one of the server's, RST_STREAM": (rst(2), PROTOCOL),
    "5.1 idle: one of the server's, WINDOW_UPDATE": (
        window_update(2, 1),
        PROTOCOL,
    ),
    "5.1 idle: PRIORITY": (priority(1), ignored),
    "5.1 idle: PRIORITY, then the request": (
        priority(1) + request(1),
        answered(),
    ),
    "5.5 idle: an unknown kind": (raw(UNKNOWN, 1, b"x"), ignored),
}

NUMBERS = {
    "5.1.1 an even number": (request(2), PROTOCOL),
    "5.1.1 an even number after an odd one": (
        request(1) + request(4),
        PROTOCOL,
    ),
    "5.1.1 the largest number": (
        # Nothing can follow it.
        request((1 << 31) - 1),
        lambda conn: conn.expect_answer((1 << 31) - 1),
    ),
    "5.1.1 numbers may be left out": (
        request(1) + request(101) + request(103),
        answered(stream=103),
    ),
    "5.1.1 PRIORITY opens nothing": (
        priority(99) + request(1),
        answered(),
    ),
}

# What a stream may still get when its request has ended (s5.1).
HALF_CLOSED = {
    "5.1 half-closed: WINDOW_UPDATE": window_update(1, 100),
    "5.1 half-closed: PRIORITY": priority(1),
    "5.5 half-closed: an unknown kind": raw(UNKNOWN, 1, b"x"),
}

TOO_LATE = {
    "5.1 half-closed: DATA": data(1, b"x"),
    "5.1 half-closed: empty DATA": data(1),
    "5.1 half-closed: DATA that ends it again": data(1, b"x", end=True),
    "5.1 half-closed: trailers": TRAILERS,
    "5.1 half-closed: another request": request(1),
}

AFTER_CLOSE = {
    "5.1 closed: DATA": data(1, b"x"),
    "5.1 closed: HEADERS": request(1),
    "5.1 closed: trailers": TRAILERS,
}

ALLOWED_AFTER_CLOSE = {
    "5.1 closed: PRIORITY": priority(1),
    "5.1 closed: WINDOW_UPDATE": window_update(1, 1),
    "5.1 closed: RST_STREAM": rst(1),
    "5.5 closed: an unknown kind": raw(UNKNOWN, 1, b"x"),
}

PRIORITIES = {
    "5.3.1 on itself": (priority(1, on=1) + request(1), answered()),
    "5.3.1 on one that does not exist": (
        priority(1, on=777) + request(1),
        answered(),
    ),
    "5.3.1 in a circle": (
        priority(1, on=3) + priority(3, on=1) + request(1),
        answered(),
    ),
    "5.3.1 exclusive on the root": (
        priority(1, exclusive=True, weight=255) + request(1),
        answered(),
    ),
    "5.3.1 of an even stream": (priority(2) + request(1), answered()),
    "5.3.1 of the largest stream": (
        priority((1 << 31) - 1, on=1) + request(1),
        answered(),
    ),
    "5.3.1 in HEADERS": (
        raw(HEADERS, 1, priority_fields(on=0) + GET, WHOLE | WITH_PRIORITY),
        answered(),
    ),
}


test_idle_streams = each(IDLE)
test_numbers_of_streams = each(NUMBERS)
# RFC 9113 has no rule left about them but the form of the frame.
test_priorities_change_no_answer = each(PRIORITIES)


def half_closed(conn):
    """A request that has ended and whose answer has not: no window."""
    conn.send(request(1))
    conn.expect_head(1)
    assert not conn.stream(1).ended


@pytest.mark.parametrize("name", HALF_CLOSED)
def test_half_closed_streams_take(h2, name):
    with h2.connect(initial_window_size=0) as conn:
        half_closed(conn)
        conn.send(HALF_CLOSED[name])
        conn.stream(1).window += 100 if "WINDOW" in name else 0
        conn.expect_nothing()
        conn.grant(1, 100)
        assert conn.expect_answer(1).body == b"a small file\n"


@pytest.mark.parametrize("name", TOO_LATE)
def test_half_closed_streams_refuse(h2, name):
    with h2.connect(initial_window_size=0) as conn:
        half_closed(conn)
        conn.send(TOO_LATE[name])
        conn.expect_error(1, Code.STREAM_CLOSED)


def test_s5_1_half_closed_rst_stream_ends_the_answer(h2):
    with h2.connect(initial_window_size=0) as conn:
        half_closed(conn)
        conn.send(rst(1), window_update(1, 100))
        conn.expect_alive()
        assert not conn.stream(1).body, conn.told()


@pytest.mark.parametrize("how", ["answered", "reset by us", "both"])
@pytest.mark.parametrize("name", AFTER_CLOSE)
def test_closed_streams_refuse_or_ignore(h2, name, how):
    with h2.connect() as conn:
        conn.send(request(1))
        conn.expect_answer(1)
        if how != "answered":
            conn.send(rst(1))
        if how == "reset by us":
            conn.expect_alive()
        conn.send(AFTER_CLOSE[name])
        # s5.1: STREAM_CLOSED of either kind, or ignored; s5.1.1 for HEADERS.
        number = conn.fresh()
        conn.send(request(number, method="HEAD"))
        stream = conn.stream(number)
        while not stream.ended and conn.step():
            pass
        if stream.ended:
            assert conn.stream(1).reset in (None, Code.STREAM_CLOSED)
            assert len(conn.stream(1).heads) == 1, conn.told()
            conn.expect_alive()
        else:
            conn.expect_goaway(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)


@pytest.mark.parametrize("name", ALLOWED_AFTER_CLOSE)
def test_closed_streams_take(h2, name):
    with h2.connect() as conn:
        conn.send(request(1))
        conn.expect_answer(1)
        conn.send(ALLOWED_AFTER_CLOSE[name])
        conn.expect_nothing()


def test_s5_1_what_follows_a_reset_of_the_server_is_ignored(h2):
    # What was under way when the server gave the stream up.
    with h2.connect() as conn:
        conn.send(
            request(1, ("X-Upper", "a"), end=False),
            data(1, b"x"),
            data(1, b"x", end=True),
        )
        conn.expect_refusal(1)


# The fields are ignored today (RFC 9113 s5.3.2), and were an error before
# (RFC 7540 s5.3.1): nghttp2, which has the frames, still holds to that.
@pytest.mark.xfail(strict=True, reason="nghttp2 1.52: PROTOCOL_ERROR")
def test_s5_3_2_a_dependency_on_itself_in_headers_is_ignored(h2):
    with h2.connect() as conn:
        conn.send(
            raw(HEADERS, 1, priority_fields(on=1) + GET, WHOLE | WITH_PRIORITY)
        )
        conn.expect_answer(1)


# It is never answered; but the connection goes on where it is to end.
@pytest.mark.xfail(strict=True, reason="nghttp2 1.52 ignores such HEADERS")
@pytest.mark.parametrize("first", [5, 101])
def test_s5_1_1_a_number_below_the_last_is_never_answered(h2, first):
    with h2.connect() as conn:
        conn.send(request(first))
        conn.expect_answer(first)
        conn.send(request(3))
        conn.expect_goaway_soon(Code.PROTOCOL_ERROR, Code.STREAM_CLOSED)
        assert not conn.stream(3).heads, conn.told()


def test_s5_1_1_the_same_number_is_never_answered_twice(h2):
    with h2.connect() as conn:
        conn.send(request(1), request(1, path="/index.html"))
        while not conn.goaways and not conn.stream(1).ended and conn.step():
            pass
        assert len(conn.stream(1).heads) <= 1, conn.told()


def fill(conn):
    """As many streams as the server takes, all waiting for a window."""
    most = conn.settings[MAX_CONCURRENT_STREAMS]
    assert 100 <= most <= 1000  # s6.5.2 wants 100 of it
    streams = range(1, 2 * most, 2)
    conn.send(*(request(number) for number in streams))
    for number in streams:
        conn.expect_head(number)
    return 2 * most + 1


def test_s5_1_2_a_stream_too_many_is_refused(h2):
    with h2.connect(initial_window_size=0) as conn:
        more = fill(conn)
        conn.send(request(more))
        stream = conn.stream(more)
        while stream.reset is None and conn.step():
            pass
        codes = (Code.REFUSED_STREAM, Code.PROTOCOL_ERROR)
        if stream.reset is None:
            conn.expect_goaway(*codes)  # as s5.4.1 allows
        else:
            assert stream.reset in codes, conn.told()
            conn.grant(1, 100)
            conn.expect_answer(1)
        assert not stream.heads, conn.told()


def test_s5_1_2_room_for_one_is_room_for_one(h2):
    with h2.connect(initial_window_size=0) as conn:
        more = fill(conn)
        conn.grant(1, 100)
        conn.expect_answer(1)
        conn.send(rst(3))
        for number in (more, more + 2):
            conn.send(request(number))
            conn.expect_head(number)
        conn.grant(more, 100)
        assert conn.expect_answer(more).body == b"a small file\n"


def test_s5_1_2_a_hundred_at_once(h2):
    with h2.connect() as conn:
        streams = range(1, 200, 2)
        conn.send(*(request(number) for number in streams))
        for number in streams:
            assert conn.expect_answer(number).body == b"a small file\n"


def test_s5_1_2_a_thousand_one_after_the_other(h2):
    with h2.connect() as conn:
        for number in range(1, 2000, 2):
            conn.send(request(number, method="HEAD"))
            conn.expect_answer(number)


def test_s5_a_slow_stream_holds_no_other_up(h2):
    with h2.connect(initial_window_size=1000) as conn:
        conn.send(request(1, path="/big.bin"))
        conn.read_until(lambda: len(conn.stream(1).body) == 1000, "DATA")
        for number in range(3, 43, 2):
            conn.send(request(number))
            assert conn.expect_answer(number).body == b"a small file\n"
        assert len(conn.stream(1).body) == 1000, conn.told()


def test_s5_large_answers_take_turns(h2):
    with h2.connect(initial_window_size=4 << 20) as conn:
        conn.send(request(1, path="/big.bin"), request(3, path="/big.bin"))
        conn.grant(0, 8 << 20)
        conn.expect_answer(1)
        conn.expect_answer(3)
        assert conn.stream(1).body == conn.stream(3).body


def test_s5_4_2_a_stream_error_leaves_the_others_alone(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1), request(3), headers(5, [(":method", "GET")]))
        conn.expect_head(1)
        conn.expect_refusal(5)
        conn.grant(1, 100)
        conn.grant(3, 100)
        assert conn.expect_answer(1).body == b"a small file\n"
        assert conn.expect_answer(3).body == b"a small file\n"


def test_s5_4_2_no_reset_answers_a_reset(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1), rst(1), rst(1, Code.NO_ERROR))
        conn.expect_nothing()
        conn.round_trip()
        assert conn.stream(1).reset is None, conn.told()


def test_s5_4_1_the_last_stream_is_told(h2):
    with h2.connect() as conn:
        conn.send(request(7))
        conn.expect_answer(7)
        conn.send(data(0, b"x"))
        conn.expect_goaway(Code.PROTOCOL_ERROR)
        assert conn.goaways[-1].last_stream_id == 7, conn.told()


def test_s5_4_1_a_connection_error_is_reported_once(h2):
    with h2.connect() as conn:
        conn.send(data(0, b"x"), data(0, b"x"), window_update(0, 0))
        conn.expect_goaway(Code.PROTOCOL_ERROR)
        assert len(conn.goaways) == 1, conn.told()
