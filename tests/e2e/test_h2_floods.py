# SPDX-License-Identifier: MIT
"""RFC 9113 s10.5: floods, one of each kind, and what they come to.

Each goes on until the server has had enough, which is to be where
duet.yaml(5) says; the client next to it is answered all the while, and the
memory of the worker that has to do with both stays where it was.
"""

import struct
from dataclasses import dataclass, field

import hpack
import pytest

from conftest import FULL, make_site, new_home, program_of
from support.flood import NOTHING_HELD, Flooded
from support.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    FRAME,
    HEADERS,
    LARGEST_WINDOW,
    PADDED,
    PING,
    PREFACE,
    PRIORITY_UPDATE,
    SETTINGS,
    UNKNOWN,
    WHOLE,
    Code,
    block,
    data,
    fields,
    goaway,
    headers,
    priority,
    raw,
    request,
    rst,
    window_update,
)
from support.wire import CLOSE_NOTIFY

# duet.yaml(5): what a client may have at once.
STREAMS, RESETS, CONTROLS = 100, 200, 1000
CONTINUATIONS = 8  # duet_http(3)
AT_ONCE = 50  # frames that are sent before the neighbour's next request
MUCH = 20  # times the limit: the end of a flood that nobody stops
# For all that one connection may hold, at the sanitizer's prices.
ROOM_KB = 24 << 10

GET = block(fields())
HUGE = "v" * 4000  # nearly fills the dynamic table


CONFIG = """\
listen: [ "127.0.0.1:0" ]
workers: 1
limits: { head_ms: 300, idle_ms: 600, send_ms: 300 }
sites:
  - root: site
    identities: [ { cert: %s, key: %s } ]
"""


@pytest.fixture(scope="module", name="program")
def fixture_program(work, sanitizer_env, reports):
    """The program, and a site, for servers whose memory can be measured."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        program.env["ASAN_OPTIONS"] += NOTHING_HELD
        make_site(home)
        yield program


@pytest.fixture(scope="module", name="target")
def fixture_target(program, identity, ca):
    """One worker for all, so that what one flood leaves behind is seen by the
    next one."""
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    root = program.home / "site"
    with program.serve(root, "--workers", 1, *words) as served:
        yield from flooded(served, ca)


@pytest.fixture(scope="module", name="hasty")
def fixture_hasty(program, identity, ca):
    """Another, with short limits of time."""
    config = program.home / "duet.yaml"
    config.write_text(CONFIG % (identity.chain_file, identity.key_file))
    with program.serve(f"--config={config}") as served:
        yield from flooded(served, ca)


def flooded(served, ca):
    """The server, once it has held whatever it holds for everybody."""
    target = Flooded(served, ca)
    target.neighbour.asks()
    with target.connect() as conn:
        conn.expect_alive()
    target.before_kb = target.memory_kb()
    yield target
    target.neighbour.close()
    assert served.stop()[0] == 0


@pytest.fixture(autouse=True)
def fixture_memory(target):
    """Whatever a test has done, it took no more than that."""
    yield
    grown = target.peak_kb() - target.before_kb
    assert grown < ROOM_KB, f"{grown} KB more than at first"


@dataclass
class Flood:
    """What is sent again and again, and how often that may be."""

    frame: object  # of a connection and a count: the bytes
    limit: int
    first: bytes = b""
    settings: dict = field(default_factory=dict)
    code: Code = Code.ENHANCE_YOUR_CALM
    at_once: int = AT_ONCE
    agrees: bool = True  # to the server's SETTINGS, and answers its PING

    def pieces(self, conn):
        """Of a flood that is not stopped."""
        count = range(self.at_once)
        for at in range(0, MUCH * self.limit + 1, self.at_once):
            yield b"".join(self.frame(conn, at + i) for i in count)


def same(frame):
    """The same each time."""
    return lambda conn, count: frame


def odd(count):
    """A stream each time."""
    return 2 * count + 1


def each(*makers):
    """These frames, on a stream of their own each time."""
    return lambda conn, count: b"".join(m(odd(count)) for m in makers)


# Their answers wait for a window, so that the stream is there.
CLOSED_WINDOW = {"initial_window_size": 0}
OPEN = request(1, end=False)
HEAD = request(1, method="HEAD")
WAITING = request(1, path="/big.bin")
UPDATE = struct.pack(">I", 1) + b"u=1"


def a_big_one(stream):
    """A request whose answer waits."""
    return request(stream, path="/big.bin")


def too_long(stream):
    """A body longer than it says."""
    head = fields(("content-length", "1"), method="POST")
    return headers(stream, head, END_HEADERS) + data(stream, b"xx", end=True)


def a_byte_more(conn, _):
    """It is granted; one frame of DATA may follow for many of these."""
    conn.stream(1).window += 1
    return window_update(1, 1)


FLOODS = {
    # streams that are thrown away
    "rapid reset": Flood(each(request, rst), RESETS),
    "rapid reset of uploads": Flood(
        each(lambda n: request(n, end=False, method="POST"), rst), RESETS
    ),
    "rapid reset of answers that wait": Flood(
        each(a_big_one, rst), RESETS, settings=CLOSED_WINDOW
    ),
    "RST_STREAM of a closed stream": Flood(
        same(rst(1)), RESETS, first=request(1)
    ),
    # MadeYouReset: the server is brought to send the RST_STREAM
    "made to reset by WINDOW_UPDATE of nothing": Flood(
        each(a_big_one, lambda n: window_update(n, 0)),
        1,
        settings=CLOSED_WINDOW,
        code=Code.PROTOCOL_ERROR,
    ),
    "made to reset by too large a window": Flood(
        each(
            a_big_one,
            lambda n: window_update(n, LARGEST_WINDOW),
            lambda n: window_update(n, 1),
        ),
        RESETS,
    ),
    "made to reset by DATA after the end": Flood(
        each(a_big_one, lambda n: data(n, b"x")),
        1,
        settings=CLOSED_WINDOW,
        code=Code.STREAM_CLOSED,
    ),
    "made to reset by HEADERS after the end": Flood(
        each(a_big_one, lambda n: headers(n, [("x", "y")])),
        1,
        settings=CLOSED_WINDOW,
        code=Code.STREAM_CLOSED,
    ),
    "made to reset by a body that is too long": Flood(each(too_long), RESETS),
    "made to reset by a malformed head": Flood(
        each(lambda n: request(n, ("X", "y"))), RESETS
    ),
    "made to reset by a head of no fields": Flood(
        each(lambda n: raw(HEADERS, n, b"", WHOLE)), RESETS
    ),
    # frames that move nothing on
    "PING": Flood(same(raw(PING, 0, bytes(8))), CONTROLS),
    "SETTINGS": Flood(lambda conn, count: conn.setting(), CONTROLS),
    "SETTINGS that move windows": Flood(
        lambda conn, count: conn.setting(initial_window_size=count % 2),
        CONTROLS,
        first=b"".join(a_big_one(odd(n)) for n in range(STREAMS)),
        settings=CLOSED_WINDOW,
    ),
    "PRIORITY": Flood(
        lambda conn, count: priority(odd(count), on=1), CONTROLS
    ),
    "PRIORITY_UPDATE": Flood(same(raw(PRIORITY_UPDATE, 0, UPDATE)), CONTROLS),
    "WINDOW_UPDATE of the connection": Flood(
        same(window_update(0, 1)), CONTROLS
    ),
    "WINDOW_UPDATE of a stream": Flood(
        same(window_update(1, 1)), CONTROLS, first=OPEN
    ),
    "WINDOW_UPDATE of a byte for an answer that waits": Flood(
        a_byte_more, CONTROLS, first=WAITING, settings=CLOSED_WINDOW
    ),
    "WINDOW_UPDATE of a closed stream": Flood(
        same(window_update(1, 1)), CONTROLS, first=request(1)
    ),
    "empty DATA": Flood(
        same(data(1)), CONTROLS, first=OPEN, settings=CLOSED_WINDOW
    ),
    "DATA of padding": Flood(
        same(raw(DATA, 1, b"\0", PADDED)),
        CONTROLS,
        first=OPEN,
        settings=CLOSED_WINDOW,
    ),
    "GOAWAY": Flood(
        same(goaway()), CONTROLS, first=WAITING, settings=CLOSED_WINDOW
    ),
    "HEADERS of a closed stream": Flood(
        same(request(1)), CONTROLS, first=request(3)
    ),
    "streams past the limit, before that is agreed upon": Flood(
        each(a_big_one),
        STREAMS + CONTROLS,
        settings=CLOSED_WINDOW,
        agrees=False,
    ),
    "streams past the limit": Flood(
        each(a_big_one),
        STREAMS,
        settings=CLOSED_WINDOW,
        code=Code.PROTOCOL_ERROR,
    ),
    # heads without end
    "CONTINUATION": Flood(
        same(raw(CONTINUATION, 1, block([("x", "y" * 1000)]))),
        CONTINUATIONS,
        first=raw(HEADERS, 1, GET),
        at_once=1,
    ),
    "CONTINUATION of one byte": Flood(
        lambda conn, count: raw(CONTINUATION, 1, GET[count % len(GET) :][:1]),
        CONTINUATIONS,
        first=raw(HEADERS, 1, GET),
        at_once=1,
    ),
    "CONTINUATION of no bytes": Flood(
        same(raw(CONTINUATION, 1)),
        CONTINUATIONS,
        first=raw(HEADERS, 1, GET),
        at_once=1,
    ),
    # what is an error the first time
    "RST_STREAM of an idle stream": Flood(
        lambda conn, count: rst(odd(count)), 1, code=Code.PROTOCOL_ERROR
    ),
    "SETTINGS with ACK": Flood(
        same(raw(SETTINGS, 0, flags=ACK)), 1, code=Code.PROTOCOL_ERROR
    ),
}


@pytest.mark.parametrize("name", FLOODS)
def test_ends_the_connection(target, name):
    flood = FLOODS[name]
    with target.dial() as conn:
        conn.answers = flood.agrees
        conn.start(**flood.settings)
        conn.send(flood.first)
        sent = target.pour(conn, flood.pieces(conn)) * flood.at_once
        conn.expect_goaway(flood.code)
        assert sent >= flood.limit, "sooner than it is said"
        # What time gives back, and what was under way.
        assert sent <= 2 * flood.limit + 3 * flood.at_once
    target.neighbour.asks()


# What costs no more than its bytes: so much of it, and nothing happens.
HARMLESS = {
    "an unknown kind": (b"", same(raw(UNKNOWN, 0, b"x"))),
    "an unknown kind, of no bytes": (b"", same(raw(UNKNOWN, 1))),
    "PING with ACK": (b"", same(raw(PING, 0, bytes(8), ACK))),
    "DATA of a closed stream": (HEAD, same(data(1, b"x"))),
    "empty DATA of a closed stream": (HEAD, same(data(1))),
    "a body in DATA of one byte": (OPEN, same(data(1, b"x"))),
}
OFTEN = 1_000_000 if FULL else 10_000


@pytest.mark.parametrize("name", HARMLESS)
def test_takes_as_much_as_is_sent(target, name):
    first, frame = HARMLESS[name]
    with target.connect(initial_window_size=0) as conn:
        conn.send(first)
        conn.round_trip()
        flood = Flood(frame, OFTEN // MUCH, at_once=OFTEN // 40)
        for piece in flood.pieces(conn):
            assert conn.send(piece), conn.told()
            target.neighbour.asks()
        conn.expect_alive()


def huge_head():
    """A request that puts a large field into the dynamic table."""
    return GET + hpack.Encoder().encode([("x", HUGE)], False)


LATEST = b"\xbe"  # RFC 7541 s6.1: the newest entry of the table, in a byte


def test_a_byte_for_many_ends_the_connection(target):
    with target.connect() as conn:
        conn.send(raw(HEADERS, 1, huge_head(), WHOLE))
        conn.expect_answer(1)
        # Four bytes of 4000 for each that is sent: 64 MB in a frame.
        conn.send(raw(HEADERS, 3, GET + LATEST * (FRAME - len(GET)), WHOLE))
        conn.expect_goaway(Code.ENHANCE_YOUR_CALM)
    target.neighbour.asks()


def test_a_byte_for_many_within_the_limit_is_refused(target):
    with target.connect() as conn:
        conn.send(raw(HEADERS, 1, huge_head(), WHOLE))
        conn.expect_answer(1)
        for _ in range(20):
            streams = [conn.fresh() for _ in range(AT_ONCE)]
            head = GET + LATEST * 30  # of 32, after which it would end
            conn.send(*(raw(HEADERS, n, head, WHOLE) for n in streams))
            target.neighbour.asks()
            for number in streams:
                body = conn.expect_answer(number, 431).body
                conn.grant(0, len(body))
        conn.expect_alive()


def test_heads_that_are_held(target):
    # As large as heads may be, as many as may be under way.
    with target.connect(initial_window_size=0) as conn:
        conn.send(raw(HEADERS, 1, huge_head(), WHOLE))
        big = block(fields(path="/big.bin")) + LATEST * 7
        streams = range(3, 2 * STREAMS, 2)
        for number in streams:
            conn.send(raw(HEADERS, number, big, WHOLE))
            target.neighbour.asks()
        for number in streams:
            assert conn.expect_head(number).status == 200
        target.neighbour.asks()
        conn.send(*(rst(number) for number in streams))
        conn.expect_alive()


def test_a_table_whose_size_changes_all_the_time(target):
    # RFC 7541 s4.2, s6.3: to 0 and to 4096, as often as fits into a frame.
    changes = b"\x20\x3f\xe1\x1f" * ((FRAME - 100) // 4)
    with target.connect() as conn:
        for _ in range(20):
            number = conn.fresh()
            conn.send(raw(HEADERS, number, changes + GET, WHOLE))
            target.neighbour.asks()
            assert conn.expect_answer(number).body == b"a small file\n"


# What is not finished: so long the server waits, and no longer.
UNFINISHED = {
    "HEADERS": raw(HEADERS, 1, GET),
    "HEADERS and CONTINUATION": raw(HEADERS, 1, GET[:4])
    + raw(CONTINUATION, 1, GET[4:]),
    "trailers of a closed stream": OPEN + raw(HEADERS, 1, b"", 1),
    "a part of HEADERS": raw(HEADERS, 1, GET, WHOLE)[:-1],
    "the head of a frame": raw(HEADERS, 1, GET, WHOLE)[:5],
    "a part of a PING": raw(PING, 0, bytes(8))[:-1],
    "nothing": b"",
}


@pytest.mark.parametrize("name", UNFINISHED)
def test_waits_no_longer_for_the_rest(hasty, name):
    with hasty.connect() as conn:
        conn.send(UNFINISHED[name])
        hasty.neighbour.comes(AT_ONCE)
        conn.expect_goaway(Code.NO_ERROR)
        assert conn.wire.end == CLOSE_NOTIFY, conn.told()
    hasty.neighbour.comes()


def test_waits_no_longer_for_the_preface(hasty):
    with hasty.dial() as conn:
        conn.send(PREFACE[:-1])
        hasty.neighbour.comes(AT_ONCE)
        conn.read_to_end()
        assert conn.wire.end == CLOSE_NOTIFY, conn.told()
    hasty.neighbour.comes()


@pytest.mark.parametrize("settings", [{"initial_window_size": 0}, {}])
def test_waits_no_longer_for_a_window(hasty, settings):
    # Each of them has a window of its own, or all have one together.
    with hasty.connect(**settings) as conn:
        streams = range(1, 2 * STREAMS, 2)
        conn.send(*(a_big_one(number) for number in streams))
        hasty.neighbour.comes(AT_ONCE)
        for number in streams:
            stream = conn.stream(number)
            conn.read_until(lambda s=stream: s.reset is not None, "reset")
            assert stream.reset is Code.CANCEL, conn.told()
            assert not stream.ended, conn.told()
        conn.expect_alive()
    hasty.neighbour.comes()


def test_again_and_again_leaves_memory_flat(target):
    def some(times):
        for name in ("rapid reset of answers that wait", "PING"):
            for _ in range(times):
                test_ends_the_connection(target, name)
        return target.memory_kb()

    before = some(3)
    after = some(300 if FULL else 20)
    assert after - before < 1024, f"{before} KB, {after} KB"
