# SPDX-License-Identifier: MIT
"""Many requests of one client: one HTTP/2 connection, and what becomes of them
when it does not go on. They are asked by tests/e2e/many.c."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import h2server
from support.counter import counting
from support.listener import Listener
from support.peers.caddy import Caddy
from support.peers.h2o import H2o
from support.peers.nghttpd import Nghttpd
from support.peers.nginx import Nginx, NginxH2

CANCEL, REFUSED_STREAM = 8, 7


@dataclass(frozen=True)
class Row:
    """What became of one request."""

    end: str
    status: int
    bytes: int
    cut: str
    reused: bool
    text: str


def options(words):
    """A word each; of a list several."""
    for name, value in words.items():
        for one in value if isinstance(value, list) else [value]:
            yield f"{name}={one}"


@pytest.fixture(name="many")
def fixture_many(duet, ca):
    """many(urls, hold=1 ...): a Row for each."""
    program = Path(duet.path).parent / "tests/many"

    def run(urls, limit=120, **words):
        done = subprocess.run(
            [program, ca.file, *options(words)],
            input="".join(f"{url}\n" for url in urls),
            capture_output=True,
            text=True,
            env=duet.env,
            timeout=limit,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        return [
            Row(
                a.removeprefix("DUET_E_").lower(),
                int(b),
                int(c),
                d,
                e == "reused",
                f,
            )
            for a, b, c, d, e, f in rows
        ]

    return run


def all_whole(rows, size=None):
    """Nothing else happened."""
    for row in rows:
        assert row.end == "whole", row
        assert row.status == 200
        assert size is None or row.bytes == size


def served(rule, **settings):
    """A serve(peer) that does rule(peer, stream) for each request."""

    def serve(peer):
        peer.begin(**settings)
        for stream in peer.requests():
            rule(peer, stream)

    return serve


@pytest.fixture(scope="module", name="root")
def fixture_root(work):
    """Small files, and one that fills windows."""
    root = work / "multiplex"
    root.mkdir()
    root.chmod(0o755)
    (root / "small").write_bytes(b"s" * 500)
    (root / "large").write_bytes(b"l" * (8 << 20))
    return root


PEERS = [NginxH2, H2o, Caddy, Nghttpd]


@pytest.fixture(params=PEERS, ids=lambda peer: peer.name, name="peer")
def fixture_peer(request, need, work, root, identity):
    """A server of HTTP/2, behind something that counts its connections."""
    program = need(*request.param.programs)
    directory = Path(tempfile.mkdtemp(dir=work))
    directory.chmod(0o755)
    peer = request.param(program, directory, root, identity)
    if request.param is NginxH2:
        peer.extra = "keepalive_requests 100000;"
    with peer.running(), counting(peer.address()) as relay:
        yield relay


def test_a_thousand_requests_share_a_connection(many, peer):
    rows = many([peer.url + "small"] * 1000)
    all_whole(rows, 500)
    assert peer.accepted == 1
    assert sum(not row.reused for row in rows) == 1


def test_who_is_not_read_stalls_nobody(many, peer):
    """Three that fill their windows, and are read when all others are over."""
    urls = [peer.url + "large"] * 3 + [peer.url + "small"] * 200
    rows = many(urls, hold=3)
    all_whole(rows)
    assert [row.bytes for row in rows[:3]] == [8 << 20] * 3
    assert peer.accepted == 1


def test_several_large_ones_come_together(many, peer):
    rows = many([peer.url + "large"] * 8)
    all_whole(rows, 8 << 20)
    assert peer.accepted == 1


def test_who_is_given_up_leaves_the_others(many, peer):
    urls = [peer.url + "large"] * 30
    rows = many(urls, cancel=3)
    assert [row.end for row in rows[::3]] == ["gone"] * 10
    all_whole([row for i, row in enumerate(rows) if i % 3], 8 << 20)
    assert peer.accepted == 1


def test_a_reset_is_what_a_cancelled_stream_sees(many, identity):
    """RST_STREAM with CANCEL, and the connection goes on."""
    seen = []

    def serve(peer):
        peer.begin()
        streams = peer.take(1) + peer.take(3)
        for stream in streams:
            peer.head(stream)
        while not peer.resets:
            peer.understand(peer.read())
        for stream in streams:
            if stream not in peer.resets:
                peer.data(stream, b"hello\n", end=True)
        seen.append(peer.resets)
        for _ in peer.requests():
            pass

    with h2server.listener(identity, serve) as server:
        rows = many([server.url] * 4, cancel=4)
    assert not server.errors
    assert rows[0].end == "gone"
    all_whole(rows[1:], 6)
    assert seen == [{1: CANCEL}]


def test_one_at_a_time_if_the_server_says_so(many, identity):
    """MAX_CONCURRENT_STREAMS 1: no more than one is ever open."""
    most = 0

    def serve(peer):
        nonlocal most
        peer.begin(max_concurrent_streams=1)
        while True:
            data = peer.read()
            if not data:
                return
            asked = peer.understand(data)
            most = max(most, len(asked))
            for stream in asked:
                peer.answer(stream)

    with h2server.listener(identity, serve) as server:
        rows = many([server.url] * 50)
    assert not server.errors
    all_whole(rows, 6)
    assert (most, server.accepted) == (1, 1)


def test_nginx_may_allow_one_stream_only(many, need, work, root, identity):
    directory = Path(tempfile.mkdtemp(dir=work))
    directory.chmod(0o755)
    peer = NginxH2(need(*NginxH2.programs), directory, root, identity)
    peer.extra = "http2_max_concurrent_streams 1;"
    with peer.running(), counting(peer.address()) as relay:
        rows = many([relay.url + "small"] * 100)
    all_whole(rows, 500)
    assert relay.accepted == 1


def test_bodies_are_sent_side_by_side(many, identity):
    """Each larger than the windows, and as fast as they open."""
    size = 300000

    def serve(peer):
        peer.begin()
        while data := peer.read():
            peer.understand(data)
            for stream in peer.ended:
                peer.answer(stream, b"%d" % peer.sent[stream])
            peer.ended.clear()

    with h2server.listener(identity, serve) as server:
        rows = many([server.url] * 20, post=size)
    assert not server.errors
    all_whole(rows, len(str(size)))
    assert server.accepted == 1


def test_a_body_that_is_not_taken_stalls_nobody(many, identity):
    """The window of one stays closed; it ends by its time."""

    def serve(peer):
        peer.stuck.add(1)
        peer.begin()
        while data := peer.read():
            peer.understand(data)
            for stream in peer.ended:
                peer.answer(stream)
            peer.ended.clear()

    with h2server.listener(identity, serve) as server:
        rows = many([server.url] * 10, post=300000, timeout=3000)
    assert not server.errors
    assert rows[0].end == "timeout", rows[0]
    assert "body was still being sent" in rows[0].text
    all_whole(rows[1:], 6)
    assert server.accepted == 1


def test_goaway_moves_the_unseen_elsewhere(many, identity):
    """Those above its last stream are asked again, the others finish."""
    asked = []

    def serve(peer):
        peer.begin()
        if peer.number > 0:
            for stream in peer.requests():
                asked.append(peer.paths[stream])
                peer.answer(stream)
            return
        streams = peer.take(1) + peer.take(9)
        peer.goaway(streams[4])
        for stream in streams[:5]:
            peer.answer(stream)
        for _ in peer.requests():
            pass

    with h2server.listener(identity, serve) as server:
        rows = many([f"{server.url}{i}" for i in range(10)])
    assert not server.errors
    all_whole(rows, 6)
    assert server.accepted == 2
    assert sorted(asked) == [f"/{i}" for i in range(5, 10)]


def test_who_always_goes_away_is_not_followed_for_ever(many, identity):
    def serve(peer):
        peer.begin()
        peer.take(1)
        peer.goaway(0)

    with h2server.listener(identity, serve) as server:
        rows = many([server.url])
    assert not server.errors
    assert rows[0].end == "truncated"
    assert "GOAWAY" in rows[0].text
    assert server.accepted == 5


def test_a_refused_stream_is_asked_again_once(many, identity):
    for times in (1, 2):
        refused = []

        def refuse(peer, stream, refused=refused, times=times):
            if len(refused) < times:
                refused.append(stream)
                peer.refuse(stream, REFUSED_STREAM)
            else:
                peer.answer(stream)

        with h2server.listener(identity, served(refuse)) as server:
            row = many([server.url])[0]
        assert not server.errors
        assert server.accepted == 1
        if times == 1:
            assert row.end == "whole"
        else:
            assert row.end == "truncated"
            assert "REFUSED_STREAM" in row.text
            assert "refused before" in row.text


def test_each_stream_is_told_by_what_it_was_cut(many, identity):
    """Ten have begun when the connection is reset."""

    def serve(peer):
        peer.begin()
        for stream in peer.take(1) + peer.take(9):
            peer.head(stream)
            peer.data(stream, b"half")
        peer.reset()

    with h2server.listener(identity, serve) as server:
        rows = many([server.url] * 10)
    assert not server.errors
    for row in rows:
        assert row.end == "truncated", row
        assert row.cut == "reset" or row.status == 0
        assert row.bytes in (0, 4)
    assert server.accepted == 1


def test_a_kept_connection_that_dies_is_replaced_once(many, identity):
    """Requests that were on it, and had no answer, are repeated."""

    def serve(peer):
        peer.begin()
        if peer.number > 0:
            for stream in peer.requests():
                peer.answer(stream)
            return
        first = peer.take(1)
        second = peer.take(99)
        for stream in first + second[:50]:
            peer.answer(stream)
        # What waited for its turn comes now, and is not answered.
        peer.take(51)

    with h2server.listener(identity, serve) as server:
        rows = many([f"{server.url}{i}" for i in range(200)])
    assert not server.errors
    whole = [row for row in rows if row.end == "whole"]
    assert server.accepted == 2
    # Those that were asked before anybody had an answer are told.
    for row in rows:
        assert row.end in ("whole", "truncated"), row
    assert len(whole) >= 151


def test_http1_has_so_many_connections_and_no_more(
    many, need, work, root, identity
):
    for words, limit in (({}, 6), ({"hosts": 2}, 2)):
        directory = Path(tempfile.mkdtemp(dir=work))
        directory.chmod(0o755)
        peer = Nginx(need(*Nginx.programs), directory, root, identity)
        with peer.running(), counting(peer.address()) as relay:
            rows = many([relay.url + "small"] * 200, **words)
            all_whole(rows, 500)
            assert relay.accepted == limit
            assert relay.most == limit


def test_both_versions_at_once(many, need, work, root, identity):
    servers = []
    for kind in (Nginx, NginxH2):
        directory = Path(tempfile.mkdtemp(dir=work))
        directory.chmod(0o755)
        servers.append(kind(need(*kind.programs), directory, root, identity))
    old, new = servers
    with old.running(), new.running():
        with counting(old.address()) as one, counting(new.address()) as two:
            rows = many([one.url + "small", two.url + "small"] * 100)
    all_whole(rows, 500)
    assert (one.accepted, two.accepted) == (6, 1)


def test_who_waits_for_a_connection_that_fails_is_told(many, identity):
    """One handshake that fails is not tried by all in turn."""

    def serve(sock):
        sock.recv(1)

    with Listener(serve) as server:
        rows = many([server.url] * 20)
    assert not server.errors
    assert {row.end for row in rows} == {"tls"}
    assert server.accepted == 1
    assert len({row.text for row in rows}) == 1
    assert "(127.0.0.1:" in rows[0].text


def test_time_runs_while_one_waits(many, identity):
    def serve(peer):
        peer.begin(max_concurrent_streams=1)
        for _ in peer.requests():
            pass

    with h2server.listener(identity, serve) as server:
        rows = many([server.url] * 3, timeout=300)
    assert not server.errors
    assert [row.end for row in rows] == ["timeout"] * 3
    assert server.accepted == 1


def test_another_name_shares_the_connection(many, ca):
    """Of the same certificate and address, verified (RFC 9113 s9.1.1)."""
    two = ca.issue("localhost", "*.two.test")
    with h2server.listener(two, served(h2server.Peer.answer)) as server:
        rows = many(
            [
                server.url,
                f"https://a.two.test:{server.port}/",
                f"https://b.two.test:{server.port}/",
                f"https://a.two.test:{server.port}/",
            ],
            first=1,
            resolve=["a.two.test,127.0.0.1", "b.two.test,127.0.0.1"],
        )
    assert not server.errors
    all_whole(rows, 6)
    assert [row.reused for row in rows] == [False, True, True, True]
    assert server.accepted == 1


def test_a_name_of_no_certificate_shares_nothing(many, ca):
    with h2server.listener(
        ca.issue("localhost"), served(h2server.Peer.answer)
    ) as server:
        rows = many(
            [server.url, f"https://other.test:{server.port}/"],
            first=1,
            resolve="other.test,127.0.0.1",
        )
    all_whole(rows[:1])
    assert rows[1].end == "name", rows[1]
    assert server.accepted == 2


def test_a_name_that_leads_elsewhere_shares_nothing(many, ca):
    """The certificate is right for it, and the address is not."""
    two = ca.issue("localhost", "other.test")
    with h2server.listener(two, served(h2server.Peer.answer)) as one:
        with h2server.listener(
            two,
            served(h2server.Peer.answer),
            host="127.0.0.2",
            port=one.port,
        ) as elsewhere:
            rows = many(
                [one.url, f"https://other.test:{one.port}/"],
                first=1,
                resolve="other.test,127.0.0.2",
            )
    all_whole(rows, 6)
    assert (one.accepted, elsewhere.accepted) == (1, 1)


def test_421_leads_to_a_connection_of_its_own(many, ca):
    asked = []

    def misdirect(peer, stream):
        asked.append((peer.number, peer.names[stream]))
        if peer.number == 0 and peer.names[stream] == "other.test":
            peer.head(stream, status=421, end=True)
        else:
            peer.answer(stream)

    two = ca.issue("localhost", "other.test")
    with h2server.listener(two, served(misdirect)) as server:
        other = f"https://other.test:{server.port}/"
        rows = many(
            [server.url, other, other, server.url],
            first=1,
            resolve="other.test,127.0.0.1",
        )
    assert not server.errors
    all_whole(rows, 6)
    assert server.accepted == 2
    assert [name for n, name in asked if n > 0] == ["other.test"] * 2


def test_421_again_is_the_answer(many, ca):
    two = ca.issue("localhost", "other.test")

    def misdirect(peer, stream):
        peer.head(
            stream,
            status=421 if peer.names[stream] == "other.test" else 200,
            end=True,
        )

    with h2server.listener(two, served(misdirect)) as server:
        rows = many(
            [server.url, f"https://other.test:{server.port}/"],
            first=1,
            resolve="other.test,127.0.0.1",
        )
    assert not server.errors
    assert [row.status for row in rows] == [200, 421]
    assert server.accepted == 2
