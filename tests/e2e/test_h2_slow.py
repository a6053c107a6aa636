# SPDX-License-Identifier: MIT
"""A hundred answers on a connection that takes nothing, or next to nothing.

They wait, and only they: whoever else is with the same worker is answered,
and one of them goes on alone if its window is opened. Waiting takes no time
of a processor, which a second server measures: so long as its worker has run
for a while, ours has not.
"""

import socket
from contextlib import contextmanager

import pytest

from conftest import FULL
from support.flood import Flooded
from support.frames import LARGEST_WINDOW, WINDOW, request, window_update

STREAMS = range(1, 200, 2)
CHOSEN = 101
REQUESTS = 1000 if FULL else 100  # of the others
WHILE = 100 if FULL else 20  # ticks of the other server
FEW = 3  # ticks: what somebody else's interrupts may cost


@pytest.fixture(name="serve")
def fixture_serve(duet, site, identity, ca):
    """A server of one worker."""

    @contextmanager
    def serve(*words):
        words += ("--cert", identity.chain_file, "--key", identity.key_file)
        with duet.serve(site, "--workers", 1, *words) as served:
            target = Flooded(served, ca)
            yield target
            target.neighbour.close()

    return serve


@pytest.fixture(name="target")
def fixture_target(serve):
    """The one with the slow reader."""
    with serve() as target:
        yield target


@pytest.fixture(name="clock")
def fixture_clock(serve, duet):
    """Another, that nobody disturbs."""
    with serve("--log", duet.home / "clock.log") as clock:
        yield clock


@pytest.fixture(name="others")
def fixture_others(target):
    """Answers are whole on other connections, of either version."""
    with target.connect() as conn:

        def others():
            for _ in range(REQUESTS):
                target.neighbour.asks()
                number = conn.fresh()
                conn.send(request(number))
                answer = conn.expect_answer(number)
                assert answer.body == b"a small file\n"

        yield others


def ask_for_all(conn, **how):
    """A hundred large files; whether they are sent is up to the windows."""
    conn.send(*(request(n, path="/big.bin") for n in STREAMS), **how)


def stands_still(target, clock):
    """The worker does nothing while that of the other server does much."""
    before = target.ticks()
    begin = clock.ticks()
    while clock.ticks() - begin < WHILE:
        clock.neighbour.asks()
    assert target.ticks() - before <= FEW


def open_windows(target):
    """A connection on which only TCP holds the answers up."""
    conn = target.dial()
    # Of few bytes, so that all of them are soon under way.
    conn.wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    conn.start(initial_window_size=LARGEST_WINDOW)
    conn.window = LARGEST_WINDOW
    conn.send(window_update(0, LARGEST_WINDOW - WINDOW))
    return conn


def test_a_reader_of_nothing_stalls_nobody_else(target, others, clock):
    with open_windows(target) as conn:
        ask_for_all(conn, reads=False)
        others()
        stands_still(target, clock)
        others()


def test_a_reader_of_single_bytes_stalls_nobody_else(target, others, clock):
    with open_windows(target) as conn:
        ask_for_all(conn, reads=False)
        for _ in range(REQUESTS):
            for _ in range(20):
                conn.wire.incoming.write(conn.wire.sock.recv(1))
            target.neighbour.asks()
        stands_still(target, clock)
        others()
        # It is the answers that came so slowly.
        conn.read_until(lambda: conn.stream(1).body, "DATA")
        assert conn.stream(1).status == 200


@pytest.mark.parametrize("window", [0, 1000])
def test_closed_windows_stall_nobody_else(target, others, clock, site, window):
    with target.connect(initial_window_size=window) as conn:
        conn.grant(0, 1 << 24)
        ask_for_all(conn)
        for number in STREAMS:
            conn.expect_head(number)
        taken = len(STREAMS) * window
        conn.read_until(
            lambda: sum(len(s.body) for s in conn.streams.values()) == taken,
            "DATA",
        )
        others()
        stands_still(target, clock)
        # One of them goes on to its end, all others wait.
        conn.grant(CHOSEN, 1 << 22)
        chosen = conn.expect_answer(CHOSEN)
        assert chosen.body == (site / "big.bin").read_bytes()
        conn.round_trip()
        waiting = [conn.stream(n) for n in STREAMS if n != CHOSEN]
        assert len(waiting) == 99
        assert all(len(stream.body) == window for stream in waiting)
        assert not any(stream.ended for stream in waiting)
        stands_still(target, clock)
        others()
