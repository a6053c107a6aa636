# SPDX-License-Identifier: MIT
"""Plain HTTP, which is sent to HTTPS."""

import http.client
import json
import socket
import subprocess

import pytest

from support.https import client
from support.wire import LIMIT_S

SITES = """\
listen: [ "127.0.0.1:0", "127.0.0.1:0" ]
http_redirect: [ "127.0.0.1:0", "unix:plain.sock" ]
sites:
  - names: [ localhost ]
    identities: [ {{ cert: {chain}, key: {key} }} ]
    hsts: {{ max_age_s: 60 }}
    root: www
"""


def port_of(address):
    """Of "127.0.0.1:80"."""
    return int(address.rpartition(":")[2])


def ask(port, target, method="GET", **fields):
    """One request without TLS."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    connection.request(method, target, headers=fields)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    return reply, body


@pytest.fixture(name="served", params=["worker", "connection"])
def fixture_served(request, duet, home, identity):
    """One site with a name."""
    (home / "www").mkdir()
    (home / "www/a b.txt").write_text("found\n")
    (home / "duet.yaml").write_text(
        SITES.format(chain=identity.chain_file, key=identity.key_file)
    )
    with duet.serve(
        f"--config={home / 'duet.yaml'}", f"--isolation={request.param}"
    ) as served:
        yield served
        assert served.stop()[0] == 0


@pytest.mark.parametrize(
    "target, path",
    [
        ("/", "/"),
        ("/a%20b.txt?x=%2F&y", "/a%20b.txt?x=%2F&y"),
        ("/%2e%2e//x", "/%2e%2e//x"),
        ("/?", "/?"),
        ("http://localhost/x?y", "/x?y"),
        ("http://localhost", "/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_every_request_is_sent_to_https(served, method, target, path):
    port = port_of(served.addresses[2])
    reply, body = ask(port, target, method, Host=f"localhost:{port}")
    https = port_of(served.addresses[0])
    assert reply.status == 308
    assert reply.headers["Location"] == f"https://localhost:{https}{path}"
    assert reply.headers["Strict-Transport-Security"] is None
    assert method == "HEAD" or b"HTTPS" in body


def test_it_leads_to_the_file(served, ca):
    reply, _ = ask(
        port_of(served.addresses[2]), "/a%20b.txt", Host="LOCALHOST."
    )
    assert reply.status == 308
    with client(served, ca) as found:
        again = found.ask("/a%20b.txt")
        assert (again.status, again.body) == (200, b"found\n")
        assert again["Strict-Transport-Security"] == "max-age=60"


@pytest.mark.parametrize(
    "fields, status",
    [
        ({"Host": "other.test"}, 421),
        ({"Host": ""}, 400),
    ],
)
def test_what_has_no_site_is_sent_nowhere(served, fields, status):
    reply, _ = ask(port_of(served.addresses[2]), "/", **fields)
    assert (reply.status, reply.headers["Location"]) == (status, None)


def test_requests_are_in_the_log(served):
    ask(port_of(served.addresses[2]), "/x", Host="localhost")
    status, (line,) = served.stop()
    assert status == 0
    fields = json.loads(line)
    assert (fields["status"], fields["target"]) == (308, "/x")
    assert "tls" not in fields


def test_a_socket_file_will_do(served, home):
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(LIMIT_S)
        plain.connect(str(home / "plain.sock"))
        plain.sendall(
            b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        text = b""
        while chunk := plain.recv(65536):
            text += chunk
    https = port_of(served.addresses[0])
    assert text.startswith(b"HTTP/1.1 308 ")
    assert f"Location: https://localhost:{https}/x\r\n".encode() in text


def test_tls_is_not_spoken_there(served, ca):
    done = subprocess.run(
        ["curl", "-sS", "--cacert", ca.file]
        + [f"https://localhost:{port_of(served.addresses[2])}/"],
        capture_output=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert done.returncode == 35


def test_addresses_are_taken_as_they_come(duet, site):
    """A site for every name."""
    with duet.serve(
        site, "--http-redirect", "127.0.0.1:0", "--http-redirect", "[::1]:0"
    ) as served:
        for host in ("127.0.0.1", "[::1]", "a.test"):
            port = port_of(served.addresses[1])
            reply, _ = ask(port, "/x", Host=f"{host}:{port}")
            assert reply.headers["Location"] == (
                f"https://{host}:{port_of(served.addresses[0])}/x"
            )
        assert served.stop()[0] == 0
    assert "redirects to HTTPS: http://localhost:" in duet.errors()


PLAIN = """\
listen: [ "127.0.0.1:0" ]
http_redirect: [ "127.0.0.1:0" ]
sites:
  - names: [ localhost ]
    identities: [ {{ cert: {chain}, key: {key} }} ]
    hsts: {{ max_age_s: 60 }}
    headers: [ {{ set: X-Of, value: site }} ]
    root: www
    routes:
      - path: /crl/
        insecure_http: true
        cache: [ {{ control: max-age=60 }} ]
      - path: /crl/private/
        insecure_http: false
"""


class TestInsecure:
    """Routes that are answered without TLS, since they say so."""

    @pytest.fixture(name="served", params=["worker", "connection"])
    def fixture_served(self, request, duet, home, identity):
        """A site, a part of which is, and a part of that is not."""
        (home / "www/crl/private").mkdir(parents=True)
        for name in ("index.html", "crl/a.crl", "crl/private/b"):
            (home / "www" / name).write_text(f"{name}\n")
        (home / "duet.yaml").write_text(
            PLAIN.format(chain=identity.chain_file, key=identity.key_file)
        )
        with duet.serve(
            f"--config={home / 'duet.yaml'}", f"--isolation={request.param}"
        ) as served:
            yield served
            assert served.stop()[0] == 0

    def test_is_answered(self, served, ca):
        reply, body = ask(
            port_of(served.addresses[1]), "/crl/a.crl", Host="localhost"
        )
        assert (reply.status, body) == (200, b"crl/a.crl\n")
        assert reply.headers["X-Of"] == "site"
        assert reply.headers["Cache-Control"] == "max-age=60"
        # RFC 6797 s7.2
        assert reply.headers["Strict-Transport-Security"] is None
        with client(served, ca) as found:
            again = found.ask("/crl/a.crl")
        assert again["Strict-Transport-Security"] == "max-age=60"
        assert again["ETag"] == reply.headers["ETag"]

    @pytest.mark.parametrize(
        "target, status",
        [
            ("/crl/none", 404),
            ("/crl/private/b", 308),
            ("/crl/../index.html", 308),
            ("/crl/%2e%2e/index.html", 308),
            ("/index.html", 308),
            ("/", 308),
        ],
    )
    def test_nothing_else_is(self, served, target, status):
        reply, body = ask(
            port_of(served.addresses[1]), target, Host="localhost"
        )
        assert reply.status == status
        assert b"index.html\n" not in body and b"private/b\n" not in body
        assert reply.headers["Strict-Transport-Security"] is None

    @pytest.mark.parametrize("host, status", [("other.test", 421), ("", 400)])
    def test_nor_of_another_site(self, served, host, status):
        reply, _ = ask(port_of(served.addresses[1]), "/crl/a.crl", Host=host)
        assert reply.status == status

    def test_what_is_of_it_is_in_the_log(self, served):
        ask(port_of(served.addresses[1]), "/crl/a.crl", Host="localhost")
        status, (line,) = served.stop()
        fields = json.loads(line)
        assert status == 0
        assert (fields["status"], fields["site"]) == (200, "localhost")
        assert "tls" not in fields
