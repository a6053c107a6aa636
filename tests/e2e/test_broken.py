# SPDX-License-Identifier: MIT
"""Certificates in words: fifteen broken servers, fifteen sentences."""

import pytest

from support import broken


def sentence(duet, ca, case):
    """What `duet get` says to that server, after all that must hold."""
    server = case(ca)
    with server.listener:
        fetch = duet.get(
            "--cacert", ca.file, *server.options, server.listener.url
        )
    assert not server.listener.errors
    assert fetch.exit == server.exit, fetch.err
    assert fetch.out == b""
    said = fetch.sentence
    assert said.startswith("duet get: ")
    low = said.lower()
    for word in server.words:
        assert word.lower() in low, f"{word!r} is missing in: {said}"
    return said


@pytest.mark.parametrize("case", broken.ALL, ids=lambda case: case.__name__)
def test_names_cause_and_remedy(duet, ca, case):
    print(f"\n{case.__name__}: {sentence(duet, ca, case)}")


def test_no_two_sentences_are_alike(duet, ca):
    said = {}
    for case in broken.ALL:
        text = sentence(duet, ca, case)
        # What differs by itself: ports and dates.
        said["".join(c for c in text if not c.isdigit())] = case.__name__
    assert len(said) == len(broken.ALL) == 15


def test_any_certificate_is_taken_only_when_told(duet, ca):
    server = broken.expired(ca)
    with server.listener:
        fetch = duet.get("-k", server.listener.url)
    assert (fetch.exit, fetch.out) == (0, b"ok")


def test_json_has_a_stable_word(duet, ca):
    words = set()
    for case in (broken.expired, broken.wrong_name, broken.plain_http):
        server = case(ca)
        with server.listener:
            fetch = duet.get(
                "--json", "--cacert", ca.file, server.listener.url
            )
        assert fetch.exit == server.exit
        words.add(fetch.json["error"]["word"])
    assert words == {"expired", "wrong_name", "not_tls"}
