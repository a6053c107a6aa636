# SPDX-License-Identifier: MIT
"""RFC 9113 s5.2, s6.9: flow control, of both directions.

That no DATA exceeds a window, Connection.on_data() checks for every frame of
every test; here are the windows at which a server could be wrong about it.
"""

import pytest

from support.frames import (
    DATA,
    END_STREAM,
    FRAME,
    INITIAL_WINDOW_SIZE,
    LARGEST_WINDOW,
    PADDED,
    WINDOW,
    WINDOW_UPDATE,
    Code,
    answered,
    connection_error,
    data,
    each,
    either_error,
    ignored,
    padded,
    raw,
    request,
    window_update,
)

BIG = 3 * 1024 * 1024 + 17
WRONG_SIZE = connection_error(Code.FRAME_SIZE_ERROR)
OPEN = request(1, end=False, method="POST")

UPDATES = {
    "6.9 of nothing, connection": (
        window_update(0, 0),
        connection_error(Code.PROTOCOL_ERROR),
    ),
    "6.9 reserved bit is no increment": (
        window_update(0, 1 << 31),
        connection_error(Code.PROTOCOL_ERROR),
    ),
    "6.9 reserved bit is not looked at": (
        window_update(0, 1 << 31 | 1),
        ignored,
    ),
    "6.9 three octets": (raw(WINDOW_UPDATE, 0, bytes(3)), WRONG_SIZE),
    "6.9 five octets": (raw(WINDOW_UPDATE, 0, bytes(5)), WRONG_SIZE),
    "6.9 none": (raw(WINDOW_UPDATE, 0), WRONG_SIZE),
    "6.9 three octets, of a stream": (
        OPEN + raw(WINDOW_UPDATE, 1, bytes(3)),
        WRONG_SIZE,
    ),
    "6.9.1 connection past the largest": (
        window_update(0, LARGEST_WINDOW),
        connection_error(Code.FLOW_CONTROL_ERROR),
    ),
    "6.9.1 connection past the largest by one, in two": (
        window_update(0, LARGEST_WINDOW - WINDOW) + window_update(0, 1),
        connection_error(Code.FLOW_CONTROL_ERROR),
    ),
    "6.9.1 connection up to the largest": (
        window_update(0, LARGEST_WINDOW - WINDOW),
        ignored,
    ),
}


test_window_update = each(UPDATES)


# Their answers wait for a window, so that the stream is there.
STREAM_UPDATES = {
    "6.9 of nothing": (
        window_update(1, 0),
        either_error(Code.PROTOCOL_ERROR),
    ),
    "6.9.1 past the largest": (
        window_update(1, LARGEST_WINDOW) + window_update(1, 1),
        either_error(Code.FLOW_CONTROL_ERROR),
    ),
}


@pytest.mark.parametrize("name", STREAM_UPDATES)
def test_window_update_of_a_stream(h2, name):
    sent, check = STREAM_UPDATES[name]
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1, path="/big.bin"))
        conn.expect_head(1)
        conn.grant(0, LARGEST_WINDOW - WINDOW)
        conn.stream(1).window += LARGEST_WINDOW
        conn.window += BIG
        conn.send(sent)
        check(conn)


def test_s6_9_1_a_stream_past_the_largest_in_one(h2):
    with h2.connect() as conn:
        conn.send(request(1, path="/big.bin"))
        conn.read_until(lambda: len(conn.stream(1).body) == WINDOW, "DATA")
        # The connection has no window: nothing more comes before this.
        conn.send(window_update(1, LARGEST_WINDOW), window_update(1, 1))
        conn.expect_error(1, Code.FLOW_CONTROL_ERROR)


def test_s6_9_1_nothing_past_the_window_of_a_stream(h2):
    with h2.connect(initial_window_size=10) as conn:
        conn.send(request(1, path="/big.bin"))
        conn.read_until(lambda: len(conn.stream(1).body) == 10, "DATA")
        conn.round_trip()
        assert len(conn.stream(1).body) == 10, conn.told()


def test_s6_9_1_nothing_past_the_window_of_the_connection(h2):
    with h2.connect(initial_window_size=1 << 20) as conn:
        conn.send(request(1, path="/big.bin"))
        conn.read_until(lambda: len(conn.stream(1).body) == WINDOW, "DATA")
        conn.round_trip()
        assert len(conn.stream(1).body) == WINDOW, conn.told()
        conn.grant(0, 1)
        conn.read_until(lambda: len(conn.stream(1).body) > WINDOW, "DATA")
        conn.round_trip()
        assert len(conn.stream(1).body) == WINDOW + 1, conn.told()


def test_s6_9_1_streams_share_the_window_of_the_connection(h2):
    with h2.connect() as conn:
        streams = [conn.stream(number) for number in (1, 3, 5)]
        conn.send(*(request(n, path="/big.bin") for n in (1, 3, 5)))
        for more in (0, 1000, 100000):
            if more:
                conn.grant(0, more)
            for number in (1, 3, 5):
                conn.grant(number, more or 1)
            conn.read_until(lambda: conn.window == 0, "DATA")
        total = sum(len(stream.body) for stream in streams)
        conn.round_trip()
        assert total == WINDOW + 101000, conn.told()


def test_s6_9_1_one_octet_at_a_time(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1))
        stream = conn.expect_head(1)
        text = b"a small file\n"
        for size in range(1, len(text) + 1):
            assert not stream.ended
            conn.grant(1, 1)
            conn.read_until(lambda n=size: len(stream.body) == n, "DATA")
        assert conn.expect_answer(1).body == text


def test_s6_9_1_an_empty_answer_needs_no_window(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1, path="/empty"))
        assert conn.expect_answer(1).body == b""


def test_s6_9_1_a_whole_file_through_small_windows(h2, site):
    with h2.connect(initial_window_size=5000) as conn:
        conn.send(request(1, path="/big.bin"))
        stream = conn.stream(1)
        while not stream.ended:
            for number, window in ((0, conn.window), (1, stream.window)):
                if window < 2500:
                    conn.grant(number, 5000)
            assert conn.step(), conn.told()
        assert stream.body == (site / "big.bin").read_bytes()


def test_s6_9_1_a_window_before_the_request_is_an_error(h2):
    with h2.connect() as conn:
        conn.send(window_update(1, 100), request(1))
        conn.expect_goaway_soon(Code.PROTOCOL_ERROR)


def test_s6_9_2_settings_make_no_window_for_the_connection(h2):
    with h2.connect(initial_window_size=1 << 20) as conn:
        conn.send(request(1, path="/big.bin"))
        conn.read_until(lambda: conn.window == 0, "DATA")
        conn.change(initial_window_size=2 << 20)
        conn.round_trip()
        assert len(conn.stream(1).body) == WINDOW, conn.told()


def test_s6_9_2_a_larger_window_is_for_running_streams_too(h2):
    with h2.connect(initial_window_size=3) as conn:
        conn.send(request(1))
        stream = conn.stream(1)
        conn.read_until(lambda: len(stream.body) == 3, "DATA")
        conn.change(initial_window_size=5)
        conn.read_until(lambda: len(stream.body) == 5, "DATA")
        conn.change(initial_window_size=100)
        assert conn.expect_answer(1).body == b"a small file\n"


def test_s6_9_2_a_window_may_become_negative(h2):
    with h2.connect(initial_window_size=1000) as conn:
        conn.send(request(1, path="/big.bin"))
        stream = conn.stream(1)
        conn.read_until(lambda: len(stream.body) == 1000, "DATA")
        conn.change(initial_window_size=100)
        assert stream.window == -900
        for more in (500, 400):  # 0 is not enough either
            conn.grant(1, more)
            conn.round_trip()
            assert len(stream.body) == 1000, conn.told()
        conn.grant(1, 1)
        conn.read_until(lambda: len(stream.body) == 1001, "DATA")


def test_s6_9_2_a_negative_window_and_settings_again(h2):
    with h2.connect(initial_window_size=1000) as conn:
        conn.send(request(1, path="/big.bin"))
        stream = conn.stream(1)
        conn.read_until(lambda: len(stream.body) == 1000, "DATA")
        conn.change(initial_window_size=0)
        conn.change(initial_window_size=1000)
        conn.round_trip()
        assert len(stream.body) == 1000, conn.told()
        conn.change(initial_window_size=1001)
        conn.read_until(lambda: len(stream.body) == 1001, "DATA")


@pytest.mark.xfail(strict=True, reason="nghttp2 1.52 resets the stream only")
def test_s6_9_2_a_setting_that_makes_a_window_too_large(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1, path="/big.bin"))
        conn.expect_head(1)
        # The connection's own window keeps the stream from ending.
        conn.stream(1).window += LARGEST_WINDOW + BIG
        conn.send(window_update(1, LARGEST_WINDOW))
        conn.send(conn.setting(initial_window_size=LARGEST_WINDOW))
        conn.expect_goaway_soon(Code.FLOW_CONTROL_ERROR)


def test_s6_9_2_a_new_stream_has_the_latest_window(h2):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(conn.setting(initial_window_size=4), request(1))
        stream = conn.stream(1)
        conn.read_until(lambda: len(stream.body) == 4, "DATA")
        conn.round_trip()
        assert len(stream.body) == 4, conn.told()


# What the server gives us


def test_s6_9_refused_bodies_are_counted_and_given_back(h2):
    # More than the connection's window in all; none may be lost on the way.
    with h2.connect() as conn:
        for _ in range(12):
            number = conn.fresh()
            conn.send(request(number, end=False, method="POST"))
            conn.upload(number, bytes(40000))
        conn.expect_alive()


def test_s6_9_bodies_nobody_asked_for_are_given_back(h2):
    with h2.connect() as conn:
        for _ in range(12):
            number = conn.fresh()
            conn.send(request(number, end=False))
            conn.upload(number, bytes(40000))
        conn.expect_alive()


def test_s6_9_padding_is_counted_and_given_back(h2):
    with h2.connect() as conn:
        window = conn.settings.get(INITIAL_WINDOW_SIZE, WINDOW)
        conn.send(request(1, end=False, method="POST"))
        frame = padded(b"", 255)
        stream = conn.stream(1)
        # Twice the windows in padding alone.
        todo = 2 * max(window, WINDOW)
        while todo > 0 and stream.reset is None:
            if conn.room(1) < len(frame):
                assert conn.step(), conn.told()
                continue
            conn.sent.update({0: len(frame), 1: len(frame)})
            conn.send(raw(DATA, 1, frame, PADDED))
            todo -= len(frame)
        conn.expect_alive()


def test_s6_9_1_more_than_the_server_wanted(h2):
    with h2.connect() as conn:
        window = conn.settings.get(INITIAL_WINDOW_SIZE, WINDOW)
        room = max(window, WINDOW + conn.credit[0])
        conn.send(request(1, end=False, method="POST"))
        # All in one go: no WINDOW_UPDATE that we saw has allowed it.
        frames = [data(1, bytes(FRAME))] * (room // FRAME + 1)
        conn.send(*frames, data(1, b"x", end=True))
        # s6.9: an error of either kind; or it takes more than it says, or
        # has refused the request before (s8.1). It does not hang.
        stream = conn.stream(1)
        while stream.reset is None and not stream.ended and conn.step():
            pass
        if stream.ended:
            conn.expect_alive()
        elif stream.reset is not None:
            assert stream.reset is Code.FLOW_CONTROL_ERROR, conn.told()
            conn.expect_alive()
        else:
            conn.expect_goaway(Code.FLOW_CONTROL_ERROR)


def test_s8_1_an_early_answer_survives_a_large_body(h2):
    with h2.connect() as conn:
        conn.send(request(1, end=False, method="POST"))
        conn.upload(1, bytes(8 << 20))
        assert 400 <= conn.expect_head(1).status < 500, conn.told()
        conn.expect_alive()


def test_s6_9_1_data_of_no_octets_is_no_use_of_a_window(h2):
    with h2.connect() as conn:
        conn.send(
            request(1, end=False), data(1), raw(DATA, 1, b"", END_STREAM)
        )
        answered()(conn)
