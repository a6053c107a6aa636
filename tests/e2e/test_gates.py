# SPDX-License-Identifier: MIT
"""Who may come in, and how often: addresses and throttles of routes."""

import base64
import re
import subprocess
import time

import pytest

from conftest import new_home, program_of
from support import accesslog
from support.https import client
from support.wire import client_context, connect

SITE = """\
listen: [ "127.0.0.1:0" ]
workers: 2
log: {{ file: none }}
sites:
  - identities: [ {{ cert: {chain}, key: {key} }} ]
    root: www
    deny: [ 127.0.0.9 ]
    routes:
      - {{ path: /local/, allow: [ 127.0.0.0/30 ] }}
      - {{ path: /local/one/, deny: [ 127.0.0.2 ] }}
      - path: /local/one/moved/
        redirect: {{ to: /elsewhere/ }}
      - path: /rare/
        throttle: {{ requests: 2, seconds: 1000, burst: 3 }}
        errors: [ {{ status: 429, file: /slow-down.html }} ]
      - path: /block/
        throttle:
          {{ requests: 1, seconds: 1000, burst: 1, v4_bits: 24 }}
      - path: /held/
        throttle: {{ concurrent: 1, reply_rate: 20000 }}
"""


@pytest.fixture(scope="module", name="served")
def fixture_served(work, sanitizer_env, reports, identity):
    """The site above, for all tests."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        for name in ("", "local", "local/one", "rare", "block", "held"):
            directory = home / "www" / name
            directory.mkdir(parents=True, exist_ok=True)
            (directory / "index.html").write_text(f"this is /{name}\n")
        (home / "www/held/large").write_bytes(b"x" * 60000)
        (home / "www/slow-down.html").write_text("<p>slow down\n")
        path = home / "duet.yaml"
        path.write_text(
            SITE.format(chain=identity.chain_file, key=identity.key_file)
        )
        with program.serve(f"--config={path}") as served:
            yield served
            assert served.stop()[0] == 0


@pytest.fixture(name="ask")
def fixture_ask(served, ca):
    """One request on a connection of its own, from an address."""

    def ask(target, source="127.0.0.1", **fields):
        with client(served, ca) as found:
            found.connection.source_address = (source, 0)
            return found.ask(target, **fields)

    return ask


@pytest.mark.parametrize(
    "target, source, status",
    [
        ("/", "127.0.0.1", 200),
        ("/", "127.0.0.9", 403),
        ("/local/", "127.0.0.1", 200),
        ("/local/", "127.0.0.3", 200),
        ("/local/", "127.0.0.4", 403),
        ("/local/", "127.0.0.9", 403),
        ("/local/one/", "127.0.0.1", 200),
        ("/local/one/", "127.0.0.2", 403),
        ("/local/one/", "127.0.0.4", 403),  # what is around it holds too
        ("/x/../local/one/", "127.0.0.2", 403),
        ("/%6cocal//one/", "127.0.0.2", 403),
        ("/local", "127.0.0.4", 301),  # a directory, and not below it
        ("/local/one/moved/x", "127.0.0.1", 302),
        ("/local/one/moved/x", "127.0.0.2", 403),
        ("/local/one/%2e%2e%00", "127.0.0.9", 403),
    ],
)
def test_the_address_decides(ask, target, source, status):
    reply = ask(target, source)
    assert reply.status == status
    if status == 403:
        assert b"not for clients at your address" in reply.body


def test_requests_are_counted_by_client_across_workers(ask):
    for _ in range(3):
        assert ask("/rare/").status == 200
    for _ in range(4):
        reply = ask("/rare/")
        assert (reply.status, reply.body) == (429, b"<p>slow down\n")
        assert 400 <= int(reply["Retry-After"]) <= 500
    assert ask("/rare/", Accept="application/json").status == 429
    assert ask("/").status == 200
    assert ask("/rare/", "127.0.0.2").status == 200


def test_a_client_may_be_a_block_of_addresses(ask):
    assert ask("/block/", "127.0.2.1").status == 200
    assert ask("/block/", "127.0.2.2").status == 429
    assert ask("/block/", "127.0.3.2").status == 200


def test_requests_at_once_are_counted(served, ca, ask):
    with client(served, ca) as first:
        first.connection.request("GET", "/held/large")
        response = first.connection.getresponse()
        assert response.status == 200
        assert len(response.read(1)) == 1
        reply = ask("/held/")
        assert (reply.status, reply["Retry-After"]) == (429, "1")
        assert ask("/held/", "127.0.0.2").status == 200
        assert len(response.read()) == 59999
        assert first.ask("/held/").status == 200
        assert first.ask("/held/").status == 200


def test_a_reply_leaves_no_faster_than_it_may(served, ca):
    with client(served, ca) as found:
        found.connection.source_address = ("127.0.0.5", 0)
        began = time.monotonic()
        assert len(found.ask("/held/large").body) == 60000
        # Two pieces, an eighth of a second each, may come at once.
        assert time.monotonic() - began >= 60000 / 20000 - 0.3


USERS = """\
# of nobody else
alice:{hash}
bob:{other}
"""
WITH_USERS = """\
listen: [ "127.0.0.1:0" ]
workers: 1
log: {{ file: none }}
sites:
  - identities: [ {{ cert: {chain}, key: {key} }} ]
    root: www
    routes:
      - path: /private/
        auth: {{ users: users.txt, realm: Private "things" }}
        errors: [ {{ status: 401, file: /who.html }} ]
      - path: /private/more/
        headers: [ {{ set: X-More, value: more }} ]
      - path: /other/
        auth: {{ users: .users }}
        redirect: {{ to: /elsewhere/ }}
      - {{ path: /one, auth: {{ users: users.txt }} }}
"""


def hashed(password):
    """As `openssl passwd -6` has it; few rounds, for a test."""
    return subprocess.run(
        ["openssl", "passwd", "-6", "-salt", "rounds=1000$ab", password],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


@pytest.fixture(scope="module", name="guarded")
def fixture_guarded(work, sanitizer_env, reports, identity):
    """A site with users."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        for name in ("private", "private/more"):
            (home / "www" / name).mkdir(parents=True)
            (home / "www" / name / "index.html").write_text(f"{name}\n")
        (home / "www/index.html").write_text("start\n")
        for name in ("one", "one.gz", "one.br", "one.txt"):
            (home / "www" / name).write_text("one\n")
        (home / "www/who.html").write_text("<p>who?\n")
        users = USERS.format(hash=hashed("secret"), other=hashed("pass:wörd"))
        (home / "users.txt").write_text(users)
        (home / ".users").write_text(f"carol:{hashed('secret')}\n")
        path = home / "duet.yaml"
        path.write_text(
            WITH_USERS.format(
                chain=identity.chain_file,
                key=identity.key_file,
            )
        )
        with program.serve(f"--config={path}") as served:
            yield served
            assert served.stop()[0] == 0


def basic(name, password):
    """The value of Authorization."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "target, authorization, status",
    [
        ("/", None, 200),
        ("/private/", None, 401),
        ("/private/", basic("alice", "secret"), 200),
        ("/private/", basic("bob", "pass:wörd"), 200),
        ("/private/", basic("alice", "Secret"), 401),
        ("/private/", basic("alice", ""), 401),
        ("/private/", basic("mallory", "secret"), 401),
        ("/private/", basic("carol", "secret"), 401),
        ("/private/", "Basic !", 401),
        ("/private/", "Bearer abc", 401),
        ("/private/more/", None, 401),
        ("/private/more/", basic("alice", "secret"), 200),
        ("/private/nope", None, 401),
        ("/private/nope", basic("alice", "secret"), 404),
        ("/x/../private/", None, 401),
        ("//%70rivate//", None, 401),
        ("/private", None, 301),
        ("/one", None, 401),
        ("/one.gz", None, 401),  # the same, encoded
        ("/x/../one%2eb%72", None, 401),
        ("/one.gz", basic("alice", "secret"), 200),
        ("/one.txt", None, 200),
        ("/other/x", None, 401),
        ("/other/x", basic("carol", "secret"), 302),
        ("/other/x", basic("alice", "secret"), 401),
    ],
)
def test_names_and_passwords(guarded, ca, target, authorization, status):
    fields = {"Authorization": authorization} if authorization else {}
    with client(guarded, ca) as found:
        for _ in range(2):  # what is remembered is answered alike
            reply = found.ask(target, **fields)
            assert reply.status == status
            if target.startswith("/private/more") and status != 301:
                assert reply["X-More"] == "more"
            if status == 401:
                realm = '"/one"' if "one" in target else '"/other/"'
                if "other" not in target and "one" not in target:
                    realm = '"Private \\"things\\""'
                    assert reply.body == b"<p>who?\n"
                assert reply["WWW-Authenticate"] == (
                    f'Basic realm={realm}, charset="UTF-8"'
                )


def test_a_post_with_a_body_waits_for_the_password_too(guarded, ca):
    with client(guarded, ca) as found:
        for _ in range(3):
            reply = found.ask(
                "/private/",
                "POST",
                b"x" * 100000,
                Authorization=basic("alice", "wrong"),
            )
            assert reply.status == 401
    with client(guarded, ca) as found:
        reply = found.ask(
            "/other/", "PUT", b"x", Authorization=basic("carol", "secret")
        )
        assert reply.status == 302


def test_who_leaves_meanwhile_is_forgotten(guarded, ca):
    for number in range(8):
        with client(guarded, ca) as found:
            found.connection.request(
                "GET",
                "/private/",
                headers={"Authorization": basic("alice", f"wrong{number}")},
            )
    with client(guarded, ca) as found:
        reply = found.ask("/private/", Authorization=basic("alice", "secret"))
        assert reply.status == 200


@pytest.mark.parametrize(
    "rule", ["allow: [ 192.0.2.1 ]", "throttle: { requests: 1 }"]
)
def test_a_gate_that_a_directory_would_go_round_is_told(duet, home, rule):
    (home / "www/private").mkdir(parents=True)
    text = "sites:\n  - root: www\n    routes:\n      - path: /private\n"
    (home / "duet.yaml").write_text(f"{text}        {rule}\n")
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    assert "'/private' is a directory" in done.err
    assert "write '/private/'" in done.err


@pytest.mark.parametrize(
    "text, words",
    [
        ("alice:secret\n", "'users.txt', line 1: 'alice' has a password in "),
        ("# none\n", "'users.txt': there are no users"),
        (None, "'users.txt': cannot open: No such file"),
    ],
)
def test_what_is_wrong_with_users_is_told(duet, home, text, words):
    (home / "www").mkdir()
    if text is not None:
        (home / "users.txt").write_text(text)
    (home / "duet.yaml").write_text(
        "sites:\n  - root: www\n    auth: { users: users.txt }\n"
    )
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    assert done.err.startswith(f"duet.yaml:3:20: {words}")


def test_all_that_is_wrong_with_users_is_told(duet, home):
    (home / "www").mkdir()
    lines = [f"u{n}:$apr1$MhH1Fx9z$VPLXHvkNxvKbJ1sTb4bBG0" for n in range(3)]
    (home / "users.txt").write_text("\n".join([*lines, ""]))
    (home / "duet.yaml").write_text(
        "sites:\n  - root: www\n    auth: { users: users.txt }\n"
    )
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    told = done.err.splitlines()[:-1]
    assert len(told) == 3
    for n, line in enumerate(told):
        assert f"'users.txt', line {n + 1}: 'u{n}' has a password" in line
        assert line.endswith("make a new one with 'htpasswd -B' or 'mkpasswd'")


def test_a_file_of_users_that_would_be_served_is_told(duet, home):
    (home / "www").mkdir()
    (home / "www/users").write_text(f"alice:{hashed('a')}\n")
    (home / "duet.yaml").write_text(
        "sites:\n  - root: www\n    auth: { users: www/users }\n"
    )
    done = duet.run("serve", "--check", "--config=duet.yaml", cwd=home)
    assert done.exit == 78
    assert "the file of users 'www/users' lies below 'www'" in done.err


AROUND = """\
listen: 127.0.0.1:0
log: {{ file: none }}
sites:
  - identities: [ {{ cert: {chain}, key: {key} }} ]
    root: www
    fallback: /index.html
    allow: 192.0.2.1
    auth: {{ users: users.txt }}
    throttle: {{ requests: 1, seconds: 1000 }}
    cache: [ {{ control: no-store }} ]
    errors: [ {{ status: 404, file: /index.html }} ]
    routes:
      - {{ path: /a/, {what} }}
"""


@pytest.mark.parametrize(
    "what, first, second, control",
    [
        ("list: true", 403, 403, None),
        ("allow: 127.0.0.1", 403, 403, None),
        ("deny: none", 401, 429, None),
        ("deny: none, allow: 192.0.2.9", 403, 403, None),
        ("deny: none, auth: none", 200, 429, "no-store"),
        ("deny: none, auth: none, throttle: none", 200, 200, "no-store"),
        (
            "deny: none, auth: none, throttle: none, cache: none",
            200,
            200,
            None,
        ),
        (
            "deny: none, auth: none, throttle: none, fallback: none",
            404,
            404,
            None,
        ),
    ],
)
@pytest.mark.parametrize("errors", ["", ", errors: none"])
def test_what_is_said_around_a_route_may_be_switched_off(
    duet, home, ca, identity, what, first, second, control, errors
):
    (home / "www").mkdir()
    (home / "www/index.html").write_text("start\n")
    (home / "users.txt").write_text(f"alice:{hashed('secret')}\n")
    text = AROUND.format(
        chain=identity.chain_file, key=identity.key_file, what=what + errors
    )
    (home / "duet.yaml").write_text(text)
    with duet.serve(f"--config={home / 'duet.yaml'}") as served:
        with client(served, ca) as found:
            reply = found.ask("/a/x")
            assert (reply.status, reply["Cache-Control"]) == (first, control)
            assert (b"start" in reply.body) == (
                first == 200 or (first == 404 and not errors)
            )
            assert found.ask("/a/x").status == second
            assert found.ask("/").status == 403
        assert served.stop()[0] == 0


SLASH = """\
listen: 127.0.0.1:0
workers: 1
log: {{ file: none }}
sites:
  - identities: [ {{ cert: {chain}, key: {key} }} ]
    root: www
    routes:
      - {{ path: /shut/, deny: 127.0.0.0/8, auth: {{ users: users.txt }} }}
      - {{ path: /shut/open/, deny: none, auth: none }}
      - {{ path: /shut/file/, deny: none, auth: none }}
      - {{ path: /shut/absent/, deny: none, auth: none }}
      - {{ path: /shut/.git/, deny: none, auth: none }}
      - {{ path: /shut/named/, deny: none }}
      - {{ path: /shut/moved/, redirect: {{ to: / }} }}
      - {{ path: /shut/moved/part/, deny: none, auth: none }}
"""


@pytest.fixture(name="ask_slash")
def fixture_ask_slash(duet, home, ca, identity):
    """One request after the other to the site above."""
    for name in ("open", ".git", "named", "moved/part"):
        (home / "www/shut" / name).mkdir(parents=True)
    (home / "www/shut/file").write_text("secret\n")
    (home / "users.txt").write_text(f"alice:{hashed('secret')}\n")
    path = home / "duet.yaml"
    path.write_text(
        SLASH.format(chain=identity.chain_file, key=identity.key_file)
    )
    with duet.serve(f"--config={path}") as served:
        with client(served, ca) as found:
            yield found.ask
        assert served.stop()[0] == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "target, status",
    [
        ("/shut/open", 301),
        ("/shut/x/../%6fpen?a=b", 301),
        ("/shut/file", 403),  # no directory: it is what is around it
        ("/shut/absent", 403),
        ("/shut/.git", 403),
        ("/shut/named", 401),
        ("/shut/moved/part", 403),  # no files there
        ("/shut/opens", 403),
        ("/shut/open.gz", 403),
    ],
)
def test_a_directory_that_is_open_is_so_without_its_slash(
    ask_slash, method, target, status
):
    reply = ask_slash(target, method)
    assert reply.status == status
    assert b"secret" not in reply.body
    if status == 301:
        query = "?a=b" if "?" in target else ""
        assert reply["Location"] == "/shut/open/" + query


def test_what_is_let_in_without_the_slash_is_sent_on(ask_slash, home):
    authorization = basic("alice", "secret")
    reply = ask_slash("/shut/named", Authorization=authorization)
    assert (reply.status, reply["Location"]) == (301, "/shut/named/")
    (home / "www/shut/named").rmdir()
    (home / "www/shut/named").write_text("secret\n")
    reply = ask_slash("/shut/named", Authorization=authorization)
    assert reply.status == 403
    assert b"secret" not in reply.body


TOLD = """listen: [ "127.0.0.1:0" ]
workers: 1
log: {{ format: {form} }}
sites:
  - identities: [ {{ cert: {chain}, key: {key} }} ]
    root: www
    routes:
      - {{ path: /shut/, deny: [ 127.0.0.0/8 ] }}
      - {{ path: /rare/, throttle: {{ requests: 1, seconds: 1000 }} }}
      - {{ path: /one/, throttle: {{ concurrent: 1, reply_rate: 20000 }} }}
      - {{ path: /rare/below/, headers: [ {{ set: X-Is, value: below }} ] }}
      - {{ path: /private/, auth: {{ users: users.txt }} }}
"""


@pytest.fixture(name="told")
def fixture_told(duet, identity):
    """What a site like that logs of these requests."""
    (duet.home / "www/one").mkdir(parents=True)
    (duet.home / "www/one/large").write_bytes(b"x" * 60000)
    users = f"a \"b\"\u00e9:{hashed('secret')}\nbob:{hashed('secret')}\n"
    (duet.home / "users.txt").write_text(users)

    def lines_of(form, ask):
        path = duet.home / "duet.yaml"
        path.write_text(
            TOLD.format(
                form=form, chain=identity.chain_file, key=identity.key_file
            )
        )
        log = duet.home / f"{form}.log"
        with duet.serve(f"--config={path}", log=log) as served:
            ask(served)
            return served.stop()[1]

    return lines_of


@pytest.mark.parametrize(
    "target, authorization, status, user, why",
    [
        ("/", basic("bob", "secret"), 403, None, None),
        ("/private/", None, 401, None, "the client gave no name and password"),
        (
            "/private/",
            "Bearer abc",
            401,
            None,
            "what the client gave for a name and password is none, or not by "
            "the scheme Basic",
        ),
        (
            "/private/",
            basic("hunter2", "alice"),
            401,
            None,
            "there is no user of the name that the client gave",
        ),
        (
            "/private/",
            basic("bob", "wrong"),
            401,
            None,
            "the password for 'bob' was wrong",
        ),
        ("/private/x", basic("bob", "secret"), 404, "bob", None),
        (
            "/private/x",
            basic('a "b"\u00e9', "secret"),
            404,
            'a "b"\u00e9',
            None,
        ),
        (
            "/shut/",
            None,
            403,
            None,
            "the rules of '/shut/' do not allow this address",
        ),
    ],
)
def test_the_log_tells_who_and_why(
    told, ca, target, authorization, status, user, why
):
    fields = {"Authorization": authorization} if authorization else {}

    def act(served):
        with client(served, ca) as found:
            for _ in range(2):  # what is remembered is told alike
                assert found.ask(target, **fields).status == status

    for entry in accesslog.parse(told("json", act)):
        assert entry.fields.get("user") == user
        assert entry.fields.get("why") == why
        assert "cut_by" not in entry.fields


def test_the_log_tells_which_limit_of_a_throttle_it_was(told, ca):
    def act(served):
        with client(served, ca) as first, client(served, ca) as second:
            first.connection.request("GET", "/one/large")
            response = first.connection.getresponse()
            assert len(response.read(1)) == 1
            assert second.ask("/one/").status == 429
            assert len(response.read()) == 59999

    second, first = accesslog.parse(told("json", act))
    assert "why" not in first.fields
    assert second.fields["why"] == (
        "the throttle of '/one/' lets no more requests of this client in "
        "at once ('concurrent')"
    )


@pytest.mark.parametrize("target", ["/rare/", "/rare/below/"])
def test_the_log_tells_of_a_throttle(told, ca, target):
    """Whose it is, wherever it was met."""

    def act(served):
        with client(served, ca) as found:
            replies = [found.ask(target) for _ in range(2)]
            assert replies[1].status == 429

    first, second = accesslog.parse(told("json", act))
    assert "why" not in first.fields
    assert re.fullmatch(
        r"the throttle of '/rare/' lets no more requests of this client in "
        r"for \d+ s \('requests'\)",
        second.fields["why"],
    )


def test_a_refusal_is_told_whatever_comes_after_it(told, ca):
    def act(served):
        with connect(served.port, client_context(ca.file)) as wire:
            wire.write(
                b"POST /private/ HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Length: 10\r\nAuthorization: "
                + basic("bob", "wrong").encode()
                + b"\r\n\r\n"
            )
            assert b" 401 " in wire.read_head()[0]
            wire.reset()

    (entry,) = accesslog.parse(told("json", act))
    assert entry.status == 401
    assert entry.fields["cut_by"] == "peer"
    assert entry.fields["why"] == (
        "the password for 'bob' was wrong; then: 0 of 10 bytes came: the "
        "connection was reset"
    )


def test_a_user_is_the_third_field(told, ca):
    def act(served):
        with client(served, ca) as found:
            for name in ("bob", 'a "b"\u00e9', "nobody"):
                found.ask("/private/x", Authorization=basic(name, "secret"))

    found = [line.split(" ")[:4] for line in told("common", act)]
    assert [words[2] for words in found] == [
        "bob",
        r"a\x20\"b\"\xc3\xa9",
        "-",
    ]
    assert all(words[3].startswith("[") for words in found)
