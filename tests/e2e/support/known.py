# SPDX-License-Identifier: MIT
"""Files that are known to the byte, and what a reply about one has to say.

What is sent of a file is its selected representation (RFC 9110 s3.2). Each is
asked for in three codings:

  identity  the file, by a client that says nothing about codings
  beside    NAME.br, which lies beside it, by one that takes br
  made      what the server makes of it, by one that takes gzip

So that every row of the tables is true in each of them, the bytes that are
sent of a file are always as many: what lies beside it is as long as it, and
below /made, where nothing lies beside, the file is one that gzip makes so
long. Those that are too short or too long to be encoded are sent as they are.
"""

import functools
import gzip
import os
import random
import re
import zlib

from support.byteranges import parts_of
from support.dates import IMF, imf
from support.versions import ask

CODINGS = ("identity", "beside", "made")
ACCEPT = {"beside": "br", "made": "gzip"}

DATE = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT, that of RFC 9110 s5.6.7
SIZE = 10000  # that of the examples of RFC 9110 s14.1.2
LARGE = 3 * 1024 * 1024 + 17  # many records, many frames
FUTURE = 4102444800  # 1 January 2100
# In fields that Known.ask() sends: the tag of the target, and its date.
TAG, WEAK = '"<tag>"', 'W/"<tag>"'
SAME, BEFORE, AFTER = imf(DATE), imf(DATE - 1), imf(DATE + 1)
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
CONTENT = MESSAGE | {"etag", "last-modified", "accept-ranges"}
FIELDS = {
    200: CONTENT,
    206: CONTENT | {"content-range"},
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


def backwards(size):
    """Bytes of another file."""
    return numbered(size)[::-1]


@functools.cache
def digits(size):
    """A text that gzip makes exactly so long."""
    digit = random.Random(size)
    text = bytes(digit.choices(b"0123456789abcdef", k=2 * size))
    # A digit more is half a byte more, give or take some.
    for length in range(17 * size // 10, 2 * size):
        if len(packed(text[:length])) == size:
            return text[:length]
    raise AssertionError(f"nothing comes out as {size} bytes")


def packed(text):
    """By zlib as the server uses it."""
    engine = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return engine.compress(text) + engine.flush()


def make_files(root):
    """FILES below root, and some that no reply of 2xx is for; FILES once more
    below root/made."""
    make_tree(root, numbered, backwards)
    make_tree(root / "made", lambda size: source(size)[0], None)


def make_tree(root, content, beside):
    """FILES, perhaps with NAME.br, a link, and a directory of nothing."""
    for name, (size, date) in FILES.items():
        path = root / name[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(size))
        os.utime(path, ns=(date, date))
        if beside:
            path = path.with_name(path.name + ".br")
            path.write_bytes(beside(size))
            os.utime(path, ns=(date, date))
    (root / "bare").mkdir()
    (root / "link.txt").symlink_to("file.txt")
    if beside:
        (root / "link.txt.br").symlink_to("file.txt.br")


def source(size):
    """What is in a file below /made, and whether it is sent encoded."""
    if 1024 <= size <= 2 * 1024 * 1024:
        return digits(size), True
    return numbered(size), False


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
        self.top = "/made" if coding == "made" else ""
        self.tags = {}  # of each target, between the quotes
        self.packed = {}  # bytes of what the server has made of each file

    def ask(self, target, fields, method="GET"):
        """One request. A field has a value, or a list of them for as many
        lines; <tag> in one is what the target's tag has in its quotes."""
        pairs = []
        for name, values in fields.items():
            for value in [values] if isinstance(values, str) else values:
                if "<tag>" in value:
                    value = value.replace("<tag>", self.tag(target))
                pairs.append((name, value))
        if self.coding in ACCEPT:
            pairs.append(("Accept-Encoding", ACCEPT[self.coding]))
        target = self.top + target
        return ask(self.port, self.ca, self.version, target, pairs, method)

    def tag(self, target):
        """As an unconditional reply gave it."""
        if target not in self.tags:
            tag = self.ask(target, {})["ETag"]
            assert STRONG_TAG.fullmatch(tag), tag
            self.tags[target] = tag[1:-1]
        return self.tags[target]

    def encoding(self, name):
        """What Content-Encoding has to say of a file, or None."""
        if self.coding == "made" and not source(FILES[name][0])[1]:
            return None
        return ACCEPT.get(self.coding)

    def varies(self, name):
        """Whether there is another form of it."""
        return self.coding != "made" or source(FILES[name][0])[1]

    def data(self, name):
        """The bytes that are sent of a file."""
        size = FILES[name][0]
        if self.coding == "beside":
            return backwards(size)
        if self.encoding(name) is None:
            return numbered(size)
        if name not in self.packed:
            body = self.ask(name, {}).body
            assert gzip.decompress(body) == source(size)[0]
            assert len(body) == size
            self.packed[name] = body
        return self.packed[name]

    def names(self, status, name, parts):
        """The fields of a reply."""
        names = set(FIELDS[status])
        if name in UNDATED:
            names.discard("last-modified")
        if len(parts) > 1:  # RFC 9110 s15.3.7.2: each part has its own
            names.discard("content-range")
        if status in (200, 206) and self.encoding(name):
            names.add("content-encoding")
        if status in (200, 206, 304) and self.varies(name):
            names.add("vary")
        return names

    def check(self, status, target, fields, method="GET", parts=()):
        """Ask, and hold all of the reply against what is known.

        parts: those of a 206, as in ["0-99", "200-299"].
        """
        assert bool(parts) == (status == 206)
        reply = self.ask(target, fields, method)
        assert reply.status == status, reply
        name = file_of(target)
        assert reply.names == self.names(status, name, parts), reply
        assert IMF.fullmatch(reply["Date"]), reply
        if status in (200, 206, 304):
            assert reply["ETag"] == f'"{self.tag(target)}"', reply
            assert reply["Vary"] in (None, "Accept-Encoding"), reply
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
        assert reply["Content-Encoding"] == self.encoding(name), reply
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
