# SPDX-License-Identifier: MIT
"""Files that are known to the byte, and what a reply about one has to say.

What is sent of a file is its selected representation (RFC 9110 s3.2). There
is one for each, so CODINGS has one member. To test another coding of the
content, name it there, and let Known.ask() send it as Accept-Encoding,
Known.data() give its bytes, and FIELDS have what it adds (Content-Encoding,
Vary). One that is stored, and as long as the file, keeps every row of the
tables true.
"""

import os
import re

from support.byteranges import parts_of
from support.dates import IMF, imf
from support.versions import ask

CODINGS = ("identity",)

DATE = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT, that of RFC 9110 s5.6.7
SIZE = 10000  # that of the examples of RFC 9110 s14.1.2
LARGE = 3 * 1024 * 1024 + 17  # many records, many frames
FUTURE = 4102444800  # 1 January 2100
SECOND = 10**9  # ns

# name: size, and when it was changed, in nanoseconds since 1970
FILES = {
    "/file.txt": (SIZE, DATE * SECOND),
    "/fraction.txt": (SIZE, DATE * SECOND + SECOND - 1),
    "/epoch.txt": (SIZE, 0),
    "/1969.txt": (SIZE, -SECOND),
    "/2100.txt": (SIZE, FUTURE * SECOND),
    "/empty.txt": (0, DATE * SECOND),
    "/one.txt": (1, DATE * SECOND),
    "/large.txt": (LARGE, DATE * SECOND),
    "/dir/index.html": (SIZE, DATE * SECOND),
}
# RFC 9110 s8.8.2.1: no date of the future; and HTTP has none before 1970.
UNDATED = ("/1969.txt", "/2100.txt")
TYPES = {
    "txt": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
}

# All that a reply of a status has, and it has no other field.
MESSAGE = {"date", "content-type", "content-length"}
# What is in words has forms (Accept), none of which may be taken for another.
WORDS = MESSAGE | {"vary", "x-content-type-options"}
ERROR = WORDS | {"request-id"}
FIELDS = {
    200: MESSAGE | {"etag", "last-modified", "accept-ranges"},
    206: MESSAGE | {"etag", "last-modified", "accept-ranges", "content-range"},
    301: WORDS | {"location"},
    # RFC 9110 s15.4.5: what the 200 had for caches, and nothing about bytes.
    304: {"date", "etag"},
    403: ERROR,
    404: ERROR,
    405: ERROR | {"allow"},
    412: ERROR,
    416: ERROR | {"content-range"},
}
REQUEST_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{20}")
STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]+"')


def numbered(size):
    """Bytes that tell where they belong."""
    lines = b"".join(b"%015d\n" % i for i in range(size // 16 + 1))
    return lines[:size]


def make_files(root):
    """FILES below root, and some that no reply of 2xx is for."""
    for name, (size, date) in FILES.items():
        path = root / name[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(numbered(size))
        os.utime(path, ns=(date, date))
    (root / "bare").mkdir()
    (root / "link.txt").symlink_to("file.txt")


def rows(*table):
    """Rows that begin with a name as what pytest.mark.parametrize() takes."""
    names = [name for name, *_ in table]
    assert len(set(names)) == len(names)
    return {"ids": names, "argvalues": [tuple(row) for _, *row in table]}


class Known:
    """The files, asked for over one version of HTTP and in one coding."""

    def __init__(self, port, ca, version, coding):
        self.port = port
        self.ca = ca
        self.version = version
        self.coding = coding
        self.tags = {}  # of each target, between the quotes

    def ask(self, target, fields, method="GET"):
        """One request. A field has a value, or a list of them for as many
        lines; <tag> in one is what the target's tag has in its quotes."""
        pairs = []
        for name, values in fields.items():
            for value in [values] if isinstance(values, str) else values:
                if "<tag>" in value:
                    value = value.replace("<tag>", self.tag(target))
                pairs.append((name, value))
        return ask(self.port, self.ca, self.version, target, pairs, method)

    def tag(self, target):
        """As an unconditional reply gave it."""
        if target not in self.tags:
            tag = self.ask(target, {})["ETag"]
            assert STRONG_TAG.fullmatch(tag), tag
            self.tags[target] = tag[1:-1]
        return self.tags[target]

    def data(self, name):
        """The bytes of a file."""
        return numbered(FILES[name][0])

    def check(self, status, target, fields, method="GET", parts=()):
        """Ask, and hold all of the reply against what is known.

        parts: those of a 206, as in ["0-99", "200-299"].
        """
        assert bool(parts) == (status == 206)
        reply = self.ask(target, fields, method)
        assert reply.status == status, reply
        name = file_of(target)
        assert reply.names == names_of(status, name, parts), reply
        assert IMF.fullmatch(reply["Date"]), reply
        if status in (200, 206, 304):
            assert reply["ETag"] == f'"{self.tag(target)}"', reply
        if status in (200, 206):
            self.check_content(reply, name, method, parts)
        if status >= 400 or status == 301:
            check_error(reply, status, method)
        if status == 416:
            size = len(self.data(name))
            assert reply["Content-Range"] == f"bytes */{size}", reply
        return reply

    def check_content(self, reply, name, method, parts):
        """Of a 200 or 206: which bytes, and of what."""
        data = self.data(name)
        kind = TYPES[name.rpartition(".")[2]]
        assert reply["Accept-Ranges"] == "bytes", reply
        if name not in UNDATED:
            date = imf(FILES[name][1] // SECOND)
            assert reply["Last-Modified"] == date, reply
        if len(parts) > 1:
            check_parts(reply, data, kind, parts)
            return
        assert reply["Content-Type"] == kind, reply
        for part in parts:
            said = f"bytes {part}/{len(data)}"
            assert reply["Content-Range"] == said, reply
            data = cut(data, part)
        assert int(reply["Content-Length"]) == len(data), reply
        assert reply.body == (data if method != "HEAD" else b""), reply


def names_of(status, name, parts):
    """The fields of a reply."""
    names = set(FIELDS[status])
    if name in UNDATED:
        names.discard("last-modified")
    if len(parts) > 1:  # RFC 9110 s15.3.7.2: each part has its own
        names.discard("content-range")
    return names


def file_of(target):
    """What a target stands for."""
    path = target.partition("?")[0].replace("link", "file")
    return path + "index.html" if path.endswith("/") else path


def cut(data, part):
    """The bytes of "first-last"."""
    first, last = map(int, part.split("-"))
    return data[first : last + 1]


def check_parts(reply, data, kind, parts):
    """Several ranges in one body, which says of each what it is."""
    found = parts_of(reply["Content-Type"], reply.body)
    assert int(reply["Content-Length"]) == len(reply.body), reply
    assert [fields for fields, _ in found] == [
        {"content-type": kind, "content-range": f"bytes {part}/{len(data)}"}
        for part in parts
    ], reply
    pieces = [cut(data, part) for part in parts]
    assert [piece for _, piece in found] == pieces, reply


def check_error(reply, status, method):
    """A line of text, which HEAD tells the length of, and in errors one with
    the name of the request, which is a field too."""
    assert reply["Content-Type"] == "text/plain; charset=utf-8", reply
    assert reply["Vary"] == "Accept", reply
    assert int(reply["Content-Length"]) > 0, reply
    if method != "HEAD":
        assert reply.body.startswith(b"%d " % status), reply
    if status >= 400:
        assert REQUEST_ID.fullmatch(reply["Request-Id"]), reply
    if status >= 400 and method != "HEAD":
        named = f"\nRequest {reply['Request-Id']}\n".encode()
        assert reply.body.endswith(named), reply
    if method != "HEAD":
        assert int(reply["Content-Length"]) == len(reply.body), reply
