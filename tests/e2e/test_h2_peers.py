# SPDX-License-Identifier: MIT
"""HTTP/2 with other people's clients and servers, each seen to speak it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import FULL, numbered
from support import accesslog, process, tree
from support.clients import chromium, run
from support.flood import Neighbour
from support.frames import Code, Server, request
from support.http2 import Http2
from support.peers.apache import ApacheH2
from support.peers.caddy import Caddy
from support.peers.h2o import H2o
from support.peers.haproxy import HaproxyH2
from support.peers.lighttpd import Lighttpd
from support.peers.nghttpd import Nghttpd
from support.peers.nginx import NginxH2
from support.wire import LIMIT_S, client_context, connect


class LighttpdTyped(Lighttpd):
    """It tells no dates of files whose type it does not know."""

    extra = 'mimetype.assign = ( "" => "application/octet-stream" )'


PEERS = [NginxH2, H2o, Caddy, ApacheH2, LighttpdTyped, HaproxyH2, Nghttpd]
SOME = 30  # files
MUCH = 4 << 20  # of an upload
CLIENTS, AT_ONCE = 4, 32  # of h2load
LATEST = (1 << 31) - 1  # RFC 9113 s6.8: no stream is refused yet


@pytest.fixture(scope="module", name="docs")
def fixture_docs(work):
    """Real files, and one of 64 MiB."""
    docs = tree.Tree(work / "docs-for-h2", full=FULL)
    docs.names = docs.names[-SOME:]
    return docs


def sha(path):
    """Of a whole file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- their clients -------------------------------------------------------


@pytest.fixture(name="serve")
def fixture_serve(duet, identity):
    """Start a server."""

    def serve(root, *words):
        words += ("--cert", identity.chain_file, "--key", identity.key_file)
        return duet.serve(root, *words)

    return serve


def entries_of(server):
    """All it has logged, each of HTTP/2."""
    status, lines = server.stop()
    assert status == 0
    entries = accesslog.parse(lines)
    assert {entry.fields["protocol"] for entry in entries} == {"HTTP/2"}
    return entries


def test_curl_fetches_a_tree(need, serve, docs, ca, home):
    names = [*docs.names, docs.large]
    with serve(docs.root) as server:
        config = home / "curl.config"
        pairs = [
            (server.url + tree.url(n), home / tree.flat(n)) for n in names
        ]
        config.write_text(
            "".join(f'url = "{u}"\noutput = "{o}"\n' for u, o in pairs)
        )
        words = ["-sS", "--http2", "--fail", "--cacert", ca.file]
        words += ["-w", "%{http_version}\\n"]
        said = run([need("curl"), *words, "-K", config])
        entries = entries_of(server)
    assert said.split() == [b"2"] * len(names)
    assert [entry.status for entry in entries] == [200] * len(names)
    for name in names:
        assert sha(home / tree.flat(name)) == sha(docs.root / name), name


def test_curl_asks_in_other_ways(need, serve, site, ca, home):
    curl = [need("curl"), "-sS", "--http2", "--cacert", ca.file]
    (home / "body").write_bytes(numbered(MUCH))
    with serve(site) as server:
        url = server.url + "small.txt"

        def ask(*words):
            found = run([*curl, "-o", home / "out", "-D", "-", *words, url])
            head = found.decode().lower().splitlines()
            fields = dict(line.split(": ", 1) for line in head[1:] if line)
            return head[0].split()[:2], fields

        status, fields = ask("-I")
        assert status == ["http/2", "200"]
        assert fields["content-length"] == "13"
        unchanged = f"If-None-Match: {fields['etag']}"
        assert ask("-H", unchanged)[0] == ["http/2", "304"]
        # There is nobody who wants it: refused, and the answer is seen.
        status, fields = ask("--data-binary", f"@{home / 'body'}")
        assert status == ["http/2", "405"]
        assert (home / "out").stat().st_size == int(fields["content-length"])
        assert ask()[0] == ["http/2", "200"]
        entries_of(server)


def test_curl_gives_up_what_is_answered_too_soon(need, serve, site, ca, home):
    """It ends such a body with END_STREAM, be it shorter than it said."""
    curl = [need("curl"), "-sS", "--http2", "--cacert", ca.file]
    (home / "body").write_bytes(bytes(40000))
    words = ["--limit-rate", "1000", "--data-binary", f"@{home / 'body'}"]
    with serve(site) as server:
        run([*curl, *words, "-o", home / "out", server.url])
        (entry,) = entries_of(server)
    assert (entry.status, entry.fields["end"]) == (405, "end-stream")
    assert entry.fields["cut_by"] == "peer"
    assert re.fullmatch(
        r"the body is not as long as its Content-Length says \(40000 bytes, "
        r"of which \d+ had come\); it had been answered before",
        entry.fields["why"],
    )


PAGE = """<!doctype html>
<title>page</title>
<link rel="stylesheet" href="/style.css">
<script src="/script.js" defer></script>
<p id="text">as it came</p>
<img src="/image.svg" alt="">
"""
ASSETS = ("/", "/style.css", "/script.js", "/image.svg")


@pytest.fixture(name="page")
def fixture_page(site):
    """A page that loads each kind of thing."""
    (site / "index.html").write_text(PAGE)
    (site / "style.css").write_text("p { color: rgb(1, 2, 3) }\n")
    (site / "script.js").write_text(
        "const text = document.getElementById('text');\n"
        "text.textContent = getComputedStyle(text).color;\n"
    )
    (site / "image.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n'
    )
    return site


def test_nghttp_fetches_a_page_with_its_assets(need, serve, page):
    with serve(page) as server:
        said = run([need("nghttp"), "-nv", "-a", server.url]).decode()
        entries = entries_of(server)
    assert "The negotiated protocol: h2" in said
    asked = {entry.fields["target"]: entry.status for entry in entries}
    wanted = {"/": 200, "/style.css": 200, "/script.js": 200}
    assert wanted.items() <= asked.items()
    assert len(re.findall(r":status: 200", said)) == len(entries)
    assert "RST_STREAM" not in said


def test_nghttp_uploads_with_trailers(need, serve, site, home):
    (home / "body").write_bytes(numbered(MUCH))
    words = ["-v", "--trailer", "x-sum: 1", "-d", home / "body"]
    with serve(site) as server:
        url = server.url + "small.txt"
        said = run([need("nghttp"), *words, url]).decode()
        (entry,) = entries_of(server)
    assert entry.status == 405
    assert ":status: 405" in said


def test_chromium_loads_a_page(need, serve, page, ca, home):
    (home / "browser").mkdir()
    with serve(page) as server:
        programs = need("chromium"), server.url, need("certutil")
        dom = chromium(*programs, ca.file, home / "browser")
        entries = entries_of(server)
    assert "rgb(1, 2, 3)" in dom  # its style and its script were used
    asked = {entry.fields["target"]: entry.status for entry in entries}
    assert {target: 200 for target in ASSETS}.items() <= asked.items()


def test_python_h2_fetches_a_tree(serve, docs, ca):
    context = client_context(ca.file, alpn=("h2",))
    with serve(docs.root) as server:
        with connect(server.port, context) as wire:
            connection = Http2(wire)
            for name in docs.names:
                reply = connection.ask("GET", "/" + tree.url(name), [])
                assert reply.status == 200
                found = hashlib.sha256(reply.body).hexdigest()
                assert found == sha(docs.root / name), name
            connection.finish()
        entries_of(server)


NUMBERS = re.compile(
    r"requests: (\d+) total, (\d+) started, (\d+) done, (\d+) succeeded, "
    r"(\d+) failed, (\d+) errored, (\d+) timeout"
)


def h2load(need, url, requests):
    """Started; of what it says at its end the numbers."""
    words = ["-n", requests, "-c", CLIENTS, "-m", AT_ONCE, url]
    return subprocess.Popen(
        [need("h2load"), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def numbers_of(load):
    """total, started, done, succeeded, failed, errored, timeout."""
    said, _ = load.communicate(timeout=LIMIT_S * 3)
    assert "Application protocol: h2" in said, said
    return [int(number) for number in NUMBERS.search(said).groups()]


def test_h2load_loses_none(need, serve, site):
    requests = 200_000 if FULL else 2000
    with serve(site) as server:
        load = h2load(need, server.url + "small.txt", requests)
        assert numbers_of(load) == [requests] * 4 + [0] * 3
        entries = entries_of(server)
    assert [entry.status for entry in entries] == [200] * requests


def test_a_drain_under_load_loses_none(need, serve, site, ca):
    with serve(site, "--workers", 1) as server:
        (worker,) = process.children(server.pid)
        neighbour = Neighbour(server.port, ca)
        neighbour.asks()
        load = h2load(need, server.url + "small.txt", 10_000_000)
        before = process.ticks(worker)
        while process.ticks(worker) - before < 20:
            assert load.poll() is None
            neighbour.asks()
        neighbour.close()
        status, lines = server.stop()
        _, started, _, succeeded, *_ = numbers_of(load)
    assert status == 0
    entries = accesslog.parse(lines)
    theirs = [e for e in entries if e.fields["protocol"] == "HTTP/2"]
    # What the server has begun it has finished, and all of that has arrived.
    # GOAWAY refused the rest, which is what was under way at most.
    assert {entry.fields.get("end") for entry in theirs} == {"end-stream"}
    assert len(theirs) == succeeded > 0
    assert started - succeeded <= CLIENTS * AT_ONCE


def test_a_drain_says_which_streams_are_answered(serve, site, ca):
    with serve(site, "--workers", 1) as served:
        server = Server(served, ca)
        with server.connect(initial_window_size=0) as conn:
            streams = range(1, 41, 2)
            conn.send(*(request(number) for number in streams))
            for number in streams:
                conn.expect_head(number)
            served.process.terminate()
            conn.read_until(lambda: conn.goaways, "GOAWAY")
            # Under way when it was said: this one is still taken.
            if conn.goaways[-1].last_stream_id == LATEST:
                conn.send(request(41))
            conn.read_until(
                lambda: conn.goaways[-1].last_stream_id < LATEST,
                "second GOAWAY",
            )
            last = conn.goaways[-1].last_stream_id
            assert last in (39, 41)
            conn.send(request(43))  # too late
            for number in range(1, last + 1, 2):
                conn.grant(number, 100)
                answer = conn.expect_answer(number)
                assert answer.body == b"a small file\n"
            conn.read_to_end()
            assert not conn.stream(43).heads, conn.told()
            codes = {frame.error_code for frame in conn.goaways}
            assert codes == {Code.NO_ERROR}
        assert served.process.wait(timeout=LIMIT_S) == 0


# ---- their servers -------------------------------------------------------


@pytest.fixture(name="start")
def fixture_start(need, work, docs, identity):
    """Make one of the seven, to be started."""
    made = []

    def start(peer):
        program = need(*peer.programs)
        made.append(Path(tempfile.mkdtemp(dir=work)))
        made[-1].chmod(0o755)
        return peer(program, made[-1], docs.root, identity).running()

    yield start
    for directory in made:
        shutil.rmtree(directory)


@pytest.fixture(params=PEERS, ids=lambda peer: peer.name, name="peer")
def fixture_peer(request, start):
    """Each of them, running."""
    with start(request.param) as running:
        yield running


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """`duet get --json`: what it tells of each URL, all in HTTP/2."""

    def get(*words, count=1, status=200):
        fetch = duet.get("--cacert", ca.file, "--json", *words, limit=300)
        assert fetch.exit == 0, fetch.err
        lines = [json.loads(line) for line in fetch.out.splitlines()]
        assert len(lines) == count
        for facts in lines:
            assert facts["status"] == status, facts
            assert facts["tls"]["alpn"] == "h2", facts
        return lines

    return get


def test_duet_fetches_a_tree(get, peer, docs, home):
    names = [*docs.names, docs.large]
    words = []
    for name in names:
        words += ["-o", home / tree.flat(name), peer.url + tree.url(name)]
    for facts in get(*words, count=len(names)):
        assert facts["evidence"] == "end-stream"
    for name in names:
        assert sha(home / tree.flat(name)) == sha(docs.root / name), name


def test_duet_asks_in_other_ways(duet, ca, get, peer, docs):
    url = peer.url + docs.large
    size = os.stat(docs.root / docs.large).st_size
    fetch = duet.get("--cacert", ca.file, "-I", url)
    assert fetch.exit == 0, fetch.err
    first, *lines = fetch.out.decode().split("\r\n")
    assert first.startswith("HTTP/2 200")
    head = {
        name.lower(): value
        for name, _, value in (line.partition(": ") for line in lines)
    }
    assert int(head["content-length"]) == size
    unchanged = f"If-Modified-Since: {head['last-modified']}"
    get("-H", unchanged, url, status=304)


def test_nginx_that_says_goaway_after_some(get, start, docs, home):
    class Brief(NginxH2):
        """Three requests on a connection."""

        extra = "keepalive_requests 3;"

    words = []
    for name in docs.names:
        words += ["-o", home / tree.flat(name), tree.url(name)]
    with start(Brief) as peer:
        words = [
            peer.url + word if i % 3 == 2 else word
            for i, word in enumerate(words)
        ]
        get(*words, count=len(docs.names))
    for name in docs.names:
        assert sha(home / tree.flat(name)) == sha(docs.root / name), name


class Echo(Nghttpd):
    """What is uploaded comes back, and trailers behind it."""

    words = ("--echo-upload", "--trailer", "x-trailer: at the end")


def test_nghttpd_gives_an_upload_back(get, start, home):
    body = numbered(MUCH).replace(b"\n", b" ")
    (home / "body").write_bytes(body)
    with start(Echo) as peer:
        words = ["-d", f"@{home / 'body'}", "-o", home / "out"]
        (facts,) = get(*words, peer.url + "echo")
    assert facts["evidence"] == "end-stream"
    assert (home / "out").read_bytes() == body


class Dav(ApacheH2):
    """It takes files."""

    modules = (*ApacheH2.modules, "alias", "dav", "dav_fs")

    @property
    def extra(self):
        (self.work / "dav").mkdir(mode=0o777, exist_ok=True)
        (self.work / "dav").chmod(0o777)
        (self.work / "locks").mkdir(mode=0o777, exist_ok=True)
        (self.work / "locks").chmod(0o777)
        return f"""{ApacheH2.extra}
DavLockDB {self.work}/locks/db
Alias /dav {self.work}/dav
<Directory {self.work}/dav>
    Dav On
    Require all granted
</Directory>
"""


def test_apache_keeps_an_upload(get, start, home):
    body = numbered(MUCH).replace(b"\n", b" ")
    (home / "body").write_bytes(body)
    with start(Dav) as peer:
        words = ["-X", "PUT", "-d", f"@{home / 'body'}", "-o", home / "said"]
        get(*words, peer.url + "dav/file", status=201)
        get("-o", home / "out", peer.url + "dav/file")
    assert (home / "out").read_bytes() == body
