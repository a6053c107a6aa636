# SPDX-License-Identifier: MIT
"""`duet get` and what a server says of its bodies (RFC 9530)."""

import base64
import gzip
import hashlib

import pytest

from support.answers import Answers, answer
from support.wire import server_context

BODY = b"".join(b"%07d\n" % i for i in range(20000))
MISMATCH = 110


def member(body, kind="sha256"):
    """One of the dictionary."""
    value = base64.b64encode(hashlib.new(kind, body).digest()).decode()
    return f"{kind[:3]}-{kind[3:]}=:{value}:"


GOOD = member(BODY)
WRONG = member(b"another")


def chunked(*trailers, announce="Trailer: Repr-Digest"):
    """The body in two chunks, and fields behind them."""
    half = len(BODY) // 2
    head = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"]
    head += [announce] if announce else []
    yield "\r\n".join([*head, "", ""]).encode()
    for part in (BODY[:half], BODY[half:]):
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield "\r\n".join(["0", *trailers, "", ""]).encode()


@pytest.fixture(name="fetch")
def fixture_fetch(duet, ca, identity):
    """fetch(answer of the server, words...): saved as f."""

    def fetch(reply, *words):
        context = server_context(identity)
        with Answers(context, lambda _: reply) as server:
            return duet.get(
                *("--cacert", ca.file, "--json", "-v", "-o", "f"),
                *words,
                server.url,
            )

    return fetch


@pytest.mark.parametrize("field", ["Content-Digest", "Repr-Digest"])
@pytest.mark.parametrize("kind", ["sha256", "sha512"])
def test_a_right_one_is_told_of(fetch, field, kind):
    got = fetch(answer(BODY, f"{field}: {member(BODY, kind)}"))
    assert got.exit == 0, got.err
    name = f"{kind[:3]}-{kind[3:]}"
    value = member(BODY, kind).split(":")[1]
    assert got.json["digests"] == [
        {
            "field": field,
            "algorithm": name,
            "verdict": "good",
            "words": None,
            "told": value,
            "found": value,
        }
    ]
    assert f"* {field} {name} is right\n" in got.err


@pytest.mark.parametrize("field", ["Content-Digest", "Repr-Digest"])
def test_a_wrong_one_keeps_the_name_from_it(duet, fetch, field):
    got = fetch(answer(BODY, f"{field}: md5=:AAAA:, {WRONG}"))
    assert got.exit == MISMATCH
    assert not (duet.home / "f").exists()
    assert (duet.home / "f.part").read_bytes() == BODY
    assert f"its {field} says" in got.sentence
    assert "--insecure-any-digest" in got.sentence
    assert got.json["error"]["word"] == "wrong_digest"
    assert got.json["digests"][0]["verdict"] == "wrong"
    assert f"{field} sha-256 is WRONG" in got.err


def test_the_way_out_is_spelled_insecure(duet, fetch):
    reply = answer(BODY, f"Repr-Digest: {WRONG}")
    got = fetch(reply, "--insecure-any-digest")
    assert got.exit == 0
    assert (duet.home / "f").read_bytes() == BODY
    assert got.json["digests"][0]["verdict"] == "wrong"


@pytest.mark.parametrize("value, code", [(GOOD, 0), (WRONG, MISMATCH)])
def test_it_is_of_the_bytes_before_they_are_decoded(duet, fetch, value, code):
    packed = gzip.compress(BODY)
    value = member(packed) if code == 0 else member(BODY)
    got = fetch(
        answer(packed, "Content-Encoding: gzip", f"Repr-Digest: {value}"),
        "--compressed",
    )
    assert got.exit == code, got.err
    assert (duet.home / ("f" if code == 0 else "f.part")).read_bytes() == BODY


@pytest.mark.parametrize("value, code", [(GOOD, 0), (WRONG, MISMATCH)])
def test_trailers_count(fetch, value, code):
    got = fetch(list(chunked(f"Repr-Digest: {value}")))
    assert got.exit == code, got.err
    verdict = got.json["digests"][0]["verdict"]
    assert verdict == ("good" if code == 0 else "wrong")


def test_trailers_that_were_not_announced_do_not(fetch):
    got = fetch(list(chunked(f"Repr-Digest: {WRONG}", announce="")))
    assert (got.exit, got.json["digests"]) == (0, None)


def test_that_of_the_whole_says_nothing_of_a_part(fetch):
    lines = ["Content-Range: bytes 0-99/160000", f"Repr-Digest: {WRONG}"]
    part = answer(BODY[:100], *lines, status="206 Partial Content")
    got = fetch(part, "-r", "0-99")
    assert got.exit == 0, got.err
    (digest,) = got.json["digests"]
    assert digest["verdict"] is None and digest["found"] is None
    assert "only a part came" in digest["words"]
    lines[1] = f"Content-Digest: {WRONG}"
    part = answer(BODY[:100], *lines, status="206 Partial Content")
    assert fetch(part, "-r", "0-99").exit == MISMATCH


def test_what_is_no_dictionary_is_nothing(fetch):
    got = fetch(answer(BODY, f"Repr-Digest: {WRONG},"))
    assert (got.exit, got.json["digests"]) == (0, None)
