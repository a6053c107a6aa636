# SPDX-License-Identifier: MIT
"""`duet get --checksum`: what came is what was meant, or gets no name."""

import gzip
import hashlib
import subprocess

import pytest

from support.answers import Answers, answer
from support.wire import server_context

BODY = b"".join(b"%07d\n" % i for i in range(50000))
SHA256 = hashlib.sha256(BODY).hexdigest()
WRONG = hashlib.sha256(b"another").hexdigest()
MISMATCH = 110


@pytest.fixture(name="server")
def fixture_server(identity):
    """Whatever it is asked for, it is the same."""

    def function(request):
        if "if-none-match" in request.fields:
            return answer(status="304 Not Modified")
        if request.target == "/gone":
            return answer(b"gone", status="404 Not Found")
        if "gzip" in request.fields.get("accept-encoding", ""):
            return answer(gzip.compress(BODY), "Content-Encoding: gzip")
        return answer(BODY)

    with Answers(server_context(identity), function) as server:
        yield server


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, *words, **more)

    return get


@pytest.mark.parametrize("kind", ["sha256", "sha384", "sha512"])
def test_the_right_sum_gives_the_file_its_name(duet, get, server, kind):
    value = hashlib.new(kind, BODY).hexdigest().upper()
    fetch = get("--checksum", f"{kind}:{value}", "-O", server.url + "f")
    assert (fetch.exit, fetch.err) == (0, "")
    assert (duet.home / "f").read_bytes() == BODY


def test_a_wrong_sum_keeps_the_name_from_it(duet, get, server):
    (duet.home / "f").write_bytes(b"old")
    fetch = get(
        *("--checksum", f"sha256:{WRONG}", "--json", "-v"),
        *("-o", "f", server.url + "f"),
    )
    assert fetch.exit == MISMATCH
    assert (duet.home / "f").read_bytes() == b"old"
    assert (duet.home / "f.part").read_bytes() == BODY
    assert f"is {SHA256}, and not {WRONG}" in fetch.sentence
    assert "ask who gave the sum" in fetch.sentence
    assert f"* whole: {len(BODY)} bytes by Content-Length; " in fetch.err
    assert f"* sha256 {SHA256}, WHICH IS WRONG" in fetch.err
    assert fetch.err.endswith(f"kept: f.part ({len(BODY)} bytes)\n")
    assert fetch.json["checksum"] == {
        "algorithm": "sha256",
        "expected": WRONG,
        "found": SHA256,
        "verdict": "wrong",
    }
    assert fetch.json["evidence"] == "length"  # it was whole all the same
    assert fetch.json["error"]["word"] == "wrong_checksum"
    assert fetch.json["error"]["exit"] == MISMATCH
    assert (fetch.json["file"], fetch.json["part"]) == (None, "f.part")


def test_standard_output_has_its_bytes_already(get, server):
    fetch = get("--checksum", f"sha256:{WRONG}", server.url + "f")
    assert (fetch.exit, fetch.out) == (MISMATCH, BODY)
    assert "written out already" in fetch.sentence


def test_an_error_page_is_named_as_such(get, server):
    words = ["--checksum", f"sha256:{SHA256}", "-o", "f", server.url + "gone"]
    fetch = get(*words)
    assert fetch.exit == MISMATCH
    assert "error page" in fetch.sentence
    assert get("-f", *words).exit == 22


def test_a_decoded_body_is_what_is_summed(duet, get, server):
    fetch = get(
        *("--compressed", "--checksum", f"sha256:{SHA256}"),
        *("-o", "f", server.url + "f"),
    )
    assert (fetch.exit, fetch.err) == (0, "")
    assert (duet.home / "f").read_bytes() == BODY


def test_a_file_that_is_not_modified_is_judged_as_it_is(duet, get, server):
    words = ["-H", 'If-None-Match: "x"', "-o", "f", server.url + "f"]
    (duet.home / "f").write_bytes(BODY)
    assert get("--checksum", f"sha256:{SHA256}", *words).exit == 0
    fetch = get("--checksum", f"sha256:{WRONG}", *words)
    assert fetch.exit == MISMATCH
    assert "the file that was there" in fetch.sentence
    assert (duet.home / "f").read_bytes() == BODY


def test_the_head_of_a_304_is_not_the_file_that_was_there(duet, get, server):
    """-i puts it there instead: no sum of the old file speaks for that."""
    (duet.home / "f").write_bytes(BODY)
    fetch = get(
        *("--checksum", f"sha256:{SHA256}", "-i", "-o", "f"),
        *("-H", 'If-None-Match: "x"', "--json", server.url + "f"),
    )
    assert fetch.exit == MISMATCH
    assert "no body came" in fetch.sentence
    assert (duet.home / "f").read_bytes() == BODY
    assert fetch.json["error"]["word"] == "wrong_checksum"
    assert fetch.json["checksum"]["found"] is None
    assert fetch.json["checksum"]["verdict"] is None


@pytest.mark.parametrize("words", [["-H", 'If-None-Match: "x"'], ["-XHEAD"]])
def test_what_did_not_come_has_not_the_sum_of_nothing(get, server, words):
    nothing = hashlib.sha256(b"").hexdigest()
    fetch = get("--checksum", f"sha256:{nothing}", *words, server.url + "f")
    assert (fetch.exit, fetch.out) == (MISMATCH, b"")
    assert "no body came" in fetch.sentence


@pytest.mark.parametrize("words", [["-b"], ["-t"], ["--tag"]])
@pytest.mark.parametrize("kind", ["sha256", "sha512"])
def test_files_that_coreutils_made(duet, get, server, need, words, kind):
    """Also of names that they escape."""
    names = ["f", "a b", "c\\d"]
    for name in names:
        (duet.home / name).write_bytes(BODY)
    made = subprocess.run(
        [need(f"{kind}sum"), *words, *names],
        cwd=duet.home,
        check=True,
        capture_output=True,
    ).stdout
    (duet.home / "SUMS").write_bytes(made)
    fetch = get(
        *("--checksum", "SUMS", "-O", "-O", "-o", "c\\d"),
        *(server.url + path for path in ("f", "a%20b", "other")),
    )
    assert (fetch.exit, fetch.err) == (0, "")
    (duet.home / "SUMS").write_bytes(made.replace(b"\n", b"\r\n"))
    assert get("--checksum", "@SUMS", "-O", server.url + "f").exit == 0


def test_a_file_that_openssl_made(duet, get, server, need):
    (duet.home / "f").write_bytes(BODY)
    made = subprocess.run(
        [need("openssl"), "dgst", "-sha512", "f"],
        cwd=duet.home,
        check=True,
        capture_output=True,
    ).stdout
    fetch = get("--checksum", "-", "-O", server.url + "f", stdin=made)
    assert (fetch.exit, fetch.err) == (0, "")


@pytest.mark.parametrize(
    "sums, words",
    [
        (f"{SHA256}  other\n", "no sum of 'f'"),
        (f"{SHA256}  f\n{WRONG}  f\n", "two different sums"),
        ("<html>", "there are no sums in it"),
        ("d41d8cd98f00b204e9800998ecf8427e  f\n", "MD5 is broken"),
    ],
)
def test_a_file_that_does_not_tell_costs_no_request(
    duet, get, server, sums, words
):
    (duet.home / "SUMS").write_text(sums)
    fetch = get("--checksum", "SUMS", "-O", server.url + "f")
    assert fetch.exit == 26
    assert "--checksum 'SUMS': " in fetch.sentence and words in fetch.sentence
    assert not server.requests
    assert not (duet.home / "f.part").exists()


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["--checksum", "md5:d41d8cd98f00b204e9800998ecf8427e"], 2, "broken"),
        (["--checksum", "sha1:" + 20 * "00"], 2, "SHA-1 is broken"),
        (["--checksum", "sha256:00"], 2, "64 hexadecimal digits"),
        (["--checksum", "nowhere"], 26, "nowhere"),
        (["-I", "--checksum", f"sha256:{SHA256}"], 2, "-I asks for none"),
        (2 * ["--checksum", f"sha256:{SHA256}"], 2, "2 --checksum but 1 URL"),
    ],
)
def test_what_proves_nothing_is_refused(get, server, words, code, says):
    fetch = get(*words, server.url + "f")
    assert fetch.exit == code
    assert says in fetch.sentence
    assert not server.requests
