# SPDX-License-Identifier: MIT
"""`duet get` fetches the same bytes from seven servers."""

import hashlib
import shutil
import tempfile
from pathlib import Path

import pytest

from conftest import FULL
from support import tree
from support.peers.apache import Apache
from support.peers.caddy import Caddy
from support.peers.h2o import H2o
from support.peers.haproxy import Haproxy
from support.peers.lighttpd import Lighttpd
from support.peers.nginx import Nginx
from support.peers.s_server import SServer

PEERS = [Nginx, H2o, Caddy, Apache, Lighttpd, Haproxy, SServer]


@pytest.fixture(scope="module", name="docs")
def fixture_docs(work):
    """Real files, and one that is large."""
    return tree.Tree(work / "docs-for-peers", full=FULL)


@pytest.fixture(params=PEERS, ids=lambda peer: peer.name, name="peer")
def fixture_peer(request, need, work, docs, identity):
    """One of the seven, running."""
    program = need(*request.param.programs)
    directory = Path(tempfile.mkdtemp(dir=work))
    directory.chmod(0o755)
    with request.param(program, directory, docs.root, identity).running() as p:
        yield p
    shutil.rmtree(directory)


def test_fetches_a_tree(duet, ca, peer, docs):
    into = duet.home / "into"
    into.mkdir()
    everything = docs.names
    if peer.name == SServer.name:  # it takes %2B for the name of a file
        everything = [name for name in everything if tree.url(name) == name]
    for names in tree.batches(everything, 60):
        words = ["--cacert", ca.file, "--fail"]
        for name in names:
            words += ["-o", into / tree.flat(name), peer.url + tree.url(name)]
        fetch = duet.get(*words, limit=300)
        assert fetch.exit == 0, fetch.err
    for name in everything:
        got = (into / tree.flat(name)).read_bytes()
        assert got == (docs.root / name).read_bytes(), name
    assert not list(into.glob("*.part"))


def test_fetches_a_large_file(duet, ca, peer, docs):
    out = duet.home / "large"
    fetch = duet.get(
        "--cacert", ca.file, "-o", out, peer.url + docs.large, limit=600
    )
    assert fetch.exit == 0, fetch.err
    assert tree.digest(out) == tree.digest(docs.root / docs.large)


def test_reports_how_it_came(duet, ca, peer, docs):
    name = docs.names[0]
    fetch = duet.get(
        "--json", "--cacert", ca.file, "-o", "out", peer.url + tree.url(name)
    )
    assert fetch.exit == 0, fetch.err
    facts = fetch.json
    assert facts["status"] == 200
    body = (duet.home / "out").read_bytes()
    assert (
        hashlib.sha256(body).digest()
        == hashlib.sha256((docs.root / name).read_bytes()).digest()
    )
    if peer.name == "s_server":
        assert "close_notify" in str(facts["evidence"]).replace("-", "_")
    elif facts["tls"]["alpn"] == "h2":
        assert facts["evidence"] == "end-stream"
    else:
        assert facts["evidence"] in ("length", "last-chunk")
