# SPDX-License-Identifier: MIT
"""`duet get --receipt`: what can be shown afterwards."""

import base64
import datetime
import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from conftest import ROOT
from support.answers import Answers, answer, fin, redirect
from support.wire import LIMIT_S, server_context

BODY = b"".join(b"%07d\n" % i for i in range(5000))
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(name="server")
def fixture_server(identity):
    """Two steps lead to the body, some to nowhere."""

    def function(request):
        steps = {"/a": "/b?token=1", "/b?token=1": "/file", "/out": "http://x"}
        if request.target in steps:
            return redirect(steps[request.target])
        if request.target == "/cut":
            return [answer(BODY, length=len(BODY) + 1), fin]
        return answer(BODY)

    with Answers(server_context(identity), function) as server:
        yield server


@pytest.fixture(name="receipt")
def fixture_receipt(duet, ca):
    """receipt(words...): the exit code, and each transfer of it."""

    def receipt(*words):
        words = ["--cacert", ca.file, "--receipt", "r.json", *words]
        fetch = duet.get(*words)
        whole = json.loads((duet.home / "r.json").read_text("utf-8"))
        assert whole["receipt"] == 1
        version = duet.run("--version").out.decode().split()[1]
        assert whole["program"] == f"duet {version}"
        return fetch.exit, whole["transfers"]

    return receipt


def check_chain(chain, identity):
    """That of the server, as others compute it."""
    cert = x509.load_pem_x509_certificate(
        identity.chain_file.read_bytes().split(b"-----END")[0]
        + b"-----END CERTIFICATE-----\n"
    )
    first = chain[0]
    digest = cert.fingerprint(hashes.SHA256()).hex()
    assert first["sha256"].replace(":", "").lower() == digest
    spki = cert.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    )
    pin = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    assert first["pin"] == "sha256//" + pin
    end = cert.not_valid_after.replace(tzinfo=datetime.timezone.utc)
    assert datetime.datetime.fromisoformat(first["not_after"]) == end
    assert first["subject"] and first["issuer"] and first["serial"]


def test_all_of_a_transfer(duet, receipt, server, identity):
    before = datetime.datetime.now(datetime.timezone.utc)
    sums = ["--checksum", f"sha256:{SHA256}"]
    url = server.url.replace("//", "//me:secret@")
    code, (told,) = receipt(*sums, "-o", "f", url + "a")
    assert code == 0
    assert told["whole"] is True and told["error"] is None
    assert told["evidence"] == "length"
    assert told["sha256"] == SHA256
    assert told["checksum"]["verdict"] == "good"
    assert told["url"] == server.url + "a"
    assert told["final_url"] == server.url + "file"
    steps = [(hop["url"], hop["status"]) for hop in told["hops"]]
    urls = [server.url + path for path in ("a", "b?token=1", "file")]
    assert steps == list(zip(urls, (302, 302, 200)))
    assert told["hops"][0]["location"] == "/b?token=1"
    assert told["http"] == "1.1"
    assert told["tls"]["version"] == "TLSv1.3"
    assert told["tls"]["verified"] is True
    assert re.fullmatch(r"127\.0\.0\.1:\d+", told["address"])
    check_chain(told["chain"], identity)
    assert told["sizes"]["written"] == len(BODY)
    assert told["timings_ms"]["total"] > 0
    began = datetime.datetime.fromisoformat(told["began"])
    assert before.replace(microsecond=0) <= began
    assert told["began"] <= told["ended"]
    text = (duet.home / "r.json").read_text("utf-8")
    assert "secret" not in text
    mode = (duet.home / "r.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_cut_one_is_not_whole(receipt, server):
    code, (told,) = receipt("-o", "f", server.url + "cut")
    assert code == 18
    assert told["whole"] is False and told["evidence"] is None
    assert told["error"]["exit"] == 18
    assert told["error"]["word"] == "truncated"
    assert (told["file"], told["part"]) == (None, "f.part")


def test_who_never_answered_is_told_of_as_far_as_it_came(receipt, identity):
    with Answers(server_context(identity), lambda _: b"") as server:
        url = server.url
    code, (told,) = receipt("-o", "f", url)
    assert code == 7
    assert told["whole"] is False
    assert told["hops"] == [] and told["chain"] is None
    assert told["final_url"] is None and told["http"] is None


def test_a_chain_that_is_refused_is_told_of(duet, server, identity):
    fetch = duet.get("--receipt", "r.json", "-o", "f", server.url)
    assert fetch.exit == 60
    (told,) = json.loads((duet.home / "r.json").read_text())["transfers"]
    assert told["tls"]["verified"] is False
    check_chain(told["chain"], identity)


def test_a_redirect_that_is_refused_is_the_last_hop(receipt, server):
    code, (told,) = receipt("-o", "f", server.url + "out")
    assert code == 47
    (hop,) = told["hops"]
    assert (hop["status"], hop["location"]) == (302, "http://x")


def test_names_and_passwords_of_a_location_are_left_out(
    duet, receipt, server, identity
):
    for scheme in ("https:", ""):
        where = f"{scheme}//me:hidden@{server.url.split('/')[2]}/file"
        with Answers(
            server_context(identity), lambda _, to=where: redirect(to)
        ) as first:
            code, (told,) = receipt("-o", "f", first.url)
        assert code == 0
        assert told["hops"][0]["location"] == where.replace("me:hidden@", "")
        assert server.last.fields["authorization"].startswith("Basic ")
        assert "hidden" not in (duet.home / "r.json").read_text("utf-8")


@pytest.mark.parametrize("words", [["-I"], ["-H", 'If-None-Match: "x"']])
def test_what_did_not_come_has_no_sum(receipt, server, words):
    def function(request):
        if request.method == "HEAD":
            return answer(b"", length=7)
        return answer(status="304 Not Modified")

    server.function = function
    code, (told,) = receipt("-o", "f", *words, server.url)
    assert (code, told["evidence"]) == (0, "no-body")
    assert told["sha256"] is None


def test_a_part_that_was_all_there_is_whole(duet, receipt, identity):
    """The server says so by its length, and that it is that version."""

    def function(_):
        lines = ('ETag: "one"', f"Content-Range: bytes */{len(BODY)}")
        return answer(b"none", *lines, status="416 Range Not Satisfiable")

    with Answers(server_context(identity), function) as server:
        (duet.home / "f.part").write_bytes(BODY)
        (duet.home / "f.part.duet").write_text(
            f'duet-part 1\nurl {server.url}\nversion "one"\n'
            f"have 0-{len(BODY) - 1}\nend\n"
        )
        code, (told,) = receipt("-C", "-", "-o", "f", server.url)
    assert (code, told["file"], told["sha256"]) == (0, "f", SHA256)
    assert (told["whole"], told["evidence"]) == (True, "length")


def test_each_url_has_its_own(receipt, server):
    code, told = receipt(
        *("-o", "f", "-o", "g", "-o", "h"),
        *(server.url + path for path in ("file", "cut", "file")),
    )
    assert code == 18
    assert [one["whole"] for one in told] == [True, False, True]
    assert told[2]["reused"] is False


def test_an_old_one_goes_before_anything_is_fetched(duet, ca, server):
    (duet.home / "r.json").write_text("an older one")
    seen = []

    def function(_):
        seen.append(json.loads((duet.home / "r.json").read_text()))
        return answer(BODY)

    server.function = function
    words = ["--cacert", ca.file, "--receipt", "r.json", "-o", "f"]
    assert duet.get(*words, server.url).exit == 0
    assert seen[0]["transfers"] == []


def papers(home):
    """How many URLs the receipt and the HAR tell of."""
    receipt = json.loads((home / "r.json").read_text("utf-8"))
    har = json.loads((home / "h.har").read_text("utf-8"))
    return len(receipt["transfers"]), len(har["log"]["entries"])


def test_what_is_done_is_there_while_a_slow_one_goes_on(duet, ca, server):
    """Nothing else happens meanwhile, and who is killed then loses nothing."""
    found = []

    def function(request):
        if request.target == "/slow":
            until = time.monotonic() + LIMIT_S
            while time.monotonic() < until and found[-1:] != [(1, 1)]:
                found.append(papers(duet.home))
        return answer(BODY)

    server.function = function
    words = ["--cacert", ca.file, "--receipt", "r.json", "--har", "h.har"]
    words += ["-o", "f", "-o", "g", server.url, server.url + "slow"]
    assert duet.get(*words).exit == 0
    assert found[-1] == (1, 1)
    assert papers(duet.home) == (2, 2)


def test_what_is_done_is_there_after_an_interrupt(duet, ca, server):
    asked, gone = threading.Event(), threading.Event()

    def function(request):
        if request.target == "/slow":
            asked.set()
            assert gone.wait(LIMIT_S)
            return []
        return answer(b"")

    server.function = function
    words = ["--receipt", "r.json", "--har", "h.har", "--silent"]
    urls = [server.url + str(i) for i in range(50)] + [server.url + "slow"]
    with subprocess.Popen(
        [duet.path, "get", "--cacert", str(ca.file), *words, *urls],
        env=duet.env,
        cwd=duet.home,
    ) as process:
        assert asked.wait(LIMIT_S)
        process.send_signal(signal.SIGINT)
        process.wait(LIMIT_S)
        gone.set()
    assert process.returncode == -signal.SIGINT
    assert papers(duet.home) == (51, 51)


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["--receipt", "no/where"], 23, "--receipt: "),
        (["--receipt", "-"], 2, "wants the name of a file"),
        (["--receipt", "f", "-o", "f"], 2, "the same file"),
    ],
)
def test_one_that_cannot_be_written(duet, server, words, code, says):
    fetch = duet.get(*words, server.url)
    assert fetch.exit == code
    assert says in fetch.sentence
    assert not server.requests


@pytest.mark.parametrize("option", ["--receipt", "--har"])
@pytest.mark.parametrize("kind", ["fifo", "link to it", "link to a file"])
def test_what_is_no_file_is_not_replaced(duet, server, option, kind):
    """/dev/null would be one for all, and /dev/stdout is a link."""
    path = duet.home / "there"
    (duet.home / "other").write_text("as it was")
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("pipe" if kind == "link to it" else "other")
        os.mkfifo(duet.home / "pipe")
    before = path.lstat()
    fetch = duet.get(option, "there", "-o", "f", server.url)
    assert fetch.exit == 2
    assert f"{option}: 'there' is " in fetch.sentence
    assert path.lstat() == before
    assert (duet.home / "other").read_text() == "as it was"
    assert not server.requests


def test_the_manual_has_every_member(receipt, server):
    text = (ROOT / "doc/man/duet-get.1").read_text("utf-8")
    section = text.partition(".Sh RECEIPT")[2].partition("\n.Sh ")[0]
    section += text.partition(".Sh JSON")[2].partition("\n.Sh ")[0]
    _, (told,) = receipt("-o", "f", server.url + "a")
    words = set(re.findall(r"\w+", section))
    assert set(told) <= words
    assert set(told["hops"][0]) | set(told["chain"][0]) <= words
