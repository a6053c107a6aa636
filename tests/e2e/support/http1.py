# SPDX-License-Identifier: MIT
"""HTTP/1.1 as a client speaks it that accounts for every byte that comes."""

import re

from support.reply import Misframed, Reply, has_body, told_length
from support.wire import CLOSE_NOTIFY

STATUS = re.compile(r"HTTP/1\.1 ([2-5]\d\d) [\t -~]*")
FIELD = re.compile(r"([!#$%&'*+.^_`|~\w-]+):[\t ]*(.*?)[\t ]*", re.ASCII)
CHUNK = re.compile(rb"[0-9A-Fa-f]{1,8}")


class Http1:
    """One connection."""

    ALPN = "http/1.1"

    def __init__(self, wire):
        self.wire = wire
        self.came = b""  # and has not been taken yet

    def ask(self, method, target, fields):
        """One request of (name, value) pairs, and the Reply to it."""
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in fields]
        self.wire.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        first, _, rest = self.take_line(b"\r\n\r\n").partition(b"\r\n")
        status = STATUS.fullmatch(first.decode("latin-1"))
        if not status:
            raise Misframed(f"{first} is no status line")
        code, fields = int(status[1]), parse_fields(rest)
        return Reply(code, fields, self.take_body(method, code, fields))

    def finish(self):
        """Say goodbye; what comes now belongs to no answer."""
        self.wire.close_notify()
        surplus = self.came + self.wire.read_all()
        if surplus:
            raise Misframed(f"{len(surplus)} bytes of no answer: {surplus}")
        if self.wire.end != CLOSE_NOTIFY:
            raise Misframed(f"it ended by {self.wire.end}")

    def take_body(self, method, status, fields):
        """RFC 9112 s6.3, but for a body that ends with the connection: the
        answer to HTTP/1.1 never needs that."""
        coding = [v for name, v in fields if name == "transfer-encoding"]
        length = told_length(fields)
        if coding and (coding != ["chunked"] or length is not None):
            raise Misframed(f"Transfer-Encoding: {coding}, length: {length}")
        if not has_body(method, status):
            return b""
        if coding:
            return b"".join(iter(self.take_chunk, b""))
        if length is None:
            raise Misframed("a body without a length")
        return self.take(length)

    def take_chunk(self):
        """The bytes of one; b"" is the last, which has no trailers."""
        line = self.take_line(b"\r\n")
        if not CHUNK.fullmatch(line):
            raise Misframed(f"{line} is no size of a chunk")
        data = self.take(int(line, 16))
        if self.take(2) != b"\r\n":
            raise Misframed("a chunk that goes on past its size")
        return data

    def take_line(self, end):
        """What comes before end."""
        while end not in self.came:
            self.receive(f"no {end}")
        line, _, self.came = self.came.partition(end)
        return line

    def take(self, size):
        """So many bytes."""
        while len(self.came) < size:
            self.receive(f"{len(self.came)} of {size} bytes")
        data, self.came = self.came[:size], self.came[size:]
        return data

    def receive(self, what):
        """More, or what there is instead."""
        data = self.wire.read()
        if not data:
            raise Misframed(f"{what}, then {self.wire.end}")
        self.came += data


def parse_fields(text):
    """Lines as (name in lower case, value) pairs."""
    fields = []
    for line in text.decode("latin-1").split("\r\n") if text else []:
        field = FIELD.fullmatch(line)
        if not field:
            raise Misframed(f"{line!r} is no field")
        fields.append((field[1].lower(), field[2]))
    return fields
