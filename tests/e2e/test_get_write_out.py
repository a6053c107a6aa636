# SPDX-License-Identifier: MIT
"""`duet get -w`: facts in a form of one's own, as curl has them."""

import hashlib
import re
import subprocess

import pytest

from conftest import ROOT
from support.answers import Answers, answer, redirect
from support.wire import server_context

BODY = b"".join(b"%07d\n" % i for i in range(1000))


@pytest.fixture(name="server")
def fixture_server(identity):
    """One step leads to the body."""

    def function(request):
        if request.target == "/a":
            return redirect("/file")
        if request.target == "/gone":
            return answer(b"gone", status="404 Not Found")
        return answer(BODY, "Content-Type: text/x", "X-One: 1")

    with Answers(server_context(identity), function) as server:
        yield server


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, "-o", "f", *words, **more)

    return get


SAME = """http_code response_code http_version content_type method num_headers
    num_redirects num_connects remote_ip remote_port size_download size_upload
    ssl_verify_result url url_effective urlnum exitcode errormsg
    filename_effective""".split()


@pytest.mark.parametrize("path", ["a", "gone"])
def test_what_curl_has_means_the_same(duet, get, server, need, ca, path):
    form = "\\n".join(f"{name}=%{{{name}}}" for name in SAME)
    form += "\\nx-one=%header{X-One}\\n100%%\\t%x"
    words = ["-w", form, server.url + path]
    theirs = subprocess.run(
        [need("curl"), "-sL", "--http1.1", "--cacert", ca.file, "-o", "f"]
        + words,
        cwd=duet.home,
        capture_output=True,
        check=True,
    )
    ours = get(*words)
    assert ours.exit == 0, ours.err
    assert ours.out.decode() == theirs.stdout.decode()


def test_times_are_in_seconds_and_in_order(get, server):
    names = "redirect namelookup connect appconnect pretransfer".split()
    names += ["starttransfer", "total"]
    fetch = get("-w", " ".join(f"%{{time_{n}}}" for n in names), server.url)
    times = fetch.out.decode().split(" ")
    assert all(re.fullmatch(r"\d+\.\d{6}", time) for time in times)
    assert [float(time) for time in times] == sorted(map(float, times))
    assert float(times[-1]) > 0


def test_ours_say_what_curl_does_not(get, server):
    form = "%{whole} %{evidence} %{sha256} %{tls_version} %{verified}\\n"
    sha256 = hashlib.sha256(BODY).hexdigest()
    fetch = get(
        *("-w", form, "--checksum", f"sha256:{sha256}", server.url + "a")
    )
    assert fetch.out.decode() == f"true length {sha256} TLSv1.3 true\n"
    fetch = get(
        "-w",
        "%{checksum}",
        "--checksum",
        f"sha256:{sha256}",
        server.url + "gone",
    )
    assert (fetch.exit, fetch.out) == (110, b"wrong")


def test_each_url_has_its_own_and_a_failure_one_more(get, server):
    form = "%{urlnum} %{http_code} %{exitcode}%{onerror}%{stderr} %{errormsg}"
    fetch = get(
        "-s",
        "-f",
        "-w",
        form + "\\n",
        "-o",
        "g",
        server.url + "gone",
        server.url,
    )
    assert fetch.exit == 22
    assert fetch.out == b"0 404 221 200 0"
    assert "404 Not Found" in fetch.err


def test_a_format_may_be_in_a_file_or_come_by_standard_input(
    duet, get, server
):
    (duet.home / "form").write_text("%{http_code}\n \\n\n")
    assert get("-w", "@form", server.url).out == b"200 \n"
    assert get("-w", "@-", server.url, stdin=b"%{scheme}").out == b"https"
    assert get("-w", "@nowhere", server.url).exit == 26


def test_json_is_that_of_json(get, server):
    fetch = get("-w", "%{json}", server.url)
    assert fetch.json["status"] == 200 and fetch.json["evidence"] == "length"


def test_a_name_that_there_is_not_costs_no_request(get, server):
    fetch = get("-w", "%{http_cod}", server.url)
    assert fetch.exit == 2
    assert "did you mean %{http_code}?" in fetch.sentence
    assert not server.requests


def test_the_manual_lists_every_name():
    text = (ROOT / "doc/man/duet-get.1").read_text("utf-8")
    section = text.partition(".Ss Names for")[2].partition("\n.Ss ")[0]
    listed = re.findall(r"^\.It Li (.*)$", section, re.M)
    names = {name for line in listed for name in re.findall(r"\w+", line)}
    table = (ROOT / "src/get/write_values.c").read_text("utf-8")
    assert names == set(re.findall(r'^\t\{ "(\w+)",', table, re.M))
