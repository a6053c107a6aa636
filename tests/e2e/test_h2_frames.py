# SPDX-License-Identifier: MIT
"""RFC 9113 s4: frames, their sizes, and field compression (RFC 7541)."""

import pytest

from support.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    FRAME,
    GOAWAY,
    HEADERS,
    MAX_FRAME_SIZE,
    PING,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    UNKNOWN,
    WHOLE,
    WINDOW_UPDATE,
    Code,
    answered,
    block,
    connection_error,
    data,
    each,
    either_error,
    fields,
    headers,
    ignored,
    priority,
    raw,
    request,
    rst,
    settings,
    split,
    window_update,
)

RESERVED = 1 << 31
GET = block(fields())

HEADS = {
    "4.1 an unknown kind on no stream": (raw(UNKNOWN, 0, b"x" * 99), ignored),
    "4.1 an unknown kind on an idle stream": (raw(UNKNOWN, 1, b"x"), ignored),
    "4.1 an unknown kind, empty": (raw(UNKNOWN, 0), ignored),
    "4.1 an unknown kind, every flag": (
        raw(UNKNOWN, 0, b"x", flags=0xFF),
        ignored,
    ),
    "4.1 an unknown kind of the largest size": (
        raw(0xFF, 0, bytes(FRAME)),
        ignored,
    ),
    "4.1 an unknown kind between HEADERS and DATA": (
        request(1, end=False) + raw(UNKNOWN, 1, b"x") + data(1, end=True),
        answered(),
    ),
    "4.1 reserved bit of HEADERS": (request(1 | RESERVED), answered()),
    "4.1 reserved bit of DATA": (
        request(1, end=False) + data(1 | RESERVED, end=True),
        answered(),
    ),
    "4.1 reserved bit of SETTINGS' stream": (
        lambda conn: conn.setting()[:5] + b"\x80\0\0\0",
        ignored,
    ),
    "4.1 reserved bit of PING's stream": (
        raw(PING, RESERVED, bytes(8)),
        ignored,
    ),
    "4.1 undefined flags of HEADERS": (
        raw(HEADERS, 1, GET, WHOLE | 0xD2 & ~0x20),
        answered(),
    ),
    "4.1 undefined flags of DATA": (
        request(1, end=False) + raw(DATA, 1, flags=END_STREAM | 0xF6),
        answered(),
    ),
    "4.1 undefined flags of PRIORITY": (
        raw(PRIORITY, 1, b"\0\0\0\0\x0f", 0xFF),
        ignored,
    ),
    "4.1 undefined flags of RST_STREAM": (
        request(3) + raw(RST_STREAM, 3, bytes(4), 0xFF),
        ignored,
    ),
    "4.1 undefined flags of PING": (raw(PING, 0, bytes(8), 0xFE), ignored),
    "4.1 undefined flags of SETTINGS": (
        lambda conn: conn.setting()[:4] + b"\xfe" + bytes(4),
        ignored,
    ),
    "4.1 undefined flags of WINDOW_UPDATE": (
        raw(WINDOW_UPDATE, 0, b"\0\0\0\1", 0xFF),
        ignored,
    ),
    "4.1 undefined flags of CONTINUATION": (
        raw(HEADERS, 1, GET[:3], END_STREAM)
        + raw(CONTINUATION, 1, GET[3:], END_HEADERS | 0xFB),
        answered(),
    ),
}


def too_large(kind, stream, flags=0, before=b""):
    """One more octet than the server takes; all of them are sent."""

    def make(conn):
        size = conn.settings.get(MAX_FRAME_SIZE, FRAME) + 1
        return before + raw(kind, stream, bytes(size), flags)

    return make


def long_continuation(conn):
    """One field that fills it; nothing but the size is wrong with that."""
    size = conn.settings.get(MAX_FRAME_SIZE, FRAME)
    field = block([("a", "v" * size)])
    return raw(HEADERS, 1, GET, END_STREAM) + raw(
        CONTINUATION, 1, field, END_HEADERS
    )


WRONG_SIZE = connection_error(Code.FRAME_SIZE_ERROR)
EITHER_SIZE = either_error(Code.FRAME_SIZE_ERROR)
OPEN = request(1, end=False, method="POST")

SIZES = {
    "4.2 HEADERS": (too_large(HEADERS, 1, WHOLE), WRONG_SIZE),
    "4.2 CONTINUATION": (long_continuation, WRONG_SIZE),
    "4.2 DATA": (too_large(DATA, 1, before=OPEN), EITHER_SIZE),
    "4.2 PRIORITY": (too_large(PRIORITY, 1), EITHER_SIZE),
    "4.2 RST_STREAM": (too_large(RST_STREAM, 1, before=OPEN), WRONG_SIZE),
    "4.2 SETTINGS": (too_large(SETTINGS, 0), WRONG_SIZE),
    "4.2 SETTINGS with ACK": (too_large(SETTINGS, 0, ACK), WRONG_SIZE),
    "4.2 PING": (too_large(PING, 0), WRONG_SIZE),
    "4.2 GOAWAY": (too_large(GOAWAY, 0), WRONG_SIZE),
    "4.2 WINDOW_UPDATE of the connection": (
        too_large(WINDOW_UPDATE, 0),
        WRONG_SIZE,
    ),
    "4.2 WINDOW_UPDATE of a stream": (
        too_large(WINDOW_UPDATE, 1, before=OPEN),
        WRONG_SIZE,
    ),
    "4.2 an unknown kind on no stream": (too_large(UNKNOWN, 0), WRONG_SIZE),
    "4.2 only the head of a frame of 16 MB": (
        raw(DATA, 1, length=(1 << 24) - 1),
        connection_error(Code.FRAME_SIZE_ERROR, Code.PROTOCOL_ERROR),
    ),
    "4.2 PING too small": (raw(PING, 0, bytes(7)), WRONG_SIZE),
    "4.2 WINDOW_UPDATE too small": (
        raw(WINDOW_UPDATE, 0, bytes(3)),
        WRONG_SIZE,
    ),
    "4.2 GOAWAY too small": (raw(GOAWAY, 0, bytes(7)), WRONG_SIZE),
    "4.2 HEADERS too small for its padding": (
        raw(HEADERS, 1, b"", WHOLE | 0x08),
        connection_error(Code.FRAME_SIZE_ERROR, Code.PROTOCOL_ERROR),
    ),
    "4.2 HEADERS too small for its priority": (
        raw(HEADERS, 1, bytes(4), WHOLE | 0x20),
        connection_error(Code.FRAME_SIZE_ERROR, Code.PROTOCOL_ERROR),
    ),
    "4.2 DATA too small for its padding": (
        OPEN + raw(DATA, 1, b"", 0x08),
        either_error(Code.FRAME_SIZE_ERROR, Code.PROTOCOL_ERROR),
    ),
    "4.2 DATA of the largest size": (
        request(1, end=False) + data(1, bytes(FRAME), end=True),
        answered(),
    ),
}

NO_SENSE = connection_error(Code.COMPRESSION_ERROR)


def broken(tail, head=GET):
    """HEADERS whose block goes wrong after a whole request."""
    return raw(HEADERS, 1, head + tail, WHOLE)


# What HPACK calls a decoding error (RFC 7541).
COMPRESSION = {
    "4.3 index 0": (broken(b"\x80"), NO_SENSE),
    "4.3 an index past the static table": (broken(b"\xbe"), NO_SENSE),
    "4.3 an index far past both tables": (
        broken(b"\xff\xff\xff\xff\x07"),
        NO_SENSE,
    ),
    "4.3 the name's index past both tables": (
        broken(b"\x7f\x20\x01x"),
        NO_SENSE,
    ),
    "4.3 an integer without an end": (broken(b"\xff" * 30), NO_SENSE),
    "4.3 an integer past 64 bits": (
        broken(b"\x7f" + b"\xff" * 11 + b"\x01"),
        NO_SENSE,
    ),
    "4.3 an integer that is cut": (broken(b"\xff"), NO_SENSE),
    "4.3 a name that is cut": (broken(b"\x00\x05abc"), NO_SENSE),
    "4.3 a value that is cut": (broken(b"\x00\x01a\x05abc"), NO_SENSE),
    "4.3 a field without a value": (broken(b"\x00\x01a"), NO_SENSE),
    "4.3 a length of the largest integer": (
        broken(b"\x00\x7f\xff\xff\xff\xff\x0fa"),
        NO_SENSE,
    ),
    # 'a' is 00011 (RFC 7541 app. B); what follows it has to be ones.
    "4.3 Huffman padding of zeroes": (
        broken(b"\x00\x01a\x81\x18"),
        NO_SENSE,
    ),
    "4.3 Huffman padding of more than seven bits": (
        broken(b"\x00\x01a\x82\x1f\xff"),
        NO_SENSE,
    ),
    "4.3 Huffman with EOS in it": (
        broken(b"\x00\x01a\x84\xff\xff\xff\xff"),
        NO_SENSE,
    ),
    "4.3 Huffman cut in a code": (
        broken(b"\x00\x01a\x82\xff\xc0"),
        NO_SENSE,
    ),
    "4.3.1 a table larger than was allowed": (
        broken(GET, head=b"\x3f\xe2\x1f"),
        NO_SENSE,
    ),
    "4.3.1 a table of the largest integer": (
        broken(GET, head=b"\x3f\xff\xff\xff\xff\x0f"),
        NO_SENSE,
    ),
    "4.3.1 a new size after a field": (
        broken(b"\x20"),
        NO_SENSE,
    ),
    "4.3.1 a new size in front": (broken(GET, head=b"\x20"), answered()),
    "4.3.1 two new sizes in front": (
        broken(GET, head=b"\x20\x3f\xe1\x1f"),
        answered(),
    ),
    "4.3 a broken block on a stream that is closed": (
        lambda conn: request(1) + rst(1) + broken(b"\x80"),
        connection_error(
            Code.COMPRESSION_ERROR, Code.STREAM_CLOSED, Code.PROTOCOL_ERROR
        ),
    ),
    "4.3 broken trailers": (
        request(1, end=False) + raw(HEADERS, 1, b"\x80", WHOLE),
        NO_SENSE,
    ),
    "4.3 Huffman in every field": (
        raw(HEADERS, 1, block(fields(("x-a", "b")), huffman=True), WHOLE),
        answered(),
    ),
    "4.3 an empty block": (
        raw(HEADERS, 1, b"", WHOLE),
        lambda conn: conn.expect_refusal(1),
    ),
}

BEGUN = raw(HEADERS, 1, GET[:3], END_STREAM)
REST = raw(CONTINUATION, 1, GET[3:], END_HEADERS)
INTERLEAVED = {
    "4.3 DATA": data(1, b"x"),
    "4.3 HEADERS of the stream": raw(HEADERS, 1, GET[3:], END_HEADERS),
    "4.3 HEADERS of another": request(3),
    "4.3 PRIORITY": priority(1),
    "4.3 RST_STREAM": rst(1),
    "4.3 SETTINGS": settings(),
    "4.3 PING": raw(PING, 0, bytes(8)),
    "4.3 WINDOW_UPDATE": window_update(0, 1),
    "4.3 GOAWAY": raw(GOAWAY, 0, bytes(8)),
    "5.5 an unknown kind": raw(UNKNOWN, 0, b"x"),
    "4.3 CONTINUATION of another": raw(CONTINUATION, 3, GET[3:], END_HEADERS),
}


test_head_of_a_frame = each(HEADS)
test_size_of_a_frame = each(SIZES)
test_field_compression = each(COMPRESSION)


@pytest.mark.parametrize("name", INTERLEAVED)
def test_nothing_comes_inside_a_field_block(h2, name):
    with h2.connect() as conn:
        conn.send(BEGUN, INTERLEAVED[name], REST)
        conn.expect_goaway(Code.PROTOCOL_ERROR)


def test_s4_3_the_dynamic_table_is_kept(h2):
    with h2.connect() as conn:
        # Indexed literals: what the first block says, the second refers to.
        named = b"\x40\x03x-a\x01b"
        conn.send(raw(HEADERS, 1, GET + named, WHOLE))
        conn.send(raw(HEADERS, 3, GET + b"\xbe", WHOLE))
        conn.expect_answer(1)
        conn.expect_answer(3)
        conn.send(raw(HEADERS, 5, GET + b"\xbf", WHOLE))
        conn.expect_goaway(Code.COMPRESSION_ERROR)


def test_s4_3_a_refused_request_has_changed_the_table_all_the_same(h2):
    with h2.connect() as conn:
        path = b"\x44\x0a/small.txt"  # :path, indexed from now on
        rest = block([pair for pair in fields() if pair[0] != ":path"])
        conn.send(raw(HEADERS, 1, rest + path + path, WHOLE))  # twice
        conn.expect_refusal(1)
        number = conn.fresh()
        conn.send(raw(HEADERS, number, rest + b"\xbe", WHOLE))
        conn.expect_answer(number)


def test_s4_3_an_entry_that_was_dropped_is_no_entry(h2):
    with h2.connect() as conn:
        conn.send(raw(HEADERS, 1, GET + b"\x40\x03x-a\x01b", WHOLE))
        conn.expect_answer(1)
        # Down to nothing and up again.
        conn.send(raw(HEADERS, 3, b"\x20\x3f\xe1\x1f" + GET + b"\xbe", WHOLE))
        conn.expect_goaway(Code.COMPRESSION_ERROR)


def test_s4_3_1_the_server_obeys_a_table_of_nothing(h2):
    with h2.connect() as conn:
        conn.send(request(1))
        conn.expect_answer(1)
        conn.change(header_table_size=0)
        conn.decoder.max_allowed_table_size = 0
        conn.send(request(3))
        conn.expect_answer(3)
        # If it had entries, it says that they are gone; if it never has
        # any, there is nothing to say. What it adds, the decoder refuses.
        conn.send(request(5))
        conn.expect_answer(5)
        assert not conn.decoder.header_table.dynamic_entries
        assert conn.decoder.header_table_size == 0


def test_s4_3_1_the_server_says_that_its_table_shrinks(h2):
    with h2.connect() as conn:
        conn.send(request(1))
        conn.expect_answer(1)
        used = bool(conn.decoder.header_table.dynamic_entries)
        conn.change(header_table_size=0)
        conn.send(request(3))
        conn.expect_answer(3)
        assert not used or conn.last_block[:1] == b"\x20", conn.told()


def test_s4_3_1_the_server_shrinks_its_table_though_it_may_grow_again(h2):
    # RFC 7541 s4.2: the smallest size between two blocks has to be said.
    with h2.connect() as conn:
        conn.send(request(1))
        conn.expect_answer(1)
        used = bool(conn.decoder.header_table.dynamic_entries)
        conn.send(conn.setting(header_table_size=0))
        conn.send(conn.setting(header_table_size=4096))
        conn.read_until(lambda: conn.acks == 3, "SETTINGS with ACK")
        conn.send(request(3))
        conn.expect_answer(3)
        assert not used or conn.last_block[:1] == b"\x20", conn.told()


def test_s4_3_a_large_block_over_many_frames(h2):
    with h2.connect() as conn:
        more = [(f"x-{i}", "v" * 100) for i in range(60)]
        conn.send(split(1, block(fields(*more)), size=1500))
        conn.expect_answer(1)
        conn.expect_alive()


def test_s4_3_a_block_that_is_cut_anywhere(h2):
    with h2.connect() as conn:
        for size in range(len(GET) // 2, len(GET)):
            number = conn.fresh()
            conn.send(split(number, GET, size))
            conn.expect_answer(number)


def test_s4_3_an_empty_first_fragment(h2):
    with h2.connect() as conn:
        conn.send(
            raw(HEADERS, 1, b"", END_STREAM),
            raw(CONTINUATION, 1, GET, END_HEADERS),
        )
        conn.expect_answer(1)


def test_s4_3_a_block_larger_than_its_limit_is_refused(h2):
    with h2.connect() as conn:
        more = [(f"x-{i}", "v" * 4000) for i in range(30)]
        conn.send(split(1, block(fields(*more))))
        # s10.5.1: 431, or a stream error, or (s5.4.1) the connection's.
        stream = conn.stream(1)
        while not stream.ended and stream.reset is None and conn.step():
            pass
        if stream.ended:
            assert stream.status == 431, conn.told()
            conn.expect_alive()
        elif stream.reset is not None:
            assert stream.reset in (
                Code.PROTOCOL_ERROR,
                Code.INTERNAL_ERROR,  # s5.4: a generic one always does
                Code.ENHANCE_YOUR_CALM,
            )
            conn.expect_alive()
        else:
            conn.expect_goaway(Code.ENHANCE_YOUR_CALM, Code.COMPRESSION_ERROR)


def test_s4_2_the_server_keeps_to_the_size_of_a_frame(h2):
    with h2.connect(initial_window_size=1 << 20) as conn:
        conn.grant(0, 4 << 20)
        conn.send(request(1, path="/big.bin"))
        # That none is larger than 16384, take() checks.
        conn.read_until(lambda: len(conn.stream(1).body) > 1 << 19, "DATA")


def test_s4_2_the_server_may_send_larger_frames_when_told(h2):
    with h2.connect(max_frame_size=65536, initial_window_size=4 << 20) as conn:
        conn.grant(0, 4 << 20)
        conn.send(request(1, path="/big.bin"))
        assert len(conn.expect_answer(1).body) == 3 * 1024 * 1024 + 17


def test_s4_3_headers_that_open_two_streams_in_one_write(h2):
    with h2.connect() as conn:
        conn.send(headers(1, fields()) + headers(3, fields()))
        conn.expect_answer(1)
        conn.expect_answer(3)
