# SPDX-License-Identifier: MIT
"""Files that are encoded on the fly: brotli, Zstandard, gzip."""

import gzip
import itertools
import os
import random
import subprocess
import threading

import brotli
import pytest
import zstandard

from support.byteranges import parts_of
from support.http1 import Http1
from support.https import Client, client
from support.known import CODINGS, TAG, WEAK, Known, numbered
from support.process import children, resident_kb
from support.versions import VERSIONS, ask
from support.wire import client_context, connect

MIN = 1024
MAX = 2 * 1024 * 1024
DECODE = {
    "br": brotli.decompress,
    "zstd": zstandard.decompress,
    "gzip": gzip.decompress,
    None: bytes,
}
ENCODED = ("br", "zstd", "gzip")
BROWSER = "gzip, deflate, br, zstd"


def text(size, seed=0):
    """Words, as many bytes of them."""
    choose = random.Random(seed)
    words = [
        "".join(choose.choices("abcdefghijklmnop", k=choose.randint(2, 9)))
        for _ in range(500)
    ]
    line = " ".join(choose.choices(words, k=size // 4 + 1))
    return line[:size].encode()


def noise(size):
    """What nobody makes shorter."""
    return random.Random(size).randbytes(size)


PAGE = text(100_000)


@pytest.fixture(name="words")
def fixture_words(identity):
    """Options of every server here."""
    return ["--cert", identity.chain_file, "--key", identity.key_file]


@pytest.fixture(name="server")
def fixture_server(duet, site, words):
    """One worker, with a page."""
    (site / "page.html").write_bytes(PAGE)
    with duet.serve(site, "--workers", 1, *words) as served:
        yield served


@pytest.fixture(name="https")
def fixture_https(server, ca):
    """A connection to it."""
    with client(server, ca) as https:
        yield https


def fields_of(reply):
    """All but what is another for each reply."""
    return sorted(f for f in reply.fields if f[0] not in ("date",))


def wait_for_form(port, ca, version, target, accept):
    """A machine that takes longer than the server waits (2 s) for a large
    one gets the file as it is; what is being made meanwhile is kept."""
    for _ in range(10):
        if ask(port, ca, version, target, accept)["Content-Encoding"]:
            return


class TestForms:
    """What is sent, and what is said of it."""

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("coding", ENCODED)
    @pytest.mark.parametrize(
        "size", [MIN, 16385, 128 * 1024, 128 * 1024 + 1, MAX]
    )
    def test_decoded_it_is_the_file(
        self, server, ca, site, version, coding, size
    ):
        data = text(size)
        (site / "a.css").write_bytes(data)
        accept = [("Accept-Encoding", coding)]
        if size == MAX:
            wait_for_form(server.port, ca, version, "/a.css", accept)
        for _ in range(2):
            reply = ask(server.port, ca, version, "/a.css", accept)
            assert reply.status == 200
            assert reply["Content-Encoding"] == coding
            assert reply["Vary"] == "Accept-Encoding"
            assert reply["Content-Type"] == "text/css; charset=utf-8"
            assert len(reply.body) < 3 * size // 4
            assert DECODE[coding](reply.body) == data

    @pytest.mark.parametrize("version", ["--http1.1", "--http2"])
    @pytest.mark.parametrize("coding", ENCODED)
    def test_curl_decodes_it(self, server, ca, need, version, coding):
        words = [need("curl"), "-sS", "--fail", "--cacert", ca.file, version]
        words += ["--compressed", "-H", f"Accept-Encoding: {coding}"]
        for _ in range(2):
            url = server.url + "page.html"
            done = subprocess.run([*words, url], check=True, capture_output=1)
            assert done.stdout == PAGE

    @pytest.mark.parametrize(
        "accept, coding",
        [
            (None, None),
            ("", None),
            ("deflate", None),
            ("identity", None),
            ("identity, gzip;q=0.5", None),
            ("gzip;q=0", None),
            (BROWSER, "br"),
            ("gzip, zstd", "zstd"),
            ("gzip", "gzip"),
            ("x-gzip", "gzip"),
            ("*", "br"),
            ("br;q=0.5, gzip", "gzip"),
            ("identity;q=0, zstd", "zstd"),
        ],
    )
    def test_the_one_the_client_likes(self, server, ca, accept, coding):
        fields = [] if accept is None else [("Accept-Encoding", accept)]
        reply = ask(server.port, ca, "h1", "/page.html", fields)
        assert reply["Content-Encoding"] == coding
        assert reply["Vary"] == "Accept-Encoding"
        assert DECODE[coding](reply.body) == PAGE

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("coding", ["identity", *ENCODED])
    def test_head_is_told_the_same(self, server, ca, version, coding):
        """Also by the one who asks first."""
        words = (server.port, ca, version, "/page.html")
        accept = [("Accept-Encoding", coding)]
        head = ask(*words, accept, method="HEAD")
        get = ask(*words, accept)
        assert (head.status, head.body) == (200, b"")
        assert fields_of(head) == fields_of(get)
        assert int(head["Content-Length"]) == len(get.body)

    def test_a_file_of_two_types(self, https, site):
        """A result is of both of its names, and what is said of it is not."""
        os.link(site / "page.html", site / "page.css")
        for _ in range(3):
            for kind in ("html", "css"):
                reply = https.ask(f"/page.{kind}", Accept_Encoding="br")
                assert reply["Content-Encoding"] == "br"
                said = f"text/{kind}; charset=utf-8"
                assert reply["Content-Type"] == said

    def test_nothing_that_is_accepted(self, https):
        reply = https.ask("/page.html", Accept_Encoding="*;q=0")
        assert reply.status == 406
        assert "Accept-Encoding" in reply.headers.get_all("Vary")

    @pytest.mark.parametrize(
        "name, data, encoded",
        [
            ("a.html", text(MIN), True),
            ("a.js", text(MIN), True),
            ("a.json", text(MIN), True),
            ("a.svg", text(MIN), True),
            ("a.wasm", text(MIN), True),
            ("a.ttf", text(MIN), True),
            ("a.png", text(MIN), None),
            ("a.woff2", text(MIN), None),
            ("a.bin", text(MIN), None),
            ("plain", text(MIN), None),
            ("a.gz", text(MIN), None),
            ("tiny.html", text(MIN - 1), None),
            ("empty.html", b"", None),
            ("large.html", text(MAX + 1), None),
            # another one would have another form
            ("noise.html", noise(20000), False),
            ("hardly.html", noise(20000) + bytes(1000), False),
            ("enough.html", noise(20000) + bytes(2000), True),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_of_which_files(self, https, site, name, data, encoded):
        (site / name).write_bytes(data)
        for coding in (*ENCODED, *ENCODED):
            reply = https.ask("/" + name, Accept_Encoding=coding)
            said = reply["Content-Encoding"]
            assert said == (coding if encoded else None)
            vary = None if encoded is None else "Accept-Encoding"
            assert reply["Vary"] == vary
            assert DECODE[said](reply.body) == data


class TestTags:
    """Each form is a representation of its own."""

    def test_they_differ_and_each_is_known_again(self, https):
        tags = {}
        for coding in ("identity", *ENCODED):
            reply = https.ask("/page.html", Accept_Encoding=coding)
            tags[coding] = reply["ETag"]
            assert reply["ETag"].startswith('"')
        assert len(set(tags.values())) == 4
        for coding, other in itertools.product(tags, tags):
            fields = {"Accept_Encoding": coding}
            reply = https.ask(
                "/page.html", If_None_Match=tags[other], **fields
            )
            assert reply.status == (304 if coding == other else 200)
            assert reply["ETag"] == tags[coding]
            assert reply["Vary"] == "Accept-Encoding"
            reply = https.ask("/page.html", If_Match=tags[other], **fields)
            assert reply.status == (200 if coding == other else 412)
            part = https.ask(
                "/page.html",
                If_Range=tags[other],
                Range="bytes=5-9",
                **fields,
            )
            assert part.status == (206 if coding == other else 200)

    def test_another_process_has_the_same(self, duet, site, words, ca):
        """So have two workers of one, and this one after a restart."""
        (site / "page.html").write_bytes(PAGE)
        found = []
        for _ in range(2):
            with duet.serve(site, "--workers", 1, *words) as served:
                replies = [
                    ask(
                        served.port,
                        ca,
                        "h1",
                        "/page.html",
                        [("Accept-Encoding", coding)],
                    )
                    for coding in ENCODED
                ]
            found.append([(r["ETag"], r.body) for r in replies])
        assert found[0] == found[1]

    def test_all_workers_have_the_same(self, duet, site, words, ca):
        (site / "page.html").write_bytes(PAGE)
        accept = [("Accept-Encoding", "br")]
        with duet.serve(site, "--workers", 2, *words) as served:
            replies = [
                ask(served.port, ca, "h1", "/page.html", accept)
                for _ in range(20)
            ]
        assert len({(r["ETag"], r.body) for r in replies}) == 1
        assert replies[0]["Content-Encoding"] == "br"


class TestRanges:
    """Counted in what is sent."""

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("coding", ENCODED)
    def test_put_together_they_are_the_whole(
        self, server, ca, version, coding
    ):
        words = (server.port, ca, version, "/page.html")
        accept = ("Accept-Encoding", coding)
        whole = ask(*words, [accept])
        size = len(whole.body)
        step = size // 5 + 1
        pieces = []
        for at in range(0, size, step):
            fields = [("Range", f"bytes={at}-{at + step - 1}")]
            fields.append(("If-Range", whole["ETag"]))
            part = ask(*words, [accept, *fields])
            last = min(at + step, size) - 1
            assert part.status == 206
            assert part["Content-Encoding"] == coding
            assert part["Content-Range"] == f"bytes {at}-{last}/{size}"
            pieces.append(part.body)
        assert b"".join(pieces) == whole.body
        assert DECODE[coding](b"".join(pieces)) == PAGE

    def test_several_at_once(self, server, ca):
        words = (server.port, ca, "h1", "/page.html")
        accept = ("Accept-Encoding", "br")
        whole = ask(*words, [accept]).body
        part = ask(*words, [accept, ("Range", "bytes=0-9,5000-5009")])
        assert (part.status, part["Content-Encoding"]) == (206, "br")
        found = parts_of(part["Content-Type"], part.body)
        assert [data for _, data in found] == [whole[:10], whole[5000:5010]]

    def test_past_the_end_of_what_is_sent(self, https):
        whole = https.ask("/page.html", Accept_Encoding="br")
        size = len(whole.body)
        reply = https.ask(
            "/page.html", Accept_Encoding="br", Range=f"bytes={size}-"
        )
        assert reply.status == 416
        assert reply["Content-Range"] == f"bytes */{size}"

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("coding", CODINGS)
    def test_of_every_kind_of_form(self, known_server, ca, version, coding):
        """Those of the other tables that tell forms apart, in all pairs."""
        known = Known(known_server.port, ca, version, coding)
        fields = {"Range": "bytes=100-199", "If-Range": TAG}
        for name in ("/file.txt", "/dir/"):
            known.check(200, name, {})
            known.check(200, name, {}, "HEAD")
            known.check(206, name, fields, parts=["100-199"])
            known.check(304, name, {"If-None-Match": TAG})
            known.check(412, name, {"If-Match": WEAK})
            known.check(416, name, {"Range": "bytes=10000-"})


class TestBeside:
    """A file beside it that is there encoded."""

    @pytest.fixture(name="packed")
    def fixture_packed(self, server, site):
        """page.html.gz, not older than what it is of."""
        assert server
        packed = gzip.compress(PAGE, 1)
        (site / "page.html.gz").write_bytes(packed)
        return packed

    @pytest.mark.parametrize(
        "accept, coding, is_there",
        [
            ("gzip", "gzip", True),
            (BROWSER, "gzip", True),
            ("br", "br", False),
            ("gzip;q=0.5, br", "br", False),
            ("identity", None, False),
        ],
    )
    def test_goes_first(self, packed, server, ca, accept, coding, is_there):
        fields = [("Accept-Encoding", accept)]
        reply = ask(server.port, ca, "h1", "/page.html", fields)
        assert reply["Content-Encoding"] == coding
        assert reply["Vary"] == "Accept-Encoding"
        assert (reply.body == packed) == is_there
        assert DECODE[coding](reply.body) == PAGE

    def test_it_comes_and_goes(self, https, site):
        def get():
            return https.ask("/page.html", Accept_Encoding="gzip").body

        made = get()
        for _ in range(3):
            packed = gzip.compress(PAGE, 1)  # with the time in its head
            (site / "page.html.gz").write_bytes(packed)
            assert get() == packed
            (site / "page.html.gz").unlink()
            assert get() == made


class TestOff:
    """Switched off, or of no use."""

    def check(
        self, served, ca, encoded, host="localhost", target="/page.html"
    ):
        with connect(served.port, client_context(ca.file), name=host) as wire:
            wire.write(
                b"GET %s HTTP/1.1\r\nHost: %s\r\n"
                b"Accept-Encoding: br\r\nConnection: close\r\n\r\n"
                % (target.encode(), host.encode())
            )
            head, _, body = wire.read_all().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert (b"\r\nContent-Encoding: br" in head) == encoded
        assert (b"\r\nVary: Accept-Encoding" in head) == encoded
        assert DECODE["br" if encoded else None](body) == PAGE

    @pytest.mark.parametrize(
        "option", [["--no-compress"], ["--isolation", "connection"]]
    )
    def test_by_option(self, duet, site, words, ca, option):
        (site / "page.html").write_bytes(PAGE)
        with duet.serve(site, *words, *option) as served:
            for _ in range(3):
                self.check(served, ca, False)

    @pytest.mark.parametrize("option", [[], ["--no-compress"]])
    def test_of_a_site_or_route(self, duet, site, ca, home, option):
        (site / "page.html").write_bytes(PAGE)
        identity = ca.issue("on.test", "off.test", "partly.test")
        files = f"cert: {identity.chain_file}, key: {identity.key_file}"
        path = home / "duet.yaml"
        path.write_text(
            f"""\
listen: [ "127.0.0.1:0" ]
workers: 1
sites:
  - names: [ on.test ]
    identities: [ {{ {files} }} ]
    root: site
  - names: [ off.test ]
    identities: [ {{ {files} }} ]
    root: site
    compress: false
  - names: [ partly.test ]
    identities: [ {{ {files} }} ]
    root: site
    routes:
      - path: /page.html
        compress: false
      - path: /dir/
        root: site
"""
        )
        with duet.serve(f"--config={path}", *option) as served:
            for _ in range(3):
                self.check(served, ca, not option, "on.test")
                self.check(served, ca, False, "off.test")
                self.check(served, ca, False, "partly.test")
                self.check(
                    served, ca, not option, "partly.test", "/dir/page.html"
                )

    @pytest.mark.parametrize("first", [True, False])
    def test_of_one_of_two_ways_to_a_file(
        self, duet, site, ca, home, identity, first
    ):
        """Both are told apart where replies are kept ready, too."""
        (site / "page.html").write_bytes(PAGE)
        path = home / "duet.yaml"
        path.write_text(
            f"""\
listen: [ "127.0.0.1:0" ]
workers: 1
sites:
  - identities:
      - {{ cert: {identity.chain_file}, key: {identity.key_file} }}
    root: site
    routes: [ {{ path: /off/, compress: false, fallback: /page.html }} ]
"""
        )
        ways = [("/page.html", True), ("/off/x", False)]
        with duet.serve(f"--config={path}") as served:
            with client(served, ca) as https:
                for coding in ("identity", "br"):
                    for target, on in (ways if first else ways[::-1]) * 3:
                        reply = https.ask(target, Accept_Encoding=coding)
                        said = coding if on and coding == "br" else None
                        vary = "Accept-Encoding" if on else None
                        assert reply["Content-Encoding"] == said
                        assert reply["Vary"] == vary
                        assert DECODE[said](reply.body) == PAGE


class TestChange:
    """No form is of another version than the file."""

    @pytest.mark.parametrize("coding", ENCODED)
    def test_the_next_request_gets_the_new_one(self, https, site, coding):
        path = site / "page.html"
        tags = set()
        for i in range(20):
            data = text(70_000, i)  # each of the same size and date
            if i % 2 == 0:
                path.write_bytes(data)
            else:
                (site / ".new").write_bytes(data)
                (site / ".new").rename(path)
            os.utime(path, (784111777, 784111777))
            reply = https.ask("/page.html", Accept_Encoding=coding)
            assert reply["Content-Encoding"] == coding
            assert DECODE[coding](reply.body) == data
            assert reply["ETag"] not in tags
            tags.add(reply["ETag"])

    def test_who_comes_at_once_gets_the_same(self, server, ca):
        """The first who ask, all at a time: nobody gets the plain file."""
        found = []

        def fetch():
            https = Client(server.port, ca.file)
            reply = https.ask("/page.html", Accept_Encoding="br")
            found.append((reply["Content-Encoding"], reply.body))
            https.connection.close()

        threads = [threading.Thread(target=fetch) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 16
        assert len(set(found)) == 1
        assert found[0][0] == "br"

    def test_a_client_that_does_not_wait(self, server, ca, site, https):
        """Gone before it is encoded, and nothing is left of it."""
        (site / "big.html").write_bytes(text(MAX))
        for _ in range(5):
            with connect(server.port, client_context(ca.file)) as wire:
                wire.write(
                    b"GET /big.html HTTP/1.1\r\nHost: x\r\n"
                    b"Accept-Encoding: br\r\n\r\n"
                )
        reply = https.ask("/big.html", Accept_Encoding="br")
        assert reply["Content-Encoding"] == "br"

    def test_ended_while_it_is_encoding(self, server, ca, site):
        """What was asked for before the signal is still answered."""
        (site / "big.html").write_bytes(text(MAX))
        with connect(server.port, client_context(ca.file)) as wire:
            Http1(wire).ask("GET", "/small.txt", [])
            wire.write(
                b"GET /big.html HTTP/1.1\r\nHost: x\r\n"
                b"Accept-Encoding: gzip\r\n\r\n"
            )
            server.process.terminate()
            body = wire.read_all()
        head, _, body = body.partition(b"\r\n\r\n")
        assert b"Content-Encoding: gzip" in head
        assert gzip.decompress(body) == text(MAX)
        assert server.process.wait(timeout=60) == 0


class TestLimits:
    """What is kept is bounded."""

    def test_memory(self, duet, site, words, ca):
        """Twice as many results as are kept."""
        duet.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1"
        digits = noise(MAX // 2 - 1000).hex().encode()  # half of it remains
        n = 32
        for i in range(n):
            (site / f"{i}.txt").write_bytes(numbered(16 * i + 16) + digits)
        kept = []
        with duet.serve(site, "--workers", 1, *words) as served:
            (worker,) = children(served.pid)
            with client(served, ca) as https:
                for i in range(n):
                    reply = https.ask(
                        f"/{i}.txt", "HEAD", Accept_Encoding="gzip"
                    )
                    assert reply["Content-Encoding"] == "gzip"
                    assert int(reply["Content-Length"]) > MAX // 2
                    kept.append(resident_kb(worker))
        # The second half of them took the place of others.
        assert kept[-1] - kept[n // 2] < 8 * 1024, kept
