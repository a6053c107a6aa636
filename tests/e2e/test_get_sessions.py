# SPDX-License-Identifier: MIT
"""TLS sessions across runs of `duet get`: the second one resumes."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.peers.nginx import Nginx, NginxH2


@pytest.fixture(name="served")
def fixture_served(duet, site, identity):
    """`duet serve`."""
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with duet.serve(site, *words) as served:
        yield f"https://localhost:{served.port}/small.txt"
        assert served.stop()[0] == 0


def files(duet):
    """What is kept."""
    return sorted((duet.home / ".cache/duet/sessions").glob("*"))


def resumed(duet, ca, url, *words):
    """Whether this run did."""
    fetch = duet.get("--json", "--cacert", ca.file, *words, url)
    assert fetch.exit == 0, fetch.err
    return fetch.json["tls"]["resumed"]


def test_the_next_run_resumes(duet, ca, served):
    assert [resumed(duet, ca, served) for _ in range(4)] == [
        False,
        True,
        True,
        True,
    ]
    (kept,) = files(duet)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", [Nginx, NginxH2])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_resumes_with_nginx(
    duet, ca, need, work, identity, site, kind, version
):
    directory = Path(tempfile.mkdtemp(dir=work))
    directory.chmod(0o755)
    peer = kind(need(*kind.programs), directory, site, identity)
    peer.extra = "ssl_session_cache shared:s:1m;"
    config = peer.config().replace("TLSv1.2 TLSv1.3", version)
    peer.config = lambda: config
    with peer.running():
        url = peer.url + "small.txt"
        assert [resumed(duet, ca, url) for _ in range(3)] == [
            False,
            True,
            True,
        ]
    shutil.rmtree(directory)


def test_no_session_neither_takes_nor_keeps(duet, ca, served):
    assert not resumed(duet, ca, served, "--no-session")
    assert not files(duet)
    assert not resumed(duet, ca, served)
    before = files(duet)[0].read_bytes()
    assert not resumed(duet, ca, served, "--no-session")
    assert files(duet)[0].read_bytes() == before
    assert resumed(duet, ca, served)


def test_other_settings_have_their_own(duet, ca, served, identity):
    """What was verified in one way is not resumed in another."""
    assert not resumed(duet, ca, served)
    assert not resumed(duet, ca, served, "--insecure-any-certificate")
    assert not resumed(duet, ca, served, "--cert", identity.both_file)
    assert len(files(duet)) == 3
    assert resumed(duet, ca, served)
    assert resumed(duet, ca, served, "--insecure-any-certificate")


def test_what_is_damaged_is_not_resumed(duet, ca, served):
    assert not resumed(duet, ca, served)
    (kept,) = files(duet)
    for content in (b"", b"nonsense", kept.read_bytes()[:-7]):
        kept.write_bytes(content)
        assert not resumed(duet, ca, served)
        assert files(duet) == [kept]
    assert resumed(duet, ca, served)


def test_a_ticket_is_used_by_one_of_many(duet, ca, served):
    """They run at once; the others shake hands in full."""
    assert not resumed(duet, ca, served)
    running = [
        subprocess.Popen(
            [duet.path, "get", "--json", "--cacert", ca.file, served],
            stdout=subprocess.PIPE,
            env=duet.env,
            text=True,
        )
        for _ in range(8)
    ]
    for process in running:
        assert "\n" in process.communicate(timeout=60)[0]
        assert process.returncode == 0
    (kept,) = files(duet)
    assert kept.name.startswith("localhost:")


def test_a_place_that_others_enter_is_not_used(duet, ca, served):
    place = duet.home / ".cache/duet/sessions"
    place.mkdir(parents=True)
    place.chmod(0o755)
    assert [resumed(duet, ca, served) for _ in range(2)] == [False, False]
    assert not files(duet)
