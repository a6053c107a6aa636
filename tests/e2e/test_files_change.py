# SPDX-License-Identifier: MIT
"""Files that change while they are served.

A request that is sent after a change is over gets the new version; no reply
that is whole has bytes of two, nor the entity tag of another. CI counts to a
few hundred; DUET_FULL=1 is a minute with 32 clients.
"""

import contextlib
import gzip
import http.client
import itertools
import os
import re
import shutil
import ssl
import threading
import time
from pathlib import Path

import brotli
import pytest
import zstandard

from conftest import FULL
from support import accesslog
from support.https import Client, client
from support.process import children, open_files, status
from support.wire import RESET, client_context, connect

OLD = b"the old version\n"
NEW = b"the new version\n"
WARM = 3  # requests until a file is kept


@pytest.fixture(name="server")
def fixture_server(duet, site, identity):
    """One worker, so that all connections share what it keeps."""
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with duet.serve(site, "--workers", 1, *words) as served:
        yield served


@pytest.fixture(name="https")
def fixture_https(server, ca):
    """A connection to it."""
    with client(server, ca) as https:
        yield https


def write(path, text):
    """In a directory that may not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


def warm(https, target, body=OLD):
    """Until it is kept; its entity tag."""
    for _ in range(WARM):
        reply = https.ask(target)
        assert (reply.status, reply.body) == (200, body)
    return reply["ETag"]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_file_that_is_kept_says_what_it_said_at_first(https, site, coding):
    write(site / "page.html", b"<p>" * 1000)
    write(site / "page.html.gz", gzip.compress(b"<p>" * 1000))
    said = []
    for _ in range(WARM + 2):
        reply = https.ask("/page.html", Accept_Encoding=coding)
        assert reply.status == 200
        fields = [(n, v) for n, v in reply.headers.items() if n != "Date"]
        said.append((sorted(fields), reply.body))
    names = {name for name, _ in said[0][0]}
    assert {"Content-Type", "ETag", "Vary", "Last-Modified"} <= names
    assert ("Content-Encoding" in names) == (coding == "gzip")
    assert all(reply == said[0] for reply in said)
    # What is ready is the whole file's: a part has its own.
    part = https.ask("/page.html", Accept_Encoding=coding, Range="bytes=0-1")
    assert (part.status, len(part.body)) == (206, 2)
    assert part["ETag"] == dict(said[0][0])["ETag"]


# Each makes NEW of /a/b/file, or what the table says.


def rename_onto(top):
    write(top / "a/b/.new", NEW)
    (top / "a/b/.new").rename(top / "a/b/file")


def rename_from_elsewhere(top):
    write(top / "elsewhere", NEW)
    (top / "elsewhere").rename(top / "a/b/file")


def write_into(top):
    with open(top / "a/b/file", "r+b") as file:
        file.write(NEW)


def truncate_and_write(top):
    (top / "a/b/file").write_bytes(NEW)


def write_through_a_link(top):
    os.link(top / "a/b/file", top / "other")
    with open(top / "other", "r+b") as file:
        file.write(NEW)


def shorten(top):
    os.truncate(top / "a/b/file", 3)


def append(top):
    with open(top / "a/b/file", "ab") as file:
        file.write(NEW)


def delete(top):
    (top / "a/b/file").unlink()


def rename_away(top):
    (top / "a/b/file").rename(top / "a/b/gone")


def make_it_a_directory(top):
    delete(top)
    (top / "a/b/file").mkdir()


def make_it_a_fifo(top):
    delete(top)
    os.mkfifo(top / "a/b/file")


def make_it_a_link(top):
    write(top / "there", NEW)
    delete(top)
    (top / "a/b/file").symlink_to("../../there")


def make_it_a_link_out(top):
    write(top.parent / "outside", NEW)
    delete(top)
    (top / "a/b/file").symlink_to("../../../outside")


def swap_directory(top):
    write(top / "a/new/file", NEW)
    (top / "a/b").rename(top / "a/old")
    (top / "a/new").rename(top / "a/b")


def swap_parent(top):
    write(top / "new/b/file", NEW)
    (top / "a").rename(top / "old")
    (top / "new").rename(top / "a")


def remove_parent(top):
    shutil.rmtree(top / "a")


def move_parent_out(top):
    (top / "a").rename(top.parent / "a")


def hide_parent_behind_a_link(top):
    write(top / "c/b/file", NEW)
    (top / "a").rename(top / "old")
    (top / "a").symlink_to("c")


CHANGES = [
    (rename_onto, 200, NEW),
    (rename_from_elsewhere, 200, NEW),
    (write_into, 200, NEW),
    (truncate_and_write, 200, NEW),
    (write_through_a_link, 200, NEW),
    (shorten, 200, OLD[:3]),
    (append, 200, OLD + NEW),
    (delete, 404, None),
    (rename_away, 404, None),
    (make_it_a_directory, 301, None),
    (make_it_a_fifo, 404, None),
    (make_it_a_link, 200, NEW),
    (make_it_a_link_out, 404, None),
    (swap_directory, 200, NEW),
    (swap_parent, 200, NEW),
    (remove_parent, 404, None),
    (move_parent_out, 404, None),
    (hide_parent_behind_a_link, 200, NEW),
]


def name_of(value):
    """Of a change, for its test."""
    return getattr(value, "__name__", "-")


class TestNextRequestSeesIt:
    """Right after the change; nothing waits."""

    @pytest.mark.parametrize("change, code, body", CHANGES, ids=name_of)
    def test_of_a_file_that_is_kept(self, https, site, change, code, body):
        write(site / "a/b/file", OLD)
        etag = warm(https, "/a/b/file")
        change(site)
        reply = https.ask("/a/b/file", If_None_Match=etag)
        assert reply.status == code
        if body is not None:
            assert reply.body == body
            assert reply["ETag"] != etag
            warm(https, "/a/b/file", body)

    def test_of_the_same_length_many_times(self, https, site):
        """Two changes within a tick, of one length, in place or not."""
        path = site / "file"
        tags = {}
        for i in range(500 if FULL else 100):
            body = b"version %07d\n" % i
            if i % 2 == 0:
                path.write_bytes(body)
            else:
                (site / ".new").write_bytes(body)
                os.utime(site / ".new", (784111777, 784111777))
                (site / ".new").rename(path)
            reply = https.ask("/file")
            assert (reply.status, reply.body) == (200, body)
            assert reply["ETag"] not in tags
            tags[reply["ETag"]] = i

    def test_rights_that_are_taken_away(self, https, site):
        write(site / "a/b/file", OLD)
        for path in (site / "a/b/file", site / "a/b", site / "a"):
            warm(https, "/a/b/file")
            mode = path.stat().st_mode
            path.chmod(0)
            readable = os.access(site / "a/b/file", os.R_OK)
            reply = https.ask("/a/b/file")
            assert reply.status == (200 if readable else 403)
            path.chmod(mode)
            assert https.ask("/a/b/file").body == OLD

    def test_links_that_are_turned(self, https, site):
        write(site / "v1/file", OLD)
        write(site / "v2/file", NEW)
        (site / "one").symlink_to("two")
        (site / "two").symlink_to("dir/three")
        (site / "dir/three").symlink_to("../v1")
        (site / "link").symlink_to("one/file")
        bodies = {"v1": OLD, "v2": NEW}
        for turn in ("v2", "v1", "v2"):
            other = "v1" if turn == "v2" else "v2"
            warm(https, "/link", bodies[other])
            warm(https, "/one/file", bodies[other])
            (site / "dir/new").symlink_to(f"../{turn}")
            (site / "dir/new").rename(site / "dir/three")
            assert https.ask("/link").body == bodies[turn]
            assert https.ask("/one/file").body == bodies[turn]

    def test_an_index_that_comes_and_goes(self, https, site):
        write(site / "d/index.html", OLD)
        warm(https, "/d/")
        (site / "d/index.html").unlink()
        assert https.ask("/d/").status == 403
        (site / "d/index.html").write_bytes(NEW)
        assert https.ask("/d/").body == NEW
        shutil.rmtree(site / "d")
        assert https.ask("/d/").status == 404

    def test_a_name_that_comes_back(self, https, site):
        for i in range(5):
            assert https.ask("/file").status == 404
            (site / "file").write_bytes(OLD + b"%d" % i)
            warm(https, "/file", OLD + b"%d" % i)
            (site / "file").unlink()

    def test_the_directory_itself_moves_and_goes_on(self, https, site):
        write(site / "file", OLD)
        warm(https, "/file")
        site.rename(site.parent / "moved")
        assert https.ask("/file").body == OLD
        (site.parent / "moved/file").write_bytes(NEW)
        assert https.ask("/file").body == NEW

    def test_more_changes_than_the_kernel_remembers(self, https, site):
        with open("/proc/sys/fs/inotify/max_queued_events") as file:
            most = int(file.read())
        write(site / "file", OLD)
        warm(https, "/file")
        for i in range(most // 2 + 1):
            (site / f"x{i % 2}").touch()
            (site / f"x{i % 2}").unlink()
        (site / "file").write_bytes(NEW)
        assert https.ask("/file").body == NEW
        warm(https, "/file", NEW)

    def test_what_nobody_tells_of_is_seen_in_time(self, https, site):
        """Stores into mapped memory raise no event: a second, see LIMITS."""
        import mmap  # pylint: disable=import-outside-toplevel

        write(site / "file", OLD)
        warm(https, "/file")
        with open(site / "file", "r+b") as file:
            with mmap.mmap(file.fileno(), len(OLD)) as memory:
                memory[:] = NEW
                memory.flush()
        deadline = time.monotonic() + 20
        while https.ask("/file").body != NEW:
            assert time.monotonic() < deadline


class TestNeighbours:
    """NAME.zst, NAME.br, NAME.gz."""

    @staticmethod
    def make(site, *kinds):
        """/page.html and what is beside it; all of one date."""
        bodies = {"": b"<!doctype html>plain\n", "gz": gzip.compress(b"plain")}
        bodies["br"] = b"not really br"
        bodies["zst"] = b"not really zstd"
        for kind in ("", *kinds):
            path = site / ("page.html" + (kind and "." + kind))
            path.write_bytes(bodies[kind])
            os.utime(path, (784111777, 784111777))
        return bodies

    @pytest.mark.parametrize(
        "kinds, accept, chosen",
        [
            ("gz", "gzip", "gz"),
            ("gz br zst", "gzip, deflate, br, zstd", "br"),
            ("gz zst", "gzip;q=0.9, zstd", "zst"),
            ("gz br", "gzip;q=1, br;q=0.5", "gz"),
            ("gz br", "identity", ""),
            ("gz br", "deflate", ""),
            ("gz", "gzip;q=0", ""),
            ("gz", None, ""),
        ],
    )
    def test_the_one_the_client_likes(
        self, https, site, kinds, accept, chosen
    ):
        bodies = self.make(site, *kinds.split())
        names = {"gz": "gzip", "br": "br", "zst": "zstd", "": None}
        fields = {"Accept_Encoding": accept or "identity"}
        for _ in range(WARM):
            reply = https.ask("/page.html", **fields)
            assert reply.body == bodies[chosen]
            assert reply["Content-Encoding"] == names[chosen]
            assert reply["Content-Type"] == "text/html; charset=utf-8"
            assert reply["Vary"] == "Accept-Encoding"

    def test_each_has_a_tag_of_its_own_and_ranges(self, https, site):
        bodies = self.make(site, "gz", "br")
        tags = {}
        for kind, name in (("", "identity"), ("gz", "gzip"), ("br", "br")):
            reply = https.ask("/page.html", Accept_Encoding=name)
            tags[kind] = reply["ETag"]
            part = https.ask(
                "/page.html",
                Accept_Encoding=name,
                Range="bytes=2-4",
                If_Range=reply["ETag"],
            )
            assert (part.status, part.body) == (206, bodies[kind][2:5])
            size = len(bodies[kind])
            assert part["Content-Range"] == f"bytes 2-4/{size}"
            again = https.ask(
                "/page.html", Accept_Encoding=name, If_None_Match=tags[kind]
            )
            assert (again.status, again["Vary"]) == (304, "Accept-Encoding")
        assert len(set(tags.values())) == 3
        reply = https.ask(
            "/page.html", Accept_Encoding="gzip", If_None_Match=tags[""]
        )
        assert reply.status == 200

    def test_a_link_to_the_same_file_has_its_own_too(self, https, site):
        self.make(site)
        os.link(site / "page.html", site / "page.html.gz")
        plain = https.ask("/page.html", Accept_Encoding="identity")
        packed = https.ask("/page.html", Accept_Encoding="gzip")
        assert packed["Content-Encoding"] == "gzip"
        assert packed["ETag"] != plain["ETag"]

    def test_asked_for_by_name_it_is_a_file(self, https, site):
        bodies = self.make(site, "gz")
        reply = https.ask("/page.html.gz", Accept_Encoding="gzip")
        assert reply.body == bodies["gz"]
        assert reply["Content-Encoding"] is None
        assert reply["Content-Type"] == "application/gzip"
        assert reply["Vary"] is None

    def test_an_older_one_is_left_alone(self, https, site):
        bodies = self.make(site, "gz")
        os.utime(site / "page.html.gz", (784111776, 784111776))
        for _ in range(WARM):
            reply = https.ask("/page.html", Accept_Encoding="gzip")
            assert (reply.body, reply["Vary"]) == (bodies[""], None)
        os.utime(site / "page.html.gz", (784111777, 784111777))
        reply = https.ask("/page.html", Accept_Encoding="gzip")
        assert reply["Content-Encoding"] == "gzip"
        (site / "page.html").write_bytes(NEW)
        reply = https.ask("/page.html", Accept_Encoding="gzip")
        assert (reply.body, reply["Vary"]) == (NEW, None)

    def test_it_comes_and_goes(self, https, site):
        bodies = self.make(site)
        for _ in range(3):
            warm(https, "/page.html", bodies[""])
            self.make(site, "gz")
            for _ in range(WARM):
                reply = https.ask("/page.html", Accept_Encoding="gzip")
                assert reply["Content-Encoding"] == "gzip"
            (site / "page.html.gz").unlink()
            reply = https.ask("/page.html", Accept_Encoding="gzip")
            assert (reply.body, reply["Vary"]) == (bodies[""], None)

    def test_not_one_from_outside_nor_a_directory(self, https, site):
        bodies = self.make(site)
        (site.parent / "secret").write_bytes(b"secret")
        (site / "page.html.gz").symlink_to("../secret")
        (site / "page.html.br").mkdir()
        os.mkfifo(site / "page.html.zst")
        for _ in range(WARM):
            reply = https.ask("/page.html", Accept_Encoding="gzip, br, zstd")
            assert (reply.body, reply["Vary"]) == (bodies[""], None)

    def test_nothing_that_is_accepted(self, https, site):
        self.make(site, "gz")
        reply = https.ask("/page.html", Accept_Encoding="identity;q=0, br")
        assert reply.status == 406
        assert "Accept-Encoding" in reply.headers.get_all("Vary")
        reply = https.ask("/page.html", Accept_Encoding="identity;q=0, gzip")
        assert reply["Content-Encoding"] == "gzip"


def request(target):
    """One, on a connection that stays."""
    return f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def replace(path):
    """By another."""
    path.with_suffix(".new").write_bytes(NEW)
    path.with_suffix(".new").rename(path)


def take_and_give(path):
    """Rights, and a name more."""
    path.chmod(0o600)
    os.link(path, path.with_suffix(".too"))


class TestCut:
    """A reply that cannot be of one version any more."""

    @pytest.mark.parametrize("kept", [False, True])
    @pytest.mark.parametrize("fields", ["", "Range: bytes=0-9,100-\r\n"])
    def test_a_file_written_into_while_it_is_sent(
        self, server, ca, site, fields, kept
    ):
        size = 64 << 20
        os.truncate(site / "big.bin", size)
        before = (site / "big.bin").stat()
        if kept:
            with client(server, ca) as https:
                for _ in range(WARM):
                    reply = https.ask("/big.bin", Range="bytes=0-0")
                    assert reply.status == 206
        asked = request("/big.bin")[:-2] + fields.encode() + b"\r\n"
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(asked)
            _, rest = wire.read_head()
            with open(site / "big.bin", "r+b") as file:
                file.seek(100)
                file.write(b"another")
            # As if nothing had been: its time of change cannot be set.
            times = (before.st_atime_ns, before.st_mtime_ns)
            os.utime(site / "big.bin", ns=times)
            got = len(rest)
            while data := wire.read():
                got += len(data)
            assert wire.end == RESET
            assert got < size
        entry = accesslog.parse(server.stop()[1])[-1]
        assert entry.fields["cut_by"] == "us"
        assert "was changed while it was sent" in entry.fields["why"]

    @pytest.mark.parametrize(
        "change, kept",
        [
            (replace, False),
            (replace, True),
            (Path.unlink, False),
            (Path.unlink, True),
            (take_and_give, True),
        ],
    )
    def test_a_file_whose_bytes_stay_goes_on(
        self, server, ca, site, change, kept
    ):
        old = (site / "big.bin").read_bytes() * 8
        (site / "big.bin").write_bytes(old)
        if kept:
            with client(server, ca) as https:
                warm(https, "/big.bin", old)
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(request("/big.bin"))
            _, body = wire.read_head()
            change(site / "big.bin")
            while len(body) < len(old):
                data = wire.read()
                assert data, wire.end
                body += data
        assert body == old


def test_a_log_that_is_appended_to_is_sent(server, ca, site):
    """What it had when the reply began, unless a line comes just then."""
    over = threading.Event()
    (site / "log").write_bytes(b"line\n" * 60000)

    def append():
        with open(site / "log", "ab", buffering=0) as file:
            while not over.wait(0.1):
                file.write(b"line\n")

    writer = threading.Thread(target=append)
    writer.start()
    with contextlib.ExitStack() as stack:
        stack.callback(writer.join)
        stack.callback(over.set)
        for _ in range(30):
            with client(server, ca) as https:
                try:
                    reply = https.ask("/log")
                except (OSError, http.client.HTTPException):
                    continue  # one did
            break
        else:
            pytest.fail("each was cut")
        assert reply.status == 200
        assert reply["ETag"] is None
        assert set(reply.body.splitlines()) == {b"line"}
        assert len(reply.body) >= 300000


class TestLimits:
    """What is kept is bounded."""

    def test_open_files(self, server, https, site):
        for i in range(300):
            path = site / f"big{i}"
            with open(path, "wb") as file:
                file.truncate(200_000)
        assert https.ask("/small.txt").status == 200  # it is connected
        before = open_files(server.pid)
        for _ in range(2):
            for i in range(300):
                assert https.ask(f"/big{i}").status == 200
        assert open_files(server.pid) - before <= 256

    def test_a_deleted_file_is_closed_without_being_asked_for(
        self, server, https, site
    ):
        path = site / "big"
        with open(path, "wb") as file:
            file.truncate(200_000)
        assert https.ask("/small.txt").status == 200  # it is connected
        before = open_files(server.pid)
        for _ in range(WARM):
            assert https.ask("/big").status == 200
        assert open_files(server.pid) == before + 1
        path.unlink()
        deadline = time.monotonic() + 20
        while open_files(server.pid) > before:
            assert time.monotonic() < deadline

    def test_any_number_of_directories(self, duet, identity, ca):
        """They share what a worker keeps, and one inotify instance."""
        names = [f"d{i}" for i in range(9)]
        lines = [
            'listen: "127.0.0.1:0"',
            "workers: 1",
            "sites:",
            f"  - identities: [ {{ cert: {identity.chain_file}, "
            f"key: {identity.key_file} }} ]",
            "    root: d0",
            "    routes:",
        ]
        for name in names:
            write(duet.home / name / "file", OLD)
            lines.append(f"      - {{ path: /{name}/, root: {name} }}")
        (duet.home / "duet.yaml").write_text("\n".join(lines) + "\n")
        with duet.serve(f"--config={duet.home / 'duet.yaml'}") as served:
            with client(served, ca) as https:
                for name in names:
                    warm(https, f"/{name}/file")
                (pid,) = children(served.pid)
                fds = Path(f"/proc/{pid}/fd")
                found = [
                    fd.name
                    for fd in fds.iterdir()
                    if "inotify" in os.readlink(fd)
                ]
                assert len(found) == 1
                info = Path(f"/proc/{pid}/fdinfo/{found[0]}").read_text()
                assert info.count("inotify wd:") >= 2 * len(names)
                for name in reversed(names):
                    (duet.home / name / "file").write_bytes(NEW)
                    assert https.ask(f"/{name}/file").body == NEW

    def test_isolated_processes_watch_nothing(self, duet, site, identity, ca):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        words += ["--isolation", "connection"]
        with duet.serve(site, *words) as served:
            with client(served, ca) as https:
                write(site / "file", OLD)
                warm(https, "/file")
                (pid,) = children(served.pid)
                assert status(pid, "State")
                names = [
                    os.readlink(f"/proc/{pid}/fd/{fd}")
                    for fd in os.listdir(f"/proc/{pid}/fd")
                ]
                assert not [name for name in names if "inotify" in name]
                (site / "file").write_bytes(NEW)
                assert https.ask("/file").body == NEW


# ---- under load ----

# name: size in lines of 16 bytes, and whether it is replaced or written into
LOADED = {
    "small": (40, "rename"),
    "medium": (4000, "rename"),
    "large": (40000, "rename"),
    "small-in-place": (40, "in place"),
    "medium-in-place": (4000, "in place"),
    "large-in-place": (40000, "in place"),
    # encoded on the fly
    "medium.txt": (4000, "rename"),
    "large.txt": (40000, "rename"),
    "medium-in-place.txt": (4000, "in place"),
    "large-in-place.txt": (40000, "in place"),
}
DECODE = {
    None: bytes,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": zstandard.decompress,
}


def version(number, lines):
    """A body each line of which tells what it belongs to."""
    return b"%015d\n" % number * lines


class Load:
    """Writers and readers of one server, and what they have found."""

    def __init__(self, server, ca, site):
        self.server = server
        self.ca_file = ca.file
        self.site = site
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.wrong = []
        self.tags = {}
        self.cut = 0
        self.whole = 0
        self.codings = set()
        self.done = dict.fromkeys(LOADED, 0)  # last version that is finished

    def fail(self, what):
        """The first one is enough."""
        with self.lock:
            self.wrong.append(what)
        self.over.set()

    def write(self, name, pause_s):
        """New versions of one file until it is over."""
        lines, how = LOADED[name]
        path = self.site / name
        number = 0
        while not self.over.wait(pause_s):
            number += 1
            body = version(number, lines)
            if how == "rename":
                new = self.site / f".{name}"
                new.write_bytes(body)
                new.rename(path)
            else:
                fd = os.open(path, os.O_WRONLY)
                assert os.pwrite(fd, body, 0) == len(body)
                os.close(fd)
            self.done[name] = number

    def judge(self, name, before, reply):
        """A reply that is whole."""
        lines = LOADED[name][0]
        etag = reply["ETag"]
        body = DECODE[reply["Content-Encoding"]](reply.body)
        seen = set(body[at : at + 16] for at in range(0, len(body), 16))
        if len(seen) != 1 or len(body) != 16 * lines:
            self.fail(f"{name}: {len(body)} bytes, of {sorted(seen)[:3]}")
            return
        number = int(seen.pop())
        if number < before:
            self.fail(f"{name}: {number} after {before} was finished")
        with self.lock:
            self.whole += 1
            self.codings.add(reply["Content-Encoding"])
            if etag and self.tags.setdefault((name, etag), number) != number:
                self.wrong.append(f"{name}: {etag} of two versions")

    def read(self, count):
        """Replies to one client; a new connection after a cut one."""
        names = list(LOADED)
        codings = itertools.cycle(["br", "gzip", "identity", "zstd"])
        connection = None
        at = 0
        while not self.over.is_set() and (count is None or at < count):
            name = names[at % len(names)]
            at += 1
            if connection is None:
                connection = Client(self.server.port, self.ca_file)
            before = self.done[name]
            try:
                reply = connection.ask(
                    "/" + name, Accept_Encoding=next(codings)
                )
            except (OSError, ssl.SSLError, http.client.HTTPException):
                with self.lock:
                    self.cut += 1
                connection.connection.close()
                connection = None
                continue
            if reply.status == 200:
                self.judge(name, before, reply)
            elif reply.status != 503:
                self.fail(f"{name}: {reply.status}")
        if connection is not None:
            connection.connection.close()

    def run(self, n_clients, count, pause_s, seconds):
        """Until each client has so many replies, or for so long."""
        writers = [
            threading.Thread(target=self.write, args=(name, pause_s))
            for name in LOADED
        ]
        readers = [
            threading.Thread(target=self.read, args=(count,))
            for _ in range(n_clients)
        ]
        for thread in writers + readers:
            thread.start()
        with contextlib.ExitStack() as stack:
            stack.callback(self.over.set)
            if seconds is not None:
                self.over.wait(seconds)
                self.over.set()
            for thread in readers:
                thread.join()
        for thread in writers:
            thread.join()


@pytest.mark.parametrize("pause_s", [0.1, 0.005])
def test_no_reply_is_of_two_versions(server, ca, site, pause_s):
    """Writers as slow as a deployment, and as fast as they can."""
    for name, (lines, _) in LOADED.items():
        (site / name).write_bytes(version(0, lines))
    load = Load(server, ca, site)
    if FULL:
        load.run(32, None, pause_s, 30)
    else:
        load.run(4, 120, pause_s, None)
    assert not load.wrong
    assert load.whole > 100
    if pause_s > 0.05:  # else hardly any of them is at rest
        assert load.codings == set(DECODE)
    lines = accesslog.parse(server.stop()[1])
    said = [e for e in lines if e.fields.get("cut_by") == "us"]
    assert len(said) == load.cut
    for entry in said:
        assert re.search(r"was changed|shrank", entry.fields["why"])
