# SPDX-License-Identifier: MIT
"""`duet serve DIR`: which file is sent, and what of it."""

import email
import email.policy
import os
import re
import shutil
import stat
import subprocess
from types import SimpleNamespace

import pytest

from conftest import numbered
from support.https import client
from support.wire import client_context, connect


@pytest.fixture(name="server")
def fixture_server(duet, site, identity):
    """A running server of one small tree."""
    with duet.serve(
        site, "--cert", identity.chain_file, "--key", identity.key_file
    ) as served:
        yield served


@pytest.fixture(name="https")
def fixture_https(server, ca):
    """A connection to it."""
    with client(server, ca) as https:
        yield https


class TestWhichFile:
    """From a target to a file."""

    @pytest.mark.parametrize(
        "target, kind",
        [
            ("/", "text/html; charset=utf-8"),
            ("/index.html", "text/html; charset=utf-8"),
            ("/dir/", "text/html; charset=utf-8"),
            ("/small.txt", "text/plain; charset=utf-8"),
            ("/small.txt?a=b", "text/plain; charset=utf-8"),
            ("//small.txt", "text/plain; charset=utf-8"),
            ("/dir/../small.txt", "text/plain; charset=utf-8"),
            ("/%73mall.txt", "text/plain; charset=utf-8"),
            ("/big.bin", "application/octet-stream"),
            ("/empty", "application/octet-stream"),
        ],
    )
    def test_is_found_with_its_type(self, https, site, target, kind):
        reply = https.ask(target)
        assert (reply.status, reply["Content-Type"]) == (200, kind)
        name = target.partition("?")[0].replace("%73", "s")
        path = os.path.normpath(f"{site}/{name}")
        if os.path.isdir(path):
            path += "/index.html"
        with open(path, "rb") as file:
            assert reply.body == file.read()

    @pytest.mark.parametrize(
        "target, status, words",
        [
            ("/missing", 404, "nothing of that name"),
            ("/small.txt/", 404, "nothing of that name"),
            ("/small.txt/below", 404, "nothing of that name"),
            ("/bare/", 403, "no index.html here"),
            ("/.hidden", 404, "nothing of that name"),
            ("/dir/.hidden", 404, "nothing of that name"),
            ("/.git/config", 404, "nothing of that name"),
            ("/.well-known/.hidden", 404, "nothing of that name"),
            ("/out", 404, "nothing of that name"),
            ("/out/passwd", 404, "nothing of that name"),
            ("/fifo", 404, "nothing of that name"),
            ("/../etc/passwd", 400, "beyond the root"),
            ("/a%2fb", 400, "encoded slash"),
            ("/%zz", 400, "percent-encoding"),
        ],
    )
    def test_is_refused_in_words(self, https, site, target, status, words):
        (site / "bare").mkdir()
        (site / ".git").mkdir()
        (site / ".well-known").mkdir()
        (site / "out").symlink_to("/etc")
        os.mkfifo(site / "fifo")
        for name in (".hidden", "dir/.hidden", ".git/config"):
            (site / name).write_text("secret")
        (site / ".well-known/.hidden").write_text("secret")
        reply = https.ask(target)
        assert reply.status == status
        assert words in reply.body.decode()

    def test_well_known_is_known(self, https, site):
        (site / ".well-known").mkdir()
        (site / ".well-known/security.txt").write_text("Contact: us\n")
        assert https.ask("/.well-known/security.txt").status == 200

    def test_links_are_followed_where_they_stay_inside(self, https, site):
        (site / "link").symlink_to("dir/index.html")
        (site / "dir/up").symlink_to("../small.txt")
        assert https.ask("/link").body == https.ask("/dir/").body
        assert https.ask("/dir/up").body == b"a small file\n"

    @pytest.mark.parametrize(
        "target, location",
        [
            ("/dir", "/dir/"),
            ("/dir?a=b&c", "/dir/?a=b&c"),
            ("//dir", "/dir/"),
            ("/a%20b", "/a%20b/"),
            ("/%C3%A9", "/%C3%A9/"),
            ("/%3Fq", "/%3Fq/"),
        ],
    )
    def test_a_directory_wants_its_slash(self, https, site, target, location):
        for name in ("a b", "é", "?q"):
            (site / name).mkdir()
        reply = https.ask(target)
        assert (reply.status, reply["Location"]) == (301, location)

    def test_a_file_that_may_not_be_read(self, https, site):
        (site / "secret").write_text("secret")
        (site / "secret").chmod(0)
        if os.access(site / "secret", os.R_OK):
            pytest.skip("root may read everything")
        assert https.ask("/secret").status == 403

    def test_says_it_in_html_to_browsers(self, https):
        reply = https.ask("/missing", Accept="text/html,*/*;q=0.8")
        assert reply["Content-Type"] == "text/html; charset=utf-8"
        assert reply.body.startswith(b"<!DOCTYPE html>")
        assert b"nothing of that name" in reply.body
        reply = https.ask("/missing", Accept="*/*")
        assert reply["Content-Type"] == "text/plain; charset=utf-8"
        assert reply.body.startswith(b"404 Not Found: ")


class TestWhatOfIt:
    """Conditional requests and ranges."""

    def test_head_has_every_field_and_no_body(self, https):
        get = https.ask("/small.txt")
        head = https.ask("/small.txt", "HEAD")
        assert (head.status, head.body) == (200, b"")
        for name in (
            "Content-Length",
            "Content-Type",
            "ETag",
            "Last-Modified",
            "Accept-Ranges",
        ):
            assert head[name] == get[name]
            assert head[name]
        assert https.ask("/missing", "HEAD").body == b""

    def test_has_a_strong_tag_and_dates(self, https, site):
        os.utime(site / "small.txt", (784111777, 784111777))
        reply = https.ask("/small.txt")
        assert re.fullmatch(r'"[\w.-]+"', reply["ETag"])
        assert reply["Last-Modified"] == "Sun, 06 Nov 1994 08:49:37 GMT"
        assert re.fullmatch(r"\w{3}, .* GMT", reply["Date"])

    def test_a_file_of_the_future_has_no_date(self, https, site):
        os.utime(site / "small.txt", (4102444800, 4102444800))
        assert https.ask("/small.txt")["Last-Modified"] is None

    def test_another_file_in_its_place_has_another_tag(self, https, site):
        old = site / "small.txt"
        os.utime(old, (784111777, 784111777))
        before = https.ask("/small.txt")
        new = site / "new"
        new.write_text("A SMALL FILE\n")
        os.utime(new, (784111777, 784111777))
        new.rename(old)
        after = https.ask("/small.txt")
        assert before["Last-Modified"] == after["Last-Modified"]
        assert before["Content-Length"] == after["Content-Length"]
        assert before["ETag"] != after["ETag"]

    OLD = "Sat, 01 Jan 1994 00:00:00 GMT"
    SAME = "Sun, 06 Nov 1994 08:49:37 GMT"
    LATER = "Sun, 06 Nov 1994 08:49:38 GMT"

    @pytest.mark.parametrize(
        "fields, status",
        [
            ({"If_None_Match": "ETAG"}, 304),
            ({"If_None_Match": "W/ETAG"}, 304),
            ({"If_None_Match": '"x", ETAG'}, 304),
            ({"If_None_Match": "*"}, 304),
            ({"If_None_Match": '"x"'}, 200),
            ({"If_None_Match": '"x"', "If_Modified_Since": SAME}, 200),
            ({"If_Modified_Since": SAME}, 304),
            ({"If_Modified_Since": LATER}, 304),
            ({"If_Modified_Since": OLD}, 200),
            ({"If_Modified_Since": "nonsense"}, 200),
            ({"If_Match": "ETAG"}, 200),
            ({"If_Match": "*"}, 200),
            ({"If_Match": '"x"'}, 412),
            ({"If_Match": "W/ETAG"}, 412),
            ({"If_Unmodified_Since": SAME}, 200),
            ({"If_Unmodified_Since": OLD}, 412),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_conditions(self, https, site, fields, status, method):
        os.utime(site / "small.txt", (784111777, 784111777))
        etag = https.ask("/small.txt")["ETag"]
        fields = {k: v.replace("ETAG", etag) for k, v in fields.items()}
        reply = https.ask("/small.txt", method, **fields)
        assert reply.status == status
        if status == 304:
            assert reply.body == b""
            assert reply["ETag"] == etag
        assert https.ask("/small.txt").status == 200  # it is kept alive

    @pytest.mark.parametrize(
        "asked, first, last",
        [
            ("bytes=0-0", 0, 0),
            ("bytes=5-9", 5, 9),
            ("bytes=3145000-", 3145000, None),
            ("bytes=-17", -17, None),
            ("bytes=0-99999999", 0, None),
            ("bytes=1000-1999,1500-2499", 1000, 2499),
        ],
    )
    def test_one_range(self, https, site, asked, first, last):
        whole = (site / "big.bin").read_bytes()
        first = first if first >= 0 else len(whole) + first
        last = len(whole) - 1 if last is None else last
        reply = https.ask("/big.bin", Range=asked)
        assert reply.status == 206
        assert reply["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
        assert reply["Content-Type"] == "application/octet-stream"
        assert reply.body == whole[first : last + 1]

    def test_several_ranges(self, https, site):
        whole = (site / "big.bin").read_bytes()
        reply = https.ask("/big.bin", Range="bytes=0-9, 2000000-2000999,-5")
        assert reply.status == 206
        kind = reply["Content-Type"]
        assert kind.startswith("multipart/byteranges; boundary=")
        parts = email.message_from_bytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + reply.body,
            policy=email.policy.HTTP,
        ).get_payload()
        expected = [(0, 10), (2000000, 2001000), (len(whole) - 5, len(whole))]
        assert len(parts) == len(expected)
        for part, (begin, end) in zip(parts, expected):
            assert part["Content-Range"] == (
                f"bytes {begin}-{end - 1}/{len(whole)}"
            )
            assert part.get_payload(decode=True) == whole[begin:end]

    @pytest.mark.parametrize(
        "target, asked, status",
        [
            ("/small.txt", "bytes=13-", 416),
            ("/small.txt", "bytes=-0", 416),
            ("/empty", "bytes=0-", 416),
            ("/small.txt", "lines=0-1", 200),
            ("/small.txt", "bytes=5-2", 200),
            ("/small.txt", "bytes=x", 200),
            ("/small.txt", "bytes=" + ",".join(["0-0"] * 17), 200),
        ],
    )
    def test_ranges_that_are_not(self, https, target, asked, status):
        reply = https.ask(target, Range=asked)
        assert reply.status == status
        if status == 416:
            size = 0 if target == "/empty" else 13
            assert reply["Content-Range"] == f"bytes */{size}"

    def test_a_range_is_for_what_is_still_there(self, https, site):
        os.utime(site / "small.txt", (784111777, 784111777))
        etag = https.ask("/small.txt")["ETag"]
        for condition, status in (
            (etag, 206),
            ('"x"', 200),
            (f"W/{etag}", 200),
            (self.SAME, 200),  # it may have changed twice in that second
            (self.OLD, 200),
        ):
            reply = https.ask(
                "/small.txt", Range="bytes=0-1", If_Range=condition
            )
            assert reply.status == status, condition

    def test_head_knows_no_ranges(self, https):
        reply = https.ask("/small.txt", "HEAD", Range="bytes=0-1")
        assert (reply.status, reply["Content-Length"]) == (200, "13")


class TestOnTheWire:
    """How it leaves."""

    def test_pipelined_requests_are_answered_in_turn(self, server, ca):
        targets = ["/small.txt", "/dir/", "/missing", "/empty", "/"]
        raw = b"".join(
            b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % t.encode()
            for t in targets
        )
        raw = raw[:-2] + b"Connection: close\r\n\r\n"
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(raw)
            got = wire.read_all()
        assert re.findall(rb"HTTP/1.1 (\d+)", got) == [
            b"200",
            b"200",
            b"404",
            b"200",
            b"200",
        ]

    def test_head_and_body_leave_in_one_record(self, server, ca):
        with connect(server.port, client_context(ca.file)) as wire:
            raw = b"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
            wire.write(raw)
            wire.read_head()  # the tickets came before it
            wire.write(raw)
            came = wire.sock.recv(65536)
            kind, length = came[0], int.from_bytes(came[3:5], "big")
            assert (kind, len(came)) == (23, 5 + length)
            wire.incoming.write(came)
            got = wire.tls.read(65536)
            assert got.endswith(b"\r\n\r\na small file\n")

    def test_every_size_around_a_record_is_whole(self, server, site, ca):
        sizes = [0, 1, 16000, 16383, 16384, 16385, 65535, 65536, 65537, 200001]
        with client(server, ca) as https:
            for size in sizes:
                (site / "sized").write_bytes(numbered(size))
                assert https.ask("/sized").body == numbered(size)


class TestPlaces:
    """Where it listens."""

    def test_on_a_unix_socket(self, duet, site, identity, ca, need):
        path = duet.home / "socket"
        with duet.serve(
            site,
            "--listen",
            f"unix:{path}",
            "--workers",
            2,
            "--cert",
            identity.chain_file,
            "--key",
            identity.key_file,
        ) as server:
            assert server.addresses == [f"unix:{path}"]
            got = subprocess.run(
                [
                    need("curl"),
                    "-sS",
                    "--unix-socket",
                    path,
                    "--cacert",
                    ca.file,
                    "https://localhost/small.txt",
                ],
                stdout=subprocess.PIPE,
                check=True,
            )
            assert got.stdout == b"a small file\n"
            assert server.stop()[0] == 0
        assert not path.exists()

    def test_on_several_at_once(self, duet, site, identity, ca):
        places = ["localhost:0", "127.0.0.1:0", ":0"]
        words = [word for place in places for word in ("--listen", place)]
        with duet.serve(
            site,
            *words,
            "--cert",
            identity.chain_file,
            "--key",
            identity.key_file,
        ) as server:
            ports = {a.rpartition(":")[2] for a in server.addresses}
            assert len(ports) == len(places)
            context = client_context(ca.file)
            for port in ports:
                connect(int(port), context).close()

    @pytest.mark.parametrize("place", [":0", "0.0.0.0:0"])
    def test_what_it_says_can_be_fetched(self, duet, site, place):
        with duet.serve(site, "--listen", place) as server:
            fetch = duet.get(f"https://{server.addresses[0]}/small.txt")
        assert (fetch.exit, fetch.out) == (0, b"a small file\n"), fetch.err

    def test_a_port_that_is_taken(self, duet, site, server):
        place = server.addresses[0]
        done = duet.run("serve", site, "--listen", place)
        assert done.exit == 1
        assert place in done.err
        assert "another port" in done.err


class TestLocalCertificate:
    """Without --cert."""

    def test_is_trusted_by_whoever_trusts_the_local_ca(self, duet, site, need):
        with duet.serve(site) as server:
            file = duet.home / ".local/share/duet/local-ca/ca.pem"
            told = duet.errors()
            for host in ("localhost", "127.0.0.1"):
                url = f"https://{host}:{server.port}/small.txt"
                got = subprocess.run(
                    [need("curl"), "-sS", "--cacert", file, url],
                    stdout=subprocess.PIPE,
                    check=True,
                )
                assert got.stdout == b"a small file\n"
        assert str(file) in told
        assert f"https://localhost:{server.port}/" in told
        key = file.with_name("ca-key.pem")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600

    def test_is_made_once(self, duet, site):
        file = duet.home / ".local/share/duet/local-ca/ca.pem"
        with duet.serve(site), duet.serve(site):
            first = file.read_bytes()
        with duet.serve(site):
            assert file.read_bytes() == first

    def test_is_trusted_by_duet_get(self, duet, site):
        with duet.serve(site) as server:
            fetch = duet.get(server.url + "small.txt")
        assert (fetch.exit, fetch.out) == (0, b"a small file\n")

    def test_warns_of_a_place_it_is_not_for(self, duet, site):
        with duet.serve(site, "--quiet", "--listen", "127.0.0.2:0") as server:
            url = f"https://127.0.0.2:{server.port}/"
            assert f"warning: clients will refuse {url}" in duet.errors()
            assert duet.get(url).exit != 0


class TestKeys:
    """Private keys are not for the public."""

    def test_no_link_leads_to_one(self, duet, site, identity, ca):
        (site / ".keys").mkdir()
        key = shutil.copy(identity.key_file, site / ".keys")
        (site / "soft").symlink_to(f".keys/{identity.key_file.name}")
        (site / "hard").hardlink_to(key)
        (site / "dir/index.html").unlink()
        (site / "dir/index.html").hardlink_to(key)
        (site / "copy.txt").write_text("not the key\n")
        with duet.serve(
            site, "--cert", identity.chain_file, "--key", key
        ) as server, client(server, ca) as https:
            for target in ("/soft", "/hard", "/dir/"):
                reply = https.ask(target)
                assert reply.status in (403, 404), target
                assert b"PRIVATE KEY" not in reply.body
            assert https.ask("/copy.txt").status == 200

    def test_that_of_the_local_ca_is_none_of_the_site(self, duet, site):
        data = duet.home / ".local/share"
        (site / "data").symlink_to("../.local/share/duet")
        with duet.serve(duet.home) as server:
            local = data / "duet/local-ca/ca.pem"
            with client(server, SimpleNamespace(file=local)) as https:
                assert https.ask("/site/small.txt").status == 200
                for name in ("ca-key.pem", "leaf.pem"):
                    target = f"/site/data/local-ca/{name}"
                    assert https.ask(target).status == 404
                assert https.ask("/site/data/local-ca/ca.pem").status == 200
        done = duet.run("serve", data)
        assert (done.exit, done.out) == (2, b"")
        assert "local-ca/ca-key.pem' lies below" in done.sentence

    def test_that_of_a_local_ca_to_come_is_neither(self, duet):
        data = duet.home / ".local/share"
        data.mkdir(parents=True)
        done = duet.run("serve", data)
        assert (done.exit, done.out) == (2, b"")
        assert "local-ca/ca-key.pem' lies below" in done.sentence
        assert not list(data.iterdir())


class TestMistakes:
    """What is wrong is said at the start, and ends it."""

    @pytest.mark.parametrize(
        "words, status, said",
        [
            (["missing"], 1, "'missing': cannot open the directory"),
            (["missing"], 1, "check its name"),
            (["site/small.txt"], 1, "Not a directory; give a directory"),
            ([], 2, "DIR is missing"),
            (["site", "site"], 2, "one too many"),
            (["site", "--listen", "8443"], 2, "write it with ':' before it"),
            (["site", "--listen", "nowhere.invalid:0"], 1, "no address"),
            (["site", "--workers", "0"], 2, "out of range"),
            (["site", "--isolation", "none"], 2, "worker or connection"),
            (["site", "--key", "key.pem"], 2, "--key without --cert"),
            (["site", "--cert", "missing.pem"], 1, "'missing.pem'"),
            (["site", "--cert", "missing.pem"], 1, "given by --cert"),
            (["site", "--cert", "site/small.txt"], 2, "lies below"),
            (["site", "--log", "missing/log"], 1, "'missing/log'"),
            (["site", "--log", "missing/log"], 1, "- for standard output"),
            (["site", "--listen", "unix:no/x"], 1, "make its directory"),
            (["site", "--ready-fd", "99"], 2, "not open"),
            (
                ["site", "--isolation", "connection", "--workers", "2"],
                2,
                "leave it out",
            ),
        ],
    )
    def test_in_words(self, duet, site, words, status, said):
        assert site.is_dir()
        done = duet.run("serve", *words)
        assert (done.exit, done.out) == (status, b"")
        assert said in done.sentence, done.err
        assert done.sentence.startswith("duet serve: ")

    def test_a_home_that_cannot_be_written(self, duet, site):
        duet.env["XDG_DATA_HOME"] = "/dev/null/data"
        done = duet.run("serve", site)
        assert (done.exit, done.out) == (1, b"")
        assert "'/dev/null/data/duet': cannot make" in done.sentence
        assert "; set XDG_DATA_HOME" in done.sentence

    def test_a_key_that_is_encrypted(self, duet, site):
        (duet.home / "word").write_text("a passphrase\n")
        words = ["localhost", "--passphrase-file", "word", "-o", "own"]
        made = duet.run("cert", "self-signed", *words)
        assert made.exit == 0, made.err
        words = ["--cert", "own.pem", "--key", "own.key"]
        done = duet.run("serve", site, *words)
        assert done.exit == 1
        assert "openssl pkey" in done.sentence

    def test_a_key_that_is_not_the_certificates(self, duet, site, ca):
        one, other = ca.issue("localhost"), ca.issue("localhost")
        done = duet.run(
            "serve", site, "--cert", one.chain_file, "--key", other.key_file
        )
        assert done.exit == 1
        assert str(other.key_file) in done.sentence

    def test_a_certificate_that_has_expired(self, duet, site, ca):
        old = ca.issue("localhost", days=(-9, -1))
        done = duet.run(
            "serve", site, "--cert", old.chain_file, "--key", old.key_file
        )
        assert done.exit == 1
        assert "expired" in done.sentence

    def test_a_certificate_that_is_not_for_servers(self, duet, site):
        words = ["self-signed", "-u", "client", "email:a@x.org", "-o", "me"]
        made = duet.run("cert", *words)
        assert made.exit == 0, made.err
        with duet.serve(site, "-q", "--cert", "me.pem", "--key", "me.key"):
            said = duet.errors()
        assert (
            "warning: 'me.pem': this certificate (CN=a@x.org) is not for"
            in said
        )
        assert "neither a DNS name nor an IP address" in said


def test_help_is_a_screen(duet):
    done = duet.run("serve", "--help")
    assert done.exit == 0
    assert len(done.out.splitlines()) <= 25
    assert max(map(len, done.out.decode().splitlines())) < 80
