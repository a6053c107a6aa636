# SPDX-License-Identifier: MIT
"""`duet get --checksum` and `--receipt` of bytes that came out of order, or
not in one transfer."""

import hashlib
import json
import random

import pytest

from support.answers import Answers
from support.parts import Deserted, File
from support.wire import server_context

MIB = 1 << 20
BODY = random.Random(24).randbytes(3 * MIB + 77)
DIGEST = hashlib.sha256(BODY).hexdigest()
WRONG = hashlib.sha256(b"").hexdigest()


@pytest.fixture(name="context")
def fixture_context(identity):
    """A server's."""
    return server_context(identity)


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch of f, with a receipt."""

    def get(want, *words):
        return duet.get(
            *("--cacert", ca.file, "--receipt", "r", "-o", "f"),
            *("--checksum", f"sha256:{want}", *words),
        )

    return get


def receipt_of(place):
    """What is told of the transfer."""
    (transfer,) = json.loads((place / "r").read_text())["transfers"]
    return transfer


def left(place):
    """Beside the receipt."""
    return sorted(p.name for p in place.glob("f*"))


def test_parts_at_once_are_summed_as_one_file(context, get, duet):
    with Deserted(context, File(BODY).answer) as s:
        fetch = get(DIGEST, "--segments", "4", s.url)
    assert (fetch.exit, fetch.err) == (0, "")
    assert left(duet.home) == ["f"]
    told = receipt_of(duet.home)
    assert (told["whole"], told["sha256"]) == (True, DIGEST)
    assert told["checksum"]["verdict"] == "good"


def test_parts_that_make_another_file_get_no_name(context, get, duet):
    with Deserted(context, File(BODY).answer) as s:
        fetch = get(WRONG, "--segments", "4", s.url)
    assert fetch.exit == 110
    assert DIGEST in fetch.sentence and WRONG in fetch.sentence
    # What is wrong is no beginning: there is no journal to go on by.
    assert left(duet.home) == ["f.part"]
    assert receipt_of(duet.home)["checksum"]["verdict"] == "wrong"


@pytest.mark.parametrize("cut", [1, MIB, len(BODY) - 1])
def test_what_was_there_counts(context, get, duet, cut):
    with Answers(context, File(BODY, cuts=[cut]).answer) as s:
        assert get(DIGEST, s.url).exit == 18
        again = get(DIGEST, "-C", "-", s.url)
    assert (again.exit, again.err) == (0, "")
    told = receipt_of(duet.home)
    assert (told["whole"], told["sha256"]) == (True, DIGEST)


def test_a_retry_goes_on_with_the_sum(context, get, duet):
    with Answers(context, File(BODY, cuts=[MIB]).answer) as s:
        fetch = get(DIGEST, "--retry", "1", "--retry-delay", "0.01", s.url)
    assert fetch.exit == 0, fetch.err
    assert receipt_of(duet.home)["sha256"] == DIGEST


def test_a_file_that_is_there_already_is_read(context, get, duet):
    (duet.home / "f").write_bytes(BODY)
    with Answers(context, File(BODY).answer) as s:
        good = get(DIGEST, "-C", "-", s.url)
        wrong = get(WRONG, "-C", "-", s.url)
    assert (good.exit, good.err) == (0, "")
    assert wrong.exit == 110
    assert "the file that was there" in wrong.sentence
    assert (duet.home / "f").read_bytes() == BODY
    assert left(duet.home) == ["f"]


def test_a_wrong_file_is_not_gone_on_with(context, get, duet):
    other = File(BODY[::-1])
    with Answers(context, other.answer) as s:
        assert get(DIGEST, s.url).exit == 110
        other.body = BODY
        again = get(DIGEST, "-C", "-", s.url)
    assert again.exit == 0
    assert "anew" in again.err
    assert (duet.home / "f").read_bytes() == BODY
