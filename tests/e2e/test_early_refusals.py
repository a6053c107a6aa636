# SPDX-License-Identifier: MIT
"""Requests that are refused before anybody looks what they are for: they get
the fields and pages of their site all the same, and the log knows them."""

import subprocess

import pytest

from support import accesslog
from support.http2 import Http2
from support.versions import VERSIONS, ask
from support.wire import client_context, connect

CONFIG = """\
listen: 127.0.0.1:0
log: {{ format: {form} }}
limits: {{ line_bytes: 1000, head_bytes: 4000, body_bytes: 100 }}
sites:
  - names: [ localhost ]
    root: site
    hsts: {{ max_age_s: 60 }}
    headers: [ {{ set: X-Site, value: ours }} ]
    errors:
      - {{ status: 413, file: /413.html }}
      - {{ status: 431, file: /431.html }}
    routes:
      - path: /up/
        headers: [ {{ set: X-Route, value: up }} ]
    identities: [ {{ cert: {cert}, key: {key} }} ]
"""


@pytest.fixture(name="serve")
def fixture_serve(duet, site, identity):
    """With small limits, and a log in that form."""
    (site / "413.html").write_text("<p>too much\n")
    (site / "431.html").write_text("<p>too long\n")

    def serve(form="json"):
        (duet.home / "duet.yaml").write_text(
            CONFIG.format(
                form=form,
                cert=identity.chain_file,
                key=identity.key_file,
            )
        )
        return duet.serve(f"--config={duet.home / 'duet.yaml'}")

    return serve


def assert_is_dressed(reply):
    """Its site is known."""
    assert reply["X-Site"] == "ours"
    assert reply["Strict-Transport-Security"] == "max-age=60"
    assert reply["Request-Id"]


CASES = {
    "fields": (431, "/", [("X-Long", "x" * 2000)], b"<p>too long\n"),
    "target": (414, "/" + "x" * 2000, [], None),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_head_is_answered_with_a_head(serve, ca, version):
    """RFC 9110 s9.3.2; with a body, clients break off."""
    long = [("X-Long", "x" * 2000)]
    with serve() as served:
        reply = ask(served.port, ca, version, "/", long, method="HEAD")
        assert reply.status == 431
        assert_is_dressed(reply)
        assert served.stop()[0] == 0


def test_a_head_with_a_body_is_so_in_http2(serve, ca):
    with serve() as served:
        context = client_context(ca.file, alpn=["h2"])
        with connect(served.port, context) as wire:
            client = Http2(wire)
            fields = {
                ":method": "HEAD",
                ":scheme": "https",
                ":authority": "localhost",
                ":path": "/up/a",
                "content-length": "101",
            }
            client.engine.send_headers(1, list(fields.items()))
            client.flush()
            reply = client.take_reply()
        assert reply.status == 413
        assert reply["X-Route"] == "up"
        assert reply["Content-Length"] == str(len("<p>too much\n"))
        assert served.stop()[0] == 0


def upload(served, ca, version, *words):
    """101 bytes, by curl: the head that came, and the body."""
    url = f"https://localhost:{served.port}/up/a?b"
    done = subprocess.run(
        [
            *("curl", "-sS", "-i", "--cacert", ca.file, "-A", "agent"),
            {"h1": "--http1.1", "h2": "--http2"}[version],
            *("-X", "PUT", "--data-binary", "x" * 101, *words, url),
        ],
        capture_output=True,
        check=True,
        timeout=30,
    )
    head, _, body = done.stdout.decode().partition("\r\n\r\n")
    return head.lower().split("\r\n"), body


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CASES)
def test_has_the_fields_and_the_page_of_its_site(serve, ca, version, name):
    status, target, fields, page = CASES[name]
    with serve() as served:
        reply = ask(served.port, ca, version, target, fields)
        assert reply.status == status
        assert_is_dressed(reply)
        assert reply["X-Route"] is None
        if page is not None:
            assert reply.body == page
        else:
            assert b"414 URI Too Long: its address" in reply.body
        assert served.stop()[0] == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_an_upload_has_those_of_its_route(serve, ca, version):
    with serve() as served:
        head, body = upload(served, ca, version)
        assert " 413" in head[0]
        assert body == "<p>too much\n"
        assert {"x-site: ours", "x-route: up"} < set(head)
        assert "strict-transport-security: max-age=60" in head
        assert served.stop()[0] == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_programs_get_json(serve, ca, version):
    with serve() as served:
        words = ["-H", "Accept: application/json"]
        head, body = upload(served, ca, version, *words)
        assert "content-type: application/problem+json" in head
        assert '"target":"/up/a?b"' in body
        assert served.stop()[0] == 0


def test_what_is_no_request_is_of_the_site_of_its_connection(serve, ca):
    with serve() as served:
        reply = ask(served.port, ca, "h1", "/", [("Host", "a b")])
        assert reply.status == 400
        assert_is_dressed(reply)
        reply = ask(
            served.port, ca, "h1", "/", [("Transfer-Encoding", "gzip")]
        )
        assert reply.status == 501
        assert_is_dressed(reply)
        assert served.stop()[0] == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_the_log_knows_an_upload_that_is_too_large(serve, ca, version):
    with serve() as served:
        upload(served, ca, version)
        status, lines = served.stop()
        assert status == 0
    (entry,) = accesslog.parse(lines)
    number = {"h1": "1.1", "h2": "2"}[version]
    assert entry.status == 413
    assert entry.fields["protocol"] == f"HTTP/{number}"
    assert entry.fields["method"] == "PUT"
    assert entry.fields["target"] == "/up/a?b"
    assert entry.fields["host"] == f"localhost:{served.port}"
    assert entry.fields["user_agent"] == "agent"
    assert entry.fields["site"] == "localhost"
    assert entry.fields["cut_by"] == "us"
    assert entry.fields["cut"] == "local"
    assert "body_bytes" in entry.fields["why"]


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_us_who_do_not_take_more_of_a_body(serve, ca, version):
    """Of which nobody knew how long it would be, and which was answered."""
    with serve() as served:
        words = ["-H", "Transfer-Encoding: chunked"] * (version == "h1")
        head, _ = upload(served, ca, version, *words, "-H", "Content-Length:")
        assert " 405" in head[0]
        status, lines = served.stop()
        assert status == 0
    (entry,) = accesslog.parse(lines)
    assert entry.status == 405
    assert "body_bytes" in entry.fields["why"]
    assert entry.fields["cut_by"] == "us"
    assert entry.fields["cut"] == "local"


def test_the_common_log_knows_it_too(serve, ca):
    with serve("common") as served:
        upload(served, ca, "h1")
        status, lines = served.stop()
        assert status == 0
    assert '"PUT /up/a?b HTTP/1.1" 413 ' in lines[0]
