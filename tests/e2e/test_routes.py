# SPDX-License-Identifier: MIT
"""Routes: what a site does, path by path."""

import json
import shutil

import pytest

from conftest import new_home, program_of
from support.https import client

SITE = """\
listen: [ "127.0.0.1:0" ]
workers: 1
log: { file: none }
sites:
  - root: www
    hsts: { max_age_s: 86400, subdomains: true, preload: true }
    headers:
      - { set: X-Outer, value: outer }
      - { set: X-Both, value: outer }
    cache:
      - { files: [ "*.css", sw.js ], control: max-age=60 }
      - { files: [ index.html ], control: no-cache }
    errors:
      - { status: 404, file: /404.html }
      - { status: 412, file: /nowhere.html }
    routes:
      - path: /docs/
        root: docs
        list: true
        headers:
          - { set: X-Both, value: inner }
          - { add: Vary, value: Cookie }
          - { remove: accept-ranges }
      - path: /docs/hidden/
        list: false
        cache: [ { control: no-store } ]
      - path: /app/
        fallback: /app/index.html
        cache:
          - { files: [ index.html ], control: no-cache }
          - { control: "max-age=31536000, immutable" }
      - path: /.well-known/
        fallback: /index.html
      - path: /app/api/
        errors: [ { status: 404, file: /api.html } ]
        reply: { status: 404 }
      - { path: /old/, redirect: { to: "/docs/", status: 301 } }
      - { path: /moved, redirect: { to: "https://a.test/x?y=z" } }
      - { path: /query, redirect: { to: /docs/a.txt, status: 308 } }
      - { path: /gone/, reply: { status: 410 } }
      - path: /hello
        reply: { status: 200, type: text/html, text: "<p>hello\\n" }
      - { path: /none, reply: { status: 204 } }
      - { path: /closed, reply: { status: 503, text: "closed\\n" } }
      - { path: "/sp ace/", reply: { status: 200, text: blank } }
"""

FILES = {
    "www/index.html": "start\n",
    "www/a.css": "a{}\n",
    "www/sw.js": "sw\n",
    "www/a.txt": "outer a\n",
    "www/404.html": "<p>own page\n",
    "www/docs/a.txt": "never seen\n",
    "www/app/index.html": "program\n",
    "www/app/real.txt": "real\n",
    "docs/a.txt": "docs a\n",
    "docs/hidden/b.txt": "b\n",
    "docs/dir/c.txt": "c\n",
    "docs/.secret": "secret\n",
    "secret.txt": "outside\n",
}


def with_identity(text, identity):
    """The one that every client trusts, for the first site."""
    pair = f"cert: {identity.chain_file}, key: {identity.key_file}"
    return text.replace(
        "sites:\n  - ", f"sites:\n  - identities: [ {{ {pair} }} ]\n    ", 1
    )


@pytest.fixture(scope="module", name="place")
def fixture_place(work, identity):
    """A directory with all that the site has."""
    with new_home(work) as home:
        for name, text in FILES.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (home / "duet.yaml").write_text(with_identity(SITE, identity))
        yield home


@pytest.fixture(scope="module", name="served")
def fixture_served(place, sanitizer_env, reports):
    """The site above, for all tests."""
    with program_of(place, sanitizer_env, reports) as program:
        with program.serve(f"--config={place / 'duet.yaml'}") as served:
            yield served
            assert served.stop()[0] == 0


@pytest.fixture(name="ask")
def fixture_ask(served, ca):
    """One request after the other."""
    with client(served, ca) as found:
        yield found.ask


@pytest.mark.parametrize(
    "target, status, body",
    [
        ("/", 200, b"start\n"),
        ("/a.txt", 200, b"outer a\n"),
        ("/docs/a.txt", 200, b"docs a\n"),
        ("//docs//a.txt", 200, b"docs a\n"),
        ("/%64ocs/a.txt", 200, b"docs a\n"),
        ("/x/../docs/a.txt", 200, b"docs a\n"),
        ("/docs/../a.txt", 200, b"outer a\n"),
        ("/docs/dir/c.txt", 200, b"c\n"),
        ("/docs/hidden/b.txt", 200, b"b\n"),
        ("/app/", 200, b"program\n"),
        ("/app/real.txt", 200, b"real\n"),
        ("/app/some/view", 200, b"program\n"),
        ("/app/some/view/", 200, b"program\n"),
        ("/app/real.txt/more", 200, b"program\n"),
        ("/hello", 200, b"<p>hello\n"),
        ("/none", 204, b""),
        ("/sp%20ace/x", 200, b"blank"),
    ],
)
def test_what_a_path_is_answered(ask, target, status, body):
    reply = ask(target)
    assert (reply.status, reply.body) == (status, body)


@pytest.mark.parametrize(
    "target, status",
    [
        ("/docs/../secret.txt", 404),
        ("/docs/../../secret.txt", 400),
        ("/docs/%2e%2e/%2e%2e/secret.txt", 400),
        ("/docs%2f..%2fsecret.txt", 400),
        ("/docs/.secret", 404),
        ("/docs../secret.txt", 404),
        ("/docs/..%2f..%2fsecret.txt", 400),
        ("/app/.git/config", 404),
        ("/.well-known/security.txt", 404),
        ("/docs/hidden/", 403),
        ("/hello/", 404),
        ("/gone/", 410),
        ("/gone/x", 410),
        ("/app/api/x", 404),
    ],
)
def test_what_a_path_is_refused(ask, target, status):
    reply = ask(target)
    assert reply.status == status
    assert b"outside" not in reply.body
    assert b"program" not in reply.body


@pytest.mark.parametrize(
    "target, status, location",
    [
        ("/docs", 301, "/docs/"),
        ("/docs?a=b", 301, "/docs/?a=b"),
        ("/docs/dir", 301, "/docs/dir/"),
        ("/gone", 301, "/gone/"),
        ("/old", 301, "/old/"),
        ("/old/", 301, "/docs/"),
        ("/old/x/y.txt", 301, "/docs/x/y.txt"),
        ("/old/x%20y%3f?a=%20", 301, "/docs/x%20y%3F?a=%20"),
        ("/old//evil.test/", 301, "/docs/evil.test/"),
        ("/moved", 302, "https://a.test/x?y=z"),
        ("/moved?a=b", 302, "https://a.test/x?y=z"),
        ("/query", 308, "/docs/a.txt"),
        ("/query?a=b", 308, "/docs/a.txt?a=b"),
        ("/query?", 308, "/docs/a.txt?"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_where_a_path_is_sent(ask, method, target, status, location):
    if method == "POST" and location == "/docs/dir/":
        pytest.skip("that is of the files, which take no POST")
    reply = ask(target, method)
    assert (reply.status, reply["Location"]) == (status, location)


def test_fields_are_on_every_reply_from_the_site_inwards(ask):
    hsts = "max-age=86400; includeSubDomains; preload"
    etag = ask("/a.txt")["ETag"]
    for target, more, status in [
        ("/a.txt", {}, 200),
        ("/a.txt", {"If_None_Match": etag}, 304),
        ("/a.txt", {"Range": "bytes=99-"}, 416),
        ("/a.txt", {"If_Match": '"x"'}, 412),
        ("/nope", {}, 404),
        ("/moved", {}, 302),
        ("/none", {}, 204),
    ]:
        reply = ask(target, **more)
        assert reply.status == status
        assert reply["Strict-Transport-Security"] == hsts
        assert (reply["X-Outer"], reply["X-Both"]) == ("outer", "outer")
    reply = ask("/docs/a.txt")
    assert (reply["X-Outer"], reply["X-Both"]) == ("outer", "inner")
    assert reply.headers.get_all("X-Both") == ["inner"]
    assert reply["Accept-Ranges"] is None
    assert reply["Vary"] == "Cookie"
    assert ask("/docs/nope").headers.get_all("Vary") == ["Accept", "Cookie"]
    assert ask("/docs/hidden/b.txt")["X-Both"] == "inner"


@pytest.mark.parametrize(
    "target, control",
    [
        ("/", "no-cache"),
        ("/index.html", "no-cache"),
        ("/a.css", "max-age=60"),
        ("/sw.js", "max-age=60"),
        ("/a.txt", None),
        ("/docs/a.txt", None),
        ("/docs/hidden/b.txt", "no-store"),
        ("/nope.css", None),
        ("/gone/a.css", None),
        ("/app/real.txt", "max-age=31536000, immutable"),
        ("/app/real.0123.js", "no-cache"),  # the fallback is what is sent
        ("/app/", "no-cache"),
    ],
)
def test_caches_are_told_by_the_name_of_the_file(ask, target, control):
    reply = ask(target)
    assert reply["Cache-Control"] == control
    if reply["ETag"]:
        again = ask(target, If_None_Match=reply["ETag"])
        assert (again.status, again["Cache-Control"]) == (304, control)
        part = ask(target, Range="bytes=0-0")
        assert (part.status, part["Cache-Control"]) == (206, control)


def test_fields_are_on_every_reply_of_a_file_that_is_kept(ask):
    for target, inner in (("/a.txt", False), ("/docs/a.txt", True)):
        for _ in range(5):
            headers = ask(target).headers
            assert headers["X-Both"] == ("inner" if inner else "outer")
            assert ("Accept-Ranges" in headers) != inner
            assert headers["ETag"]
            assert headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_type_is_of_files_and_replies_and_not_of_pages(
    duet, home, ca, identity
):
    (home / "www/empty").mkdir(parents=True)
    (home / "www/a").write_text("a\n")
    (home / "www/own.txt").write_text("own\n")
    text = (
        "listen: 127.0.0.1:0\n"
        "sites:\n"
        "  - root: www\n"
        "    list: true\n"
        "    headers: [ { set: Content-Type, value: text/csv } ]\n"
        "    errors: [ { status: 404, file: /own.txt } ]\n"
        "    routes:\n"
        "      - { path: /r, reply: { status: 404, text: r } }\n"
        "      - { path: /gone, reply: { status: 410 } }\n"
        "      - { path: /away, redirect: { to: /a } }\n"
    )
    (home / "duet.yaml").write_text(with_identity(text, identity))
    with duet.serve(f"--config={home / 'duet.yaml'}") as served:
        with client(served, ca) as found:
            for target, method, status, kind in [
                ("/a", "GET", 200, "text/csv"),
                ("/a", "HEAD", 200, "text/csv"),
                ("/r", "GET", 404, "text/csv"),
                ("/empty/", "GET", 200, "text/html; charset=utf-8"),
                ("/nope", "GET", 404, "text/plain; charset=utf-8"),
                ("/gone", "GET", 410, "text/html; charset=utf-8"),
                ("/away", "GET", 302, "text/html; charset=utf-8"),
                ("/a", "PUT", 405, "text/html; charset=utf-8"),
                ("/%00", "GET", 400, "text/html; charset=utf-8"),
            ]:
                reply = found.ask(target, method, Accept="text/html")
                assert reply.status == status
                assert reply.headers.get_all("Content-Type") == [kind]
            etag = found.ask("/empty/")["ETag"]
            reply = found.ask("/empty/", If_None_Match=etag)
            assert (reply.status, reply["Content-Type"]) == (304, None)
        assert served.stop()[0] == 0


def test_our_pages_keep_their_policy_and_others_have_the_site_s(
    duet, home, ca, identity
):
    (home / "www/empty").mkdir(parents=True)
    (home / "www/a").write_text("a\n")
    (home / "www/own.html").write_text("own\n")
    text = (
        "listen: 127.0.0.1:0\n"
        "sites:\n"
        "  - root: www\n"
        "    list: true\n"
        "    headers: [ { set: Content-Security-Policy, value: theirs } ]\n"
        "    errors: [ { status: 404, file: /own.html } ]\n"
        "    routes: [ { path: /gone, reply: { status: 410 } } ]\n"
    )
    (home / "duet.yaml").write_text(with_identity(text, identity))
    with duet.serve(f"--config={home / 'duet.yaml'}") as served:
        with client(served, ca) as found:
            etag = found.ask("/empty/", Accept="text/html")["ETag"]
            for target, status, fields, ours in [
                ("/a", 200, {}, False),
                ("/nope", 404, {}, False),
                ("/gone", 410, {}, True),
                ("/empty/", 200, {}, True),
                ("/empty/", 304, {"If_None_Match": etag}, True),
                ("/gone", 410, {"Accept": "text/plain"}, False),
            ]:
                reply = found.ask(target, **{"Accept": "text/html", **fields})
                assert reply.status == status
                said = reply.headers.get_all("Content-Security-Policy")
                assert (said != ["theirs"]) == ours, target
                assert said is None or len(said) == 1
        assert served.stop()[0] == 0


class TestErrorPages:
    """Of the site's own."""

    def test_stand_for_ours(self, ask):
        reply = ask("/nope")
        assert (reply.status, reply.body) == (404, b"<p>own page\n")
        assert reply["Content-Type"] == "text/html; charset=utf-8"
        assert reply["Content-Security-Policy"] is None
        assert reply["Request-Id"]
        assert reply["ETag"] is None
        head = ask("/nope", "HEAD")
        assert (head.status, head["Content-Length"]) == (404, "12")

    def test_of_a_fixed_text_has_the_name_of_the_request_too(self, ask):
        reply = ask("/closed")
        assert (reply.status, reply.body) == (503, b"closed\n")
        assert len(reply["Request-Id"]) == 20
        assert ask("/hello")["Request-Id"] is None

    def test_are_not_for_programs(self, ask):
        reply = ask("/nope", Accept="application/json")
        assert json.loads(reply.body)["status"] == 404

    def test_that_cannot_be_read_are_left_out(self, ask):
        reply = ask("/a.txt", If_Match='"x"')
        assert reply.status == 412
        assert b"412 Precondition Failed" in reply.body
        reply = ask("/app/api/x")  # /api.html is not there
        assert (reply.status, b"own page" in reply.body) == (404, False)

    @pytest.mark.parametrize("size", [0, 1, 262143, 262144, 262145])
    def test_change_with_their_file(self, ask, place, size):
        path = place / "www/404.html"
        before = path.read_text()
        path.write_text("x" * size)
        body = ask("/nope").body
        path.write_text(before)
        if size <= 262144:
            assert body == b"x" * size
        else:
            assert body.startswith(b"404 Not Found")
        assert ask("/nope").body == before.encode()

    def test_are_of_the_files_they_are_said_of(self, ask):
        """/docs/ has another directory, without a 404.html in it."""
        assert ask("/docs/nope").body == b"<p>own page\n"


class TestListing:
    """Of a directory that stands for a path."""

    def test_has_the_path_of_the_request(self, ask):
        page = ask("/docs/", Accept="text/html").body.decode()
        assert "<title>Index of /docs/</title>" in page
        assert "a.txt" in page
        assert "never seen" not in page
        listing = json.loads(ask("/docs/", Accept="application/json").body)
        assert listing["path"] == "/docs/"
        assert [e["name"] for e in listing["entries"]] == [
            "dir",
            "hidden",
            "a.txt",
        ]

    def test_is_of_the_route_alone(self, ask):
        assert ask("/docs/dir/").status == 200
        assert ask("/docs/hidden/").status == 403


def test_a_site_may_be_a_redirect_alone(duet, home, ca, identity):
    text = (
        'listen: [ "127.0.0.1:0" ]\n'
        "sites:\n"
        '  - redirect: { to: "https://a.test/", status: 308 }\n'
        "    routes: [ { path: /ok, reply: { status: 200 } } ]\n"
    )
    (home / "duet.yaml").write_text(with_identity(text, identity))
    with duet.serve(f"--config={home / 'duet.yaml'}") as served:
        with client(served, ca) as found:
            reply = found.ask("/x/y?z")
            assert reply.status == 308
            assert reply["Location"] == "https://a.test/x/y?z"
            assert found.ask("/ok").status == 200
            assert found.ask("/ok/").status == 308
        assert served.stop()[0] == 0


@pytest.mark.parametrize("name", ["docs", "docs/sub"])
def test_a_directory_of_a_route_that_is_not_there_is_told(duet, home, name):
    (home / "www").mkdir()
    (home / "duet.yaml").write_text(
        "sites:\n"
        "  - root: www\n"
        "    routes:\n"
        "      - path: /docs/\n"
        f"        root: {name}\n"
    )
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    assert done.err.startswith("duet.yaml:5:15: ")
    assert f"'{name}'" in done.err


def test_keys_below_the_directory_of_a_route_are_told(duet, home, ca):
    (home / "www").mkdir()
    (home / "docs").mkdir()
    identity = ca.issue("localhost")
    shutil.copy(identity.both_file, home / "docs/both.pem")
    (home / "duet.yaml").write_text(
        "sites:\n"
        "  - root: www\n"
        "    identities: [ { cert: docs/both.pem } ]\n"
        "    routes:\n"
        "      - { path: /docs/, root: docs }\n"
    )
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    assert done.err.startswith("duet.yaml:5:31: ")
    assert "both.pem" in done.err


def test_too_many_changes_of_fields_are_told(duet, home):
    (home / "www").mkdir()
    rules = "".join(f"      - {{ set: A{n}, value: b }}\n" for n in range(60))
    inner = "".join(
        f"          - {{ set: B{n}, value: b }}\n" for n in range(5)
    )
    (home / "duet.yaml").write_text(
        f"sites:\n  - root: www\n    headers:\n{rules}"
        f"    routes:\n      - path: /a/\n        headers:\n{inner}"
    )
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    assert done.err.startswith("duet.yaml:65:9: ")
    assert "'/a/' changes 65 header fields" in done.err
    assert "64 are the limit" in done.err


def test_fields_that_a_head_has_no_room_for_are_told(duet, home):
    (home / "www").mkdir()

    def field(name):
        return f"{{ set: {name}, value: {'x' * 8000} }}"

    (home / "duet.yaml").write_text(
        "sites:\n  - root: www\n"
        f"    headers: [ {field('A')}, {field('B')} ]\n"
        "    routes:\n"
        f"      - {{ path: /b/, headers: [ {field('b')}, {field('C')} ] }}\n"
        f"      - {{ path: /a/, headers: [ {field('C')}, {field('D')} ] }}\n"
    )
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    assert done.err.startswith("duet.yaml:6:9: ")
    assert "of '/a/', with those around it, are 32020 bytes" in done.err
    assert "24576 are the limit" in done.err
    assert done.err.count("\n") == 2


@pytest.mark.parametrize(
    "rule",
    [
        "headers: [ {{ set: A, value: {0} }} ]",
        "cache: [ {{ control: {0} }} ]",
        "redirect: {{ to: /{0} }}",
        "reply: {{ status: 200, text: a, type: a/{0} }}",
        "auth: {{ users: users.txt, realm: {0} }}",
    ],
)
def test_a_value_that_is_too_long_is_told(duet, home, rule):
    def check(n):
        root = "" if "status" in rule or "to:" in rule else "    root: www\n"
        text = rule.format("x" * n)
        (home / "duet.yaml").write_text(
            f"sites:\n  - names: localhost\n    {text}\n{root}"
        )
        return duet.run("serve", "--check", "--config=duet.yaml", cwd=home)

    assert "8192 bytes" not in check(8190).err
    done = check(8193)
    assert done.exit == 78
    assert done.err.startswith("duet.yaml:3:")
    assert "it is longer than 8192 bytes" in done.err


def test_files_that_are_not_there_are_told_and_may_come_later(
    duet, home, ca, identity
):
    (home / "www/dir").mkdir(parents=True)
    (home / "www/large").write_text("x" * 262145)
    text = (
        "listen: 127.0.0.1:0\n"
        "sites:\n"
        "  - root: www\n"
        "    errors:\n"
        "      - { status: 404, file: /404.html }\n"
        "      - { status: 405, file: /large }\n"
        "      - { status: 403, file: /dir }\n"
        "    routes:\n"
        "      - path: /app/\n"
        "        fallback: /app.html\n"
    )
    (home / "duet.yaml").write_text(with_identity(text, identity))
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 0
    told = [line.split(": ", 2) for line in done.err.splitlines()]
    assert [(place, kind) for place, kind, _ in told] == [
        ("duet.yaml:6:30", "warning"),
        ("duet.yaml:7:30", "warning"),
        ("duet.yaml:8:30", "warning"),
        ("duet.yaml:11:19", "warning"),
    ]
    words = ["No such file", "larger than 262144 bytes", "Is a directory"]
    for (_, _, sentence), word in zip(told, words + ["No such file"]):
        assert word in sentence
    with duet.serve(f"--config={home / 'duet.yaml'}") as served:
        assert "warning: '/404.html'" in (home / "serve.err").read_text()
        with client(served, ca) as found:
            assert b"404 Not Found" in found.ask("/nope").body
            assert found.ask("/app/x").status == 404
            (home / "www/404.html").write_text("own\n")
            (home / "www/app.html").write_text("program\n")
            assert found.ask("/nope").body == b"own\n"
            reply = found.ask("/app/x")
            assert (reply.status, reply.body) == (200, b"program\n")
        assert served.stop()[0] == 0
