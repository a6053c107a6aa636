# SPDX-License-Identifier: MIT
"""The examples of the manual pages are run as they stand.

Each display below EXAMPLES of a page of section 1 is a script for a shell.
What lies outside of it is arranged here: a `duet` that comes first in PATH
leads the names to servers on loopback, and ports that are fixed there are
replaced by free ones. Each has its place below, which says what has to come of
it; one that has none fails.
"""

import contextlib
import hashlib
import os
import re
import shlex
import signal
import socket
import ssl
import stat
import subprocess
from dataclasses import dataclass

import pytest

from conftest import ROOT, make_site
from support import broken, ports
from support.peers.socks import Microsocks
from support.program import LIMIT_S, Fetch
from support.sink import THANKS, Reply, Sink

PAGES = sorted(ROOT.glob("doc/man/*.1"))

# In place of the program: it goes where the tests want it to go. A server says
# to a FIFO that it is ready; whoever fetches first waits for that.
WRAPPER = """#!/bin/sh
command=$1
shift
case $command in
get)
    if [ -p "$READY" ]; then
        read -r _ <"$READY"
        rm -f "$READY"
    fi
    exec "$REAL" get $GET_WORDS "$@"
    ;;
serve)
    case " $* " in
    *" --ready-fd "*) exec "$REAL" serve "$@" ;;
    *" --listen "*) SERVE_WORDS= ;;
    esac
    exec "$REAL" serve $SERVE_WORDS "$@" --ready-fd 9 9>"$READY"
    ;;
*) exec "$REAL" "$command" "$@" ;;
esac
"""


@dataclass(frozen=True)
class Example:
    """A display."""

    page: str
    text: str

    @property
    def name(self):
        """Its first command, as far as the line goes."""
        return self.text.splitlines()[0]


def examples_of(path):
    """All of a page, in their order."""
    text = path.read_text("utf-8").partition("\n.Sh EXAMPLES\n")[2]
    text = re.split(r"^\.Sh ", text, maxsplit=1, flags=re.M)[0]
    for block, line in re.findall(
        r"^\.Bd -literal.*?\n(.*?)^\.Ed$|^\.Dl ([^\n]*\n)", text, re.M | re.S
    ):
        script = re.sub(r"^\$ ", "", block or line, flags=re.M)
        assert not re.search(r"^\.|\\[^e]", script, re.M), "unknown mdoc"
        yield Example(path.name, script.replace("\\e", "\\"))


EXAMPLES = [example for path in PAGES for example in examples_of(path)]


class Stage:
    """A directory with a site and some files, and the scripts run in it."""

    def __init__(self, duet, home):
        self.duet = duet
        self.place = home / "place"
        self.place.mkdir()
        make_site(self.place).rename(self.place / "public")
        (self.place / "file.tar.gz").write_bytes(b"a file")
        (self.place / "urls.txt").write_text(
            "# two\n"
            "https://example.org/1.txt one\n"
            "https://example.org/2.txt number two\n"
        )
        (self.place / "me.jpg").write_bytes(b"\xff\xd8 a picture")
        (self.place / "order.json").write_text('{"pieces": 3}')
        self.directory = home / "bin"
        self.directory.mkdir()
        self.stand_in("duet", WRAPPER)
        self.ready = home / "ready.fifo"
        self.port = ports.reserve()
        self.env = {
            **duet.env,
            "PATH": f"{self.directory}:{os.environ['PATH']}",
            "REAL": duet.path,
            "READY": str(self.ready),
            "SERVE_WORDS": f"--listen localhost:{self.port}",
            "GET_WORDS": "",
        }

    def stand_in(self, name, script):
        """A program that comes first in PATH."""
        path = self.directory / name
        path.write_text(script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def start(self, script, stdin=subprocess.DEVNULL):
        """It, running. What it has left behind goes with it."""
        return subprocess.Popen(
            [
                *("bash", "-e", "-o", "pipefail", "-c"),
                "trap 'kill $(jobs -p) 2>/dev/null || :; wait' EXIT\n"
                + script,
            ],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            cwd=self.place,
            start_new_session=True,
        )

    def run(self, script, stdin=b"", serves=False):
        """It, to its end."""
        if serves:
            os.mkfifo(self.ready)
        process = self.start(script, subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, LIMIT_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return Fetch(process.returncode, out, err.decode("utf-8", "replace"))

    def local(self, script):
        """The port of localhost, exchanged for a free one."""
        assert ":8443" in script
        return script.replace(":8443", f":{self.port}")

    @contextlib.contextmanager
    def serving(self, script):
        """A script that is a server in the foreground: its URL, ready."""
        os.mkfifo(self.ready)
        process = self.start(script)
        try:
            with open(self.ready, encoding="utf-8") as said:
                line = said.readline()
            assert line, process.communicate()
            yield re.search(r"https://\S+", line).group().rstrip("/") + "/"
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=LIMIT_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(name="stage")
def fixture_stage(duet, home):
    """For one example."""
    return Stage(duet, home)


@pytest.fixture(name="org")
def fixture_org(stage, ca):
    """Servers of example.org, to which the stage leads."""

    def reply(sent):
        if sent.target == "/login":
            return Reply(fields=(("Set-Cookie", "session=1; Secure"),))
        if sent.target == "/SHA256SUMS":
            return Reply(body=f"{SUM}  file.iso\n".encode())
        return THANKS

    identity = ca.issue("example.org", "www.example.org")
    with Sink(identity, "h2", reply) as sink:
        port = sink.url.rstrip("/").rpartition(":")[2]
        stage.env["GET_WORDS"] = f"--connect-to ::127.0.0.1:{port}"
        stage.env["SSL_CERT_FILE"] = str(ca.file)
        yield sink


# ---- duet-get.1: what is asked, and what comes of it ----

SUM = hashlib.sha256(THANKS.body).hexdigest()
# Keys and signatures are not what is tried here.
GPG = """#!/bin/sh
[ "$*" = "--verify SHA256SUMS.gpg SHA256SUMS" ]
"""

GET = {
    "duet get -O https://example.org/file.tar.gz": ["GET /file.tar.gz"],
    "duet get -Z --input urls.txt": ["GET /1.txt", "GET /2.txt"],
    "duet get -v -o /dev/null https://example.org/": ["GET /"],
    "duet get -T file.tar.gz https://example.org/dir/": [
        "PUT /dir/file.tar.gz",
        "PUT /dir/all.tar",
    ],
    "duet get -F name=me -F photo=@me.jpg https://example.org/form": [
        "POST /form",
        "POST /orders",
        "GET /?q=a%20%26%20b",
    ],
    "duet get -E me.p12 --pass secret -d name=value \\": ["POST /form"],
    "duet get --resolve www.example.org:443:192.0.2.7 \\": ["GET /"],
    "duet get -x socks5h://127.0.0.1:1080 https://example.org/": ["GET /"],
    "duet get -b jar -c jar -d user=alice https://example.org/login": [
        "POST /login",
        "GET /account",
    ],
    "duet get -s -o page.html -w '%{http_code} %{evidence}\\n' \\": [
        "GET /",
        "GET /",
    ],
    "duet get -O --receipt file.json https://example.org/file.tar.gz": [
        "GET /file.tar.gz"
    ],
    "duet get -O -O https://example.org/SHA256SUMS{,.gpg}": [
        "GET /SHA256SUMS",
        "GET /SHA256SUMS.gpg",
        "GET /file.iso",
    ],
}


def run_get(stage, org, example, need, work, identity, site):
    """Any of them. What it has said."""
    script = example.text
    with contextlib.ExitStack() as stack:
        if "me.p12" in script:
            make_p12(stage)
        if "jq" in script:
            need("jq")
        if "gpg" in script:
            stage.stand_in("gpg", GPG)
        if ":1080" in script:
            proxy = stack.enter_context(
                Microsocks(need("microsocks"), work, site, identity).running()
            )
            script = script.replace("127.0.0.1:1080", proxy.where)
        done = stage.run(script)
    assert done.exit == 0, done.err
    asked = [f"{sent.method} {sent.target}" for sent in org.requests]
    assert asked == GET[example.name]
    assert all(sent.whole for sent in org.requests)
    return done


def make_p12(stage):
    """A client's certificate, as a file that a passphrase opens."""
    for words in (
        ["ca", "-o", "own"],
        ["issue", "--ca", "own.pem", "-u", "client", "--cn", "me", "-o", "me"],
        ["p12", "me.pem", "--passphrase-file", "-"],
    ):
        done = stage.duet.run(
            "cert", *words, stdin=b"secret\n", cwd=stage.place
        )
        assert done.exit == 0, done.err


def look_at_get(stage, org, example, done):
    """Something sensible, beside the requests."""
    first = example.name
    if "SHA256SUMS" in first:
        assert (stage.place / "file.iso").read_bytes() == THANKS.body
    elif " --receipt " in first:
        assert b'"whole": true' in done.out and SUM.encode() in done.out
    elif " -O " in first:
        assert (stage.place / "file.tar.gz").read_bytes() == THANKS.body
    elif " -Z " in first:
        assert (stage.place / "one").read_bytes() == THANKS.body
        assert (stage.place / "number two").read_bytes() == THANKS.body
    elif " -v " in first:
        assert "TLSv1.3" in done.err and done.out == b""
    elif " -T " in first:
        assert bytes(org.requests[0].body) == b"a file"
        assert b"public/index.html" in org.requests[1].body
    elif " -F " in first:
        assert b"a picture" in org.requests[0].body
        assert bytes(org.requests[1].body) == b'{"pieces": 3}'
    elif " -E " in first:
        assert bytes(org.requests[0].body) == b"name=value"
    elif " -b " in first:
        assert org.requests[1].fields["cookie"] == "session=1"
    elif " -w " in first:
        assert done.out == b'200 end-stream\n"end-stream"\n'
    else:
        assert done.out == THANKS.body


# ---- the others, each by a function ----


def closed_loop(stage, example, _need):
    """duet-cert(1): from a CA to a refusal."""
    done = stage.run(stage.local(example.text), serves=True)
    assert done.exit == 60
    assert "revoked" in done.err
    assert b"<title>site</title>" in done.out


def for_a_person(stage, example, need):
    """duet-cert(1): a file that browsers import."""
    assert stage.duet.run("cert", "ca", cwd=stage.place).exit == 0
    done = stage.run(example.text, stdin=b"secret\n")
    assert done.exit == 0, done.err
    said = subprocess.check_output(
        [need("openssl"), "pkcs12", "-in", "person.p12", "-nokeys"]
        + ["-passin", "pass:secret"],
        cwd=stage.place,
        text=True,
    )
    assert "CN = A. Person" in said


def what_a_server_shows(stage, example, _need):
    """duet-cert(1)"""
    with stage.duet.serve(stage.place / "public") as served:
        script = example.text.replace(
            "www.debian.org:443", f"localhost:{served.port}"
        )
        assert script != example.text
        done = stage.run(script)
    assert done.exit == 0, done.err
    assert b"localhost" in done.out and b"20" in done.out


def explains(stage, example, _need):
    """duet-explain(1)"""
    with stage.duet.serve(stage.place / "public") as served:
        script = example.text.replace(
            "example.org:443:192.0.2.7", f"localhost:{served.port}:127.0.0.1"
        ).replace("example.org", f"localhost:{served.port}")
        assert script != example.text
        done = stage.run(script)
    assert (done.exit, done.err) == (0, "")
    if " -s " in script:
        assert done.out == b""
    else:
        assert done.out.startswith(b"GOOD  https://localhost")


def server_and_client(stage, example, _need):
    """duet(1), duet-serve(1): both in one script."""
    script = example.text
    if ":8443" in script:
        script = stage.local(script)
    done = stage.run(script, serves="ready" not in script)
    assert done.exit == 0, done.err
    assert b"<title>site</title>" in done.out


def serves_a_site(stage, example, _need):
    """duet-serve(1): in the foreground."""
    with stage.serving(example.text) as url:
        done = stage.duet.get(url)
    assert (done.exit, done.err) == (0, "")
    assert b"<title>site</title>" in done.out


def serves_a_listing(stage, example, _need):
    """duet-serve(1): of a directory in the home."""
    (stage.duet.home / "Pictures").mkdir()
    (stage.duet.home / "Pictures/me.jpg").touch()
    with stage.serving(example.text) as url:
        done = stage.duet.get(url)
    assert done.exit == 0, done.err
    assert b"me.jpg" in done.out


def serves_the_world(stage, example, _need):
    """duet-serve(1): places of the system are made below ours."""
    made = stage.duet.run("cert", "self-signed", "localhost", cwd=stage.place)
    assert made.exit == 0, made.err
    (stage.place / "localhost.pem").rename(stage.place / "fullchain.pem")
    (stage.place / "localhost.key").rename(stage.place / "privkey.pem")
    (stage.place / "srv").mkdir()
    (stage.place / "public").rename(stage.place / "srv/www")
    (stage.place / "log").mkdir()
    script = (
        example.text.replace(":443", f":{stage.port}")
        .replace("/var/log/duet", "log")
        .replace("/srv/www", "srv/www")
    )
    with stage.serving(script):
        done = stage.duet.get(
            *("--cacert", stage.place / "fullchain.pem"),
            f"https://localhost:{stage.port}/",
        )
    assert done.exit == 0, done.err
    assert '"status":200' in (stage.place / "log/access.log").read_text()


def finds_what_was_cut(stage, example, _need):
    """duet-serve(1): a log, after somebody has left in the middle."""
    log = stage.place / "access.log"
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with stage.duet.serve(stage.place / "public", log=log) as served:
        plain = socket.create_connection(("127.0.0.1", served.port), LIMIT_S)
        with context.wrap_socket(plain, server_hostname="localhost") as sock:
            sock.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert sock.recv(100)
        assert served.stop()[0] == 0
    done = stage.run(example.text)
    assert done.exit == 0, done.err
    assert b"/big.bin" in done.out


def half_way(stage, example, need):
    """duet-broken(1): the server at that port is the one that is meant."""
    need("curl")
    first, second = example.text.splitlines()
    words = shlex.split(first.removesuffix("&"))
    assert words[:2] == ["duet", "broken"]
    base = words[words.index("--port") + 1]
    listed = stage.duet.run(*words[1:], "--list").out.decode()
    port = re.search(r"localhost:(\d+)/", second).group(1)
    assert int(port) >= int(base)
    (name,) = re.findall(rf"^ *{port}  (\S+) ", listed, re.M)
    words[words.index("--port") + 1] = "0"
    words[words.index("--ca") + 1] = stage.place / "ca.pem"
    with broken.serving(stage.duet, *words[2:]) as running:
        row = running.rows[name]
        done = stage.run(second.replace(port, str(row["port"])))
    assert row["wrong"].startswith("half of its length")
    assert (done.exit, row["exit"]) == (18, 18), done.err
    assert (stage.place / "file").stat().st_size == row["body"]


def lists_servers(stage, example, _need):
    """duet-broken(1)"""
    done = stage.run(example.text)
    assert (done.exit, done.err) == (0, "")
    assert b"what is wrong" in done.out


OTHERS = {
    "duet serve public --listen localhost:8443 &": server_and_client,
    "duet serve public": serves_a_site,
    "duet serve --listen :443 --cert fullchain.pem --key privkey.pem \\": (
        serves_the_world
    ),
    "duet serve --list ~/Pictures": serves_a_listing,
    "mkfifo ready": server_and_client,
    'grep \'"cut_by":"peer"\' access.log': finds_what_was_cut,
    "duet cert ca --permit localhost -p 127.0.0.0/8": closed_loop,
    'duet cert issue --usage client --cn "A. Person" -o person': for_a_person,
    "duet cert show www.debian.org:443": what_a_server_shows,
    "duet broken --only ending --port 9000 --ca ca.pem &": half_way,
    "duet broken --list": lists_servers,
    "duet explain example.org": explains,
    "duet explain -s --warn-days 14 example.org": explains,
}


def names(examples):
    """For pytest."""
    return [f"{e.page}: {e.name}" for e in examples]


FETCHES = [e for e in EXAMPLES if e.page == "duet-get.1"]
REST = [e for e in EXAMPLES if e.page != "duet-get.1"]


@pytest.mark.parametrize("example", FETCHES, ids=names(FETCHES))
def test_of_duet_get(
    stage, org, example, need, work, identity, site
):  # pylint: disable=too-many-arguments
    assert example.name in GET, "what has to come of it? see GET"
    done = run_get(stage, org, example, need, work, identity, site)
    look_at_get(stage, org, example, done)


@pytest.mark.parametrize("example", REST, ids=names(REST))
def test_of_the_others(stage, example, need):
    assert example.name in OTHERS, "what has to come of it? see OTHERS"
    OTHERS[example.name](stage, example, need)


def test_every_place_has_its_example():
    assert {e.name for e in FETCHES} == set(GET)
    assert {e.name for e in REST} == set(OTHERS)
    for path in PAGES:
        assert list(examples_of(path)), path
