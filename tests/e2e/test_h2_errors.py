# SPDX-License-Identifier: MIT
"""RFC 9113 s7: codes of errors."""

import pytest

from support.frames import Code, data, goaway, request, rst

CODES = [*Code, 14, 0xFF, 0xFFFFFFFF]


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"7 {int(code)}")
def test_any_code_ends_a_stream_and_no_more(h2, code):
    with h2.connect() as conn:
        conn.send(request(1, end=False), rst(1, code), request(3))
        assert conn.expect_answer(3).body == b"a small file\n"
        conn.expect_alive()


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"7 {int(code)}")
def test_any_code_may_be_said_with_goaway(h2, code):
    with h2.connect(initial_window_size=0) as conn:
        conn.send(request(1))
        conn.expect_head(1)
        conn.send(goaway(code=code))
        # Something runs; whether it is finished after an error is open.
        conn.grant(1, 100)
        stream = conn.stream(1)
        while not stream.ended and stream.reset is None and conn.step():
            pass
        assert {frame.error_code for frame in conn.goaways} <= {0}
        if code == Code.NO_ERROR:
            assert stream.ended, conn.told()
    with h2.connect() as conn:
        conn.expect_alive()


def test_s7_the_words_of_goaway_tell_nothing_of_the_machine(h2, site):
    with h2.connect() as conn:
        conn.send(data(0, b"x"))
        conn.expect_goaway(Code.PROTOCOL_ERROR)
        said = conn.goaways[-1].additional_data
        assert str(site).encode() not in said
        assert len(said) < 200, said
