# SPDX-License-Identifier: MIT
"""The admin listener: metrics, health, and who may ask."""

import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import time
from collections import Counter

import pytest

from support import accesslog, frames, process
from support.admin import Admin
from support.https import client
from support.ports import wait_until_nobody_listens
from support.versions import ask
from support.wire import LIMIT_S, client_context, connect

ELSEWHERE = "duet_.*_body_bytes_|duet_site_|process_"
GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
EXIT_USAGE = 2
EXIT_CONFIG = 78


GATED = """listen: [ "127.0.0.1:0" ]
admin: "127.0.0.1:0"
workers: 1
sites:
  - root: {site}
    identities: [ {{ cert: {id.chain_file}, key: {id.key_file} }} ]
    auth: {{ users: users.txt }}
"""


@pytest.fixture(name="serve")
def fixture_serve(duet, site, identity):
    """Start a server of the small tree, with an admin listener."""

    def serve(*words, admin="127.0.0.1:0", **more):
        return duet.serve(
            site,
            *("--cert", identity.chain_file, "--key", identity.key_file),
            *("--admin", admin, *words),
            **more,
        )

    return serve


@pytest.fixture(name="server", params=["worker", "connection"])
def fixture_server(request, serve):
    """A running one, in either way of isolation."""
    with serve("--isolation", request.param) as served:
        yield served


@pytest.fixture(name="admin")
def fixture_admin(server):
    """Its listener."""
    return Admin(server)


@pytest.fixture(name="moves")
def fixture_moves(admin):
    """Do something, and see that exactly these counters have moved. How long
    requests took, the bytes of bodies, what each site has had and what
    processes use are looked at elsewhere."""

    def check(act, expected):
        before = admin.metrics()
        act()
        expected = {f"duet_{name}": n for name, n in expected.items()}

        def grown(now):
            return {
                name: n
                for name, n in now.since(before).items()
                if not re.match(ELSEWHERE, name)
            }

        admin.until(lambda now: len(grown(now)) >= len(expected))
        # nobody is connected any more: nothing more will be counted
        after = admin.until(lambda now: now("duet_connections_open") == 0)
        assert grown(after) == expected
        requests = after.sum("duet_requests_total")
        assert after("duet_request_duration_seconds_count") == requests

    return check


def handshakes(n, version="TLSv1.3", resumed=False):
    """What n of them move."""
    flag = "true" if resumed else "false"
    return {
        "connections_accepted_total{}": n,
        f"tls_handshakes_total{{resumed={flag},version={version}}}": n,
    }


def requests(protocol, status, n=1):
    """What n of them move."""
    return {f"requests_total{{protocol={protocol},status={status}}}": n}


def failed(reason):
    """What a failed handshake moves."""
    return {
        "connections_accepted_total{}": 1,
        f"tls_handshakes_failed_total{{reason={reason}}}": 1,
    }


class TestCounting:
    """What is done is what is counted."""

    @pytest.mark.parametrize(
        "version, protocol", [("h1", "HTTP/1.1"), ("h2", "HTTP/2")]
    )
    def test_requests(self, server, moves, ca, version, protocol):
        def act():
            for target in ("/small.txt", "/missing", "/dir", "/small.txt"):
                ask(server.port, ca, version, target)
            ask(server.port, ca, version, "/small.txt", method="HEAD")

        moves(
            act,
            handshakes(5)
            | requests(protocol, 200, 3)
            | requests(protocol, 404)
            | requests(protocol, 301),
        )

    def test_many_of_one_connection(self, server, moves, admin, ca):
        def act():
            with client(server, ca) as https:
                for _ in range(7):
                    assert https.ask("/small.txt").body == b"a small file\n"

        before = admin.metrics()
        moves(act, handshakes(1) | requests("HTTP/1.1", 200, 7))
        name = "duet_reply_body_bytes_total"
        assert admin.metrics()(name) - before(name) == 7 * 13

    def test_http_1_0(self, server, moves, ca):
        def act():
            with connect(server.port, client_context(ca.file)) as wire:
                wire.write(b"GET /small.txt HTTP/1.0\r\n\r\n")
                wire.read_all()

        moves(act, handshakes(1) | requests("HTTP/1.0", 200))

    def test_what_is_no_request(self, server, moves, ca):
        def act():
            with connect(server.port, client_context(ca.file)) as wire:
                wire.write(b"GET\r\n\r\n")
                wire.read_all()

        moves(
            act,
            handshakes(1)
            | requests("none", 400)
            | {"requests_cut_total{by=peer,cut=protocol}": 1},
        )

    def test_bodies_of_requests(self, server, admin, ca):
        before = admin.metrics()
        with client(server, ca) as https:
            assert https.ask("/", "POST", b"x" * 1234).status == 405
        name = "duet_request_body_bytes_total"
        admin.until(lambda now: now(name) - before(name) == 1234)

    @pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
    def test_sessions_that_are_resumed(self, server, moves, ca, version):
        context = client_context(ca.file)
        context.maximum_version = {
            "TLSv1.2": ssl.TLSVersion.TLSv1_2,
            "TLSv1.3": ssl.TLSVersion.TLSv1_3,
        }[version]

        def visit(session):
            address = ("127.0.0.1", server.port)
            with socket.create_connection(
                address, LIMIT_S
            ) as sock, context.wrap_socket(
                sock, server_hostname="localhost", session=session
            ) as tls:
                tls.sendall(
                    GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
                    % b"/"
                )
                while tls.recv(65536):
                    pass
                return tls.session

        session = None

        def first():
            nonlocal session
            session = visit(None)

        moves(first, handshakes(1, version) | requests("HTTP/1.1", 200))
        moves(
            lambda: visit(session),
            handshakes(1, version, True) | requests("HTTP/1.1", 200),
        )

    def test_what_is_not_tls(self, server, moves):
        def act():
            address = ("127.0.0.1", server.port)
            with socket.create_connection(address, LIMIT_S) as sock:
                sock.sendall(GET % b"/")
                while sock.recv(65536):
                    pass

        moves(act, failed("not_tls"))

    def test_a_client_that_leaves(self, server, moves):
        def act():
            address = ("127.0.0.1", server.port)
            socket.create_connection(address, LIMIT_S).close()

        moves(act, failed("peer_left"))

    def test_a_client_that_trusts_others(self, server, moves):
        def act():
            context = ssl.create_default_context()
            with pytest.raises(ssl.SSLCertVerificationError):
                connect(server.port, context)

        moves(act, failed("untrusted_issuer"))

    def test_no_version_in_common(self, server, moves, need):
        words = ["s_client", "-connect", f"127.0.0.1:{server.port}"]
        words += ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]

        def act():
            done = subprocess.run(
                [need("openssl"), *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            assert b"alert protocol version" in done.stderr

        moves(act, failed("tls_version"))

    def test_no_cipher_in_common(self, server, moves, ca):
        def act():
            context = client_context(ca.file)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers("AES128-SHA:@SECLEVEL=0")
            with pytest.raises(ssl.SSLError):
                connect(server.port, context)

        moves(act, failed("tls_cipher"))


class TestCuts:
    """Replies that do not end."""

    def test_by_the_client(self, serve, ca, site):
        os.truncate(site / "big.bin", 1 << 30)
        with serve() as server:
            admin = Admin(server)
            with connect(server.port, client_context(ca.file)) as wire:
                wire.write(GET % b"/big.bin")
                wire.read_head()
                wire.reset()
            labels = {"by": "peer", "cut": "reset"}
            now = admin.until(lambda now: now.sum("duet_replies_cut_total"))
            assert now("duet_replies_cut_total", **labels) == 1
            assert now.sum("duet_replies_cut_total") == 1
            assert now.sum("duet_requests_cut_total") == 0
            (entry,) = accesslog.parse(server.stop()[1])
        assert entry.fields["cut_by"] == "peer"
        assert entry.fields["cut"] == "reset"

    def test_by_us(self, serve, ca, site):
        os.truncate(site / "big.bin", 1 << 30)
        with serve() as server:
            admin = Admin(server)
            with connect(server.port, client_context(ca.file)) as wire:
                wire.write(GET % b"/big.bin")
                wire.read_head()
                os.truncate(site / "big.bin", 10)
                wire.read_all()
            now = admin.until(lambda now: now.sum("duet_replies_cut_total"))
            labels = {"by": "us", "cut": "local"}
            assert now("duet_replies_cut_total", **labels) == 1
            (entry,) = accesslog.parse(server.stop()[1])
        assert entry.fields["cut_by"] == "us"

    def test_one_stream_of_many(self, serve, ca, site):
        os.truncate(site / "big.bin", 1 << 30)
        with serve() as server:
            admin = Admin(server)
            with frames.Server(server, ca).connect() as conn:
                conn.send(frames.request(1, path="/big.bin"))
                conn.expect_head(1)
                conn.send(frames.rst(1))
                conn.grant(0, 1 << 20)
                conn.send(frames.request(3))
                conn.expect_answer(3)
                now = admin.until(
                    lambda now: now.sum("duet_replies_cut_total")
                    and now.sum("duet_requests_total") == 2
                )
            of_peer = [
                value
                for labels, value in now.of("duet_replies_cut_total").items()
                if ("by", "peer") in labels
            ]
            assert sum(of_peer) == now.sum("duet_replies_cut_total") == 1


def as_counted(entries):
    """Lines of the log as the counters have them."""
    return Counter(
        (
            entry.fields.get("protocol", "none"),
            str(entry.fields.get("status", "none")),
        )
        for entry in entries
    )


def test_log_metrics_and_json_agree(serve, ca):
    with serve("--workers", 2) as server:
        admin = Admin(server)
        for i in range(30):
            target = ["/small.txt", "/missing", "/dir"][i % 3]
            ask(server.port, ca, ("h1", "h2")[i % 2], target)
        now = admin.until(lambda now: now.sum("duet_requests_total") == 30)
        now = admin.until(lambda now: now("duet_connections_open") == 0)
        said = admin.status()
        now = admin.metrics()  # later: time on processors grows
        counted = {
            (dict(labels)["protocol"], dict(labels)["status"]): value
            for labels, value in now.of("duet_requests_total").items()
        }
        assert counted == as_counted(accesslog.parse(server.stop()[1]))
    assert counted == {
        (r["protocol"], str(r["status"])): r["count"] for r in said["requests"]
    }
    assert said["state"] == "serving"
    assert said["connections"] == {
        "accepted": now("duet_connections_accepted_total"),
        "open": now("duet_connections_open"),
    }
    for one in said["handshakes"]:
        resumed = "true" if one["resumed"] else "false"
        labels = {"version": one["version"], "resumed": resumed}
        assert now("duet_tls_handshakes_total", **labels) == one["count"]
    for reason, n in said["handshakes_failed"].items():
        assert now("duet_tls_handshakes_failed_total", reason=reason) == n
    assert len(said["handshakes_failed"]) == len(
        now.of("duet_tls_handshakes_failed_total")
    )
    assert said["reply_body_bytes"] == now("duet_reply_body_bytes_total")
    buckets = [b["count"] for b in said["durations"]["buckets"]]
    assert sum(buckets) == 30
    assert sum(w["requests"] for w in said["workers"]) == 30
    pids = {w["pid"] for w in said["workers"]}
    assert len(pids) == 2
    (certificate,) = said["certificates"]
    assert (certificate["name"], certificate["key"]) == ("localhost", "ECDSA")
    labels = {"identity": "1", "name": "localhost", "key": "ECDSA"}
    name = "duet_certificate_not_after_timestamp_seconds"
    assert now(name, **labels) > now("process_start_time_seconds")
    assert said["requests_in_progress"] == 0
    assert now.of("duet_site_requests_total") == {
        frozenset({("site", site["site"])}): site["requests"]
        for site in said["sites"]
    }
    assert said["sites"] == [{"site": "*", "requests": 30}]
    assert said["usage"]["cpu_us"] <= now("process_cpu_seconds_total") * 1e6
    assert said["usage"]["open_fds"] > 0


class TestUse:
    """What is under way, of which site, and what it takes."""

    def test_requests_in_progress(self, server, admin, ca, site):
        os.truncate(site / "big.bin", 1 << 30)
        name = "duet_requests_in_progress"
        assert admin.metrics()(name) == 0
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(GET % b"/big.bin")
            wire.read_head()
            with frames.Server(server, ca).connect() as conn:
                conn.send(frames.request(1, path="/big.bin"))
                conn.send(frames.request(3, path="/big.bin"))
                conn.expect_head(1)
                conn.expect_head(3)
                assert admin.metrics()(name) == 3
                assert admin.status()["requests_in_progress"] == 3
            admin.until(lambda now: now(name) == 1)
        admin.until(lambda now: now(name) == 0)

    @pytest.mark.parametrize("isolation", ["worker", "connection"])
    def test_requests_by_site(self, duet, site, ca, identity, isolation):
        files = f"cert: {identity.chain_file}, key: {identity.key_file}"
        path = duet.home / "duet.yaml"
        path.write_text(
            'listen: [ "127.0.0.1:0" ]\nadmin: 127.0.0.1:0\nsites:\n'
            + "".join(
                f"  - names: [ {names} ]\n    root: {site}\n"
                f"    identities: [ {{ {files} }} ]\n"
                for names in ("localhost, www.localhost", "other.example.org")
            )
        )
        with duet.serve(
            f"--config={path}", "--isolation", isolation
        ) as server:
            admin = Admin(server)
            first = {"site": "localhost"}, 0
            other = {"site": "other.example.org"}, 0
            name = "duet_site_requests_total"
            for labels, n in (first, other):
                assert (name, frozenset(labels.items())) in (
                    admin.metrics().values
                )
                assert admin.metrics()(name, **labels) == n
            for version in ("h1", "h2"):
                for target in ("/small.txt", "/missing"):
                    ask(server.port, ca, version, target)
            # of no site: nobody may choose a label
            with client(server, ca) as https:
                reply = https.ask("/", Host="nobody.example.org")
                assert reply.status == 421
            now = admin.until(lambda now: now.sum("duet_requests_total") == 5)
            assert now.sum(name) == now(name, site="localhost") == 4

    def test_what_processes_use(self, server, admin, ca):
        before = admin.metrics()
        began = before("process_start_time_seconds")
        assert 0 <= time.time() - began < 2 * LIMIT_S
        assert before("process_resident_memory_bytes") > 1 << 20
        assert before("process_open_fds") > 10
        for _ in range(20):
            ask(server.port, ca, "h1", "/small.txt")
        name = "process_cpu_seconds_total"
        admin.until(lambda now: now(name) > before(name))
        with connect(server.port, client_context(ca.file)):
            admin.until(
                lambda now: now("process_open_fds")
                > before("process_open_fds")
            )


class TestLife:
    """Health, and what outlives a worker."""

    def test_a_killed_worker_is_counted_and_totals_stay(self, serve, ca):
        with serve("--workers", 1) as server:
            admin = Admin(server)
            ask(server.port, ca, "h1", "/small.txt")
            admin.until(lambda now: now.sum("duet_requests_total") == 1)
            with connect(server.port, client_context(ca.file)) as wire:
                wire.write(GET % b"/small.txt")
                wire.read_head()
                admin.until(lambda now: now.sum("duet_requests_total") == 2)
                assert admin.metrics()("duet_connections_open") == 1
                (worker,) = admin.status()["workers"]
                os.kill(worker["pid"], signal.SIGKILL)
                admin.until(lambda now: now("duet_worker_restarts_total"))
            now = admin.until(lambda now: now("duet_workers_accepting") == 1)
            assert now("duet_worker_restarts_total") == 1
            assert now("duet_connections_open") == 0
            assert now.sum("duet_requests_total") == 2
            ask(server.port, ca, "h1", "/small.txt")
            admin.until(lambda now: now.sum("duet_requests_total") == 3)
            (again,) = admin.status()["workers"]
            assert again["pid"] != worker["pid"]
            assert again["requests"] == 3

    def test_health_while_no_worker_accepts(self, serve):
        with serve("--workers", 1) as server:
            admin = Admin(server)
            assert admin.health() == (200, "ok\n")
            # each that dies young makes the pause before the next longer
            for restarts in range(4):
                now = admin.until(
                    lambda s: s["workers"][0]["state"] == "accepting"
                    and s["workers"][0]["restarts"] == restarts,
                    admin.status,
                )
                os.kill(now["workers"][0]["pid"], signal.SIGKILL)
            found = admin.until(lambda h: h[0] == 503, admin.health)
            assert found[1].startswith("down: No worker accepts")
            page = admin.ask("/").body.decode()
            assert "<title>Duet is down</title>" in page
            assert admin.metrics()("duet_up") == 0
            admin.until(lambda h: h == (200, "ok\n"), admin.health)

    def test_a_stuck_worker_does_not_keep_it_from_answering(self, serve):
        with serve("--workers", 1) as server:
            admin = Admin(server)
            (worker,) = admin.status()["workers"]
            os.kill(worker["pid"], signal.SIGSTOP)
            assert admin.health()[0] == 200
            assert admin.metrics()("duet_workers_accepting") == 1
            os.kill(worker["pid"], signal.SIGCONT)

    def test_health_as_json(self, admin):
        reply = admin.ask("/healthz", Accept="application/json")
        assert reply["Content-Type"] == "application/json"
        assert b'"state":"serving","well":true' in reply.body

    def test_draining_is_told_to_those_who_are_there(
        self, server, admin, ca, site
    ):
        os.truncate(site / "big.bin", 1 << 30)
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(GET % b"/big.bin")
            wire.read_head()
            with admin.stay():
                server.process.terminate()
                found = admin.until(lambda h: h[0] == 503, admin.health)
                assert found[1].startswith("draining: No new connections")
                now = admin.metrics()
                assert now("duet_draining") == 1
                assert now("duet_up") == 0
                assert now("duet_connections_open") == 1
                page = admin.ask("/").body.decode()
                title = '<h1 id="state" data-live>Duet is <b>draining</b>'
                assert title in page
                assert admin.status()["state"] == "draining"

                def is_left(now):  # of others nothing is under way
                    states = [w["state"] for w in now["workers"]]
                    return states.count("ended") >= len(states) - 1

                workers = admin.until(is_left, admin.status)["workers"]
                states = {w["state"] for w in workers}
                assert states <= {"draining", "ended"}
                now = admin.metrics()
                assert now("duet_workers_accepting") == 0
                n_draining = [w["state"] for w in workers].count("draining")
                assert now("duet_workers_draining") == n_draining
                assert now("duet_requests_in_progress") == 1
                assert ">accepting<" not in admin.ask("/").body.decode()
            wait_until_nobody_listens(admin.address)
        assert server.process.wait(timeout=LIMIT_S) == 0

    def test_its_process_is_started_anew(self, server, admin, duet):
        before = admin.metrics()
        workers = {w.get("pid") for w in admin.status()["workers"]}
        (pid,) = set(process.children(server.pid)) - workers
        os.kill(pid, signal.SIGKILL)
        process.wait_for_end(pid, LIMIT_S)
        # it waits in the queue of the socket, which the supervisor holds
        now = admin.metrics()
        assert now.values.keys() == before.values.keys()
        assert f"process {pid} (of the admin listener) was" in duet.errors()

    def test_its_process_knows_no_users(self, duet, site, identity):
        verifier = "$2y$10$" + "Z" * 53
        (duet.home / "users.txt").write_text(f"bob:{verifier}\n")
        path = duet.home / "duet.yaml"
        path.write_text(GATED.format(site=site, id=identity))
        with duet.serve(f"--config={path}") as server:
            workers = {w["pid"] for w in Admin(server).status()["workers"]}
            (admin,) = set(process.children(server.pid)) - workers
            (worker,) = workers
            assert process.holds(worker, verifier.encode())
            assert not process.holds(admin, verifier.encode())

    def test_nobody_outlives_the_supervisor(self, server, admin):
        admin.metrics()
        family = process.children(server.pid)
        server.process.kill()
        server.process.wait()
        for pid in family:
            process.wait_for_end(pid, LIMIT_S)

    def test_without_it_there_is_no_process_more(self, duet, site, identity):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(site, "-w", "1", *words) as server:
            assert len(process.children(server.pid)) == 1
            assert server.admin == []


class TestPlace:
    """Where it listens, and to whom."""

    @pytest.mark.parametrize(
        "place", [":9090", "0.0.0.0:9090", "[::]:1", "192.0.2.1:1", "a.org:1"]
    )
    def test_others_are_refused(self, duet, site, place):
        for words in ([], ["--check"]):
            done = duet.run("serve", site, "--admin", place, *words)
            assert done.exit == (EXIT_CONFIG if words else EXIT_USAGE)
            assert f"'{place}' is no place for the admin" in done.sentence
            assert "127.0.0.1:9090" in done.sentence

    def test_and_told_with_their_line(self, duet, site):
        path = duet.home / "duet.yaml"
        path.write_text(
            'admin: ":9090"\nsites: [ { names: [ localhost ], '
            f"root: {site} }} ]\n"
        )
        done = duet.run("serve", "--check", "--config", path)
        assert done.exit == EXIT_CONFIG
        assert f"{path}:1:8: ':9090' is no place" in done.err

    def test_a_file_says_it_too(self, duet, site):
        path = duet.home / "duet.yaml"
        path.write_text(
            'listen: [ "127.0.0.1:0" ]\nadmin: unix:admin.sock\n'
            f"sites: [ {{ names: [ localhost ], root: {site} }} ]\n"
        )
        with duet.serve(f"--config={path}") as server:
            assert server.admin == [f"unix:{duet.home}/admin.sock"]
            assert Admin(server).health() == (200, "ok\n")
        with duet.serve(f"--config={path}", "--admin", "none") as server:
            assert server.admin == []

    def test_a_port_that_is_taken_is_said(self, duet, serve, site):
        with serve() as server:
            place = server.admin[0].removeprefix("http://")
            listen = f"unix:{duet.home}/other.sock"
            done = duet.run(
                "serve", site, "--admin", place, "--listen", listen
            )
            assert done.exit == 1
            assert f"cannot listen on '{place}'" in done.sentence
            assert not (duet.home / "other.sock").exists()

    def test_a_socket_is_of_one_user(self, serve, home):
        path = home / "admin.sock"
        with serve(admin=f"unix:{path}") as server:
            mode = path.stat().st_mode
            assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
            admin = Admin(server)
            assert admin.health() == (200, "ok\n")
            # no browser gets there: any name will do
            assert admin.ask("/", Host="example.org").status == 200
            admin.metrics()
            assert server.stop()[0] == 0
        assert not path.exists()

    @pytest.mark.parametrize(
        "host", ["example.org", "example.org:80", "127.0.0.1.nip.io", "[::]"]
    )
    def test_names_of_others_are_refused(self, admin, host):
        for target in ("/", "/metrics", "/status.json", "/healthz"):
            reply = admin.ask(target, Host=host)
            assert reply.status == 403
            assert b"duet_" not in reply.body

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:1"])
    def test_names_of_this_machine_are_not(self, admin, host):
        assert admin.ask("/metrics", Host=host).status == 200

    def test_nothing_can_be_changed(self, admin):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            reply = admin.ask("/", method)
            assert (reply.status, reply["Allow"]) == (405, "GET, HEAD")

    @pytest.mark.parametrize("target", ["/", "/metrics", "/status.json"])
    def test_head_is_get_without_the_body(self, admin, target):
        reply = admin.ask(target, "HEAD")
        assert (reply.status, reply.body) == (200, b"")
        assert int(reply["Content-Length"]) > 1000

    def test_there_is_nothing_else(self, admin):
        reply = admin.ask("/small.txt")
        assert reply.status == 404
        assert b"/metrics" in reply.body

    def test_nobody_keeps_it_and_nobody_guesses(self, admin):
        for target in ("/", "/metrics", "/status.json", "/healthz"):
            reply = admin.ask(target)
            assert reply["Cache-Control"] == "no-store"
            assert reply["X-Content-Type-Options"] == "nosniff"
            assert reply["Access-Control-Allow-Origin"] is None

    def test_the_policy_is_strict(self, admin):
        policy = admin.ask("/")["Content-Security-Policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert rules["connect-src"] == "'self'"
        digest = r"'sha256-[A-Za-z0-9+/]{43}='"
        assert re.fullmatch(digest, rules["script-src"])
        assert re.fullmatch(f"{digest} {digest}", rules["style-src"])
        for name in ("base-uri", "form-action", "frame-ancestors"):
            assert rules[name] == "'none'"
