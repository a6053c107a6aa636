# SPDX-License-Identifier: MIT
"""`duet get --har`: what browsers and their tools can read."""

import datetime
import gzip
import json
import stat

import pytest

from support.answers import Answers, answer, redirect
from support.har import check
from support.wire import server_context

BODY = b"".join(b"%07d\n" % i for i in range(1000))


@pytest.fixture(name="server")
def fixture_server(identity):
    """One step leads to the body, and sets a cookie."""

    def function(request):
        if request.target == "/a?x=1&y&z=%20":
            return redirect("/file\r\nSet-Cookie: id=hidden-1")
        if request.target == "/out":
            return redirect("http://x/")
        if "gzip" in request.fields.get("accept-encoding", ""):
            return answer(gzip.compress(BODY), "Content-Encoding: gzip")
        return answer(BODY, "Content-Type: text/x")

    with Answers(server_context(identity), function) as server:
        yield server


@pytest.fixture(name="har")
def fixture_har(duet, ca):
    """har(words...): the exit code, and each entry of it."""

    def har(*words):
        fetch = duet.get("--cacert", ca.file, "--har", "h.har", *words)
        whole = json.loads((duet.home / "h.har").read_text("utf-8"))
        check(whole)
        assert whole["log"]["creator"]["name"] == "duet"
        return fetch.exit, whole["log"]["entries"]

    return har


def fields_of(message):
    """By name."""
    return {line["name"].lower(): line["value"] for line in message["headers"]}


def test_each_request_has_its_entry(duet, har, server):
    code, (first, second) = har(
        *("-o", "f", "-H", "X-Mine: 7", server.url + "a?x=1&y&z=%20")
    )
    assert code == 0
    assert first["request"]["url"] == server.url + "a?x=1&y&z=%20"
    assert first["request"]["queryString"] == [
        {"name": "x", "value": "1"},
        {"name": "y", "value": ""},
        {"name": "z", "value": "%20"},
    ]
    assert first["response"]["status"] == 302
    assert first["response"]["redirectURL"] == "/file"
    assert first["timings"]["ssl"] > 0
    assert first["timings"]["connect"] >= first["timings"]["ssl"]
    assert second["request"]["url"] == server.url + "file"
    assert second["request"]["method"] == "GET"
    assert fields_of(second["request"])["x-mine"] == "7"
    assert second["response"]["httpVersion"] == "HTTP/1.1"
    assert second["response"]["bodySize"] == len(BODY)
    assert second["response"]["content"]["size"] == len(BODY)
    assert second["response"]["content"]["mimeType"] == "text/x"
    assert second["serverIPAddress"] == "127.0.0.1"
    assert second["timings"]["connect"] == -1  # it was there already
    assert (second["_evidence"], second["_exit"]) == ("length", 0)
    starts = [
        datetime.datetime.fromisoformat(entry["startedDateTime"])
        for entry in (first, second)
    ]
    assert starts == sorted(starts)
    mode = (duet.home / "h.har").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_names_and_passwords_of_urls_in_heads_are_left_out(
    duet, har, server, identity
):
    where = server.url.replace("//", "//me:hidden@") + "file"
    words = ["-e", "https://you:hidden@example.org/", "-o", "f"]
    lines = f"Location: {where}\r\nContent-Location: {where}"
    with Answers(
        server_context(identity), lambda _: answer(b"", lines, status="302 To")
    ) as first:
        _, (entry, _) = har(*words, first.url)
        assert "hidden" not in (duet.home / "h.har").read_text("utf-8")
        assert entry["response"]["redirectURL"] == server.url + "file"
        assert fields_of(entry["response"])["location"] == server.url + "file"
        referer = fields_of(entry["request"])["referer"]
        assert referer == "https://example.org/"
        _, (entry, _) = har(*words, "--insecure-har-secrets", first.url)
        assert entry["response"]["redirectURL"] == where
        assert fields_of(entry["response"])["content-location"] == where


SECRET = ["-b", "c=hidden-2", "-H", "Authorization: hidden-3", "-b", ""]


def test_secrets_are_left_out(duet, har, server):
    url = server.url + "a?x=1&y&z=%20"
    _, (first, second) = har(*SECRET, "-o", "f", url)
    text = (duet.home / "h.har").read_text("utf-8")
    assert "hidden" not in text
    assert fields_of(first["request"])["authorization"] == ""
    assert fields_of(second["request"])["cookie"] == ""
    assert fields_of(first["response"])["set-cookie"] == ""
    url = url.replace("//", "//me:hidden-4@")
    har("-o", "f", url)
    assert "hidden" not in (duet.home / "h.har").read_text("utf-8")


def test_they_are_in_it_where_that_is_asked_for(har, server):
    url = server.url + "a?x=1&y&z=%20"
    _, (first, second) = har(*SECRET, "--insecure-har-secrets", "-o", "f", url)
    assert fields_of(first["request"])["authorization"] == "hidden-3"
    assert fields_of(first["response"])["set-cookie"] == "id=hidden-1"
    assert "id=hidden-1" in fields_of(second["request"])["cookie"]


def test_what_was_decoded_has_both_sizes(har, server):
    _, (entry,) = har("--compressed", "-o", "f", server.url)
    sizes = entry["response"]
    assert sizes["content"]["size"] == len(BODY)
    assert sizes["bodySize"] == len(gzip.compress(BODY))
    saved = sizes["content"]["size"] - sizes["bodySize"]
    assert sizes["content"]["compression"] == saved


def test_failures_have_entries_too(har, server, identity):
    code, (entry,) = har("-o", "f", server.url + "out")
    assert code == 47
    assert entry["response"]["status"] == 302
    assert entry["_exit"] == 47 and "https to http" in entry["_error"]
    with Answers(server_context(identity), lambda _: b"") as gone:
        url = gone.url
    code, entries = har("-o", "f", "-o", "g", url, server.url)
    assert code == 7
    assert [one["response"]["status"] for one in entries] == [0, 200]
    assert entries[0]["_exit"] == 7 and entries[0]["_error"]


def test_the_check_can_fail():
    good = {
        "log": {
            "version": "1.2",
            "creator": {"name": "x", "version": "1"},
            "entries": [],
        }
    }
    check(good)
    for broken in (
        {},
        {"log": {}},
        {"log": {**good["log"], "version": 1.2}},
        {"log": {**good["log"], "entries": [{"time": 1}]}},
    ):
        with pytest.raises(AssertionError):
            check(broken)
