# SPDX-License-Identifier: MIT
"""`duet serve` gives the same bytes to other people's clients."""

import re
import shutil

import pytest

from conftest import FULL, ROOT, numbered
from support import accesslog, tree
from support.clients import CLIENTS, chromium, wget2_mirror

# These take a process for every file.
SLOW = {"wget2", "s_client", "gnutls-cli"}


@pytest.fixture(scope="module", name="docs")
def fixture_docs(work):
    """Real files, and one that is large."""
    return tree.Tree(work / "docs-of-ours", full=FULL)


@pytest.fixture(name="server", params=["worker", "connection"])
def fixture_server(request, duet, docs, identity):
    """A running server, in either way of keeping connections apart."""
    with duet.serve(
        docs.root,
        "--isolation",
        request.param,
        "--cert",
        identity.chain_file,
        "--key",
        identity.key_file,
    ) as served:
        yield served


@pytest.mark.parametrize("name", CLIENTS)
def test_fetches_a_tree(name, need, server, docs, ca, home):
    fetch, programs = CLIENTS[name]
    into = home / "into"
    into.mkdir()
    names = docs.names
    if name in SLOW and not FULL:
        names = names[:: len(names) // 40]
    pairs = [(server.url + tree.url(n), into / tree.flat(n)) for n in names]
    fetch(need(*programs), pairs, ca.file, home)
    for n in names:
        got = (into / tree.flat(n)).read_bytes()
        assert got == (docs.root / n).read_bytes(), n
    entries = accesslog.parse(server.stop()[1])
    assert [entry.status for entry in entries] == [200] * len(names)
    assert all("cut_by" not in entry.fields for entry in entries)


def test_is_mirrored_by_wget2(need, server, docs, ca, home):
    into = home / "into"
    into.mkdir()
    wget2_mirror(need("wget2"), server.url, ca.file, into)
    for name in docs.names:
        got = (into / name).read_bytes()
        assert got == (docs.root / name).read_bytes(), name


@pytest.mark.parametrize("name", CLIENTS)
def test_fetches_a_large_file(name, need, server, docs, ca, home):
    if name == "gnutls-cli" and not FULL:
        pytest.skip("it takes a minute and more for 64 MiB")
    fetch, programs = CLIENTS[name]
    out = home / "large"
    fetch(need(*programs), [(server.url + docs.large, out)], ca.file, home)
    assert tree.digest(out) == tree.digest(docs.root / docs.large)


class TestChromium:
    """A browser shows the example site."""

    @pytest.fixture(name="page")
    def fixture_page(self, duet, need, identity, ca):
        """Its DOM, and what was asked of the server."""
        root = duet.home / "example"
        shutil.copytree(ROOT / "examples/site", root)
        (root / "large.bin").write_bytes(numbered(1 << 20))
        with duet.serve(
            root, "--cert", identity.chain_file, "--key", identity.key_file
        ) as server:
            browser = duet.home / "browser"
            browser.mkdir()
            dom = chromium(
                need("chromium"),
                server.url,
                need("certutil"),
                ca.file,
                browser,
            )
            yield dom, accesslog.parse(server.stop()[1])

    def test_shows_the_example_site(self, page):
        dom, entries = page
        source = (ROOT / "examples/site/index.html").read_text("utf-8")
        title = re.search("<title>.*?</title>", source, re.S).group()
        assert title in dom
        asked = {entry.request.split(" ")[1]: entry for entry in entries}
        assert asked["/"].status == 200
        wanted = re.findall('<img src="([^"]+)"', source)
        wanted += re.findall('rel="stylesheet" href="([^"]+)"', source)
        assert wanted
        for name in wanted:
            entry = asked["/" + name.lstrip("/")]
            assert entry.status == 200
            assert entry.tls == "TLSv1.3"
