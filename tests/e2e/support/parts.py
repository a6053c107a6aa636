# SPDX-License-Identifier: MIT
"""A file that is served in parts, and the ways to serve them wrong."""

import contextlib
import re
import ssl
from dataclasses import dataclass, field

from support.answers import Answers, answer, fin

RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


@dataclass
class File:
    """Answers requests for it: File.answer is a function for Answers."""

    body: bytes
    etag: str = '"one"'
    lines: tuple = ()  # more header lines
    ranges: bool = True
    total: bool = True  # a part says how long all of it is
    believes: bool = False  # it obeys Range whatever If-Range says
    cuts: list = field(default_factory=list)  # bytes of each answer; None: all
    asked: list = field(default_factory=list)  # (Range, If-Range)

    def fields(self):
        """Of every answer."""
        tag = [f"ETag: {self.etag}"] if self.etag else []
        return (*tag, *self.lines)

    def wants_part(self, request):
        """The first and the last byte, or None."""
        found = RANGE.match(request.fields.get("range", ""))
        condition = request.fields.get("if-range")
        if not self.ranges or not found:
            return None
        if condition not in (None, self.etag) and not self.believes:
            return None
        first, last = found.groups()
        end = len(self.body) - 1
        return int(first), min(int(last), end) if last else end

    def whole(self, request):
        """The bytes of an answer, uncut."""
        part = self.wants_part(request)
        size = len(self.body)
        if part is None:
            return answer(self.body, *self.fields())
        first, last = part
        if first >= size:
            return answer(
                b"",
                f"Content-Range: bytes */{size}",
                *self.fields(),
                status="416 Range Not Satisfiable",
            )
        total = size if self.total else "*"
        return answer(
            self.body[first : last + 1],
            f"Content-Range: bytes {first}-{last}/{total}",
            *self.fields(),
            status="206 Partial Content",
        )

    def answer(self, request):
        """For Answers."""
        fields = request.fields
        self.asked.append((fields.get("range"), fields.get("if-range")))
        data = self.whole(request)
        cut = self.cuts.pop(0) if self.cuts else None
        if cut is None:
            return data
        head = data.index(b"\r\n\r\n") + 4
        return [data[: head + cut], fin]


class Deserted(Answers):
    """Answers to clients that may leave in the middle of one."""

    def serve(self, sock):
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            super().serve(sock)
