# SPDX-License-Identifier: MIT
"""A file of 100 GB, nearly all of it holes: offsets are wide enough, and
whatever is sent of it is sent in the memory of one buffer."""

import contextlib
import os
import re

import pytest

from conftest import FULL, new_home, program_of
from support import accesslog
from support.byteranges import parts_of
from support.flood import NOTHING_HELD, Flooded
from support.frames import LARGEST_WINDOW, Code, request
from support.versions import VERSIONS, ask
from support.wire import RESET, client_context, connect

SIZE = 100 * 10**9
MIDDLE = SIZE // 2
MARK = 16  # bytes
AT = (0, 2**31 - 8, 2**32 - 8, 2**32 + 1000, MIDDLE, SIZE - MARK)
SOME = (1 << 30) if FULL else (64 << 20)  # of it, in one go
FIRST = 2**32 - (SOME >> 1)


def make(path):
    """Marks that tell where they are, and holes."""
    with open(path, "wb") as file:
        try:
            file.truncate(SIZE)
        except OSError as error:
            pytest.skip(f"the file system takes no file of 100 GB: {error}")
        for at in AT:
            os.pwrite(file.fileno(), b"%016d" % at, at)
    return path


def content(first, last):
    """What is there, both of them included."""
    found = bytearray(last + 1 - first)
    for at in AT:
        mark = b"%016d" % at
        for i in range(MARK):
            if first <= at + i <= last:
                found[at + i - first] = mark[i]
    return found


@contextlib.contextmanager
def serve(program, identity, ca):
    """One worker, whose memory can be measured."""
    program.env["ASAN_OPTIONS"] += NOTHING_HELD
    site = program.home / "site"
    site.mkdir()
    make(site / "huge.bin")
    (site / "small.txt").write_text("a small file\n")
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with program.serve(site, "--workers", 1, *words) as served:
        target = Flooded(served, ca)
        yield target
        target.neighbour.close()
        assert served.stop()[0] == 0


@pytest.fixture(scope="module", name="served")
def fixture_served(work, sanitizer_env, reports, identity, ca):
    """For all tests that change nothing."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program, serve(program, identity, ca) as target:
        yield target


@pytest.fixture(name="get", params=VERSIONS)
def fixture_get(request, served, ca):
    """One request for it, over each version."""

    def get(method="GET", **fields):
        pairs = [(k.replace("_", "-"), v) for k, v in fields.items()]
        port = served.served.port
        return ask(port, ca, request.param, "/huge.bin", pairs, method)

    return get


def test_head_tells_the_length(get):
    reply = get("HEAD")
    assert (reply.status, reply["Content-Length"]) == (200, str(SIZE))


RANGES = {
    "first": ("0-99", 0, 99),
    "around 2 GiB": (f"{2**31 - 50}-{2**31 + 49}", 2**31 - 50, 2**31 + 49),
    "around 4 GiB": (f"{2**32 - 50}-{2**32 + 49}", 2**32 - 50, 2**32 + 49),
    "past 4 GiB": (
        f"{2**32 + 990}-{2**32 + 1100}",
        2**32 + 990,
        2**32 + 1100,
    ),
    "middle": (f"{MIDDLE}-{MIDDLE + (1 << 20)}", MIDDLE, MIDDLE + (1 << 20)),
    "last byte": (f"{SIZE - 1}-{SIZE - 1}", SIZE - 1, SIZE - 1),
    "end": (f"{SIZE - 1000}-", SIZE - 1000, SIZE - 1),
    "past the end": (f"{SIZE - 10}-{2 * SIZE}", SIZE - 10, SIZE - 1),
    "suffix": ("-100000", SIZE - 100000, SIZE - 1),
}


@pytest.mark.parametrize("name", RANGES)
def test_range(get, name):
    asked, first, last = RANGES[name]
    reply = get(Range=f"bytes={asked}")
    assert reply.status == 206
    assert reply["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert reply.body == content(first, last)


def test_no_range_of_it(get):
    reply = get(Range=f"bytes={SIZE}-")
    assert reply.status == 416
    assert reply["Content-Range"] == f"bytes */{SIZE}"


def test_ranges_that_are_far_apart(get):
    asked = [
        (0, 20),
        (2**32 - 10, 2**32 + 9),
        (MIDDLE, MIDDLE + 50000),
        (SIZE - 30, SIZE - 1),
    ]
    words = ", ".join(f"{first}-{last}" for first, last in asked)
    reply = get(Range=f"bytes={words}")
    assert reply.status == 206
    parts = parts_of(reply["Content-Type"], reply.body)
    assert len(parts) == len(asked)
    for (first, last), (fields, body) in zip(asked, parts):
        said = f"bytes {first}-{last}/{SIZE}"
        assert fields["content-range"] == said
        assert body == content(first, last)


def test_if_range_of_the_same_version(get):
    tag = get("HEAD")["ETag"]
    reply = get(Range="bytes=-16", If_Range=tag)
    assert reply.status == 206
    assert reply.body == content(SIZE - 16, SIZE - 1)


# ---- what does not come to its end ---------------------------------------


class H1:
    """A reply that is read as far as one likes."""

    def __init__(self, served, ca, target, fields=()):
        self.wire = connect(served.served.port, client_context(ca.file))
        lines = [f"GET {target} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in fields]
        self.wire.write("\r\n".join([*lines, "", ""]).encode())
        head, self.rest = self.wire.read_head()
        self.status = int(head.split(b" ")[1])
        self.length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])

    def read(self):
        """Some of the body; b"" at the end."""
        rest, self.rest = self.rest, b""
        return rest or self.wire.read()

    def is_cut(self):
        """Its end was seen, and it was not a good one."""
        return self.wire.end == RESET

    def close(self):
        """Leave, whatever comes."""
        self.wire.close()


class H2:
    """The same in HTTP/2."""

    def __init__(self, served, ca, target, fields=()):
        del ca
        self.conn = served.dial()
        self.conn.start(initial_window_size=1 << 20)
        self.conn.grant(0, LARGEST_WINDOW - self.conn.window)
        lines = [(name.lower(), value) for name, value in fields]
        self.conn.send(request(1, *lines, path=target))
        self.stream = self.conn.expect_head(1)
        self.status = self.stream.status
        self.length = int(self.stream.head["content-length"])

    def read(self):
        """Some of the body; b"" at the end."""
        stream = self.stream
        self.conn.read_until(
            lambda: stream.body or stream.reset is not None, "DATA"
        )
        body = bytes(stream.body)
        stream.body.clear()
        if body:
            self.conn.grant(1, len(body))
        return body

    def is_cut(self):
        """Its end was seen, and it was not a good one."""
        return self.stream.reset is Code.INTERNAL_ERROR

    def close(self):
        """Leave, whatever comes."""
        self.conn.wire.close()


@pytest.fixture(name="begin", params=[H1, H2], ids=VERSIONS)
def fixture_begin(request, ca):
    """A reply that has begun."""
    begun = []

    def begin(served, *fields):
        begun.append(request.param(served, ca, "/huge.bin", fields))
        return begun[-1]

    yield begin
    for reply in begun:
        reply.close()


def test_if_range_of_another_version(served, begin):
    fields = [("Range", "bytes=-16"), ("If-Range", '"another"')]
    reply = begin(served, *fields)
    assert (reply.status, reply.length) == (200, SIZE)


def test_a_part_of_it_in_flat_memory(served, begin):
    reply = begin(served, ("Range", f"bytes={FIRST}-"))
    assert (reply.status, reply.length) == (206, SIZE - FIRST)
    at, before = FIRST, None
    while at < FIRST + SOME:
        piece = reply.read()
        assert piece == content(at, at + len(piece) - 1)
        at += len(piece)
        if before is None and at > FIRST + (1 << 20):
            before = served.memory_kb()
    after = served.memory_kb()
    after = served.memory_kb()
    # The sanitizer's own share takes a while to settle.
    assert after - before < 8 << 10, f"{before} KB, {after} KB"
    served.neighbour.asks()


CHANGES = {
    "grows": SIZE + 1,
    "shrinks": SIZE - 1,
    "shrinks below what was sent": 1000,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_changes_is_cut(duet, identity, ca, begin, name):
    with serve(duet, identity, ca) as served:
        reply = begin(served)
        size = len(reply.read())
        os.truncate(duet.home / "site/huge.bin", CHANGES[name])
        while piece := reply.read():
            size += len(piece)
        assert reply.is_cut()
        # It is looked at every so often, and not at the end alone.
        assert 0 < size < 64 << 20
        served.neighbour.asks()
    entries = accesslog.parse(served.served.log())
    (entry,) = [e for e in entries if "/huge.bin" in e.request]
    assert entry.fields["cut_by"] == "us"
    assert re.search(r"was changed|shrank", entry.fields["why"])


# ---- `duet get` ----------------------------------------------------------


@pytest.mark.parametrize("name", ["past 4 GiB", "middle", "end", "suffix"])
def test_duet_get_fetches_a_range(served, duet, ca, name):
    asked, first, last = RANGES[name]
    url = f"{served.served.url}huge.bin"
    fetch = duet.get("--cacert", ca.file, "-r", asked, "-o", "part", url)
    assert fetch.exit == 0, fetch.err
    assert (duet.home / "part").read_bytes() == content(first, last)


def test_duet_get_shows_the_length(served, duet, ca):
    url = f"{served.served.url}huge.bin"
    fetch = duet.get("--cacert", ca.file, "-I", url)
    assert fetch.exit == 0, fetch.err
    assert f"content-length: {SIZE}" in fetch.out.decode().lower()
