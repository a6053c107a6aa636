# SPDX-License-Identifier: MIT
"""Bodies of multipart/byteranges (RFC 9110 s14.6, RFC 2046 s5.1)."""

import re

from support.http1 import parse_fields

TYPE = re.compile(
    r"multipart/byteranges; boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})"
)


def parts_of(content_type, body):
    """Every part: its fields as a dictionary, and its bytes.

    Nothing may stand before the first part or after the last: RFC 2046 lets
    it, and we send none.
    """
    found = TYPE.fullmatch(content_type)
    assert found, content_type
    delimiter = b"\r\n--" + found[1].encode()
    before, *pieces, after = body.split(delimiter)
    assert (before, after) == (b"", b"--\r\n")
    return [part_of(piece) for piece in pieces]


def part_of(piece):
    """What stands between two delimiters."""
    assert piece.startswith(b"\r\n"), piece[:80]
    head, end, data = piece[2:].partition(b"\r\n\r\n")
    assert end, piece[:80]
    fields = parse_fields(head)
    assert len(fields) == len(dict(fields)), fields
    return dict(fields), data
