# SPDX-License-Identifier: MIT
"""`duet serve --config`: several sites, each by its own names."""

import re
import ssl
import time
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from support.http2 import Http2
from support.wire import client_context, connect

FILE = """\
listen: [ "127.0.0.1:0", "127.0.0.1:0" ]
workers: 1
sites:
  - names: [ a.test, "*.a.test" ]
    identities:
      - {{ cert: {a.chain_file}, key: {a.key_file} }}
      - {{ cert: {rsa.chain_file}, key: {rsa.key_file} }}
    root: www/a
  - names: [ b.test, x.a.test ]
    identities: [ {{ cert: {b.chain_file}, key: {b.key_file} }} ]
    root: www/b
"""
DEFAULT = """\
  - names: [ d.test ]
    default: true
    identities: [ {{ cert: {d.chain_file}, key: {d.key_file} }} ]
    root: www/d
"""


@pytest.fixture(scope="session", name="identities")
def fixture_identities(ca):
    """Of each site; that of every one is good for all of their names."""
    names = ["a.test", "*.a.test", "b.test", "d.test", "127.0.0.1"]
    found = {site: ca.issue(*names, common_name=site) for site in "abd"}
    found["rsa"] = ca.issue(*names, bits=2048, common_name="rsa")
    return found


@pytest.fixture(name="write")
def fixture_write(home, identities):
    """Write a configuration, and the directories it names."""

    def write(text):
        for site in "abd":
            (home / "www" / site).mkdir(parents=True, exist_ok=True)
            (home / "www" / site / "index.html").write_text(f"site {site}\n")
        path = home / "duet.yaml"
        path.write_text(text.format(**identities))
        return path

    return write


@pytest.fixture(name="two")
def fixture_two(duet, write):
    """Two sites, and none for other names."""
    with duet.serve(f"--config={write(FILE)}") as served:
        yield served
        assert served.stop()[0] == 0


@pytest.fixture(name="three")
def fixture_three(duet, write):
    """A third for all other names."""
    with duet.serve(f"--config={write(FILE + DEFAULT)}") as served:
        yield served
        assert served.stop()[0] == 0


@contextmanager
def wire_to(server, ca, sni, **more):
    """A connection for a name, or for None; names are not our business."""
    context = client_context(ca.file, **more)
    context.check_hostname = False
    with connect(server.port, context, sni) as wire:
        yield wire


def shown(wire):
    """The common name of the certificate that came."""
    cert = x509.load_der_x509_certificate(wire.tls.getpeercert(True))
    return cert.subject.rdns[-1].rfc4514_string().partition("=")[2]


def ask(wire, host, target="/", version="1.1"):
    """One request: its status and its body."""
    lines = [f"GET {target} HTTP/{version}"]
    lines += [f"Host: {host}"] if host is not None else []
    wire.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
    head, _, body = wire.read_all().decode().partition("\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize(
    "sni, site",
    [
        ("a.test", "a"),
        ("A.Test", "a"),
        ("w.a.test", "a"),
        ("x.a.test", "b"),  # the name itself goes before a wildcard
        ("b.test", "b"),
        ("d.test", "d"),
        ("v.w.a.test", "d"),  # a wildcard is one label
        ("unknown.test", "d"),
        (None, "d"),
    ],
)
def test_the_name_chooses_certificate_and_directory(three, ca, sni, site):
    with wire_to(three, ca, sni) as wire:
        assert shown(wire) == site
        host = sni or f"127.0.0.1:{three.port}"
        assert ask(wire, host) == (200, f"site {site}\n")


def test_a_site_has_a_certificate_for_each_kind_of_client(three, ca):
    context = client_context(ca.file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    with connect(three.port, context, "a.test") as wire:
        assert shown(wire) == "rsa"
        der = wire.tls.getpeercert(True)
        key = x509.load_der_x509_certificate(der).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
    with wire_to(three, ca, "a.test") as wire:
        assert shown(wire) == "a"


def test_what_is_told_is_a_name_that_answers(duet, write):
    text = FILE.replace('"127.0.0.1:0", "127.0.0.1:0"', '":0", "127.0.0.1:0"')
    with duet.serve(f"--config={write(text)}") as served:
        every, loopback = served.addresses
        assert every.startswith("a.test:") and loopback.startswith("127.")
    said = duet.errors()
    assert "localhost" not in said
    for address in served.addresses:
        port = address.rpartition(":")[2]
        assert f"  https://a.test:{port}/  " in said


def test_a_pattern_is_no_name_to_go_to(duet, write):
    text = FILE.partition("  - names: [ b.test")[0]
    text = text.replace("a.test, ", "").replace("127.0.0.1:0", ":0", 1)
    with duet.serve(f"--config={write(text)}") as served:
        assert served.addresses[0].startswith("a.test:")
    said = duet.errors()
    assert "*" not in said
    for address in served.addresses:  # by the name that its certificate has
        port = address.rpartition(":")[2]
        assert f"  https://a.test:{port}/  " in said


@pytest.mark.parametrize("sni", ["unknown.test", "v.w.a.test", None])
def test_without_a_default_other_names_are_refused(two, duet, ca, sni):
    with pytest.raises(ssl.SSLError) as failure:
        with wire_to(two, ca, sni):
            pass
    assert failure.value.reason == "TLSV1_UNRECOGNIZED_NAME"
    two.stop()
    words = "which site it wants" if sni is None else f"asking for '{sni}'"
    assert words in duet.errors()


@pytest.mark.parametrize(
    "sni, host, status",
    [
        ("a.test", "a.test", 200),
        ("a.test", "A.TEST:8443", 200),
        ("a.test", "a.test.", 200),
        ("a.test", "w.a.test", 200),  # another name of the same site
        ("a.test", "b.test", 421),
        ("a.test", "x.a.test", 421),
        ("a.test", "unknown.test", 421),
        ("a.test", "127.0.0.1", 421),
        ("a.test", "[2001:db8::1]", 421),
        ("b.test", "a.test", 421),
        ("d.test", "unknown.test", 200),
        ("unknown.test", "other.test", 200),
        ("unknown.test", "a.test", 421),
        (None, "[::1]:443", 200),
        (None, "a.test", 421),
    ],
)
def test_a_request_is_for_the_site_of_its_connection(
    three, ca, sni, host, status
):
    with wire_to(three, ca, sni) as wire:
        found, body = ask(wire, host)
    assert found == status
    if status == 421:
        assert "421 Misdirected Request" in body
        assert f", and {host.lower()} is not served on it" in body


def test_an_absolute_target_goes_before_host(three, ca):
    with wire_to(three, ca, "a.test") as wire:
        assert ask(wire, "a.test", "https://b.test/")[0] == 421
    with wire_to(three, ca, "a.test") as wire:
        assert ask(wire, "b.test", "https://a.test/") == (200, "site a\n")


def test_a_request_without_a_name_is_for_that_of_its_connection(three, ca):
    with wire_to(three, ca, "b.test") as wire:
        assert ask(wire, None, version="1.0") == (200, "site b\n")


def test_it_is_the_same_in_http2(three, ca):
    with wire_to(three, ca, "a.test", alpn=("h2",)) as wire:
        http2 = Http2(wire)
        for host, status in [("w.a.test", 200), ("b.test", 421)] * 2:
            http2.authority = host
            reply = http2.ask("GET", "/", [])
            assert reply.status == status
            assert (b"is not served on it" in reply.body) == (status == 421)


def test_every_listener_has_every_site(three, ca):
    ports = {address.rpartition(":")[2] for address in three.addresses}
    assert len(ports) == 2
    for port in ports:
        with connect(int(port), client_context(ca.file), "b.test") as wire:
            assert ask(wire, "b.test") == (200, "site b\n")


def test_a_process_for_every_connection_knows_the_sites_too(duet, write, ca):
    text = (FILE + DEFAULT).replace("workers: 1", "isolation: connection")
    with duet.serve(f"--config={write(text)}") as served:
        for site in "ab":
            with wire_to(served, ca, f"{site}.test") as wire:
                assert shown(wire) == site
                assert ask(wire, f"{site}.test") == (200, f"site {site}\n")


def test_a_session_of_one_site_opens_no_other(three, ca):
    context = client_context(ca.file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    with connect(three.port, context, "a.test") as wire:
        session = wire.tls.session
    for sni, resumed in [("a.test", True), ("b.test", False)]:
        with connect_again(three.port, context, sni, session) as wire:
            assert wire.tls.session_reused is resumed
            assert shown(wire) == ("a" if resumed else "b")


@contextmanager
def connect_again(port, context, sni, session):
    """With a session of another name, which wrap_bio() is told alone."""
    wrap = context.wrap_bio

    class Resuming:
        """A context for one connection."""

        @staticmethod
        def wrap_bio(*words, **more):
            """As SSLContext's."""
            return wrap(*words, session=session, **more)

    with connect(port, Resuming, sni) as wire:
        yield wire


def test_keys_of_any_site_are_served_by_none(
    duet, write, identities, home, ca
):
    path = write(FILE)
    (home / "www/a/link").hardlink_to(identities["b"].key_file)
    (home / "www/b/link").hardlink_to(identities["b"].key_file)
    with duet.serve(f"--config={path}") as served:
        for site in "ab":
            with wire_to(served, ca, f"{site}.test") as wire:
                assert ask(wire, f"{site}.test", "/link")[0] == 404


def test_each_site_lists_or_does_not(duet, write, home, ca):
    path = write(FILE.replace("root: www/b", "root: www/b\n    list: true"))
    for site in "ab":
        (home / "www" / site / "sub").mkdir()
        (home / "www" / site / "sub/found.txt").write_text("x\n")
    for words, statuses in [((), (403, 200)), (("--list",), (200, 200))]:
        with duet.serve(f"--config={path}", *words) as served:
            for site, status in zip("ab", statuses):
                with wire_to(served, ca, f"{site}.test") as wire:
                    found, body = ask(wire, f"{site}.test", "/sub/")
                assert found == status
                assert ("found.txt" in body) == (status == 200)


def test_the_format_of_the_log_is_in_the_file(duet, write, home, ca):
    path = write("log: {{ format: common }}\n" + FILE)
    for words, start in [((), "127.0.0.1 - - ["), (("json",), "{")]:
        words = [f"--log-format={word}" for word in words]
        with duet.serve(f"--config={path}", *words) as served:
            with wire_to(served, ca, "a.test") as wire:
                assert ask(wire, "a.test")[0] == 200
            assert served.stop()[0] == 0
        line = (home / "serve.log").read_text().splitlines()[-1]
        assert line.startswith(start)


def test_changes_in_any_site_are_seen_at_once(duet, write, home, ca):
    """Of more sites than a worker remembers; each is told of its own."""
    identity = ca.issue(*[f"s{i}.test" for i in range(6)])
    text = 'listen: [ "127.0.0.1:0" ]\nworkers: 1\nsites:\n'
    for i in range(6):
        (home / f"www/{i}").mkdir(parents=True)
        (home / f"www/{i}/index.html").write_text(f"old {i}\n")
        text += (
            f"  - names: [ s{i}.test ]\n    root: www/{i}\n"
            f"    identities: [ {{{{ cert: {identity.chain_file}, "
            f"key: {identity.key_file} }}}} ]\n"
        )

    def answers(served):
        for i in range(6):
            with wire_to(served, ca, f"s{i}.test") as wire:
                status, body = ask(wire, f"s{i}.test")
                assert status == 200
                yield body

    with duet.serve(f"--config={write(text)}") as served:
        expected = [f"old {i}\n" for i in range(6)]
        for _ in range(3):  # a file is kept when it is asked for again
            assert list(answers(served)) == expected
        for i in reversed(range(6)):
            expected[i] = f"new {i}\n"
            (home / f"www/{i}/index.html").write_text(expected[i])
            assert list(answers(served)) == expected


class TestManySites:
    """A thousand of them, each with a key of its own."""

    N = 1000

    @pytest.fixture(name="many", scope="class")
    def fixture_many(self, work, ca):
        """The file, and what it names."""
        home = work / "many"
        lines = ['listen: [ "127.0.0.1:0" ]', "workers: 1", "sites:"]
        for i in range(self.N):
            (home / f"www/{i}").mkdir(parents=True)
            (home / f"www/{i}/index.html").write_text(f"site {i}\n")
            identity = ca.issue(f"s{i}.test")
            lines += [
                f"  - names: [ s{i}.test ]",
                f"    identities: [ {{ cert: {identity.chain_file}, "
                f"key: {identity.key_file} }} ]",
                f"    root: www/{i}",
            ]
        path = home / "many.yaml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def test_start_and_serve_by_name(self, duet, many, ca):
        # What a sanitizer keeps of freed memory is not the program's.
        duet.env["ASAN_OPTIONS"] += (
            ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
            ":malloc_context_size=0"
        )
        begin = time.monotonic()
        with duet.serve(f"--config={many}") as served:
            took = time.monotonic() - begin
            for i in (0, 1, 17, 499, 500, 998, 999):
                with wire_to(served, ca, f"s{i}.test") as wire:
                    assert shown(wire) == f"s{i}.test"
                    assert ask(wire, f"s{i}.test") == (200, f"site {i}\n")
            sizes = memory_of_all(served.pid)
            print(f"ready after {took:.2f} s; RSS {sizes} KB")
            assert len(sizes) == 2  # the supervisor and the worker
            assert sum(sizes) < 150 * 1024

    def test_are_checked(self, duet, many):
        done = duet.run("serve", "--check", "--config", many)
        said = f"{many}: fine: 1000 sites, 1000 identities\n"
        assert (done.exit, done.out.decode(), done.err) == (0, said, "")


def memory_of_all(pid):
    """Resident KB of a process and of its children."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        pids = [pid, *map(int, file.read().split())]
    return [memory_of(one) for one in pids]


def memory_of(pid):
    """Resident KB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1])
