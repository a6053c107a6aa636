# SPDX-License-Identifier: MIT
"""`duet get`: what it can send, to servers that say exactly what came."""

import base64
import contextlib
import email
import email.policy
import hashlib
import fcntl
import os
import queue
import select
import signal
import subprocess
import termios
import time

import pytest

from conftest import FULL
from support.flood import NOTHING_HELD
from support.known import numbered
from support.measured import run_measured
from support.peers.apache import Apache, ApacheH2
from support.peers.caddy import Caddy
from support.peers.nginx import Nginx, NginxH2
from support.sink import THANKS, Reply, Sink
from support.terminal import open_terminal
from support.wire import LIMIT_S

MIB = 1 << 20
MIDDLING = 32 * MIB  # more than lies between two ends
BIG = (1 << 30) if FULL else (64 << 20)
VERSIONS = ["h1", "h2"]


@pytest.fixture(name="version", params=VERSIONS)
def fixture_version(request):
    """Each of HTTP."""
    return request.param


@pytest.fixture(name="sink")
def fixture_sink(identity, version):
    """sink(reply, ...): a server of that version."""

    def sink(reply=None, **more):
        return Sink(identity, version, reply, **more)

    return sink


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, *words, **more)

    return get


@pytest.fixture(name="write")
def fixture_write(duet):
    """write(name, content): a file in the directory that it runs in."""

    def write(name, content):
        path = duet.home / name
        path.write_bytes(content)
        return path

    return write


def sum_of(data):
    """As Sent has it."""
    return hashlib.sha256(data).hexdigest()


class TestData:
    """-d and its kin."""

    FORM = "application/x-www-form-urlencoded"

    @pytest.mark.parametrize(
        "words, body, kind",
        [
            (["-d", "a=1", "--data", "@form"], b"a=1&x=1y z", FORM),
            (["--data-binary", "@form"], b"x=1\r\ny z\n", FORM),
            (
                ["-d", "a", "--data-binary", "@form", "-d", "b"],
                b"a&x=1\r\ny z\n&b",
                FORM,
            ),
            (["--data-raw", "@form"], b"@form", FORM),
            (["--data-urlencode", "a b"], b"a%20b", FORM),
            (["--data-urlencode", "n=a&b=c"], b"n=a%26b%3Dc", FORM),
            (["--data-urlencode", "n@form"], b"n=x%3D1%0D%0Ay%20z%0A", FORM),
            (["--json-body", '{"a": 1}'], b'{"a": 1}', "application/json"),
            (
                ["--json-body", "[", "--json-body", "@form"],
                b"[x=1\r\ny z\n",
                "application/json",
            ),
            (["-d", ""], b"", FORM),
            (["--data-binary", "@nul"], b"\0\r\n\0", FORM),
        ],
    )
    def test_body_and_type(self, get, sink, write, words, body, kind):
        write("form", b"x=1\r\ny z\n")
        write("nul", b"\0\r\n\0")
        with sink() as s:
            fetch = get(*words, s.url)
        assert (fetch.exit, fetch.out) == (0, b"thanks"), fetch.err
        assert s.last.method == "POST"
        assert bytes(s.last.body) == body
        assert s.last.fields["content-length"] == str(len(body))
        assert s.last.fields["content-type"] == kind
        accept = kind if kind == "application/json" else "*/*"
        assert s.last.fields["accept"] == accept

    def test_get_moves_data_into_the_query(self, get, sink, write):
        write("form", b"x=1\r\n")
        with sink() as s:
            get("-G", "-d", "a=1 #2", "-d", "@form", s.url + "p?q=0#f")
            get("-G", "-I", "--data-urlencode", "n=a&b", s.url)
            get("--url-query", "n=a&b", "--url-query", "+raw=%20", s.url)
            get("--url-query", "n@form", "-d", "body", s.url + "?x")
        asked = [(r.method, r.target, bytes(r.body)) for r in s.requests]
        assert asked == [
            ("GET", "/p?q=0&a=1%20%232&x=1", b""),
            ("HEAD", "/?n=a%26b", b""),
            ("GET", "/?n=a%26b&raw=%20", b""),
            ("POST", "/?x&n=x%3D1%0D%0A", b"body"),
        ]

    def test_agent_and_referer(self, get, sink):
        with sink() as s:
            get("-A", "me/1", "-e", "https://example.org/", s.url)
            get("-A", "", s.url)
        first, second = (r.fields for r in s.requests)
        assert first["user-agent"] == "me/1"
        assert first["referer"] == "https://example.org/"
        assert "user-agent" not in second

    def test_a_large_file_is_not_held(self, get, sink, write):
        content = numbered(3 * MIB)
        write("large", content)
        with sink() as s:
            fetch = get("--data-binary", "@large", s.url)
        assert fetch.exit == 0, fetch.err
        assert s.last.whole
        assert s.last.sha256 == sum_of(content)

    def test_a_pipe_is_read_to_its_end_first(self, get, sink):
        with sink() as s:
            for option in ("--data-binary", "--json-body", "-d"):
                get(option, "@-", s.url, stdin=b"[1,\n2]")
        assert [bytes(r.body) for r in s.requests] == [
            b"[1,\n2]",
            b"[1,\n2]",
            b"[1,2]",
        ]
        assert s.last.fields["content-length"] == "5"

    def test_json_where_a_url_is_wanted(self, get):
        fetch = get("--json", '{"a": 1}', "https://localhost:1/")
        assert fetch.exit == 2
        assert "--json-body" in fetch.sentence

    def test_a_query_that_no_server_takes(self, get, write):
        write("long", b"x" * 70000)
        fetch = get("-G", "-d", "@long", "https://localhost:1/")
        assert fetch.exit == 63
        assert "65536 bytes" in fetch.sentence

    def test_more_than_is_held(self, get, write):
        path = write("huge", b"")
        os.truncate(path, (256 * MIB) + 1)
        fetch = get("-d", "@huge", "https://localhost:1/")
        assert fetch.exit == 63
        assert "-d: 'huge': larger than 268435456" in fetch.sentence
        assert "send less at a time" in fetch.sentence


class TestForm:
    """-F: what a parser of somebody else makes of it."""

    @staticmethod
    def parts(sent):
        """(name, filename, type, content) of each, by Python's email, and
        the bytes between boundaries by hand."""
        kind = sent.fields["content-type"]
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        message = email.message_from_bytes(
            head + bytes(sent.body), policy=email.policy.HTTP
        )
        boundary = kind.partition("boundary=")[2].encode()
        start, *raw, end = bytes(sent.body).split(b"--" + boundary)
        assert (start, end) == (b"", b"--\r\n")
        found = []
        for part, text in zip(message.iter_parts(), raw, strict=True):
            disposition = part["content-disposition"]
            assert disposition.content_disposition == "form-data"
            content = text.partition(b"\r\n\r\n")[2]
            assert content.endswith(b"\r\n")
            found.append(
                (
                    disposition.params["name"],
                    disposition.params.get("filename"),
                    part["content-type"],
                    content[:-2],
                )
            )
        return found

    def test_fields_and_files(self, get, sink, write):
        binary = bytes(range(256)) * 40
        write("photo.jpg", binary)
        write("note.txt", b"a note\r\n--\r\n")
        write("a;b,c.bin", b"odd")
        with sink() as s:
            fetch = get(
                *("-F", "name=value; with=all", "-F", "empty="),
                *("-F", "photo=@photo.jpg", "-F", "text=<note.txt"),
                *("-F", "photo=@note.txt;type=text/x-note"),
                *("-F", "f=@note.txt;filename=other.html"),
                *("--form-string", "plain=@photo.jpg;type=x/y"),
                *("-F", "odd=@a;b,c.bin", "-F", 'odd=@"a;b,c.bin"'),
                *("-F", "typed={};type=application/json", s.url),
            )
        assert fetch.exit == 0, fetch.err
        assert s.last.method == "POST"
        assert s.last.fields["content-length"] == str(s.last.size)
        note = b"a note\r\n--\r\n"
        octets = "application/octet-stream"
        assert self.parts(s.last) == [
            ("name", None, None, b"value; with=all"),
            ("empty", None, None, b""),
            ("photo", "photo.jpg", "image/jpeg", binary),
            ("text", None, None, note),
            ("photo", "note.txt", "text/x-note", note),
            ("f", "other.html", "text/html", note),
            ("plain", None, None, b"@photo.jpg;type=x/y"),
            ("odd", "a;b,c.bin", octets, b"odd"),
            ("odd", "a;b,c.bin", octets, b"odd"),
            ("typed", None, "application/json", b"{}"),
        ]

    def test_names_are_written_as_browsers_do(self, get, sink, write):
        write('a"b\nc\r\\.txt', b"x")
        write("grüße.txt", b"y")
        with sink() as s:
            get("-F", 'q"\r\n=@a"b\nc\r\\.txt', "-F", "ü=@grüße.txt", s.url)
        body = bytes(s.last.body)
        assert b'name="q%22%0D%0A"; filename="a%22b%0Ac%0D\\.txt"\r\n' in body
        assert 'name="ü"; filename="grüße.txt"\r\n'.encode() in body

    def test_a_pipe_is_read_to_its_end_first(self, get, sink):
        """So it has a length, can be had again and go to several."""
        with sink() as s:
            words = ["-F", "a=1", "-F", "f=@-"]
            fetch = get(*words, s.url, s.url, stdin=b"from in")
        assert fetch.exit == 0, fetch.err
        assert s.last.fields["content-length"] == str(s.last.size)
        assert s.requests[0].body == s.last.body
        assert self.parts(s.last)[1][3] == b"from in"

    def test_a_file_that_is_missing_is_named(self, get):
        fetch = get("-F", "f=@missing", "https://localhost:1/")
        assert fetch.exit == 26
        assert "-F: 'missing'" in fetch.sentence


class TestUpload:
    """-T."""

    def test_a_file_and_its_name(self, get, sink, write):
        write("a b&c.txt", b"content")
        with sink() as s:
            get("-T", "a b&c.txt", s.url + "dir/?q=1")
            get("-T", "a b&c.txt", s.url + "dir/other")
            get("-T", "a b&c.txt", "-X", "POST", s.url.rstrip("/"))
        asked = [(r.method, r.target, bytes(r.body)) for r in s.requests]
        assert asked == [
            ("PUT", "/dir/a%20b%26c.txt?q=1", b"content"),
            ("PUT", "/dir/other", b"content"),
            ("POST", "/a%20b%26c.txt", b"content"),
        ]
        assert s.last.fields["content-length"] == "7"
        assert "content-type" not in s.last.fields

    def test_one_file_for_every_url(self, get, sink, write):
        write("f", b"content")
        with sink() as s:
            get("-T", "f", s.url + "a", s.url + "b/")
        asked = [(r.target, bytes(r.body)) for r in s.requests]
        assert asked == [("/a", b"content"), ("/b/f", b"content")]

    def test_an_empty_file_has_a_length(self, get, sink, write):
        write("empty", b"")
        with sink() as s:
            fetch = get("-T", "empty", s.url)
        assert fetch.exit == 0, fetch.err
        assert s.last.fields["content-length"] == "0"
        assert (s.last.method, s.last.size) == ("PUT", 0)

    def test_standard_input_that_is_a_file_has_a_length(
        self, duet, ca, sink, write
    ):
        write("f", b"0123456789")
        with sink() as s, open(duet.home / "f", "rb") as file:
            os.lseek(file.fileno(), 3, os.SEEK_SET)
            done = subprocess.run(
                [
                    duet.path,
                    "get",
                    "--cacert",
                    ca.file,
                    "-T",
                    "-",
                    s.url + "x",
                ],
                stdin=file,
                env=duet.env,
                timeout=LIMIT_S,
                check=False,
            )
        assert done.returncode == 0
        assert s.last.fields["content-length"] == "7"
        assert bytes(s.last.body) == b"3456789"

    @staticmethod
    @contextlib.contextmanager
    def feeding(duet, ca, sink):
        """A running `duet get -T -`, with what it reads in our hands."""
        with subprocess.Popen(
            [duet.path, "get", "--cacert", ca.file, "-T", "-", sink.url + "x"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=duet.env,
        ) as process:
            yield process
            assert process.wait(LIMIT_S) == 0

    def test_a_slow_producer_is_sent_as_it_comes(self, duet, ca, sink):
        """Each piece arrives before the next one is made."""
        came = queue.Queue()
        pieces = [b"piece %d\n" % i for i in range(5)]
        with sink(taken=lambda sent: came.put(bytes(sent.body))) as s:
            with self.feeding(duet, ca, s) as process:
                for i, piece in enumerate(pieces):
                    process.stdin.write(piece)
                    process.stdin.flush()
                    whole = b"".join(pieces[: i + 1])
                    assert came.get(timeout=LIMIT_S) == whole
                process.stdin.close()
                assert process.stdout.read() == b"thanks"
        assert "content-length" not in s.last.fields
        assert s.last.whole

    def test_an_answer_ends_the_wait_for_a_producer(self, duet, ca, sink):
        """It has said nothing yet, and never needs to."""
        with sink(lambda _: Reply(403, body=b"no", at_once=True)) as s:
            with self.feeding(duet, ca, s) as process:
                assert process.stdout.read() == b"no"

    def test_what_is_read_once_goes_to_one_url(self, get, sink):
        with sink() as s:
            fetch = get("-T", "-", s.url + "a", s.url + "b", stdin=b"x")
            assert not s.requests
        assert fetch.exit == 2
        assert "2 URLs" in fetch.sentence

    def test_standard_input_has_no_name(self, get, sink):
        with sink() as s:
            fetch = get("-T", "-", s.url, stdin=b"x")
        assert fetch.exit == 2
        assert "has no name" in fetch.sentence

    def test_large_files_take_no_memory(self, duet, ca, sink, write):
        """More than all buffers hold, and far more: in the same memory."""
        duet.env["ASAN_OPTIONS"] += NOTHING_HELD
        piece = os.urandom(64 * 1024)
        peaks = {}
        for times in (16 * MIB // len(piece), BIG // len(piece)):
            path = write("large", b"")
            digest = hashlib.sha256()
            with open(path, "wb") as file:
                for _ in range(times):
                    file.write(piece)
                    digest.update(piece)
            with sink() as s:
                peaks[times] = peak_of(
                    [duet.path, "get", "--cacert", ca.file]
                    + ["-T", path, s.url],
                    duet.env,
                )
            assert (s.last.size, s.last.whole) == (times * len(piece), True)
            assert s.last.sha256 == digest.hexdigest()
            path.unlink()
        assert max(peaks.values()) - min(peaks.values()) < 4096, peaks  # KiB


def peak_of(argv, env):
    """KiB that a process had at most; it must end well."""
    done = run_measured(argv, env)
    assert done.exit == 0, done.err
    return done.peak_kb


class TestChanging:
    """A file that is not the same to its end."""

    @staticmethod
    def grow(path):
        """Somebody appends to it."""
        with open(path, "ab") as file:
            file.write(b"more")

    @staticmethod
    def shrink(path):
        """... or cuts it."""
        os.truncate(path, 100)

    @pytest.mark.parametrize("how", ["grow", "shrink"])
    @pytest.mark.parametrize("option", ["-T", "-F", "--data-binary"])
    def test_the_request_is_cut(
        self, get, sink, write, how, option
    ):  # pylint: disable=too-many-arguments
        path = write("file", b"")
        os.truncate(path, MIDDLING)
        once = []

        def taken(_):
            if not once:
                once.append(getattr(self, how)(path))

        words = {"-T": "file", "-F": "f=@file", "--data-binary": "@file"}
        with sink(taken=taken) as s:
            fetch = get("--json", option, words[option], s.url)
            (sent,) = s.wait()
        assert fetch.exit == 26
        assert not sent.whole
        word = {"grow": "grew", "shrink": "shrank"}[how]
        assert f"'file' {word} while it was being sent" in fetch.sentence
        assert fetch.json["error"]["word"] == "cannot_read"


class TestRedirects:
    """What becomes of a body."""

    @staticmethod
    def lead(status, **more):
        """/ leads to /there."""

        def reply(sent):
            if sent.target == "/there":
                return THANKS
            return Reply(status, (("Location", "/there"),), b"", **more)

        return reply

    @pytest.mark.parametrize("status", [307, 308])
    @pytest.mark.parametrize(
        "words",
        [["-T", "file"], ["-F", "f=@file"], ["--data-binary", "@file"]],
        ids=lambda words: words[0],
    )
    def test_307_and_308_send_it_again(
        self, get, sink, write, status, words
    ):  # pylint: disable=too-many-arguments
        write("file", numbered(MIB // 2))
        with sink(self.lead(status)) as s:
            fetch = get("-L", *words, s.url.rstrip("/") + "/x")
            first, second = s.wait(2)
        assert (fetch.exit, fetch.out) == (0, b"thanks"), fetch.err
        assert second.target == "/there"
        assert second.method == first.method
        assert second.whole
        assert second.body == first.body

    def test_an_early_one_sends_it_again(self, get, sink, write):
        """In the middle of the first time."""
        content = numbered(MIDDLING)
        write("file", content)
        with sink(self.lead(307, after=MIB)) as s:
            fetch = get("-L", "-H", "Expect:", "-T", "file", s.url + "x")
            first, second = s.wait(2)
        assert fetch.exit == 0, fetch.err
        assert not first.whole
        assert second.whole
        assert second.sha256 == sum_of(content)

    @pytest.mark.parametrize("status", [301, 302, 303])
    def test_others_become_a_get(self, get, sink, status):
        with sink(self.lead(status)) as s:
            fetch = get("-L", "-d", "x", s.url)
        assert fetch.exit == 0, fetch.err
        assert (s.last.method, s.last.size) == ("GET", 0)
        assert "content-type" not in s.last.fields

    def test_standard_input_that_nobody_has_read_goes_there(self, get, sink):
        """Who asks first has it still."""
        with sink(self.lead(307, at_once=True)) as s:
            fetch = get(
                "-L", "--expect", "-T", "-", s.url + "x", stdin=b"once"
            )
            second = s.wait(2)[-1]
        assert fetch.exit == 0, fetch.err
        assert (second.target, bytes(second.body)) == ("/there", b"once")

    def test_standard_input_cannot_be_had_again(self, get, sink):
        with sink(self.lead(307)) as s:
            fetch = get("-L", "-T", "-", s.url + "x", stdin=b"once")
        assert fetch.exit == 47
        assert "gives it once" in fetch.sentence
        assert len(s.requests) == 1


class TestExpect:
    """Asking before a body is sent (RFC 9110 s10.1.1)."""

    def test_who_asks(self, get, sink, write, version):
        write("small", b"x" * MIB)
        write("large", b"x" * (MIB + 1))
        with sink() as s:
            for words in (
                ["-T", "small"],
                ["-T", "large"],
                ["-T", "large", "-H", "Expect:"],
                ["-T", "small", "--expect"],
                ["-d", "x", "-H", "Expect: 100-continue"],
            ):
                assert get(*words, s.url).exit == 0
        asked = ["expect" in r.fields for r in s.requests]
        # Over HTTP/2 only who is told to.
        assert asked == [False, version == "h1", False, True, True]
        assert all(r.whole for r in s.requests)

    def test_a_server_that_does_not_know_it(self, get, sink):
        def reply(sent):
            if "expect" in sent.fields:
                return Reply(417, body=b"what?", at_once=True)
            return THANKS

        with sink(reply) as s:
            fetch = get("--expect", "-d", "body", s.url)
            first, second = s.wait(2)
        assert (fetch.exit, fetch.out) == (0, b"thanks"), fetch.err
        assert {bytes(first.body), bytes(second.body)} == {b"", b"body"}

    def test_a_server_that_says_nothing(self, get, sink):
        with sink(says_continue=False) as s:
            begun = time.monotonic()
            fetch = get("--expect", "-d", "body", s.url)
            took = time.monotonic() - begun
        assert (fetch.exit, fetch.out) == (0, b"thanks"), fetch.err
        assert bytes(s.last.body) == b"body"
        assert took >= 1  # and the limit of the test is the other bound

    @pytest.mark.parametrize("status", [401, 413, 302])
    def test_a_server_that_does_not_want_it(self, get, sink, write, status):
        write("file", b"x" * (2 * MIB))
        where = (("Location", "/there"),)
        with sink(lambda _: Reply(status, where, b"no", at_once=True)) as s:
            fetch = get("--expect", "-T", "file", s.url)
            (sent,) = s.wait()
        assert (fetch.exit, fetch.out) == (0, b"no"), fetch.err
        assert (sent.size, sent.whole) == (0, False)


class TestEarlyAnswers:
    """The server has heard enough, and says so in the middle."""

    @staticmethod
    def check(get, write, sink):
        """It is, whatever becomes of the connection."""
        write("file", b"x" * MIDDLING)
        words = ["-H", "Expect:", "-T", "file"]
        with sink as s:
            fetch = get(*words, s.url)
            failed = get("-f", *words, s.url)
            sent = s.wait(2)[-1]
        assert (fetch.exit, fetch.out) == (0, b"too much"), fetch.err
        assert failed.exit == 22
        assert "answers 413" in failed.sentence
        assert not sent.whole
        assert sent.size < MIDDLING

    def test_it_is_reported(self, get, sink, write):
        reply = Reply(413, body=b"too much", after=100000)
        self.check(get, write, sink(lambda _: reply))

    @pytest.mark.parametrize("leaves", ["fin", "reset"])
    def test_it_is_reported_when_the_server_leaves(
        self, get, identity, write, leaves
    ):
        """HTTP/1.1: in the other a stream ends and no connection."""
        reply = Reply(413, body=b"too much", after=100000, leaves=leaves)
        self.check(get, write, Sink(identity, "h1", lambda _: reply))

    def test_thanks_for_half_of_it_are_a_failure(self, get, sink, write):
        write("file", b"x" * MIDDLING)
        with sink(lambda _: Reply(201, after=100000)) as s:
            fetch = get("--json", "-H", "Expect:", "-T", "file", s.url)
        assert fetch.exit == 55
        assert "answers 201 after" in fetch.sentence
        assert "was not sent" in fetch.sentence
        assert fetch.json["error"]["word"] == "not_sent_whole"

    def test_a_reset_without_an_answer(self, get, sink, write):
        """No broken pipe: a sentence."""
        write("file", b"x" * MIDDLING)

        def taken(sent):
            if sent.size > 100000:
                raise ConnectionResetError

        with sink(taken=taken) as s:
            fetch = get("-H", "Expect:", "-T", "file", s.url)
        assert fetch.exit in (18, 56)
        assert "Broken pipe" not in fetch.err
        assert fetch.sentence


class TestTrailers:
    """Fields after the body (RFC 9110 s6.5)."""

    WORDS = ["--trailer", "X-Sum: 12 34", "--trailer", "X-Empty:"]

    @pytest.mark.parametrize(
        "words",
        [["-d", "body"], ["-T", "file"], ["-T", "-"], ["-d", ""]],
        ids=lambda words: "".join(words),
    )
    def test_they_follow_and_are_announced(self, get, sink, write, words):
        write("file", b"body")
        with sink() as s:
            fetch = get(*self.WORDS, *words, s.url + "x", stdin=b"body")
        assert fetch.exit == 0, fetch.err
        assert s.last.trailers == {"x-sum": "12 34", "x-empty": ""}
        assert s.last.fields["trailer"] == "X-Sum, X-Empty"
        assert "content-length" not in s.last.fields
        assert bytes(s.last.body) == (b"" if words == ["-d", ""] else b"body")

    def test_what_cannot_be_one(self, get, sink):
        with sink() as s:
            fetch = get("-d", "x", "--trailer", "Content-Length: 1", s.url)
            assert not s.requests
        assert fetch.exit == 2
        assert (
            "--trailer: 'Content-Length' cannot be sent after a body; "
            "send it with -H" in fetch.sentence
        )


class TestUser:
    """Passwords that no command line shows."""

    BASIC = "Basic " + base64.b64encode(b"alice:wonder land").decode()

    def test_from_a_file(self, get, sink, write):
        write("user", b"alice:wonder land\nnot this\n")
        with sink() as s:
            get("--user-file", "user", s.url)
            get("--user-file", "-", s.url, stdin=b"alice:wonder land")
        assert [r.fields["authorization"] for r in s.requests] == [
            self.BASIC,
            self.BASIC,
        ]

    def test_a_file_that_says_no_password(self, get, write):
        write("user", b"alice\n")
        fetch = get("--user-file", "user", "https://localhost:1/")
        assert fetch.exit == 2
        assert "NAME:PASSWORD" in fetch.sentence

    def test_without_a_terminal_there_is_a_remedy(self, duet):
        done = subprocess.run(
            [duet.path, "get", "-u", "alice", "https://localhost:1/"],
            env=duet.env,
            capture_output=True,
            start_new_session=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 26
        assert b"-u alice: there is no terminal to ask on" in done.stderr
        assert b"--user-file" in done.stderr

    @staticmethod
    def ask_on_terminal(duet, argv, typed):
        """What was shown, the exit status, and whether echo is back."""
        leader, follower = open_terminal(80)

        def own_it():
            os.setsid()
            fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(
            list(map(str, argv)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=duet.env,
            preexec_fn=own_it,
            pass_fds=(follower,),
        )
        shown = read_until(leader, b"Password of alice: ")
        os.write(leader, typed)
        shown += read_until(leader, b"\n")
        status = process.wait(LIMIT_S)
        echo = termios.tcgetattr(follower)[3] & termios.ECHO
        os.close(follower)
        os.close(leader)
        return shown, status, bool(echo)

    def test_a_person_is_asked_and_not_shown(self, duet, ca, sink):
        with sink() as s:
            shown, status, echo = self.ask_on_terminal(
                duet,
                [duet.path, "get", "--cacert", ca.file]
                + ["-u", "alice", s.url],
                b"wonder land\n",
            )
        assert status == 0
        assert echo
        assert shown == b"Password of alice: \n"
        assert s.last.fields["authorization"] == self.BASIC

    def test_who_gives_up_has_his_terminal_back(self, duet):
        _, status, echo = self.ask_on_terminal(
            duet,
            [duet.path, "get", "-u", "alice", "https://localhost:1/"],
            b"half\x03",
        )
        assert status == -signal.SIGINT
        assert echo


def read_until(fd, mark):
    """From a terminal, up to and with the mark."""
    data = b""
    while not data.endswith(mark):
        assert select.select([fd], [], [], LIMIT_S)[0], data
        data += os.read(fd, 1)
    return data


class TestRefusals:
    """What makes no sense together is said before anything is sent."""

    @pytest.mark.parametrize(
        "words",
        [
            ["-I", "-d", "x"],
            ["-I", "-T", "file"],
            ["-I", "-F", "a=b"],
            ["-T", "file", "-F", "a=b"],
            ["-d", "x", "--json-body", "1"],
            ["-G", "-T", "file"],
            ["-F", "a=b", "-H", "Content-Type: x/y"],
            ["--trailer", "a: b"],
            ["--expect"],
            ["-d", "@-", "-F", "a=@-"],
        ],
        ids=" ".join,
    )
    def test_it_is_refused(self, get, sink, write, words):
        write("file", b"x")
        with sink() as s:
            fetch = get(*words, s.url)
            assert not s.requests
        assert fetch.exit == 2
        assert fetch.sentence


class TestPeers:
    """Other people's servers: uploads that they take, and that they do not."""

    CONTENT = numbered(3 * MIB + 17)

    @staticmethod
    def put(duet, ca, *words):
        """CONTENT, to a server."""
        (duet.home / "file").write_bytes(TestPeers.CONTENT)
        return duet.get("--cacert", ca.file, "-T", "file", *words)

    @pytest.fixture(name="peer")
    def fixture_peer(self, need, home, identity):
        """peer(Class, lines of configuration): running."""

        def peer(kind, extra=""):
            root = home / "docs"
            root.mkdir(mode=0o777)
            root.chmod(0o777)
            (root / "index.html").write_text("hello\n")
            found = kind(need(*kind.programs), home, root, identity)
            found.extra = found.extra + "\n" + extra
            return found

        return peer

    @pytest.mark.parametrize("kind", [Nginx, NginxH2])
    def test_nginx_takes_it(self, duet, ca, peer, kind):
        server = peer(kind, "dav_methods PUT; client_max_body_size 2g;")
        with server.running() as p:
            fetch = self.put(duet, ca, "-i", p.url)
            again = self.put(duet, ca, "-H", "Expect:", "-i", p.url + "two")
        assert fetch.exit == 0, fetch.err
        assert b" 201" in fetch.out
        assert (p.root / "file").read_bytes() == self.CONTENT
        assert again.exit == 0, again.err
        assert (p.root / "two").read_bytes() == self.CONTENT

    @pytest.mark.parametrize("kind", [Nginx, NginxH2])
    def test_nginx_takes_a_stream(self, duet, ca, peer, kind):
        server = peer(kind, "dav_methods PUT; client_max_body_size 2g;")
        with server.running() as p:
            fetch = duet.get(
                *("--cacert", ca.file, "-T", "-", "-i", p.url + "x"),
                stdin=self.CONTENT,
            )
        assert fetch.exit == 0, fetch.err
        assert (p.root / "x").read_bytes() == self.CONTENT

    @pytest.mark.parametrize("kind", [Nginx, NginxH2])
    @pytest.mark.parametrize("expect", ["--expect", "-HExpect:"])
    @pytest.mark.parametrize(
        "extra, status",
        [
            ("client_max_body_size 1000;", b"413"),
            ("", b"413"),
            ("client_max_body_size 2g;", b"405"),
            (
                "client_max_body_size 2g;"
                "auth_basic x; auth_basic_user_file /dev/null;",
                b"401",
            ),
        ],
        ids=["413", "default", "405", "401"],
    )
    def test_nginx_refuses_it(
        self, duet, ca, peer, kind, expect, extra, status
    ):  # pylint: disable=too-many-arguments
        with peer(kind, extra).running() as p:
            fetch = self.put(duet, ca, expect, "-i", p.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.out.split()[1] == status

    @pytest.mark.parametrize("kind", [Apache, ApacheH2])
    def test_apache_takes_it(self, duet, ca, peer, kind):
        server = peer(kind)
        server.modules = (*kind.modules, "dav", "dav_fs")
        locks = server.work / "locks"
        locks.mkdir()
        locks.chmod(0o777)
        server.extra += f"""
DavLockDB {locks}/db
<Location />
    Dav On
</Location>"""
        with server.running() as p:
            fetch = self.put(duet, ca, "-i", p.url)
        assert fetch.exit == 0, fetch.err
        assert b" 201" in fetch.out
        assert (p.root / "file").read_bytes() == self.CONTENT

    @pytest.mark.parametrize("expect", ["--expect", "-HExpect:"])
    @pytest.mark.parametrize(
        "kind, extra, status",
        [
            (Apache, "LimitRequestBody 1000", b"413"),
            (Apache, "", b"405"),
            (ApacheH2, "", b"405"),
        ],
        ids=["413", "405", "h2-405"],
    )
    def test_apache_refuses_it(
        self, duet, ca, peer, kind, expect, extra, status
    ):  # pylint: disable=too-many-arguments
        with peer(kind, extra).running() as p:
            fetch = self.put(duet, ca, expect, "-i", p.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.out.split()[1] == status

    @pytest.mark.parametrize("expect", ["--expect", "-HExpect:"])
    def test_caddy_refuses_it(self, duet, ca, peer, expect):
        with peer(Caddy).running() as p:
            fetch = self.put(duet, ca, expect, "-i", p.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.out.split()[1] == b"404"

    @pytest.mark.parametrize("expect", ["--expect", "-HExpect:"])
    def test_caddy_gives_thanks_for_nothing(self, duet, ca, peer, expect):
        """A PUT of a file that exists: 200, and the old one comes back."""
        with peer(Caddy).running() as p:
            fetch = self.put(duet, ca, expect, p.url + "index.html")
            assert (p.root / "index.html").read_text() == "hello\n"
        assert fetch.exit == 55
        assert "answers 200 after" in fetch.sentence

    @pytest.mark.parametrize("expect", ["--expect", "-HExpect:"])
    def test_we_refuse_it(self, duet, ca, identity, site, expect):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(site, *words) as served:
            fetch = self.put(duet, ca, expect, "-i", served.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.out.split()[1] == b"405"
