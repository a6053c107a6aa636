# SPDX-License-Identifier: MIT
"""`duet get`: what can be asked for, and what is told."""

import base64
import json
import re
import stat

import pytest

from support.answers import Answers, answer, fin, redirect
from support.listener import Listener
from support.wire import server_context

BODY = b"".join(b"%07d\n" % i for i in range(1000))


@pytest.fixture(name="context")
def fixture_context(identity):
    """A server's."""
    return server_context(identity)


@pytest.fixture(name="serve")
def fixture_serve(context):
    """serve(function): Answers; serve(b"body"): always that."""

    def serve(function):
        if isinstance(function, bytes):
            return Answers(context, lambda _: answer(function))
        return Answers(context, function)

    return serve


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, *words, **more)

    return get


class TestRequest:
    """What reaches the server."""

    @pytest.mark.parametrize(
        "words, method, target, body",
        [
            (["/a?b=c#d"], "GET", "/a?b=c", b""),
            (["-I", "/"], "HEAD", "/", b""),
            (["-X", "DELETE", "/x"], "DELETE", "/x", b""),
            (["-d", "a=1", "-d", "b=2", "/"], "POST", "/", b"a=1&b=2"),
            (["-X", "PUT", "-d", "x", "/"], "PUT", "/", b"x"),
        ],
    )
    def test_method_target_and_body(
        self, get, serve, words, method, target, body
    ):
        with serve(
            lambda r: answer(b"" if r.method == "HEAD" else b"ok")
        ) as s:
            *options, path = words
            fetch = get(*options, s.url.rstrip("/") + path)
        assert fetch.exit == 0, fetch.err
        assert (s.last.method, s.last.target) == (method, target)
        assert s.last.body == body

    def test_header_lines_of_ours_and_yours(self, get, serve):
        with serve(b"ok") as s:
            get(s.url)
            ours = s.last.fields
            get(
                *("-H", "X-One: 1", "-H", "accept: text/html"),
                *("-H", "User-Agent:", s.url),
            )
            yours = s.last.fields
        assert ours["user-agent"].startswith("duet/")
        assert ours["accept"] == "*/*"
        assert ours["host"] == f"localhost:{s.listener.port}"
        assert yours["x-one"] == "1"
        assert yours["accept"] == "text/html"
        assert "user-agent" not in yours

    def test_user_range_and_form(self, get, serve):
        with serve(b"ok") as s:
            get("-u", "alice:wonder land", "-r", "0-99", "-d", "x", s.url)
        assert s.last.fields["range"] == "bytes=0-99"
        kind, _, value = s.last.fields["authorization"].partition(" ")
        assert kind == "Basic"
        assert base64.b64decode(value) == b"alice:wonder land"
        kind = s.last.fields["content-type"]
        assert kind == "application/x-www-form-urlencoded"

    def test_data_from_a_file_and_from_standard_input(self, duet, get, serve):
        (duet.home / "form").write_bytes(b"a=1\r\nb=2\n")
        with serve(b"ok") as s:
            get("-d", "@form", s.url)
            from_file = s.last.body
            get("-d", "@-", s.url, stdin=b"in=1")
        assert from_file == b"a=1b=2"
        assert s.last.body == b"in=1"

    def test_a_url_without_a_scheme_is_https(self, get, serve):
        with serve(b"ok") as s:
            fetch = get(f"localhost:{s.listener.port}")
        assert (fetch.exit, fetch.out) == (0, b"ok")

    def test_resolve_leads_a_name_elsewhere(self, get, ca, serve, duet):
        identity = ca.issue("www.example.org")
        with Answers(server_context(identity), lambda _: answer(b"ok")) as s:
            port = s.listener.port
            fetch = get(
                *("--resolve", f"www.example.org:{port}:127.0.0.1"),
                f"https://www.example.org:{port}/",
            )
        assert (fetch.exit, fetch.out) == (0, b"ok")
        assert s.last.fields["host"] == f"www.example.org:{port}"
        assert duet

    def test_strict_asks_for_an_end_and_takes_a_good_one(self, get, serve):
        def function(_):
            yield answer(b"ok", "Connection: close")
            yield lambda wire: wire.close_notify()
            yield fin

        with serve(function) as s:
            fetch = get("--close", "strict", s.url)
        assert (fetch.exit, fetch.out) == (0, b"ok")
        assert s.last.fields["connection"] == "close"
        with serve(b"ok") as s:
            get(s.url)
        assert "connection" not in s.last.fields

    def test_one_connection_serves_several_urls(self, get, serve):
        with serve(lambda r: answer(r.target.encode())) as s:
            fetch = get(s.url + "a", s.url + "b", s.url + "c")
            assert s.listener.accepted == 1
        assert (fetch.exit, fetch.out) == (0, b"/a/b/c")


class TestRedirects:
    """Who is followed, and where to."""

    @staticmethod
    def chain(request):
        """/3 leads to /2 and so on; /0 is there."""
        left = int(request.target[1:])
        return redirect(f"/{left - 1}") if left else answer(b"there")

    def test_get_follows_ten(self, get, serve):
        with serve(self.chain) as s:
            ten, eleven = get(s.url + "10"), get(s.url + "11")
        assert (ten.exit, ten.out) == (0, b"there")
        assert (eleven.exit, eleven.out) == (47, b"")

    def test_post_follows_only_when_told(self, get, serve):
        with serve(self.chain) as s:
            stays = get("-d", "x", s.url + "1")
            goes = get("-L", "-d", "x", s.url + "1")
        assert (stays.exit, stays.out) == (0, b"")
        assert (goes.exit, goes.out) == (0, b"there")

    def test_no_location_and_max_redirs(self, get, serve):
        with serve(self.chain) as s:
            never = get("--no-location", "-i", s.url + "1")
            twice = get("--max-redirs", "2", s.url + "2")
            thrice = get("--max-redirs", "2", s.url + "3")
        assert never.exit == 0
        assert never.out.startswith(b"HTTP/1.1 302 Found\r\n")
        assert (twice.exit, thrice.exit) == (0, 47)

    def test_never_from_https_to_http(self, get, serve):
        with serve(lambda _: redirect("http://localhost/")) as s:
            fetch = get(s.url)
        assert fetch.exit == 47
        assert "https to http" in fetch.sentence

    def test_strict_is_not_said_of_http(self, get, serve):
        with serve(b"ok") as s:
            fetch = get(
                *("--insecure-http", "--close", "strict", s.url),
                "http://localhost:1/",
            )
        assert fetch.exit == 2
        assert "close_notify" in fetch.sentence
        assert not s.requests

    def test_a_password_does_not_follow_to_a_stranger(self, get, serve):
        with serve(b"ok") as other:
            with serve(lambda _: redirect(other.url)) as s:
                fetch = get("-u", "a:b", s.url)
                assert s.last.fields["authorization"]
        assert fetch.exit == 0
        assert "authorization" not in other.last.fields


class TestOutput:
    """Where bodies go."""

    def test_files_by_order_of_outputs(self, duet, get, serve):
        with serve(lambda r: answer(r.target.encode())) as s:
            fetch = get(
                *("-o", "one", s.url + "a", "-O", s.url + "dir/two?q"),
                *(s.url + "c",),
            )
        assert (fetch.exit, fetch.out) == (0, b"/c")
        assert (duet.home / "one").read_bytes() == b"/a"
        assert (duet.home / "two").read_bytes() == b"/dir/two?q"

    def test_head_alone_and_head_too(self, get, serve):
        with serve(lambda _: answer(b"", "X-A: b", length=2)) as s:
            alone = get("-I", s.url)
        with serve(lambda _: answer(b"ok", "X-A: b")) as s:
            both = get("-i", s.url)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\n"
        assert (alone.exit, alone.out) == (0, head)
        assert (both.exit, both.out) == (0, head + b"ok")

    def test_a_heads_part_has_no_bytes(self, get, serve):
        part = answer(
            *(b"", "Content-Range: bytes 0-4/8000"),
            status="206 Partial Content",
            length=5,
        )
        with serve(lambda _: part) as s:
            fetch = get("-I", "-r", "0-4", s.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.out.startswith(b"HTTP/1.1 206 Partial Content")

    def test_a_password_in_a_url_is_not_shown(self, get, serve):
        with serve(b"ok") as s:
            url = s.url.replace("//", "//alice:secret@")
            fetch = get("--json", "-o", "f", url)
            refused = get("-O", url)
        assert fetch.json["url"] == s.url
        assert refused.exit == 2 or refused.exit == 23, refused.err
        assert "secret" not in refused.err

    @pytest.mark.parametrize(
        "path", ["", "dir/", "..", "%2e%2e", "a%2fb", "a%0ab", "%1b%5b2J"]
    )
    def test_no_file_is_named_by_a_trick(self, duet, get, serve, path):
        before = sorted(duet.home.iterdir())
        with serve(b"x") as s:
            fetch = get("-O", s.url + path)
            assert s.listener.accepted == 0
        assert fetch.exit == 23
        assert "-o FILE" in fetch.sentence
        assert sorted(duet.home.iterdir()) == before

    @pytest.mark.parametrize(
        "name, words",
        [
            ("dir", "is a directory"),
            ("missing/file", "No such file or directory"),
            ("/dev/full", "No space left on device"),
        ],
    )
    def test_a_place_that_takes_nothing_is_named(
        self, duet, get, serve, name, words
    ):
        (duet.home / "dir").mkdir()
        with serve(BODY) as s:
            fetch = get("-o", name, s.url)
        assert fetch.exit == 23
        assert words in fetch.sentence and name in fetch.sentence

    @pytest.mark.parametrize("more", ["", "--json"])
    def test_a_full_standard_output_is_a_failure(self, duet, ca, serve, more):
        with serve(BODY) as s:
            words = f"exec {duet.path} get --cacert {ca.file} {more} {s.url}"
            shell = type(duet)("/bin/sh", duet.home, duet.env)
            fetch = shell.run("-c", f"{words} >/dev/full")
        assert fetch.exit == 23
        assert fetch.err.count("standard output") == 1

    @pytest.mark.parametrize(
        "closed, number",
        [
            ("<&-", 0),
            ("2>&-", 0),
            ("<&- 2>&-", 0),
            (">&-", 23),
            ("<&- >&- 2>&-", 23),
        ],
    )
    def test_what_is_closed_is_given_to_nobody(
        self, duet, ca, serve, closed, number
    ):
        with serve(BODY) as s:
            words = f"exec {duet.path} get --cacert {ca.file}"
            shell = type(duet)("/bin/sh", duet.home, duet.env)
            shown = shell.run("-c", f"{words} {s.url} {closed}")
            saved = shell.run("-c", f"{words} -v -o f {s.url} {closed}")
        assert shown.exit == number, shown.err
        assert shown.out == (b"" if number else BODY)
        assert saved.exit == 0, saved.err
        assert (duet.home / "f").read_bytes() == BODY

    def test_a_closed_standard_input_is_no_empty_form(self, duet, ca, serve):
        with serve(BODY) as s:
            words = f"exec {duet.path} get --cacert {ca.file} -d @- {s.url}"
            shell = type(duet)("/bin/sh", duet.home, duet.env)
            fetch = shell.run("-c", f"{words} <&-")
            works = shell.run("-c", words, stdin=b"a=1\n")
        assert (fetch.exit, works.exit) == (26, 0)
        assert "'standard input': cannot read" in fetch.sentence
        assert [request.body for request in s.requests] == [b"a=1"]

    def test_fail_saves_no_error_page(self, duet, get, serve):
        with serve(lambda _: answer(b"gone", status="404 Not Found")) as s:
            fails = get("--fail", "-o", "page", s.url)
            assert not (duet.home / "page").exists()
            assert not (duet.home / "page.part").exists()
            works = get("-o", "page", s.url)
        assert fails.exit == 22
        assert "404 Not Found" in fails.sentence
        assert works.exit == 0
        assert (duet.home / "page").read_bytes() == b"gone"

    def test_a_range_beyond_the_end_saves_nothing(self, duet, get, serve):
        page = answer(
            *(b"sorry", "Content-Range: bytes */50"),
            status="416 Range Not Satisfiable",
        )
        with serve(lambda _: page) as s:
            saved = get("-r", "100-200", "-o", "f", s.url)
            shown = get("-r", "100-200", s.url)
            head = get("-I", "-r", "100-200", s.url)
        assert [fetch.exit for fetch in (saved, shown, head)] == [22] * 3
        assert shown.out == b""
        assert head.out.startswith(b"HTTP/1.1 416 ")
        assert head.out.endswith(b"Content-Range: bytes */50\r\n\r\n")
        assert "no such bytes" in head.sentence
        assert "no such bytes" in shown.sentence
        assert not list(duet.home.glob("f*"))


class TestPart:
    """NAME.part until it is known to be whole."""

    def test_a_cut_body_is_kept_aside(self, duet, get, serve):
        out, part = duet.home / "f", duet.home / "f.part"
        out.write_bytes(b"old")
        cut = answer(BODY, length=2 * len(BODY))
        with serve(lambda _: [cut, fin]) as s:
            fetch = get("-o", "f", s.url)
        assert fetch.exit == 18
        assert out.read_bytes() == b"old"
        assert part.read_bytes() == BODY
        size = len(BODY)
        assert fetch.err.splitlines()[-1] == f"kept: f.part ({size} bytes)"

    @pytest.mark.parametrize("earlier", [None, b"earlier"])
    def test_a_cut_head_keeps_nothing(self, duet, get, serve, earlier):
        part = duet.home / "f.part"
        if earlier:
            part.write_bytes(earlier)
        with serve(lambda _: [b"HTTP/1.1 200 OK\r\nContent-", fin]) as s:
            fetch = get("-o", "f", s.url)
            told = get("--json", "-o", "f", s.url)
        assert (fetch.exit, told.exit) == (18, 18)
        assert "kept:" not in fetch.err
        assert told.json["part"] is None
        assert (part.read_bytes() if part.exists() else None) == earlier

    def test_not_modified_leaves_the_file_as_it_is(self, duet, get, serve):
        out = duet.home / "f"
        out.write_bytes(b"old")
        with serve(lambda _: answer(b"", status="304 Not Modified")) as s:
            fetch = get("-o", "f", "-H", 'If-None-Match: "x"', s.url)
        assert fetch.exit == 0, fetch.err
        assert out.read_bytes() == b"old"
        assert not (duet.home / "f.part").exists()

    def test_not_modified_is_no_answer_unless_asked_for(
        self, duet, get, serve
    ):
        with serve(lambda _: answer(b"", status="304 Not Modified")) as s:
            fetch = get("-o", "f", s.url)
            shown = get("-I", s.url)
        assert (fetch.exit, shown.exit) == (56, 0)
        assert "304" in fetch.sentence
        assert not list(duet.home.glob("f*"))

    @pytest.mark.parametrize("words", [[], ["-r", "0-9"]])
    def test_another_part_is_no_answer(self, duet, get, serve, words):
        lines = ["Content-Range: bytes 500-509/8000"]
        part = answer(BODY[500:510], *lines, status="206 Partial Content")
        with serve(lambda _: part) as s:
            fetch = get("-o", "f", *words, s.url)
        assert fetch.exit == 56
        assert "part (206" in fetch.sentence
        assert not (duet.home / "f").exists()

    def test_a_whole_one_replaces_file_and_part(self, duet, get, serve):
        out, part = duet.home / "f", duet.home / "f.part"
        out.write_bytes(b"old")
        out.chmod(0o640)
        part.write_bytes(b"longer than what will come" * 1000)
        with serve(BODY) as s:
            fetch = get("-o", "f", s.url)
        assert (fetch.exit, fetch.err) == (0, "")
        assert out.read_bytes() == BODY
        assert stat.S_IMODE(out.stat().st_mode) == 0o640
        assert not part.exists()

    def test_no_answer_leaves_an_earlier_part_alone(self, duet, get, serve):
        part = duet.home / "f.part"
        part.write_bytes(b"earlier")
        with serve(BODY) as s:
            url = s.url
        fetch = get("-o", "f", url)
        assert fetch.exit == 7
        assert part.read_bytes() == b"earlier"
        assert get("-o", "g", url).exit == 7
        assert not (duet.home / "g.part").exists()

    def test_a_device_is_written_in_place(self, duet, get, serve):
        with serve(BODY) as s:
            fetch = get("-o", "/dev/null", s.url)
            by_name = get("-o", "/dev/stdout", s.url)
        assert (fetch.exit, fetch.err) == (0, "")
        assert (by_name.exit, by_name.out) == (0, BODY)
        assert duet


class TestExit:
    """The numbers, which are curl's."""

    def test_usage_is_2_and_says_what_to_try(self, duet):
        fetch = duet.get("--max-time", "5x", "localhost")
        assert fetch.exit == 2
        assert fetch.err == (
            "duet get: --max-time: '5x' is not a number of seconds; "
            "try --max-time 5\n"
        )
        fetch = duet.get("-m", "0", "localhost")
        assert fetch.err.endswith("from 0.001 to 2000000 seconds\n")
        fetch = duet.get("--cacrt", "x", "localhost")
        assert fetch.exit == 2
        assert "did you mean --cacert?" in fetch.err

    @pytest.mark.parametrize(
        "number, words",
        [
            (2, []),
            (2, ["--resolve", "nonsense", "localhost"]),
            (3, ["https://"]),
            (3, ["https://localhost:99999/"]),
            (6, ["https://no-such-name.invalid/"]),
            (26, ["-d", "@missing", "localhost"]),
            (58, ["--cert", "missing.pem", "localhost"]),
            (77, ["--cacert", "missing.pem", "localhost"]),
            (77, ["--crl", "missing.crl", "localhost"]),
        ],
    )
    def test_what_needs_no_server(self, duet, number, words):
        fetch = duet.get(*words)
        assert fetch.exit == number, fetch.err
        assert fetch.sentence.startswith("duet get: ")
        assert fetch.out == b""

    @pytest.mark.parametrize(
        "number, words, remedy",
        [
            (2, ["-X", "BAD M", "localhost:1"], "try -X PUT"),
            (2, ["-H", "Bad Name: v", "localhost:1"], "leave out blanks"),
            (2, ["-H", "Connection: x", "localhost:1"], "leave it out"),
            (2, ["--resolve", "a:1:b", "localhost:1"], "in numbers"),
            (3, ["http://localhost:1/"], "or --insecure-http"),
            (3, ["https://local host/"], "a space in its host: leave it out"),
            (7, ["localhost:1"], "check the port, and that the server runs"),
            (23, ["-o", "missing/f", "localhost:1"], "check the name"),
            (26, ["-d", "@missing", "localhost:1"], "check the name"),
            (58, ["--cert", "missing", "localhost:1"], "check the name"),
            (77, ["--cacert", "missing", "localhost:1"], "check the name"),
            (77, ["--crl", "missing", "localhost:1"], "check the name"),
        ],
    )
    def test_a_sentence_ends_in_a_remedy(self, duet, number, words, remedy):
        fetch = duet.get(*words)
        assert fetch.exit == number, fetch.err
        assert remedy in fetch.sentence

    @pytest.mark.parametrize(
        "reply, number, remedy",
        [
            (b"", 18, "; try again"),
            (b"HTTP/1.1 200 OK\r\nContent-L", 18, "; try again"),
            (answer(b"half", length=8), 18, "; try again"),
            (b"SMTP\r\n\r\n", 56, "; tell the server's keeper"),
            (
                answer(b"", *[f"X-{i}: y" for i in range(101)]),
                63,
                "more field lines than 100; tell the server's keeper",
            ),
        ],
    )
    def test_a_servers_fault_has_one_too(
        self, get, serve, reply, number, remedy
    ):
        with serve(lambda _: [reply, fin]) as s:
            fetch = get(s.url)
        assert fetch.exit == number, fetch.err
        assert fetch.sentence.endswith(remedy), fetch.err

    def test_a_damaged_own_certificate_is_58(self, duet):
        (duet.home / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n")
        assert duet.get("--cert", "bad.pem", "localhost").exit == 58

    def test_time_is_28(self, duet, get, context):
        class Silent(Answers):
            """Never answers."""

            def serve(self, sock):
                sock.recv(1)
                while sock.recv(65536):
                    pass

        with Silent(context, None) as s:
            fetch = get("--max-time", "0.2", "-o", "f", s.url)
        assert fetch.exit == 28, fetch.err
        assert not (duet.home / "f.part").exists()

    def test_an_unknown_authority_is_60(self, duet, serve):
        with serve(b"x") as s:
            fetch = duet.get(s.url)
        assert fetch.exit == 60, fetch.err

    def test_a_revoked_certificate_is_60(self, get, ca, identity, serve):
        crl = ca.crl(identity.cert)
        with serve(b"x") as s:
            fetch = get("--crl", crl, s.url)
        assert fetch.exit == 60
        assert "revoked" in fetch.sentence

    def test_broken_http_is_56(self, get, serve):
        with serve(lambda _: b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n") as s:
            fetch = get(s.url)
        assert fetch.exit == 56, fetch.err

    def test_the_first_failure_counts_and_all_are_tried(self, get, serve):
        def function(request):
            if request.target == "/missing":
                return answer(b"", status="404 Not Found")
            return answer(b"ok")

        with serve(function) as s:
            fetch = get("--fail", s.url + "missing", s.url, "https://")
        assert fetch.exit == 22
        assert fetch.out == b"ok"

    def test_silence_hides_errors_as_curl_does(self, duet):
        assert duet.get("-s", "https://").err == ""
        assert duet.get("-sS", "https://").err.startswith("duet get: ")


class TestIdentity:
    """Who we are, and whom we believe without being told."""

    @pytest.fixture(name="asking")
    def fixture_asking(self, context, ca):
        """A server that wants a certificate and says whose it got."""
        context.load_verify_locations(ca.file)
        context.verify_mode = 2  # ssl.CERT_REQUIRED
        return Answers(context, lambda _: answer(b"welcome"))

    def test_a_client_certificate_opens_the_door(self, get, ca, asking):
        from cryptography.x509.oid import ExtendedKeyUsageOID

        alice = ca.issue("alice", usage=(ExtendedKeyUsageOID.CLIENT_AUTH,))
        with asking as s:
            apart = get(
                *("--cert", alice.chain_file, "--key", alice.key_file, s.url)
            )
            together = get("-E", alice.both_file, s.url)
        assert (apart.exit, apart.out) == (0, b"welcome")
        assert (together.exit, together.out) == (0, b"welcome")

    def test_pkcs12_is_known_by_its_content(self, duet, get, ca, asking):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.serialization import pkcs12
        from cryptography.x509.oid import ExtendedKeyUsageOID

        alice = ca.issue("alice", usage=(ExtendedKeyUsageOID.CLIENT_AUTH,))
        (duet.home / "alice").write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"alice",
                alice.key,
                alice.cert,
                None,
                serialization.BestAvailableEncryption(b"secret"),
            )
        )
        with asking as s:
            good = get("--cert", "alice", "--pass", "secret", s.url)
        bad = get("--cert", "alice", "--pass", "wrong", "localhost")
        assert (good.exit, good.out) == (0, b"welcome")
        assert bad.exit == 58

    def test_the_local_ca_speaks_for_this_machine_only(self, duet, ca, serve):
        place = duet.home / ".local/share/duet/local-ca"
        place.mkdir(parents=True)
        (place / "ca.pem").write_bytes(ca.file.read_bytes())
        with serve(b"ok") as s:
            port = s.listener.port
            for host in ("localhost", "127.0.0.1"):
                fetch = duet.get(f"https://{host}:{port}/")
                assert (fetch.exit, fetch.out) == (0, b"ok"), fetch.err
            fetch = duet.get(
                *("--resolve", f"www.example.org:{port}:127.0.0.1"),
                f"https://www.example.org:{port}/",
            )
        assert fetch.exit == 60


class TestReports:
    """--json and -v."""

    def test_json_is_one_object_and_no_body(self, get, serve):
        with serve(BODY) as s:
            fetch = get("--json", s.url)
        assert fetch.exit == 0
        facts = fetch.json
        assert facts["url"] == facts["final_url"] == s.url
        assert facts["status"] == 200
        assert facts["method"] == "GET"
        assert facts["sizes"]["body"] == len(BODY)
        assert facts["sizes"]["expected"] == len(BODY)
        assert facts["sizes"]["wire"] > len(BODY)
        times = facts["timings_ms"]
        assert 0 < times["connected"] <= times["handshake"]
        assert times["handshake"] <= times["first_byte"] <= times["total"]
        assert facts["tls"]["version"] == "TLSv1.3"
        assert facts["tls"]["verified"] is True
        assert facts["tls"]["subject"] == "CN=localhost"
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", facts["tls"]["not_after"]
        )
        assert facts["evidence"] == "length"
        assert facts["address"] == f"127.0.0.1:{s.listener.port}"
        assert facts["file"] is facts["part"] is facts["error"] is None

    def test_json_has_the_same_members_whatever_happens(
        self, duet, get, serve
    ):
        with serve(BODY) as s:
            fetch = get("--json", "-o", "f", s.url, "https://")
        good, bad = map(json.loads, fetch.out.splitlines())
        assert fetch.exit == 3
        assert good["file"] == "f"
        assert (duet.home / "f").read_bytes() == BODY
        assert good.keys() == bad.keys()
        assert bad["error"]["word"] == "bad_url"
        assert bad["error"]["exit"] == 3
        assert bad["status"] is bad["tls"] is None
        assert bad["error"]["text"] in fetch.err

    def test_a_refused_certificate_is_shown_all_the_same(self, duet, serve):
        with serve(BODY) as s:
            fetch = duet.get("-v", "--json", s.url)
            port = s.listener.port
        assert fetch.exit == 60
        for line in (
            f"* connected to 127.0.0.1:{port}",
            "*   0: CN=localhost",
        ):
            assert line in fetch.err.splitlines()
        assert "certificate NOT VERIFIED" in fetch.err
        assert "issued by CN=Duet Test Root, expires 20" in fetch.err
        facts = fetch.json
        assert facts["address"] == f"127.0.0.1:{port}"
        assert facts["tls"]["version"] == "TLSv1.3"
        assert facts["tls"]["subject"] == "CN=localhost"
        assert facts["tls"]["verified"] is False
        assert 0 < facts["timings_ms"]["connected"]
        assert facts["timings_ms"]["handshake"] is None
        assert facts["sizes"]["wire"] > 0
        assert facts["status"] is facts["sizes"]["body"] is None

    def test_what_no_handshake_came_of_is_shown(self, get):
        with Listener(lambda sock: sock.recv(1)) as s:
            fetch = get("-v", "--json", s.url)
        assert fetch.exit == 35
        assert f"* connected to 127.0.0.1:{s.port}" in fetch.err
        assert fetch.json["address"] == f"127.0.0.1:{s.port}"
        assert fetch.json["tls"] is None

    def test_verbose_tells_it_all_on_standard_error(self, get, serve):
        with serve(lambda _: answer(b"ok", "X-Evil: \x9b31m")) as s:
            fetch = get("-v", s.url)
        assert fetch.out == b"ok"
        port = s.listener.port
        for line in (
            f"* connected to 127.0.0.1:{port}",
            "*   0: CN=localhost",
            "> GET / HTTP/1.1",
            f"> Host: localhost:{port}",
            "< HTTP/1.1 200 OK",
            "< X-Evil: \\x9b31m",
        ):
            assert line in fetch.err.splitlines()
        assert re.search(r"^\* TLSv1\.3, TLS_\w+, \w+", fetch.err, re.M)
        assert re.search(
            r"^\* whole: 2 bytes by Content-Length; ", fetch.err, re.M
        )
        assert "issued by CN=Duet Test Root, expires 20" in fetch.err

    def test_verbose_shows_what_was_sent_last(self, get, serve):
        with serve(b"ok") as other:
            with serve(lambda _: redirect(other.url, "303 See Other")) as s:
                fetch = get(
                    *("-v", "-L", "-u", "a:secret", "-d", "x=1"),
                    *("-H", "Cookie: k=v", "-H", "X-One: 1", s.url),
                )
        sent = [line for line in fetch.err.splitlines() if line[0] == ">"]
        assert fetch.exit == 0
        assert sent[0] == "> GET / HTTP/1.1"
        assert f"> Host: localhost:{other.listener.port}" in sent
        assert "> X-One: 1" in sent
        told = [line[2:].partition(":") for line in sent[1:] if line[2:]]
        assert {name.lower() for name, _, _ in told} == set(other.last.fields)
        assert "authorization" not in other.last.fields

    def test_verbose_shows_what_we_add(self, get, serve):
        def function(_):
            yield answer(b"ok", "Connection: close")
            yield lambda wire: wire.close_notify()
            yield fin

        with serve(function) as s:
            url = s.url.replace("//", "//a:secret@")
            fetch = get("-v", "--close", "strict", "-d", "x=1", url)
            empty = get("-v", "--close", "strict", "-X", "POST", s.url)
        assert "> Authorization: Basic YTpzZWNyZXQ=" in fetch.err
        assert "> Content-Length: 3" in fetch.err
        assert "> Connection: close" in fetch.err
        assert "> Content-Length: 0" in empty.err


class TestHelp:
    """What can be read about it."""

    def test_help_fits_a_screen(self, duet):
        fetch = duet.get("--help")
        assert (fetch.exit, fetch.err) == (0, "")
        lines = fetch.out.decode().splitlines()
        assert len(lines) <= 25
        assert max(map(len, lines)) < 80

    def test_version(self, duet):
        version = duet.run("--version").out
        assert re.fullmatch(rb"duet \d+\.\d+\.\d+\n", version)
        assert duet.get("--version").out == version
        assert duet.get("-V", "ignored").out == version
